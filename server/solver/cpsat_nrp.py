"""The same rosters as one model of OR-Tools CP-SAT: the other engine of the portfolio. Only this file knows ortools.

It is weak where column generation is strong, and the other way round: where the mixture of rosters is far from any roster, it proves.
It works in slices that double; between them it hears of the best roster and bound found elsewhere: the roster becomes a hint and a limit,
the bound a limit. "No solution below the limit" proves the other's roster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from server.solver.columns import Answer, Budget, Column, Problem, Progress, Stopped
from server.solver.nrp import Instance, Member, column_of, read
from server.solver.seats import Talk, Work

Hear = Callable[[], tuple[int | None, Sequence[Column] | None]]
MOST_CELLS = 120_000
FIRST_SLICE = 2.0


def work(work: Work, start: object, budget: Budget, talk: Talk) -> Answer:
    """The engine of a seat; the payload is the instance's text."""
    instance = read(work.payload)
    problem = instance.problem()
    return solve(instance, problem, budget=budget, seed=work.seed, threads=work.threads, tell=talk.tell, hear=talk.hear)


def solve(
    instance: Instance, problem: Problem, *, budget: Budget, seed: int, threads: int, tell: Callable[[Progress], None], hear: Hear
) -> Answer:
    """Best roster and bound within the budget (CPU seconds over all threads). Too large an instance is left to others."""
    best: tuple[Column, ...] | None = None
    objective: int | None = None
    bound: int | None = None
    if instance.days * len(instance.shifts) * len(instance.staff) > MOST_CELLS:
        return Answer(None, None, None, 0, budget.cpu())
    from ortools.sat.python import cp_model

    length = FIRST_SLICE

    def raise_bound(found: float) -> None:
        nonlocal bound
        rounded = problem.rounded_up(found - 1e-6)
        if bound is None or rounded > bound:
            bound = rounded
            tell(Progress("cp-sat", objective, bound, None, budget.cpu()))

    try:
        while True:
            budget.check()
            other_bound, other = hear()
            if other is not None and (objective is None or problem.objective(other) < objective):
                best, objective = tuple(other), problem.objective(other)
            if other_bound is not None and (bound is None or other_bound > bound):
                bound = other_bound
            if objective is not None and bound is not None and bound >= objective:
                break
            model, cells, total = _model(cp_model, instance)
            if bound is not None:
                model.add(total >= bound)
            if objective is not None:
                model.add(total <= objective - problem.step)
                for column in best or ():
                    for (person, day, shift), chosen in cells.items():
                        if person == column.person:
                            model.add_hint(chosen, column.what[day] == shift)
            solver = cp_model.CpSolver()
            solver.parameters.num_workers = threads
            solver.parameters.random_seed = seed
            solver.parameters.max_deterministic_time = length * threads
            solver.parameters.max_time_in_seconds = max(0.1, min(4 * length, budget.left()))
            solver.parameters.linearization_level = 2 if threads == 1 else 1
            keep = _keeper(cp_model, instance, cells)

            def better(columns: tuple[Column, ...]) -> None:
                nonlocal best, objective
                value = problem.objective(columns)
                if objective is None or value < objective:
                    best, objective = columns, value
                    tell(Progress("cp-sat", value, bound, columns, budget.cpu()))

            keep.better = better
            solver.best_bound_callback = raise_bound
            status = solver.solve(model, keep)
            if status == cp_model.INFEASIBLE:
                if objective is None:
                    break
                raise_bound(float(objective))
            elif status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                raise_bound(min(solver.best_objective_bound, float(objective or solver.best_objective_bound)))
            length *= 2
    except Stopped:
        return Answer(best, objective, bound, budget.used, budget.cpu())
    return Answer(best, objective, bound, budget.used, budget.cpu())


def _keeper(cp_model: Any, instance: Instance, cells: dict[tuple[int, int, int], Any]) -> Any:
    class Keeper(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]
        better: Callable[[tuple[Column, ...]], None]

        def on_solution_callback(self) -> None:
            plans = [[-1] * instance.days for _ in instance.staff]
            for (person, day, shift), chosen in cells.items():
                if self.boolean_value(chosen):
                    plans[person][day] = shift
            self.better(tuple(column_of(instance, person, plan) for person, plan in enumerate(plans)))

    return Keeper()


def _model(cp_model: Any, instance: Instance) -> tuple[Any, dict[tuple[int, int, int], Any], Any]:
    model = cp_model.CpModel()
    cells: dict[tuple[int, int, int], Any] = {}
    terms: list[Any] = []
    for person, member in enumerate(instance.staff):
        for day in range(instance.days):
            for shift in range(len(instance.shifts)):
                if member.most_of[shift] > 0 and day not in member.days_off:
                    cells[person, day, shift] = model.new_bool_var("")
                    if wish := instance.wishes[person].get((day, shift)):
                        terms.append(wish * cells[person, day, shift])
        _rules(model, instance, person, member, cells)
    for cover in instance.cover:
        who = [cells[p, cover.day, cover.shift] for p in range(len(instance.staff)) if (p, cover.day, cover.shift) in cells]
        under = model.new_int_var(0, cover.need, "")
        over = model.new_int_var(0, len(instance.staff), "")
        model.add(sum(who) + under - over == cover.need)
        terms += [cover.under * under, cover.over * over]
    total = sum(terms) + instance.base
    model.minimize(total)
    return model, cells, total


def _rules(model: Any, instance: Instance, person: int, member: Member, cells: dict[tuple[int, int, int], Any]) -> None:
    days, shifts = instance.days, range(len(instance.shifts))
    of_day = [[cells[person, d, s] for s in shifts if (person, d, s) in cells] for d in range(days)]
    works = [model.new_bool_var("") for _ in range(days)]
    for day in range(days):
        model.add(sum(of_day[day]) == works[day])
        for shift in shifts:
            if day + 1 < days and (person, day, shift) in cells:
                bad = [cells[person, day + 1, s] for s in instance.shifts[shift].not_next if (person, day + 1, s) in cells]
                if bad:
                    model.add(cells[person, day, shift] + sum(bad) <= 1)
    for shift in shifts:
        if 0 < member.most_of[shift] < days:
            model.add(sum(c for (p, _, s), c in cells.items() if p == person and s == shift) <= member.most_of[shift])
    minutes = sum(instance.shifts[s].minutes * c for (p, _, s), c in cells.items() if p == person)
    model.add_linear_constraint(minutes, member.least_minutes, member.most_minutes)
    for first in range(days - member.most_on):
        model.add(sum(works[first : first + member.most_on + 1]) <= member.most_on)
    for first in range(1, days):
        for run in range(1, member.least_on):
            if first + run < days:  # off, a run of shifts that is too short, off
                model.add_bool_or(works[first - 1], *[w.Not() for w in works[first : first + run]], works[first + run])
        for run in range(1, member.least_off):
            if first + run < days:
                model.add_bool_or(works[first - 1].Not(), *works[first : first + run], works[first + run].Not())
    weekends = []
    for saturday in range(5, days, 7):
        touched = model.new_bool_var("")
        for day in range(saturday, min(saturday + 2, days)):
            model.add_implication(works[day], touched)
        weekends.append(touched)
    model.add(sum(weekends) <= member.weekends)
