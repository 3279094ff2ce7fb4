"""One memory of compiled statements for all databases of a test process.

A server has one database, and compiles a statement once for as long as it runs. Tests open thousands of databases of the same
two kinds: without this each of them compiles everything anew, a sixth of what such a test costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

from server.kernel.db import Database
from tests.support.planted import instead

STATEMENTS = 2_000
_SAME = ("paramstyle", "server_version_info", "_json_serializer", "_json_deserializer")


def is_same(ours: DefaultDialect, other: object) -> bool:
    """Whether two dialects say the same thing in the same words, and read answers in the same way."""
    if ours is other:
        return True
    return type(ours) is type(other) and all(getattr(ours, name, None) == getattr(other, name, None) for name in _SAME)


@contextmanager
def shared_statements() -> Iterator[None]:
    """Every `Database` opened inside compiles into, and looks into, the same memory."""
    memory: Any = LRUCache(STATEMENTS)
    opened = Database.__init__

    def open_sharing(db: Database, *given: Any, **more: Any) -> None:
        opened(db, *given, **more)
        for engine in (db.engine, db.writing_engine, db.reading_engine, db._glancing):
            engine._compiled_cache = memory

    # what is compiled is looked up by its dialect, and each database has one of its own
    with instead(Database, "__init__", open_sharing), _compared(is_same, lambda dialect: hash(type(dialect))):
        yield


@contextmanager
def _compared(by: Callable[[Any, object], bool], hashed: Callable[[Any], int]) -> Iterator[None]:
    kept = DefaultDialect.__eq__, DefaultDialect.__hash__
    DefaultDialect.__eq__, DefaultDialect.__hash__ = by, hashed  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        DefaultDialect.__eq__, DefaultDialect.__hash__ = kept  # type: ignore[method-assign]
