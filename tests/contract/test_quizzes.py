"""Marking by hand-worked tables: every kind of question, pools and orders that are the same everywhere, time, rounds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import quizzes
from contract.quizzes import (
    Answer,
    Attempted,
    Choice,
    PoolDraw,
    Question,
    Quiz,
    Solution,
    ask,
    grade_of,
    mark,
    mark_answer,
    next_attempt_ms,
    same_text,
    without_keys,
)
from tests.support.planted import instead

ABCD = [Choice(key=key, zh=key) for key in "abcd"]
HOUR_MS = 3_600_000


def question(kind: Any, solution: Solution | None, **more: Any) -> Question:
    return Question(**{"key": "q", "kind": kind, "zh": "?", "choices": ABCD, "others": ABCD, "solution": solution, **more})


SINGLE = question("single", Solution(right=["b"]), points=3, partial=True)
SOME = question("multiple", Solution(right=["a", "b", "c"]), points=2, partial=True)
ALL_OR_NONE = question("multiple", Solution(right=["a", "b"]))
ROW = question("order", Solution(right=["d", "a", "c", "b"]), points=10, partial=True)
STRICT_ROW = question("order", Solution(right=["d", "a", "c", "b"]))
PAIRS = question("match", Solution(pairs={"a": "x", "b": "y", "c": "x"}), partial=True)
NUMBER = question("number", Solution(number="-2.5", tolerance="0.25"), points=2)
EXACT = question("number", Solution(number="0.1"))
SHORT = question("text", Solution(texts=["Thank you", "谢谢您", "Straße"]))


def said(*chosen: str, **more: Any) -> Answer:
    return Answer(question="q", chosen=list(chosen), **more)


@pytest.mark.parametrize(
    ("asked", "answer", "earned", "right"),
    [
        (SINGLE, said("b"), 300, True),
        (SINGLE, said("a"), 0, False),
        (SINGLE, said("a", "b"), 0, False),
        (SINGLE, said("b", "b"), 0, False),
        (SINGLE, said(), 0, False),
        (SINGLE, None, 0, False),
        (SOME, said("c", "a", "b"), 200, True),
        (SOME, said("a", "b"), 133, False),  # 2 of 3 of 200, rounded down
        (SOME, said("a", "b", "c", "d"), 133, False),  # 3 right less 1 wrong
        (SOME, said("a", "a", "a"), 66, False),  # said three times it is one
        (SOME, said("d"), 0, False),
        (SOME, said("a", "d"), 0, False),
        (ALL_OR_NONE, said("a"), 0, False),
        (ALL_OR_NONE, said("b", "a"), 100, True),
        (ROW, said("d", "a", "c", "b"), 1_000, True),
        (ROW, said("d", "a", "b", "c"), 500, False),
        (ROW, said("d", "a"), 0, False),
        (STRICT_ROW, said("d", "a", "b", "c"), 0, False),
        (PAIRS, said(pairs={"a": "x", "b": "y", "c": "x"}), 100, True),
        (PAIRS, said(pairs={"a": "x", "b": "x", "c": "x", "z": "x"}), 66, False),
        (PAIRS, said(pairs={}), 0, False),
        (NUMBER, said(text="-2.25"), 200, True),
        (NUMBER, said(text="-2.75"), 200, True),
        (NUMBER, said(text="-2.750001"), 0, False),
        (NUMBER, said(text=" －２，５ "), 200, True),  # full width, a comma
        (NUMBER, said(text="2.5"), 0, False),
        (NUMBER, said(text="-2.5e0"), 0, False),
        (NUMBER, said(text="nan"), 0, False),
        (NUMBER, said(text="-2.5000000"), 0, False),
        (EXACT, said(text="0.1"), 100, True),  # as decimals: a float would do here too,
        (EXACT, said(text="+0.100000"), 100, True),
        (EXACT, said(text="0.100001"), 0, False),  # but not say this
        (SHORT, said(text="  thank   YOU!! "), 100, True),
        (SHORT, said(text="Ｔｈａｎｋ　ｙｏｕ．"), 100, True),
        (SHORT, said(text="谢谢您。"), 100, True),
        (SHORT, said(text="STRASSE"), 100, True),
        (SHORT, said(text="thanks"), 0, False),
        (SHORT, said(text=" 。"), 0, False),
    ],
)
def test_an_answer_earns_what_a_hand_worked_it_out_to(asked: Question, answer: Answer | None, earned: int, right: bool) -> None:
    found = mark_answer(asked, answer)
    assert (found.earned, found.right, found.of) == (earned, right, asked.points * 100)


def test_a_table_of_marks_finds_a_judge_that_forgives_wrong_ones() -> None:
    careless = {**quizzes._JUDGES, "multiple": lambda key, answer: (len(set(key.right) & set(answer.chosen)), len(key.right))}
    with instead(quizzes, "_JUDGES", careless):
        assert mark_answer(SOME, said("a", "b", "c", "d")).earned == 200
    assert mark_answer(SOME, said("a", "b", "c", "d")).earned == 133


def bank(**more: Any) -> Quiz:
    """Eight questions, six of them in two pools."""
    single = [
        Question(key=f"q{n}", kind="single", zh="?", choices=ABCD, solution=Solution(right=["a"]), pool=pool)
        for n, pool in enumerate([None, None, "x", "x", "x", "y", "y", "y"])
    ]
    return Quiz(**{"questions": single, "draws": [PoolDraw(pool="x", count=2), PoolDraw(pool="y", count=1)], **more})


@pytest.mark.parametrize(
    ("attempt_id", "questions", "choices"),
    [
        ("01936f00-0000-7000-8000-000000000001", "q2 q1 q3 q0 q6", "badc"),
        ("01936f00-0000-7000-8000-000000000002", "q6 q0 q1 q4 q2", "dbac"),
    ],
)
def test_what_an_attempt_asks_is_the_same_everywhere(attempt_id: str, questions: str, choices: str) -> None:
    asked = ask(bank(), attempt_id)
    assert " ".join(one.question.key for one in asked) == questions
    assert "".join(choice.key for choice in asked[0].choices) == choices


def test_unshuffled_questions_stand_as_they_were_written_and_choices_too() -> None:
    asked = ask(bank(shuffle=False), "any")
    keys = [one.question.key for one in asked]
    assert keys == sorted(keys) and len(keys) == 5 and keys[:2] == ["q0", "q1"]
    still = Quiz(questions=[question("single", Solution(right=["a"]), shuffle=False)])
    assert [choice.key for choice in ask(still, "any")[0].choices] == list("abcd")


@given(attempt_id=st.uuids().map(str))
@settings(max_examples=40)
def test_every_attempt_draws_as_many_as_it_should_and_each_question_once(attempt_id: str) -> None:
    asked = [one.question for one in ask(bank(), attempt_id)]
    assert len({one.key for one in asked}) == len(asked) == 5
    assert [sum(one.pool == pool for one in asked) for pool in (None, "x", "y")] == [2, 2, 1]
    right = [Answer(question=one.key, chosen=["a"]) for one in asked]
    assert mark(bank(), attempt_id, right, 0).percent == 100 == mark(bank(), attempt_id, right[::-1], 0).percent


answers = st.builds(
    Answer,
    question=st.sampled_from([f"q{n}" for n in range(9)]),
    chosen=st.lists(st.sampled_from("abcdz"), max_size=5),
    pairs=st.dictionaries(st.sampled_from("abcd"), st.sampled_from("abcd"), max_size=4),
    text=st.text(max_size=12),
)
kinds = st.sampled_from([SINGLE, SOME, ALL_OR_NONE, ROW, STRICT_ROW, PAIRS, NUMBER, EXACT, SHORT])


@given(asked=kinds, answer=answers)
@settings(max_examples=120)
def test_no_answer_earns_less_than_nothing_more_than_all_or_all_without_being_right(asked: Question, answer: Answer) -> None:
    found = mark_answer(asked, answer)
    assert 0 <= found.earned <= found.of and (found.earned == found.of) == found.right


@given(given_answers=st.lists(answers, max_size=6), took_ms=st.integers(0, 200_000))
@settings(max_examples=60)
def test_who_has_passed_has_enough_of_the_whole_and_was_in_time(given_answers: list[Answer], took_ms: int) -> None:
    quiz = bank(pass_percent=40, time_limit_s=60)
    found = mark(quiz, "a", given_answers, took_ms)
    assert found.passed == (found.earned * 100 >= 40 * found.of and took_ms <= 65_000)
    assert (found.percent, found.of) == (found.earned * 100 // found.of, 500)


def test_two_thirds_of_the_points_are_not_66_when_67_are_asked() -> None:
    three = Quiz(questions=[question("single", Solution(right=["a"]), key=key) for key in ("x", "y", "z")], pass_percent=67)
    found = mark(three, "a", [Answer(question="x", chosen=["a"]), Answer(question="y", chosen=["a"])], 0)
    assert (found.earned, found.percent, found.passed) == (200, 66, False)


def test_a_question_whose_key_is_elsewhere_is_not_marked_here() -> None:
    exam = bank(kept_by="server")
    bare = without_keys(exam)
    assert all(one.solution is None for one in bare.questions) and without_keys(bank()) == bank()
    assert [one.question.key for one in ask(bare, "a")] == [one.question.key for one in ask(exam, "a")]
    with pytest.raises(ValueError, match="with the server"):
        mark(bare, "a", [], 0)


@given(st.text(max_size=20))
@settings(max_examples=60)
def test_a_text_compared_twice_is_the_same_text(written: str) -> None:
    assert same_text(same_text(written)) == same_text(written)


def tried(n: int, percent: int, *, passed: bool = False, at_ms: int | None = None) -> Attempted:
    return Attempted(attempt_id=f"a{n}", at_ms=n * HOUR_MS if at_ms is None else at_ms, percent=percent, passed=passed)


@pytest.mark.parametrize(("policy", "grade"), [("best", 80), ("last", 50), ("first", 40)])
def test_the_policy_decides_the_grade_whatever_arrived_first(policy: Any, grade: int) -> None:
    attempts = [tried(3, 50), tried(1, 40), tried(2, 80)]
    assert {grade_of(policy, attempts), grade_of(policy, attempts[::-1])} == {grade} and grade_of(policy, []) is None
    assert grade_of("last", [tried(2, 1, at_ms=5), tried(1, 2, at_ms=5)]) == 1  # at the same moment: by id


@pytest.mark.parametrize(
    ("quiz", "attempts", "from_ms"),
    [
        (bank(), [tried(n, 0) for n in range(9)], 0),
        (bank(attempts=2), [], 0),
        (bank(attempts=2), [tried(1, 0)], 0),
        (bank(attempts=2), [tried(2, 0), tried(1, 0)], 26 * HOUR_MS),
        (bank(attempts=2, retake_after_h=1), [tried(1, 0), tried(2, 0)], 3 * HOUR_MS),
        (bank(attempts=2), [tried(n, 0) for n in range(3)], 0),  # the third begins the next round
        (bank(attempts=2), [tried(1, 0), tried(2, 90, passed=True)], 0),  # who has passed practises
    ],
)
def test_failing_expels_nobody_the_next_round_has_a_date(quiz: Quiz, attempts: list[Attempted], from_ms: int) -> None:
    assert next_attempt_ms(quiz, attempts) == from_ms
