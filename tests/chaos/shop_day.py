"""A busy day in front of a server that is killed again and again, over a network that lies: real apps, real HTTP."""

from __future__ import annotations

import random
import shutil
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import sqlalchemy as sa

from mobile.core.app_core import AppCore
from mobile.core.http_link import HttpLink
from mobile.core.journal import Journal
from mobile.core.ports import Answer, Clocks
from server.attendance.model import Punch
from server.devices.chain import find_device
from server.kernel.actors import Actor
from server.kernel.apply import perform_open
from server.kernel.db import table_of
from server.kernel.ledger import OpLog, OpQuarantine
from server.kernel.perform import reading
from tests.chaos.mortal_server import MortalServer
from tests.support.company import SECRET, Company
from tests.support.handset import Handset, new_handset
from tests.support.lying_network import CLEAR, LyingNetwork, Weather
from tests.support.planted import instead
from tests.support.postgres import free_port

PHONES, TABLETS = 6, 2


class TrueClock:
    """This machine's clocks."""

    def read(self) -> Clocks:
        boot = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        return Clocks(wall_ms=time.time_ns() // 1_000_000, boot_ms=boot, boot_id="this-boot", tz_min=480)


class Cable:
    """The real link, led to this network whatever address the device was enrolled with."""

    def __init__(self, url: str) -> None:
        self._link = HttpLink(url)

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str], timeout_s: float) -> Answer:
        return self._link.send(method, path, body, headers, timeout_s)


@dataclass
class Toll:
    """What the day cost. `kept` counts every "kept" anybody heard; `missing` says of each device that lost something what is
    not there, and what the server has of it."""

    kept: int = 0
    lost: int = 0
    doubled: int = 0
    unanswered: int = 0
    parked: int = 0
    kills: int = 0
    weather: Counter[str] = field(default_factory=Counter)
    healed: int = 0
    restores: int = 0
    missing: list[str] = field(default_factory=list)


@dataclass
class Device:
    """A handset on the real network. `notes` are its own marks of the acts that were kept, by the number of each; up to
    `believes` the server has them, as it was told."""

    handset: Handset
    url: str
    notes: dict[str, int] = field(default_factory=dict)
    device_id: str = ""
    believes: int = 0

    def open(self) -> AppCore:
        ports = replace(self.handset.world.ports(), clock=TrueClock(), link=Cable(self.url))
        self.handset.core = AppCore(self.handset.folder, ports, self.handset.kind)
        self.handset.core.start()
        self.device_id = self.handset.device_id
        return self.handset.core


class ShopDay:
    """One run. `faults` are planted in the server (mortal_server.py); `asks_again_as_new` makes devices without idempotency."""

    def __init__(self, folder: Path, *, seed: int, faults: str = "", asks_again_as_new: bool = False) -> None:
        self.folder, self.rng, self.restores = folder, random.Random(seed), 0
        self.asks_again_as_new = asks_again_as_new
        self.company = Company(folder / "server", None, time.time_ns() // 1_000_000).prepare()
        self.company.found(people=PHONES, stores=TABLETS)
        for n, person in enumerate(self.company.people):
            self.company.post(person, "AB"[n % TABLETS], self.company.today())
        handsets = [new_handset(self.company, f"phone-{person}", person=person) for person in self.company.people]
        handsets += [new_handset(self.company, f"tablet-{store}", store=store) for store in self.company.stores]
        for handset in handsets:
            handset.sync()
            handset.core.close()
        self.company.close()
        self.server = MortalServer(folder / "server", free_port(), faults)
        self.network = LyingNetwork(self.server.port, Weather(), seed)
        self.handsets = handsets
        self.ended = threading.Event()

    def run(self, seconds: float, *, restore_at: float | None = None, amid: bool = False) -> Toll:
        """`restore_at`: when the server is put back to a backup made after half that time, at the latest when the day ends;
        `amid`: the backup is made while something has been taken in and is not performed yet."""
        self.server.start()
        self.server.wait_until_up()
        with self.network:
            devices = [Device(handset, self.network.url) for handset in self.handsets]
            for device in devices:
                device.open()
            failed: list[BaseException] = []
            threads = [
                threading.Thread(target=self._guard, args=(self._work, device, n, failed)) for n, device in enumerate(devices)
            ]
            for thread in threads:
                thread.start()
            self._kill_again_and_again(seconds, restore_at, amid, devices)
            self.ended.set()
            for thread in threads:
                thread.join()
            if failed:
                raise failed[0]
            self.network.weather = CLEAR
            self._heal(devices)
            toll = Toll(kills=self.server.kills, weather=self.network.happened, restores=self.restores)
            for device in devices:
                state = device.handset.core.sync_state()
                toll.unanswered += state.waiting
                toll.healed += state.healed
                device.handset.core.close()
        self.server.end()
        return self._count(devices, toll)

    def _guard(self, work: Callable[[Device, int], None], device: Device, n: int, failed: list[BaseException]) -> None:
        try:
            work(device, n)
        except BaseException as bad:
            failed.append(bad)

    def _work(self, device: Device, n: int) -> None:
        rng, made = random.Random(f"{self.rng.random()}-{n}"), 0
        handset = device.handset
        here = (
            list(self.company.people.values())[list(self.company.stores).index(handset.store) :: TABLETS] if handset.store else []
        )
        while not self.ended.is_set():
            core = handset.core
            made += 1
            note = f"{handset.name}-{made}"
            person = rng.choice(here) if here else None
            core.punch(person_id=person, note=note)
            device.notes[note] = device.handset.parts.journal.last_seq
            reached = core.sync_once().reached
            device.believes = device.handset.parts.journal.with_hq
            if not reached and self.asks_again_as_new and made % 2:
                core.punch(person_id=person, note=note)
            if rng.random() < 0.05:
                core.close()
                device.open()
            time.sleep(rng.random() * 0.1)

    def _kill_again_and_again(self, seconds: float, restore_at: float | None, amid: bool, devices: list[Device]) -> None:
        begun = time.monotonic()
        backup: Path | None = None
        while (passed := time.monotonic() - begun) < seconds:
            time.sleep(0.4 + self.rng.random())
            if restore_at is not None and backup is None and passed > restore_at / 2:
                backup = self._back_up_amid(devices) if amid else self._back_up()
            self.server.kill()
            if backup is not None and not self.restores and passed > (restore_at or 0):
                self._put_back(backup)
            self.server.start()
        if backup is not None and not self.restores:
            self.network.weather = CLEAR  # no lost answer makes a device send again, by chance, what would be missing
            self.server.kill()
            self._put_back(backup)
            self.server.start()
        self.server.wait_until_up()

    def _back_up(self) -> Path:
        backup = self.folder / "backup.db"
        backup.unlink(missing_ok=True)
        with closing(sqlite3.connect(self.folder / "server" / "server.db")) as here, closing(sqlite3.connect(backup)) as there:
            here.backup(there)
        return backup

    def _back_up_amid(self, devices: list[Device]) -> Path:
        """A backup in which something of two devices has been taken in and not been performed, which is performed and answered
        since: these two now believe what whoever restores it does not know."""
        until = time.monotonic() + 120
        heads: dict[str, int] = {}
        while len(heads) < 2:
            backup = self._back_up()
            with closing(sqlite3.connect(backup)) as made:
                heads = dict(made.execute("SELECT device_id, max(seq) FROM op_log WHERE status = 'received' GROUP BY device_id"))
            self._not_for_ever(until)
        while sum(device.believes >= heads.get(device.device_id.replace("-", ""), 1 << 53) for device in devices) < 2:
            self._not_for_ever(until)
        return backup

    def _not_for_ever(self, until: float) -> None:
        if time.monotonic() > until:
            raise RuntimeError("nothing was ever under way when a backup was made")
        time.sleep(0.02)

    def _put_back(self, backup: Path) -> None:
        for tail in ("", "-wal", "-shm"):
            (self.folder / "server" / f"server.db{tail}").unlink(missing_ok=True)
        shutil.copy(backup, self.folder / "server" / "server.db")
        self.restores += 1

    def _heal(self, devices: list[Device]) -> None:
        for _ in range(4):
            for device in devices:
                device.handset.core.sync_once()
            time.sleep(0.5)

    def _count(self, devices: list[Device], toll: Toll) -> Toll:
        self.company.true_ms = time.time_ns() // 1_000_000
        self.company.open()
        toll.parked = self._replay_parked()
        with reading(self.company.db, Actor.system()) as session:
            found = Counter(session.scalars(sa.select(Punch.note).where(Punch.note.is_not(None))))
        kept = {note for device in devices for note in device.notes}
        toll.kept = len(kept)
        toll.missing = [line for device in devices if (line := self._what_is_missing(device, found))]
        toll.lost = len(kept - found.keys())
        toll.doubled = sum(n - 1 for n in found.values()) + len(found.keys() - kept)
        self.company.close()
        return toll

    def _what_is_missing(self, device: Device, found: Counter[str]) -> str:
        """The numbers of the punches that are not there, and all the server knows of this device's chain; "" where none is."""
        lost = sorted(seq for note, seq in device.notes.items() if note not in found)
        if not lost:
            return ""
        log, aside, by = table_of(OpLog), table_of(OpQuarantine), device.device_id
        count, first, last = sa.func.count(), sa.func.min(log.c.seq), sa.func.max(log.c.seq)
        ended = sa.select(log.c.status, log.c.code, count, first, last).group_by(log.c.status, log.c.code)
        put_aside = sa.select(aside.c.why, count, sa.func.min(aside.c.seq), sa.func.max(aside.c.seq)).group_by(aside.c.why)
        with self.company.db.snapshot() as connection:
            states = connection.execute(ended.where(log.c.device_id == by)).all()
            asides = connection.execute(put_aside.where(aside.c.device_id == by)).all()
        known = find_device(self.company.db, by)
        head = "no such device" if known is None else f"head {known.facts.head_seq}, forked {known.forked}"
        return (
            f"{device.handset.name}: made {len(device.notes)}, missing {lost}; log (status, code, n, from, to) "
            f"{[tuple(row) for row in states]}; {head}; put aside {[tuple(row) for row in asides]}"
        )

    def _replay_parked(self) -> int:
        """An operation during which the server died twice is parked with a trace, for HQ to replay: never lost."""
        log = table_of(OpLog)
        with self.company.db.snapshot() as connection:
            parked = connection.execute(sa.select(log.c.device_id).where(log.c.status.in_(("parked", "held")))).all()
        for device_id in {row.device_id for row in parked}:
            known = find_device(self.company.db, device_id)
            assert known is not None
            now = self.company.now()
            perform_open(self.company.db, known.facts, now=now, secret=SECRET, statuses=("parked", "held"))
        return len(parked)


def forget_what_was_acknowledged() -> AbstractContextManager[None]:
    """Planted in devices: the outbox most apps have, emptied when the server says that it has it."""
    honest = Journal.set_reach

    def reach(self: Journal, head: int, backed: int) -> None:
        honest(self, head, backed)
        digest = self._db.value("SELECT hash FROM journal WHERE seq = ?", (head,))
        if digest is not None:
            self._db.run("UPDATE chain SET before_oldest = ?", (digest,))
            self._db.run("DELETE FROM journal WHERE seq <= ?", (head,))

    return instead(Journal, "set_reach", reach)
