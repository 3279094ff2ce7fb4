"""What a line costs or earns in points, and how the load is shared: counters that outlive the days looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contract.rostering.rules.calendar import Calendar
from contract.rostering.rules.catalogue import CATALOGUE, filled
from contract.rostering.rules.engine import JUDGES, in_force, verdict_of
from contract.rostering.rules.line import Line, is_night, weekends_worked
from contract.rostering.rules.wishes import GOAL_JUDGES
from contract.rostering.shapes import Placed, Profile, Worker
from contract.wire import Wire


class Points(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What one rule costs (below 0: earns), how often, for whom."""

    rule: str
    tier: int
    points: int
    count: int
    person_id: str = ""


class Load(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody carries: the days looked at and the eight weeks before them (`Past`). Minutes are of the days looked at."""

    person_id: str
    minutes: int = 0
    weekends: int = 0
    nights: int = 0
    early: int = 0
    closings: int = 0


def points_of(worker: Worker, placed: Sequence[Placed], profile: Profile, calendar: Calendar) -> list[Points]:
    """What a line comes to by soft rule and goal, in the order of the profile. Hard rules have no points here: they are obeyed.

    cost is a point per unit of currency: hundredths of it are cut off.
    """
    line = Line(worker, placed, calendar)
    found = []
    for name, setting in in_force(profile).items():
        rule = CATALOGUE[name]
        if rule.fixed or setting.hard:
            continue
        if name == "cost":
            spent = sum(shift.work_min for shift in line.due if shift.day >= calendar.first_day) * (worker.wage_cents_hour or 0)
            points, count = setting.weight * (spent // 6_000), 1
        else:
            judge = JUDGES.get(name) or GOAL_JUDGES.get(name)
            if judge is None:
                continue
            broken = [one for one in judge(line, filled(setting)) if one.day >= calendar.first_day]
            points, count = sum(verdict_of(setting, one, "").points for one in broken), len(broken)
        if points:
            found.append(Points(rule=name, tier=rule.tier, points=points, count=count, person_id=worker.person_id))
    return found


def load_of(worker: Worker, placed: Sequence[Placed], calendar: Calendar, profile: Profile | None = None) -> Load:
    """What somebody carries. night, early and closing as the profile's fair_* rules say, else as the catalogue has them."""
    rules = in_force(profile) if profile is not None else {}
    line = Line(worker, [shift for shift in placed if shift.day >= calendar.first_day], calendar)

    def said(name: str) -> Mapping[str, int]:
        known = CATALOGUE[name].params
        return filled(rules[name]) if name in rules else {key: param.default for key, param in known.items()}

    night, early, closing = said("fair_nights"), said("fair_early")["before"], said("fair_closings")["from"]
    past = worker.past
    return Load(
        person_id=worker.person_id,
        minutes=sum(day.work_min for day in line.days),
        weekends=past.weekends_8w + len(weekends_worked(line)),
        nights=past.nights_8w + sum(any(is_night(shift, night) for shift in day.shifts) for day in line.days),
        early=past.early_8w + sum(day.ends()[0].starts_min < early for day in line.days),
        closings=past.closings_8w + sum(day.ends()[1].ends_min >= closing for day in line.days),
    )


_COUNTED = (
    ("fair_weekends", "weekends", 1), ("fair_nights", "nights", 1), ("fair_early", "early", 1), ("fair_closings", "closings", 1),
    ("fair_hours", "minutes", 60),
)  # fmt: skip


def fairness_of(loads: Sequence[Load], profile: Profile) -> list[Points]:
    """How unevenly a group is loaded: for each person and counter the weight times the square of how far they are from the
    group's mean (hours for minutes), in whole numbers: weight * (n * own - sum)^2 // (n * unit)^2."""
    rules = in_force(profile)
    count = len(loads)
    found = []
    for name, counter, unit in _COUNTED:
        setting = rules.get(name)
        if setting is None or not count:
            continue
        total = sum(getattr(load, counter) for load in loads)
        for load in loads:
            away = count * getattr(load, counter) - total
            points = setting.weight * away * away // (count * unit) ** 2
            if points:
                found.append(Points(rule=name, tier=CATALOGUE[name].tier, points=points, count=1, person_id=load.person_id))
    return found


def spread_of(loads: Sequence[Load]) -> dict[str, tuple[int, int]]:
    """The least and most of each counter in a group: the spread a manager looks at."""
    counters = [counter for _, counter, _ in _COUNTED]
    return {
        counter: (min(getattr(load, counter) for load in loads), max(getattr(load, counter) for load in loads))
        for counter in counters
        if loads
    }
