"""Backups, and what they let the phones say: which punches would survive the loss of this machine.

A backup covers every operation that was durable before it began. Only when the copy is complete and read back does
`device_chain.backed_seq` move up to where each chain stood then; the third tick on a phone means exactly that.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from contract.ids import new_id
from server import migrate
from server.devices.model import DeviceChain
from server.kernel.actors import Actor
from server.kernel.db import Database, table_of
from server.kernel.feed import SyncFeed
from server.kernel.perform import reading, writing

log = structlog.get_logger()
KEEP_NEWEST, KEEP_DAYS = 12, 30
_STAMP = "%Y%m%dT%H%M%S%fZ"


class BackupFailed(RuntimeError):
    """No backup was made, or the file is not one."""


@dataclass(frozen=True)
class Backup:
    """A finished backup."""

    file: Path
    made_at: datetime
    devices: int


def make_backup(db: Database, folder: Path, now: datetime) -> Backup:
    """Copy the database into `folder` and move the watermark of each device to what the copy holds."""
    folder.mkdir(parents=True, exist_ok=True)
    heads = _heads(db)
    suffix = "db" if db.is_sqlite else "dump"
    file = folder / f"outpost-{now.strftime(_STAMP)}.{suffix}"
    unfinished = file.with_suffix(file.suffix + ".part")
    try:
        if db.is_sqlite:
            _copy_sqlite(Path(db.url.database or ""), unfinished)
        else:
            _dump_postgres(db, unfinished)
        unfinished.chmod(0o600)  # it holds what the database holds
        _to_disk(unfinished)
        unfinished.replace(file)
        _to_disk(folder)
    finally:
        unfinished.unlink(missing_ok=True)
    _move_watermarks(db, heads, now)
    _thin_out(folder, suffix)
    log.info("backup made", file=file.name, bytes=file.stat().st_size, devices=len(heads))
    return Backup(file, now, len(heads))


def restore(db: Database, file: Path) -> None:
    """Put a backup in the place of the database, and give the feed a new epoch: devices then offer their journals again,
    so that what came after the backup is not lost. No server may be running on it."""
    if not file.is_file():
        raise BackupFailed(f"no such file: {file}")
    if db.is_sqlite:
        _restore_sqlite(db, file)
    else:
        _restore_postgres(db, file)
    migrate.upgrade(db)
    with writing(db, Actor.system(), op_id=new_id(), now=datetime.now(UTC)) as session:
        session.connection().execute(sa.update(table_of(SyncFeed)).values(epoch=secrets.token_hex(8)))


def backups(folder: Path) -> list[Path]:
    """Finished backups, the newest first."""
    return sorted((file for file in folder.glob("outpost-*.*") if file.suffix in (".db", ".dump")), reverse=True)


def _heads(db: Database) -> dict[str, int]:
    with reading(db, Actor.system()) as session:
        return {row.device_id: row.head_seq for row in session.execute(sa.select(DeviceChain.device_id, DeviceChain.head_seq))}


def _move_watermarks(db: Database, heads: dict[str, int], now: datetime) -> None:
    chain = table_of(DeviceChain)
    behind = sa.update(chain).where(chain.c.device_id == sa.bindparam("of_device"), chain.c.backed_seq < sa.bindparam("seq"))
    moved: list[dict[str, Any]] = [{"of_device": device_id, "seq": seq} for device_id, seq in heads.items() if seq > 0]
    if moved:
        with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
            session.connection().execute(behind.values(backed_seq=sa.bindparam("seq")), moved)


def _copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's own online backup: writers go on meanwhile. The copy is read through before it counts."""
    target.unlink(missing_ok=True)
    with _opened(source) as live, _opened(target) as copy:
        live.backup(copy, pages=2_000, sleep=0.01)
        copy.execute("PRAGMA journal_mode=DELETE")
    _must_be_sound(target)


def _must_be_sound(file: Path) -> None:
    with _opened(file) as copy:
        try:
            found = copy.execute("PRAGMA integrity_check").fetchone()
            copy.execute("SELECT pos FROM sync_feed").fetchone()
        except sqlite3.DatabaseError as broken:
            raise BackupFailed(f"{file.name} is not a backup: {broken}") from broken
    if found is None or found[0] != "ok":
        raise BackupFailed(f"{file.name} is damaged: {found}")


class _opened:
    """A SQLite file that is closed at the end; sqlite3's own context manager only ends the transaction."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, timeout=30)

    def __enter__(self) -> sqlite3.Connection:
        return self._connection

    def __exit__(self, *_error: object) -> None:
        self._connection.close()


def _restore_sqlite(db: Database, file: Path) -> None:
    _must_be_sound(file)
    target = Path(db.url.database or "")
    db.dispose()
    incoming = target.with_name(target.name + ".incoming")
    shutil.copyfile(file, incoming)
    _to_disk(incoming)
    for leftover in ("-wal", "-shm"):
        target.with_name(target.name + leftover).unlink(missing_ok=True)
    incoming.replace(target)


def _dump_postgres(db: Database, target: Path) -> None:
    _run_postgres_tool("pg_dump", db, "--format=custom", "--no-owner", f"--file={target}")
    _run_postgres_tool("pg_restore", None, "--list", str(target))


def _restore_postgres(db: Database, file: Path) -> None:
    _run_postgres_tool("pg_restore", None, "--list", str(file))
    db.dispose()
    _run_postgres_tool(
        "pg_restore", db, "--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error", str(file)
    )


def _run_postgres_tool(name: str, db: Database | None, *arguments: str) -> None:
    program = shutil.which(name)
    if program is None:
        raise BackupFailed(f"{name} is not installed; on Debian and Ubuntu: apt-get install postgresql-client")
    environment = dict(os.environ)
    command = [program]
    if db is not None:
        url = db.url
        if url.password is not None:
            environment["PGPASSWORD"] = str(url.password)  # not on the command line, where every user could read it
        options = {"--host": url.host, "--port": url.port, "--username": url.username, "--dbname": url.database}
        command += [f"{option}={value}" for option, value in options.items() if value is not None]
    done = subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BackupFailed(f"{name} failed: {done.stderr.strip()[-500:]}")


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _thin_out(folder: Path, suffix: str) -> None:
    """Keep the newest, and of each earlier day the last, for a month."""
    kept_days: set[str] = set()
    for n, file in enumerate(found for found in backups(folder) if found.suffix == f".{suffix}"):
        day = file.name.split("-", 1)[1][:8]
        if n < KEEP_NEWEST:
            kept_days.add(day)
            continue
        if day in kept_days or len(kept_days) >= KEEP_DAYS:
            file.unlink()
        kept_days.add(day)
