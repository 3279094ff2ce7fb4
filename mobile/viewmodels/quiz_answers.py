"""What taps make of an answer to a question: the same on phone and tablet, in practice, in quizzes and in the daily three."""

from __future__ import annotations

import msgspec

from contract.quizzes import Answer
from mobile.core.views_learning import QuestionCard


def tapped(asked: QuestionCard, answer: Answer | None, key: str) -> Answer:
    """A choice was tapped. single: this one; multiple: on or off; order: it is the next, or it and what came after go back."""
    before = _or_empty(asked, answer)
    if key not in {choice.key for choice in asked.choices}:
        return before
    chosen = list(before.chosen)
    if asked.kind == "single":
        chosen = [key]
    elif asked.kind == "multiple":
        chosen = [one for one in chosen if one != key] if key in chosen else [*chosen, key]
    elif asked.kind == "order":
        chosen = chosen[: chosen.index(key)] if key in chosen else [*chosen, key]
    return msgspec.structs.replace(before, chosen=chosen)


def paired(asked: QuestionCard, answer: Answer | None, left: str, right: str) -> Answer:
    """Left goes with right; the same pair tapped again comes apart."""
    before = _or_empty(asked, answer)
    lefts, rights = {one.key for one in asked.choices}, {one.key for one in asked.others}
    if left not in lefts or right not in rights:
        return before
    pairs = {one: other for one, other in before.pairs.items() if one != left}
    if before.pairs.get(left) != right:
        pairs[left] = right
    return msgspec.structs.replace(before, pairs=pairs)


def typed(asked: QuestionCard, answer: Answer | None, text: str) -> Answer:
    """A number or some words."""
    return msgspec.structs.replace(_or_empty(asked, answer), text=text)


def is_answered(asked: QuestionCard, answer: Answer | None) -> bool:
    """Whether something whole stands there: every line put in order, every left side paired."""
    if answer is None:
        return False
    if asked.kind == "order":
        return len(answer.chosen) == len(asked.choices)
    if asked.kind == "match":
        return len(answer.pairs) == len(asked.choices)
    return bool(answer.text.strip()) if asked.kind in ("number", "text") else bool(answer.chosen)


def open_left(asked: QuestionCard, answer: Answer | None, pointed: str = "") -> str:
    """The left side whose partner is looked for: the one that was pointed at, else the first that has none; "" when all have."""
    pairs = answer.pairs if answer is not None else {}
    if pointed in {one.key for one in asked.choices}:
        return pointed
    return next((one.key for one in asked.choices if one.key not in pairs), "")


def _or_empty(asked: QuestionCard, answer: Answer | None) -> Answer:
    return answer if answer is not None and answer.question == asked.key else Answer(question=asked.key)
