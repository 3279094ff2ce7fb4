"""One ticket on the phone."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.metrics import dp

from mobile.ui.screens import feedback_rows
from mobile.ui.screens.camera import PhotoPage

assert feedback_rows  # its rows are registered by being imported


class TicketPage(PhotoPage):
    """What is being worded opens where the buttons are, and is brought into view."""

    rows = ("hq_rows.kv", "evidence.kv", "feedback_rows.kv", "ticket_sheet.kv")

    def _on_state(self, state: Any) -> None:
        asks = state.asking is not None and (self.state is None or self.state.asking is None)
        super()._on_state(state)
        if asks:
            Clock.schedule_once(lambda _: self.ids.page.scroll_to(self.ids.sheet.ids.send, padding=dp(24)), 0.05)
