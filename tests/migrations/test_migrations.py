"""Every revision up, down and up again with rows in the tables, on both databases; and the result is what the models say."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.stores import RedrawFence
from server import migrate
from server.kernel.actors import Actor
from server.kernel.db import Base, Database
from server.kernel.feed import SyncFeed
from server.kernel.ledger import OpLog
from server.kernel.perform import writing
from tests.server.world import World


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'm.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres")
    found = Database(url)
    yield found
    found.dispose()


def _tables(db: Database) -> set[str]:
    with db.engine.connect() as connection:
        return set(sa.inspect(connection).get_table_names()) - {"alembic_version"}


def test_the_migrated_database_is_what_the_models_declare(database: Database):
    migrate.upgrade(database)
    assert migrate.differences(database) == []
    assert _tables(database) == set(Base.metadata.tables)
    assert migrate.current(database) == migrate.newest()


def test_a_difference_between_models_and_migrations_is_found(database: Database):
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        connection.execute(sa.text("ALTER TABLE partner ADD COLUMN stray INTEGER"))
        connection.execute(sa.text("DROP INDEX ix_posting_store_end"))
        connection.commit()
    found = str(migrate.differences(database))
    assert "stray" in found and "ix_posting_store_end" in found


def test_up_down_and_up_again_with_rows_in_the_tables(database: Database, tmp_path: Path):
    migrate.upgrade(database)
    url = database.url.render_as_string(hide_password=False)
    world = World.on(url, tmp_path)
    world.post(world.hire("李伟"), world.open_store("静安店"))
    world.close()
    migrate.downgrade(database, "base")
    assert _tables(database) == set()
    migrate.upgrade(database)
    assert migrate.differences(database) == []
    world = World.on(url, tmp_path)
    world.post(world.hire("李伟"), world.open_store("静安店"))
    world.close()


def test_a_second_upgrade_changes_nothing(database: Database):
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        first = connection.execute(sa.select(SyncFeed.epoch, SyncFeed.pos)).all()
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        assert connection.execute(sa.select(SyncFeed.epoch, SyncFeed.pos)).all() == first
    assert len(first) == 1 and first[0].pos == 0 and len(first[0].epoch) == 16


def test_two_new_databases_have_different_epochs(tmp_path: Path):
    epochs = set()
    for name in ("a", "b"):
        db = Database(f"sqlite:///{tmp_path / name}.db")
        migrate.upgrade(db)
        with db.engine.connect() as connection:
            epochs.add(connection.execute(sa.select(SyncFeed.epoch)).scalar_one())
        db.dispose()
    assert len(epochs) == 2


def test_a_migration_that_fails_half_way_leaves_nothing_behind(database: Database, monkeypatch: pytest.MonkeyPatch):
    import secrets

    def fails(_bytes: int) -> str:
        raise RuntimeError("the power fails at the last statement")

    monkeypatch.setattr(secrets, "token_hex", fails)
    with pytest.raises(RuntimeError):
        migrate.upgrade(database)
    monkeypatch.undo()
    assert _tables(database) == set() and migrate.current(database) is None
    migrate.upgrade(database)
    assert migrate.differences(database) == []


def test_what_was_taken_in_cannot_be_rewritten_or_removed(database: Database, tmp_path: Path):
    migrate.upgrade(database)
    world = World.on(database.url.render_as_string(hide_password=False), tmp_path)
    for statement in (sa.update(OpLog).values(raw=b"forged"), sa.update(OpLog).values(hash=b"x"), sa.delete(OpLog)):
        with pytest.raises(sa.exc.IntegrityError, match="never rewritten"):
            with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
                session.execute(statement, execution_options={"unledgered": True})
    with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
        session.execute(sa.update(OpLog).values(tries=2), execution_options={"unledgered": True})  # how it ended may change
    world.close()


def test_a_fence_is_a_circle_or_a_polygon_and_never_both(database: Database, tmp_path: Path):
    migrate.upgrade(database)
    world = World.on(database.url.render_as_string(hide_password=False), tmp_path)
    store = world.open_store("静安店")
    corners = [{"lat_e7": 312300000 + a, "lng_e7": 1214700000 + b} for a, b in ((0, 0), (0, 20000), (20000, 20000), (20000, 0))]
    from contract.wire import convert

    world.clock.pass_(days=1)
    world.must(convert({"store_id": store, "fence": {"datum": "wgs84", "points": corners}}, RedrawFence))
    world.close()
    with database.engine.connect() as connection:
        with pytest.raises(sa.exc.IntegrityError):
            connection.execute(sa.text("UPDATE fence_version SET radius_m = 100"))


def test_migrations_are_written_out_and_lean_on_no_model():
    """A migration that imports the models changes its meaning whenever they do."""
    for file in (migrate.MIGRATIONS / "versions").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] in ("server", "contract") for name in names), file.name
        assert "create_all" not in file.read_text(encoding="utf-8")
