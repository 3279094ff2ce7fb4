"""Inputs nobody should send: JSON that is none, or only just; numbers without end; brackets without end; bombs."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from flask import Flask

from server.kernel import http
from tests.server.two_stores import TwoStores
from tests.support.shared_data import shared_data

NASTY: tuple[Any, ...] = (
    None, True, -1, 0, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**30, 1.5, float("nan"), float("inf"),
    float("-inf"), "", " ", "x" * 5_000, "\u0000", "\u202e", "\ud800", "null", "NaN", "1e999", [], [[]], {}, {"": ""},
    {"$ne": None}, ["a"] * 300, "00000000-0000-0000-0000-000000000000", "2106-02-07", "9999-12-31", "0000-00-00",
)  # fmt: skip


def json_files() -> dict[str, bytes]:
    """The 318 files of JSONTestSuite (Nicolas Seriot, MIT)."""
    return {file.name: file.read_bytes() for file in sorted(shared_data("vectors", "json_parsing").glob("*.json"))}


def naughty_strings() -> list[str]:
    """The big list of naughty strings (Max Woolf, MIT)."""
    found: list[str] = []
    for said in json.loads(shared_data("vectors", "naughty_strings.json").read_text(encoding="utf-8")):
        try:
            packed = re.fullmatch(r"[A-Za-z0-9+/]{8,}={1,2}", said)
            found.append(base64.b64decode(said, validate=True).decode() if packed else said)
        except ValueError:
            found.append(said)
    return found


def own_bodies() -> dict[str, tuple[bytes, dict[str, str]]]:
    """Bodies of ours, with the headers they come with."""
    plain: dict[str, str] = {}
    zipped = {"Content-Encoding": "gzip"}
    return {
        "nothing": (b"", plain),
        "a hundred thousand brackets": (b"[" * 100_000, plain),
        "a hundred thousand objects": (b'{"a":' * 100_000, plain),
        "brackets in a string": (b'{"note":"' + b"[" * 100_000 + b'"}', plain),
        "a number without end": (b'{"a":' + b"9" * 100_000 + b"}", plain),
        "an exponent without end": (b'{"a":1e999999}', plain),
        "half a letter": (b'{"a":"\xe6\x9d"}', plain),
        "a lone surrogate": (b'{"a":"\\ud800"}', plain),
        "UTF-16": ('{"a":"李"}'.encode("utf-16"), plain),
        "a byte order mark": (b'\xef\xbb\xbf{"a":1}', plain),
        "NUL bytes": (b'{"a":"\x00"}', plain),
        "the same key a thousand times": (b"{" + b",".join([b'"a":1'] * 1_000) + b"}", plain),
        "twenty megabytes": (b'{"a":"' + b"x" * 20_000_000 + b'"}', plain),
        "a gzip bomb": (gzip.compress(b" " * 50_000_000), zipped),
        "a bomb in a bomb": (gzip.compress(gzip.compress(b" " * 50_000_000)), zipped),
        "gzip cut short": (gzip.compress(b'{"a":1}' * 1_000)[:-20], zipped),
        "not gzip at all": (b'{"a":1}', zipped),
        "another type": (b"<a/>", {"Content-Type": "application/xml"}),
        "a form": (b"a=1&a=2", {"Content-Type": "application/x-www-form-urlencoded"}),
        "an unknown charset": (b'{"a":1}', {"Content-Type": "application/json; charset=klingon"}),
    }


def posts(app: Flask) -> list[tuple[str, str]]:
    """Every endpoint of the API that takes a body."""
    found = []
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & {"POST", "PUT", "PATCH"}):
            if str(rule).startswith("/api/"):
                found.append((method, re.sub(r"<[^>]*>", "0" * 64, str(rule))))
    return sorted(found)


def _nowhere(_part: bytes) -> None:
    """WSGI's older way to write, which nobody uses."""


class Sender:
    """Sends bytes as an admin who is signed in, or signed by a device where the endpoint wants that."""

    def __init__(self, shops: TwoStores, app: Flask, device: Any) -> None:
        self._app, self._client, self._device = app, app.test_client(), device
        answer = self._client.post("/api/v1/session", json=shops.body("session", "admin", "A"))
        self._token = answer.json["token"]

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str] | None = None) -> int:
        """The status. A device signs what the body is before gzip."""
        said = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}", **(headers or {})}
        if path.startswith(("/api/v1/sync", "/api/v1/blobs")):
            signer = self._device.parts.identity.signer
            said |= {"Outpost-Device": self._device.device_id, "Outpost-Signature": signer.sign_request(method, path, body)}
        return self._status(method, path, body, said)

    def _status(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> int:
        """As a WSGI server asks: with nothing between, for there are tens of thousands to ask."""
        environ = {
            "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "localhost",
            "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
            "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False, "HTTP_HOST": "localhost",
        }  # fmt: skip
        for name, value in headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        statuses: list[int] = []
        answer = self._app(environ, lambda status, *_: statuses.append(int(status[:3])) or _nowhere)
        for _ in answer:
            pass
        if hasattr(answer, "close"):
            answer.close()
        return statuses[-1]

    def get(self, path: str) -> int:
        return self._client.get(path, headers={"Authorization": f"Bearer {self._token}"}).status_code


def text_fields(body: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of all texts in a body."""
    if isinstance(body, dict):
        for key, value in body.items():
            yield from text_fields(value, (*at, key))
    elif isinstance(body, str):
        yield at


def fields(body: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of everything in a body, branches and leaves."""
    if isinstance(body, dict):
        for key, value in body.items():
            yield (*at, key)
            yield from fields(value, (*at, key))


def replaced(body: Any, at: tuple[str, ...], value: Any) -> Any:
    if not at:
        return value
    return {**body, at[0]: replaced(body[at[0]], at[1:], value)}


def as_json(body: Any) -> bytes:
    return json.dumps(body).encode()


def body_for(shops: TwoStores, path: str) -> Any:
    """A body that asks for something that can be done; of passwords and tries to sign in, not the sender's own."""
    body = shops.body(path.removeprefix("/api/v1/"), "admin", "A")
    if path.endswith("/session"):
        return {**body, "login": "spare"}
    return {**body, "account_id": shops.account("spare")[0]} if path.endswith("/passwords") else body


assert http.ENDPOINTS is not None
