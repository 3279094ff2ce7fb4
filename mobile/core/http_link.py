"""The link over HTTP: one kept-alive connection, gzip both ways, a deadline for the whole answer.

Whatever is not an answer within the deadline is NoSignal. That includes a half answer: nothing is ever read out of one.
"""

from __future__ import annotations

import gzip
import http.client
import socket
import ssl
import threading
import time
import zlib
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import SplitResult, urlsplit

from mobile.core.ports import Answer, NoSignal, TooSlow

ANSWER_MOST_BYTES: Final = 16 * 1024 * 1024
_PIECE: Final = 64 * 1024
_WORTH_GZIP: Final = 400
_IDLE_MOST_S: Final = 20.0  # servers close idle connections at 30-75 s; asking on a dead one costs a round trip


class HttpLink:
    """One server, one request at a time."""

    def __init__(self, server_url: str = "", tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._lock = threading.Lock()
        self._server: SplitResult | None = None
        self._line: http.client.HTTPConnection | None = None
        self._used_at = 0.0
        if server_url:
            self.aim(server_url)

    def aim(self, server_url: str) -> None:
        with self._lock:
            self._hang_up()
            self._server = urlsplit(server_url.rstrip("/"))

    def close(self) -> None:
        with self._lock:
            self._hang_up()

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str], timeout_s: float) -> Answer:
        """Raises NoSignal (TooSlow where time ran out)."""
        until = time.monotonic() + timeout_s
        headers = {**headers, "Accept-Encoding": "gzip", "Connection": "keep-alive"}
        if len(body) >= _WORTH_GZIP and headers.get("Content-Type") == "application/json":
            body = gzip.compress(body, 6, mtime=0)
            headers["Content-Encoding"] = "gzip"
        with self._lock:
            if time.monotonic() - self._used_at > _IDLE_MOST_S:
                self._hang_up()
            again = self._line is not None  # a kept line may have died meanwhile; every request is safe to repeat
            while True:
                try:
                    return self._exchange(method, path, body, headers, until)
                except TimeoutError as late:
                    self._hang_up()
                    raise TooSlow("no answer in time") from late
                except (OSError, http.client.HTTPException, EOFError, zlib.error) as lost:
                    self._hang_up()
                    if time.monotonic() >= until:
                        raise TooSlow("no whole answer in time") from lost
                    if not again:
                        raise NoSignal(f"{type(lost).__name__}: {lost}") from lost
                    again = False

    def _exchange(self, method: str, path: str, body: bytes, headers: dict[str, str], until: float) -> Answer:
        line = self._connected(until)
        # a timeout holds for one read only: words that drip in byte by byte would never meet it
        watch = threading.Timer(_left_s(until), _cut, (line.sock,))
        watch.daemon = True
        watch.start()
        try:
            line.request(method, self._prefix + path, body, headers)
            reply = line.getresponse()
            said = _read(reply)
        finally:
            watch.cancel()
        self._used_at = time.monotonic()
        if reply.will_close:
            self._hang_up()
        if (reply.getheader("Content-Encoding") or "").lower() == "gzip":
            said = _gunzip(said)
        offset = reply.getheader("Upload-Offset") or ""
        return Answer(
            reply.status,
            said,
            _retry_after_s(reply.getheader("Retry-After")),
            int(offset) if offset.isascii() and offset.isdigit() else None,
        )

    @property
    def _prefix(self) -> str:
        return "" if self._server is None else self._server.path.rstrip("/")

    def _connected(self, until: float) -> http.client.HTTPConnection:
        if self._server is None or self._server.hostname is None:
            raise NoSignal("no server is known yet")
        if self._line is None:
            timeout_s = _left_s(until)
            if self._server.scheme == "https":
                tls = self._tls or ssl.create_default_context()
                self._line = http.client.HTTPSConnection(self._server.hostname, self._server.port, timeout=timeout_s, context=tls)
            else:
                self._line = http.client.HTTPConnection(self._server.hostname, self._server.port, timeout=timeout_s)
            self._line.connect()
            # a request is two writes; without this the second waits 40 ms for the first one's acknowledgement
            self._line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._limit(self._line, until)
        return self._line

    @staticmethod
    def _limit(line: http.client.HTTPConnection, until: float) -> None:
        if line.sock is not None:
            line.sock.settimeout(_left_s(until))

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


def _left_s(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left


def _cut(sock: socket.socket | None) -> None:
    """The deadline: whoever reads from this line gets the end of it now."""
    if sock is not None:
        with suppress(OSError):  # it is closed already
            sock.shutdown(socket.SHUT_RDWR)


def _read(reply: http.client.HTTPResponse) -> bytes:
    """All of the answer or an exception: an answer that was cut short says less than was promised."""
    pieces, size = [], 0
    while piece := reply.read1(_PIECE):
        size += len(piece)
        if size > ANSWER_MOST_BYTES:
            raise NoSignal("an answer of that size is not our server's")
        pieces.append(piece)
    if reply.length:
        raise http.client.IncompleteRead(b"".join(pieces), reply.length)
    reply.close()  # read1 leaves that to us; without it the line could not be used again
    return b"".join(pieces)


def _gunzip(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(31)
    body = unpacker.decompress(packed, ANSWER_MOST_BYTES)
    if not unpacker.eof:
        raise EOFError("the packed answer is cut short, or too large")
    return body


def _retry_after_s(text: str | None) -> float | None:
    """Seconds, or a date as RFC 9110 allows."""
    if text is None:
        return None
    if text.strip().isdigit():
        return float(text.strip())
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
