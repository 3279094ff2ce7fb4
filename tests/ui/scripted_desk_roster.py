"""A store's week on the tablet's desk for looks and taps: what stands there, what could, what the rules say."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta

from contract.rosters import CellState
from mobile.core.roster_rows import RuleSaid
from mobile.core.views import Refused
from mobile.core.views_desk_roster import (
    CellPage,
    CellView,
    Choice,
    DayView,
    LineView,
    MonthLine,
    MonthSquare,
    RosterMonthView,
    RosterWeekView,
)
from mobile.core.views_hq import Both

FIRST = date(2026, 6, 1)
STAFF = ("李晓雯", "王子涵", "陈嘉怡", "张伟", "刘思远", "Aleksandra Wiśniewska-Kowalczyk", "赵敏")
KINDS = (
    ("early", Both("早班", "Early"), ((480, 960),)), ("late", Both("晚班", "Late"), ((840, 1_320),)),
    ("split", Both("两头班", "Split"), ((600, 840), (1_020, 1_260))), ("night", Both("夜班", "Night"), ((1_320, 1_800),)),
)  # fmt: skip
TOO_SHORT = RuleSaid(
    "rest_between", True, True, Both("班次之间休息", "Rest between shifts"),
    Both("周一 06-01 22:00–06:00 静安寺店 与 周二 06-02 14:00–22:00 静安寺店 之间只休息 8小时，至少 11小时",
         "8 h of rest between Mon 06-01 22:00–06:00 Jing'an and Tue 06-02 14:00–22:00; it takes 11 h"),
    Both("要休息够", "Rest is needed"), (Both("晚些开始", "Start later"), Both("换一个人", "Choose somebody else")),
)  # fmt: skip
ON_LEAVE = RuleSaid(
    "approved_leave", True, False, Both("已批准的休假", "Granted leave"), Both("这天已批准休假", "Leave was granted that day"),
    Both("批准了的休假不排班", "Granted leave is not planned over"), (Both("换一个人", "Choose somebody else"),),
)  # fmt: skip
HALF = RuleSaid(
    "split_weekend", False, False, Both("半个周末", "Half a weekend"), Both("只上这个周末的一天", "Works one day of the weekend"),
    Both("周末要么休要么上", "A weekend is free or not"), (Both("就这样排", "Leave it so"),), 60,
)  # fmt: skip


def a_cell(person: int, n: int, kind: int = 0, state: CellState = "published", said: tuple[RuleSaid, ...] = ()) -> CellView:
    code, name, times = KINDS[kind]
    level = "hard" if any(one.hard for one in said) else "soft" if said else ""
    day = (FIRST + timedelta(days=n)).isoformat()
    return CellView(f"c{person}-{n}", f"e{person}", day, times, name, state, 1, level, template=code, said=said)


def a_roster(people: int = len(STAFF)) -> RosterWeekView:
    """A week with everything that looks different: known, drafted, changed, against a rule, split, leave and wishes."""
    states: tuple[CellState, ...] = ("published", "confirmed", "published", "changed", "draft", "draft", "draft")
    lines = [LineView("", "", 480, ((), (), (replace(a_cell(99, 2, 1), person_id=""),), (), (), (), ()), ("",) * 7)]
    for person in range(people):
        said = {(1, 4): (TOO_SHORT,), (2, 5): (HALF,)}
        squares = [
            (a_cell(person, n, (person + n) % 3, states[n], said.get((person, n), ())),) if (person + n) % 4 else ()
            for n in range(7)
        ]
        away = ["", "", "", "", "", "", ""]
        if person == 3:
            squares[1], away[1] = (), "leave"
        if person == 4:
            squares[0], away[0] = (), "unavailable"
        lines.append(LineView(f"e{person}", STAFF[person % len(STAFF)], 2_250, tuple(squares), tuple(away)))
    days = tuple(
        DayView((FIRST + timedelta(days=n)).isoformat(), 5, 150 if n == 2 else 0, 60 if n == 5 else 0, 1_800) for n in range(7)
    )
    return RosterWeekView(FIRST.isoformat(), days, tuple(lines), 9, 1, 1)


def a_month(first: date = FIRST, people: int = len(STAFF)) -> RosterMonthView:
    """A month in which every square says something, in every way there is."""
    count = monthrange(first.year, first.month)[1]
    away = ("leave", "unavailable", "undesired", "desired")
    lines = [MonthLine("", "", 480, tuple(MonthSquare(840, 2) if n == 2 else MonthSquare() for n in range(count)))]
    for person in range(people):
        squares = tuple(
            MonthSquare(away=away[n % 4]) if (person * 3 + n) % 11 == 0
            else MonthSquare((480, 840, 1_320)[(person + n) % 3], 1 + (n == 9), {17: "hard", 20: "soft"}.get(n, ""), n < 14)
            for n in range(count)
        )  # fmt: skip
        lines.append(MonthLine(f"e{person}", STAFF[person % len(STAFF)], 10_080, squares))
    days = tuple(
        DayView((first + timedelta(days=n)).isoformat(), 5, 150 * (n == 2), 60 * (n == 5), 1_800) for n in range(count)
    )
    return RosterMonthView(first.isoformat(), days, tuple(lines), 9, people, people, today=FIRST.isoformat())


class ScriptedDeskRoster:
    """Answers what it was given; notes what is done."""

    def __init__(self) -> None:
        self.shown = a_roster()
        self.people = len(STAFF)
        self.done: list[tuple[str, ...]] = []
        self.problem: Refused | None = None

    def week(self, first: str | None = None) -> RosterWeekView:
        return replace(self.shown, first=first) if first is not None else self.shown

    def month(self, day: str | None = None) -> RosterMonthView:
        return a_month(date.fromisoformat(day or FIRST.isoformat()).replace(day=1), self.people)

    def cell(self, person_id: str, day: str) -> CellPage:
        line = next(one for one in self.shown.lines if one.person_id == person_id)
        n = (date.fromisoformat(day) - FIRST).days
        said = {"late": (TOO_SHORT,), "night": (ON_LEAVE,), "split": (HALF,)} if person_id else {}
        choices = tuple(Choice(code, name, times, said.get(code, ())) for code, name, times in KINDS)
        return CellPage(day, person_id, line.name, line.squares[n], choices)

    def put(self, person_id: str, day: str, template: str, *, override: str = "") -> str:
        return self._do("put", person_id, day, template, override)

    def remove(self, shift_id: str) -> None:
        self._do("remove", shift_id)

    def publish(self, first: str, *, override: str = "") -> None:
        self._do("publish", first, override)

    def _do(self, *what: str) -> str:
        if self.problem is not None:
            raise self.problem
        self.done.append(what)
        return "c9"
