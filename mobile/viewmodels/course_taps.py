"""A course that lies open: its cards, practice, the word that a script was read, the quiz against the clock, and what came of it.

Phone and one's own page on the tablet are the same but for whose learning is asked (`speaks`). What is answered in a quiz is
kept at every tap; whoever leaves in the middle goes on where they were, and the time has run on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from contract.quizzes import Answer
from mobile.core.views import Refused
from mobile.core.views_learning import AttemptPage, CoursePage, Judgement, ResultPage
from mobile.viewmodels.course_state import CourseState
from mobile.viewmodels.quiz_answers import is_answered, paired, tapped, typed
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, Timers, ViewModel

Speaks = Callable[[Any], Any]  # core -> whose learning it is
TYPING_S: Final = 0.6  # after the last letter of a typed answer it is kept
ASK_TIME_S: Final = 20  # so often the core is asked how much time is left


class CourseTaps(ViewModel[CourseState]):
    """One course that lies open. An answer for somebody who has left shows nothing."""

    def __init__(
        self, asks: Asks, timers: Timers, toasts: Toasts, speaks: Speaks, done: Callable[[], None] | None = None
    ) -> None:
        super().__init__(CourseState())
        self._asks, self._timers, self._toasts, self._speaks, self._done = asks, timers, toasts, speaks, done
        self._pk = ""
        self._visit = 0
        self._ticking: Callable[[], None] | None = None
        self._unkept: tuple[str, Answer, Callable[[], None]] | None = None
        self.shut: Callable[[], None] = lambda: None  # what to do when a PIN is needed again
        self.play: Callable[[str], None] | None = None  # opens a video's address, where the device may
        self.certify: Callable[[str], None] | None = None  # shows a certificate, where there is a page for it
        self.enlarge: Callable[[str], None] | None = None  # lets a picture fill the page, where there is room for no more

    def open(self, course_id: str) -> None:
        self.close()
        self._pk = course_id
        self.look()

    def resume(self, course_id: str) -> None:
        """Straight into the quiz that goes on: its clock runs."""
        self.open(course_id)
        self._ask(lambda learning: learning.begin(course_id), self._begun)

    def close(self) -> None:
        """What is typed and not kept yet is kept first."""
        self._keep_typed()
        self._stop_clock()
        self._visit += 1
        self._pk = ""
        self.show(CourseState())

    def look(self) -> None:
        """Anew, without disturbing what is being answered."""
        if not self._pk:
            return
        pk, result = self._pk, self.state.result
        self._ask(lambda learning: learning.course(pk), self._seen)
        if result is not None and (result.state == "waiting" or (result.passed and not result.certificate)):
            self._ask(lambda learning: learning.result(result.attempt_id), self._resulted)

    def on_back(self) -> bool:
        """One level up: out of a question once more, the result, the quiz (it goes on), a card. False at the overview."""
        state = self.state
        if state.asking:
            self.show(replace(state, asking=False))
        elif state.shown:
            self.show(replace(state, shown=""))
        elif state.step in ("result", "quiz", "card"):
            self._overview()
        else:
            return False
        return True

    # cards

    def tap_start(self) -> None:
        """The card where reading goes on, else the first."""
        page = self.state.page
        if page is not None and page.cards:
            self.tap_card(page.next_card or page.cards[0].key)

    def tap_card(self, key: str) -> None:
        page = self.state.page
        card = next((one for one in page.cards if one.key == key), None) if page is not None else None
        if card is None:
            return
        pk, ticked = self._pk, frozenset(item for item, _ in card.items) if card.done else frozenset()
        fresh = replace(self.state, at=key, left="", ticked=ticked, pictures={}, problem=None)
        self.show(replace(fresh, answer=card.answer, judgement=card.judgement))
        self._ask(lambda learning: learning.open_card(pk, key), lambda _: None)
        self._fetch()

    def tap_unfold(self) -> None:
        """All cards of a long course."""
        self.show(replace(self.state, unfolded=True))

    def tap_item(self, key: str) -> None:
        self.show(replace(self.state, ticked=self.state.ticked ^ {key}))

    def tap_play(self) -> None:
        card = self.state.card
        if self.play is not None and card is not None and card.video:
            self.play(card.video)

    def tap_picture(self) -> None:
        """The card's picture, if it is here, as large as the page."""
        card = self.state.card
        if self.enlarge is not None and card is not None and card.picture is not None and card.picture.sha in self.state.pictures:
            self.enlarge(card.picture.sha)

    def tap_check(self) -> None:
        """Practice is judged on the spot, and never graded."""
        card, answer, pk = self.state.card, self.state.answer, self._pk
        if card is None or answer is None or not self.state.may_check:
            return
        key = card.key
        self.show(replace(self.state, busy=True, problem=None))
        self._ask(lambda learning: learning.practise(pk, key, answer), self._judged)

    def tap_again(self) -> None:
        """Practice once more."""
        self.show(replace(self.state, answer=None, judgement=None, left=""))

    def tap_before(self) -> None:
        self._step(-1)

    def tap_next(self) -> None:
        """The card is finished: on to the next, after the last back to the course. After the last question it is handed in."""
        card, pk, state = self.state.card, self._pk, self.state
        if state.attempt is not None and state.place == len(state.attempt.questions) - 1:
            self.tap_hand_in()
        elif state.attempt is not None:
            self._step(1)
        elif card is not None and state.may_go_on:
            key = card.key
            if not card.done and card.question is None:
                self._ask(lambda learning: learning.finish_card(pk, key), lambda _: self._moved())
            self._step(1)

    def tap_confirm(self) -> None:
        """I have read and understood it."""
        page, pk = self.state.page, self._pk
        if page is not None and page.may_confirm and not self.state.busy:
            self.show(replace(self.state, busy=True, problem=None))
            self._ask(lambda learning: learning.confirm(pk), lambda _: self._kept("lesson.kept_confirm"))

    # answers, of practice and of the quiz

    def tap_choice(self, key: str) -> None:
        question = self.state.question
        if question is not None and self._may_answer:
            self._answer(tapped(question, self.state.given, key))

    def tap_left(self, key: str) -> None:
        if self._may_answer:
            self.show(replace(self.state, left=key))

    def tap_other(self, key: str) -> None:
        question, state = self.state.question, self.state
        if question is None or not self._may_answer:
            return
        pairs = state.given.pairs if state.given is not None else {}
        left = state.left or next((one.key for one in question.choices if one.key not in pairs), "")
        self._answer(paired(question, state.given, left, key))
        self.show(replace(self.state, left=""))

    def type_answer(self, text: str) -> None:
        question = self.state.question
        if question is not None and self._may_answer:
            self._answer(typed(question, self.state.given, text), later=True)

    # the quiz

    def tap_quiz(self) -> None:
        """Begins an attempt, or goes on with the one that runs."""
        page, pk = self.state.page, self._pk
        if self.state.busy or page is None or page.quiz is None or not (page.quiz.may_begin or page.quiz.running):
            return
        self.show(replace(self.state, busy=True, result=None, shown="", problem=None))
        self._ask(lambda learning: learning.begin(pk), self._begun)

    def tap_last(self) -> None:
        """What the last attempt came to."""
        page = self.state.page
        if page is not None and page.quiz is not None and page.quiz.last:
            last = page.quiz.last
            self._ask(lambda learning: learning.result(last), self._resulted)

    def tap_hand_in(self) -> None:
        """With gaps it asks once more."""
        if self.state.attempt is None or self.state.busy:
            return
        if self.state.gaps and not self.state.asking:
            self.show(replace(self.state, asking=True))
            return
        self._keep_typed()
        attempt_id = self.state.attempt.attempt_id
        self.show(replace(self.state, busy=True, asking=False, problem=None))
        self._ask(lambda learning: learning.hand_in(attempt_id), self._handed_in)

    def tap_gap(self) -> None:
        """To the first question that is not answered."""
        attempt, answers = self.state.attempt, self.state.answers
        if attempt is not None:
            gaps = [n for n, one in enumerate(attempt.questions) if not is_answered(one, answers.get(one.key))]
            self._place(gaps[0] if gaps else self.state.place)

    # the result

    def tap_line(self, key: str) -> None:
        """A question of the result opens, tapped again it closes."""
        self.show(replace(self.state, shown="" if self.state.shown == key else key, pictures={}))
        self._fetch()

    def tap_retry(self) -> None:
        if self.state.result is not None and self.state.result.may_again:
            self.tap_quiz()

    def tap_next_course(self) -> None:
        result = self.state.result
        if result is not None and result.next_course is not None:
            self.open(result.next_course.course_id)

    def tap_certificate(self) -> None:
        result = self.state.result
        if self.certify is not None and result is not None and result.certificate:
            self.certify(result.certificate)

    def tap_done(self) -> None:
        """Back to the course."""
        self._overview()

    # inside

    @property
    def _may_answer(self) -> bool:
        return not self.state.busy and (self.state.attempt is not None or self.state.judgement is None)

    def _answer(self, answer: Answer, *, later: bool = False) -> None:
        attempt = self.state.attempt
        if attempt is None:
            self.show(replace(self.state, answer=answer, problem=None))
            return
        self.show(replace(self.state, answers={**self.state.answers, answer.question: answer}, asking=False, problem=None))
        self._hold(attempt.attempt_id, answer)
        if not later:
            self._keep_typed()

    def _hold(self, attempt_id: str, answer: Answer) -> None:
        if self._unkept is not None:
            self._unkept[2]()
        self._unkept = (attempt_id, answer, self._timers.after(TYPING_S, self._keep_typed))

    def _keep_typed(self) -> None:
        if self._unkept is None:
            return
        attempt_id, answer, stop = self._unkept
        self._unkept = None
        stop()
        self._ask(lambda learning: learning.answer(attempt_id, answer), lambda _: None)

    def _step(self, by: int) -> None:
        state = self.state
        if state.attempt is not None:
            self._place(state.place + by)
            return
        cards = state.page.cards if state.page is not None else ()
        n = state.number - 1 + by
        if 0 <= n < len(cards):
            self.tap_card(cards[n].key)
        else:
            self._overview()

    def _place(self, place: int) -> None:
        self._keep_typed()
        attempt = self.state.attempt
        if attempt is not None and 0 <= place < len(attempt.questions):
            self.show(replace(self.state, place=place, left="", asking=False, pictures={}))
            self._fetch()

    def _overview(self) -> None:
        self._keep_typed()
        self._stop_clock()
        kept = CourseState(page=self.state.page, unknown=self.state.unknown)
        self.show(kept)
        self.look()

    def _begun(self, attempt: AttemptPage) -> None:
        """Where somebody was interrupted: the first question that has no answer."""
        gaps = [n for n, one in enumerate(attempt.questions) if not is_answered(one, attempt.answers.get(one.key))]
        self.show(
            replace(
                self.state, attempt=attempt, answers=dict(attempt.answers), place=gaps[0] if gaps else 0, left_s=attempt.left_s,
                busy=False, at="", answer=None, judgement=None, left="", asking=False, result=None, shown="", pictures={},
            )
        )  # fmt: skip
        self._stop_clock()
        if attempt.left_s is not None:
            self._ticking = self._timers.every(1.0, self._tick)
        self._fetch()

    def _tick(self) -> None:
        attempt, left_s = self.state.attempt, self.state.left_s
        if attempt is None or left_s is None:
            return
        self.show(replace(self.state, left_s=max(0, left_s - 1)))
        if left_s <= 1 or left_s % ASK_TIME_S == 0:
            if left_s <= 1:
                self._keep_typed()
            self._ask(lambda learning: learning.attempt(attempt.attempt_id), lambda now: self._timed(attempt.attempt_id, now))

    def _timed(self, attempt_id: str, now: AttemptPage | None) -> None:
        if self.state.attempt is None or self.state.attempt.attempt_id != attempt_id:
            return
        if now is not None:
            self.show(replace(self.state, left_s=now.left_s))
            return
        self._stop_clock()
        self._ask(lambda learning: learning.result(attempt_id), self._handed_in)

    def _handed_in(self, result: ResultPage | None) -> None:
        self._stop_clock()
        self._unkept = None
        self.show(replace(self.state, busy=False, attempt=None, answers={}, left_s=None, result=result, shown="", pictures={}))
        self._moved()
        self.look()

    def _resulted(self, result: ResultPage | None) -> None:
        if self.state.attempt is None and result is not None:
            self.show(replace(self.state, result=result, busy=False))

    def _judged(self, judgement: Judgement) -> None:
        self.show(replace(self.state, busy=False, judgement=judgement))
        self._moved()
        self.look()

    def _kept(self, said: str) -> None:
        self.show(replace(self.state, busy=False))
        self._toasts.say(said, "good")
        self._moved()
        self.look()

    def _moved(self) -> None:
        if self._done is not None:
            self._done()

    def _seen(self, page: CoursePage | None) -> None:
        self.show(replace(self.state, page=page, unknown=page is None))

    def _fetch(self) -> None:
        """Only what is in front: a course of many pictures opens at once."""
        for picture in self.state.wants:
            sha = picture.sha
            self._ask(lambda learning, sha=sha: (sha, learning.picture(sha)), self._pictured)  # type: ignore[misc]

    def _pictured(self, got: tuple[str, bytes | None]) -> None:
        sha, data = got
        if data is not None and sha in {one.sha for one in self.state.wants}:
            self.show(replace(self.state, pictures={**self.state.pictures, sha: data}))

    def _stop_clock(self) -> None:
        if self._ticking is not None:
            self._ticking()
            self._ticking = None

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
        attempt = self.state.attempt
        if attempt is not None and error.said.code == "client.attempt_over":  # its time was over meanwhile
            self._timed(attempt.attempt_id, None)
            return
        self.show(replace(self.state, busy=False, problem=error.said))
        if error.said.code == "client.pin_needed":
            self.shut()
