"""Closing a month, and opening it again by two people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa

from contract.ids import derived_id, new_id
from contract.statements import AskReopen, CloseMonth, DecideReopen
from server.approvals.service import acting
from server.devices.model import Device
from server.inbox.service import close_items, put_item
from server.kernel.actors import Actor, Permission
from server.kernel.bulk import insert_many
from server.kernel.db import ScopedSession, table_of
from server.kernel.feed import mark
from server.kernel.http import Outpost
from server.kernel.jobs import ask_for, does
from server.kernel.perform import Work, handles, reading, writing
from server.kernel.problems import Problem
from server.kernel.witness import note_row
from server.org.model import COMPANY_ID, OrgUnit
from server.org.queries import company_day, unit_on
from server.people.queries import holders_of
from server.statements import month_queries
from server.statements.month_queries import days_of_month
from server.timesheets.closing_model import CLOSED_AMOUNTS, ClosedStretch, MonthClosing
from server.timesheets.marking import mark_stretch
from server.timesheets.model import ON_DEVICES, WorkDay

REOPEN, REOPENED = "reopen_asked", "reopened"
READ_ANEW = "read_days_anew"
DAYS_AT_ONCE = 3_000


@handles(CloseMonth, needs=Permission.CLOSE_MONTH)
def close_month(work: Work, op: CloseMonth) -> None:
    """The month's days of everybody in the unit are final, with what they come to now. What is open stops it, unless it is
    overridden; then it stays listed with the closing."""
    who = acting(work)
    unit_id = op.unit_id or COMPANY_ID
    _must_reach(work, unit_id)
    first, last = days_of_month(op.month)
    if last >= company_day(work.now):
        raise Problem("statements.month_not_over", field="month", month=op.month)
    if work.session.get(MonthClosing, op.closing_id) is not None:
        raise Problem("operation.already_exists", field="closing_id", id=op.closing_id)
    with work.with_system_reach() as session:
        _one_at_a_time(session, unit_id)
        past = session.scalars(
            sa.select(MonthClosing).where(MonthClosing.unit_id == unit_id, MonthClosing.month == op.month).with_for_update()
        ).all()
        if any(one.state != "reopened" for one in past):
            raise Problem("statements.month_already_closed", field="month", month=op.month)
        check = month_queries.check(session, op.month, unit_id, work.now)
        open_counts = {one.kind: one.count for one in check.found}
        if open_counts and not op.override:
            raise Problem("statements.month_not_ready", field="month", month=op.month, **open_counts)
        stretches = month_queries.stretches(session, unit_id, first, last)
    covers_all = unit_id == COMPANY_ID
    work.add(
        MonthClosing(
            id=op.closing_id, month=op.month, unit_id=unit_id, covers_all=covers_all, from_day=first, to_day=last,
            revision=len(past) + 1, state="closed", people=len({one.person_id for one in stretches}), found=open_counts,
            closed_by=who, closed_at=work.now, reason=op.reason,
        )
    )  # fmt: skip
    work.session.flush()
    rows = _rows(work, op.closing_id, unit_id, stretches, first, last)
    insert_many(work.session.connection(), table_of(ClosedStretch), rows)
    for row in rows:
        note_row(work.session, ClosedStretch, row["id"])
    _tell_phones(work, op.closing_id)


def _one_at_a_time(session: ScopedSession, unit_id: str) -> None:
    """Of two who close a unit's month at once the second finds the first one's closing, and hears so."""
    session.execute(sa.select(OrgUnit.id).where(OrgUnit.id == unit_id).with_for_update(key_share=True))


def _rows(
    work: Work, closing_id: str, unit_id: str, stretches: Iterable[month_queries.Belongs], first: date, last: date
) -> list[dict[str, Any]]:
    """What each stretch comes to now: one pass over the month's days."""
    spans: dict[str, list[month_queries.Belongs]] = defaultdict(list)
    for one in stretches:
        spans[str(one.person_id)].append(one)
    table = table_of(WorkDay)
    amounts = [table.c[name] for name in CLOSED_AMOUNTS]
    sums: dict[tuple[str, date], list[int]] = {
        (person, one.first): [0] * (len(amounts) + 1) for person, found in spans.items() for one in found
    }
    days = sa.select(table.c.person_id, table.c.day, *amounts).where(table.c.day >= first, table.c.day <= last)
    for row in work.session.connection().execute(days):
        for one in spans.get(row.person_id, ()):
            if one.first <= row.day <= one.last:
                mine = sums[row.person_id, one.first]
                mine[0] += 1
                for n, value in enumerate(row[2:], 1):
                    mine[n] += value
    return [
        {
            "id": derived_id("closed", closing_id, person, one.first.isoformat()), "closing_id": closing_id, "unit_id": unit_id,
            "person_id": person, "from_day": one.first, "to_day": one.last, "days": sums[person, one.first][0],
            **dict(zip(CLOSED_AMOUNTS, sums[person, one.first][1:], strict=True)),
        }
        for person, found in sorted(spans.items())
        for one in found
    ]  # fmt: skip


@handles(AskReopen, needs=Permission.CLOSE_MONTH)
def ask_reopen(work: Work, op: AskReopen) -> None:
    """One person wants it open again and says why. Nothing is open yet."""
    who = acting(work)
    closing = _closing(work, op.closing_id)
    if closing.state == "reopen_asked":
        raise Problem("statements.reopen_asked", id=op.closing_id)
    if closing.state != "closed":
        raise Problem("statements.closing_over", id=op.closing_id)
    closing.state, closing.asked_by, closing.asked_at, closing.asked_reason = "reopen_asked", who, work.now, op.reason
    closing.decided_by = closing.decided_at = closing.decided_reason = None
    work.session.flush()
    for receiver in _closers(work, closing.unit_id):
        if receiver != who:
            put_item(
                work, trigger=REOPEN, receiver_id=receiver, kind="to_do", about="closing", about_id=closing.id,
                facts=_facts(work, closing) | {"reason": op.reason}, key=work.act.op_id,
            )  # fmt: skip


@handles(DecideReopen, needs=Permission.CLOSE_MONTH)
def decide_reopen(work: Work, op: DecideReopen) -> None:
    """Another person agrees, and the days are computed anew; or does not, and it stays closed."""
    who = acting(work)
    closing = _closing(work, op.closing_id)
    if closing.state == "reopened":
        raise Problem("statements.closing_over", id=op.closing_id)
    if closing.state != "reopen_asked" or closing.asked_by is None:
        raise Problem("statements.reopen_not_asked", id=op.closing_id)
    if who == closing.asked_by:
        raise Problem("statements.second_person", id=op.closing_id)
    asked_by = closing.asked_by
    if op.agreed:
        closing.state, closing.decided_by = "reopened", who
        closing.decided_at, closing.decided_reason = work.now, op.reason
    else:  # as before; who asked and who said no stay in the record's history
        closing.state, closing.asked_by, closing.asked_at, closing.asked_reason = "closed", None, None, None
    work.session.flush()
    close_items(work, closing.id, triggers=[REOPEN])
    put_item(
        work, trigger=REOPENED, receiver_id=asked_by, kind="notice", about="closing", about_id=closing.id,
        facts=_facts(work, closing) | {"reason": op.reason, "agreed": op.agreed}, key=work.act.op_id,
    )  # fmt: skip
    if op.agreed:
        _compute_anew(work, closing)
        _tell_phones(work, closing.id)


def _tell_phones(work: Work, closing_id: str) -> None:
    """Phones read the days anew, which are closed or open now: soon, and not in this transaction."""
    with work.with_system_reach() as everything:
        wide = Work(everything, Actor.system(), work.now, work.act, work.secret)
        ask_for(wide, READ_ANEW, key=f"{closing_id}@{work.act.op_id}", facts={"closing": closing_id})


@does(READ_ANEW)
def read_days_anew(server: Outpost, facts: dict[str, Any]) -> None:
    """So that a phone says which of its days are final. Some people to a transaction; done twice it changes nothing."""
    now = server.clock()
    with reading(server.db, Actor.system()) as session:
        closing = session.get(MonthClosing, facts["closing"])
        if closing is None:
            return
        first = max(closing.from_day, now.date() - ON_DEVICES)
        asked = sa.select(WorkDay.person_id, WorkDay.id).where(
            WorkDay.day >= first, WorkDay.day <= closing.to_day,
            WorkDay.person_id.in_(sa.select(Device.person_id).where(Device.kind == "phone", Device.revoked_at.is_(None))),
        )  # fmt: skip
        if not closing.covers_all:
            named = sa.select(ClosedStretch.person_id).where(ClosedStretch.closing_id == closing.id)
            asked = asked.where(WorkDay.person_id.in_(named))
        days = session.execute(asked.order_by(WorkDay.person_id)).all()
    for start in range(0, len(days), DAYS_AT_ONCE):
        with writing(server.db, Actor.system(), op_id=new_id(), now=now) as session:
            for person_id, day_id in days[start : start + DAYS_AT_ONCE]:
                mark(session, f"private:{person_id}", "day", day_id)


def _compute_anew(work: Work, closing: MonthClosing) -> None:
    """Late facts count from now on: the worker looks at the days again."""
    with work.with_system_reach() as session:
        people = session.scalars(sa.select(ClosedStretch.person_id).where(ClosedStretch.closing_id == closing.id))
        named = None if closing.covers_all else frozenset(people)
        mark_stretch(session, named, closing.from_day, closing.to_day)
        month_queries.mark_late(session, named, closing.from_day, closing.to_day)


def _closing(work: Work, closing_id: str) -> MonthClosing:
    found = work.session.get(MonthClosing, closing_id, with_for_update=True)
    if found is None:
        raise Problem("statements.closing_unknown", id=closing_id)
    _must_reach(work, found.unit_id)
    return found


def _must_reach(work: Work, unit_id: str) -> None:
    """The right has to count over this unit."""
    if unit_on(work.session, unit_id, company_day(work.now)) is None:
        raise Problem("org.unit_unknown", field="unit_id", id=unit_id)
    actor = work.actor
    if not actor.has_everywhere(Permission.CLOSE_MONTH) and unit_id not in actor.stores_for(Permission.CLOSE_MONTH):
        raise Problem("access.out_of_scope", kind="month_closing")


def _closers(work: Work, unit_id: str) -> list[str]:
    return holders_of(work.session, "hr", unit_id, company_day(work.now))


def _facts(work: Work, closing: MonthClosing) -> dict[str, Any]:
    unit = unit_on(work.session, closing.unit_id, company_day(work.now))
    return {"month": closing.month, "unit": unit.name if unit is not None else ""}
