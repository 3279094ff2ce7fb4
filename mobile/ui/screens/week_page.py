"""My weeks on the phone: the list, and one week to be confirmed or not."""

from __future__ import annotations

from typing import Any

from mobile.ui.say import Say
from mobile.ui.screens import week_sheet
from mobile.ui.screens.hours_rows import week_row, week_words
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.shown import Shown
from mobile.viewmodels.week_page import WeekList, WeekState

assert week_sheet  # it is registered by being imported


class WeeksPage(FacePage):
    """Those that wait for me first."""

    rows = ("hq_rows.kv", "hours_rows.kv")

    def mine(self, say: Say, state: Shown[WeekList]) -> list[dict[str, Any]]:
        return [week_row(say, card, self.vm) for card in (state.page.mine if state.page is not None else ())]

    def at_my_stores(self, say: Say, state: Shown[WeekList]) -> list[dict[str, Any]]:
        cards = state.page.at_my_stores if state.page is not None else ()
        return [week_row(say, card, self.vm, names_person=True) for card in cards]

    def is_empty(self, state: Shown[WeekList]) -> bool:
        return state.page is not None and not (state.page.mine or state.page.at_my_stores)

    def has(self, state: Shown[WeekList], part: str) -> bool:
        """Whether a part of the list has a week; titles are needed only where there are two."""
        if state.page is None:
            return False
        parts = {"mine": state.page.mine, "stores": state.page.at_my_stores}
        return all(parts.values()) if part == "both" else bool(parts[part])


class WeekOnPhone(FacePage):
    """The table, who has signed, and the one tap."""

    rows = ("hq_rows.kv", "hours_rows.kv")

    def title(self, say: Say, state: WeekState) -> str:
        return week_words(say, state.page.card) if state.page is not None else say("week_page.title")

    def confirm_key(self, state: WeekState) -> str:
        is_store = state.page is not None and state.page.side == "store"
        return "week_page.confirm_store" if is_store else "week_page.confirm"
