"""When a store is open, on the store's page: its week from a day on, and single days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import request

from contract.opening import meant_hours, said_hours
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.stores.opening import opening_of
from server.web.shell import Look

AHEAD = timedelta(days=400)


def opening_card(look: Look, store_id: str) -> dict[str, Any]:
    """The card of the store's page: the week that counts today, weeks and days to come, and what a form was given."""
    today = company_day(look.now)
    known = opening_of(look.session, store_id, today, today + AHEAD)
    counting = [one for one in known.weeks if one.from_day <= today.isoformat()]
    week = counting[-1].week if counting else []
    typed = {n: request.form.get(f"hours_{n}", said_hours(week[n]) if week else "") for n in range(7)}
    return {
        "week": [said_hours(hours) for hours in week],
        "later": [
            (one.from_day, [said_hours(hours) for hours in one.week]) for one in known.weeks if one.from_day > today.isoformat()
        ],
        "days": [(one.day, said_hours(one.hours), one.note) for one in known.days if one.day >= today.isoformat()],
        "typed": typed, "today": today,
    }  # fmt: skip


def hours_typed(name: str) -> list[tuple[int, int]]:
    """The hours in a field of the form; empty is closed. Raises the refusal."""
    hours = meant_hours(request.form.get(name, "")[:200])
    if hours is None:
        raise Problem("stores.hours_invalid", field=name)
    return hours
