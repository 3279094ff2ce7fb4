"""What is really there at the end: read from the server's API and from the devices' own databases, from nowhere else."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any

from contract.attendance import ClockIn, PunchRow
from contract.directory import SCOPE as DIRECTORY
from contract.wire import convert, name_of
from mobile.core.ports import Link
from simulation.clocks import HOUR
from simulation.company import Founded
from simulation.gadgets import Gadget
from simulation.hq import Hq

_CLOCK_IN = name_of(ClockIn)
_PHONE_AHEAD_MS, _KIOSK_AHEAD_MS = 72 * HOUR, 12 * HOUR  # docs/protocol.md: a posting is handed out a little before it begins


@dataclass
class JournalEntry:
    """One punch in a device's journal, as the device keeps it: its id and how HQ answered."""

    punch_id: str
    op_id: str
    status: str | None


@dataclass
class DeviceSeen:
    """What one device holds."""

    name: str
    journal: list[JournalEntry]
    standing: str
    unsent: int
    scopes: set[str]
    photos: int = 0  # still on their way


@dataclass
class Seen:
    """Everything the oracle saw."""

    punches: list[PunchRow]
    devices: list[DeviceSeen]
    leftovers: list[str] = field(default_factory=list)
    unconfirmed_scopes: int = 0
    forked: int = 0


def look(link: Link, auditor: Founded, people: set[str], gadgets: list[Gadget], now_ms: int) -> Seen:
    """Read it all, signed in as somebody who may look and touch nothing. Others on the same server are none of our business."""
    hq = Hq(link, auditor.login, auditor.password)
    ours = [punch for punch in _punches(hq) if punch.person_id in people]
    seen = Seen(ours, [_device(gadget) for gadget in gadgets])
    postings = paged(hq, "/api/v1/postings")
    for gadget, device in zip(gadgets, seen.devices, strict=True):
        allowed = _may_hold(gadget, postings, now_ms) if device.standing == "ok" else set()
        seen.leftovers += [f"{device.name} holds {scope}" for scope in sorted(device.scopes - allowed)]
    devices = {gadget.device_id for gadget in gadgets}
    for device_row in (row for row in _devices(hq) if row["id"] in devices):
        seen.unconfirmed_scopes += device_row["scopes_unconfirmed"]
        seen.forked += bool(device_row["forked"])
    return seen


def _punches(hq: Hq) -> list[PunchRow]:
    found: list[PunchRow] = []
    after: str | None = None
    while True:
        page = hq.read("/api/v1/punches", limit=200, after=after)
        found += [convert(line["punch"], PunchRow) for line in page["punches"]]
        after = page["next_after"]
        if after is None:
            return found


def paged(hq: Hq, path: str, **query: Any) -> list[dict[str, Any]]:
    """Every row of a list that comes in pages."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = hq.read(path, limit=200, cursor=cursor, **query)
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def _devices(hq: Hq) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = hq.read("/api/v1/devices", limit=200, after=found[-1]["id"] if found else None)["devices"]
        found += page
        if len(page) < 200:
            return found


def _device(gadget: Gadget) -> DeviceSeen:
    """The device's own file, opened as a stranger would."""
    state = gadget.running().sync_state()
    gadget.close()
    disk = sqlite3.connect(gadget.folder / "outpost.db")
    try:
        rows = disk.execute("SELECT ent, op, status FROM journal WHERE type = ? ORDER BY seq", (_CLOCK_IN,)).fetchall()
        head = disk.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0]
        reached = disk.execute("SELECT value FROM setting WHERE name = 'server_head'").fetchone()
        scopes = {
            scope
            for table in ("base", "cursor", "scope_key", "incoming_row")
            for (scope,) in disk.execute(f"SELECT DISTINCT scope FROM {table}")  # noqa: S608 - names from the line above
            if not scope.startswith("own:")  # the keys of what the device itself made
        }
    finally:
        disk.close()
    journal = [JournalEntry(*row) for row in rows]
    unsent = max(0, head - int(reached[0] if reached else 0))
    return DeviceSeen(gadget.name, journal, state.standing, unsent, scopes, state.photos)


def _may_hold(gadget: Gadget, postings: list[dict[str, Any]], now_ms: int) -> set[str]:
    """What a device should hold now, worked out from the postings HQ can read."""
    allowed = {f"device:{gadget.device_id}", "company"}
    ahead_ms = _PHONE_AHEAD_MS if gadget.kind == "phone" else _KIOSK_AHEAD_MS
    live = [p for p in postings if p["starts_ms"] <= now_ms + ahead_ms and (p["ends_ms"] is None or p["ends_ms"] > now_ms)]
    if gadget.kind == "phone":
        allowed |= {f"person:{gadget.person_id}", f"private:{gadget.person_id}", DIRECTORY}
        allowed |= {f"store:{p['store_id']}" for p in live if p["person_id"] == gadget.person_id}
    else:
        allowed |= {f"store:{gadget.store_id}", f"desk:{gadget.store_id}"}
        allowed |= {f"person:{p['person_id']}" for p in live if p["store_id"] == gadget.store_id}
    return allowed
