"""Forgetting somebody who left: proposed by one, confirmed by another, done by a job whose every step is safe to do twice."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from contract.ids import derived_id
from contract.moments import to_ms
from contract.privacy import ErasePerson, ProposeErasure, RefuseErasure
from server.archive import files, rules
from server.archive.forget import forget
from server.archive.model import ArchiveState, Document, Erasure, PersonKey
from server.kernel.actors import Actor, Permission
from server.kernel.db import Database, table_of
from server.kernel.feed import SYNCED, mark
from server.kernel.http import Outpost
from server.kernel.jobs import Job, does
from server.kernel.ledger import History, OpLog, OpQuarantine
from server.kernel.perform import Work, handles, reading, writing
from server.kernel.personal import WITH_PHOTOS, empty, key_of, rows_of
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.people.model import Person

log = structlog.get_logger()
_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Operations that name many people, or nothing but ids and days: they are of the company's counting, not of a person's values.
_KEPT_TYPES = frozenset(
    {
        "privacy.note_look/1",
        "privacy.forget_operations/1",
        "privacy.erase_person/1",
        "archive.make_key/1",
        "postings.post_employee/1",
    }
)
CHUNK = 2_000


@handles(ProposeErasure, needs=Permission.ERASE_PERSON)
def propose_erasure(work: Work, op: ProposeErasure) -> None:
    person: Person = work.find(Person, op.person_id, "people.unknown")
    if work.actor.person_id is None:
        raise Problem("access.not_allowed", needs=Permission.ERASE_PERSON.value)
    if person.active:
        raise Problem("privacy.still_here", id=op.person_id)
    if work.session.get(Erasure, op.erasure_id) is not None:
        raise Problem("operation.already_exists", field="erasure_id", id=op.erasure_id)
    known = sa.select(Erasure.id).where(Erasure.person_id == op.person_id, Erasure.state != "refused")
    if work.session.scalars(known).first() is not None:
        raise Problem("privacy.already_proposed", id=op.person_id)
    work.add(
        Erasure(
            id=op.erasure_id, person_id=op.person_id, reason=op.reason, state="proposed", proposed_by=work.actor.person_id,
            proposed_at=work.now, from_at=rules.may_be_erased_from(_left_at(work, op.person_id)),
        )
    )  # fmt: skip


def _left_at(work: Work, person_id: str) -> Any:
    """When somebody left: as noted, else (they left before that was noted) when their record last said so, else now."""
    with whole(work.session) as everything:
        state = everything.get(ArchiveState, person_id)
        if state is not None and state.left_at is not None:
            return state.left_at
        past = sa.select(History.changed_at, History.after).where(History.table_name == "person", History.row_id == person_id)
        left = [row.changed_at for row in everything.execute(past) if (row.after or {}).get("active") is False]
    return max(left, default=work.now)


@handles(ErasePerson, needs=Permission.ERASE_PERSON)
def confirm_erasure(work: Work, op: ErasePerson) -> None:
    """Another person agrees. What follows is a job: it takes longer than a request may."""
    row = _undecided(work, op.erasure_id)
    if work.now < row.from_at:
        raise Problem("privacy.too_early", from_ms=to_ms(row.from_at), day=row.from_at.date().isoformat())
    row.state, row.decided_by, row.decided_at = "confirmed", work.actor.person_id, work.now
    # jobs are the system's own; that this one exists follows from the confirmation
    with work.with_system_reach() as everything:
        everything.add(
            Job(id=derived_id("job", "erase_person", row.id), kind="erase_person", key=row.id,
                facts={"erasure_id": row.id}, due_at=work.now, tries=0)
        )  # fmt: skip


@handles(RefuseErasure, needs=Permission.ERASE_PERSON)
def refuse_erasure(work: Work, op: RefuseErasure) -> None:
    """Also by who proposed it: taking back needs one."""
    row: Erasure = work.find(Erasure, op.erasure_id, "privacy.erasure_unknown")
    if row.state != "proposed":
        raise Problem("privacy.already_decided", id=row.id)
    row.state, row.decided_at, row.refused_because = "refused", work.now, op.reason
    row.decided_by = work.actor.person_id if work.actor.person_id != row.proposed_by else None


def _undecided(work: Work, erasure_id: str) -> Erasure:
    row: Erasure = work.find(Erasure, erasure_id, "privacy.erasure_unknown")
    if row.state != "proposed":
        raise Problem("privacy.already_decided", id=row.id)
    if work.actor.person_id is None or work.actor.person_id == row.proposed_by:
        raise Problem("privacy.two_people", id=row.id)
    return row


@does("erase_person")
def erase_person(found: Outpost, facts: dict[str, Any]) -> None:
    """The job after a confirmation."""
    with reading(found.db, Actor.system()) as everything:
        row = everything.get(Erasure, facts["erasure_id"])
        if row is None or row.state != "confirmed":
            return
        person_id = row.person_id
    erase(found, person_id, erasure_id=facts["erasure_id"])
    log.info("a person was erased", erasure=facts["erasure_id"])


def pseudonym_of(person_id: str) -> str:
    """What stands where the name stood. It tells two apart and nothing else."""
    return "#" + derived_id("pseudonym", person_id)[:8]


def erase(found: Outpost, person_id: str, *, erasure_id: str) -> None:
    """Everything personal goes: key, operations, rows and their history, files, free pages. Done again it changes nothing."""
    now = found.clock()
    remember(found.settings.data_dir, person_id, erasure_id)
    with writing(found.db, Actor.system(), op_id=erasure_id, now=now) as session:
        key = session.get(PersonKey, person_id)
        if key is not None and key.wrapped_key is not None:
            key.wrapped_key, key.destroyed_at = None, now
    with found.db.snapshot() as connection:
        rows = rows_of(connection, person_id)
        ids = {str(getattr(row, key_of(name).name)) for name, found_rows in rows.items() for row in found_rows} | {person_id}
        op_ids = _operations_about(connection, person_id, ids)
        sealed_files = list(
            connection.scalars(sa.select(table_of(Document).c.sha256).where(table_of(Document).c.person_id == person_id))
        )
    forget(found, op_ids, because="erasure", erasure_id=erasure_id)
    photos = [row.photo for name in WITH_PHOTOS for row in rows.get(name, []) if row.photo]
    with writing(found.db, Actor.system(), op_id=erasure_id, now=now) as session:
        connection = session.connection()
        empty(connection, rows, pseudonym_of(person_id))
        _empty_history(connection, ids | set(op_ids))
        _empty_quarantine(connection, [row.id for row in rows.get("device", [])])
        for model, declared in SYNCED.items():
            for row in rows.get(table_of(model).name, []):
                for scope in declared.scopes(row):
                    mark(session, scope, declared.entity, str(row.id))
        session.info["reference_moved"] = True
    for sha256 in sealed_files:
        files.remove(found.settings.data_dir, sha256)
    remove_photos(found.settings.data_dir, photos)
    write_anew(found.db)
    with writing(found.db, Actor.system(), op_id=erasure_id, now=now) as session:
        done = session.get(Erasure, erasure_id)
        if done is not None:  # a backup may be older than the proposal
            done.state, done.done_at = "done", now


def _operations_about(connection: sa.Connection, person_id: str, ids: Iterable[str]) -> list[str]:
    """The operations that were done by the person on a device, or that name them or something of theirs."""
    op = table_of(OpLog)
    wanted = {one.encode() for one in ids}
    about, last = [], ""
    while True:
        asked = sa.select(op.c.op_id, op.c.type, op.c.device_id, op.c.actor_id, op.c.raw).where(op.c.erased_at.is_(None))
        part = connection.execute((asked.where(op.c.op_id > last) if last else asked).order_by(op.c.op_id).limit(CHUNK)).all()
        for row in part:
            if row.type in _KEPT_TYPES:
                continue
            own = row.device_id is not None and row.actor_id == person_id
            if own or not wanted.isdisjoint(_ID.findall(bytes(row.raw))):
                about.append(row.op_id)
        if len(part) < CHUNK:
            return about
        last = part[-1].op_id


def _empty_history(connection: sa.Connection, ids: set[str]) -> None:
    history = table_of(History)
    listed = sorted(ids)
    for start in range(0, len(listed), 500):
        part = listed[start : start + 500]
        mine = sa.or_(history.c.row_id.in_(part))
        connection.execute(sa.update(history).where(mine).values(before=sa.null(), after=sa.null()))


def _empty_quarantine(connection: sa.Connection, device_ids: list[str]) -> None:
    aside = table_of(OpQuarantine)
    mine = sa.and_(aside.c.device_id.in_(device_ids), aside.c.why != "sync.chain_broken")
    connection.execute(sa.update(aside).where(mine).values(raw=b"", sig=None))


def remember(data_dir: Path, person_id: str, erasure_id: str) -> None:
    """Beside the database, so that a server restored from an older backup forgets them again."""
    file = data_dir / "erased"
    line = json.dumps({"person_id": person_id, "erasure_id": erasure_id})
    known = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    if line not in known:
        data_dir.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as out:
            out.write(line + "\n")


def erase_again(found: Outpost) -> int:
    """After a restore: forget whom the backup still knows. Answers how many were erased again."""
    file = found.settings.data_dir / "erased"
    if not file.exists():
        return 0
    again = 0
    for line in file.read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        with reading(found.db, Actor.system()) as everything:
            person = everything.get(Person, said["person_id"])
            known = person is not None and person.name != pseudonym_of(said["person_id"])
        if known:
            erase(found, said["person_id"], erasure_id=said["erasure_id"])
            again += 1
    return again


def remove_photos(data_dir: Path, hashes: Iterable[str]) -> None:
    """Photos by their hash, and pieces of them."""
    for sha256 in hashes:
        if re.fullmatch(r"[0-9a-f]{64}", sha256):
            (data_dir / "blobs" / sha256[:2] / sha256).unlink(missing_ok=True)
            for shown in (data_dir / "ticket_pictures" / sha256[:2]).glob(f"{sha256}*"):
                shown.unlink(missing_ok=True)
            for part in (data_dir / "blobs" / "parts").glob(f"*.{sha256}"):
                part.unlink(missing_ok=True)


def write_anew(db: Database) -> None:
    """Rewrite the file of the database, so that nothing that was made empty lies on in free pages or the write-ahead file."""
    if not db.is_sqlite:
        with db.glance() as connection:
            for name in ("op_log", "history", "person", "punch", "op_quarantine"):
                connection.exec_driver_sql(f"VACUUM {name}")
        return
    file = sqlite3.connect(db.url.database or "", timeout=60, isolation_level=None)
    try:
        file.execute("VACUUM")
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        file.close()
