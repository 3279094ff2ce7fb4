"""`world` on SQLite, `any_world` on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.hours_world import HoursWorld, at_work
from tests.server.lent import Cast
from tests.server.office import Office, furnish_url, office_on_sqlite
from tests.server.world import World, migrate_url


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world on SQLite."""
    made = World.on_sqlite(tmp_path)
    yield made
    made.close()


@pytest.fixture
def postgres_world(postgres_server, tmp_path: Path) -> Iterator[World]:
    """A world on PostgreSQL."""
    url = postgres_server.copy_of("migrated", migrate_url)
    made = World.on(url, tmp_path)
    yield made
    made.close()
    postgres_server.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_world(request: pytest.FixtureRequest) -> World:
    """The same test on both databases."""
    found: World = request.getfixturevalue("world" if request.param == "sqlite" else "postgres_world")
    return found


@pytest.fixture
def cast(world: World) -> Cast:
    """Chen, lent to a store, on SQLite."""
    return Cast(world)


@pytest.fixture
def any_cast(any_world: World) -> Cast:
    """The same on both databases."""
    return Cast(any_world)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Everybody a request needs, on SQLite."""
    made = office_on_sqlite(tmp_path)
    yield made
    made.world.close()


@pytest.fixture
def postgres_office(postgres_server, tmp_path: Path) -> Iterator[Office]:
    """Everybody a request needs, on PostgreSQL."""
    url = postgres_server.copy_of("office", furnish_url)
    made = Office(World.on(url, tmp_path)).known()
    yield made
    made.world.close()
    postgres_server.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_office(request: pytest.FixtureRequest) -> Office:
    """The same test on both databases."""
    found: Office = request.getfixturevalue("office" if request.param == "sqlite" else "postgres_office")
    return found


@pytest.fixture
def hours(any_world: World) -> HoursWorld:
    """Two people at a store and their punches, on both databases."""
    return at_work(any_world)


@pytest.fixture
def quick(world: World) -> HoursWorld:
    """The same on SQLite alone."""
    return at_work(world)
