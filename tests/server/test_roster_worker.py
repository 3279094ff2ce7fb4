"""The solver's process: what it answers to sound, hostile and contradictory problems, to SIGTERM, and with the standard
library alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from benches.roster_month import month
from contract import wire
from contract.rostering.from_problem import read_problem
from contract.rostering.local_time import day_of, ordinal
from contract.rostering.problem import RosterAnswer, RosterProblem
from contract.rostering.rules import judge_line
from server.rosters.proposal_jobs import placed_of
from server.solver import product_answer
from server.solver.product_pricer import ProductPricer
from server.solver.product_solve import Solver, facts_to_solve
from tests.support.planted import instead

COMMAND = (sys.executable, "-m", "server.solver.worker")
PLAIN = {**os.environ, "OUTPOST_PLAIN_KERNELS": "1"}


def told(raw: bytes, *, env: dict[str, str] | None = None, seconds: float = 120) -> tuple[int, list[dict[str, Any]]]:
    """How the process ended and what it said, line by line."""
    done = subprocess.run(COMMAND, input=raw, capture_output=True, timeout=seconds, env=env, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def answered(raw: bytes, **more: Any) -> RosterAnswer:
    return wire.convert(told(raw, **more)[1][-1]["answer"], RosterAnswer)


def small(people: int = 5, seed: int = 1, **more: Any) -> RosterProblem:
    body = wire.plain(month(people, 1, seed, seconds=2))
    return wire.convert({**body, **more}, RosterProblem)


def test_an_answer_is_judged_and_says_how_good_it_is() -> None:
    problem = small()
    code, lines = told(wire.encode(problem))
    answer = wire.convert(lines[-1]["answer"], RosterAnswer)
    assert code == 0 and answer.status in ("feasible", "optimal") and answer.checked and answer.assignments
    assert answer.objective is not None and answer.bound is not None and answer.bound <= answer.objective
    facts = read_problem(problem)
    for person, line in placed_of(facts, answer.assignments).items():
        assert not [v for v in judge_line(facts.workers[person], line, facts.profile, facts.calendar) if v.level == "hard"]
    assert any("progress" in line for line in lines[:-1])


def gated(blocks: bool) -> tuple[RosterProblem, str]:
    """A week in which the first of four people still has to pass a course at their store."""
    body = wire.plain(month(4, 1, 1, seconds=2))
    first = body["employees"][0]
    first["lacks"] = [{"store_id": body["stores"][0]["id"], "course": "c1", "en": "Hygiene", "blocks": blocks}]
    return wire.convert(body, RosterProblem), first["id"]


def test_who_has_not_passed_the_course_of_a_store_is_not_planned_there_and_where_it_only_warns_with_the_warning() -> None:
    for plain in (True, False):
        problem, who = gated(blocks=True)
        placed = Solver(facts_to_solve(problem)).run(1, seed=1, plain=plain).placed
        assert sum(map(len, placed.values())) > 8 and not placed.get(who)
    problem, who = gated(blocks=False)
    placed, facts = Solver(facts_to_solve(problem)).run(1, seed=1, plain=True).placed, read_problem(problem)
    warned = judge_line(facts.workers[who], placed[who], facts.profile, facts.calendar)
    assert placed[who] and "course_due" in {one.rule for one in warned}


def test_a_solver_that_does_not_know_the_course_plans_them_all_the_same() -> None:
    """The control."""
    problem, who = gated(blocks=True)
    body = wire.plain(problem)
    body["employees"][0]["lacks"] = []
    assert Solver(facts_to_solve(wire.convert(body, RosterProblem))).run(1, seed=1, plain=True).placed[who]


def test_without_the_solvers_libraries_it_serves_all_the_same_and_breaks_nothing() -> None:
    blocked = "import sys\nfor name in ('numpy', 'highspy', 'numba', 'ortools'): sys.modules[name] = None\n"
    script = blocked + (
        "import importlib.util as u\nreal = u.find_spec\n"
        "u.find_spec = lambda name, package=None: None if name in ('numpy', 'highspy', 'numba') else real(name, package)\n"
        "from server.solver import worker\nsys.exit(worker.main())\n"
    )
    raw = wire.encode(small(4))
    done = subprocess.run(
        (sys.executable, "-c", script), input=raw, capture_output=True, timeout=90, env=PLAIN, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-500:]
    answer = wire.convert(json.loads(done.stdout.splitlines()[-1])["answer"], RosterAnswer)
    assert answer.engine == "local" and answer.checked and len(answer.assignments) > 8


def test_the_same_problem_gives_the_same_roster() -> None:
    problem = facts_to_solve(small(3))
    one, two = (Solver(problem).run(1, seed=3, plain=True) for _ in range(2))
    assert one.answer.objective == two.answer.objective and one.placed == two.placed
    assert product_answer.hash_of(small(4)) == product_answer.hash_of(small(4)) != product_answer.hash_of(small(4, seed=2))


def test_asked_to_end_it_answers_with_the_best_so_far() -> None:
    body = wire.plain(month(12, 2, 1, seconds=200))
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(body).encode())
    process.stdin.close()
    first = json.loads(process.stdout.readline())
    assert first["progress"]["assignments"]
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    last = [json.loads(line) for line in process.stdout][-1]
    assert process.wait(60) == 0 and last["answer"]["status"] == "cancelled" and last["answer"]["checked"]
    assert last["answer"]["assignments"] and time.monotonic() - began < 60


DAY = "2026-09-07"


def _everywhere() -> dict[str, Any]:
    """Somebody who is in every store at the same time already."""
    body = wire.plain(small())
    body["stores"] = [{"id": f"s{n}"} for n in range(10)]
    body["demand"], body["employees"] = [], [{"id": "e", "home": "s1"}]
    body["assignments"] = [
        {"id": f"a{n}", "employee": "e", "store": f"s{n}", "start": f"{DAY}T09:00", "end": f"{DAY}T17:00", "state": "locked"}
        for n in range(10)
    ]  # fmt: skip
    return body


def _of_no_length() -> dict[str, Any]:
    body = wire.plain(small())
    body["assignments"] = [
        {"id": "a", "employee": "e00", "store": "s1", "start": "2026-09-07T09:00", "end": "2026-09-07T09:00"}
    ]  # fmt: skip
    return body


def _hundred_thousand() -> dict[str, Any]:
    body = wire.plain(small())
    body["assignments"] = [
        {"id": f"a{n}", "employee": "e00", "store": "s1", "start": "2026-09-07T09:00", "end": "2026-09-07T10:00"}
        for n in range(100_000)
    ]  # fmt: skip
    return body


def _contradictory() -> dict[str, Any]:
    return {**wire.plain(small()), "rules": {"shift_length": {"min": 600, "max": 300}}}


def _endless_times() -> dict[str, Any]:
    """Every minute of the day a start, every length, every role, many people, a year."""
    body = wire.plain(small(6))
    body["horizon"]["days"] = 366
    body["employees"] = [{**body["employees"][0], "id": f"x{n}", "skills": {f"r{r}": 1 for r in range(60)}} for n in range(400)]
    body["demand"] = [
        {"store": "s1", "role": f"r{r}", "from": f"{day}T08:00", "to": f"{day}T20:00", "min": 1}
        for r in range(60)
        for day in (day_of(ordinal(DAY) + n) for n in range(366))
    ]
    body["templates"] = [{"start": ["06:00", "16:00"], "step": 5, "length": [240, 600]}]
    return body


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (_everywhere, "rostering.two_places"), (_of_no_length, "rostering.ends_before_start"),
        (_hundred_thousand, "rostering.too_many_a_day"), (_contradictory, "rostering.rules_contradict"),
        (_endless_times, "rostering.too_large"),
    ],
)  # fmt: skip
def test_a_hostile_problem_ends_in_a_clear_refusal_in_time(make: Any, code: str) -> None:
    raw = json.dumps(make()).encode()
    began = time.monotonic()
    ended, lines = told(raw)
    answer = lines[-1]["answer"]
    assert ended == 1 and answer["status"] == "invalid_input" and answer["errors"][0]["code"] == code
    assert time.monotonic() - began < 110


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"null", b'{"problem_id": 3}', b"\xff\xfe", b'{"a":' * 5000])
def test_bytes_that_are_no_problem_are_refused_too(raw: bytes) -> None:
    ended, lines = told(raw)
    assert ended == 1 and lines[-1]["answer"]["errors"][0]["code"].startswith("wire.")


def test_no_demand_no_people_and_no_templates_are_rosters_too() -> None:
    for less in ({"demand": []}, {"employees": []}, {"templates": []}):
        body = {**wire.plain(small(3)), "limits": {"seconds": 20}, **less}
        answer = answered(json.dumps(body).encode())
        assert answer.status in ("feasible", "optimal") and answer.checked and answer.assignments == []


def test_a_plan_that_the_judge_was_never_asked_about_is_found_out() -> None:
    """The control: a pricer that keeps no rest between shifts makes rosters that are not sound."""
    facts = facts_to_solve(small(6, seed=2))
    read = read_problem(small(6, seed=2))
    honest = Solver(facts).run(3, seed=1, plain=True)
    assert product_answer.is_sound(read, honest.placed)
    with (
        instead(ProductPricer, "_forbidden", lambda self, person, options: ()),
        instead(ProductPricer, "_rests", lambda self, rest: self.end_class * 0 + self.classes - 1),
    ):
        careless = Solver(facts).run(3, seed=1, plain=True)
    assert not product_answer.is_sound(read, careless.placed)
