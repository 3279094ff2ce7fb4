"""Questions, quizzes and their marking: one judge for phone, tablet and server, so that all of them give the same marks.

Nothing here is random and nothing is a float: what an attempt asks follows from the attempt's id, and marks are whole
hundredths of a point. An exam whose key stays with the server travels without `solution` and `why_*` (`without_keys`); its
attempts are marked once the server has them.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from contract.limits import Note, Sha256Hex, Short
from contract.wire import Wire

QuestionKind = Literal["single", "multiple", "order", "match", "number", "text"]
GradePolicy = Literal["best", "last", "first"]
KeptBy = Literal["device", "server"]
Key = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$(?!\n)", description="a name inside one course")]
Written = Annotated[str, Meta(max_length=4_000, pattern=r"^[^\x00]*$(?!\n)", description="Markdown without HTML")]
Number = Annotated[
    str, Meta(min_length=1, max_length=20, pattern=r"^-?[0-9]{1,9}(\.[0-9]{1,6})?$(?!\n)", description="a decimal number as text")
]
MOST_OF_A_CHOICE: Final = 300  # characters: question banks of others ask in whole sentences
Chosen = Annotated[str, Meta(max_length=MOST_OF_A_CHOICE, pattern=r"^[^\x00]*$(?!\n)")]
Percent = Annotated[int, Meta(ge=0, le=100)]
HUNDREDTHS: Final = 100
_CLOSING: Final = ".!?;,。 "  # after NFKC, which makes the wide ones narrow
T = TypeVar("T")
_LATE_GRACE_MS: Final = 5_000  # the screen that hands in when the time is over needs a moment itself


class Choice(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Something to choose, put in order, or match with another."""

    key: Key
    zh: Chosen = ""
    en: Chosen = ""
    picture: Sha256Hex | None = None


class Solution(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What is right. single, multiple: the right choices; order: all of them in their order; match: left key to right key;
    number: the value and how far off it may be; text: every spelling that counts."""

    right: Annotated[list[Key], Meta(max_length=20)] = []
    pairs: dict[Key, Key] = {}
    number: Number | None = None
    tolerance: Number = "0"
    texts: Annotated[list[Short], Meta(max_length=30)] = []


class Question(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One question. `choices` are what is chosen, ordered, or stands on the left; `others` the right side of a match.

    `partial`: part of the points for a part that is right (multiple, order, match). `pool`: questions of one pool stand for
    each other. `solution` is absent where it stays with the server.
    """

    key: Key
    kind: QuestionKind
    zh: Written = ""
    en: Written = ""
    picture: Sha256Hex | None = None
    choices: Annotated[list[Choice], Meta(max_length=20)] = []
    others: Annotated[list[Choice], Meta(max_length=20)] = []
    unit: Annotated[str, Meta(max_length=20)] = ""
    points: Annotated[int, Meta(ge=1, le=100)] = 1
    partial: bool = False
    shuffle: bool = True
    pool: Key | None = None
    solution: Solution | None = None
    why_zh: Written = ""
    why_en: Written = ""


class PoolDraw(Wire, frozen=True, kw_only=True):
    """So many questions of a pool in each attempt."""

    pool: Key
    count: Annotated[int, Meta(ge=1, le=100)]


class Quiz(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """How a course's questions are asked and what passes.

    `draws`: how many of each pool; questions without a pool, and pools that are not named, are all asked. `time_limit_s` 0: none.
    `attempts` 0: as many as one likes; else so many in a round, and after the last that failed a new round begins
    `retake_after_h` later. `policy` decides which attempt is the grade; whoever has once reached `pass_percent` has passed.
    `kept_by` server: the key never reaches a device. `on_fail`: the code of a course that is recommended after failing.
    """

    questions: Annotated[list[Question], Meta(min_length=1, max_length=500)]
    pass_percent: Percent = 60
    policy: GradePolicy = "best"
    kept_by: KeptBy = "device"
    draws: Annotated[list[PoolDraw], Meta(max_length=50)] = []
    shuffle: bool = True
    time_limit_s: Annotated[int, Meta(ge=0, le=14_400)] = 0
    attempts: Annotated[int, Meta(ge=0, le=20)] = 0
    retake_after_h: Annotated[int, Meta(ge=0, le=2_000)] = 24
    on_fail: Annotated[str, Meta(max_length=40)] | None = None


class Answer(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An answer to one question: `chosen` (single, multiple, order), `pairs` (match), `text` (number, text)."""

    question: Key
    chosen: Annotated[list[Key], Meta(max_length=20)] = []
    pairs: dict[Key, Key] = {}
    text: Note = ""


class Asked(Wire, frozen=True, kw_only=True):
    """A question of an attempt with its choices in the order in which they are shown."""

    question: Question
    choices: list[Choice]
    others: list[Choice]


class Mark(Wire, frozen=True, kw_only=True):
    """What one answer earned, in hundredths of a point, of how many."""

    question: Key
    earned: int
    of: int
    right: bool


class Marks(Wire, frozen=True, kw_only=True):
    """What an attempt earned. `percent` is rounded down; `over_time`: it took longer than it may, and cannot pass."""

    earned: int
    of: int
    percent: int
    passed: bool
    over_time: bool
    marks: list[Mark]


def ask(quiz: Quiz, attempt_id: str) -> list[Asked]:
    """What an attempt asks, in its order: the same for the same attempt everywhere. Pools and shuffling follow from its id."""
    drawn = {draw.pool: draw.count for draw in quiz.draws}
    chosen: list[Question] = []
    by_pool: dict[str, list[Question]] = {}
    for question in quiz.questions:
        if question.pool in drawn:
            by_pool.setdefault(str(question.pool), []).append(question)
        else:
            chosen.append(question)
    for pool, members in by_pool.items():
        chosen += _shuffled(members, attempt_id, f"pool {pool}", lambda one: one.key)[: drawn[pool]]
    if quiz.shuffle:
        chosen = _shuffled(chosen, attempt_id, "questions", lambda one: one.key)
    else:
        place = {question.key: number for number, question in enumerate(quiz.questions)}
        chosen.sort(key=lambda one: place[one.key])
    return [_asked(question, attempt_id) for question in chosen]


def mark(quiz: Quiz, attempt_id: str, answers: Sequence[Answer], took_ms: int) -> Marks:
    """The marks of an attempt. A question that was asked and not answered earns nothing; answers to others are not looked at.

    `took_ms` is the device's monotonic time. Raises ValueError where a question has no key: then only the server can mark.
    """
    given = {answer.question: answer for answer in answers}
    marks = [mark_answer(asked.question, given.get(asked.question.key)) for asked in ask(quiz, attempt_id)]
    earned, of = sum(one.earned for one in marks), sum(one.of for one in marks)
    over_time = quiz.time_limit_s > 0 and took_ms > quiz.time_limit_s * 1_000 + _LATE_GRACE_MS
    enough = earned * 100 >= quiz.pass_percent * of  # not by the rounded figure
    return Marks(
        earned=earned, of=of, percent=earned * 100 // of, passed=enough and not over_time, over_time=over_time, marks=marks
    )


def mark_answer(question: Question, answer: Answer | None) -> Mark:
    """What one answer earns. Partial credit of multiple: the right ones chosen less the wrong ones, of all that are right
    (never below nothing); of order and match: the places, the pairs, that are right."""
    if question.solution is None:
        raise ValueError(f"the key of {question.key} is with the server")
    of = question.points * HUNDREDTHS
    good, whole = (0, 1) if answer is None else _JUDGES[question.kind](question.solution, answer)
    right = good == whole
    earned = of if right else of * max(0, good) // whole if question.partial else 0
    return Mark(question=question.key, earned=earned, of=of, right=right)


def without_keys(quiz: Quiz) -> Quiz:
    """The quiz as devices get it where the key stays with the server; itself where it need not."""
    if quiz.kept_by == "device":
        return quiz
    bare = [msgspec.structs.replace(question, solution=None, why_zh="", why_en="") for question in quiz.questions]
    return msgspec.structs.replace(quiz, questions=bare)


def same_text(one: str) -> str:
    """A short answer as it is compared: width, case, spaces and closing marks do not matter."""
    plain = unicodedata.normalize("NFKC", one).casefold()
    return re.sub(r"\s+", " ", plain).strip().rstrip(_CLOSING)


class Attempted(Wire, frozen=True, kw_only=True):
    """An attempt in the row of others: when it was handed in and what came of it."""

    attempt_id: str
    at_ms: int
    percent: int
    passed: bool


def grade_of(policy: GradePolicy, attempts: Iterable[Attempted]) -> int | None:
    """The grade in percent by the policy, over attempts in whatever order they arrived; None without any."""
    ordered = sorted(attempts, key=lambda one: (one.at_ms, one.attempt_id))
    if not ordered:
        return None
    return {"best": max(one.percent for one in ordered), "last": ordered[-1].percent, "first": ordered[0].percent}[policy]


def next_attempt_ms(quiz: Quiz, attempts: Iterable[Attempted]) -> int:
    """From when on another attempt may begin, in milliseconds since 1970: 0 is at once.

    After the last attempt of a round in which nothing passed it is when the next round begins. Failing expels nobody, and
    whoever has passed may practise as they like. An attempt that two devices made without knowing of each other counts all
    the same.
    """
    ordered = sorted(attempts, key=lambda one: (one.at_ms, one.attempt_id))
    if quiz.attempts == 0 or not ordered or any(one.passed for one in ordered) or len(ordered) % quiz.attempts:
        return 0
    return ordered[-1].at_ms + quiz.retake_after_h * 3_600_000


def _shuffled(items: Sequence[T], attempt_id: str, what: str, name: Callable[[T], str]) -> list[T]:
    """An order that every device and the server find again, whatever their Python: by the SHA-256 of attempt, what and name."""
    return sorted(items, key=lambda one: hashlib.sha256(f"{attempt_id}\x1f{what}\x1f{name(one)}".encode()).digest())


def _asked(question: Question, attempt_id: str) -> Asked:
    """Choices are shuffled where that is wanted; what is to be ordered, and the right side of a match, always."""
    choices, others = list(question.choices), list(question.others)
    if question.kind == "order" or (question.shuffle and question.kind in ("single", "multiple")):
        choices = _shuffled(choices, attempt_id, question.key, lambda one: one.key)
    others = _shuffled(others, attempt_id, question.key, lambda one: one.key)
    return Asked(question=question, choices=choices, others=others)


def _judge_chosen(key: Solution, answer: Answer) -> tuple[int, int]:
    right, chosen = set(key.right), set(answer.chosen)
    return len(right & chosen) - len(chosen - right), len(right)


def _judge_order(key: Solution, answer: Answer) -> tuple[int, int]:
    if len(answer.chosen) != len(key.right):
        return 0, len(key.right)
    return sum(one == other for one, other in zip(key.right, answer.chosen, strict=True)), len(key.right)


def _judge_pairs(key: Solution, answer: Answer) -> tuple[int, int]:
    return sum(answer.pairs.get(left) == right for left, right in key.pairs.items()), len(key.pairs)


def _judge_number(key: Solution, answer: Answer) -> tuple[int, int]:
    said = unicodedata.normalize("NFKC", answer.text).strip().replace(",", ".")
    if key.number is None or not re.fullmatch(r"[+-]?[0-9]{1,9}(\.[0-9]{1,6})?", said):
        return 0, 1
    return int(abs(Decimal(said) - Decimal(key.number)) <= Decimal(key.tolerance)), 1


def _judge_text(key: Solution, answer: Answer) -> tuple[int, int]:
    said = same_text(answer.text)
    return int(bool(said) and said in {same_text(one) for one in key.texts}), 1


_JUDGES: Final[dict[str, Callable[[Solution, Answer], tuple[int, int]]]] = {
    "single": lambda key, answer: (int(len(answer.chosen) == 1 and answer.chosen[0] in key.right), 1),
    "multiple": _judge_chosen,
    "order": _judge_order,
    "match": _judge_pairs,
    "number": _judge_number,
    "text": _judge_text,
}
