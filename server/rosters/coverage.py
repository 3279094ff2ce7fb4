"""The staffing curve against the plan: of one store by stretches of the day, of many stores day by day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.roster_demand import DemandAnswer, DemandQuery, Need
from contract.roster_views import Across, AcrossDay, AcrossQuery, AcrossStore, Coverage, CoverageLine, CoverageQuery
from contract.rostering.shapes import Placed
from contract.rosters import PlacedWindow
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession, table_of
from server.kernel.paging import page_of
from server.kernel.sets import within
from server.org.queries import is_below
from server.rosters.demand_queries import DemandBook, demand_book, demand_of
from server.rosters.desk import must_be_days, must_be_store, must_read_at
from server.rosters.gathering import WINDOWS
from server.rosters.grid import cover_of
from server.rosters.model import RosterCell, RosterShift
from server.rosters.placing import place, placed_of
from server.rosters.rules import days_between
from server.shifts.planner import load_catalogue
from server.stores.model import Store

_cell, _shift = table_of(RosterCell), table_of(RosterShift)
_PLACED = list[PlacedWindow]
DAY_MIN, LONGEST = 1_440, 2_880
ACROSS_DAYS = 14


def planned_at(
    session: ScopedSession, store_ids: Sequence[str], zones: dict[str, str], first: date, last: date, *, published: bool = False
) -> dict[tuple[str, date], list[Placed]]:
    """The shifts of stores by store and day, the day before the first included: as the desk has them, or as they are published.
    Those nobody has have no person. On-call ones are there and cover nothing."""
    connection = session.connection()
    found: dict[tuple[str, date], list[Placed]] = {}
    before = first - timedelta(days=1)
    if published:
        s = _shift.c
        asked = sa.select(_shift).where(within(s.store_id, store_ids), s.day.between(before, last))
        for row in connection.execute(asked):
            windows = msgspec.convert(row.placed, _PLACED)
            found.setdefault((row.store_id, row.day), []).extend(_of(row, windows, on_call=row.on_call))
        return found
    c = _cell.c
    catalogue = load_catalogue(session)
    drafted = sa.select(_cell).where(within(c.store_id, store_ids), c.day.between(before, last), c.state != "removed")
    for row in connection.execute(drafted):
        template = catalogue.template(row.template, row.day)
        windows = place(row.day.isoformat(), zones[row.store_id], template, msgspec.convert(row.windows, WINDOWS))
        on_call = template is not None and template.kind == "on_call"
        found.setdefault((row.store_id, row.day), []).extend(_of(row, windows, on_call=on_call))
    return found


def _of(row: Any, windows: Sequence[PlacedWindow], *, on_call: bool) -> list[Placed]:
    return placed_of(
        row.id, row.person_id or "", row.store_id, row.day.isoformat(), windows, template=row.template, role=row.role,
        on_call=on_call,
    )  # fmt: skip


def coverage(session: ScopedSession, asked: CoverageQuery) -> Coverage:
    """Demand against plan of a store. Raises Problem for whoever does not read shifts there."""
    must_read_at(session.info["actor"], asked.store_id)
    first, last = must_be_days(asked.from_day, asked.to_day)
    store = must_be_store(session, asked.store_id)
    book = demand_book(session, [store.id], first, last)
    planned = planned_at(session, [store.id], {store.id: store.zone}, first, last, published=asked.published)
    lines: list[CoverageLine] = []
    for day in days_between(first, last):
        there = [one for one in _touching(planned, store.id, day) if one.person_id and not one.on_call]
        wanted = {role: found.slots for role, found in book.of(store.id, day).items()}
        roles = sorted({"", *wanted, *(one.role for one in there if one.day == day.isoformat() and one.role)})
        for role in roles:
            line = line_of(day, role, wanted.get(role), there, asked.step_min)
            if line is not None:
                lines.append(line)
    return Coverage(
        store_id=store.id, step_min=asked.step_min, lines=lines,
        needed_min=sum(_head_minutes(line, asked.step_min) for line in lines if line.role == "" or line.at_least),
        planned_min=sum(sum(line.planned) * asked.step_min for line in lines if line.role == ""),
        lack_min=sum(line.lack_min for line in lines), surplus_min=sum(line.surplus_min for line in lines),
    )  # fmt: skip


def _head_minutes(line: CoverageLine, step: int) -> int:
    return sum(max(rather, 0) for rather in line.target) * step


def _touching(planned: dict[tuple[str, date], list[Placed]], store_id: str, day: date) -> list[Placed]:
    """The shifts of a day with its own minutes, and those of the day before with what of them is left after midnight."""
    before = day - timedelta(days=1)
    left = [
        msgspec.structs.replace(one, starts_min=one.starts_min - DAY_MIN, ends_min=one.ends_min - DAY_MIN)
        for one in planned.get((store_id, before), ())
        if one.ends_min > DAY_MIN
    ]
    return [*planned.get((store_id, day), ()), *left]


def line_of(
    day: date, role: str, slots: Iterable[Need] | None, there: Sequence[Placed], step: int
) -> CoverageLine | None:
    """A role's curve on a day from the first step something is needed or somebody is there; None where there is nothing. A step
    has whom it has at any time in it counted by their minutes: heads are rounded down, so that half a step is not cover."""
    mine = [one for one in there if not role or one.role == role]
    slots = list(slots or ())
    edges = [(one.from_min, one.to_min) for one in slots] + [(max(0, one.starts_min), one.ends_min) for one in mine]
    edges = [(starts, ends) for starts, ends in edges if ends > 0]
    if not edges:
        return None
    starts = min(edge[0] for edge in edges) // step * step
    count = -(-(max(edge[1] for edge in edges) - starts) // step)
    least, target, most, planned = ([0] * count for _ in range(4))
    lack = surplus = 0
    for number in range(count):
        at, until = starts + number * step, starts + (number + 1) * step
        need = next((one for one in slots if one.from_min < until and at < one.to_min), None)
        heads = sum(max(0, min(one.ends_min, until) - max(one.starts_min, at)) for one in mine)
        planned[number] = heads // step
        least[number] = need.at_least if need is not None else 0
        target[number] = max(need.at_least, need.target or 0) if need is not None else 0
        most[number] = need.at_most if need is not None and need.at_most is not None else -1
        if slots:
            bound = most[number] if most[number] >= 0 else target[number]
            lack += max(0, least[number] * step - heads)
            surplus += max(0, heads - bound * step)
    return CoverageLine(
        day=day.isoformat(), role=role, from_min=starts, at_least=least, target=target, at_most=most, planned=planned,
        lack_min=lack, surplus_min=surplus,
    )  # fmt: skip


def demand(session: ScopedSession, asked: DemandQuery) -> DemandAnswer:
    """A store's demand day by day. Raises Problem for whoever does not read shifts there."""
    must_read_at(session.info["actor"], asked.store_id)
    first, last = must_be_days(asked.from_day, asked.to_day)
    return demand_of(session, must_be_store(session, asked.store_id).id, first, last)


def across(session: ScopedSession, asked: AcrossQuery) -> Across:
    """Stores side by side: head-minutes needed, planned, lacking and too many, day by day. Stores by number, a page at a time."""
    actor: Actor = session.info["actor"]
    first, last = must_be_days(asked.from_day, asked.to_day, ACROSS_DAYS)
    found = sa.select(Store.id, Store.number, Store.name, Store.zone)
    if not actor.has_everywhere(Permission.READ_SHIFTS):
        found = found.where(within(Store.id, actor.stores_for(Permission.READ_SHIFTS)))
    if asked.unit_id is not None:
        found = found.where(is_below(session, Store.id, asked.unit_id))
    rows, following = page_of(session, found, [Store.number, Store.id], limit=asked.limit, cursor=asked.cursor)
    ids, zones = [row.id for row in rows], {row.id: row.zone for row in rows}
    book = demand_book(session, ids, first, last)
    planned = planned_at(session, ids, zones, first, last)
    drafts = _drafts(session, ids, first, last)
    items = [
        AcrossStore(
            store_id=row.id, number=row.number, name=row.name,
            days=[_of_day(book, planned, drafts, row, day) for day in days_between(first, last)],
        )
        for row in rows
    ]  # fmt: skip
    return Across(items=items, next_cursor=following)


def _of_day(
    book: DemandBook, planned: dict[tuple[str, date], list[Placed]], drafts: dict[tuple[str, date], int], store: Any, day: date
) -> AcrossDay:
    there = planned.get((store.id, day), [])
    due = [one for one in there if one.person_id and not one.on_call]
    before = [one for one in planned.get((store.id, day - timedelta(days=1)), ()) if one.person_id and one.ends_min > DAY_MIN]
    sums = cover_of(book.needs(store.id, store.zone, day), [*due, *before])
    return AcrossDay(
        day=day.isoformat(), needed_min=sums["needed"], planned_min=sum((one.ends_ms - one.starts_ms) // 60_000 for one in due),
        lack_min=sums["lack"], surplus_min=sums["surplus"], shifts=len({one.id.partition("#")[0] for one in there}),
        open_shifts=len({one.id.partition("#")[0] for one in there if not one.person_id}), drafts=drafts.get((store.id, day), 0),
    )  # fmt: skip


def _drafts(session: ScopedSession, ids: Sequence[str], first: date, last: date) -> dict[tuple[str, date], int]:
    c = _cell.c
    asked = (
        sa.select(c.store_id, c.day, sa.func.count())
        .where(within(c.store_id, ids), c.day.between(first, last), c.state.not_in(["published", "confirmed"]))
        .group_by(c.store_id, c.day)
    )
    return {(store, day): count for store, day, count in session.connection().execute(asked)}
