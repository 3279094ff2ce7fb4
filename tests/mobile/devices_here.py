"""A phone and a tablet with a scripted world and a scripted server, and the rows a small shop would send them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from contract.geo import Fix
from contract.people import PersonRow
from contract.postings import PostingRow
from contract.stores import StoreRow
from contract.sync import ScopeCursor
from mobile.core.app_core import AppCore
from mobile.core.local_db import Connect, connect_here
from mobile.devices.fake import START_MS, FakeWorld
from tests.mobile.scripted_server import ScriptedServer

WEI = "01900000-0000-7000-8000-0000000000aa"
LIN = "01900000-0000-7000-8000-0000000000bb"
STORE = "01900000-0000-7000-8000-00000000005a"
POSTING = "01900000-0000-7000-8000-0000000000f1"
DAY_MS = 86_400_000
AT_THE_STORE = Fix(lat_e7=312_304_000, lng_e7=1_214_737_000, accuracy_dm=180, age_ms=1_500, mock=False, source="gps")


def store_row(**more: Any) -> StoreRow:
    row: dict[str, Any] = {
        "id": STORE,
        "number": "S-1",
        "name": "豫园店",
        "partner": "Partner",
        "zone": "Asia/Shanghai",
        "day_turns_at_min": 300,
        "city": "上海",
        "address": "豫园路 1 号",
        "lat_e7": 312_304_000,
        "lng_e7": 1_214_737_000,
        "radius_m": 100,
        "points": None,
        "datum_entered": "wgs84",
        **more,
    }
    return StoreRow(**row)


def person_row(person_id: str = WEI, name: str = "李伟", **more: Any) -> PersonRow:
    row = {"id": person_id, "number": "1001", "name": name, "home_org": "HQ Kitchen", "active": True, "has_pin": False, **more}
    return PersonRow(**row)


def posting_row(person_id: str = WEI, **more: Any) -> PostingRow:
    row: dict[str, Any] = {
        "id": POSTING,
        "person_id": person_id,
        "store_id": STORE,
        "store_name": "豫园店",
        "home_org": "HQ Kitchen",
        "starts_on": "2026-05-01",
        "ends_on": "2026-07-01",
        "starts_ms": START_MS - 30 * DAY_MS,
        "ends_ms": START_MS + 30 * DAY_MS,
        **more,
    }
    return PostingRow(**row)


@dataclass
class Device:
    """One device, its world and its server."""

    folder: Path
    kind: Literal["phone", "kiosk"] = "phone"
    connect: Connect = connect_here
    seed: int = 7
    world: FakeWorld = field(default_factory=FakeWorld)

    def __post_init__(self) -> None:
        self.server = ScriptedServer(self.world.clock, kind=self.kind)
        if self.kind == "kiosk":
            self.server.person_id = self.server.person_name = None
            self.server.store_id, self.server.store_name = STORE, "豫园店"
            self.server.code_key = b"c" * 32
        self.world.link.through = self.server
        self.core = self._start()

    def _start(self) -> AppCore:
        core = AppCore(self.folder, self.world.ports(), self.kind, connect=self.connect, rng=random.Random(self.seed))
        core.start()
        return core

    def restart(self) -> AppCore:
        """The app is killed and started again."""
        self.core.close()
        self.core = self._start()
        return self.core

    @property
    def own_scope(self) -> str:
        return f"device:{self.server.device_id}"

    def enrol(self) -> AppCore:
        self.core.enrol("http://server", "ABCD-EFGH-JKLM")
        return self.core

    def first_page(self) -> dict[str, Any]:
        """What the server sends first: who, where, until when."""
        people = [WEI] if self.kind == "phone" else [WEI, LIN]
        self.server.scopes = {self.own_scope, f"store:{STORE}", "company", *(f"person:{one}" for one in people)}
        names = {WEI: "李伟", LIN: "林静"}
        rows: list[tuple[str, str, str, int, Any]] = [(f"store:{STORE}", "store", STORE, 10, store_row())]
        for i, one in enumerate(people):
            posting_id = POSTING[:-1] + str(i)
            rows.append((f"person:{one}", "person", one, 20 + i, person_row(one, names[one])))
            rows.append((f"person:{one}", "posting", posting_id, 30 + i, posting_row(one, id=posting_id)))
        return {"rows": rows, "clear": sorted(self.server.scopes)}

    def set_up(self) -> AppCore:
        """Enrolled, synced once, ready for work."""
        self.enrol()
        self.server.pages.append(self.first_page())
        outcome = self.core.sync_once()
        assert outcome.complete, outcome
        return self.core

    def cursor(self, snap: str | None = None) -> ScopeCursor:
        return self.server.cursor(snap)
