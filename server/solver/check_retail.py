"""A second judge of rosters of the retail family, written from the text of the rules alone: shares no line with the reader,
the solver or their numbers.

A roster is what JSON carries: `{person: [{"day": 2, "start": "06:15", "blocks": [[task, minutes], ...]}, ...]}`; `day` is the
calendar day on which the shift starts, counted from 1, `task` is numbered as in the file. It counts in minutes from the
midnight before the horizon. The rules are in the docstring of `server.solver.retail`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

RULES = (
    "person", "shape", "task", "quarter", "start window", "shift length", "task length", "horizon", "one start a day", "rest",
    "days in a row", "total minutes",
)  # fmt: skip
"""Names of what can be broken."""


@dataclass(frozen=True, slots=True)
class Break:
    """One broken rule: its name (of RULES), whose roster, and what is wrong in figures."""

    rule: str
    person: str
    facts: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is broken; people missing, summed over periods and tasks; sum of squares of people beyond the maximum."""

    breaks: tuple[Break, ...]
    missing: int
    surplus: int


@dataclass(frozen=True, slots=True)
class _File:
    days: int
    tasks: int
    staff: dict[str, tuple[int, int]]
    cover: dict[tuple[int, int], tuple[int, int]]


def check(text: str, roster: Mapping[str, Sequence[Mapping[str, Any]]]) -> Verdict:
    """Judges a roster against the file `text`."""
    file = _parse(text)
    breaks = [Break("person", name, "not in the file") for name in roster if name not in file.staff]
    heads: Counter[tuple[int, int]] = Counter()
    for name, (least, most) in file.staff.items():
        shifts = []
        for shift in roster.get(name, ()):
            faults, spans = _shift(file, shift)
            breaks += [Break(rule, name, facts) for rule, facts in faults]
            if spans:
                shifts.append((spans[0][0], spans[-1][1]))
            for begin, end, task in spans:
                heads.update((minute, task) for minute in range(begin - begin % 15, end, 15))
        breaks += [Break(rule, name, facts) for rule, facts in _line(sorted(shifts), least, most)]
    missing = surplus = 0
    for place in file.cover.keys() | heads.keys():
        low, high = file.cover.get(place, (0, 0))
        missing += max(0, low - heads[place])
        surplus += max(0, heads[place] - high) ** 2
    return Verdict(tuple(breaks), missing, surplus)


def _shift(file: _File, shift: Mapping[str, Any]) -> tuple[list[tuple[str, str]], list[tuple[int, int, int]]]:
    """What is wrong with one shift by itself, and its blocks as (begin, end, task); neighbouring blocks of one task are one."""
    try:
        hour, minute = (int(part) for part in str(shift["start"]).split(":"))
        begin = (int(shift["day"]) - 1) * 1440 + hour * 60 + minute
        blocks = [(int(task), int(minutes)) for task, minutes in shift["blocks"]]
    except (KeyError, TypeError, ValueError) as error:
        return [("shape", f"{shift}: {error}")], []
    if not blocks or any(minutes <= 0 for _, minutes in blocks):
        return [("shape", f"{shift}: a block of no time")], []
    faults: list[tuple[str, str]] = []
    spans: list[tuple[int, int, int]] = []
    at = begin
    for task, minutes in blocks:
        if spans and spans[-1][2] == task:
            spans[-1] = (spans[-1][0], at + minutes, task)
        else:
            spans.append((at, at + minutes, task))
        at += minutes
    faults += [("task", f"task {task}") for _, _, task in spans if not 1 <= task <= file.tasks]
    faults += [("quarter", f"{since}-{until}") for since, until, _ in spans if since % 15 or until % 15]
    faults += [("task length", f"{until - since} minutes of task {task}") for since, until, task in spans if until - since < 60]
    clock = hour * 60 + minute
    if not (clock == 0 or 360 <= clock <= 600 or 840 <= clock <= 1080 or 1200 <= clock < 1440):
        faults.append(("start window", f"starts at {shift['start']}"))
    if not 360 <= at - begin <= 600:
        faults.append(("shift length", f"{at - begin} minutes"))
    if begin < 360 or at > 360 + file.days * 1440:
        faults.append(("horizon", f"from {begin} to {at}"))
    return faults, spans


def _line(shifts: list[tuple[int, int]], least: int, most: int) -> list[tuple[str, str]]:
    """What is wrong with a person's shifts together; (begin, end) in order."""
    faults = []
    days = [begin // 1440 for begin, _ in shifts]
    faults += [("one start a day", f"{times} on day {day + 1}") for day, times in Counter(days).items() if times > 1]
    for (_, end), (begin, _) in pairwise(shifts):
        if begin - end < 840:
            faults.append(("rest", f"{begin - end} minutes"))
    worked = set(days)
    for day in worked:
        if day - 1 not in worked:
            last = day
            while last + 1 in worked:
                last += 1
            if last - day + 1 > 5:
                faults.append(("days in a row", f"{last - day + 1} from day {day + 1}"))
    total = sum(end - begin for begin, end in shifts)
    if not least <= total <= most:
        faults.append(("total minutes", f"{total}, not {least} to {most}"))
    return faults


def _parse(text: str) -> _File:
    parts: defaultdict[str, list[list[str]]] = defaultdict(list)
    name = ""
    for line in text.splitlines():
        if line.startswith("SECTION_"):
            name = line.split("_", 1)[1].strip()
        elif line.strip() and line[0] != "#":
            parts[name].append(line.strip().split(","))
    staff = {person: (int(least), int(most)) for person, least, most in parts["STAFF"]}
    cover = {}
    for day, times, task, low, high in parts["COVER"]:
        hour, minute = times.split("-")[0].split(":")
        cover[(int(day) - 1) * 1440 + int(hour) * 60 + int(minute), int(task)] = (int(low), int(high))
    return _File(int(parts["HORIZON"][0][0]), int(parts["TASKS"][0][0]), staff, cover)
