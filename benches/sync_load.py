"""How fast devices are served: single punches, batches, a flood after an outage, empty syncs, a tablet's first sync."""

from __future__ import annotations

import itertools
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from benches import fleet as fleets
from benches.drive import Lane, Result, drive
from benches.machine import load
from benches.stage import Stage

_nonces = itertools.count()


@dataclass
class Figure:
    """One measured run: requests and operations a second, CPU milliseconds per operation or request, latencies."""

    result: Result
    units: int
    app_ms: float
    db_ms: float
    load: float

    @property
    def per_s(self) -> float:
        return self.units / self.result.wall_s


def measured(stage: Stage, lanes: list[Lane], units: Callable[[Result], int], *, seconds: float | None = None) -> Figure:
    """Drive the lanes and account for CPU time of app and database."""
    app, db = stage.cpu()
    result = drive(stage.address, lanes, seconds=seconds)
    app_after, db_after = stage.cpu()
    n = max(1, units(result))
    return Figure(result, n, (app_after - app) * 1000 / n, (db_after - db) * 1000 / n, load())


class Talker:
    """A device that follows its cursor, as the real client does."""

    def __init__(self, device: fleets.BenchDevice, ops_per_request: int, requests: int | None) -> None:
        self.device, self._ops, self._left = device, ops_per_request, requests
        self.applied = 0
        self.sent = 0
        self.answer_bytes = 0
        self._last_head = 0

    def lane(self) -> Lane:
        return Lane(self._next, self._heard)

    def _next(self) -> bytes | None:
        if self._left is not None:
            if self._left == 0:
                return None
            self._left -= 1
        now_ms = int(time.time() * 1000)
        people = self.device.people
        ops = [self.device.operation(people[n % len(people)], now_ms) for n in range(self._ops)]
        self.sent += len(ops)
        return self.device.request(ops, now_ms, nonce=f"bench{next(_nonces):011d}")

    def _heard(self, status: int, body: bytes) -> None:
        if status != 200:
            raise RuntimeError(f"{status}: {body[:300]!r}")
        answer = json.loads(body)
        self.answer_bytes = len(body)
        self.applied += answer["head"] - self._last_head
        self._last_head = answer["head"]
        if "at" in answer:
            self.device.standing = {"epoch": answer["epoch"], "at": answer["at"]}


def talkers(stage: Stage, fleet: fleets.Fleet, ops: int, requests: int | None) -> list[Talker]:
    """A talker for each device, standing at the end of the feed."""
    for device in fleet.devices:
        fleets.stand(stage.db, device)
    return [Talker(device, ops, requests) for device in fleet.devices]


def single_punches(stage: Stage, *, devices: int = 64, seconds: float = 6.0) -> Figure:
    """One signed punch per request from so many devices at once."""
    fleet = fleets.build(stage.db, phones=devices)
    lanes = [talker.lane() for talker in talkers(stage, fleet, 1, None)]
    return measured(stage, lanes, lambda result: result.statuses.get(200, 0), seconds=seconds)


def batches(stage: Stage, *, devices: int = 16, seconds: float = 6.0) -> Figure:
    """Fifty operations per request."""
    fleet = fleets.build(stage.db, kiosks=devices, people_per_kiosk=10)
    speaking = talkers(stage, fleet, 50, None)
    return measured(stage, [t.lane() for t in speaking], lambda _: sum(t.applied for t in speaking), seconds=seconds)


def flood(stage: Stage, *, tablets: int = 500, operations: int = 90) -> tuple[Figure, int]:
    """Tablets that were offline and all come back at once. Answers the figure and how many operations were lost."""
    fleet = fleets.build(stage.db, kiosks=tablets, people_per_kiosk=6)
    speaking = talkers(stage, fleet, operations, 1)
    figure = measured(stage, [t.lane() for t in speaking], lambda _: sum(t.applied for t in speaking))
    return figure, sum(t.sent for t in speaking) - sum(t.applied for t in speaking)


def empty_syncs(stage: Stage, *, devices: int = 32, seconds: float = 5.0) -> tuple[Figure, int, int]:
    """Nothing to send, nothing to fetch. Answers the figure and the bytes each way."""
    fleet = fleets.build(stage.db, phones=devices)
    speaking = talkers(stage, fleet, 0, None)
    one = speaking[0].lane().next_request()
    figure = measured(stage, [t.lane() for t in speaking], lambda r: r.statuses.get(200, 0), seconds=seconds)
    return figure, len(one or b""), speaking[0].answer_bytes


def median_of(figures: list[Figure], name: str) -> float:
    return statistics.median(getattr(figure, name) for figure in figures)
