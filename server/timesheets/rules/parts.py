"""A day at several stores in its parts: what each of them may know of it. Whole minutes; over all parts each amount is the day's.

Who looks after one of the stores reads that store's part and no minute of another. Minutes, classes, leave and night are shared
as in the weekly statement (`contract.day_parts`); what was due, late, early, missing and given as a pause belongs to the store of
the window; presence to where somebody was. Of the rest, what is beyond what was due goes where the day ended, as overtime does;
allowances and waiting on call stay where most was worked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contract.day_parts import Share, shared, shares_of
from contract.hours import DayFlag, DayRow, DaySpan, DayState, DayStep, StoreMinutes
from server.timesheets.rules.windows import Due

_NOTHING = Share(0, 0, 0, 0, 0, 0, 0)
# flags of an amount or of a stretch: said of the part that has it; the others are said of the whole day, so of each part
_OF_A_PART: frozenset[DayFlag] = frozenset({"late", "early", "missed", "left_open", "assumed_out", "not_granted"})
# lines of the working that an amount of the row says
_OF_AMOUNTS = {
    "regular": "regular_min", "overtime_normal": "overtime_normal_min", "overtime_weekend": "overtime_weekend_min",
    "overtime_holiday": "overtime_holiday_min", "night": "night_min", "missing": "missing_min",
}  # fmt: skip
_AMOUNTS = tuple(name for name in DayRow.__struct_fields__ if name.endswith("_min"))
# of several parts the state that somebody has to look at is the one of them together
_WORST: tuple[DayState, ...] = ("unknown", "late", "early", "absent")
# lines that tell something of the day itself, and no amount
_OF_THE_DAY = frozenset({"off", "unplanned", "day_weekend", "day_holiday", "day_working", "overlapping"})


def parts_of(row: DayRow, dues: Sequence[Due]) -> list[DayRow]:
    """The parts of a day that concerns several stores, in the order of the day; nothing where it concerns one.

    dues: the day's windows with what they came to; one without a store is where the day is (`row.store_id`).
    """
    named: set[str | None] = {span.store_id for span in row.spans}
    named.update(window.store_id or row.store_id for window, came_to in dues if came_to.due)
    if len(named) < 2 and (not named or row.store_id in named):
        return []
    shares = shares_of(row)
    at = [window.store_id or row.store_id for window, _ in dues]
    planned = [store for store, (_, came_to) in zip(at, dues, strict=True) if store is not None and came_to.due]
    stores = list(dict.fromkeys([*shares, *planned]))
    if len(stores) < 2:
        return []
    return _Parts(row, dues, at, stores, shares).rows()


def _instead(row: DayRow, **changes: Any) -> DayRow:
    return DayRow(**{name: changes[name] if name in changes else getattr(row, name) for name in DayRow.__struct_fields__})


def worst_of(states: Sequence[DayState]) -> DayState:
    """Of the states of a day's parts the one that somebody has to look at."""
    return min(states, key=lambda state: _WORST.index(state) if state in _WORST else len(_WORST))


def together(parts: Sequence[DayRow]) -> DayRow:
    """Parts of one day as one: who looks after several of its stores reads them added up. One part is itself."""
    if len(parts) == 1:
        return parts[0]
    most = max(parts, key=lambda part: (part.worked_min, -parts.index(part)))
    ins = [part.first_in_ms for part in parts if part.first_in_ms is not None]
    outs = [part.last_out_ms for part in parts if part.last_out_ms is not None]
    return _instead(
        most, **{name: sum(getattr(part, name) for part in parts) for name in _AMOUNTS},
        state=worst_of([part.state for part in parts]),
        flags=list(dict.fromkeys(flag for part in parts for flag in part.flags)),
        allowances=[one for part in parts for one in part.allowances],
        first_in_ms=min(ins, default=None), last_out_ms=max(outs, default=None),
        stores=[one for part in parts for one in part.stores],
        spans=sorted((span for part in parts for span in part.spans), key=lambda span: span.in_ms),
        steps=[step for part in parts for step in part.steps],
    )  # fmt: skip


class _Parts:
    """A day on its way into its parts."""

    def __init__(
        self, row: DayRow, dues: Sequence[Due], at: Sequence[str | None], stores: list[str], shares: dict[str, Share]
    ) -> None:
        self.row, self.stores = row, stores
        self.shares = [shares.get(store, _NOTHING) for store in stores]
        self.dues = [[due for where, due in zip(at, dues, strict=True) if where == store] for store in stores]
        self.spans = [[span for span in row.spans if span.store_id == store] for store in stores]
        self.most = stores.index(row.store_id) if row.store_id in stores else 0
        ends = [max((span.out_ms or span.in_ms for span in mine), default=0) for mine in self.spans]
        self.last = ends.index(max(ends))

    def rows(self) -> list[DayRow]:
        row, most, last = self.row, self.most, self.last
        lacking = [
            sum(max(0, one.due - one.leave - one.done - one.forgiven) for _, one in mine) for mine in self.dues
        ]  # fmt: skip
        late, early, due = self._by_window("late"), self._by_window("early"), self._by_window("due")
        presence = self._given(row.presence_min, [sum(span.minutes for span in mine) for mine in self.spans], most)
        rounded = self._given(row.rounded_min, [share.worked_min for share in self.shares], most)
        missing = self._given(row.missing_min, lacking, most)
        breaks, forgiven = self._by_window("break_min"), self._by_window("forgiven")
        beyond = [one.overtime_normal_min + one.overtime_weekend_min + one.overtime_holiday_min for one in self.shares]
        lieu = self._given(row.in_lieu_min, [one.overtime_normal_min + one.overtime_weekend_min for one in self.shares], last)
        granted = self._given(row.granted_min, beyond, last)
        refused = self._given(row.not_granted_min, [0] * len(self.stores), last)
        return [
            self._part(
                n,
                due_min=due[n], late_min=late[n], early_min=early[n], presence_min=presence[n], rounded_min=rounded[n],
                missing_min=missing[n], break_min=breaks[n], forgiven_min=forgiven[n], in_lieu_min=lieu[n],
                granted_min=granted[n], not_granted_min=refused[n],
                not_counted_min=presence[n] + rounded[n] - self.shares[n].worked_min,
            )
            for n in range(len(self.stores))
        ]  # fmt: skip

    def _by_window(self, name: str) -> list[int]:
        """An amount that windows have, less or more what the day as a whole made of it."""
        total = {"late": "late_min", "early": "early_min", "due": "due_min", "forgiven": "forgiven_min"}.get(name, name)
        weights = [sum(getattr(came_to, name) for _, came_to in mine) for mine in self.dues]
        return self._given(getattr(self.row, total), weights, self.most)

    def _given(self, total: int, weights: list[int], otherwise: int) -> list[int]:
        if sum(weights) == total:
            return weights
        if any(weights):
            return shared(total, weights)
        return [total * (n == otherwise) for n in range(len(self.stores))]

    def _part(self, n: int, **amounts: int) -> DayRow:
        row, spans, store = self.row, self.spans[n], self.stores[n]
        amounts.update(self.shares[n]._asdict(), on_call_min=row.on_call_min if n == self.most else 0)
        missed = any(came_to.missed for _, came_to in self.dues[n])
        state = self._state(bool(spans), missed, amounts)
        outs = [span.out_ms for span in spans if span.out_ms is not None]
        worked = amounts["worked_min"]
        return _instead(
            row, **amounts, store_id=store, state=state, flags=self._flags(spans, missed, amounts),
            allowances=row.allowances if n == self.most else [],
            first_in_ms=spans[0].in_ms if spans else None, last_out_ms=max(outs) if outs else None,
            silent_since_ms=row.silent_since_ms if state == "unknown" else None,
            stores=[StoreMinutes(store_id=store, minutes=worked)] if worked else [], spans=spans,
            steps=self._steps(n, amounts, state),
        )  # fmt: skip

    def _state(self, came: bool, missed: bool, amounts: dict[str, int]) -> DayState:
        whole = self.row.state
        if whole == "unknown":
            if not came or amounts["early_min"] or missed:
                return whole
        elif whole not in ("present", "late", "early"):
            return whole
        elif missed and not came and amounts["missing_min"]:
            return "absent"
        if amounts["late_min"]:
            return "late"
        return "early" if amounts["early_min"] else "present"

    def _flags(self, spans: Sequence[DaySpan], missed: bool, amounts: dict[str, int]) -> list[DayFlag]:
        here = {
            "late": amounts["late_min"] > 0, "early": amounts["early_min"] > 0, "missed": missed,
            "assumed_out": any(span.assumed for span in spans), "left_open": any(span.out_ms is None for span in spans),
            "not_granted": amounts["not_granted_min"] > 0,
        }  # fmt: skip
        return [flag for flag in self.row.flags if flag not in _OF_A_PART or here[flag]]

    def _steps(self, n: int, amounts: dict[str, int], state: DayState) -> list[DayStep]:
        """The lines that are about this store: its windows, who came and went there, what it came to."""
        store, windows = self.stores[n], {(window.starts_ms, window.ends_ms) for window, _ in self.dues[n]}
        of_windows = [step for _, came_to in self.dues[n] for step in came_to.steps]
        ids = {one for span in self.spans[n] for one in (span.in_id, span.out_id)}
        assumed = {span.out_ms for span in self.spans[n] if span.assumed}
        found = []
        for step in self.row.steps:
            code, facts = step.code, step.facts
            if code in _OF_AMOUNTS:
                if amount := amounts[_OF_AMOUNTS[code]]:
                    found.append(DayStep(code=code, facts={**facts, "amount_min": amount}))
            elif code.startswith("window_"):
                is_here = (facts["from_ms"], facts["until_ms"]) in windows
                found += [step] if is_here else []
            elif (
                facts.get("store_id") == store
                or ("store_id" not in facts and facts.get("punch_id", "") in ids)
                or (code == "out_assumed" and facts["at_ms"] in assumed)
                or (code == "leave" and amounts["leave_min"])
                or code in _OF_THE_DAY
                or (code, facts) in of_windows
            ):
                found.append(step)
        if state == "absent" or (state == "unknown" and self.row.silent_since_ms is not None):
            since = {} if state == "absent" else {"since_ms": self.row.silent_since_ms}
            found.append(DayStep(code=state, facts=since))
        return found
