"""The figures of a month for many people at once: cards, values of indicators, formulas. A few questions for all of them, never
one for each.

    scored by hand   of each rater the mean of their marks (the sum, where the metric is gathered so), then the mean over raters;
                     "last": the newest mark. What somebody says of themselves never counts. n: how many marks
    recorded         a value over the whole month; without one those within it, gathered as the metric says. The person's own
                     before their store's. n: out of how many cases, where known, else how many values
    formula          of the figures it names; missing where one of them is. n: the smallest of theirs
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import NamedTuple

import sqlalchemy as sa

from contract.composite import exact
from contract.schemes import last_day
from server.growth.model import Indicator, IndicatorValue
from server.growth.who import posts_on
from server.kernel.db import ScopedSession, table_of
from server.kernel.sets import within
from server.postings.model import Posting
from server.scoring.card_model import ScoreCard
from server.scoring.expressions.computing import compute
from server.scoring.expressions.reading import read
from server.scoring.expressions.tree import Tree, codes_of
from server.scoring.model_library import Metric

OF_CARDS = "scores"  # the source of what reports write back as indicator values: never read as a figure again
_posting, _card = table_of(Posting), table_of(ScoreCard)
_value, _indicator = table_of(IndicatorValue), table_of(Indicator)


class Stay(NamedTuple):
    """Somebody at a store in a month: their post there, and the first and last day of it that fall into the month."""

    person_id: str
    store_id: str
    post_id: str | None
    from_day: date
    to_day: date


class Known(NamedTuple):
    """A figure: exact, out of how many marks or cases, and where it comes from (as on CompositeLine.source)."""

    actual: Fraction
    n: int
    source: str


class _Recorded(NamedTuple):
    from_day: date
    to_day: date
    value: Fraction
    n: int | None
    source: str


@dataclass
class MonthFigures:
    """What is known of a month. `metrics` by code; a metric's own figure by person and store."""

    first: date
    last: date
    metrics: Mapping[str, Metric]
    formulas: Mapping[str, Tree]
    marked: dict[tuple[str, str, str], Known] = field(default_factory=dict)
    own: dict[tuple[str, str], list[tuple[str | None, _Recorded]]] = field(default_factory=dict)
    of_store: dict[tuple[str, str], list[_Recorded]] = field(default_factory=dict)

    def of(self, code: str, person_id: str, store_id: str) -> Known | None:
        """The figure of a metric, or of an indicator that a formula names; None: there is none."""
        metric = self.metrics.get(code)
        if metric is not None and metric.source == "manager":
            return self.marked.get((person_id, store_id, code))
        if metric is not None and metric.source == "formula":
            return self._computed(code, person_id, store_id)
        gathered = metric.gathered if metric is not None else "sum"
        mine = [one for where, one in self.own.get((code, person_id), ()) if where is None or where == store_id]
        return self._gathered(mine or self.of_store.get((code, store_id), []), gathered)

    def _computed(self, code: str, person_id: str, store_id: str) -> Known | None:
        tree = self.formulas.get(code)
        if tree is None:
            return None
        parts: dict[str, Known | None] = {}
        for named in codes_of(tree):
            other = self.metrics.get(named)
            of_formula = other is not None and other.source == "formula"  # refused when said; here it must not run in circles
            parts[named] = None if of_formula else self.of(named, person_id, store_id)
        value = compute(tree, {named: None if one is None else one.actual for named, one in parts.items()})
        if value is None:
            return None
        return Known(value, min((one.n for one in parts.values() if one is not None), default=1), "formula")

    def _gathered(self, values: Sequence[_Recorded], how: str) -> Known | None:
        if not values:
            return None
        whole = [one for one in values if (one.from_day, one.to_day) == (self.first, self.last)]
        counted = whole or list(values)
        newest = max(counted, key=lambda one: (one.to_day, one.from_day, one.value))
        cases = [one.n for one in counted if one.n is not None]
        n = sum(cases) if len(cases) == len(counted) else len(counted)
        if how == "last":
            return Known(newest.value, newest.n if newest.n is not None else 1, newest.source)
        total = sum((one.value for one in counted), Fraction(0))
        return Known(total if how == "sum" else total / len(counted), n, newest.source)


def days_of(month: str) -> tuple[date, date]:
    """The first and the last day of a month (2026-03)."""
    return date.fromisoformat(f"{month}-01"), date.fromisoformat(last_day(month))


def stays_in(session: ScopedSession, month: str, people: Collection[str] | None = None) -> list[Stay]:
    """Who was posted where for at least a day of a month, one line for a person and store, by person. The post is that of the
    last of their postings there, else that of their home. Asked of the tables themselves: a month is everybody's."""
    first, last = days_of(month)
    asked = sa.select(
        _posting.c.person_id, _posting.c.store_id, _posting.c.post_id, _posting.c.starts_on, _posting.c.ends_on
    ).where(_posting.c.starts_on <= last, sa.or_(_posting.c.ends_on.is_(None), _posting.c.ends_on > first))
    if people is not None:
        asked = asked.where(within(_posting.c.person_id, list(people)))
    found: dict[tuple[str, str], Stay] = {}
    for row in session.connection().execute(asked.order_by(_posting.c.person_id, _posting.c.starts_on)):
        key = (row.person_id, row.store_id)
        ends = last if row.ends_on is None else min(last, date.fromordinal(row.ends_on.toordinal() - 1))
        before = found.get(key)
        post = row.post_id or (before.post_id if before is not None else None)
        begins = max(first, row.starts_on) if before is None else before.from_day
        found[key] = Stay(*key, post, begins, ends)
    without = sorted({one.person_id for one in found.values() if one.post_id is None})
    homes = posts_on(session, without) if without else {}
    return [
        one if one.post_id is not None else one._replace(post_id=_post_of(homes.get(one.person_id, ()), one.to_day))
        for one in found.values()
    ]


def _post_of(posts: Iterable[tuple[date, date | None, str]], day: date) -> str | None:
    return next((post for first, until, post in posts if first <= day and (until is None or day < until)), None)


def gather(session: ScopedSession, month: str, stays: Sequence[Stay]) -> MonthFigures:
    """All figures of these people and stores. Values that reports wrote back themselves are left out."""
    first, last = days_of(month)
    metrics = {row.code: row for row in session.scalars(sa.select(Metric))}
    formulas = {code: read(row.formula) for code, row in metrics.items() if row.source == "formula" and row.formula}
    found = MonthFigures(first, last, metrics, formulas)
    people, stores = sorted({one.person_id for one in stays}), sorted({one.store_id for one in stays})
    _take_marks(session, found, month, people)
    asked = (
        sa.select(_indicator.c.code, _value)
        .join(_indicator, _indicator.c.id == _value.c.indicator_id)
        .where(_value.c.from_day >= first, _value.c.to_day <= last, _value.c.source != OF_CARDS)
    )
    for whose in (within(_value.c.person_id, people), sa.and_(_value.c.person_id.is_(None), within(_value.c.store_id, stores))):
        for row in session.connection().execute(asked.where(whose)):
            one = _Recorded(row.from_day, row.to_day, exact(row.value), row.n, row.source)
            if row.person_id is not None:
                found.own.setdefault((row.code, row.person_id), []).append((row.store_id, one))
            else:
                found.of_store.setdefault((row.code, row.store_id), []).append(one)
    return found


def _take_marks(session: ScopedSession, found: MonthFigures, month: str, people: Sequence[str]) -> None:
    c = _card.c
    asked = sa.select(c.person_id, c.store_id, c.rater_id, c.at, c.id, c.marks).where(
        c.month == month, within(c.person_id, people), ~c.withdrawn, c.rater != "self"
    )
    said: dict[tuple[str, str, str], dict[str, list[tuple[object, str, Fraction]]]] = defaultdict(lambda: defaultdict(list))
    for row in session.connection().execute(asked):
        for mark in row.marks:
            said[row.person_id, row.store_id, mark["metric"]][row.rater_id].append((row.at, row.id, exact(mark["value"])))
    for key, by_rater in said.items():
        metric = found.metrics.get(key[2])
        how = metric.gathered if metric is not None else "mean"
        n = sum(len(marks) for marks in by_rater.values())
        found.marked[key] = Known(_of_raters(by_rater.values(), how), n, "manager")


def _of_raters(by_rater: Collection[Sequence[tuple[object, str, Fraction]]], how: str) -> Fraction:
    """Each rater's figure, and the mean of them: who scores often does not weigh more than who scores once."""
    if how == "last":
        return max((mark for marks in by_rater for mark in marks), key=lambda one: one[:2])[2]
    sums = [sum((value for _, _, value in marks), Fraction(0)) / (1 if how == "sum" else len(marks)) for marks in by_rater]
    return sum(sums, Fraction(0)) / len(sums)
