"""Plans of one person at given prices of the rows: the pricer of product problems (see columns.py).

The kernel knows single shifts, rests, days in a row, hours of a week, weekends, and prices what is convex (fairness) by a
tangent, which never is above the truth; so what it finds is a bound. Then the judge of contract.rostering.rules looks at
the plan. What it forbids is repaired by freeing a day of those it names and pricing again, the cheapest way first; so every
column is legal, by the same words that the grid, the tablet and the API use. A column's cost is what the judge's soft rules
come to, plus fairness.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from math import gcd, inf

from contract.rostering.local_time import ordinal, weekday
from contract.rostering.rules import judge_line, load_of, points_of
from contract.rostering.shapes import Placed, Profile
from server.solver import product_paths
from server.solver.columns import QUANTUM, Column, Priced
from server.solver.compiled import fast, whole
from server.solver.product import QUARTER, Shifts, TooLarge
from server.solver.product_fair import COUNTERS, Fairness
from server.solver.product_paths import NEVER
from server.solver.product_people import People, Person, classes_of, placed_of

SCALE = round(1 / QUANTUM)
MOST_REPAIRS = 24
MOST_STATES = 20_000_000


@dataclass(slots=True)
class Plan:
    """A person's plan: the option of each worked day, what it costs and what fairness counts of it."""

    person: int
    options: tuple[int, ...]
    cost: int
    counts: tuple[int, ...]


class ProductPricer:
    """See `Pricer` in columns.py. It learns which weekends and days somebody needs free, and around which counts to linearise:
    bounds are valid whatever it learnt, and the same questions in the same order get the same answers."""

    def __init__(self, shifts: Shifts, people: People) -> None:
        self.shifts, self.people, self.facts = shifts, people, shifts.facts
        self.hard = Profile(code="hard", rules=[rule for rule in self.facts.rules.values() if rule.hard])
        self._kernel = fast(product_paths.cheapest)
        self._sum = fast(product_paths.group_prices)
        self._plans: dict[tuple[int, tuple[int, ...]], Plan] = {}
        self._verdicts: dict[tuple[int, tuple[int, ...]], tuple[tuple[int, ...], ...]] = {}
        self._placed: dict[tuple[int, int], list[Placed]] = {}
        self._given = {shift.id: shift for shift in self.facts.placed}
        self._around: dict[int, list[Placed]] = {}
        self._prepare()

    # what never changes

    def _prepare(self) -> None:
        shifts, people = self.shifts, self.people
        days = len(shifts.days)
        works = [option.work for option in shifts.groups if option.work > 0]
        self.unit = max(15, reduce(gcd, works, 0)) if works else 60
        while any(work % self.unit for work in works):
            self.unit = 1 if self.unit <= 15 else 15
        caps = [min(cap, 7 * max((o.work for o in shifts.groups), default=0)) for p in people.persons for cap in p.caps]
        self.most_units = max(caps, default=0) // self.unit + 2
        if self.most_units > 700:  # odd minutes: coarser units, rounded up, keep the room small and the caps kept
            self.unit = 15
            self.most_units = max(caps) // self.unit + 2
        self.ptr = whole(shifts.day_ptr)
        self.units = whole(-(-option.work // self.unit) for option in shifts.groups)
        of_days = zip(shifts.day_ptr, shifts.day_ptr[1:], strict=False)
        ends = [sorted({o.finishes for o in shifts.groups[a:b]}) for a, b in of_days]
        self._ends = ends
        self.classes = max((len(one) for one in ends), default=0) + 1
        self.end_class = whole(1 + ends[o.day].index(o.finishes) for o in shifts.groups)
        self._follows: dict[int, object] = {}
        self.week = whole(people.weeks)
        numbers = [ordinal(day) for day in shifts.days]
        self.last = whole(1 if weekday(n) == 6 or n == numbers[-1] else 0 for n in numbers)
        self.sunday = whole(1 if weekday(n) == 6 and i > 0 else 0 for i, n in enumerate(numbers))
        self._weekend_days = [i for i, n in enumerate(numbers) if weekday(n) >= 5]
        self._numbers = numbers
        most = max((p.most_days for p in people.persons), default=6)
        self.in_a_row = self._weekends_in_a_row()
        states = (most + 2) * (self.in_a_row + 1) * self.most_units * self.classes
        if states * days > MOST_STATES:
            raise TooLarge(people=len(people.persons), shifts=len(shifts.groups), most=MOST_STATES)
        self.now, self.then = whole([0] * states), whole([0] * states)
        self.back = whole([0] * (states * days))
        self.folded = whole([0] * (days * (most + 2) * (self.in_a_row + 1) * self.classes))
        self.least, self.least_at = whole([0] * self.classes), whole([0] * self.classes)
        self.out = whole([0] * days)
        self._open_to = whole([0] * max(1, len(shifts.groups)))
        self.prefix = whole([0] * (len(shifts.rows) + 1))
        self.group_price, self.group_best = whole([0] * len(shifts.groups)), whole([0] * len(shifts.groups))
        spans = [(i, a, b) for i, option in enumerate(shifts.options) for a, b in option.spans]
        starts = [0] * (len(shifts.options) + 1)
        for i, _, _ in spans:
            starts[i + 1] += 1
        for i in range(len(shifts.options)):
            starts[i + 1] += starts[i]
        self.span_ptr, self.span_lo, self.span_hi = whole(starts), whole(a for _, a, _ in spans), whole(b for _, _, b in spans)
        self.group_of = whole(shifts.group_of)
        self.fair = Fairness(shifts, people)
        self._night, self._early, self._closing = (whole(flag[n] for flag in self.fair.flags) for n in range(3))
        self._off = {p.number: whole(c if c >= NEVER else c * SCALE for c in p.off) for p in people.persons}
        self._own = {p.number: (whole(p.options), whole(cost * SCALE for cost in p.own)) for p in people.persons}
        self._ending = {p.number: self._week_ends(p) for p in people.persons}
        self._starts = whole(option.starts for option in shifts.groups)
        self._day_of = whole(option.day for option in shifts.groups)
        self._nothing = whole([-1] * days)
        self._usual: dict[int, object] = {}
        self._steady = False
        self._duals = [0] * (len(COUNTERS) * len(people.persons))
        self._at: dict[int, tuple[int, ...]] = {}
        self._free: dict[int, tuple[int, ...]] = {}

    def _weekends_in_a_row(self) -> int:
        """How many may be worked one after the other where one of so many is to be free; 0: the kernel need not count them."""
        rule = self.facts.rules.get("weekends")
        if rule is None or not rule.hard or self.facts.param("weekends", "free", 1) < 1:
            return 0
        most = self.facts.param("weekends", "weeks", 4) - self.facts.param("weekends", "free", 1)
        return most if 0 < most <= 5 and len(self._weekend_days) > 2 * most else 0

    def _week_ends(self, person: Person) -> object:
        """What ending a week with so much work costs, by week and units: too much, overtime, less than promised."""
        facts = self.facts
        overtime, regular = facts.weight("overtime"), facts.param("overtime", "week", 2_400)
        if any(option.work > facts.param("overtime", "day", 480) for option in self.shifts.groups):
            overtime = 0  # what is beyond the day is priced by the judge only
        short = facts.weight("contract_min_hours")
        table = []
        for week, (cap, promised) in enumerate(zip(person.caps, person.promised, strict=True)):
            before = person.before.week_min if week == 0 else 0
            stays = sum(
                sum(s.work_min for s in given)
                for (who, day), given in self.shifts.fixed.items()
                if who == person.number and self.people.weeks[day] == week
            )
            for units in range(self.most_units):
                work = units * self.unit
                if work > max(cap, stays):
                    table.append(NEVER)
                    continue
                cost = overtime * -(-max(0, work + before - regular) // QUARTER)
                cost += short * -(-max(0, promised - work) // QUARTER) if promised else 0
                table.append(cost * SCALE)
        return whole(table)

    def _rests(self, rest: int) -> object:
        """By group: the classes of the day before that leave so much rest."""
        if rest not in self._follows:
            found = []
            for option in self.shifts.groups:
                before = self._ends[option.day - 1] if option.day else []
                found.append(classes_of(before, option.begins - rest))
            self._follows[rest] = whole(found)
        return self._follows[rest]

    # pricing

    def price(self, persons: Sequence[int], duals: Sequence[float], worth: Sequence[float], most: int) -> list[Priced]:
        scaled = [round(dual * SCALE) for dual in duals]
        demand = len(self.shifts.rows)
        self._sums(scaled[:demand])
        self._duals = scaled[demand:]
        return [self._price(person, limit) for person, limit in zip(persons, worth, strict=True)]

    def load(self, prices: Sequence[int]) -> None:
        """Whole prices of the rows of demand, for `cheapest`; fairness is known around what somebody has."""
        self._sums(price * SCALE for price in prices)

    def _sums(self, prices: Iterable[int]) -> None:
        sums = whole(accumulate(prices, initial=0))
        self.prefix[:] = sums

    def cheapest(self, number: int) -> list[Column]:
        """Legal plans of somebody at the prices loaded, good ones. Empty: there is none."""
        self._steady = True
        found = list(self._price(number, inf).columns)
        self._steady = False
        return found

    def hold(self, number: int, options: Sequence[int]) -> None:
        """What somebody has now: around these counts fairness is linearised, and the middle start of each week is held on to."""
        weeks: dict[int, list[int]] = {}
        for index in options:
            option = self.shifts.options[index]
            weeks.setdefault(self.people.weeks[option.day], []).append(option.starts)
        middle = {week: sorted(starts)[len(starts) // 2] for week, starts in weeks.items()}
        self._at[number] = self.fair.counts(number, options)
        self._usual[number] = whole(middle.get(week, -1) for week in self.people.weeks)

    def _price(self, number: int, worth: float) -> Priced:
        person = self.people.persons[number]
        bound, found = self._run(person, ())
        if found is None:
            return Priced(number, inf, [])
        if bound / SCALE >= worth:
            return Priced(number, bound / SCALE, [])
        plans = [plan for plan in (self._legal(person, found), self._again(person, found)) if plan is not None]
        if not plans:  # nobody could be made legal: a plan without any shift of one's own, if that is
            plans = [self._idle(person)]
        columns = {plan.options: self._column(plan) for plan in plans}
        kept = sorted((self._reduced(column), key) for key, column in columns.items())
        good = [columns[key] for reduced, key in kept if reduced / SCALE < worth]
        return Priced(number, bound / SCALE, good) if kept else Priced(number, inf, [])

    def _reduced(self, column: Column) -> int:
        spans = (span for index in column.what.options for span in self.shifts.options[index].spans)
        fair = sum(slope * n for slope, n in zip(self._slopes(column.person), self._new(column.what), strict=True))
        return column.cost * SCALE - int(sum(self.prefix[hi] - self.prefix[lo] for lo, hi in spans)) + fair

    def _new(self, plan: Plan) -> list[int]:
        """What fairness counts of a plan alone."""
        return [count - before for count, before in zip(plan.counts, self.fair.past(plan.person), strict=True)]

    def _again(self, person: Person, found: tuple[int, ...]) -> Plan | None:
        """Once more, around what was found: a tangent that fits it better. What the bound is reckoned around stays."""
        number = person.number
        if not self._steady:
            return None
        before, kept = self._slopes(number), self._at.get(number)
        self._at[number] = self.fair.counts(number, found)
        better = None if self._slopes(number) == before else self._run(person, ())[1]
        if kept is None:
            del self._at[number]
        else:
            self._at[number] = kept
        return None if better is None or better == found else self._legal(person, better)

    def _run(self, person: Person, free: tuple[int, ...]) -> tuple[int, tuple[int, ...] | None]:
        """The kernel, with some days free: the options of the worked days, and a bound unless usual starts are held on to."""
        shifts, number = self.shifts, person.number
        usual = self._usual.get(number, self._nothing) if self._steady else self._nothing
        jitter = self.facts.weight("start_jitter") * SCALE if self._steady else 0
        slopes = self._slopes(number)
        options, own = self._own[number]
        self._sum(
            len(options), options, own, self.span_ptr, self.span_lo, self.span_hi, self.prefix, self.group_of, self._night,
            slopes[1], self._early, slopes[2], self._closing, slopes[3], self._starts, usual, self._day_of, jitter,
            self.facts.param("start_jitter", "from", 60), self.group_price, self.group_best,
        )  # fmt: skip
        for day in free:
            for group in range(shifts.day_ptr[day], shifts.day_ptr[day + 1]):
                self.group_price[group] = NEVER
        weekend = [0] * len(shifts.days)
        for day in self._weekend_days:
            weekend[day] = slopes[0]
        facts = self.facts
        value = self._kernel(
            len(shifts.days), self.ptr, self.units, self.end_class, self._rests(person.rest), self._rests(person.soft_rest),
            self.group_price, self._off[number], self.sunday, whole(weekend),
            self.week, self.last, self._ending[number], self.most_units, self.classes, person.most_days, self.in_a_row,
            person.before.days_in_row, person.before.weekends_in_row, facts.weight("clopen") * SCALE,
            facts.weight("single_day_off") * SCALE,
            facts.weight("split_weekend") * SCALE, self.now, self.then, self.back, self.folded, self.least, self.least_at,
            self._open_to, self.out,
        )  # fmt: skip
        if value >= NEVER:
            return value, None
        chosen = tuple(int(self.group_best[group]) for group in self.out if group >= 0)
        return int(value), chosen

    def _slopes(self, number: int) -> list[int]:
        """By counter of fairness what one more costs, scaled: by the prices of this person's rows, or around what they have."""
        if not self._steady:
            return [-dual for dual in self._duals[len(COUNTERS) * number : len(COUNTERS) * (number + 1)]]
        past = self.fair.past(number)
        at = self._at.get(number) or past
        return [(self.fair.cost(n, count + 1) - self.fair.cost(n, count - 1)) * SCALE // 2 for n, count in enumerate(at)]

    # legality

    def _legal(self, person: Person, options: tuple[int, ...]) -> Plan | None:
        """The plan, or the cheapest that the judge allows among those with days freed that it names."""
        free = self._free.get(person.number, ())
        tries = 0
        current: tuple[int, ...] | None = options
        while current is not None and tries < MOST_REPAIRS:
            named = self._forbidden(person, current)
            if not named:
                return self._plan(person, current)
            best: tuple[int, tuple[int, ...], tuple[int, ...]] | None = None
            for days in named:
                tries += 1
                value, other = self._run(person, (*free, *days))
                if other is not None and (best is None or value < best[0]):
                    best = (value, other, days)
            if best is None:
                return None
            free = (*free, *best[2])
            current = best[1]
        return None

    def idle(self, number: int) -> Column:
        """Somebody with nothing but what is given and stays."""
        return self._column(self._idle(self.people.persons[number]))

    def _idle(self, person: Person) -> Plan:
        """Only what is given and stays."""
        kept = [i for i in person.options if (person.number, self.shifts.options[i].day) in self.shifts.fixed]
        return self._plan(person, tuple(sorted(kept, key=lambda i: self.shifts.options[i].day)))

    def _forbidden(self, person: Person, options: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        """Sets of days of which one has to be free, as the judge's first hard verdict has it. Empty: it is legal. What stays is
        no reason: a plan is legal when it breaks nothing that the given shifts alone do not."""
        key = (person.number, options)
        if key not in self._verdicts:
            line = self.line_of(person.number, options)
            given = {s.id for (who, _), held in self.shifts.fixed.items() if who == person.number for s in held}
            day_of = {shift.id: ordinal(shift.day) - self._numbers[0] for shift in line}
            found: tuple[tuple[int, ...], ...] = ()
            for verdict in judge_line(person.worker, line, self.hard, self.facts.calendar):
                if verdict.level != "hard":
                    continue
                movable = sorted({day_of[s] for s in verdict.shifts if s in day_of and s not in given})
                if verdict.rule == "weekends":
                    movable_sets = self._weekends_of(movable)
                else:
                    movable_sets = tuple((day,) for day in movable)
                if movable_sets:
                    found = movable_sets
                    break
            self._verdicts[key] = found
        return self._verdicts[key]

    def _weekends_of(self, days: list[int]) -> tuple[tuple[int, ...], ...]:
        """Days of whole weekends: Friday's night counts with its Saturday."""
        found: dict[int, list[int]] = {}
        for day in days:
            number = self._numbers[day]
            found.setdefault((number + 1) // 7, []).append(day)
        whole_weekends = []
        for saturday in sorted(found):
            whole_weekends.append(tuple(sorted(found[saturday])))
        return tuple(whole_weekends)

    def line_of(self, number: int, options: Sequence[int]) -> list[Placed]:
        """A person's shifts as the rules see them: those of the plan, and what is given outside the days to plan."""
        person = self.people.persons[number]
        if number not in self._around:
            inside = set(self.shifts.days)
            mine = person.worker.person_id
            self._around[number] = [s for s in self.facts.placed if s.person_id == mine and s.day not in inside]
        return [*self._around[number], *(shift for index in options for shift in self._shifts_of(number, index))]

    def _shifts_of(self, number: int, index: int) -> list[Placed]:
        key = (number, index)
        if key not in self._placed:
            option = self.shifts.options[index]
            worker = self.people.persons[number].worker
            self._placed[key] = (
                [self._given[one] for one in option.shifts]
                if option.shifts
                else [placed_of(self.shifts, option, worker.person_id, index)]
            )
        return self._placed[key]

    def _plan(self, person: Person, options: tuple[int, ...]) -> Plan:
        key = (person.number, options)
        if key not in self._plans:
            line = self.line_of(person.number, options)
            cost = sum(p.points for p in points_of(person.worker, line, self.facts.profile, self.facts.calendar))
            load = load_of(person.worker, line, self.facts.calendar, self.facts.profile)
            counts = (load.weekends, load.nights, load.early, load.closings)
            cost += self._moved(person, options)
            self._plans[key] = Plan(person.number, options, cost, counts)
        return self._plans[key]

    def _moved(self, person: Person, options: tuple[int, ...]) -> int:
        """What leaving drafts costs."""
        if not self.shifts.drafts:
            return 0
        worked = {self.shifts.options[index].day: index for index in options}
        at = dict(zip(person.options, person.own, strict=True))
        total = sum(cost for day, cost in enumerate(person.off) if 0 < cost < NEVER and day not in worked)
        return total + sum(self.people.change(person.number, self.shifts.options[i]) for i in worked.values() if i in at)

    def _column(self, plan: Plan) -> Column:
        rows: dict[int, int] = {}
        for index in plan.options:
            for first, last in self.shifts.options[index].spans:
                for row in range(first, last):
                    rows[row] = rows.get(row, 0) + 1
        for counter, count in enumerate(self._new(plan)):
            if count:
                rows[len(self.shifts.rows) + len(COUNTERS) * plan.person + counter] = count
        ordered = tuple(sorted(rows))
        coefs = tuple(rows[row] for row in ordered)
        return Column(plan.person, plan.cost, ordered, None if all(n == 1 for n in coefs) else coefs, plan)
