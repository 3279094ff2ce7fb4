"""A course as phone and tablet show it: its page, a card, the quiz, the result; and the daily three.

Holds nothing: `state` is a CourseState or a DailyState, and `vm` the CourseTaps or DailyTaps whose taps it forwards.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Final

from kivy.factory import Factory
from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty

from contract.messages import LANGUAGES
from mobile.core.views_learning import ReadingCard, ResultLine
from mobile.ui.kit import load_kv
from mobile.ui.say import Say
from mobile.ui.screens.lesson_words import due_words, size_words, standing
from mobile.ui.widgets.press import Row
from mobile.ui.widgets.surfaces import Stack
from mobile.viewmodels.course_state import CourseState
from mobile.viewmodels.daily_taps import DailyState
from mobile.viewmodels.prose import plain

HURRY_S = 60
SHORT = 60  # letters of a card without a title
STEPS_KV: Final = Path(__file__).with_name("lesson_steps.kv")
STEPS: Final = {
    "card": ("CourseSteps", "CourseCardStep"), "quiz": ("CourseSteps", "CourseQuizStep"), "result": ("CourseResultStep",)
}  # fmt: skip


class CourseRow(Row):
    """A course in a list: what it is called, until when, how far it is."""

    vm = ObjectProperty(None, allownone=True)
    subject = StringProperty("")
    words = StringProperty("")
    sub = StringProperty("")
    more = StringProperty("")
    share = NumericProperty(0.0)
    chip = StringProperty("")
    chip_icon = StringProperty("")
    chip_tone = StringProperty("quiet")
    chosen = BooleanProperty(False)


class CardRow(Row):
    """A card in a course's list."""

    vm = ObjectProperty(None, allownone=True)
    key = StringProperty("")
    words = StringProperty("")
    icon_name = StringProperty("")
    done = BooleanProperty(False)


class ResultRow(Row):
    """A question of an attempt, and whether it was right."""

    vm = ObjectProperty(None, allownone=True)
    key = StringProperty("")
    words = StringProperty("")
    sub = StringProperty("")
    icon_name = StringProperty("")
    tone = StringProperty("quiet")
    chosen = BooleanProperty(False)


class CourseSheet(Stack):
    """Everything of one course. `room`: how high it may be without scrolling; the buttons that lead on lie at its end, so that
    they do not move from card to card. A card, the quiz, the result (lesson_steps.kv) are built when they are first come to: who
    opens a course does not wait for widgets that are not looked at yet."""

    room = NumericProperty(0.0)
    vm = ObjectProperty(None, allownone=True)
    say = ObjectProperty(Say(LANGUAGES[0]), rebind=True)
    state = ObjectProperty(CourseState(), rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self._built: set[str] = set()
        super().__init__(**kwargs)

    def on_state(self, _sheet: object, state: CourseState) -> None:
        for rule in STEPS.get(state.step, ()):
            if rule not in self._built:
                self._built.add(rule)
                load_kv(STEPS_KV)
                Builder.apply_rules(self, rule, dispatch_kv_post=True)

    # the course

    def title(self, say: Say, state: CourseState) -> str:
        return say.both(state.page.card.title) if state.page is not None else ""

    def about(self, say: Say, state: CourseState) -> str:
        return say.both(state.page.card.about) if state.page is not None else ""

    def facts(self, say: Say, state: CourseState) -> str:
        return size_words(say, state.page.card) if state.page is not None else ""

    def due(self, say: Say, state: CourseState) -> str:
        return due_words(say, state.page.card) if state.page is not None else ""

    def why(self, say: Say, state: CourseState) -> str:
        return say.both(state.page.card.why) if state.page is not None else ""

    def mark(self, say: Say, state: CourseState, part: str) -> str:
        if state.page is None:
            return "quiet" if part == "chip_tone" else ""
        return str(standing(say, state.page.card)[part])

    def share(self, state: CourseState) -> float:
        return state.page.card.percent / 100 if state.page is not None else 0.0

    def cards(self, say: Say, state: CourseState) -> list[dict[str, Any]]:
        if state.step != "overview" or state.page is None:
            return []
        return [
            {
                "vm": self.vm, "key": card.key, "words": f"{n}. {card_title(say, card)}", "done": card.done,
                "icon_name": "check_circle" if card.done else "circle_outline",
            }
            for n, card in state.listed
        ]  # fmt: skip

    def folded(self, say: Say, state: CourseState) -> str:
        """What opens the whole list, where only a part of it is shown."""
        cards = state.page.cards if state.step == "overview" and state.page is not None else ()
        return say("lesson.all_cards", count=len(cards)) if len(state.listed) < len(cards) else ""

    def start_words(self, say: Say, state: CourseState) -> str:
        if state.page is None or not state.page.cards:
            return ""
        done = sum(card.done for card in state.page.cards)
        return say("lesson.start" if done == 0 else "lesson.again" if done == len(state.page.cards) else "lesson.go_on")

    def is_read(self, state: CourseState) -> bool:
        return state.page is not None and all(card.done for card in state.page.cards)

    def may_confirm(self, state: CourseState) -> bool:
        return state.step == "overview" and state.page is not None and state.page.may_confirm and self.is_read(state)

    def confirmed(self, say: Say, state: CourseState) -> str:
        page = state.page
        return say("lesson.confirmed", at=say.at(page.confirmed)) if page is not None and page.confirmed is not None else ""

    def has_quiz(self, state: CourseState) -> bool:
        return state.step == "overview" and state.page is not None and state.page.quiz is not None

    def quiz_words(self, say: Say, state: CourseState) -> str:
        quiz = state.page.quiz if state.page is not None else None
        if quiz is None:
            return ""
        told = [say("lesson.quiz_size", count=quiz.questions, percent=quiz.pass_percent)]
        told += [say("lesson.quiz_time", minutes=-(-quiz.time_limit_s // 60))] if quiz.time_limit_s else []
        if quiz.attempts_left is not None and not quiz.passed:
            told.append(say("lesson.quiz_attempts", count=quiz.attempts_left))
        told += [say("lesson.quiz_by_hq")] if quiz.kept_by_hq else []
        return "\n".join(told)

    def quiz_wait(self, say: Say, state: CourseState) -> str:
        quiz = state.page.quiz if state.page is not None else None
        waits = quiz is not None and quiz.waits_until is not None and not quiz.may_begin
        return say("lesson.quiz_waits", at=say.at(quiz.waits_until)) if quiz is not None and waits else ""

    def may_quiz(self, state: CourseState) -> bool:
        quiz = state.page.quiz if state.page is not None else None
        return quiz is not None and (quiz.may_begin or bool(quiz.running)) and not state.busy

    def quiz_button(self, say: Say, state: CourseState) -> str:
        quiz = state.page.quiz if state.page is not None else None
        if quiz is None:
            return ""
        if quiz.running:
            return say("lesson.quiz_go_on" if quiz.time_limit_s else "lesson.quiz_goes_on")
        return say("lesson.quiz_again" if quiz.last else "lesson.quiz_begin")

    def quiz_is_next(self, state: CourseState) -> bool:
        """Whether the quiz is what comes now: everything is read, or it goes on. Until then reading is."""
        quiz = state.page.quiz if state.page is not None else None
        return self.is_read(state) or (quiz is not None and bool(quiz.running))

    def has_last(self, state: CourseState) -> bool:
        return self.has_quiz(state) and state.page is not None and state.page.quiz is not None and bool(state.page.quiz.last)

    # a card

    def card_words(self, say: Say, state: CourseState) -> str:
        return say.both(state.card.words) if state.card is not None and state.attempt is None else ""

    def card_title(self, say: Say, state: CourseState) -> str:
        return say.both(state.card.title) if state.card is not None else ""

    def card_picture(self, state: CourseState) -> Any:
        return state.card.picture if state.card is not None else None

    def card_data(self, state: CourseState) -> bytes | None:
        picture = self.card_picture(state)
        return state.pictures.get(picture.sha) if picture is not None else None

    def video(self, state: CourseState) -> str:
        return state.card.video if state.card is not None else ""

    def items(self, say: Say, state: CourseState) -> list[dict[str, Any]]:
        found = state.card.items if state.step == "card" and state.card is not None else ()
        return [
            {
                "vm": self.vm, "key": key, "does": "tap_item", "words": say.both(words), "chosen": key in state.ticked,
                "sign": "check_circle" if key in state.ticked else "circle_outline", "tone": "brand",
            }
            for key, words in found
        ]  # fmt: skip

    def is_practice(self, state: CourseState) -> bool:
        return state.step == "card" and state.card is not None and state.card.question is not None

    def at_of(self, say: Say, state: CourseState) -> str:
        """Where one is: card 2 of 3, question 4 of 10."""
        if state.step == "card" and state.page is not None:
            return say("lesson.card_of", n=state.number, of=len(state.page.cards))
        if state.attempt is not None:
            return say("lesson.question_of", n=state.place + 1, of=len(state.attempt.questions))
        return ""

    def at_share(self, state: CourseState) -> float:
        if state.attempt is not None:
            return (state.place + 1) / len(state.attempt.questions)
        return state.number / len(state.page.cards) if state.page is not None and state.page.cards else 0.0

    def is_last(self, state: CourseState) -> bool:
        return state.page is not None and state.number == len(state.page.cards)

    # the quiz

    def time_words(self, say: Say, state: CourseState) -> str:
        return clock(state.left_s) if state.attempt is not None and state.left_s is not None else ""

    def time_tone(self, state: CourseState) -> str:
        return "late" if state.left_s is not None and state.left_s < HURRY_S else "quiet"

    def told_of_attempt(self, say: Say, state: CourseState) -> str:
        if state.attempt is None:
            return ""
        told = [say("lesson.quiz_by_hq")] if state.attempt.kept_by_hq else []
        told += [say("lesson.time_reckoned")] if state.attempt.timed == "reckoned" else []
        return "\n".join(told)

    def answered(self, say: Say, state: CourseState) -> str:
        return say("lesson.answered", n=state.answered, of=len(state.attempt.questions)) if state.attempt is not None else ""

    def at_end(self, state: CourseState) -> bool:
        return state.attempt is not None and state.place == len(state.attempt.questions) - 1

    # the result

    def verdict(self, say: Say, state: CourseState) -> str:
        result = state.result
        if result is None:
            return ""
        if result.state == "waiting":
            return say("lesson.result_waiting")
        return say("lesson.result_passed" if result.passed else "lesson.result_failed", percent=result.percent)

    def verdict_mark(self, state: CourseState, part: int) -> str:
        result = state.result
        if result is None or result.state == "waiting":
            return ("quiet", "timer_sand")[part]
        return (("good", "check_circle") if result.passed else ("late", "refresh"))[part]

    def told_of_result(self, say: Say, state: CourseState) -> str:
        """The pass mark, the grade, why it cannot pass, from when on it can be tried again. Nobody is sent away."""
        result = state.result
        if result is None:
            return ""
        told = [say("lesson.pass_mark", percent=result.pass_percent)]
        told += [say(f"lesson.grade_{result.policy}", percent=result.grade)] if result.grade is not None else []
        told += [say("lesson.over_time")] if result.over_time else []
        if not result.passed and result.state == "marked" and result.next_at is not None:
            told.append(say("lesson.quiz_waits", at=say.at(result.next_at)))
        return "\n".join(told)

    def result_lines(self, say: Say, state: CourseState) -> list[dict[str, Any]]:
        return [self._result(say, line, state.shown) for line in state.result.lines] if state.result is not None else []

    def shown(self, state: CourseState) -> ResultLine | None:
        found = state.result.lines if state.result is not None else ()
        return next((line for line in found if line.question.key == state.shown), None)

    def shown_part(self, state: CourseState, part: str) -> Any:
        line = self.shown(state)
        return getattr(line, part) if line is not None else None

    def next_course(self, say: Say, state: CourseState) -> str:
        result = state.result
        if result is None or result.next_course is None:
            return ""
        return say("lesson.next_course", title=say.both(result.next_course.title))

    def may_retry(self, state: CourseState) -> bool:
        return state.result is not None and state.result.may_again

    def has_certificate(self, state: CourseState) -> bool:
        return state.result is not None and bool(state.result.certificate)

    def _result(self, say: Say, line: ResultLine, shown: str) -> dict[str, Any]:
        said, tone, icon = _judged(line)
        return {
            "vm": self.vm, "key": line.question.key, "words": plain(say.both(line.question.words)), "tone": tone,
            "sub": say(f"quiz.said_{said}"), "icon_name": icon, "chosen": line.question.key == shown,
        }  # fmt: skip


class DailySheet(Stack):
    """Today's three questions, one after the other."""

    vm = ObjectProperty(None, allownone=True)
    say = ObjectProperty(Say(LANGUAGES[0]), rebind=True)
    state = ObjectProperty(DailyState(), rebind=True)

    def at_of(self, say: Say, state: DailyState) -> str:
        if state.page is None or state.asked is None:
            return ""
        return say("lesson.daily_of", n=min(state.page.done + 1, state.page.most), of=state.page.most)

    def from_course(self, say: Say, state: DailyState) -> str:
        return say.both(state.asked.title) if state.asked is not None else ""

    def question(self, state: DailyState) -> Any:
        return state.asked.question if state.asked is not None else None

    def judgement(self, state: DailyState) -> Any:
        return state.judged.judgement if state.judged is not None else None

    def again(self, say: Say, state: DailyState) -> str:
        return say("lesson.daily_again", day=say.day(date.fromisoformat(state.judged.again_on))) if state.judged else ""

    def is_done(self, state: DailyState) -> bool:
        return state.page is not None and state.asked is None

    def done_words(self, say: Say, state: DailyState) -> str:
        return say("lesson.daily_done" if state.page is not None and state.page.done else "lesson.daily_none")


def card_title(say: Say, card: ReadingCard) -> str:
    """A card's name; without one, how it begins."""
    title = say.both(card.title)
    if title:
        return title
    words = card.question.words if card.question is not None else card.words
    begins = plain(say.both(words)).partition("\n")[0]
    return begins if len(begins) <= SHORT else f"{begins[:SHORT]}…"


def clock(seconds: int | None) -> str:
    """9:05."""
    return "" if seconds is None else f"{seconds // 60}:{seconds % 60:02d}"


def _judged(line: ResultLine) -> tuple[str, str, str]:
    if line.judgement.right is None:
        return "waiting", "quiet", "timer_sand"
    if line.judgement.right:
        return "right", "good", "check_circle"
    return ("partly", "late", "alert_circle_outline") if line.judgement.earned else ("wrong", "bad", "close")


for _widget in (CourseRow, CardRow, ResultRow, CourseSheet, DailySheet):
    Factory.register(_widget.__name__, cls=_widget)
