"""A published shift changes hands, or becomes open: the desk's cell, what is published, the days people are planned for, and one
notice (N-11) for each whose shifts are others now."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from server.kernel.events import tell
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.rosters import dayplans
from server.rosters.events import RosterPublished
from server.rosters.market.judging import windows_of
from server.rosters.model import RosterCell, RosterShift, RosterStretch
from server.rosters.placing import window_id
from server.rosters.publishing import notify
from server.rosters.rules import Told, changes_by_person, state_of, told_of
from server.stores.model import Store


def give(wide: Work, moves: Iterable[tuple[RosterShift, str | None]], *, by: str, override: str | None = None) -> None:
    """Each shift is that person's from now on, or open. `wide` has the system's reach; the shifts are held; the rules were asked.

    A cell that the desk has planned otherwise since it was published keeps that plan: only what is published moves. `override`:
    why a rule is set aside for this; it stays with the cell, so that the desk can publish it again.
    """
    session = wide.session
    moved = sorted(moves, key=lambda move: (move[0].store_id, move[0].id))
    for shift, _ in moved:  # all stretches go before any comes: two who swap would stand in each other's way
        for stretch in session.scalars(sa.select(RosterStretch).where(RosterStretch.shift_id == shift.id)).all():
            session.delete(stretch)
    session.flush()
    told: list[tuple[str, list[tuple[RosterShift, Told, Told]]]] = []
    for store_id, some in groupby(moved, key=lambda move: move[0].store_id):
        hosted = dayplans.hosted_at(session, store_id, wide.now)
        told.append((store_id, [(shift, *_move(wide, shift, new, hosted, by, override)) for shift, new in some]))
    session.flush()
    for store_id, pairs in told:
        changes = changes_by_person([(shift.id, before, after) for shift, before, after in pairs])
        days = sorted({shift.day for shift, _, _ in pairs})
        ids = frozenset(shift.id for shift, _, _ in pairs)
        tell(wide, RosterPublished(store_id, days[0], days[-1], ids, frozenset(), frozenset(changes)))
        for day in days:
            dayplans.write(wide, day, day, sorted(changes))
        notify(wide, session.get_one(Store, store_id), f"{wide.act.op_id}|{store_id}", changes)


def _move(wide: Work, shift: RosterShift, new: str | None, hosted: Any, by: str, override: str | None) -> tuple[Told, Told]:
    """What was published of it, and what is now."""
    cell = wide.session.get(RosterCell, shift.id, with_for_update=True)
    if cell is None or cell.state == "removed" or cell.published is None:
        raise Problem("market.shift_unknown", field="shift_id", id=shift.id)
    before: Told = cell.published
    after = {**before, "person_id": new}
    if cell.person_id == shift.person_id:
        cell.person_id = new
    cell.version += 1
    cell.published, cell.published_version = after, cell.version
    cell.state = state_of(told_of(cell), cell.version, after, confirmed=False)
    cell.changed_by, cell.changed_at, cell.override = by, wide.now, override
    shift.version, shift.person_id, shift.confirmed_at, shift.offered_until = cell.version, new, None, None
    shift.guest = dayplans.is_guest(hosted, new, shift.day)
    if new is not None:
        for number, window in enumerate(windows_of(shift)):
            wide.add(
                RosterStretch(
                    id=dayplans.stretch_id(window_id(shift.id, number)), shift_id=shift.id, person_id=new,
                    starts_ms=window.starts_ms, ends_ms=window.ends_ms,
                )
            )  # fmt: skip
    return before, after
