"""Databases of tests share what was compiled, and only where it would come out the same."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import CacheStats

from server.kernel.db import Database
from tests.support import shared_statements
from tests.support.planted import instead
from tests.support.shared_statements import is_same


def _known(folder: Path, name: str, statement: sa.Select[int]) -> bool:
    """Whether a new database knows this statement already."""
    db = Database(f"sqlite:///{folder / name}")
    with db.snapshot() as connection:
        found = connection.execute(statement).context.cache_hit
    db.dispose()
    return bool(found is CacheStats.CACHE_HIT)


def test_what_one_database_compiled_the_next_one_knows(tmp_path: Path) -> None:
    asked = sa.select(sa.literal(7).label("never asked before"))
    assert [_known(tmp_path, name, asked) for name in ("first.db", "second.db")] == [False, True]


def test_databases_that_do_not_share_compile_for_themselves(tmp_path: Path) -> None:
    asked = sa.select(sa.literal(7).label("asked where nothing is shared"))
    with instead(shared_statements, "_SAME", ("positional", "identifier_preparer")):
        assert [_known(tmp_path, name, asked) for name in ("first.db", "second.db")] == [False, False]


def test_dialects_that_read_answers_differently_are_not_the_same() -> None:
    plain, reader = sa.create_engine("sqlite://").dialect, sa.create_engine("sqlite://", json_deserializer=str).dialect
    assert is_same(plain, plain) and is_same(plain, sa.create_engine("sqlite://").dialect)  # type: ignore[arg-type]
    assert not is_same(plain, reader)  # type: ignore[arg-type]
    assert not is_same(plain, sa.create_engine("postgresql+psycopg://nobody@nowhere/none").dialect)  # type: ignore[arg-type]
