"""Requests for leave: what their form says, and how much is asked for by those that still run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from contract import leave_days
from contract.leave_days import Stretch
from server.approvals.forms import reads_answer
from server.approvals.model import Request
from server.kernel.db import ScopedSession
from server.kernel.problems import Problem
from server.leave.model import LeaveKind

KIND = "leave"


def stretch_asked(form: Mapping[str, Any]) -> Stretch:
    """The stretch a form asks for. Raises Problem with the field that is wrong."""
    try:
        return leave_days.stretch_asked(form)
    except leave_days.StretchWrong as wrong:
        raise Problem(wrong.code, field=f"form.{wrong.field}", **wrong.facts) from None


def asked_min(
    session: ScopedSession, person_id: str, kinds: Mapping[str, LeaveKind], is_working: Callable[[date], bool]
) -> dict[str, int]:
    """Minutes asked for by requests that still run, by kind."""
    running = sa.select(Request.form).where(
        Request.person_id == person_id, Request.kind == KIND, Request.state == "running"
    )  # fmt: skip
    found: dict[str, int] = {}
    for form in session.scalars(running):
        kind = kinds.get(str(form.get("leave_kind")))
        if kind is None:
            continue
        days = leave_days.minutes_by_day(stretch_asked(form), kind.day_min, is_working)
        found[kind.code] = found.get(kind.code, 0) + sum(days.values())
    return found


@reads_answer("leave_kind", "leave.kind_unknown")
def kind_meant(session: ScopedSession, answer: str) -> tuple[str, str, str] | None:
    """A kind of leave by its code, as people read it."""
    found = sa.select(LeaveKind).where(LeaveKind.code == answer).order_by(LeaveKind.from_day.desc()).limit(1)
    kind = session.scalars(found).first()
    return (kind.code, kind.name_zh, kind.name_en) if kind is not None else None
