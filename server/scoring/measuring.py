"""What a month comes to for somebody: their scheme, its weights, every line with its working."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from contract.composite import Composite, Figure, composite, exact, plain, rounded
from contract.metrics import SchemeRow, Weighed
from contract.schemes import Measured
from contract.score_reports import NO_SCHEME, TOO_LITTLE
from contract.scoring import CompositeLine, ReportDifference
from server.scoring.figures import Known, MonthFigures, Stay
from server.scoring.model_library import Metric

SHOWN = Decimal("0.0001")  # figures are shown, and recorded, to four decimals; points are reckoned of the exact ones


class Result(NamedTuple):
    """A month's composite with its lines; `why` says what is missing where there is none."""

    scheme: SchemeRow | None
    weights_from: str
    total: Decimal | None
    why: str
    lines: list[CompositeLine]


def shown(value: Fraction) -> str:
    """An exact figure as decimal text, to four places, half up."""
    return plain(rounded(value, SHOWN))


def measure(stay: Stay, figures: MonthFigures, measured: Measured | None) -> Result:
    """Somebody's month by the scheme that counts for them; without one no composite."""
    if measured is None:
        return Result(None, "", None, NO_SCHEME, [])
    lines, made = lines_of(measured.version.lines, figures, stay)
    why = "" if made.total is not None else TOO_LITTLE
    return Result(measured.scheme, measured.version.from_day, made.total, why, lines)


def lines_of(
    weights: Sequence[Weighed], figures: MonthFigures, stay: Stay
) -> tuple[list[CompositeLine], Composite]:
    """The working of one person and store by these weights."""
    known = {line.metric: figures.of(line.metric, stay.person_id, stay.store_id) for line in weights}
    made = composite([_figure(line, figures.metrics[line.metric], known[line.metric]) for line in weights])
    lines = []
    for line, found in zip(weights, made.lines, strict=True):
        metric, one = figures.metrics[line.metric], known[line.metric]
        lines.append(
            CompositeLine(
                metric=line.metric, name_zh=metric.name_zh, name_en=metric.name_en, owner=line.owner,
                kind=metric.kind, direction=metric.direction,  # type: ignore[arg-type]
                unit=metric.unit, weight=line.weight, counted_weight=plain(rounded(found.counted)),
                target=line.target or metric.target,
                actual=None if one is None else shown(one.actual), n=0 if one is None else one.n,
                points=None if found.points is None else plain(found.points), adds=plain(found.adds),
                missing=line.missing if one is None else None, source=(metric.source or "") if one is None else one.source,
            )
        )  # fmt: skip
    return lines, made


def _figure(line: Weighed, metric: Metric, known: Known | None) -> Figure:
    target = line.target or metric.target
    return Figure(
        line.metric, metric.kind, metric.direction == "lower", exact(line.weight),  # type: ignore[arg-type]
        None if target is None else exact(target), None if known is None else known.actual, line.missing == "zero",
    )  # fmt: skip


def says_the_same(one: Sequence[CompositeLine], other: Sequence[CompositeLine]) -> bool:
    """Whether two workings are the same, whatever their metrics are called by now."""
    return [_judged(line) for line in one] == [_judged(line) for line in other]


def _judged(line: CompositeLine) -> tuple[object, ...]:
    return (
        line.metric, line.owner, line.kind, line.direction, line.weight, line.counted_weight, line.target, line.actual, line.n,
        line.points, line.adds, line.missing,
    )  # fmt: skip


def differences(
    before: Sequence[CompositeLine], after: Sequence[CompositeLine], totals: tuple[str | None, str | None]
) -> list[ReportDifference]:
    """What is another than before, line by line (points; the figure where the points are the same); "" is the composite."""
    old: Mapping[str, CompositeLine] = {line.metric: line for line in before}
    new: Mapping[str, CompositeLine] = {line.metric: line for line in after}
    found = []
    for code in dict.fromkeys([*new, *old]):
        was, now = old.get(code), new.get(code)
        if was is not None and now is not None and _judged(was) == _judged(now):
            continue
        points = (was.points if was else None, now.points if now else None)
        said = points if points[0] != points[1] else (was.actual if was else None, now.actual if now else None)
        found.append(ReportDifference(metric=code, before=said[0], after=said[1]))
    if totals[0] != totals[1]:
        found.append(ReportDifference(metric="", before=totals[0], after=totals[1]))
    return found
