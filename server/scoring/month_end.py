"""The month's end: in the night after its last day figures are collected and reports made, and looked at again every day until
the month is closed. A second look makes no second report."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from contract.growth import RecordValues
from contract.ids import derived_id, new_id
from contract.score_reports import MakeScoreReports, NoteScoreRun, RunKind, RunScoreMonth
from contract.wire import Wire
from server.growth.model import Indicator
from server.kernel.actors import Actor, Permission
from server.kernel.http import Outpost
from server.kernel.jobs import ask_for, does
from server.kernel.perform import Outcome, Work, handles, perform, reading
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.scoring.automatic import AUTOMATIC, SOURCES, Automatic, values_of
from server.scoring.card_model import MANAGE, ScorePeriod
from server.scoring.card_rules import default_close, end_of, month_of
from server.scoring.figures import stays_in
from server.scoring.periods import closes_at
from server.scoring.report_model import ScoreRun

log = structlog.get_logger()
EVERY = timedelta(hours=1)
TOGETHER = 250  # people in one transaction: nobody's punch waits long
MOST_VALUES = 4_000
Counted = dict[str, int]
RUN = "score_month"


@does("score_reports", every=lambda server: EVERY)
def turn(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that the first morning of a month finds the last one reckoned, without anybody's typing. Once a day for each month."""
    for month in due_months(server):
        run_month(server, month)


@handles(RunScoreMonth, needs=MANAGE)
def ask_to_run(work: Work, op: RunScoreMonth) -> None:
    """The month is looked at soon, as in the night. Jobs are the system's own; that this one exists follows from being asked."""
    if work.device is not None or not work.actor.has_everywhere(MANAGE):
        raise Problem("access.not_allowed", needs=Permission.MANAGE_SCORING.value)
    if month_of(company_day(work.now)) <= op.month:
        raise Problem("scoring.month_not_over", field="month", month=op.month)
    if work.now >= closes_at(work.session, op.month):
        raise Problem("scoring.month_closed", field="month", month=op.month)
    with work.with_system_reach() as everything:
        wide = Work(everything, Actor.system(), work.now, work.act, work.secret)
        ask_for(wide, RUN, key=f"{op.month}@{work.act.op_id}", facts={"month": op.month})


@does(RUN)
def run_asked(server: Outpost, facts: dict[str, Any]) -> None:
    """A month that somebody asked for. Closed in between: nothing is left to make."""
    month = str(facts["month"])
    with reading(server.db, Actor.system()) as session:
        is_open = server.clock() < closes_at(session, month)
    if is_open:
        run_month(server, month)


def month_before(day: date) -> str:
    """The month before that of a day."""
    return month_of(day.replace(day=1) - timedelta(days=1))


def due_months(server: Outpost) -> list[str]:
    """Months that are over and still open, and were not looked at today."""
    now = server.clock()
    today = company_day(now)
    with reading(server.db, Actor.system()) as session:
        set_by_hand = {row.month: row.closes_at for row in session.scalars(sa.select(ScorePeriod))}
        last = month_before(today)
        closes = {last: end_of(default_close(last))} | set_by_hand
        open_now = sorted(month for month, at in closes.items() if month < month_of(today) and now < at)
        asked = sa.select(ScoreRun.month, sa.func.max(ScoreRun.ran_at)).where(ScoreRun.kind == "reports")
        seen = {row[0]: company_day(row[1]) for row in session.execute(asked.group_by(ScoreRun.month))}
    return [month for month in open_now if seen.get(month) != today]


def run_month(server: Outpost, month: str) -> dict[RunKind, Counted]:
    """Collect the figures of a month and make or revise its reports. Answers how many were new, changed, the same, by source."""
    found: dict[RunKind, Counted] = {}
    for source in SOURCES:
        found[source] = _none()
        for one in AUTOMATIC:
            if one.source == source:
                _add(found[source], record(server, one, month))
    with reading(server.db, Actor.system()) as session:
        people = sorted({stay.person_id for stay in stays_in(session, month)})
    found["reports"] = _none()
    parts = [people[start : start + TOGETHER] for start in range(0, len(people), TOGETHER)]
    for number, part in enumerate(parts):
        made = _do(server, MakeScoreReports(month=month, people=part, last=number == len(parts) - 1))
        _add(found["reports"], made.answer or {})
    for kind, counted in found.items():
        _do(server, NoteScoreRun(run_id=new_id(), month=month, kind=kind, **counted))
    log.info("a month was reckoned", month=month, **found["reports"])
    return found


def record(server: Outpost, one: Automatic, month: str) -> Counted:
    """Write a month's values of an automatic figure; what is there and the same stays untouched."""
    with reading(server.db, Actor.system()) as session:
        values = values_of(session, one, month)
        there = session.scalars(sa.select(Indicator.id).where(Indicator.code == one.code)).first()
    counted = _none()
    if values and there is None:
        _do(server, one.indicator())
    for start in range(0, len(values), MOST_VALUES):
        part = values[start : start + MOST_VALUES]
        said = RecordValues(batch_id=derived_id("automatic", new_id()), values=part, source=one.source)
        _add(counted, _do(server, said).answer or {})
    return counted


def _none() -> Counted:
    return {"new": 0, "changed": 0, "same": 0}


def _add(counted: Counted, more: dict[str, Any]) -> None:
    for name in counted:
        counted[name] += more.get(name, 0)


def _do(server: Outpost, said: Wire) -> Outcome:
    done = perform(server.db, Actor.system(), said, op_id=new_id(), now=server.clock(), secret=server.settings.secret)
    if done.status != "applied":
        raise RuntimeError(f"{type(said).__name__} was refused: {done.code} {done.facts}")
    return done
