"""Requests for leave: what their form says, and how much is asked for by those that still run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from contract.forms import minute_of_day
from server.approvals.forms import reads_answer
from server.approvals.model import Request
from server.kernel.db import ScopedSession
from server.kernel.problems import Problem
from server.leave import rules
from server.leave.model import LeaveKind
from server.leave.rules import Stretch

KIND = "leave"
_WHOLE = "whole"


def stretch_asked(form: Mapping[str, Any]) -> Stretch:
    """The stretch a form asks for. Raises Problem with the field that is wrong.

    `leave_kind`, `from_day` and `to_day` (both included); for one day `part` (whole, first_half, second_half) or hours:
    `from_time` and `to_time`, as 10:00.
    """
    from_day, to_day = _day(form, "from_day"), _day(form, "to_day")
    from_min, to_min = _time(form, "from_time"), _time(form, "to_time")
    part = form.get("part") or _WHOLE
    if part != _WHOLE or from_min is not None or to_min is not None:
        if to_day != from_day:
            raise Problem("leave.part_of_several_days", field="form.to_day")
        if from_min is None and to_min is None:
            from_min, to_min = rules.part_of_day(part)
    stretch = Stretch(from_day, to_day, from_min, to_min)
    if (code := rules.judge_stretch(stretch)) is not None:
        raise Problem(code, field="form.to_day")
    return stretch


def _day(form: Mapping[str, Any], key: str) -> date:
    try:
        return date.fromisoformat(str(form.get(key)))
    except ValueError:
        raise Problem("wire.invalid", field=f"form.{key}") from None


def _time(form: Mapping[str, Any], key: str) -> int | None:
    if not form.get(key):
        return None
    minute = minute_of_day(form[key])
    if minute is None:
        raise Problem("leave.no_such_time", field=f"form.{key}", time=str(form[key])[:20])
    return minute


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
        days = rules.minutes_by_day(stretch_asked(form), kind.day_min, is_working)
        found[kind.code] = found.get(kind.code, 0) + sum(days.values())
    return found


@reads_answer("leave_kind", "leave.kind_unknown")
def kind_meant(session: ScopedSession, answer: str) -> tuple[str, str, str] | None:
    """A kind of leave by its code, as people read it."""
    found = sa.select(LeaveKind).where(LeaveKind.code == answer).order_by(LeaveKind.from_day.desc()).limit(1)
    kind = session.scalars(found).first()
    return (kind.code, kind.name_zh, kind.name_en) if kind is not None else None
