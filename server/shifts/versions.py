"""Versions of templates, patterns and rules: another from another day stands beside it; one that is only beginning may still be
said again."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from server.kernel.events import tell
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.shifts.events import VersionReplaced
from server.shifts.model import RuleSet, ShiftPattern, ShiftTemplate

Versioned = ShiftTemplate | ShiftPattern | RuleSet


def replaced_by(work: Work, model: type[Versioned], row_id: str, code: str, from_day: date) -> Versioned | None:
    """The version of that very day, which is said again; None where there is none. Refused once its first day is over: people
    have worked by it, and the next day may have another. Refused too where one of its days is final (`VersionReplaced`)."""
    there = work.session.scalars(sa.select(model).where(model.code == code, model.from_day == from_day)).one_or_none()
    if work.session.get(model, row_id) is not None or (there is not None and from_day < company_day(work.now)):
        raise Problem("operation.already_exists", field="from_day", id=code)
    if there is not None:
        tell(work, VersionReplaced(from_day))
    return there


def keep(work: Work, model: type[Versioned], there: Versioned | None, row_id: str, **values: Any) -> None:
    """Write a version: a row of its own, or over the one that is said again, whose history tells what it was."""
    if there is None:
        work.add(model(id=row_id, **values))
        return
    for name, value in values.items():
        setattr(there, name, value)
