"""Days worked by hand (tests/rules/days/*.txt) come to exactly those minutes, classes and flags."""

from __future__ import annotations

from typing import Any

import pytest

from server.timesheets.rules import overtime, windows
from tests.rules.hand_worked import Case, cases, what_is_wrong
from tests.support.planted import instead

pytestmark = pytest.mark.fast
CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hand_worked_day_comes_to_exactly_those_minutes(case: Case) -> None:
    assert what_is_wrong(case, case.days()) == [], case.arithmetic


def test_the_table_has_at_least_120_days_each_with_its_own_arithmetic() -> None:
    assert len(CASES) >= 120
    assert len({case.name for case in CASES}) == len(CASES)
    assert len({case.sentence for case in CASES}) == len(CASES)
    assert all(any(letter.isdigit() for letter in case.arithmetic) for case in CASES)


def test_a_minute_too_much_in_a_planted_fault_is_found_by_the_table() -> None:
    real = windows.length

    def one_more(pieces: Any) -> int:
        found = real(pieces)
        return found + 1 if found else 0

    with instead(windows, "length", one_more):
        assert any(what_is_wrong(case, case.days()) for case in CASES)


def test_a_class_of_overtime_mixed_up_by_a_planted_fault_is_found_by_the_table() -> None:
    assert not any(what_is_wrong(case, case.days()) for case in CASES)
    with instead(overtime, "_REST_DAYS", frozenset({"working"})):
        assert any(what_is_wrong(case, case.days()) for case in CASES)


def test_a_grant_whose_stretch_binds_nothing_is_found_by_the_table() -> None:
    real = overtime.worked_of

    def anywhere(grants: Any, beyond: Any) -> Any:
        return real([one._replace(starts_min=None, ends_min=None) for one in grants], beyond)

    with instead(overtime, "worked_of", anywhere):
        found = [case.name for case in CASES if what_is_wrong(case, case.days())]
    assert {"granted-evening-came-early", "granted-stretch-left-before"} <= set(found)
