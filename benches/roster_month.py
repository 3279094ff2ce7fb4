"""Rosters of a realistic retail month: how good, how fast, how fair; and how far above a greedy first-fit plan.

`python -m benches.roster_month` prints JSON lines, one per size and seed. A store of so many people, three skills, demand
every half hour that differs by weekday and season of the day, availability, leave, wishes, part-timers, minors, people of
the eight weeks before, by the rules of Chinese law. Seconds are CPU seconds of the whole process, reading and judging
included.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from datetime import date, timedelta
from typing import Any

from contract import wire
from contract.rostering.problem import RosterProblem

START = "2026-09-07"
NAMES = ("cashier", "floor", "kitchen")
# heads of a role of a store of forty, by hour from 8:00 to 22:00
CURVE = {
    "cashier": (1, 2, 3, 4, 5, 5, 4, 3, 3, 4, 5, 5, 4, 2),
    "floor": (2, 3, 3, 4, 4, 4, 4, 3, 4, 4, 5, 5, 3, 2),
    "kitchen": (1, 1, 2, 3, 4, 3, 2, 2, 2, 3, 4, 3, 2, 1),
}
BUSY = (90, 85, 90, 95, 115, 140, 130)  # percent by weekday


def month(people: int, weeks: int, seed: int, *, seconds: int = 30) -> RosterProblem:
    """The problem. The same arguments give the same bytes."""
    rng = random.Random(f"{people}/{weeks}/{seed}")
    first = date.fromisoformat(START)
    days = [first + timedelta(days=n) for n in range(7 * weeks)]
    body: dict[str, Any] = {
        "problem_id": f"month-{people}-{weeks}-{seed}", "seed": seed, "limits": {"seconds": seconds},
        "horizon": {"start": START, "days": len(days), "slot_min": 30}, "profile": "cn-2025",
        "stores": [{"id": "s1", "open": [[d, "08:00", "22:00"] for d in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")]}],
        "employees": [_employee(rng, n, days) for n in range(people)],
        "demand": _demand(rng, people, days),
        "templates": [{"start": ["07:30", "16:00"], "step": 30, "length": [240, 540], "break": {"after": 360, "min": 60}}],
    }  # fmt: skip
    return wire.convert(body, RosterProblem)


def _employee(rng: random.Random, n: int, days: list[date]) -> dict[str, Any]:
    skills = rng.sample(NAMES, rng.choice((1, 2, 2, 3)))
    part = rng.random() < 0.2
    away = []
    if rng.random() < 0.3:
        day = rng.choice(days[:-3])
        away.append(_away("leave", day, 0, day + timedelta(days=rng.choice((1, 2, 3))), 0))
    for day in days:
        chance = rng.random()
        if chance < 0.04:
            away.append(_away("unavailable", day, 0, day + timedelta(days=1), 0))
        elif chance < 0.07:
            away.append(_away("unavailable", day, 17 * 60, day, 23 * 60))
        elif chance < 0.11:
            away.append(_away("undesired", day, 0, day + timedelta(days=1), 0))
        elif chance < 0.13:
            away.append(_away("desired", day, 9 * 60, day, 18 * 60))
    contract = {"system": "part_time", "week_min": 720, "week_max": 1440} if part else {"week_min": 1920, "week_max": 2400}
    return {
        "id": f"e{n:02}", "name": f"e{n:02}", "home": "s1", "dispatch": [{"store": "s1", "from": "2026-01-01"}],
        "skills": {skill: rng.choice((1, 2, 3)) for skill in skills}, "contract": contract,
        "protect": ["pregnant"] if rng.random() < 0.03 else [], "born_on": "2009-03-04" if rng.random() < 0.03 else "1990-05-06",
        "history": {"days_in_row": rng.choice((0, 0, 1, 2)), "last_end": "2026-09-06T21:00",
                    "weekends_8w": rng.choice((3, 4, 5, 6)), "closings_8w": rng.randint(5, 16), "early_8w": rng.randint(0, 12)},
        "availability": away, "wage_cents_hour": rng.choice((2200, 2600, 3000)),
    }  # fmt: skip


def _away(kind: str, first: date, from_min: int, last: date, to_min: int) -> dict[str, str]:
    return {"kind": kind, "from": _at(first, from_min), "to": _at(last, to_min)}


def _at(day: date, minute: int) -> str:
    return f"{day.isoformat()}T{minute // 60:02}:{minute % 60:02}"


def _demand(rng: random.Random, people: int, days: list[date]) -> list[dict[str, Any]]:
    """By half hour. So many heads that well-planned people can cover nearly all of it."""
    found = []
    for day in days:
        busy = BUSY[day.weekday()] * rng.randint(92, 108)
        for role, curve in CURVE.items():
            for half in range(28):
                heads = curve[half // 2] * people * busy * rng.randint(90, 110)
                wanted = max(1, round(heads / 40 / 1_000_000 * SHARE))
                at = 8 * 60 + 30 * half
                found.append({"store": "s1", "role": role, "from": _at(day, at), "to": _at(day, at + 30),
                              "min": max(1, wanted * 3 // 4), "target": wanted, "max": wanted + 1, "criticality": 2})  # fmt: skip
    return found


SHARE = 1.3  # of the curves: between what contracts promise and what they allow
