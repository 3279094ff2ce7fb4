"""Many rows in one statement are the same on both databases; what is remembered of reference rows is never out of date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from contract.ids import derived_id
from contract.stores import ChangeStore
from server.kernel.bulk import insert_many, insert_missing, update_many
from server.kernel.db import Moment, Uuid
from server.kernel.reference import Reference
from server.stores.model import Store
from tests.server.world import World

THINGS = sa.Table(
    "thing",
    sa.MetaData(),
    sa.Column("id", Uuid, primary_key=True),
    sa.Column("name", sa.String(200)),
    sa.Column("raw", sa.LargeBinary),
    sa.Column("said", sa.JSON(none_as_null=True)),
    sa.Column("count", sa.BigInteger),
    sa.Column("sure", sa.Boolean),
    sa.Column("day", sa.Date),
    sa.Column("at", Moment),
)
FULL: dict[str, Any] = {
    "id": derived_id("1"), "name": "李伟 🐼 \"'\\ \n\t :x %s {}", "raw": bytes(range(256)), "count": 2**62, "sure": True,
    "said": {"a": [1, None, "é\\u0041", {"b": False}], "": "“"}, "day": date(2026, 11, 21),
    "at": datetime(2026, 11, 21, 23, 59, 59, 999_999, tzinfo=UTC),
}  # fmt: skip
EMPTY: dict[str, Any] = {**dict.fromkeys(FULL), "id": derived_id("2")}
ZERO: dict[str, Any] = {
    "id": derived_id("3"), "name": "", "raw": b"", "said": [], "count": -(2**62), "sure": False, "day": date(1, 1, 1),
    "at": datetime(1970, 1, 1, tzinfo=UTC),
}  # fmt: skip
ROWS = [FULL, EMPTY, ZERO]


@pytest.fixture(params=["sqlite", "postgresql"])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Connection]:
    """An open transaction on an empty table, on either database."""
    url = f"sqlite:///{tmp_path}/things.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").replace("postgresql://", "postgresql+psycopg://", 1)
    engine = sa.create_engine(url)
    THINGS.metadata.create_all(engine)
    with engine.begin() as opened:
        yield opened
    engine.dispose()


def kept(connection: sa.Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(sa.select(THINGS).order_by(THINGS.c.count)).mappings()]


def by_id(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in rows}


def test_rows_come_back_as_they_went_in_whatever_is_in_them(connection: sa.Connection) -> None:
    insert_many(connection, THINGS, ROWS)
    assert by_id(kept(connection)) == by_id(ROWS)


def test_no_rows_are_no_statement(connection: sa.Connection) -> None:
    insert_many(connection, THINGS, [])
    insert_missing(connection, THINGS, [])
    assert update_many(connection, THINGS, "id", []) == 0
    assert kept(connection) == []


def test_rows_that_are_there_stay_as_they_are(connection: sa.Connection) -> None:
    insert_many(connection, THINGS, [FULL])
    insert_missing(connection, THINGS, [{**FULL, "name": "another"}, ZERO])
    assert by_id(kept(connection)) == by_id([FULL, ZERO])


def test_an_update_changes_its_rows_and_columns_and_no_others(connection: sa.Connection) -> None:
    insert_many(connection, THINGS, ROWS)
    changes = [
        {"id": FULL["id"], "name": None, "raw": b"\x00", "said": None, "day": None},
        {"id": ZERO["id"], "name": "零", "raw": None, "said": {"x": 1}, "day": date(2026, 1, 1)},
        {"id": derived_id("nobody"), "name": "x", "raw": None, "said": None, "day": None},
    ]
    assert update_many(connection, THINGS, "id", changes) == 2
    assert by_id(kept(connection)) == by_id([{**FULL, **changes[0]}, EMPTY, {**ZERO, **changes[1]}])


SAID = '{"b":  1,"a":[ "\\u00e9 é 🐼 \\" \\\\ %s :x", null],"c":{}}'  # no writer of ours would set the blanks like this


def test_a_document_that_comes_raw_is_kept_letter_by_letter(connection: sa.Connection) -> None:
    raw = msgspec.Raw(SAID.encode())
    insert_many(connection, THINGS, [{**FULL, "name": raw}, {**ZERO, "name": raw}])
    assert [row["name"] for row in kept(connection)] == [SAID, SAID]
    shorter = msgspec.Raw(b'{"a": 1.0}')
    assert update_many(connection, THINGS, "id", [{"id": FULL["id"], "name": shorter}]) == 1
    assert by_id(kept(connection))[FULL["id"]]["name"] == '{"a": 1.0}'


def test_an_update_may_be_held_to_rows_in_a_certain_state(connection: sa.Connection) -> None:
    insert_many(connection, THINGS, [{**FULL, "name": "parked"}, {**ZERO, "name": "applied"}, {**EMPTY, "name": "held"}])
    changes = [{"id": row["id"], "count": 7} for row in ROWS]
    assert update_many(connection, THINGS, "id", changes, only=("name", ["parked", "held"])) == 2
    assert {row["name"]: row["count"] for row in kept(connection)} == {"parked": 7, "held": 7, "applied": -(2**62)}
    assert update_many(connection, THINGS, "id", changes, only=("name", [])) == 0


# reference rows


def test_a_value_is_loaded_once_and_so_is_its_absence() -> None:
    held, asked = Reference().at(1), []

    def load(keys: list[Any]) -> dict[Any, Any]:
        asked.append(list(keys))
        return {key: key.upper() for key in keys if key != "nobody"}

    assert held.many("store", ["a", "nobody"], load) == {"a": "A"}
    assert held.many("store", ["a", "nobody", "b"], load) == {"a": "A", "b": "B"}
    assert held.many("fence", ["a"], load) == {"a": "A"}, "another kind is another value"
    assert asked == [["a", "nobody"], ["b"], ["a"]]
    assert [held.one("x", 1, lambda: asked.append([]) or None) for _ in range(2)] == [None, None]  # type: ignore[func-returns-value]
    assert len(asked) == 4


def test_a_newer_version_forgets_everything_and_an_older_reader_harms_nobody() -> None:
    cache = Reference()
    old = cache.at(1)
    assert old.one("store", "a", lambda: "old") == "old"
    new = cache.at(2)
    assert new.one("store", "a", lambda: "new") == "new"
    assert cache.at(1).one("store", "a", lambda: "older still") == "older still"
    assert old.one("store", "a", lambda: "never asked") == "old"
    assert cache.at(2).one("store", "a", lambda: "never asked") == "new"
    assert cache.version == 2


def test_what_was_absent_is_there_after_the_next_change() -> None:
    cache = Reference()
    assert cache.at(1).many("store", ["a"], lambda _: {}) == {}
    assert cache.at(1).many("store", ["a"], lambda _: {"a": 1}) == {}
    assert cache.at(2).many("store", ["a"], lambda _: {"a": 1}) == {"a": 1}


def test_a_change_made_elsewhere_is_seen_by_the_very_next_look(any_world: World) -> None:
    """Two servers over one database: each has a memory of its own."""
    from server.kernel.feed import reference_of

    other = World.on(any_world.settings.database_url, any_world.settings.data_dir)
    try:
        store_id = any_world.open_store("Blue Mountain 1")

        def seen(world: World) -> str:
            with world.looking() as session:
                session.info["cache"] = world.db.reference  # as perform and intake give it to theirs
                name: str = reference_of(session).one(
                    "name of a store", store_id, lambda: session.scalar(sa.select(Store.name).where(Store.id == store_id))
                )
                return name

        assert (seen(any_world), seen(other)) == ("Blue Mountain 1", "Blue Mountain 1")
        with other.looking() as still_open:
            still_open.info["cache"] = other.db.reference
            before = reference_of(still_open)
            any_world.must(ChangeStore(store_id=store_id, name="Blue Mountain 2"))
            assert (seen(any_world), seen(other)) == ("Blue Mountain 2", "Blue Mountain 2")
            assert before.one("name of a store", store_id, lambda: "asked again") == "Blue Mountain 1"
        assert seen(other) == "Blue Mountain 2"
    finally:
        other.close()
