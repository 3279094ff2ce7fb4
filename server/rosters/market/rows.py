"""Rows of the market as devices and the API read them: read in bulk by id, with the names that belong to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.moments import to_ms
from contract.rostering.shapes import Verdict
from contract.shift_market import (
    AbsenceRow,
    AbsenceState,
    ApprovalRow,
    AvailabilityRow,
    ClaimRow,
    FeedRow,
    LoanRow,
    OfferRow,
    SwapRow,
    WeekStretch,
    WishRow,
)
from server.kernel.db import table_of
from server.org.model import OrgUnit, UnitVersion
from server.people.model import Person
from server.rosters.market.judging import as_brief
from server.rosters.market.loan_model import CalendarFeed, ShiftApproval, ShiftLoan
from server.rosters.market.model import AbsenceShift, Availability, ShiftAbsence, ShiftClaim, ShiftOffer, ShiftSwap, ShiftWish

_person, _unit, _version = table_of(Person), table_of(OrgUnit), table_of(UnitVersion)
_VERDICTS = list[Verdict]


def day_after(day: date) -> date:
    """The next day."""
    return day + timedelta(days=1)


def _all(connection: sa.Connection, model: Any, ids: Iterable[str]) -> Sequence[Any]:
    table = table_of(model)
    wanted = sorted(set(ids))
    found: list[Any] = []
    for first in range(0, len(wanted), 500):
        found += connection.execute(sa.select(table).where(table.c.id.in_(wanted[first : first + 500])).order_by(table.c.id))
    return found


def names_of(connection: sa.Connection, ids: Iterable[str | None]) -> dict[str, str]:
    """The names of people by id."""
    wanted = sorted({one for one in ids if one is not None})
    if not wanted:
        return {}
    asked = sa.select(_person.c.id, _person.c.name).where(_person.c.id.in_(wanted))
    return {row.id: row.name for row in connection.execute(asked)}


def unit_names(connection: sa.Connection, ids: Iterable[str]) -> dict[str, str]:
    """The newest names of units by id."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    asked = sa.select(_version.c.unit_id, _version.c.name).where(_version.c.unit_id.in_(wanted)).order_by(_version.c.from_day)
    return {row.unit_id: row.name for row in connection.execute(asked)}


def _costs(body: list[Any]) -> list[Verdict]:
    return msgspec.convert(body, _VERDICTS)


def _ms(moment: datetime | None) -> int | None:
    return to_ms(moment) if moment is not None else None


def availabilities(connection: sa.Connection, ids: Iterable[str]) -> list[AvailabilityRow]:
    """What people said about their weeks."""
    return [
        AvailabilityRow(
            id=row.id, person_id=row.person_id, from_day=row.from_day.isoformat(),
            until=row.until.isoformat() if row.until is not None else None,
            stretches=msgspec.convert(row.stretches, list[WeekStretch]), note=row.note, said_ms=to_ms(row.said_at),
        )
        for row in _all(connection, Availability, ids)
    ]  # fmt: skip


def wishes(connection: sa.Connection, ids: Iterable[str]) -> list[WishRow]:
    """One-off wishes."""
    return [
        WishRow(
            id=row.id, person_id=row.person_id, day=row.day.isoformat(), kind=row.kind, from_min=row.from_min,
            to_min=row.to_min, note=row.note, said_ms=to_ms(row.said_at), withdrawn_ms=_ms(row.withdrawn_at),
        )
        for row in _all(connection, ShiftWish, ids)
    ]  # fmt: skip


def claims(connection: sa.Connection, ids: Iterable[str]) -> list[ClaimRow]:
    """Who asked for open shifts."""
    found = _all(connection, ShiftClaim, ids)
    names = names_of(connection, (one for row in found for one in (row.person_id, row.decided_by)))
    return [
        ClaimRow(
            id=row.id, shift=as_brief(row.brief), person_id=row.person_id, person_name=names.get(row.person_id, ""),
            state=row.state, asked_ms=to_ms(row.asked_at), costs=_costs(row.costs), decided_ms=_ms(row.decided_at),
            decided_by_name=names.get(row.decided_by) if row.decided_by else None, reason=row.reason,
        )
        for row in found
    ]  # fmt: skip


def offers(connection: sa.Connection, ids: Iterable[str]) -> list[OfferRow]:
    """Open shifts offered to people."""
    found = _all(connection, ShiftOffer, ids)
    names = names_of(connection, (one for row in found for one in (row.person_id, row.offered_by)))
    return [
        OfferRow(
            id=row.id, offer_id=row.offer_id, shift=as_brief(row.brief), person_id=row.person_id,
            person_name=names.get(row.person_id, ""), state=row.state, offered_ms=to_ms(row.offered_at),
            until_ms=to_ms(row.until_at), offered_by_name=names.get(row.offered_by, ""), answered_ms=_ms(row.answered_at),
            note=row.note,
        )
        for row in found
    ]  # fmt: skip


def swaps(connection: sa.Connection, ids: Iterable[str]) -> list[SwapRow]:
    """Swaps and shifts given away."""
    found = _all(connection, ShiftSwap, ids)
    names = names_of(connection, (one for row in found for one in (row.asker_id, row.colleague_id, row.decided_by)))
    return [
        SwapRow(
            id=row.id, asker_id=row.asker_id, asker_name=names.get(row.asker_id, ""), colleague_id=row.colleague_id,
            colleague_name=names.get(row.colleague_id, ""), mine=as_brief(row.brief),
            theirs=as_brief(row.their_brief) if row.their_brief is not None else None,
            state=row.state, asked_ms=to_ms(row.asked_at), until_ms=to_ms(row.until_at), costs=_costs(row.costs),
            answered_ms=_ms(row.answered_at), decided_ms=_ms(row.decided_at),
            decided_by_name=names.get(row.decided_by) if row.decided_by else None, reason=row.reason, note=row.note,
        )
        for row in found
    ]  # fmt: skip


def absences(connection: sa.Connection, ids: Iterable[str]) -> list[AbsenceRow]:
    """Sick calls with the shifts they opened."""
    found = _all(connection, ShiftAbsence, ids)
    names = names_of(connection, (one for row in found for one in (row.person_id, row.reported_by)))
    table = table_of(AbsenceShift)
    shifts: dict[str, list[Any]] = {}
    asked = sa.select(table).where(table.c.absence_id.in_([row.id for row in found])).order_by(table.c.day, table.c.id)
    for shift in connection.execute(asked):
        shifts.setdefault(shift.absence_id, []).append(shift)
    made = []
    for row in found:
        mine = shifts.get(row.id, [])
        still = [shift.shift_id for shift in mine if shift.covered_at is None]
        state: AbsenceState = "withdrawn" if row.withdrawn_at is not None else "open" if still else "covered"
        made.append(
            AbsenceRow(
                id=row.id, person_id=row.person_id, person_name=names.get(row.person_id, ""), from_day=row.from_day.isoformat(),
                to_day=row.to_day.isoformat(), state=state, reported_ms=to_ms(row.reported_at),
                reported_by_name=names.get(row.reported_by, ""), kind=row.kind, note=row.note,
                shifts=[as_brief(shift.brief) for shift in mine], open_shift_ids=still, request_id=row.request_id,
            )
        )  # fmt: skip
    return made


def loans(connection: sa.Connection, ids: Iterable[str]) -> list[LoanRow]:
    """Loans of people for one shift."""
    found = _all(connection, ShiftLoan, ids)
    names = names_of(connection, (one for row in found for one in (row.person_id, row.asked_by)))
    units = unit_names(connection, (row.lender_id for row in found))
    return [
        LoanRow(
            id=row.id, shift=as_brief(row.brief), person_id=row.person_id, person_name=names.get(row.person_id, ""),
            lender_id=row.lender_id, lender_name=units.get(row.lender_id, ""), state=row.state, needs_lender=row.needs_lender,
            asked_ms=to_ms(row.asked_at), until_ms=to_ms(row.until_at), asked_by_name=names.get(row.asked_by, ""),
            distance_m=row.distance_m, travel_min=row.travel_min, lent_ms=_ms(row.lent_at),
            consented_ms=_ms(row.consented_at), ended_ms=_ms(row.ended_at), costs=_costs(row.costs), reason=row.reason,
            note=row.note,
        )
        for row in found
    ]  # fmt: skip


def approvals(connection: sa.Connection, ids: Iterable[str]) -> list[ApprovalRow]:
    """What needs a manager's approval where."""
    found = _all(connection, ShiftApproval, ids)
    units = unit_names(connection, (row.id for row in found))
    return [
        ApprovalRow(
            id=row.id, unit_id=row.id, unit_name=units.get(row.id, ""), claims=row.claims, swaps=row.swaps, loans=row.loans
        )
        for row in found
    ]  # fmt: skip


def feeds(connection: sa.Connection, ids: Iterable[str]) -> list[FeedRow]:
    """Calendar addresses, without their tokens."""
    return [
        FeedRow(id=row.id, language=row.language, opened_ms=to_ms(row.opened_at), revoked_ms=_ms(row.revoked_at))
        for row in _all(connection, CalendarFeed, ids)
    ]
