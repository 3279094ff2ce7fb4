"""Who speaks for a store or a unit on the market, and which word about approvals counts there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contract.attendance import KioskProof
from contract.shift_market import Approval
from server.approvals.service import acting
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.org.queries import company_day, tree_on
from server.postings.sides import home_manager_in, host_managers
from server.rosters.desk import plans_at
from server.rosters.market.loan_model import ShiftApproval

_PLANS = Permission.PLAN_SHIFTS


def at_the_desk(work: Work, session: ScopedSession, unit_id: str, kiosk: KioskProof | None) -> str:
    """Who acts for a store or unit: at the console whoever plans there, on a phone its manager, at a tablet of that store its
    manager whose PIN was checked. Refuses everybody else as if there were nothing."""
    who = acting(work)
    device = work.device
    if device is None:
        if work.actor.has_everywhere(_PLANS) or unit_id in work.actor.stores_for(_PLANS):
            return who
    elif device.kind == "kiosk":
        if device.store_id != unit_id:
            raise Problem("rosters.not_your_store", id=unit_id)
        if kiosk is None or not kiosk.pin:
            raise Problem("rosters.pin_needed", field="kiosk")
    if not plans_at(session, who, unit_id, work.now) and not _leads(session, who, unit_id, work.now):
        if device is None:
            raise Problem("access.out_of_scope", kind="roster_shift")
        raise Problem("rosters.not_your_store", id=unit_id)
    return who


def _leads(session: ScopedSession, person_id: str, unit_id: str, moment: datetime) -> bool:
    """Whether somebody is whom a unit without a manager of its own would turn to."""
    return home_manager_in(tree_on(session, company_day(moment)), "", unit_id) == person_id


def managers_at(session: ScopedSession, unit_id: str, moment: datetime, *, apart_from: str | None = None) -> list[str]:
    """Who is asked for a store or unit: everybody who manages it; where nobody does, the manager of the next unit above.

    Nobody is asked about themselves.
    """
    day = company_day(moment)
    found = host_managers(session, unit_id, day) - {apart_from}
    if not found:
        above = home_manager_in(tree_on(session, day), apart_from or "", unit_id)
        found = {above} if above is not None else set()
    return sorted(one for one in found if one is not None)


@dataclass(frozen=True)
class Word:
    """What needs a manager's approval."""

    claims: Approval = "always"
    swaps: Approval = "always"
    loans: Approval = "always"


def word_of(session: ScopedSession, unit_id: str, moment: datetime) -> Word:
    """The nearest unit's word, from the store up to the company; nothing said: a manager is always asked."""
    tree = tree_on(session, company_day(moment))
    for above in (unit_id, *tree.above(unit_id)):
        said = session.get(ShiftApproval, above)
        if said is not None:
            return Word(said.claims, said.swaps, said.loans)  # type: ignore[arg-type]
    return Word()
