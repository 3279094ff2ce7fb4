"""What a roster is worth in a manager's figures, and person by person: for the roster as it stands and for a proposal alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from contract.proposals import PersonFigures, RosterFigures, Spread
from contract.rostering.from_problem import Facts
from contract.rostering.local_time import ordinal
from contract.rostering.rules import Load, fairness_of, judge_cover, judge_line, load_of, points_of
from contract.rostering.rules.line import Line, overtime_by_day
from contract.rostering.shapes import Placed, Worker


def inside(facts: Facts, placed: Mapping[str, Sequence[Placed]], stores: Sequence[str]) -> dict[str, list[Placed]]:
    """The shifts of these stores on the days looked at."""
    first, last = facts.calendar.first_day, facts.calendar.last_day
    return {
        person: [one for one in line if one.store_id in stores and first <= one.day <= last and one.state != "worked"]
        for person, line in placed.items()
    }


def figures_of(
    facts: Facts, placed: Mapping[str, Sequence[Placed]], stores: Sequence[str], open_shifts: int = 0
) -> tuple[RosterFigures, list[PersonFigures]]:
    """Both, of whole lines by person: shifts elsewhere and before count for rules, not for what is sold here."""
    mine = inside(facts, placed, stores)
    people = [person for person in placed if mine[person] or _may_be_here(facts.workers[person], facts, stores)]
    loads = {person: load_of(facts.workers[person], placed[person], facts.calendar, facts.profile) for person in people}
    hard: Counter[str] = Counter()
    soft: Counter[str] = Counter()
    points = overtime = cost = 0
    for person in people:
        worker, line = facts.workers[person], placed[person]
        for verdict in judge_line(worker, line, facts.profile, facts.calendar):
            (hard if verdict.level == "hard" else soft)[verdict.rule] += 1
        points += sum(one.points for one in points_of(worker, line, facts.profile, facts.calendar))
        overtime += _overtime(worker, line, facts)
        cost += sum(one.work_min for one in mine[person]) * (worker.wage_cents_hour or 0) // 60
    points += sum(one.points for one in fairness_of(list(loads.values()), facts.profile))
    covers = judge_cover(facts.needs, [one for line in mine.values() for one in line])
    each = [_person(facts.workers[person], mine[person], loads[person], facts) for person in people]
    figures = RosterFigures(
        shifts=sum(len(line) for line in mine.values()), open_shifts=open_shifts,
        people=sum(1 for line in mine.values() if line),
        work_min=sum(one.work_min for line in mine.values() for one in line),
        short_min=sum(c.lack * c.minutes for c in covers),
        lack_min=sum(max(0, max(c.target, c.at_least) - c.have) * c.minutes for c in covers),
        surplus_min=sum(max(0, c.have - max(c.target, c.at_least)) * c.minutes for c in covers),
        overtime_min=overtime, cost_cents=cost,
        wishes_kept=sum(one.wishes_kept for one in each), wishes_against=sum(one.wishes_against for one in each),
        hard=dict(sorted(hard.items())), soft=dict(sorted(soft.items())), points=points,
        weekends=_spread(loads, "weekends"), nights=_spread(loads, "nights"), early=_spread(loads, "early"),
        closings=_spread(loads, "closings"),
    )  # fmt: skip
    return figures, each


def _may_be_here(worker: Worker, facts: Facts, stores: Sequence[str]) -> bool:
    first, last = facts.calendar.first_day, facts.calendar.last_day
    return any(s.store_id in stores and s.from_day <= last and (s.until is None or s.until > first) for s in worker.stays)


def _overtime(worker: Worker, line: Sequence[Placed], facts: Facts) -> int:
    by_day = overtime_by_day(Line(worker, line, facts.calendar), day_min=480, week_min=2_400)
    return sum(minutes for day, minutes in by_day if facts.calendar.first_day <= day.day <= facts.calendar.last_day)


def _spread(loads: Mapping[str, Load], counter: str) -> Spread:
    counts = [getattr(load, counter) for load in loads.values()]
    if not counts:
        return Spread()
    return Spread(least=min(counts), most=max(counts), mean_100=sum(counts) * 100 // len(counts))


def _person(worker: Worker, shifts: Sequence[Placed], load: Load, facts: Facts) -> PersonFigures:
    kept = against = 0
    for away in worker.away:
        meets = any(away.starts_ms < one.ends_ms and one.starts_ms < away.ends_ms for one in shifts)
        if away.kind == "desired" and meets:
            kept += 1
        elif away.kind == "undesired":
            kept, against = (kept, against + 1) if meets else (kept + 1, against)
    days = len({one.day for one in shifts})
    whole = _days(facts)
    return PersonFigures(
        person_id=worker.person_id, name=worker.name, work_min=sum(one.work_min for one in shifts), shifts=len(shifts),
        days_off=whole - days, weekends=load.weekends, nights=load.nights, early=load.early, closings=load.closings,
        wishes_kept=kept, wishes_against=against,
    )  # fmt: skip


def _days(facts: Facts) -> int:
    return ordinal(facts.calendar.last_day) - ordinal(facts.calendar.first_day) + 1
