"""Any list can be narrowed to a unit and all below it: at home there, or posted to a store there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.org import AddUnit
from server.leave import presets as leave_presets
from server.org import queries as org
from server.org.model import COMPANY_ID
from server.people import queries as people
from tests.server.office import office_on_sqlite
from tests.server.world import SECRET, Client, World
from tests.support.company import Company
from tests.support.handset import new_handset
from tests.support.lent_app import lent_app
from tests.support.planted import instead


@pytest.fixture
def world(tmp_path: Path):
    made = World.on_sqlite(tmp_path)
    yield made
    made.close()


def unit(world: World, name: str, kind: str = "region") -> str:
    unit_id = new_id()
    world.must(AddUnit(unit_id=unit_id, kind=kind, name=name, parent_id=COMPANY_ID, from_day="2026-01-01"))  # type: ignore[arg-type]
    return unit_id


def test_every_list_narrows_to_a_unit_and_all_below_it(world: World):
    east, west = unit(world, "华东区"), unit(world, "华西区")
    kitchen = unit(world, "后厨部", "department")
    here, there = world.open_store("甲店", parent_id=east), world.open_store("乙店", parent_id=west)
    wei, fang = world.hire("李伟", home_org="后厨部"), world.hire("王芳", home_org="后厨部")
    min_, gang = world.hire("张敏", home_org="华东区"), world.hire("吴刚", home_org="销售部")
    for person, store in ((wei, here), (fang, there), (gang, here)):
        world.post(person, store)
    client = world.client("chen")

    def of(path: str, key: str, field: str, unit_id: str) -> set[Any]:
        return {row[field] for row in client.get(f"/api/v1/{path}", unit_id=unit_id).json[key]}

    assert of("people", "items", "name", east) == {"李伟", "张敏", "吴刚"}, "posted below, or at home there"
    assert of("people", "items", "name", kitchen) == {"李伟", "王芳"}
    assert of("people", "items", "name", here) == {"李伟", "吴刚"}
    assert {"李伟", "王芳", "张敏", "吴刚", "陈思远"} == of("people", "items", "name", COMPANY_ID)
    assert of("people", "items", "name", new_id()) == set()
    assert of("postings", "items", "person_name", west) == {"王芳"}
    assert of("postings", "items", "person_name", kitchen) == {"李伟", "王芳"}
    assert of("stores", "items", "name", east) == {"甲店"} and of("stores", "items", "name", kitchen) == set()
    assert of("boards/today", "stores", "name", east) == {"甲店"}
    board = client.get("/api/v1/boards/today", unit_id=kitchen).json
    assert {row["name"]: row["posted"] for row in board["stores"]} == {"甲店": 1, "乙店": 1} and board["totals"]["posted"] == 2
    assert client.get("/api/v1/boards/today", unit_id=COMPANY_ID).json["totals"]["posted"] == 3
    assert min_ in of("people", "items", "id", east)


def test_requests_leave_and_records_narrow_too(tmp_path: Path):
    office = office_on_sqlite(tmp_path)
    leave_presets.ensure(office.world.db, office.world.clock(), SECRET)
    for who in ("chen", "li", "zhou"):
        days = {"leave_kind": "personal", "from_day": "2026-12-01", "to_day": "2026-12-01"}
        request_id = office.ask("leave", who, form=days)
        assert office.state(request_id) == "running"
    client, kitchen, store = office.world.client("zhao.x"), office.kitchen, office.store

    def of(path: str, unit_id: str | None, field: str = "person_name") -> set[str]:
        more = {"unit_id": unit_id} if unit_id else {}
        return {row[field] for row in client.get(f"/api/v1/{path}", **more).json["items"]}

    everybody = of("requests", None)
    assert len(everybody) == 3 and of("requests", kitchen) == everybody and of("requests", store) == set()
    assert of("archive", kitchen, "name") >= everybody and not of("archive", store, "name") & everybody
    office.world.post(office.people["chen"], store)
    assert of("requests", store) == {"陈伟"} and "陈伟" in of("archive", store, "name")
    with instead(people, "guests_below", lambda *_: sa.select(sa.null())):
        assert of("requests", store) == set(), "the control: nobody is ever lent"
    office.world.close()


def test_a_posting_that_is_over_does_not_hold_somebody_below(world: World):
    east = unit(world, "华东区")
    world.post(world.hire("李伟"), world.open_store("甲店", parent_id=east), "2026-11-01", "2026-11-20")
    client = world.client("chen")
    assert client.get("/api/v1/people", unit_id=east).json["items"] == []
    with instead(org, "units_below", lambda *_: set()):
        assert client.get("/api/v1/stores", unit_id=east).json["items"] == [], "the control: a tree that holds nothing"
    assert [row["name"] for row in client.get("/api/v1/stores", unit_id=east).json["items"]] == ["甲店"]


def test_tablets_and_phones_and_punches_narrow_too(tmp_path: Path):
    company = Company(tmp_path / "server").prepare().found(people=3)
    kitchen = new_id()
    company.must(AddUnit(unit_id=kitchen, kind="department", name="后厨部", parent_id=COMPANY_ID, from_day="2020-01-01"))
    day = company.today()
    for person, store in (("p1", "A"), ("p2", "B")):
        company.post(person, store, day)
        tablet = new_handset(company, f"tablet-{store}", store=store)
        tablet.sync()
        assert tablet.punch(person=person) and tablet.sync()
        tablet.core.close()
    client = _admin(company, tmp_path)
    a = company.stores["A"]
    devices = client.get("/api/v1/devices", unit_id=a).json["devices"]
    assert [device["store_id"] for device in devices] == [a]
    punches = client.get("/api/v1/punches", unit_id=a).json["punches"]
    assert [line["punch"]["store_id"] for line in punches] == [a]
    assert client.get("/api/v1/punches", unit_id=kitchen).json["punches"] == []
    assert len(client.get("/api/v1/punches", unit_id=COMPANY_ID).json["punches"]) == 2
    assert len(client.get("/api/v1/devices", unit_id=COMPANY_ID).json["devices"]) == 2
    company.close()


def _admin(company: Company, folder: Path) -> Client:
    """The API of that company's server, signed in as somebody who may look at everything."""
    from contract.people import GrantRole, OpenAccount
    from tests.server.world import PASSWORD

    account = new_id()
    company.must(OpenAccount(account_id=account, person_id=company.people["p3"], login="chen", password=PASSWORD))
    company.must(GrantRole(grant_id=new_id(), account_id=account, role="admin"))
    client = Client(lent_app(company.settings, db=company.db, clock=company.now).test_client())
    client.sign_in("chen")
    return client
