"""The second judge's soft rules: hours that were promised, weekends, days off, starts; from docs/concepts/rosters.md alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from tests.support.roster_book import DAY, Book, monday, parse

Found = Iterator[tuple[str, int]]


def contract_min_hours(book: Book, p: Mapping[str, int]) -> Found:
    zone = ZoneInfo(book.calendar.zone)
    week = monday(parse(book.calendar.first_day))
    while week <= parse(book.calendar.last_day):
        inside = week >= parse(book.calendar.first_day) and week + 6 * DAY <= parse(book.calendar.last_day)
        opens, closes = (
            datetime.combine(day, datetime.min.time(), zone).timestamp() * 1_000 for day in (week, week + 7 * DAY)
        )
        leave = any(one.kind == "leave" and one.starts_ms < closes and one.ends_ms > opens for one in book.worker.away)
        total = sum(book.worked(day) for day in book.dates() if week <= day < week + 7 * DAY)
        if inside and not leave and total < (book.worker.week_min_min or 0):
            yield week.isoformat(), (book.worker.week_min_min or 0) - total
        week += 7 * DAY


def split_weekend(book: Book, p: Mapping[str, int]) -> Found:
    dates = book.dates()
    for day in dates:
        if day.weekday() in (5, 6):
            other = day + DAY if day.weekday() == 5 else day - DAY
            looked_at = book.first_fact <= other <= max(parse(book.calendar.last_day), dates[-1])
            if other not in dates and looked_at:
                yield day.isoformat(), 1


def single_day_off(book: Book, p: Mapping[str, int]) -> Found:
    dates = book.dates()
    for day in dates:
        if day - 2 * DAY in dates and day - DAY not in dates:
            yield day.isoformat(), 1


def start_jitter(book: Book, p: Mapping[str, int]) -> Found:
    for one, two in pairwise(book.dates()):
        if monday(one) == monday(two):
            firsts = [min(book.on(day), key=lambda shift: (shift.starts_ms, shift.ends_ms, shift.id)) for day in (one, two)]
            moved = abs(firsts[0].starts_min - firsts[1].starts_min)
            if moved >= p["from"]:
                yield two.isoformat(), moved
