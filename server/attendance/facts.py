"""Gathering what judging a punch needs, for a whole batch at once: people, stores, fences, postings, tablets, what came before.

A batch of fifty punches costs a handful of statements, not a handful each. What changes within the batch (the punch just
made, the code just used) is remembered here, so that the second punch is judged as if the first were long stored.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from contract.attendance import ClockIn
from contract.evidence import DeviceStanding
from contract.geo import Fence, Fix
from contract.moments import business_date, instant, to_ms
from server.attendance.model import Punch
from server.attendance.rules import Circumstances, CodeRead, Earlier, Tablet, fence_of, read_store_code
from server.devices.model import CodeUse, Device, DeviceHour
from server.kernel.perform import Act, Work
from server.people.model import Person
from server.postings.model import Posting
from server.stores.model import FenceVersion, Store

TRAVEL_WINDOW = timedelta(hours=24)


@dataclass(frozen=True)
class StoreFacts:
    """A store with its fences, oldest first."""

    zone: str
    day_turns_at_min: int
    fences: tuple[tuple[int, Fence], ...]

    def fence_at(self, at_ms: int) -> Fence | None:
        """The fence in force at a moment; before the first one, the first."""
        if not self.fences:
            return None
        past = [fence for valid_ms, fence in self.fences if valid_ms <= at_ms]
        return past[-1] if past else self.fences[0][1]


@dataclass
class _Before:
    at_ms: int
    person_id: str
    fix: Fix | None


@dataclass
class Gathered:
    """What is known around the punches of one batch."""

    people: set[str] = field(default_factory=set)
    stores: dict[str, StoreFacts] = field(default_factory=dict)
    postings: dict[tuple[str, str], list[tuple[int, int | None]]] = field(default_factory=dict)
    tablets: dict[str, list[Tablet]] = field(default_factory=dict)
    hours: set[tuple[str, int]] = field(default_factory=set)
    hardware_days: dict[tuple[str, Any], set[str]] = field(default_factory=dict)
    code_uses: dict[str, dict[str, set[int]]] = field(default_factory=dict)
    before: dict[str, list[_Before]] = field(default_factory=dict)

    def circumstances(self, work: Work, act: Act, op: ClockIn, *, leaving_out: str | None = None) -> Circumstances:
        """Everything about this punch that is not in it. `leaving_out`: a punch being judged again does not precede itself."""
        assert act.actor_id is not None and work.device is not None
        store = self.stores[op.store_id]
        at_ms = act.taken.at_ms
        day = business_date(instant(at_ms), store.zone, day_turns_at_min=store.day_turns_at_min)
        tablets = self.tablets.get(op.store_id, [])
        used: dict[str, Collection[int]] = dict(self.code_uses.get(act.actor_id, {}))
        code = read_store_code(op.code, tablets, act.taken, used) if op.code else CodeRead("none")
        others = self.hardware_days.get((work.device.hardware, day), set()) - {act.actor_id}
        hour = at_ms // 3_600_000
        return Circumstances(
            fence=store.fence_at(at_ms),
            posted_here=self._posted(act, op.store_id),
            device=self._standing(work, act),
            same_hardware_other_person=work.device.kind == "phone" and bool(others),
            tablet_alive=any((tablet.device_id, hour) in self.hours for tablet in tablets),
            code=code,
            earlier=self._earlier(act.actor_id, at_ms, leaving_out),
        )

    def _posted(self, act: Act, store_id: str) -> bool:
        """Posted there at any moment of the interval: authorised by the time of the act, not of the sync."""
        for starts_ms, ends_ms in self.postings.get((act.actor_id or "", store_id), ()):
            if act.taken.high_ms >= starts_ms and (ends_ms is None or act.taken.low_ms < ends_ms):
                return True
        return False

    def _standing(self, work: Work, act: Act) -> DeviceStanding:
        device = work.device
        assert device is not None
        if device.revoked_at is not None:
            return "revoked"
        if device.kind == "kiosk":
            return "bound"
        return "bound" if device.person_id == act.actor_id else "of_another_person"

    def _earlier(self, person_id: str, at_ms: int, _leaving_out: str | None) -> Earlier | None:
        past = [b for b in self.before.get(person_id, ()) if b.fix is not None and b.at_ms < at_ms]
        latest = max(past, key=lambda known: known.at_ms, default=None)
        if latest is None or latest.fix is None:
            return None
        return Earlier(latest.fix, latest.at_ms)

    def remember(self, punch: Punch, fix: Fix | None) -> None:
        """What was just stored belongs to what the next punch of the batch is judged by."""
        at_ms = to_ms(punch.taken_at)
        self.before.setdefault(punch.person_id, []).append(_Before(at_ms, punch.person_id, fix))
        self.hardware_days.setdefault((punch.hardware, punch.business_date), set()).add(punch.person_id)


def gather(work: Work, group: Sequence[tuple[Act, ClockIn]]) -> None:
    """Load what the punches of a batch are judged by, into the batch's cache."""
    known = work.cache.setdefault(Gathered, Gathered())
    people = {act.actor_id for act, _ in group if act.actor_id}
    stores = {op.store_id for _, op in group}
    low = instant(min(act.taken.low_ms for act, _ in group))
    high = instant(max(act.taken.high_ms for act, _ in group))
    session, device = work.session, work.device
    _load_reference(session, known, people, stores)
    found = session.execute(
        sa.select(Punch.person_id, Punch.taken_at, Punch.lat_e7, Punch.lng_e7, Punch.accuracy_dm, Punch.reasons).where(
            Punch.person_id.in_(people),
            Punch.taken_at >= low - TRAVEL_WINDOW,
            Punch.taken_at <= high,
            Punch.lat_e7.is_not(None),
            Punch.place != "no_fix",
        )
    )
    for person_id, taken_at, lat_e7, lng_e7, accuracy_dm, _ in found:
        fix = Fix(lat_e7=lat_e7, lng_e7=lng_e7, accuracy_dm=accuracy_dm, age_ms=0)
        known.before.setdefault(person_id, []).append(_Before(to_ms(taken_at), person_id, fix))
    if device is not None and device.kind == "phone":
        used = session.execute(
            sa.select(Punch.business_date, Punch.person_id)
            .where(
                Punch.hardware == device.hardware,
                Punch.business_date >= (low - timedelta(days=2)).date(),
                Punch.business_date <= (high + timedelta(days=2)).date(),
            )
            .distinct()
        )
        for day, person_id in used:
            known.hardware_days.setdefault((device.hardware, day), set()).add(person_id)
    if tablets := [tablet.device_id for store_id in stores for tablet in known.tablets.get(store_id, ())]:
        _load_tablets(work, known, group, tablets, people)


def gathered_for(work: Work, act: Act, op: ClockIn) -> Gathered:
    """The batch's facts, completed for this one punch where it is not of the batch (one more proof, a replay)."""
    known: Gathered | None = work.cache.get(Gathered)
    if known is None or op.store_id not in known.stores or act.actor_id not in known.people:
        gather(work, [(act, op)])
        known = work.cache[Gathered]
    return known


def _load_reference(session: Any, known: Gathered, people: set[str], stores: set[str]) -> None:
    known.people.update(session.scalars(sa.select(Person.id).where(Person.id.in_(people))))
    for store_id, zone, turn in session.execute(
        sa.select(Store.id, Store.zone, Store.day_turns_at_min).where(Store.id.in_(stores))
    ):
        known.stores[store_id] = StoreFacts(zone, turn, ())
    fences: dict[str, list[tuple[int, Fence]]] = {}
    for row in session.execute(
        sa.select(
            FenceVersion.store_id, FenceVersion.valid_from, FenceVersion.lat_e7, FenceVersion.lng_e7,
            FenceVersion.radius_m, FenceVersion.points,
        )
        .where(FenceVersion.store_id.in_(stores))
        .order_by(FenceVersion.store_id, FenceVersion.valid_from)
    ):  # fmt: skip
        fences.setdefault(row.store_id, []).append(
            (to_ms(row.valid_from), fence_of(row.lat_e7, row.lng_e7, row.radius_m, row.points))
        )
    for store_id, drawn in fences.items():
        if store_id in known.stores:
            facts = known.stores[store_id]
            known.stores[store_id] = StoreFacts(facts.zone, facts.day_turns_at_min, tuple(drawn))
    for person_id, store_id, starts_at, ends_at in session.execute(
        sa.select(Posting.person_id, Posting.store_id, Posting.starts_at, Posting.ends_at).where(
            Posting.person_id.in_(people), Posting.store_id.in_(stores)
        )
    ):
        known.postings.setdefault((person_id, store_id), []).append(
            (to_ms(starts_at), to_ms(ends_at) if ends_at is not None else None)
        )
    for device_id, store_id, code_key in session.execute(
        sa.select(Device.id, Device.store_id, Device.code_key).where(
            Device.store_id.in_(stores), Device.kind == "kiosk", Device.revoked_at.is_(None)
        )
    ):
        known.tablets.setdefault(store_id, []).append(Tablet(device_id, bytes(code_key)))


def _load_tablets(
    work: Work, known: Gathered, group: Sequence[tuple[Act, ClockIn]], tablets: list[str], people: set[str]
) -> None:
    hours = {act.taken.at_ms // 3_600_000 for act, _ in group}
    known.hours.update(
        (device_id, hour)
        for device_id, hour in work.session.execute(
            sa.select(DeviceHour.device_id, DeviceHour.hour).where(
                DeviceHour.device_id.in_(tablets), DeviceHour.hour.in_(hours)
            )
        )
    )
    if any(op.code for _, op in group):
        for person_id, device_id, step in work.session.execute(
            sa.select(CodeUse.person_id, CodeUse.device_id, CodeUse.step).where(
                CodeUse.person_id.in_(people), CodeUse.device_id.in_(tablets)
            )
        ):
            known.code_uses.setdefault(person_id, {}).setdefault(device_id, set()).add(step)
