"""One file of the Curtois & Qu family through the portfolio: from its text to a judged roster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.solver.check_nrp import Verdict, judge
from server.solver.nrp import read
from server.solver.nrp_pricer import make, refuse_giants
from server.solver.portfolio import Outcome, solve
from server.solver.seats import Work

CPSAT = "server.solver.cpsat_nrp:work"


@dataclass(frozen=True, slots=True)
class Solved:
    """`roster`: person -> shift of each day ("" off), None when there is none; `verdict` is the independent judge's."""

    outcome: Outcome
    roster: dict[str, list[str]] | None
    verdict: Verdict | None


def solve_text(
    text: str,
    *,
    seconds: float,
    seed: int = 0,
    engines: int = 2,
    tell: Callable[[Outcome], None] = lambda outcome: None,
    stop: Callable[[], bool] = lambda: False,
) -> Solved:
    """Within so many CPU seconds over all processes. `engines`: 2 for the portfolio, 1 for column generation alone. Raises
    `BadFile`."""
    instance = read(text)
    refuse_giants(instance)
    work = Work("columns", make, text, seed, seconds)
    other = Work(CPSAT, make, text, seed, seconds) if engines > 1 else None
    outcome = solve(instance.problem(), work, other, tell=tell, stop=stop)
    if outcome.columns is None:
        return Solved(outcome, None, None)
    names = [shift.name for shift in instance.shifts]
    roster = {instance.staff[c.person].name: [names[s] if s >= 0 else "" for s in c.what] for c in outcome.columns}
    return Solved(outcome, roster, judge(text, roster))
