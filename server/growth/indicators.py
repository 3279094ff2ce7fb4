"""Indicators are defined, their values recorded: all of a batch or nothing, the same said again is replaced."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

import sqlalchemy as sa

from contract.growth import DefineIndicator, IndicatorValue, RecordValues
from contract.ids import derived_id
from server.growth import model, recommending, standing
from server.growth.model import Indicator, RecommendationRule
from server.growth.who import working_at
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.perform import Work, handles, write_inserts
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.kernel.sets import within
from server.org.rules import day_of
from server.people.model import Person
from server.postings.life import with_reach
from server.stores.model import Store


@handles(DefineIndicator, needs=Permission.MANAGE_TRAINING)
def define_indicator(work: Work, op: DefineIndicator) -> None:
    """Its code stays, for files and rules name it; said again it gets other names."""
    known = work.session.get(Indicator, op.indicator_id, with_for_update=True)
    other = work.session.scalars(sa.select(Indicator).where(Indicator.code == op.code)).one_or_none()
    if (other is not None and other.id != op.indicator_id) or (known is not None and known.code != op.code):
        raise Problem("growth.code_taken", field="code", taken=op.code)
    values = {"name_zh": op.name_zh, "name_en": op.name_en, "unit": op.unit, "better": op.better}
    if known is None:
        work.add(Indicator(id=op.indicator_id, code=op.code, **values))
        return
    for name, value in values.items():
        setattr(known, name, value)
    work.session.flush()
    follow(work, [op.code], None)


def value_id(value: IndicatorValue) -> str:
    """The id of the one value there is of this indicator, of whom, over these days."""
    return derived_id("indicator_value", value.indicator, value.person_id or value.store_id or "", value.from_day, value.to_day)


@handles(RecordValues, needs=Permission.MANAGE_TRAINING)
def record_values(work: Work, op: RecordValues) -> dict[str, int]:
    """All of them, or none: the first that cannot be is named by its place. Answers how many are new, changed, the same."""
    indicators = {row.code: row for row in work.session.scalars(sa.select(Indicator))}
    people, stores = _known(work.session, op.values)
    ids: dict[str, int] = {}
    for number, value in enumerate(op.values):
        at = f"values.{number}"
        judge_value(value, at, indicators.keys(), people, stores)
        if ids.setdefault(value_id(value), number) != number:
            raise Problem("growth.value_twice", field=at, row=number + 1)
    held = _held(work.session, sorted(ids))
    counted = {"new": 0, "changed": 0, "same": 0}
    for said_id, value in zip(ids, op.values, strict=True):
        said = {"value": plain(value.value), "n": value.n, "store_id": value.store_id, "source": op.source}
        row = held.get(said_id)
        if row is None:
            days = {"from_day": day_of(value.from_day), "to_day": day_of(value.to_day)}
            whose = {"id": said_id, "indicator_id": indicators[value.indicator].id, "person_id": value.person_id}
            work.insert(model.IndicatorValue, {**whose, **days, **said, "batch_id": op.batch_id, "said_at": work.now})
            counted["new"] += 1
        elif any(getattr(row, name) != one for name, one in said.items()):
            for name, one in said.items():
                setattr(row, name, one)
            row.batch_id, row.said_at = op.batch_id, work.now
            counted["changed"] += 1
        else:
            counted["same"] += 1
    work.wrote = True
    work.session.flush()
    write_inserts(work.session, work.cache)  # what follows reads them
    of_stores = {value.store_id for value in op.values if value.person_id is None and value.store_id is not None}
    affected = {value.person_id for value in op.values if value.person_id is not None}
    affected |= working_at(work.session, sorted(of_stores), work.now) if of_stores else set()
    follow(work, sorted({value.indicator for value in op.values}), affected)
    return counted


def plain(value: str) -> str:
    """A decimal without the zeros that say nothing: 55.00 is 55, -0 is 0."""
    number = Decimal(value)
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if number == 0 else text


def judge_value(
    value: IndicatorValue, at: str, indicators: Collection[str], people: Collection[str], stores: Collection[str]
) -> None:
    """Refuse a value that cannot be. `at`: where it stands, for the refusal. Raises Problem."""
    if value.indicator not in indicators:
        raise Problem("growth.indicator_unknown", field=f"{at}.indicator", indicator=value.indicator)
    if value.person_id is None and value.store_id is None:
        raise Problem("growth.value_of_nobody", field=f"{at}.person_id")
    if value.person_id is not None and value.person_id not in people:
        raise Problem("people.unknown", field=f"{at}.person_id", id=value.person_id)
    if value.store_id is not None and value.store_id not in stores:
        raise Problem("stores.unknown", field=f"{at}.store_id", id=value.store_id)
    first, last = day_of(value.from_day), day_of(value.to_day)
    if first is None or last is None:
        raise Problem("shifts.no_such_day", field=f"{at}.from_day", day=value.from_day if first is None else value.to_day)
    if last < first:
        raise Problem("growth.value_ends_before", field=f"{at}.to_day")


def _known(session: ScopedSession, values: Sequence[IndicatorValue]) -> tuple[set[str], set[str]]:
    people = sorted({value.person_id for value in values if value.person_id is not None})
    stores = sorted({value.store_id for value in values if value.store_id is not None})
    return (
        set(session.scalars(sa.select(Person.id).where(within(Person.id, people)))),
        set(session.scalars(sa.select(Store.id).where(within(Store.id, stores)))),
    )


def _held(session: ScopedSession, ids: Sequence[str]) -> dict[str, model.IndicatorValue]:
    asked = sa.select(model.IndicatorValue).where(within(model.IndicatorValue.id, ids))
    return {row.id: row for row in session.scalars(asked)}


def follow(work: Work, codes: Iterable[str], people: Collection[str] | None) -> None:
    """What follows of these indicators for these people (None: everybody): recommendations, and conditions of paths."""
    wanted = set(codes)
    with whole(work.session) as everything:
        rules = [
            row.id
            for row in everything.scalars(sa.select(RecommendationRule).where(RecommendationRule.kind == "indicator"))
            if row.when.get("indicator") in wanted
        ]
        on_paths = standing.followers(everything, people)
    with with_reach(work) as wide:
        if rules:
            recommending.turn(wide, people, rules)
        standing.refresh(wide, on_paths)
