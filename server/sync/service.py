"""Adopting what stood in quarantine: HQ decides that an operation of a forked chain is to count after all."""

from __future__ import annotations

import dataclasses

import sqlalchemy as sa

from contract import wire
from contract.devices import AdoptOperation
from contract.moments import TimeTaken, to_ms
from contract.sync import read_signed
from server.devices.chain import state_of_device
from server.kernel.actors import Permission
from server.kernel.intake import stamp_of
from server.kernel.ledger import OpLog, OpQuarantine
from server.kernel.perform import HANDLERS, Act, Work, handles
from server.kernel.problems import Problem


@handles(AdoptOperation, needs=Permission.REPLAY_OPERATIONS)
def adopt(work: Work, op: AdoptOperation) -> None:
    """Perform it as the person and device it names. Its time is only known to lie between enrolment and receipt, and the
    chain does not vouch for it, so the device counts as revoked: a punch goes to review, whatever else speaks for it.
    """
    aside: OpQuarantine = work.find(OpQuarantine, op.quarantine_id, "access.not_found")
    if aside.adopted_by is not None:
        raise Problem("operation.already_exists", id=op.quarantine_id)
    try:
        signed = read_signed(bytes(aside.raw))
        known = wire.OPERATIONS.get(signed.type)
        if known is None or known.shape not in HANDLERS:
            raise Problem("operation.unknown", type=signed.type)
        operation, garbled = wire.decode_operation(signed.type, bytes(signed.data))
    except wire.Malformed as bad:
        raise Problem(bad.code, field=bad.field, **bad.facts) from None
    if signed.ent is not None and _is_performed(work, signed.ent):
        raise Problem("operation.already_exists", id=signed.ent)
    device = state_of_device(work.session, aside.device_id)
    if device is None:
        raise Problem("device.unknown", id=aside.device_id)
    low, high = to_ms(device.enrolled_at), to_ms(aside.received_at)
    stamp = stamp_of(signed)
    at = min(max(stamp.wall, low), high) if stamp is not None else high
    act = Act(
        work.act.op_id, signed.ent, signed.actor, TimeTaken(at, low, high, "unverified"), aside.received_at,
        stamp.wall if stamp is not None else None, stamp.bid if stamp is not None else None, garbled,
    )  # fmt: skip
    facts = dataclasses.replace(device.facts, revoked_at=device.facts.revoked_at or work.now)
    HANDLERS[known.shape].run(dataclasses.replace(work, act=act, device=facts), operation)
    aside.adopted_by = work.act.op_id


def _is_performed(work: Work, ent: str) -> bool:
    """The device has said it again under its new chain."""
    found = sa.select(OpLog.op_id).where(OpLog.ent == ent, OpLog.status == "applied").limit(1)
    return work.session.execute(found).first() is not None
