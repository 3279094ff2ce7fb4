"""HQ at its desk: operations and questions over the HTTP API, signed in like anybody else."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from contract.ids import new_id
from contract.wire import Wire, encode
from mobile.core.ports import Answer, Link, NoSignal

_TRIES: Final = 40
_PAUSE_S: Final = 0.25
_JSON: Final = "application/json; charset=utf-8"  # devices pack what they send; the API for people takes it as it is


class HqRefused(RuntimeError):
    """The server refused something HQ needs for the simulation to go on."""


class Hq:
    """One signed-in person. A call is repeated with the same key until there is an answer, so nothing happens twice."""

    def __init__(self, link: Link, login: str, password: str, *, help_me: Callable[[], None] | None = None) -> None:
        self._link, self._login, self._password, self._help_me = link, login, password, help_me
        self._token: str | None = None
        self.requests = 0

    def do(self, path: str, operation: Wire) -> dict[str, Any]:
        """Perform an operation; its answer. Raises HqRefused."""
        answer = self._ask("POST", path, encode(operation), {"Idempotency-Key": new_id()})
        return dict(json.loads(answer.body).get("answer") or {})

    def read(self, path: str, **query: Any) -> dict[str, Any]:
        asked = {name: value for name, value in query.items() if value is not None}
        full = f"{path}?{urlencode(asked)}" if asked else path
        return dict(json.loads(self._ask("GET", full, b"", {}).body))

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        for _ in range(2):
            if self._token is None:
                self._sign_in()
            bearer = {"Authorization": f"Bearer {self._token}", "Content-Type": _JSON}
            answer = self._send(method, path, body, headers | bearer)
            if answer.status != 401:
                break
            self._token = None  # sessions end after some hours, and a restored server knows none of the newer ones
        if answer.status >= 300:
            raise HqRefused(f"{method} {path}: {answer.status} {answer.body[:400].decode(errors='replace')}")
        return answer

    def _sign_in(self) -> None:
        body = json.dumps({"login": self._login, "password": self._password}).encode()
        answer = self._send("POST", "/api/v1/session", body, {"Content-Type": _JSON})
        if answer.status != 201:
            raise HqRefused(f"sign-in as {self._login}: {answer.status} {answer.body[:400].decode(errors='replace')}")
        self._token = json.loads(answer.body)["token"]

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        for _ in range(_TRIES):
            self.requests += 1
            try:
                answer = self._link.send(method, f"{path}", body, headers, 60.0)
            except NoSignal as silence:
                lost = silence
                if self._help_me is not None:
                    self._help_me()  # HQ sees at once that the server is down, and rings somebody up
                time.sleep(_PAUSE_S)
                continue
            if answer.status in (429, 502, 503):
                time.sleep(answer.retry_after_s or _PAUSE_S)
                continue
            return answer
        raise HqRefused(f"{method} {path}: no answer ({lost})")
