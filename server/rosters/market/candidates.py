"""Who could take an open shift: people of the store, or of other stores and homes, nearest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import cast

import sqlalchemy as sa

from contract.datums import Wgs84
from contract.geodesy import distance_m
from contract.rosters import Said
from contract.shift_market_rows import (
    CandidateRow,
    Candidates,
    CandidatesQuery,
    ClaimRow,
    LoanRow,
    LoanState,
    OfferState,
    SwapRow,
)
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession, table_of
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.org.model import HomeStay
from server.people.model import Person
from server.postings.model import Posting
from server.rosters.market.judging import brief_of, gathered_for, newly_said, placed_for
from server.rosters.market.loan_model import ShiftLoan
from server.rosters.market.model import ShiftOffer
from server.rosters.market.rows import unit_names
from server.rosters.model import RosterShift
from server.rosters.rules_market import Hand, rank, travel_min
from server.rosters.verdicts import in_words
from server.stores.model import Store

# whom one question judges at most: the nearest
MOST_JUDGED = 300
_posting, _home, _person, _store = table_of(Posting), table_of(HomeStay), table_of(Person), table_of(Store)


def distances_to(session: ScopedSession, store_id: str, from_ids: Iterable[str] | None = None) -> dict[str, int]:
    """Metres in a straight line from stores (None: all) to a store, by id. What lies nowhere known is absent."""
    asked = sa.select(_store.c.id, _store.c.lat_e7, _store.c.lng_e7)
    if from_ids is not None:
        asked = asked.where(_store.c.id.in_({store_id, *from_ids}))
    rows = session.connection().execute(asked)
    found = {row.id: Wgs84.from_e7(row.lat_e7, row.lng_e7) for row in rows if row.lat_e7 is not None}
    here = found.get(store_id)
    return {} if here is None else {one: round(distance_m(place, here)) for one, place in found.items()}


def candidates(session: ScopedSession, asked: CandidatesQuery) -> Candidates:
    """The people in question for a shift the reader may see, judged as if they took it: free, beyond caps, not at all."""
    seen, reader = session.get(RosterShift, asked.shift_id), session.info["reads_as"]
    plans = Permission.PLAN_SHIFTS
    if seen is None or not (reader.has_everywhere(plans) or seen.store_id in reader.stores_for(plans)):
        raise Problem("market.shift_unknown", field="shift_id", id=asked.shift_id)
    with whole(session) as everything:
        shift = everything.get_one(RosterShift, asked.shift_id)
        distances = distances_to(everything, shift.store_id)
        where = places_on(everything, shift.day)
        if asked.whose == "own":
            people = sorted(person for person, unit in where.items() if unit == shift.store_id)
        else:
            people = _nearest(where, distances, shift.store_id, asked.within_km * 1_000)
        known = gathered_for(everything, [shift], people)
        lent_to = shift.store_id if asked.whose == "others" else None
        hands = [
            Hand(
                person, known.workers[person].name, newly_said(known, person, [shift], lent_to=lent_to),
                distances.get(where[person]),
            )
            for person in people
            if person in known.workers
        ]  # fmt: skip
        ranked = rank(hands)
        names = unit_names(everything.connection(), where.values())
        offered, lent = _asked_before(everything, shift.id)
        brief = brief_of(everything, shift)

        def rows(some: Sequence[Hand]) -> list[CandidateRow]:
            return [
                CandidateRow(
                    person_id=one.person_id, name=one.name, number=known.numbers.get(one.person_id, ""),
                    from_id=where[one.person_id], from_name=names.get(where[one.person_id], ""), distance_m=one.distance_m,
                    travel_min=travel_min(one.distance_m), points=one.points, breaks=list(one.verdicts),
                    said=in_words(reader, known, one.verdicts, placed_for(shift, one.person_id)),
                    offered=offered.get(one.person_id), loan=lent.get(one.person_id),
                )
                for one in some[: asked.limit]
            ]  # fmt: skip

        return Candidates(shift=brief, free=rows(ranked.free), beyond=rows(ranked.beyond), cannot=rows(ranked.cannot))


def costs_in_words(session: ScopedSession, row: ClaimRow | SwapRow | LoanRow) -> list[Said]:
    """What the rules said of a claim, a swap or a loan, with its shifts in the sentences, for the reader. Nothing where one of
    these shifts is gone."""
    briefs = [one for one in (row.mine, row.theirs) if one is not None] if isinstance(row, SwapRow) else [row.shift]
    people = [row.asker_id, row.colleague_id] if isinstance(row, SwapRow) else [row.person_id]
    reader = session.info["reads_as"]
    with whole(session) as everything:
        shifts = [one for one in (everything.get(RosterShift, brief.id) for brief in briefs) if one is not None]
        if len(shifts) < len(briefs) or not row.costs:
            return []
        known = gathered_for(everything, shifts, people)
        change = [placed for shift in shifts for person in people for placed in placed_for(shift, person)]
        return in_words(reader, known, row.costs, change)


def places_on(session: ScopedSession, day: date) -> dict[str, str]:
    """Where everybody is on a day: the store they are posted to, else the unit of their home."""
    connection = session.connection()
    found: dict[str, str] = {}
    for table, person, unit, first, last in (
        (_home, _home.c.person_id, _home.c.unit_id, _home.c.from_day, _home.c.until),
        (_posting, _posting.c.person_id, _posting.c.store_id, _posting.c.starts_on, _posting.c.ends_on),
    ):
        asked = sa.select(person, unit).select_from(table.join(_person, _person.c.id == person))
        asked = asked.where(_person.c.active.is_(sa.true()), first <= day, sa.or_(last.is_(None), last > day))
        found.update({row[0]: row[1] for row in connection.execute(asked)})
    return found


def _nearest(where: dict[str, str], distances: dict[str, int], store_id: str, within_m: int) -> list[str]:
    """People of other places, nearest first; whose place lies nowhere known come last. At most so many as one question judges."""
    others = [(distances.get(unit), person) for person, unit in where.items() if unit != store_id]
    near = [(metres is None, metres or 0, person) for metres, person in others if metres is None or metres <= within_m]
    return [person for _, _, person in sorted(near)[:MOST_JUDGED]]


def _asked_before(session: ScopedSession, shift_id: str) -> tuple[dict[str, OfferState], dict[str, LoanState]]:
    offers = sa.select(ShiftOffer.person_id, ShiftOffer.state).where(ShiftOffer.shift_id == shift_id)
    loans = sa.select(ShiftLoan.person_id, ShiftLoan.state).where(ShiftLoan.shift_id == shift_id)
    offers, loans = offers.order_by(ShiftOffer.offered_at), loans.order_by(ShiftLoan.asked_at)
    return (
        {row.person_id: cast(OfferState, row.state) for row in session.execute(offers)},
        {row.person_id: cast(LoanState, row.state) for row in session.execute(loans)},
    )
