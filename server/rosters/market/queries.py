"""Questions of the market: what a desk or a person sees, who could take a shift, who is a guest when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.moments import COMPANY_ZONE, to_ms
from contract.rostering.local_time import at_minute
from contract.rostering.shapes import Away, Stay
from contract.shift_market import (
    Approvals,
    AvailabilityBook,
    AvailabilityQuery,
    Feeds,
    Market,
    MarketQuery,
    WeekStretch,
)
from server.kernel.db import ScopedSession, table_of
from server.kernel.sets import within
from server.postings.model import Posting
from server.rosters.desk import must_be_day, must_be_days
from server.rosters.gathering import Extra
from server.rosters.market import rows
from server.rosters.market.loan_model import CalendarFeed, ShiftApproval, ShiftLoan
from server.rosters.market.model import AbsenceShift, Availability, ShiftAbsence, ShiftClaim, ShiftOffer, ShiftSwap, ShiftWish
from server.rosters.rules_market import Weeks, Wish, stretches
from server.stores.model import Store

MOST = 500
MOST_DAYS = 62
_posting, _store, _loan = table_of(Posting), table_of(Store), table_of(ShiftLoan)
_weeks, _wish, _absence = table_of(Availability), table_of(ShiftWish), table_of(ShiftAbsence)


def offers_of(session: ScopedSession, offer_id: str) -> Sequence[ShiftOffer]:
    """The rows of one offer, by person, held."""
    asked = sa.select(ShiftOffer).where(ShiftOffer.offer_id == offer_id).order_by(ShiftOffer.id)
    return session.scalars(asked.with_for_update()).all()


# -- what rosters are judged by ------------------------------------------------------------------------------------------


def known_of(
    connection: sa.Connection, store_ids: Sequence[str], person_ids: Sequence[str] | None, from_day: date, to_day: date
) -> Extra:
    """Where these people are guests, and what they said of their days; without people: who is a guest of these stores."""
    asked = sa.select(_loan.c.person_id, _loan.c.store_id, _loan.c.day).where(
        _loan.c.state == "accepted", _loan.c.day.between(from_day, to_day)
    )
    asked = asked.where(within(_loan.c.store_id, store_ids) if person_ids is None else within(_loan.c.person_id, person_ids))
    stays: dict[str, list[Stay]] = {}
    for row in connection.execute(asked):
        stay = Stay(store_id=row.store_id, from_day=row.day.isoformat(), until=rows.day_after(row.day).isoformat())
        stays.setdefault(row.person_id, []).append(stay)
    return Extra(stays, away_of(connection, person_ids, from_day, to_day) if person_ids is not None else {})


def away_of(
    connection: sa.Connection, person_ids: Sequence[str], from_day: date, to_day: date
) -> dict[str, list[Away]]:
    """What these people said about their days, as rules read it, by the clock of where each is posted on the day."""
    weeks: dict[str, list[Weeks]] = {}
    asked = sa.select(_weeks).where(
        within(_weeks.c.person_id, person_ids), _weeks.c.from_day <= to_day,
        sa.or_(_weeks.c.until.is_(None), _weeks.c.until > from_day),
    )  # fmt: skip
    for row in connection.execute(asked):
        weeks.setdefault(row.person_id, []).append(
            Weeks(
                row.from_day.isoformat(), row.until.isoformat() if row.until is not None else None,
                to_ms(row.said_at), [WeekStretch(**stretch) for stretch in row.stretches],
            )
        )  # fmt: skip
    wishes: dict[str, list[Wish]] = {}
    standing = sa.select(_wish).where(
        within(_wish.c.person_id, person_ids), _wish.c.day.between(from_day, to_day), _wish.c.withdrawn_at.is_(None)
    )
    for row in connection.execute(standing):
        wishes.setdefault(row.person_id, []).append(Wish(row.day.isoformat(), row.kind, row.from_min, row.to_min))
    gone = _reported(connection, person_ids, from_day, to_day)
    people = sorted(weeks.keys() | wishes.keys() | gone.keys())
    if not people:
        return {}
    zones = _zones(connection, people, from_day, to_day)

    def zone_on(person_id: str, day: str) -> str:
        known = zones.get(person_id, ())
        return next((zone for first, last, zone in known if first <= day and (last is None or day < last)), COMPANY_ZONE)

    found: dict[str, list[Away]] = {}
    for person in people:
        found[person] = stretches(
            weeks.get(person, ()), wishes.get(person, ()), from_day.isoformat(), to_day.isoformat(),
            lambda day, person=person: zone_on(person, day),  # type: ignore[misc]
        )  # fmt: skip
        for first, last in gone.get(person, ()):
            starts, ends = at_minute(first, 0, zone_on(person, first)), at_minute(last, 1_440, zone_on(person, last))
            found[person].append(Away(kind="leave", starts_ms=starts, ends_ms=ends, label="absence"))
    return found


def _reported(
    connection: sa.Connection, people: Sequence[str], from_day: date, to_day: date
) -> dict[str, list[tuple[str, str]]]:
    """The days, first and last, of which somebody said that they will not come."""
    asked = sa.select(_absence.c.person_id, _absence.c.from_day, _absence.c.to_day).where(
        within(_absence.c.person_id, people), _absence.c.withdrawn_at.is_(None), _absence.c.from_day <= to_day,
        _absence.c.to_day >= from_day,
    )  # fmt: skip
    found: dict[str, list[tuple[str, str]]] = {}
    for row in connection.execute(asked):
        found.setdefault(row.person_id, []).append((row.from_day.isoformat(), row.to_day.isoformat()))
    return found


def _zones(
    connection: sa.Connection, people: Sequence[str], from_day: date, to_day: date
) -> dict[str, list[tuple[str, str | None, str]]]:
    """(first day, first day no longer, zone) of where people are posted."""
    p = _posting.c
    asked = sa.select(p.person_id, p.starts_on, p.ends_on, _store.c.zone).join(_store, _store.c.id == p.store_id)
    asked = asked.where(within(p.person_id, people), p.starts_on <= to_day, sa.or_(p.ends_on.is_(None), p.ends_on > from_day))
    found: dict[str, list[tuple[str, str | None, str]]] = {}
    for row in connection.execute(asked):
        ends = row.ends_on.isoformat() if row.ends_on is not None else None
        found.setdefault(row.person_id, []).append((row.starts_on.isoformat(), ends, row.zone))
    return found


# -- what is read --------------------------------------------------------------------------------------------------------


def market(session: ScopedSession, asked: MarketQuery) -> Market:
    """Everything on the market of a store, or of whoever asks. Whose rows these are, is the session's rule."""
    first, last = must_be_days(asked.from_day, asked.to_day, MOST_DAYS)
    me = session.info["reads_as"].person_id
    more: list[str] = []

    def some(name: str, model: Any, where: Any, running: Any) -> list[str]:
        found = sa.select(model.id).where(where, model.day.between(first, last))
        if asked.open:
            found = found.where(running)
        ids = session.scalars(found.order_by(model.day, model.id).limit(MOST + 1)).all()
        if len(ids) > MOST:
            more.append(name)
        return list(ids[:MOST])

    def at(model: Any, *columns: str) -> Any:
        if asked.store_id is not None:
            return sa.or_(*(getattr(model, column) == asked.store_id for column in columns))
        return sa.or_(*(getattr(model, column) == me for column in _MINE.get(model, ("person_id",))))

    claims = some("claims", ShiftClaim, at(ShiftClaim, "store_id"), ShiftClaim.state == "asked")
    offers = some("offers", ShiftOffer, at(ShiftOffer, "store_id"), ShiftOffer.state == "open")
    swaps = some(
        "swaps", ShiftSwap, at(ShiftSwap, "store_id", "their_store_id"), ShiftSwap.state.in_(("asked", "consented"))
    )
    loans = some("loans", ShiftLoan, at(ShiftLoan, "store_id", "lender_id"), ShiftLoan.state.in_(("asked", "lent")))
    connection = session.connection()
    swapped = rows.swaps(connection, swaps)
    if asked.store_id is None:  # what it costs a colleague is a colleague's
        swapped = [
            msgspec.structs.replace(row, costs=[one for one in row.costs if one.person_id == me]) for row in swapped
        ]
    return Market(
        claims=_by_day(rows.claims(connection, claims)), offers=_by_day(rows.offers(connection, offers)),
        swaps=sorted(swapped, key=lambda row: (row.mine.starts_ms, row.id)),
        absences=rows.absences(connection, _absences(session, asked, first, last, me, more)),
        loans=_by_day(rows.loans(connection, loans)), more=more,
    )  # fmt: skip


_MINE: dict[Any, tuple[str, ...]] = {ShiftSwap: ("asker_id", "colleague_id")}


def _by_day(found: list[Any]) -> list[Any]:
    return sorted(found, key=lambda row: (row.shift.starts_ms, row.id))


def _absences(
    session: ScopedSession, asked: MarketQuery, first: date, last: date, me: str | None, more: list[str]
) -> list[str]:
    found = sa.select(ShiftAbsence.id).where(ShiftAbsence.from_day <= last, ShiftAbsence.to_day >= first)
    if asked.store_id is not None:
        there = sa.select(AbsenceShift.absence_id).where(AbsenceShift.store_id == asked.store_id)
        found = found.where(ShiftAbsence.id.in_(there))
    else:
        found = found.where(ShiftAbsence.person_id == me)
    if asked.open:
        still = sa.select(AbsenceShift.absence_id).where(AbsenceShift.covered_at.is_(None))
        found = found.where(ShiftAbsence.withdrawn_at.is_(None), ShiftAbsence.id.in_(still))
    ids = session.scalars(found.order_by(ShiftAbsence.from_day, ShiftAbsence.id).limit(MOST + 1)).all()
    if len(ids) > MOST:
        more.append("absences")
    return list(ids[:MOST])


def availability(session: ScopedSession, asked: AvailabilityQuery) -> AvailabilityBook:
    """Somebody's weeks and the wishes that count; one's own where nobody is named."""
    person_id = asked.person_id or session.info["reads_as"].person_id
    weeks = sa.select(Availability.id).where(Availability.person_id == person_id)
    wishes = sa.select(ShiftWish.id).where(ShiftWish.person_id == person_id, ShiftWish.withdrawn_at.is_(None))
    if asked.from_day is not None:
        wishes = wishes.where(ShiftWish.day >= must_be_day(asked.from_day, "from_day"))
    if asked.to_day is not None:
        wishes = wishes.where(ShiftWish.day <= must_be_day(asked.to_day, "to_day"))
    connection = session.connection()
    said = rows.availabilities(connection, session.scalars(weeks.order_by(Availability.from_day.desc()).limit(MOST)).all())
    wished = rows.wishes(connection, session.scalars(wishes.order_by(ShiftWish.day.desc()).limit(MOST)).all())
    return AvailabilityBook(
        weeks=sorted(said, key=lambda row: (row.from_day, row.said_ms), reverse=True),
        wishes=sorted(wished, key=lambda row: (row.day, row.from_min, row.id)),
    )  # fmt: skip


def approvals(session: ScopedSession) -> Approvals:
    """What needs a manager's approval where."""
    ids = session.scalars(sa.select(ShiftApproval.id)).all()
    return Approvals(items=sorted(rows.approvals(session.connection(), ids), key=lambda row: (row.unit_name, row.id)))


def feeds(session: ScopedSession) -> Feeds:
    """One's own calendar addresses, the open one first, then the latest."""
    me = session.info["reads_as"].person_id
    ids = session.scalars(sa.select(CalendarFeed.id).where(CalendarFeed.person_id == me)).all()
    found = rows.feeds(session.connection(), ids)
    return Feeds(items=sorted(found, key=lambda row: (row.revoked_ms is not None, -row.opened_ms)))
