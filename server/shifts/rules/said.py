"""Whose word counts: a person's before that of the nearest unit, a unit's before the company's; the later before the earlier."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple


class Spoken(NamedTuple):
    """From a day on, until (exclusive) a day or something later: a pattern or a set of rules by its code, None: without."""

    from_day: date
    until: date | None
    what: str | None
    shifted_by: int = 0


@dataclass
class Said:
    """What was said of people, of units, and (of neither) of the company. What was said later is added later."""

    people: dict[str, list[Spoken]] = field(default_factory=dict)
    units: dict[str, list[Spoken]] = field(default_factory=dict)
    company: list[Spoken] = field(default_factory=list)

    def add(self, person_id: str | None, unit_id: str | None, spoken: Spoken) -> None:
        """Enter one; exactly one of person and unit, or neither for the company."""
        if person_id is not None:
            self.people.setdefault(person_id, []).append(spoken)
        elif unit_id is not None:
            self.units.setdefault(unit_id, []).append(spoken)
        else:
            self.company.append(spoken)

    def of(self, person_id: str, units: Iterable[str], day: date) -> Spoken | None:
        """Whose word counts: the person's, else that of the first of `units` (the nearest) that says anything, else the
        company's. None: nobody says anything about that day."""
        found = counting(self.people.get(person_id, ()), day)
        if found is not None:
            return found
        for unit_id in units:
            said = self.units.get(unit_id)
            if said is not None and (found := counting(said, day)) is not None:
                return found
        return counting(self.company, day)


def counting(said: Sequence[Spoken], day: date) -> Spoken | None:
    """What counts of several that cover a day: what begins last, and of two that begin together what was said last.

    So a pattern for two weeks ends by itself, and what was said before counts again.
    """
    found: Spoken | None = None
    for one in said:
        if one.from_day <= day and (one.until is None or day < one.until) and (found is None or one.from_day >= found.from_day):
            found = one
    return found


def chain(above: Callable[[str], Sequence[str]], store_id: str | None, home_id: str | None) -> list[str]:
    """The units whose word counts for somebody, the nearest first: the store they are posted to, what is above it, then their
    home and what is above that. A unit above both, as the company is, stands where the last of the two has it."""
    host = [store_id, *above(store_id)] if store_id is not None else []
    home = [home_id, *above(home_id)] if home_id is not None else []
    return [unit for unit in host if unit not in home] + home
