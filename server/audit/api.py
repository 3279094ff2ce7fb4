"""The log over HTTP: its heads, operations with what they changed, comparisons, and what devices reported."""

from __future__ import annotations

from flask_smorest import Blueprint

from contract.audit import AlarmList, HeadPage, TrailPage, TrailQuery, VerifyLog, VerifyRun
from server.audit import queries, service, watched
from server.audit.model import AuditRun
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import outpost, reads, writes
from server.kernel.problems import Problem

blueprint = Blueprint("audit", __name__, url_prefix="/api/v1", description="The log of everything that was done")
assert service and watched  # importing them registers the handlers and the tables

writes(blueprint, {"/audit/runs": (VerifyLog, Permission.VERIFY_AUDIT)})


@reads(blueprint, "/audit/heads", needs=Permission.READ_AUDIT, answers=HeadPage)
def heads(session: ScopedSession) -> HeadPage:
    """How large the log is, the key's line, and the last signed heads."""
    return queries.heads(session, outpost().signer.public)


@reads(blueprint, "/audit/operations", needs=Permission.READ_AUDIT, answers=TrailPage, asks=TrailQuery)
def operations(session: ScopedSession, asked: TrailQuery) -> TrailPage:
    """Operations by person, record, kind and device, the newest first, with what they changed."""
    return queries.trail(session, asked)


@reads(blueprint, "/audit/runs/<run_id>", needs=Permission.READ_AUDIT, answers=VerifyRun)
def run(session: ScopedSession, run_id: str) -> VerifyRun:
    """How far a comparison is, and what it found."""
    row = session.get(AuditRun, run_id)
    if row is None:
        raise Problem("access.not_found", id=run_id)
    return queries.run_row(row)


@reads(blueprint, "/audit/alarms", needs=Permission.READ_AUDIT, answers=AlarmList)
def alarms(session: ScopedSession) -> AlarmList:
    """What devices reported of the log: heads that do not continue the ones they hold, and restarts."""
    return AlarmList(alarms=queries.alarms(session))
