"""The table of hand-worked roster lines in tests/rules/rosters/*.txt: how it is read, and what the rules make of each.

    == name | what the line shows, as a sentence
    # the arithmetic, by hand
    zone Europe/Berlin                              (Asia/Shanghai unless said; `first 2026-07-27` and `last 2026-08-30` too)
    rules rest_between min=660 | overlap            (only these are judged; params as the catalogue has them unless said)
    person system=part_time born=2008-07-29 protect=pregnant week_max=2400 skills=till:2026-07-29,food
    person stays=A,B:2026-07-01>2026-08-01
    person lacks=A:fire,B:till:warn,A:               (a course at a store, one that only warns, the record)
    past days_in_row=3 last_end=2026-07-26T22:15
    a 2026-07-27 22:00-06:00 B pause=30 role=till oncall elsewhere     (+09:00 is the day after; 480 minutes of work: work=480)
    every 2026-07-27..2026-08-02 09:00-18:00 pause=60                  (a shift of each day, called after it: d0727)
    leave 2026-07-27T09:00..2026-07-27T11:00        (unavailable, undesired)
    open A mon 09:00-22:00                          (or a date)
    way A B 45
    holiday 2026-10-01
    = rest_between 2026-07-28 660, overlap a|b 60   (rule, about, by how much; "= nothing" where none is broken)

Where no stay is said somebody may work at A, B and C for good; where no skill is said, nothing asks for one.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from contract.rostering.local_time import MINUTES_A_DAY, at_minute
from contract.rostering.rules import Calendar, judge_line, setting_of
from contract.rostering.shapes import Away, Lack, Past, Placed, Profile, RuleSetting, Skill, Stay, Verdict, Worker

FOLDER = Path(__file__).resolve().parents[1] / "rules" / "rosters"
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIMES = re.compile(r"(\+?)(\d\d):(\d\d)-(\+?)(\d\d):(\d\d)")
_AWAY = ("leave", "unavailable", "undesired")
Expected = dict[tuple[str, str], int]


class Case(NamedTuple):
    """One hand-worked line."""

    name: str
    sentence: str
    arithmetic: str
    worker: Worker
    placed: list[Placed]
    profile: Profile
    calendar: Calendar
    expected: Expected

    def judged(self) -> list[Verdict]:
        """What the rules say."""
        return judge_line(self.worker, self.placed, self.profile, self.calendar)


def broken_of(verdicts: list[Verdict]) -> Expected:
    """Verdicts as a table has them: rule and what it is about, by how much."""
    return {(verdict.rule, verdict.about): verdict.over for verdict in verdicts}


def as_written(found: Expected) -> Expected:
    """Without the instant at which a stretch of leave begins, which nobody writes by hand."""
    by_stretch = ("approved_leave", *_AWAY)
    return {(rule, about.split(":")[0] if rule in by_stretch else about): over for (rule, about), over in found.items()}


class _Reader:
    """What the lines of a case say, one after the other."""

    def __init__(self) -> None:
        self.zone, self.first, self.last = "Asia/Shanghai", "", ""
        self.rules: list[RuleSetting] = []
        self.person: dict[str, Any] = {}
        self.past: dict[str, Any] = {}
        self.placed: list[Placed] = []
        self.away: list[Away] = []
        self.week: dict[str, list[list[tuple[int, int]]]] = {}
        self.days: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self.travel: dict[tuple[str, str], int] = {}
        self.kinds: dict[str, Any] = {}
        self.expected: Expected = {}
        self.stays = [Stay(store_id=store, from_day="2000-01-01") for store in "ABC"]

    def read(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word in ("zone", "first", "last"):
            setattr(self, word, rest.strip())
        elif word == "rules":
            for said in rest.split("|"):
                name, *params = said.split()
                setting = setting_of(name, **{key: int(value) for key, value in (param.split("=") for param in params)})
                self.rules.append(msgspec.structs.replace(setting, hard=True))
        elif word == "person":
            self._person(dict(said.split("=", 1) for said in rest.split()))
        elif word == "past":
            self.past = dict(said.split("=", 1) for said in rest.split())
        elif word in _AWAY:
            starts, ends = (self._instant(text) for text in rest.split(".."))
            self.away.append(Away(kind=word, starts_ms=starts, ends_ms=ends))  # type: ignore[arg-type]
        elif word == "open":
            store, day, times = rest.split()
            self._open(store, day, times)
        elif word == "way":
            one, two, minutes = rest.split()
            self.travel[one, two] = int(minutes)
        elif word == "holiday":
            self.kinds[rest.strip()] = "holiday"
        elif word == "every":
            days, *more = rest.split()
            opens, closes = (date.fromisoformat(text) for text in days.split(".."))
            for number in range((closes - opens).days + 1):
                on = opens + timedelta(days=number)
                self._shift(f"d{on:%m%d}", [on.isoformat(), *more])
        elif word == "=":
            if rest.strip() != "nothing":
                for said in rest.split(","):
                    name, about, over = said.split()
                    self.expected[name, about] = int(over)
        else:
            self._shift(word, rest.split())

    def _instant(self, text: str) -> int:
        day, time = text.strip().split("T")
        return at_minute(day, int(time[:2]) * 60 + int(time[3:]), self.zone)

    def _open(self, store: str, day: str, times: str) -> None:
        span = [] if times == "closed" else [_span(times)]
        if day in _WEEK or day == "daily":
            week = self.week.setdefault(store, [[] for _ in _WEEK])
            for number, name in enumerate(_WEEK):
                if day in (name, "daily"):
                    week[number] = week[number] + span
        else:
            self.days[store, day] = span

    def _person(self, said: dict[str, str]) -> None:
        for key, value in said.items():
            if key in ("system", "home_store"):
                self.person[key] = value
            elif key == "born":
                self.person["born_on"] = value
            elif key == "protect":
                self.person["protect"] = value.split(",")
            elif key == "skills":
                terms = (term.split(":") for term in value.split(","))
                self.person["skills"] = [Skill(code=code, to_day=end[0] if end else None) for code, *end in terms]
            elif key == "lacks":
                self.person["lacks"] = [_lack(text) for text in value.split(",")]
            elif key == "stays":
                self.stays = [_stay(text) for text in value.split(",")]
            else:
                self.person[{"day_max": "day_max_min", "week_max": "week_max_min", "week_min": "week_min_min"}[key]] = int(value)

    def _shift(self, name: str, words: list[str]) -> None:
        day, times, *more = words
        zone = next((word[5:] for word in more if word.startswith("zone=")), self.zone)
        starts, ends = _span(times)
        starts_ms, ends_ms = at_minute(day, starts, zone), at_minute(day, ends, zone)
        values: dict[str, Any] = {"store_id": "A", "work_min": (ends_ms - starts_ms) // 60_000}
        for word in more:
            key, _, value = word.partition("=")
            if key in ("A", "B", "C"):
                values["store_id"] = key
            elif key == "pause":
                values["work_min"] -= int(value)
            elif key == "work":
                values["work_min"] = int(value)
            elif key == "oncall":
                values["on_call"] = True
            elif key == "elsewhere":
                values["state"] = "elsewhere"
            elif key == "role":
                values["role"] = value
            elif key == "needs":
                values["needs"] = value.split("+")
        self.placed.append(Placed(
            id=name, person_id="p", day=day, starts_min=starts, ends_min=ends, starts_ms=starts_ms, ends_ms=ends_ms, **values
        ))  # fmt: skip

    def case(self, name: str, sentence: str, arithmetic: str) -> Case:
        past = {key: int(value) for key, value in self.past.items() if key != "last_end"}
        if "last_end" in self.past:
            past["last_end_ms"] = self._instant(self.past["last_end"])
        days = [shift.day for shift in self.placed] or ["2026-07-27"]
        worker = Worker(person_id="p", stays=self.stays, away=self.away, past=Past(**past), **self.person)
        calendar = Calendar(
            self.first or min(days), self.last or max([*days, self.first]), self.zone, day_kinds=self.kinds, open_week=self.week,
            open_days=self.days, travel_min=self.travel,
        )  # fmt: skip
        profile = Profile(code="case", rules=self.rules)
        return Case(name, sentence, arithmetic, worker, self.placed, profile, calendar, self.expected)


def _lack(text: str) -> Lack:
    store, course, *warns = text.split(":")
    return Lack(store_id=store, course=course, zh=course, en=course, blocks=not warns)


def _span(text: str) -> tuple[int, int]:
    found = _TIMES.fullmatch(text)
    assert found is not None, text
    starts = int(found[2]) * 60 + int(found[3]) + (MINUTES_A_DAY if found[1] else 0)
    ends = int(found[5]) * 60 + int(found[6]) + (MINUTES_A_DAY if found[4] else 0)
    return starts, ends if ends > starts or found[4] else ends + MINUTES_A_DAY


def _stay(text: str) -> Stay:
    store, _, days = text.partition(":")
    first, _, until = days.partition(">")
    return Stay(store_id=store, from_day=first or "2000-01-01", until=until or None)


def cases() -> list[Case]:
    """Every case of the table."""
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("\n== ")[1:]:
            head, *lines = block.strip().splitlines()
            name, sentence = (part.strip() for part in head.split("|"))
            reader, said = _Reader(), []
            for line in lines:
                if line.startswith("#"):
                    said.append(line[1:].strip())
                elif line.strip():
                    reader.read(line)
            found.append(reader.case(name, sentence, " ".join(said)))
    return found
