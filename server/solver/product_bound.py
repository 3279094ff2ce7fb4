"""What no roster of a long horizon is below, week by week: column generation over each week alone, with whatever joins weeks
left out.

Left out are rests, runs and weekends across a Monday and what lies before the first day: that only makes rosters cheaper,
so the sum is a bound. Fairness joins the weeks: each counter is priced at what one more costs somebody in the best roster
known, and the best that somebody could do against that price is added (a Lagrangian bound, valid whatever the prices).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf

import msgspec

from contract.rostering.local_time import MINUTES_A_DAY, day_of, monday_of, ordinal
from contract.rostering.problem import History, Horizon, RosterProblem
from server.solver.columns import Budget, Column, Problem, Stopped
from server.solver.product import Facts, Shifts
from server.solver.product_fair import Fairness
from server.solver.product_people import People
from server.solver.product_pricer import SCALE, Plan, ProductPricer

A_STEP = 5  # rounds of generation between two looks at the clock


class WeekPricer(ProductPricer):
    """Plans of a week, fairness at fixed prices."""

    def __init__(self, shifts: Shifts, people: People, slopes: Sequence[Sequence[int]]) -> None:
        super().__init__(shifts, people)
        self.fixed_slopes = slopes

    def _slopes(self, number: int) -> list[int]:
        return [slope * SCALE for slope in self.fixed_slopes[number]]

    def _reduced(self, column: Column) -> int:
        spans = (span for index in column.what.options for span in self.shifts.options[index].spans)
        return column.cost * SCALE - int(sum(self.prefix[hi] - self.prefix[lo] for lo, hi in spans))

    def _column(self, plan: Plan) -> Column:
        whole = super()._column(plan)
        demand = len(self.shifts.rows)
        rows = tuple(row for row in whole.rows if row < demand)
        kept = [n for row, n in whole.adds() if row < demand]
        priced = sum(slope * n for slope, n in zip(self.fixed_slopes[plan.person], self._new(plan), strict=True))
        return Column(plan.person, whole.cost + priced, rows, None if all(n == 1 for n in kept) else tuple(kept), plan)


def bound_by_weeks(
    facts_of: Callable[[RosterProblem], Facts], shifts: Shifts, fair: Fairness, best: Sequence[Column], budget: Budget
) -> int | None:
    """The bound; None where the budget was used up before every week had one. `best`: the best roster known."""
    facts, there = shifts.facts, _there(shifts, best)
    counts = {column.person: column.what.counts for column in best}
    slopes = [
        [(fair.cost(n, at + 1) - fair.cost(n, at - 1)) // 2 for n, at in enumerate(counts[person])]
        for person in range(len(facts.workers))
    ]
    total = _held(fair, slopes, facts.problem.horizon.days)
    parts = weeks_of(facts.problem)
    for number, part in enumerate(parts):
        share = Budget(budget.left() / (len(parts) - number), stop=budget.stop)
        offset = (ordinal(part.horizon.start) - ordinal(facts.problem.horizon.start)) * MINUTES_A_DAY // shifts.slot
        found = _bound_of(facts_of(part), slopes, share, there, offset)
        if found is None:
            return None
        total += found
    return total


def _there(shifts: Shifts, best: Sequence[Column]) -> dict[tuple[str, str], list[int]]:
    """How many the best roster has of each store and role, slot by slot."""
    heads = shifts.problem_heads(row for column in best for row in column.adds())
    return {(line.store, line.role): heads[number] for number, line in enumerate(shifts.lines)}


def _held(fair: Fairness, slopes: Sequence[Sequence[int]], days: int) -> int:
    """What fairness costs beyond its prices, at least."""
    return sum(
        min(fair.cost(n, before + k) - slopes[number][n] * k for k in range(days + 1))
        for number in range(len(slopes))
        for n, before in enumerate(fair.past(number))
    )


def weeks_of(problem: RosterProblem) -> list[RosterProblem]:
    """The problem cut at Mondays, each part without what was before it; drafts, which may go, are left out."""
    first = ordinal(problem.horizon.start)
    last = first + problem.horizon.days - 1
    found = []
    at = first
    while at <= last:
        until = min(last, monday_of(at) + 6)
        days = {day_of(n) for n in range(at, until + 1)}
        found.append(
            msgspec.structs.replace(
                problem,
                horizon=Horizon(
                    start=day_of(at), days=until - at + 1, tz=problem.horizon.tz, slot_min=problem.horizon.slot_min
                ),
                employees=[msgspec.structs.replace(one, history=History(
                    weekends_8w=one.history.weekends_8w, nights_8w=one.history.nights_8w, early_8w=one.history.early_8w,
                    closings_8w=one.history.closings_8w)) for one in problem.employees],
                demand=[one for one in problem.demand if one.from_time[:10] in days],
                assignments=[one for one in problem.assignments if one.state != "draft" and one.start[:10] in days],
            )
        )  # fmt: skip
        at = until + 1
    return found


def _worth(shifts: Shifts, there: dict[tuple[str, str], list[int]], offset: int) -> list[float]:
    """What one more head is worth in each row beside the best roster: prices to begin with."""
    found = []
    for row, stretch in zip(shifts.rows, shifts.stretches, strict=True):
        line = shifts.lines[stretch.line]
        heads = there.get((line.store, line.role), [])
        have = heads[offset + stretch.first] if offset + stretch.first < len(heads) else 0
        found.append((row.cost(max(0, have - 1)) - row.cost(have + 1)) / (2 if have else 1))
    return found


def _bound_of(
    facts: Facts, slopes: Sequence[Sequence[int]], budget: Budget, there: dict[tuple[str, str], list[int]], offset: int
) -> int | None:
    import numpy

    from server.solver.generation import Generation
    from server.solver.master import Master

    shifts = Shifts(facts)
    people = People(shifts)
    pricer = WeekPricer(shifts, people, slopes)
    problem = Problem(len(facts.workers), shifts.rows)
    best = -inf
    try:
        master = Master(problem, range(problem.persons))
        prices = _worth(shifts, there, offset)
        priced = pricer.price(range(problem.persons), prices, [inf] * problem.persons, 1)
        master.add(c for p in priced for c in p.columns)
        generation = Generation(master, pricer, budget, most=1)
        generation.centre = numpy.array(prices)
        best = master.rows_at(generation.centre) + sum(p.bound for p in priced)
        while True:
            done = generation.run(rounds=A_STEP, centre=generation.centre)
            best = max(best, done.bound)
            if done.complete or done.pruned:
                break
    except Stopped:
        if best == -inf:
            return None
    return problem.rounded_up(best)
