"""What in a problem's own words contradicts itself: more than at most, ends before they begin, shifts nobody could work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from contract.rostering.local_time import MINUTES_A_DAY, ordinal
from contract.rostering.problem import Employee, Replan, RosterProblem, SkillTerm, Template


class ProblemError(NamedTuple):
    """What is wrong: a refusal code of contract/refusals.py, the field as a dotted path, and facts."""

    code: str
    field: str
    facts: dict[str, str | int]


MOST_OPEN, MOST_AWAY, MOST_TERMS = 100, 3_000, 200  # of a store, of a person
EARLIEST, LATEST = "1970-01-02", "2199-12-30"


class Local(NamedTuple):
    """A local time: the day, and the minutes of it."""

    day: str
    minute: int


def number_of(day: str) -> int | None:
    """The number of a day; None where no calendar has it."""
    try:
        return ordinal(day)
    except ValueError:
        return None


def local_of(text: str) -> Local | None:
    """A local time's day and minute; None where no calendar or clock has it ("2026-02-30", "24:10"), and outside 1970 to 2199."""
    day, hour, minute = text[:10], int(text[11:13]), int(text[14:16])
    if number_of(day) is None or not EARLIEST <= day <= LATEST or minute > 59 or hour * 60 + minute > MINUTES_A_DAY:
        return None
    return Local(day, hour * 60 + minute)


def minute_of(clock: str) -> int | None:
    """The minutes of "22:45"; None where no clock shows it."""
    found = local_of(f"2000-01-01T{clock}") if ":" in clock else None
    return None if found is None else found.minute


def wrong_terms(problem: RosterProblem) -> Iterator[ProblemError]:
    """Contracts, demand, templates and re-planning that contradict themselves or name what is not there."""
    yield from _too_many(problem)
    for number, employee in enumerate(problem.employees):
        yield from _of_employee(employee, f"employees.{number}")
    for number, demand in enumerate(problem.demand):
        most = demand.at_most
        if most is not None and max(demand.at_least, demand.target or 0) > most:
            yield ProblemError(
                "rostering.min_above_max", f"demand.{number}", {"least": max(demand.at_least, demand.target or 0), "most": most}
            )
    stores = {store.id for store in problem.stores}
    for number, template in enumerate(problem.templates):
        yield from _of_template(template, f"templates.{number}", stores)
    if problem.replan is not None:
        yield from _of_replan(problem.replan, {employee.id for employee in problem.employees})


def _too_many(problem: RosterProblem) -> Iterator[ProblemError]:
    """Lists that no real roster has: whoever judges must come to an end."""
    counted = [(f"stores.{n}.open", len(store.open), MOST_OPEN) for n, store in enumerate(problem.stores)]
    for n, store in enumerate(problem.stores):
        counted += [(f"stores.{n}.open_days", len(some), MOST_OPEN) for some in store.open_days.values()]
    for number, one in enumerate(problem.employees):
        counted.append((f"employees.{number}.availability", len(one.availability), MOST_AWAY))
        counted.append((f"employees.{number}.dispatch", len(one.dispatch), MOST_TERMS))
        counted.append((f"employees.{number}.skills", len(one.skills), MOST_TERMS))
    for field, count, most in counted:
        if count > most:
            yield ProblemError("rostering.too_many", field, {"most": most, "count": count})


def _of_employee(one: Employee, at: str) -> Iterator[ProblemError]:
    terms = one.contract
    if terms.week_min is not None and terms.week_max is not None and terms.week_min > terms.week_max:
        yield ProblemError("rostering.min_above_max", f"{at}.contract", {"least": terms.week_min, "most": terms.week_max})
    elif terms.week_min is not None and terms.day_max is not None and terms.week_min > 7 * terms.day_max:
        yield ProblemError("rostering.min_above_max", f"{at}.contract", {"least": terms.week_min, "most": 7 * terms.day_max})
    days = [one.born_on, *(day for stay in one.dispatch for day in (stay.from_day, stay.to_day))]
    days += [term.valid_to for term in one.skills.values() if isinstance(term, SkillTerm)]
    for day in days:
        if day is not None and number_of(day) is None:
            yield ProblemError("rostering.no_such_time", at, {"time": day})
    for stay in one.dispatch:
        if stay.to_day is not None and stay.to_day < stay.from_day:
            yield ProblemError("rostering.ends_before_start", f"{at}.dispatch", {"start": stay.from_day, "end": stay.to_day})


def _of_template(one: Template, at: str, stores: set[str]) -> Iterator[ProblemError]:
    earliest, latest = minute_of(one.start[0]), minute_of(one.start[1])
    if earliest is None or latest is None:
        yield ProblemError("rostering.no_such_time", f"{at}.start", {"time": one.start[0] if earliest is None else one.start[1]})
    elif earliest > latest:
        yield ProblemError("rostering.min_above_max", f"{at}.start", {"least": earliest, "most": latest})
    shortest, longest = one.length
    if shortest > longest:
        yield ProblemError("rostering.min_above_max", f"{at}.length", {"least": shortest, "most": longest})
    elif not 0 < shortest <= longest <= MINUTES_A_DAY:
        yield ProblemError("rostering.param_out_of_range", f"{at}.length", {"least": 1, "most": MINUTES_A_DAY})
    elif one.pause is not None and longest > one.pause.after and one.pause.minutes >= longest:
        yield ProblemError("rostering.break_too_long", f"{at}.break", {"minutes": one.pause.minutes})
    if one.store is not None and one.store not in stores:
        yield ProblemError("rostering.store_unknown", at, {"store": one.store[:64]})


def _of_replan(one: Replan, employees: set[str]) -> Iterator[ProblemError]:
    if one.employee is not None and one.employee not in employees:
        yield ProblemError("rostering.employee_unknown", "replan.employee", {"employee": one.employee})
    for day in (one.from_day, one.to_day):
        if number_of(day) is None:
            yield ProblemError("rostering.no_such_time", "replan", {"time": day})
    if one.to_day < one.from_day:
        yield ProblemError("rostering.ends_before_start", "replan", {"start": one.from_day, "end": one.to_day})
    if one.freeze_until is not None and local_of(one.freeze_until) is None:
        yield ProblemError("rostering.no_such_time", "replan.freeze_until", {"time": one.freeze_until})
