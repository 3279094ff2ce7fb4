"""Questions about statements: as people and devices read them, what a revision changed, what a stranger's code means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.moments import to_ms
from contract.statement_seal import read_code
from contract.statements import (
    ConfirmationRow,
    DisputeRow,
    StatementDetail,
    StatementRow,
    StatementsPage,
    StatementsQuery,
    StatementText,
    VerifyAnswer,
)
from server.kernel.db import ScopedSession, table_of
from server.kernel.paging import page_of
from server.kernel.scope import whole
from server.org.queries import at_home_below, company_day, is_below
from server.people.model import Person
from server.statements import rules
from server.statements.model import (
    Statement,
    StatementConfirmation,
    StatementDeadline,
    StatementDispute,
    StatementRevision,
)
from server.timesheets.closings import is_any_closed

REMIND_DAYS, DUE_DAYS = 3, 7  # until the company says otherwise
_statement, _revision = table_of(Statement), table_of(StatementRevision)
_confirmation, _dispute = table_of(StatementConfirmation), table_of(StatementDispute)
_person, _deadline = table_of(Person), table_of(StatementDeadline)
_read = msgspec.json.Decoder(StatementText).decode


def rows_of(connection: sa.Connection, revision_ids: Sequence[str]) -> dict[str, StatementRow]:
    """Revisions by id, as everybody who may see them reads them. Who may is asked before."""
    asked = (
        sa.select(
            _revision, _statement.c.week, _statement.c.from_day, _statement.c.to_day, _statement.c.state,
            _statement.c.revision.label("newest"),
        )
        .join(_statement, _statement.c.id == _revision.c.statement_id)
        .where(_revision.c.id.in_(sa.bindparam("ids", expanding=True)))
    )  # fmt: skip
    found = connection.execute(asked, {"ids": list(revision_ids)}).all()
    weeks = {"ids": sorted({row.statement_id for row in found})}
    confirmed, disputed = _confirmed(connection, weeks), _disputed(connection, weeks)
    deadlines = connection.execute(sa.select(_deadline.c.from_day, _deadline.c.due_days).order_by(_deadline.c.from_day)).all()
    return {
        row.id: StatementRow(
            id=row.id, statement_id=row.statement_id, person_id=row.person_id, store_id=row.store_id, week=row.week,
            from_day=row.from_day.isoformat(), to_day=row.to_day.isoformat(), revision=row.revision, digest=row.digest,
            code=row.code, state=row.state if row.revision == row.newest else "superseded",
            text=_read(row.text) if row.text is not None else None, confirmed=confirmed[row.statement_id, row.revision],
            disputes=disputed[row.statement_id, row.revision], made_ms=to_ms(row.made_at),
            due_day=_due(row.to_day, deadlines).isoformat(),
        )
        for row in found
    }  # fmt: skip


def _due(last: date, deadlines: Sequence[Any]) -> date:
    days = [row.due_days for row in deadlines if row.from_day <= last]
    return last + timedelta(days=days[-1] if days else DUE_DAYS)


def _confirmed(connection: sa.Connection, weeks: dict[str, Any]) -> dict[tuple[str, int], list[ConfirmationRow]]:
    asked = (
        sa.select(_confirmation, _person.c.name)
        .join(_person, _person.c.id == _confirmation.c.confirmed_by)
        .where(_confirmation.c.statement_id.in_(sa.bindparam("ids", expanding=True)))
        .order_by(_confirmation.c.confirmed_at, _confirmation.c.side)
    )
    found: dict[tuple[str, int], list[ConfirmationRow]] = defaultdict(list)
    for row in connection.execute(asked, weeks):
        found[row.statement_id, row.revision].append(
            ConfirmationRow(
                side=row.side, person_id=row.confirmed_by, name=row.name, confirmed_ms=to_ms(row.confirmed_at), op_id=row.op_id,
                way=row.way,
            )
        )  # fmt: skip
    return found


def _disputed(connection: sa.Connection, weeks: dict[str, Any]) -> dict[tuple[str, int], list[DisputeRow]]:
    asked = sa.select(_dispute).where(_dispute.c.statement_id.in_(sa.bindparam("ids", expanding=True)))
    found: dict[tuple[str, int], list[DisputeRow]] = defaultdict(list)
    for row in connection.execute(asked.order_by(_dispute.c.made_at, _dispute.c.id), weeks):
        found[row.statement_id, row.revision].append(
            DisputeRow(
                id=row.id, statement_id=row.statement_id, revision=row.revision, side=row.side,
                day=row.day.isoformat() if row.day is not None else None, reason=row.reason, made_ms=to_ms(row.made_at),
                outcome=row.outcome, settled_reason=row.settled_reason,
                settled_ms=to_ms(row.settled_at) if row.settled_at is not None else None,
            )
        )  # fmt: skip
    return found


def statements_page(session: ScopedSession, asked: StatementsQuery) -> StatementsPage:
    """Weeks within reach with their newest revision, the latest week first."""
    found = sa.select(Statement.week, Statement.id, StatementRevision.id.label("revision_id")).join(
        StatementRevision,
        sa.and_(StatementRevision.statement_id == Statement.id, StatementRevision.revision == Statement.revision),
    )
    if asked.person_id is not None:
        found = found.where(Statement.person_id == asked.person_id)
    if asked.store_id is not None:
        found = found.where(Statement.store_id == asked.store_id)
    if asked.unit_id is not None:
        at_home = Statement.person_id.in_(at_home_below(session, asked.unit_id))
        found = found.where(sa.or_(is_below(session, Statement.store_id, asked.unit_id), at_home))
    if asked.week is not None:
        found = found.where(Statement.week == asked.week)
    if asked.state == "superseded":  # weeks that were said anew
        found = found.where(Statement.revision > 1)
    elif asked.state is not None:
        found = found.where(Statement.state == asked.state)
    rows, following = page_of(
        session, found, [Statement.week, Statement.id], limit=asked.limit, cursor=asked.cursor, descending=True
    )
    return StatementsPage(items=_shown(session, [row.revision_id for row in rows]), next_cursor=following)


def _shown(session: ScopedSession, revision_ids: list[str]) -> list[StatementRow]:
    """These revisions in this order, with what time and closings make of them."""
    known = rows_of(session.connection(), revision_ids)
    rows = [known[one] for one in revision_ids]
    now = session.info["actor"].now
    today = company_day(now).isoformat() if now is not None else ""
    closed = is_any_closed(session, {(row.person_id, date.fromisoformat(row.to_day)) for row in rows})
    return [
        msgspec.structs.replace(
            row,
            overdue=bool(today and row.due_day is not None and row.due_day < today and row.state == "open"),
            closed=(row.person_id, date.fromisoformat(row.to_day)) in closed,
        )
        for row in rows
    ]


def detail(session: ScopedSession, statement_id: str) -> StatementDetail | None:
    """All revisions of a week, the newest first, with what each changed; None where it is out of reach."""
    if session.get(Statement, statement_id) is None:
        return None
    asked = sa.select(StatementRevision.id).where(StatementRevision.statement_id == statement_id)
    rows = _shown(session, list(session.scalars(asked.order_by(StatementRevision.revision.desc()))))
    changed = [
        rules.differences(before.text, after.text) if before.text is not None and after.text is not None else []
        for after, before in pairwise(rows)
    ]
    return StatementDetail(revisions=rows, differences=[*changed, []])


def revision(session: ScopedSession, statement_id: str, number: int | None = None) -> StatementRow | None:
    """One revision, the newest by default; None where it is out of reach."""
    found = detail(session, statement_id)
    if found is None:
        return None
    return next((row for row in found.revisions if number in (None, row.revision)), None)


def deadlines_on(session: ScopedSession, day: date) -> tuple[int, int]:
    """After how many days somebody is reminded, and after how many a week is overdue."""
    asked = sa.select(StatementDeadline.remind_days, StatementDeadline.due_days).where(StatementDeadline.from_day <= day)
    found = session.execute(asked.order_by(StatementDeadline.from_day.desc()).limit(1)).one_or_none()
    return (found.remind_days, found.due_days) if found is not None else (REMIND_DAYS, DUE_DAYS)


def verify(session: ScopedSession, typed: str) -> VerifyAnswer:
    """What the server says to somebody who holds a paper: nobody is signed in, so no name and no day leaves the house."""
    code = read_code(typed)
    if code is None:
        return VerifyAnswer(code=typed[:20], state="unknown")
    with whole(session) as everything:
        found = everything.execute(
            sa.select(StatementRevision, Statement)
            .join(Statement, Statement.id == StatementRevision.statement_id)
            .where(StatementRevision.code == code)
            .limit(1)
        ).one_or_none()
        if found is None:
            return VerifyAnswer(code=code, state="unknown")
        row = rows_of(everything.connection(), [found[0].id])[found[0].id]
        newest: int = found[1].revision
    text = row.text
    if text is None:
        return VerifyAnswer(
            code=code, state="genuine" if row.revision == newest else "superseded", revision=row.revision, newest=newest,
            week=row.week, from_day=row.from_day, to_day=row.to_day, confirmed=[one.side for one in row.confirmed], erased=True,
        )  # fmt: skip
    return VerifyAnswer(
        code=code, state="genuine" if row.revision == newest else "superseded", revision=row.revision, newest=newest,
        person=rules.masked(text.person_name), store=text.store_name, week=row.week, from_day=row.from_day, to_day=row.to_day,
        worked_min=text.worked_min, regular_min=text.regular_min,
        overtime_min=text.overtime_normal_min + text.overtime_weekend_min + text.overtime_holiday_min,
        leave_min=text.leave_min, confirmed=[one.side for one in row.confirmed],
        disputed=any(one.outcome is None for one in row.disputes),
    )  # fmt: skip


def revision_with(session: ScopedSession, code: str) -> StatementRow | None:
    """The revision with this code, as far as the reader may see it."""
    found = session.scalars(sa.select(StatementRevision.id).where(StatementRevision.code == code).limit(1)).first()
    return rows_of(session.connection(), [found])[found] if found is not None else None


def raw_of(session: ScopedSession, revision_id: str) -> str:
    """The bytes that were signed, as text; empty once they were erased."""
    return session.get_one(StatementRevision, revision_id).text or ""


def weeks(session: ScopedSession) -> list[str]:
    """The weeks within reach that have statements, the latest first, of the last year."""
    return list(session.scalars(sa.select(Statement.week).distinct().order_by(Statement.week.desc()).limit(53)))
