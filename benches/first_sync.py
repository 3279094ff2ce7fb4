"""A tablet's first sync: 45 scopes and 5,000 rows, from nothing to complete."""

from __future__ import annotations

import gzip
import json
import time
import urllib.request
from dataclasses import dataclass

from benches import filler, fleet
from benches.stage import Stage


@dataclass
class FirstSync:
    """Seconds until complete, bytes on the wire and before gzip, rows, requests."""

    seconds: float
    wire_bytes: int
    raw_bytes: int
    rows: int
    requests: int


def prepare(stage: Stage, *, people: int = 42, rows: int = 5_000) -> fleet.BenchDevice:
    """A kiosk whose people have so many rows."""
    [device] = fleet.build(stage.db, kiosks=1, people_per_kiosk=people).devices
    filler.punches(stage.db, device, rows - 2 * people - 1, seed=7)
    return device


def run(stage: Stage, device: fleet.BenchDevice) -> FirstSync:
    """Follow the pages as a client does, one after the other."""
    have: dict[str, object] | None = None
    done = FirstSync(0.0, 0, 0, 0, 0)
    started = time.perf_counter()
    while True:
        device.standing = {"have": have} if have is not None else None
        request = device.request([], int(time.time() * 1000), nonce=f"first{done.requests:010d}")
        head, _, body = request.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        asked = urllib.request.Request(f"http://{stage.address[0]}:{stage.address[1]}/api/v1/sync", body, headers)
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
            raw = answer.read()
            zipped = answer.headers.get("Content-Encoding") == "gzip"
        plain = gzip.decompress(raw) if zipped else raw
        page = json.loads(plain)
        done.requests += 1
        done.wire_bytes += len(raw)
        done.raw_bytes += len(plain)
        done.rows += len(page.get("rows", ()))
        if page.get("complete"):
            done.seconds = time.perf_counter() - started
            return done
        have = {**(have or {}), **page["cur"]}
