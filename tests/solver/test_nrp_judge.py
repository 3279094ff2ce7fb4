"""The judge of public rosters: each hard rule broken by hand must be found, alone; and it agrees with a checker others wrote."""

from __future__ import annotations

import importlib.util
import random

import pytest

from server.solver import check_nrp
from server.solver.check_nrp import RULES, judge
from tests.solver.small_files import drawn
from tests.support.planted import instead
from tests.support.shared_data import shared_data

TEXT = """SECTION_HORIZON
14
SECTION_SHIFTS
E,480,
L,480,E
SECTION_STAFF
A,E=5|L=9,2880,1440,4,2,2,1
SECTION_DAYS_OFF
A,9
SECTION_SHIFT_ON_REQUESTS
A,0,E,2
A,1,L,3
SECTION_SHIFT_OFF_REQUESTS
A,2,L,5
A,0,L,7
SECTION_COVER
0,E,2,100,1
1,E,0,100,4
2,L,1,100,1
"""
CLEAN = "EEL..LLL......"
# rule -> a roster that breaks it and no other
BROKEN = {
    "length": "EEL..LLL.....",
    "unknown_shift": "EEX..LLL......",
    "day_off": "EEL......LLL..",
    "succession": "EEL..LLE......",
    "most_of_shift": "EEEE..EE......",
    "most_minutes": "LLLL..LLL.....",
    "least_minutes": "EE............",
    "most_in_a_row": "LLLLL.........",
    "least_in_a_row": "EEL..L........",
    "least_days_off": "EEL.LL........",
    "weekends": "....LLL....LLL",
}


def plan(line: str) -> list[str]:
    return ["" if cell == "." else cell for cell in line]


def broken_rules(line: str) -> set[str]:
    return {b.rule for b in judge(TEXT, {"A": plan(line)}).broken}


def test_a_clean_roster_breaks_nothing_and_its_penalty_is_as_counted_by_hand() -> None:
    verdict = judge(TEXT, {"A": plan(CLEAN)})
    assert verdict.broken == ()
    assert verdict.parts == {"wanted": 3, "unwanted": 5, "under": 100, "over": 4}
    assert verdict.penalty == 112


@pytest.mark.parametrize(("rule", "line"), BROKEN.items())
def test_each_rule_that_is_broken_is_named_and_no_other(rule: str, line: str) -> None:
    assert broken_rules(line) == {rule}


def test_a_person_without_a_roster_and_a_stranger_with_one_are_named() -> None:
    assert {(b.rule, b.person) for b in judge(TEXT, {"B": plan(CLEAN)}).broken} == {("staff", "A"), ("staff", "B")}


def test_every_rule_has_its_case_here() -> None:
    assert set(RULES) == set(BROKEN) | {"staff"}


def test_runs_that_touch_the_first_or_the_last_day_may_be_short() -> None:
    assert broken_rules("E..LL........L") == set()


def test_it_agrees_with_the_checker_beside_the_public_files_on_rosters_of_every_kind() -> None:
    path = shared_data("rostering", "check.py")
    spec = importlib.util.spec_from_file_location("public_check", path)
    assert spec and spec.loader
    public = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(public)
    folder = path.parent
    rng = random.Random(7)
    for file in ("Instance1.txt", "Instance4.txt", "Instance8.txt"):
        text = (folder / file).read_text(encoding="utf-8")
        names = [row.split(",")[0] for row in _section(text, "STAFF")]
        shifts = [row.split(",")[0] for row in _section(text, "SHIFTS")]
        days = int(_section(text, "HORIZON")[0])
        for share in (0.0, 0.3, 0.7):
            roster = {n: [rng.choice(shifts) if rng.random() < share else "" for _ in range(days)] for n in names}
            broken, penalty, parts = public.check(str(folder / file), roster)
            mine = judge(text, roster)
            assert (len(mine.broken), mine.penalty) == (len(broken), penalty)
            assert sorted(mine.parts.values()) == sorted(parts.values())


def test_a_judge_that_overlooks_runs_would_be_noticed() -> None:
    with instead(check_nrp, "_runs", lambda *limits: iter(())):
        assert broken_rules("EEL.LL........") == set()
    assert broken_rules("EEL.LL........") == {"least_days_off"}


def test_drawn_files_are_of_the_format() -> None:
    assert judge(drawn(3, staff=2, days=7, shifts=2), {"A": [""] * 7, "B": [""] * 7}).parts["under"] >= 0


def _section(text: str, name: str) -> list[str]:
    lines = text.partition(f"SECTION_{name}\n")[2].partition("SECTION_")[0].splitlines()
    return [line for line in lines if line and not line.startswith("#")]
