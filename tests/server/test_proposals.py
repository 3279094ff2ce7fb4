"""Proposals: asked for, computed in a process of their own, watched, compared, taken; cancelled, killed, refused."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contract.ids import new_id
from contract.opening import SetOpeningHours
from contract.proposals import (
    AskProposal,
    AskReplan,
    CancelProposal,
    CompareQuery,
    ProposalDetail,
    ProposalQuery,
    TakeAlternative,
    TakeProposal,
)
from contract.roster_demand import DefineDemand, Need
from contract.roster_people import SetTerms
from contract.rostering.from_problem import read_problem
from contract.shifts import AssignPattern
from server.kernel.actors import Actor
from server.kernel.http import Outpost
from server.kernel.perform import reading
from server.rosters import proposal_jobs, proposal_queries
from server.rosters.problem import AT_HOME, Asked, build
from server.rosters.proposal_model import ProposalRun
from server.solver.explain import MOST_EXPLAINED, with_why
from server.solver.product_answer import covers_of, gaps_of
from tests.server.rosters_of import MONDAY, Desk, day, desk_on_sqlite
from tests.support.planted import instead

WORKER = (sys.executable, "-m", "server.solver.worker")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = desk_on_sqlite(tmp_path)
    yield found
    found.world.close()


def server_of(desk: Desk) -> Outpost:
    world = desk.world
    return Outpost(settings=world.settings, db=world.db, signer=None, authenticate=lambda: None, clock=world.clock)  # type: ignore[arg-type]


def needs(desk: Desk, heads: int = 1, start: int = 480, end: int = 960) -> None:
    """So many are needed every day of the week."""
    desk.world.must(
        DefineDemand(
            demand_id=new_id(), store_id=desk.store, weekdays=list(range(7)), from_day=MONDAY.isoformat(),
            slots=[Need(from_min=start, to_min=end, at_least=heads, target=heads, at_most=heads)],
        ),
        desk.as_wu,
    )  # fmt: skip


def ask(desk: Desk, **more: Any) -> str:
    values = {"proposal_id": new_id(), "store_ids": [desk.store], "from_day": MONDAY.isoformat(), "days": 7, "seconds": 1}
    op = AskProposal(**{**values, **more})
    outcome = desk.world.do(op, desk.as_wu)
    assert outcome.status == "applied", outcome.code
    return op.proposal_id


def detail(desk: Desk, proposal_id: str, who: Actor | None = None) -> ProposalDetail:
    with reading(desk.world.db, (who or desk.as_wu).at(desk.world.clock())) as session:
        return proposal_queries.proposal_detail(session, proposal_id)


def computed(desk: Desk, **more: Any) -> ProposalDetail:
    proposal_id = ask(desk, **more)
    assert proposal_jobs.supervise(server_of(desk), proposal_id, WORKER)
    return detail(desk, proposal_id)


def test_a_roster_is_proposed_judged_compared_and_taken_into_the_draft(desk: Desk) -> None:
    needs(desk)
    desk.world.must(SetTerms(terms_id=new_id(), person_id=desk.li, from_day="2026-01-01", wage_cents_hour=2_600))
    found = computed(desk)
    assert found.proposal.state == "done" and found.proposal.checked and found.proposal.code is None
    assert found.then is not None and found.then.short_min == 0 and not found.then.hard
    assert {one.day for one in found.shifts} == {day(n).isoformat() for n in range(7)}
    assert found.then.cost_cents is None  # Wu may not see what people are paid
    told = detail(desk, found.proposal.id, desk.as_qian)
    assert told.then is not None and told.then.cost_cents is not None
    assert {one.name for one in found.people_then} >= {"李伟", "王芳"}
    with reading(desk.world.db, desk.as_wu.at(desk.world.clock())) as session:
        beside = proposal_queries.comparison(session, CompareQuery(left=found.proposal.id))
    assert beside.right.short_min == 7 * 480 and beside.left.short_min == 0 and len(beside.differences) >= 7
    outcome = desk.world.must(TakeProposal(proposal_id=found.proposal.id), desk.as_wu)
    assert outcome.answer["stores"][desk.store]["open"] == 0
    assert len(desk.cells()) == len(found.shifts) and {cell.state for cell in desk.cells()} == {"draft"}
    assert desk.publish().status == "applied"
    again = desk.world.do(TakeProposal(proposal_id=found.proposal.id), desk.as_wu)
    assert again.code == "proposals.is_taken"


def test_nobody_is_planned_while_the_store_is_closed_and_who_is_missing_then_is_said(desk: Desk) -> None:
    """Somebody is wanted from six to midnight; the store is open from nine to ten, an hour more may be worked at either end."""
    needs(desk, start=360, end=1_440)

    def outside(found: ProposalDetail) -> int:
        return sum(one.starts_min < 480 or one.ends_min > 1_380 for one in found.shifts)

    assert outside(computed(desk)) > 0, "without hours these are planned"
    desk.world.must(SetOpeningHours(store_id=desk.store, from_day="2026-01-01", week=[[(540, 1_320)]] * 7))
    found = computed(desk)
    assert found.shifts and outside(found) == 0 and found.proposal.checked
    assert found.then is not None and not found.then.hard and found.then.short_min > 0


def test_what_is_published_or_locked_stays_and_drafts_may_go(desk: Desk) -> None:
    needs(desk)
    kept = desk.put(desk.li, 0)
    desk.published(MONDAY, MONDAY)
    locked = desk.put(desk.wang, 1, locked=True)
    double = [desk.put(desk.li, 2), desk.put(desk.wang, 2), desk.put(desk.chen, 2)]
    found = computed(desk)
    ids = {one.id for one in found.shifts if one.kept}
    assert {kept, locked} <= ids and not set(double) <= ids
    desk.world.must(TakeProposal(proposal_id=found.proposal.id), desk.as_wu)
    left = {cell.id for cell in desk.cells()}
    assert {kept, locked} <= left and not set(double) <= left


def test_a_shift_changed_meanwhile_is_not_written_over_unless_somebody_says_so(desk: Desk) -> None:
    needs(desk)
    found = computed(desk)
    desk.put(desk.chen, 3)
    assert len(detail(desk, found.proposal.id).changed_since) == 1
    refused = desk.world.do(TakeProposal(proposal_id=found.proposal.id), desk.as_wu)
    assert refused.code == "proposals.changed_meanwhile" and len(desk.cells()) == 1
    desk.world.must(TakeProposal(proposal_id=found.proposal.id, over_changes=True), desk.as_wu)
    assert len(desk.cells()) == len(found.shifts)


def test_the_same_facts_and_seed_make_the_same_roster(desk: Desk) -> None:
    needs(desk)
    one, two = computed(desk), computed(desk)
    assert [(s.person_id, s.day, s.starts_min) for s in one.shifts] == [(s.person_id, s.day, s.starts_min) for s in two.shifts]
    other = computed(desk, importance={"fairness": "more"}).proposal
    assert one.proposal.problem_hash != other.problem_hash


def test_a_cancelled_one_ends_and_what_waits_never_begins(desk: Desk) -> None:
    needs(desk)
    waiting = ask(desk)
    desk.world.must(CancelProposal(proposal_id=waiting), desk.as_wu)
    assert detail(desk, waiting).proposal.state == "cancelled"
    assert not proposal_jobs.supervise(server_of(desk), waiting, WORKER)
    refused = desk.world.do(CancelProposal(proposal_id=waiting), desk.as_wu)
    assert refused.code == "proposals.has_ended"


SAYS = """
import json, sys, time
json.load(sys.stdin)
shift = {"employee": %r, "store": %r, "start": "%sT08:00", "end": "%sT16:00", "template": "early", "break_min": 0}
print(json.dumps({"progress": {"cpu_ms": 5, "phase": "search", "best": 7, "bound": 3, "assignments": [shift]}}), flush=True)
%s
"""


def _says(desk: Desk, then: str) -> tuple[str, ...]:
    return (sys.executable, "-c", SAYS % (desk.li, desk.store, MONDAY, MONDAY, then))


def test_a_killed_process_loses_nothing_and_is_started_once_more(desk: Desk) -> None:
    needs(desk)
    proposal_id, server = ask(desk), server_of(desk)
    dies = _says(desk, "sys.exit(9)")
    assert proposal_jobs.supervise(server, proposal_id, dies)
    found = detail(desk, proposal_id)
    assert found.proposal.state == "waiting" and found.proposal.best == 7 and len(found.shifts) == 1
    assert proposal_jobs.supervise(server, proposal_id, dies)
    found = detail(desk, proposal_id)
    assert found.proposal.state == "failed" and found.proposal.code == "proposals.solver_failed"
    assert found.proposal.gap_permille == 571 and len(found.shifts) == 1
    desk.world.must(TakeProposal(proposal_id=proposal_id), desk.as_wu)
    assert [cell.person_id for cell in desk.cells()] == [desk.li]


def test_a_server_that_was_killed_leaves_its_claim_and_another_takes_it_up(desk: Desk) -> None:
    needs(desk)
    proposal_id, server = ask(desk), server_of(desk)
    assert proposal_jobs._claim(server, proposal_id) is not None
    assert not proposal_jobs.supervise(server, proposal_id, WORKER)
    desk.world.clock.pass_(seconds=proposal_jobs.LEASE.seconds + 1)
    assert proposal_jobs._waiting(server) == [proposal_id]
    assert proposal_jobs.supervise(server, proposal_id, WORKER)
    assert detail(desk, proposal_id).proposal.state == "done"


def test_a_running_one_is_cancelled_within_seconds_and_keeps_its_best(desk: Desk) -> None:
    needs(desk)
    proposal_id, server = ask(desk), server_of(desk)
    cancels = (
        "import signal, os\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print(json.dumps({'answer': {'status': 'cancelled', 'objective': 7,"
        " 'assignments': [shift]}}), flush=True), os._exit(0)))\ntime.sleep(30)"
    )
    original = proposal_jobs.Watch._progress

    def then_cancelled(self: Any, run: ProposalRun, said: dict[str, Any]) -> None:
        original(self, run, said)

    proposal_jobs.Watch._progress = then_cancelled  # type: ignore[method-assign]
    import threading

    done = threading.Thread(target=proposal_jobs.supervise, args=(server, proposal_id, _says(desk, cancels)))
    done.start()
    for _ in range(100):
        if detail(desk, proposal_id).proposal.best == 7:
            break
        done.join(0.1)
    desk.world.must(CancelProposal(proposal_id=proposal_id), desk.as_wu)
    done.join(10)
    proposal_jobs.Watch._progress = original  # type: ignore[method-assign]
    found = detail(desk, proposal_id)
    assert not done.is_alive() and found.proposal.state == "cancelled" and len(found.shifts) == 1


def test_a_problem_that_is_none_is_refused_with_its_reason(desk: Desk) -> None:
    needs(desk)
    says = _says(desk, "")[-1].split("print")[0] + (
        "print(json.dumps({'answer': {'status': 'invalid_input', 'errors': [{'code': 'rostering.two_places', 'field': 'x',"
        " 'facts': {'employee': 'e'}}]}}))"
    )
    proposal_id = ask(desk)
    assert proposal_jobs.supervise(server_of(desk), proposal_id, (sys.executable, "-c", says))
    found = detail(desk, proposal_id).proposal
    assert (found.state, found.code, found.facts["employee"]) == ("refused", "rostering.two_places", "e")


def test_whoever_does_not_plan_the_store_neither_asks_nor_sees(desk: Desk) -> None:
    op = AskProposal(proposal_id=new_id(), store_ids=[desk.store], from_day=MONDAY.isoformat(), days=7)
    assert desk.world.do(op, desk.as_sun).code == "access.out_of_scope"
    both = ask(desk)
    with reading(desk.world.db, desk.as_sun.at(desk.world.clock())) as session:
        assert proposal_queries.proposals(session, ProposalQuery()).proposals == []
    with reading(desk.world.db, desk.as_wu.at(desk.world.clock())) as session:
        assert [one.id for one in proposal_queries.proposals(session, ProposalQuery()).proposals] == [both]


def test_a_sick_call_is_mended_with_one_change_and_written_into_the_draft(desk: Desk) -> None:
    needs(desk)
    shift = desk.put(desk.li, 0)
    for number in range(1, 4):
        desk.put(desk.wang, number)
    desk.published()
    op = AskReplan(
        proposal_id=new_id(), store_id=desk.store, person_id=desk.li, from_day=MONDAY.isoformat(), to_day=MONDAY.isoformat()
    )
    desk.world.must(op, desk.as_wu)
    assert proposal_jobs.supervise(server_of(desk), op.proposal_id, WORKER)
    found = detail(desk, op.proposal_id)
    best = found.alternatives[0]
    assert best.people == 1 and [(one.shift_id, one.was_person_id) for one in best.changes] == [(shift, desk.li)]
    assert {one.person_id for one in found.within} == {desk.wang, desk.chen}
    assert {(one.from_time, one.to_time) for one in found.within} == {(f"{MONDAY}T08:00", f"{MONDAY}T16:00")}
    assert best.short_min == 0 and best.changes[0].notice_h > 24, "how long before it begins they are told"
    for near, far in ((desk.wang, desk.chen), (desk.chen, desk.wang)):
        with (
            instead(proposal_queries, "places_on", lambda *_, near=near, far=far: {near: "next door", far: "across town"}),
            instead(proposal_queries, "distances_to", lambda *_: {"next door": 300, "across town": 9_000}),
        ):
            within = detail(desk, op.proposal_id).within
        assert [(one.person_id, one.distance_m) for one in within] == [(near, 300), (far, 9_000)]
    desk.world.must(TakeAlternative(proposal_id=op.proposal_id, alternative=1), desk.as_wu)
    cell = desk.cell(shift)
    assert cell.person_id == best.changes[0].person_id and cell.state == "changed"


def test_a_shift_that_has_begun_is_handed_on_and_nobody_elses_that_has_is_touched(desk: Desk) -> None:
    needs(desk)
    shift, worked = desk.put(desk.li, 0), desk.put(desk.wang, 0)
    desk.published()
    begins = datetime(2026, 11, 23, 8, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    desk.world.clock.pass_(seconds=(begins - desk.world.clock()).total_seconds())
    today = MONDAY.isoformat()
    op = AskReplan(proposal_id=new_id(), store_id=desk.store, person_id=desk.li, from_day=today, to_day=today, allow=["call_in"])
    desk.world.must(op, desk.as_wu)
    assert proposal_jobs.supervise(server_of(desk), op.proposal_id, WORKER)
    found = detail(desk, op.proposal_id)
    assert found.alternatives and all(
        [(one.shift_id, one.was_person_id, one.notice_h) for one in way.changes] == [(shift, desk.li, 0)]
        for way in found.alternatives
    )
    assert worked not in {one.shift_id for way in found.alternatives for one in way.changes}
    best = found.alternatives[0]
    assert (best.changes[0].person_id, best.short_min) == (desk.chen, 0)
    nobody = [way for way in found.alternatives if way.changes[0].person_id is None]
    assert [way.short_min for way in nobody] == [480] * len(nobody)


def test_who_never_has_a_free_weekend_gets_one(desk: Desk) -> None:
    """Four weekends worked by the same person are reported now, and the proposed roster cures it."""
    for week in range(4):
        for number in (5, 6):
            desk.put(desk.li, 7 * week + number, override="nobody else so far")
    needs(desk)
    found = computed(desk, days=28, seconds=2)
    assert found.now is not None and found.now.hard.get("weekends") == 1
    assert found.then is not None and not found.then.hard and found.then.short_min == 0
    desk.world.must(TakeProposal(proposal_id=found.proposal.id), desk.as_wu)
    weekends = {cell.day for cell in desk.cells() if cell.person_id == desk.li and cell.day.weekday() >= 5}
    assert len({day.isocalendar().week for day in weekends}) <= 3


def test_duties_at_hq_stand_in_the_problem_too(desk: Desk) -> None:
    """Somebody's week before the posting is worked at home, where no store is named: it counts, and the problem is one."""
    office = AssignPattern(assignment_id=new_id(), person_id=desk.qian, pattern="office", from_day=MONDAY.isoformat())
    desk.world.must(office, desk.as_qian)
    desk.world.post(desk.qian, desk.store, day(3).isoformat())
    needs(desk)
    with reading(desk.world.db, Actor.system()) as session:
        problem, _ = build(session, Asked(problem_id="one", store_ids=[desk.store], from_day=MONDAY, days=7))
    assert AT_HOME in {one.store for one in problem.assignments if one.employee == desk.qian}
    assert computed(desk).proposal.state == "done"


def test_what_a_pattern_says_of_the_days_to_plan_gives_way(desk: Desk) -> None:
    pattern = AssignPattern(assignment_id=new_id(), person_id=desk.li, pattern="three-shift", from_day=MONDAY.isoformat())
    desk.world.must(pattern, desk.as_qian)
    with reading(desk.world.db, Actor.system()) as session:
        problem, g = build(session, Asked(problem_id="one", store_ids=[desk.store], from_day=MONDAY, days=7))
    assert [one.day for one in g.placed[desk.li] if one.day <= day(6).isoformat()], "the pattern says something of these days"
    assert [one for one in problem.assignments if one.employee == desk.li and one.start < day(7).isoformat()] == []


def test_a_gap_that_stays_says_of_each_person_which_rule_keeps_them_from_it(desk: Desk) -> None:
    needs(desk, heads=9)
    found = computed(desk)
    assert found.gaps and found.gaps[0].why is not None
    told = {one.employee: one.rule for one in found.gaps[0].why.candidates}
    assert {desk.li, desk.wang} <= set(told) and all(told.values())


def test_of_a_hundred_gaps_only_the_worst_are_explained_and_none_without_time(desk: Desk) -> None:
    needs(desk, heads=9)
    with reading(desk.world.db, Actor.system()) as session:
        problem, _ = build(session, Asked(problem_id=new_id(), store_ids=[desk.store], from_day=MONDAY, days=7))
    facts = read_problem(problem)
    gaps = gaps_of(facts, covers_of(facts, facts.placed)) * 4
    known = [one.why is not None for one in with_why(problem, facts, facts.placed, gaps, 60)]
    assert len(gaps) > MOST_EXPLAINED and known == [True] * MOST_EXPLAINED + [False] * (len(gaps) - MOST_EXPLAINED)
    assert not any(one.why for one in with_why(problem, facts, facts.placed, gaps, 0))
