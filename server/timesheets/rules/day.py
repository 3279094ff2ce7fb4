"""One person's days from plan, facts and leave: minutes, classes, state, and the working that a person can follow.

The rules with their sources are told in docs/concepts/hours.md. Everything is whole minutes; a day's minutes are elapsed
minutes, also in the nights in which clocks change.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from contract.hours import DayAllowance, DayFlag, DayRow, DaySpan, DayState, DayStep, StoreMinutes
from contract.money import money_text
from server.timesheets.rules.allowances import allowances_of
from server.timesheets.rules.facts import Away, Fact, Granted, PlannedDay
from server.timesheets.rules.nights import Piece, Stretch, between, cut, inside, length, merged, nights_of, overlap, shared_out
from server.timesheets.rules.overtime import Amounts, Overtime, classed, given_back, grant, last_minutes, pause_by_law, rounded
from server.timesheets.rules.pairing import OPEN, DayFacts, pair
from server.timesheets.rules.windows import Due, WindowSum, judge_window

__all__ = ["Away", "Fact", "Granted", "PlannedDay", "reckon"]

_SUMMED = (
    "due", "leave", "worked", "done", "surplus", "late", "early", "forgiven", "break_min", "paid_pause", "paused", "away",
)  # fmt: skip
SYNCED_LATER_MIN = 15  # a punch that took longer to reach the server is marked


def reckon(
    person_id: str, plan: Sequence[PlannedDay], facts: Sequence[Fact], away: Sequence[Away], *,
    wanted: Collection[str], now_ms: int, dues: dict[str, list[Due]] | None = None,
) -> list[DayRow]:  # fmt: skip
    """The `wanted` business dates (ISO) of a person, in order. `dues` is given what each window of each of them came to.

    plan: the wanted days and at least the day before and after each, so that facts find the day they belong to; a date that
    is not in it gets no row. facts and away: in any order; the answer does not depend on it. Neighbours matter only for which
    day a fact belongs to.
    """
    days = sorted(plan, key=lambda day: day.duty.day)
    now_min = now_ms // 60_000
    paired = pair(days, facts, now_min)
    leave = sorted((span.starts_min, span.ends_min) for span in away)
    rows = []
    busy_until = 0
    for day, found in zip(days, paired, strict=True):
        duty = day.duty
        if duty.day in wanted:
            row = _Day(person_id, day, found, leave, now_min, busy_until)
            rows.append(row.row())
            if dues is not None:
                dues[duty.day] = list(zip(row.due_windows, row.sums, strict=True))
        for window in duty.windows:
            if window.kind != "on_call" and window.ends_ms > busy_until:
                busy_until = window.ends_ms
    return rows


class _Day:
    """One day on its way to a row."""

    def __init__(
        self, person_id: str, planned: PlannedDay, found: DayFacts, leave: Sequence[Stretch], now_min: int, busy_until: int
    ) -> None:
        self.person_id, self.planned, self.found, self.now_min = person_id, planned, found, now_min
        duty = planned.duty
        self.windows = duty.windows
        if len(duty.windows) > 1:
            self.windows = sorted(duty.windows, key=lambda window: (window.starts_ms, window.ends_ms))
        self.due_windows = [window for window in self.windows if window.kind != "on_call"]
        self.starts, self.ends = duty.starts_ms // 60_000, duty.ends_ms // 60_000
        if self.windows:
            self.starts = min(self.starts, self.windows[0].starts_ms // 60_000)
            self.ends = max(self.ends, max(window.ends_ms for window in self.windows) // 60_000)
        self.away = merged([(a, b) for a, b in leave if a < self.ends and b > self.starts]) if leave else []
        self.last_due = max((window.ends_ms for window in self.due_windows), default=0) // 60_000
        self.overlapping = bool(self.due_windows) and self.due_windows[0].starts_ms < busy_until
        self.steps: list[tuple[str, dict[str, Any]]] = []
        self.flags: list[DayFlag] = []
        self.running: int | None = None  # since when a stretch runs that may still end
        unended: int | None = None  # since when one runs at all: who left is not known to have left early
        self.pieces: list[Piece] = []
        for span in found.spans:
            if span.ends != OPEN:
                if span.ends > span.starts:
                    self.pieces.append((span.starts, span.ends, span.store_id))
            else:
                unended = span.starts
                if not span.left:
                    self.running = span.starts
        self.unended = unended

    def row(self) -> DayRow:
        planned, found, rules = self.planned, self.found, self.planned.rules
        duty = planned.duty
        pieces, away = self.pieces, self.away
        self.sums = sums = [
            judge_window(
                window, window.starts_ms // 60_000, window.ends_ms // 60_000, pieces, away, rules, self.now_min, self.unended
            )
            for window in self.due_windows
        ]  # fmt: skip
        total = _added(sums)
        presence = length(pieces) + total.paid_pause
        counted = list(total.counted)
        on_call, called = self._on_call(counted)
        before, after = self._outside()
        over = Overtime()
        if self.windows:
            over.asked = total.surplus + length(after) + (length(before) if rules.counts_before_shift else 0)
            done = total.done
        elif planned.has_plan:
            over.asked, done = length(after), 0
        else:
            over.asked, done = 0, length(after)
        law_taken = from_done = 0
        if rules.legal_breaks:
            law_taken = pause_by_law(done + over.asked + called, total.paused + between(pieces), rules)
            from_over = min(law_taken, over.asked)
            from_done = min(law_taken - from_over, done)
            over.asked -= from_over
            done -= from_done
            called -= law_taken - from_over - from_done
        if over.asked or planned.grants:
            early = before if rules.counts_before_shift else []
            grant(over, planned, [*last_minutes(total.counted, total.surplus), *after, *early])
        beyond, change, exact = over.counted, 0, done
        owed = total.due - total.leave
        if rules.rounding != "none":
            done, beyond, waited = rounded(done, rules), rounded(beyond, rules), rounded(called, rules)
            if self.windows:
                done = min(done, owed)
            change, called = done - exact + beyond - over.counted + waited - called, waited
        forgiven = min(total.forgiven + from_done, owed - done) if self.windows else 0
        amounts = classed(
            duty.day_kind, rules, planned=planned.has_plan, off=not self.windows, done=done, over=beyond, called=called
        )
        worked = done + beyond + called
        judged = self.now_min >= self.last_due
        missing = max(0, owed - done - forgiven) if judged and self.running is None else 0
        state = self._state(total, judged)
        if state == "unknown":
            missing = 0
        if over.counted:
            counted += after
            if rules.counts_before_shift:
                counted += before
        elif not planned.has_plan:
            counted += after
        night = self._night(counted, worked)
        by_store: dict[str, int] = {}
        for a, b, store in counted:
            by_store[store] = by_store.get(store, 0) + b - a
        stores = shared_out(worked, by_store) if worked else []
        not_counted = presence + change - worked
        lieu = given_back(amounts, over.used, rules) if planned.grants or rules.weekend_in_lieu else 0
        extras = allowances_of(rules, worked=worked, night=night, on_call=on_call, stores=len(stores)) if rules.allowances else []
        self._flag(total, law_taken)
        if over.refused:
            self.flags.append("not_granted")
        self._explain(total, presence, before, law_taken, over, amounts, change, missing, on_call, night, state)
        if lieu:
            self.steps.append(("in_lieu", {"amount_min": lieu}))
        self.steps += [_extra(one) for one in extras]
        spans = [
            DaySpan(
                in_ms=span.starts * 60_000, out_ms=None if span.ends == OPEN else span.ends * 60_000, in_id=span.first.id,
                out_id=None if span.last is None else span.last.id, store_id=span.store_id, assumed=span.assumed,
                minutes=0 if span.ends == OPEN else span.ends - span.starts,
            )
            for span in found.spans
        ]  # fmt: skip
        outs = [span.ends for span in found.spans if span.ends != OPEN]
        store_id = None
        if stores:
            store_id = stores[0][0] if len(stores) == 1 else min(stores, key=lambda pair: (-pair[1], pair[0]))[0]
        elif self.windows:
            store_id = self.windows[0].store_id
        return DayRow(
            person_id=self.person_id, day=duty.day, store_id=store_id, state=state, flags=self.flags,
            due_min=total.due, presence_min=presence, worked_min=worked, regular_min=amounts.regular,
            overtime_normal_min=amounts.normal, overtime_weekend_min=amounts.weekend, overtime_holiday_min=amounts.holiday,
            not_counted_min=not_counted, break_min=total.break_min + law_taken, late_min=total.late, early_min=total.early,
            missing_min=missing, forgiven_min=forgiven, rounded_min=change, leave_min=total.leave, night_min=night,
            on_call_min=on_call, granted_min=over.granted, not_granted_min=over.refused, in_lieu_min=lieu,
            allowances=extras, first_in_ms=found.spans[0].starts * 60_000 if found.spans else None,
            last_out_ms=max(outs) * 60_000 if outs else None,
            silent_since_ms=planned.silent_since_ms if state == "unknown" else None,
            stores=[StoreMinutes(store_id=store, minutes=minutes) for store, minutes in stores],
            spans=spans, steps=[DayStep(code=code, facts=facts) for code, facts in self.steps],
            rules=planned.rules_code, rules_from=planned.rules_from,
        )  # fmt: skip

    def _on_call(self, counted: list[Piece]) -> tuple[int, int]:
        """(minutes on call, minutes worked of them); what was worked joins `counted`."""
        waited = worked = 0
        for window in self.windows:
            if window.kind != "on_call":
                continue
            starts, ends = window.starts_ms // 60_000, window.ends_ms // 60_000
            due = [(other.starts_ms // 60_000, other.ends_ms // 60_000) for other in self.due_windows]
            there = cut(inside(self.pieces, starts, ends), due)
            counted += there
            worked += length(there)
            if self.now_min >= ends:
                waited += length(cut([(starts, ends, "")], [*due, *self.away])) - length(cut(there, self.away))
        return waited, worked

    def _outside(self) -> tuple[list[Piece], list[Piece]]:
        """Presence outside all windows: before a window that is due, and after the last of them (or where none is)."""
        if not self.pieces:
            return [], []
        if not self.windows:
            return [], self.pieces
        rest = cut(self.pieces, [(window.starts_ms // 60_000, window.ends_ms // 60_000) for window in self.windows])
        if not rest:
            return [], []
        if not self.due_windows:
            return [], rest
        begins = max(window.starts_ms for window in self.due_windows) // 60_000
        return [piece for piece in rest if piece[0] < begins], [piece for piece in rest if piece[0] >= begins]

    def _night(self, counted: list[Piece], worked: int) -> int:
        rules, duty = self.planned.rules, self.planned.duty
        found = 0
        for starts, ends in nights_of(duty.zone, duty.day, rules.night_starts_min, rules.night_ends_min):
            for a, b, _ in counted:
                if a < ends and b > starts:
                    found += overlap(a, b, starts, ends)
        return found if found < worked else worked

    def _state(self, total: WindowSum, judged: bool) -> DayState:
        planned, found = self.planned, self.found
        came = bool(found.spans) or found.missing_in
        if not planned.has_plan:
            starts, ends = planned.duty.starts_ms // 60_000, planned.duty.ends_ms // 60_000
            away = sum(overlap(a, b, starts, ends) for a, b in self.away)
            return "leave" if not came and away and 2 * away >= planned.rules.day_min else "unplanned"
        if not self.windows:
            return "present" if came else "off"
        if not self.due_windows:
            return "present" if came else "not_due"
        if not came and total.due and total.leave >= total.due:
            return "leave"
        silent = planned.silent_since_ms
        unheard = judged and silent is not None and silent // 60_000 < self.last_due
        if not came:
            if not judged:
                return "not_due"
            return "unknown" if unheard else "absent"
        if unheard and (self.running is not None or total.early or total.missed or found.missing_in):
            return "unknown"
        if total.late:
            return "late"
        return "early" if total.early else "present"

    def _flag(self, total: WindowSum, law_taken: int) -> None:
        flags, found, planned = self.flags, self.found, self.planned
        if total.late:
            flags.append("late")
        if total.early:
            flags.append("early")
        if total.missed and found.spans and not found.missing_in:
            flags.append("missed")
        for span in found.spans:
            if span.left and "left_open" not in flags:
                flags.append("left_open")
            if span.assumed and "assumed_out" not in flags:
                flags.append("assumed_out")
        if found.missing_in:
            flags.append("missing_in")
        corrected = later = doubtful = False
        for fact in found.facts:
            corrected = corrected or fact.source != "punch"
            later = later or (fact.source == "punch" and fact.received_min - fact.at_min > SYNCED_LATER_MIN)
            doubtful = doubtful or fact.doubtful
        if corrected:
            flags.append("corrected")
        if later:
            flags.append("synced_later")
        if doubtful:
            flags.append("doubtful")
        if planned.has_plan and not self.windows and found.spans:
            flags.append("not_planned")
        if found.spans and self._elsewhere():
            flags.append("elsewhere")
        if total.short or law_taken:
            flags.append("short_break")
        if self.overlapping:
            flags.append("overlapping")

    def _elsewhere(self) -> bool:
        for span in self.found.spans:
            slot = span.slot
            if slot is not None and slot.window.store_id is not None and slot.window.store_id != span.store_id:
                return True
            if span.last is not None and span.last.store_id != span.store_id:
                return True
        return False

    def _explain(
        self, total: WindowSum, presence: int, before: list[Piece], law_taken: int, over: Overtime, amounts: Amounts,
        change: int, missing: int, on_call: int, night: int, state: DayState,
    ) -> None:  # fmt: skip
        planned, steps = self.planned, self.steps
        duty, rules = planned.duty, planned.rules
        for window in self.windows:
            facts = {"from_ms": window.starts_ms, "until_ms": window.ends_ms, "shift": window.template}
            steps.append((f"window_{window.kind}", facts))
        if not self.windows and planned.has_plan:
            steps.append(("off", {}))
        elif not planned.has_plan:
            steps.append(("unplanned", {}))
        if duty.day_kind != "working":
            steps.append((f"day_{duty.day_kind}", {"holiday_zh": duty.holiday_zh, "holiday_en": duty.holiday_en}))
        if self.overlapping:
            steps.append(("overlapping", {}))
        told: list[tuple[str, dict[str, Any]]] = []
        for fact in self.found.facts:
            facts = {"at_ms": fact.at_min * 60_000, "punch_id": fact.id, "store_id": fact.store_id}
            if fact.source == "punch":
                told.append(("came" if fact.kind == "in" else "went", facts))
            else:
                told.append(("corrected_in" if fact.kind == "in" else "corrected_out", facts))
        told += self.found.notes
        if len(told) > 1:
            told.sort(key=_when)
        steps += told
        if self.running is not None:
            steps.append(("still_there", {"at_ms": self.running * 60_000}))
        if presence:
            steps.append(("presence", {"presence_min": presence}))
        if total.leave:
            steps.append(("leave", {"leave_min": total.leave}))
        if total.away:
            steps.append(("during_leave", {"amount_min": total.away}))
        steps += total.steps
        if law_taken:
            steps.append(("break_by_law", {"pause_min": law_taken}))
        if before and not rules.counts_before_shift:
            steps.append(("before_shift", {"amount_min": length(before)}))
        steps += over.steps
        if change:
            code = "rounded_more" if change > 0 else "rounded_less"
            steps.append((code, {"amount_min": abs(change), "step_min": rules.rounding_step_min}))
        if on_call:
            steps.append(("on_call", {"amount_min": on_call}))
        for code, amount, percent in (
            ("regular", amounts.regular, 100), ("overtime_normal", amounts.normal, rules.rate_normal),
            ("overtime_weekend", amounts.weekend, rules.rate_weekend), ("overtime_holiday", amounts.holiday, rules.rate_holiday),
            ("night", night, 100), ("missing", missing, 100),
        ):  # fmt: skip
            if amount:
                steps.append((code, {"amount_min": amount, "percent": percent}))
        if state in ("absent", "unknown"):
            silent = planned.silent_since_ms
            steps.append(("unknown", {"since_ms": silent}) if state == "unknown" else ("absent", {}))


def _extra(one: DayAllowance) -> tuple[str, dict[str, Any]]:
    code, facts = f"allowance_{one.kind}", {"count": one.count}
    if one.amount is None:
        return code, facts
    return f"{code}_paid", {**facts, "money": f"{money_text(one.amount, one.currency)} {one.currency}"}


def _when(step: tuple[str, dict[str, Any]]) -> int:
    at: int = step[1]["at_ms"]
    return at


def _added(sums: list[WindowSum]) -> WindowSum:
    if len(sums) == 1:
        return sums[0]
    total = WindowSum()
    for one in sums:
        for name in _SUMMED:
            setattr(total, name, getattr(total, name) + getattr(one, name))
        total.missed, total.short = total.missed or one.missed, total.short or one.short
        total.counted += one.counted
        total.steps += one.steps
    return total
