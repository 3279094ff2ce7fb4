"""My schedule: seven days as a strip, the open day's shifts and colleagues, and one tap that confirms."""

from __future__ import annotations

from typing import Any

from mobile.core.views import Said
from mobile.ui.say import Say
from mobile.ui.screens import roster_rows as rr
from mobile.ui.screens.hours_rows import amount
from mobile.ui.screens.my_days import Cell
from mobile.ui.screens.new_request import weekdays
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.request_words import Mark
from mobile.viewmodels.roster import RosterState
from mobile.viewmodels.roster_words import day_mark

NO_MARK = Mark(Said("", {}), "quiet", "")  # of a week that nobody has published


class RosterPage(FacePage):
    """A tap on a day opens it, a tap on a shift leads to all that can be done about it."""

    rows = ("hq_rows.kv", "my_days.kv", "roster_rows.kv")

    def week(self, say: Say, state: RosterState) -> str:
        if state.page is None:
            return ""
        first, last = state.page.days[0].day, state.page.days[-1].day
        return say("roster_page.week", first=rr.day_words(say, first), last=rr.day_words(say, last))

    def weekday_names(self, say: Say) -> list[dict[str, Any]]:
        return [{"words": name} for name in weekdays(say)]

    def cells(self, say: Say, state: RosterState) -> list[Cell]:
        """The day that lies open is outlined."""
        days = state.page.days if state.page is not None else ()
        marks = [(one, NO_MARK if self.is_empty(state) else day_mark(one)) for one in days]
        return [
            Cell(one.day, str(int(one.day[8:])), say.said(mark.said), mark.icon, mark.tone, one.day == state.day)
            for one, mark in marks
        ]

    def planned(self, say: Say, state: RosterState) -> str:
        minutes = state.page.planned_min if state.page is not None else 0
        return say("roster_page.planned", amount=amount(say, minutes)) if minutes else ""

    def to_confirm(self, state: RosterState) -> int:
        return state.page.to_confirm if state.page is not None else 0

    def next_week(self, say: Say, state: RosterState) -> str:
        if state.page is None or not state.page.next_week:
            return ""
        return say("roster_page.next_week", day=rr.day_words(say, state.page.next_week))

    def is_empty(self, state: RosterState) -> bool:
        """Nobody at my stores has a shift in the whole week."""
        return state.page is not None and not any(one.mine or one.others for one in state.page.days)

    def day(self, say: Say, state: RosterState) -> str:
        if state.page is None or not state.day:
            return ""
        key = "today" if state.day == state.page.today else "day"
        return say(f"roster_page.{key}", day=rr.day_words(say, state.day))

    def mine(self, say: Say, state: RosterState) -> list[dict[str, Any]]:
        return [rr.shift_row(say, line, self.vm) for line in (state.shown.mine if state.shown is not None else ())]

    def others(self, say: Say, state: RosterState) -> list[dict[str, Any]]:
        return [rr.colleague_row(say, line) for line in (state.shown.others if state.shown is not None else ())]

    def market(self, say: Say, state: RosterState) -> str:
        """How many open shifts, and how much waits for my word."""
        if state.page is None:
            return ""
        page = state.page
        waiting = say("roster_page.market_waiting", count=page.waiting) if page.waiting else ""
        open_ones = say("roster_page.market_open", count=page.open_shifts) if page.open_shifts else ""
        return say("board.join").join(filter(None, (waiting, open_ones))) or say("roster_page.market_none")
