"""A question answered by fingers, of each of the six kinds, and what came of it: on phone and tablet the same.

Holds nothing: `vm` answers tap_choice(key), tap_left(key), tap_other(key) and type_answer(text); what stands there comes back
as `answer`. With a `judgement` nothing can be tapped any more, and right, wrong and why are said.
"""

from __future__ import annotations

import io
from typing import Any

from kivy.core.image import Image as CoreImage
from kivy.factory import Factory
from kivy.properties import BooleanProperty, DictProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from contract.messages import LANGUAGES
from contract.quizzes import Answer
from mobile.core.views_learning import ChoiceCard, Judgement, Picture, QuestionCard
from mobile.ui.say import Say
from mobile.ui.widgets.press import Pressable
from mobile.ui.widgets.surfaces import Stack, Toned
from mobile.viewmodels.prose import plain
from mobile.viewmodels.quiz_answers import open_left

TYPED = ("number", "text")


class LessonPicture(BoxLayout):
    """A course's picture as wide as there is room. Its room is known before it has come; `data` are its bytes once it has."""

    words = StringProperty("")  # while it is on its way
    picture = ObjectProperty(None, allownone=True)
    data = ObjectProperty(None, allownone=True)
    texture = ObjectProperty(None, allownone=True)
    ratio = NumericProperty(0.0)
    most = NumericProperty("320dp")

    def on_picture(self, _widget: object, picture: Picture | None) -> None:
        self.ratio = picture.width / picture.height if picture is not None and picture.height else 0.0

    def on_data(self, _widget: object, data: bytes | None) -> None:
        kind = "png" if data is not None and data[:4] == b"\x89PNG" else "jpg"
        self.texture = CoreImage(io.BytesIO(data), ext=kind).texture if data else None


class WholePicture(Pressable, LessonPicture):
    """One that a finger may ask to see larger."""


class AnswerRow(Toned, Pressable, BoxLayout):
    """A line to be chosen, put in order or matched. `sign` is an icon, `number` its place in an order."""

    vm = ObjectProperty(None, allownone=True)
    key = StringProperty("")
    does = StringProperty("tap_choice")
    words = StringProperty("")
    sub = StringProperty("")
    sign = StringProperty("")
    number = StringProperty("")
    picture = ObjectProperty(None, allownone=True)
    data = ObjectProperty(None, allownone=True)
    chosen = BooleanProperty(False)


class QuestionSheet(Stack):
    """`pictures`: bytes by SHA-256, of those that are here. `left`: the left side that was pointed at."""

    vm = ObjectProperty(None, allownone=True)
    say = ObjectProperty(Say(LANGUAGES[0]), rebind=True)
    asked = ObjectProperty(None, allownone=True)
    answer = ObjectProperty(None, allownone=True)
    judgement = ObjectProperty(None, allownone=True)
    left = StringProperty("")
    pictures = DictProperty({})

    def words_of(self, say: Say, asked: QuestionCard | None) -> str:
        return say.both(asked.words) if asked is not None else ""

    def picture_of(self, asked: QuestionCard | None) -> Picture | None:
        return asked.picture if asked is not None else None

    def data_of(self, picture: Picture | None, pictures: dict[str, bytes]) -> bytes | None:
        return pictures.get(picture.sha) if picture is not None else None

    def how(self, say: Say, asked: QuestionCard | None, judgement: Judgement | None) -> str:
        """What to do, in a few words; nothing any more once it is judged."""
        return say(f"quiz.how_{asked.kind}") if asked is not None and judgement is None else ""

    def is_typed(self, asked: QuestionCard | None) -> bool:
        return asked is not None and asked.kind in TYPED

    def typed(self, asked: QuestionCard | None, answer: Answer | None) -> str:
        return answer.text if answer is not None and self.is_typed(asked) else ""

    def field_words(self, say: Say, asked: QuestionCard | None) -> str:
        return say("quiz.answer_in", unit=asked.unit) if asked is not None and asked.unit else say("quiz.answer")

    def lines(
        self, say: Say, asked: QuestionCard | None, answer: Answer | None, judgement: Judgement | None, left: str,
        pictures: dict[str, bytes],
    ) -> list[dict[str, Any]]:  # fmt: skip
        if asked is None or self.is_typed(asked):
            return []
        tone = self.tone_of(judgement) if judgement is not None and judgement.right is not None else "brand"
        made = self._matched if asked.kind == "match" else self._line
        return [
            {**self._row(say, one, pictures, judgement), **made(say, asked, one, answer, judgement, left), "tone": tone}
            for one in asked.choices
        ]

    def others(
        self, say: Say, asked: QuestionCard | None, answer: Answer | None, judgement: Judgement | None, left: str,
        pictures: dict[str, bytes],
    ) -> list[dict[str, Any]]:  # fmt: skip
        """What the open left side could go with."""
        at = open_left(asked, answer, left) if asked is not None and judgement is None and asked.kind == "match" else ""
        if asked is None or not at:
            return []
        held = answer.pairs.get(at) if answer is not None else None
        return [
            {
                **self._row(say, one, pictures, judgement), "does": "tap_other", "sub": "", "number": "", "tone": "brand",
                "sign": _ticked(one.key == held), "chosen": one.key == held,
            }
            for one in asked.others
        ]  # fmt: skip

    def partner_words(self, say: Say, asked: QuestionCard | None, answer: Answer | None, left: str) -> str:
        """What goes with the open left side?"""
        at = open_left(asked, answer, left) if asked is not None else ""
        found = next((one for one in asked.choices if one.key == at), None) if asked is not None else None
        return say("quiz.goes_with", what=say.both(found.words)) if found is not None else ""

    # once it is judged

    def verdict(self, say: Say, judgement: Judgement | None) -> str:
        return say(f"quiz.said_{_verdict(judgement)}") if judgement is not None else ""

    def tone_of(self, judgement: Judgement | None) -> str:
        return {"right": "good", "partly": "late", "wrong": "bad", "waiting": "quiet"}[_verdict(judgement)]

    def icon_of(self, judgement: Judgement | None) -> str:
        return {"right": "check_circle", "waiting": "timer_sand"}.get(_verdict(judgement), "alert_circle_outline")

    def why(self, say: Say, judgement: Judgement | None) -> str:
        """What would have been right, and the explanation."""
        if judgement is None:
            return ""
        lines = [] if judgement.right else [say.both(line) for line in judgement.solution]
        would_be = [say("quiz.would_be"), *lines] if lines else []
        return "\n".join(filter(None, (*would_be, plain(say.both(judgement.why)))))

    def _line(
        self, say: Say, asked: QuestionCard, one: ChoiceCard, answer: Answer | None, judgement: Judgement | None, left: str
    ) -> dict[str, Any]:
        chosen = list(answer.chosen) if answer is not None else []
        here = one.key in chosen
        ordered = asked.kind == "order" and here
        return {
            "does": "tap_choice", "sub": "", "chosen": here, "number": str(chosen.index(one.key) + 1) if ordered else "",
            "sign": "" if ordered else "close" if here and _verdict(judgement) == "wrong" else _ticked(here),
        }  # fmt: skip

    def _matched(
        self, say: Say, asked: QuestionCard, one: ChoiceCard, answer: Answer | None, judgement: Judgement | None, left: str
    ) -> dict[str, Any]:
        held = answer.pairs.get(one.key, "") if answer is not None else ""
        partner = next((say.both(other.words) for other in asked.others if other.key == held), "")
        return {
            "does": "tap_left", "sub": partner or say("quiz.not_paired"), "number": "", "sign": _ticked(bool(held)),
            "chosen": judgement is None and open_left(asked, answer, left) == one.key,
        }  # fmt: skip

    def _row(self, say: Say, one: ChoiceCard, pictures: dict[str, bytes], judgement: Judgement | None) -> dict[str, Any]:
        return {
            "vm": self.vm, "key": one.key, "words": say.both(one.words), "disabled": judgement is not None,
            "picture": one.picture, "data": self.data_of(one.picture, pictures),
        }  # fmt: skip


def _verdict(judgement: Judgement | None) -> str:
    if judgement is None or judgement.right is None:
        return "waiting"
    return "right" if judgement.right else "partly" if judgement.earned else "wrong"


def _ticked(on: bool) -> str:
    return "check_circle" if on else "circle_outline"


for _widget in (LessonPicture, WholePicture, AnswerRow, QuestionSheet):
    Factory.register(_widget.__name__, cls=_widget)
