"""Runs migrations on the database that `server.migrate` hands over, or on the one OUTPOST_DATABASE_URL names."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context

from server.kernel.db import Base, Database
from server.migrate import compares_type, every_model, is_compared
from server.settings import Settings

every_model()


def _run(connection: sa.Connection) -> None:
    """SQLite changes a table by making it anew under its name, and would refuse that while rows of others point at it. So keys are
    not enforced meanwhile (which can be said only outside of a transaction) but looked at before each step is kept."""
    lite = connection.dialect.name == "sqlite"
    if lite:
        _enforce(connection, "OFF")
    try:
        _migrate(connection, lite)
    finally:
        if lite:
            connection.rollback()
            _enforce(connection, "ON")


def _enforce(connection: sa.Connection, said: str) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(f"PRAGMA foreign_keys={said}")
    assert driver.execute("PRAGMA foreign_keys").fetchone()[0] == (said == "ON"), "a transaction was under way"


def _keys_hold(ctx: Any, **_said: Any) -> None:
    broken = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(3)
    if broken:
        raise RuntimeError(f"rows point at rows that are not there: {broken}")


def _migrate(connection: sa.Connection, lite: bool) -> None:
    context.configure(
        connection=connection,
        on_version_apply=_keys_hold if lite else None,
        target_metadata=Base.metadata,
        compare_type=compares_type,
        include_object=is_compared,
        # SQLite undoes DDL as well, now that BEGIN is ours: a migration that fails half way leaves nothing behind
        transactional_ddl=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    database = Database(Settings.from_environment().database_url)
    with database.engine.connect() as opened:
        _run(opened)
    database.dispose()
