"""Lists in pages. The cursor holds the sort keys of the last row, so a page neither repeats nor skips when rows come and go."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from server.kernel.db import Moment, ScopedSession
from server.kernel.problems import Problem


def page_of(
    session: ScopedSession,
    statement: Any,
    keys: Sequence[Any],
    *,
    limit: int,
    cursor: str | None,
    descending: bool = False,
) -> tuple[list[Any], str | None]:
    """Rows of one page and the cursor of the next, None when this was the last. `keys` are columns; the last one is unique."""
    for key in keys:
        statement = statement.order_by(key.desc() if descending else key.asc())
    statement = statement.add_columns(*(sa.type_coerce(key, key.type).label(f"page_key_{n}") for n, key in enumerate(keys)))
    if cursor is not None:
        statement = statement.where(_after(keys, _values(cursor, keys), descending=descending))
    rows = list(session.execute(statement.limit(limit + 1)))
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], _cursor([getattr(last, f"page_key_{n}") for n in range(len(keys))])


def containing(column: Any, text: str) -> sa.ColumnElement[bool]:
    """Whether the column holds `text`, upper and lower case alike; % and _ mean themselves."""
    escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return sa.func.lower(column).like(f"%{escaped}%", escape="\\")


def _after(keys: Sequence[Any], values: list[Any], *, descending: bool) -> sa.ColumnElement[bool]:
    """Rows behind those values: (a > x) or (a = x and b > y) ..., which every database reads the same way."""
    conditions = []
    for n, (key, value) in enumerate(zip(keys, values, strict=True)):
        same = [earlier == past for earlier, past in zip(keys[:n], values[:n], strict=True)]
        conditions.append(sa.and_(*same, key < value if descending else key > value))
    return sa.or_(*conditions)


def _cursor(values: list[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, date) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode().rstrip("=")


def _values(cursor: str, keys: Sequence[Any]) -> list[Any]:
    """What the cursor holds, as the types of the columns. A cursor that is not ours is refused, never guessed."""
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(found, list) or len(found) != len(keys):
            raise ValueError
        return [_typed(value, key) for value, key in zip(found, keys, strict=True)]
    except (ValueError, binascii.Error, RecursionError):
        raise Problem("wire.invalid", field="cursor") from None


def _typed(value: Any, key: Any) -> Any:
    if isinstance(key.type, Moment) and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment
    expected = key.type.python_type
    if expected is date and isinstance(value, str):
        return date.fromisoformat(value)
    if expected is str and isinstance(value, str) and "\x00" not in value:
        if isinstance(key.type, sa.Uuid):
            return str(uuid.UUID(value))
        return value
    if expected is int and type(value) is int and abs(value) < 2**62:
        return value
    raise ValueError
