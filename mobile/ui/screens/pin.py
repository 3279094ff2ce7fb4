"""Choosing a PIN, twice."""

from __future__ import annotations

from mobile.ui.screens.page import FacePage


class PinPage(FacePage):
    """The dots are told how many digits stand there; which ones is known to nobody here."""
