"""The same rosters as one model of OR-Tools CP-SAT: the other engine of the portfolio. Only this file knows ortools.

It is weak where column generation is strong, and the other way round: where the mixture of rosters is far from any roster, it
proves. It works in slices that double; between them it hears of the best roster and bound found elsewhere: the roster becomes a
hint and a limit, the bound a limit. "No solution below the limit" proves the other's roster."""

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
    if instance.days * len(instance.shifts) * len(instance.staff) > MOST_CELLS:
        return Answer(None, None, None, 0, budget.cpu())
    return _Run(instance, problem, budget, tell).run(seed, threads, hear)


class _Run:
    def __init__(self, instance: Instance, problem: Problem, budget: Budget, tell: Callable[[Progress], None]) -> None:
        from ortools.sat.python import cp_model

        self.cp = cp_model
        self.instance, self.problem, self.budget, self.tell = instance, problem, budget, tell
        self.best: tuple[Column, ...] | None = None
        self.objective: int | None = None
        self.bound: int | None = None

    def run(self, seed: int, threads: int, hear: Hear) -> Answer:
        length = FIRST_SLICE
        try:
            while not (self.objective is not None and self.bound is not None and self.bound >= self.objective):
                self.budget.check()
                bound, columns = hear()
                if columns is not None:
                    self.take(tuple(columns), told=False)
                if bound is not None and (self.bound is None or bound > self.bound):
                    self.bound = bound
                if not self.slice(length, seed, threads):
                    break
                length *= 2
        except Stopped:
            return self.answer()
        return self.answer()

    def answer(self) -> Answer:
        return Answer(self.best, self.objective, self.bound, self.budget.used, self.budget.cpu())

    def take(self, columns: tuple[Column, ...], *, told: bool = True) -> None:
        value = self.problem.objective(columns)
        if self.objective is None or value < self.objective:
            self.best, self.objective = columns, value
            if told:
                self.tell(Progress("cp-sat", value, self.bound, columns, self.budget.cpu()))

    def raise_bound(self, found: float) -> None:
        """What the solver has proven, where a limit below the best roster may have been set."""
        reach = found if self.objective is None else min(found, float(self.objective))
        rounded = self.problem.rounded_up(reach - 1e-6)
        if self.bound is None or rounded > self.bound:
            self.bound = rounded
            self.tell(Progress("cp-sat", self.objective, rounded, None, self.budget.cpu()))

    def slice(self, length: float, seed: int, threads: int) -> bool:
        """Solve for a while; False when there is nothing to find."""
        model, cells, total = _model(self.cp, self.instance)
        if self.bound is not None:
            model.add(total >= self.bound)
        if self.objective is not None:
            model.add(total <= self.objective - self.problem.step)
            plans = {column.person: column.what for column in self.best or ()}
            for (person, day, shift), chosen in cells.items():
                model.add_hint(chosen, plans[person][day] == shift)
        solver = self.cp.CpSolver()
        solver.parameters.num_workers = threads
        solver.parameters.random_seed = seed
        solver.parameters.max_deterministic_time = length * threads
        solver.parameters.max_time_in_seconds = max(0.1, min(4 * length, self.budget.left()))
        solver.parameters.linearization_level = 2 if threads == 1 else 1
        solver.best_bound_callback = self.raise_bound
        status = solver.solve(model, self.keeper(cells))
        if status == self.cp.INFEASIBLE:
            if self.objective is None:
                return False
            self.raise_bound(float(self.objective))
        elif status in (self.cp.OPTIMAL, self.cp.FEASIBLE):
            self.raise_bound(solver.best_objective_bound)
        return True

    def keeper(self, cells: dict[tuple[int, int, int], Any]) -> Any:
        """A callback that takes every better roster."""
        run = self

        class Keeper(self.cp.CpSolverSolutionCallback):  # type: ignore[name-defined]
            def on_solution_callback(self) -> None:
                plans = [[-1] * run.instance.days for _ in run.instance.staff]
                for (person, day, shift), chosen in cells.items():
                    if self.boolean_value(chosen):
                        plans[person][day] = shift
                run.take(tuple(column_of(run.instance, person, plan) for person, plan in enumerate(plans)))

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
