"""Month reports: what is frozen of one, the operations that make them, and how they are listed and tried with other weights.

    bytes    canonical JSON of `ReportText`: keys sorted, no spaces, UTF-8; integers and texts only
    digest   SHA-256 of the bytes, hex; the next revision names it as `previous`
    code     the short code of the digest, as on weekly statements (contract/statement_seal.py)
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from contract.limits import Id
from contract.metrics import Weighed
from contract.scoring import CompositeLine, MonthText, ReportDifference, ScoreReportRow
from contract.wire import Wire, operation

# why a report has no composite: nobody said how they are measured; less than half of the weight has a figure
NO_SCHEME, TOO_LITTLE = "no_scheme", "too_little"
RevisedBecause = Literal["", "late", "appeal"]
AutomaticSource = Literal["attendance", "training", "tickets"]
RunKind = Literal["attendance", "training", "tickets", "reports"]
_SORTED = msgspec.json.Encoder(order="sorted")


class ReportText(Wire, frozen=True, kw_only=True):
    """A revision of a month report, word for word. `composite` null: `why` says what is missing. `weights_from`: the first day of
    the weights that counted. `because`: what made the revision; of the first, "". `days`: from which to which day the person was
    posted there in the month."""

    report_id: Id
    revision: int
    previous: str | None
    month: str
    from_day: str
    to_day: str
    person_number: str
    person_name: str
    store_number: str
    store_name: str
    scheme: str
    scheme_zh: str
    scheme_en: str
    weights_from: str
    composite: str | None
    why: str
    because: RevisedBecause
    lines: list[CompositeLine]


def canonical_report(text: ReportText) -> bytes:
    """The bytes whose digest a report shows."""
    return _SORTED.encode(text)


@operation("scoring.make_reports/1")
class MakeScoreReports(Wire, frozen=True, kw_only=True):
    """The system makes the reports of a month that is over for these people: what is missing, and revisions of what changed.
    `last`: it has come to the end, managers and HR are told once."""

    month: MonthText
    people: Annotated[list[Id], Meta(max_length=500)]
    last: bool = False


@operation("scoring.note_run/1")
class NoteScoreRun(Wire, frozen=True, kw_only=True):
    """The system looked at a month: how many figures or reports are new, changed, or as they were."""

    run_id: Id
    month: MonthText
    kind: RunKind
    new: Annotated[int, Meta(ge=0)]
    changed: Annotated[int, Meta(ge=0)]
    same: Annotated[int, Meta(ge=0)]


@operation("scoring.run_month/1")
class RunScoreMonth(Wire, frozen=True, kw_only=True):
    """HQ does not wait for the night: figures of a month that is over and open are collected now, its reports made or revised."""

    month: MonthText


class ScoreReportsQuery(Wire, frozen=True, kw_only=True):
    """Reports of a month (the newest made, without one), of a store or a person. `q`: in names and numbers."""

    month: MonthText | None = None
    store_id: Id | None = None
    person_id: Id | None = None
    q: Annotated[str, Meta(max_length=100)] = ""
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class ScoreReportLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A report in a list. `known`: how many of its `measured` lines have a figure."""

    id: str
    person_id: str
    number: str
    name: str
    store_id: str
    store: str
    month: str
    revision: int
    scheme_zh: str
    scheme_en: str
    composite: str | None = None
    why: str = ""
    known: int = 0
    measured: int = 0
    made_ms: int
    open_appeals: int = 0


class ScoreReportList(Wire, frozen=True, kw_only=True):
    """A page of reports by name, and the months that have any."""

    items: list[ScoreReportLine]
    months: list[str]
    next_cursor: str | None = None


class ScoreReportQuery(Wire, frozen=True, kw_only=True):
    """One report; without a revision the newest."""

    report_id: Id
    revision: Annotated[int, Meta(ge=1, le=10_000)] | None = None


class ScoreRevision(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A revision of a report and what it changed."""

    revision: int
    made_ms: int
    digest: str
    code: str
    composite: str | None = None
    because: RevisedBecause = ""
    differences: list[ReportDifference] = []


class ScoreReportPage(Wire, frozen=True, kw_only=True):
    """A report with its people, its revisions and the trend of its person at that store, the oldest month first."""

    row: ScoreReportRow
    name: str
    number: str
    store: str
    code: str
    because: RevisedBecause
    newest: int
    revisions: list[ScoreRevision]
    trend: list[ScoreReportLine]


class ScoreRunRow(Wire, frozen=True, kw_only=True):
    """A line of the run log."""

    month: str
    kind: RunKind
    at_ms: int
    new: int
    changed: int
    same: int


class ScoreRuns(Wire, frozen=True, kw_only=True):
    """The run log, the newest first."""

    items: list[ScoreRunRow]


class TryWeights(Wire, frozen=True, kw_only=True):
    """What other weights of a scheme would make of a month that has been: nothing is written."""

    scheme_id: Id
    month: MonthText
    lines: Annotated[list[Weighed], Meta(min_length=1, max_length=30)]


class TriedPerson(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody's composite with the weights that counted and with those tried; `moves`: the second less the first."""

    person_id: str
    name: str
    store_id: str
    store: str
    before: str | None = None
    after: str | None = None
    moves: str | None = None


class TriedWeights(Wire, frozen=True, kw_only=True):
    """Everybody measured by the scheme in that month, who moves most first (200 at most are named, all are counted).
    `mean_before`, `mean_after`: of those with a composite both ways. `unmeasured`: metrics of which nobody has a figure in that
    month."""

    people: int
    up: int
    down: int
    mean_before: str | None
    mean_after: str | None
    unmeasured: list[str] = []
    items: list[TriedPerson]


