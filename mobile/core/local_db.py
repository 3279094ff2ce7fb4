"""The device's database: opened so that a commit survives a dead battery, moved to this release's tables, checked at start.

A write is one `with db.write():`. When it returns, the data is on the disk; when it raises, nothing happened.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from mobile.core.ports import Space
from mobile.core.views import Refused

Connect = Callable[[str], sqlite3.Connection]
Row = tuple[Any, ...]

RESERVE_BYTES: Final = 5 * 1024 * 1024  # what is left for the act of saying "full", and for the phone itself
_FULL: Final = 2  # PRAGMA synchronous
_SQLITE_FULL: Final = 13
_NAME: Final = re.compile(r"(\d{4})_[a-z_]+\.sql")


def connect_here(path: str) -> sqlite3.Connection:
    """A connection that may be opened on one thread and used on another, one at a time."""
    return sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)


def migrations_here() -> list[tuple[int, str]]:
    """(number, SQL) of every migration of this release, in order."""
    found = []
    for entry in files("mobile.core").joinpath("local_migrations").iterdir():
        if name := _NAME.fullmatch(entry.name):
            found.append((int(name[1]), entry.read_text(encoding="utf-8")))
    return sorted(found)


class LocalDb:
    """The one connection of the client core."""

    def __init__(self, path: Path, space: Space, connect: Connect = connect_here) -> None:
        self._space = space
        self._forget_cached: list[Callable[[], None]] = []
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        with _as_refusals():
            self._sql = connect(str(path))
            try:
                self._make_safe()
                self._check_whole()
                self._migrate()
            except BaseException:
                self._sql.close()
                raise
        if is_new:
            _sync_folder(path.parent)

    def close(self) -> None:
        self._sql.close()

    def on_rollback(self, forget: Callable[[], None]) -> None:
        """What is remembered outside the database must be forgotten when a write comes to nothing."""
        self._forget_cached.append(forget)

    @contextmanager
    def write(self) -> Iterator[None]:
        """One transaction: all of it on disk, or none of it."""
        with _as_refusals():
            try:
                self._sql.execute("BEGIN IMMEDIATE")
                yield
                self._sql.execute("COMMIT")
            except BaseException:
                for forget in self._forget_cached:
                    forget()
                if self._sql.in_transaction:
                    self._sql.execute("ROLLBACK")
                raise

    @contextmanager
    def read(self) -> Iterator[None]:
        """Several questions answered from the same state, even while another connection writes."""
        if self._sql.in_transaction:
            yield
            return
        self._sql.execute("BEGIN")
        try:
            yield
        finally:
            self._sql.execute("COMMIT")

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """A statement inside a write. Returns how many rows it touched."""
        assert self._sql.in_transaction, "a change outside a transaction is not one act"
        return self._sql.execute(sql, values).rowcount

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        assert self._sql.in_transaction, "a change outside a transaction is not one act"
        self._sql.executemany(sql, rows)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        return self._sql.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        found: Row | None = self._sql.execute(sql, values).fetchone()
        return found

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        found = self.row(sql, values)
        return None if found is None else found[0]

    def need_space(self, bytes_: int, *, reserve: int = RESERVE_BYTES) -> None:
        """Refuse now, before anything says "kept", when the disk is about to be full."""
        free = self._space.free_bytes()
        if free < reserve + bytes_:
            raise Refused("client.disk_full", free_mb=free // (1024 * 1024))

    def empty_log(self) -> None:
        """Move the write-ahead log into the database and cut it to nothing, so that what was erased is nowhere."""
        self._sql.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def size_bytes(self) -> int:
        sizes = (self.path.with_name(self.path.name + tail) for tail in ("", "-wal"))
        return sum(file.stat().st_size for file in sizes if file.exists())

    def _make_safe(self) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"):
            self._sql.execute(f"PRAGMA {pragma}").fetchall()
        found = {name: self.value(f"PRAGMA {name}") for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")}
        if found != {"journal_mode": "wal", "synchronous": _FULL, "secure_delete": 1, "foreign_keys": 1}:
            raise Refused("client.store_unsafe", found=", ".join(f"{name} {value}" for name, value in found.items()))

    def _check_whole(self) -> None:
        said = self.value("PRAGMA quick_check(1)")
        if said != "ok":
            raise Refused("client.store_damaged", said=str(said)[:200])

    def _migrate(self) -> None:
        with self.write():
            self.run("CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY)")
            done = {version for (version,) in self.rows("SELECT version FROM migration")}
            ours = migrations_here()
            if newer := done - {version for version, _ in ours}:
                raise Refused("client.store_newer", version=max(newer))
            for version, sql in ours:
                if version not in done:
                    for statement in _statements(sql):
                        self.run(statement)
                    self.run("INSERT INTO migration (version) VALUES (?)", (version,))


class Settings:
    """Single values kept in the database."""

    def __init__(self, db: LocalDb) -> None:
        self._db = db

    def get(self, name: str) -> str | None:
        found: str | None = self._db.value("SELECT value FROM setting WHERE name = ?", (name,))
        return found

    def number(self, name: str, default: int = 0) -> int:
        found = self.get(name)
        return default if found is None else int(found)

    def put(self, name: str, value: str | int | None) -> None:
        """Inside a write."""
        if value is None:
            self._db.run("DELETE FROM setting WHERE name = ?", (name,))
        else:
            self._db.run("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", (name, str(value)))


def _statements(sql: str) -> Iterator[str]:
    """One by one: `executescript` would commit what has been done so far."""
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip():
        yield pending


@contextmanager
def _as_refusals() -> Iterator[None]:
    """A full disk and a file that is no database are things a person must be told, not crashes."""
    try:
        yield
    except sqlite3.DatabaseError as bad:
        if getattr(bad, "sqlite_errorcode", None) == _SQLITE_FULL or "disk is full" in str(bad):
            raise Refused("client.disk_full", free_mb=0) from bad
        if "not a database" in str(bad) or "malformed" in str(bad):
            raise Refused("client.store_damaged", said=str(bad)[:200]) from bad
        raise


def _sync_folder(folder: Path) -> None:
    """A new file is only there after a power cut when its folder's entry was written too."""
    if os.name == "nt":
        return  # Windows has no handle for a folder and writes the entry with the file
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
