"""The declarative base, the column types, the engines, and the session class everything else builds on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

from server.kernel.reference import Reference

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware UTC instant. SQLite drops zones, so they are put back; a naive value is a bug and raises."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a wall time without a zone is not a moment")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None or value.tzinfo is UTC:  # PostgreSQL's sessions are told to answer in UTC
            return value
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Uuid = sa.Uuid(as_uuid=False)


class Base(DeclarativeBase):
    """Every table. Portable types only; JSON for what is read whole."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: Moment, date: sa.Date, dict[str, Any]: sa.JSON, list[Any]: sa.JSON}


def table_of(model: type[Base]) -> sa.Table:
    """The table of a mapped class, for the kernel's own set-based statements."""
    found = model.__table__
    assert isinstance(found, sa.Table)
    return found


def among(column: sa.Column[Any], dialect: str) -> sa.ColumnElement[bool]:
    """Whether a column has one of the values that are bound as `keys`. On PostgreSQL they travel as one array: a list of its own
    for each number of keys is another statement each time, which the driver takes apart and the database plans anew.
    """
    if dialect != "postgresql":
        return column.in_(sa.bindparam("keys", expanding=True))
    carried = postgresql.ARRAY(sa.BigInteger if column.type.python_type is int else sa.Text)
    return column == sa.any_(sa.cast(sa.bindparam("keys", type_=carried), postgresql.ARRAY(column.type)))


def id_column(**options: Any) -> Any:
    """A UUID primary key."""
    return mapped_column(Uuid, primary_key=True, **options)


def ref(target: str, **options: Any) -> Any:
    """A UUID column that points at another table's id."""
    return mapped_column(Uuid, sa.ForeignKey(target), **options)


class ScopedSession(Session):
    """A session that belongs to one actor; scope.py, ledger.py and feed.py hang their hooks on it."""


# The same few statements run thousands of times a second: planning each anew costs more than running it (docs/figures.md).
# A plan made while a table was young must not be a scan of it: pages are priced as on the SSDs that servers have today.
_PG_OPTIONS = "-c jit=off -c plan_cache_mode=force_generic_plan -c random_page_cost=1.1 -c TimeZone=UTC"


def _read_json(text: str | bytes) -> Any:
    """A JSON column. What msgspec does not take (an endless number that a hand has put there) is read as Python reads it."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(text)


class Database:
    """One database, with a door for writing and a door for looking.

    Writers on SQLite begin with BEGIN IMMEDIATE: a deferred transaction that reads first and writes later fails with
    SQLITE_BUSY under load (design/sync.md 2.1). Readers get one snapshot for their whole transaction.
    """

    def __init__(self, url: str, *, pool_size: int = 12) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            engine = sa.create_engine(
                url, connect_args={"timeout": 30, "check_same_thread": False}, json_deserializer=_read_json
            )
            event.listen(engine, "connect", _sqlite_connect)
            event.listen(engine, "begin", _sqlite_begin)
            self.writing_engine: sa.Engine = engine.execution_options(outpost_writes=True)
            self.reading_engine = engine.execution_options(outpost_writes=False)
            self._glancing: sa.Engine = self.reading_engine
        else:
            engine = sa.create_engine(
                url,
                pool_size=pool_size,
                max_overflow=pool_size,
                pool_recycle=1800,
                connect_args={"options": _PG_OPTIONS},
                json_deserializer=_read_json,
            )
            self.writing_engine = engine
            self._glancing = sa.create_engine(
                url,
                pool_size=pool_size,
                max_overflow=0,
                pool_recycle=1800,
                isolation_level="AUTOCOMMIT",
                pool_reset_on_return=None,
                connect_args={"options": _PG_OPTIONS},
                json_deserializer=_read_json,
            )
            for one in (engine, self._glancing):
                event.listen(one, "connect", _pg_connect)
            self.reading_engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self.engine: sa.Engine = engine
        self.reference = Reference()

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """A read-only connection that sees one moment of the database."""
        with self.reading_engine.connect() as connection:
            yield connection

    @contextmanager
    def glance(self) -> Iterator[sa.Connection]:
        """A connection for single statements that stand by themselves: on PostgreSQL no BEGIN and no ROLLBACK around them."""
        with self._glancing.connect() as connection:
            yield connection

    def dispose(self) -> None:
        self._glancing.dispose()
        self.engine.dispose()


def _pg_connect(connection: Any, _record: Any) -> None:
    """Ids are texts to us: the driver need not make objects of them first, which is six times as dear (docs/figures.md)."""
    from psycopg.types.string import TextLoader  # whoever has PostgreSQL has its driver

    connection.adapters.register_loader("uuid", TextLoader)


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the begin event below decides how a transaction starts
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("outpost_writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
