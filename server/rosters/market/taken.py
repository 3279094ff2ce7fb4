"""Somebody has a shift now: whoever else waited for it hears so, each once, and what was to be done about it is done."""

from __future__ import annotations

import sqlalchemy as sa

from contract.shift_market import ShiftBrief
from server.inbox.service import close_items, put_item
from server.kernel.feed import mark
from server.kernel.perform import Work
from server.rosters.market.judging import facts_of
from server.rosters.market.loan_model import ShiftLoan
from server.rosters.market.model import AbsenceShift, ShiftAbsence, ShiftClaim, ShiftOffer
from server.rosters.market.rights import managers_at

CLAIM_ASKED, OFFERED, ABSENCE, LOAN = "claim_asked", "shift_offered", "absence_cover", "N-12"
LOST, FILLED = "shift_lost", "shift_filled"


def taken(
    wide: Work, brief: ShiftBrief, person_id: str, name: str, *, by_manager: str | None = None, quietly: bool = False
) -> None:
    """The shift is this person's: claims and offers of others end with a notice, loans for it are off, the absence it came of is
    covered. Whose it is they are not told: who works there sees it on the wall."""
    session, facts = wide.session, facts_of(brief)
    claims = sa.select(ShiftClaim).where(ShiftClaim.shift_id == brief.id, ShiftClaim.state == "asked")
    for claim in session.scalars(claims.with_for_update()).all():
        claim.state, claim.decided_at, claim.decided_by = "lost", wide.now, by_manager
        if claim.person_id != person_id:
            tell_lost(wide, claim.person_id, brief, key=claim.id)
    offers = sa.select(ShiftOffer).where(ShiftOffer.shift_id == brief.id, ShiftOffer.state == "open")
    for offer in session.scalars(offers.with_for_update()).all():
        offer.state, offer.answered_at = "taken", wide.now
        if offer.person_id != person_id:
            tell_lost(wide, offer.person_id, brief, key=offer.offer_id)
    loans = sa.select(ShiftLoan).where(ShiftLoan.shift_id == brief.id, ShiftLoan.state.in_(("asked", "lent")))
    for loan in session.scalars(loans.with_for_update()).all():
        loan.state, loan.ended_at = "cancelled", wide.now
        close_items(wide, loan.id)
        if loan.person_id != person_id:
            tell_lost(wide, loan.person_id, brief, key=loan.id)
    close_items(wide, brief.id, triggers=[CLAIM_ASKED, OFFERED])
    cover(wide, brief.id)
    if quietly:  # a loan tells all sides in its own words
        return
    for manager in managers_at(session, brief.store_id, wide.now, apart_from=person_id):
        if manager != by_manager:
            put_item(
                wide, trigger=FILLED, receiver_id=manager, kind="notice", about="shift", about_id=brief.id,
                facts={**facts, "who": name}, key=str(wide.act.op_id),
            )  # fmt: skip


def tell_lost(wide: Work, person_id: str, brief: ShiftBrief, *, key: str) -> None:
    """Another was first."""
    put_item(
        wide, trigger=LOST, receiver_id=person_id, kind="notice", about="shift", about_id=brief.id, facts=facts_of(brief), key=key
    )


def cover(wide: Work, shift_id: str) -> None:
    """A shift that an absence opened is settled; the to-do of a desk goes with its last one."""
    session = wide.session
    asked = sa.select(AbsenceShift).where(AbsenceShift.shift_id == shift_id, AbsenceShift.covered_at.is_(None))
    for row in session.scalars(asked).all():
        row.covered_at = wide.now
        session.flush()
        touch_absence(wide, row.absence_id)
        left = sa.select(AbsenceShift.id).where(
            AbsenceShift.absence_id == row.absence_id, AbsenceShift.store_id == row.store_id, AbsenceShift.covered_at.is_(None)
        )
        if session.execute(left.limit(1)).first() is None:
            close_items(wide, row.absence_id, triggers=[ABSENCE], key=row.store_id)


def touch_absence(wide: Work, absence_id: str) -> None:
    """Devices that hold the absence read it anew."""
    absence = wide.session.get_one(ShiftAbsence, absence_id)
    mark(wide.session, f"private:{absence.person_id}", "shift_absence", absence_id)
    stores = sa.select(AbsenceShift.store_id).where(AbsenceShift.absence_id == absence_id).distinct()
    for store_id in wide.session.scalars(stores).all():
        mark(wide.session, f"desk:{store_id}", "shift_absence", absence_id)
