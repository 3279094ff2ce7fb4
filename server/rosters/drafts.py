"""Many cells at once: days copied, patterns filled in, drafts forgotten. What somebody may not work becomes an open shift."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import msgspec

from contract.ids import derived_id
from contract.rostering.shapes import Verdict
from contract.rosters import MOST_SHIFTS, CopyDays, DiscardDraft, FillByPattern
from contract.shifts import Window
from contract.wire import plain
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.rosters.cells import Wanted, touch
from server.rosters.desk import must_be_day, must_be_days, must_be_store, must_not_be_over, planner_at
from server.rosters.events import CellsChanged
from server.rosters.gathering import Gathered, gather
from server.rosters.model import RosterCell
from server.rosters.placing import place
from server.rosters.queries import cells_of
from server.rosters.rules import days_between
from server.rosters.verdicts import as_facts, hard, judge_with
from server.shifts.planner import load_planner
from server.shifts.rules.days import Catalogue
from server.stores.model import Store

_WINDOWS = list[Window]
LATER = "what may be set aside is asked for when it is published"


class Plan(NamedTuple):
    """A shift to be drafted: what it is like, and for whom."""

    key: str
    day: date
    person_id: str | None
    template: str
    windows: list[Any]
    role: str | None = None
    tasks: Sequence[str] = ()
    comment: str | None = None


@handles(CopyDays, needs=Permission.PLAN_SHIFTS)
def copy_days(work: Work, op: CopyDays) -> dict[str, Any]:
    """The shifts of some days once more, as drafts. Answers how many were made, how many of them open because their people may
    not work then, and why."""
    who = planner_at(work, op.store_id, op.kiosk)
    first, last = must_be_days(op.from_day, op.to_day)
    onto = must_be_day(op.onto_day, "onto_day")
    with work.with_system_reach() as session:
        store = must_be_store(session, op.store_id)
        must_not_be_over(store, onto, work.now, "onto_day")
        away = onto - first
        plans = [
            Plan(
                row.id, row.day + away, row.person_id if op.with_people else None, row.template, row.windows, row.role, row.tasks,
                row.comment,
            )
            for row in cells_of(session, store.id, first, last)
            if row.state != "removed"
        ]  # fmt: skip
        return draft(work, session, store, onto, last + away, plans, who)


@handles(FillByPattern, needs=Permission.PLAN_SHIFTS)
def fill_by_pattern(work: Work, op: FillByPattern) -> dict[str, Any]:
    """Drafts of who follows which pattern, for whoever is posted to the store and has nothing on a day yet."""
    who = planner_at(work, op.store_id, op.kiosk)
    first, last = must_be_days(op.from_day, op.to_day)
    with work.with_system_reach() as session:
        store = must_be_store(session, op.store_id)
        must_not_be_over(store, first, work.now, "from_day")
        found = gather(session, [store.id], first, last)
        busy = {(one.person_id, one.day) for mine in found.placed.values() for one in mine if one.state != "worked"}
        plans = []
        people = sorted(found.workers)
        planner = load_planner(session, people, days_between(first, last))
        for person_id in people:
            for day in days_between(first, last):
                where = found.places.of(person_id, day)
                if where is None or where.store_id != store.id or (person_id, day.isoformat()) in busy:
                    continue
                template = planner.pattern_template(person_id, day)
                if template is not None:
                    plans.append(Plan(f"{person_id}:{day}", day, person_id, template.code, []))
        return draft(work, session, store, first, last, plans, who)


@handles(DiscardDraft, needs=Permission.PLAN_SHIFTS)
def discard_draft(work: Work, op: DiscardDraft) -> dict[str, Any]:
    """New shifts go, changed and removed ones are again as they are published; locked ones stay."""
    who = planner_at(work, op.store_id, op.kiosk)
    first, last = must_be_days(op.from_day, op.to_day)
    gone = restored = 0
    with work.with_system_reach() as session:
        must_be_store(session, op.store_id)
        for cell in cells_of(session, op.store_id, first, last):
            if cell.locked or cell.state in ("published", "confirmed"):
                continue
            if cell.published is None:
                if cell.state == "draft":
                    session.delete(cell)
                    gone += 1
                continue
            put_back(cell)
            touch(session, cell, who, work)
            restored += 1
    return {"gone": gone, "restored": restored}


def put_back(cell: RosterCell) -> None:
    """A cell says again what of it is published."""
    told = cell.published or {}
    cell.person_id, cell.template, cell.windows, cell.role = told["person_id"], told["template"], told["windows"], told["role"]
    cell.tasks, cell.comment = told["tasks"], told["comment"]


def draft(
    work: Work, session: ScopedSession, store: Store, first: date, last: date, plans: Iterable[Plan], who: str | None
) -> dict[str, Any]:
    """Draft these shifts of a store. One that is there already (same day, person, template and windows) is left out; one that its
    person may not work, whatever reason is given, becomes open. Answers figures, and why which were left open."""
    plans = list(plans)
    if len(plans) > MOST_SHIFTS:
        raise Problem("rosters.too_many_shifts", field="from_day", most=MOST_SHIFTS)
    people = sorted({plan.person_id for plan in plans if plan.person_id is not None})
    g = gather(session, [store.id], first, last, people)
    there = {_same(row.day, row.person_id, row.template, row.windows) for row in cells_of(session, store.id, first, last)}
    wants: list[tuple[Plan, Wanted]] = []
    for plan in plans:
        is_there = plan.person_id is not None and _same(plan.day, plan.person_id, plan.template, plan.windows) in there
        want = None if is_there or plan.day < first else _wanted(work, g.catalogue, store, plan)
        if want is not None:
            wants.append((plan, want))
    broken = _not_for_them(g, store.id, [want for _, want in wants])
    for plan, want in wants:
        session.add(_cell(work, store, plan, replace(want, person_id=None) if want.cell_id in broken else want, who))
    session.flush()
    tell(work, CellsChanged(store.id))
    verdicts = [one for found in broken.values() for one in found]
    return {"made": len(wants), "open": len(broken), "skipped": len(plans) - len(wants), "verdicts": as_facts(verdicts)}


def _not_for_them(g: Gathered, store_id: str, wants: Sequence[Wanted]) -> dict[str, list[Verdict]]:
    """Which of these shifts their person may not work, whatever reason is given, and why. All of a person are looked at together;
    where that breaks a rule, one after the other."""
    profile = g.profiles[store_id]
    mine: dict[str, list[Wanted]] = {}
    for want in wants:
        if want.person_id is not None:
            mine.setdefault(want.person_id, []).append(want)
    broken: dict[str, list[Verdict]] = {}
    for person_id, some in mine.items():
        together = [window for want in some for window in want.placed()]
        if not hard(judge_with(g, person_id, together, [], profile), reason=LATER):
            g.placed.setdefault(person_id, []).extend(together)
            continue
        for want in some:
            found = hard(judge_with(g, person_id, want.placed(), [], profile), reason=LATER)
            if found:
                broken[want.cell_id] = found
            else:
                g.placed.setdefault(person_id, []).extend(want.placed())
    return broken


def _same(day: date, person_id: str | None, template: str, windows: Sequence[Any]) -> tuple[Any, ...]:
    return day, person_id, template, tuple((one["starts_min"], one["ends_min"]) for one in windows)


def _wanted(work: Work, catalogue: Catalogue, store: Store, plan: Plan) -> Wanted | None:
    template = catalogue.template(plan.template, plan.day)
    if template is None:
        return None
    windows = msgspec.convert(plan.windows, _WINDOWS)
    if not place(plan.day.isoformat(), store.zone, template, windows):
        return None
    cell_id = derived_id("roster_cell", work.act.op_id, plan.key, plan.day.isoformat())
    return Wanted(cell_id, store, plan.day, plan.person_id, template, windows, plan.role)


def _cell(work: Work, store: Store, plan: Plan, want: Wanted, who: str | None) -> RosterCell:
    return RosterCell(
        id=want.cell_id, store_id=store.id, day=plan.day, person_id=want.person_id, template=plan.template,
        windows=plain(want.windows), role=plan.role, tasks=list(plan.tasks), comment=plan.comment, locked=False, version=1,
        state="draft", published_version=None, published=None, override=None, made_by=who, changed_by=who, changed_at=work.now,
    )  # fmt: skip
