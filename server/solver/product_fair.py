"""What is to be shared fairly: weekends, nights, early starts and closings, the eight weeks before counted in.

Somebody's counters cost the rule's weight times the square of how far they are from what everybody should have. Each person
and counter is a row of the problem, so that column generation finds what one more of them is worth; the search takes it
from what somebody has.
"""

from __future__ import annotations

from collections.abc import Sequence

from contract.rostering.local_time import ordinal, weekday
from contract.rostering.rules.line import is_night
from server.solver.columns import Row, Steps
from server.solver.product import Shifts
from server.solver.product_people import People, placed_of

COUNTERS = ("weekends", "nights", "early", "closings")


class Fairness:
    """The counters of a problem. `flags`: by group of shifts whether it is a night, early, a closing."""

    def __init__(self, shifts: Shifts, people: People) -> None:
        self.shifts, self.people, self.facts = shifts, people, shifts.facts
        self._numbers = [ordinal(day) for day in shifts.days]
        self.flags = self._what_counts()
        self._means = self._expected()

    def _what_counts(self) -> list[tuple[int, int, int]]:
        """By group: night, early, closing."""
        facts = self.facts
        night = {n: facts.param("fair_nights", n, v) for n, v in (("night_starts", 1_320), ("night_ends", 1_800), ("least", 180))}
        early, closing = facts.param("fair_early", "before", 480), facts.param("fair_closings", "from", 1_260)
        found = []
        for option in self.shifts.groups:
            shift = placed_of(self.shifts, option, "", 0)
            found.append((int(is_night(shift, night)), int(option.starts < early), int(option.ends >= closing)))
        return found

    def _expected(self) -> tuple[int, ...]:
        """By counter: what a person should have, the eight weeks before counted in, in hundredths. What the demand asks for is
        reckoned in shifts of eight hours; being off the mark moves everybody alike, and who has more than others stays dearer."""
        shifts = self.shifts
        people = max(1, len(self.people.persons))
        past = [p.worker.past for p in self.people.persons]
        weekend = night = 0
        starts: dict[int, int] = {}
        ends: dict[int, int] = {}
        early, closing = self.facts.param("fair_early", "before", 480), self.facts.param("fair_closings", "from", 1_260)
        for line in shifts.lines:
            for slot, heads in enumerate(line.wanted):
                day, minute = divmod(slot * shifts.slot, 1_440)
                if not heads or day >= len(shifts.days):
                    continue
                weekend += heads if weekday(self._numbers[day]) >= 5 else 0
                night += heads if minute >= 1_320 or minute < 360 else 0
                if minute < early:
                    starts[day] = max(starts.get(day, 0), heads)
                if minute + shifts.slot > closing:
                    ends[day] = max(ends.get(day, 0), heads)
        in_shifts = 480 // shifts.slot
        whole_weekends = weekend * 100 // (in_shifts * 2)
        sums = (whole_weekends, night * 100 // in_shifts, sum(starts.values()) * 100, sum(ends.values()) * 100)
        before = (
            sum(p.weekends_8w for p in past), sum(p.nights_8w for p in past), sum(p.early_8w for p in past),
            sum(p.closings_8w for p in past),
        )  # fmt: skip
        return tuple((s + 100 * b) // people for s, b in zip(sums, before, strict=True))

    def cost(self, counter: int, count: int) -> int:
        """What a counter of somebody costs."""
        away = 100 * count - self._means[counter]
        return self.facts.weight(f"fair_{COUNTERS[counter]}") * away * away // 10_000

    def rows(self) -> tuple[list[Row], int]:
        """A row for each person and counter: how far somebody is from what is fair costs more with each step. And what the best
        counts cost all the same."""
        found, base = [], 0
        for person in self.people.persons:
            for counter, before in enumerate(self.past(person.number)):
                costs = [self.cost(counter, before + n) for n in range(len(self.shifts.days) + 2)]
                need = min(range(len(costs)), key=lambda n: (costs[n], n))
                down = [costs[n - 1] - costs[n] for n in range(need, 0, -1)]
                up = [b - a for a, b in zip(costs[need:], costs[need + 1 :], strict=False)]
                found.append(Row(need, _steps(down), _steps(up)))
                base += costs[need]
        return found, base

    def past(self, number: int) -> tuple[int, int, int, int]:
        past = self.people.persons[number].worker.past
        return past.weekends_8w, past.nights_8w, past.early_8w, past.closings_8w

    def counts(self, number: int, options: Sequence[int]) -> tuple[int, ...]:
        """What fairness counts of a plan, with the eight weeks before."""
        found = list(self.past(number))
        weekends = set()
        for index in options:
            group = self.shifts.group_of[index]
            night, early, closing = self.flags[group]
            found[1] += night
            found[2] += early
            found[3] += closing
            day = self.shifts.options[index].day
            if weekday(self._numbers[day]) >= 5:
                weekends.add(self._numbers[day] // 7 if weekday(self._numbers[day]) == 5 else (self._numbers[day] - 1) // 7)
        found[0] += len(weekends)
        return tuple(found)


def _steps(costs: list[int]) -> Steps:
    """Steps of a row out of what one more costs each time; the last goes on without end."""
    found: list[tuple[int | None, int]] = []
    for cost in costs:
        if found and found[-1][1] == cost:
            found[-1] = ((found[-1][0] or 0) + 1, cost)
        else:
            found.append((1, cost))
    return (*found[:-1], (None, found[-1][1])) if found else ((None, 0),)
