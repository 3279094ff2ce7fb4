"""ID numbers, completeness, reminders and looks: rules over facts, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.archive import rules
from server.archive.rules import Known, Wanted, judge_completeness, reminder_due, wrong_id_number
from tests.support.planted import instead

TODAY = date(2026, 11, 21)
EVERYTHING = frozenset(wanted.name for wanted in rules.WANTED)


def number_for(region: str, born_on: date, order: int) -> str:
    """A resident's number with the check character of ISO 7064 MOD 11-2, reckoned the other way round than the rule does."""
    first = f"{region}{born_on:%Y%m%d}{order:03d}"
    total = 0
    for digit in first:
        total = (total + int(digit)) * 2 % 11
    return first + "0123456789X"[(12 - total) % 11]


residents = st.builds(
    number_for, st.sampled_from(["110105", "310101", "440305", "650102", "810000"]), st.dates(date(1930, 1, 1), TODAY),
    st.integers(0, 999),
)  # fmt: skip


def test_the_example_of_the_standard_is_an_id_number() -> None:
    assert wrong_id_number("resident_id", "11010519491231002X", today=TODAY) is None
    assert wrong_id_number("resident_id", "440524188001010014", today=TODAY) == "archive.id_number_birth"  # born in 1880


@given(residents)
def test_every_number_made_by_the_standard_is_taken(number: str) -> None:
    assert wrong_id_number("resident_id", number, today=TODAY) is None
    assert wrong_id_number("resident_id", number, today=TODAY, born_on=rules.born_in(number), gender=rules.sex_in(number)) is None


@given(residents, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number: str, at: int, off: int) -> None:
    typo = number[:at] + str((int(number[at]) + off) % 10) + number[at + 1 :]
    assert wrong_id_number("resident_id", typo, today=TODAY) is not None


@given(residents, st.integers(0, 15))
def test_two_neighbours_swapped_are_always_found(number: str, at: int) -> None:
    swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    assert (wrong_id_number("resident_id", swapped, today=TODAY) is not None) == (swapped != number)


def test_a_checksum_that_is_always_right_is_found() -> None:
    """The control: with weights of zero any digit would do."""
    typo = "110105194912310021"
    assert wrong_id_number("resident_id", typo, today=TODAY) == "archive.id_number_checksum"
    with instead(rules, "_WEIGHTS", (0,) * 17), instead(rules, "_CHECK", "1" * 11):
        assert wrong_id_number("resident_id", typo, today=TODAY) is None


@pytest.mark.parametrize(
    ("born_on", "gender", "wrong"),
    [
        (date(1949, 12, 31), "female", None),
        (date(1949, 12, 30), "female", "archive.id_number_birth"),
        (date(1949, 12, 31), "male", "archive.id_number_gender"),
        (None, "other", None),
    ],
)
def test_birth_day_and_sex_beside_the_number_must_agree_with_it(born_on: date | None, gender: str, wrong: str | None) -> None:
    assert wrong_id_number("resident_id", "11010519491231002X", today=TODAY, born_on=born_on, gender=gender) == wrong


@pytest.mark.parametrize(
    ("kind", "number", "fits"),
    [
        ("passport", "E12345678", True), ("passport", "e12345678", False), ("passport", "E1", False),
        ("hk_macao_permit", "H12345678", True), ("hk_macao_permit", "X12345678", False),
        ("taiwan_permit", "12345678", True), ("taiwan_permit", "1234567A", False),
        ("foreign_residence", "CAN110101012345", True), ("foreign_residence", "CAN", False),
        ("resident_id", "990105194912310021", False), ("resident_id", "11010519491331002X", False), ("resident_id", "", False),
        ("driving_licence", "11010519491231002X", False),
    ],
)  # fmt: skip
def test_each_kind_of_document_has_numbers_of_its_own_shape(kind: str, number: str, fits: bool) -> None:
    assert (wrong_id_number(kind, number, today=TODAY) is None) is fits


def test_a_record_without_the_contract_term_is_not_complete_and_says_so() -> None:
    known = Known(EVERYTHING - {"contract.until"}, "fixed_term", posted=True)
    percent, missing, counted = judge_completeness(known)
    assert percent < 100 and missing == ["contract.until"] and counted == len(rules.WANTED)


def test_an_open_ended_contract_needs_no_end_and_an_intern_no_insurance() -> None:
    assert judge_completeness(Known(EVERYTHING - {"contract.until"}, "open_ended", posted=True))[:2] == (100, [])
    without = frozenset(name for name in EVERYTHING if not name.startswith("insurance."))
    assert judge_completeness(Known(without, "internship", posted=True))[:2] == (100, [])
    assert judge_completeness(Known(without, "fixed_term", posted=True))[0] < 100


def test_a_health_certificate_counts_only_for_those_who_work_in_a_store() -> None:
    without = EVERYTHING - {"documents.health_certificate"}
    assert judge_completeness(Known(without, "fixed_term"))[0] == 100
    assert judge_completeness(Known(without, "fixed_term", posted=True))[1] == ["documents.health_certificate"]


@given(st.sets(st.sampled_from(sorted(EVERYTHING))), st.booleans(), st.sampled_from([None, "fixed_term", "open_ended"]))
def test_a_hundred_percent_means_that_nothing_is_missing(fields: set[str], posted: bool, kind: str | None) -> None:
    percent, missing, counted = judge_completeness(Known(frozenset(fields), kind, posted))
    assert (percent == 100) == (not missing) and 0 <= percent <= 100 and counted >= len(missing)


@given(st.sets(st.sampled_from(sorted(EVERYTHING))), st.sampled_from(sorted(EVERYTHING)))
def test_learning_more_never_makes_a_record_less_complete(fields: set[str], one_more: str) -> None:
    before = judge_completeness(Known(frozenset(fields), "fixed_term", posted=True))[0]
    assert judge_completeness(Known(frozenset(fields | {one_more}), "fixed_term", posted=True))[0] >= before


def test_nothing_to_be_known_is_all_of_it() -> None:
    assert judge_completeness(Known(), ()) == (100, [], 0)
    assert judge_completeness(Known(frozenset({"a.b"})), (Wanted("a.b"), Wanted("a.c"))) == (50, ["a.c"], 2)


@pytest.mark.parametrize(
    ("days", "step"), [(90, None), (61, None), (60, 60), (31, 60), (30, 30), (0, 30), (-5, 30), (-31, 30), (-32, None)]
)
def test_the_tightest_threshold_a_contract_has_come_below_is_due(days: int, step: int | None) -> None:
    assert reminder_due(TODAY + timedelta(days=days), TODAY) == step


def test_looks_less_than_a_minute_apart_are_one() -> None:
    now = datetime(2026, 11, 21, 4, tzinfo=UTC)
    apart = [rules.is_same_look(now - timedelta(seconds=s), now) for s in (-1, 0, 59, 60, 61)]
    assert apart == [False, True, True, False, False]
    assert rules.may_be_erased_from(now) - now == rules.ERASE_AFTER
