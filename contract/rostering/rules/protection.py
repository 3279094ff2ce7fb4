"""Rules on whom the law protects: pregnant and nursing workers, and the young."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from contract.rostering.rules.line import Broken, Facts, Line, night_minutes, overtime_by_day
from contract.rostering.rules.rests import rests_between

Params = Mapping[str, int]
NO_NIGHT = frozenset({"pregnant", "nursing", "no_night"})
NO_OVERTIME = frozenset({"pregnant", "nursing", "no_overtime"})


def protected_no_night(line: Line, params: Params) -> Iterator[Broken]:
    """No minute of the night for who is protected (女职工劳动保护特别规定 art. 6 and 9)."""
    if not NO_NIGHT.intersection(line.worker.protect):
        return
    yield from _at_night(line, params, None)


def _at_night(line: Line, params: Params, younger_than: int | None) -> Iterator[Broken]:
    for shift in line.due:
        if younger_than is not None and age_on(line.worker.born_on, shift.day) >= younger_than:
            continue
        minutes = night_minutes(shift, params["night_starts"], params["night_ends"])
        if minutes:
            yield Broken(f"{shift.id}:night", shift.day, [shift.id], minutes, {"night_min": minutes, "case": "night"})


def protected_no_overtime(line: Line, params: Params) -> Iterator[Broken]:
    """No overtime for who is protected: nothing beyond the day, the week, or on a public holiday."""
    if not NO_OVERTIME.intersection(line.worker.protect):
        return
    yield from _overtime(line, params, None)


def _overtime(line: Line, params: Params, younger_than: int | None) -> Iterator[Broken]:
    for day, minutes in overtime_by_day(line, day_min=params["day"], week_min=params["week"]):
        if minutes and (younger_than is None or age_on(line.worker.born_on, day.day) < younger_than):
            yield Broken(f"{day.day}:overtime", day.day, day.ids, minutes, {"overtime_min": minutes, "case": "overtime"})


def minor_rules(line: Line, params: Params) -> Iterator[Broken]:
    """Nobody below the least age works or is on call (劳动法 art. 15); below the adult age there is no night, no overtime,
    and the rest between two dates is at least `rest`. The age is that of the day the shift belongs to, a birthday included."""
    born = line.worker.born_on
    if born is None:
        return
    for shift in line.shifts:
        age = age_on(born, shift.day)
        if age < params["least_age"]:
            facts: Facts = {"age": age, "least_age": params["least_age"], "case": "age"}
            yield Broken(f"{shift.id}:age", shift.day, [shift.id], params["least_age"] - age, facts)
    adult = params["adult_age"]
    if not line.days or age_on(born, line.days[0].day) >= adult:
        return
    yield from _at_night(line, params, adult)
    yield from _overtime(line, params, adult)
    for day, ended, rest in rests_between(line, line.days):
        if rest < params["rest"] and age_on(born, day.day) < adult:
            first, _ = day.ends()
            facts = {"rest_min": rest, "least_min": params["rest"], "case": "rest"}
            shifts = [ended, first.id] if ended else [first.id]
            yield Broken(f"{day.day}:rest", day.day, shifts, params["rest"] - rest, facts)


def age_on(born_on: str | None, day: str) -> int:
    """Whole years on a day; who is born on 29 February reaches them on 1 March of other years. No birthday known: grown up."""
    if born_on is None:
        return 1_000
    return int(day[:4]) - int(born_on[:4]) - (day[5:] < born_on[5:])


JUDGES = {
    "protected_no_night": protected_no_night, "protected_no_overtime": protected_no_overtime, "minor_rules": minor_rules,
}  # fmt: skip
