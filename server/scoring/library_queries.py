"""Questions to the library: metrics, schemes with their weights, a formula tried on real figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import cast

import msgspec
import sqlalchemy as sa

from contract.composite import plain, rounded
from contract.metrics import MetricRow, RubricLevel, SchemeRow
from contract.moments import to_ms
from contract.score_library import (
    HeldScheme,
    HeldSchemes,
    LibraryMetric,
    LibraryMetrics,
    MetricQuery,
    MetricState,
    SaidWeights,
    TriedFigure,
    TriedFormula,
    TriedStep,
    TryFormula,
)
from contract.wire import convert
from contract.wire import plain as as_data
from server.growth.model import Indicator
from server.kernel.db import ScopedSession
from server.kernel.problems import Problem
from server.org.model import Post
from server.people.model import Person
from server.scoring.expressions.computing import Step, compute
from server.scoring.expressions.judging import judge, judge_result
from server.scoring.expressions.tree import WrongFormula, codes_of
from server.scoring.expressions.units import unit_of, unit_text
from server.scoring.figures import Known, Stay, days_of, gather
from server.scoring.library import as_problem, formula_of, units_known
from server.scoring.model_library import Metric, Scheme, SchemeWeights
from server.scoring.schemes import channels, core_metrics, schemes_held
from server.stores.model import Store

_SHOWN = Decimal("0.000001")
_NOBODY = "00000000-0000-0000-0000-000000000000"  # whose figures are the store's own
_CHANNELS = {"offline": ("线下门店", "Offline stores"), "online": ("线上渠道", "Online channel")}


def metrics(session: ScopedSession, asked: MetricQuery) -> LibraryMetrics:
    """Metrics by code, as asked for."""
    rows = session.scalars(sa.select(Metric).order_by(Metric.code))
    used = _used_in(schemes_held(session))
    return LibraryMetrics(items=[_shown(row, used) for row in rows if _fits(row, asked)])


def metric(session: ScopedSession, metric_id: str) -> LibraryMetric | None:
    """One of them."""
    row = session.get(Metric, metric_id)
    return _shown(row, _used_in(schemes_held(session))) if row is not None else None


def _fits(row: Metric, asked: MetricQuery) -> bool:
    words = " ".join((row.code, row.name_zh, row.name_en, row.means_zh, row.means_en)).casefold()
    return (
        asked.q.strip().casefold() in words
        and (asked.post is None or not row.posts or asked.post in row.posts)
        and asked.area in ("", row.area)
        and asked.source in (None, row.source)
        and asked.state in (None, row.state)
    )


def _used_in(schemes: Sequence[SchemeRow]) -> Mapping[str, list[str]]:
    """Codes of schemes by metric: of their newest weights, of schemes that do not end."""
    found: dict[str, list[str]] = {}
    for scheme in schemes:
        if scheme.versions and scheme.until is None:
            for line in scheme.versions[-1].lines:
                found.setdefault(line.metric, []).append(scheme.code)
    return found


def _shown(row: Metric, used: Mapping[str, list[str]]) -> LibraryMetric:
    said = {
        name: getattr(row, name)
        for name in (
            "id", "code", "name_zh", "name_en", "kind", "direction", "unit", "target", "source", "rhythm", "means_zh", "means_en",
            "gathered",
        )
    }  # fmt: skip
    return LibraryMetric(
        metric=convert({**said, "levels": as_data(msgspec.convert(row.levels, list[RubricLevel]))}, MetricRow),
        state=cast(MetricState, row.state), area=row.area, formula=row.formula, posts=list(row.posts), core=row.core,
        schemes=used.get(row.code, []), retired_because=row.retired_because,
    )  # fmt: skip


def schemes(session: ScopedSession) -> HeldSchemes:
    """Schemes by code, those that ended too."""
    posts = {row.id: row for row in session.scalars(sa.select(Post))}
    stores = {row.id: row.name for row in session.scalars(sa.select(Store).where(Store.id.in_(sa.select(Scheme.store_id))))}
    said: dict[str, list[SaidWeights]] = {}
    for row in session.scalars(sa.select(SchemeWeights).order_by(SchemeWeights.scheme_id, SchemeWeights.from_day)):
        one = SaidWeights(id=row.id, from_day=row.from_day.isoformat(), reason=row.reason, set_ms=to_ms(row.set_at))
        said.setdefault(row.scheme_id, []).append(one)
    everything = list(session.scalars(sa.select(Metric)))
    items = []
    for scheme in schemes_held(session):
        post = posts.get(scheme.post_id or "")
        parts = [
            (post.name_zh, post.name_en) if post is not None else None,
            ((stores.get(scheme.store_id, "–"),) * 2) if scheme.store_id is not None else None,
            _CHANNELS[scheme.channel] if scheme.channel is not None else None,
        ]
        named = [one for one in parts if one is not None] or [("所有人", "Everybody")]
        core = [one.code for one in core_metrics(everything, post.code if post is not None else None)]
        items.append(
            HeldScheme(
                scheme=scheme, whose_zh=" · ".join(zh for zh, _ in named), whose_en=" · ".join(en for _, en in named),
                said=said.get(scheme.id, []), core=core,
            )
        )  # fmt: skip
    return HeldSchemes(items=items, channels=channels(session))


def try_formula(session: ScopedSession, asked: TryFormula) -> TriedFormula:
    """A formula on the figures of a month, with its working; nothing is kept. For who manages scoring everywhere: figures are
    looked up as a report does. Raises Problem: what is wrong with the formula, or whom nobody knows."""
    if session.get(Store, asked.store_id) is None:
        raise Problem("stores.unknown", field="store_id", id=asked.store_id)
    if asked.person_id is not None and session.get(Person, asked.person_id) is None:
        raise Problem("people.unknown", field="person_id", id=asked.person_id)
    tree, units = formula_of(asked.formula), units_known(session)
    try:
        unit = judge(tree, units)
        if asked.unit is not None:
            judge_result(tree, units, unit_of(asked.unit))
    except WrongFormula as wrong:
        raise as_problem(wrong) from None
    person_id = asked.person_id or _NOBODY
    found = gather(session, asked.month, [Stay(person_id, asked.store_id, None, *days_of(asked.month))])
    known = {code: found.of(code, person_id, asked.store_id) for code in codes_of(tree)}
    steps: list[Step] = []
    value = compute(tree, {code: None if one is None else one.actual for code, one in known.items()}, steps)
    return TriedFormula(
        value=_text(value), unit=asked.unit if unit is None and asked.unit is not None else unit_text(unit),
        figures=_named(session, known), steps=[TriedStep(text=one.text, value=_text(one.value)) for one in steps],
    )  # fmt: skip


def _named(session: ScopedSession, known: Mapping[str, Known | None]) -> list[TriedFigure]:
    names: dict[str, tuple[str, str, str]] = {}
    for model in (Indicator, Metric):
        for row in session.scalars(sa.select(model).where(model.code.in_(list(known)))):
            names[row.code] = (row.name_zh, row.name_en, row.unit)
    return [
        TriedFigure(
            code=code, name_zh=names[code][0], name_en=names[code][1], unit=names[code][2],
            value=_text(one.actual) if one is not None else None, n=one.n if one is not None else None,
            source=one.source if one is not None else "",
        )
        for code, one in known.items()
    ]  # fmt: skip


def _text(value: Fraction | None) -> str | None:
    """As it is shown: at most six decimals."""
    return None if value is None else plain(rounded(value, _SHOWN))
