"""Swaps and shifts given away: asked of a colleague, judged for both at each step, decided by a manager where a unit wants it.

What one's own side would break is told with the rule; of a colleague's side only that it does not work: why is theirs to know.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contract.moments import instant
from contract.rostering.shapes import Verdict
from contract.shift_market import AnswerSwap, AskSwap, DecideSwap, Settled, WithdrawSwap
from contract.wire import plain
from server.approvals.service import acting
from server.inbox.service import close_items, put_item
from server.kernel.actors import Permission
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.people.model import Person
from server.postings.life import with_reach
from server.rosters.gathering import Gathered
from server.rosters.market import hands
from server.rosters.market.judging import (
    as_brief,
    as_rows,
    brief_of,
    facts_of,
    gathered_for,
    held_shift,
    newly_said,
    not_begun,
    placed_for,
    until_at,
)
from server.rosters.market.model import ShiftSwap
from server.rosters.market.rights import at_the_desk, managers_at, word_of
from server.rosters.model import RosterShift
from server.rosters.rules_market import asks_manager, forbids
from server.rosters.verdicts import refuse_broken

ASKED, DECIDE, DONE, ENDED = "swap_asked", "swap_decide", "swap_done", "swap_ended"


@handles(AskSwap, needs=Permission.OWN_SHIFTS)
def ask_swap(work: Work, op: AskSwap) -> None:
    """My shift for yours, or for nothing."""
    who = acting(work)
    with with_reach(work) as wide:
        session = wide.session
        if session.get(ShiftSwap, op.swap_id) is not None:
            raise Problem("operation.already_exists", field="swap_id", id=op.swap_id)
        if op.colleague_id == who:
            raise Problem("market.not_with_oneself", field="colleague_id")
        wide.find(Person, op.colleague_id, "people.unknown", field="colleague_id", id=op.colleague_id)
        shifts = _held(wide, [op.shift_id, *([op.their_shift_id] if op.their_shift_id is not None else [])])
        mine, theirs = shifts[0], shifts[1] if len(shifts) > 1 else None
        _still_of(mine, who, op.version, "shift_id")
        if theirs is not None:
            _still_of(theirs, op.colleague_id, op.their_version, "their_shift_id")
        for shift in shifts:
            not_begun(work, shift)
        running = sa.select(ShiftSwap.id).where(ShiftSwap.shift_id == mine.id, ShiftSwap.state.in_(("asked", "consented")))
        if session.scalars(running).first() is not None:
            raise Problem("market.swap_running", field="shift_id", day=mine.day.isoformat())
        until = until_at(op.until_ms, min(shift.starts_at for shift in shifts))
        if until <= work.now:
            raise Problem("market.until_over", field="until_ms")
        swap = ShiftSwap(
            id=op.swap_id, asker_id=who, colleague_id=op.colleague_id, shift_id=mine.id, version=mine.version,
            store_id=mine.store_id, day=mine.day, brief=plain(brief_of(session, mine)),
            their_shift_id=theirs.id if theirs is not None else None,
            their_version=theirs.version if theirs is not None else None,
            their_store_id=theirs.store_id if theirs is not None else None,
            their_brief=plain(brief_of(session, theirs)) if theirs is not None else None, state="asked", asked_at=work.now,
            until_at=until, costs=[], answered_at=None, decided_at=None, decided_by=None, reason="", note=op.note,
        )  # fmt: skip
        _, verdicts = _judged(work, wide, swap, shifts, by=who)
        swap.costs = as_rows(verdicts)
        wide.add(swap)
        session.flush()
        put_item(
            wide, trigger=ASKED, receiver_id=op.colleague_id, kind="to_do", about="swap", about_id=swap.id,
            facts=_facts(wide, swap), due_at=until,
        )  # fmt: skip


@handles(AnswerSwap, needs=Permission.OWN_SHIFTS)
def answer_swap(work: Work, op: AnswerSwap) -> Settled:
    """The colleague's word. Where a shift is not what it was any more, the swap is void and both hear so."""
    who = acting(work)
    with with_reach(work) as wide:
        swap = _swap(wide, op.swap_id)
        if swap.colleague_id != who:
            raise Problem("market.swap_unknown", id=op.swap_id)
        _must_be(swap, "asked")
        if swap.until_at <= work.now:
            raise Problem("market.swap_over", id=swap.id, state="expired")
        swap.answered_at = work.now
        if not op.accept:
            return _end(wide, swap, "declined", tell=[swap.asker_id])
        shifts = _shifts_of(wide, swap)
        if shifts is None:
            return _end(wide, swap, "void", tell=[swap.asker_id, swap.colleague_id])
        for shift in shifts:
            not_begun(work, shift)
        _, verdicts = _judged(work, wide, swap, shifts, by=who)
        swap.costs = as_rows(verdicts)
        close_items(wide, swap.id, triggers=[ASKED])
        stores = {shift.store_id for shift in shifts}
        if any(asks_manager(word_of(wide.session, store, work.now).swaps, verdicts) for store in stores):
            swap.state = "consented"
            wide.session.flush()
            for manager in {one for store in stores for one in _deciders(wide, swap, store)}:
                put_item(
                    wide, trigger=DECIDE, receiver_id=manager, kind="to_do", about="swap", about_id=swap.id,
                    facts=_facts(wide, swap), due_at=min(shift.starts_at for shift in shifts),
                )  # fmt: skip
            return Settled(state="consented")
        return _do(wide, swap, shifts, by=who)


@handles(DecideSwap, needs=Permission.PLAN_SHIFTS)
def decide_swap(work: Work, op: DecideSwap) -> Settled:
    """The manager of the shifts' stores, who is neither of the two."""
    with with_reach(work) as wide:
        swap = _swap(wide, op.swap_id)
        for store in sorted({swap.store_id, swap.their_store_id or swap.store_id}):
            who = at_the_desk(work, wide.session, store, op.kiosk)
        if who in (swap.asker_id, swap.colleague_id):
            raise Problem("market.own_decision", field="swap_id")
        _must_be(swap, "consented")
        swap.decided_at, swap.decided_by, swap.reason = work.now, who, op.reason
        both = [swap.asker_id, swap.colleague_id]
        if not op.approve:
            if not op.reason.strip():
                raise Problem("market.needs_reason", field="reason")
            return _end(wide, swap, "refused", tell=both)
        shifts = _shifts_of(wide, swap)
        if shifts is None:
            return _end(wide, swap, "void", tell=both)
        for shift in shifts:
            not_begun(work, shift)
        known, verdicts = _judged(work, wide, swap, shifts)
        change = [*placed_for(shifts[0], swap.colleague_id)]
        change += [placed for shift in shifts[1:] for placed in placed_for(shift, swap.asker_id)]
        refuse_broken(work.actor, known, verdicts, reason=op.override, field="swap_id", change=change)
        return _do(wide, swap, shifts, by=who, override=op.override)


@handles(WithdrawSwap, needs=Permission.OWN_SHIFTS)
def withdraw_swap(work: Work, op: WithdrawSwap) -> None:
    """Whoever asked does not any more; the colleague takes back their word, while nobody has decided."""
    who = acting(work)
    with with_reach(work) as wide:
        swap = _swap(wide, op.swap_id)
        if who not in (swap.asker_id, swap.colleague_id):
            raise Problem("market.swap_unknown", id=op.swap_id)
        if swap.state == "asked" and who == swap.colleague_id:
            raise Problem("market.not_agreed_yet", id=op.swap_id)
        _must_be(swap, "asked", "consented")
        other = swap.colleague_id if who == swap.asker_id else swap.asker_id
        _end(wide, swap, "withdrawn", tell=[other])


def expire(wide: Work, swap_id: str) -> None:
    """Nobody has answered or decided in time; both are told. What has ended meanwhile stays as it is."""
    swap = _swap(wide, swap_id)
    if swap.state in ("asked", "consented") and ends_at(swap) <= wide.now:
        _end(wide, swap, "expired", tell=[swap.asker_id, swap.colleague_id])


def ends_at(swap: Any) -> datetime:
    """Until when a swap can wait: for the colleague's answer, then for the manager's until the first shift begins."""
    starts = [as_brief(body).starts_ms for body in (swap.brief, swap.their_brief) if body is not None]
    return swap.until_at if swap.state == "asked" else instant(min(starts))


def _swap(wide: Work, swap_id: str) -> ShiftSwap:
    swap = wide.session.get(ShiftSwap, swap_id, with_for_update=True, populate_existing=True)
    if swap is None:
        raise Problem("market.swap_unknown", id=swap_id)
    return swap


def _held(wide: Work, ids: Sequence[str]) -> list[RosterShift]:
    """The shifts in the order of the ids, held in one order for everybody: who swap at once wait, never for each other."""
    found = {shift_id: held_shift(wide.session, shift_id) for shift_id in sorted(set(ids))}
    return [found[shift_id] for shift_id in ids]


def _shifts_of(wide: Work, swap: ShiftSwap) -> list[RosterShift] | None:
    """Both shifts as they were asked for; None when one is another's, another or gone by now."""
    try:
        shifts = _held(wide, [swap.shift_id, *([swap.their_shift_id] if swap.their_shift_id is not None else [])])
    except Problem:
        return None
    seen = [(swap.asker_id, swap.version), (swap.colleague_id, swap.their_version)]
    same = all((shift.person_id, shift.version) == one for shift, one in zip(shifts, seen, strict=False))
    return shifts if same else None


def _still_of(shift: RosterShift, person_id: str, version: int | None, field: str) -> None:
    if shift.person_id != person_id:
        raise Problem("market.not_their_shift", field=field, day=shift.day.isoformat())
    if shift.version != version:
        raise Problem("market.changed_meanwhile", field=field, day=shift.day.isoformat(), version=shift.version)


def _judged(
    work: Work, wide: Work, swap: ShiftSwap, shifts: Sequence[RosterShift], *, by: str | None = None
) -> tuple[Gathered, list[Verdict]]:
    """What the rules newly say of both. `by` one of the two: what forbids it on their own side refuses with the rule, on the
    other's without."""
    pair = [swap.asker_id, swap.colleague_id]
    known = gathered_for(wide.session, shifts, pair)
    mine, theirs = shifts[0], list(shifts[1:])
    said = {
        swap.asker_id: newly_said(known, swap.asker_id, theirs, [mine.id]),
        swap.colleague_id: newly_said(known, swap.colleague_id, [mine], [shift.id for shift in theirs]),
    }
    if by is not None:
        takes = theirs if by == swap.asker_id else [mine]
        change = [placed for shift in takes for placed in placed_for(shift, by)]
        refuse_broken(work.actor, known, said[by], reason=None, field="swap_id", change=change)
        other = next(one for one in pair if one != by)
        if forbids(said[other]) is not None:
            raise Problem("market.colleague_cannot", field="swap_id", who=wide.session.get_one(Person, other).name)
    return known, [*said[swap.asker_id], *said[swap.colleague_id]]


def _must_be(swap: ShiftSwap, *states: str) -> None:
    if swap.state not in states:
        raise Problem("market.swap_over", id=swap.id, state=swap.state)


def _do(
    wide: Work, swap: ShiftSwap, shifts: Sequence[RosterShift], *, by: str, override: str | None = None
) -> Settled:
    mine, theirs = shifts[0], list(shifts[1:])
    swap.state = "done"
    wide.session.flush()
    moves = [(mine, swap.colleague_id), *((shift, swap.asker_id) for shift in theirs)]
    hands.give(wide, moves, by=by, override=override)
    close_items(wide, swap.id)
    managers = {one for shift in shifts for one in managers_at(wide.session, shift.store_id, wide.now)} - {swap.decided_by}
    for receiver in sorted({swap.asker_id, swap.colleague_id} | managers):
        put_item(
            wide, trigger=DONE, receiver_id=receiver, kind="notice", about="swap", about_id=swap.id, facts=_facts(wide, swap)
        )
    return Settled(state="done")


def _end(wide: Work, swap: ShiftSwap, state: str, *, tell: Sequence[str]) -> Settled:
    swap.state = state
    wide.session.flush()
    close_items(wide, swap.id)
    for receiver in tell:
        put_item(
            wide, trigger=f"{ENDED}_{state}", receiver_id=receiver, kind="notice", about="swap", about_id=swap.id,
            facts={**_facts(wide, swap), "reason": swap.reason},
        )  # fmt: skip
    return Settled(state=state)


def _deciders(wide: Work, swap: ShiftSwap, store_id: str) -> list[str]:
    found = managers_at(wide.session, store_id, wide.now, apart_from=swap.asker_id)
    return [one for one in found if one != swap.colleague_id]


def _facts(wide: Work, swap: ShiftSwap) -> dict[str, str]:
    names = {one: wide.session.get_one(Person, one).name for one in (swap.asker_id, swap.colleague_id)}
    facts = {**facts_of(as_brief(swap.brief)), "who": names[swap.asker_id], "colleague": names[swap.colleague_id]}
    theirs = as_brief(swap.their_brief) if swap.their_brief is not None else None
    return {**facts, "for": f"{theirs.day} {theirs.store_name}" if theirs is not None else "-"}
