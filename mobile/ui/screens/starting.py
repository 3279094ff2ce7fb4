"""The page before the first page: a skeleton while the store opens, or why this device cannot be used safely."""

from __future__ import annotations

from mobile.ui.screens.page import FacePage


class StartingPage(FacePage):
    """Shown for a blink, or for good."""
