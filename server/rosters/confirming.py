"""People say that they have seen their shifts. It counts for the version they saw."""

from __future__ import annotations

from typing import Any

from contract.rosters import ConfirmShifts
from server.approvals.service import acting
from server.kernel.actors import Permission
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.rosters.model import RosterCell, RosterShift


@handles(ConfirmShifts, needs=Permission.OWN_SHIFTS)
def confirm_shifts(work: Work, op: ConfirmShifts) -> dict[str, Any]:
    """One's own published shifts, as they were seen. Answers which are confirmed and which have changed meanwhile; refused where
    none is left to confirm."""
    device = work.device
    if device is not None and device.kind == "kiosk" and (op.kiosk is None or not op.kiosk.pin):
        raise Problem("rosters.pin_needed", field="kiosk")
    who = acting(work)
    confirmed: list[str] = []
    changed: list[str] = []
    with work.with_system_reach() as session:
        for seen in op.shifts:
            shift = session.get(RosterShift, seen.shift_id, with_for_update=True)
            if shift is None or shift.person_id != who:
                changed.append(seen.shift_id)
                continue
            if shift.version != seen.version:
                changed.append(seen.shift_id)
                continue
            confirmed.append(shift.id)
            if shift.confirmed_at is not None:
                continue
            shift.confirmed_at = work.now
            cell = session.get(RosterCell, shift.id)
            if cell is not None and cell.state == "published":
                cell.state = "confirmed"
        if not confirmed:
            one = session.get(RosterShift, changed[0])
            if one is None or one.person_id != who:
                raise Problem("rosters.not_your_shift", field="shifts", id=changed[0])
            raise Problem("rosters.changed_meanwhile", field="shifts", id=one.id, version=one.version)
    return {"confirmed": confirmed, "changed": changed}
