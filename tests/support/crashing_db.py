"""SQLite that stops at the n-th statement: on a device by a connection class, on the server by engine events."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from server.kernel.db import Database


class ServerDied(BaseException):
    """The server process ends in the middle of a request. Nothing in the product may catch it."""


class DeviceDied(BaseException):
    """The app is killed here. Nothing in the product may catch it."""


@dataclass
class Fuse:
    """Counts statements; when `at` is reached it blows, and stays blown until it is renewed."""

    at: int | None = None
    seen: int = 0
    blown: bool = False
    said: list[str] = field(default_factory=list)

    def renew(self, at: int | None = None) -> None:
        self.at, self.seen, self.blown = at, 0, False
        self.said.clear()

    def pass_or_blow(self, sql: str, death: type[BaseException]) -> None:
        if self.blown:
            raise death("nothing runs after the end")
        self.seen += 1
        self.said.append(sql)
        if self.at is not None and self.seen >= self.at:
            self.blown = True
            raise death(f"at statement {self.seen}: {sql[:80]}")


def crashing_connect(fuse: Fuse) -> Any:
    """A `connect` for AppCore whose connections blow with the fuse."""

    class Crashing(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            fuse.pass_or_blow(sql, DeviceDied)
            return super().execute(sql, *values)

        def executemany(self, sql: str, *values: Any) -> sqlite3.Cursor:
            fuse.pass_or_blow(sql, DeviceDied)
            return super().executemany(sql, *values)

    def connect(path: str) -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False, factory=Crashing)

    return connect


def wire_fuse(db: Database, fuse: Fuse) -> None:
    """Make a server's database blow with the fuse, at statements and at commits."""

    def statement(_connection: Any, _cursor: Any, sql: str, *_more: Any) -> None:
        fuse.pass_or_blow(sql, ServerDied)

    def commit(_connection: Any) -> None:
        fuse.pass_or_blow("COMMIT", ServerDied)

    event.listen(db.engine, "before_cursor_execute", statement)
    event.listen(db.engine, "commit", commit)
