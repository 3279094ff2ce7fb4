"""Gathering what judging a punch needs, for a whole batch at once: stores, fences, postings, tablets, what came before.

What seldom changes comes from the reference cache; the rest is one statement for the batch. What changes within the batch
(the punch just made, the code just used) is remembered here, so that the second punch is judged as if the first were long
stored.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.attendance import ClockIn
from contract.evidence import DeviceStanding
from contract.geo import Fence, Fix, fix_problem
from contract.moments import TimeTaken, business_date, instant, to_ms
from contract.phone_code import SHOWN_FOR_MIN
from contract.proofs import is_drawn
from server.attendance.case_model import Countersign, ExtraRule
from server.attendance.model import Punch
from server.attendance.rules import Circumstances, CodeRead, Earlier, Tablet, fence_of, read_store_code
from server.attendance.rules_proofs import Seen, Shown, grade_seen
from server.devices.model import CodeUse, Device, DeviceHour
from server.kernel.db import table_of
from server.kernel.feed import reference_of
from server.kernel.perform import Act, Work
from server.people.model import Person, PersonStore
from server.stores.model import FenceVersion, Store

TRAVEL_WINDOW = timedelta(hours=24)


@dataclass(frozen=True)
class StoreFacts:
    """A store with its fences, oldest first, and its tablets, also those that are gone by now."""

    zone: str
    day_turns_at_min: int
    fences: tuple[tuple[int, Fence], ...]
    tablets: tuple[Tablet, ...]
    extra_one_in: int = 0

    def fence_at(self, at_ms: int) -> Fence | None:
        """The fence in force at a moment; before the first one, the first."""
        if not self.fences:
            return None
        past = [fence for valid_ms, fence in self.fences if valid_ms <= at_ms]
        return past[-1] if past else self.fences[0][1]


@dataclass
class _Before:
    at_ms: int
    low_ms: int
    fix: Fix | None


@dataclass
class Gathered:
    """What is known around the punches of one batch. `postings` are by person: (store, starts, ends) in milliseconds."""

    people: set[str] = field(default_factory=set)
    stores: dict[str, StoreFacts] = field(default_factory=dict)
    postings: dict[str, list[tuple[str, int, int | None]]] = field(default_factory=dict)
    hours: set[tuple[str, int]] = field(default_factory=set)
    hardware_days: dict[tuple[str, Any], set[str]] = field(default_factory=dict)
    code_uses: dict[str, dict[str, set[int]]] = field(default_factory=dict)
    before: dict[str, list[_Before]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)

    def circumstances(self, work: Work, act: Act, op: ClockIn) -> Circumstances:
        """Everything about this punch that is not in it."""
        assert act.actor_id is not None and work.device is not None
        store = self.stores[op.store_id]
        at_ms = act.taken.at_ms
        used: dict[str, Collection[int]] = dict(self.code_uses.get(act.actor_id, {}))
        code = read_store_code(op.code, store.tablets, act.taken, used) if op.code else CodeRead("none")
        hour = at_ms // 3_600_000
        return Circumstances(
            fence=store.fence_at(at_ms),
            posted_here=self._posted(act, op.store_id),
            device=_standing(work, act),
            same_hardware_other_person=work.device.kind == "phone" and self._shared(work, act, store),
            tablet_alive=any((tablet.device_id, hour) in self.hours for tablet in store.tablets),
            code=code,
            earlier=self._earlier(act.actor_id, at_ms),
            extra="open" if self._is_drawn(work, act, store) else "none",
            wall_off_before_ms=_wall_off_before(work, act),
        )

    def _is_drawn(self, work: Work, act: Act, store: StoreFacts) -> bool:
        """Whether the store's draw asks this punch on its tablet for one more proof."""
        device = work.device
        if device is None or device.kind != "kiosk" or act.seq is None or not store.extra_one_in:
            return False
        keys = [tablet.code_key for tablet in store.tablets if tablet.device_id == device.device_id]
        return any(is_drawn(key, device.device_id, act.seq, store.extra_one_in) for key in keys)

    def countersigned(self, punch_id: str, work: Work, act: Act, op: ClockIn, taken: TimeTaken) -> Seen | None:
        """What a tablet saw of this punch's phone and what counts for it. None where nothing does."""
        if not self.seen or work.device is None or work.device.kind != "phone" or act.actor_id is None:
            return None
        shown = Shown(
            punch_id=punch_id, phone_id=work.device.device_id, person_id=act.actor_id, store_id=op.store_id,
            wall_ms=act.wall_ms, taken_ms=(taken.low_ms, taken.high_ms),
        )  # fmt: skip
        return next((seen for seen in self.seen if grade_seen(seen, shown) == "countersigned"), None)

    def _posted(self, act: Act, store_id: str) -> bool:
        """Posted there at any moment of the interval: authorised by the time of the act, not of the sync."""
        return any(
            at == store_id and act.taken.high_ms >= starts and (ends is None or act.taken.low_ms < ends)
            for at, starts, ends in self.postings.get(act.actor_id or "", ())
        )

    def _shared(self, work: Work, act: Act, store: StoreFacts) -> bool:
        assert work.device is not None
        day = business_date(instant(act.taken.at_ms), store.zone, day_turns_at_min=store.day_turns_at_min)
        return bool(self.hardware_days.get((work.device.hardware, day), set()) - {act.actor_id or ""})

    def _earlier(self, person_id: str, at_ms: int) -> Earlier | None:
        past = [b for b in self.before.get(person_id, ()) if b.at_ms < at_ms and fix_problem(b.fix) in (None, "stale")]
        latest = max(past, key=lambda known: known.at_ms, default=None)
        if latest is None or latest.fix is None:
            return None
        return Earlier(latest.fix, latest.low_ms)

    def remember(self, punch: Any, fix: Fix | None) -> None:
        """What was just stored belongs to what the next punch of the batch is judged by."""
        self.before.setdefault(punch.person_id, []).append(_Before(to_ms(punch.taken_at), to_ms(punch.taken_low), fix))
        self.hardware_days.setdefault((punch.hardware, punch.business_date), set()).add(punch.person_id)


def _standing(work: Work, act: Act) -> DeviceStanding:
    device = work.device
    assert device is not None
    if device.revoked_at is not None:
        return "revoked"
    if device.kind == "kiosk":
        return "bound"
    return "bound" if device.person_id == act.actor_id else "of_another_person"


def _wall_off_before(work: Work, act: Act) -> int | None:
    """How far the device's wall clock was off in an exchange before this punch, and in all since."""
    since = work.device.wall_off_since if work.device is not None else None
    if work.device is None or since is None or to_ms(since) > act.taken.low_ms:
        return None
    return work.device.wall_off_ms


def gather(group: Sequence[tuple[Work, ClockIn]]) -> None:
    """Load what the punches of a batch are judged by, into the batch's cache."""
    work = group[0][0]
    known: Gathered = work.cache.setdefault(Gathered, Gathered())
    people = {w.act.actor_id for w, _ in group if w.act.actor_id}
    stores = {op.store_id for _, op in group}
    connection = work.session.connection()
    reference = reference_of(work.session)
    known.people.update(reference.many("person", people, lambda ids: _people(connection, ids)))
    known.stores.update(reference.many("store", stores, lambda ids: _stores(connection, ids)))
    known.postings.update(reference.many("postings of", people, lambda ids: postings_of(connection, ids)))
    low = instant(min(w.act.taken.low_ms for w, _ in group))
    high = instant(max(w.act.taken.high_ms for w, _ in group))
    hardware = {w.device.hardware for w, _ in group if w.device is not None and w.device.kind == "phone"}
    _load_before(connection, known, people, hardware, low, high)
    if hardware:
        _load_seen(connection, known, [w.act.ent for w, _ in group if w.act.ent], sorted(stores), low, high)
    tablets = [tablet.device_id for store_id in stores & known.stores.keys() for tablet in known.stores[store_id].tablets]
    if tablets:
        _load_tablets(connection, known, group, tablets, people)


def gathered_for(work: Work, act: Act, op: ClockIn) -> Gathered:
    """The batch's facts, completed for this one punch where it is not of the batch (one more proof)."""
    known: Gathered | None = work.cache.get(Gathered)
    if known is None or op.store_id not in known.stores or act.actor_id not in known.people:
        gather([(work, op)])
        known = work.cache[Gathered]
    return known


_punch = table_of(Punch)
# of each person the latest few: what a punch is compared with is the one before it, and they rarely arrive out of order
_LATEST = (
    sa.select(
        _punch.c.person_id, _punch.c.taken_at, _punch.c.taken_low, _punch.c.lat_e7, _punch.c.lng_e7, _punch.c.accuracy_dm,
        # what was stored before its age was kept was young where it told a place
        sa.func.coalesce(_punch.c.fix_age_ms, sa.case((_punch.c.place != "no_fix", 0))).label("fix_age_ms"),
        sa.func.row_number().over(partition_by=_punch.c.person_id, order_by=_punch.c.taken_at.desc()).label("nth"),
    )
    .where(
        _punch.c.person_id.in_(sa.bindparam("people", expanding=True)),
        _punch.c.taken_at >= sa.bindparam("since"),
        _punch.c.taken_at <= sa.bindparam("until"),
        _punch.c.lat_e7.is_not(None),
        sa.or_(_punch.c.place != "no_fix", _punch.c.fix_age_ms.is_not(None)),
    )
    .subquery()
)  # fmt: skip
_SEEN_BEFORE = sa.union_all(
    sa.select(
        sa.literal_column("1").label("why"), _LATEST.c.person_id, sa.cast(sa.null(), sa.String).label("hardware"),
        sa.cast(sa.null(), sa.Date).label("business_date"), _LATEST.c.taken_at, _LATEST.c.taken_low, _LATEST.c.lat_e7,
        _LATEST.c.lng_e7, _LATEST.c.accuracy_dm, _LATEST.c.fix_age_ms,
    ).where(_LATEST.c.nth <= 8),
    sa.select(
        sa.literal_column("2"), _punch.c.person_id, _punch.c.hardware, _punch.c.business_date,
        *(
            sa.cast(sa.null(), _punch.c[name].type)
            for name in ("taken_at", "taken_low", "lat_e7", "lng_e7", "accuracy_dm", "fix_age_ms")
        ),
    )
    .where(
        _punch.c.hardware.in_(sa.bindparam("hardware", expanding=True)),
        _punch.c.business_date.between(sa.bindparam("first_day"), sa.bindparam("last_day")),
    )
    .distinct(),
)  # fmt: skip


def _load_before(connection: sa.Connection, known: Gathered, people: set[str], hardware: set[str], low: Any, high: Any) -> None:
    """One statement: where these people were in the last day, and who else used these phones."""
    asked = {
        "people": sorted(people), "hardware": sorted(hardware), "since": low - TRAVEL_WINDOW, "until": high,
        "first_day": (low - timedelta(days=2)).date(), "last_day": (high + timedelta(days=2)).date(),
    }  # fmt: skip
    for row in connection.execute(_SEEN_BEFORE, asked):
        why, person_id, phone, day, taken_at, taken_low, lat_e7, lng_e7, accuracy_dm, age_ms = row
        if why == 1:
            fix = Fix(lat_e7=lat_e7, lng_e7=lng_e7, accuracy_dm=accuracy_dm, age_ms=age_ms)
            known.before.setdefault(person_id, []).append(_Before(to_ms(taken_at), to_ms(taken_low), fix))
        else:
            known.hardware_days.setdefault((phone, day), set()).add(person_id)


_seen, _stay = table_of(Countersign), table_of(PersonStore)
_SEEN = sa.select(_seen).where(
    _seen.c.state == "waiting",
    sa.or_(
        _seen.c.punch_id.in_(sa.bindparam("punches", expanding=True)),
        sa.and_(
            _seen.c.punch_id.is_(None),
            _seen.c.store_id.in_(sa.bindparam("stores", expanding=True)),
            _seen.c.seen_high >= sa.bindparam("since"),
            _seen.c.seen_low <= sa.bindparam("until"),
        ),
    ),
)


def _load_seen(
    connection: sa.Connection, known: Gathered, punches: list[str], stores: list[str], low: datetime, high: datetime
) -> None:
    """What tablets have seen of phones whose punches were not here yet."""
    around = timedelta(minutes=SHOWN_FOR_MIN + 2)
    asked = {"punches": punches, "stores": stores, "since": low - around, "until": high + around}
    present = {seen.id for seen in known.seen}
    known.seen += [seen_of(row) for row in connection.execute(_SEEN, asked) if row.id not in present]


def seen_of(row: Any) -> Seen:
    """A row of `countersign` as the rules read it."""
    return Seen(
        id=row.id, store_id=row.store_id, punch_id=row.punch_id, phone_id=row.phone_id, person_id=row.person_id,
        minute=row.minute, short=row.short, is_signed=row.is_signed, seen_ms=(to_ms(row.seen_low), to_ms(row.seen_high)),
    )  # fmt: skip


def _people(connection: sa.Connection, ids: list[str]) -> dict[str, bool]:
    return dict.fromkeys(connection.scalars(sa.select(Person.id).where(Person.id.in_(ids))), True)


def _stores(connection: sa.Connection, ids: list[str]) -> dict[str, StoreFacts]:
    fences: dict[str, list[tuple[int, Fence]]] = {}
    for row in connection.execute(
        sa.select(
            FenceVersion.store_id, FenceVersion.valid_from, FenceVersion.lat_e7, FenceVersion.lng_e7,
            FenceVersion.radius_m, FenceVersion.points,
        )
        .where(FenceVersion.store_id.in_(ids))
        .order_by(FenceVersion.store_id, FenceVersion.valid_from)
    ):  # fmt: skip
        fences.setdefault(row.store_id, []).append(
            (to_ms(row.valid_from), fence_of(row.lat_e7, row.lng_e7, row.radius_m, row.points))
        )
    tablets: dict[str, list[Tablet]] = {}
    for device_id, store_id, code_key, revoked_at in connection.execute(
        sa.select(Device.id, Device.store_id, Device.code_key, Device.revoked_at).where(
            Device.store_id.in_(ids), Device.kind == "kiosk"
        )
    ):
        until_ms = None if revoked_at is None else to_ms(revoked_at)
        tablets.setdefault(store_id, []).append(Tablet(device_id, bytes(code_key), until_ms))
    found = connection.execute(
        sa.select(Store.id, Store.zone, Store.day_turns_at_min, ExtraRule.one_in)
        .outerjoin(ExtraRule, ExtraRule.store_id == Store.id)
        .where(Store.id.in_(ids))
    )
    return {
        store_id: StoreFacts(zone, turn, tuple(fences.get(store_id, ())), tuple(tablets.get(store_id, ())), one_in or 0)
        for store_id, zone, turn, one_in in found
    }


def postings_of(connection: sa.Connection, ids: list[str]) -> dict[str, list[tuple[str, int, int | None]]]:
    """Where people are posted, or lent for a day: (store, starts, ends) in epoch milliseconds."""
    found: dict[str, list[tuple[str, int, int | None]]] = {person_id: [] for person_id in ids}
    for person_id, store_id, starts_at, ends_at in connection.execute(
        sa.select(_stay.c.person_id, _stay.c.store_id, _stay.c.from_at, _stay.c.until_at).where(_stay.c.person_id.in_(ids))
    ):
        found[person_id].append((store_id, to_ms(starts_at), to_ms(ends_at) if ends_at is not None else None))
    return found


def _load_tablets(
    connection: sa.Connection, known: Gathered, group: Sequence[tuple[Work, ClockIn]], tablets: list[str], people: set[str]
) -> None:
    hours = {work.act.taken.at_ms // 3_600_000 for work, _ in group}
    known.hours.update(
        (device_id, hour)
        for device_id, hour in connection.execute(
            sa.select(DeviceHour.device_id, DeviceHour.hour).where(DeviceHour.device_id.in_(tablets), DeviceHour.hour.in_(hours))
        )
    )
    if any(op.code for _, op in group):
        for person_id, device_id, step in connection.execute(
            sa.select(CodeUse.person_id, CodeUse.device_id, CodeUse.step).where(
                CodeUse.person_id.in_(people), CodeUse.device_id.in_(tablets)
            )
        ):
            known.code_uses.setdefault(person_id, {}).setdefault(device_id, set()).add(step)
