"""What the first release kept goes on in the organisation: departments from names, units from stores, homes from hiring days."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from server import migrate
from server.kernel.db import Database
from tests.support.planted import instead

COMPANY = "00000000-0000-8000-8000-000000000001"
PARTNER, STORE = "11111111-0000-7000-8000-000000000001", "11111111-0000-7000-8000-000000000002"
WEI, FANG, GONE = (f"22222222-0000-7000-8000-00000000000{n}" for n in (1, 2, 3))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'm.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres")
    found = Database(url)
    yield found
    found.dispose()


def _first_release(db: Database) -> None:
    """A store and three people as revision 0001 keeps them: two of one department, one of another who has left."""
    migrate.upgrade(db, "0001")
    metadata = sa.MetaData()
    metadata.reflect(db.engine, only=["partner", "store", "person"])
    ids = {name: sa.Uuid(as_uuid=False) for name in ("id", "partner_id")}
    with db.engine.begin() as connection:
        for name, rows in (("partner", _partners()), ("store", _stores()), ("person", _people())):
            columns = [sa.column(key, ids.get(key)) for key in rows[0]]
            connection.execute(sa.insert(sa.table(name, *columns)), rows)


def _partners() -> list[dict[str, Any]]:
    return [{"id": PARTNER, "name": "星悦百货"}]


def _stores() -> list[dict[str, Any]]:
    return [
        {"id": STORE, "number": "S1", "name": "静安店", "partner_id": PARTNER, "zone": "Asia/Shanghai", "day_turns_at_min": 300,
         "city": "", "address": "", "lat_e7": 1, "lng_e7": 1, "radius_m": 100, "datum_entered": "wgs84", "entered": "{}",
         "has_kiosk": False, "opened_at": "2026-03-01 00:00:00"}
    ]  # fmt: skip


def _people() -> list[dict[str, Any]]:
    drawn = (
        (WEI, "李伟", "后厨部", True, "2026-03-01 20:00:00"),
        (FANG, "王芳", "后厨部", True, "2026-03-02 01:00:00"),
        (GONE, "张敏", "销售部", False, "2026-01-05 01:00:00"),
    )
    return [
        {"id": person, "number": person[-1], "name": name, "name_key": name, "home_org": home, "mobile": None, "active": active,
         "hired_at": hired}
        for person, name, home, active, hired in drawn
    ]  # fmt: skip


def _told(db: Database, statement: str) -> list[tuple[Any, ...]]:
    with db.engine.connect() as connection:
        return [tuple(str(value).replace("-", "") if value is not None else None for value in row) for row in
                connection.execute(sa.text(statement))]  # fmt: skip


HOMES = "SELECT h.person_id, v.name, h.from_day, h.until FROM home_stay h JOIN unit_version v ON v.unit_id = h.unit_id"


def test_people_and_stores_of_the_first_release_are_in_the_organisation(database: Database):
    _first_release(database)
    migrate.upgrade(database, "0002")
    units = _told(database, "SELECT u.kind, v.name, v.from_day, v.until FROM org_unit u JOIN unit_version v ON v.unit_id = u.id")
    assert sorted(units) == [
        ("company", "公司", "20200101", None), ("department", "后厨部", "20200101", None),
        ("department", "销售部", "20200101", None), ("partner_store", "静安店", "20200101", None),
    ]  # fmt: skip
    parents = _told(database, "SELECT parent_id FROM unit_version WHERE parent_id IS NOT NULL")
    assert set(parents) == {(COMPANY.replace("-", ""),)} and len(parents) == 3
    assert _told(database, "SELECT id FROM org_unit WHERE kind = 'partner_store'") == [(STORE.replace("-", ""),)]
    homes = {row[0]: row[1:] for row in _told(database, HOMES)}
    assert homes[WEI.replace("-", "")] == ("后厨部", "20260302", None), "the day in Shanghai, not in London"
    assert homes[FANG.replace("-", "")] == ("后厨部", "20260302", None)
    assert homes[GONE.replace("-", "")][:2] == ("销售部", "20260105") and homes[GONE.replace("-", "")][2] is not None


def test_the_way_back_keeps_people_and_stores(database: Database):
    _first_release(database)
    migrate.upgrade(database, "0002")
    migrate.downgrade(database, "0001")
    assert len(_told(database, "SELECT id FROM person")) == 3 and len(_told(database, "SELECT id FROM store")) == 1
    migrate.upgrade(database, "0002")
    assert len(_told(database, HOMES)) == 3


def test_a_migration_that_forgets_the_rows_is_found(database: Database):
    """The control: the same migration without its last step leaves an organisation of nobody."""
    _first_release(database)
    from alembic import op

    with instead(op, "bulk_insert", lambda *_rows, **_more: None):
        migrate.upgrade(database, "0002")
    assert _told(database, HOMES) == [] and _told(database, "SELECT id FROM org_unit") == []
