"""Rows of scores as screens are told them."""

from __future__ import annotations

from collections.abc import Mapping

from contract.composite import Composite, plain, rounded
from contract.metrics import MetricRow
from contract.schemes import Measured
from contract.scoring import MarkRow, ScoreAppeal, ScoreReportRow
from mobile.core.feedback_rows import Writer
from mobile.core.learning_rows import both
from mobile.core.overlay import Overlay
from mobile.core.requests import at
from mobile.core.score_rows import Done, Held
from mobile.core.views_hq import Both
from mobile.core.views_photos import PhotoCard
from mobile.core.views_scores import (
    AppealCard,
    CardView,
    ChangeCard,
    DifferenceCard,
    LevelCard,
    MarkCard,
    MetricCard,
    ReportView,
    WordCard,
    Working,
)


def name_of(metrics: Mapping[str, MetricRow], code: str) -> Both:
    """A metric's name; its code where this device does not hold it."""
    row = metrics.get(code)
    return both(row.name_zh, row.name_en) if row is not None else Both(code, code)


def metric_card(row: MetricRow, weight: str, value: str) -> MetricCard:
    """Something to score by."""
    return MetricCard(
        row.code, both(row.name_zh, row.name_en), both(row.means_zh, row.means_en), row.kind, row.unit, row.target or "",
        tuple(LevelCard(level.points, both(level.text_zh, level.text_en)) for level in row.levels), weight, value,
    )  # fmt: skip


def _marks(marks: list[MarkRow], metrics: Mapping[str, MetricRow]) -> tuple[MarkCard, ...]:
    known = [(one, metrics.get(one.metric)) for one in marks]
    return tuple(
        MarkCard(
            one.metric, name_of(metrics, one.metric), one.value, one.points, one.comment,
            metric.kind if metric is not None else "", metric.unit if metric is not None else "",
        )
        for one, metric in known
    )  # fmt: skip


def _appeals(appeals: list[ScoreAppeal], who: Writer) -> tuple[AppealCard, ...]:
    return tuple(
        AppealCard(one.reason, at(one.at_ms, who.reader.when), one.state, one.answer, one.answered_by) for one in appeals
    )


def card_view(
    held: Held, who: Writer, metrics: Mapping[str, MetricRow], overlay: Overlay, *, person: str = "", differs: bool = False,
    is_open: bool = False, photos: tuple[PhotoCard, ...] = (),
) -> CardView:  # fmt: skip
    """A card for its reader."""
    row, when = held.row, who.reader.when
    last = held.acts[-1] if held.acts else None
    return CardView(
        card_id=row.id, person_id=row.person_id, person=person, day=row.day, month=row.month, rater=row.rater,
        rater_name=row.rater_name, marks=_marks(row.marks, metrics), comment=row.comment, said=at(row.at_ms, when),
        withdrawn=row.withdrawn,
        replies=tuple(
            WordCard(one.id, one.by, one.text, at(one.at_ms, when), one.by_id == who.reader.person_id) for one in row.replies
        ),
        changes=tuple(
            ChangeCard(
                one.by, one.reason, at(one.at_ms, when), one.withdrawn, _marks(one.before, metrics), one.comment_before
            )
            for one in row.changes
        ),
        appeals=_appeals(row.appeals, who), differs=differs,
        may_change=is_open and not row.withdrawn and row.rater_id == who.reader.person_id,
        on_its_way=overlay.on_its_way(last.entry, "tell") if last is not None else None, photos=photos,
    )  # fmt: skip


def working_of(
    measured: Measured, found: Composite, known: Mapping[str, tuple[object, int]], actual: Mapping[str, str],
    metrics: Mapping[str, MetricRow],
) -> tuple[Working, ...]:  # fmt: skip
    """The lines of a composite that is still running, each with the weight it counts with as long as others have no figure."""
    lines = []
    for weighed, line in zip(measured.version.lines, found.lines, strict=True):
        metric = metrics.get(weighed.metric)
        lines.append(Working(
            name=name_of(metrics, weighed.metric), owner=weighed.owner, actual=actual.get(weighed.metric, ""),
            target=weighed.target or (metric.target if metric is not None else "") or "",
            unit=metric.unit if metric is not None else "", points=plain(line.points) if line.points is not None else "",
            weight=plain(rounded(line.counted)), adds=plain(line.adds),
            n=known[weighed.metric][1] if weighed.metric in known else 0, missing=weighed.missing if line.points is None else "",
        ))  # fmt: skip
    return tuple(lines)


def actuals(known: Mapping[str, tuple[object, int]]) -> dict[str, str]:
    """What was reached, as text of two decimals at most."""
    return {code: plain(rounded(value)) for code, (value, _) in known.items()}  # type: ignore[arg-type]


def report_view(row: ScoreReportRow, who: Writer, overlay: Overlay, said: Done | None) -> ReportView:
    """A month report for whom it is of."""
    names = {line.metric: both(line.name_zh, line.name_en) for line in row.lines}
    appeals = list(row.appeals)
    if said is not None and said.counts and all(one.id != said.op.appeal_id for one in appeals):
        appeals.append(ScoreAppeal(id=said.op.appeal_id, reason=said.op.reason, at_ms=said.act.at_ms, state="open"))
    return ReportView(
        report_id=row.id, month=row.month, revision=row.revision, scheme=both(row.scheme_zh, row.scheme_en),
        composite=row.composite or "", why=row.why, made=at(row.made_ms, who.reader.when),
        lines=tuple(
            Working(
                both(one.name_zh, one.name_en), one.owner, one.actual or "", one.target or "", one.unit, one.points or "",
                one.counted_weight, one.adds, one.n, one.missing or "",
            )
            for one in row.lines
        ),
        differences=tuple(
            DifferenceCard(names.get(one.metric, Both(one.metric, one.metric)), one.before or "", one.after or "")
            for one in row.differences
        ),
        digest=row.digest, appeals=_appeals(appeals, who),
        on_its_way=overlay.on_its_way(said.entry, "appeal") if said is not None else None,
    )  # fmt: skip
