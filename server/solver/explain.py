"""Why nobody can cover a stretch, and whether two people could move so that somebody can. Every answer is the judge's."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import msgspec

from contract.rostering.candidates import Look, look_at_all, why
from contract.rostering.from_problem import Facts
from contract.rostering.local_time import MINUTES_A_DAY, at_minute, ordinal
from contract.rostering.problem import Gap, RosterProblem, Why
from contract.rostering.rules import judge_line, newly_broken
from contract.rostering.shapes import Placed
from server.solver.product import QUARTER, times_of

MOST_WAYS = 24
MOST_EXPLAINED = 10  # gaps of a roster that are told with their reasons
MOST_MOVES = 3_000  # changes of two people that are looked at
WAY = "way"


def ways_of(problem: RosterProblem, facts: Facts, gap: Gap) -> list[Placed]:
    """The shifts that would cover a stretch, those first that cover most of it; without a template for it the stretch itself."""
    zone = facts.zones.get(gap.store) or problem.horizon.tz
    day = gap.from_time[:10]
    first = minute_of(gap.from_time, day)
    last = minute_of(gap.to_time, day)
    found: list[tuple[int, int, Placed]] = []
    for template in problem.templates:
        if template.role not in ("*", gap.role) or template.store not in (None, gap.store):
            continue
        for starts, length, pause in times_of(template):
            shared = min(last, starts + length) - max(first, starts)
            if shared > 0:
                shift = _placed(gap, day, zone, starts, starts + length, pause, template.code or "", len(found))
                found.append((-shared, length, shift))
    if not found:
        return [_placed(gap, day, zone, first, last, 0, "", 0)]
    found.sort(key=lambda one: (one[0], one[1], one[2].starts_min))
    whole = [one for one in found if one[0] == found[0][0]]
    return [shift for _, _, shift in whole[:MOST_WAYS]]


def _placed(gap: Gap, day: str, zone: str, starts: int, ends: int, pause: int, template: str, number: int) -> Placed:
    starts_ms, ends_ms = at_minute(day, starts, zone), at_minute(day, ends, zone)
    work = max(QUARTER, (ends_ms - starts_ms) // 60_000 - pause)
    return Placed(
        id=f"{WAY}:{number}", person_id="", store_id=gap.store, day=day, starts_min=starts, ends_min=ends, starts_ms=starts_ms,
        ends_ms=ends_ms, work_min=work, role=gap.role, template=template,
    )  # fmt: skip


def minute_of(text: str, day: str) -> int:
    """Minutes of a local time after the midnight that begins a day."""
    return (ordinal(text[:10]) - ordinal(day)) * MINUTES_A_DAY + int(text[11:13]) * 60 + int(text[14:16])


def explain(problem: RosterProblem, facts: Facts, placed: Mapping[str, Sequence[Placed]], gap: Gap) -> Why:
    """Everybody with the rule that forbids it, the core, and the cheapest ways out."""
    return why(looks_at(problem, facts, placed, gap))


def with_why(
    problem: RosterProblem, facts: Facts, placed: Mapping[str, Sequence[Placed]], gaps: Sequence[Gap], seconds: float
) -> list[Gap]:
    """The gaps with why nobody fills them: the first of them (the worst), as many as so many CPU seconds allow."""
    until = time.process_time() + seconds
    found = []
    for number, gap in enumerate(gaps):
        told = number < MOST_EXPLAINED and time.process_time() < until
        found.append(msgspec.structs.replace(gap, why=explain(problem, facts, placed, gap)) if told else gap)
    return found


def looks_at(
    problem: RosterProblem, facts: Facts, placed: Mapping[str, Sequence[Placed]], gap: Gap
) -> dict[str, list[Look]]:
    """Everybody in every way in which the stretch could be covered."""
    ways = ways_of(problem, facts, gap)
    return look_at_all(facts.workers.values(), placed, ways, facts.profile, facts.calendar)


class Move(msgspec.Struct, frozen=True):
    """A shift that goes from one person to another."""

    shift: Placed
    was: str
    now: str


def chain(facts: Facts, placed: Mapping[str, Sequence[Placed]], looks: Mapping[str, Sequence[Look]]) -> list[Move]:
    """Two people who could move: one takes the stretch, another takes a shift that keeps them from it. Empty where there is no
    such pair among the first some thousands, or where somebody may take it as it is."""
    if any(not one.hard for some in looks.values() for one in some):
        return []
    tried = 0
    order = sorted((one for some in looks.values() for one in some), key=lambda one: (len(one.hard), one.points, one.person_id))
    for found in order:
        named = {shift for verdict in found.hard for shift in verdict.shifts}
        for shift in placed.get(found.person_id, ()):
            if shift.id not in named or shift.locked or shift.state == "elsewhere" or not _fits(facts, placed, found, shift):
                continue
            for other in sorted(facts.workers):
                tried += 1
                if tried > MOST_MOVES:
                    return []
                if other != found.person_id and may_take(facts, placed, other, shift, ()):
                    return [Move(found.shift, "", found.person_id), Move(shift, found.person_id, other)]
    return []


def _fits(facts: Facts, placed: Mapping[str, Sequence[Placed]], found: Look, without: Placed) -> bool:
    return may_take(facts, placed, found.person_id, found.shift, (without.id,))


def may_take(
    facts: Facts, placed: Mapping[str, Sequence[Placed]], person: str, shift: Placed, without: Sequence[str]
) -> bool:
    """Whether somebody may work a shift besides theirs, without some of them: nothing hard breaks that was not broken."""
    worker, before = facts.workers[person], list(placed.get(person, ()))
    mine = msgspec.structs.replace(shift, person_id=person)
    after = [*(one for one in before if one.id not in without and one.id != shift.id), mine]
    now = [v for v in judge_line(worker, after, facts.profile, facts.calendar) if v.level == "hard"]
    return not now or not newly_broken(judge_line(worker, before, facts.profile, facts.calendar), now)
