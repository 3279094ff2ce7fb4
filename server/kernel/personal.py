"""What of each table is about one person: so that everything can be handed out, and made empty, without a list in two places.

A table says whose its rows are, which columns become what when that person is forgotten, and which are never handed out. The
list itself is server/personal.py; a test demands that every table with a person in it stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from server.kernel.db import Base

Becomes = Callable[[Any, str], Any]  # (the row, the pseudonym) -> the new value


BLANK: Any = object()  # an empty text where there was one, nothing where there was nothing
ANY = "*"  # belongs to whatever was found of the person so far
WITH_PHOTOS = ("punch", "appeal", "request_photo", "ticket_photo", "score_photo")  # tables whose column `photo` names a blob


class Personal(NamedTuple):
    """`of`: the columns that name the person or, with `through`, the row of that table it belongs to. `becomes`: what each
    personal column is after an erasure. `removed`: the rows go altogether. `secret`: columns never handed out. `told`:
    whether the rows are part of one's own data: what others were told about somebody is emptied, not handed out."""

    table: str
    of: tuple[str, ...]
    through: str | None = None
    becomes: Mapping[str, Any] = {}
    removed: bool = False
    secret: frozenset[str] = frozenset()
    told: bool = True


PERSONAL: dict[str, Personal] = {}
NOT_PERSONAL: dict[str, str] = {}


def personal(
    table: str, of: str | tuple[str, ...], *, through: str | None = None, becomes: Mapping[str, Any] | None = None,
    removed: bool = False, secret: tuple[str, ...] = (), told: bool = True, alias: str = "",
) -> None:  # fmt: skip
    """Say what of a table is somebody's. A table that belongs to another one (`through`) comes after it. `alias`: a second
    entry for the same table, for rows that are somebody's in another way."""
    columns = (of,) if isinstance(of, str) else of
    PERSONAL[alias or table] = Personal(table, columns, through, becomes or {}, removed, frozenset(secret), told)


def nobodys(table: str, because: str) -> None:
    """A table that names people and holds nothing personal beyond that, with the reason said out loud."""
    NOT_PERSONAL[table] = because


def rows_of(connection: sa.Connection, person_id: str) -> dict[str, list[Any]]:
    """Every row that is about a person, by table, in the order of the list."""
    found: dict[str, list[Any]] = {}
    for name, entry in PERSONAL.items():
        table = Base.metadata.tables[entry.table]
        if entry.through is None:
            mine = sa.or_(*(table.c[column] == person_id for column in entry.of))
        else:
            among = list(found) if entry.through == ANY else [entry.through]
            parents = sorted({str(row._mapping[key_of(one).name]) for one in among for row in found[one]})
            mine = sa.or_(*(table.c[column].in_(parents) for column in entry.of)) if parents else sa.false()
        found[name] = list(connection.execute(sa.select(table).where(mine)))
    return found


def key_of(table: str) -> sa.Column[Any]:
    """The column that identifies a row of an entry of the list."""
    return next(iter(Base.metadata.tables[PERSONAL[table].table].primary_key.columns))


def empty(connection: sa.Connection, found: Mapping[str, list[Any]], pseudonym: str) -> None:
    """Make everything personal of these rows empty. Rows that others point at stay, under the pseudonym."""
    for name in reversed(list(found)):
        entry, rows, key = PERSONAL[name], found[name], key_of(name)
        table = Base.metadata.tables[entry.table]
        for row in rows:
            here = key == row._mapping[key.name]
            if entry.removed:
                connection.execute(sa.delete(table).where(here))
            elif entry.becomes:
                values = {c: _becomes(row, c, v, pseudonym) for c, v in entry.becomes.items()}
                connection.execute(sa.update(table).where(here).values(values))


def _becomes(row: Any, column: str, value: Any, pseudonym: str) -> Any:
    if value is BLANK:
        return "" if row._mapping[column] is not None else None
    return value(row, pseudonym) if callable(value) else value
