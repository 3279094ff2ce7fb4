"""One notice on the phone."""

from __future__ import annotations

from mobile.ui.screens import feedback_rows
from mobile.ui.screens.page import FacePage

assert feedback_rows  # its rows are registered by being imported


class NoticePage(FacePage):
    """Opening it is reading it."""

    rows = ("hq_rows.kv", "evidence.kv", "feedback_rows.kv", "notice_rows.kv")
