"""Employee shift scheduling as Curtois & Qu published it (schedulingbenchmarks.org/nrp): the text format, and its rules as data.

A person works at most one shift a day. Hard: shifts that may not follow another on the next day; at most so many of a shift
type; minutes in all; shifts in a row (at most, at least); days off in a row (at least); weekends with a worked Saturday or
Sunday (day 0 is a Monday); fixed days off. What was before the horizon and comes after it is taken to be favourable: a run of
shifts or of days off that touches the first or the last day may be shorter than its minimum. Soft: requests for or against a
shift on a day, and the cover of each day and shift.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from math import gcd

from server.solver.columns import Column, Problem, Row

SECTIONS = ("HORIZON", "SHIFTS", "STAFF", "DAYS_OFF", "SHIFT_ON_REQUESTS", "SHIFT_OFF_REQUESTS", "COVER")
MOST_DAYS = 3_660
MOST_CELLS = 20_000_000
MOST_NUMBER = 10**9


class BadFile(Exception):
    """A file that is not of this format; says where and why."""

    def __init__(self, why: str, line: int | None = None) -> None:
        super().__init__(f"line {line}: {why}" if line else why)
        self.line = line


@dataclass(frozen=True, slots=True)
class Shift:
    name: str
    minutes: int
    not_next: frozenset[int]
    """Shifts that may not follow it on the next day."""


@dataclass(frozen=True, slots=True)
class Member:
    """One person's hard rules. `most_of` holds, per shift, how many at most; minutes are of the whole horizon."""

    name: str
    most_of: tuple[int, ...]
    most_minutes: int
    least_minutes: int
    most_on: int
    least_on: int
    least_off: int
    weekends: int
    days_off: frozenset[int]


@dataclass(frozen=True, slots=True)
class Cover:
    day: int
    shift: int
    need: int
    under: int
    over: int


@dataclass(frozen=True)
class Instance:
    """`wishes[i]` holds (day, shift) -> what working that cell costs person i (negative: saves); `base` is what all requests
    for a shift cost when none is met."""

    days: int
    shifts: tuple[Shift, ...]
    staff: tuple[Member, ...]
    wishes: tuple[dict[tuple[int, int], int], ...]
    base: int
    cover: tuple[Cover, ...]

    @cached_property
    def row_of(self) -> dict[tuple[int, int], int]:
        """(day, shift) -> its row of cover."""
        return {(c.day, c.shift): row for row, c in enumerate(self.cover)}

    def problem(self) -> Problem:
        """Rows are the cover demands in the order of the file."""
        numbers = [w for of in self.wishes for w in of.values()] + [n for c in self.cover for n in (c.under, c.over)]
        rows = tuple(Row(c.need, ((None, c.under),), ((None, c.over),)) for c in self.cover)
        return Problem(len(self.staff), rows, self.base, reduce(gcd, numbers, 0) or 1)


def column_of(instance: Instance, person: int, cells: Sequence[int]) -> Column:
    """The column of one person's roster: for each day the shift, or -1."""
    wishes, row_of = instance.wishes[person], instance.row_of
    worked = [(day, shift) for day, shift in enumerate(cells) if shift >= 0]
    rows = sorted(row_of[cell] for cell in worked if cell in row_of)
    return Column(person, sum(wishes.get(cell, 0) for cell in worked), tuple(rows), None, tuple(cells))


def read(text: str) -> Instance:
    """An instance from the text of its file; raises `BadFile` with the line for what is not of the format."""
    found = _sections(text)
    for name in ("HORIZON", "SHIFTS", "STAFF", "COVER"):
        if not found.get(name):
            raise BadFile(f"SECTION_{name} is missing or empty")
    line, row = found["HORIZON"][0]
    days = _number(row[0], line, "the horizon", least=1, most=MOST_DAYS)
    if len(found["HORIZON"]) > 1:
        raise BadFile("the horizon is said twice", found["HORIZON"][1][0])
    shifts = _shifts(found["SHIFTS"])
    at = {s.name: i for i, s in enumerate(shifts)}
    off = _days_off(found.get("DAYS_OFF", ()), days)
    staff = tuple(_member(line, row, at, off) for line, row in found["STAFF"])
    who = {m.name: i for i, m in enumerate(staff)}
    if len(who) != len(staff):
        raise BadFile("somebody is in the staff twice")
    if stranger := next((name for name in off if name not in who), None):
        raise BadFile(f"days off of {stranger}, who is not in the staff")
    if days * len(shifts) * len(staff) > MOST_CELLS:
        raise BadFile(f"larger than {MOST_CELLS} cells")
    wishes: list[dict[tuple[int, int], int]] = [{} for _ in staff]
    base = 0
    for name, sign in (("SHIFT_ON_REQUESTS", -1), ("SHIFT_OFF_REQUESTS", 1)):
        for line, row in found.get(name, ()):
            if len(row) != 4:
                raise BadFile("a request is: person, day, shift, weight", line)
            person, cell = _of(who, row[0], line, "person"), (_day(row[1], line, days), _of(at, row[2], line, "shift"))
            weight = _number(row[3], line, "the weight")
            wishes[person][cell] = wishes[person].get(cell, 0) + sign * weight
            base += weight if sign < 0 else 0
    return Instance(days, shifts, staff, tuple(wishes), base, _cover(found["COVER"], at, days))


def _sections(text: str) -> dict[str, list[tuple[int, list[str]]]]:
    found: dict[str, list[tuple[int, list[str]]]] = {}
    current: list[tuple[int, list[str]]] | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#")[0].strip()
        if not line:
            continue
        if title := re.fullmatch(r"SECTION_(\w+)", line):
            if title[1] not in SECTIONS:
                raise BadFile(f"no section is called {title[1]}", number)
            if title[1] in found:
                raise BadFile(f"SECTION_{title[1]} comes twice", number)
            current = found.setdefault(title[1], [])
        elif current is None:
            raise BadFile("text before the first section", number)
        else:
            current.append((number, [part.strip() for part in line.split(",")]))
    return found


def _shifts(rows: Sequence[tuple[int, list[str]]]) -> tuple[Shift, ...]:
    at: dict[str, int] = {}
    for line, row in rows:
        if len(row) not in (2, 3) or not row[0]:
            raise BadFile("a shift is: name, minutes, shifts that may not follow", line)
        if row[0] in at:
            raise BadFile(f"shift {row[0]} comes twice", line)
        at[row[0]] = len(at)
    return tuple(
        Shift(
            row[0],
            _number(row[1], line, "the length of a shift", least=1, most=1440),
            frozenset(_of(at, name, line, "shift") for name in (row[2].split("|") if len(row) > 2 else []) if name),
        )
        for line, row in rows
    )


def _member(line: int, row: list[str], at: dict[str, int], off: dict[str, frozenset[int]]) -> Member:
    if len(row) != 8 or not row[0]:
        raise BadFile("a person is: name, most of each shift, and six numbers", line)
    most = [MOST_NUMBER] * len(at)
    for part in filter(None, row[1].split("|")):
        name, equals, number = part.partition("=")
        if not equals:
            raise BadFile(f"most of a shift is written name=number, not {part}", line)
        most[_of(at, name.strip(), line, "shift")] = _number(number, line, f"most of {name}")
    a, b, c, d, e, f = (_number(part, line, "a limit of a person") for part in row[2:])
    return Member(row[0], tuple(most), a, b, c, d, e, f, off.get(row[0], frozenset()))


def _days_off(rows: Sequence[tuple[int, list[str]]], days: int) -> dict[str, frozenset[int]]:
    found: dict[str, frozenset[int]] = {}
    for line, row in rows:
        found[row[0]] = found.get(row[0], frozenset()) | {_day(part, line, days) for part in row[1:] if part}
    return found


def _cover(rows: Sequence[tuple[int, list[str]]], at: dict[str, int], days: int) -> tuple[Cover, ...]:
    found: dict[tuple[int, int], Cover] = {}
    for line, row in rows:
        if len(row) != 5:
            raise BadFile("cover is: day, shift, needed, weight of under, weight of over", line)
        day, shift = _day(row[0], line, days), _of(at, row[1], line, "shift")
        if (day, shift) in found:
            raise BadFile("cover of this day and shift comes twice", line)
        found[day, shift] = Cover(day, shift, *(_number(part, line, "a number of the cover") for part in row[2:]))
    return tuple(found.values())


def _of(known: dict[str, int], name: str, line: int, what: str) -> int:
    if name not in known:
        raise BadFile(f"{name or 'nothing'} is no {what}", line)
    return known[name]


def _day(text: str, line: int, days: int) -> int:
    return _number(text, line, "a day", most=days - 1)


def _number(text: str, line: int, what: str, *, least: int = 0, most: int = MOST_NUMBER) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text.strip()) or not least <= int(text) <= most:
        raise BadFile(f"{what} is a whole number from {least} to {most}, not {text or 'nothing'}", line)
    return int(text)
