"""Many rows in one statement, on both databases. On PostgreSQL columns travel as arrays: parsing once, not once a row."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

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
    raise TypeError(f"no array type for {column}")


@functools.cache
def _pg_insert(table: sa.Table, names: tuple[str, ...]) -> sa.TextClause:
    quoted = ", ".join(f'"{name}"' for name in names)
    arrays = ", ".join(f"CAST(:{name} AS {_array(table.c[name])}[])" for name in names)
    picked = ", ".join(_picked(table.c[name]) for name in names)
    # only names out of our own tables are put into the text; values are always bound
    return sa.text(f'INSERT INTO "{table.name}" ({quoted}) SELECT {picked} FROM unnest({arrays}) AS v ({quoted})')  # noqa: S608


def _array(column: sa.Column[Any]) -> str:
    kind = _pg_type(column)
    return "text" if kind in ("json", "uuid") else kind


def _picked(column: sa.Column[Any]) -> str:
    kind = _pg_type(column)
    return f'CAST(v."{column.name}" AS {kind})' if kind in ("json", "uuid") else f'v."{column.name}"'


def insert_many(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same keys."""
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        connection.execute(sa.insert(table), list(rows))
        return
    names = tuple(rows[0])
    columns: dict[str, list[Any]] = {}
    for name in names:
        values = [row[name] for row in rows]
        if isinstance(table.c[name].type, sa.JSON):
            values = [None if value is None else json.dumps(value, ensure_ascii=False) for value in values]
        columns[name] = values
    connection.execute(_pg_insert(table, names), columns)


def insert_missing(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; those that are there already stay as they are."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    if rows:
        connection.execute(dialect.insert(table).on_conflict_do_nothing(), list(rows))


@functools.cache
def _pg_update(table: sa.Table, key: str, names: tuple[str, ...], only: str) -> sa.TextClause:
    given = (key, *names)
    quoted = ", ".join(f'"{name}"' for name in given)
    arrays = ", ".join(f"CAST(:{name} AS {_array(table.c[name])}[])" for name in given)
    assigned = ", ".join(f'"{name}" = {_picked(table.c[name])}' for name in names)
    matched = f'"{table.name}"."{key}" = {_picked(table.c[key])}'
    statement = f'UPDATE "{table.name}" SET {assigned} FROM unnest({arrays}) AS v ({quoted}) WHERE {matched}{only}'  # noqa: S608
    return sa.text(statement)


def update_many(
    connection: sa.Connection, table: sa.Table, key: str, rows: Sequence[Mapping[str, Any]], *,
    only: tuple[str, Sequence[str]] | None = None,
) -> int:  # fmt: skip
    """Update rows by `key`; each row has the key and the same other columns. `only` (column, values) leaves the rest alone.

    Answers how many rows were changed.
    """
    if not rows:
        return 0
    names = tuple(name for name in rows[0] if name != key)
    if connection.dialect.name == "postgresql":
        suffix = "" if only is None else f' AND "{table.name}"."{only[0]}" = ANY(CAST(:only_these AS text[]))'
        columns: dict[str, Any] = {name: [row[name] for row in rows] for name in (key, *names)}
        for name in names:
            if isinstance(table.c[name].type, sa.JSON):
                columns[name] = [None if v is None else json.dumps(v, ensure_ascii=False) for v in columns[name]]
        if only is not None:
            columns["only_these"] = list(only[1])
        return connection.execute(_pg_update(table, key, names, suffix), columns).rowcount
    statement = sa.update(table).where(table.c[key] == sa.bindparam("the_key"))
    if only is not None:
        statement = statement.where(table.c[only[0]].in_(only[1]))
    changed = 0
    for row in rows:
        values = {name: row[name] for name in names}
        changed += connection.execute(statement.values(**values), {"the_key": row[key]}).rowcount
    return changed
