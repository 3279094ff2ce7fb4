"""The inbox page."""

from __future__ import annotations

from typing import Any

from mobile.core.views_hq import Inbox, ItemCard
from mobile.ui.say import Say
from mobile.ui.screens import hq_rows
from mobile.ui.screens.hq_words import item_row
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.shown import Shown

assert hq_rows  # its rows are registered by being imported


class InboxPage(FacePage):
    """To-dos first, then what is new, then what was read."""

    rows = ("hq_rows.kv",)

    def items(self, say: Say, state: Shown[Inbox], part: str) -> list[dict[str, Any]]:
        cards: tuple[ItemCard, ...] = getattr(state.page, part) if state.page is not None else ()
        return [item_row(say, card, self.vm) for card in cards]

    def is_empty(self, state: Shown[Inbox]) -> bool:
        return state.page is not None and state.page.open == 0
