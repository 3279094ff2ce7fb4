"""Training on the manager's desk: the board by course, who is missing, the one tap; and newcomers' lists."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.views_learning import OnboardingCard, TrainingBoardPage, TrainingCourse, TrainingPerson
from mobile.ui.say import Say
from mobile.ui.screens.desk_hours import HoursPart
from mobile.ui.screens.hq_rows import MarkedRow
from mobile.ui.screens.lesson_words import STANDINGS
from mobile.ui.screens.newcomers import missing_titles, onboarding_mark, onboarding_rows
from mobile.ui.widgets.press import Row
from mobile.viewmodels.desk_training import DeskTrainingState


class ReachRow(Row):
    """A line of a board: n of m, and the names of the rest. It leads nowhere: each kind of line says where to."""

    vm = ObjectProperty(None, allownone=True)
    subject = StringProperty("")
    words = StringProperty("")
    amount = StringProperty("")
    sub = StringProperty("")
    share = NumericProperty(0.0)
    tone = StringProperty("quiet")
    chosen = BooleanProperty(False)


class BoardCourseRow(ReachRow):
    """A course of the board."""


class NewcomerRow(MarkedRow):
    """Somebody who has begun here and lacks something."""

    chosen = BooleanProperty(False)


class TraineeRow(BoxLayout):
    """Somebody of a course: how far, until when, when they were reminded."""

    words = StringProperty("")
    sub = StringProperty("")
    more = StringProperty("")
    chip = StringProperty("")
    chip_icon = StringProperty("")
    chip_tone = StringProperty("quiet")


class TrainingList(HoursPart):
    """The board at the left."""

    state = ObjectProperty(DeskTrainingState(), rebind=True)

    def is_empty(self, state: DeskTrainingState) -> bool:
        return state.board is not None and not state.board.courses

    def courses(self, say: Say, state: DeskTrainingState) -> list[dict[str, Any]]:
        return [self._course(say, one, state) for one in state.board.courses] if state.board is not None else []

    def newcomers(self, say: Say, state: DeskTrainingState) -> list[dict[str, Any]]:
        found = state.board.newcomers if state.board is not None else ()
        return [
            {
                "vm": self.vm, "subject": card.person_id, "words": name, "sub": missing_titles(say, card),
                "icon_name": "account_outline", "chosen": card.person_id == state.newcomer,
                **{part: onboarding_mark(say, card, part) for part in ("chip", "chip_icon", "chip_tone")},
            }
            for name, card in found
        ]  # fmt: skip

    def _course(self, say: Say, one: TrainingCourse, state: DeskTrainingState) -> dict[str, Any]:
        rest = say("board.join").join(person.name for person in one.missing)
        return {
            "vm": self.vm,
            "subject": one.course_id,
            "words": say.both(one.title),
            "amount": say("desk_training.of", n=one.finished, of=one.of),
            "sub": say("desk_training.rest", names=rest) if rest else say("desk_training.all_done"),
            "share": one.finished / one.of if one.of else 0.0,
            "tone": "bad" if one.late else "brand" if rest else "good",
            "chosen": one.course_id == state.course_id,
        }


class TrainingOpen(HoursPart):
    """A course with everybody, or a newcomer's list."""

    state = ObjectProperty(DeskTrainingState(), rebind=True)

    def title(self, say: Say, state: DeskTrainingState) -> str:
        return say.both(state.course.title) if state.course is not None else ""

    def summary(self, say: Say, state: DeskTrainingState) -> str:
        """How many have finished, have begun, are late."""
        course = state.course
        if course is None:
            return ""
        told = [say("desk_training.finished", n=course.finished, of=course.of)]
        told += [say("desk_training.begun", count=course.begun)] if course.begun else []
        told += [say("desk_training.late", count=course.late)] if course.late else []
        return say("board.join").join(told)

    def share(self, state: DeskTrainingState) -> float:
        return state.course.finished / state.course.of if state.course is not None and state.course.of else 0.0

    def remind_words(self, say: Say, state: DeskTrainingState) -> str:
        return say("desk_training.remind", count=len(state.course.missing)) if state.course is not None else ""

    def has_missing(self, state: DeskTrainingState) -> bool:
        return state.course is not None and bool(state.course.missing)

    def told(self, say: Say, state: DeskTrainingState) -> str:
        return say("desk_training.told", names=say("board.join").join(state.told)) if state.told else ""

    def missing(self, say: Say, state: DeskTrainingState) -> list[dict[str, Any]]:
        return [_trainee(say, one) for one in state.course.missing] if state.course is not None else []

    def finished(self, say: Say, state: DeskTrainingState) -> list[dict[str, Any]]:
        found = state.course.people if state.course is not None else ()
        return [_trainee(say, one) for one in found if one.standing == "done"]

    def whose(self, state: DeskTrainingState) -> str:
        found = state.board.newcomers if state.board is not None else ()
        return next((name for name, card in found if card.person_id == state.newcomer), "") if state.newcomer else ""


class NewcomerList(HoursPart):
    """What somebody still needs before work: beside the training board and on who arrives."""

    board = ObjectProperty(None, allownone=True)
    person_id = StringProperty("")

    def card(self, board: TrainingBoardPage | None, person_id: str) -> OnboardingCard | None:
        found = board.newcomers if board is not None and person_id else ()
        return next((card for _, card in found if card.person_id == person_id), None)

    def mark(self, say: Say, board: TrainingBoardPage | None, person_id: str, part: str) -> str:
        return onboarding_mark(say, self.card(board, person_id), part)

    def lines(self, say: Say, board: TrainingBoardPage | None, person_id: str) -> list[dict[str, Any]]:
        return onboarding_rows(say, self.card(board, person_id), None)


def _trainee(say: Say, one: TrainingPerson) -> dict[str, Any]:
    tone, icon = STANDINGS[one.standing]
    words = say(f"lesson.standing_{one.standing}", percent=one.percent)
    if one.late:
        tone, icon, words = "bad", "clock_alert_outline", say("lesson.late", words=words)
    return {
        "words": one.name, "sub": say("lesson.due", day=say.iso_day(one.due_on)) if one.due_on else "",
        "more": reminded_words(say, one), "chip": words, "chip_icon": icon, "chip_tone": tone,
    }  # fmt: skip


def reminded_words(say: Say, one: TrainingPerson) -> str:
    """When they were told; what is not with HQ yet has told nobody."""
    if one.standing == "done":
        return ""
    way = one.on_its_way
    if way is not None and way.state == "refused":
        return say("desk_training.not_told", why=say.said(way.problem))
    if way is not None and way.state == "kept":
        return say("desk_training.will_be_told", at=say.at(one.reminded))
    return say("desk_training.reminded", at=say.at(one.reminded)) if one.reminded is not None else ""


for _part in (ReachRow, BoardCourseRow, NewcomerRow, TraineeRow, TrainingList, TrainingOpen, NewcomerList):
    Factory.register(_part.__name__, cls=_part)
