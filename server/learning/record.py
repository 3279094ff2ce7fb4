"""What the archive's group `training` holds of a person."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from contract.learning import ProgressRow
from server.archive.events import feeds
from server.kernel.db import ScopedSession
from server.learning.model import Progress
from server.learning.rows import progress_rows
from server.org.queries import company_day


@feeds("training")
def training_of(session: ScopedSession, person_id: str) -> list[dict[str, Any]]:
    """Courses begun, as far as the reader may see them: what was settled last in front. What there is not is left out."""
    asked = sa.select(Progress).where(Progress.person_id == person_id)
    found = sorted(session.scalars(asked), key=lambda row: (row.settled_at is None, -_seconds(row), row.id))
    shown = progress_rows(session.connection(), [row.id for row in found])
    return [_item(row, shown[row.id]) for row in found]


def _item(row: Progress, shown: ProgressRow) -> dict[str, Any]:
    said = {
        "course": shown.title_zh or shown.title_en, "course_en": shown.title_en or None, "percent": row.percent,
        "grade": row.grade, "finished_on": company_day(row.settled_at).isoformat() if row.settled_at is not None else None,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value is not None}


def _seconds(row: Progress) -> float:
    moment = row.settled_at or row.begun_at
    return moment.timestamp() if moment is not None else 0.0
