"""One pulled battery: an app in a process of its own, on a disk that forgets, counting what it was told is kept."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mobile.core.app_core import AppCore
from mobile.core.local_db import Connect, connect_here
from mobile.core.seals import OWN
from mobile.core.views import Refused
from tests.support.company import Company
from tests.support.fault_fs import Battery, battery
from tests.support.handset import Handset, new_handset

SYNC_EVERY = 7


def connect_deaf(path: str) -> sqlite3.Connection:
    """A library that ignores the order to fsync, and is honest about it."""

    class Deaf(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            return super().execute(sql.replace("synchronous = FULL", "synchronous = NORMAL"), *values)

    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Deaf)


def connect_carelessly(path: str) -> sqlite3.Connection:
    """As Android's guide recommends it: synchronous=NORMAL. It lies when it is asked, or the app would not start."""

    class Careless(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if sql == "PRAGMA synchronous":
                return super().execute("SELECT 2")
            return super().execute(sql.replace("synchronous = FULL", "synchronous = NORMAL"), *values)

    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Careless)


@dataclass
class Tally:
    """What became of everything the app had called "kept"."""

    kept: int = 0
    lost: int = 0
    corrupt: int = 0
    not_fsynced: int = 0
    said: list[str] = field(default_factory=list)


class Bench:
    """A company with one phone, made once; each pull works on a copy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        company = Company(folder / "first").prepare().found(people=1, stores=1)
        company.post("p1", "A", company.today())
        phone = new_handset(company, "phone", person="p1")
        phone.sync()
        self.about = phone.keep_copy(folder / "copy" / "phone")
        company.keep_copy(folder / "copy", None)
        phone.core.close()
        company.close()

    def pull(self, n: int, tally: Tally, *, torn: bool, connect: Connect = connect_here, after: int = 20) -> None:
        """Punch away, pull the battery after some `kept`s, and look at what is left on the disk."""
        work = self.folder / f"pull-{n}"
        company, _ = Company.from_copy(self.folder / "copy", work / "server")
        behind = work / "phone"
        phone = Handset.from_copy(company, self.folder / "copy" / "phone", behind, self.about)
        phone.core.close()
        company.close()
        with battery(behind, work / "seen", seed=n) as power:
            kept = _punch_until(company, phone, power, after, torn=torn, connect=connect, tally=tally)
        self._judge(company, phone, kept, tally)

    def _judge(self, company: Company, phone: Handset, kept: dict[int, str], tally: Tally) -> None:
        tally.kept += len(kept)
        company.open()
        try:
            phone.open()
        except Refused as refused:
            tally.corrupt += 1
            tally.lost += len(kept)
            tally.said.append(str(refused))
            return
        here = {
            seq: hashlib.sha256(phone.parts.keys.unseal(OWN, f"{op}|{seq}", sealed)).hexdigest()
            for seq, op, sealed in phone.parts.db.rows("SELECT seq, op, sealed FROM journal")
        }
        tally.lost += sum(here.get(seq) != digest for seq, digest in kept.items())
        company.pass_ms(86_400_000)  # later than anything the child did
        phone.sync()
        standing = phone.core.sync_state()
        if standing.waiting or standing.standing != "ok":
            tally.said.append(f"after the cut: {standing.waiting} wait, {standing.standing}")
        phone.core.close()
        company.close()


def _punch_until(
    company: Company, phone: Handset, power: Battery, after: int, *, torn: bool, connect: Connect, tally: Tally
) -> dict[int, str]:
    """number -> hash of every entry the app had called kept when the power went."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        _punch_for_ever(company, phone, power.here, connect, write)
    os.close(write)
    kept: dict[int, str] = {}
    with os.fdopen(read) as told:
        for line in told:
            seq, _, digest = line.strip().partition(" ")
            if len(digest) == 64:
                kept[int(seq)] = digest
            if len(kept) >= after:
                break
        tally.not_fsynced += power.pull(torn=torn)
        for line in told:  # said before the end, read after it
            seq, _, digest = line.strip().partition(" ")
            if len(digest) == 64:
                kept[int(seq)] = digest
    os.waitpid(child, 0)
    if len(kept) < after:
        tally.said.append(f"the app stopped after {len(kept)}")
    return kept


def _punch_for_ever(company: Company, phone: Handset, here: Path, connect: Connect, write: int) -> None:
    try:
        company.open()
        phone.core = AppCore(here, phone.world.ports(), "phone", connect=connect)
        phone.core.start()
        for n in range(10_000):
            company.pass_ms(61_000)
            phone.core.punch()
            made = phone.note_made()
            seq = phone.parts.journal.last_seq
            os.write(write, f"{seq} {hashlib.sha256(made.raw).hexdigest()}\n".encode())
            if n % SYNC_EVERY == SYNC_EVERY - 1:
                phone.sync(most=3)
    finally:
        os._exit(0)
