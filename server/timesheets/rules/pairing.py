"""Which day and which shift a punch belongs to, and which "out" ends which "in".

An "in" belongs to the window that runs, else to one that begins within `belongs_before_min`, else to one that ended within
`belongs_after_min`, else to the business date it lies in. An "out" belongs to the stretch that is open, as long as that
stretch's shift has not been over for `belongs_after_min`. So a night shift counts on its start day with both its punches,
and a stretch nobody ended ends with its shift: tomorrow's first punch begins tomorrow.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, NamedTuple

from contract.shifts import DutyWindow, WorkRules
from server.timesheets.rules.facts import Fact, PlannedDay

_NEXT_SHIFT_MIN = 60  # who punches in this close before another shift is coming to that one, not late to the one that runs
Note = tuple[str, dict[str, Any]]
OPEN = -1


class Slot(NamedTuple):
    """A window of the plan on the line of minutes. `day`: its place in the plan; `no`: its place in that day."""

    starts: int
    ends: int
    day: int
    no: int
    window: DutyWindow
    rules: WorkRules


class Span:
    """A stretch of presence. `ends` is OPEN while nobody ended it; `left`: and it is too late for that."""

    __slots__ = ("assumed", "day", "ends", "first", "last", "left", "no", "slot", "starts", "store_id")

    def __init__(self, first: Fact, day: int, slot: Slot | None) -> None:
        self.first = first
        self.last: Fact | None = None
        self.starts = first.at_min
        self.ends = OPEN
        self.day = day
        self.slot = slot
        self.store_id = first.store_id
        self.assumed = self.left = False


class DayFacts:
    """What happened on one day: stretches in order, facts that made them, and what was not taken as it came."""

    __slots__ = ("facts", "missing_in", "notes", "spans")

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.facts: list[Fact] = []
        self.notes: list[Note] = []
        self.missing_in = False


def pair(plan: Sequence[PlannedDay], facts: Sequence[Fact], now_min: int) -> list[DayFacts]:
    """The stretches of every day of a plan (in order of its days). Facts of no day in the plan are left out."""
    return _Pairing(plan, now_min).of(sorted(facts, key=_in_time))


def _in_time(fact: Fact) -> tuple[int, bool, str]:
    return fact.at_min, fact.kind == "in", fact.id


class _Pairing:
    def __init__(self, plan: Sequence[PlannedDay], now_min: int) -> None:
        self.plan, self.now_min = plan, now_min
        self.days = [DayFacts() for _ in plan]
        self.begins = [day.duty.starts_ms // 60_000 for day in plan]
        slots = []
        for number, day in enumerate(plan):
            for no, window in enumerate(day.duty.windows):
                slots.append(Slot(window.starts_ms // 60_000, window.ends_ms // 60_000, number, no, window, day.rules))
        slots.sort(key=lambda slot: slot[:4])
        self.slots = slots
        self.starts = [slot.starts for slot in slots]
        self.open: Span | None = None
        self.before: Span | None = None  # the last stretch that a punch ended

    def of(self, facts: list[Fact]) -> list[DayFacts]:
        for number, fact in enumerate(facts):
            if fact.kind == "in":
                self._came(fact)
            else:
                self._went(fact, facts[number + 1] if number + 1 < len(facts) else None)
        span = self.open
        if span is not None and self.now_min > self._until(span) and not self._held(span):
            self._forget(span, None)
        return self.days

    def _held(self, span: Span) -> bool:
        """Whether a silent device may still hold the end."""
        silent = self.plan[span.day].silent_since_ms
        return span.slot is not None and silent is not None and silent // 60_000 < span.slot.ends

    def _passed(self, span: Span, at: int) -> None:
        """A later fact shows that the stretch had ended. One from long after says nothing that waiting would not have said:
        what a day comes to never hangs on days further off than its neighbours."""
        if at > self._until(span) and self._held(span):
            self.open = self.before = None
        else:
            self._forget(span, at)

    def _came(self, fact: Fact) -> None:
        at, span = fact.at_min, self.open
        day, slot = self._place(at, fact.store_id, coming=True)
        if day is None:
            return
        if span is not None:
            rules = self.plan[day].rules
            within = span.slot is not None or at - span.starts <= rules.longest_span_min
            if span.day == day and span.slot is slot and within:
                if at - span.starts <= rules.double_tap_min:
                    self._note(day, fact, "double_tap", rule=rules.double_tap_min)
                    return
                if fact.store_id == span.store_id:
                    self._note(day, fact, "in_again")
                    return
                span.ends, span.assumed = at, True
                self.days[day].notes.append(("out_moved", {"at_ms": at * 60_000, "punch_id": fact.id}))
                self.before = None
            else:
                self._passed(span, at)
        self.open = Span(fact, day, slot)
        found = self.days[day]
        found.facts.append(fact)
        found.spans.append(self.open)

    def _went(self, fact: Fact, following: Fact | None) -> None:
        at, span = fact.at_min, self.open
        if span is not None and at <= self._until(span):
            self._end(span, fact)
            return
        before = self.before
        if span is None and before is not None:
            tap = self.plan[before.day].rules.double_tap_min
            if at - before.ends <= tap:
                self._note(before.day, fact, "double_tap", rule=tap)
                return
            if before.ends - before.starts <= tap and at <= self._until(before) and before.last is not None:
                self._note(before.day, before.last, "double_tap", rule=tap)
                self._end(before, fact)
                return
        day, _ = self._place(at, fact.store_id, coming=False)
        if day is not None:
            tap = self.plan[day].rules.double_tap_min
            if following is not None and following.kind == "in" and following.at_min - at <= tap:
                self._note(day, fact, "double_tap", rule=tap)
                return
        if span is not None:
            self._passed(span, at)
        if day is not None:
            found = self.days[day]
            found.facts.append(fact)
            found.missing_in = True
            self._note(day, fact, "missing_in")

    def _end(self, span: Span, fact: Fact) -> None:
        span.ends, span.last = fact.at_min, fact
        self.days[span.day].facts.append(fact)
        self.open, self.before = None, span

    def _forget(self, span: Span, limit: int | None) -> None:
        """Nobody ended it. `limit`: when the next fact shows that it had ended."""
        self.open = None
        found, rules, slot = self.days[span.day], self.plan[span.day].rules, span.slot
        before = self.before
        same = before is not None and before.slot is slot and before.day == span.day
        if same and before is not None and span.starts - before.ends <= rules.double_tap_min:
            found.spans.remove(span)
            found.facts.remove(span.first)
            self._note(span.day, span.first, "double_tap", rule=rules.double_tap_min)
            return
        self.before = None
        end = self._assumed_end(span)
        if end is not None:
            end = end if limit is None else min(end, limit)
        if end is None or end <= span.starts:
            span.left = True
            found.notes.append(("left_open", {"at_ms": span.starts * 60_000, "punch_id": span.first.id}))
            return
        span.ends, span.assumed = end, True
        found.notes.append(("out_assumed", {"at_ms": end * 60_000, "rule": rules.auto_close}))

    def _assumed_end(self, span: Span) -> int | None:
        slot = span.slot
        if slot is None or slot.window.kind == "on_call" or slot.rules.auto_close == "never":
            return None
        if slot.window.kind != "flexible" or slot.window.required_min is None:
            return slot.ends
        # what is still due of the required minutes, and the pauses that will be taken off
        required = slot.window.required_min
        spans = self.days[span.day].spans
        done = sum(other.ends - other.starts for other in spans if other.ends != OPEN and other.slot is slot)
        pauses = 0
        for pause in slot.window.breaks:
            floating = pause.kind == "automatic" and not pause.paid and pause.starts_ms is None
            if floating and required > pause.after_min:
                pauses += pause.minutes
        return min(slot.ends, span.starts + max(0, required + pauses - done))

    def _until(self, span: Span) -> int:
        """Until when an "out" ends this stretch."""
        slot = span.slot
        rules = self.plan[span.day].rules
        if slot is None:
            return span.starts + rules.longest_span_min
        until = slot.ends + rules.belongs_after_min
        for window in self.plan[span.day].duty.windows:
            later = min(window.ends_ms // 60_000 + rules.belongs_after_min, span.starts + rules.longest_span_min)
            if later > until:
                until = later
        return until

    def _place(self, at: int, store_id: str, *, coming: bool) -> tuple[int | None, Slot | None]:
        slots = self.slots
        number = bisect_right(self.starts, at) - 1
        earlier = slots[max(0, number - 3) : number + 1]
        following = slots[number + 1] if coming and number + 1 < len(slots) else None
        if following is not None and following.starts - following.rules.belongs_before_min > at:
            following = None
        for slot in reversed(earlier):
            if slot.ends > at:
                if following is not None and _rather(following, slot, at, store_id):
                    slot = following
                return slot.day, slot
        if following is not None:
            return following.day, following
        ended: Slot | None = None
        for slot in earlier:
            if at <= slot.ends + slot.rules.belongs_after_min and (ended is None or slot.ends >= ended.ends):
                ended = slot
        if ended is not None:
            return ended.day, ended
        day = bisect_right(self.begins, at) - 1
        if day < 0 or at >= self.plan[day].duty.ends_ms // 60_000:
            return None, None
        return day, None

    def _note(self, day: int, fact: Fact, code: str, **facts: Any) -> None:
        self.days[day].notes.append((code, {"at_ms": fact.at_min * 60_000, "punch_id": fact.id, **facts}))


def _rather(following: Slot, running: Slot, at: int, store_id: str) -> bool:
    """Whether an "in" while one window runs is for the next: it begins within the hour, is nearer, and is another day's or
    at the store where the punch was made."""
    ahead = following.starts - at
    if ahead > _NEXT_SHIFT_MIN or ahead >= at - running.starts:
        return False
    there = following.window.store_id
    return following.day != running.day or (there == store_id and there != running.window.store_id)
