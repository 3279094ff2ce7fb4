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
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from contract import wire
from contract.rostering.from_problem import Facts, read_problem
from contract.rostering.local_time import MINUTES_A_DAY, at_minute
from contract.rostering.problem import RosterProblem
from contract.rostering.rules import judge_cover, judge_line, load_of, newly_broken, spread_of
from contract.rostering.shapes import Placed
from server.solver.product_solve import Solver, facts_of

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


def first_fit(problem: RosterProblem, facts: Facts) -> dict[str, list[Placed]]:
    """What is done without a solver: from morning to evening, wherever somebody is short, the first on the list who lawfully may
    comes for a usual shift: nine hours with an hour's pause, four for who works part time."""
    placed: dict[str, list[Placed]] = {person: [] for person in facts.workers}
    minutes = {worker.person_id: 0 for worker in facts.workers.values()}
    there: dict[tuple[str, int], int] = {}
    for need in sorted(facts.needs, key=lambda one: (one.starts_ms, one.role)):
        wanted = max(need.at_least, need.target or 0)
        slot = need.starts_ms // 60_000
        for person, worker in facts.workers.items():
            if there.get((need.role, slot), 0) >= wanted:
                break
            if (placed[person] and placed[person][-1].day == need.day) or all(need.role != skill.code for skill in worker.skills):
                continue
            length = 240 if worker.system == "part_time" else 540
            shift = _usual(person, need.store_id, need.day, need.starts_ms, length, need.role, problem.horizon.tz)
            after = [*placed[person], shift]
            found = judge_line(worker, after, facts.profile, facts.calendar)
            before = judge_line(worker, placed[person], facts.profile, facts.calendar)
            if any(verdict.level == "hard" for verdict in newly_broken(before, found)):
                continue
            placed[person] = after
            minutes[person] += shift.work_min
            for at in range(slot, slot + length, 30):
                there[need.role, at] = there.get((need.role, at), 0) + 1
    return placed


def _usual(person: str, store: str, day: str, starts_ms: int, length: int, role: str, zone: str) -> Placed:
    starts = (starts_ms - at_minute(day, 0, zone)) // 60_000
    starts = min(starts, 22 * 60 - length) if length < MINUTES_A_DAY else starts
    starts_ms = at_minute(day, starts, zone)
    return Placed(
        id=f"{person}:{day}", person_id=person, store_id=store, day=day, starts_min=starts, ends_min=starts + length,
        starts_ms=starts_ms, ends_ms=starts_ms + length * 60_000, work_min=length - (60 if length > 360 else 0), role=role,
    )  # fmt: skip


def figures(facts: Facts, placed: dict[str, list[Placed]]) -> dict[str, Any]:
    """A roster in a manager's figures: hours of heads, broken hard rules, the spread of what is to be shared."""
    covers = judge_cover(facts.needs, [shift for line in placed.values() for shift in line])
    lines = [(facts.workers[person], line) for person, line in placed.items()]
    hard = sum(
        verdict.level == "hard" for worker, line in lines for verdict in judge_line(worker, line, facts.profile, facts.calendar)
    )
    spread = spread_of([load_of(worker, line, facts.calendar, facts.profile) for worker, line in lines])
    return {
        "needed_h": sum(c.target * c.minutes for c in covers) // 60,
        "short_h": round(sum(c.lack * c.minutes for c in covers) / 60, 1),
        "lack_h": round(sum(max(0, c.target - c.have) * c.minutes for c in covers) / 60, 1),
        "surplus_h": round(sum(max(0, c.have - c.target) * c.minutes for c in covers) / 60, 1),
        "work_h": sum(shift.work_min for _, line in lines for shift in line) // 60,
        "hard_breaks": hard,
        "spread": {name: list(values) for name, values in spread.items()},
    }  # fmt: skip


def measured(people: int, weeks: int, seed: int, seconds: float, *, plain: bool = False) -> dict[str, Any]:
    """One problem solved and set against the plan by first fit. CPU seconds, reading included."""
    began = time.process_time()
    problem = month(people, weeks, seed, seconds=max(1, int(seconds)))
    facts = read_problem(problem)
    solver = Solver(facts_of(problem, facts))
    made = solver.run(seconds - (time.process_time() - began), seed=seed, plain=plain)
    used = time.process_time() - began
    answer = made.answer
    ours, theirs = figures(facts, made.placed), figures(facts, first_fit(problem, facts))
    gap = None
    if answer.bound is not None and answer.objective:
        gap = round(100 * (answer.objective - answer.bound) / abs(answer.objective), 1)
    return {
        "people": people, "weeks": weeks, "seed": seed, "engine": made.engine, "cpu_s": round(used, 1),
        "objective": answer.objective, "bound": answer.bound, "gap_percent": gap, "roster": ours, "first_fit": theirs,
        "less_surplus_percent": round(100 - 100 * ours["surplus_h"] / theirs["surplus_h"], 1) if theirs["surplus_h"] else None,
    }  # fmt: skip


def main(told: Sequence[str] | None = None) -> None:
    """Print a JSON line for each size and seed."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("--sizes", default="20:9.5,40:58", help="people:CPU seconds, ...")
    asked.add_argument("--weeks", type=int, default=4)
    asked.add_argument("--seeds", default="1,2,3")
    asked.add_argument("--plain", action="store_true", help="the search alone, without column generation's libraries")
    given = asked.parse_args(told)
    for size in given.sizes.split(","):
        people, _, seconds = size.partition(":")
        for seed in given.seeds.split(","):
            print(json.dumps(measured(int(people), given.weeks, int(seed), float(seconds), plain=given.plain)), flush=True)


if __name__ == "__main__":
    main()
