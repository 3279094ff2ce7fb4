"""Month reports are made, and revised when what they say is no longer so; what they say is frozen, each revision for itself.

Until a month is closed the system looks again every day. After that nothing moves a report any more but an appeal that was
upheld, and a card that was said in time and came in late: both make a revision at once, which says why.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.composite import plain
from contract.growth import DefineIndicator, IndicatorValue, RecordValues
from contract.ids import derived_id
from contract.messages import LANGUAGES, say
from contract.schemes import DEFAULT_CHANNEL, last_day, nearest
from contract.score_reports import MakeScoreReports, NoteScoreRun, ReportText, RevisedBecause, canonical_report
from contract.scoring import ReportDifference
from contract.statement_seal import code_of, digest_of
from contract.wire import decode
from contract.wire import plain as plain_of
from server.growth.indicators import define_indicator, record_values
from server.growth.model import Indicator
from server.growth.reported import COMPOSITE
from server.inbox.service import NewItem, put_items
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.events import reacts_to, tell
from server.kernel.feed import mark
from server.kernel.perform import Work, handles, write_inserts
from server.kernel.problems import Problem
from server.kernel.sets import within
from server.org.queries import company_day
from server.people.model import Person
from server.people.queries import holders_of
from server.postings.life import with_reach
from server.postings.sides import host_managers
from server.scoring.card_model import ScoreFact
from server.scoring.card_rules import month_of
from server.scoring.events import CardMoved, ReportAppealMoved, ReportAsked, ReportsWritten
from server.scoring.figures import OF_CARDS, MonthFigures, Stay, gather, stays_in
from server.scoring.measuring import Result, differences, measure, says_the_same, shown
from server.scoring.periods import closes_at
from server.scoring.report_model import HUNDREDTHS, ScoreReport, ScoreReportRevision, ScoreRun
from server.scoring.schemes import channels, schemes_held
from server.stores.model import Store

MADE = "N-21"
MOST_VALUES = 4_000


class _Newest(NamedTuple):
    report: ScoreReport
    revision: ScoreReportRevision


def report_id_of(person_id: str, store_id: str, month: str) -> str:
    """The one report there can be for these."""
    return derived_id("score report", person_id, store_id, month)


def said_in(revision: Any) -> ReportText | None:
    """What a revision says; None once it was erased."""
    return decode(revision.text.encode(), ReportText) if revision.text is not None else None


@handles(MakeScoreReports, needs=Permission.REPLAY_OPERATIONS)
def make_reports(work: Work, op: MakeScoreReports) -> dict[str, int]:
    """The system's alone, of a month that is over and not closed. Answers how many are new, changed, the same."""
    if not work.actor.is_system:
        raise Problem("access.not_allowed", needs=Permission.REPLAY_OPERATIONS.value)
    if month_of(company_day(work.now)) <= op.month:
        raise Problem("scoring.month_not_over", month=op.month)
    if work.now >= closes_at(work.session, op.month):
        raise Problem("scoring.month_closed", month=op.month)
    counted = bring_up_to_date(work, op.month, op.people, "late")
    if op.last:
        _tell_sides(work, op.month)
    return counted


@handles(NoteScoreRun, needs=Permission.REPLAY_OPERATIONS)
def note_run(work: Work, op: NoteScoreRun) -> None:
    """A line of the run log. The system's alone."""
    if not work.actor.is_system:
        raise Problem("access.not_allowed", needs=Permission.REPLAY_OPERATIONS.value)
    counted = {"fresh": op.new, "changed": op.changed, "same": op.same}
    work.add(ScoreRun(id=op.run_id, month=op.month, kind=op.kind, ran_at=work.now, **counted))


@reacts_to(CardMoved)
def follow_card(work: Work, event: CardMoved) -> None:
    """After the close a card still counts that was said in time, and one that an appeal corrected: at once, for nobody looks
    again by himself then. While the month is open the daily look does it."""
    with with_reach(work) as wide:
        known = wide.session.get(ScoreReport, report_id_of(event.person_id, event.store_id, event.month))
        if known is not None and wide.now >= closes_at(wide.session, event.month):
            because: RevisedBecause = "appeal" if _is_of_appeal(wide.session, event.card_id) else "late"
            bring_up_to_date(wide, event.month, [event.person_id], because, only_store=event.store_id)


def _is_of_appeal(session: ScopedSession, card_id: str) -> bool:
    """Whether the newest correction of a card is what an appeal decided."""
    asked = sa.select(ScoreFact.id, ScoreFact.kind).where(ScoreFact.card_id == card_id).order_by(ScoreFact.number)
    facts = session.execute(asked).all()
    moved = [row.id for row in facts if row.kind in ("corrected", "withdrawn")]
    of_appeals = {derived_id("correction by an appeal", row.id) for row in facts if row.kind == "appealed"}
    return bool(moved) and moved[-1] in of_appeals


@reacts_to(ReportAsked)
def say_whose(work: Work, event: ReportAsked) -> None:
    """Whose report it is, and of which store, for who appeals against it."""
    report = work.session.get(ScoreReport, event.report_id)
    if report is not None:
        event.person_id, event.store_id = report.person_id, report.store_id


@reacts_to(ReportAppealMoved)
def follow_appeal(work: Work, event: ReportAppealMoved) -> None:
    """Devices read the report anew; upheld, it is reckoned again of the figures as they are by now, even after the close."""
    with with_reach(work) as wide:
        report = wide.session.get(ScoreReport, event.report_id)
        if report is None:
            return
        for scope in (f"private:{report.person_id}", f"desk:{report.store_id}"):
            mark(wide.session, scope, "score_report", report.id)
        if event.upheld:
            bring_up_to_date(wide, report.month, [report.person_id], "appeal", only_store=report.store_id)


def bring_up_to_date(
    work: Work, month: str, people: Collection[str], because: RevisedBecause, *, only_store: str | None = None
) -> dict[str, int]:
    """Make what is missing of these people's month, and a revision of what says otherwise now. Answers how many are new, changed,
    the same. `because`: what revisions say of themselves."""
    session = work.session
    stays = [one for one in stays_in(session, month, people) if only_store is None or one.store_id == only_store]
    counted = {"new": 0, "changed": 0, "same": 0}
    if not stays:
        return counted
    figures, known = gather(session, month, stays), _known(session, month, people)
    schemes, sold = schemes_held(session), channels(session)
    held = {one.id: one for one in session.scalars(sa.select(Person).where(within(Person.id, sorted(people))))}
    places = {
        one.id: one for one in session.scalars(sa.select(Store).where(within(Store.id, sorted({s.store_id for s in stays}))))
    }
    written: list[tuple[Stay, Result]] = []
    items: list[NewItem] = []
    for stay in stays:
        channel = sold.get(stay.store_id, DEFAULT_CHANNEL)
        measured = nearest(schemes, post_id=stay.post_id, store_id=stay.store_id, channel=channel, day=last_day(month))
        result, newest = measure(stay, figures, measured), known.get((stay.person_id, stay.store_id))
        before = said_in(newest.revision) if newest is not None else None
        if newest is not None and (before is None or _is_said(before, stay, result)):
            counted["same"] += 1
            continue
        number = _write(work, month, stay, result, held[stay.person_id], places[stay.store_id], newest, before, because)
        counted["changed" if newest is not None else "new"] += 1
        written.append((stay, result))
        facts = {"month": month, "store": places[stay.store_id].name, **_came_to(result)}
        report_id = report_id_of(stay.person_id, stay.store_id, month)
        items.append(NewItem(MADE, stay.person_id, "notice", "score_report", report_id, facts, str(number)))
    session.flush()
    write_inserts(session, work.cache)  # what follows reads them
    _record(work, figures, written)
    if written:
        tell(work, ReportsWritten(tuple(sorted({stay.person_id for stay, _ in written}))))
    put_items(work, items)
    return counted


def _came_to(result: Result) -> dict[str, str]:
    """What somebody is told their month came to: the composite, or why there is none."""
    if result.total is not None:
        return {"score": plain(result.total)}
    return {f"score_{language}": say(language, f"score_report.why.{result.why}") for language in LANGUAGES}


def _is_said(before: ReportText, stay: Stay, result: Result) -> bool:
    """Whether a report says already what there is to say."""
    total = None if result.total is None else plain(result.total)
    scheme = result.scheme.code if result.scheme is not None else ""
    said = (before.composite, before.why, before.scheme, before.weights_from, before.from_day, before.to_day)
    days = (stay.from_day.isoformat(), stay.to_day.isoformat())
    return said == (total, result.why, scheme, result.weights_from, *days) and says_the_same(before.lines, result.lines)


def _write(
    work: Work, month: str, stay: Stay, result: Result, person: Person, store: Store, newest: _Newest | None,
    before: ReportText | None, because: RevisedBecause,
) -> int:  # fmt: skip
    """A report, or its next revision. Answers the revision's number."""
    number = newest.report.revision + 1 if newest is not None else 1
    report_id, scheme = report_id_of(person.id, store.id, month), result.scheme
    total = None if result.total is None else plain(result.total)
    text = ReportText(
        report_id=report_id, revision=number, previous=newest.revision.digest if newest is not None else None, month=month,
        from_day=stay.from_day.isoformat(), to_day=stay.to_day.isoformat(), person_number=person.number, person_name=person.name,
        store_number=store.number, store_name=store.name, scheme=scheme.code if scheme else "",
        scheme_zh=scheme.name_zh if scheme else "", scheme_en=scheme.name_en if scheme else "",
        weights_from=result.weights_from, composite=total, why=result.why, because=because if newest is not None else "",
        lines=result.lines,
    )  # fmt: skip
    raw = canonical_report(text)
    digest = digest_of(raw)
    changed: list[ReportDifference] = []
    if before is not None:
        changed = differences(before.lines, result.lines, (before.composite, total))
    values: dict[str, Any] = {
        "revision": number, "digest": digest, "scheme_id": scheme.id if scheme else None, "scheme_zh": text.scheme_zh,
        "scheme_en": text.scheme_en, "hundredths": None if result.total is None else int(result.total * HUNDREDTHS),
        "why": result.why, "known": sum(line.actual is not None for line in result.lines), "measured": len(result.lines),
        "made_at": work.now,
    }  # fmt: skip
    if newest is None:
        work.insert(ScoreReport, {"id": report_id, "person_id": person.id, "store_id": store.id, "month": month, **values})
    else:
        for name, value in values.items():
            setattr(newest.report, name, value)
        work.wrote = True
    revision = {
        "id": derived_id("score report revision", report_id, str(number)), "report_id": report_id, "person_id": person.id,
        "store_id": store.id, "revision": number, "previous": text.previous, "digest": digest, "code": code_of(digest),
        "because": text.because, "differences": plain_of(changed), "text": raw.decode(), "made_at": work.now,
    }  # fmt: skip
    work.insert(ScoreReportRevision, revision)
    return number


def _known(session: ScopedSession, month: str, people: Collection[str]) -> dict[tuple[str, str], _Newest]:
    asked = (
        sa.select(ScoreReport, ScoreReportRevision)
        .join(
            ScoreReportRevision,
            sa.and_(ScoreReportRevision.report_id == ScoreReport.id, ScoreReportRevision.revision == ScoreReport.revision),
        )
        .where(within(ScoreReport.person_id, sorted(people)), ScoreReport.month == month)
    )
    return {(row[0].person_id, row[0].store_id): _Newest(*row) for row in session.execute(asked)}


def _record(work: Work, figures: MonthFigures, written: Sequence[tuple[Stay, Result]]) -> None:
    """The composite, and what was scored by hand, as values of indicators: training effects and recommendations read those. Over
    the days at the store: who was at two has two values."""
    if not any(result.lines for _, result in written):
        return
    known = set(work.session.scalars(sa.select(Indicator.code)))
    if COMPOSITE not in known:
        define_indicator(
            work,
            DefineIndicator(
                indicator_id=derived_id("indicator", COMPOSITE), code=COMPOSITE, name_zh="综合绩效得分",
                name_en="Composite score", unit="", better="higher",
            ),
        )  # fmt: skip
    values: list[IndicatorValue] = []
    for stay, result in written:
        days = {"from_day": stay.from_day.isoformat(), "to_day": stay.to_day.isoformat()}
        whose = {"person_id": stay.person_id, "store_id": stay.store_id, **days}
        if result.total is not None:
            n = sum(line.actual is not None for line in result.lines)
            values.append(IndicatorValue(indicator=COMPOSITE, value=plain(result.total), n=n, **whose))
        for line in result.lines:
            marked = figures.marked.get((stay.person_id, stay.store_id, line.metric))
            if marked is not None and line.metric in known and figures.metrics[line.metric].source == "manager":
                values.append(IndicatorValue(indicator=line.metric, value=shown(marked.actual), n=marked.n, **whose))
    for start in range(0, len(values), MOST_VALUES):
        batch = derived_id("score values", work.act.op_id, str(start))
        record_values(work, RecordValues(batch_id=batch, values=values[start : start + MOST_VALUES], source=OF_CARDS))


def _tell_sides(work: Work, month: str) -> None:
    """Each store's managers and HR once a month, in one line each: so many reports are there."""
    counted = sa.select(ScoreReport.store_id, sa.func.count()).where(ScoreReport.month == month).group_by(ScoreReport.store_id)
    by_store = {row[0]: row[1] for row in work.session.execute(counted)}
    names = {row.id: row.name for row in work.session.execute(sa.select(Store.id, Store.name))}
    day = company_day(work.now)
    items = []
    for store_id, count in sorted(by_store.items()):
        about = derived_id("score reports", store_id, month)
        facts = {"month": month, "store_zh": names[store_id], "store_en": names[store_id], "count": count}
        for one in sorted(host_managers(work.session, store_id, day)):
            items.append(NewItem("score_reports", one, "notice", "score_report", about, facts))
    if by_store:
        about, told = derived_id("score reports", "", month), {one.receiver_id for one in items}
        facts = {"month": month, "store_zh": "全部门店", "store_en": "all stores", "count": sum(by_store.values())}
        hr = [one for one in holders_of(work.session, "hr", None, day) if one not in told]
        items += [NewItem("score_reports", one, "notice", "score_report", about, facts) for one in hr]
    put_items(work, items)
