"""One open line on which the server says that something moved, while the app is in front and has signal; what, comes by sync.

Nothing depends on it: where there is no listener, or the line breaks, the plan's own rhythm goes on.
"""

from __future__ import annotations

import http.client
import logging
import queue
import random
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

from contract.hints import BEAT_S, BOARD, HINTS_PATH, MOVED, HintTicket
from contract.wire import Malformed, decode
from mobile.core.replica import open_to_more

AGAIN_FIRST_S: Final = 3.0
AGAIN_MOST_S: Final = 300.0
NONE_HERE_S: Final = 900.0  # the server has no listener: asked again after so long
ASLEEP_S: Final = 5.0
CONNECT_S: Final = 10.0
LINE_MOST_BYTES: Final = 4_096

log = logging.getLogger("outpost.hints")


class HintLine:
    """A thread that holds the line. `ask` runs a question on the core's thread; `news` is told when a look is worth it.

    The question answers (server, headers of a signed GET of HINTS_PATH), or None while nothing is to be listened to.
    """

    def __init__(
        self, ask: Callable[[Callable[[tuple[str, dict[str, str]] | None], None]], None], news: Callable[[], None],
        tls: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        self._ask, self._news, self._tls = ask, news, tls
        self._stopped = threading.Event()
        self._failures = 0
        self._open: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="outpost-hints", daemon=True)
        self.is_live = False

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End it. Does not wait for the network."""
        self._stopped.set()
        self.hang_up()

    def hang_up(self) -> None:
        """Let the line go: the app is in front no more."""
        line = self._open
        if line is not None:
            with suppress(OSError):  # it ended by itself
                line.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                wait_s = self._once()
            except (OSError, http.client.HTTPException, Malformed, ValueError) as lost:
                log.debug("the line of news: %r", lost)
                wait_s = self._pause_s()
            except Exception:  # a fault here must cost nobody anything but the hints
                log.exception("the line of news failed")
                wait_s = AGAIN_MOST_S
            self.is_live = False
            self._stopped.wait(wait_s)

    def _pause_s(self) -> float:
        self._failures += 1
        ceiling: float = min(AGAIN_MOST_S, AGAIN_FIRST_S * 2 ** min(self._failures - 1, 12))
        return ceiling * (0.5 + random.random() / 2)

    def _once(self) -> float:
        """Ask for a ticket, listen until the line ends. Answers how long to wait then."""
        asked = self._wanted()
        if asked is None:
            return ASLEEP_S
        server, headers = asked
        ticket = self._ticket(server, headers)
        where = _where(server, ticket) if ticket is not None else None
        if ticket is None or where is None:
            return NONE_HERE_S
        self._listen(where, ticket.token)
        return self._pause_s()

    def _wanted(self) -> tuple[str, dict[str, str]] | None:
        told: queue.SimpleQueue[tuple[str, dict[str, str]] | None] = queue.SimpleQueue()
        self._ask(told.put)
        try:
            return told.get(timeout=60)
        except queue.Empty:
            return None

    def _ticket(self, server: str, headers: dict[str, str]) -> HintTicket | None:
        at = urlsplit(server)
        line = self._line(server)
        try:
            line.request("GET", at.path.rstrip("/") + HINTS_PATH, headers=headers)
            reply = line.getresponse()
            said = reply.read(64 * 1024)
            if reply.status == 404:
                return None  # a server of before
            if reply.status != 200:
                raise http.client.HTTPException(f"status {reply.status}")
            ticket: HintTicket = decode(said, open_to_more(HintTicket))
            return ticket
        finally:
            line.close()

    def _line(self, url: str) -> http.client.HTTPConnection:
        at = urlsplit(url)
        if at.scheme == "https":
            return http.client.HTTPSConnection(
                at.hostname or "", at.port, timeout=CONNECT_S, context=self._tls or ssl.create_default_context()
            )
        return http.client.HTTPConnection(at.hostname or "", at.port, timeout=CONNECT_S)

    def _listen(self, where: str, token: str) -> None:
        at = urlsplit(where)
        line = self._line(where)
        try:
            line.connect()
            self._open = line.sock  # http.client forgets it once it knows that the line will be closed
            line.request("GET", at.path or "/hints", headers={"Authorization": f"Bearer {token}", "Accept": "text/event-stream"})
            reply = line.getresponse()
            if reply.status != 200:
                raise http.client.HTTPException(f"status {reply.status}")
            if self._open is not None:
                self._open.settimeout(2.5 * BEAT_S)  # two beats missed: the line is dead
            self.is_live, self._failures = True, 0
            self._read(reply)
        finally:
            self._open = None
            line.close()

    def _read(self, reply: Any) -> None:
        while not self._stopped.is_set():
            said = reply.readline(LINE_MOST_BYTES)
            if not said:
                return
            name = said.strip().removeprefix(b"event: ").decode("ascii", "replace")
            if said.startswith(b"event: ") and name in (MOVED, BOARD):
                self._news()
            elif said.startswith(b":") and self._wanted() is None:  # a beat: is the app still in front?
                return


def _where(server: str, ticket: HintTicket) -> str | None:
    if ticket.url:
        return ticket.url
    at = urlsplit(server)
    if not ticket.port or not at.hostname:
        return None
    name = f"[{at.hostname}]" if ":" in at.hostname else at.hostname
    return f"{at.scheme}://{name}:{ticket.port}/hints"
