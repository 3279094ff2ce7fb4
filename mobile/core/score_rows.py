"""Score cards as this device holds them: the server's rows, and over them, in the order in which they were done, what was said
here and is not answered yet. What the server has told already is not laid over it a second time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from msgspec import Raw
from msgspec.structs import replace

from contract.composite import Composite, Figure, composite, exact, plain, points_of, rounded
from contract.metrics import ChannelRow, MetricRow, SchemeRow
from contract.postings import PostingRow
from contract.schemes import DEFAULT_CHANNEL, Measured, last_day, nearest
from contract.scoring import (
    AppealScore,
    AssessSelf,
    CorrectScore,
    Mark,
    MarkRow,
    PeriodRow,
    ReplyToScore,
    ScoreAppeal,
    ScoreCardRow,
    ScoreChange,
    ScoreReply,
    ScoreReportRow,
    ScoreWork,
    WithdrawScore,
)
from contract.scoring_cards import closes_on
from contract.wire import Wire, decode, encode
from mobile.core.feedback_rows import Writer
from mobile.core.journal import Entry
from mobile.core.overlay import Overlay
from mobile.core.replica import Replica

CARD, PERIOD, METRIC, SCHEME, REPORT = "score_card", "score_period", "metric", "scheme", "score_report"
ACT: Final = "score_act"  # only laid here
_ACTS: Final[dict[str, Any]] = {
    shape.__name__: shape
    for shape in (ScoreWork, AssessSelf, CorrectScore, WithdrawScore, ReplyToScore, AppealScore)
}  # fmt: skip


class ScoreAct(Wire, frozen=True, kw_only=True):
    """What was said here: by whom, when by this device's best estimate. `row`: of a new card, how it looks until HQ's is here."""

    what: str
    said: Raw
    person_id: str
    name: str
    at_ms: int
    row: ScoreCardRow | None = None


@dataclass(frozen=True)
class Done:
    """Something said here, opened."""

    op: Any
    act: ScoreAct
    entry: Entry

    @property
    def counts(self) -> bool:
        return self.entry.status != "rejected"


@dataclass
class Held:
    """A card as its reader sees it, with what was said of it here."""

    row: ScoreCardRow
    acts: list[Done] = field(default_factory=list)


def act_of(op: Wire, who: Writer, row: ScoreCardRow | None = None) -> ScoreAct:
    """How something said now is kept."""
    return ScoreAct(
        what=type(op).__name__, said=Raw(encode(op)), person_id=who.reader.person_id, name=who.name, at_ms=who.reader.now_ms,
        row=row,
    )  # fmt: skip


def mark_rows(marks: list[Mark], metrics: dict[str, MetricRow]) -> list[MarkRow]:
    """Marks with what they are worth, as the server reckons it."""
    found = []
    for mark in marks:
        metric = metrics.get(mark.metric)
        worth = ""
        if metric is not None:
            target = exact(metric.target) if metric.target is not None else None
            lower = metric.direction == "lower"
            worth = plain(rounded(points_of(metric.kind, lower=lower, actual=exact(mark.value), target=target)))
        found.append(MarkRow(metric=mark.metric, value=mark.value, points=worth, comment=mark.comment))
    return found


class ScoreBook:
    """Reads for one reader. Everything is inside a read of the caller."""

    def __init__(self, replica: Replica, overlay: Overlay) -> None:
        self._replica, self._overlay = replica, overlay

    def metrics(self) -> dict[str, MetricRow]:
        """By code; retired ones too, for what was scored by them still names them."""
        return {row.code: row for row in self._replica.all(METRIC, MetricRow)}

    def postings(self, store_id: str | None = None) -> list[PostingRow]:
        """Postings this device holds, of a store or all, each once."""
        rows = {row.id: row for row in self._replica.all("posting", PostingRow)}
        return [row for row in rows.values() if store_id is None or row.store_id == store_id]

    def measured(self, store_id: str, person_id: str, month: str) -> Measured | None:
        """By what somebody is measured at a store in a month, as far as this device knows."""
        mine = [row for row in self.postings(store_id) if row.person_id == person_id]
        post = max(mine, key=lambda row: row.starts_ms).post_id if mine else None
        channel = self._replica.get("score_channel", store_id, ChannelRow)
        schemes = {row.id: row for row in self._replica.all(SCHEME, SchemeRow)}
        return nearest(
            schemes.values(), post_id=post, store_id=store_id, day=last_day(month),
            channel=channel.channel if channel is not None else DEFAULT_CHANNEL,
        )  # fmt: skip

    def closes_ms(self, month: str, who: Writer) -> int:
        """The first moment a month can no longer be scored; where HQ has not said, as it does by itself."""
        row = next((one for one in self._replica.all(PERIOD, PeriodRow) if one.month == month), None)
        if row is not None:
            return row.closes_ms
        return who.reader.when.midnight_ms(closes_on(month), days=1)

    def reports(self, who: Writer) -> list[ScoreReportRow]:
        """Month reports of the reader, the newest first."""
        rows = self._replica.all(REPORT, ScoreReportRow, scope=who.reader.scope)
        mine = [row for row in rows if row.person_id == who.reader.person_id]
        return sorted(mine, key=lambda row: (row.month, row.made_ms), reverse=True)

    def report_appeals(self) -> dict[str, Done]:
        """The last appeal said here against each report."""
        found = {done.op.report_id: done for done in self._acts() if isinstance(done.op, AppealScore)}
        return {report_id: done for report_id, done in found.items() if report_id is not None}

    def cards(self, who: Writer) -> dict[str, Held]:
        """All that this reader may see here, by id."""
        held = {pk: Held(row) for pk, row in self.told(who).items()}
        metrics = self.metrics()
        for done in self._acts():
            pk = done.op.card_id
            if pk is None:
                continue
            if isinstance(done.op, ScoreWork | AssessSelf):
                if pk not in held and done.act.row is not None:
                    held[pk] = Held(done.act.row, [done])
            elif pk in held and not _is_told(held[pk].row, done.op):
                held[pk].acts.append(done)
                if done.counts:
                    held[pk].row = _after(held[pk].row, done, metrics)
        return held

    def told(self, who: Writer) -> dict[str, ScoreCardRow]:
        """The server's rows alone, by id."""
        return {row.id: row for row in self._replica.all(CARD, ScoreCardRow, scope=who.reader.scope)}

    def _acts(self) -> list[Done]:
        laid = self._overlay.all(ACT, ScoreAct)
        return [Done(decode(bytes(one.row.said), _ACTS[one.row.what]), one.row, one.entry) for one in laid]


def _is_told(row: ScoreCardRow, op: Any) -> bool:
    if isinstance(op, ReplyToScore):
        return any(one.id == op.reply_id for one in row.replies)
    if isinstance(op, AppealScore):
        return any(one.id == op.appeal_id for one in row.appeals)
    return any(one.id == op.correction_id for one in row.changes)


def _after(row: ScoreCardRow, done: Done, metrics: dict[str, MetricRow]) -> ScoreCardRow:
    op, act = done.op, done.act
    if isinstance(op, ReplyToScore):
        word = ScoreReply(id=op.reply_id, by_id=act.person_id, by=act.name, text=op.text, at_ms=act.at_ms)
        return replace(row, replies=[*row.replies, word])
    if isinstance(op, AppealScore):
        appeal = ScoreAppeal(id=op.appeal_id, reason=op.reason, at_ms=act.at_ms, state="open")
        return replace(row, appeals=[*row.appeals, appeal])
    withdrawn = isinstance(op, WithdrawScore)
    change = ScoreChange(
        id=op.correction_id, by_id=act.person_id, by=act.name, reason=op.reason, at_ms=act.at_ms, withdrawn=withdrawn,
        before=row.marks, comment_before=row.comment,
    )  # fmt: skip
    if withdrawn:
        return replace(row, changes=[*row.changes, change], marks=[], withdrawn=True)
    return replace(row, changes=[*row.changes, change], marks=mark_rows(op.marks, metrics), comment=op.comment)


def gathered(cards: list[ScoreCardRow], metric: MetricRow) -> tuple[Fraction, int] | None:
    """What a month's cards say of a metric, and of how many marks: of each rater the mean of their marks, and of the raters the
    mean; sums and last values where the metric says so. One's own word never counts. None: nobody said anything."""
    by_rater: dict[str, list[tuple[int, Fraction]]] = {}
    for card in cards:
        if card.rater == "self" or card.withdrawn:
            continue
        for mark in card.marks:
            if mark.metric == metric.code:
                by_rater.setdefault(card.rater_id, []).append((card.at_ms, exact(mark.value)))
    said = [one for marks in by_rater.values() for one in marks]
    if not said:
        return None
    if metric.gathered == "last":
        return max(said)[1], len(said)
    sums = [sum((value for _, value in marks), Fraction(0)) for marks in by_rater.values()]
    if metric.gathered == "mean":
        sums = [total / len(marks) for total, marks in zip(sums, by_rater.values(), strict=True)]
    return sum(sums, Fraction(0)) / len(sums), len(said)


def running(
    measured: Measured, cards: list[ScoreCardRow], metrics: dict[str, MetricRow]
) -> tuple[Composite, dict[str, tuple[Fraction, int]]]:
    """What a month comes to by the cards that are here; figures that HQ alone has are missing in it."""
    figures, known = [], {}
    for line in measured.version.lines:
        metric = metrics.get(line.metric)
        found = gathered(cards, metric) if metric is not None and metric.source in ("manager", "hq") else None
        if found is not None:
            known[line.metric] = found
        target = line.target if line.target is not None else metric.target if metric is not None else None
        figures.append(Figure(
            line.metric, metric.kind if metric is not None else "points", metric is not None and metric.direction == "lower",
            exact(line.weight), exact(target) if target is not None else None, found[0] if found is not None else None,
            line.missing == "zero",
        ))  # fmt: skip
    return composite(figures), known
