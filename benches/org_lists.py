"""A company of 10,000 people in 500 stores: how long lists, searches, the tree and the board take, with all scope rules on.

Rows go in by sets through the product's own tables; what is asked goes through the whole server, from signing in to the answer.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from benches.machine import cpu_s
from contract.ids import new_id
from contract.org import AddUnit
from contract.people import GrantRole, Hire, OpenAccount
from contract.stores import AddPartner
from contract.wire import Wire
from server.app import create_app
from server.boards.rows import keep
from server.kernel.actors import Actor
from server.kernel.bulk import insert_many
from server.kernel.db import Base, Database, table_of
from server.kernel.perform import perform_many
from server.org.model import BEGINNING, COMPANY_ID, Headcount, HomeStay, OrgUnit, Post, UnitVersion
from server.people.model import Person, PersonStore
from server.people.names import name_key
from server.postings.model import Posting
from server.settings import Settings
from server.stores.model import Store
from server.wiring import every_handler

SECRET = b"a secret of benches, thirty-two bytes long"
PASSWORD = "bamboo-Lantern-47-river"  # noqa: S105 - a bench's
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
REGIONS, DEPARTMENTS = 10, 40
_SURNAMES, _GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"


@dataclass(frozen=True)
class Asked:
    """What was asked, by whom, how long the answers took, and the CPU time of app and database for one; in milliseconds."""

    what: str
    who: str
    took_ms: list[float]
    app_ms: float
    db_ms: float

    @property
    def p95_ms(self) -> float:
        return sorted(self.took_ms)[max(0, round(len(self.took_ms) * 0.95) - 1)]

    @property
    def median_ms(self) -> float:
        return statistics.median(self.took_ms)


def _do(db: Database, *operations: Wire) -> None:
    some: list[tuple[str, Wire]] = [(new_id(), operation) for operation in operations]
    for outcome in perform_many(db, Actor.system(), some, now=NOW, secret=SECRET):
        if outcome.status != "applied":
            raise RuntimeError(outcome)


def build(db: Database, *, people: int = 10_000, stores: int = 500) -> str:
    """The company; answers the region that the regional manager leads."""
    every_handler()
    partner, regions = new_id(), [new_id() for _ in range(REGIONS)]
    departments = [new_id() for _ in range(DEPARTMENTS)]
    _do(
        db,
        AddPartner(partner_id=partner, name="Partner"),
        *(
            AddUnit(unit_id=unit, kind="region", name=f"区域{n}", parent_id=COMPANY_ID, from_day="2020-01-01")
            for n, unit in enumerate(regions)
        ),
        *(
            AddUnit(unit_id=unit, kind="department", name=f"部门{n}", parent_id=COMPANY_ID, from_day="2020-01-01")
            for n, unit in enumerate(departments)
        ),
    )
    _crowd(db, partner, regions, departments, people, stores)
    for login, role, unit in (("hr", "hr", None), ("region", "region_manager", regions[0])):
        person, account = new_id(), new_id()
        _do(
            db,
            Hire(person_id=person, number=login, name=login, home_org="总部"),
            OpenAccount(account_id=account, person_id=person, login=login, password=PASSWORD),
            GrantRole(grant_id=new_id(), account_id=account, role=role, unit_id=unit),
        )
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    keep(db, NOW)  # as the worker does
    return regions[0]


def _crowd(db: Database, partner: str, regions: list[str], departments: list[str], people: int, stores: int) -> None:
    chance = random.Random(20261120)
    place: dict[str, Any] = {
        "lat_e7": 311774276, "lng_e7": 1215272106, "radius_m": 100, "points": None, "datum_entered": "wgs84", "entered": {},
    }  # fmt: skip
    rows: dict[type[Base], list[dict[str, Any]]] = {
        model: [] for model in (OrgUnit, Person, Store, UnitVersion, Post, Headcount, HomeStay, Posting, PersonStore)
    }
    post, opened = new_id(), [new_id() for _ in range(stores)]
    rows[Post].append({"id": post, "code": "chef", "name_zh": "门店主厨", "name_en": "Store chef"})
    for n, store in enumerate(opened):
        rows[OrgUnit].append({"id": store, "kind": "partner_store"})
        rows[UnitVersion].append(
            {"id": new_id(), "unit_id": store, "from_day": BEGINNING, "until": None, "name": f"门店{n}",
             "parent_id": regions[n % REGIONS], "manager_id": None}
        )  # fmt: skip
        rows[Store].append(
            {"id": store, "number": f"S{n}", "name": f"门店{n}", "partner_id": partner, "zone": "Asia/Shanghai",
             "day_turns_at_min": 300, "city": "上海", "address": "", "has_kiosk": False, "opened_at": NOW, **place}
        )  # fmt: skip
        rows[Headcount].append({"id": new_id(), "unit_id": store, "post_id": post, "from_day": BEGINNING, "approved": 20})
    begun = NOW - timedelta(days=30)
    for n in range(people):
        person, posting = new_id(), new_id()
        home, name = n % DEPARTMENTS, chance.choice(_SURNAMES) + "".join(chance.sample(_GIVEN, 2))
        rows[Person].append(
            {"id": person, "number": f"E{n:05d}", "name": name, "name_key": name_key(name), "home_org": f"部门{home}",
             "mobile": f"138{n:08d}", "active": True, "hired_at": begun}
        )  # fmt: skip
        rows[HomeStay].append(
            {"id": new_id(), "person_id": person, "unit_id": departments[home], "post_id": None, "from_day": date(2026, 1, 1),
             "until": None, "reason": None}
        )  # fmt: skip
        if n % 10 < 8:
            store = opened[n % stores]
            stay = {"id": posting, "person_id": person, "store_id": store}
            rows[Posting].append(
                {**stay, "starts_on": begun.date(), "ends_on": None, "starts_at": begun, "ends_at": None, "post_id": post,
                 "home_unit_id": departments[home]}
            )  # fmt: skip
            rows[PersonStore].append({**stay, "from_at": begun, "until_at": None})
    with db.writing_engine.begin() as connection:
        for model, some in rows.items():
            for start in range(0, len(some), 5_000):
                insert_many(connection, table_of(model), some[start : start + 5_000])
        connection.execute(sa.text("UPDATE sync_feed SET reference = reference + 1"))


def questions(region: str) -> dict[str, str]:
    """What is asked, by a name for the page."""
    return {
        "people, first page": "/api/v1/people",
        "people found by pinyin": "/api/v1/people?q=wangwei",
        "people found by number": "/api/v1/people?q=E01234",
        "people of a region": f"/api/v1/people?unit_id={region}",
        "stores of a region": f"/api/v1/stores?unit_id={region}",
        "postings of a region": f"/api/v1/postings?unit_id={region}",
        "the tree with heads": "/api/v1/org/tree",
        "headcounts of a region": f"/api/v1/org/units/{region}/headcounts",
        "the board of today": "/api/v1/boards/today",
        "the board of a region": f"/api/v1/boards/today?unit_id={region}",
        "console: people": "/console/people",
        "console: people, a search": "/console/people?q=wangwei",
        "console: people of a region": f"/console/people?unit={region}",
        "console: the tree": "/console/org",
        "console: a region": f"/console/org/units/{region}",
        "console: stores": "/console/stores",
        "console: today": "/console/today",
    }


def measure(db: Database, db_pid: int, folder: Path, region: str, *, times: int = 30) -> Iterator[Asked]:
    """Each question, by HR and by a regional manager, so many times, after two that nobody counts."""
    settings = Settings(database_url=db.url.render_as_string(hide_password=False), data_dir=folder, secret=SECRET)
    app = create_app(settings, db=db, clock=lambda: NOW)
    for login in ("hr", "region"):
        client = app.test_client()
        token = client.post("/api/v1/session", json={"login": login, "password": PASSWORD}).get_json()["token"]
        for what, path in questions(region).items():
            for _ in range(2):
                _ask(client, path, token)
            app_before, db_before = time.process_time(), cpu_s(db_pid)
            took = [_ask(client, path, token) for _ in range(times)]
            app_s, db_s = time.process_time() - app_before, cpu_s(db_pid) - db_before
            yield Asked(what, login, took, app_s * 1_000 / times, db_s * 1_000 / times)


def _ask(client: FlaskClient, path: str, token: str) -> float:
    started = time.perf_counter()
    answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
    spent = (time.perf_counter() - started) * 1000
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code} {answer.get_data(as_text=True)[:300]}")
    return spent
