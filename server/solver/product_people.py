"""One person of a product problem: which shifts they may take, what each costs them, and how much a week may hold.

This page mirrors what `contract.rostering.rules` says of single shifts, days and weeks, so that few plans have to be thrown
away. It decides nothing: the judge has the last word on every plan (`product_pricer`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from contract.rostering.local_time import MINUTES_A_DAY, at_minute, monday_of, ordinal, weekday
from contract.rostering.rules.line import is_night, night_minutes
from contract.rostering.rules.places import has_skill, may_work_at
from contract.rostering.rules.protection import NO_NIGHT, NO_OVERTIME, age_on
from contract.rostering.shapes import Away, Placed, Worker
from server.solver.product import QUARTER, Option, Shifts
from server.solver.product_paths import NEVER

WEEK_END = 6


@dataclass(frozen=True, slots=True)
class Before:
    """What the days to plan begin with: shifts before them that are given, and what lies before those."""

    last_end: int | None = None
    days_in_row: int = 0
    weekends_in_row: int = 0
    week_min: int = 0


def before_of(worker: Worker, placed: Sequence[Placed], first: int) -> Before:
    """The state of somebody on the first day, by its number."""
    past = worker.past
    earlier = sorted((s for s in placed if ordinal(s.day) < first and not s.on_call), key=lambda s: s.starts_ms)
    if not earlier:
        week = past.week_min if weekday(first) else 0
        ended = None if past.last_end_ms is None else past.last_end_ms // 60_000
        return Before(ended, past.days_in_row, 0, week)
    days = {ordinal(s.day) for s in earlier}
    row = 0
    while first - 1 - row in days:
        row += 1
    if first - row == min(days):
        row += past.days_in_row
    weekends, saturday = 0, monday_of(first) - 2
    while saturday in days or saturday + 1 in days:
        weekends, saturday = weekends + 1, saturday - 7
    week = sum(s.work_min for s in earlier if ordinal(s.day) >= monday_of(first))
    return Before(max(s.ends_ms for s in earlier) // 60_000, row, weekends, week)


@dataclass(slots=True)
class Person:
    """`options` are indices into Shifts.options with what each costs by itself in `own`; `off`: what a day off costs.

    `caps`: minutes a week of the horizon may hold at most, `weeks`: which week a day is of. `rest`, `soft_rest`: minutes.
    """

    number: int
    worker: Worker
    options: list[int] = field(default_factory=list)
    own: list[int] = field(default_factory=list)
    off: list[int] = field(default_factory=list)
    caps: list[int] = field(default_factory=list)
    promised: list[int] = field(default_factory=list)
    rest: int = 0
    soft_rest: int = 0
    before: Before = field(default_factory=lambda: Before())
    most_days: int = 6


class People:
    """Everybody of a problem with what they may do."""

    def __init__(self, shifts: Shifts) -> None:
        self.shifts, self.facts = shifts, shifts.facts
        self.weeks = self._weeks()
        self._night = self._nights()
        self._begins = [option.begins for option in shifts.groups]
        self._asked = sorted({(option.line, option.day) for option in shifts.options})
        self._kinds: dict[tuple[object, ...], list[bool]] = {}
        self.persons = [self._person(number, worker) for number, worker in enumerate(self.facts.workers)]

    def _weeks(self) -> list[int]:
        first = monday_of(ordinal(self.shifts.days[0]))
        return [(ordinal(day) - first) // 7 for day in self.shifts.days]

    def _nights(self) -> list[tuple[int, bool]]:
        """By group: minutes in the night of those who are protected, and whether it is a night shift."""
        params = {"night_starts": 1_320, "night_ends": 1_800, "least": 180}
        night = {name: self.facts.param("night_max", name, value) for name, value in params.items()}
        found = []
        for option in self.shifts.groups:
            shift = placed_of(self.shifts, option, "", 0)
            found.append((night_minutes(shift, night["night_starts"], night["night_ends"]), is_night(shift, night)))
        return found

    def _person(self, number: int, worker: Worker) -> Person:
        facts, shifts = self.facts, self.shifts
        person = Person(number, worker)
        person.rest = facts.param("rest_between", "min", 0) if facts.is_hard("rest_between") else 0
        person.soft_rest = max(person.rest, facts.param("clopen", "rest", 0) if facts.weight("clopen") else 0)
        person.most_days = facts.param("consecutive_days_max", "max", 6) if facts.is_hard("consecutive_days_max") else 31
        if facts.is_hard("weekly_rest"):
            person.most_days = min(person.most_days, 6)
        mine = [shift for shift in facts.placed if shift.person_id == worker.person_id]
        person.before = before_of(worker, mine, ordinal(shifts.days[0]))
        person.caps = self._caps(worker, person.before)
        person.promised = self._promised(worker)
        person.off = self._off(number)
        prices = self._prices(worker, person.before)
        waits = {lack.store_id for lack in worker.lacks if lack.blocks}
        may_be = {
            (line, day): one.store not in waits
            and may_work_at(worker, one.store, text)
            and (not one.role or has_skill(worker, one.role, text))
            for line, day in self._asked
            for one, text in ((shifts.lines[line], shifts.days[day]),)
        }
        home = facts.weight("home_store")
        for index, option in enumerate(shifts.options):
            if option.only not in (-1, number):
                continue
            given = bool(option.shifts)
            stays = given and (number, option.day) in shifts.fixed
            if (number, option.day) in shifts.fixed and not stays:
                continue
            price = prices[shifts.group_of[index]]
            if stays:
                price = 0 if price is None else price
            elif price is None or not may_be[option.line, option.day]:
                continue
            if home and worker.home_store and shifts.lines[option.line].store == worker.home_store:
                price += home * -(-(option.finishes - option.begins) // QUARTER)
            person.options.append(index)
            person.own.append(price + self.change(number, option))
        return person

    def change(self, number: int, option: Option) -> int:
        """What another shift than the draft costs; nothing where there is none."""
        weight = self.facts.weight("changed_published")
        draft = self.shifts.drafts.get((number, option.day))
        if not weight or option.shifts:
            return 0
        if draft is None:
            return weight // 2 if self.shifts.drafts else 0
        line = self.shifts.lines[option.line]
        is_same = (draft.starts_min, draft.ends_min) == (option.starts, option.ends)
        return 0 if is_same and (draft.store_id, draft.role) == (line.store, line.role) else weight

    def _off(self, number: int) -> list[int]:
        weight = self.facts.weight("changed_published")
        costs = [weight if (number, day) in self.shifts.drafts else 0 for day in range(len(self.shifts.days))]
        for who, day in self.shifts.fixed:
            if who == number:
                costs[day] = NEVER
        return costs

    def _prices(self, worker: Worker, before: Before) -> list[int | None]:
        """By group: what a shift at these times costs somebody by itself; None: they may not work then."""
        facts, shifts = self.facts, self.shifts
        pay = facts.weight("cost") * (worker.wage_cents_hour or 0)
        found: list[int | None] = [
            pay * option.work // 6_000 if may else None
            for option, may in zip(shifts.groups, self._may_be(worker), strict=True)
        ]
        for day, text in enumerate(shifts.days):
            if text in facts.holidays:
                for group in range(shifts.day_ptr[day], shifts.day_ptr[day + 1]):
                    price = found[group]
                    if price is not None:
                        points = facts.weight("overtime") * -(-shifts.groups[group].work // QUARTER)
                        found[group] = None if self._is_spared(worker, text) else price + points
        if before.last_end is not None and facts.is_hard("rest_between"):
            earliest = before.last_end + facts.param("rest_between", "min", 0)
            for group, option in enumerate(shifts.groups):
                if option.begins >= earliest:
                    break
                found[group] = None
        for away in worker.away:
            self._wished(found, away)
        return found

    def _wished(self, found: list[int | None], away: Away) -> None:
        """Leave and wishes: what they share with each shift."""
        facts, shifts = self.facts, self.shifts
        rule = "approved_leave" if away.kind == "leave" else away.kind
        first, last = away.starts_ms // 60_000, away.ends_ms // 60_000
        weight, hard = facts.weight(rule), facts.is_hard(rule)
        for group in range(bisect_left(self._begins, first - 2 * MINUTES_A_DAY), bisect_left(self._begins, last)):
            price, option = found[group], shifts.groups[group]
            shared = min(last, option.finishes) - max(first, option.begins)
            if shared > 0 and price is not None:
                found[group] = None if hard else price + weight * -(-shared // QUARTER)

    def _may_be(self, worker: Worker) -> list[bool]:
        """By group: whether somebody of this contract, age and protection may work so long and at that time at all."""
        kind = (worker.system, worker.day_max_min, tuple(sorted(worker.protect)), worker.born_on)
        if kind not in self._kinds:
            self._kinds[kind] = [self._is_lawful(worker, group) for group in range(len(self.shifts.groups))]
        return self._kinds[kind]

    def _is_lawful(self, worker: Worker, group: int) -> bool:
        facts, option = self.facts, self.shifts.groups[group]
        length, night = option.finishes - option.begins, self._night[group]
        shortest, longest = facts.param("shift_length", "min", 0), facts.param("shift_length", "max", 1_440)
        if facts.is_hard("shift_length") and not option.shifts and not shortest <= length <= longest:
            return False
        if option.work > self._day_cap(worker):
            return False
        if facts.is_hard("night_max") and night[1] and option.work > facts.param("night_max", "max", 480):
            return False
        if facts.is_hard("protected_no_night") and night[0] and NO_NIGHT.intersection(worker.protect):
            return False
        day = self.shifts.days[option.day]
        if option.work > 480 and self._is_spared(worker, day):
            return False
        if facts.is_hard("minor_rules") and worker.born_on is not None:
            age = age_on(worker.born_on, day)
            return age >= facts.param("minor_rules", "least_age", 16) and not (
                night[0] and age < facts.param("minor_rules", "adult_age", 18)
            )
        return True

    def _is_spared(self, worker: Worker, day: str) -> bool:
        """Whether the law spares somebody overtime: protected people, and the young."""
        facts = self.facts
        if facts.is_hard("protected_no_overtime") and NO_OVERTIME.intersection(worker.protect):
            return True
        young = worker.born_on is not None and age_on(worker.born_on, day) < facts.param("minor_rules", "adult_age", 18)
        return facts.is_hard("minor_rules") and young

    def _day_cap(self, worker: Worker) -> int:
        """Minutes of a day: no more than is regular, so that what is proposed makes no overtime; a contract may allow more."""
        facts = self.facts
        regular = facts.param("overtime", "day", 480)
        cap = facts.param("daily_max", "max", 480) if facts.is_hard("daily_max") else 1_440
        if worker.system == "comprehensive":
            cap = facts.param("daily_max", "comprehensive", 660)
        elif facts.weight("overtime"):
            cap = min(cap, regular)
        if worker.system == "part_time" and facts.is_hard("part_time_max"):
            cap = min(cap, facts.param("part_time_max", "day", 240))
        return min(cap, worker.day_max_min) if worker.day_max_min is not None else cap

    def _caps(self, worker: Worker, before: Before) -> list[int]:
        """Minutes by week of the horizon that may be worked at most."""
        facts = self.facts
        regular = facts.param("overtime", "week", 2_400)
        cap = 10_080
        if facts.is_hard("weekly_max"):
            cap = facts.param("weekly_max", "max", 2_400) + facts.param("weekly_max", "overtime", 0)
            if worker.system in ("comprehensive", "flexible") and facts.param("weekly_max", "standard_only", 0):
                cap = 10_080
        if worker.week_max_min is not None:
            cap = min(cap, worker.week_max_min)
        if worker.system == "part_time" and facts.is_hard("part_time_max"):
            cap = min(cap, facts.param("part_time_max", "week", 1_440))
        if self._is_spared(worker, self.shifts.days[0]):
            cap = min(cap, regular)
        weeks = self.weeks[-1] + 1
        if facts.is_hard("overtime_month_max") and worker.system not in ("comprehensive", "flexible"):
            left = max(0, facts.param("overtime_month_max", "max", 2_160) - worker.past.month_overtime_min)
            cap = min(cap, regular + left // max(1, weeks))
        if facts.is_hard("cycle_max") and (worker.system == "comprehensive" or facts.param("cycle_max", "everybody", 0)):
            whole = facts.param("cycle_max", "standard", 9_920) + facts.param("cycle_max", "overtime", 2_160)
            cap = min(cap, max(0, whole - worker.past.period_min) // max(1, weeks))
        caps = [cap] * weeks
        caps[0] = max(0, cap - before.week_min)
        return caps

    def _promised(self, worker: Worker) -> list[int]:
        """Minutes by week the contract promises; 0 where the week is not whole or holds leave."""
        found = []
        zone = self.facts.problem.horizon.tz
        for week in range(self.weeks[-1] + 1):
            days = [n for n, of in enumerate(self.weeks) if of == week]
            whole = len(days) == 7 and bool(worker.week_min_min) and self.facts.weight("contract_min_hours") > 0
            if whole:
                begins = at_minute(self.shifts.days[days[0]], 0, zone)
                ends = at_minute(self.shifts.days[days[-1]], 1_440, zone)
                whole = not any(a.kind == "leave" and a.starts_ms < ends and a.ends_ms > begins for a in worker.away)
            found.append(worker.week_min_min or 0 if whole else 0)
        return found


def placed_of(shifts: Shifts, option: Option, person_id: str, number: int) -> Placed:
    """An option as the rules see it."""
    line = shifts.lines[option.line]
    return Placed(
        id=f"{person_id}:{number}", person_id=person_id, store_id=line.store, day=shifts.days[option.day],
        starts_min=option.starts, ends_min=option.ends, starts_ms=option.begins * 60_000, ends_ms=option.finishes * 60_000,
        work_min=option.work, role=line.role, template=option.template,
    )  # fmt: skip


def classes_of(ends: list[int], at: int) -> int:
    """How many of these ends are not after a moment."""
    return bisect_right(ends, at)
