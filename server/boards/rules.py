"""What today's facts mean for one person at one store. Silence is never absence: what a device may still hold is unknown.

Two steps. `certain` says what somebody's state is as far as punches, plan and leave are known; only the clock moves it, so
`course` can write it down ahead of time. `heard` then asks the devices, where nothing was punched. The words and what
makes them are `contract.day_state.state_now`, which phones and tablets ask too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from contract.day_state import BELONGS_AFTER_MIN, BELONGS_BEFORE_MIN, LONGEST_SPAN_MIN, MINUTE_MS, state_now
from contract.shifts import DutyRow, DutyWindow

KIOSK_SILENT_AFTER = timedelta(minutes=15)
LATE_SYNC_AFTER = timedelta(minutes=15)
SILENT_AFTER_MS = 15 * MINUTE_MS
# Words beside those of contract.boards: seen here today without being posted here; neither seen nor posted.
VISITOR_IN, VISITOR_OUT, NOT_HERE = "visitor_in", "visitor_out", "not_here"
# Absent, and what was due is over: a device that fell silent after the end of it can hold nothing that matters.
ABSENT_OVER = "absent_over"


class Fact(NamedTuple):
    """One "in" or "out" that counts."""

    at_ms: int
    kind: str
    store_id: str
    id: str


class Graces(NamedTuple):
    """What of a person's rules the board needs, in minutes (contract.shifts.WorkRules)."""

    grace_in: int = 0
    grace_out: int = 0
    before: int = BELONGS_BEFORE_MIN
    after: int = BELONGS_AFTER_MIN
    longest: int = LONGEST_SPAN_MIN


class Known(NamedTuple):
    """What is known of one person at one store on one business day of it, but for the clock.

    `posted`: from when to when they work here. `plan`, `plan_before`: the duty of the day and of the day before; None where
    nobody planned anything. `facts` of both days, the earliest first. `away`: leave as (starts, ends).
    """

    store_id: str
    day_starts_ms: int
    posted: Sequence[tuple[int, int | None]] = ()
    facts: Sequence[Fact] = ()
    plan: DutyRow | None = None
    plan_before: DutyRow | None = None
    away: Sequence[tuple[int, int]] = ()
    graces: Graces = Graces()


class Shown(NamedTuple):
    """A word of `contract.boards`, or one of those above, with what it comes of: the last punch, minutes, and the shift."""

    word: str
    last: Fact | None = None
    late_min: int = 0
    early_min: int = 0
    window: DutyWindow | None = None


class Device(NamedTuple):
    """A device that could hold a punch. `until_ms`: all it did before then is known here; `seen_ms`: when it last spoke."""

    enrolled_ms: int
    until_ms: int
    seen_ms: int


class Devices(NamedTuple):
    """The store's tablets and the person's phones."""

    kiosks: Sequence[Device] = ()
    phones: Sequence[Device] = ()


def is_posted(known: Known, now_ms: int) -> bool:
    """Whether the person works at the store at a moment."""
    return any(starts <= now_ms and (ends is None or now_ms < ends) for starts, ends in known.posted)


def certain(known: Known, now_ms: int) -> Shown:
    """The state as far as it can be said without asking the devices."""
    posted = is_posted(known, now_ms)
    planned = posted and (known.plan is not None or known.plan_before is not None)
    # without a plan a store asks about its own punches only; with one, a day may be spent in several
    facts = [fact for fact in known.facts if fact.at_ms <= now_ms and (planned or fact.store_id == known.store_id)]
    before, today = _of_days(known, facts) if planned else _of_date(known, facts)
    if not posted:
        if not today:
            return Shown(NOT_HERE)
        return Shown(VISITOR_IN if today[-1].kind == "in" else VISITOR_OUT, today[-1])
    if not today and before and before[-1].kind == "in" and now_ms < _too_long_ago(known, before):
        return _of_day(known, known.plan_before, before, now_ms)
    return _of_day(known, known.plan, today, now_ms)


def _of_day(known: Known, plan: DutyRow | None, facts: Sequence[Fact], now_ms: int) -> Shown:
    first_in = next((fact.at_ms for fact in facts if fact.kind == "in"), None)
    last_out = next((fact.at_ms for fact in reversed(facts) if fact.kind == "out"), None)
    open_since = next((f.at_ms for f in facts if f.kind == "in" and (last_out is None or f.at_ms >= last_out)), None)
    if facts and facts[-1].kind == "out":
        open_since = None
    said = state_now(
        plan, now_ms=now_ms, first_in_ms=first_in, last_out_ms=last_out, open_since_ms=open_since, leave=known.away,
        grace_in_min=known.graces.grace_in, grace_out_min=known.graces.grace_out,
    )  # fmt: skip
    word: str = said.word
    windows = due_windows(plan)
    if word == "absent" and now_ms >= windows[-1].ends_ms:
        word = ABSENT_OVER
    begun = [window for window in windows if window.starts_ms <= now_ms] or windows[:1]
    return Shown(word, facts[-1] if facts else None, said.late_min, said.early_min, begun[-1] if begun else None)


def due_windows(plan: DutyRow | None) -> list[DutyWindow]:
    """The windows in which somebody is due, the one that ends last at the end."""
    due = [window for window in plan.windows if window.kind != "on_call"] if plan is not None else []
    return sorted(due, key=lambda window: (window.ends_ms, window.starts_ms))


def _of_date(known: Known, facts: Sequence[Fact]) -> tuple[list[Fact], list[Fact]]:
    """Without a plan: punches of the business day before, and of this one."""
    mine = [fact for fact in facts if fact.at_ms >= known.day_starts_ms]
    return [fact for fact in facts if fact.at_ms < known.day_starts_ms], mine


def _of_days(known: Known, facts: Sequence[Fact]) -> tuple[list[Fact], list[Fact]]:
    """Whose day each punch is: an "out" is of the day its "in" was, an "in" of the shift that runs or begins next."""
    until = max((window.ends_ms for window in due_windows(known.plan_before)), default=0)
    first = min((window.starts_ms for window in due_windows(known.plan)), default=known.day_starts_ms)
    opens = min(known.day_starts_ms, first - known.graces.before * MINUTE_MS)
    before: list[Fact] = []
    today: list[Fact] = []
    for fact in facts:
        is_open = bool(before) and before[-1].kind == "in"
        if fact.kind == "out":
            is_mine = fact.at_ms >= known.day_starts_ms and not (is_open and fact.at_ms < _too_long_ago(known, before))
        else:
            is_mine = fact.at_ms >= opens and not (before and fact.at_ms < until)
        (today if today or is_mine else before).append(fact)
    return before, today


def _too_long_ago(known: Known, before: Sequence[Fact]) -> int:
    """Until when somebody who did not leave yesterday is believed to be here still."""
    ends = [window.ends_ms for window in due_windows(known.plan_before)]
    if ends and before[-1].at_ms < ends[-1]:
        return ends[-1] + known.graces.after * MINUTE_MS
    return before[-1].at_ms + known.graces.longest * MINUTE_MS


# the devices


def needs_since(known: Known, now_ms: int) -> int:
    """Of somebody who is absent: since when every device must have been heard of, that this is sure."""
    windows = due_windows(known.plan)
    if windows and now_ms >= windows[-1].ends_ms:
        return windows[-1].ends_ms
    since = now_ms
    for moment in sorted({moment for moment in _turns(known) if moment <= now_ms}, reverse=True):
        if certain(known, moment).word != "absent":
            break
        since = moment
    return since


def heard(word: str, devices: Devices, *, needs_ms: int, day_starts_ms: int, now_ms: int) -> tuple[str, int | None]:
    """(word of contract.boards, silent since). Only who was not seen is asked about: a punch that is here is believed whatever
    is silent. `needs_ms` counts for who is absent."""
    seen = max((device.seen_ms for device in devices.kiosks), default=now_ms)
    if word in ("absent", "not_in_yet") and now_ms - seen > SILENT_AFTER_MS:
        return "unknown", seen
    if word == "not_in_yet":
        last = max((device.until_ms for device in devices.phones), default=None)
        silent = not devices.kiosks and last is not None and last < day_starts_ms
        return ("unknown", last) if silent else ("not_in_yet", None)
    if word in ("absent", ABSENT_OVER):
        untold = [one.until_ms for one in (*devices.kiosks, *devices.phones) if one.enrolled_ms < needs_ms > one.until_ms]
        if untold and now_ms - min(untold) > SILENT_AFTER_MS:
            return "unknown", min(untold)
        return ("not_in_yet" if untold and word == "absent" else "absent"), None
    return {VISITOR_IN: "present", VISITOR_OUT: "left"}.get(word, word), None


def kiosk_silent_since(last_heard: list[datetime], now: datetime) -> datetime | None:
    """Since when no kiosk of the store has been heard of; None while one of them is awake or there is none. One that has not
    synced yet was heard of when it was enrolled."""
    latest = max(last_heard, default=now)
    return latest if now - latest > KIOSK_SILENT_AFTER else None


# ahead of time


class Stretch(NamedTuple):
    """From when on somebody is in which state, devices not asked. Of who is absent they are asked since `needs_ms`."""

    from_ms: int
    word: str
    needs_ms: int | None


def course(known: Known, from_ms: int, until_ms: int) -> list[Stretch]:
    """The states from an instant until another, if nothing else happens."""
    found: list[Stretch] = []
    for moment in sorted({from_ms, *(moment for moment in _turns(known) if from_ms < moment < until_ms)}):
        word = certain(known, moment).word
        needs = needs_since(known, moment) if word in ("absent", ABSENT_OVER) else None
        if not found or (word, needs) != found[-1][1:]:
            found.append(Stretch(moment, word, needs))
    return found


def _turns(known: Known) -> Iterable[int]:
    """Every instant at which the clock alone may change a state."""
    ends = [(starts, until) for starts, until in known.posted]
    bounds = [moment for pair in (*ends, *known.away) for moment in pair if moment is not None]
    for plan in (known.plan, known.plan_before):
        for window in due_windows(plan):
            marks = [window.starts_ms, window.ends_ms, window.core_starts_ms, window.core_ends_ms]
            marks += [window.ends_ms - (window.required_min or 0) * MINUTE_MS, window.ends_ms + known.graces.after * MINUTE_MS]
            for pause in window.breaks:
                if pause.starts_ms is not None:
                    marks += [pause.starts_ms, pause.starts_ms + pause.minutes * MINUTE_MS]
            grace = window.grace_min if window.grace_min is not None else known.graces.grace_in
            for mark in (*marks, *bounds):
                if mark is not None:
                    yield from (mark, mark + (grace + 1) * MINUTE_MS)
    yield from bounds
    for fact in known.facts:
        yield from (fact.at_ms, fact.at_ms + known.graces.longest * MINUTE_MS)


def minutes_late_synced(taken: datetime, received: datetime) -> int | None:
    """How late a punch reached us, in minutes, where that is worth a mark."""
    waited = received - taken
    return int(waited.total_seconds() // 60) if waited > LATE_SYNC_AFTER else None


def instant_of(day: date, minute: int, zone: str) -> int:
    """Epoch milliseconds of a minute of a calendar day (1,440: its end) on the clocks of a zone."""
    day += timedelta(days=minute // 1_440)
    local = datetime(day.year, day.month, day.day, minute % 1_440 // 60, minute % 60, tzinfo=ZoneInfo(zone))
    return int(local.timestamp()) * 1_000
