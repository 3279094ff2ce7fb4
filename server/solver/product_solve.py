"""A whole product problem, from facts to a roster: which engines run, for how long, and what comes out as facts again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec

from contract.rostering.from_problem import Facts as Read
from contract.rostering.from_problem import read_problem
from contract.rostering.problem import RosterProblem
from contract.rostering.shapes import Placed
from server.solver.columns import Answer, Budget, Column, Problem, Progress
from server.solver.product import Facts, Shifts
from server.solver.product_people import People
from server.solver.product_pricer import ProductPricer
from server.solver.product_search import Search

ROUNDS_A_SECOND = 120  # of the search, and of column generation for 20 people and a week: limits that are the same everywhere
COLUMN_ROUNDS_A_SECOND = 30
SMALL = 420  # people times days up to which column generation is run over all days at once
STAYS = frozenset({"published", "locked", "done"})


@dataclass(slots=True)
class Outcome:
    """What came out. `placed` are all shifts of the roster, by person; `engine` names what ran."""

    answer: Answer
    engine: str
    placed: dict[str, list[Placed]]
    trace: list[tuple[float, int]] = field(default_factory=list)


def facts_of(problem: RosterProblem, read: Read) -> Facts:
    """A problem and its reading as the engines take them."""
    stays = frozenset(one.id for one in problem.assignments if one.state in STAYS)
    placed = tuple(shift for person in read.placed.values() for shift in person)
    return Facts(problem, tuple(read.workers.values()), placed, tuple(read.open_shifts), stays, read.profile, read.calendar)


def facts_to_solve(problem: RosterProblem) -> Facts:
    """A sound problem, read."""
    return facts_of(problem, read_problem(problem))


def has_solvers() -> bool:
    """Whether column generation can run here."""
    return all(find_spec(name) is not None for name in ("numpy", "highspy", "numba"))


class Solver:
    """A problem made ready. Raises TooLarge."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.shifts = Shifts(facts)
        self.people = People(self.shifts)
        self.pricer = ProductPricer(self.shifts, self.people)
        fair, base = self.pricer.fair.rows()
        self.problem = Problem(len(facts.workers), (*self.shifts.rows, *fair), base)

    def run(
        self,
        seconds: float,
        *,
        seed: int,
        stop: Callable[[], bool] = lambda: False,
        tell: Callable[[Progress], None] = lambda progress: None,
        plain: bool = False,
    ) -> Outcome:
        """The best roster within so many CPU seconds. `plain`: with the standard library's engine only."""
        trace: list[tuple[float, int]] = []

        def heard(progress: Progress) -> None:
            if progress.objective is not None and (not trace or trace[-1][1] != progress.objective):
                trace.append((round(progress.cpu, 2), progress.objective))
            tell(progress)

        both = has_solvers() and not plain
        budget = Budget(seconds * (0.6 if both else 1.0), rounds=max(50, int(seconds * ROUNDS_A_SECOND)), stop=stop)
        search = Search(self.problem, self.pricer, budget, seed=seed, tell=heard)
        search.first()
        search.run(idle=400)
        answer = Answer(search.best, search.objective, None, budget.used, budget.cpu())
        engine = "local"
        if both and not stop():
            if self.problem.persons * len(self.shifts.days) <= SMALL:
                answer = self._columns(answer, seconds - budget.cpu(), seed, stop, heard)
                engine = "columns"
            else:
                answer = self._weeks(answer, seconds - budget.cpu(), stop, heard)
                engine = "local+weeks"
        return Outcome(answer, engine, self.placed(answer.columns or ()), trace)

    def _columns(
        self, start: Answer, seconds: float, seed: int, stop: Callable[[], bool], tell: Callable[[Progress], None]
    ) -> Answer:
        from server.solver.engine import optimise

        before = start.cpu
        size = max(1, self.problem.persons * len(self.shifts.days))
        budget = Budget(seconds, rounds=max(3, int(seconds * COLUMN_ROUNDS_A_SECOND * 140 * 140 / (size * size))), stop=stop)

        def later(progress: Progress) -> None:
            progress.cpu += before
            tell(progress)

        found = optimise(self.problem, self.pricer, budget=budget, seed=seed, start=start.columns, tell=later)
        if found.objective is None or (start.objective is not None and start.objective <= found.objective):
            return Answer(start.columns, start.objective, found.bound, found.rounds, before + found.cpu)
        return Answer(found.columns, found.objective, found.bound, found.rounds, before + found.cpu)

    def _weeks(
        self, start: Answer, seconds: float, stop: Callable[[], bool], tell: Callable[[Progress], None]
    ) -> Answer:
        """A bound for the roster of a long horizon."""
        from server.solver.product_bound import bound_by_weeks

        budget = Budget(seconds, stop=stop)
        bound = bound_by_weeks(facts_to_solve, self.shifts, self.pricer.fair, start.columns or (), budget)
        if bound is not None:
            tell(Progress("weeks", start.objective, bound, None, start.cpu + budget.cpu()))
        return Answer(start.columns, start.objective, bound, start.rounds, start.cpu + budget.cpu())

    def placed(self, columns: tuple[Column, ...]) -> dict[str, list[Placed]]:
        """The shifts of a roster by person."""
        found = {}
        for column in columns:
            person = self.people.persons[column.person].worker.person_id
            found[person] = self.pricer.line_of(column.person, column.what.options)
        return found


def solver_for(problem: RosterProblem) -> Solver:
    """Read a problem that is known to be sound, and make it ready. Raises TooLarge."""
    return Solver(facts_to_solve(problem))
