"""A load generator: many devices over keep-alive connections in one process, each sending its next request when the last
one has been answered. Requests are signed as they leave, because what a device says depends on what it last heard.
"""

from __future__ import annotations

import contextlib
import gzip
import selectors
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Next = Callable[[], bytes | None]
Heard = Callable[[int, bytes], None]


@dataclass
class Lane:
    """One device's connection: `next_request` gives bytes or None when it is done, `heard` gets status and body."""

    next_request: Next
    heard: Heard
    sock: socket.socket | None = None
    buffer: bytearray = field(default_factory=bytearray)
    sent_at: float = 0.0
    waits_until: float = 0.0


@dataclass
class Result:
    """What came of a run: seconds each request took, how many by status, the whole time, and this process's CPU time."""

    latencies_s: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    wall_s: float = 0.0
    own_cpu_s: float = 0.0

    def percentile_ms(self, percent: float) -> float:
        ordered = sorted(self.latencies_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000 if ordered else 0.0

    @property
    def per_s(self) -> float:
        return len(self.latencies_s) / self.wall_s if self.wall_s else 0.0


def drive(address: tuple[str, int], lanes: Sequence[Lane], *, seconds: float | None = None) -> Result:
    """Run all lanes until each is done, or for so many seconds. A 429 makes its lane wait as long as it is told."""
    result = Result()
    chooser = selectors.DefaultSelector()
    resting: list[Lane] = []
    open_lanes = 0
    started, cpu = time.perf_counter(), time.process_time()
    until = started + seconds if seconds is not None else float("inf")
    for lane in lanes:
        lane.sock = socket.create_connection(address)
        lane.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        chooser.register(lane.sock, selectors.EVENT_READ, lane)
        open_lanes += _send(lane, until)
    while open_lanes:
        for key, _ in chooser.select(timeout=0.05):
            lane = key.data
            answered = _receive(lane)
            if answered is None:
                continue
            status, body, retry_s = answered
            now = time.perf_counter()
            result.latencies_s.append(now - lane.sent_at)
            result.statuses[status] = result.statuses.get(status, 0) + 1
            if status == 429:
                lane.waits_until = now + retry_s
                resting.append(lane)
                continue
            lane.heard(status, body)
            open_lanes -= not _send(lane, until)
        now = time.perf_counter()
        for lane in [lane for lane in resting if lane.waits_until <= now]:
            resting.remove(lane)
            open_lanes -= not _send(lane, until)
    result.wall_s, result.own_cpu_s = time.perf_counter() - started, time.process_time() - cpu
    for lane in lanes:
        if lane.sock is not None:
            chooser.unregister(lane.sock)
            with contextlib.suppress(OSError):
                lane.sock.close()
            lane.sock = None
    return result


def _send(lane: Lane, until: float) -> bool:
    if time.perf_counter() >= until:
        return False
    request = lane.next_request()
    if request is None:
        return False
    assert lane.sock is not None
    lane.sent_at = time.perf_counter()
    lane.sock.sendall(request)
    return True


def _receive(lane: Lane) -> tuple[int, bytes, float] | None:
    assert lane.sock is not None
    piece = lane.sock.recv(262_144)
    if not piece:
        raise ConnectionError("the server closed a connection in the middle of a run")
    lane.buffer += piece
    end = lane.buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(lane.buffer[:end]).lower()
    length = int(_header(head, b"content-length") or 0)
    if len(lane.buffer) < end + 4 + length:
        return None
    body = bytes(lane.buffer[end + 4 : end + 4 + length])
    del lane.buffer[: end + 4 + length]
    if _header(head, b"content-encoding") == b"gzip":
        body = gzip.decompress(body)
    return int(head[9:12]), body, float(_header(head, b"retry-after") or 1)


def _header(head: bytes, name: bytes) -> bytes | None:
    at = head.find(b"\r\n" + name + b":")
    if at < 0:
        return None
    start = at + len(name) + 3
    stop = head.find(b"\r\n", start)
    return head[start : stop if stop >= 0 else len(head)].strip()
