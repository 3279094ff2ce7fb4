"""Brings a database to the newest revision, from the command line, the demo and the tests alike."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from server.kernel.db import Base, Database

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
_WITH_TABLES = (
    "server.kernel.ledger",
    "server.kernel.feed",
    "server.kernel.jobs",
    "server.org.model",
    "server.people.model",
    "server.stores.model",
    "server.devices.model",
    "server.inbox.model",
    "server.inbox.channels_model",
    "server.approvals.model",
    "server.postings.model",
    "server.leave.model",
    "server.archive.model",
    "server.shifts.model",
    "server.attendance.model",
    "server.timesheets.model",
    "server.timesheets.overtime_model",
    "server.timesheets.part_model",
    "server.attendance.correction_model",
    "server.attendance.case_model",
    "server.timesheets.closing_model",
    "server.statements.model",
    "server.learning.model",
    "server.feedback.desks_model",
    "server.feedback.model",
    "server.announcements.model",
    "server.voice.model",
    "server.training.model",
    "server.growth.model",
    "server.rosters.model",
    "server.rosters.people_model",
    "server.rosters.demand_model",
    "server.rosters.proposal_model",
    "server.rosters.market.model",
    "server.rosters.market.loan_model",
    "server.scoring.model_library",
    "server.scoring.card_model",
    "server.scoring.report_model",
    "server.scoring.cycle_model",
    "server.scoring.review_model",
    "server.boards.model",
    "server.imports.model",
    "server.sync.model",
    "server.kernel.witness",
    "server.kernel.tree",
    "server.audit.model",
)


def every_model() -> None:
    """Import every module that declares tables."""
    for name in _WITH_TABLES:
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(db: Database, revision: str = "head") -> None:
    """Bring the database up to `revision`."""
    config = _config()
    with db.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def downgrade(db: Database, revision: str) -> None:
    """Take the database back to `revision`. Rows of tables that did not exist then are lost."""
    config = _config()
    with db.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def newest() -> str:
    """The revision this release needs."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    assert found is not None
    return found


def current(db: Database) -> str | None:
    """The revision the database is at; None for an empty one."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def differences(db: Database) -> list[Any]:
    """What the models declare and the migrated database does not have, or the other way round. Empty when they agree."""
    every_model()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": compares_type, "include_object": is_compared, "target_metadata": Base.metadata}
        )
        return list(compare_metadata(context, Base.metadata))


def compares_type(_context: Any, inspected: Any, _declared: Any, inspected_type: Any, declared_type: Any) -> bool | None:
    """SQLite knows no precise types to compare; elsewhere alembic's own judgment stands."""
    return False if _context.dialect.name == "sqlite" else None


def is_compared(thing: Any, name: str | None, kind: str, reflected: bool, _declared: Any) -> bool:
    """Everything, but the index that an exclusion constraint brings with it."""
    return not (kind == "index" and reflected and (name or "").startswith("ex_"))
