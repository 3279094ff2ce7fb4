"""The real server on a real socket, with a small company in it and a clock the test can move."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from werkzeug.serving import make_server

from contract.devices import IssueCode, Revoke
from contract.ids import new_id
from contract.moments import instant
from contract.people import Hire
from contract.postings import PostEmployee
from contract.stores import AddPartner, FenceShape, OpenStore, Point
from contract.wire import Wire
from server import migrate
from server.app import create_app
from server.kernel.actors import Actor
from server.kernel.db import Database, table_of
from server.kernel.feed import SyncFeed
from server.kernel.http import Outpost
from server.kernel.perform import Outcome, perform, reading
from server.kernel.tree import AuditTree
from server.settings import Settings
from server.wiring import every_handler

SECRET = b"a secret of the protocol's tests"
AT_STORE_A = (311_774_276, 1_215_272_106)


@dataclass
class Company:
    """Two stores of one partner; 李伟 and 林静 posted to the first."""

    partner: str = field(default_factory=new_id)
    store_a: str = field(default_factory=new_id)
    store_b: str = field(default_factory=new_id)
    wei: str = field(default_factory=new_id)
    lin: str = field(default_factory=new_id)
    posting_wei: str = field(default_factory=new_id)
    posting_lin: str = field(default_factory=new_id)


class Live:
    """A server over its own database. `skew_ms` moves its clock; `hold_ms` freezes it at one moment."""

    def __init__(
        self, folder: Path, *, hold_ms: int | None = None, url: str | None = None, company: Company | None = None
    ) -> None:
        self.skew_ms, self.hold_ms = 0, hold_ms
        self.db = Database(url or f"sqlite:///{folder / 'outpost.db'}")
        migrate.every_model()
        self.settings = Settings(database_url=str(self.db.url), data_dir=folder, secret=SECRET, seen_flush_s=0, company="Test")
        every_handler()
        self.app = create_app(self.settings, db=self.db, clock=self.now)
        self.people = company or Company()

    def replace(self, backup: Path) -> None:
        """The machine is gone; another starts from a backup, with the same secret. Nobody bumps the epoch."""
        self.db.dispose()
        self.db = Database(f"sqlite:///{backup}")
        found: Outpost = self.app.extensions["outpost"]
        found.db = self.db
        found.notes.clear()

    def now_ms(self) -> int:
        return (time.time_ns() // 1_000_000 if self.hold_ms is None else self.hold_ms) + self.skew_ms

    def now(self) -> datetime:
        return instant(self.now_ms())

    def begin(self, epoch: str | None = None) -> None:
        """Tables, the feed's row, the company."""
        migrate.upgrade(self.db)
        with self.db.engine.begin() as connection:
            named = epoch or new_id()
            connection.execute(sa.update(table_of(SyncFeed)).values(epoch=named))
            connection.execute(sa.update(table_of(AuditTree)).values(epoch=named))
        who = self.people
        self.do(AddPartner(partner_id=who.partner, name="百联"))
        for store, number, north in ((who.store_a, "S-1", 0), (who.store_b, "S-2", 500_000)):
            center = Point(lat_e7=AT_STORE_A[0] + north, lng_e7=AT_STORE_A[1])
            fence = FenceShape(datum="wgs84", center=center, radius_m=100)
            self.do(
                OpenStore(
                    store_id=store,
                    number=number,
                    name=f"Store {number}",
                    partner_id=who.partner,
                    zone="Asia/Shanghai",
                    fence=fence,
                )
            )
        for person, number, name in ((who.wei, "1001", "李伟"), (who.lin, "1002", "林静")):
            self.do(Hire(person_id=person, number=number, name=name, home_org="HQ Kitchen"))
        for posting, person in ((who.posting_wei, who.wei), (who.posting_lin, who.lin)):
            self.post(person, who.store_a, posting=posting)

    def do(self, operation: Wire, op_id: str | None = None) -> Outcome:
        """Perform an operation of HQ's."""
        outcome = perform(self.db, Actor.system(), operation, op_id=op_id or new_id(), now=self.now(), secret=SECRET)
        assert outcome.status == "applied", outcome
        return outcome

    def post(self, person: str, store: str, *, posting: str | None = None, from_ms: int | None = None) -> None:
        day = instant((self.now_ms() if from_ms is None else from_ms) - 30 * 86_400_000).date().isoformat()
        self.do(PostEmployee(posting_id=posting or new_id(), person_id=person, store_id=store, starts_on=day))

    def code(self, *, person: str | None = None, store: str | None = None, code_id: str | None = None) -> str:
        """An enrolment code for a person's phone or a store's tablet."""
        kind = "phone" if person else "kiosk"
        issue = IssueCode(code_id=code_id or new_id(), kind=kind, person_id=person, store_id=store)
        return str(self.do(issue).answer["code"])

    def revoke(self, device_id: str) -> None:
        self.do(Revoke(device_id=device_id, reason="lost"))

    def rows(self, query: Any) -> list[Any]:
        with reading(self.db, Actor.system()) as session:
            return list(session.execute(query).all())


@contextmanager
def serving(live: Live) -> Iterator[str]:
    """Serve it on a free port of this machine; yields the address."""
    server = make_server("127.0.0.1", 0, live.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()
        live.db.dispose()
