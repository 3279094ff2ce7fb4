"""Runs migrations on the database that `server.migrate` hands over, or on the one OUTPOST_DATABASE_URL names."""

from __future__ import annotations

from alembic import context

from server.kernel.db import Base, Database
from server.migrate import compares_type, every_model, is_compared
from server.settings import Settings

every_model()


def _run(connection: object) -> None:
    context.configure(
        connection=connection,  # type: ignore[arg-type]
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
