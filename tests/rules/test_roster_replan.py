"""Mending a roster: the fewest changes there can be, as trying every assignment finds them."""

from __future__ import annotations

import random
import time
from itertools import product
from typing import Any

import pytest

from contract import wire
from contract.rostering.from_problem import Facts, read_problem
from contract.rostering.problem import RosterProblem
from contract.rostering.rules import judge_line, newly_broken
from server.solver.replan import Mending
from tests.support.planted import instead

MON = "2026-09-07"
DAYS = [f"2026-09-{day:02}" for day in range(7, 14)]


def problem(people: int, shifts: list[dict[str, Any]], *, absent: str, allow: tuple[str, ...] = (), **more: Any) -> RosterProblem:
    """A store's week; `absent` is sick on Monday."""
    skills = more.pop("skills", {})
    return wire.convert(
        {
            "problem_id": "mend", "horizon": {"start": MON, "days": 7}, "stores": [{"id": "s"}],
            "employees": [{"id": f"e{n}", "home": "s", "skills": skills.get(f"e{n}", {"till": 1})} for n in range(people)],
            "assignments": [{"store": "s", "role": "till", "state": "published", **one} for one in shifts],
            "replan": {"employee": absent, "from": MON, "to": MON, "alternatives": 3, "allow": list(allow)}, **more,
        },
        RosterProblem,
    )  # fmt: skip


def shift(number: int, who: str | None, day: str, start: str, end: str) -> dict[str, Any]:
    return {"id": f"a{number}", "employee": who, "start": f"{day}T{start}", "end": f"{day}T{end}"}


def mended(asked: RosterProblem, seconds: float = 4.0) -> tuple[Mending, Facts]:
    facts = read_problem(asked)
    assert not facts.errors, facts.errors
    assert asked.replan is not None
    return Mending(asked, facts, asked.replan, seconds), facts


def brute_force(search: Mending) -> tuple[int, int, int] | None:
    """The least open minutes, then people, then changes: every shift to everybody, every line judged."""
    people = [one for one in search.placed if one != search.absent]
    ids = sorted(search.shift)
    best = None
    for owners in product([None, *people], repeat=len(ids)):
        given = dict(zip(ids, owners, strict=True))
        if any(owner == search.absent for owner in owners):
            continue
        held = {one for one, of in search.of.items() if of == search.absent and one not in {s.id for s in search.lost}}
        if held:
            continue
        changed = {p for one, owner in given.items() if search.of.get(one) != owner for p in (search.of.get(one), owner) if p}
        changed.discard(search.absent)
        if any(search.beyond(one, given) is None for one in changed):
            continue
        open_min = search._minutes(one for one, owner in given.items() if owner is None)
        moved = sum(search._notice(search.shift[one]) for one, owner in given.items() if owner != search.of.get(one))
        worth = (open_min, len(changed), moved)
        best = worth if best is None or worth < best else best
    return best


def small(seed: int) -> RosterProblem:
    rng = random.Random(seed)
    people = rng.randint(3, 4)
    shifts = [shift(0, "e0", MON, "09:00", "17:00")]
    for number in range(1, rng.randint(3, 5)):
        day = rng.choice(DAYS[:2])
        start, end = rng.choice((("08:00", "16:00"), ("14:00", "22:00"), ("10:00", "14:00")))
        who = f"e{rng.randint(1, people - 1)}"
        if not any(one["employee"] == who and one["start"][:10] == day for one in shifts):
            shifts.append(shift(number, who, day, start, end))
    skills = {f"e{n}": {"till": 1} if rng.random() < 0.7 else {"floor": 1} for n in range(people)}
    for one in shifts:
        skills[one["employee"]] = {"till": 1}
    return problem(people, shifts, absent="e0", skills=skills)


@pytest.mark.parametrize("seed", range(30))
def test_the_mending_with_fewest_changes_is_the_one_that_trying_everything_finds(seed: int) -> None:
    search, _ = mended(small(seed))
    best = search.run().ways[0]
    wanted = brute_force(search)
    assert wanted is not None
    assert best.worth[:3] == wanted


def test_a_search_that_never_lets_two_people_move_is_found_out() -> None:
    two_move = problem(
        3, [shift(0, "e0", MON, "09:00", "17:00"), shift(1, "e1", MON, "14:00", "22:00")], absent="e0",
        skills={"e0": {"till": 1}, "e1": {"till": 1}, "e2": {"till": 1}},
    )  # fmt: skip
    search, _ = mended(two_move)
    assert search.run().ways[0].worth[:2] == (0, 1)  # e2 is free
    busy = problem(
        3,
        [shift(0, "e0", MON, "06:00", "14:00"), shift(1, "e1", MON, "14:00", "22:00"), shift(2, "e2", DAYS[1], "06:00", "14:00")],
        absent="e0", rules={"rest_between": {"min": 660}},
        employees=[
            {"id": "e0", "home": "s", "skills": {"till": 1}},
            {"id": "e1", "home": "s", "skills": {"till": 1}},
            {"id": "e2", "home": "s", "skills": {"till": 1},
             "availability": [{"kind": "unavailable", "from": f"{MON}T00:00", "to": f"{MON}T13:00"}]},
        ],
    )  # fmt: skip
    search, _ = mended(busy)
    honest = search.run().ways[0].worth[:2]
    assert honest == brute_force(mended(busy)[0])[:2]  # type: ignore[index]
    with instead(Mending, "_drops", _gives_up_nothing):
        assert mended(busy)[0].run().ways[0].worth[:2] > honest


def _gives_up_nothing(self: Mending, person: str, shift: str, owners: dict[str, str | None]) -> list[tuple[str, ...]]:
    return [()] if self.beyond(person, {**owners, shift: person}) is not None else []


def test_levers_set_aside_only_what_may_be_and_say_so() -> None:
    closed = problem(
        2, [shift(0, "e0", MON, "09:00", "17:00")], absent="e0",
        employees=[
            {"id": "e0", "home": "s", "skills": {"till": 1}},
            {"id": "e1", "home": "s", "skills": {"till": 1},
             "availability": [{"kind": "unavailable", "from": f"{MON}T00:00", "to": f"{DAYS[1]}T00:00"}]},
        ],
    )  # fmt: skip
    search, _ = mended(closed)
    assert search.run().ways[0].worth[0] == 480
    asked = wire.convert({**wire.plain(closed), "replan": {**wire.plain(closed.replan), "allow": ["call_in"]}}, RosterProblem)
    search, _ = mended(asked)
    best = search.run().ways[0]
    assert best.worth[0] == 0 and best.beyond == {"unavailable"}


def test_what_was_mended_breaks_nothing_that_was_whole() -> None:
    for seed in range(30):
        search, facts = mended(small(seed))
        for way in search.run().ways:
            for person in way.people:
                after = judge_line(search.workers[person], search._line(person, way.owners), facts.profile, facts.calendar)
                before = judge_line(search.workers[person], search.placed[person], facts.profile, facts.calendar)
                assert not [v for v in newly_broken(before, after) if v.level == "hard"]


def test_a_store_of_forty_is_mended_within_seconds() -> None:
    shifts = [
        shift(100 * n + d, f"e{n}", day, *(("08:00", "16:00") if (n + d) % 2 else ("13:00", "21:00")))
        for n in range(40)
        for d, day in enumerate(DAYS)
        if (n + d) % 7 < (4 if n % 3 == 0 else 5)
    ]
    search, _ = mended(problem(40, shifts, absent="e1"))
    began = time.process_time()
    result = search.run()
    assert result.ways[0].worth[:2] == (0, 1) and len(result.ways) == 3 and result.complete
    assert time.process_time() - began < 5


@pytest.mark.slow
def test_where_all_are_full_it_ends_in_time_with_what_stays_open_and_overtime_mends_it() -> None:
    shifts = [shift(100 * n + d, f"e{n}", day, "09:00", "17:00") for n in range(12) for d, day in enumerate(DAYS[:5])]
    search, _ = mended(problem(12, shifts, absent="e1"), seconds=1.0)
    began = time.process_time()
    assert search.run().ways[0].worth[:2] == (480, 0)
    assert time.process_time() - began < 3
    free_monday = [one for one in shifts if not (one["employee"] == "e5" and one["start"].startswith(MON))]
    free_monday.append(shift(999, "e5", DAYS[5], "09:00", "17:00"))
    search, _ = mended(problem(12, free_monday, absent="e1", allow=("overtime",)), seconds=1.0)
    best = search.run().ways[0]
    assert best.worth[:2] == (0, 1) and best.people == {"e5"} and best.beyond == {"weekly_max"}
