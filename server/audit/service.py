"""What is done to the log beside entering it: devices report what they saw, people ask for a comparison, salts are dropped."""

from __future__ import annotations

import time
import traceback
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from contract.audit import ReportSplitView, VerifyLog, open_restart, origin_of
from contract.ids import new_id
from contract.merkle import NotANote, open_head
from server.archive.events import OperationsForgotten
from server.audit.heads import HeadFile
from server.audit.leaves import read_leaf
from server.audit.model import AuditAlarm, AuditErasure, AuditRun
from server.audit.sequencer import catch_up
from server.audit.verify import Report, verify
from server.kernel.actors import Actor, Permission
from server.kernel.db import table_of
from server.kernel.events import reacts_to
from server.kernel.http import Outpost
from server.kernel.jobs import ask_for, does
from server.kernel.keys import server_signer
from server.kernel.ledger import OpLog
from server.kernel.perform import Work, handles, writing
from server.kernel.problems import Problem
from server.kernel.tree import AuditLeaf
from server.kernel.witness import WATCHED, note_row

log = structlog.get_logger()
_leaf, _run = table_of(AuditLeaf), table_of(AuditRun)
PROGRESS_EVERY_S = 0.5
FOUND_KEPT = 200


@handles(ReportSplitView, needs=Permission.WITNESS_LOG)
def report_split_view(work: Work, op: ReportSplitView) -> None:
    """Kept as it came, once it is clear that both heads are our own words: nobody raises an alarm with invented ones."""
    if work.device is None:
        raise Problem("access.not_allowed", needs=Permission.WITNESS_LOG.value)
    public = server_signer(work.secret).public
    origin = origin_of(public)
    try:
        open_head(op.held, origin, public)
        if op.code != "audit.head_not_signed":
            open_head(op.offered, origin, public)
            for note in op.restarts:
                open_restart(note, origin, public)
    except NotANote:
        raise Problem("audit.evidence_not_ours") from None
    work.add(
        AuditAlarm(
            id=work.act.op_id, device_id=work.device.device_id, code=op.code, held=op.held, offered=op.offered,
            proof=list(op.proof), restarts=list(op.restarts), reported_at=work.now,
        )
    )  # fmt: skip
    if op.code != "audit.restarted":
        log.error("a device was shown another log than before", device=work.device.device_id, code=op.code)


@handles(VerifyLog, needs=Permission.VERIFY_AUDIT)
def ask_to_verify(work: Work, op: VerifyLog) -> None:
    if work.session.get(AuditRun, op.run_id) is not None:
        raise Problem("operation.already_exists", field="run_id", id=op.run_id)
    work.add(AuditRun(id=op.run_id, asked_by=work.actor.person_id, asked_at=work.now, state="waiting", done=0, total=0))
    # jobs are the system's own; that this one exists follows from being asked
    with work.with_system_reach() as everything:
        ask_for(Work(everything, Actor.system(), work.now, work.act, work.secret), "verify_log", key=op.run_id,
                facts={"run_id": op.run_id})  # fmt: skip


@reacts_to(OperationsForgotten)
def drop_salts(work: Work, told: OperationsForgotten) -> None:
    """Without its salt a leaf tells nothing of the rows it vouched for. The leaf, the tree and every proof stay.

    The operations and rows whose last word stood in those leaves enter the log anew, as they are from now on.
    """
    connection = work.session.connection()
    bare = sa.select(_leaf.c.idx, _leaf.c.body).where(_leaf.c.op_id.in_(told.op_ids), _leaf.c.salt.is_not(None))
    found = connection.execute(bare).all()
    for row in found:
        work.add(AuditErasure(idx=row.idx, op_id=work.act.op_id, erased_at=work.now))
    note_rows_of(work, [bytes(row.body) for row in found])
    for op_id in told.op_ids:
        note_row(work.session, OpLog, op_id)
    connection.execute(sa.update(_leaf).where(_leaf.c.idx.in_([row.idx for row in found])).values(salt=None))


def note_rows_of(work: Work, bodies: list[bytes]) -> None:
    """The rows that these leaves vouched for are vouched for anew by the operation that is under way."""
    for body in bodies:
        leaf = read_leaf(body)
        for table, key, _ in leaf.rows if leaf is not None else ():
            if table in WATCHED:
                note_row(work.session, WATCHED[table], key)


@does("enter_log", every=lambda server: timedelta(minutes=1))
def enter_log(server: Outpost, _facts: dict[str, Any]) -> None:
    """For the case that no sequencer runs beside the servers: the log is then a minute behind, not a second."""
    catch_up(server)


@does("verify_log")
def verify_log(server: Outpost, facts: dict[str, Any]) -> None:
    """A comparison that somebody asked for. It says how far it is, and its result stays."""
    run_id = facts["run_id"]
    last = 0.0

    def tell(done: int, of: int) -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_EVERY_S:
            last = time.monotonic()
            _note_run(server, run_id, done=done, total=of)

    _note_run(server, run_id, state="running", started_at=server.clock())
    catch_up(server)
    try:
        with server.db.snapshot() as connection:
            note = HeadFile(server.settings.data_dir).read()
            report = verify(connection, server.signer.public, notes=[note] if note else [], progress=tell)
    except Exception:
        log.error("a comparison failed", run=run_id, error=traceback.format_exc())
        _note_run(server, run_id, state="failed", ended_at=server.clock())
        return
    state = "clean" if report.is_clean else "broken"
    whole = report.size + report.rows
    _note_run(server, run_id, state=state, ended_at=server.clock(), done=whole, total=whole, result=result_of(report))


def result_of(report: Report) -> dict[str, Any]:
    """What is kept of a comparison."""
    found = [{k: v for k, v in asdict(one).items() if v is not None} for one in report.found]
    return {
        "size": report.size, "root": report.root.hex(), "rows": report.rows, "heads": report.heads, "erased": report.erased,
        "waiting": report.waiting, "found": found[:FOUND_KEPT], "more": report.more + max(0, len(found) - FOUND_KEPT),
    }  # fmt: skip


def _note_run(server: Outpost, run_id: str, **values: Any) -> None:
    with writing(server.db, Actor.system(), op_id=new_id(), now=server.clock()) as session:
        session.connection().execute(sa.update(_run).where(_run.c.id == run_id).values(**values))
