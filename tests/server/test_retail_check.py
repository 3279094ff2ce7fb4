"""The second judge of retail rosters: finds each rule broken in a good roster, and counts cover by itself."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from server.solver import check_retail
from server.solver.check_retail import RULES, check
from tests.server.retail_world import PEOPLE, drawn, file_of

FILE = drawn(1, 7, 2, PEOPLE)
MORNING = {"start": "06:00", "blocks": [[1, 120], [2, 360]]}
GOOD: dict[str, list[dict[str, Any]]] = {
    "ann": [{"day": day, **MORNING} for day in (1, 2, 3)],
    "bo": [{"day": day, "start": "18:00", "blocks": [[2, 60], [1, 300], [1, 60]]} for day in (1, 2, 3, 4, 5)],
    "cy": [{"day": 3, "start": "20:00", "blocks": [[1, 600]]}, {"day": 8, "start": "00:00", "blocks": [[1, 360]]}],
}


def changed(fault: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    roster = copy.deepcopy(GOOD)
    fault(roster)
    return roster


FAULTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "person": lambda r: r.update(eve=[]),
    "shape": lambda r: r["ann"][0].pop("start"),
    "task": lambda r: r["ann"][0]["blocks"][0].__setitem__(0, 3),
    "quarter": lambda r: r["ann"][0]["blocks"].__setitem__(slice(None), [[1, 125], [2, 355]]),
    "start window": lambda r: r["ann"][0].update(start="10:15"),
    "shift length": lambda r: r["ann"][0].update(blocks=[[1, 345]]),
    "task length": lambda r: r["ann"][0].update(blocks=[[1, 435], [2, 45]]),
    "horizon": lambda r: r["cy"][1].update(blocks=[[1, 375]]),
    "one start a day": lambda r: r["ann"].insert(1, {"day": 1, "start": "23:00", "blocks": [[1, 360]]}),
    "rest": lambda r: r["ann"].insert(0, {"day": 3, "start": "20:00", "blocks": [[1, 360]]}),
    "days in a row": lambda r: r["bo"].append({"day": 6, "start": "18:00", "blocks": [[1, 360]]}),
    "total minutes": lambda r: r["cy"].clear(),
}


def test_a_good_roster_has_no_break() -> None:
    assert check(FILE, GOOD).breaks == ()


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_broken_in_a_good_roster_is_named(rule: str) -> None:
    broken = check(FILE, changed(FAULTS[rule])).breaks
    assert rule in {found.rule for found in broken}
    assert all(found.person in ("ann", "bo", "cy", "eve") and found.facts for found in broken)


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("horizon", lambda r: r["ann"][0].update(day=1, start="00:00")),
        ("shift length", lambda r: r["cy"][0].update(blocks=[[1, 615]])),
        ("start window", lambda r: r["bo"][0].update(start="19:00")),
        ("task length", lambda r: r["bo"][0].update(blocks=[[1, 60], [2, 45], [1, 315]])),
        ("total minutes", lambda r: r["cy"].insert(0, {"day": 1, "start": "08:00", "blocks": [[2, 600]]})),
        ("shape", lambda r: r["cy"][0].update(blocks=[])),
    ],
)
def test_the_other_side_of_a_limit_is_seen_too(rule: str, fault: Callable[[dict[str, Any]], Any]) -> None:
    assert rule in {found.rule for found in check(FILE, changed(fault)).breaks}


def test_midnight_is_an_hour_of_the_day_that_begins() -> None:
    night = {"day": 2, "start": "00:00", "blocks": [[1, 360]]}
    day = {"day": 2, "start": "20:00", "blocks": [[1, 360]]}
    assert [b.rule for b in check(FILE, {**GOOD, "cy": [night, day]}).breaks] == ["one start a day"]
    assert [b.rule for b in check(FILE, {**GOOD, "cy": [night, {**day, "day": 3}]}).breaks] == []


def test_cover_is_counted_by_period_and_task_and_surplus_is_squared() -> None:
    text = file_of(1, 2, (("ann", 0, 600), ("bo", 0, 600)), {(0, 1): 3, (1, 1): 1, (2, 2): 1})
    shift = [{"day": 1, "start": "06:00", "blocks": [[1, 360]]}]
    verdict = check(text, {"ann": shift, "bo": shift})
    # task 1: 3 wanted and 2 there, 1 wanted and 2 there, then 22 periods with 2 too many; task 2: 1 missing
    assert (verdict.breaks, verdict.missing, verdict.surplus) == ((), 1 + 1, 1 + 22 * 4)


def test_a_checker_that_forgets_a_rule_is_found_by_the_planted_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = check_retail._line
    monkeypatch.setattr(check_retail, "_line", lambda *a: [f for f in honest(*a) if f[0] != "rest"])
    assert "rest" not in {found.rule for found in check(FILE, changed(FAULTS["rest"])).breaks}
