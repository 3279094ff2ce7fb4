"""What lists of the organisation show."""

from __future__ import annotations

from datetime import date, timedelta
from typing import cast

import sqlalchemy as sa

from contract.org import CalendarDayRow, CalendarYear, PostRow, Posts, UnitHistory, UnitKind, UnitVersionRow
from server.kernel.db import ScopedSession
from server.org import queries
from server.org.calendar import is_listed, public_day
from server.org.model import CalendarDay, OrgUnit, Post
from server.org.versions import versions_of


def posts(session: ScopedSession) -> Posts:
    """All posts by code."""
    found = session.scalars(sa.select(Post).order_by(Post.code, Post.id))
    return Posts(items=[PostRow(id=row.id, code=row.code, name_zh=row.name_zh, name_en=row.name_en) for row in found])


def unit_history(session: ScopedSession, unit_id: str) -> UnitHistory | None:
    """The rows of a unit, the earliest first, each with the name its parent had on its first day."""
    unit = session.get(OrgUnit, unit_id)
    if unit is None:
        return None
    rows = []
    for version in versions_of(session, unit_id):
        parent = queries.unit_on(session, version.parent_id, version.from_day) if version.parent_id else None
        rows.append(
            UnitVersionRow(
                from_day=version.from_day.isoformat(),
                until=version.until.isoformat() if version.until else None,
                name=version.name,
                parent_id=version.parent_id,
                parent_name=parent.name if parent is not None else None,
                manager_id=version.manager_id,
            )
        )
    return UnitHistory(id=unit.id, kind=cast(UnitKind, unit.kind), items=rows)


def calendar_year(session: ScopedSession, year: int) -> CalendarYear:
    """The days of a year that are not what their weekday says, or that the company has spoken about."""
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    found = session.scalars(sa.select(CalendarDay).where(CalendarDay.day >= first, CalendarDay.day < after))
    said = {row.day: row for row in found}
    items, working = [], 0
    for n in range((after - first).days):
        day = first + timedelta(days=n)
        public, word = public_day(day), said.get(day)
        kind = word.kind if word is not None else public.kind
        working += kind == "working"
        if word is None and not public.name_zh:
            continue
        items.append(
            CalendarDayRow(
                day=day.isoformat(),
                kind=kind,  # type: ignore[arg-type]
                public=public.kind,
                name_zh=word.name if word is not None else public.name_zh,
                name_en=word.name if word is not None else public.name_en,
                by_company=word is not None,
            )
        )
    return CalendarYear(year=year, listed=is_listed(year), working_days=working, items=items)
