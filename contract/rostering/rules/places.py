"""Rules on being there at all: two shifts at once, the skill, the posting, leave, opening hours, the way between stores."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate, pairwise

from contract.rostering.local_time import MINUTES_A_DAY, day_of, ordinal
from contract.rostering.rules.calendar import Calendar
from contract.rostering.rules.line import MINUTE_MS, Broken, Facts, Line
from contract.rostering.shapes import Away, AwayKind, Lack, Placed, Worker

Params = Mapping[str, int]


def overlap(line: Line, _params: Params) -> Iterator[Broken]:
    """Two shifts share a minute: wherever, for whomever, also on call. One that begins as another ends does not."""
    running: list[Placed] = []
    for shift in line.shifts:
        running = [other for other in running if other.ends_ms > shift.starts_ms]
        for other in running:
            shared = (min(other.ends_ms, shift.ends_ms) - shift.starts_ms) // MINUTE_MS
            if shared > 0:
                one, two = sorted((other.id, shift.id))
                yield Broken(f"{one}|{two}", shift.day, [other.id, shift.id], shared, {"shared_min": shared})
        running.append(shift)


def skill_required(line: Line, params: Params) -> Iterator[Broken]:
    """A role or a certificate that somebody has not on the day the shift belongs to. Its last day still counts."""
    for shift in line.shifts:
        if shift.state == "elsewhere":
            continue
        for code in dict.fromkeys([shift.role, *shift.needs]):
            if code and not has_skill(line.worker, code, shift.day):
                ended = max((one.to_day or "" for one in line.worker.skills if one.code == code), default="")
                facts: Facts = {"skill": code, "ended_on": ended, "case": "ended"} if "" < ended < shift.day else {"skill": code}
                yield Broken(f"{shift.id}:{code}", shift.day, [shift.id], 1, facts)


def has_skill(worker: Worker, code: str, day: str) -> bool:
    """Whether somebody is qualified on a day."""
    return any(
        skill.code == code and (skill.from_day is None or skill.from_day <= day) and (skill.to_day is None or day <= skill.to_day)
        for skill in worker.skills
    )


def dispatch_window(line: Line, params: Params) -> Iterator[Broken]:
    """A shift at a store where somebody is not on the day it belongs to. What other employers plan is theirs."""
    for shift in line.shifts:
        if shift.state != "elsewhere" and not may_work_at(line.worker, shift.store_id, shift.day):
            yield Broken(shift.id, shift.day, [shift.id], 1, {"store": shift.store_id})


def may_work_at(worker: Worker, store_id: str, day: str) -> bool:
    """Whether a posting, a loan or the home store lets somebody work at a store on a day."""
    return any(
        stay.store_id == store_id and stay.from_day <= day and (stay.until is None or day < stay.until) for stay in worker.stays
    )


def course_gate(line: Line, params: Params) -> Iterator[Broken]:
    """A shift at a store that lets nobody work before a course is passed, or their record complete, whatever the day."""
    for shift in line.shifts if line.worker.lacks else ():
        for lack in line.worker.lacks if shift.state != "elsewhere" else ():
            if lack.store_id == shift.store_id and lack.blocks:
                yield Broken(f"{shift.id}:{lack.course or 'record'}", shift.day, [shift.id], 1, _lack_facts(lack))


def course_due(line: Line, params: Params) -> Iterator[Broken]:
    """A course a store would rather have passed, or a record it would have complete: a matter of the person there, said once at
    their first shift that is judged, by the number of shifts. Said of each shift it would colour all of a roster."""
    for lack in line.worker.lacks:
        there = [
            shift for shift in line.shifts
            if shift.store_id == lack.store_id and shift.state != "elsewhere" and shift.day >= line.calendar.first_day
        ]  # fmt: skip
        if there and not lack.blocks:
            about = f"{lack.store_id}:{lack.course or 'record'}"
            yield Broken(about, there[0].day, [there[0].id], len(there), _lack_facts(lack))


def _lack_facts(lack: Lack) -> Facts:
    what: Facts = {} if lack.course else {"case": "record"}
    return {"store": lack.store_id, "course_zh": lack.zh or lack.en, "course_en": lack.en or lack.zh, **what}


def _away(kind: AwayKind) -> Callable[[Line, Params], Iterator[Broken]]:
    def judge(line: Line, params: Params) -> Iterator[Broken]:
        away = sorted((one for one in line.worker.away if one.kind == kind), key=_starts)
        if not away:
            return
        starts = [one.starts_ms for one in away]
        latest = list(accumulate((one.ends_ms for one in away), max))  # the latest end of those up to here
        for shift in line.shifts:
            at = bisect_left(starts, shift.ends_ms)
            while at and latest[at - 1] > shift.starts_ms:
                at -= 1
                one = away[at]
                shared = (min(one.ends_ms, shift.ends_ms) - max(one.starts_ms, shift.starts_ms)) // MINUTE_MS
                if shared > 0:
                    facts: Facts = {"shared_min": shared, "label": one.label} if one.label else {"shared_min": shared}
                    yield Broken(f"{shift.id}:{one.starts_ms}", shift.day, [shift.id], shared, facts)

    return judge


def _starts(away: Away) -> int:
    return away.starts_ms


approved_leave = _away("leave")
unavailable = _away("unavailable")
undesired = _away("undesired")
desired = _away("desired")


def store_open(line: Line, params: Params) -> Iterator[Broken]:
    """The minutes of a shift, by the clock, in which its store is closed, beyond what may be before opening and after closing."""
    for shift in line.due:
        if shift.state == "elsewhere":
            continue
        when = (shift.day, shift.starts_min, shift.ends_min)
        closed = closed_minutes(line.calendar, shift.store_id, when, params["before"], params["after"])
        if closed > 0:
            yield Broken(shift.id, shift.day, [shift.id], closed, {"closed_min": closed, "store": shift.store_id})


def closed_minutes(calendar: Calendar, store_id: str, when: tuple[str, int, int], before: int, after: int) -> int:
    """The minutes of a shift (its day, and from when to when in minutes of it) outside its store's hours of the day before, its
    own and the two after, widened at both ends."""
    day, starts, ends = when
    today = calendar.hours_of(store_id, day)
    for opens, closes in [(0, MINUTES_A_DAY)] if today is None else today:
        if opens - before <= starts and ends <= closes + after:
            return 0
    number = ordinal(day)
    opened: list[tuple[int, int]] = []
    for away in (-1, 0, 1, 2):
        hours = calendar.hours_of(store_id, day_of(number + away))
        for opens, closes in [(0, MINUTES_A_DAY)] if hours is None else hours:
            opened.append((opens + away * MINUTES_A_DAY - before, closes + away * MINUTES_A_DAY + after))
    closed, at = 0, starts
    for opens, closes in sorted(opened):
        if at >= ends:
            break
        closed += max(0, min(opens, ends) - at)
        at = max(at, closes)
    return closed + max(0, ends - at)


def travel_time(line: Line, params: Params) -> Iterator[Broken]:
    """From one store to the next in less than the way takes. Shifts that overlap are the overlap's."""
    for one, two in pairwise(line.due):
        if one.store_id == two.store_id or two.starts_ms < one.ends_ms:
            continue
        way = line.calendar.travel_min.get((one.store_id, two.store_id), params["unknown"])
        there = (two.starts_ms - one.ends_ms) // MINUTE_MS
        if there < way:
            facts: Facts = {"between_min": there, "way_min": way}
            yield Broken(f"{one.id}|{two.id}", two.day, [one.id, two.id], way - there, facts)


JUDGES = {
    "overlap": overlap, "skill_required": skill_required, "dispatch_window": dispatch_window, "approved_leave": approved_leave,
    "course_gate": course_gate, "course_due": course_due,
    "unavailable": unavailable, "store_open": store_open, "travel_time": travel_time, "undesired": undesired,
}  # fmt: skip
