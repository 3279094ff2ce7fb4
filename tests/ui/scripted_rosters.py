"""A schedule, open shifts and swaps as a layout needs to be tried with: every state, long names, reasons. Only for looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from mobile.core.calendar_feed import CalendarPage
from mobile.core.roster_rows import RuleSaid
from mobile.core.views import Refused
from mobile.core.views_hq import At, Both, OnItsWay
from mobile.core.views_rosters import (
    Judged,
    MarketCard,
    MarketPage,
    OpenShift,
    RosterDay,
    RosterWeek,
    ShiftLine,
    ShiftPage,
    ShiftWords,
    Stretch,
    SwapChoice,
    WishCard,
    WishesPage,
)
from tests.ui.scripted_office import LONG_NAME, STORE_NAME

MONDAY, TODAY = "2026-06-01", "2026-06-01"
EARLY, LATE = Both("早班", "Early shift"), Both("晚班", "Late shift")
SOON = At(1_780_308_000_000, "2026-06-02", "18:00")
OVERLAP = RuleSaid(
    rule="overlap",
    hard=True,
    overridable=False,
    name=Both("班次重叠", "Overlap"),
    sentence=Both(
        "周三 06-03 08:00–16:00 必胜客 苏州中心店 与 周三 06-03 10:00–18:00 肯德基 上海南京东路店 重叠 6小时",
        "Wed 06-03 08:00–16:00 Pizza Hut and Wed 06-03 10:00–18:00 KFC overlap by 6 h",
    ),
    why=Both("一个人不能同时在两处", "Nobody is at two places"),
    ways=(Both("把其中一个班给别人", "Give one of the shifts to somebody"),),
)
TIRED = replace(
    OVERLAP,
    rule="rest_between",
    overridable=True,
    sentence=Both("两个班之间只休息 8小时15分，需要 11小时", "8 h 15 min of rest between both; it takes 11 h"),
    ways=(),
)
DEAR = replace(TIRED, hard=False, sentence=Both("这一周加班 2小时", "2 h of overtime in this week"))
KEPT = OnItsWay("o9", "claim", "kept")
WRITTEN_ROSTER = ("早班", "晚班", "收银", "开门、盘点冷柜", "带钥匙", "家里有事，谢谢你", "那天盘点，需要你")


def a_shift(number: int = 1, day: str = MONDAY, **more: Any) -> ShiftLine:
    line = ShiftLine(
        shift_id=f"s{number}",
        version=1,
        day=day,
        store_id="s1",
        store_name=STORE_NAME,
        spans=(("08:00", "16:00"),),
        name=EARLY,
        state="new",
        work_min=450,
    )
    return replace(line, **more)


FULL = a_shift(
    1,
    role=Both("收银", "Cashier"),
    tasks=("开门、盘点冷柜", "带钥匙"),
    note="带钥匙",
    spans=(("08:00", "12:00"), ("17:00", "21:00")),
)
THEIRS = a_shift(7, state="theirs", person_id="e2", person_name=LONG_NAME, name=LATE, spans=(("14:00", "22:00"),))


def words(number: int = 1, day: str = "2026-06-03") -> ShiftWords:
    return ShiftWords(f"s{number}", day, "10:00", "18:00", STORE_NAME, EARLY)


OPEN = OpenShift(a_shift(20, "2026-06-03", state="open"), Judged(), may_claim=True)
OPENS = (
    OPEN,
    OpenShift(a_shift(21, "2026-06-03", state="open", spans=(("10:00", "18:00"),)), Judged((OVERLAP,))),
    OpenShift(a_shift(22, "2026-06-04", state="open"), Judged((TIRED,), known=False)),
    OpenShift(a_shift(23, "2026-06-05", state="open"), Judged((DEAR,)), may_claim=True),
    OpenShift(a_shift(24, "2026-06-06", state="open"), Judged(), "asked", on_its_way=KEPT),
)
FOR_ME = (
    MarketCard("offer", "f1", "open", gets=words(30), who=LONG_NAME, until=SOON, note="家里有事，谢谢你", may_answer=True),
    MarketCard("swap", "w1", "asked", words(31), words(1, MONDAY), LONG_NAME, SOON, judged=Judged((TIRED,)), may_answer=True),
    MarketCard("loan", "n1", "lent", gets=words(32), until=SOON, judged=Judged((DEAR,)), may_answer=True),
)
MINE = (
    MarketCard("swap", "w2", "consented", words(33), words(1), "孙丽华", asked_by_me=True, may_withdraw=True),
    MarketCard(
        "swap", "w3", "asked", None, words(1), "孙丽华", asked_by_me=True, may_withdraw=True, on_its_way=replace(KEPT, act="swap")
    ),
    MarketCard("absence", "b1", "open", gives=words(1), asked_by_me=True, may_withdraw=True),
)
ENDED = (
    MarketCard("claim", "c1", "lost", gets=words(34), asked_by_me=True),
    MarketCard("swap", "w4", "refused", words(35), words(1), "孙丽华", reason="那天盘点，需要你", asked_by_me=True),
)
CHOICES = (
    SwapChoice("e2", LONG_NAME, None, Judged(), Judged((), known=False)),
    SwapChoice("e2", LONG_NAME, THEIRS, Judged(), Judged((), known=False)),
    SwapChoice(
        "e3", "孙丽华", a_shift(8, "2026-06-03", state="theirs", person_name="孙丽华"), Judged((OVERLAP,)), Judged((DEAR,))
    ),
)


WEEKS = (Stretch(1, 0, 1_440, "unavailable"), Stretch(3, 540, 720, "undesired"), Stretch(5, 0, 1_440, "desired"))
WISHES = (
    WishCard("x1", "2026-06-12", "unavailable", 0, 1_440, "家里有事，谢谢你"),
    WishCard("x2", "2026-06-20", "desired", 540, 1_080, on_its_way=OnItsWay("o4", "tell", "kept")),
)


class ScriptedRoster:
    """My schedule on my phone."""

    def __init__(self) -> None:
        self.lines: tuple[ShiftLine, ...] = ()
        self.others: tuple[ShiftLine, ...] = ()
        self.next_week = ""
        self.page = MarketPage()
        self.cards: tuple[MarketCard, ...] = ()
        self.offered: tuple[SwapChoice, ...] = CHOICES
        self.wished = WishesPage(TODAY)
        self.said: list[tuple[Any, ...]] = []
        self.problem: Refused | None = None

    def busy(self) -> None:
        """Something of everything."""
        self.lines = (
            FULL,
            a_shift(2, "2026-06-02", state="changed", on_call=True),
            a_shift(3, "2026-06-03", state="confirmed"),
            a_shift(4, "2026-06-05", state="confirmed", on_its_way=OnItsWay("o1", "confirm", "kept")),
        )
        self.others = (THEIRS, replace(THEIRS, shift_id="s8", person_name="孙丽华", role=Both("收银", "Cashier")))
        self.next_week = "2026-06-10"
        self.page = MarketPage(OPENS, FOR_ME, MINE, ENDED)
        self.wished = WishesPage(TODAY, WEEKS, TODAY, WISHES, OnItsWay("o5", "tell", "with_hq"))

    def week(self, day: str | None = None) -> RosterWeek:
        self._may()
        first = date.fromisoformat(day or TODAY)
        monday = first - timedelta(days=first.weekday())
        days = [(monday + timedelta(days=n)).isoformat() for n in range(7)]
        return RosterWeek(
            monday=monday.isoformat(),
            today=TODAY,
            days=tuple(
                RosterDay(one, tuple(s for s in self.lines if s.day == one), tuple(s for s in self.others if s.day == one))
                for one in days
            ),
            to_confirm=sum(s.state in ("new", "changed") and s.day in days for s in self.lines),
            next_week="" if self.next_week in days else self.next_week,
            waiting=len(self.page.for_me),
            open_shifts=len(self.page.open_shifts),
            planned_min=sum(s.work_min for s in self.lines if s.day in days),
        )

    def shift(self, shift_id: str) -> ShiftPage | None:
        self._may()
        line = next((one for one in self.lines if one.shift_id == shift_id), None)
        if line is None:
            found = next((one for one in self.page.open_shifts if one.line.shift_id == shift_id), None)
            return None if found is None else ShiftPage(found.line, open_shift=found)
        waits = line.state in ("new", "changed")
        return ShiftPage(
            line, self.cards, self.others, leave=("sick",), may_confirm=waits, may_report=True, may_swap=not self.cards
        )

    def choices(self, shift_id: str, week: str | None = None) -> tuple[SwapChoice, ...]:
        return self.offered

    def market(self) -> MarketPage:
        self._may()
        return self.page

    def confirm(self, shift_ids: tuple[str, ...] = (), *, week: str | None = None) -> int:
        self._did("confirm", shift_ids, week)
        self.lines = tuple(replace(s, state="confirmed") if s.shift_id in shift_ids or not shift_ids else s for s in self.lines)
        return 1

    def report_absence(self, *said: Any, leave: bool = False) -> str:
        return self._did("absent", *said, *(["leave"] if leave else []))

    def claim(self, shift_id: str) -> str:
        return self._did("claim", shift_id)

    def ask_swap(self, *said: Any) -> str:
        return self._did("swap", *said)

    def answer(self, card_id: str, accept: bool) -> None:
        self._did("answer", card_id, accept)

    def withdraw(self, card_id: str) -> None:
        self._did("withdraw", card_id)

    def wishes(self) -> WishesPage:
        self._may()
        return self.wished

    def set_weeks(self, stretches: tuple[Stretch, ...]) -> str:
        self.wished = replace(self.wished, stretches=stretches)
        return self._did("weeks", stretches)

    def wish(self, *said: Any) -> str:
        return self._did("wish", *said)

    def withdraw_wish(self, wish_id: str) -> None:
        self._did("withdraw_wish", wish_id)

    def _did(self, *what: Any) -> str:
        self._may()
        self.said.append(what)
        return "x1"

    def _may(self) -> None:
        if self.problem is not None:
            raise self.problem


class ScriptedCalendar:
    """The address of my calendar, made and taken away."""

    def __init__(self) -> None:
        self.shown = CalendarPage()
        self.said: list[str] = []

    def page(self) -> CalendarPage:
        return self.shown

    def open(self, language: str) -> str:
        self.said.append(f"open {language}")
        self.shown = CalendarPage("open", "https://hr.example.com/calendar/Vt3kqU0x7m1dWcQ9ZrB2yJ6hLpN8sTfAeGiXoKzD4uM.ics")
        return self.shown.address

    def revoke(self) -> None:
        self.said.append("revoke")
        self.shown = CalendarPage()
