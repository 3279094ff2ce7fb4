"""Mending a roster with the fewest changes: somebody falls out, everything else stays as far as it can.

Searched by how many people are disturbed: first none, then one, then two, ... What counts, in this order: minutes of shifts
left open, people disturbed (whoever falls out is not counted), changed shifts (weighed by notice), then what the soft rules
say. Somebody may take a shift besides theirs, or instead of up to two of theirs, which then wait for somebody in turn.
Every line is judged by contract.rostering.rules; `allow` sets rules aside that the profile lets be set aside, and names
them in `beyond`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import msgspec

from contract.rostering.candidates import look_at_all, why
from contract.rostering.from_problem import Facts
from contract.rostering.local_time import at_minute
from contract.rostering.problem import Alternative, Change, Gap, Replan, RosterProblem
from contract.rostering.rules import judge_line, newly_broken, points_of
from contract.rostering.shapes import Away, Placed, Verdict
from server.solver.product_answer import local

SOON_MS = 48 * 3_600_000
SOON, LATER = 400, 150
MOST_PEOPLE = 4
LEVERS: Mapping[str, frozenset[str]] = {
    "overtime": frozenset({"daily_max", "weekly_max", "overtime_month_max", "part_time_max", "cycle_max"}),
    "call_in": frozenset({"unavailable", "consecutive_days_max", "weekends", "rest_between"}),
    "other_stores": frozenset({"dispatch_window", "travel_time"}),
}
Worth = tuple[int, int, int, int]


@dataclass(slots=True)
class Found:
    """A way of mending: who has which shift now (None: open), and what it is worth."""

    owners: dict[str, str | None]
    people: frozenset[str]
    worth: Worth
    beyond: frozenset[str] = frozenset()


@dataclass(slots=True)
class Mended:
    """The best ways, each with other people; whether the search was whole."""

    ways: list[Found]
    complete: bool
    lost: list[Placed] = field(default_factory=list)


class Late(Exception):
    """The time is used up."""


class Mending:
    """One search. Shifts are taken by id; `placed` is everybody's line as it is planned."""

    def __init__(self, problem: RosterProblem, facts: Facts, replan: Replan, seconds: float) -> None:
        self.facts, self.replan = facts, replan
        self.until = time.process_time() + seconds
        self.zone = problem.horizon.tz
        self.workers = dict(facts.workers)
        self.absent = replan.employee
        self.placed = {person: list(line) for person, line in facts.placed.items()}
        self.stores = {one.store for one in problem.demand} or {one.id for one in problem.stores}
        self.freeze = self._freeze()
        self.lost = self._lost()
        self.of = {shift.id: shift.person_id or None for line in self.placed.values() for shift in line}
        self.shift = {shift.id: shift for line in self.placed.values() for shift in line} | {s.id: s for s in self.lost}
        if self.absent is not None and replan.event != "extra_demand":
            self._send_away(self.absent)
        self.relaxed = frozenset().union(*(LEVERS[one] for one in replan.allow))
        self._before: dict[str, list[Verdict]] = {}
        self._legal: dict[tuple[str, frozenset[str]], frozenset[str] | None] = {}
        self.best: dict[frozenset[str], Found] = {}

    def _freeze(self) -> int:
        said = self.replan.freeze_until
        if said is None:
            return 0
        return at_minute(said[:10], int(said[11:13]) * 60 + int(said[14:16]), self.zone)

    def _lost(self) -> list[Placed]:
        """The shifts that have to go to somebody else, or are short of somebody; one that has begun too, as long as it lasts."""
        first, last = self.replan.from_day, self.replan.to_day
        if self.replan.event == "extra_demand":
            found = [s for s in self.facts.open_shifts if first <= s.day <= last]
        else:
            found = [s for s in self.placed.get(self.absent or "", ()) if first <= s.day <= last and s.state != "elsewhere"]
        return sorted((s for s in found if s.ends_ms > self.freeze), key=lambda s: (s.starts_ms, s.id))

    def _send_away(self, person: str) -> None:
        begins = at_minute(self.replan.from_day, 0, self.zone)
        ends = at_minute(self.replan.to_day, 1_440, self.zone)
        worker = self.workers[person]
        gone = Away(kind="leave", starts_ms=begins, ends_ms=ends)
        self.workers[person] = msgspec.structs.replace(worker, away=[*worker.away, gone])

    # lines

    def _line(self, person: str, owners: Mapping[str, str | None]) -> list[Placed]:
        kept = [s for s in self.placed[person] if owners.get(s.id, person) == person]
        new = [
            msgspec.structs.replace(self.shift[one], person_id=person)
            for one, owner in owners.items()
            if owner == person and self.of.get(one) != person
        ]
        return kept + new

    def beyond(self, person: str, owners: Mapping[str, str | None]) -> frozenset[str] | None:
        """The rules that would be set aside for somebody's line; None where it may not be."""
        line = self._line(person, owners)
        key = (person, frozenset(one.id for one in line))
        if key not in self._legal:
            if time.process_time() > self.until:
                raise Late
            worker = self.workers[person]
            if person not in self._before:
                self._before[person] = judge_line(worker, self.placed[person], self.facts.profile, self.facts.calendar)
            after = judge_line(worker, line, self.facts.profile, self.facts.calendar)
            hard = [v for v in newly_broken(self._before[person], after) if v.level == "hard"]
            may = all(v.rule in self.relaxed and (v.overridable or v.rule == "dispatch_window") for v in hard)
            self._legal[key] = frozenset(v.rule for v in hard) if may else None
        return self._legal[key]

    def movable(self, person: str, owners: Mapping[str, str | None]) -> list[Placed]:
        """Somebody's own shifts that may go to others: of the stores and days that are planned, not locked, not begun."""
        first, last = self.facts.calendar.first_day, self.facts.calendar.last_day
        return [
            s for s in self.placed[person]
            if s.id not in owners and not s.locked and s.state != "worked" and s.store_id in self.stores
            and first <= s.day <= last and s.starts_ms >= self.freeze
        ]  # fmt: skip

    # the search

    def run(self) -> Mended:
        """By the number of people, until there are enough ways that leave nothing open."""
        complete = True
        base: dict[str, str | None] = {shift.id: None for shift in self.lost}
        try:
            for people in range(MOST_PEOPLE + 1):
                self._search([shift.id for shift in self.lost], base, frozenset(), people)
                full = [one for one in self.best.values() if one.worth[0] == 0]
                if len(full) >= self.replan.alternatives or not self.lost:
                    break
        except Late:
            complete = False
        ways = sorted(self.best.values(), key=lambda one: (one.worth, sorted(one.people)))
        return Mended(ways[: self.replan.alternatives], complete, self.lost)

    def _search(self, waiting: list[str], owners: dict[str, str | None], people: frozenset[str], left: int) -> None:
        """Every way of giving what waits to at most `left` further people."""
        if time.process_time() > self.until:
            raise Late
        if not waiting:
            if left == 0 or not self.best:
                self._keep(owners, people)
            return
        if self._is_hopeless(waiting, owners):
            return
        shift, rest = waiting[0], waiting[1:]
        self._search(rest, owners, people, left)  # it stays open
        for person in sorted(self.placed):
            if person == self.absent and self.replan.event != "extra_demand":
                continue
            new = person not in people
            if new and left == 0:
                continue
            others = left - 1 if new else left
            for dropped in self._drops(person, shift, owners):
                alone = others == 0 and not people - {person}
                if dropped and alone and self._minutes(dropped) >= self._minutes((shift,)):
                    continue  # nobody is left who could take it: as well leave the first one open
                taken = {**owners, shift: person, **dict.fromkeys(dropped)}
                self._search([*rest, *dropped], taken, people | {person}, others)

    def _drops(self, person: str, shift: str, owners: Mapping[str, str | None]) -> Iterator[tuple[str, ...]]:
        """What somebody has to give up to take a shift: nothing, one, or two of theirs; never more than they have to."""
        if self.beyond(person, {**owners, shift: person}) is not None:
            yield ()
            return
        mine = [one.id for one in self.movable(person, owners)]
        enough = [one for one in mine if self.beyond(person, {**owners, shift: person, one: None}) is not None]
        yield from ((one,) for one in enough)
        for pair in combinations([one for one in mine if one not in enough], 2):
            if self.beyond(person, {**owners, shift: person, **dict.fromkeys(pair)}) is not None:
                yield pair

    def _minutes(self, shifts: Iterable[str]) -> int:
        return sum((self.shift[one].ends_ms - self.shift[one].starts_ms) // 60_000 for one in shifts)

    def _is_hopeless(self, waiting: Sequence[str], owners: Mapping[str, str | None]) -> bool:
        """Whether more stays open already than with the worst of the ways that would be told."""
        if len(self.best) < self.replan.alternatives:
            return False
        told = sorted(one.worth[0] for one in self.best.values())[: self.replan.alternatives]
        return self._minutes(one for one, owner in owners.items() if owner is None and one not in waiting) > told[-1]

    def _keep(self, owners: dict[str, str | None], people: frozenset[str]) -> None:
        beyond: frozenset[str] = frozenset()
        for person in people:
            rules = self.beyond(person, owners)
            if rules is None:
                return
            beyond |= rules
        open_min = self._minutes(one for one, owner in owners.items() if owner is None)
        changed = sum(self._notice(self.shift[one]) for one, owner in owners.items() if owner != self.of.get(one))
        known = self.best.get(people)
        if known is not None and (open_min, len(people), changed) > known.worth[:3]:
            return
        worth = (open_min, len(people), changed, self._points(people, owners))
        if known is None or worth < known.worth:
            self.best[people] = Found(dict(owners), people, worth, beyond)

    def _notice(self, shift: Placed) -> int:
        return SOON if self.freeze and shift.starts_ms - self.freeze < SOON_MS else LATER

    def _points(self, people: frozenset[str], owners: Mapping[str, str | None]) -> int:
        profile, calendar = self.facts.profile, self.facts.calendar
        return sum(
            sum(p.points for p in points_of(self.workers[one], self._line(one, owners), profile, calendar)) for one in people
        )

    # what is told

    def alternative(self, number: int, found: Found) -> Alternative:
        """One way as the answer has it."""
        changes = []
        for one, owner in sorted(found.owners.items()):
            was, shift = self.of.get(one), self.shift[one]
            notice = max(0, (shift.starts_ms - self.freeze) // 3_600_000) if self.freeze else 0
            if was is not None and was != owner:
                changes.append(Change(employee=was, was=one, now=None, notice_h=notice))
            if owner is not None and was != owner:
                changes.append(Change(employee=owner, was=None, now=one, notice_h=notice))
        return Alternative(
            alternative=number, changes=changes, people=len(found.people), points=found.worth[3], beyond=sorted(found.beyond)
        )

    def gaps(self) -> list[Gap]:
        """What was lost, with everybody who could take it and who could not."""
        found = []
        for shift in self.lost:
            looks = look_at_all(
                (w for p, w in self.workers.items() if p != self.absent), self.placed, [shift], self.facts.profile,
                self.facts.calendar,
            )  # fmt: skip
            found.append(
                Gap(
                    store=shift.store_id, role=shift.role, from_time=local(shift.day, shift.starts_min),
                    to_time=local(shift.day, shift.ends_min), missing=1, why=why(looks),
                )
            )  # fmt: skip
        return found
