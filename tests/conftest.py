"""Fixtures for every folder below: PostgreSQL, and markers that follow from the folder a test lies in."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings

from mobile.core import pins
from server import migrate
from server.kernel.db import Database
from server.people import passwords
from tests.support import postgres as pg
from tests.support.groups import ByGroup, long_ones_first
from tests.support.own_folder import OwnFolder
from tests.support.planted import instead
from tests.support.shared_statements import shared_statements

# Kivy reads its switches at import. It must not take pytest's arguments for its own or write to the home folder.
os.environ.setdefault("KIVY_NO_ARGS", "1")
os.environ.setdefault("KIVY_NO_CONSOLELOG", "1")
os.environ.setdefault("KIVY_NO_FILELOG", "1")
os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")

# At a desk every run searches somewhere new; in CI a commit is judged by the same draws each time, so that red means the commit.
settings.register_profile(
    "outpost", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("outpost")

# Workers work in the folder of the run that started them.
_FOLDER = OwnFolder() if "PYTEST_XDIST_WORKER" not in os.environ else None

_FAST = {"contract", "rules", "architecture"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    tests = Path(__file__).parent
    for item in items:
        folder = Path(item.path).relative_to(tests).parts[0] if Path(item.path).is_relative_to(tests) else ""
        if folder in _FAST:
            item.add_marker(pytest.mark.fast)
        if folder == "ui":
            item.add_marker(pytest.mark.ui)
        if folder == "journeys":
            item.add_marker(pytest.mark.journey)
        if "postgres_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgres)
    if "PYTEST_XDIST_WORKER" in os.environ:
        items[:] = long_ones_first(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup | None:
    """What shares something dear runs on one worker."""
    return ByGroup(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Whatever was imported stays: the garbage collector need not walk through half a million such objects again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_sessionfinish(exitstatus: int) -> None:
    if _FOLDER is not None:
        _FOLDER.keep = exitstatus != 0


@pytest.fixture(scope="session", autouse=True)
def hashers_as_shipped() -> Iterator[dict[Any, PasswordHasher]]:
    """Passwords and PINs of tests cost microseconds to hash. Answers what the product has in their place, by module."""
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    shipped = {module: module._HASHER for module in (passwords, pins)}
    with instead(passwords, "_HASHER", cheap), instead(pins, "_HASHER", cheap):
        with instead(passwords, "_NOBODY", cheap.hash("the password of nobody")):
            yield shipped


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """A statement that one test's database has compiled is known to the next one's."""
    with shared_statements():
        yield


@pytest.fixture
def as_shipped(hashers_as_shipped: dict[Any, PasswordHasher]) -> Iterator[None]:
    """For those who look at what a password or a PIN costs: hashed as the product does it."""
    with contextlib.ExitStack() as back:
        for module, shipped in hashers_as_shipped.items():
            back.enter_context(instead(module, "_HASHER", shipped))
        back.enter_context(instead(passwords, "_NOBODY", passwords.password_hash("the password of nobody")))
        yield


@pytest.fixture
def quick_folder() -> Iterator[Path]:
    """A folder in memory where the system has one: the product fsyncs, and a test that pulls no plug need not wait for it."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="outpost-test-", dir=memory if os.access(memory, os.W_OK) else None))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[pg.PostgresServer]:
    """One private server for each test process."""
    server = pg.start()
    yield server
    server.stop()


@pytest.fixture
def postgres(postgres_server: pg.PostgresServer) -> Iterator[str]:
    """The URL of an empty database of its own for this test."""
    url = postgres_server.fresh()
    yield url
    postgres_server.drop(url)


@pytest.fixture
def upgraded_postgres(postgres_server: pg.PostgresServer) -> Iterator[str]:
    """The URL of a database of its own with all tables as the migrations make them, and nothing in them."""
    url = postgres_server.copy_of("upgraded", _upgrade)
    yield url
    postgres_server.drop(url)


def _upgrade(url: str) -> None:
    db = Database(url)
    migrate.upgrade(db)
    db.dispose()
