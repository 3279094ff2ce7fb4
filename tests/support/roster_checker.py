"""A second judge of rosters, written from docs/concepts/rosters.md alone: it counts minutes one by one and shares no code with
contract/rostering/rules. Slow on purpose. It answers what is broken as {(rule, about): by how much}.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from contract.rostering.shapes import Placed, Profile, Worker
from tests.support.roster_book import DAY, Book, clock, monday, night_of, parse
from tests.support.roster_checker_wishes import contract_min_hours, single_day_off, split_weekend, start_jitter

Found = Iterator[tuple[str, int]]


def overlap(book: Book, p: Mapping[str, int]) -> Found:
    for number, one in enumerate(book.all):
        for two in book.all[number + 1 :]:
            shared = len(book.minutes[one.id] & book.minutes[two.id])
            if shared:
                yield "|".join(sorted((one.id, two.id))), shared


def skill_required(book: Book, p: Mapping[str, int]) -> Found:
    for shift in book.all:
        wanted = {shift.role, *shift.needs} - {""}
        for code in wanted if shift.state != "elsewhere" else ():
            terms = [skill for skill in book.worker.skills if skill.code == code]
            day = parse(shift.day)
            good = [
                term
                for term in terms
                if not (term.from_day and parse(term.from_day) > day) and not (term.to_day and parse(term.to_day) < day)
            ]
            if not good:
                yield f"{shift.id}:{code}", 1


def dispatch_window(book: Book, p: Mapping[str, int]) -> Found:
    for shift in book.all:
        day, there = parse(shift.day), False
        for stay in book.worker.stays:
            begun = parse(stay.from_day) <= day
            over = stay.until is not None and parse(stay.until) <= day
            there = there or (stay.store_id == shift.store_id and begun and not over)
        if not there and shift.state != "elsewhere":
            yield shift.id, 1


def course_gate(book: Book, p: Mapping[str, int]) -> Found:
    for shift in book.all:
        for lack in book.worker.lacks if shift.state != "elsewhere" else ():
            if lack.store_id == shift.store_id and lack.blocks:
                yield f"{shift.id}:{lack.course}" if lack.course else f"{shift.id}:record", 1


def course_due(book: Book, p: Mapping[str, int]) -> Found:
    for lack in book.worker.lacks:
        counted = 0
        for shift in book.all:
            ours = shift.state != "elsewhere" and shift.store_id == lack.store_id
            counted += ours and parse(shift.day) >= parse(book.calendar.first_day)
        if counted and not lack.blocks:
            yield f"{lack.store_id}:{lack.course}" if lack.course else f"{lack.store_id}:record", counted


def away(kind: str) -> Any:
    def check(book: Book, p: Mapping[str, int]) -> Found:
        for shift in book.all:
            for one in book.worker.away:
                gone = range(one.starts_ms // 60_000, one.ends_ms // 60_000)
                shared = sum(minute in gone for minute in book.minutes[shift.id])
                if one.kind == kind and shared:
                    yield f"{shift.id}:{one.starts_ms}", shared

    return check


def store_open(book: Book, p: Mapping[str, int]) -> Found:
    for shift in book.work:
        if shift.state == "elsewhere":
            continue
        closed = sum(not _open(book, shift.store_id, moment, p) for moment in clock(shift))
        if closed:
            yield shift.id, closed


def _open(book: Book, store: str, moment: datetime, p: Mapping[str, int]) -> bool:
    for back in range(-1, 3):
        day = moment.date() - back * DAY
        hours = book.calendar.open_days.get((store, day.isoformat()))
        if hours is None and store in book.calendar.open_week:
            hours = book.calendar.open_week[store][day.weekday()]
        if hours is None:
            hours = [(0, 1_440)]
        at = int((moment - datetime.combine(day, datetime.min.time())).total_seconds()) // 60
        if any(opens - p["before"] <= at < closes + p["after"] for opens, closes in hours):
            return True
    return False


def travel_time(book: Book, p: Mapping[str, int]) -> Found:
    order = sorted(book.work, key=lambda shift: (shift.starts_ms, shift.ends_ms, shift.id))
    for one, two in pairwise(order):
        if one.store_id != two.store_id and one.ends_ms <= two.starts_ms:
            way = book.calendar.travel_min.get((one.store_id, two.store_id), p["unknown"])
            between = len(range(one.ends_ms // 60_000, two.starts_ms // 60_000))
            if between < way:
                yield f"{one.id}|{two.id}", way - between


def daily_max(book: Book, p: Mapping[str, int]) -> Found:
    limits = [p["max"] + p["overtime"]]
    if p["standard_only"] and book.worker.system == "comprehensive":
        limits = [p["comprehensive"]]
    if p["standard_only"] and book.worker.system == "flexible":
        limits = []
    if book.worker.day_max_min is not None:
        limits.append(book.worker.day_max_min)
    for day in book.dates():
        if limits and book.worked(day) > min(limits):
            yield day.isoformat(), book.worked(day) - min(limits)


def _rests(book: Book, shifts: Sequence[Placed], least: int) -> Found:
    for day in book.dates(shifts):
        before = [shift.ends_ms // 60_000 for shift in shifts if parse(shift.day) < day]
        if book.worker.past.last_end_ms is not None:
            before.append(book.worker.past.last_end_ms // 60_000)
        first = min(shift.starts_ms // 60_000 for shift in book.on(day, shifts))
        if before and len(range(max(before), first)) < least:
            yield day.isoformat(), least - len(range(max(before), first))


def rest_between(book: Book, p: Mapping[str, int]) -> Found:
    yield from _rests(book, book.all if p["on_call"] else book.work, p["min"])


def clopen(book: Book, p: Mapping[str, int]) -> Found:
    yield from _rests(book, book.work, p["rest"])


def weekly_rest(book: Book, p: Mapping[str, int]) -> Found:
    shifts = book.all if p["on_call"] else book.work
    if not shifts:
        return
    worked: set[int] = set().union(*(book.minutes[shift.id] for shift in shifts))
    ended = {}  # instant -> what the clock of the shift that ends then shows
    for shift in sorted(shifts, key=lambda one: (one.starts_ms, one.ends_ms, one.id), reverse=True):
        ended[shift.ends_ms // 60_000] = parse(shift.day).toordinal() * 1_440 + shift.ends_min
    first, latest = min(worked), max(worked)
    opens = min(shifts, key=lambda one: (one.starts_ms, one.ends_ms, one.id))
    first_clock = parse(opens.day).toordinal() * 1_440 + opens.starts_min
    past = book.worker.past.last_end_ms
    lasts = 10**7 if past is None else first - past // 60_000
    stretches = [(first_clock - lasts, lasts)]
    for instant, shown in ended.items():
        if instant not in worked:
            at = instant
            while at not in worked and at <= latest:
                at += 1
            stretches.append((shown, at - instant if at <= latest else 10**7))
    for week in sorted({monday(day) for day in book.dates(shifts)}):
        since = (book.first_fact - week).days
        if 0 < since < 7 and book.worker.past.days_since_rest < since:
            continue
        half = p["min"] // 2
        opens_at, closes_at = week.toordinal() * 1_440 - half, (week + 7 * DAY).toordinal() * 1_440 - half
        longest = 0
        for begins, length in stretches:
            inside = max(begins, opens_at)  # as early as it can begin for this week leaves the most of it
            if inside < closes_at:
                longest = max(longest, length - (inside - begins))
        if longest < p["min"]:
            yield week.isoformat(), p["min"] - longest


def weekly_max(book: Book, p: Mapping[str, int]) -> Found:
    exempt = p["standard_only"] and book.worker.system in ("comprehensive", "flexible")
    limits = [] if exempt else [p["max"] + p["overtime"]]
    if book.worker.week_max_min is not None:
        limits.append(book.worker.week_max_min)
    for week in book.mondays():
        first = week - 7 * (p["weeks"] - 1) * DAY
        total = sum(book.worked(day) for day in book.dates() if first <= day < week + 7 * DAY)
        for back in range(p["weeks"]):
            earlier = week - 7 * back * DAY
            total += book.week_past(earlier) if earlier in book.mondays() else 0
        if limits and total > p["weeks"] * min(limits):
            yield week.isoformat(), total - p["weeks"] * min(limits)


def overtime(book: Book, p: Mapping[str, int]) -> dict[date, int]:
    """Minute by minute: does it still count towards the day and the week?"""
    found: dict[date, int] = {}
    for week in book.mondays():
        counted = book.week_past(week)
        for day in book.dates():
            if not week <= day < week + 7 * DAY:
                continue
            if book.calendar.day_kinds.get(day.isoformat()) == "holiday":
                found[day] = book.worked(day)
                continue
            today = found[day] = 0
            for _ in range(book.worked(day)):
                if today < p["day"] and counted < p["week"]:
                    today += 1
                    counted += 1
                else:
                    found[day] += 1
    return found


def overtime_month_max(book: Book, p: Mapping[str, int]) -> Found:
    if p["standard_only"] and book.worker.system in ("comprehensive", "flexible"):
        return
    by_day = overtime(book, p)
    for year, month in sorted({(day.year, day.month) for day in by_day}):
        added = sum(minutes for day, minutes in by_day.items() if (day.year, day.month) == (year, month))
        first = book.first_fact
        before = book.worker.past.month_overtime_min if (first.year, first.month) == (year, month) and first.day > 1 else 0
        if added and before + added > p["max"]:
            yield f"{year:04d}-{month:02d}", before + added - p["max"]


def cycle_max(book: Book, p: Mapping[str, int]) -> Found:
    if book.worker.system != "comprehensive" and not p["everybody"]:
        return
    sums: dict[tuple[int, int], int] = {}
    for day in book.dates():
        sums[_cycle(day, p)] = sums.get(_cycle(day, p), 0) + book.worked(day)
    first = book.first_fact
    year, month = _cycle(first, p)
    for (y, m), total in sums.items():
        if (y, m) == (year, month) and first != date(year, month, 1):
            total += book.worker.past.period_min
        if sums[y, m] and total > p["standard"] + p["overtime"]:
            yield f"{y:04d}-{m:02d}", total - p["standard"] - p["overtime"]


def _cycle(day: date, p: Mapping[str, int]) -> tuple[int, int]:
    """The first month of the cycle a day lies in; for cycles that divide a year."""
    month = day.month
    while (month - 1) % p["months"]:
        month -= 1
    return day.year, month


def part_time_max(book: Book, p: Mapping[str, int]) -> Found:
    if book.worker.system != "part_time":
        return
    for week in book.mondays():
        days = [day for day in book.dates() if week <= day < week + 7 * DAY]
        past = book.week_past(week)
        count = len(days) + ((book.first_fact - week).days if past else 0)
        total = past + sum(book.worked(day) for day in days)
        if total > p["week"] or total > p["day"] * count:
            yield week.isoformat(), total - min(p["week"], p["day"] * count)


def _run(book: Book, days: set[date], before: int, most: int) -> Found:
    for day in sorted(days):
        length, back = 0, day
        while back in days:
            length += 1
            back -= DAY
        if back == book.first_fact - DAY:
            length += before
        if length > most:
            yield day.isoformat(), length - most


def consecutive_days_max(book: Book, p: Mapping[str, int]) -> Found:
    yield from _run(book, set(book.dates()), book.worker.past.days_in_row, p["max"])


def _nights(book: Book, p: Mapping[str, int]) -> set[date]:
    return {parse(shift.day) for shift in book.work if night_of(shift, p) >= p["least"]}


def nights_in_row_max(book: Book, p: Mapping[str, int]) -> Found:
    yield from _run(book, _nights(book, p), book.worker.past.nights_in_row, p["max"])


def night_max(book: Book, p: Mapping[str, int]) -> Found:
    for day in sorted(_nights(book, p)):
        if book.worked(day) > p["max"]:
            yield day.isoformat(), book.worked(day) - p["max"]


def weekends(book: Book, p: Mapping[str, int]) -> Found:
    taken = set()
    for shift in book.work:
        for moment in clock(shift):
            if moment.weekday() == 5:
                taken.add(moment.date())
            elif moment.weekday() == 6:
                taken.add(moment.date() - DAY)
    for saturday in sorted(taken):
        free = sum(saturday - 7 * back * DAY not in taken for back in range(p["weeks"]))
        if free < p["free"]:
            yield saturday.isoformat(), p["free"] - free


def shift_length(book: Book, p: Mapping[str, int]) -> Found:
    for shift in book.work:
        length = len(book.minutes[shift.id])
        if shift.state != "elsewhere" and length < p["min"]:
            yield shift.id, p["min"] - length
        elif shift.state != "elsewhere" and length > p["max"]:
            yield shift.id, length - p["max"]


def break_rule(book: Book, p: Mapping[str, int]) -> Found:
    for shift in book.work:
        pause = len(book.minutes[shift.id]) - shift.work_min
        asked = [0]
        if shift.work_min > p["after"]:
            asked.append(p["min"])
        if p["after_2"] and shift.work_min > p["after_2"]:
            asked.append(p["min_2"])
        if shift.state != "elsewhere" and pause < max(asked):
            yield shift.id, max(asked) - pause


def _age(book: Book, day: date) -> int:
    born = parse(book.worker.born_on or "1900-01-01")
    age = 0
    while (born.year + age + 1, born.month, born.day) <= (day.year, day.month, day.day):
        age += 1
    return age


def protected_no_night(book: Book, p: Mapping[str, int]) -> Found:
    if {"pregnant", "nursing", "no_night"} & set(book.worker.protect):
        for shift in book.work:
            if night_of(shift, p):
                yield f"{shift.id}:night", night_of(shift, p)


def protected_no_overtime(book: Book, p: Mapping[str, int]) -> Found:
    if {"pregnant", "nursing", "no_overtime"} & set(book.worker.protect):
        for day, minutes in overtime(book, p).items():
            if minutes:
                yield f"{day}:overtime", minutes


def minor_rules(book: Book, p: Mapping[str, int]) -> Found:
    if book.worker.born_on is None:
        return
    for shift in book.all:
        if _age(book, parse(shift.day)) < p["least_age"]:
            yield f"{shift.id}:age", p["least_age"] - _age(book, parse(shift.day))
    for shift in book.work:
        if _age(book, parse(shift.day)) < p["adult_age"] and night_of(shift, p):
            yield f"{shift.id}:night", night_of(shift, p)
    for day, minutes in overtime(book, p).items():
        if minutes and _age(book, day) < p["adult_age"]:
            yield f"{day}:overtime", minutes
    for key, short in _rests(book, book.work, p["rest"]):
        if _age(book, parse(key)) < p["adult_age"]:
            yield f"{key}:rest", short


CHECKS: Mapping[str, Any] = {
    "overlap": overlap, "skill_required": skill_required, "dispatch_window": dispatch_window, "approved_leave": away("leave"),
    "course_gate": course_gate, "course_due": course_due,
    "unavailable": away("unavailable"), "undesired": away("undesired"), "store_open": store_open, "travel_time": travel_time,
    "daily_max": daily_max, "rest_between": rest_between, "weekly_rest": weekly_rest, "weekly_max": weekly_max,
    "overtime_month_max": overtime_month_max, "cycle_max": cycle_max, "part_time_max": part_time_max,
    "consecutive_days_max": consecutive_days_max, "nights_in_row_max": nights_in_row_max, "night_max": night_max,
    "weekends": weekends, "shift_length": shift_length, "break_rule": break_rule, "protected_no_night": protected_no_night,
    "protected_no_overtime": protected_no_overtime, "minor_rules": minor_rules, "contract_min_hours": contract_min_hours,
    "clopen": clopen, "split_weekend": split_weekend, "single_day_off": single_day_off, "start_jitter": start_jitter,
}  # fmt: skip


def what_is_broken(worker: Worker, placed: Sequence[Placed], profile: Profile, calendar: Any) -> dict[tuple[str, str], int]:
    """Every break of the profile's rules over a line, by rule and what it is about. Settings name all their params."""
    book = Book(worker, placed, calendar)
    rules = {setting.rule: setting.params for setting in profile.rules if setting.enabled}
    rules.setdefault("overlap", {})
    rules.setdefault("course_gate", {})
    if all(setting.rule != "course_due" for setting in profile.rules):
        rules["course_due"] = {}
    found: dict[tuple[str, str], int] = {}
    for rule, params in rules.items():
        for about, over in CHECKS[rule](book, params) if rule in CHECKS else ():
            assert (rule, about) not in found, (rule, about)
            found[rule, about] = over
    return found
