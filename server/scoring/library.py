"""The library of metrics: defined, activated, retired. One that counts has an indicator of its code, where its figures go."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import sqlalchemy as sa

from contract.growth import Better, DefineIndicator
from contract.ids import derived_id
from contract.metrics import ActivateMetric, DefineMetric, RetireMetric
from contract.wire import plain
from server.growth.indicators import define_indicator
from server.growth.model import Indicator
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.scoring.expressions.judging import judge_result
from server.scoring.expressions.reading import read
from server.scoring.expressions.tree import Tree, WrongFormula, codes_of
from server.scoring.expressions.units import Unit, unit_of
from server.scoring.model_library import Metric, manages

MANAGE = Permission.MANAGE_SCORING
_SAID = (
    "name_zh", "name_en", "means_zh", "means_en", "area", "kind", "direction", "unit", "target", "source", "rhythm",
    "gathered", "core",
)  # fmt: skip


def must_manage(work: Work, kind: str) -> None:
    """Metrics and schemes are the whole company's. Raises Problem."""
    if work.device is not None or not manages(work.actor):
        raise Problem("access.out_of_scope", kind=kind)


@handles(DefineMetric, needs=MANAGE)
def define_metric(work: Work, op: DefineMetric) -> None:
    """A draft, or the next form of what is there; one that counts stays whole. Its code stays, for figures carry it."""
    must_manage(work, "metric")
    row = work.session.get(Metric, op.metric_id, with_for_update=True)
    other = work.session.scalars(sa.select(Metric.id).where(Metric.code == op.code, Metric.id != op.metric_id)).first()
    if other is not None:
        raise Problem("scoring.code_taken", field="code", taken=op.code)
    if row is not None and row.code != op.code:
        raise Problem("scoring.code_fixed", field="code", fixed=row.code)
    if row is not None and row.state == "retired":
        raise Problem("scoring.metric_retired", field="metric_id", metric=row.code)
    judge_metric(op)
    if row is None:
        row = Metric(id=op.metric_id, code=op.code, state="draft", retired_because=None)
        work.session.add(row)
    for name in _SAID:
        setattr(row, name, getattr(op, name))
    row.formula, row.levels, row.posts = op.formula.strip(), plain(op.levels), list(dict.fromkeys(op.posts))
    row.set_at, work.wrote = work.now, True
    if row.state == "active":
        _must_be_whole(work.session, row)
        work.session.flush()
        _give_indicator(work, row)


@handles(ActivateMetric, needs=MANAGE)
def activate_metric(work: Work, op: ActivateMetric) -> None:
    """It may be weighed from now on. Without source or rhythm it cannot."""
    must_manage(work, "metric")
    row: Metric = work.find(Metric, op.metric_id, "scoring.metric_unknown", metric=op.metric_id)
    if row.state == "active":
        return
    _must_be_whole(work.session, row)
    row.state, row.retired_because, row.set_at, work.wrote = "active", None, work.now, True
    work.session.flush()
    _give_indicator(work, row)


@handles(RetireMetric, needs=MANAGE)
def retire_metric(work: Work, op: RetireMetric) -> None:
    """No new weights take it; those that are there keep it, and so does what was measured."""
    must_manage(work, "metric")
    row: Metric = work.find(Metric, op.metric_id, "scoring.metric_unknown", metric=op.metric_id)
    if row.state == "retired":
        raise Problem("scoring.metric_retired", field="metric_id", metric=row.code)
    row.state, row.retired_because, row.set_at, work.wrote = "retired", op.reason, work.now, True


def judge_metric(op: DefineMetric) -> None:
    """Refuse what can be seen to be wrong in the words alone. Raises Problem."""
    if op.formula.strip():
        tree = formula_of(op.formula)
        if op.code in codes_of(tree):
            raise Problem("scoring.formula_of_itself", field="formula", metric=op.code)
    points = [Fraction(one.points) for one in op.levels]
    if len(set(points)) != len(points):
        raise Problem("scoring.levels_same", field="levels", points=next(str(one) for one in points if points.count(one) > 1))
    if op.target is not None and Fraction(op.target) < 0:
        raise Problem("scoring.target_negative", field="target")


def formula_of(text: str) -> Tree:
    """The formula's tree. Raises Problem that says where and why it is wrong."""
    try:
        return read(text)
    except WrongFormula as wrong:
        raise as_problem(wrong) from None


def as_problem(wrong: WrongFormula) -> Problem:
    """What is wrong with a formula, as a refusal of the form's field."""
    return Problem(wrong.code, field="formula", at=wrong.at, **wrong.facts)


def _must_be_whole(session: ScopedSession, row: Metric) -> None:
    if row.source is None:
        raise Problem("scoring.no_source", field="source", metric=row.code)
    if row.rhythm is None:
        raise Problem("scoring.no_rhythm", field="rhythm", metric=row.code)
    if row.kind == "rubric" and len(row.levels) < 2:
        raise Problem("scoring.no_levels", field="levels", metric=row.code)
    if row.kind == "milestones" and (row.target is None or Fraction(row.target) <= 0):
        raise Problem("scoring.no_target", field="target", metric=row.code)
    if row.source == "formula":
        if not row.formula:
            raise Problem("scoring.no_formula", field="formula", metric=row.code)
        judge_formula(session, row.code, row.formula, row.unit)


def judge_formula(session: ScopedSession, code: str, formula: str, unit: str) -> Tree:
    """A formula as it can count: figures that there are, none computed itself, units that go together, the metric's own as the
    result. Raises Problem."""
    tree = formula_of(formula)
    named = codes_of(tree)
    if code in named:
        raise Problem("scoring.formula_of_itself", field="formula", metric=code)
    computed = set(session.scalars(sa.select(Metric.code).where(Metric.source == "formula", Metric.state == "active")))
    if found := next((one for one in named if one in computed), None):
        raise Problem("scoring.formula_of_formula", field="formula", metric=found)
    try:
        judge_result(tree, units_known(session), unit_of(unit))
    except WrongFormula as wrong:
        raise as_problem(wrong) from None
    return tree


def units_known(session: ScopedSession) -> Mapping[str, Unit]:
    """The unit of every figure a formula may name: of all indicators, and of metrics that have none yet."""
    metrics = session.execute(sa.select(Metric.code, Metric.unit).where(Metric.state != "retired"))
    indicators = session.execute(sa.select(Indicator.code, Indicator.unit))
    return {code: unit_of(unit) for code, unit in (*metrics, *indicators)}


def _give_indicator(work: Work, row: Metric) -> None:
    """The indicator of its code, called like it; one that somebody made before stays as it is."""
    own = derived_id("indicator", row.code)
    there = work.session.scalars(sa.select(Indicator.id).where(Indicator.code == row.code)).first()
    if there is None or there == own:
        better: Better = "lower" if row.direction == "lower" else "higher"
        define_indicator(
            work,
            DefineIndicator(
                indicator_id=own, code=row.code, name_zh=row.name_zh, name_en=row.name_en, unit=row.unit, better=better
            ),
        )  # fmt: skip
