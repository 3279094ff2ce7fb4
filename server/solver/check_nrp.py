"""Judges a roster of the Curtois & Qu family from the text of its file and the rules in words. Shares nothing with what solves.

    verdict = judge(text, {"A": ["D", "", ...], ...})

Every broken hard rule is named once per place; `penalty` is the objective, in its four parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

RULES = (
    "staff", "length", "unknown_shift", "day_off", "succession", "most_of_shift", "most_minutes", "least_minutes",
    "most_in_a_row", "least_in_a_row", "least_days_off", "weekends",
)  # fmt: skip


@dataclass(frozen=True)
class Broken:
    """One hard rule that does not hold: for whom, where (a day, or None), and in numbers."""

    rule: str
    person: str
    day: int | None
    fact: str


@dataclass(frozen=True)
class Verdict:
    broken: tuple[Broken, ...]
    penalty: int
    parts: Mapping[str, int]


def judge(text: str, roster: Mapping[str, Sequence[str]]) -> Verdict:
    """Of a roster: person -> shift of each day, "" for a day off."""
    table = _tables(text)
    days = int(table["HORIZON"][0][0])
    minutes = {row[0]: int(row[1]) for row in table["SHIFTS"]}
    forbidden = {(row[0], after) for row in table["SHIFTS"] if len(row) > 2 for after in row[2].split("|") if after}
    free = {(row[0], int(day)) for row in table.get("DAYS_OFF", []) for day in row[1:] if day}
    broken: list[Broken] = []
    names = [row[0] for row in table["STAFF"]]
    broken += [Broken("staff", name, None, "not in the staff") for name in roster if name not in names]
    for row in table["STAFF"]:
        name = row[0]
        if name not in roster:
            broken.append(Broken("staff", name, None, "has no roster"))
            continue
        plan = list(roster[name])
        if len(plan) != days:
            broken.append(Broken("length", name, None, f"{len(plan)} days, not {days}"))
            continue
        strange = [Broken("unknown_shift", name, day, s) for day, s in enumerate(plan) if s and s not in minutes]
        broken += strange
        if not strange:
            broken += _of_person(row, plan, minutes, forbidden, free)
    parts = _penalty(table, roster)
    return Verdict(tuple(broken), sum(parts.values()), parts)


def _tables(text: str) -> dict[str, list[list[str]]]:
    tables: dict[str, list[list[str]]] = {}
    name = ""
    for raw in text.splitlines():
        line = raw.partition("#")[0].strip()
        if line.startswith("SECTION_"):
            name = line.removeprefix("SECTION_")
            tables[name] = []
        elif line:
            tables[name].append([cell.strip() for cell in line.split(",")])
    return tables


def _of_person(
    row: list[str], plan: list[str], minutes: Mapping[str, int], forbidden: set[tuple[str, str]], free: set[tuple[str, int]]
) -> Iterator[Broken]:
    name, limits = row[0], row[1]
    most_minutes, least_minutes, most_on, least_on, least_off, weekends = (int(cell) for cell in row[2:8])
    worked = Counter(s for s in plan if s)
    for limit in limits.split("|"):
        shift, _, most = limit.partition("=")
        if shift and worked[shift] > int(most):
            yield Broken("most_of_shift", name, None, f"{worked[shift]} x {shift}, at most {most}")
    total = sum(minutes[s] * n for s, n in worked.items())
    if total > most_minutes:
        yield Broken("most_minutes", name, None, f"{total} minutes, at most {most_minutes}")
    if total < least_minutes:
        yield Broken("least_minutes", name, None, f"{total} minutes, at least {least_minutes}")
    for day in range(len(plan)):
        if plan[day] and (name, day) in free:
            yield Broken("day_off", name, day, plan[day])
        if day and (plan[day - 1], plan[day]) in forbidden:
            yield Broken("succession", name, day, f"{plan[day]} after {plan[day - 1]}")
    yield from _runs(name, plan, most_on, least_on, least_off)
    touched = {day // 7 for day, s in enumerate(plan) if s and day % 7 in (5, 6)}
    if len(touched) > weekends:
        yield Broken("weekends", name, None, f"{len(touched)} weekends, at most {weekends}")


def _runs(name: str, plan: list[str], most_on: int, least_on: int, least_off: int) -> Iterator[Broken]:
    """Runs of shifts and of days off. What lies before the first and after the last day is taken to be favourable."""
    first = 0
    for day in range(1, len(plan) + 1):
        if day < len(plan) and bool(plan[day]) == bool(plan[first]):
            continue
        run, inside = day - first, first > 0 and day < len(plan)
        if plan[first] and run > most_on:
            yield Broken("most_in_a_row", name, first, f"{run} shifts in a row, at most {most_on}")
        if plan[first] and inside and run < least_on:
            yield Broken("least_in_a_row", name, first, f"{run} shifts in a row, at least {least_on}")
        if not plan[first] and inside and run < least_off:
            yield Broken("least_days_off", name, first, f"{run} days off in a row, at least {least_off}")
        first = day


def _penalty(table: Mapping[str, list[list[str]]], roster: Mapping[str, Sequence[str]]) -> dict[str, int]:
    def at(name: str, day: str) -> str:
        plan = roster.get(name, ())
        return plan[int(day)] if int(day) < len(plan) else ""

    parts = {"wanted": 0, "unwanted": 0, "under": 0, "over": 0}
    for name, day, shift, weight in table.get("SHIFT_ON_REQUESTS", []):
        parts["wanted"] += int(weight) * (at(name, day) != shift)
    for name, day, shift, weight in table.get("SHIFT_OFF_REQUESTS", []):
        parts["unwanted"] += int(weight) * (at(name, day) == shift)
    present = Counter((day, s) for plan in roster.values() for day, s in enumerate(plan) if s)
    for line in table["COVER"]:
        have, need = present[int(line[0]), line[1]], int(line[2])
        parts["under"] += max(0, need - have) * int(line[3])
        parts["over"] += max(0, have - need) * int(line[4])
    return parts
