"""A solver run of its own: `python -m server.solver.worker` reads one RosterProblem on stdin and answers on stdout in JSON
lines.

Lines {"progress": {...}} tell of better rosters and bounds (`assignments` now and then: what would be answered if it ended
here), the last line {"answer": RosterAnswer}. It knows no database. `limits.seconds` are CPU seconds of this process;
beyond them, and of wall time beyond twenty times as much, the kernel ends it. SIGTERM: the best so far, status cancelled.
What is no problem is refused with every error at once. Memory is at most 2 GB.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from types import FrameType
from typing import Any, TextIO

from contract import wire
from contract.rostering.from_problem import Facts, read_problem
from contract.rostering.problem import Replan, RosterAnswer, RosterProblem
from contract.wire import Malformed
from server.solver import product_answer as answers
from server.solver import product_solve, replan
from server.solver.columns import Impossible, Progress
from server.solver.explain import with_why
from server.solver.product import TooLarge

MEMORY_BYTES = 2 * 1024**3
GRACE_SECONDS = 20  # beyond the limit for reading, judging and writing; then the kernel ends it
MOST_BYTES = 64 * 1024**2
TELL_EVERY = 0.5
LEAST_WHY_S, MOST_WHY_S = 0.2, 2.0  # CPU seconds for saying why gaps stay open


class Run:
    """One problem from its bytes to its answer."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.stopped = False
        self.told = 0.0
        self.bound: int | None = None
        self.solver: product_solve.Solver | None = None

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Asked to end: the best so far."""
        self.stopped = True

    def say(self, what: dict[str, Any]) -> None:
        self.out.write(wire.encode(what).decode() + "\n")
        self.out.flush()

    def tell(self, progress: Progress) -> None:
        """At most twice a second, and the roster with it, so that whoever listens has it when this is killed."""
        if progress.bound is not None:
            self.bound = progress.bound
        at = time.process_time()
        if progress.columns is None or at - self.told < TELL_EVERY or self.solver is None:
            return
        self.told = at
        told: dict[str, Any] = {
            "cpu_ms": int(at * 1000), "phase": progress.phase, "best": progress.objective, "bound": self.bound,
        }  # fmt: skip
        placed = self.solver.placed(progress.columns)
        told["assignments"] = wire.plain(answers.made(self.solver.facts.problem, self.facts, placed))
        self.say({"progress": told})

    def read(self, raw: bytes) -> RosterProblem | RosterAnswer:
        """The problem, or why it is none."""
        if len(raw) > MOST_BYTES:
            return answers.refusal(None, [{"code": "wire.too_large", "field": "", "facts": {"limit": MOST_BYTES}}])
        try:
            return wire.decode(raw, RosterProblem)
        except Malformed as bad:
            return answers.refusal(None, [{"code": bad.code, "field": bad.field, "facts": dict(bad.facts)}])

    def solve(self, raw: bytes) -> RosterAnswer:
        """The answer to these bytes, whatever they are."""
        problem = self.read(raw)
        if isinstance(problem, RosterAnswer):
            return problem
        self.facts: Facts = read_problem(problem)
        if self.facts.errors:
            return answers.refusal(problem, [{"code": e.code, "field": e.field, "facts": e.facts} for e in self.facts.errors])
        began = time.process_time()
        limit(problem.limits.seconds)
        if problem.replan is not None:
            return self.mend(problem, problem.replan, began)
        try:
            self.solver = product_solve.Solver(product_solve.facts_of(problem, self.facts))
            left = max(0.5, problem.limits.seconds - (time.process_time() - began) - 0.3)
            outcome = self.solver.run(left, seed=problem.seed, stop=lambda: self.stopped, tell=self.tell)
        except TooLarge as large:
            return answers.refusal(problem, [{"code": "rostering.too_large", "field": "", "facts": large.facts}])
        except MemoryError:
            return answers.refusal(problem, [{"code": "rostering.too_large", "field": "", "facts": {"most": MEMORY_BYTES}}])
        except Impossible as nobody:
            person = problem.employees[nobody.person].id
            return RosterAnswer(
                status="infeasible", problem_hash=answers.hash_of(problem),
                errors=[{"code": "rostering.no_legal_plan", "field": "", "facts": {"employee": person}}],
            )  # fmt: skip
        return self.answer(problem, outcome, began)

    def mend(self, problem: RosterProblem, asked: Replan, began: float) -> RosterAnswer:
        """The ways of mending a roster, the best first."""
        mending = replan.Mending(problem, self.facts, asked, max(0.5, problem.limits.seconds - 1.0))
        mended = mending.run()
        ways = mended.ways
        return RosterAnswer(
            status="optimal" if mended.complete else "feasible", objective=ways[0].worth[0] if ways else None, engine="mend",
            seconds=round(time.process_time() - began, 2), checked=True, problem_hash=answers.hash_of(problem),
            gaps=mending.gaps(), diff=[mending.alternative(n, one) for n, one in enumerate(ways, 1)],
        )  # fmt: skip

    def answer(self, problem: RosterProblem, outcome: product_solve.Outcome, began: float) -> RosterAnswer:
        """What came out, judged."""
        found, placed = outcome.answer, outcome.placed
        covers = answers.covers_of(self.facts, placed)
        checked = answers.is_sound(self.facts, placed)
        gap = None
        if found.objective is not None and found.bound is not None and found.objective:
            gap = round(max(0, found.objective - found.bound) / abs(found.objective), 4)
        seconds = time.process_time() - began
        left = max(LEAST_WHY_S, min(MOST_WHY_S, problem.limits.seconds - seconds))
        gaps = with_why(problem, self.facts, placed, answers.gaps_of(self.facts, covers), left)
        late = seconds > problem.limits.seconds and not found.proven
        return RosterAnswer(
            status="cancelled" if self.stopped else "optimal" if found.proven else "timeout" if late else "feasible",
            objective=found.objective, bound=found.bound, gap=gap, seconds=round(seconds, 2), engine=outcome.engine,
            checked=checked, problem_hash=answers.hash_of(problem), assignments=answers.made(problem, self.facts, placed),
            gaps=gaps, score=answers.score_of(self.facts, placed, covers), trace=outcome.trace,
        )  # fmt: skip


def limit(seconds: int) -> None:
    """Have the kernel end this process when it uses more memory or time than it may, where the system can do that."""
    if sys.platform == "win32":
        return
    import resource

    used = int(time.process_time())
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(hard, MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    most = used + seconds + GRACE_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (most if hard == resource.RLIM_INFINITY else min(hard, most), hard))
    signal.setitimer(signal.ITIMER_REAL, 20.0 * (seconds + GRACE_SECONDS))


def main() -> int:
    """Read, solve, answer. 0: there is an answer; 1: the answer says that this is no problem."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):  # their pools reserve address space for each thread
        os.environ.setdefault(name, "1")
    run = Run(sys.stdout)
    signal.signal(signal.SIGTERM, run.stop)
    answer = run.solve(sys.stdin.buffer.read(MOST_BYTES + 1))
    run.say({"answer": wire.plain(answer)})
    return 1 if answer.status == "invalid_input" else 0


if __name__ == "__main__":
    sys.exit(main())
