"""What a statement says, from derived days alone: which weeks are over, what of a day is a store's (`contract.day_parts`), what a
revision changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from contract.day_parts import CLASSES, shares_of
from contract.hours import DayRow
from contract.statements import Difference, StatementDay, StatementText

AMOUNTS: Final = ("worked_min", *CLASSES, "leave_min", "night_min")
# what is said of the amounts; when a device reported, or that the day is closed, is not
_SAID: Final = frozenset(
    {"late", "early", "left_open", "assumed_out", "missing_in", "corrected", "doubtful", "short_break", "overlapping"}
)
SIDES: Final = ("employee", "store", "hq")


def week_of(day: date) -> str:
    """The ISO week of a day: `2026-W47`."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def days_of_week(week: str) -> tuple[date, date]:
    """Monday and Sunday of an ISO week. Raises ValueError for a week the year does not have."""
    monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    return monday, monday + timedelta(days=6)


def last_week_over(business_day: date) -> str:
    """The newest week that is over on this business day."""
    return week_of(business_day - timedelta(days=7))


def weeks_to_make(business_day: date, newest_made: str | None, most: int = 8) -> list[str]:
    """The weeks that are over and not made yet, the earliest first: after the newest that was made, at most `most`; only the
    last one when none ever was."""
    newest = last_week_over(business_day)
    if newest_made is None:
        return [newest]
    found: list[str] = []
    monday, _ = days_of_week(newest)
    while (week := week_of(monday)) > newest_made and len(found) < most:
        found.append(week)
        monday -= timedelta(days=7)
    return found[::-1]


def split(row: DayRow) -> dict[str, StatementDay]:
    """What of a day belongs to each store it concerns. Over all stores every amount comes to that of the day."""
    return {
        store: StatementDay(
            day=row.day, state=row.state, **share._asdict(),
            spans=[
                (span.in_ms, span.out_ms if span.out_ms is not None else span.in_ms)
                for span in row.spans if span.store_id == store
            ],
            flags=sorted(flag for flag in row.flags if flag in _SAID),
        )
        for store, share in shares_of(row).items()
    }  # fmt: skip


class Week(NamedTuple):
    """One person's week at one store: its days and under which rules they were reckoned."""

    days: tuple[StatementDay, ...]
    rules: tuple[str, ...]


def weeks_by_store(rows: Sequence[DayRow]) -> dict[str, Week]:
    """The days of one person's week by store. Stores where nothing is to be said are left out."""
    days: dict[str, list[StatementDay]] = {}
    rules: dict[str, set[str]] = {}
    for row in sorted(rows, key=lambda row: row.day):
        for store, day in split(row).items():
            days.setdefault(store, []).append(day)
            if row.rules:
                rules.setdefault(store, set()).add(f"{row.rules} {row.rules_from}".strip())
    return {store: Week(tuple(found), tuple(sorted(rules.get(store, ())))) for store, found in days.items()}


def sums(days: Sequence[StatementDay]) -> dict[str, int]:
    """What the days come to, by amount."""
    return {name: sum(getattr(day, name) for day in days) for name in AMOUNTS}


def says_the_same(text: StatementText, week: Week) -> bool:
    """Whether a revision still says what the days say now. A name that changed meanwhile is no reason to sign again."""
    return tuple(text.days) == week.days and tuple(text.rules) == week.rules


def differences(before: StatementText, after: StatementText) -> list[Difference]:
    """What a revision changed, day by day, amounts in minutes. A span that moved without changing any amount shows as `spans`
    with the number of spans."""
    was, now = ({day.day: day for day in text.days} for text in (before, after))
    found: list[Difference] = []
    for day in sorted(was.keys() | now.keys()):
        old, new = was.get(day), now.get(day)
        changed = [
            Difference(day=day, field=name, before=getattr(old, name, 0), after=getattr(new, name, 0))
            for name in AMOUNTS
            if getattr(old, name, 0) != getattr(new, name, 0)
        ]
        if not changed and old != new:
            spans = (len(old.spans) if old else 0, len(new.spans) if new else 0)
            changed = [Difference(day=day, field="spans", before=spans[0], after=spans[1])]
        found += changed
    return found


def masked(name: str) -> str:
    """A name as the public page shows it: enough to compare with a paper, not to learn it. 李伟 -> 李*; Ann Lee -> A. L."""
    words = name.split()
    if not words:
        return ""
    if len(words) == 1 and not words[0].isascii():
        return words[0][0] + "*" * (len(words[0]) - 1)
    return " ".join(f"{word[0].upper()}." for word in words)


def state_after(confirmed: Sequence[str], open_disputes: int) -> str:
    """How far a revision is."""
    if open_disputes:
        return "disputed"
    return "complete" if set(confirmed) >= set(SIDES) else "open"


def days_of_month(month: str) -> tuple[date, date]:
    """The first and the last day of `2026-11`."""
    first = date(int(month[:4]), int(month[5:]), 1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


Stretch = tuple[date, date]


def without(whole: Stretch, taken: Sequence[Stretch]) -> list[Stretch]:
    """What is left of a stretch of days (both ends included) when others are taken out of it."""
    found: list[Stretch] = []
    begins, last = whole
    for first, until in sorted(taken):
        if until < begins or first > last:
            continue
        if first > begins:
            found.append((begins, first - timedelta(days=1)))
        begins = max(begins, until + timedelta(days=1))
    if begins <= last:
        found.append((begins, last))
    return found
