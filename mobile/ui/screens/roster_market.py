"""Open shifts, what waits for my word, what I asked for and how it ended."""

from __future__ import annotations

from typing import Any

from mobile.ui.say import Say
from mobile.ui.screens import roster_rows as rr
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.roster_market import MarketState


class RosterMarketPage(FacePage):
    """What waits for me comes first."""

    rows = ("hq_rows.kv", "roster_rows.kv")

    def open_shifts(self, say: Say, state: MarketState) -> list[dict[str, Any]]:
        return [rr.open_card(say, one, self.vm) for one in (state.page.open_shifts if state.page is not None else ())]

    def cards(self, say: Say, state: MarketState, part: str) -> list[dict[str, Any]]:
        """`part`: for_me, mine or ended."""
        return [rr.deal_card(say, card, self.vm) for card in (getattr(state.page, part) if state.page is not None else ())]
