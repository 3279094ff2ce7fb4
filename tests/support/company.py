"""A small company on a real server: an app over a database in a folder, HQ's operations, devices, and a clock they share.

What is here drives the product; nothing of the product is replaced. `Handset` (handset.py) is a phone or tablet of it.
"""

from __future__ import annotations

import atexit
import datetime as dt
import functools
import gzip
import pickle
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_smorest import Api

from contract.attendance import ReviewPunch
from contract.devices import IssueCode, Revoke
from contract.ids import new_id
from contract.moments import business_date, instant
from contract.people import Hire
from contract.postings import CancelPosting, EndPosting, PostEmployee
from contract.stores import AddPartner, ChangeStore, FenceShape, OpenStore, Point, RedrawFence
from contract.wire import Wire
from mobile.core.ports import Answer, NoSignal
from mobile.devices.fake import START_MS
from server import beginnings
from server.attendance import service as _attendance
from server.attendance.model import Punch
from server.devices.api import blueprint as devices_blueprint
from server.devices.chain import SeenBook
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.http import Outpost, answer_problems
from server.kernel.keys import server_signer
from server.kernel.perform import Outcome, perform, reading, writing
from server.migrate import upgrade
from server.people import service as _people
from server.people.model import Person
from server.postings import service as _postings
from server.postings.model import Posting
from server.settings import Settings
from server.stores import service as _stores
from server.stores.model import Store
from server.sync.api import blueprint as sync_blueprint
from server.wiring import every_handler
from tests.support.crashing_db import Fuse, ServerDied, wire_fuse

assert _attendance and _people and _postings and _stores  # importing them registers their operations
SECRET = b"a secret for tests only, 32 bytes"
DAY_MS = 86_400_000
PLACES = ((311_774_276, 1_215_272_106), (312_304_000, 1_214_737_000), (399_087_000, 1_163_975_000))


def device_app() -> Flask:
    """The endpoints that devices call, over whichever Outpost is put in its extensions."""
    app = Flask("devices")
    app.config.update(API_TITLE="devices", API_VERSION="1", OPENAPI_VERSION="3.1.0")
    answer_problems(app)
    api = Api(app)
    for blueprint in (devices_blueprint, sync_blueprint):
        api.register_blueprint(blueprint)
    return app


_APP: list[Flask] = []


def _begin(db: Database, now: dt.datetime) -> None:
    upgrade(db)
    every_handler()
    beginnings.ensure(db, now=now, secret=SECRET)


@functools.cache
def _templates() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="outpost-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def _begun(true_ms: int) -> Path:
    """An SQLite file on which all of that was done at this time, once in this process: it takes half a second of a processor."""
    file = _templates() / f"{true_ms}.db"
    db = Database(f"sqlite:///{file}")
    _begin(db, instant(true_ms))
    db.dispose()
    return file


@dataclass
class Company:
    """`people`, `stores` hold ids by short name. True time is `true_ms`; the server's clock shows it."""

    folder: Path
    url: str | None = None
    true_ms: int = START_MS
    people: dict[str, str] = field(default_factory=dict)
    stores: dict[str, str] = field(default_factory=dict)
    ticks: list[Callable[[int], None]] = field(default_factory=list)
    fuse: Fuse = field(default_factory=Fuse)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / "server.db"
        self.url = self.url or f"sqlite:///{self.file}"
        self.settings = Settings(database_url=self.url, data_dir=self.folder, secret=SECRET, seen_flush_s=0)
        self.open()

    # life of the server

    def open(self) -> None:
        """Start the server process: connections and memory are new, the database is what it was."""
        self.db = Database(str(self.url))
        self.fuse.renew()
        wire_fuse(self.db, self.fuse)
        self.outpost = Outpost(self.settings, self.db, server_signer(SECRET), lambda: None, self.now)
        self.outpost.notes["seen"] = SeenBook(self.db, 0)

    def close(self) -> None:
        self.db.dispose()

    def restart(self) -> None:
        self.close()
        self.open()

    def prepare(self) -> Company:
        """Tables as the migrations make them, and what a new company begins with."""
        if self.url == f"sqlite:///{self.file}" and not self.file.exists():
            self.close()
            shutil.copy(_begun(self.true_ms), self.file)
            self.open()
        else:
            _begin(self.db, self.now())
        return self

    def backup(self, to: Path) -> None:
        with sqlite3.connect(self.file) as here, sqlite3.connect(to) as there:
            here.backup(there)
        there.close()
        here.close()

    def restore(self, backup: Path) -> None:
        """What an admin does after a disaster: stop, put the file back, start. Nobody bumps the epoch."""
        self.close()
        for tail in ("", "-wal", "-shm"):
            self.file.with_name(self.file.name + tail).unlink(missing_ok=True)
        shutil.copy(backup, self.file)
        self.open()

    # time

    def now(self) -> dt.datetime:
        return instant(self.true_ms)

    def pass_ms(self, ms: int) -> None:
        self.true_ms += ms
        for tick in self.ticks:
            tick(ms)

    # HQ

    def hq(self, operation: Wire) -> Outcome:
        return perform(self.db, Actor.system(), operation, op_id=new_id(), now=self.now(), secret=SECRET)

    def must(self, operation: Wire) -> Outcome:
        outcome = self.hq(operation)
        assert outcome.status == "applied", outcome
        return outcome

    def found(self, *, people: int = 3, stores: int = 2) -> Company:
        """Partner, stores A, B, ...; people p1, p2, ... with postings in the past, the last one open at store A or B."""
        partner = new_id()
        self.must(AddPartner(partner_id=partner, name="Partner"))
        for n in range(stores):
            name, (lat, lng) = "ABCDEFGH"[n], PLACES[n % len(PLACES)]
            self.stores[name] = new_id()
            fence = FenceShape(datum="wgs84", center=Point(lat_e7=lat, lng_e7=lng), radius_m=100)
            self.must(
                OpenStore(store_id=self.stores[name], number=f"S{n}", name=f"Store {name}", partner_id=partner,
                          zone="Asia/Shanghai", fence=fence)
            )  # fmt: skip
        for n in range(people):
            name = f"p{n + 1}"
            self.people[name] = new_id()
            self.must(Hire(person_id=self.people[name], number=f"E{n}", name=f"李{n}", home_org="HQ Kitchen"))
        return self

    def post(self, person: str, store: str, starts_on: dt.date, ends_on: dt.date | None = None) -> str:
        posting = new_id()
        self.must(
            PostEmployee(
                posting_id=posting, person_id=self.people[person], store_id=self.stores[store],
                starts_on=starts_on.isoformat(), ends_on=ends_on.isoformat() if ends_on else None,
            )
        )  # fmt: skip
        return posting

    def today(self) -> dt.date:
        return business_date(self.now(), "Asia/Shanghai", day_turns_at_min=300)

    def move(self, person: str, store: str, *, from_day: dt.date) -> bool:
        """The person works elsewhere from that day on, which may have begun before anybody entered it."""
        with reading(self.db, Actor.system()) as session:
            open_one = session.scalars(
                sa.select(Posting).where(Posting.person_id == self.people[person], Posting.ends_on.is_(None))
            ).one_or_none()
        if open_one is not None:
            ended = self.hq(EndPosting(posting_id=open_one.id, ends_on=from_day.isoformat(), reason="moves"))
            if ended.status != "applied":
                return False
        again = PostEmployee(
            posting_id=new_id(), person_id=self.people[person], store_id=self.stores[store], starts_on=from_day.isoformat()
        )
        return self.hq(again).status == "applied"

    def store_now(self, person: str) -> str | None:
        """The short name of the store of the person's open posting."""
        with reading(self.db, Actor.system()) as session:
            found = session.scalars(
                sa.select(Posting.store_id).where(Posting.person_id == self.people[person], Posting.ends_on.is_(None))
            ).first()
        return next((name for name, store_id in self.stores.items() if store_id == found), None)

    def call_off(self, person: str) -> bool:
        """A posting that has not begun will not happen. False where there is none."""
        with reading(self.db, Actor.system()) as session:
            found = session.scalars(
                sa.select(Posting).where(Posting.person_id == self.people[person], Posting.starts_at > self.now())
            ).first()
        return found is not None and self.must(CancelPosting(posting_id=found.id, reason="no")).status == "applied"

    def rename_store(self, store: str, name: str) -> None:
        self.must(ChangeStore(store_id=self.stores[store], name=name))

    def redraw(self, store: str, radius_m: int) -> None:
        lat, lng = PLACES[list(self.stores).index(store) % len(PLACES)]
        fence = FenceShape(datum="wgs84", center=Point(lat_e7=lat, lng_e7=lng), radius_m=radius_m)
        outcome = self.hq(RedrawFence(store_id=self.stores[store], fence=fence))
        assert outcome.status == "applied" or outcome.code == "operation.stale", outcome

    def edit_person(self, person: str, name: str) -> None:
        """A card is corrected: no operation does that yet, so it goes in by the kernel's own door."""
        with writing(self.db, Actor.system(), op_id=new_id(), now=self.now()) as session:
            session.get_one(Person, self.people[person]).name = name

    def code_for(self, *, person: str | None = None, store: str | None = None) -> str:
        asked = IssueCode(
            code_id=new_id(), kind="phone" if person else "kiosk", person_id=self.people[person] if person else None,
            store_id=self.stores[store] if store else None, valid_min=10_080,
        )  # fmt: skip
        return str(self.must(asked).answer["code"])

    def revoke(self, device_id: str) -> Outcome:
        return self.hq(Revoke(device_id=device_id, reason="lost"))

    def decide(self, punch_id: str, decision: Any) -> None:
        corrected = self.true_ms - 60_000 if decision == "correct" else None
        self.must(ReviewPunch(punch_id=punch_id, decision=decision, corrected_ms=corrected, reason="looked at it"))

    def punches(self) -> list[Any]:
        with reading(self.db, Actor.system()) as session:
            return list(session.scalars(sa.select(Punch).order_by(Punch.taken_at)))

    def store_rows(self) -> list[Store]:
        with reading(self.db, Actor.system()) as session:
            return list(session.scalars(sa.select(Store)))

    # the wire

    def answer(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """What a link carries, without a network. A server that dies in the middle is silence."""
        if not _APP:
            _APP.append(device_app())
        app = _APP[0]
        app.extensions["outpost"] = self.outpost
        try:
            response = app.test_client().open(path, method=method, data=body, headers=headers)
        except ServerDied:
            self.restart()
            raise NoSignal("the server died") from None
        data = response.get_data()
        if response.headers.get("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        offset = response.headers.get("Upload-Offset")
        return Answer(response.status_code, data, upload_offset=None if offset is None else int(offset))

    # many of the same: a company made once, copied for every test that wants it

    def keep_copy(self, to: Path, extra: Any) -> None:
        to.mkdir(parents=True, exist_ok=True)
        self.backup(to / "server.db")
        (to / "company.pickle").write_bytes(pickle.dumps((self.true_ms, self.people, self.stores, extra)))

    @classmethod
    def from_copy(cls, source: Path, folder: Path) -> tuple[Company, Any]:
        true_ms, people, stores, extra = pickle.loads((source / "company.pickle").read_bytes())
        folder.mkdir(parents=True)
        shutil.copy(source / "server.db", folder / "server.db")
        return cls(folder, None, true_ms, dict(people), dict(stores)), extra
