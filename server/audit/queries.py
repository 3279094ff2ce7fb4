"""Reading the log: its heads, operations by person, record, kind and device, and what became of one record."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.audit import Alarm, Changed, HeadPage, HeadRow, TrailPage, TrailQuery, TrailRow, VerifyRun, origin_of
from contract.merkle import key_line
from contract.moments import instant, to_ms
from contract.sealing import b64
from server.audit.model import AuditAlarm, AuditRun
from server.devices.model import Device
from server.kernel.db import ScopedSession
from server.kernel.fields import FIELDS
from server.kernel.ledger import History, OpLog
from server.kernel.paging import containing, page_of
from server.kernel.tree import AuditHead, AuditLeaf, AuditRestart, AuditTree
from server.kernel.witness import AuditPending
from server.org.queries import at_home_below, is_below
from server.people.model import Account, Person

# What is never shown here, whoever looks: this page is about who changed what, and each value has a page with rules of its own.
_SECRET = frozenset({"verifier", "password", "pin", "code", "secret", "proof", "public", "wrapped_key", "id_fingerprint"})
_SEALED = "s1."
HIDDEN = "…"
_BORN_WITHIN = timedelta(minutes=3)


def shown(values: Any) -> Any:
    """Facts of an operation or a row as they may be shown: secrets and sealed values not at all, contact details masked."""
    if isinstance(values, dict):
        return {name: _shown(name, value) for name, value in values.items()}
    return [shown(one) for one in values] if isinstance(values, list) else values


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, dict | list):
        return shown(value)
    if value is None or isinstance(value, bool):
        return value
    if name in _SECRET or (isinstance(value, str) and value.startswith(_SEALED)):
        return HIDDEN
    field = FIELDS.get({"phone": "mobile"}.get(name, name))
    if field is not None and field.mask is not None:
        return field.mask(value)
    return HIDDEN if name in ("contact", "address", "birth", "email") else value


def heads(session: ScopedSession, public: bytes, *, limit: int = 20) -> HeadPage:
    """The log as it stands."""
    origin = origin_of(public)
    found = session.scalars(sa.select(AuditHead).order_by(AuditHead.size.desc()).limit(limit))
    rows = [
        HeadRow(size=row.size, root=b64(bytes(row.root)), epoch=row.epoch, made_ms=to_ms(row.made_at), note=row.note)
        for row in found
    ]
    return HeadPage(
        size=session.scalar(sa.select(AuditTree.size)) or 0,
        waiting=session.scalar(sa.select(sa.func.count()).select_from(AuditPending)) or 0,
        origin=origin,
        key_line=key_line(origin, public),
        heads=rows,
        restarts=list(session.scalars(sa.select(AuditRestart.note).order_by(AuditRestart.made_at.desc()).limit(limit))),
    )


def alarms(session: ScopedSession, *, device_id: str | None = None, limit: int = 50) -> list[Alarm]:
    """What devices reported, the newest first."""
    statement = (
        sa.select(AuditAlarm, Device.label)
        .join(Device, Device.id == AuditAlarm.device_id)
        .order_by(AuditAlarm.reported_at.desc())
        .limit(limit)
    )
    if device_id is not None:
        statement = statement.where(AuditAlarm.device_id == device_id)
    return [
        Alarm(
            id=row.id, device_id=row.device_id, device_label=label, code=row.code, held=row.held, offered=row.offered,
            reported_ms=to_ms(row.reported_at),
        )
        for row, label in session.execute(statement)
    ]  # fmt: skip


def run_row(row: AuditRun) -> VerifyRun:
    result = row.result or {}
    return VerifyRun(
        id=row.id, state=row.state, started_ms=to_ms(row.started_at) if row.started_at else None,  # type: ignore[arg-type]
        ended_ms=to_ms(row.ended_at) if row.ended_at else None, done=row.done, of=row.total, size=result.get("size", 0),
        erased=result.get("erased", 0), found=result.get("found", []), more=result.get("more", 0),
    )  # fmt: skip


def runs(session: ScopedSession, *, limit: int = 10) -> list[AuditRun]:
    return list(session.scalars(sa.select(AuditRun).order_by(AuditRun.asked_at.desc()).limit(limit)))


def trail(session: ScopedSession, asked: TrailQuery) -> TrailPage:
    """Operations, the newest first, each with the rows it changed."""
    statement = sa.select(OpLog)
    if asked.person_id is not None:
        statement = statement.where(OpLog.actor_id == asked.person_id)
    if asked.device_id is not None:
        statement = statement.where(OpLog.device_id == asked.device_id)
    if asked.unit_id is not None:
        devices = sa.select(Device.id).where(is_below(session, Device.store_id, asked.unit_id))
        at_home = OpLog.actor_id.in_(at_home_below(session, asked.unit_id))
        statement = statement.where(sa.or_(at_home, OpLog.device_id.in_(devices)))
    if asked.kind is not None:
        statement = statement.where(containing(OpLog.type, asked.kind))
    if asked.from_ms is not None:
        statement = statement.where(OpLog.received_at >= instant(asked.from_ms))
    if asked.until_ms is not None:
        statement = statement.where(OpLog.received_at < instant(asked.until_ms))
    if asked.record is not None:
        statement = statement.where(OpLog.op_id.in_(_ops_of(session, asked.record)))
    rows, following = page_of(
        session, statement, (OpLog.received_at, OpLog.op_id), limit=asked.limit, cursor=asked.cursor, descending=True
    )
    return TrailPage(operations=_told(session, [row.OpLog for row in rows]), next_cursor=following)


def history_of(
    session: ScopedSession, table: str, row_id: str, *, limit: int = 50, made_at: datetime | None = None
) -> list[TrailRow]:
    """What became of one record, the newest first: its changes, and the operation it was born by. Other rows are left out.
    `made_at`: when it was made, of a record whose id does not say so."""
    ops = _ops_of(session, row_id, table)
    if made_at is not None:
        ops += _holding(session, row_id, OpLog.received_at.between(made_at - _BORN_WITHIN, made_at + _BORN_WITHIN))
    found = session.scalars(sa.select(OpLog).where(OpLog.op_id.in_(ops)).order_by(OpLog.received_at.desc()).limit(limit))
    return _told(session, list(found), only=(table, row_id))


def _ops_of(session: ScopedSession, record: str, table: str | None = None) -> list[str]:
    """The operations that changed a record, and the one that made it."""
    changed = sa.select(History.op_id).where(History.row_id == record).distinct().limit(500)
    if table is not None:
        changed = changed.where(History.table_name == table)
    made = sa.select(OpLog.op_id).where(OpLog.ent == record).limit(10) if _is_uuid(record) else None
    return [*session.scalars(changed), *(session.scalars(made) if made is not None else ()), *_born_by(session, record)]


def _born_by(session: ScopedSession, record: str) -> list[str]:
    """An id and the operation that brings it in are made in the same moment, and both say when: so it is among few."""
    if not _is_uuid(record) or uuid.UUID(record).version != 7:
        return []
    at_ms = uuid.UUID(record).int >> 80
    lowest, highest = (_edge(at_ms + sign * int(_BORN_WITHIN.total_seconds() * 1000)) for sign in (-1, 1))
    return _holding(session, record, OpLog.op_id.between(lowest, highest))


def _holding(session: ScopedSession, record: str, among: sa.ColumnElement[bool]) -> list[str]:
    """The first of these operations that names a record."""
    needle = record.encode()
    is_postgres = session.connection().dialect.name == "postgresql"
    holds = sa.func.position(sa.literal(needle).op("IN")(OpLog.raw)) if is_postgres else sa.func.instr(OpLog.raw, needle)
    chosen = sa.select(OpLog.op_id).where(among, holds > 0).order_by(OpLog.op_id).limit(1)
    return list(session.scalars(chosen))


def _edge(ms: int) -> str:
    return str(uuid.UUID(int=max(0, ms) << 80))


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _told(session: ScopedSession, found: list[OpLog], only: tuple[str, str] | None = None) -> list[TrailRow]:
    ids = [row.op_id for row in found]
    changes: dict[str, list[Changed]] = defaultdict(list)
    statement = sa.select(History).where(History.op_id.in_(ids)).order_by(History.id)
    if only is not None:
        statement = statement.where(History.table_name == only[0], History.row_id == only[1])
    for change in session.scalars(statement):
        changes[change.op_id].append(
            Changed(
                table=change.table_name, row_id=change.row_id, before=shown(change.before), after=shown(change.after),
                changed_ms=to_ms(change.changed_at),
            )
        )
    people = _names(session, Person.id, Person.name, (row.actor_id for row in found))
    logins = _names(session, Account.id, Account.login, (row.account_id for row in found))
    devices = _names(session, Device.id, Device.label, (row.device_id for row in found))
    placed = sa.select(AuditLeaf.op_id, sa.func.min(AuditLeaf.idx)).where(AuditLeaf.op_id.in_(ids)).group_by(AuditLeaf.op_id)
    leaves: dict[str, int] = {op_id: idx for op_id, idx in session.execute(placed) if op_id is not None}
    return [
        TrailRow(
            op_id=row.op_id, type=row.type, received_ms=to_ms(row.received_at), person_id=row.actor_id,
            person_name=people.get(row.actor_id or ""), account_id=row.account_id, login=logins.get(row.account_id or ""),
            device_id=row.device_id, device_label=devices.get(row.device_id or ""), status=row.status, code=row.code,
            said=_said(bytes(row.raw), is_signed=row.device_id is not None), leaf=leaves.get(row.op_id),
            changes=changes.get(row.op_id, []),
        )
        for row in found
    ]  # fmt: skip


def _names(session: ScopedSession, key: Any, name: Any, wanted: Iterable[str | None]) -> dict[str, str]:
    ids = {one for one in wanted if one is not None}
    return {row[0]: row[1] for row in session.execute(sa.select(key, name).where(key.in_(ids)))} if ids else {}


def _said(raw: bytes, *, is_signed: bool) -> dict[str, Any] | None:
    """What the operation asked for; None where it was forgotten or nobody can read it."""
    try:
        read = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if is_signed and isinstance(read, dict):
        read = read.get("data")
    found: dict[str, Any] | None = shown(read) if isinstance(read, dict) else None
    return found
