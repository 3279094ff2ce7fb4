"""My days: a month of states, each with its colour, sign and word, and what it comes to."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any, NamedTuple

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ColorProperty, ListProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout

from mobile.core.views_hours import DayCard, MonthPage
from mobile.ui.say import Say
from mobile.ui.screens import hours_rows
from mobile.ui.screens.hours_rows import amount
from mobile.ui.screens.new_request import weekdays
from mobile.ui.screens.page import FacePage
from mobile.ui.widgets.press import Pressable
from mobile.ui.widgets.surfaces import Toned, tone
from mobile.ui.widgets.words import Words
from mobile.viewmodels.hours_words import cell_mark
from mobile.viewmodels.my_days import MyDaysState

assert hours_rows  # its rows are registered by being imported
CELLS = 42  # six weeks: the most a month can touch


class Cell(NamedTuple):
    """A day of the month that is shown."""

    day: str
    number: str
    words: str
    icon_name: str
    tone: str
    is_today: bool


class DayCell(Toned, Pressable, BoxLayout):
    """A day in its state; empty ones answer nothing."""

    day = StringProperty("")
    number = StringProperty("")
    words = StringProperty("")
    icon_name = StringProperty("")
    is_today = BooleanProperty(False)
    tint = ColorProperty((0, 0, 0, 1))

    def paint(self, *largs: object) -> None:
        super().paint(*largs)
        self.tint = tone(self.tone)


class StateGrid(GridLayout):
    """As many weeks as the month touches, kept and filled anew."""

    cells = ListProperty([])

    __events__ = ("on_choose",)

    def on_choose(self, _day: str) -> None:
        """For kv: `on_choose: root.vm.tap_option(args[1])`."""

    def on_cells(self, *_: object) -> None:
        wanted = len(self.cells)
        while len(self.children) < wanted:
            cell = DayCell()
            cell.bind(on_release=lambda cell: self.dispatch("on_choose", cell.day))
            self.add_widget(cell)
        for spare in list(reversed(self.children))[wanted:]:
            self.remove_widget(spare)
        for widget, cell in zip(reversed(self.children), self.cells, strict=True):
            shown = cell or Cell("", "", "", "", "quiet", False)
            widget.day, widget.number, widget.words, widget.icon_name, widget.tone, widget.is_today = shown
            widget.disabled = cell is None


class WeekdayName(Words):
    """Over a column of days."""

    words = StringProperty("")

    def on_words(self, *_: object) -> None:
        self.text = self.words


for _widget in (DayCell, StateGrid, WeekdayName):
    Factory.register(_widget.__name__, cls=_widget)


class MyDaysPage(FacePage):
    """A tap on a day tells how it was worked out."""

    rows = ("hq_rows.kv", "hours_rows.kv")

    def month(self, say: Say, state: MyDaysState) -> str:
        if state.page is None:
            return ""
        return say("ui.month_title", year=state.page.month[:4], month=say(f"ui.month_{int(state.page.month[5:])}"))

    def weekday_names(self, say: Say) -> list[dict[str, Any]]:
        return [{"words": name} for name in weekdays(say)]

    def cells(self, say: Say, state: MyDaysState) -> list[Cell | None]:
        if state.page is None:
            return []
        days = {card.day: card for card in state.page.days}
        year, month = int(state.page.month[:4]), int(state.page.month[5:])
        weeks = calendar.Calendar().monthdayscalendar(year, month)
        page = state.page
        return [None if n == 0 else self._cell(say, days[date(year, month, n).isoformat()], page) for week in weeks for n in week]

    def weeks_due(self, state: MyDaysState) -> int:
        return state.page.weeks_due if state.page is not None else 0

    def is_empty(self, state: MyDaysState) -> bool:
        return state.page is not None and all(card.state is None for card in state.page.days)

    def sums(self, say: Say, state: MyDaysState) -> list[dict[str, Any]]:
        if state.page is None or self.is_empty(state):
            return []
        sums = state.page.sums
        told = [
            ("days_worked", say("hours_page.days", count=sums.days_worked)),
            ("worked", amount(say, sums.worked_min)),
            ("overtime", amount(say, sums.overtime_min) if sums.overtime_min else ""),
            ("late", say("hours_page.times", count=sums.late) if sums.late else ""),
            ("early", say("hours_page.times", count=sums.early) if sums.early else ""),
            ("absent", say("hours_page.days", count=sums.absent) if sums.absent else ""),
            ("leave", amount(say, sums.leave_min) if sums.leave_min else ""),
            ("final", say("hours_page.days", count=sums.final) if sums.final else ""),
        ]
        return [{"words": say(f"hours_page.{key}"), "value": value} for key, value in told if value]

    def _cell(self, say: Say, card: DayCard, page: MonthPage) -> Cell:
        mark = cell_mark(card)
        return Cell(card.day, str(int(card.day[8:])), say.said(mark.said), mark.icon, mark.tone, card.day == page.today)
