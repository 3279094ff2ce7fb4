"""A small true world for tests: a migrated database, a clock that stands still, an admin, and people and stores made by
performing operations. Nothing is patched."""

from __future__ import annotations

import functools
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import flask
from flask.testing import FlaskClient

from contract import wire
from contract.ids import derived_id, new_id
from contract.people import GrantRole, Hire, OpenAccount, Role
from contract.postings import PostEmployee
from contract.stores import AddPartner, FenceShape, OpenStore, Point
from server import migrate
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.perform import Outcome, perform, perform_many, reading
from server.people.model import Person
from server.settings import Settings
from server.wiring import every_handler
from tests.support.lent_app import lent_app

SECRET = b"a secret of tests, thirty-two bytes or more"
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # a Friday, noon in Shanghai
PASSWORD = "bamboo-Lantern-47-river"


@functools.cache
def _migrated_sqlite() -> Path:
    """One migrated SQLite file for this process; every world gets a copy."""
    file = Path(tempfile.mkdtemp(prefix="outpost-template-")) / "template.db"
    migrate_url(f"sqlite:///{file}")
    return file


def migrate_url(url: str) -> None:
    """Bring an empty database to the newest revision, with the admin in it, and leave no connection open."""
    db = Database(url)
    migrate.upgrade(db)
    db.dispose()
    World.on(url, Path(tempfile.gettempdir())).close()


class FrozenClock:
    """The server's time. It moves when it is told to."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **duration: float) -> datetime:
        """Let time pass: `clock.pass_(hours=3)`."""
        self.now += timedelta(**duration)
        return self.now


@dataclass
class World:
    """One server's world. `admin` may do everything a person can; make other people with `sign_in_as`."""

    db: Database
    settings: Settings
    clock: FrozenClock = field(default_factory=FrozenClock)

    def __post_init__(self) -> None:
        every_handler()
        self.people: dict[str, str] = {}
        self.stores: dict[str, str] = {}
        self.accounts: dict[str, str] = {}
        self.partner_id = derived_id("test", "partner")
        boss, account_id = derived_id("test", "chen"), derived_id("test", "account of chen")
        self.people["陈思远"], self.accounts["chen"] = boss, account_id
        self.admin = Actor.person(boss, account_id, [("admin", None)])
        if self.row(Person, boss) is None:  # else this world began as a copy of one
            system = Actor.system()
            self.must(AddPartner(partner_id=self.partner_id, name="Blue Mountain Coffee"), system)
            self.must(Hire(person_id=boss, number="0001", name="陈思远", home_org="总部"), system)
            self.must(OpenAccount(account_id=account_id, person_id=boss, login="chen", password=PASSWORD), system)
            self.must(GrantRole(grant_id=new_id(), account_id=account_id, role="admin"), system)

    @classmethod
    def on_sqlite(cls, folder: Path, **options: Any) -> World:
        file = folder / f"{new_id()}.db"
        shutil.copy(_migrated_sqlite(), file)
        return cls.on(f"sqlite:///{file}", folder, **options)

    @classmethod
    def on(cls, url: str, folder: Path, **options: Any) -> World:
        """A world in a migrated database."""
        settings = Settings(database_url=url, data_dir=folder, secret=SECRET, company="Outpost", **options)
        return cls(Database(url, pool_size=4), settings)

    def again(self, folder: Path) -> World:
        """Another world that begins where this one, on SQLite and closed, was left."""
        file = folder / f"{new_id()}.db"
        shutil.copy(str(self.db.url.database), file)
        made = World.on(f"sqlite:///{file}", folder)
        made.clock.now = self.clock.now
        for ours, theirs in ((made.people, self.people), (made.stores, self.stores), (made.accounts, self.accounts)):
            ours.update(theirs)
        return made

    # doing things

    def do(self, operation: wire.Wire, who: Actor | None = None, op_id: str | None = None) -> Outcome:
        """Perform an operation, by the admin unless it is said who."""
        actor = who if who is not None else self.admin
        return perform(self.db, actor, operation, op_id=op_id or new_id(), now=self.clock(), secret=SECRET)

    def do_many(self, operations: list[tuple[str, wire.Wire]], who: Actor | None = None) -> list[Outcome]:
        actor = who if who is not None else self.admin
        return perform_many(self.db, actor, operations, now=self.clock(), secret=SECRET)

    def must(self, operation: wire.Wire, who: Actor | None = None) -> Outcome:
        """Perform an operation that has to work."""
        outcome = self.do(operation, who)
        assert outcome.status == "applied", f"{type(operation).__name__}: {outcome.code} {outcome.facts}"
        return outcome

    def refusal(self, operation: wire.Wire, who: Actor | None = None) -> str | None:
        """The code with which an operation is refused; None when it was not."""
        return self.do(operation, who).code

    # the three known people of every story, and what they need

    def hire(self, name: str, number: str | None = None, *, who: Actor | None = None, **more: Any) -> str:
        """A person joins; answers their id."""
        person_id = new_id()
        number = number or f"P{len(self.people) + 1:04d}"
        more = {"home_org": "总部", **more}
        self.must(Hire(person_id=person_id, number=number, name=name, **more), who)
        self.people[name] = person_id
        return person_id

    def open_store(
        self,
        name: str,
        number: str | None = None,
        *,
        lat: float = 31.2304,
        lng: float = 121.4737,
        radius_m: int = 100,
        datum: str = "wgs84",
        zone: str = "Asia/Shanghai",
        day_turns_at_min: int = 300,
        **more: Any,
    ) -> str:
        """A store with a round fence; answers its id."""
        store_id = new_id()
        center = Point(lat_e7=round(lat * 1e7), lng_e7=round(lng * 1e7))
        self.must(
            OpenStore(
                store_id=store_id,
                number=number or f"S{len(self.stores) + 1:04d}",
                name=name,
                partner_id=self.partner_id,
                zone=zone,
                day_turns_at_min=day_turns_at_min,
                fence=FenceShape(datum=datum, center=center, radius_m=radius_m),  # type: ignore[arg-type]
                **more,
            )
        )
        self.stores[name] = store_id
        return store_id

    def post(self, person_id: str, store_id: str, starts_on: str = "2026-11-01", ends_on: str | None = None) -> str:
        """A posting; answers its id."""
        posting_id = new_id()
        posting = PostEmployee(
            posting_id=posting_id, person_id=person_id, store_id=store_id, starts_on=starts_on, ends_on=ends_on
        )
        self.must(posting)
        return posting_id

    def account(self, person_id: str, login: str, role: Role, store_id: str | None = None, *, who: Actor | None = None) -> Actor:
        """An account with one role; answers its actor."""
        account_id = new_id()
        self.must(OpenAccount(account_id=account_id, person_id=person_id, login=login, password=PASSWORD), who)
        self.must(GrantRole(grant_id=new_id(), account_id=account_id, role=role, unit_id=store_id), who)
        self.accounts[login] = account_id
        return Actor.person(person_id, account_id, [(role, store_id)])

    # looking

    def looking(self, who: Actor | None = None) -> Any:
        """`with world.looking() as session`: what this actor sees."""
        return reading(self.db, (who if who is not None else self.admin).at(self.clock()))

    def row(self, model: type, row_id: Any) -> Any:
        """A row as it is now, whoever may see it."""
        with reading(self.db, Actor.system()) as session:
            return session.get(model, row_id)

    def rows(self, statement: Any) -> list[Any]:
        with reading(self.db, Actor.system()) as session:
            return list(session.scalars(statement))

    # over HTTP

    @functools.cached_property
    def app(self) -> flask.Flask:
        app = lent_app(self.settings, db=self.db, clock=self.clock)
        app.testing = False  # errors become answers, as they do for real
        return app

    def client(self, login: str | None = None, password: str = PASSWORD) -> Client:
        """A client of the API; with a login, signed in."""
        client = Client(self.app.test_client())
        if login is not None:
            client.sign_in(login, password)
        return client

    def close(self) -> None:
        if "app" in vars(self) and (heard := self.app.extensions["outpost"].notes.get("seen")) is not None:
            heard.close()  # what it would write in two seconds finds no folder
        self.db.dispose()


class Client:
    """A client of the API that carries its bearer token."""

    def __init__(self, flask_client: FlaskClient) -> None:
        self.flask = flask_client
        self.token: str | None = None

    def sign_in(self, login: str, password: str = PASSWORD) -> None:
        answered = self.post("/api/v1/session", {"login": login, "password": password})
        assert answered.status_code == 201, answered.get_data(as_text=True)
        self.token = answered.json["token"]

    def _headers(self, more: dict[str, str] | None) -> dict[str, str]:
        signed = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {**signed, **(more or {})}

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Any:
        return self.flask.get(path, query_string=query, headers=self._headers(headers))

    def post(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        if isinstance(body, wire.Wire):
            body = wire.plain(body)
        return self.flask.post(path, json=body, headers=self._headers(headers))

    def delete(self, path: str, headers: dict[str, str] | None = None) -> Any:
        return self.flask.delete(path, headers=self._headers(headers))
