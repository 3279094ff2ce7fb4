"""Questions about months: whose days a unit closes, what is still open in them, what was closed and what came after.

Whose days: a business date belongs to the store somebody is posted to; where they are posted nowhere, to their home. The company
closes everybody's. What decides is asked of the whole tables; what is shown stays within the reader's reach by the closing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from contract.moments import to_ms
from contract.statements import (
    ClosingDetail,
    ClosingRow,
    Closings,
    Finding,
    FindingKind,
    LateChangeRow,
    LateReason,
    MonthCheck,
    PersonDifference,
)
from server.attendance.correction_model import PunchCorrection
from server.attendance.model import Punch
from server.kernel.db import ScopedSession
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.org.model import COMPANY_ID, HomeStay
from server.org.queries import company_day, unit_on, units_below
from server.people.model import Person
from server.postings.model import Posting
from server.statements import rules
from server.statements.model import Statement
from server.timesheets.closing_model import CLOSED_AMOUNTS, ClosedStretch, MonthClosing
from server.timesheets.marking import mark_days
from server.timesheets.model import DirtyDay, LateChange, WorkDay
from server.timesheets.queries import read_body

NAMED, LISTED = 5, 50
_REASONS: tuple[LateReason, ...] = ("leave", "punch", "correction")
days_of_month = rules.days_of_month


class Belongs(NamedTuple):
    """Days of a person, both included, that a unit closes."""

    person_id: str
    first: date
    last: date


def stretches(session: ScopedSession, unit_id: str, first: date, last: date) -> list[Belongs]:
    """Whose days from `first` to `last` belong to a unit and all below it."""
    with whole(session) as everything:
        posted = everything.execute(
            sa.select(Posting.person_id, Posting.store_id, Posting.starts_on, Posting.ends_on).where(
                Posting.starts_on <= last, sa.or_(Posting.ends_on.is_(None), Posting.ends_on > first)
            )
        ).all()
        homes = everything.execute(
            sa.select(HomeStay.person_id, HomeStay.unit_id, HomeStay.from_day, HomeStay.until).where(
                HomeStay.from_day <= last, sa.or_(HomeStay.until.is_(None), HomeStay.until > first)
            )
        ).all()
        worked = everything.scalars(sa.select(WorkDay.person_id).where(WorkDay.day >= first, WorkDay.day <= last).distinct())
        if unit_id == COMPANY_ID:
            everybody = {row.person_id for row in posted} | {row.person_id for row in homes} | set(worked)
            return [Belongs(person, first, last) for person in sorted(everybody)]
    below = units_below(session, unit_id, last) | units_below(session, unit_id, first)
    found: list[Belongs] = []
    away: dict[str, list[rules.Stretch]] = defaultdict(list)
    for row in posted:
        stretch = _within(row.starts_on, row.ends_on, first, last)
        away[row.person_id].append(stretch)
        if row.store_id in below:
            found.append(Belongs(row.person_id, *stretch))
    for row in homes:
        if row.unit_id in below:
            at_home = _within(row.from_day, row.until, first, last)
            found += [Belongs(row.person_id, *left) for left in rules.without(at_home, away[row.person_id])]
    return sorted(found)


def _within(starts: date, until: date | None, first: date, last: date) -> rules.Stretch:
    return max(starts, first), last if until is None else min(until - timedelta(days=1), last)


def check(session: ScopedSession, month: str, unit_id: str, now: datetime) -> MonthCheck:
    """What is still open in a unit's month."""
    first, last = days_of_month(month)
    today = company_day(now)
    unit = unit_on(session, unit_id, today)
    if unit is None:
        raise Problem("org.unit_unknown", field="unit_id", id=unit_id)
    spans: dict[str, list[rules.Stretch]] = defaultdict(list)
    for one in stretches(session, unit_id, first, last):
        spans[one.person_id].append((one.first, one.last))
    with whole(session) as everything:
        found = [
            _finding(kind, rows, spans)
            for kind, rows in (
                ("reviews", _reviews(everything, first, last)),
                ("disputes", _weeks(everything, first, last, disputed=True)),
                ("unknown", _unknown(everything, first, last)),
                ("unconfirmed", _weeks(everything, first, last, disputed=False)),
                ("uncomputed", _uncomputed(everything, first, last, now)),
            )
        ]
        shown = sorted({person for one in found for person in one.names})
        names = _names(everything, shown)
    return MonthCheck(
        month=month, unit_id=unit_id, unit=unit.name, is_over=last < today, people=len(spans),
        found=[
            msgspec.structs.replace(one, names=list(dict.fromkeys(names[person] for person in one.names)))
            for one in found
            if one.count
        ],
    )  # fmt: skip


Rows = Iterable[Any]  # (id, person, from day, to day)


def _reviews(session: ScopedSession, first: date, last: date) -> Rows:
    return session.execute(
        sa.select(Punch.id, Punch.person_id, Punch.business_date, Punch.business_date.label("until")).where(
            Punch.state == "counted", Punch.verdict != "green", Punch.business_date >= first, Punch.business_date <= last
        )
    )


def _unknown(session: ScopedSession, first: date, last: date) -> Rows:
    return session.execute(
        sa.select(WorkDay.id, WorkDay.person_id, WorkDay.day, WorkDay.day.label("until")).where(
            WorkDay.state == "unknown", WorkDay.day >= first, WorkDay.day <= last
        )
    )


def _weeks(session: ScopedSession, first: date, last: date, *, disputed: bool) -> Rows:
    """Weeks that end in the month: one that runs on is the next month's. Disputes count where their week touches it."""
    asked = sa.select(Statement.id, Statement.person_id, Statement.from_day, Statement.to_day)
    if disputed:
        return session.execute(asked.where(Statement.state == "disputed", Statement.from_day <= last, Statement.to_day >= first))
    return session.execute(asked.where(Statement.state == "open", Statement.to_day >= first, Statement.to_day <= last))


def _uncomputed(session: ScopedSession, first: date, last: date, now: datetime) -> Rows:
    return session.execute(
        sa.select(DirtyDay.id, DirtyDay.person_id, DirtyDay.day, DirtyDay.day.label("until")).where(
            DirtyDay.due_at <= now, DirtyDay.day >= first, DirtyDay.day <= last
        )
    )


def _finding(kind: str, rows: Rows, spans: dict[str, list[rules.Stretch]]) -> Finding:
    mine = [
        (str(row[0]), row[1]) for row in rows if any(first <= row[3] and row[2] <= last for first, last in spans.get(row[1], ()))
    ]
    name: FindingKind = kind  # type: ignore[assignment]
    return Finding(
        kind=name, count=len(mine), ids=[row_id for row_id, _ in mine[:LISTED]], names=[person for _, person in mine[:NAMED]]
    )


def _names(session: ScopedSession, people: Iterable[str]) -> dict[str, str]:
    asked = sa.select(Person.id, Person.name).where(Person.id.in_(sorted(people)))
    return {row.id: row.name for row in session.execute(asked)}


def closings(session: ScopedSession) -> Closings:
    """Closed months within reach, the latest first."""
    rows = session.scalars(
        sa.select(MonthClosing).order_by(MonthClosing.month.desc(), MonthClosing.closed_at.desc(), MonthClosing.id)
    ).all()
    return Closings(items=_closing_rows(session, rows))


def _closing_rows(session: ScopedSession, rows: Sequence[MonthClosing]) -> list[ClosingRow]:
    people = {who for row in rows for who in (row.closed_by, row.asked_by, row.decided_by) if who is not None}
    today = company_day(session.info["actor"].now) if session.info["actor"].now is not None else date.max
    with whole(session) as everything:
        names = _names(everything, people)
        units = {row.unit_id: unit_on(everything, row.unit_id, min(today, row.to_day)) for row in rows}
        late = {row.id: len(_late_of(everything, row)) for row in rows if row.state != "reopened"}
    return [
        ClosingRow(
            id=row.id, month=row.month, unit_id=row.unit_id, unit=getattr(units[row.unit_id], "name", ""),
            state=row.state,  # type: ignore[arg-type]
            revision=row.revision, people=row.people, closed_by=names.get(row.closed_by), closed_ms=to_ms(row.closed_at),
            reason=row.reason, asked_by=names.get(row.asked_by or ""), asked_reason=row.asked_reason,
            decided_by=names.get(row.decided_by or ""), decided_reason=row.decided_reason, found=row.found,
            late_changes=late.get(row.id, 0),
        )
        for row in rows
    ]  # fmt: skip


def closing_detail(session: ScopedSession, closing_id: str) -> ClosingDetail | None:
    """A closing with what changed since the one before and what came after it; None where it is out of reach."""
    closing = session.get(MonthClosing, closing_id)
    if closing is None:
        return None
    (row,) = _closing_rows(session, [closing])
    with whole(session) as everything:
        return ClosingDetail(
            closing=row,
            differences=_differences(everything, closing),
            late=_late_rows(everything, closing),
        )


def _differences(session: ScopedSession, closing: MonthClosing) -> list[PersonDifference]:
    before = session.scalars(
        sa.select(MonthClosing.id).where(
            MonthClosing.unit_id == closing.unit_id, MonthClosing.month == closing.month,
            MonthClosing.revision == closing.revision - 1,
        )
    ).one_or_none()  # fmt: skip
    if before is None:
        return []
    was, now = _sums(session, before), _sums(session, closing.id)
    people = sorted(was.keys() | now.keys())
    cards = {card.id: card for card in session.scalars(sa.select(Person).where(Person.id.in_(people)))}
    nothing = (0,) * len(CLOSED_AMOUNTS)
    return [
        PersonDifference(
            person_id=person, number=cards[person].number, name=cards[person].name, field=field, before=old, after=new
        )
        for person in sorted(people, key=lambda one: cards[one].number)
        for field, old, new in zip(CLOSED_AMOUNTS, was.get(person, nothing), now.get(person, nothing), strict=True)
        if old != new
    ]


def _sums(session: ScopedSession, closing_id: str) -> dict[str, tuple[int, ...]]:
    amounts = [sa.func.sum(getattr(ClosedStretch, name)) for name in CLOSED_AMOUNTS]
    asked = sa.select(ClosedStretch.person_id, *amounts).where(ClosedStretch.closing_id == closing_id)
    return {row[0]: tuple(int(value) for value in row[1:]) for row in session.execute(asked.group_by(ClosedStretch.person_id))}


def _late_of(session: ScopedSession, closing: MonthClosing) -> list[tuple[LateChange, Person]]:
    asked = (
        sa.select(LateChange, Person)
        .join(Person, Person.id == LateChange.person_id)
        .where(LateChange.day >= closing.from_day, LateChange.day <= closing.to_day)
        .order_by(LateChange.day, Person.number)
    )
    if not closing.covers_all:
        covered = sa.select(ClosedStretch.id).where(
            ClosedStretch.closing_id == closing.id, ClosedStretch.person_id == LateChange.person_id,
            ClosedStretch.from_day <= LateChange.day, ClosedStretch.to_day >= LateChange.day,
        )  # fmt: skip
        asked = asked.where(covered.exists())
    return list(session.execute(asked))


def _late_rows(session: ScopedSession, closing: MonthClosing) -> list[LateChangeRow]:
    found = _late_of(session, closing)
    people = sorted({row.person_id for row, _ in found})
    days = sa.select(WorkDay.person_id, WorkDay.day, WorkDay.leave_min).where(
        WorkDay.person_id.in_(people), WorkDay.day >= closing.from_day, WorkDay.day <= closing.to_day
    )
    leave = {(row.person_id, row.day): row.leave_min for row in session.execute(days)}
    reasons = _came_later(session, closing, people)
    rows = []
    for row, person in found:
        before, after = leave.get((row.person_id, row.day), 0), read_body(row.body).leave_min
        because = set(reasons[row.person_id, row.day]) | ({"leave"} if before != after else set())
        rows.append(
            LateChangeRow(
                person_id=row.person_id, number=person.number, name=person.name, day=row.day.isoformat(),
                found_ms=to_ms(row.found_at), worked_before=row.worked_before, worked_after=row.worked_after,
                leave_before=before, leave_after=after,
                because=[one for one in _REASONS if one in because] or ["other"],
            )
        )  # fmt: skip
    return rows


def _came_later(session: ScopedSession, closing: MonthClosing, people: Sequence[str]) -> dict[tuple[str, date], set[LateReason]]:
    """Which facts about these people's days reached the server after the month was closed."""
    found: dict[tuple[str, date], set[LateReason]] = defaultdict(set)
    punches = sa.select(Punch.person_id, Punch.business_date).where(
        Punch.person_id.in_(people), Punch.received_at > closing.closed_at,
        Punch.business_date >= closing.from_day, Punch.business_date <= closing.to_day,
    )  # fmt: skip
    for row in session.execute(punches):
        found[row.person_id, row.business_date].add("punch")
    corrections = sa.select(PunchCorrection.person_id, PunchCorrection.business_date).where(
        PunchCorrection.person_id.in_(people), PunchCorrection.made_at > closing.closed_at,
        PunchCorrection.business_date >= closing.from_day, PunchCorrection.business_date <= closing.to_day,
    )  # fmt: skip
    for row in session.execute(corrections):
        found[row.person_id, row.business_date].add("correction")
    return found


def closings_over(session: ScopedSession, person_id: str, first: date, last: date) -> list[MonthClosing]:
    """The standing closings that cover a day of this person from `first` to `last`, the earliest month first."""
    covered = sa.select(ClosedStretch.id).where(
        ClosedStretch.closing_id == MonthClosing.id, ClosedStretch.person_id == person_id, ClosedStretch.from_day <= last,
        ClosedStretch.to_day >= first,
    )  # fmt: skip
    asked = sa.select(MonthClosing).where(
        MonthClosing.state != "reopened", MonthClosing.from_day <= last, MonthClosing.to_day >= first,
        sa.or_(MonthClosing.covers_all, covered.exists()),
    )  # fmt: skip
    return list(session.scalars(asked.order_by(MonthClosing.month, MonthClosing.closed_at)))


def mark_late(session: ScopedSession, people: frozenset[str] | None, first: date, last: date) -> None:
    """Days that facts which came too late would make, also where nothing stood before, are to be computed."""
    asked = sa.select(LateChange.person_id, LateChange.day).where(LateChange.day >= first, LateChange.day <= last)
    found = [(row.person_id, row.day) for row in session.execute(asked) if people is None or row.person_id in people]
    mark_days(session.connection(), found)
