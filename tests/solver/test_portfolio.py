"""Engines in processes of their own: together they prove more, and nothing said is lost when one dies."""

from __future__ import annotations

import time

import pytest

from server.solver import seats
from server.solver.nrp_pricer import make
from server.solver.nrp_solve import CPSAT, solve_text
from server.solver.portfolio import Outcome, solve
from server.solver.seats import Seat, Work
from tests.solver.small_files import drawn, optimum
from tests.support.planted import instead

TEXT = drawn(5, staff=8, days=14, shifts=3)
HERE = "tests.solver.workers:"


def worked(engine: str, seconds: float = 20, memory_mib: int = seats.MEMORY_MIB) -> Outcome:
    problem, _ = make(TEXT)
    return solve(problem, Work(HERE + engine, make, TEXT, 0, seconds), memory_mib=memory_mib)


def test_both_engines_agree_with_trying_everything_and_the_judge() -> None:
    text = drawn(6, staff=3, days=6, shifts=1)
    best = optimum(text)
    solved = solve_text(text, seconds=30)
    assert solved.verdict is not None and solved.roster is not None
    assert (solved.outcome.proven, solved.outcome.objective, solved.verdict.penalty) == (True, best, best)
    assert solved.verdict.broken == ()


def test_cp_sat_alone_comes_to_what_column_generation_comes_to() -> None:
    problem, _ = make(TEXT)
    one = solve(problem, Work(CPSAT, make, TEXT, 0, 30.0))
    other = solve(problem, Work("columns", make, TEXT, 0, 30.0))
    assert (one.failed, other.failed, one.missing, other.missing) == ([], [], [], [])
    assert one.bound is not None and other.bound is not None and one.objective is not None and other.objective is not None
    assert max(one.bound, other.bound) <= min(one.objective, other.objective)
    assert one.proven or other.proven


def test_what_a_killed_worker_said_is_kept() -> None:
    found = worked("says_and_is_killed")
    assert found.columns is not None and found.objective == make(TEXT)[0].objective(found.columns)
    assert not found.proven


def test_a_worker_that_dies_without_a_word_would_lose_its_roster() -> None:
    with instead(Seat, "heard", lambda self: [] if self.process.is_alive() else _gone(self)):
        assert worked("says_and_is_killed").columns is None


def _gone(seat: Seat) -> list[tuple[object, ...]]:
    seat.ended = "killed"
    return []


def test_an_objective_is_counted_by_who_listens_and_not_believed() -> None:
    found = worked("says_too_much")
    assert found.columns is not None and found.objective == make(TEXT)[0].objective(found.columns) != -1


def test_a_worker_that_hangs_is_ended_at_the_limit() -> None:
    began = time.monotonic()
    found = worked("hangs", seconds=2)
    assert found.columns is None and 1.4 <= found.cpu < 4
    assert time.monotonic() - began < 60


def test_memory_is_refused_beyond_the_limit_and_that_is_said() -> None:
    found = worked("eats_memory", memory_mib=400)
    assert found.columns is None and "out of memory" in found.failed[0]


def test_without_the_libraries_the_plain_engine_takes_over() -> None:
    found = worked("is_absent", seconds=3)
    assert found.missing == ["highspy"]
    assert (found.engine, found.bound) == ("plain", None)
    assert found.columns is not None


def test_being_stopped_keeps_the_best_so_far() -> None:
    problem, _ = make(TEXT)
    told: list[Outcome] = []
    work = Work("plain", make, TEXT, 0, 60.0)
    found = solve(problem, work, tell=told.append, stop=lambda: bool(told))
    assert found.cancelled and found.columns is not None and found.cpu < 30


@pytest.mark.parametrize("engines", [1, 2])
def test_somebody_without_a_legal_roster_ends_the_search_at_once(engines: int) -> None:
    lines = TEXT.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("C,") and line.count(",") == 7)
    lines[at] = ",".join([*lines[at].split(",")[:3], "100000", *lines[at].split(",")[4:]])
    solved = solve_text("\n".join(lines), seconds=30, engines=engines)
    assert solved.outcome.impossible == 2 and solved.roster is None
    assert solved.outcome.cpu < 15
