"""Questions about a roster that need no job: is it sound, why can nobody cover a stretch, who should take a shift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from contract.proposals import (
    CheckRoster,
    ExplainGap,
    GapExplained,
    ProposalChange,
    Recommended,
    RecommendFor,
    RosterCheck,
)
from contract.rostering.candidates import candidates, why
from contract.rostering.from_problem import Facts, read_problem
from contract.rostering.problem import Gap, RosterProblem
from contract.rostering.rules import judge_line
from contract.rostering.shapes import Placed
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.rosters.desk import must_be_day, must_be_store
from server.rosters.problem import Asked, build
from server.rosters.proposal_figures import figures_of
from server.rosters.proposal_queries import sees_pay, without_pay
from server.solver import explain
from server.solver.product_answer import covers_of, gaps_of, score_of

MOST_CELLS = 2_000_000  # people times demand times shifts of one question
PLAN = Permission.PLAN_SHIFTS


def _problem(
    session: ScopedSession, actor: Actor, problem: RosterProblem | None, store_id: str | None, day: str | None, days: int
) -> tuple[RosterProblem, Facts, list[str]]:
    """What is asked about, read; a store's drafts only for who plans there. Raises Problem for what is no problem."""
    if problem is not None:
        facts = read_problem(problem)
        for error in facts.errors:
            raise Problem(error.code, field=f"problem.{error.field}", **error.facts)
        return problem, facts, [store.id for store in problem.stores]
    if store_id is None or day is None:
        raise Problem("proposals.problem_or_store", field="store_id")
    if not actor.has_everywhere(PLAN) and store_id not in actor.stores_for(PLAN):
        raise Problem("access.out_of_scope", kind="roster_cell")
    first = must_be_day(day, "from_day")
    with whole(session) as everything:
        must_be_store(everything, store_id)
        made, _ = build(everything, Asked(problem_id="question", store_ids=[store_id], from_day=first, days=days, keep="all"))
    return made, read_problem(made), [store_id]


def check_roster(session: ScopedSession, actor: Actor, asked: CheckRoster) -> RosterCheck:
    """What the rules say of a whole roster, where it is short, and what it is worth."""
    problem, facts, stores = _problem(session, actor, asked.problem, asked.store_id, asked.from_day, asked.days)
    covers = covers_of(facts, facts.placed)
    verdicts = [
        verdict
        for person, line in sorted(facts.placed.items())
        for verdict in judge_line(facts.workers[person], line, facts.profile, facts.calendar)
    ]
    figures, _ = figures_of(facts, facts.placed, stores, len(facts.open_shifts))
    score = score_of(facts, facts.placed, covers)
    if problem is not asked.problem and not sees_pay(session, list(facts.workers)):
        score = [line for line in score if line.rule != "cost"]
        figures = without_pay(figures) or figures
    return RosterCheck(verdicts=verdicts, gaps=gaps_of(facts, covers), score=score, figures=figures)


def explain_gap(session: ScopedSession, actor: Actor, asked: ExplainGap) -> GapExplained:
    """Why nobody can cover a stretch, person by person; a core; the cheapest ways out; two people who could move."""
    problem, facts, _ = _of_stretch(session, actor, asked)
    gap = _gap(asked)
    looks = explain.looks_at(problem, facts, facts.placed, gap)
    told = Gap(store=gap.store, role=gap.role, from_time=gap.from_time, to_time=gap.to_time, missing=1, why=why(looks))
    return GapExplained(gap=told, chain=[_move(one) for one in explain.chain(facts, facts.placed, looks)])


def recommend(session: ScopedSession, actor: Actor, asked: RecommendFor) -> Recommended:
    """Everybody in the order in which they should be asked; who may not, with the reason, after them."""
    problem, facts, _ = _of_stretch(session, actor, asked)
    placed: Mapping[str, Sequence[Placed]] = facts.placed
    if asked.shift_id is not None:  # whoever holds it is looked at without it
        placed = {who: [one for one in line if one.id != asked.shift_id] for who, line in facts.placed.items()}
    return Recommended(candidates=candidates(explain.looks_at(problem, facts, placed, _gap(asked))))


def _gap(asked: ExplainGap | RecommendFor) -> Gap:
    return Gap(store=asked.store_id, role=asked.role, from_time=asked.from_time, to_time=asked.to_time, missing=1)


def _of_stretch(
    session: ScopedSession, actor: Actor, asked: ExplainGap | RecommendFor
) -> tuple[RosterProblem, Facts, list[str]]:
    """The problem, or the store's week around the stretch."""
    day = must_be_day(asked.from_time[:10], "from_time")
    if asked.to_time <= asked.from_time or must_be_day(asked.to_time[:10], "to_time") > day + timedelta(days=1):
        raise Problem("rostering.ends_before_start", field="to_time", start=asked.from_time, end=asked.to_time)
    monday = day - timedelta(days=day.weekday())
    problem, facts, stores = _problem(session, actor, asked.problem, asked.store_id, monday.isoformat(), 7)
    if asked.store_id not in {store.id for store in problem.stores}:
        raise Problem("rostering.store_unknown", field="store_id", store=asked.store_id)
    if len(facts.workers) * max(1, sum(len(line) for line in facts.placed.values())) > MOST_CELLS:
        raise Problem("rostering.too_large", field="problem")
    return problem, facts, stores


def _move(one: explain.Move) -> ProposalChange:
    shift = one.shift
    return ProposalChange(
        shift_id=shift.id, store_id=shift.store_id, day=shift.day, starts_min=shift.starts_min, ends_min=shift.ends_min,
        was_person_id=one.was or None, person_id=one.now,
    )  # fmt: skip
