"""Questions as they are shown and how answers to them were judged; pictures as far as they are here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contract.courses import MediaRef
from contract.quizzes import Answer, Asked, Choice, Mark, Question, Quiz, ask, mark_answer
from mobile.core import views_learning as v
from mobile.core.learning_rows import both
from mobile.core.views_hq import Both


@dataclass(frozen=True)
class Pictures:
    """Which pictures are whole here, and the sizes that courses say theirs have."""

    here: frozenset[str]
    refs: Mapping[str, MediaRef]

    def of(self, sha: str | None) -> v.Picture | None:
        if sha is None:
            return None
        ref = self.refs.get(sha)
        state: v.PictureState = "here" if sha in self.here else "coming" if ref is not None else "unknown"
        return v.Picture(sha, ref.width if ref else 0, ref.height if ref else 0, state)


def plain(question: Question) -> Asked:
    """A question of no attempt, shown the same way each time; what is to be ordered or matched is never shown solved."""
    return ask(Quiz(questions=[question]), question.key)[0]


def question_card(asked: Asked, pictures: Pictures) -> v.QuestionCard:
    one = asked.question
    return v.QuestionCard(
        key=one.key,
        kind=one.kind,
        words=both(one.zh, one.en),
        choices=tuple(_choice(choice, pictures) for choice in asked.choices),
        others=tuple(_choice(choice, pictures) for choice in asked.others),
        unit=one.unit,
        points=one.points,
        picture=pictures.of(one.picture),
    )


def _choice(choice: Choice, pictures: Pictures) -> v.ChoiceCard:
    return v.ChoiceCard(choice.key, both(choice.zh, choice.en), pictures.of(choice.picture))


def judged(question: Question, answer: Answer | None, mark: Mark | None = None) -> v.Judgement:
    """How an answer was judged: by the server's mark where there is one, else here. Without a key nothing is said."""
    if question.solution is None:
        return v.Judgement(None if mark is None else mark.right, mark.earned if mark else 0, mark.of if mark else 0)
    found = mark or mark_answer(question, answer)
    why = both(question.why_zh, question.why_en)
    return v.Judgement(found.right, found.earned, found.of, _solution(question), why)


def _solution(question: Question) -> tuple[Both, ...]:
    """What would be right, one line each."""
    key = question.solution
    if key is None:
        return ()
    words = {one.key: both(one.zh, one.en) for one in (*question.choices, *question.others)}
    if question.kind == "number":
        off = f" ± {key.tolerance}" if key.tolerance.strip("0.") else ""
        text = f"{key.number}{off} {question.unit}".strip()
        return (Both(text, text),)
    if question.kind == "text":
        return tuple(Both(text, text) for text in key.texts[:1])
    if question.kind == "match":
        pairs = [(one.key, key.pairs.get(one.key, "")) for one in question.choices]
        return tuple(_arrow(words[left], words[right]) for left, right in pairs if right in words)
    order = key.right if question.kind == "order" else [one.key for one in question.choices if one.key in key.right]
    return tuple(words[one] for one in order if one in words)


def _arrow(left: Both, right: Both) -> Both:
    return Both(f"{left.zh} → {right.zh}", f"{left.en} → {right.en}")
