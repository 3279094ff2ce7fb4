"""The phone's start page."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import ObjectProperty, StringProperty

from mobile.core.views import PostingCard, Preview
from mobile.ui.say import Say
from mobile.ui.screens import feedback_rows, hq_rows
from mobile.ui.screens.feedback_words import notice_row
from mobile.ui.screens.hours_rows import amount, duty_words, next_words, week_row
from mobile.ui.screens.hq_words import item_row, request_row
from mobile.ui.screens.lesson_words import course_row
from mobile.ui.screens.page import FacePage
from mobile.ui.screens.punch_words import line_row
from mobile.ui.widgets.press import Row
from mobile.viewmodels import place_words as pw
from mobile.viewmodels.today import TodayState


class PunchRow(Row):
    """A punch of today."""

    vm = ObjectProperty(None, allownone=True)
    punch_id = StringProperty("")
    words = StringProperty("")
    at = StringProperty("")
    sub = StringProperty("")
    icon_name = StringProperty("")
    chip = StringProperty("")
    chip_icon = StringProperty("")
    chip_tone = StringProperty("quiet")


Factory.register("PunchRow", cls=PunchRow)
assert hq_rows and feedback_rows  # its rows are registered by being imported
HINTS = {
    "phone.hint_in_time": ("good", "check_circle"),
    "phone.hint_late": ("late", "clock_alert_outline"),
    "phone.hint_early": ("late", "clock_alert_outline"),
    "phone.hint_forgotten": ("late", "help_circle_outline"),
}


class TodayPage(FacePage):
    """Open, tap: nothing stands between the thumb and the button."""

    rows = ("hq_rows.kv", "hours_rows.kv", "lesson_rows.kv", "today_rows.kv", "evidence.kv", "feedback_rows.kv")

    def in_front(self, is_in_front: bool) -> None:
        self.ids.punch.breathe(is_in_front)

    def learn(self, say: Say, state: TodayState) -> list[dict[str, Any]]:
        """The course that is to be done first."""
        return [course_row(say, state.due, self.vm)] if state.due is not None else []

    def more_courses(self, state: TodayState) -> int:
        """How many others are due."""
        return max(0, len(state.learn.due) - 1) if state.learn is not None else 0

    def person_name(self, state: TodayState) -> str:
        return state.today.person_name if state.today else ""

    def greeting(self, say: Say, state: TodayState, hour: int) -> str:
        part = "morning" if 4 <= hour < 11 else "day" if 11 <= hour < 18 else "evening"
        return say(f"phone.good_{part}", name=self.person_name(state))

    def hour(self, now: Any) -> int:
        return now.hour if now is not None else 9

    def clock_words(self, now: Any) -> str:
        return f"{now:%H:%M}" if now is not None else ""

    def posting(self, state: TodayState) -> PostingCard | None:
        return state.today.posting if state.today else None

    def store_name(self, state: TodayState) -> str:
        posting = self.posting(state)
        return posting.store.name if posting else ""

    def route(self, state: TodayState) -> str:
        posting = self.posting(state)
        return f"{posting.home_org} → {posting.store.partner}" if posting else ""

    def until(self, say: Say, state: TodayState) -> str:
        posting = self.posting(state)
        if posting is None:
            return ""
        if posting.last_day is None:
            return say("phone.until_open")
        return say("phone.until", day=say.iso_day(posting.last_day))

    def following(self, say: Say, state: TodayState) -> str:
        following = state.today.next_posting if state.today else None
        return say("phone.next_store", store=following.store.name, day=say.iso_day(following.starts_on)) if following else ""

    def place_words(self, say: Say, preview: Preview | None) -> str:
        return say.said(pw.place_said(preview)) if preview else say("phone.place_looking")

    def place_icon(self, preview: Preview | None) -> str:
        return pw.PLACE_ICON[preview.place] if preview else "progress_clock"

    def place_tone(self, preview: Preview | None) -> str:
        return pw.PLACE_TONE[preview.place] if preview else "quiet"

    def advice(self, say: Say, preview: Preview | None) -> str:
        """Only where something could be better: the next step of the weightiest reason."""
        if preview is None or preview.verdict == "green":
            return ""
        return say.next_step(pw.first_reason(preview.reasons))

    def punches(self, say: Say, state: TodayState) -> list[dict[str, Any]]:
        return [line_row(say, line, self.vm) for line in state.today.punches] if state.today else []

    def news(self, say: Say, state: TodayState) -> list[dict[str, Any]]:
        return [item_row(say, card, self.vm) for card in state.news]

    def to_confirm(self, say: Say, state: TodayState) -> list[dict[str, Any]]:
        """Notices that wait for a word; more than one is in the inbox."""
        return [notice_row(say, card, self.vm) for card in state.to_confirm[:1]]

    def open_items(self, state: TodayState) -> int:
        return state.inbox.open if state.inbox is not None else 0

    def has_more(self, state: TodayState) -> bool:
        return self.open_items(state) > len(state.news)

    def requests(self, say: Say, state: TodayState) -> list[dict[str, Any]]:
        """The request that is on its way, with its step."""
        return [request_row(say, state.request, self.vm)] if state.request is not None else []

    def has_shifts(self, state: TodayState) -> bool:
        """Where nobody plans anything the page is as it was."""
        return state.shifts is not None and (state.shifts.today is not None or state.shifts.following is not None)

    def shift(self, say: Say, state: TodayState) -> str:
        return duty_words(say, state.shifts.today, self.store_name(state)) if state.shifts is not None else ""

    def next_shift(self, say: Say, state: TodayState) -> str:
        return next_words(say, state.shifts.following, self.store_name(state)) if state.shifts is not None else ""

    def hint(self, say: Say, state: TodayState) -> str:
        """"18 min late", "4 h 57 min early": nobody counts in hundreds of minutes."""
        if state.hint is None:
            return ""
        minutes = state.hint.facts.get("min")
        return say(state.hint.code, **state.hint.facts, amount=amount(say, minutes) if isinstance(minutes, int) else "")

    def hint_icon(self, state: TodayState) -> str:
        return HINTS[state.hint.code][1] if state.hint is not None else ""

    def hint_tone(self, state: TodayState) -> str:
        return HINTS[state.hint.code][0] if state.hint is not None else "quiet"

    def weeks(self, say: Say, state: TodayState) -> list[dict[str, Any]]:
        """The week that waits for me."""
        return [week_row(say, state.week, self.vm)] if state.week is not None else []

    def locked(self, state: TodayState) -> bool:
        return bool(state.today and state.today.locked)
