"""Files of the public format, and files that only look like it."""

from __future__ import annotations

import pytest

from server.solver.nrp import BadFile, read
from server.solver.nrp_pricer import refuse_giants
from tests.support.shared_data import shared_data

GOOD = """SECTION_HORIZON
# days
14
SECTION_SHIFTS
E,480,
L,600,E
SECTION_STAFF
A,E=14|L=2,4320,3360,5,2,2,1
B,E=0|L=14,4320,0,5,2,2,1
SECTION_DAYS_OFF
A,0,13
SECTION_SHIFT_ON_REQUESTS
A,2,E,2
SECTION_SHIFT_OFF_REQUESTS
A,2,E,3
B,3,L,1
SECTION_COVER
0,E,1,100,1
1,L,2,50,2
"""


def test_a_file_is_read_as_its_words_say() -> None:
    found = read(GOOD)
    assert (found.days, [s.name for s in found.shifts], found.shifts[1].not_next) == (14, ["E", "L"], frozenset({0}))
    first = found.staff[0]
    assert (first.most_of, first.most_minutes, first.least_minutes, first.days_off) == ((14, 2), 4320, 3360, frozenset({0, 13}))
    assert (first.most_on, first.least_on, first.least_off, first.weekends) == (5, 2, 2, 1)
    assert found.wishes[0] == {(2, 0): 1}, "wanted by 2 and unwanted by 3 costs 1 when worked"
    assert found.base == 2
    assert [(c.day, c.shift, c.need, c.under, c.over) for c in found.cover] == [(0, 0, 1, 100, 1), (1, 1, 2, 50, 2)]
    assert found.problem().step == 1


@pytest.mark.parametrize(
    ("right", "wrong", "line", "word"),
    [
        ("14\nSECTION_SHIFTS", "SECTION_SHIFTS", None, "HORIZON"),
        ("14\nSECTION_SHIFTS", "0\nSECTION_SHIFTS", 3, "horizon"),
        ("14\nSECTION_SHIFTS", "99999999999\nSECTION_SHIFTS", 3, "horizon"),
        ("14\nSECTION_SHIFTS", "14\n15\nSECTION_SHIFTS", 4, "twice"),
        ("L,600,E", "E,600,E", 6, "twice"),
        ("L,600,E", "L,0,E", 6, "length"),
        ("L,600,E", "L,6e2,E", 6, "length"),
        ("L,600,E", "L,600,X", 6, "X is no shift"),
        ("A,E=14|L=2,4320", "A,E=14|X=2,4320", 8, "X is no shift"),
        ("A,E=14|L=2,4320", "A,E14,4320", 8, "name=number"),
        ("A,E=14|L=2,4320", "A,E=14|L=2,-1", 8, "limit"),
        ("5,2,2,1\nB", "5,2,2\nB", 8, "six numbers"),
        ("B,E=0", "A,E=0", None, "twice"),
        ("A,0,13", "A,0,14", 11, "a day"),
        ("A,0,13", "Z,0,13", None, "Z"),
        ("A,2,E,2", "Z,2,E,2", 13, "Z is no person"),
        ("A,2,E,2", "A,2,E", 13, "request"),
        ("A,2,E,3", "A,2,E,½", 15, "weight"),
        ("1,L,2,50,2", "0,E,2,50,2", 19, "twice"),
        ("1,L,2,50,2", "1,L,2,50", 19, "cover"),
        ("SECTION_COVER", "SECTION_COFFEE", 17, "COFFEE"),
        ("SECTION_COVER", "SECTION_SHIFTS", 17, "twice"),
        ("SECTION_HORIZON\n# days", "14\nSECTION_HORIZON", 1, "before the first section"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(right: str, wrong: str, line: int | None, word: str) -> None:
    assert right in GOOD
    with pytest.raises(BadFile, match=word) as refused:
        read(GOOD.replace(right, wrong, 1))
    assert refused.value.line == line


def test_what_is_too_large_to_solve_is_refused_before_it_takes_memory() -> None:
    many = "".join(f"P{i},E=1,480,0,5,1,1,1\n" for i in range(6_000))
    with pytest.raises(BadFile, match="cells"):
        read(GOOD.replace("14\n", "3000\n", 1).replace("B,E=0|L=14,4320,0,5,2,2,1\n", many))
    assert read(GOOD)


def test_a_person_whose_tables_would_not_fit_in_memory_is_refused_by_name() -> None:
    text = GOOD.replace("14\n", "3000\n", 1).replace("L,600,E", "L,601,E")
    with pytest.raises(BadFile, match="planning A would need too much memory"):
        refuse_giants(read(text))
    refuse_giants(read(GOOD))
    assert read(text).days == 3000


def test_every_public_file_at_hand_is_read() -> None:
    files = sorted(shared_data("rostering").glob("Instance*.txt"))
    assert files
    for path in files:
        assert read(path.read_text(encoding="utf-8")).cover, path.name
