"""Conditions of belonging to a set: ids that are known, or those that other questions find.

The scope of somebody who leads a region is a set of units. Written out as a list of parameters it makes each statement as long
as the region is large, the driver takes it apart each time, and the database, which plans once for all values, expects so many
rows of it that it reads the whole table. As one array it stays one parameter, and the indexes are used (docs/figures.md).
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class _Ids(sa.types.UserDefinedType[Any]):
    """Ids as one value: an array of PostgreSQL's, a JSON text of SQLite's."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        return "UUID[]"

    def bind_processor(self, dialect: sa.Dialect) -> Any:
        if dialect.name == "postgresql":
            return _array
        return lambda ids: json.dumps([each.replace("-", "") for each in ids])  # as the column type keeps them there


def _array(ids: Collection[str]) -> str:
    text = ",".join(ids)
    if text.count(",") != max(0, len(ids) - 1):
        raise ValueError("an id with a comma in it would count as two")
    return "{" + text + "}"


class _Within(FunctionElement[bool]):
    """`column` is one of the ids that the second argument binds."""

    type = sa.Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        return self  # in parentheses of its own: no `= 1` around it on SQLite, which would keep the index from being used


def within(column: Any, ids: Collection[str]) -> sa.ColumnElement[bool]:
    """The condition that a column of ids holds one of these: what `column.in_(ids)` says, whatever their number in one parameter.
    None of them where there are none."""
    return _Within(column, sa.bindparam(None, tuple(ids), type_=_Ids(), unique=True))


def found_by(column: Any, *questions: sa.Select[Any]) -> sa.ColumnElement[bool]:
    """The condition that a column holds a value that one of these questions finds, each of one column.

    They are asked once for the whole statement, so none may speak of what stands around it. What else counts (one's own id) is
    best asked here too (`just`): beside it, an OR would make the database look at every row.
    """
    first, *others = (question.correlate(None) for question in questions)
    return column.in_(first.union_all(*others) if others else first)  # type: ignore[no-any-return]


def just(an_id: str) -> sa.Select[Any]:
    """The question that finds this one id."""
    return sa.select(sa.literal(an_id, sa.Uuid(as_uuid=False)))


@compiles(_Within)
def _within(element: _Within, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(each, **options) for each in element.clauses)
    if compiler.dialect.name == "postgresql":
        return f"({column} = ANY (CAST({ids} AS UUID[])))"
    return f"({column} IN (SELECT value FROM json_each({ids})))"  # noqa: S608 - a column's name and a parameter's place
