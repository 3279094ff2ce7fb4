"""What can be done with proposals: ask, cancel, take into the drafts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from contract.moments import to_ms
from contract.proposals import (
    AskProposal,
    AskReplan,
    CancelProposal,
    ProposalAlternative,
    ProposedShift,
    TakeAlternative,
    TakeProposal,
)
from contract.wire import plain
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.jobs import ask_for
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.people.model import Person
from server.rosters import proposal_jobs
from server.rosters.cells import touch
from server.rosters.desk import must_be_day, must_be_store, must_not_be_over, planner_at, today_at
from server.rosters.drafts import Plan, draft
from server.rosters.model import RosterCell
from server.rosters.proposal_model import Proposal, ProposalRun
from server.rosters.proposal_queries import waiting_of
from server.rosters.queries import cells_of
from server.stores.model import Store

MOST_WAITING = 10  # of one store
PLAN = Permission.PLAN_SHIFTS
_SHIFTS, _ALTERNATIVES = list[ProposedShift], list[ProposalAlternative]


@handles(AskProposal, needs=PLAN)
def ask_proposal(work: Work, op: AskProposal) -> dict[str, Any]:
    """A roster is to be made. It begins within seconds; how far it is stands in its row."""
    stores = list(dict.fromkeys(op.store_ids))
    first = must_be_day(op.from_day, "from_day")
    for store_id in stores:
        planner_at(work, store_id, None)
        must_not_be_over(must_be_store(work.session, store_id), first, work.now, "from_day")
    _enter(
        work, op.proposal_id, "roster", stores, first, op.days, seconds=op.seconds, seed=op.seed,
        importance=dict(op.importance.items()), keep=op.keep, asked=None,
    )  # fmt: skip
    return {"proposal_id": op.proposal_id}


@handles(AskReplan, needs=PLAN)
def ask_replan(work: Work, op: AskReplan) -> dict[str, Any]:
    """A roster is to be mended with the fewest changes."""
    planner_at(work, op.store_id, None)
    first, last = must_be_day(op.from_day, "from_day"), must_be_day(op.to_day, "to_day")
    if last < first:
        raise Problem("rosters.days_backwards", field="to_day")
    must_not_be_over(must_be_store(work.session, op.store_id), first, work.now, "from_day")
    if op.event in ("sick", "no_show", "dispatch_ended") and op.person_id is None:
        raise Problem("proposals.person_needed", field="person_id")
    if op.person_id is not None and work.session.get(Person, op.person_id) is None:
        raise Problem("people.unknown", field="person_id", id=op.person_id)
    days = max(op.window_days, (last - first).days + 1)
    if days > 42:
        raise Problem("proposals.days_too_many", field="to_day", most=42)
    asked = {
        "event": op.event, "person_id": op.person_id, "from_day": op.from_day, "to_day": op.to_day, "allow": list(op.allow),
        "freeze_until_ms": to_ms(work.now) if op.freeze_until_ms is None else op.freeze_until_ms,
        "alternatives": op.alternatives,
    }  # fmt: skip
    _enter(
        work, op.proposal_id, "replan", [op.store_id], first, days, seconds=op.seconds, seed=1, importance={}, keep="all",
        asked=asked,
    )  # fmt: skip
    return {"proposal_id": op.proposal_id}


def _enter(
    work: Work, proposal_id: str, kind: str, stores: Sequence[str], first: date, days: int, *, seconds: int, seed: int,
    importance: dict[str, Any], keep: str, asked: dict[str, Any] | None,
) -> None:  # fmt: skip
    with work.with_system_reach() as session:
        if session.get(Proposal, proposal_id) is not None:
            raise Problem("operation.already_exists", field="proposal_id", id=proposal_id)
        waiting = waiting_of(session, stores[0])
    if waiting >= MOST_WAITING:
        raise Problem("proposals.too_many_waiting", waiting=waiting)
    who = work.actor.person_id
    work.add(
        Proposal(
            id=proposal_id, kind=kind, store_id=stores[0], store_ids=list(stores), stores=len(stores), from_day=first, days=days,
            seconds=seconds, seed=seed, importance=importance, keep=keep, asked=asked, asked_by=who, asked_at=work.now,
            cancelled_at=None, taken_at=None, taken_by=None, taken=None,
        )
    )  # fmt: skip
    work.session.flush()
    work.add(
        ProposalRun(
            id=proposal_id, store_id=stores[0], stores=len(stores), asked_by=who, state="waiting", tries=0, alive_until=None,
            started_at=None, ended_at=None, engine="", cpu_ms=0, best=None, bound=None, checked=False, problem_hash="",
            code=None, facts={}, seen={}, progress=[], result={},
        )
    )  # fmt: skip
    with work.with_system_reach() as session:  # jobs are the server's own
        wide = Work(session, Actor.system(), work.now, work.act, work.secret)
        ask_for(wide, proposal_jobs.SOLVE, key=proposal_id, facts={"proposal_id": proposal_id})


def _proposal(work: Work, proposal_id: str) -> tuple[Proposal, ProposalRun]:
    found = work.session.get(Proposal, proposal_id, with_for_update=True)
    run = work.session.get(ProposalRun, proposal_id, with_for_update=True)
    if found is None or run is None:
        raise Problem("proposals.unknown", field="proposal_id", id=proposal_id)
    return found, run


@handles(CancelProposal, needs=PLAN)
def cancel_proposal(work: Work, op: CancelProposal) -> None:
    """What is computed ends within a second; what waits at once. The best so far stays."""
    proposal, run = _proposal(work, op.proposal_id)
    if run.ended_at is not None:
        raise Problem("proposals.has_ended", field="proposal_id", id=op.proposal_id)
    proposal.cancelled_at = proposal.cancelled_at or work.now
    if run.state == "waiting":
        run.state, run.ended_at, run.alive_until = "cancelled", work.now, None


def _must_be_takeable(proposal: Proposal, run: ProposalRun, kind: str) -> None:
    if proposal.kind != kind:
        raise Problem("proposals.wrong_kind", field="proposal_id", id=proposal.id)
    if proposal.taken_at is not None:
        raise Problem("proposals.is_taken", field="proposal_id", id=proposal.id)
    if run.ended_at is None or not run.result.get("shifts" if kind == "roster" else "alternatives"):
        raise Problem("proposals.nothing_yet", field="proposal_id", id=proposal.id)


@handles(TakeProposal, needs=PLAN)
def take_proposal(work: Work, op: TakeProposal) -> dict[str, Any]:
    """Drafts become what the proposal has. Every shift is judged once more as it is written; what its person may not work by now
    becomes an open shift. Answers figures by store."""
    proposal, run = _proposal(work, op.proposal_id)
    _must_be_takeable(proposal, run, "roster")
    shifts = msgspec.convert(run.result["shifts"], _SHIFTS)
    last = proposal.from_day + timedelta(days=proposal.days - 1)
    wanted_days = {must_be_day(day, "days") for day in op.days} or None
    stores = [one for one in proposal.store_ids if not op.store_ids or one in op.store_ids]
    who = None
    for store_id in stores:
        who = planner_at(work, store_id, None)
    made: dict[str, Any] = {}
    with work.with_system_reach() as session:
        if not op.over_changes:
            _must_be_unchanged(session, stores, proposal, last, run.seen)
        for store_id in stores:
            made[store_id] = _take_at(work, session, store_id, proposal, last, shifts, wanted_days, who)
    proposal.taken_at, proposal.taken_by = work.now, work.actor.person_id
    proposal.taken = {"stores": made}
    return {"stores": made}


def _must_be_unchanged(
    session: ScopedSession, stores: Iterable[str], proposal: Proposal, last: date, seen: dict[str, int]
) -> None:
    """Refuse where somebody changed, made or removed shifts since the proposal was begun."""
    now = {cell.id: cell.version for store in stores for cell in cells_of(session, store, proposal.from_day, last)}
    chosen = set(stores)
    gone = 0 if len(proposal.store_ids) != len(chosen) else sum(1 for one in seen if one not in now)
    changed = sum(1 for one, version in now.items() if seen.get(one) != version) + gone
    if changed:
        raise Problem("proposals.changed_meanwhile", field="proposal_id", id=proposal.id, shifts=changed)


def _take_at(
    work: Work, session: ScopedSession, store_id: str, proposal: Proposal, last: date, shifts: Sequence[ProposedShift],
    days: set[date] | None, who: str | None,
) -> dict[str, Any]:  # fmt: skip
    """One store: drafts that the proposal does not keep go, published ones it does not keep are marked, its own are drafted."""
    store = must_be_store(session, store_id)
    today = max(proposal.from_day, _first_open_day(store, proposal.from_day, last, work))
    mine = [
        one for one in shifts
        if one.store_id == store_id and (days is None or must_be_day(one.day, "days") in days) and one.day >= today.isoformat()
    ]  # fmt: skip
    kept = {one.id.partition("#")[0] for one in mine if one.kept}
    gone = marked = 0
    for cell in cells_of(session, store_id, today, last):
        if cell.id in kept or cell.locked or cell.person_id is None or (days is not None and cell.day not in days):
            continue
        if cell.published_version is None:
            session.delete(cell)
            gone += 1
        elif proposal.keep == "locked" and cell.state != "removed":
            touch(session, cell, who, work)
            cell.state = "removed"
            marked += 1
    session.flush()
    plans = [_plan(one) for one in mine if not one.kept]
    return {**draft(work, session, store, today, last, plans, who), "gone": gone, "marked": marked}


def _first_open_day(store: Store, first: date, last: date, work: Work) -> date:
    return min(max(first, today_at(store, work.now)), last)


def _plan(shift: ProposedShift) -> Plan:
    window = [{"starts_min": shift.starts_min, "ends_min": shift.ends_min, "store_id": None}]
    return Plan(
        shift.id, date.fromisoformat(shift.day), shift.person_id, shift.template, window, shift.role or None
    )


@handles(TakeAlternative, needs=PLAN)
def take_alternative(work: Work, op: TakeAlternative) -> dict[str, Any]:
    """The drafts become as one way of mending has them. Refused as a whole where a shift of it was changed since."""
    proposal, run = _proposal(work, op.proposal_id)
    _must_be_takeable(proposal, run, "replan")
    alternatives = msgspec.convert(run.result["alternatives"], _ALTERNATIVES)
    chosen = next((one for one in alternatives if one.alternative == op.alternative), None)
    if chosen is None:
        raise Problem("proposals.no_such_alternative", field="alternative", alternative=op.alternative)
    who = planner_at(work, proposal.store_id, None)
    with work.with_system_reach() as session:
        must_be_store(session, proposal.store_id)
        cells: list[tuple[RosterCell, str | None]] = []
        for change in chosen.changes:
            cell = session.get(RosterCell, change.shift_id.partition("#")[0], with_for_update=True)
            if cell is None or cell.store_id != proposal.store_id or run.seen.get(cell.id) != cell.version:
                raise Problem("proposals.changed_meanwhile", field="alternative", id=proposal.id, shifts=1)
            cells.append((cell, change.person_id))
        for cell, person_id in cells:
            if cell.person_id != person_id:
                cell.person_id = person_id
                touch(session, cell, who, work)
    proposal.taken_at, proposal.taken_by = work.now, work.actor.person_id
    proposal.taken = {"alternative": op.alternative, "changes": plain(chosen.changes)}
    return {"changed": len(cells)}
