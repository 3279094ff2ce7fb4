"""Working time to the minute: cases worked by hand with their arithmetic, laws, and a naive checker that walks every minute."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import worktime
from contract.worktime import DayKind, Pause, WorkHours, WorkWindow, is_working, moment_after, worked_minutes, worked_ms
from tests.support.planted import instead

CHINA, BERLIN, NEW_YORK = "Asia/Shanghai", "Europe/Berlin", "America/New_York"


def at(text: str, zone: str = CHINA) -> int:
    """The moment of a wall clock, `MM-DD HH:MM[:SS]` of 2026."""
    shown = text if text.count(":") == 2 else f"{text}:00"
    moment = datetime.strptime(f"2026-{shown}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZoneInfo(zone))
    return round(moment.timestamp()) * 1000


def windows(*spans: tuple[float, float]) -> list[WorkWindow]:
    return [WorkWindow(from_min=round(since * 60), until_min=round(until * 60)) for since, until in spans]


def week(days: int, *spans: tuple[float, float], **more: Any) -> WorkHours:
    """The same windows on the first `days` days of the week."""
    return WorkHours(week=[windows(*spans)] * days + [[]] * (7 - days), **more)


DESK = week(5, (9, 12), (13, 18))  # 3 + 5 hours: 480 minutes a day
SHOP = week(7, (10, 22), follows_calendar=False)  # 720 a day
NIGHT = week(5, (22, 30))  # 480, from 22:00 to 06:00 of the next day
ALWAYS = week(7, (0, 24), follows_calendar=False)
SHORT_FRIDAY = WorkHours(week=[*([windows((9, 18))] * 4), windows((9, 12)), [], []], make_up_as=4)
NEVER = week(0)
NATIONAL: Mapping[str, DayKind] = {**{f"2026-10-0{n}": "holiday" for n in range(1, 8)}, "2026-10-10": "workday"}
MONDAY_ON: Mapping[str, DayKind] = {"2026-03-02": "workday"}
WEDNESDAY_OFF: Mapping[str, DayKind] = {"2026-03-04": "weekend"}


def zoned(hours: WorkHours, zone: str) -> WorkHours:
    return WorkHours(zone=zone, week=hours.week, follows_calendar=hours.follows_calendar)


def special(hours: WorkHours, **days: list[WorkWindow]) -> WorkHours:
    said = {f"2026-{day[1:].replace('_', '-')}": spans for day, spans in days.items()}
    return WorkHours(week=hours.week, follows_calendar=hours.follows_calendar, special=said)


# 2026-03-02 is a Monday, 2026-10-01 a Thursday. (what, hours, calendar, from, until, pauses, minutes), walls of the desk's zone.
Case = tuple[str, WorkHours, Mapping[str, DayKind], str, str, list[tuple[str, str | None]], int]
PLAIN: list[Case] = [
    ("one morning: 09:10 to 11:40", DESK, {}, "03-02 09:10", "03-02 11:40", [], 150),
    ("over lunch: 11:30-12:00 and 13:00-13:30", DESK, {}, "03-02 11:30", "03-02 13:30", [], 30 + 30),
    ("before it opens counts nothing: 09:00-09:20", DESK, {}, "03-02 07:00", "03-02 09:20", [], 20),
    ("after it closes counts nothing: 17:30-18:00", DESK, {}, "03-02 17:30", "03-02 23:00", [], 30),
    ("over night: 17:00-18:00 and 09:00-10:00", DESK, {}, "03-02 17:00", "03-03 10:00", [], 60 + 60),
    ("a whole day: 3 h + 5 h", DESK, {}, "03-02 00:00", "03-03 00:00", [], 180 + 300),
    ("from closing to opening", DESK, {}, "03-02 18:00", "03-03 09:00", [], 0),
    ("lunch alone", DESK, {}, "03-02 12:00", "03-02 13:00", [], 0),
    ("up to the opening minute, not in it", DESK, {}, "03-02 08:00", "03-02 09:00", [], 0),
    ("the opening minute", DESK, {}, "03-02 09:00", "03-02 09:01", [], 1),
    ("over a weekend: Friday 17-18, Monday 09:00-09:30", DESK, {}, "03-06 17:00", "03-09 09:30", [], 60 + 30),
    ("a Saturday", DESK, {}, "03-07 00:00", "03-08 00:00", [], 0),
    ("a week: 5 x 480", DESK, {}, "03-02 00:00", "03-09 00:00", [], 2400),
    ("two weeks less the last Friday: 9 x 480", DESK, {}, "03-02 00:00", "03-13 00:00", [], 4320),
    ("a shop's Sunday: 21-22, Monday 10:00-10:30", SHOP, {}, "03-08 21:00", "03-09 10:30", [], 60 + 30),
    ("a shop's week: 7 x 720", SHOP, {}, "03-02 00:00", "03-09 00:00", [], 5040),
    ("nothing in no time", DESK, {}, "03-02 09:30", "03-02 09:30", [], 0),
    ("nothing backwards", DESK, {}, "03-02 11:00", "03-02 10:00", [], 0),
    ("seconds: 09:00:30 to 09:02:29 is a minute and 59 s", DESK, {}, "03-02 09:00:30", "03-02 09:02:29", [], 1),
    ("story 3: sent 10:33, answered 10:45", SHOP, {}, "03-02 10:33", "03-02 10:45", [], 12),
    ("two windows that overlap, 9-13 and 12-17: 8 h", week(5, (9, 13), (12, 17)), {}, "03-02 00:00", "03-03 00:00", [], 480),
    ("windows written in any order", week(5, (13, 18), (9, 12)), {}, "03-02 11:00", "03-02 14:00", [], 60 + 60),
    ("around the clock: two days", ALWAYS, {}, "03-02 12:00", "03-04 12:00", [], 2880),
    ("a desk that never works", NEVER, {}, "03-02 00:00", "03-09 00:00", [], 0),
]
NIGHTS: list[Case] = [
    ("a night: 22-24 and 0-6", NIGHT, {}, "03-02 21:00", "03-03 07:00", [], 120 + 360),
    ("over midnight: 23:30 to 01:15", NIGHT, {}, "03-02 23:30", "03-03 01:15", [], 30 + 75),
    ("Friday's night belongs to Friday: 23-06", NIGHT, {}, "03-06 23:00", "03-07 12:00", [], 420),
    ("no night begins on Saturday", NIGHT, {}, "03-07 22:00", "03-08 06:00", [], 0),
    ("none on Sunday: Monday's early morning is free", NIGHT, {}, "03-08 20:00", "03-09 22:00", [], 0),
    ("the end of one and the beginning of the next: 05-06, 22-23", NIGHT, {}, "03-03 05:00", "03-03 23:00", [], 60 + 60),
    ("25 hours from Monday 23:00 to Wednesday 00:00", WorkHours(week=[windows((23, 48)), *[[]] * 6]), {},
     "03-02 00:00", "03-04 12:00", [], 1500),
    ("a night to 06:00 and an early turn 05-09: 8 h + 3 h", week(7, (22, 30), (5, 9)), {},
     "03-02 22:00", "03-03 09:00", [], 480 + 180),
]  # fmt: skip
HOLIDAYS: list[Case] = [
    ("around National Day: 17-18 on the 30th, 09-10 on the 8th", DESK, NATIONAL, "09-30 17:00", "10-08 10:00", [], 60 + 60),
    ("inside it", DESK, NATIONAL, "10-02 09:00", "10-05 18:00", [], 0),
    ("a Saturday that is worked is like Monday", DESK, NATIONAL, "10-10 00:00", "10-11 00:00", [], 480),
    ("or like a short Friday: 09-12", SHORT_FRIDAY, NATIONAL, "10-10 00:00", "10-11 00:00", [], 180),
    ("its Sunday stays free", DESK, NATIONAL, "10-11 00:00", "10-12 00:00", [], 0),
    ("a shop that knows no holidays", SHOP, NATIONAL, "10-01 00:00", "10-02 00:00", [], 720),
    ("a shop that does", week(7, (10, 22)), NATIONAL, "10-01 00:00", "10-02 00:00", [], 0),
    ("which works on Saturdays is closed on one within", week(7, (10, 22)), NATIONAL, "10-03 00:00", "10-04 00:00", [], 0),
    ("the night before runs into the holiday: 22-06", NIGHT, NATIONAL, "09-30 21:00", "10-01 12:00", [], 480),
    ("on the holiday none begins", NIGHT, NATIONAL, "10-07 22:00", "10-08 06:00", [], 0),
    ("the worked Saturday has a night", NIGHT, NATIONAL, "10-10 21:00", "10-11 07:00", [], 480),
    ("a Wednesday that was made free", DESK, WEDNESDAY_OFF, "03-03 17:00", "03-05 10:00", [], 60 + 60),
    ("a Saturday said to be one changes nothing", SHOP, {"2026-03-07": "weekend"}, "03-07 00:00", "03-08 00:00", [], 720),
    ("a Monday said to be worked changes nothing", SHORT_FRIDAY, MONDAY_ON, "03-02 00:00", "03-03 00:00", [], 540),
    ("a short day: 09-12", special(DESK, d03_04=windows((9, 12))), {}, "03-04 00:00", "03-05 00:00", [], 180),
    ("a closed day", special(DESK, d03_05=[]), {}, "03-04 17:00", "03-06 10:00", [], 60 + 60),
    ("open on a holiday: 10-14", special(DESK, d10_01=windows((10, 14))), NATIONAL, "10-01 00:00", "10-02 00:00", [], 240),
    ("open on one Sunday: 14-16", special(DESK, d03_08=windows((14, 16))), {}, "03-07 00:00", "03-09 00:00", [], 120),
    ("closed on Tuesday, Monday's night goes on", special(NIGHT, d03_03=[]), {}, "03-03 00:00", "03-04 00:00", [], 360),
]  # fmt: skip
PAUSED: list[Case] = [
    ("inside: 180 - 45", DESK, {}, "03-02 09:00", "03-02 12:00", [("03-02 10:00", "03-02 10:45")], 135),
    ("over lunch takes 30 + 30: 480 - 60", DESK, {}, "03-02 09:00", "03-02 18:00", [("03-02 11:30", "03-02 13:30")], 420),
    ("at lunch takes nothing", DESK, {}, "03-02 09:00", "03-02 18:00", [("03-02 12:10", "03-02 12:50")], 480),
    ("over night: 120 + 120 - 60 - 60", DESK, {}, "03-02 16:00", "03-03 11:00", [("03-02 17:00", "03-03 10:00")], 120),
    ("two that overlap are one of 90: 180 - 90", DESK, {}, "03-02 09:00", "03-02 12:00",
     [("03-02 10:00", "03-02 11:00"), ("03-02 10:30", "03-02 11:30")], 90),
    ("two apart: 180 - 10 - 20", DESK, {}, "03-02 09:00", "03-02 12:00",
     [("03-02 11:00", "03-02 11:20"), ("03-02 09:30", "03-02 09:40")], 150),
    ("one that goes on: 09-10", DESK, {}, "03-02 09:00", "03-02 12:00", [("03-02 10:00", None)], 60),
    ("one that goes on swallows what follows", DESK, {}, "03-02 09:00", "03-02 12:00",
     [("03-02 10:00", None), ("03-02 11:00", "03-02 11:10")], 60),
    ("all of it", DESK, {}, "03-02 09:00", "03-02 12:00", [("03-01 00:00", "03-03 00:00")], 0),
    ("of no length", DESK, {}, "03-02 09:00", "03-02 12:00", [("03-02 10:00", "03-02 10:00")], 180),
    ("begun before: 09:30-12:00", DESK, {}, "03-02 09:00", "03-02 12:00", [("03-02 07:00", "03-02 09:30")], 150),
    ("over a weekend: 17:00-17:30, 09:30-10:00", DESK, {}, "03-06 17:00", "03-09 10:00", [("03-06 17:30", "03-09 09:30")], 60),
    ("at night: 480 - 120", NIGHT, {}, "03-02 22:00", "03-03 06:00", [("03-02 23:00", "03-03 01:00")], 360),
    ("through a holiday takes 60 + 60 of 120", DESK, NATIONAL, "09-30 17:00", "10-08 10:00", [("09-30 12:00", "10-08 12:00")], 0),
]  # fmt: skip
CHANGES: list[Case] = [
    ("Berlin springs forward: 23 h", zoned(ALWAYS, BERLIN), {}, "03-29 00:00", "03-30 00:00", [], 1380),
    ("and back: 25 h", zoned(ALWAYS, BERLIN), {}, "10-25 00:00", "10-26 00:00", [], 1500),
    ("the night of spring: 8 h - 1", zoned(week(7, (22, 30)), BERLIN), {}, "03-28 21:00", "03-29 12:00", [], 420),
    ("the night of autumn: 8 h + 1", zoned(week(7, (22, 30)), BERLIN), {}, "10-24 21:00", "10-25 12:00", [], 540),
    ("01-05 in spring: 3 h", zoned(week(7, (1, 5)), BERLIN), {}, "03-29 00:00", "03-29 12:00", [], 180),
    ("the hour that is not there", zoned(week(7, (2, 3)), BERLIN), {}, "03-29 00:00", "03-29 12:00", [], 0),
    ("the hour that comes twice", zoned(week(7, (2, 3)), BERLIN), {}, "10-25 00:00", "10-25 12:00", [], 120),
    ("from 02:30, which is not there, on: 03-04", zoned(week(7, (2.5, 4)), BERLIN), {}, "03-29 00:00", "03-29 12:00", [], 60),
    ("up to the first 02:30: 01:00-02:30", zoned(week(7, (1, 2.5)), BERLIN), {}, "10-25 00:00", "10-25 12:00", [], 90),
    ("a weekend in between changes no office", zoned(DESK, BERLIN), {}, "03-27 17:00", "03-30 10:00", [], 60 + 60),
    ("New York in spring", zoned(ALWAYS, NEW_YORK), {}, "03-08 00:00", "03-09 00:00", [], 1380),
    ("New York in autumn", zoned(ALWAYS, NEW_YORK), {}, "11-01 00:00", "11-02 00:00", [], 1500),
    ("Lord Howe moves by half an hour", zoned(ALWAYS, "Australia/Lord_Howe"), {}, "04-05 00:00", "04-06 00:00", [], 1470),
    ("and in spring", zoned(ALWAYS, "Australia/Lord_Howe"), {}, "10-04 00:00", "10-05 00:00", [], 1410),
]  # fmt: skip
CASES = [*PLAIN, *NIGHTS, *HOLIDAYS, *PAUSED, *CHANGES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_minutes_are_those_worked_by_hand(case: Case) -> None:
    _what, hours, calendar, since, until, stops, minutes = case
    zone = hours.zone
    pauses = [(at(stop, zone), at(go, zone) if go is not None else None) for stop, go in stops]
    assert worked_minutes(hours, calendar, at(since, zone), at(until, zone), pauses) == minutes


# (what, zone of the desk, from and until by the clock in Shanghai, minutes)
ZONES = [
    ("Berlin, 7 hours behind: 16-20 is 09-13 there", DESK, BERLIN, "03-02 16:00", "03-02 20:00", 180),
    ("New York in winter, 13 behind: 22 is 09 there", DESK, NEW_YORK, "01-05 22:00", "01-06 07:00", 480),
    ("New York in summer, 12 behind: 21 is 09 there", DESK, NEW_YORK, "07-06 20:00", "07-06 22:00", 60),
    ("India, 2:30 behind: opens at 11:30", DESK, "Asia/Kolkata", "03-02 11:00", "03-02 12:00", 30),
    ("Nepal, 2:15 behind: opens at 11:15", DESK, "Asia/Kathmandu", "03-02 11:00", "03-02 12:00", 45),
    ("Auckland, 5 ahead: 12-20 on Friday is 17-01", DESK, "Pacific/Auckland", "03-06 12:00", "03-06 20:00", 60),
    ("Honolulu, 18 behind: Saturday's 06-08 is Friday's 12-14", DESK, "Pacific/Honolulu", "03-07 06:00", "03-07 08:00", 60),
]


@pytest.mark.parametrize("case", ZONES, ids=lambda case: case[0])
def test_a_desk_works_by_its_own_clock_wherever_the_question_comes_from(case: Any) -> None:
    _what, hours, zone, since, until, minutes = case
    assert worked_minutes(zoned(hours, zone), {}, at(since), at(until)) == minutes


# (what, hours, calendar, from, minutes, pauses, the moment)
DUE: list[tuple[str, WorkHours, Mapping[str, DayKind], str, int, list[tuple[str, str | None]], str | None]] = [
    ("30 in the morning", DESK, {}, "03-02 10:00", 30, [], "03-02 10:30"),
    ("60 over lunch: 30 + 30", DESK, {}, "03-02 11:30", 60, [], "03-02 13:30"),
    ("exactly to lunch", DESK, {}, "03-02 11:30", 30, [], "03-02 12:00"),
    ("asked at night, counted from 09:00", DESK, {}, "03-02 22:00", 30, [], "03-03 09:30"),
    ("a day's work later", DESK, {}, "03-02 10:00", 480, [], "03-03 10:00"),
    ("Friday 17:00 + 2 h: 60 + 60 on Monday", DESK, {}, "03-06 17:00", 120, [], "03-09 10:00"),
    ("over National Day", DESK, NATIONAL, "09-30 17:30", 60, [], "10-08 09:30"),
    ("on the worked Saturday", DESK, NATIONAL, "10-09 17:30", 60, [], "10-10 09:30"),
    ("a pause of 45 moves it by 45", DESK, {}, "03-02 09:00", 60, [("03-02 09:30", "03-02 10:15")], "03-02 10:45"),
    ("a pause over night: 30 before, 30 after", DESK, {}, "03-02 17:00", 60, [("03-02 17:30", "03-03 11:00")], "03-03 11:30"),
    ("at night over midnight", NIGHT, {}, "03-02 23:00", 120, [], "03-03 01:00"),
    ("Friday's night, then Monday's: 60 + 60", NIGHT, {}, "03-07 05:00", 120, [], "03-09 23:00"),
    ("no minutes at all", DESK, {}, "03-07 05:00", 0, [], "03-07 05:00"),
    ("a pause that goes on", DESK, {}, "03-02 09:00", 60, [("03-02 09:30", None)], None),
    ("a desk that never works", NEVER, {}, "03-02 09:00", 1, [], None),
    ("a desk that works on one day only, and not long enough", special(NEVER, d03_04=windows((9, 12))), {},
     "03-02 09:00", 181, [], None),
    ("and just long enough", special(NEVER, d03_04=windows((9, 12))), {}, "03-02 09:00", 180, [], "03-04 12:00"),
]  # fmt: skip


@pytest.mark.parametrize("case", DUE, ids=lambda case: case[0])
def test_a_target_runs_out_at_the_moment_worked_by_hand(case: Any) -> None:
    _what, hours, calendar, since, minutes, stops, moment = case
    pauses = [(at(stop), at(go) if go is not None else None) for stop, go in stops]
    assert moment_after(hours, calendar, at(since), minutes, pauses) == (at(moment) if moment is not None else None)


def test_a_desk_is_open_in_its_windows_only() -> None:
    asked = {"08:59": False, "09:00": True, "11:59": True, "12:00": False, "17:59": True, "18:00": False}
    assert {clock: is_working(DESK, {}, at(f"03-02 {clock}")) for clock in asked} == asked


# -- a checker that walks every minute ---------------------------------------------------------------------------------------


def walked(hours: WorkHours, calendar: Mapping[str, DayKind], from_ms: int, until_ms: int, pauses: Iterable[Pause]) -> int:
    """The same count by looking at the clock on the wall once a minute. Of every window it asks whether that clock has reached
    its beginning and not yet its end; a clock that is set back has reached what it showed already."""
    zone, minute, stops = ZoneInfo(hours.zone), timedelta(minutes=1), list(pauses)
    now = datetime.fromtimestamp(from_ms // 1000, UTC) - timedelta(days=3)
    shown = datetime.min
    count = 0
    while (ms := round(now.timestamp()) * 1000) < until_ms:
        shown = max(shown, now.astimezone(zone).replace(tzinfo=None))
        is_paused = any(since <= ms and (until is None or ms < until) for since, until in stops)
        if ms >= from_ms and not is_paused and any(_open(hours, calendar, shown, back) for back in range(3)):
            count += 1
        now += minute
    return count


def _open(hours: WorkHours, calendar: Mapping[str, DayKind], shown: datetime, back: int) -> bool:
    day = shown.date() - timedelta(days=back)
    passed = shown.hour * 60 + shown.minute + back * 1440
    return any(one.from_min <= passed < one.until_min for one in _plan(hours, calendar, day))


def _plan(hours: WorkHours, calendar: Mapping[str, DayKind], day: date) -> list[WorkWindow]:
    said = calendar.get(str(day), "") if hours.follows_calendar else ""
    is_weekend = day.isoweekday() > 5
    if str(day) in hours.special:
        return hours.special[str(day)]
    if said == "holiday" or (said == "weekend" and not is_weekend):
        return []
    return hours.week[hours.make_up_as if said == "workday" and is_weekend else day.weekday()]


AROUND = [date(2026, 3, 27), date(2026, 10, 23), date(2026, 10, 1), date(2026, 3, 2)]
KINDS: list[DayKind] = ["workday", "weekend", "holiday"]


def drawn(dice: random.Random) -> tuple[WorkHours, Mapping[str, DayKind], int, int, list[Pause]]:
    """Any hours around a change of clocks or a holiday, and a question about them, in whole minutes."""

    def spans() -> list[WorkWindow]:
        starts = sorted(dice.randrange(0, 1440, 30) for _ in range(dice.choice([0, 1, 1, 2])))
        return [WorkWindow(from_min=start, until_min=start + dice.randrange(1, 1440)) for start in starts]

    first = dice.choice(AROUND)
    days = [str(first + timedelta(days=n)) for n in range(6)]
    hours = WorkHours(
        zone=dice.choice([CHINA, BERLIN, NEW_YORK, "Australia/Lord_Howe", "Asia/Kathmandu"]),
        week=[spans() for _ in range(7)], follows_calendar=dice.random() < 0.7, make_up_as=dice.randrange(7),
        special={day: spans() for day in days if dice.random() < 0.15},
    )  # fmt: skip
    calendar = {day: dice.choice(KINDS) for day in days if dice.random() < 0.3}
    base = round(datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(hours.zone)).timestamp()) * 1000

    def moment() -> int:
        return base + dice.randrange(0, 4 * 1440) * 60_000

    pauses: list[Pause] = [(moment(), dice.choice([moment(), None])) for _ in range(dice.choice([0, 1, 2]))]
    since, until = sorted((moment(), moment()))
    return hours, calendar, since, until, [(stop, go) for stop, go in pauses if go is None or go > stop]


def they_agree(draws: int = 40) -> bool:
    """Whether the two counts are the same in every draw."""
    dice = random.Random(7)
    return all(worked_minutes(*asked) == walked(*asked) for asked in (drawn(dice) for _ in range(draws)))


@pytest.mark.slow
def test_a_naive_walk_over_every_minute_counts_the_same() -> None:
    assert they_agree()


@pytest.mark.parametrize("fault", ["nights_forgotten", "clocks_never_change", "pauses_forgotten", "special_ignored"])
def test_the_naive_walk_finds_a_count_that_is_wrong(fault: str) -> None:
    windows_of = worktime.windows_of

    def no_nights(hours: WorkHours, calendar: Any, day: date) -> list[WorkWindow]:
        return [WorkWindow(from_min=one.from_min, until_min=min(one.until_min, 1440)) for one in windows_of(hours, calendar, day)]

    def fixed(day: date, minute: int, zone: ZoneInfo) -> int:
        offset = datetime(2026, 1, 15, tzinfo=zone).utcoffset() or timedelta()
        return round((datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute) - offset).timestamp()) * 1000

    def plain(hours: WorkHours, calendar: Any, day: date) -> list[WorkWindow]:
        bare = WorkHours(week=hours.week, follows_calendar=hours.follows_calendar, make_up_as=hours.make_up_as)
        return windows_of(bare, calendar, day)

    owner, broken = {
        "nights_forgotten": ("windows_of", no_nights),
        "clocks_never_change": ("_edge", fixed),
        "pauses_forgotten": ("_merged", lambda _pauses: []),
        "special_ignored": ("windows_of", plain),
    }[fault]
    with instead(worktime, owner, broken):
        assert not they_agree()


# -- laws ----------------------------------------------------------------------------------------------------------------------

SEEDS = st.integers(0, 10_000)


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(0, 1_000))
def test_time_adds_up_over_any_split(seed: int, share: int) -> None:
    hours, calendar, since, until, pauses = drawn(random.Random(seed))
    split = since + (until - since) * share // 1_000
    parts = worked_ms(hours, calendar, since, split, pauses) + worked_ms(hours, calendar, split, until, pauses)
    assert parts == worked_ms(hours, calendar, since, until, pauses)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(1, 2_000))
def test_a_due_moment_is_the_first_by_which_so_much_was_worked(seed: int, minutes: int) -> None:
    hours, calendar, since, _until, pauses = drawn(random.Random(seed))
    due = moment_after(hours, calendar, since, minutes, pauses)
    if due is None:
        assert any(go is None for _stop, go in pauses) or not any(hours.week)
    else:
        assert worked_ms(hours, calendar, since, due, pauses) == minutes * 60_000
        assert worked_ms(hours, calendar, since, due - 1, pauses) == minutes * 60_000 - 1


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.randoms(use_true_random=False))
def test_pauses_count_the_same_in_any_order_and_said_twice(seed: int, dice: Any) -> None:
    hours, calendar, since, until, pauses = drawn(random.Random(seed))
    others = [*pauses, *pauses]
    dice.shuffle(others)
    assert worked_ms(hours, calendar, since, until, others) == worked_ms(hours, calendar, since, until, pauses)
