"""One instance of the retail family from file to answer: a bound, a roster at once, then annealing until the limit or the
bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from server.solver.retail import FIRST, PERIOD_MIN, Retail, Roster
from server.solver.retail_bound import Bound
from server.solver.retail_search import Found, Limit, Search

ON_BOUND = 0.03
"""The part of the limit that goes into raising the bound."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The best roster (None: the limit came first), the people missing in it, its objective, a bound for every roster in which
    nobody is missing, and CPU seconds: used in all, until the best was found, and until the first in which nobody is missing."""

    roster: Roster | None
    missing: int | None
    surplus: int | None
    bound: int
    cpu: float
    found_cpu: float | None
    covered_cpu: float | None
    steps: int

    @property
    def proven(self) -> bool:
        """Nothing better exists."""
        return self.missing == 0 and self.surplus == self.bound

    @property
    def gap(self) -> float | None:
        """How far above the bound, as a part of it; None while somebody is missing. Over a bound of 0 every surplus counts as
        a part of 1."""
        if self.missing != 0 or self.surplus is None:
            return None
        return (self.surplus - self.bound) / max(self.bound, 1)


def solve(problem: Retail, limit: Limit, seed: int, tell: Callable[[Found, int], None]) -> Answer:
    """Solves within `limit`; `tell` hears of every better roster, with the bound so far. Same seed and steps, same answer.
    Raises `NoRoster`."""
    bound = Bound(problem)
    covered: list[float] = []

    def found(roster: Found) -> None:
        if roster.missing == 0 and not covered:
            covered.append(roster.cpu)
        tell(roster, bound.value)

    search = Search(problem, limit, seed, found, bound.value)
    search.fill()
    until = limit.cpu() + ON_BOUND * limit.seconds
    if search.best is not None:
        steps = {} if limit.steps is None else {"steps": int(ON_BOUND * limit.steps)}
        bound.ascend(max(search.best.surplus, bound.value + 1), lambda: limit.part(0) >= 1 or limit.cpu() > until, **steps)
    search.goal = bound.value
    best = search.run()
    at = (None, None, None, None) if best is None else (best.roster, best.missing, best.surplus, best.cpu)
    return Answer(at[0], at[1], at[2], bound.value, limit.cpu(), at[3], covered[0] if covered else None, search.steps)


def as_json(problem: Retail, roster: Roster) -> dict[str, list[dict[str, Any]]]:
    """The roster as `check_retail.check` reads it."""
    people = zip(problem.people, roster, strict=True)
    return {person.name: [_shift(shift.start, shift.activities) for shift in shifts] for person, shifts in people}


def _shift(start: int, activities: tuple[int, ...]) -> dict[str, Any]:
    day, minutes = divmod((start + FIRST) * PERIOD_MIN, 1440)
    blocks: list[list[int]] = []
    for activity in activities:
        if blocks and blocks[-1][0] == activity + 1:
            blocks[-1][1] += PERIOD_MIN
        else:
            blocks.append([activity + 1, PERIOD_MIN])
    return {"day": day + 1, "start": f"{minutes // 60:02}:{minutes % 60:02}", "blocks": blocks}
