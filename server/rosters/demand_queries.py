"""What stores need on which days, and how far plans cover it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from contract.roster_demand import DemandAnswer, DemandOfDay, DemandRow, DemandRuleRow, Need
from contract.rostering import rules as judge
from contract.rostering.local_time import at_minute
from server.kernel.db import ScopedSession, table_of
from server.kernel.sets import within
from server.rosters.demand_model import DemandCurve, DemandRule
from server.rosters.demand_rules import counting
from server.rosters.rules import days_between

_curve, _rule = table_of(DemandCurve), table_of(DemandRule)
_NEEDS = list[Need]


class Found(NamedTuple):
    """What counts on a day for a role."""

    row_id: str
    source: str
    slots: list[Need]


@dataclass
class DemandBook:
    """The curves of some stores that may count on some days."""

    curves: list[Any]

    def __post_init__(self) -> None:
        self._by: dict[tuple[str, str], list[Any]] = {}
        for row in self.curves:
            self._by.setdefault((row.store_id, row.role), []).append(row)
        self._known: dict[str, list[Need]] = {}

    def of(self, store_id: str, day: date) -> dict[str, Found]:
        """What a store needs on a day, by role; "" is anybody. What nobody said is absent."""
        found: dict[str, Found] = {}
        for (store, role), curves in self._by.items():
            row = counting(curves, day) if store == store_id else None
            if row is not None:
                if row.id not in self._known:
                    self._known[row.id] = msgspec.convert(row.slots, _NEEDS)
                found[role] = Found(row.id, row.source, self._known[row.id])
        return found

    def needs(self, store_id: str, zone: str, day: date) -> list[judge.Need]:
        """The same as the judge of cover looks at it, as instants by the store's clock."""
        text = day.isoformat()
        return [
            judge.Need(
                store_id=store_id, day=text, starts_ms=at_minute(text, slot.from_min, zone),
                ends_ms=at_minute(text, slot.to_min, zone), role=role or "*", at_least=slot.at_least, target=slot.target,
                at_most=slot.at_most, criticality=slot.criticality,
            )
            for role, found in self.of(store_id, day).items()
            for slot in found.slots
        ]  # fmt: skip


def demand_book(session: ScopedSession, store_ids: Sequence[str], from_day: date, to_day: date) -> DemandBook:
    """What is said of these stores that counts on one of these days. The same for whoever asks: who may see the store is for the
    caller to know."""
    c = _curve.c
    asked = sa.select(_curve).where(
        within(c.store_id, store_ids), sa.or_(c.day.between(from_day, to_day), c.from_day <= to_day)
    )
    return DemandBook(list(session.connection().execute(asked)))


def rules_on(session: ScopedSession, store_id: str, day: date) -> list[Any]:
    """The rules of figures that count at a store on a day: of each role and measure the store's own before that of all, and of
    each the one that began last."""
    c = _rule.c
    asked = sa.select(_rule).where(sa.or_(c.store_id == store_id, c.store_id.is_(None)), c.from_day <= day)
    found: dict[tuple[str, str], Any] = {}
    for row in session.connection().execute(asked.order_by(c.store_id.is_not(None), c.from_day, c.id)):
        found[row.role, row.measure] = row
    return list(found.values())


def demand_of(session: ScopedSession, store_id: str, from_day: date, to_day: date) -> DemandAnswer:
    """A store's demand day by day, and what says it."""
    book = demand_book(session, [store_id], from_day, to_day)
    days = [
        DemandOfDay(day=day.isoformat(), role=role, slots=found.slots, source=found.source, row_id=found.row_id)
        for day in days_between(from_day, to_day)
        for role, found in sorted(book.of(store_id, day).items())
    ]
    curves = sorted(book.curves, key=lambda row: (row.role, row.day is None, row.day or row.from_day, row.weekday or 0))
    rules = sorted(rules_on(session, store_id, to_day), key=lambda row: (row.role, row.measure))
    return DemandAnswer(
        store_id=store_id, days=days, curves=[demand_row(row) for row in curves], rules=[rule_row(row) for row in rules]
    )


def demand_row(row: Any) -> DemandRow:
    """A curve as desks hold it."""
    return DemandRow(
        id=row.id, store_id=row.store_id, role=row.role, weekday=row.weekday,
        from_day=row.from_day.isoformat() if row.from_day is not None else None,
        day=row.day.isoformat() if row.day is not None else None, slots=msgspec.convert(row.slots, _NEEDS), source=row.source,
    )  # fmt: skip


def rule_row(row: Any) -> DemandRuleRow:
    """A rule of figures."""
    return DemandRuleRow(
        id=row.id, store_id=row.store_id, role=row.role, measure=row.measure, per_head=row.per_head, at_least=row.at_least,
        at_most=row.at_most, from_day=row.from_day.isoformat(),
    )  # fmt: skip


