"""The line of news: who may listen to what, that a change is said within moments, and that nobody is waited for."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import queue
import socket
import threading
import time
from asyncio import selector_events
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contract.hints import BOARD, MOVED, READY, HintTicket
from contract.ids import new_id
from contract.moments import to_ms
from contract.wire import encode
from mobile.core import hint_line
from mobile.core.hint_line import HintLine
from server.hints import tickets
from server.hints.giving import listens_at, origin_of
from server.hints.listener import Listener
from server.kernel.actors import Actor
from server.kernel.clock import utc_now
from server.kernel.feed import mark
from server.kernel.perform import writing
from tests.server.world import SECRET, World
from tests.support.planted import instead

ME = f"private:{new_id()}"
STORE = f"desk:{new_id()}"


class Running:
    """A listener on a port of its own, beside a world."""

    def __init__(self, world: Any, secret: bytes = SECRET) -> None:
        self.world = world
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.listener = Listener(world.db, secret)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._up = threading.Event()
        self._thread.start()
        assert self._up.wait(10)

    def _run(self) -> None:
        async def serve() -> None:
            started = asyncio.Event()
            self._task = asyncio.current_task()
            served = asyncio.create_task(self.listener.run("127.0.0.1", self.port, started=started))
            await started.wait()
            self._up.set()
            try:
                await served
            except asyncio.CancelledError:
                served.cancel()

        with contextlib.suppress(asyncio.CancelledError):  # it was told to end
            self._loop.run_until_complete(serve())

    def close(self) -> None:
        task = self._task
        assert task is not None
        self._loop.call_soon_threadsafe(task.cancel)
        self._thread.join(10)
        self._loop.close()

    def moves(self, scope: str) -> None:
        """Something changes in a scope, committed."""
        with writing(self.world.db, Actor.system(), op_id=new_id(), now=self.world.clock()) as session:
            mark(session, scope, "item", new_id())

    def ticket(self, *topics: str, board: bool = False, since: int = 0) -> str:
        return tickets.make(SECRET, topics, board=board, since=since, now=utc_now())[0]

    def open(self, token: str, path: str = "/hints", method: str = "GET") -> http.client.HTTPResponse:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        line.request(method, path, headers={"Authorization": f"Bearer {token}"})
        return line.getresponse()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    world = World.on_sqlite(tmp_path)
    found = Running(world)
    yield found
    found.close()
    world.close()


def heard(answer: Any, most: int = 1) -> list[str]:
    """The names of the next events."""
    names: list[str] = []
    while len(names) < most:
        said = answer.readline().decode().strip()
        if said.startswith("event: "):
            names.append(said.removeprefix("event: "))
    return names


def test_a_change_is_said_at_once_to_whom_it_concerns_and_to_nobody_else(running: Running) -> None:
    mine, other = running.open(running.ticket(ME, STORE)), running.open(running.ticket(f"private:{new_id()}"))
    assert heard(mine) == heard(other) == [READY]
    begun = time.monotonic()
    running.moves(ME)
    assert heard(mine) == [MOVED] and time.monotonic() - begun < 3
    running.moves(STORE)
    assert heard(mine) == [MOVED]
    other.fp.raw._sock.settimeout(1.2)  # type: ignore[union-attr]
    with pytest.raises(TimeoutError):
        heard(other)


def test_what_moved_between_the_ticket_and_the_line_is_said_too(running: Running) -> None:
    token = running.ticket(ME)
    running.moves(ME)
    assert heard(running.open(token), 2) == [READY, MOVED]


def test_who_sees_every_board_hears_that_something_moved_but_not_each_time(running: Running) -> None:
    line = running.open(running.ticket(board=True))
    heard(line)
    for _ in range(5):
        running.moves(STORE)
    assert heard(line) == [BOARD]
    line.fp.raw._sock.settimeout(1.5)  # type: ignore[union-attr]
    with pytest.raises(TimeoutError):
        heard(line)


def test_a_ticket_of_nobody_is_no_leave_and_one_that_is_over_neither(running: Running) -> None:
    good = running.ticket(ME)
    old = tickets.make(SECRET, [ME], board=False, since=0, now=utc_now() - timedelta(days=1))[0]
    forged = tickets.make(b"another secret of another server", [ME], board=True, since=0, now=utc_now())[0]
    said, _, seal = good.partition(".")
    for token in ("", "x", "x.y", old, forged, f"{said}.", f"{said}A.{seal}", "ü.ü", "." * 5000):
        assert running.open(token.encode("utf-8", "ignore").decode("latin-1")).status == 401, token[:40]
    assert running.open(good, "/other").status == 404
    assert running.open(good, method="POST").status == 405
    with instead(tickets.hmac, "compare_digest", lambda *_: True):
        assert running.open(forged).status == 200, "the seal is what keeps others out"


def test_words_that_are_no_request_end_the_line_and_no_other_is_touched(running: Running) -> None:
    line = running.open(running.ticket(ME))
    heard(line)
    for said in (b"\x00\xff\r\n\r\n", b"GET /hints HTTP/1.1\r\n" + b"a: b\r\n" * 5_000, b"GET / HTTP/9\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", running.port), timeout=5) as rude:
            rude.sendall(said)
            with contextlib.suppress(ConnectionResetError):  # a harder no
                assert rude.recv(100).startswith((b"HTTP/1.1 400", b""))
    running.moves(ME)
    assert heard(line) == [MOVED]


def test_who_has_read_that_a_line_is_ready_is_among_the_lines(running: Running) -> None:
    """Also where whoever writes gives way before it goes on: CI met that twice."""
    real = selector_events._SelectorSocketTransport.write  # type: ignore[attr-defined]

    def slow(transport: Any, said: bytes) -> None:
        real(transport, said)
        time.sleep(0.05)

    with instead(selector_events._SelectorSocketTransport, "write", slow):  # type: ignore[attr-defined]
        held = []
        for n in range(1, 4):
            held.append(running.open(running.ticket(ME)))
            assert heard(held[-1]) == [READY] and running.listener.lines == n


def test_a_line_that_ends_is_forgotten(running: Running) -> None:
    line = running.open(running.ticket(ME))
    heard(line)
    assert running.listener.lines == 1
    line.close()
    until = time.monotonic() + 5
    while running.listener.lines and time.monotonic() < until:
        time.sleep(0.02)
    assert running.listener.lines == 0


def test_the_most_personal_topics_are_kept_where_there_are_too_many() -> None:
    many = [f"store:{new_id()}" for _ in range(200)]
    token, until = tickets.make(SECRET, [*many, ME], board=False, since=7, now=utc_now())
    leave = tickets.read(SECRET, token, to_ms(utc_now()))
    assert leave is not None and leave.t[0] == ME and len(leave.t) == tickets.MOST_TOPICS and (leave.p, leave.x) == (7, until)


def test_the_address_is_that_of_the_server_somebody_came_by() -> None:
    beside = HintTicket(token="t", until_ms=0, port=8001)
    assert listens_at(beside, "http", "10.0.0.5:8000") == "http://10.0.0.5:8001/hints"
    assert listens_at(beside, "https", "[::1]:8000") == "https://[::1]:8001/hints"
    assert listens_at(HintTicket(token="t", until_ms=0), "http", "x") == ""
    assert listens_at(HintTicket(token="t", until_ms=0, url="https://n.example/h"), "http", "x") == "https://n.example/h"
    assert listens_at(beside, "http", "a;script-src *") == "", "it ends up in a header of ours"
    assert origin_of("https://n.example/h", "http", "x") == "https://n.example"


class Server:
    """A server that gives tickets, as the device's line meets it."""

    def __init__(self, running: Running | None) -> None:
        self.asked = 0
        self.running = running

    def ticket(self, _line: HintLine, _server: str, _headers: dict[str, str]) -> HintTicket | None:
        self.asked += 1
        if self.running is None:
            return None
        return HintTicket(token=self.running.ticket(ME), until_ms=0, port=self.running.port)


def test_a_device_that_listens_hears_of_a_change_and_comes_again_after_the_line_broke(running: Running) -> None:
    news: queue.SimpleQueue[float] = queue.SimpleQueue()
    server = Server(running)
    line = HintLine(lambda told: told(("http://127.0.0.1:1", {})), lambda: news.put(time.monotonic()))
    with instead(HintLine, "_ticket", lambda self, *asked: server.ticket(self, *asked)), instead(hint_line, "AGAIN_FIRST_S", 0.1):
        line.start()
        _until(lambda: line.is_live)
        running.moves(ME)
        news.get(timeout=5)
        line.hang_up()
        _until(lambda: server.asked == 2 and line.is_live)
        running.moves(ME)
        news.get(timeout=5)
        line.stop()
    assert server.asked == 2


def test_where_nothing_listens_the_device_asks_seldom_and_nothing_fails() -> None:
    server = Server(None)
    line = HintLine(lambda told: told(("http://127.0.0.1:1", {})), lambda: None)
    with instead(HintLine, "_ticket", lambda self, *asked: server.ticket(self, *asked)):
        assert line._once() == hint_line.NONE_HERE_S
    asleep = HintLine(lambda told: told(None), lambda: None)
    assert asleep._once() == hint_line.ASLEEP_S and server.asked == 1
    assert encode(HintTicket(token="t", until_ms=1)).startswith(b"{")


def _until(is_so: Any, most_s: float = 8.0) -> None:
    end = time.monotonic() + most_s
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)
