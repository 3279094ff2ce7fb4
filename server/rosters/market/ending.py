"""What nobody answered in time ends by itself, each once, and whom it concerns is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.ids import derived_id
from contract.shift_market import EndWhatIsOver
from server.inbox.service import close_items
from server.kernel.actors import Actor, Permission
from server.kernel.db import Database
from server.kernel.http import Outpost
from server.kernel.jobs import does
from server.kernel.perform import Work, handles, perform, reading
from server.postings.life import with_reach
from server.rosters.market import loans, swaps
from server.rosters.market.loan_model import ShiftLoan
from server.rosters.market.model import ShiftOffer, ShiftSwap
from server.rosters.market.taken import OFFERED

MOST = 200


@handles(EndWhatIsOver, needs=Permission.MANAGE_SHIFTS)
def end_what_is_over(work: Work, op: EndWhatIsOver) -> None:
    """Each is looked at once more before it ends: somebody may have answered while this was on its way."""
    with with_reach(work) as wide:
        for offer_id in op.offers:
            offer = wide.session.get(ShiftOffer, offer_id, with_for_update=True)
            if offer is not None and offer.state == "open" and offer.until_at <= work.now:
                offer.state, offer.answered_at = "ended", work.now
                wide.session.flush()
                close_items(wide, offer.shift_id, triggers=[OFFERED], receiver_id=offer.person_id, key=offer.offer_id)
        for swap_id in op.swaps:
            swaps.expire(wide, swap_id)
        for loan_id in op.loans:
            loans.expire(wide, loan_id)


def end_all(db: Database, now: datetime, secret: bytes) -> int:
    """End what is over by now, in one operation. Answers how much it was; asked again: nothing."""
    with reading(db, Actor.system()) as session:
        offers = sa.select(ShiftOffer.id).where(ShiftOffer.state == "open", ShiftOffer.until_at <= now)
        asked = sa.select(ShiftSwap.id, ShiftSwap.state, ShiftSwap.until_at, ShiftSwap.brief, ShiftSwap.their_brief).where(
            ShiftSwap.state.in_(("asked", "consented"))
        )
        waiting = sa.select(ShiftLoan.id).where(ShiftLoan.state.in_(("asked", "lent")), ShiftLoan.until_at <= now)
        over = EndWhatIsOver(
            offers=list(session.scalars(offers.order_by(ShiftOffer.id).limit(MOST))),
            swaps=[row.id for row in session.execute(asked.order_by(ShiftSwap.id)) if swaps.ends_at(row) <= now][:MOST],
            loans=list(session.scalars(waiting.order_by(ShiftLoan.id).limit(MOST))),
        )
    found = [*over.offers, *over.swaps, *over.loans]
    if found:
        op_id = derived_id("market_ends", *found)
        perform(db, Actor.system(), over, op_id=op_id, now=now, secret=secret)
    return len(found)


@does("end_market", every=lambda server: timedelta(minutes=1))
def end_in_time(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that nobody waits for an answer that can come no more."""
    end_all(server.db, server.clock(), server.settings.secret)
