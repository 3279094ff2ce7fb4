"""The list of requests."""

from __future__ import annotations

from typing import Any

from mobile.core.views_hq import RequestCard, Requests
from mobile.ui.say import Say
from mobile.ui.screens import hq_rows
from mobile.ui.screens.hq_words import request_row
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.shown import Shown

assert hq_rows  # its rows are registered by being imported


class RequestsPage(FacePage):
    """What waits for me comes first."""

    rows = ("hq_rows.kv",)

    def cards(self, say: Say, state: Shown[Requests], part: str) -> list[dict[str, Any]]:
        found: tuple[RequestCard, ...] = getattr(state.page, part) if state.page is not None else ()
        return [request_row(say, card, self.vm) for card in found]

    def is_empty(self, state: Shown[Requests]) -> bool:
        page = state.page
        return page is not None and not (page.for_me or page.mine or page.others)
