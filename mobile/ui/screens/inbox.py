"""The inbox page."""

from __future__ import annotations

from typing import Any, Literal

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.ui.say import Say
from mobile.ui.screens import hq_rows
from mobile.ui.screens.hq_words import item_row
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.inbox import PARTS, InboxState

assert hq_rows  # its rows are registered by being imported


class DatedItem(BoxLayout):
    """An item under the day it came; only the first of a day says which. `may_mark`: it can be read where it stands."""

    vm = ObjectProperty(None, allownone=True)
    subject = StringProperty("")
    day = StringProperty("")
    words = StringProperty("")
    sub = StringProperty("")
    more = StringProperty("")
    icon_name = StringProperty("")
    chip = StringProperty("")
    chip_icon = StringProperty("")
    chip_tone = StringProperty("quiet")
    may_mark = BooleanProperty(False)


Factory.register("DatedItem", cls=DatedItem)


class InboxPage(FacePage):
    """To-dos first, then what is new by day, then what was read."""

    rows = ("hq_rows.kv",)

    def parts(self, say: Say, state: InboxState) -> list[tuple[str, str]]:
        """With how many are open: the same count wherever it is shown."""
        return [(part, say(f"inbox_page.part_{part}", count=state.count(part))) for part in PARTS.values()]

    def items(self, say: Say, state: InboxState, part: Literal["to_dos", "notices", "earlier"]) -> list[dict[str, Any]]:
        return [item_row(say, card, self.vm) for card in state.listed(part)]

    def by_day(self, say: Say, state: InboxState, part: Literal["notices", "earlier"]) -> list[dict[str, Any]]:
        rows, last = [], ""
        for card in state.listed(part):
            day = card.born.day
            rows.append({
                **item_row(say, card, self.vm), "day": say.iso_day(day) if day != last else "", "sub": card.born.hhmm,
                "may_mark": part == "notices",
            })  # fmt: skip
            last = day
        return rows

    def is_empty(self, state: InboxState) -> bool:
        return state.page is not None and state.count(state.part) == 0
