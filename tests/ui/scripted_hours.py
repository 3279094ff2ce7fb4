"""Shifts, days, weeks and a board as a layout needs to be tried with: every state, long names, answers. Only for looks."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date
from typing import Any

from mobile.core.views import PinAnswer, PunchLine, Refused, Said
from mobile.core.views_hours import (
    AppealLine,
    BoardLine,
    BoardPage,
    Changed,
    CorrectionLine,
    DayCard,
    DayPage,
    DutyCard,
    Earlier,
    MonthPage,
    MonthSums,
    MyPage,
    Objection,
    ShiftCard,
    ShiftsNow,
    Signed,
    SpanLine,
    WeekCard,
    WeekDay,
    WeekPage,
)
from mobile.core.views_hq import At, Both, Draft, OnItsWay
from tests.ui.scripted_office import KEPT, LONG_NAME, MORNING, NOON, STORE_NAME, a_card

NINE, SIX = At(1_780_275_600_000, "2026-06-01", "09:00"), At(1_780_308_000_000, "2026-06-01", "18:00")
EARLY = Both("早班", "Early shift")
SHIFT = ShiftCard(NINE, SIX, STORE_NAME, "fixed", EARLY)
SPLIT = (
    replace(SHIFT, ends=At(NOON.ms, NOON.day, "13:00"), kind="windows"),
    replace(SHIFT, starts=At(SIX.ms, SIX.day, "17:00"), ends=At(SIX.ms, SIX.day, "21:30"), store_name="必胜客 苏州中心店"),
)
MONDAY = DutyCard("2026-06-01", (SHIFT,))
OFF = DutyCard("2026-06-02", (), Both("端午节", "Dragon Boat Festival"))
STATES: tuple[Any, ...] = (
    "present", "late", "early", "absent", "leave", "off", "unknown", "unplanned", "present", "not_due",
)  # fmt: skip
STEPS = (
    Said("hours.step.window_fixed", {"from_ms": "09:00", "until_ms": "18:00"}),
    Said("hours.step.came", {"at_ms": "09:17"}),
    Said("hours.step.out_assumed", {"at_ms": "18:00"}),
    Said("hours.step.late", {"due_ms": "09:00", "at_ms": "09:17", "grace_min": 5, "late_min": 17}),
    Said("hours.step.of_a_newer_release", {}),
)
WHY = "手机没电，店长看见我九点到的"
ANSWERED = "监控显示 09:00 到店，已更正"
WRITTEN_HOURS = (WHY, ANSWERED, "端午节", "早班", "周二晚上我加班到十点", "他和我一起开的门")


def a_month(month: str = "2026-06") -> MonthPage:
    year, number = int(month[:4]), int(month[5:])
    days = []
    for n in range(1, calendar.monthrange(year, number)[1] + 1):
        day = date(year, number, n).isoformat()
        if n <= len(STATES):
            days.append(DayCard(day, STATES[n - 1], ("corrected",) if n == 2 else (), 480, 480, duty=MONDAY))
        elif n == len(STATES) + 1:
            days.append(DayCard(day, None, fresh=2))
        elif n == 19:
            days.append(DayCard(day, None, duty=OFF, holiday=Both("端午节", "Dragon Boat Festival")))
        else:
            days.append(DayCard(day, None, duty=None if n > 25 else OFF if n % 7 == 0 else replace(MONDAY, day=day)))
    return MonthPage(month, "2026-06-11", tuple(days), MonthSums(8, 3_905, 125, 2, 1, 1, 480), weeks_due=2)


def a_day(**more: Any) -> DayPage:
    card = DayCard("2026-06-01", "late", ("late", "assumed_out", "synced_later", "doubtful"), 463, 480, duty=MONDAY)
    spans = (
        SpanLine(NINE, NOON, STORE_NAME, 240, False, Said("day_page.by_phone_code", {}), Said("day_page.by_kiosk_pin", {})),
        SpanLine(NOON, SIX, STORE_NAME, 223, True, Said("day_page.by_phone", {})),
    )
    amounts = (("due_min", 480), ("regular_min", 463), ("overtime_weekend_min", 125), ("break_min", 60), ("late_min", 17))
    return replace(
        DayPage(card=card, amounts=amounts, spans=spans, steps=STEPS, rules="standard", may_ask=True, may_appeal=True), **more
    )


def a_full_day(fresh: tuple[PunchLine, ...] = ()) -> DayPage:
    return a_day(
        fresh=fresh,
        corrections=(
            CorrectionLine("c1", "in", NINE, "vouch", LONG_NAME, WHY),
            CorrectionLine("c2", "out", SIX, "request", "", WHY, withdrawn=True),
        ),
        asked=(a_card("r4", name=Both("补卡申请", "Missed punch"), kind="missed_punch", on_its_way=KEPT, step=None),),
        appeals=(
            AppealLine("a1", WHY, MORNING, "upheld", ANSWERED, NOON),
            AppealLine("a2", WHY, NOON, "open", on_its_way=OnItsWay("o7", "appeal", "kept")),
        ),
        silent_since=MORNING,
    )


def a_week(number: int = 23, **more: Any) -> WeekCard:
    card = WeekCard(
        statement_id=f"w{number}",
        week=f"2026-W{number}",
        from_day="2026-06-01",
        to_day="2026-06-07",
        revision=1,
        state="open",
        store_name=STORE_NAME,
        person_name="李晓雯",
        worked_min=2_465,
        waits_for_me=True,
    )
    return replace(card, **more)


def a_week_page(card: WeekCard | None = None, **more: Any) -> WeekPage:
    states = ("late", "present", "leave", "early", "absent", "off", "unplanned")
    days = tuple(
        WeekDay(f"2026-06-0{n + 1}", state, 0 if state in ("absent", "off", "leave") else 480, 125 if n == 1 else 0,
                480 if state == "leave" else 0, (("09:00", "13:00"), ("14:00", "18:00")) if n < 2 else ())
        for n, state in enumerate(states)
    )  # fmt: skip
    page = WeekPage(
        card=card or a_week(),
        days=days,
        overtime_min=125,
        leave_min=480,
        night_min=45,
        signed=(Signed("employee"), Signed("store", LONG_NAME, NOON, "tablet"), Signed("hq")),
        code="K7QF-2M9D-4T",
        may_confirm=True,
        may_object=True,
    )
    return replace(page, **more)


def a_revised_week() -> WeekPage:
    return a_week_page(
        a_week(22, revision=2),
        changes=(Changed("2026-06-02", "worked_min", 480, 605), Changed("", "worked_min", 2_340, 2_465)),
        earlier=(Earlier(1, 2_340, (Signed("employee", "李晓雯", MORNING, "phone"), Signed("store"), Signed("hq"))),),
        objections=(
            Objection("employee", "2026-06-02", "周二晚上我加班到十点", MORNING, "corrected", ANSWERED),
            Objection("store", "", WHY, NOON),
        ),
    )


def a_board(**more: Any) -> BoardPage:
    lines = (
        BoardLine("e2", LONG_NAME, "E1002", "absent", None, MONDAY, "not_here", "in", NINE),
        BoardLine("e5", "孙丽华", "E1005", "unknown", "09:12", MONDAY, "unheard", "in", NINE),
        BoardLine("e6", "王建国", "E1006", "late", "09:17", MONDAY, "not_left", "out", SIX),
        BoardLine("e7", "周杰", "E1007", "not_due", None, MONDAY, "left_open", "out", MORNING),
        BoardLine("e8", "吴昕", "E1008", "left", "19:15", MONDAY, "overtime", "out", SIX, over_min=75),
        BoardLine("e9", "Maria Santos", "E1009", "present", "10:00", None, "overtime", "out", over_min=70, request_id="r2"),
        BoardLine("e1", "李晓雯", "E1001", "present", "08:52", DutyCard("2026-06-01", SPLIT)),
        BoardLine("e3", "陈思远", "E1003", "on_leave", None, MONDAY),
        BoardLine("e4", "赵敏", "E1004", "left", "13:05", None, on_its_way=OnItsWay("o8", "vouch", "kept")),
    )
    words = ("present", "late", "early", "left", "not_due", "not_in_yet", "absent", "on_leave", "off", "unknown")
    counts = tuple((word, sum(line.state == word for line in lines)) for word in words)
    return replace(BoardPage("2026-06-01", MORNING, lines, counts), **more)


class _Weeks:
    """Whoever may say the two words."""

    def __init__(self) -> None:
        self.listed: tuple[WeekCard, ...] = ()
        self.pages: dict[str, WeekPage] = {"w23": a_week_page(), "w22": a_revised_week()}
        self.said: list[tuple[Any, ...]] = []
        self.problem: Refused | None = None

    def weeks(self) -> tuple[WeekCard, ...]:
        return self.listed

    def week(self, statement_id: str) -> WeekPage | None:
        return self.pages.get(statement_id)

    def confirm_week(self, statement_id: str, revision: int) -> None:
        self._settle(statement_id, "confirm", revision)

    def dispute_week(self, statement_id: str, revision: int, reason: str, day: str | None = None) -> None:
        self._settle(statement_id, "dispute", revision, reason, day)

    def _settle(self, pk: str, act: Any, *rest: Any) -> None:
        if self.problem is not None:
            raise self.problem
        self.said.append((act, pk, *rest))
        page = self.pages[pk]
        card = replace(page.card, waits_for_me=False, on_its_way=OnItsWay("o9", act, "kept"))
        self.pages[pk] = replace(page, card=card, may_confirm=False, may_object=False)


class ScriptedHours(_Weeks):
    """My own hours on my phone."""

    def __init__(self) -> None:
        super().__init__()
        self.now = ShiftsNow()
        self.months: dict[str, MonthPage] = {}
        self.days: dict[str, DayPage] = {}
        self.appealed: list[tuple[str, str]] = []
        self.handed_in: bytes | None = None
        self.is_locked = False
        self.at_my_stores: tuple[WeekCard, ...] = ()

    def store_weeks(self) -> tuple[WeekCard, ...]:
        return self.at_my_stores

    def manages(self) -> None:
        """The phone of a store's manager."""
        self.at_my_stores = (a_week(31, person_name=LONG_NAME), a_week(30, waits_for_me=False, state="complete"))
        self.pages["w31"] = a_week_page(self.at_my_stores[0], side="store")

    def busy(self) -> None:
        """Something of everything."""
        self.now = ShiftsNow(MONDAY, DutyCard("2026-06-03", SPLIT), Said("phone.hint_late", {"min": 17, "at": "09:00"}))
        self.listed = (a_week(), a_week(22, revision=2), a_week(21, waits_for_me=False, state="complete"),
                       a_week(20, waits_for_me=False, state="disputed"),
                       a_week(19, waits_for_me=False, on_its_way=OnItsWay("o9", "confirm", "kept")))  # fmt: skip

    def shifts(self) -> ShiftsNow:
        self._look()
        return self.now

    def month(self, month: str | None = None) -> MonthPage:
        self._look()
        month = month or "2026-06"
        empty = MonthPage(month, "2026-06-11", tuple(DayCard(f"{month}-{n:02}", None) for n in range(1, 29)), MonthSums())
        if month in self.months:
            return self.months[month]
        return a_month(month) if self.listed else replace(empty, days=tuple(replace(d, state=None) for d in a_month(month).days))

    def day(self, day: str) -> DayPage:
        self._look()
        return self.days.get(day) or a_day(card=replace(a_day().card, day=day))

    def correction(self, day: str) -> Draft:
        from tests.ui.scripted_office import FLOWS

        return Draft(FLOWS[0], (("from", day),))

    def appeal(self, day: str, text: str, photo: bytes | None = None) -> str:
        self.appealed.append((day, text))
        self.handed_in = photo
        return "a9"

    def _look(self) -> None:
        if self.is_locked:
            raise Refused("client.locked")


class ScriptedDeskHours(_Weeks):
    """The manager's board and weeks."""

    def __init__(self) -> None:
        super().__init__()
        self.today = a_board()
        self.listed = (a_week(), a_week(22, person_name=LONG_NAME, revision=2), a_week(21, waits_for_me=False, state="complete"))
        self.vouched: list[tuple[str, ...]] = []

    def board(self) -> BoardPage:
        return self.today

    def vouch(self, person_id: str, kind: str, day: str, hhmm: str, reason: str) -> str:
        if self.problem is not None:
            raise self.problem
        self.vouched.append((person_id, kind, day, hhmm, reason))
        return "c9"


class ScriptedOwn(_Weeks):
    """Somebody's own page on the tablet."""

    pin = "481516"

    def __init__(self) -> None:
        super().__init__()
        self.listed = (a_week(), a_week(22, waits_for_me=False, state="complete"))
        self.person_id = ""
        self.shut = 0

    def open(self, person_id: str, pin: str) -> PinAnswer:
        if pin != self.pin:
            return PinAnswer(False, 4, 0)
        self.person_id = person_id
        return PinAnswer(True, 5, 0)

    def page(self) -> MyPage:
        if not self.person_id:
            raise Refused("client.pin_needed")
        return MyPage(self.person_id, LONG_NAME, MONDAY, DutyCard("2026-06-03", SPLIT), self.listed)

    def close(self) -> None:
        self.person_id, self.shut = "", self.shut + 1
