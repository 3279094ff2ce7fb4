"""Open shifts: taken by whoever is first, offered to people by name. One lock, on the shift, decides who was first."""

from __future__ import annotations

from contract.ids import derived_id
from contract.shift_market import (
    AnswerOffer,
    ClaimShift,
    DecideClaim,
    OfferShift,
    Settled,
    WithdrawClaim,
    WithdrawOffer,
)
from contract.wire import plain
from server.approvals.service import acting
from server.inbox.service import close_items, put_item
from server.kernel.actors import Permission
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.people.model import Person
from server.postings.life import with_reach
from server.rosters.market import hands
from server.rosters.market.judging import (
    as_brief,
    as_rows,
    brief_of,
    facts_of,
    gathered_for,
    held_shift,
    newly_said,
    placed_for,
    until_at,
)
from server.rosters.market.model import ShiftClaim, ShiftOffer
from server.rosters.market.queries import offers_of
from server.rosters.market.rights import at_the_desk, managers_at, word_of
from server.rosters.market.taken import CLAIM_ASKED, OFFERED, taken, tell_lost
from server.rosters.model import RosterShift
from server.rosters.rules_market import asks_manager
from server.rosters.verdicts import refuse_broken


@handles(ClaimShift, needs=Permission.OWN_SHIFTS)
def claim_shift(work: Work, op: ClaimShift) -> Settled:
    """I take it. The answer says whether it is mine, waits for the manager, or was another's already: that is kept and told."""
    who = acting(work)
    with with_reach(work) as wide:
        session = wide.session
        shift = held_shift(session, op.shift_id)
        if session.get(ShiftClaim, op.claim_id) is not None:
            raise Problem("operation.already_exists", field="claim_id", id=op.claim_id)
        still_to_come(work, shift)
        brief = brief_of(session, shift)
        if shift.person_id == who:
            raise Problem("market.already_yours", field="shift_id")
        claim = ShiftClaim(
            id=op.claim_id, shift_id=shift.id, version=shift.version, store_id=shift.store_id, day=shift.day, brief=plain(brief),
            person_id=who, state="asked", asked_at=work.now, costs=[], decided_at=None, decided_by=None, reason="",
        )  # fmt: skip
        if shift.person_id is not None:
            if op.version >= shift.version:
                raise Problem("market.not_open", field="shift_id")
            claim.state, claim.decided_at = "lost", work.now
            wide.add(claim)
            session.flush()
            tell_lost(wide, who, brief, key=claim.id)
            return Settled(state="lost")
        as_it_was_seen(shift, op.version)
        known = gathered_for(session, [shift], [who])
        verdicts = newly_said(known, who, [shift])
        refuse_broken(work.actor, known, verdicts, reason=None, field="shift_id", change=placed_for(shift, who))
        claim.costs = as_rows(verdicts)
        wide.add(claim)
        session.flush()
        if asks_manager(word_of(session, shift.store_id, work.now).claims, verdicts):
            name = session.get_one(Person, who).name
            for manager in managers_at(session, shift.store_id, work.now, apart_from=who):
                put_item(
                    wide, trigger=CLAIM_ASKED, receiver_id=manager, kind="to_do", about="shift", about_id=shift.id,
                    facts={**facts_of(brief), "who": name}, key=claim.id, due_at=shift.starts_at,
                )  # fmt: skip
            return Settled(state="asked")
        _win(wide, shift, claim, by=who)
        return Settled(state="won")


def _win(wide: Work, shift: RosterShift, claim: ShiftClaim, *, by: str, override: str | None = None) -> None:
    session = wide.session
    brief = brief_of(session, shift)
    claim.state, claim.decided_at = "won", wide.now
    claim.decided_by = by if by != claim.person_id else None
    session.flush()
    hands.give(wide, [(shift, claim.person_id)], by=by, override=override)
    name = session.get_one(Person, claim.person_id).name
    taken(wide, brief, claim.person_id, name, by_manager=claim.decided_by)


@handles(WithdrawClaim, needs=Permission.OWN_SHIFTS)
def withdraw_claim(work: Work, op: WithdrawClaim) -> None:
    """I do not ask for it any more."""
    who = acting(work)
    with with_reach(work) as wide:
        claim = wide.session.get(ShiftClaim, op.claim_id, with_for_update=True)
        if claim is None or claim.person_id != who:
            raise Problem("market.claim_unknown", id=op.claim_id)
        _must_be_asked(claim)
        claim.state, claim.decided_at = "withdrawn", work.now
        close_items(wide, claim.shift_id, triggers=[CLAIM_ASKED], key=claim.id)


@handles(DecideClaim, needs=Permission.PLAN_SHIFTS)
def decide_claim(work: Work, op: DecideClaim) -> Settled:
    """The manager gives the shift to whoever asked, or says why not. Rules are asked again: much may have changed since."""
    with with_reach(work) as wide:
        session = wide.session
        claim = session.get(ShiftClaim, op.claim_id)
        if claim is None:
            raise Problem("market.claim_unknown", id=op.claim_id)
        who = at_the_desk(work, session, claim.store_id, op.kiosk)
        if claim.person_id == who:
            raise Problem("market.own_decision", field="claim_id")
        shift = session.get(RosterShift, claim.shift_id, with_for_update=True, populate_existing=True)
        session.refresh(claim, with_for_update=True)
        _must_be_asked(claim)
        if not op.approve:
            if not op.reason.strip():
                raise Problem("market.needs_reason", field="reason")
            claim.state, claim.decided_at, claim.decided_by, claim.reason = "refused", work.now, who, op.reason
            close_items(wide, claim.shift_id, triggers=[CLAIM_ASKED], key=claim.id)
            put_item(
                wide, trigger="claim_refused", receiver_id=claim.person_id, kind="notice", about="shift",
                about_id=claim.shift_id, facts={**facts_of(as_brief(claim.brief)), "reason": op.reason}, key=claim.id,
            )  # fmt: skip
            return Settled(state="refused")
        if shift is None:
            raise Problem("market.shift_unknown", field="claim_id", id=claim.shift_id)
        if shift.person_id is not None:
            raise Problem("market.taken", field="claim_id", day=shift.day.isoformat())
        as_it_was_seen(shift, claim.version)
        still_to_come(work, shift)
        known = gathered_for(session, [shift], [claim.person_id])
        verdicts = newly_said(known, claim.person_id, [shift])
        change = placed_for(shift, claim.person_id)
        refuse_broken(work.actor, known, verdicts, reason=op.override, field="claim_id", change=change)
        _win(wide, shift, claim, by=who, override=op.override)
        return Settled(state="won")


def _must_be_asked(claim: ShiftClaim) -> None:
    if claim.state != "asked":
        raise Problem("market.claim_decided", id=claim.id, state=claim.state)


@handles(OfferShift, needs=Permission.PLAN_SHIFTS)
def offer_shift(work: Work, op: OfferShift) -> None:
    """The manager asks people by name. Whom a rule forbids it is not asked: the offer is refused, with the rule."""
    with with_reach(work) as wide:
        session = wide.session
        shift = held_shift(session, op.shift_id)
        who = at_the_desk(work, session, shift.store_id, op.kiosk)
        still_to_come(work, shift)
        if shift.person_id is not None:
            raise Problem("market.not_open", field="shift_id")
        if offers_of(session, op.offer_id):
            raise Problem("operation.already_exists", field="offer_id", id=op.offer_id)
        until = until_at(op.until_ms, shift.ends_at)
        if until <= work.now:
            raise Problem("market.until_over", field="until_ms")
        people = list(dict.fromkeys(op.people))
        for person_id in people:
            wide.find(Person, person_id, "people.unknown", field="people", id=person_id)
        known = gathered_for(session, [shift], people)
        for person_id in people:
            verdicts, change = newly_said(known, person_id, [shift]), placed_for(shift, person_id)
            refuse_broken(work.actor, known, verdicts, reason=op.override, field="people", change=change)
        brief = brief_of(session, shift)
        for person_id in people:
            wide.add(
                ShiftOffer(
                    id=derived_id("shift_offer", op.offer_id, person_id), offer_id=op.offer_id, shift_id=shift.id,
                    version=shift.version, store_id=shift.store_id, day=shift.day, brief=plain(brief), person_id=person_id,
                    state="open", offered_at=work.now, offered_by=who, until_at=until, answered_at=None, note=op.note,
                    override=op.override,
                )
            )  # fmt: skip
            put_item(
                wide, trigger=OFFERED, receiver_id=person_id, kind="to_do", about="shift", about_id=shift.id,
                facts=facts_of(brief), key=op.offer_id, due_at=until,
            )  # fmt: skip
        shift.offered_until = max(until, shift.offered_until) if shift.offered_until is not None else until


@handles(AnswerOffer, needs=Permission.OWN_SHIFTS)
def answer_offer(work: Work, op: AnswerOffer) -> Settled:
    """I take what was offered to me, or not. The manager has agreed by offering; the rules are asked once more."""
    who = acting(work)
    with with_reach(work) as wide:
        session = wide.session
        offer = session.get(ShiftOffer, derived_id("shift_offer", op.offer_id, who))
        if offer is None:
            raise Problem("market.offer_unknown", id=op.offer_id)
        shift = session.get(RosterShift, offer.shift_id, with_for_update=True, populate_existing=True)
        session.refresh(offer, with_for_update=True)
        if offer.state == "taken":
            raise Problem("market.taken", field="offer_id", day=offer.day.isoformat())
        if offer.state != "open" or offer.until_at <= work.now:
            raise Problem("market.offer_over", field="offer_id", day=offer.day.isoformat())
        if not op.accept:
            offer.state, offer.answered_at = "declined", work.now
            close_items(wide, offer.shift_id, triggers=[OFFERED], receiver_id=who, key=op.offer_id)
            return Settled(state="declined")
        if shift is None:
            raise Problem("market.shift_unknown", field="offer_id", id=offer.shift_id)
        still_to_come(work, shift)
        as_it_was_seen(shift, offer.version)
        known = gathered_for(session, [shift], [who])
        verdicts, change = newly_said(known, who, [shift]), placed_for(shift, who)
        refuse_broken(work.actor, known, verdicts, reason=offer.override, field="offer_id", change=change)
        offer.state, offer.answered_at = "accepted", work.now
        brief = brief_of(session, shift)
        session.flush()
        hands.give(wide, [(shift, who)], by=offer.offered_by, override=offer.override)
        taken(wide, brief, who, session.get_one(Person, who).name)
        return Settled(state="won")


@handles(WithdrawOffer, needs=Permission.PLAN_SHIFTS)
def withdraw_offer(work: Work, op: WithdrawOffer) -> None:
    """The manager takes an offer back from those who have not answered."""
    with with_reach(work) as wide:
        rows = offers_of(wide.session, op.offer_id)
        if not rows:
            raise Problem("market.offer_unknown", id=op.offer_id)
        at_the_desk(work, wide.session, rows[0].store_id, op.kiosk)
        for row in rows:
            if row.state == "open":
                row.state, row.answered_at = "ended", work.now
        close_items(wide, rows[0].shift_id, triggers=[OFFERED], key=op.offer_id)


def still_to_come(work: Work, shift: RosterShift) -> None:
    """Refuse what is over. A shift that has begun may still be taken: who falls ill at eight is missed at nine."""
    if shift.ends_at <= work.now:
        raise Problem("market.is_over", day=shift.day.isoformat())


def as_it_was_seen(shift: RosterShift, version: int) -> None:
    """Refuse to act on what looks otherwise by now."""
    if shift.version != version:
        raise Problem("market.changed_meanwhile", field="shift_id", day=shift.day.isoformat(), version=shift.version)
