"""The link over real sockets: a whole answer within the deadline, or no signal. Never a half one."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from mobile.core.http_link import ANSWER_MOST_BYTES, HttpLink
from mobile.core.ports import AimedLink, NoSignal, TooSlow

JSON = {"Content-Type": "application/json"}
Handler = Callable[[socket.socket, bytes], bool]


class Wire:
    """A socket that answers each request with what the test says. Requests are kept as they came."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.answer: Handler = says(b"{}")
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._converse, args=(line,), daemon=True).start()

    def _converse(self, line: socket.socket) -> None:
        with line:
            while (request := self._request(line)) is not None:
                self.requests.append(request)
                if not self.answer(line, request):
                    return

    @staticmethod
    def _request(line: socket.socket) -> bytes | None:
        got = b""
        try:
            while b"\r\n\r\n" not in got:
                piece = line.recv(65536)
                if not piece:
                    return None
                got += piece
            head, _, body = got.partition(b"\r\n\r\n")
            length = next((int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length")), 0)
            while len(body) < length:
                body += line.recv(65536)
        except OSError:
            return None
        return head + b"\r\n\r\n" + body


def says(body: bytes, status: str = "200 OK", *headers: str) -> Handler:
    def answer(line: socket.socket, request: bytes) -> bool:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
        line.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return True

    return answer


def raw(words: bytes, *, stay: float = 0.0) -> Handler:
    def answer(line: socket.socket, request: bytes) -> bool:
        line.sendall(words)
        time.sleep(stay)
        return False

    return answer


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


def ask(link: HttpLink, body: bytes = b"{}", timeout_s: float = 5.0) -> bytes:
    return link.send("POST", "/api/v1/sync", body, JSON, timeout_s).body


def test_one_line_serves_many_requests(wire: Wire) -> None:
    link = HttpLink(wire.url)
    for _ in range(5):
        assert ask(link) == b"{}"
    assert wire.connections == 1 and len(wire.requests) == 5


def test_words_are_packed_both_ways_and_signed_ones_arrive_as_they_were(wire: Wire) -> None:
    said = b'{"rows": ["' + "豫园店".encode() * 400 + b'"]}'
    wire.answer = says(gzip.compress(said), "200 OK", "Content-Encoding: gzip")
    body = b'{"ops": ["' + b"x" * 5000 + b'"]}'
    assert ask(HttpLink(wire.url), body) == said
    head, _, packed = wire.requests[0].partition(b"\r\n\r\n")
    assert b"content-encoding: gzip" in head.lower() and len(packed) < 200
    assert gzip.decompress(packed) == body


def test_photos_are_not_packed_again(wire: Wire) -> None:
    wire.answer = says(b"", "200 OK", "Upload-Offset: 3000")
    headers = {"Content-Type": "application/octet-stream"}
    answer = HttpLink(wire.url).send("PUT", "/api/v1/blobs/x", b"p" * 3000, headers, 5.0)
    assert answer.upload_offset == 3000
    assert b"content-encoding" not in wire.requests[0].lower() and wire.requests[0].endswith(b"p" * 3000)


def test_a_line_that_died_while_idle_costs_one_quiet_try(wire: Wire) -> None:
    link = HttpLink(wire.url)
    ask(link)
    wire.answer = raw(b"")  # the server closes without a word, as after its keep-alive time
    lively = says(b"{}")

    def first_closes(line: socket.socket, request: bytes) -> bool:
        wire.answer = lively
        return False

    wire.answer = first_closes
    assert ask(link) == b"{}"
    assert wire.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        raw(b""),
        raw(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"cut":'),
        raw(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"cut\r\n'),
        raw(b"not http at all\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\nnot gzip: no"),
    ],
    ids=["closed", "truncated", "truncated chunk", "not http", "not gzip"],
)
def test_half_an_answer_is_no_signal(wire: Wire, answer: Handler) -> None:
    wire.answer = answer
    with pytest.raises(NoSignal):
        ask(HttpLink(wire.url))


def test_a_packed_answer_that_was_cut_is_no_signal(wire: Wire) -> None:
    packed = gzip.compress(b'{"rows": []}' * 1000)
    wire.answer = says(packed[:-9], "200 OK", "Content-Encoding: gzip")
    with pytest.raises(NoSignal):
        ask(HttpLink(wire.url))


def test_a_bomb_in_the_answer_does_not_fill_the_memory(wire: Wire) -> None:
    wire.answer = says(gzip.compress(b"0" * (ANSWER_MOST_BYTES + 1)), "200 OK", "Content-Encoding: gzip")
    with pytest.raises(NoSignal):
        ask(HttpLink(wire.url))


def test_silence_is_told_apart_from_refusal(wire: Wire) -> None:
    """Too slow: the next request carries less. Refused at once: there is no server there."""
    wire.answer = raw(b"", stay=2.0)
    began = time.monotonic()
    with pytest.raises(TooSlow):
        ask(HttpLink(wire.url), timeout_s=0.3)
    assert time.monotonic() - began < 1.5
    url = wire.url
    wire.close()
    with pytest.raises(NoSignal) as refused:
        ask(HttpLink(url.rsplit(":", 1)[0] + ":9"), timeout_s=3.0)
    assert not isinstance(refused.value, TooSlow)


def test_an_answer_that_drips_does_not_hold_the_line_beyond_the_deadline(wire: Wire) -> None:
    def drips(line: socket.socket, request: bytes) -> bool:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            time.sleep(0.05)
            try:
                line.sendall(b"x")
            except OSError:
                return False
        return False

    wire.answer = drips
    began = time.monotonic()
    with pytest.raises(TooSlow):
        ask(HttpLink(wire.url), timeout_s=0.5)
    assert time.monotonic() - began < 2.0


def test_a_refusal_is_an_answer_with_its_wait(wire: Wire) -> None:
    wire.answer = says(b'{"code": "sync.busy"}', "429 Too Many Requests", "Retry-After: 7")
    answer = HttpLink(wire.url).send("POST", "/api/v1/sync", b"{}", JSON, 5.0)
    assert (answer.status, answer.retry_after_s, answer.body) == (429, 7.0, b'{"code": "sync.busy"}')
    wire.answer = says(b"{}", "503 Busy", "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT")
    late = HttpLink(wire.url).send("POST", "/api/v1/sync", b"{}", JSON, 5.0)
    assert late.retry_after_s is not None and late.retry_after_s > 1e6
    wire.answer = says(b"{}", "503 Busy", "Retry-After: soon")
    assert HttpLink(wire.url).send("POST", "/api/v1/sync", b"{}", JSON, 5.0).retry_after_s is None


def test_no_server_known_yet_is_no_signal() -> None:
    link = HttpLink()
    assert isinstance(link, AimedLink)
    with pytest.raises(NoSignal):
        ask(link)


def test_a_server_behind_a_path_is_reached_there(wire: Wire) -> None:
    ask(HttpLink(wire.url + "/outpost/"))
    assert wire.requests[0].startswith(b"POST /outpost/api/v1/sync HTTP/1.1")
