"""Three questions a day: answered, judged, and how it felt. Phone and one's own page on the tablet are the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contract.quizzes import Answer
from mobile.core.views import Refused, Said
from mobile.core.views_learning import DailyAnswer, DailyPage, DailyQuestion, Felt, Picture
from mobile.viewmodels.course_taps import Speaks
from mobile.viewmodels.quiz_answers import is_answered, paired, tapped, typed
from mobile.viewmodels.viewmodel import Asks, ViewModel

FELT: dict[str, Felt] = {"easy": "easy", "fine": "fine", "hard": "hard"}


@dataclass(frozen=True)
class DailyState:
    """`asked` is the question in front; it stays there once it is `judged`, until it was said how it felt."""

    page: DailyPage | None = None
    asked: DailyQuestion | None = None
    answer: Answer | None = None
    judged: DailyAnswer | None = None
    left: str = ""
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    busy: bool = False
    problem: Said | None = None

    @property
    def may_check(self) -> bool:
        return self.asked is not None and self.judged is None and not self.busy and is_answered(self.asked.question, self.answer)

    @property
    def wants(self) -> tuple[Picture, ...]:
        question = self.asked.question if self.asked is not None else None
        found = (
            [question.picture, *(one.picture for one in (*question.choices, *question.others))] if question is not None else []
        )
        return tuple(one for one in found if one is not None and one.state == "here")


class DailyTaps(ViewModel[DailyState]):
    """An answer for somebody who has left shows nothing."""

    def __init__(self, asks: Asks, speaks: Speaks, done: Callable[[], None] | None = None) -> None:
        super().__init__(DailyState())
        self._asks, self._speaks, self._done = asks, speaks, done
        self._visit = 0
        self._is_open = False
        self.shut: Callable[[], None] = lambda: None  # what to do when a PIN is needed again

    def open(self) -> None:
        self.close()
        self._is_open = True
        self._ask(lambda learning: learning.daily(), self._seen)

    def close(self) -> None:
        self._is_open = False
        self._visit += 1
        self.show(DailyState())

    def look(self) -> None:
        """Anew, unless a question is in front."""
        if self._is_open and self.state.asked is None:
            self._ask(lambda learning: learning.daily(), self._seen)

    def tap_choice(self, key: str) -> None:
        if self.state.asked is not None and self.state.judged is None:
            self._answer(tapped(self.state.asked.question, self.state.answer, key))

    def tap_left(self, key: str) -> None:
        if self.state.judged is None:
            self.show(replace(self.state, left=key))

    def tap_other(self, key: str) -> None:
        asked, given = self.state.asked, self.state.answer
        if asked is not None and self.state.judged is None:
            pairs = given.pairs if given is not None else {}
            left = self.state.left or next((one.key for one in asked.question.choices if one.key not in pairs), "")
            self._answer(paired(asked.question, given, left, key))

    def type_answer(self, text: str) -> None:
        if self.state.asked is not None and self.state.judged is None:
            self._answer(typed(self.state.asked.question, self.state.answer, text))

    def tap_check(self) -> None:
        asked, answer = self.state.asked, self.state.answer
        if asked is None or answer is None or not self.state.may_check:
            return
        course_id, key = asked.course_id, asked.question.key
        self.show(replace(self.state, busy=True, problem=None))
        self._ask(lambda learning: learning.daily_answer(course_id, key, answer), self._judged)

    def tap_felt(self, felt: str) -> None:
        """How well it was known: it comes again the later, the easier it was."""
        if self.state.judged is not None and not self.state.busy:
            said = FELT.get(felt, "fine")
            self.show(replace(self.state, busy=True))
            self._ask(lambda learning: learning.daily_felt(said), lambda _: self._next())

    def tap_next(self) -> None:
        """Nothing was said of how it felt."""
        if self.state.judged is not None and not self.state.busy:
            self._next()

    # inside

    def _answer(self, answer: Answer) -> None:
        self.show(replace(self.state, answer=answer, left="", problem=None))

    def _judged(self, judged: DailyAnswer) -> None:
        self.show(replace(self.state, busy=False, judged=judged))

    def _next(self) -> None:
        self.show(replace(self.state, busy=False, asked=None, answer=None, judged=None, left="", pictures={}))
        self._ask(lambda learning: learning.daily(), self._seen)
        if self._done is not None:
            self._done()

    def _seen(self, page: DailyPage) -> None:
        asked = self.state.asked
        if asked is None:
            asked = page.questions[0] if page.questions else None
        self.show(replace(self.state, page=page, asked=asked))
        for picture in self.state.wants:
            sha = picture.sha
            self._ask(lambda learning, sha=sha: (sha, learning.picture(sha)), self._pictured)  # type: ignore[misc]

    def _pictured(self, got: tuple[str, bytes | None]) -> None:
        sha, data = got
        if data is not None and sha in {one.sha for one in self.state.wants}:
            self.show(replace(self.state, pictures={**self.state.pictures, sha: data}))

    def _ask(self, question: Callable[[Any], Any], then: Callable[[Any], None]) -> None:
        visit = self._visit

        def answered(answer: Any) -> None:
            if visit == self._visit:
                then(answer)

        self._asks.ask(lambda core: question(self._speaks(core)), answered, lambda error: self._refused(error, visit))

    def _refused(self, error: BaseException, visit: int) -> None:
        if not isinstance(error, Refused):
            raise error
        if visit != self._visit:
            return
        self.show(replace(self.state, busy=False, problem=error.said))
        if error.said.code == "client.pin_needed":
            self.shut()
