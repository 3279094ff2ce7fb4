"""The store's roster on the manager's desk: a week of squares, one that lies open, publishing; a month to look over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from mobile.core.views import Said
from mobile.core.views_desk_roster import CellPage, Choice, RosterMonthView, RosterWeekView
from mobile.viewmodels.exceptions import DeskAsks
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import ViewModel


@dataclass(frozen=True)
class DeskRosterState:
    """`page` is the square that lies open; `chosen` the kind of shift whose rules are read; `publishing` asks once more.
    `by_month`: a month is looked at, not a week."""

    week: RosterWeekView | None = None
    month: RosterMonthView | None = None
    by_month: bool = False
    page: CellPage | None = None
    chosen: str = ""
    override: str = ""
    publishing: bool = False
    busy: bool = False
    problem: Said | None = None

    @property
    def choice(self) -> Choice | None:
        """What was tapped and the rules have something to say of."""
        found = self.page.choices if self.page is not None else ()
        return next((one for one in found if one.template == self.chosen), None)

    @property
    def may_put(self) -> bool:
        choice = self.choice
        if choice is None or self.busy or choice.forbidden:
            return False
        return choice.level != "hard" or bool(self.override.strip())


class DeskRosterTaps(ViewModel[DeskRosterState]):
    """Forgets everything with the desk it belongs to."""

    def __init__(self, desk: DeskAsks, toasts: Toasts) -> None:
        super().__init__(DeskRosterState())
        self._desk, self._toasts = desk, toasts
        self._first: str | None = None

    def look(self) -> None:
        first, page = self._first, self.state.page
        if self.state.by_month:
            self._desk.ask_here(lambda core: core.desk_roster.month(first), self._seen_month)
            return
        self._desk.ask_here(lambda core: core.desk_roster.week(first), self._seen)
        if page is not None:
            self._open(page.person_id, page.day)

    def forget(self) -> None:
        self._first = None
        self.show(DeskRosterState())

    def close(self) -> None:
        self.show(replace(self.state, page=None, chosen="", override="", publishing=False, problem=None))

    def on_back(self) -> bool:
        """One level up: out of a choice, then away from the square; out of the month into its week."""
        state = self.state
        if state.by_month:
            self.tap_span("week")
        elif state.chosen:
            self.show(replace(state, chosen="", override="", problem=None))
        elif state.page is not None or state.publishing:
            self.close()
        else:
            return False
        return True

    def refused(self, said: Said) -> None:
        self.show(replace(self.state, busy=False, problem=said))

    # the week

    def tap_week(self, by: int) -> None:
        """Weeks later or earlier; 0 is the one of today."""
        week = self.state.week
        if week is None:
            return
        self._first = (date.fromisoformat(week.first) + timedelta(weeks=by)).isoformat() if by else None
        self.close()
        self.look()

    # the month

    def tap_span(self, span: str) -> None:
        """"week" or "month": around the same days."""
        self.close()
        self.show(replace(self.state, by_month=span == "month", month=None))
        self.look()

    def tap_month(self, by: int) -> None:
        """Months later or earlier."""
        month = self.state.month
        if month is None:
            return
        first = date.fromisoformat(month.first)
        months = first.year * 12 + first.month - 1 + by
        self._first = date(months // 12, months % 12 + 1, 1).isoformat()
        self.look()

    def tap_day(self, day: str) -> None:
        """The week a day of the month lies in."""
        self._first = day
        self.tap_span("week")

    def tap_square(self, person_id: str, day: str) -> None:
        self.show(replace(self.state, page=None, chosen="", override="", publishing=False, problem=None))
        self._open(person_id, day)

    # the square

    def tap_choice(self, template: str) -> None:
        """What breaks nothing is kept at once; of the rest the rules are read first."""
        self.show(replace(self.state, chosen=template, override="", problem=None))
        choice = self.state.choice
        if choice is not None and choice.level == "":
            self.tap_put()

    def type_override(self, text: str) -> None:
        self.show(replace(self.state, override=text, problem=None))

    def tap_put(self) -> None:
        state, page = self.state, self.state.page
        if page is None or not state.may_put:
            return
        self._do(lambda core: core.desk_roster.put(page.person_id, page.day, state.chosen, override=state.override.strip()))

    def tap_remove(self, shift_id: str) -> None:
        if not self.state.busy:
            self._do(lambda core: core.desk_roster.remove(shift_id))

    def tap_publish(self) -> None:
        """Asks once more: people are told."""
        self.show(replace(self.state, publishing=True, page=None, chosen="", override="", problem=None))

    def tap_publish_now(self) -> None:
        week, override = self.state.week, self.state.override.strip()
        if week is None or self.state.busy:
            return
        self._do(lambda core: core.desk_roster.publish(week.first, override=override), "desk_roster.kept_publish")

    # inside

    def _open(self, person_id: str, day: str) -> None:
        self._desk.ask_here(lambda core: core.desk_roster.cell(person_id, day), self._opened)

    def _opened(self, page: CellPage) -> None:
        self.show(replace(self.state, page=page))

    def _seen(self, week: RosterWeekView) -> None:
        if not self.state.by_month:
            self.show(replace(self.state, week=week))

    def _seen_month(self, month: RosterMonthView) -> None:
        if self.state.by_month:
            self.show(replace(self.state, month=month))

    def _do(self, act: Callable[[Any], Any], kept: str = "") -> None:
        self.show(replace(self.state, busy=True, problem=None))

        def done(_: object) -> None:
            self.show(replace(self.state, busy=False, chosen="", override="", publishing=False))
            if kept:
                self._toasts.say(kept, "good")
            self.look()

        self._desk.ask_here(act, done)
