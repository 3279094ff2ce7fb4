"""Today across stores: who is present, has left, is not in yet, or is not known. The counts always sum to the posted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contract.boards import BoardTotals, PersonToday, StoreBoard, StoreToday, TodayBoard
from contract.moments import business_date, day_starts_at, to_ms
from server.attendance.model import Punch
from server.boards.rules import kiosk_silent_since, minute_of_day, minutes_late_synced, state_of
from server.devices.model import Device, DeviceChain
from server.leave.queries import on_leave_at
from server.org.model import COMPANY_ID
from server.org.queries import at_home_below, reader_day, units_below
from server.people.model import Person
from server.postings.model import Posting
from server.stores.model import Partner, Store


@dataclass
class _Seen:
    """What is known of one person at one store today."""

    person_id: str
    posted: bool = True
    kind: str | None = None
    at: datetime | None = None
    punch_id: str | None = None
    verdict: str | None = None
    received: datetime | None = None
    taken: datetime | None = None
    state: str = ""
    silent: datetime | None = None


@dataclass
class _Floor:
    """One store with its people. Of each kiosk: when it last synced, and when it was enrolled."""

    store: Any
    day: date
    day_start: datetime
    kiosks: list[tuple[datetime | None, datetime]] = field(default_factory=list)
    people: dict[str, _Seen] = field(default_factory=dict)
    to_review: int = 0

    def silent_since(self, now: datetime) -> datetime | None:
        return kiosk_silent_since([seen_at or enrolled_at for seen_at, enrolled_at in self.kiosks], now)


def today_board(
    session: Session, now: datetime, *, search: str = "", city: str = "", partner: str = "", unit_id: str | None = None,
    state: str = "", sort: str = "name", descending: bool = False, after: int = 0, limit: int = 100,
) -> TodayBoard:  # fmt: skip
    """All stores within reach that match, with totals over all of them, one page of rows.

    `unit_id`: the stores below that unit, and of other stores the people whose home it is or one below it.
    """
    floors = _floors(session, now, search=search, city=city, partner=partner, within=_within(session, unit_id))
    rows = [_store_today(floor, now) for floor in floors]
    if state:
        rows = [row for row in rows if getattr(row, state, 0)]
    key = sort if sort in StoreToday.__struct_fields__ else "name"
    rows.sort(key=lambda row: (getattr(row, key) is None, getattr(row, key), row.number), reverse=descending)
    page = rows[after : after + limit]
    sums = {
        name: sum(getattr(row, name) for row in rows)
        for name in ("posted", "present", "left", "not_in_yet", "on_leave", "unknown", "visitors", "to_review")
    }
    return TodayBoard(
        as_of_ms=to_ms(now),
        totals=BoardTotals(stores=len(rows), **sums),
        stores=page,
        next_after=str(after + limit) if after + limit < len(rows) else None,
    )


def store_board(session: Session, store_id: str, now: datetime) -> StoreBoard | None:
    """One store with names; None where the store is not within reach."""
    floors = _floors(session, now, store_id=store_id)
    if not floors:
        return None
    [floor] = floors
    names = {
        row.id: row
        for row in session.execute(
            sa.select(Person.id, Person.number, Person.name).where(Person.id.in_(list(floor.people)))
        )
    }
    people = [_person_today(seen, names[seen.person_id]) for seen in floor.people.values() if seen.person_id in names]
    order = {"present": 0, "unknown": 1, "not_in_yet": 2, "on_leave": 3, "left": 4}
    people.sort(key=lambda person: (order[person.state], person.name))
    return StoreBoard(as_of_ms=to_ms(now), store=_store_today(floor, now), people=people)


def _person_today(seen: _Seen, person: Any) -> PersonToday:
    late = minutes_late_synced(seen.taken, seen.received) if seen.taken and seen.received else None
    return PersonToday(
        person_id=seen.person_id,
        number=person.number,
        name=person.name,
        state=seen.state,
        posted=seen.posted,
        since_ms=to_ms(seen.at) if seen.at else None,
        punch_id=seen.punch_id,
        verdict=seen.verdict,
        synced_late_min=late,
        silent_since_ms=to_ms(seen.silent) if seen.silent else None,
    )


def _store_today(floor: _Floor, now: datetime) -> StoreToday:
    states = [seen.state for seen in floor.people.values() if seen.posted]
    heard = [seen_at for seen_at, _ in floor.kiosks if seen_at is not None]
    silent = floor.silent_since(now)
    return StoreToday(
        store_id=floor.store.id,
        number=floor.store.number,
        name=floor.store.name,
        city=floor.store.city,
        partner=floor.store.partner,
        zone=floor.store.zone,
        business_date=floor.day.isoformat(),
        posted=len(states),
        present=states.count("present"),
        left=states.count("left"),
        not_in_yet=states.count("not_in_yet"),
        on_leave=states.count("on_leave"),
        unknown=states.count("unknown"),
        visitors=sum(not seen.posted for seen in floor.people.values()),
        to_review=floor.to_review,
        has_kiosk=bool(floor.kiosks),
        last_sync_ms=to_ms(max(heard)) if heard else None,
        silent_since_ms=to_ms(silent) if silent else None,
    )


@dataclass(frozen=True)
class _Within:
    """A unit: the stores below it, and whose home it is or one below it."""

    stores: frozenset[str]
    at_home: Any

    def narrow(self, found: Any, store_column: Any, person_column: Any) -> Any:
        """The statement, for rows of these stores and of these people."""
        return found.where(sa.or_(store_column.in_(sorted(self.stores)), person_column.in_(self.at_home)))


def _within(session: Any, unit_id: str | None) -> _Within | None:
    if unit_id is None or unit_id == COMPANY_ID:
        return None
    return _Within(frozenset(units_below(session, unit_id, reader_day(session))), at_home_below(session, unit_id))


def _floors(
    session: Session, now: datetime, *, store_id: str | None = None, search: str = "", city: str = "", partner: str = "",
    within: _Within | None = None,
) -> list[_Floor]:  # fmt: skip
    found = sa.select(
        Store.id, Store.number, Store.name, Store.city, Store.zone, Store.day_turns_at_min, Partner.name.label("partner")
    ).join(Partner, Partner.id == Store.partner_id)
    if store_id is not None:
        found = found.where(Store.id == store_id)
    if search:
        found = found.where(
            sa.or_(Store.name.icontains(search, autoescape=True), Store.number.icontains(search, autoescape=True))
        )
    if city:
        found = found.where(Store.city == city)
    if partner:
        found = found.where(Partner.name == partner)
    floors: dict[str, _Floor] = {}
    starts: dict[tuple[str, int], tuple[date, datetime]] = {}
    for store in session.execute(found):
        calendar = (store.zone, store.day_turns_at_min)
        if calendar not in starts:
            day = business_date(now, store.zone, day_turns_at_min=store.day_turns_at_min)
            starts[calendar] = day, day_starts_at(day, store.zone, day_turns_at_min=store.day_turns_at_min)
        floors[store.id] = _Floor(store, *starts[calendar])
    if floors:
        _add_people(session, floors, now, store_id, within)
        _add_punches(session, floors, now, store_id, within)
        if within is not None:
            floors = {key: floor for key, floor in floors.items() if key in within.stores or floor.people}
        _add_devices(session, floors, now, store_id)
    return list(floors.values())


def _add_people(
    session: Session, floors: dict[str, _Floor], now: datetime, store_id: str | None, within: _Within | None
) -> None:
    posted = sa.select(Posting.person_id, Posting.store_id).where(
        Posting.starts_at <= now, sa.or_(Posting.ends_at.is_(None), Posting.ends_at > now)
    )
    if store_id is not None:
        posted = posted.where(Posting.store_id == store_id)
    if within is not None:
        posted = within.narrow(posted, Posting.store_id, Posting.person_id)
    for person_id, at_store in session.execute(posted):
        if at_store in floors:
            floors[at_store].people[person_id] = _Seen(person_id)


def _add_punches(
    session: Session, floors: dict[str, _Floor], now: datetime, store_id: str | None, within: _Within | None
) -> None:
    """Each person's latest punch of the store's business day that counts, and how many wait for a decision."""
    earliest = min(floor.day for floor in floors.values())
    latest = max(floor.day for floor in floors.values())
    effective = sa.func.coalesce(Punch.decided_taken_at, Punch.taken_at)
    rank = sa.func.row_number().over(
        partition_by=(Punch.store_id, Punch.person_id, Punch.business_date), order_by=(effective.desc(), Punch.id.desc())
    )
    ranked = sa.select(Punch.id.label("id"), rank.label("rank")).where(
        Punch.business_date.between(earliest, latest), Punch.state != "rejected"
    )
    if store_id is not None:
        ranked = ranked.where(Punch.store_id == store_id)
    if within is not None:
        ranked = within.narrow(ranked, Punch.store_id, Punch.person_id)
    of_day = ranked.subquery()
    found = sa.select(
        Punch.id, Punch.person_id, Punch.store_id, Punch.business_date, Punch.kind, Punch.decided_kind, Punch.taken_at,
        Punch.decided_taken_at, Punch.received_at, Punch.verdict,
    ).join(of_day, of_day.c.id == Punch.id).where(of_day.c.rank == 1)  # fmt: skip
    for row in session.execute(found):
        floor = floors.get(row.store_id)
        if floor is None or row.business_date != floor.day:
            continue
        seen = floor.people.setdefault(row.person_id, _Seen(row.person_id, posted=False))
        seen.kind = row.decided_kind or row.kind
        seen.at, seen.taken = row.decided_taken_at or row.taken_at, row.taken_at
        seen.punch_id, seen.verdict, seen.received = row.id, row.verdict, row.received_at
    open_reviews = (
        sa.select(Punch.store_id, sa.func.count())
        .where(Punch.state == "counted", Punch.verdict != "green", Punch.taken_at > now - timedelta(days=31))
        .group_by(Punch.store_id)
    )
    if store_id is not None:
        open_reviews = open_reviews.where(Punch.store_id == store_id)
    if within is not None:
        open_reviews = within.narrow(open_reviews, Punch.store_id, Punch.person_id)
    for at_store, count in session.execute(open_reviews):
        if at_store in floors:
            floors[at_store].to_review = count


def _add_devices(session: Session, floors: dict[str, _Floor], now: datetime, store_id: str | None) -> None:
    kiosks = (
        sa.select(Device.store_id, DeviceChain.last_seen_at, Device.enrolled_at)
        .join(DeviceChain, DeviceChain.device_id == Device.id)
        .where(Device.kind == "kiosk", Device.revoked_at.is_(None))
    )
    if store_id is not None:
        kiosks = kiosks.where(Device.store_id == store_id)
    for at_store, seen_at, enrolled_at in session.execute(kiosks):
        if at_store in floors:
            floors[at_store].kiosks.append((seen_at, enrolled_at))
    phones = _phones(session, [s.person_id for f in floors.values() for s in f.people.values() if s.kind is None])
    away = _away(session, floors, now)
    for floor in floors.values():
        silent = floor.silent_since(now)
        for seen in floor.people.values():
            heard = phones.get(seen.person_id)
            seen.state, seen.silent = state_of(
                seen.kind, kiosk_silent=silent, has_kiosk=bool(floor.kiosks), has_phone=heard is not None,
                phone_seen=max((m for m in heard or () if m is not None), default=None), day_start=floor.day_start,
                on_leave=seen.person_id in away[floor.day, floor.store.zone],
            )  # fmt: skip


def _away(session: Session, floors: dict[str, _Floor], now: datetime) -> dict[tuple[date, str], set[str]]:
    """Who is on leave now, for each business day and zone that the floors have."""
    kinds = {(floor.day, floor.store.zone) for floor in floors.values()}
    people = [seen.person_id for floor in floors.values() for seen in floor.people.values() if seen.kind is None]
    return {(day, zone): on_leave_at(session, people, day, minute_of_day(now, zone, day)) for day, zone in kinds}


def _phones(session: Session, person_ids: Sequence[str]) -> dict[str, list[datetime | None]]:
    """When the phones of people were last heard of; people without one are absent."""
    heard: dict[str, list[datetime | None]] = defaultdict(list)
    if not person_ids:
        return heard
    found = (
        sa.select(Device.person_id, DeviceChain.last_seen_at)
        .join(DeviceChain, DeviceChain.device_id == Device.id)
        .where(Device.kind == "phone", Device.revoked_at.is_(None))
    )
    if len(person_ids) <= 1_000:
        found = found.where(Device.person_id.in_(person_ids))
    for person_id, seen_at in session.execute(found):
        heard[person_id].append(seen_at)
    return heard
