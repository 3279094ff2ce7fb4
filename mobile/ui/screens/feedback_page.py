"""Feedback on the phone: the kinds as a grid, what was begun, and my tickets."""

from __future__ import annotations

from typing import Any

from contract.tickets import ON_DEVICES_DAYS
from mobile.ui.say import Say
from mobile.ui.screens import feedback_rows
from mobile.ui.screens.feedback_words import ICONS, ticket_row
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.feedback import FeedbackState

assert feedback_rows  # its rows are registered by being imported


def kind_rows(say: Say, state: FeedbackState, vm: object) -> list[dict[str, Any]]:
    found = state.page.categories if state.page is not None else ()
    return [{"vm": vm, "subject": one.code, "words": say.both(one.name), "icon_name": ICONS[one.icon]} for one in found]


class FeedbackPage(FacePage):
    """Two taps and some words: the grid is the top of the page."""

    rows = ("hq_rows.kv", "evidence.kv", "feedback_rows.kv")

    def kinds(self, say: Say, state: FeedbackState) -> list[dict[str, Any]]:
        return kind_rows(say, state, self.vm)

    def draft(self, say: Say, state: FeedbackState) -> str:
        """What was begun and not sent."""
        draft = state.page.draft if state.page is not None else None
        return "" if draft is None else (draft.text or say.both(draft.category.name))

    def parts(self, say: Say, state: FeedbackState) -> list[tuple[str, str]]:
        page = state.page
        counts = (len(page.open), len(page.closed)) if page is not None else (0, 0)
        return [("open", say("feedback_page.open", count=counts[0])), ("closed", say("feedback_page.closed", count=counts[1]))]

    def tickets(self, say: Say, state: FeedbackState) -> list[dict[str, Any]]:
        return [ticket_row(say, card, self.vm) for card in state.listed]

    def stays_for(self, say: Say) -> str:
        return say("feedback_page.stays_for", days=ON_DEVICES_DAYS)

    def is_empty(self, state: FeedbackState) -> bool:
        return state.page is not None and not state.listed

    def has_no_kinds(self, state: FeedbackState) -> bool:
        return state.page is not None and not state.page.categories
