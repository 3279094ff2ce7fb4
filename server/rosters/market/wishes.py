"""Availability and wishes: said by people themselves, also without signal; read when rosters are judged."""

from __future__ import annotations

from datetime import datetime

from contract.moments import instant
from contract.shift_market import MakeWish, SetApproval, SetAvailability, WithdrawWish
from contract.wire import plain
from server.approvals.service import acting
from server.kernel.actors import Permission
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.org.model import OrgUnit
from server.postings.life import with_reach
from server.rosters.desk import must_be_day
from server.rosters.events import WorkerFactsChanged
from server.rosters.gathering import add_reader
from server.rosters.market.loan_model import ShiftApproval
from server.rosters.market.model import Availability, ShiftWish
from server.rosters.market.queries import known_of

add_reader(known_of)


@handles(SetAvailability, needs=Permission.OWN_SHIFTS)
def set_availability(work: Work, op: SetAvailability) -> None:
    """My weeks from a day on. What was said before stays readable and counts until that day."""
    who = acting(work)
    from_day = must_be_day(op.from_day, "from_day")
    until = must_be_day(op.until, "until") if op.until is not None else None
    if until is not None and until <= from_day:
        raise Problem("market.ends_before_start", field="until")
    for one in op.stretches:
        if one.to_min <= one.from_min:
            raise Problem("market.ends_before_start", field="stretches")
    with with_reach(work) as wide:
        if wide.session.get(Availability, op.availability_id) is not None:
            raise Problem("operation.already_exists", field="availability_id", id=op.availability_id)
        wide.add(
            Availability(
                id=op.availability_id, person_id=who, from_day=from_day, until=until,
                stretches=[plain(stretch) for stretch in op.stretches],
                note=op.note, said_at=_said(work),
            )
        )  # fmt: skip
        wide.session.flush()
        tell(wide, WorkerFactsChanged(frozenset({who})))


@handles(MakeWish, needs=Permission.OWN_SHIFTS)
def make_wish(work: Work, op: MakeWish) -> None:
    """One day on which I cannot, would rather not or would like to."""
    who = acting(work)
    day = must_be_day(op.day, "day")
    if op.to_min <= op.from_min:
        raise Problem("market.ends_before_start", field="to_min")
    with with_reach(work) as wide:
        if wide.session.get(ShiftWish, op.wish_id) is not None:
            raise Problem("operation.already_exists", field="wish_id", id=op.wish_id)
        wide.add(
            ShiftWish(
                id=op.wish_id, person_id=who, day=day, kind=op.kind, from_min=op.from_min, to_min=op.to_min, note=op.note,
                said_at=_said(work), withdrawn_at=None,
            )
        )  # fmt: skip
        wide.session.flush()
        tell(wide, WorkerFactsChanged(frozenset({who})))


@handles(WithdrawWish, needs=Permission.OWN_SHIFTS)
def withdraw_wish(work: Work, op: WithdrawWish) -> str:
    """It does not count any more. Asked twice, it changes nothing."""
    who = acting(work)
    with with_reach(work) as wide:
        wish = wide.session.get(ShiftWish, op.wish_id, with_for_update=True)
        if wish is None or wish.person_id != who:
            raise Problem("market.wish_unknown", id=op.wish_id)
        if wish.withdrawn_at is not None:
            return "merged"
        wish.withdrawn_at = work.now
        wide.session.flush()
        tell(wide, WorkerFactsChanged(frozenset({who})))
    return "applied"


@handles(SetApproval, needs=Permission.MANAGE_RULES)
def set_approval(work: Work, op: SetApproval) -> None:
    """What needs a manager's approval in a unit and below it, from now on; what was asked before is decided as it was asked."""
    work.find(OrgUnit, op.unit_id, "org.unit_unknown", field="unit_id", id=op.unit_id)
    needed = Permission.MANAGE_RULES
    if not work.actor.has_everywhere(needed) and op.unit_id not in work.actor.stores_for(needed):
        raise Problem("access.out_of_scope", kind="shift_approval")
    with with_reach(work) as wide:
        said = wide.session.get(ShiftApproval, op.unit_id)
        if said is None:
            wide.add(ShiftApproval(id=op.unit_id, claims=op.claims, swaps=op.swaps, loans=op.loans))
        else:
            said.claims, said.swaps, said.loans = op.claims, op.swaps, op.loans


def _said(work: Work) -> datetime:
    """When it was said: on the device, never later than it arrived."""
    return min(instant(work.act.taken.at_ms), work.now)
