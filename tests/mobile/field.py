"""Real devices' cores against the real server, in one process: only the air between them and the clocks are the test's."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from contract.devices import IssueCode
from contract.geo import Fix
from contract.ids import new_id
from contract.sync import SyncRequest
from contract.wire import decode
from mobile.core.app_core import AppCore
from mobile.core.ports import Answer
from mobile.devices.fake import FakeClock, FakeWorld
from server.devices.service import code_of
from server.kernel.db import Database
from tests.server.world import FrozenClock, World

NOON_MS = 1_795_147_200_000  # 2026-11-20 12:00 in Shanghai, a Friday


class TrueTime(FrozenClock):
    """The server's clock, which is right by definition."""

    def __init__(self, true_ms: int = NOON_MS) -> None:
        self.true_ms = true_ms

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.true_ms / 1000, UTC)


class HereClock(FakeClock):
    """A device's clock in the server's world: what is true is the same for both."""

    def __init__(self, time: TrueTime) -> None:
        self._time = time
        super().__init__(true_ms=time.true_ms, booted_ms=time.true_ms - 3_600_000)

    @property
    def true_ms(self) -> int:  # type: ignore[override]
        return self._time.true_ms

    @true_ms.setter
    def true_ms(self, ms: int) -> None:
        self._time.true_ms = ms


@dataclass
class Gadget:
    """One device in the field."""

    folder: Path
    kind: str
    world: FakeWorld
    seed: int
    core: AppCore = field(init=False)

    def __post_init__(self) -> None:
        self.core = self._start()

    def _start(self) -> AppCore:
        core = AppCore(self.folder, self.world.ports(), self.kind, rng=random.Random(self.seed))  # type: ignore[arg-type]
        core.start()
        return core

    def restart(self) -> AppCore:
        self.core.close()
        self.core = self._start()
        return self.core

    @property
    def last_asked(self) -> SyncRequest:
        syncs = [body for _, path, body in self.world.link.sent if path == "/api/v1/sync"]
        return decode(syncs[-1], SyncRequest)


class Field:
    """The server, and the devices that were enrolled with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.time = TrueTime()
        self.office = World.on_sqlite(folder)
        self.office.clock = self.time
        self.office.clock.now = self.time()
        self.devices: list[Gadget] = []

    def close(self) -> None:
        for device in self.devices:
            device.core.close()
        self.office.close()

    def phone_of(self, person_id: str) -> Gadget:
        return self._device("phone", person_id=person_id)

    def tablet_of(self, store_id: str) -> Gadget:
        return self._device("kiosk", store_id=store_id)

    def carry(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        said = self.office.app.test_client().open(path, method=method, data=body, headers=headers)
        offset, after = said.headers.get("Upload-Offset"), said.headers.get("Retry-After")
        return Answer(
            said.status_code,
            said.get_data(),
            float(after) if after else None,
            int(offset) if offset else None,
        )

    def backup(self) -> Path:
        """Last night's backup."""
        kept = self.folder / f"backup-{new_id()}.db"
        database = self.office.db.engine.url.database
        assert database is not None
        with closing(sqlite3.connect(database)) as now, closing(sqlite3.connect(kept)) as then:
            now.backup(then)
        return kept

    def restore(self, backup: Path) -> None:
        """The server burnt down; another starts from the backup, with the same secret."""
        self.office.close()
        file = self.folder / f"{new_id()}.db"
        shutil.copy(backup, file)
        settings = self.office.settings.__class__(**{**self.office.settings.__dict__, "database_url": f"sqlite:///{file}"})
        self.office.settings, self.office.db = settings, Database(settings.database_url, pool_size=4)
        self.office.__dict__.pop("app", None)

    def _device(self, kind: str, **whose: str) -> Gadget:
        code_id = new_id()
        self.office.must(IssueCode(code_id=code_id, kind=kind, **whose))  # type: ignore[arg-type]
        number = len(self.devices) + 1
        world = FakeWorld(clock=HereClock(self.time), hardware=f"fake-device-{number}")
        world.link.through = self.carry
        device = Gadget(self.folder / f"device-{number}", kind, world, seed=number)
        device.core.enrol("http://server", code_of(self.office.settings.secret, code_id))
        self.devices.append(device)
        return device


def fix_at(lat: float, lng: float, accuracy_m: float = 15.0, age_ms: int = 1_000, *, mock: bool = False) -> Fix:
    return Fix(
        lat_e7=round(lat * 1e7),
        lng_e7=round(lng * 1e7),
        accuracy_dm=round(accuracy_m * 10),
        age_ms=age_ms,
        mock=mock,
        source="gps",
    )
