"""Making operations forgotten: their bytes become empty, what proves their place stays (docs/concepts/privacy.md)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract.ids import derived_id
from contract.privacy import ForgetOperations
from server.archive.events import OperationsForgotten
from server.kernel.actors import Actor, Permission
from server.kernel.events import tell
from server.kernel.http import Outpost
from server.kernel.ledger import OpLog
from server.kernel.perform import Work, handles, perform
from server.kernel.problems import Problem

AT_ONCE = 500
_OPEN = ("received", "held", "parked")


@handles(ForgetOperations, needs=Permission.ERASE_PERSON)
def forget_operations(work: Work, op: ForgetOperations) -> None:
    """Only the server itself performs this. Those forgotten already are passed over; one that waits, fails with it."""
    if not work.actor.is_system:
        raise Problem("access.not_allowed", needs="system")
    tell(work, OperationsForgotten(tuple(op.op_ids)))
    work.wrote = True
    forgotten = {"raw": b"", "facts": sa.null(), "answer": sa.null(), "erased_at": work.now}
    due = (OpLog.op_id.in_(op.op_ids), OpLog.erased_at.is_(None))
    waiting = sa.update(OpLog).where(*due, OpLog.status.in_(_OPEN)).values(**forgotten, status="rejected", code="privacy.erased")
    work.session.execute(waiting, execution_options={"unledgered": True, "synchronize_session": False})
    rest = sa.update(OpLog).where(*due).values(**forgotten)
    work.session.execute(rest, execution_options={"unledgered": True, "synchronize_session": False})


def forget(found: Outpost, op_ids: Sequence[str], *, because: str, erasure_id: str | None = None) -> None:
    """Forget these operations, up to 500 in a transaction. Asking again for the same changes nothing."""
    for start in range(0, len(op_ids), AT_ONCE):
        part = list(op_ids[start : start + AT_ONCE])
        operation = ForgetOperations(op_ids=part, because=because, erasure_id=erasure_id)  # type: ignore[arg-type]
        done = perform(
            found.db, Actor.system(), operation, op_id=derived_id("forget", *part), now=found.clock(),
            secret=found.settings.secret,
        )  # fmt: skip
        if done.status != "applied":
            raise Problem(done.code or "operation.failed_here", **done.facts)
