"""What partners are billed: from signed statements only, each revision once, as the difference against what was billed before.

A revision counts on the company's day on which the server had its third confirmation (`received_at`): a word that a silent device
brings later can thus not change a period that is over. Only the newest revision can be confirmed, so signed revisions follow each
other in time, and the differences of periods that follow each other add up to the newest signed revision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.hours import DaysQuery
from contract.invoices import Invoice, InvoiceAmounts, InvoiceLine, InvoiceQuery, PartnerSum, WaitingLine
from contract.statements import StatementText
from server.kernel.db import ScopedSession
from server.org.queries import company_day, is_below
from server.statements.making import text_of
from server.statements.model import Statement, StatementConfirmation, StatementDispute, StatementRevision, at_stores_of
from server.statements.rules import SIDES
from server.stores.model import Store
from server.timesheets.queries import asked_days

AMOUNTS = tuple(InvoiceAmounts.__struct_fields__)
_PART = 500
_EDGE = timedelta(days=2)  # a day of the company lies within these of the same day in UTC
Number = tuple[str, int]  # a statement and the number of a revision


class Signing(NamedTuple):
    """Who said yes to a revision, and on which day of the company the last of them was heard."""

    sides: frozenset[str]
    day: date

    @property
    def is_whole(self) -> bool:
        return self.sides >= set(SIDES)


def invoice(session: ScopedSession, asked: InvoiceQuery) -> Invoice:
    """The bill of a period within reach, and what waits. Raises Problem for more than 62 days."""
    from_day, to_day = asked_days(DaysQuery(from_day=asked.from_day, to_day=asked.to_day))
    here = _matching(session, asked)
    touched = set(session.scalars(_heard(from_day, to_day).where(*here)))
    waiting = list(session.scalars(sa.select(Statement).where(Statement.state != "complete", Statement.to_day <= to_day, *here)))
    signings = _signings(session, {*touched, *(one.id for one in waiting)})
    chosen = [
        (statement_id, revision)
        for (statement_id, revision), said in signings.items()
        if statement_id in touched and said.is_whole and from_day <= said.day <= to_day
    ]
    before = {number: _before(signings, number) for number in chosen}
    texts = _texts(session, {*chosen, *((statement_id, n) for (statement_id, _), n in before.items() if n)})
    lines = _lines(session, chosen, before, texts, signings)
    return Invoice(
        from_day=asked.from_day, to_day=asked.to_day, lines=lines, sums=_by_partner(lines),
        total=added(one.amounts for one in lines), waiting=_waiting(session, waiting, signings),
        erased=len(chosen) - len(lines),
    )  # fmt: skip


def _matching(session: ScopedSession, asked: InvoiceQuery) -> list[sa.ColumnElement[bool]]:
    found = at_stores_of(session.info["actor"])
    if asked.store_id is not None:
        found.append(Statement.store_id == asked.store_id)
    if asked.unit_id is not None:
        found.append(is_below(session, Statement.store_id, asked.unit_id))
    if asked.partner_id is not None:
        found.append(Statement.store_id.in_(sa.select(Store.id).where(Store.partner_id == asked.partner_id)))
    return found


def _heard(from_day: date, to_day: date) -> sa.Select[str]:
    """Statements of which a confirmation was heard around these days."""
    begins = datetime.combine(from_day, time(), UTC) - _EDGE
    ends = datetime.combine(to_day, time(), UTC) + _EDGE
    said, heard = StatementConfirmation.confirmed_at, StatementConfirmation.received_at
    return (
        sa.select(Statement.id)
        .join(StatementConfirmation, StatementConfirmation.statement_id == Statement.id)
        .where(sa.or_(heard.between(begins, ends), sa.and_(heard.is_(None), said.between(begins, ends))))
        .distinct()
    )


def _signings(session: ScopedSession, statement_ids: Iterable[str]) -> dict[Number, Signing]:
    found: dict[Number, list[Any]] = defaultdict(list)
    for part in _parts(sorted(statement_ids)):
        asked = sa.select(StatementConfirmation).where(StatementConfirmation.statement_id.in_(part))
        for one in session.scalars(asked):
            found[one.statement_id, one.revision].append(one)
    return {
        number: Signing(
            frozenset(one.side for one in said), max(company_day(one.received_at or one.confirmed_at) for one in said)
        )
        for number, said in found.items()
    }


def _before(signings: dict[Number, Signing], number: Number) -> int:
    """The revision of this week that was billed before this one; 0 where none was."""
    statement_id, revision = number
    return next((n for n in range(revision - 1, 0, -1) if (said := signings.get((statement_id, n))) and said.is_whole), 0)


def _texts(session: ScopedSession, numbers: Iterable[Number]) -> dict[Number, tuple[StatementText | None, str]]:
    wanted = set(numbers)
    found: dict[Number, tuple[StatementText | None, str]] = {}
    for part in _parts(sorted({statement_id for statement_id, _ in wanted})):
        for row in session.scalars(sa.select(StatementRevision).where(StatementRevision.statement_id.in_(part))):
            if (row.statement_id, row.revision) in wanted:
                found[row.statement_id, row.revision] = text_of(row), row.code
    return found


def _lines(
    session: ScopedSession, chosen: Sequence[Number], before: dict[Number, int],
    texts: dict[Number, tuple[StatementText | None, str]], signings: dict[Number, Signing],
) -> list[InvoiceLine]:  # fmt: skip
    disputed: set[Number] = set()
    for part in _parts(sorted({statement_id for statement_id, _ in chosen})):
        is_open = sa.select(StatementDispute.statement_id, StatementDispute.revision).where(
            StatementDispute.statement_id.in_(part), StatementDispute.outcome.is_(None)
        )
        disputed |= {(row.statement_id, row.revision) for row in session.execute(is_open)}
    found = []
    for number in chosen:
        text, code = texts[number]
        old = texts[number[0], before[number]][0] if before[number] else None
        if text is None or (before[number] and old is None):
            continue
        found.append(
            InvoiceLine(
                statement_id=number[0], partner=text.partner, store=text.store_name, number=text.person_number,
                name=text.person_name, week=text.week, revision=number[1], against=before[number], code=code,
                signed_day=signings[number].day.isoformat(), disputed=number in disputed, amounts=_less(text, old),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.partner, one.store, one.number, one.week, one.revision))


def _less(text: StatementText, old: StatementText | None) -> InvoiceAmounts:
    return InvoiceAmounts(**{name: getattr(text, name) - (getattr(old, name) if old is not None else 0) for name in AMOUNTS})


def _waiting(session: ScopedSession, statements: Sequence[Statement], signings: dict[Number, Signing]) -> list[WaitingLine]:
    texts = _texts(session, {(one.id, one.revision) for one in statements})
    found = []
    for one in statements:
        text, _ = texts[one.id, one.revision]
        if text is None:
            continue
        said = signings.get((one.id, one.revision))
        signed = said.is_whole if said is not None else False
        found.append(
            WaitingLine(
                statement_id=one.id, partner=text.partner, store=text.store_name, number=text.person_number,
                name=text.person_name, week=one.week, revision=one.revision, state=one.state,  # type: ignore[arg-type]
                missing=[side for side in SIDES if said is None or side not in said.sides],
                billed=one.revision if signed else _before(signings, (one.id, one.revision)), amounts=_less(text, None),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.partner, one.store, one.number, one.week))


def _by_partner(lines: Sequence[InvoiceLine]) -> list[PartnerSum]:
    theirs: dict[str, list[InvoiceLine]] = defaultdict(list)
    for line in lines:
        theirs[line.partner].append(line)
    return [
        PartnerSum(partner=name, lines=len(some), amounts=added(one.amounts for one in some)) for name, some in theirs.items()
    ]


def added(amounts: Iterable[InvoiceAmounts]) -> InvoiceAmounts:
    """Several amounts as one."""
    totals = dict.fromkeys(AMOUNTS, 0)
    for one in amounts:
        for name in AMOUNTS:
            totals[name] += getattr(one, name)
    return InvoiceAmounts(**totals)


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _PART] for start in range(0, len(ids), _PART))
