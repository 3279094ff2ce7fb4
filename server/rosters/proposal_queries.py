"""Proposals as they are read: lists, one with all it offers, two rosters side by side, and questions that need no job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.moments import to_ms
from contract.proposals import (
    CompareQuery,
    Comparison,
    PersonChoice,
    PersonFigures,
    ProposalDetail,
    ProposalPage,
    ProposalQuery,
    ProposalRow,
    ProposedShift,
    RosterFigures,
    ShiftDifference,
)
from contract.rostering.from_problem import read_problem
from contract.wire import plain
from server.kernel.db import ScopedSession
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.kernel.sets import within
from server.people.model import Person
from server.people.readers import views_of
from server.rosters.market.candidates import distances_to, places_on
from server.rosters.problem import Asked, build
from server.rosters.proposal_figures import figures_of
from server.rosters.proposal_model import Proposal, ProposalRun
from server.rosters.queries import cells_of

_SHIFTS = list[ProposedShift]
_PARTS = (
    "shifts", "gaps", "score", "now", "then", "people_now", "people_then", "alternatives", "within", "beyond",
)  # fmt: skip


def waiting_of(session: ScopedSession, store_id: str) -> int:
    """How many proposals of a store wait or are computed."""
    asked = sa.select(sa.func.count()).select_from(ProposalRun).where(
        ProposalRun.store_id == store_id, ProposalRun.state.in_(("waiting", "running"))
    )
    return session.scalar(asked) or 0


def proposals(session: ScopedSession, asked: ProposalQuery) -> ProposalPage:
    """The newest proposals the reader may see."""
    found = sa.select(Proposal, ProposalRun).join(ProposalRun, ProposalRun.id == Proposal.id)
    if asked.store_id is not None:
        found = found.where(Proposal.store_id == asked.store_id)
    if asked.kind is not None:
        found = found.where(Proposal.kind == asked.kind)
    rows = session.execute(found.order_by(Proposal.asked_at.desc(), Proposal.id).limit(asked.limit))
    return ProposalPage(proposals=[row_of(proposal, run) for proposal, run in rows])


def row_of(proposal: Proposal, run: ProposalRun) -> ProposalRow:
    """A proposal as a line."""
    gap = None
    if run.best is not None and run.bound is not None and run.best:
        gap = max(0, run.best - run.bound) * 1_000 // abs(run.best)
    return ProposalRow(
        id=proposal.id, kind=proposal.kind, state=run.state, store_ids=proposal.store_ids,  # type: ignore[arg-type]
        from_day=proposal.from_day.isoformat(), days=proposal.days, seconds=proposal.seconds, seed=proposal.seed,
        importance=proposal.importance, keep=proposal.keep, asked_by=proposal.asked_by,  # type: ignore[arg-type]
        asked_at_ms=to_ms(proposal.asked_at), started_at_ms=_ms(run.started_at), ended_at_ms=_ms(run.ended_at),
        taken_at_ms=_ms(proposal.taken_at), cancelling=proposal.cancelled_at is not None and run.ended_at is None,
        engine=run.engine, cpu_ms=run.cpu_ms, best=run.best, bound=run.bound, gap_permille=gap, checked=run.checked,
        problem_hash=run.problem_hash, code=run.code, facts=run.facts,
    )  # fmt: skip


def _ms(moment: Any) -> int | None:
    return None if moment is None else to_ms(moment)


def _both(session: ScopedSession, proposal_id: str) -> tuple[Proposal, ProposalRun]:
    proposal, run = session.get(Proposal, proposal_id), session.get(ProposalRun, proposal_id)
    if proposal is None or run is None:
        raise Problem("proposals.unknown", id=proposal_id)
    return proposal, run


def proposal_detail(session: ScopedSession, proposal_id: str) -> ProposalDetail:
    """A proposal with all it offers. What it costs is told only to whoever may see what people are paid."""
    proposal, run = _both(session, proposal_id)
    parts = {name: run.result[name] for name in _PARTS if run.result.get(name) is not None}
    last = proposal.from_day + timedelta(days=proposal.days - 1)
    with whole(session) as everything:
        now = {
            cell.id: cell.version for store in proposal.store_ids for cell in cells_of(everything, store, proposal.from_day, last)
        }
    changed = [] if not run.seen and run.state == "waiting" else _changed(run.seen, now)
    body = {"proposal": plain(row_of(proposal, run)), "progress": run.progress, "changed_since": changed, **parts}
    found = msgspec.convert(body, ProposalDetail)
    found = _named(session, found)
    if proposal.kind == "replan":
        found = _by_distance(session, found, proposal)
    if not sees_pay(session, _people(run)):
        score = [line for line in found.score if line.rule != "cost"]
        found = msgspec.structs.replace(found, now=without_pay(found.now), then=without_pay(found.then), score=score)
    return found


def _named(session: ScopedSession, found: ProposalDetail) -> ProposalDetail:
    """With people's names as they are now."""
    parts = {part: getattr(found, part) for part in ("people_now", "people_then", "within", "beyond")}
    names = names_of(session, {one.person_id for some in parts.values() for one in some})
    told = {
        part: [msgspec.structs.replace(one, name=names.get(one.person_id, "")) for one in some] for part, some in parts.items()
    }
    return msgspec.structs.replace(found, **told)


def _by_distance(session: ScopedSession, found: ProposalDetail, proposal: Proposal) -> ProposalDetail:
    """Who could come, the nearest first: as the crow flies from the store (or home) they are at on that day. Whose place lies
    nowhere known comes last; at the same distance the order stays, the cheapest first."""
    with whole(session) as everything:
        where = places_on(everything, proposal.from_day)
        metres = distances_to(everything, proposal.store_ids[0])

    def ranked(some: Sequence[PersonChoice]) -> list[PersonChoice]:
        told = [msgspec.structs.replace(one, distance_m=metres.get(where.get(one.person_id, ""))) for one in some]
        return sorted(told, key=lambda one: (one.distance_m is None, one.distance_m or 0))

    return msgspec.structs.replace(found, within=ranked(found.within), beyond=ranked(found.beyond))


def names_of(session: ScopedSession, people: Iterable[str]) -> dict[str, str]:
    """The names of people, also of those the reader may not see otherwise: they are in the store's roster."""
    with whole(session) as everything:
        found = everything.execute(sa.select(Person.id, Person.name).where(within(Person.id, sorted(set(people)))))
        return {row.id: row.name for row in found}


def _people(*runs: ProposalRun) -> list[str]:
    return sorted({one["person_id"] for run in runs for one in run.result.get("people_now", [])})


def _changed(seen: dict[str, int], now: dict[str, int]) -> list[str]:
    return sorted({one for one, version in now.items() if seen.get(one) != version} | (seen.keys() - now.keys()))


def sees_pay(session: ScopedSession, people: Sequence[str]) -> bool:
    """Whether the reader may see what all these people are paid: a sum would tell it."""
    views = views_of(session, session.info["actor"], people)
    return all(view.reads("pay") for view in views.values())


def without_pay(figures: RosterFigures | None) -> RosterFigures | None:
    """The same without what it costs."""
    return None if figures is None else msgspec.structs.replace(figures, cost_cents=None)


def comparison(session: ScopedSession, asked: CompareQuery) -> Comparison:
    """Two rosters of the same stores and days."""
    proposal, run = _both(session, asked.left)
    left = _side(run)
    if asked.right is not None:
        other, other_run = _both(session, asked.right)
        if (other.store_ids, other.from_day, other.days) != (proposal.store_ids, proposal.from_day, proposal.days):
            raise Problem("proposals.wrong_kind", field="right", id=asked.right)
        right = _side(other_run)
    else:
        right = _now(session, proposal)
    if not sees_pay(session, _people(run)):
        left = (msgspec.structs.replace(left[0], cost_cents=None), *left[1:])
        right = (msgspec.structs.replace(right[0], cost_cents=None), *right[1:])
    names = names_of(session, {one.person_id for side in (left, right) for one in side[1]})
    left, right = _with_names(left, names), _with_names(right, names)
    return Comparison(
        left_id=asked.left, right_id=asked.right, left=left[0], right=right[0], left_people=left[1], right_people=right[1],
        differences=_differences(left, right),
    )  # fmt: skip


Side = tuple[RosterFigures, list[PersonFigures], list[ProposedShift]]


def _with_names(side: Side, names: dict[str, str]) -> Side:
    people = [msgspec.structs.replace(one, name=names.get(one.person_id, "")) for one in side[1]]
    return side[0], people, side[2]


def _side(run: ProposalRun) -> Side:
    if not run.result.get("then"):
        raise Problem("proposals.nothing_yet", id=run.id)
    return (
        msgspec.convert(run.result["then"], RosterFigures),
        msgspec.convert(run.result["people_then"], list[PersonFigures]),
        msgspec.convert(run.result.get("shifts", []), _SHIFTS),
    )


def _now(session: ScopedSession, proposal: Proposal) -> Side:
    """The roster as it stands in the drafts at this moment."""
    with whole(session) as everything:
        asked = Asked(
            problem_id=proposal.id, store_ids=proposal.store_ids, from_day=proposal.from_day, days=proposal.days, keep="all"
        )
        problem, _ = build(everything, asked)
    facts = read_problem(problem)
    figures, people = figures_of(facts, facts.placed, proposal.store_ids, len(facts.open_shifts))
    first, last = facts.calendar.first_day, facts.calendar.last_day
    shifts = [
        ProposedShift(
            id=one.id, store_id=one.store_id, day=one.day, person_id=person, starts_min=one.starts_min, ends_min=one.ends_min,
            template=one.template, role=one.role, kept=True,
        )
        for person, line in facts.placed.items()
        for one in line
        if one.store_id in proposal.store_ids and first <= one.day <= last
    ]  # fmt: skip
    return figures, people, shifts


def _differences(left: Side, right: Side) -> list[ShiftDifference]:
    names = {one.person_id: one.name for side in (left, right) for one in side[1] if one.name}
    one, two = _by_person(left[2]), _by_person(right[2])
    keys = sorted(one.keys() | two.keys(), key=lambda key: (key[1], key[0] or ""))
    return [
        ShiftDifference(person_id=who, name=names.get(who or "", ""), day=day, left=one.get((who, day), ""),
                        right=two.get((who, day), ""))
        for who, day in keys
        if one.get((who, day), "") != two.get((who, day), "")
    ]  # fmt: skip


def _by_person(shifts: Sequence[ProposedShift]) -> dict[tuple[str | None, str], str]:
    found: dict[tuple[str | None, str], list[str]] = {}
    for shift in sorted(shifts, key=lambda one: (one.day, one.starts_min)):
        found.setdefault((shift.person_id, shift.day), []).append(f"{_clock(shift.starts_min)}-{_clock(shift.ends_min)}")
    return {key: ", ".join(times) for key, times in found.items()}


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
