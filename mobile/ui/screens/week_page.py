"""My weeks on the phone: the list, and one week to be confirmed or not."""

from __future__ import annotations

from typing import Any

from mobile.core.views_hours import WeekCard
from mobile.ui.say import Say
from mobile.ui.screens import week_sheet
from mobile.ui.screens.hours_rows import week_row, week_words
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.shown import Shown
from mobile.viewmodels.week_page import WeekState

assert week_sheet  # it is registered by being imported


class WeeksPage(FacePage):
    """Those that wait for me first."""

    rows = ("hq_rows.kv", "hours_rows.kv")

    def weeks(self, say: Say, state: Shown[tuple[WeekCard, ...]]) -> list[dict[str, Any]]:
        return [week_row(say, card, self.vm) for card in state.page or ()]


class WeekOnPhone(FacePage):
    """The table, who has signed, and the one tap."""

    rows = ("hq_rows.kv", "hours_rows.kv")

    def title(self, say: Say, state: WeekState) -> str:
        return week_words(say, state.page.card) if state.page is not None else say("week_page.title")
