"""Many rows in one statement, on both databases.

On PostgreSQL the rows travel as one JSON document: it is written in C, read in C, and the statement stays the same however
many rows there are. Arrays, one for each column, cost the client three times as much (docs/figures.md).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

_PG_TYPES: tuple[tuple[type[Any], str], ...] = (
    (sa.Uuid, "uuid"),
    (sa.JSON, "json"),
    (sa.LargeBinary, "bytea"),
    (sa.BigInteger, "bigint"),
    (sa.Integer, "integer"),
    (sa.Boolean, "boolean"),
    (sa.DateTime, "timestamptz"),
    (sa.Date, "date"),
    (sa.Text, "text"),
    (sa.String, "text"),
)


def _pg_type(column: sa.Column[Any]) -> str:
    kind: Any = column.type
    if isinstance(kind, sa.types.TypeDecorator):
        kind = kind.impl_instance
    for known, name in _PG_TYPES:
        if isinstance(kind, known):
            return name
    raise TypeError(f"no PostgreSQL type for {column}")


def _recordset(table: sa.Table, names: Sequence[str]) -> str:
    """The document as a set of rows. Bytes come as base64, which is how msgspec writes them."""
    columns = ", ".join(f'"{name}" {_carried(table.c[name])}' for name in names)
    return f"json_to_recordset(CAST(:rows AS json)) AS v ({columns})"


def _carried(column: sa.Column[Any]) -> str:
    kind = _pg_type(column)
    return "text" if kind == "bytea" else kind


def _picked(column: sa.Column[Any]) -> str:
    return f"decode(v.\"{column.name}\", 'base64')" if _pg_type(column) == "bytea" else f'v."{column.name}"'


@functools.cache
def _pg_insert(table: sa.Table, names: tuple[str, ...], rest: str = "") -> sa.TextClause:
    quoted = ", ".join(f'"{name}"' for name in names)
    picked = ", ".join(_picked(table.c[name]) for name in names)
    # only names out of our own tables are put into the text; values are always bound
    return sa.text(f'INSERT INTO "{table.name}" ({quoted}) SELECT {picked} FROM {_recordset(table, names)}{rest}')  # noqa: S608


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row for a driver that takes values one by one."""
    return {name: bytes(value).decode() if isinstance(value, msgspec.Raw) else value for name, value in row.items()}


def insert_many(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same keys. A text that is a JSON object may come as `msgspec.Raw`: it is stored letter by
    letter and travels inside the document without being quoted and unquoted."""
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        connection.execute(sa.insert(table), [_plain(row) for row in rows])
        return
    connection.execute(_pg_insert(table, tuple(rows[0])), {"rows": msgspec.json.encode(rows).decode()})


def insert_missing(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same keys; those that are there already stay as they are. What a row does not say is as its
    column says, which must be one value for all."""
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        connection.execute(sqlite.insert(table).on_conflict_do_nothing(), list(rows))
        return
    unsaid = _unsaid(table, tuple(rows[0]))
    full = [{**unsaid, **row} for row in rows]
    insert = _pg_insert(table, tuple(full[0]), " ON CONFLICT DO NOTHING")
    connection.execute(insert, {"rows": msgspec.json.encode(full).decode()})


@functools.cache
def _unsaid(table: sa.Table, names: tuple[str, ...]) -> Mapping[str, Any]:
    """The values that SQLAlchemy would add to rows of these columns."""
    missing = [column for column in table.columns if column.name not in names and column.default is not None]
    for column in missing:
        if not isinstance(column.default, sa.ColumnDefault) or not column.default.is_scalar:
            raise TypeError(f"{column} has no one value for all rows")
    return {column.name: column.default.arg for column in missing}  # type: ignore[union-attr]


@functools.cache
def _pg_update(table: sa.Table, key: str, names: tuple[str, ...], only: str) -> sa.TextClause:
    assigned = ", ".join(f'"{name}" = {_picked(table.c[name])}' for name in names)
    matched = f'"{table.name}"."{key}" = v."{key}"'
    rows = _recordset(table, (key, *names))
    return sa.text(f'UPDATE "{table.name}" SET {assigned} FROM {rows} WHERE {matched}{only}')  # noqa: S608 - as above


def update_many(
    connection: sa.Connection,
    table: sa.Table,
    key: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    only: tuple[str, Sequence[str]] | None = None,
) -> int:
    """Update rows by `key`; each row has the key and the same other columns. `only` (column, values) leaves the rest alone.

    Answers how many rows were changed.
    """
    if not rows:
        return 0
    names = tuple(name for name in rows[0] if name != key)
    if connection.dialect.name == "postgresql":
        suffix = "" if only is None else f' AND "{table.name}"."{only[0]}" = ANY(CAST(:only_these AS text[]))'
        values: dict[str, Any] = {"rows": msgspec.json.encode(rows).decode()}
        if only is not None:
            values["only_these"] = list(only[1])
        return connection.execute(_pg_update(table, key, names, suffix), values).rowcount
    statement = sa.update(table).where(table.c[key] == sa.bindparam("the_key"))
    if only is not None:
        statement = statement.where(table.c[only[0]].in_(only[1]))
    changed = 0
    for row in rows:
        given = _plain({name: row[name] for name in names})
        changed += connection.execute(statement.values(**given), {"the_key": row[key]}).rowcount
    return changed
