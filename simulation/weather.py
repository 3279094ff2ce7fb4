"""A network that lies: it loses requests and answers, doubles and delays them, and puts a login page in between.

It sits where the phone's link would, in front of the real HTTP link. Times on it are simulated: a request on its way makes
the true time go on. A delayed request reaches the server long after the device gave up, as a copy nobody waits for.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from mobile.core.ports import Answer, Link, NoSignal, TooSlow
from simulation.clocks import MINUTE, SECOND, TrueTime

PORTAL: Final = b"<!doctype html><html><title>Mall Wi-Fi</title><body>Welcome! Please accept the terms.</body></html>"
Later = Callable[[int, Callable[[], None]], None]
TROUBLES: Final = (
    ("request lost", 0.30),
    ("answer lost", 0.30),
    ("request doubled", 0.15),
    ("request delayed", 0.10),
    ("answer truncated", 0.05),
    ("captive portal", 0.10),
)


@dataclass
class Traffic:
    """What passed, for the table at the end."""

    requests: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    unreachable: int = 0


class Weather:
    """One network for everybody: the server at its end, the true time, and what will arrive late."""

    def __init__(self, time: TrueTime, server: Link, rng: random.Random, later: Later) -> None:
        self.time, self._server, self._rng, self._later = time, server, rng, later
        self.traffic = Traffic()

    def carry(self, method: str, path: str, body: bytes, headers: dict[str, str], timeout_s: float, loss: float) -> Answer:
        """One request through it. Raises NoSignal like any link."""
        if loss >= 1.0:
            raise NoSignal("no signal here")
        self.traffic.requests += 1
        trouble = self._trouble(loss)
        if trouble is None:
            return self._there_and_back(method, path, body, headers, timeout_s)
        self.traffic.troubles[trouble] += 1
        if trouble == "request lost":
            self.time.pass_ms(self._rng.randrange(3 * SECOND, 15 * SECOND))
            raise NoSignal("nothing came back")
        if trouble == "captive portal":
            self.time.pass_ms(self._rng.randrange(50, 400))
            return Answer(200, PORTAL)
        if trouble == "request delayed":
            self._deliver_later(method, path, body, dict(headers), timeout_s)
            self.time.pass_ms(int(timeout_s * SECOND))
            raise TooSlow("no answer in time")
        if trouble == "request doubled":
            self._there_and_back(method, path, body, headers, timeout_s)
            return self._there_and_back(method, path, body, headers, timeout_s)
        answer = self._there_and_back(method, path, body, headers, timeout_s)
        if trouble == "answer truncated":
            return Answer(answer.status, answer.body[: len(answer.body) // 2])
        self.time.pass_ms(self._rng.randrange(3 * SECOND, 15 * SECOND))
        raise NoSignal("the answer was lost")

    def _trouble(self, loss: float) -> str | None:
        if self._rng.random() >= loss:
            return None
        return self._rng.choices([name for name, _ in TROUBLES], [share for _, share in TROUBLES])[0]

    def _there_and_back(self, method: str, path: str, body: bytes, headers: dict[str, str], timeout_s: float) -> Answer:
        self.time.pass_ms(self._rng.randrange(15, 120))
        try:
            answer = self._server.send(method, path, body, headers, max(timeout_s, 30.0))
        except NoSignal:
            self.traffic.unreachable += 1
            raise
        self.time.pass_ms(self._rng.randrange(15, 120))
        return answer

    def _deliver_later(self, method: str, path: str, body: bytes, headers: dict[str, str], timeout_s: float) -> None:
        def deliver() -> None:
            try:
                self._server.send(method, path, body, headers, timeout_s)
            except NoSignal:
                self.traffic.unreachable += 1

        self._later(self._rng.randrange(MINUTE, 30 * MINUTE), deliver)


@dataclass
class WeatherLink:
    """A device's link: the network as it is where the device is now."""

    weather: Weather
    loss: Callable[[], float]

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str], timeout_s: float) -> Answer:
        return self.weather.carry(method, path, body, headers, timeout_s, self.loss())
