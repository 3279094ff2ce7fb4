"""What is known of a course that lies open: the page, the card, the attempt, the result, and what of it is in front."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from contract.quizzes import Answer
from mobile.core.views import Said
from mobile.core.views_learning import AttemptPage, CoursePage, Judgement, Picture, QuestionCard, ReadingCard, ResultPage
from mobile.viewmodels.quiz_answers import is_answered

CourseStep = Literal["loading", "unknown", "overview", "card", "quiz", "result"]

LISTED_MOST, LISTED_BEFORE = 12, 2  # what a page can show before anybody scrolls, and how much of it was read


@dataclass(frozen=True)
class CourseState:
    """`at` is the card that is open, `place` the question of the attempt, `left` the pointed left side of a match; `answer` and
    `judgement` are of the practice on this card; `asking`: handed in with gaps?; `shown`: the line of the result that is open;
    `unfolded`: all cards of a long course are listed, not only those around the next."""

    page: CoursePage | None = None
    unknown: bool = False
    at: str = ""
    answer: Answer | None = None
    judgement: Judgement | None = None
    left: str = ""
    ticked: frozenset[str] = frozenset()
    attempt: AttemptPage | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)
    place: int = 0
    left_s: int | None = None
    asking: bool = False
    result: ResultPage | None = None
    shown: str = ""
    unfolded: bool = False
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    busy: bool = False
    problem: Said | None = None

    @property
    def step(self) -> CourseStep:
        if self.result is not None:
            return "result"
        if self.attempt is not None:
            return "quiz"
        if self.page is None:
            return "unknown" if self.unknown else "loading"
        return "card" if self.card is not None else "overview"

    @property
    def card(self) -> ReadingCard | None:
        found = self.page.cards if self.page is not None else ()
        return next((card for card in found if card.key == self.at), None)

    @property
    def listed(self) -> tuple[tuple[int, ReadingCard], ...]:
        """Cards with their places, from 1: of a long course those around the next one to be read."""
        cards = tuple(enumerate(self.page.cards, 1)) if self.page is not None else ()
        if self.unfolded or self.page is None or len(cards) <= LISTED_MOST:
            return cards
        following = next((n for n, card in cards if card.key == self.page.next_card), 1)
        first = max(0, min(following - 1 - LISTED_BEFORE, len(cards) - LISTED_MOST))
        return cards[first : first + LISTED_MOST]

    @property
    def number(self) -> int:
        """The open card's place, from 1; 0 where none is open."""
        found = self.page.cards if self.page is not None else ()
        return next((n for n, card in enumerate(found, 1) if card.key == self.at), 0)

    @property
    def question(self) -> QuestionCard | None:
        """What is answered now: of the quiz, else of the card."""
        if self.attempt is not None:
            return self.attempt.questions[self.place]
        return self.card.question if self.card is not None else None

    @property
    def given(self) -> Answer | None:
        if self.attempt is not None:
            return self.answers.get(self.attempt.questions[self.place].key)
        return self.answer

    @property
    def answered(self) -> int:
        found = self.attempt.questions if self.attempt is not None else ()
        return sum(is_answered(one, self.answers.get(one.key)) for one in found)

    @property
    def gaps(self) -> int:
        return len(self.attempt.questions) - self.answered if self.attempt is not None else 0

    @property
    def may_check(self) -> bool:
        question = self.question
        return question is not None and self.judgement is None and not self.busy and is_answered(question, self.given)

    @property
    def may_go_on(self) -> bool:
        """A list is ticked off and a question judged before the next card."""
        card = self.card
        if card is None or self.busy:
            return False
        if card.question is not None:
            return self.judgement is not None
        return {key for key, _ in card.items} <= self.ticked

    @property
    def wants(self) -> tuple[Picture, ...]:
        """The pictures of what is in front."""
        question = self.question
        if self.result is not None:
            question = next((line.question for line in self.result.lines if line.question.key == self.shown), None)
        found = [question.picture] if question is not None else []
        found += [one.picture for one in (*question.choices, *question.others)] if question is not None else []
        found += [self.card.picture] if self.card is not None and self.attempt is None else []
        return tuple(one for one in found if one is not None and one.state == "here")
