"""The listener: holds the lines, looks at the feed twice a second for all of them together, and says who should look.

It reads; it writes nothing, and it is asked for nothing but `GET /hints`. What it looks at is an index the devices' pull has
anyway, so a punch costs no more because somebody listens. Without lines it does not look at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import h11
import sqlalchemy as sa
import structlog

from contract.hints import BEAT_S, BOARD, MOVED, READY
from server.hints.tickets import Leave, read
from server.kernel.db import Database, table_of
from server.kernel.feed import SyncChange, SyncFeed

log = structlog.get_logger()
LOOK_S, LOOK_MOST_S = 0.4, 3.0
BOARD_EVERY_S = 3.0
HEAD_MOST_BYTES = 16 * 1024
HEAD_WITHIN_S = 10.0
MOST_LINES = 20_000
_SCOPES_AT_ONCE = 500
_feed, _change = table_of(SyncFeed), table_of(SyncChange)


@dataclass(eq=False)
class Line:
    """One client that waits."""

    writer: asyncio.StreamWriter
    leave: Leave
    said: int  # the position up to which it has been told
    board_said: float = 0.0
    board_due: bool = False
    closed: asyncio.Event = field(default_factory=asyncio.Event)


class Listener:
    """`run` serves until cancelled."""

    def __init__(self, db: Database, secret: bytes) -> None:
        self._db, self._secret = db, secret
        self._lines: set[Line] = set()
        self._position = 0
        self._look_s = LOOK_S

    @property
    def lines(self) -> int:
        """How many wait now."""
        return len(self._lines)

    async def run(self, host: str, port: int, *, started: asyncio.Event | None = None, parent: int | None = None) -> None:
        """Serve. With `parent`, end when that process is gone."""
        server = await asyncio.start_server(self._serve, host, port, limit=HEAD_MOST_BYTES, reuse_address=True, backlog=1_000)
        async with server:
            if started is not None:
                started.set()
            beat = asyncio.create_task(self._beat())
            try:
                while parent is None or os.getppid() == parent:
                    await asyncio.sleep(self._look_s)
                    await self._look()
            finally:
                beat.cancel()
                for line in list(self._lines):
                    self._drop(line)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            status, leave = await self._asked(reader)
            if leave is None or len(self._lines) >= MOST_LINES:
                writer.write(_answer(status if leave is None else 503))
                await writer.drain()
                return
            line = Line(writer, leave, leave.p)
            self._lines.add(line)  # first: writing sends at once, and who has read that it is ready is among the lines
            try:
                writer.write(_HEAD + _event(READY))
                await writer.drain()
                hung_up = asyncio.create_task(_until_end(reader, line))
                await line.closed.wait()
                hung_up.cancel()
            finally:
                self._lines.discard(line)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as gone:  # it will come again
            log.debug("a line could not be opened", error=repr(gone))
        finally:
            with contextlib.suppress(OSError):
                writer.close()

    async def _asked(self, reader: asyncio.StreamReader) -> tuple[int, Leave | None]:
        """The status of a refusal, or what the ticket of the request says."""
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_MOST_BYTES)
        async with asyncio.timeout(HEAD_WITHIN_S):
            while True:
                try:
                    event = connection.next_event()
                except h11.RemoteProtocolError:
                    return 400, None
                if isinstance(event, h11.Request):
                    break
                if event is not h11.NEED_DATA:
                    return 400, None
                connection.receive_data(await reader.read(4_096))
        asked = urlsplit(event.target.decode("ascii", "replace"))
        if asked.path != "/hints":
            return 404, None
        if event.method != b"GET":
            return 405, None
        token = (parse_qs(asked.query).get("ticket") or [""])[0]
        for name, value in event.headers:
            if name == b"authorization" and value.startswith(b"Bearer "):
                token = value[7:].decode("ascii", "replace")
        leave = read(self._secret, token, int(time.time() * 1_000))
        return (401, None) if leave is None else (200, leave)

    async def _look(self) -> None:
        """Once for all lines. The slower the database answers, the seldomer it is asked."""
        if not self._lines:
            return
        begun = time.monotonic()
        lines = list(self._lines)
        try:
            position, moved = await asyncio.to_thread(self._moved, _topics(lines), min(line.said for line in lines))
        except sa.exc.SQLAlchemyError as bad:
            log.warning("the feed could not be read", error=repr(bad))
            self._look_s = LOOK_MOST_S
            return
        self._look_s = min(LOOK_MOST_S, max(LOOK_S, 10 * (time.monotonic() - begun)))
        now = time.monotonic()
        for line in lines:
            if any(moved.get(topic, 0) > line.said for topic in line.leave.t):
                self._say(line, MOVED)
            if line.leave.b and position > line.said:
                line.board_due = True
            if line.board_due and now - line.board_said >= BOARD_EVERY_S:
                line.board_due, line.board_said = False, now
                self._say(line, BOARD)
            line.said = max(line.said, position)
            if line.leave.x <= time.time() * 1_000:
                self._drop(line)

    def _moved(self, topics: set[str], since: int) -> tuple[int, dict[str, int]]:
        """Where the feed stands, and which of these scopes moved after `since`, each with its latest position."""
        with self._db.snapshot() as connection:
            position = connection.execute(sa.select(_feed.c.pos)).scalar_one()
            if position <= since:
                return position, {}
            moved: dict[str, int] = {}
            ordered = sorted(topics)
            for start in range(0, len(ordered), _SCOPES_AT_ONCE):
                asked = (
                    sa.select(_change.c.scope, sa.func.max(_change.c.pos))
                    .where(_change.c.scope.in_(ordered[start : start + _SCOPES_AT_ONCE]), _change.c.pos > since)
                    .group_by(_change.c.scope)
                )
                moved.update((row[0], row[1]) for row in connection.execute(asked))
        return position, moved

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            for line in list(self._lines):
                self._write(line, b": \n\n")

    def _say(self, line: Line, name: str) -> None:
        self._write(line, _event(name))

    def _write(self, line: Line, said: bytes) -> None:
        if line.writer.is_closing() or line.writer.transport.get_write_buffer_size() > 4_096:
            self._drop(line)  # who does not read is not waited for
            return
        line.writer.write(said)

    def _drop(self, line: Line) -> None:
        self._lines.discard(line)
        line.closed.set()


async def _until_end(reader: asyncio.StreamReader, line: Line) -> None:
    """The client says nothing more; its end ends the line."""
    with contextlib.suppress(OSError):
        while await reader.read(1_024):
            pass
    line.closed.set()


def _topics(lines: Iterable[Line]) -> set[str]:
    return {topic for line in lines for topic in line.leave.t}


_CROSS = b"Access-Control-Allow-Origin: *\r\n"  # the ticket is the right; no cookie is looked at
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Accel-Buffering: no\r\n"
    b"Connection: close\r\n" + _CROSS + b"\r\n"
)
_REASONS = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


def _answer(status: int) -> bytes:
    return f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Length: 0\r\nConnection: close\r\n".encode() + _CROSS + b"\r\n"


def _event(name: str) -> bytes:
    return f"event: {name}\ndata: \n\n".encode()
