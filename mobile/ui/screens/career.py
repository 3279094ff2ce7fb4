"""My path: the stages with what each asks for, what is missing by name, and what I would like to become."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from mobile.core.views_learning import CareerLine, StageCard
from mobile.ui.say import Say
from mobile.ui.screens.page import FacePage
from mobile.ui.widgets.press import Row
from mobile.ui.widgets.surfaces import Stack
from mobile.viewmodels.learn import WISHES, CareerState

NOW = {"past": ("good", "check"), "now": ("brand", "map_marker"), "later": ("quiet", "clock_outline")}


class ConditionRow(Row):
    """Something a stage asks for. A course can be opened from it."""

    vm = ObjectProperty(None, allownone=True)
    subject = StringProperty("")
    words = StringProperty("")
    sub = StringProperty("")
    met = BooleanProperty(False)


class StageSheet(Stack):
    """A stage of the path."""

    vm = ObjectProperty(None, allownone=True)
    words = StringProperty("")
    chip = StringProperty("")
    chip_icon = StringProperty("")
    chip_tone = StringProperty("quiet")
    lines = ObjectProperty(())


for _widget in (ConditionRow, StageSheet):
    Factory.register(_widget.__name__, cls=_widget)


class CareerPage(FacePage):
    """Stages in their order; the wish beneath."""

    rows = ("lesson_rows.kv",)

    def has_path(self, state: CareerState) -> bool:
        return state.page is not None and state.page.name is not None and not state.wording

    def name_of(self, say: Say, state: CareerState) -> str:
        return say.both(state.page.name) if state.page is not None else ""

    def month(self, say: Say, state: CareerState) -> str:
        return say("learn.month", month=state.page.month) if state.page is not None else ""

    def missing(self, say: Say, state: CareerState) -> str:
        """What stands between me and the next stage, by name."""
        found = [say.both(one) for one in state.page.missing] if self.has_path(state) and state.page is not None else []
        return say("learn.missing", what=say("board.join").join(found)) if found else ""

    def promoted(self, say: Say, state: CareerState) -> str:
        day = state.page.promoted_on if state.page is not None else None
        return say("learn.promoted", day=say.iso_day(day)) if day else ""

    def stages(self, say: Say, state: CareerState) -> list[dict[str, Any]]:
        return [self._stage(say, one) for one in state.page.stages] if self.has_path(state) and state.page is not None else []

    def _stage(self, say: Say, stage: StageCard) -> dict[str, Any]:
        tone, icon = NOW[stage.when]
        span = say("learn.months", first=stage.from_month, last=stage.to_month)
        return {
            "vm": self.vm, "words": say.both(stage.title), "chip": say(f"learn.stage_{stage.when}", span=span), "chip_icon": icon,
            "chip_tone": tone, "lines": [self._line(say, line) for line in stage.lines],
        }  # fmt: skip

    def _line(self, say: Say, line: CareerLine) -> dict[str, Any]:
        told = say("learn.have_need", have=line.have or "0", need=line.need) if line.need and not line.met else ""
        opens = line.course_id is not None and not line.met
        return {
            "vm": self.vm, "subject": line.course_id or "" if opens else "", "sub": told, "met": line.met, "disabled": not opens,
            "words": say(f"learn.condition_{line.kind}", title=say.both(line.title), need=line.need),
        }  # fmt: skip

    # the wish

    def wish(self, say: Say, state: CareerState) -> str:
        page = state.page
        if page is None or page.wish is None:
            return say("learn.wish_none")
        path = next((say.both(one.name) for one in page.paths if one.path_id == page.wish_path), "")
        told = say(f"learn.wish_{page.wish}")
        return say("learn.wish_path", wish=told, path=path) if path else told

    def wish_more(self, say: Say, state: CareerState) -> str:
        """The note, since when, and how far it has come."""
        page = state.page
        if page is None or page.wish is None:
            return say("learn.wish_who")
        way = page.on_its_way
        told = [page.wish_note, say("learn.wished", at=say.at(page.wished))]
        told += [say(f"learn.wish_{way.state}")] if way is not None else []
        return "\n".join(filter(None, told))

    def refused(self, say: Say, state: CareerState, part: str) -> str:
        way = state.page.on_its_way if state.page is not None else None
        if way is None or way.state != "refused":
            return ""
        return say.said(way.problem) if part == "words" else say.next_step(way.problem)

    def wishes(self, say: Say, state: CareerState) -> list[dict[str, Any]]:
        if not state.wording:
            return []
        return [_choice(self.vm, "tap_wish", one, say(f"learn.wish_{one}"), one == state.wish) for one in WISHES]

    def targets(self, say: Say, state: CareerState) -> list[dict[str, Any]]:
        if not state.wording or state.wish != "promotion" or state.page is None:
            return []
        paths = state.page.paths
        return [_choice(self.vm, "tap_target", one.path_id, say.both(one.name), one.path_id == state.path_id) for one in paths]


def _choice(vm: object, does: str, key: str, words: str, chosen: bool) -> dict[str, Any]:
    sign = "check_circle" if chosen else "circle_outline"
    return {"vm": vm, "does": does, "key": key, "words": words, "chosen": chosen, "sign": sign, "tone": "brand"}
