"""Days at several stores that were there before parts were kept are computed again; the others are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from server import migrate
from server.kernel.db import Database
from server.timesheets.model import DirtyDay
from server.timesheets.part_model import WorkPart
from server.timesheets.recompute import catch_up
from tests.server.hours_world import HoursWorld
from tests.server.test_second_store import DAY, two_stores
from tests.server.world import World


def _marked(made: HoursWorld) -> list[str]:
    return sorted({row.person_id for row in made.world.rows(sa.select(DirtyDay)) if row.day.isoformat() == DAY})


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_day_at_two_stores_has_its_parts_after_the_upgrade(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'm.db'}" if kind == "sqlite" else request.getfixturevalue("postgres")
    database = Database(url)
    migrate.upgrade(database)
    made = two_stores(World.on(url, tmp_path))
    made.world.db.dispose()
    migrate.downgrade(database, "0021")
    with database.engine.connect() as connection:
        assert "work_part" not in sa.inspect(connection).get_table_names()
        connection.execute(sa.text("DELETE FROM dirty_day"))
        connection.commit()
    migrate.upgrade(database)
    assert made.world.rows(sa.select(WorkPart)) == [] and _marked(made) == [made.id("李伟")], "his day, and nobody else's"
    catch_up(made.out)
    assert sorted(part.worked_min for part in made.world.rows(sa.select(WorkPart))) == [180, 340]
    made.world.close()
    database.dispose()
