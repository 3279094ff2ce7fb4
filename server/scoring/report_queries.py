"""Questions about month reports: lists, one with its revisions and trend, the run log, and what other weights would have made."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import sqlalchemy as sa
from msgspec.structs import replace

from contract.composite import plain, rounded
from contract.moments import to_ms
from contract.schemes import DEFAULT_CHANNEL, last_day, nearest
from contract.score_reports import (
    ScoreReportLine,
    ScoreReportList,
    ScoreReportPage,
    ScoreReportQuery,
    ScoreReportsQuery,
    ScoreRevision,
    ScoreRunRow,
    ScoreRuns,
    TriedPerson,
    TriedWeights,
    TryWeights,
)
from contract.scoring import ReportDifference
from contract.wire import convert
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.paging import containing, page_of
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.kernel.sets import within
from server.people.model import Person
from server.scoring.card_model import ScoreFact
from server.scoring.figures import Stay, gather, stays_in
from server.scoring.measuring import lines_of
from server.scoring.model_library import Metric, Scheme
from server.scoring.report_model import HUNDREDTHS, ScoreReport, ScoreReportRevision, ScoreRun
from server.scoring.report_rows import report_row
from server.scoring.reports import said_in
from server.scoring.schemes import channels, must_be_whole, schemes_held
from server.stores.model import Store

MOST_RUNS, MOST_NAMED, TREND, TOGETHER = 60, 200, 12, 500


def composite_of(hundredths: int | None) -> str | None:
    """8350 is 83.5."""
    return None if hundredths is None else plain(Decimal(hundredths) / HUNDREDTHS)


def months_made(session: ScopedSession) -> list[str]:
    """The months of which the reader sees a report, the newest first."""
    return sorted(session.scalars(sa.select(ScoreReport.month).distinct()), reverse=True)


def reports(session: ScopedSession, asked: ScoreReportsQuery) -> ScoreReportList:
    """Reports by name; of the newest month, where none is asked for."""
    months = months_made(session)
    month = asked.month or (months[0] if months else "")
    found = _lines().where(ScoreReport.month == month)
    if asked.store_id is not None:
        found = found.where(ScoreReport.store_id == asked.store_id)
    if asked.person_id is not None:
        found = found.where(ScoreReport.person_id == asked.person_id)
    if asked.q.strip():
        wanted = asked.q.strip()
        named = (containing(one, wanted) for one in (Person.name, Person.number, Store.name))
        found = found.where(sa.or_(*named))
    keys = (Person.name_key, ScoreReport.id)
    rows, cursor = page_of(session, found, keys, limit=asked.limit, cursor=asked.cursor)
    return ScoreReportList(items=_as_lines(session, rows), months=months, next_cursor=cursor)


ORDERS: dict[str, Any] = {
    "score_person": Person.name_key, "score_number": Person.number, "score_store": Store.name,
    "score_scheme": ScoreReport.scheme_zh, "score_composite": ScoreReport.hundredths, "score_known": ScoreReport.known,
    "score_revision": ScoreReport.revision,
}  # fmt: skip


class Listed(NamedTuple):
    """What a page of the console asks of a month's reports. `state`: without a composite, revised, or with an open appeal."""

    month: str
    store_id: str | None = None
    q: str = ""
    state: str = ""


def _listed(asked: Listed) -> list[Any]:
    wanted: list[Any] = [ScoreReport.month == asked.month]
    if asked.store_id is not None:
        wanted.append(ScoreReport.store_id == asked.store_id)
    for word in asked.q.split():
        wanted.append(sa.or_(*(containing(one, word) for one in (Person.name, Person.number, Store.name))))
    if asked.state == "without":
        wanted.append(ScoreReport.hundredths.is_(None))
    elif asked.state == "revised":
        wanted.append(ScoreReport.revision > 1)
    elif asked.state == "appealed":
        answered = sa.select(ScoreFact.answers).where(ScoreFact.answers.is_not(None))
        wanted.append(ScoreReport.id.in_(
            sa.select(ScoreFact.report_id).where(
                ScoreFact.kind == "appealed", ScoreFact.report_id.is_not(None), ScoreFact.id.not_in(answered)
            )
        ))  # fmt: skip
    return wanted


def listed(
    session: ScopedSession, asked: Listed, key: str, descending: bool, offset: int, limit: int | None
) -> list[ScoreReportLine]:
    """A part of a month's reports, ordered by the database; what has no value comes last either way."""
    by = ORDERS.get(key, Person.name_key)
    order = [by.is_(None), by.desc() if descending else by, ScoreReport.id]
    return _as_lines(session, session.execute(_lines().where(*_listed(asked)).order_by(*order).offset(offset).limit(limit)))


def summed(session: ScopedSession, asked: Listed) -> tuple[int, int, str | None]:
    """How many reports there are, how many have a composite, and the mean of those to one decimal."""
    counted = sa.select(sa.func.count(), sa.func.count(ScoreReport.hundredths), sa.func.sum(ScoreReport.hundredths))
    joined = counted.select_from(ScoreReport).join(Person, Person.id == ScoreReport.person_id)
    total, known, whole = session.execute(joined.join(Store, Store.id == ScoreReport.store_id).where(*_listed(asked))).one()
    mean = plain(rounded(Fraction(int(whole), known * HUNDREDTHS), Decimal("0.1"))) if known and whole is not None else None
    return total, known, mean


def stores_of(session: ScopedSession, month: str) -> list[tuple[str, str]]:
    """(id, name) of the stores of a month's reports, by name."""
    asked = sa.select(Store.id, Store.name).where(Store.id.in_(sa.select(ScoreReport.store_id).where(ScoreReport.month == month)))
    return [(row.id, row.name) for row in session.execute(asked.order_by(Store.name, Store.id))]


def _lines() -> Any:
    return (
        sa.select(ScoreReport, Person.name, Person.number, Store.name.label("store"))
        .join(Person, Person.id == ScoreReport.person_id)
        .join(Store, Store.id == ScoreReport.store_id)
    )


def _as_lines(session: ScopedSession, rows: Any) -> list[ScoreReportLine]:
    rows = list(rows)
    ids = [row[0].id for row in rows]
    answered = sa.select(ScoreFact.answers).where(ScoreFact.answers.is_not(None))
    open_ones = sa.select(ScoreFact.report_id, sa.func.count()).where(
        within(ScoreFact.report_id, ids), ScoreFact.kind == "appealed", ScoreFact.id.not_in(answered)
    )
    waiting = {row[0]: row[1] for row in session.execute(open_ones.group_by(ScoreFact.report_id))}
    return [
        ScoreReportLine(
            id=one.id, person_id=one.person_id, number=row.number, name=row.name, store_id=one.store_id, store=row.store,
            month=one.month, revision=one.revision, scheme_zh=one.scheme_zh, scheme_en=one.scheme_en,
            composite=composite_of(one.hundredths), why=one.why, known=one.known, measured=one.measured,
            made_ms=to_ms(one.made_at), open_appeals=waiting.get(one.id, 0),
        )
        for row in rows
        for one in [row[0]]
    ]  # fmt: skip


def report(session: ScopedSession, asked: ScoreReportQuery) -> ScoreReportPage:
    """One report as it stands, or as a revision said it. Raises Problem where there is none the reader sees."""
    found = session.execute(_lines().where(ScoreReport.id == asked.report_id)).one_or_none()
    if found is None:
        raise Problem("scoring.report_unknown", id=asked.report_id)
    one: ScoreReport = found[0]
    revisions = session.scalars(
        sa.select(ScoreReportRevision).where(ScoreReportRevision.report_id == one.id).order_by(ScoreReportRevision.revision)
    ).all()
    shown = next((row for row in revisions if row.revision == (asked.revision or one.revision)), None)
    if shown is None:
        raise Problem("scoring.report_unknown", id=asked.report_id)
    over = sa.select(ScoreFact).where(ScoreFact.report_id == one.id).order_by(ScoreFact.at, ScoreFact.number)
    facts = session.scalars(over).all()
    with whole(session) as everybody:  # who answered an appeal is said to whoever made it
        people = sa.select(Person.id, Person.name).where(within(Person.id, sorted({fact.by_id for fact in facts})))
        names = {row.id: row.name for row in everybody.execute(people)}
    trend = session.execute(
        _lines()
        .where(ScoreReport.person_id == one.person_id, ScoreReport.store_id == one.store_id, ScoreReport.month <= one.month)
        .order_by(ScoreReport.month.desc())
        .limit(TREND)
    ).all()
    row = report_row(one, shown.text, shown.differences, facts, names)
    return ScoreReportPage(
        row=_frozen(row, shown), name=found.name, number=found.number, store=found.store, code=shown.code,
        because=shown.because,  # type: ignore[arg-type]
        newest=one.revision, revisions=[_revision(each) for each in revisions], trend=_as_lines(session, reversed(trend)),
    )  # fmt: skip


def _frozen(row: Any, shown: ScoreReportRevision) -> Any:
    return replace(row, digest=shown.digest, made_ms=to_ms(shown.made_at), revision=shown.revision)


def _revision(row: ScoreReportRevision) -> ScoreRevision:
    said = said_in(row)
    return ScoreRevision(
        revision=row.revision, made_ms=to_ms(row.made_at), digest=row.digest, code=row.code,
        composite=said.composite if said is not None else None, because=row.because,  # type: ignore[arg-type]
        differences=convert(row.differences, list[ReportDifference]),
    )  # fmt: skip


def runs(session: ScopedSession) -> ScoreRuns:
    """What the system looked at, the newest first."""
    rows = session.scalars(sa.select(ScoreRun).order_by(ScoreRun.ran_at.desc(), ScoreRun.kind).limit(MOST_RUNS))
    return ScoreRuns(
        items=[
            ScoreRunRow(
                month=row.month, kind=row.kind, at_ms=to_ms(row.ran_at), new=row.fresh,  # type: ignore[arg-type]
                changed=row.changed, same=row.same,
            )
            for row in rows
        ]
    )  # fmt: skip


def try_weights(session: ScopedSession, asked: TryWeights) -> TriedWeights:
    """Everybody whom the scheme measured in a month, by the weights that counted and by those asked for; nothing is written.
    Raises Problem for an unknown scheme or metric, for weights that are not 100 together, and for who may not manage schemes
    everywhere."""
    reader: Actor = session.info["actor"]
    if not reader.has_everywhere(Permission.MANAGE_SCORING):
        raise Problem("access.not_allowed", needs=Permission.MANAGE_SCORING.value)
    if session.get(Scheme, asked.scheme_id) is None:
        raise Problem("scoring.scheme_unknown", field="scheme_id", id=asked.scheme_id)
    known = set(session.scalars(sa.select(Metric.code)))
    for number, line in enumerate(asked.lines):
        if line.metric not in known:
            raise Problem("scoring.metric_unknown", field=f"lines.{number}.metric", metric=line.metric)
    must_be_whole(asked.lines)
    with whole(session) as everything:
        return _tried(everything, asked)


def _tried(session: ScopedSession, asked: TryWeights) -> TriedWeights:
    schemes, sold, day = schemes_held(session), channels(session), last_day(asked.month)
    theirs: list[tuple[Stay, Any]] = []
    for stay in stays_in(session, asked.month):
        channel = sold.get(stay.store_id, DEFAULT_CHANNEL)
        counted = nearest(schemes, post_id=stay.post_id, store_id=stay.store_id, channel=channel, day=day)
        if counted is not None and counted.scheme.id == asked.scheme_id:
            theirs.append((stay, counted.version.lines))
    moved: list[tuple[Stay, Decimal | None, Decimal | None]] = []
    nowhere = {line.metric for line in asked.lines}
    for start in range(0, len(theirs), TOGETHER):
        part = theirs[start : start + TOGETHER]
        figures = gather(session, asked.month, [stay for stay, _ in part])
        for stay, lines in part:
            working, after = lines_of(asked.lines, figures, stay)
            nowhere -= {line.metric for line in working if line.actual is not None}
            moved.append((stay, lines_of(lines, figures, stay)[1].total, after.total))
    both = [(before, after) for _, before, after in moved if before is not None and after is not None]
    moved.sort(key=lambda one: (_distance(one[1], one[2]), one[0].person_id, one[0].store_id))
    named = moved[:MOST_NAMED]
    people = sa.select(Person.id, Person.name).where(within(Person.id, sorted({stay.person_id for stay, *_ in named})))
    names = {row.id: row.name for row in session.execute(people)}
    stores = {row.id: row.name for row in session.execute(sa.select(Store.id, Store.name))}
    return TriedWeights(
        people=len(moved), up=sum(after > before for before, after in both), down=sum(after < before for before, after in both),
        mean_before=_mean([before for before, _ in both]), mean_after=_mean([after for _, after in both]),
        unmeasured=[line.metric for line in asked.lines if moved and line.metric in nowhere],
        items=[
            TriedPerson(
                person_id=stay.person_id, name=names.get(stay.person_id, ""), store_id=stay.store_id, store=stores[stay.store_id],
                before=None if before is None else plain(before), after=None if after is None else plain(after),
                moves=None if before is None or after is None else plain(after - before),
            )
            for stay, before, after in named
        ],
    )  # fmt: skip


def _distance(before: Decimal | None, after: Decimal | None) -> Decimal:
    """How far somebody moves, for an order that begins with the farthest; who has no composite both ways comes last."""
    return Decimal(1) if before is None or after is None else -abs(after - before)


def _mean(values: list[Decimal]) -> str | None:
    return plain(rounded(sum((Fraction(one) for one in values), Fraction(0)) / len(values))) if values else None
