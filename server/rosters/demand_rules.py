"""Judgments about demand without a database: which curve counts on a day, heads of figures, more or less of a curve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from contract.roster_demand import Figure, Need

HOUR = 60


def wrong_slots(slots: Sequence[Need]) -> str | None:
    """The refusal code of slots that cannot be: backwards, overlapping, bounds that do not rise. None where all is well."""
    for slot in slots:
        rather = slot.target if slot.target is not None else slot.at_least
        most = slot.at_most if slot.at_most is not None else max(rather, slot.at_least)
        if slot.to_min <= slot.from_min or not slot.at_least <= rather <= most:
            return "rosters.slot_bounds"
    ordered = sorted(slots, key=lambda one: one.from_min)
    if any(later.from_min < earlier.to_min for earlier, later in pairwise(ordered)):
        return "rosters.slots_overlap"
    return None


def counting(curves: Iterable[Any], day: date) -> Any | None:
    """Of the curves of one store and role the one that counts on a day: the day's own, else the weekday's that began last."""
    found = None
    for curve in curves:
        if curve.day == day:
            return curve
        if curve.weekday == day.weekday() and curve.from_day <= day and (found is None or curve.from_day > found.from_day):
            found = curve
    return found


def scaled(slots: Iterable[Need], percent: int) -> list[Need]:
    """The same slots with so many percent of the heads; a fraction of a head is a head."""

    def part(heads: int | None) -> int | None:
        return None if heads is None else min(500, -(-heads * percent // 100))

    return [
        Need(
            from_min=one.from_min, to_min=one.to_min, at_least=part(one.at_least) or 0, target=part(one.target),
            at_most=part(one.at_most), criticality=one.criticality,
        )
        for one in slots
    ]  # fmt: skip


def heads_of(measured: Sequence[tuple[Any, Sequence[Figure]]]) -> list[Need]:
    """Heads by rules and figures: ceil(amount an hour / per_head) of the measure that asks for most, at least and at most as its
    rule says. Neighbouring stretches that need the same are one."""
    edges = sorted({edge for _, figures in measured for one in figures for edge in (one.from_min, one.to_min)})
    found: list[Need] = []
    for from_min, to_min in pairwise(edges):
        heads = [
            _heads(rule, one)
            for rule, figures in measured
            for one in figures
            if one.from_min <= from_min and to_min <= one.to_min
        ]
        if not heads:
            continue
        least = max(heads)
        last = found[-1] if found else None
        if last is not None and last.to_min == from_min and last.at_least == least:
            found[-1] = Need(from_min=last.from_min, to_min=to_min, at_least=least)
        else:
            found.append(Need(from_min=from_min, to_min=to_min, at_least=least))
    return found


def _heads(rule: Any, figure: Figure) -> int:
    minutes = figure.to_min - figure.from_min
    heads = -(-figure.amount * HOUR // (int(rule.per_head) * minutes))
    most = 500 if rule.at_most is None else int(rule.at_most)
    return min(max(heads, int(rule.at_least)), most)
