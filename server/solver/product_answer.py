"""From shifts to an answer: gaps, score, and whether the judge of contract.rostering passes every line. The judge has the last
word."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from contract import wire
from contract.rostering.from_problem import Facts
from contract.rostering.local_time import day_of, ordinal
from contract.rostering.problem import Gap, MadeShift, RosterAnswer, RosterProblem, ScoreLine, Segment
from contract.rostering.rules import (
    CATALOGUE,
    Cover,
    Points,
    cover_points,
    fairness_of,
    judge_cover,
    judge_line,
    load_of,
    points_of,
)  # fmt: skip
from contract.rostering.shapes import Placed, Verdict

VERSION = 1
MOST_GAPS = 500
MOST_NAMED = 20


def hash_of(problem: RosterProblem) -> str:
    """Of everything that counts for the answer: the problem, its seed and limits, and the version of these engines."""
    return hashlib.sha256(b"%d\n" % VERSION + wire.encode(problem)).hexdigest()


def broken(facts: Facts, placed: Mapping[str, Sequence[Placed]]) -> list[Verdict]:
    """Every hard verdict on a roster, by person."""
    found = []
    for person, line in sorted(placed.items()):
        worker = facts.workers[person]
        found += [v for v in judge_line(worker, line, facts.profile, facts.calendar) if v.level == "hard"]
    return found


def is_sound(facts: Facts, placed: Mapping[str, Sequence[Placed]]) -> bool:
    """Whether a roster breaks no hard rule that the shifts given and kept do not break by themselves."""
    for person, line in placed.items():
        kept = [shift for shift in line if shift.state != "draft"]
        worker = facts.workers[person]
        now = _hard(judge_line(worker, line, facts.profile, facts.calendar))
        before = _hard(judge_line(worker, kept, facts.profile, facts.calendar)) if now else {}
        if any(over > before.get(what, 0) for what, over in now.items()):
            return False
    return True


def _hard(verdicts: Sequence[Verdict]) -> dict[tuple[str, str], int]:
    return {(v.rule, v.about): v.over for v in verdicts if v.level == "hard"}


def made(problem: RosterProblem, facts: Facts, placed: Mapping[str, Sequence[Placed]]) -> list[MadeShift]:
    """The shifts of a roster inside the days to plan, by day and time."""
    stays = {one.id: one for one in problem.assignments}
    first, last = facts.calendar.first_day, facts.calendar.last_day
    found = []
    for person, line in placed.items():
        for shift in line:
            if not first <= shift.day <= last:
                continue
            given = stays.get(shift.id)
            start, end = local(shift.day, shift.starts_min), local(shift.day, shift.ends_min)
            pause = (shift.ends_ms - shift.starts_ms) // 60_000 - shift.work_min
            found.append(
                MadeShift(
                    employee=person, store=shift.store_id, start=start, end=end, id=given.id if given is not None else None,
                    template=shift.template or None, break_min=max(0, pause),
                    segments=[Segment(role=shift.role, from_time=start[11:], to_time=end[11:])] if shift.role else [],
                    pinned=given is not None and given.state != "draft",
                )
            )  # fmt: skip
    return sorted(found, key=lambda one: (one.start, one.store, one.employee or "", one.end))


def local(day: str, minute: int) -> str:
    """A minute of a day as the answer writes it."""
    return f"{day_of(ordinal(day) + minute // 1_440)}T{minute % 1_440 // 60:02}:{minute % 60:02}"


def covers_of(facts: Facts, placed: Mapping[str, Sequence[Placed]]) -> list[Cover]:
    """Stretch by stretch who is there of what is needed."""
    return judge_cover(facts.needs, [shift for line in placed.values() for shift in line])


def gaps_of(facts: Facts, covers: Sequence[Cover]) -> list[Gap]:
    """Where fewer are there than there must be, the worst first."""
    short = [cover for cover in covers if cover.lack]
    short.sort(key=lambda c: (-c.lack * c.criticality * c.minutes, c.starts_ms, c.store_id, c.role))
    found = []
    for cover in short[:MOST_GAPS]:
        zone = facts.zones.get(cover.store_id, "") or facts.calendar.zone
        found.append(
            Gap(
                store=cover.store_id, role="" if cover.role == "*" else cover.role, from_time=clock(cover.starts_ms, zone),
                to_time=clock(cover.ends_ms, zone), missing=cover.lack,
            )
        )  # fmt: skip
    return found


def clock(ms: int, zone: str) -> str:
    """An instant by the clock of a zone."""
    return datetime.fromtimestamp(ms // 1000, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")


def score_of(facts: Facts, placed: Mapping[str, Sequence[Placed]], covers: Sequence[Cover]) -> list[ScoreLine]:
    """What every soft rule comes to, the heaviest tier first, with whom it concerns most."""
    lines: dict[str, list[Points]] = {}
    loads = []
    for person, line in sorted(placed.items()):
        worker = facts.workers[person]
        for points in points_of(worker, line, facts.profile, facts.calendar):
            lines.setdefault(points.rule, []).append(points)
        loads.append(load_of(worker, line, facts.calendar, facts.profile))
    for points in fairness_of(loads, facts.profile):
        lines.setdefault(points.rule, []).append(points)
    weights = {setting.rule: setting.weight for setting in facts.profile.rules if setting.enabled}
    found = [
        ScoreLine(rule=rule, tier=CATALOGUE[rule].tier, points=points, count=count)
        for rule, (points, count) in cover_points(covers, weights).items()
        if points
    ]
    for rule, all_points in lines.items():
        by: list[dict[str, Any]] = [{"employee": p.person_id, "points": p.points} for p in all_points if p.points]
        by.sort(key=lambda one: (-abs(one["points"]), one["employee"]))
        total, count = sum(p.points for p in all_points), sum(p.count for p in all_points)
        found.append(ScoreLine(rule=rule, tier=CATALOGUE[rule].tier, points=total, count=count, by=by[:MOST_NAMED]))
    return sorted(found, key=lambda line: (line.tier, line.rule))


def refusal(problem: RosterProblem | None, errors: Sequence[dict[str, Any]]) -> RosterAnswer:
    """The answer to a problem that is none."""
    return RosterAnswer(
        status="invalid_input", errors=list(errors)[:50], problem_hash="" if problem is None else hash_of(problem)
    )
