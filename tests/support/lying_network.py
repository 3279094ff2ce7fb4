"""A loopback proxy that behaves as networks in basements do: it drops, delays, doubles, truncates, and answers for others."""

from __future__ import annotations

import contextlib
import random
import socket
import socketserver
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

PORTAL = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 52\r\n\r\n"
    b"<html><body>Sign in to use this Wi-Fi</body></html>\r\n"
)
_UPSTREAM_S = 8.0


@dataclass
class Weather:
    """How often, out of a hundred requests, each misfortune happens. What is left passes."""

    lost_request: int = 8
    lost_reply: int = 10
    doubled: int = 8
    delayed: int = 12
    truncated: int = 6
    portal: int = 4

    def draw(self, rng: random.Random) -> str:
        n = rng.randrange(100)
        for fate in ("lost_request", "lost_reply", "doubled", "delayed", "truncated", "portal"):
            n -= int(getattr(self, fate))
            if n < 0:
                return fate
        return "passed"


CLEAR = Weather(0, 0, 0, 0, 0, 0)


@dataclass
class LyingNetwork:
    """Listens on `port`, speaks for the server behind `upstream`. `weather` may be changed at any time."""

    upstream: int
    weather: Weather
    seed: int = 7
    happened: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> LyingNetwork:
        network = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):  # a broken line is what this is for
                    network._serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 128

            def handle_error(self, request: object, client_address: object) -> None:
                network.happened["broken"] += 1

        self._server = Server(("127.0.0.1", 0), Handler)
        self._rng, self._lock = random.Random(self.seed), threading.Lock()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _serve(self, caller: socket.socket) -> None:
        caller.settimeout(30)
        while (request := read_message(caller)) is not None:
            with self._lock:
                fate, share, pause_s = self.weather.draw(self._rng), self._rng.random(), self._rng.random() * 0.3
            self.happened[fate] += 1
            if fate == "lost_request":
                return
            if fate == "portal":
                caller.sendall(PORTAL)
                continue
            if fate == "delayed":
                time.sleep(pause_s)
            reply = self._ask(request)
            if fate == "doubled":
                reply = self._ask(request)
            if reply is None or fate == "lost_reply":
                return
            if fate == "truncated":
                caller.sendall(reply[: int(len(reply) * share)])
                return
            caller.sendall(reply)

    def _ask(self, request: bytes) -> bytes | None:
        try:
            with socket.create_connection(("127.0.0.1", self.upstream), timeout=_UPSTREAM_S) as line:
                line.sendall(request)
                return read_message(line)
        except OSError:
            return None


def read_message(line: socket.socket) -> bytes | None:
    """One HTTP message with its body, as bytes; None where the line ended before a whole one had come."""
    got = b""
    while b"\r\n\r\n" not in got:
        piece = line.recv(65_536)
        if not piece:
            return None
        got += piece
    head, _, _ = got.partition(b"\r\n\r\n")
    length = 0
    for row in head.split(b"\r\n")[1:]:
        name, _, value = row.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    whole = len(head) + 4 + length
    while len(got) < whole:
        piece = line.recv(65_536)
        if not piece:
            return None
        got += piece
    return got[:whole]
