"""Today's three questions on the phone."""

from __future__ import annotations

from mobile.ui.screens import lesson
from mobile.ui.screens.page import FacePage

assert lesson  # its sheets are registered by being imported


class DailyPage(FacePage):
    """The shared sheet with a bar above it."""

    rows = ("hq_rows.kv", "lesson_rows.kv", "lesson.kv")
