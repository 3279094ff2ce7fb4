"""One cell at a time: a shift of a store is made, changed, removed. The rules are asked before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from contract.rostering.shapes import Placed, Verdict
from contract.rosters import CheckAnswer, CheckChange, RemoveShift, SetShift
from contract.shifts import Window
from contract.wire import plain
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession, table_of
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.people.model import Person
from server.rosters.desk import must_be_day, must_be_store, must_not_be_over, planner_at
from server.rosters.events import CellsChanged
from server.rosters.gathering import Gathered, gather
from server.rosters.model import RosterCell, RosterShift
from server.rosters.people_model import Skill
from server.rosters.placing import place, placed_of
from server.rosters.rows import cell_row
from server.rosters.rules import state_of, told_of
from server.rosters.verdicts import as_facts, hard, in_words, judge_with, locked_verdict, of_cells, refuse_broken
from server.shifts.planner import load_catalogue
from server.shifts.rules import judge
from server.shifts.rules.days import Catalogue, Template
from server.stores.model import Store

MOST_A_DAY = 300  # shifts of one store: more is no roster
_cell, _person = table_of(RosterCell), table_of(Person)


@dataclass(frozen=True)
class Wanted:
    """A shift as somebody wants it, looked at by itself: its template is known, its windows make sense."""

    cell_id: str
    store: Store
    day: date
    person_id: str | None
    template: Template
    windows: list[Window]
    role: str | None
    locked: bool = False

    def placed(self) -> list[Placed]:
        """As the rules look at it."""
        day = self.day.isoformat()
        return placed_of(
            self.cell_id, self.person_id or "", self.store.id, day, place(day, self.store.zone, self.template, self.windows),
            template=self.template.code, role=self.role, on_call=self.template.kind == "on_call", locked=self.locked,
        )  # fmt: skip


def wanted(session: ScopedSession, catalogue: Catalogue, store: Store, day: date, op: Any) -> Wanted:
    """What a SetShift or a CheckChange asks for. Raises Problem for what cannot be a shift on that day."""
    template = catalogue.template(op.template or "", day)
    if template is None:
        raise Problem("shifts.template_unknown", field="template", template=op.template or "", day=day.isoformat())
    windows: Sequence[Window] = op.windows
    if any(one.store_id not in (None, store.id) for one in windows):
        raise Problem("rosters.other_store", field="windows")
    mine = [Window(starts_min=one.starts_min, ends_min=one.ends_min) for one in windows]
    said = mine or list(template.windows)
    wrong = judge.judge_windows(said)
    if wrong is None and template.kind == "flexible":
        if len(said) != 1:
            wrong = judge.Wrong("shifts.one_window", "windows")
        else:
            core = template.core_starts_min, template.core_ends_min
            wrong = judge.judge_core(said[0], template.required_min or 0, *core)
    if wrong is not None:
        raise Problem(wrong.code, field="windows")
    if not place(day.isoformat(), store.zone, template, said):
        raise Problem("rosters.nothing_left", field="windows")
    if op.role is not None and session.scalar(sa.select(Skill.id).where(Skill.code == op.role)) is None:
        raise Problem("rosters.skill_unknown", field="role", skill=op.role)
    if op.person_id is not None and not _is_somebody(session, op.person_id):
        raise Problem("people.unknown", field="person_id", id=op.person_id)
    return Wanted(op.shift_id, store, day, op.person_id, template, mine, op.role, getattr(op, "locked", False))


def _is_somebody(session: ScopedSession, person_id: str) -> bool:
    """Whether there is such a person: who borrows somebody plans them before they can see their record."""
    asked = sa.select(_person.c.id).where(_person.c.id == person_id)
    return session.connection().execute(asked).first() is not None


def look_around(session: ScopedSession, store: Store, day: date, people: Sequence[str | None]) -> Gathered:
    """What a change of a day is judged by: these people's week and what counts before it."""
    monday = day - timedelta(days=day.weekday())
    return gather(session, [store.id], monday, monday + timedelta(days=6), sorted({one for one in people if one is not None}))


def judge_wanted(g: Gathered, want: Wanted, was: Any) -> list[Verdict]:
    """What a shift as it is wanted newly breaks: for its person, and for the one it is taken from."""
    profile = g.profiles[want.store.id]
    found: list[Verdict] = []
    if want.person_id is not None:
        found += judge_with(g, want.person_id, want.placed(), [want.cell_id], profile)
    if was is not None and was.person_id is not None and was.person_id != want.person_id:
        found += judge_with(g, was.person_id, [], [want.cell_id], profile)
    return found


@handles(SetShift, needs=Permission.PLAN_SHIFTS, touches=lambda op: op.shift_id if op.based_on is not None else None)
def set_shift(work: Work, op: SetShift) -> dict[str, Any]:
    """A shift is made, or becomes this. Answers the cell as it is now and what the rules say of it."""
    who = planner_at(work, op.store_id, op.kiosk)
    day = must_be_day(op.day, "day")
    with work.with_system_reach() as session:
        store = must_be_store(session, op.store_id)
        catalogue = load_catalogue(session)
        cell = session.get(RosterCell, op.shift_id, with_for_update=True)
        _must_be_the_one(session, catalogue, store, day, op, cell)
        must_not_be_over(store, day, work.now)
        want = wanted(session, catalogue, store, day, op)
        g = look_around(session, store, day, [op.person_id, cell.person_id if cell is not None else None])
        verdicts = judge_wanted(g, want, cell)
        if cell is not None and cell.locked and _differs(cell, op):
            locked = locked_verdict(g.profiles[store.id], op.person_id or "", cell.id, op.day)
            verdicts = [*([locked] if locked is not None else ()), *verdicts]
        refuse_broken(work.actor, g, verdicts, reason=op.override, field="person_id", change=want.placed())
        if cell is None:
            _must_have_room(session, store, day)
            cell = RosterCell(
                id=op.shift_id, store_id=store.id, day=day, person_id=op.person_id, template=op.template,
                windows=plain(want.windows), role=op.role, tasks=op.tasks, comment=op.comment, locked=op.locked, version=1,
                state="draft", published_version=None, published=None, override=op.override, made_by=who, changed_by=who,
                changed_at=work.now,
            )  # fmt: skip
            session.add(cell)
        elif _differs(cell, op) or cell.locked != op.locked or cell.state == "removed":
            cell.person_id, cell.template, cell.windows, cell.role = op.person_id, op.template, plain(want.windows), op.role
            cell.tasks, cell.comment, cell.locked = op.tasks, op.comment, op.locked
            if op.override is not None:
                cell.override = op.override
            touch(session, cell, who, work)
        session.flush()
        row = cell_row(cell, catalogue, store.zone)
    tell(work, CellsChanged(op.store_id))
    return {"cell": plain(row), "verdicts": as_facts(verdicts)}


def _must_be_the_one(
    session: ScopedSession, catalogue: Catalogue, store: Store, day: date, op: SetShift, cell: RosterCell | None
) -> None:
    if cell is None:
        if op.based_on is not None:
            raise Problem("rosters.shift_unknown", field="shift_id", id=op.shift_id)
        return
    if cell.store_id != store.id or cell.day != day:
        raise Problem("rosters.moved_to_other_day", field="day")
    must_be_seen(cell, op.based_on, catalogue, store)


def must_be_seen(cell: RosterCell, based_on: int | None, catalogue: Catalogue, store: Store) -> None:
    """Refuse a change by somebody who has not seen the cell as it is, and say what it is now."""
    if based_on != cell.version:
        now = plain(cell_row(cell, catalogue, store.zone))
        raise Problem("rosters.changed_meanwhile", field="based_on", id=cell.id, version=cell.version, now=now)


def _must_have_room(session: ScopedSession, store: Store, day: date) -> None:
    asked = sa.select(sa.func.count()).select_from(_cell).where(_cell.c.store_id == store.id, _cell.c.day == day)
    if session.connection().execute(asked).scalar_one() >= MOST_A_DAY:
        raise Problem("rosters.too_many_shifts", field="shift_id", most=MOST_A_DAY)


def _differs(cell: RosterCell, op: SetShift) -> bool:
    """Whether anything of a shift that people are told would be another."""
    windows = plain([Window(starts_min=one.starts_min, ends_min=one.ends_min) for one in op.windows])
    mine = (cell.person_id, cell.template, cell.windows, cell.role, cell.tasks, cell.comment)
    return mine != (op.person_id, op.template, windows, op.role, op.tasks, op.comment)


def touch(session: ScopedSession, cell: RosterCell, who: str | None, work: Work) -> None:
    """A cell has changed: its next version, and the state it is in."""
    shift = session.get(RosterShift, cell.id) if cell.published_version is not None else None
    cell.version += 1
    cell.state = state_of(
        told_of(cell), cell.published_version, cell.published, confirmed=shift is not None and shift.confirmed_at is not None
    )
    cell.changed_by, cell.changed_at = who, work.now


@handles(RemoveShift, needs=Permission.PLAN_SHIFTS, touches=lambda op: op.shift_id)
def remove_shift(work: Work, op: RemoveShift) -> dict[str, Any]:
    """A draft goes at once, a published shift with the next publish. A locked one is unlocked first."""
    with work.with_system_reach() as session:
        known = session.get(RosterCell, op.shift_id, with_for_update=True)
        store_id = known.store_id if known is not None else None
    if store_id is None:
        raise Problem("rosters.shift_unknown", field="shift_id", id=op.shift_id)
    who = planner_at(work, store_id, op.kiosk)
    with work.with_system_reach() as session:
        store, catalogue = must_be_store(session, store_id), load_catalogue(session)
        cell = session.get_one(RosterCell, op.shift_id)
        must_be_seen(cell, op.based_on, catalogue, store)
        must_not_be_over(store, cell.day, work.now, "shift_id")
        if cell.locked:
            g = look_around(session, store, cell.day, [cell.person_id])
            locked = locked_verdict(g.profiles[store.id], cell.person_id or "", cell.id, cell.day.isoformat())
            refuse_broken(work.actor, g, [locked] if locked is not None else [], reason=None, field="shift_id")
        if cell.published_version is None:
            session.delete(cell)
            return {"gone": True}
        if cell.state != "removed":
            cell.version += 1
            cell.state, cell.changed_by, cell.changed_at = "removed", who, work.now
        return {"gone": False, "version": cell.version}


def check_change(session: ScopedSession, actor: Actor, asked: CheckChange) -> CheckAnswer:
    """What a change of one cell would mean, without keeping it. Whoever may not plan the store is told nothing."""
    plans = Permission.PLAN_SHIFTS
    if not actor.has_everywhere(plans) and asked.store_id not in actor.stores_for(plans):
        raise Problem("access.out_of_scope", kind="roster_cell")
    store, day = must_be_store(session, asked.store_id), must_be_day(asked.day, "day")
    cell = session.get(RosterCell, asked.shift_id)
    if cell is not None and (cell.store_id != store.id or cell.day != day):
        raise Problem("rosters.moved_to_other_day", field="day")
    g = look_around(session, store, day, [asked.person_id, cell.person_id if cell is not None else None])
    change: list[Placed] = []
    if asked.removed:
        who = cell.person_id if cell is not None else None
        verdicts = judge_with(g, who, [], [asked.shift_id], g.profiles[store.id]) if who is not None else []
    else:
        want = wanted(session, g.catalogue, store, day, asked)
        change, verdicts = want.placed(), judge_wanted(g, want, cell)
    verdicts = [of_cells(one) for one in verdicts]
    return CheckAnswer(
        verdicts=verdicts, said=in_words(actor, g, verdicts, change), refused=bool(hard(verdicts, reason="any")),
        needs_reason=any(one.level == "hard" and one.overridable for one in verdicts),
        points=sum(one.points for one in verdicts if one.level == "soft"),
    )  # fmt: skip
