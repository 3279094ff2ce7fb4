"""How I am told beside my inbox."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from mobile.ui.say import Say
from mobile.ui.screens.me import LANGUAGE_NAMES
from mobile.ui.screens.page import FacePage
from mobile.ui.widgets.press import Row
from mobile.viewmodels.request_words import minute_words, way_mark
from mobile.viewmodels.told import TIMES, ToldState


class GroupRow(Row):
    """A group of messages, and whether it comes; a tap turns it."""

    vm = ObjectProperty(None, allownone=True)
    value = StringProperty("")
    words = StringProperty("")
    says = StringProperty("")
    on = BooleanProperty(False)


Factory.register("GroupRow", cls=GroupRow)


class ToldPage(FacePage):
    """Nothing counts before it is saved; what is in the inbox is there either way."""

    def languages(self) -> list[tuple[str, str]]:
        return LANGUAGE_NAMES

    def quiets(self, say: Say) -> list[tuple[str, str]]:
        return [("always", say("told_page.always")), ("quiet", say("told_page.quiet"))]

    def overs(self, say: Say) -> list[tuple[str, str]]:
        return [("email", say("told_page.over_email")), ("push", say("told_page.over_push"))]

    def is_open(self, state: ToldState) -> bool:
        return state.page is not None and not state.choosing

    def time(self, state: ToldState, which: str) -> str:
        minute = getattr(state.shown, f"quiet_{which}_min")
        return "" if minute is None else minute_words(minute)

    def zone(self, say: Say, state: ToldState) -> str:
        return say("told_page.quiet_how", zone=state.shown.zone)

    def times(self, state: ToldState) -> list[dict[str, Any]]:
        return [{"vm": self.vm, "value": time, "words": time, "sub": ""} for time in TIMES] if state.choosing else []

    def groups(self, say: Say, state: ToldState) -> list[dict[str, Any]]:
        return [
            {
                "vm": self.vm, "value": group, "words": say(f"console.trigger_group.{group}"), "on": on,
                "says": say("told_page.comes" if on else "told_page.stays"),
            }
            for group, on in state.groups().items()
        ]  # fmt: skip

    def over_how(self, say: Say, state: ToldState) -> str:
        """A way that leads nowhere yet says what is missing."""
        if state.over == "email":
            return say("told_page.email_how" if state.shown.email.strip() else "told_page.email_missing")
        return say("told_page.push_how")

    def way(self, say: Say, state: ToldState) -> str:
        """How far what was said here has come."""
        way = state.way
        if way is None:
            return ""
        return "\n".join(filter(None, (say.said(way_mark(way).said), say.said(way.problem))))

    def way_tone(self, state: ToldState) -> str:
        return way_mark(state.way).tone if state.way is not None else "quiet"
