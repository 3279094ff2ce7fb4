"""What taps make of an answer, for each of the six kinds of question; the same on phone and tablet."""

from __future__ import annotations

from contract.quizzes import Answer, QuestionKind
from mobile.core.views_hq import Both
from mobile.core.views_learning import ChoiceCard, QuestionCard
from mobile.viewmodels.quiz_answers import is_answered, open_left, paired, tapped, typed


def a_question(kind: QuestionKind) -> QuestionCard:
    choices = tuple(ChoiceCard(key, Both(key, key)) for key in "abc")
    others = tuple(ChoiceCard(key, Both(key, key)) for key in "xy")
    return QuestionCard("q", kind, Both("", ""), choices, others if kind == "match" else ())


def after(kind: QuestionKind, *keys: str) -> Answer | None:
    answer: Answer | None = None
    for key in keys:
        answer = tapped(a_question(kind), answer, key)
    return answer


def test_of_single_choices_the_last_one_tapped_stands() -> None:
    assert after("single", "a", "c") == Answer(question="q", chosen=["c"])


def test_of_several_choices_each_goes_on_and_off() -> None:
    assert after("multiple", "a", "c", "a", "b") == Answer(question="q", chosen=["c", "b"])


def test_an_order_is_tapped_one_after_the_other_and_taken_back_from_the_end() -> None:
    asked, whole = a_question("order"), after("order", "c", "a", "b")
    assert whole is not None and whole.chosen == ["c", "a", "b"] and is_answered(asked, whole)
    back = tapped(asked, whole, "a")
    assert back.chosen == ["c"] and not is_answered(asked, back)


def test_pairs_are_made_from_left_to_right_and_the_next_left_one_opens_by_itself() -> None:
    asked = a_question("match")
    assert open_left(asked, None) == "a"
    one = paired(asked, None, "a", "x")
    assert one.pairs == {"a": "x"} and open_left(asked, one) == "b" and open_left(asked, one, "a") == "a"
    whole = paired(asked, paired(asked, one, "b", "x"), "c", "y")
    assert is_answered(asked, whole) and open_left(asked, whole) == ""
    assert paired(asked, whole, "a", "y").pairs["a"] == "y" and "a" not in paired(asked, whole, "a", "x").pairs


def test_what_is_not_asked_cannot_be_chosen_and_an_answer_to_another_question_is_left_behind() -> None:
    asked, other = a_question("match"), Answer(question="before", chosen=["a"])
    assert tapped(asked, None, "z") == paired(asked, None, "a", "z") == Answer(question="q")
    assert tapped(a_question("single"), other, "b") == Answer(question="q", chosen=["b"])


def test_words_count_as_an_answer_unless_they_are_blank() -> None:
    asked = a_question("text")
    assert is_answered(asked, typed(asked, None, "4")) and not is_answered(asked, typed(asked, None, "  "))
    assert not is_answered(asked, None) and not is_answered(a_question("single"), Answer(question="q"))
