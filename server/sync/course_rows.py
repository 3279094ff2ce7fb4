"""Courses, and what a person did with them, as devices read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from contract import wire
from server.kernel.perform import DeviceFacts
from server.learning import rows
from server.sync.registry import Bodies, Projection, projects

_READ: dict[str, Callable[[sa.Connection, Sequence[str]], Mapping[str, Any]]] = {
    "course": rows.course_rows,
    "course_progress": rows.progress_rows,
    "quiz_attempt": rows.attempt_rows,
    "recall": rows.recall_rows,
    "certificate": rows.certificate_rows,
}


def _projection(read: Callable[[sa.Connection, Sequence[str]], Mapping[str, Any]]) -> Projection:
    def project(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
        return {row_id: wire.encode(row) for row_id, row in read(connection, ids).items()}

    return project


for _entity, _read in _READ.items():
    projects(_entity)(_projection(_read))
