"""A course on the phone, and today's three questions: the shared sheets with a bar above them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.clock import Clock

from mobile.core.views_learning import Picture
from mobile.ui.say import Say
from mobile.ui.screens import lesson
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.learn import LessonState, LessonViewModel

assert lesson  # its sheets are registered by being imported


class LessonPage(FacePage):
    """Each card, each question begins at its top."""

    rows = ("hq_rows.kv", "lesson_rows.kv", "lesson.kv")

    def __init__(self, *, open_link: Callable[[str], None] | None = None, **kwargs: Any) -> None:
        vm: LessonViewModel = kwargs["vm"]
        vm.course.play = open_link
        super().__init__(**kwargs)

    def _on_state(self, state: LessonState) -> None:
        turned = _turned(state) != _turned(self.state)
        super()._on_state(state)
        if turned and self.ids:
            Clock.schedule_once(lambda _dt: self.ids.page.to_top())

    def title(self, say: Say, state: LessonState) -> str:
        page = state.course.page
        if page is None:
            return say("learn.title")
        key = {"quiz": "lesson.quiz", "result": "learn.result"}.get(state.course.step)
        return say(key) if key is not None else say.both(page.card.title)

    def whole(self, state: LessonState) -> bytes | None:
        """The bytes of the picture that fills the page."""
        return state.course.pictures.get(state.whole) if state.whole else None

    def whole_picture(self, state: LessonState) -> Picture | None:
        card = state.course.card
        return card.picture if card is not None and state.whole else None


def _turned(state: LessonState) -> tuple[object, ...]:
    course = state.course
    return course.step, course.at, course.place
