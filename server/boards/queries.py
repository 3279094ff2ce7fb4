"""Today across stores: who is present, late, absent, on leave, or not known. The counts always sum to the posted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.boards import BoardTotals, PersonToday, StoreBoard, TodayBoard
from contract.moments import to_ms
from server.attendance.correction_model import PunchCorrection
from server.attendance.facts_of_days import CountedFact
from server.attendance.model import Punch
from server.boards import counting
from server.boards.floors import COUNTS, STORE, Floor, Wanted, Within, add_kiosks, in_words, ordered
from server.boards.gathering import Gathered, Stay, clocks_of, gather, seen_since, stays_of
from server.boards.model import reach
from server.boards.paging import counted_board
from server.boards.rules import (
    NOT_HERE,
    VISITOR_IN,
    VISITOR_OUT,
    Device,
    Devices,
    Shown,
    certain,
    heard,
    is_posted,
    minutes_late_synced,
    needs_since,
)
from server.devices import model as device_model
from server.devices import queries as devices
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession, table_of
from server.kernel.scope import whole
from server.org.model import COMPANY_ID
from server.org.queries import at_home_below, reader_day, units_below
from server.people.model import Person
from server.postings.model import Posting
from server.postings.queries import in_force
from server.stores.model import Partner, Store

# Of a company with so few rows everybody is looked at, and what came this second is seen; above it the database counts rows
# that are a few seconds old at most (rows.py).
LOOKED_AT_UP_TO = 300
_ORDER = ("late", "absent", "unknown", "not_in_yet", "early", "present", "not_due", "on_leave", "off", "left")
_device, _chain = table_of(device_model.Device), table_of(device_model.DeviceChain)


def today_board(
    session: ScopedSession, now: datetime, wanted: Wanted | None = None, *, unit_id: str | None = None
) -> TodayBoard:  # fmt: skip
    """All stores within reach that are wanted, with totals over all of them, one page of rows.

    `unit_id`: the stores below that unit, and of other stores the people whose home it is or one below it.
    """
    wanted = wanted or Wanted()
    within = _within(session, unit_id)
    if counting.is_large(session, LOOKED_AT_UP_TO):
        kept = counting.kept_at(session, now)
        if kept is not None:
            return counted_board(session, now, kept, wanted, within)
    floors = _floors(session, now, in_words(session, wanted))
    for store_id, mine in _counted(_looked_at(session, floors, now, within).states.values()).items():
        floors[store_id].take(mine)
    if within is not None:
        floors = {key: floor for key, floor in floors.items() if key in within.stores or floor.counts}
    _add_reviews(session, floors, now, within)
    add_kiosks(session, floors)
    found = ordered((floor for floor in floors.values() if floor.has(wanted.state)), wanted.sort, wanted.descending)
    end = wanted.after + wanted.limit
    silent = sum(floor.silent_since(now) is not None for floor in found)
    sums = {name: sum(floor.count(name) for floor in found) for name in COUNTS}
    return TodayBoard(
        as_of_ms=to_ms(now),
        totals=BoardTotals(stores=len(found), silent=silent, **sums),
        stores=[floor.row(now) for floor in found[wanted.after : end]],
        next_after=str(end) if end < len(found) else None,
    )


def store_board(session: ScopedSession, store_id: str, now: datetime) -> StoreBoard | None:
    """One store with names; None where the store is not within reach."""
    floors = _floors(session, now, [Store.id == store_id])
    if not floors:
        return None
    [floor] = floors.values()
    looked = _looked_at(session, floors, now, None)
    floor.take(_counted(looked.states.values()).get(store_id, {}))
    _add_reviews(session, floors, now, None)
    add_kiosks(session, floors)
    names = {
        row.id: row
        for row in session.execute(
            sa.select(Person.id, Person.number, Person.name).where(Person.id.in_([stay.person_id for stay in looked.stays]))
        )
    }
    people = [_person_today(looked, stay, names[stay.person_id], now) for stay in looked.stays if stay.person_id in names]
    people.sort(key=lambda person: (_ORDER.index(person.state), person.name))
    return StoreBoard(as_of_ms=to_ms(now), store=floor.row(now), people=people)


@dataclass
class LookedAt:
    """People one by one: what is known of each, what is shown, and the state with the devices asked."""

    gathered: Gathered
    stays: list[Stay]
    shown: dict[Stay, Shown]
    states: dict[Stay, tuple[str, str, int | None]]  # store, count, silent since


def look_at(session: ScopedSession, floors: Mapping[str, Any], stays: Sequence[Stay], now: datetime) -> LookedAt:
    """The states of these people at these stores. The session reaches everything."""
    now_ms = to_ms(now)
    gathered = gather(session, (stay.person_id for stay in stays), {key: floor.clock for key, floor in floors.items()}, now)
    shown = {stay: certain(gathered.known(stay), now_ms) for stay in stays}
    asked = [stay for stay in stays if shown[stay].word in ("absent", "absent_over", "not_in_yet")]
    told = devices.heard_until(
        session, person_ids=sorted({stay.person_id for stay in asked}), store_ids=sorted({stay.store_id for stay in asked})
    )
    seen = _last_seen(session, {stay.store_id for stay in asked})
    looked = LookedAt(gathered, [stay for stay in stays if shown[stay].word != NOT_HERE], shown, {})
    for stay in looked.stays:
        word = shown[stay].word
        known = gathered.known(stay)
        have = Devices(
            [_device_of(one, seen.get(stay.store_id)) for one in told.tablets.get(stay.store_id, ())],
            [_device_of(one, None) for one in told.phones.get(stay.person_id, ())],
        )
        needs = needs_since(known, now_ms) if word in ("absent", "absent_over") else 0
        state, silent = heard(word, have, needs_ms=needs, day_starts_ms=known.day_starts_ms, now_ms=now_ms)
        name = "visitors" if word in (VISITOR_IN, VISITOR_OUT) else state
        looked.states[stay] = (stay.store_id, name, silent)
        shown[stay] = shown[stay]._replace(word=state)
    return looked


def _device_of(one: devices.HeardUntil, seen: datetime | None) -> Device:
    return Device(to_ms(one.enrolled_at), to_ms(one.until), to_ms(seen or one.until))


def _last_seen(session: ScopedSession, store_ids: Iterable[str]) -> dict[str, datetime]:
    """When the tablet that was heard of last spoke, by store."""
    last = sa.func.max(sa.func.coalesce(_chain.c.last_seen_at, _device.c.enrolled_at), type_=_chain.c.last_seen_at.type)
    found = (
        sa.select(_device.c.store_id, last)
        .join(_chain, _chain.c.device_id == _device.c.id)
        .where(_device.c.kind == "kiosk", _device.c.revoked_at.is_(None))
        .group_by(_device.c.store_id)
    )
    wanted = set(store_ids)
    if len(wanted) <= 5_000:
        found = found.where(_device.c.store_id.in_(wanted))
    return {row[0]: row[1] for row in session.connection().execute(found)}


def _counted(states: Iterable[tuple[str, str, int | None]]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for store_id, name, _ in states:
        mine = counts.setdefault(store_id, {})
        mine[name] = mine.get(name, 0) + 1
    return counts


def _looked_at(session: ScopedSession, floors: Mapping[str, Floor], now: datetime, within: Within | None) -> LookedAt:
    """Everybody at these stores whom the reader may see, one by one."""
    actor: Actor = session.info["actor"]
    days = {floor.clock.day for floor in floors.values()} or {now.date()}
    few = sorted(floors) if len(floors) <= 500 else None
    with whole(session) as everything:
        conditions = []
        for model in (Posting, Punch, PunchCorrection):
            home = model.home_unit_id if model is Posting else sa.null()
            condition = reach(actor, model.store_id, home)  # type: ignore[arg-type]
            parts = [] if condition is None else [condition]
            parts += [] if few is None else [model.store_id.in_(few)]
            parts += [] if within is None else [within.condition(model.store_id, model.person_id)]
            conditions.append(sa.and_(sa.true(), *parts))
        postings = everything.execute(
            sa.select(Posting.person_id, Posting.store_id, Posting.starts_at, Posting.ends_at, Posting.home_unit_id)
            .where(in_force(now), conditions[0])
        ).all()  # fmt: skip
        # a punch that was decided to have been on another day is looked for by the day it was made on
        span = min(days) - timedelta(days=1), max(days) + timedelta(days=1)
        seen = seen_since(everything, span, (conditions[1], conditions[2]))
        stays = [stay for stay in stays_of(postings, seen) if stay.store_id in floors]
        return look_at(everything, floors, stays, now)


def _person_today(looked: LookedAt, stay: Stay, person: Any, now: datetime) -> PersonToday:
    shown, (_, _, silent) = looked.shown[stay], looked.states[stay]
    facts = {fact.id: fact for fact in looked.gathered.facts.get(stay.person_id, ())}
    fact: CountedFact | None = facts.get(shown.last.id) if shown.last is not None else None
    is_punch = fact is not None and fact.source == "punch"
    late = minutes_late_synced(fact.at, fact.received_at) if fact is not None and is_punch else None
    return PersonToday(
        person_id=stay.person_id,
        number=person.number,
        name=person.name,
        state=shown.word,  # type: ignore[arg-type]
        posted=is_posted(looked.gathered.known(stay), to_ms(now)),
        since_ms=shown.last.at_ms if shown.last is not None else None,
        punch_id=fact.id if fact is not None and is_punch else None,
        verdict=fact.verdict if fact is not None else None,
        synced_late_min=late,
        silent_since_ms=silent,
        late_min=shown.late_min,
        early_min=shown.early_min,
        due_ms=shown.window.starts_ms if shown.window is not None else None,
        due_until_ms=shown.window.ends_ms if shown.window is not None else None,
        at_store_id=fact.store_id if fact is not None and fact.store_id != stay.store_id else None,
    )


def places(session: ScopedSession) -> tuple[list[str], list[str]]:
    """The cities and the partners of the stores within reach."""
    cities = session.scalars(sa.select(Store.city).where(Store.city != "").distinct()).all()
    partners = session.scalars(
        sa.select(Partner.name).where(Partner.id.in_(sa.select(Store.partner_id).distinct()))
    ).all()
    return sorted(cities), sorted(partners)


def _within(session: ScopedSession, unit_id: str | None) -> Within | None:
    if unit_id is None or unit_id == COMPANY_ID:
        return None
    return Within(frozenset(units_below(session, unit_id, reader_day(session))), at_home_below(session, unit_id))


def _floors(session: ScopedSession, now: datetime, conditions: list[Any]) -> dict[str, Floor]:
    found = sa.select(*STORE).join(Partner, Partner.id == Store.partner_id).where(*conditions)
    stores = session.execute(found).all()
    clocks = clocks_of(stores, now)
    return {store.id: Floor(store, clocks[store.id]) for store in stores}


def _add_reviews(session: ScopedSession, floors: Mapping[str, Floor], now: datetime, within: Within | None) -> None:
    """How many punches wait for a decision at each store."""
    found = counting.reviews(now)
    if len(floors) == 1:
        found = found.where(Punch.store_id.in_(list(floors)))
    if within is not None:
        found = found.where(within.condition(Punch.store_id, Punch.person_id))
    for row in session.execute(found):
        if row.store_id in floors:
            floors[row.store_id].to_review = row.to_review
