"""One's own page on the shared tablet: the shift, and the weeks to be confirmed."""

from __future__ import annotations

from typing import Any

from mobile.ui.say import Say
from mobile.ui.screens import week_sheet
from mobile.ui.screens.hours_rows import duty_words, next_words, week_row
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.own_page import OwnPageState

assert week_sheet  # it is registered by being imported


class OwnPage(FacePage):
    """Holds nothing of its own: what the view-model forgets is gone from here on the same frame."""

    rows = ("hq_rows.kv", "hours_rows.kv")

    def name_of(self, state: OwnPageState) -> str:
        return state.page.name if state.page is not None else ""

    def shift(self, say: Say, state: OwnPageState) -> str:
        return duty_words(say, state.page.today) if state.page is not None else ""

    def next_shift(self, say: Say, state: OwnPageState) -> str:
        return next_words(say, state.page.following) if state.page is not None else ""

    def weeks(self, say: Say, state: OwnPageState) -> list[dict[str, Any]]:
        found = state.page.weeks if state.page is not None else ()
        return [{**week_row(say, card, self.vm), "chosen": card.statement_id == state.week_id} for card in found]
