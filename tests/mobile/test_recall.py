"""The daily three by FSRS: two devices with the same reviews come to the same due dates, whatever order they heard of them in."""

from __future__ import annotations

import random

from hypothesis import example, given
from hypothesis import strategies as st

from contract.learning import Review
from mobile.core import recall
from mobile.core.recall import A_DAY_MOST, Candidate, due_ms, of_today, rating_of
from mobile.devices.fake import START_MS
from tests.support.planted import instead

DAY_MS = 86_400_000
REVIEWS = st.lists(
    st.builds(
        Review,
        at_ms=st.integers(START_MS, START_MS + 400 * DAY_MS),
        rating=st.integers(1, 4),
        id=st.uuids().map(str),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)
TWO = [Review(at_ms=START_MS, rating=4, id="a"), Review(at_ms=START_MS + 20 * DAY_MS, rating=1, id="b")]


@given(REVIEWS, st.randoms(use_true_random=False))
@example(TWO, random.Random(1))
def test_two_devices_come_to_the_same_due_dates(reviews: list[Review], dice: random.Random) -> None:
    other = dice.sample(reviews, len(reviews))
    assert due_ms(reviews) == due_ms(other)
    if reviews:
        assert due_ms(reviews) > max(one.at_ms for one in reviews)  # type: ignore[operator]


def test_a_schedule_that_took_reviews_as_they_come_would_be_noticed() -> None:
    with instead(recall, "in_order", list):
        assert due_ms(TWO) != due_ms(TWO[::-1]), "the planted fault depends on the order"
    assert due_ms(TWO) == due_ms(TWO[::-1])


@given(st.lists(st.integers(1, 4), min_size=1, max_size=8))
@example([3, 3])
def test_a_better_answer_never_brings_a_question_back_sooner(ratings: list[int]) -> None:
    before = [Review(at_ms=START_MS + n * 30 * DAY_MS, rating=rating, id=str(n)) for n, rating in enumerate(ratings)]
    at_ms = START_MS + 30 * len(ratings) * DAY_MS
    dues = [due_ms([*before, Review(at_ms=at_ms, rating=rating, id="z")]) or 0 for rating in (1, 2, 3, 4)]
    assert dues == sorted(dues)


def test_wrong_is_again_and_slow_is_hard_unless_it_felt_easy() -> None:
    assert rating_of(False, 0, "easy") == 1
    assert (rating_of(True, 1_000), rating_of(True, 60_000)) == (3, 2)
    assert (rating_of(True, 60_000, "easy"), rating_of(True, 1_000, "hard")) == (4, 2)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
@example(2, 5, 0)
def test_never_more_than_three_a_day_and_what_is_due_before_what_is_new(due: int, new: int, today: int) -> None:
    begins = START_MS
    reviews = {("c", f"due{n}"): [Review(at_ms=begins - (50 + n) * DAY_MS, rating=3, id="r")] for n in range(due)}
    reviews |= {("c", f"done{n}"): [Review(at_ms=begins + n, rating=1, id="r")] for n in range(today)}
    names = [*(f"new{n}" for n in range(new)), *(f"done{n}" for n in range(today)), *(f"due{n}" for n in range(due))]
    asked, answered = of_today([Candidate("c", name) for name in names], reviews, day_begins_ms=begins)
    assert answered == today and len(asked) == min(max(0, A_DAY_MOST - today), due + new)
    kinds = [one.question.rstrip("0123456789") for one in asked]
    assert kinds == sorted(kinds), "due before new, and nothing twice a day"


def test_new_questions_of_what_one_is_to_learn_come_before_other_new_ones() -> None:
    asked, _ = of_today([Candidate("a", "q"), Candidate("b", "q", named=True)], {}, day_begins_ms=START_MS)
    assert [one.course_id for one in asked] == ["b", "a"]
