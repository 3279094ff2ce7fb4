"""Hand-overs of those I lend or take in, on the phone."""

from __future__ import annotations

from typing import Any

from mobile.core.views_hq import Arrival
from mobile.ui.say import Say
from mobile.ui.screens import hq_rows
from mobile.ui.screens.hq_words import stage_chip, stay_words, tick_rows, to_tick
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.shown import Shown

assert hq_rows  # its rows are registered by being imported


class HandOversPage(FacePage):
    """Each side ticks its own lines."""

    rows = ("hq_rows.kv",)

    def cards(self, say: Say, state: Shown[tuple[Arrival, ...]]) -> list[dict[str, Any]]:
        return [self._card(say, arrival) for arrival in state.page or ()]

    def is_empty(self, state: Shown[tuple[Arrival, ...]]) -> bool:
        return state.page is not None and not state.page

    def _card(self, say: Say, arrival: Arrival) -> dict[str, Any]:
        return {
            "vm": self.vm,
            "person": arrival.person_name,
            "sub": f"{arrival.home_unit}\n{stay_words(say, arrival.starts_on, arrival.last_day)}",
            "told": to_tick(say, arrival),
            "ticks": tick_rows(say, arrival, self.vm),
            **stage_chip(say, "hand_over", arrival.stage),
        }
