"""Rosters of stores: planned cell by cell, judged by the rules, published, confirmed, changed; nobody is told twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.ids import new_id
from contract.rosters import ConfirmShifts, SeenShift
from contract.shifts import AssignPattern
from tests.server.rosters_of import MONDAY, SUNDAY, Desk, day, desk_on_sqlite


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = desk_on_sqlite(tmp_path)
    yield made
    made.world.close()


def test_a_published_shift_is_what_its_person_works_and_is_told_of_once(desk: Desk) -> None:
    shift = desk.put(desk.li)
    assert desk.cell(shift).state == "draft" and desk.worked(desk.li) is None
    answer = desk.published()
    assert (answer["new"], answer["changed"], answer["cancelled"], answer["people"]) == (1, 0, 0, 1)
    assert desk.cell(shift).state == "published" and desk.shown(shift).person_id == desk.li
    assert desk.worked(desk.li) == "early" and desk.worked(desk.li, 1) == "", "no shift on a published day is off"
    assert desk.worked(desk.wang) == ""
    assert [item.facts["new"] for item in desk.notices(desk.li)] == [1] and desk.notices(desk.wang) == []


def test_grid(desk: Desk) -> None:
    desk.put(desk.li)
    found = desk.grid()
    assert [one.name for one in found.people] == ["李伟", "王芳", "陈洁"] and len(found.cells) == 1


def test_the_first_shift_of_a_week_replaces_what_the_pattern_says_of_it(desk: Desk) -> None:
    """Somebody who follows a pattern is planned otherwise: no day is worked twice, and the days the desk has not come to yet do
    not count against those it plans."""
    pattern = AssignPattern(assignment_id=new_id(), person_id=desk.li, pattern="three-shift", from_day=MONDAY.isoformat())
    desk.world.must(pattern, desk.as_qian)
    outcome = desk.world.do(desk.shift(desk.li, 0, "late"), desk.as_wu)
    assert outcome.status == "applied", outcome.code
    assert [one["rule"] for one in outcome.answer["verdicts"] if one["level"] == "hard"] == []
    for number in (3, 4, 5, 6):
        desk.put(desk.li, number)
    assert [one.rule for one in desk.grid().verdicts if one.level == "hard"] == []
