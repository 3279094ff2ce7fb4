"""My part in a performance cycle on the phone."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock

from mobile.ui.say import Say
from mobile.ui.screens import cycle_rows
from mobile.ui.screens.cycle_rows import other_rows
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.cycle_taps import CyclesState

assert cycle_rows  # its rows are registered by being imported


class CycleOnPhone(FacePage):
    """The part in the newest cycle, or in the one that was asked for; the others below."""

    rows = ("hq_rows.kv", "score_rows.kv", "cycle_rows.kv")

    def _on_state(self, state: CyclesState) -> None:
        """What is opened to be written is read from its first line, wherever one had scrolled to."""
        is_other = self.state is not None and (self.state.mode, self.state.part_id) != (state.mode, state.part_id)
        super()._on_state(state)
        if is_other and self.ids:
            Clock.schedule_once(lambda _dt: self.ids.page.to_top())

    def is_empty(self, state: CyclesState) -> bool:
        return state.pages is not None and state.page is None

    def others(self, say: Say, state: CyclesState) -> list[dict[str, Any]]:
        if state.page is None or state.mode:
            return []
        return other_rows(say, self.vm, state.pages or (), state.page.cycle.id)
