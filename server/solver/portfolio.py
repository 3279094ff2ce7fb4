"""Two engines in two processes on one problem: each hears of the other's best roster and bound. The limit is CPU seconds over
both.

The first seat generates columns. The second begins with another kind of engine if there is one; when that has shown nothing
after its share of the time, the seat stays empty until the first has a good roster: then a second search starts from there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait
from typing import Any

from server.solver.columns import Column, Problem, Progress
from server.solver.seats import MEMORY_MIB, Seat, Work

RESERVE_S = 0.3
TRIAL_SHARE, TRIAL_LEAST_S = 0.12, 3.0
HOPEFUL = 0.8
"""A bound below this part of the other's after the least time will not get there."""
TICK_S = 0.2


@dataclass(slots=True)
class Outcome:
    """What a portfolio came to. `columns` None: no roster in time. `impossible`: the person who has no legal plan.

    `cpu` is the sum over all processes, the driver's own included; `engine` is whose roster it is; `trace` the (cpu,
    objective, bound) on the way."""

    columns: tuple[Column, ...] | None = None
    objective: int | None = None
    bound: int | None = None
    cpu: float = 0.0
    engine: str = ""
    impossible: int | None = None
    missing: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    cancelled: bool = False
    trace: list[tuple[float, int | None, int | None]] = field(default_factory=list)

    @property
    def proven(self) -> bool:
        return self.objective is not None and self.bound is not None and self.bound >= self.objective


class Portfolio:
    """One run; see `run`."""

    def __init__(
        self, problem: Problem, work: Work, other: Work | None, tell: Callable[[Outcome], None], memory_mib: int
    ) -> None:
        self.problem, self.work, self.other, self.tell, self.memory_mib = problem, work, other, tell, memory_mib
        self.outcome = Outcome()
        self.seats: list[Seat] = []
        self.handed: Any = None
        self.spent, self.began = 0.0, time.process_time()
        self.seeds = work.seed

    def run(self, stop: Callable[[], bool]) -> Outcome:
        outcome = self.outcome
        try:
            self._sit(self.work)
            if self.other is not None:
                self._sit(self.other)
            while True:
                wait([seat.line for seat in self.seats if seat.ended is None], timeout=TICK_S)
                for seat in list(self.seats):
                    self._listen(seat)
                outcome.cpu = self._cpu()
                if outcome.proven or outcome.impossible is not None or outcome.cpu >= self.work.seconds - RESERVE_S:
                    break
                if stop():
                    outcome.cancelled = True
                    break
                self._reseat()
                if not self.seats:
                    break
        finally:
            for seat in list(self.seats):
                self._listen(seat, last=True)
            outcome.cpu = self._cpu()
        return outcome

    def _cpu(self) -> float:
        """Of all workers, and of this process since it began."""
        return time.process_time() - self.began + self.spent + sum(seat.cpu() for seat in self.seats)

    def _sit(self, work: Work, start: Any = None) -> None:
        left = self.work.seconds - self._cpu()
        self.seats.append(Seat(replace(work, seconds=max(0.5, left)), start, self.memory_mib))

    def _listen(self, seat: Seat, *, last: bool = False) -> None:
        for message in seat.heard():
            kind, value = message[0], message[1]
            if kind == "progress":
                self._progress(seat, value)
            elif kind == "done":
                self._progress(seat, Progress("done", value.objective, value.bound, value.columns, value.cpu))
            elif kind == "pool":
                self.handed = value
            elif kind == "impossible":
                self.outcome.impossible = value
            elif kind == "missing":
                self.outcome.missing.append(value)
            elif kind == "failed":
                self.outcome.failed.append(f"{seat.work.engine}: {value}")
        if seat.ended or last:
            seat.end()
            self.spent += seat.cpu()
            self.seats.remove(seat)

    def _progress(self, seat: Seat, told: Progress) -> None:
        outcome = self.outcome
        changed = False
        if told.columns is not None and len(told.columns) == self.problem.persons:
            objective = self.problem.objective(told.columns)  # said by a worker, counted here
            if outcome.objective is None or objective < outcome.objective:
                outcome.columns, outcome.objective, outcome.engine = told.columns, objective, seat.work.engine
                changed = True
                self._tell_others(seat, "columns", told.columns)
        if told.bound is not None:
            seat.bound = max(seat.bound or told.bound, told.bound)
            if outcome.bound is None or told.bound > outcome.bound:
                outcome.bound = told.bound
                changed = True
                self._tell_others(seat, "bound", told.bound)
        if changed:
            outcome.cpu = self._cpu()
            outcome.trace.append((round(outcome.cpu, 2), outcome.objective, outcome.bound))
            self.tell(outcome)

    def _tell_others(self, seat: Seat, kind: str, value: Any) -> None:
        for other in self.seats:
            if other is not seat:
                other.tell(kind, value)

    def _reseat(self) -> None:
        """Give the second seat to a second search over columns, when there is something to start from."""
        if len(self.seats) == 2 and self.other is not None:
            trial = next((s for s in self.seats if s.work.engine == self.other.engine != self.work.engine), None)
            if trial is None or not self._is_over(trial):
                return
            self._listen(trial, last=True)
        if len(self.seats) == 1 and self.handed is not None and self.seats[0].work.engine == "columns":
            self.seeds += 1
            self._sit(replace(self.work, seed=self.seeds), replace(self.handed, roster=self.outcome.columns))

    def _is_over(self, trial: Seat) -> bool:
        """Whether the other kind of engine had its time: less of it where its bound is far behind, all where it leads."""
        columns = next((seat.bound for seat in self.seats if seat is not trial), None)
        if columns is None or (trial.bound is not None and trial.bound > columns):
            return False
        behind = trial.bound is None or trial.bound < HOPEFUL * columns
        return trial.cpu() >= (TRIAL_LEAST_S if behind else max(TRIAL_LEAST_S, TRIAL_SHARE * self.work.seconds))


def solve(
    problem: Problem,
    work: Work,
    other: Work | None = None,
    *,
    tell: Callable[[Outcome], None] = lambda outcome: None,
    stop: Callable[[], bool] = lambda: False,
    memory_mib: int = MEMORY_MIB,
) -> Outcome:
    """Run `work` (and `other`) until proven, `work.seconds` of CPU over all processes are used, or `stop` says so.

    `memory_mib` is per process. Where numba, numpy or highspy are missing, the plain engine takes over by itself."""
    outcome = Portfolio(problem, work, other, tell, memory_mib).run(stop)
    if outcome.columns is None and outcome.missing and not outcome.cancelled and outcome.impossible is None:
        plain = replace(work, engine="plain", seconds=work.seconds - outcome.cpu)
        again = Portfolio(problem, plain, None, tell, memory_mib).run(stop)
        again.missing, again.cpu = outcome.missing, again.cpu + outcome.cpu
        return again
    return outcome


@contextmanager
def cancelled_by_signals() -> Iterator[Callable[[], bool]]:
    """Ctrl-C and SIGTERM ask for the end instead of making it: yields the question whether one came."""
    import signal

    came: list[int] = []
    held = {number: signal.signal(number, lambda n, frame: came.append(n)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
