"""Moments, spans, numbers and states in the reader's language, as templates use them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from flask import request

from contract.messages import Language, say
from contract.moments import COMPANY_ZONE, instant
from server.kernel.http import language, outpost

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def reader_zone() -> str:
    """The zone of the reader's browser, which its script tells us in a cookie; the company's until then."""
    told = request.cookies.get("zone", "")
    return told if told in _zones() else COMPANY_ZONE


def as_moment(value: datetime | int | None) -> datetime | None:
    """A moment from either of the two forms queries give."""
    return instant(value) if isinstance(value, int) else value


def clock(value: datetime | int | None, zone: str | None = None) -> str:
    """09:12 in a zone."""
    moment = as_moment(value)
    return "" if moment is None else moment.astimezone(ZoneInfo(zone or reader_zone())).strftime("%H:%M")


def day(value: date | datetime | str | None, zone: str | None = None) -> str:
    """11月21日 or 21 Nov; with the year when it is not this one."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(zone or reader_zone())).date()
    same_year = value.year == outpost().clock().year
    if language() == "zh":
        return f"{value.month}月{value.day}日" if same_year else f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]}" + ("" if same_year else f" {value.year}")


def weekday(value: date | str) -> str:
    """周六 or Sat."""
    found = date.fromisoformat(value) if isinstance(value, str) else value
    name = _DAYS[language()][found.weekday()]
    return f"周{name}" if language() == "zh" else name


def at(value: datetime | int | None, zone: str | None = None) -> str:
    """The time of day if it is today, else day and time."""
    moment = as_moment(value)
    if moment is None:
        return ""
    place = ZoneInfo(zone or reader_zone())
    local, now = moment.astimezone(place), outpost().clock().astimezone(place)
    return clock(moment, zone) if local.date() == now.date() else f"{day(moment, zone)} {clock(moment, zone)}"


def full(value: datetime | int | None, zone: str | None = None) -> str:
    """Everything there is: 2026-11-21 09:12:33 +08:00."""
    moment = as_moment(value)
    return "" if moment is None else moment.astimezone(ZoneInfo(zone or reader_zone())).isoformat(" ", "seconds")


def span(value: timedelta | float | None) -> str:
    """A length of time in its two largest words that matter: 2 d 3 h, 14 min, 8 s."""
    if value is None:
        return ""
    seconds = int(value.total_seconds() if isinstance(value, timedelta) else value)
    seconds = max(0, seconds)
    days, hours, minutes = seconds // 86_400, seconds % 86_400 // 3_600, seconds % 3_600 // 60
    if days:
        return _spoken("d", days) + (f" {_spoken('h', hours)}" if hours and days < 3 else "")
    if hours:
        return _spoken("h", hours) + (f" {_spoken('min', minutes)}" if minutes else "")
    return _spoken("min", minutes) if minutes else _spoken("s", seconds)


def _spoken(unit: str, number: int) -> str:
    return say(language(), f"console.span.{unit}", n=number)


def ago(value: datetime | int | None) -> str:
    """How long since: 3 min ago."""
    moment = as_moment(value)
    if moment is None:
        return ""
    passed = (outpost().clock() - moment).total_seconds()
    return say(language(), "console.just_now") if passed < 10 else say(language(), "console.ago", span=span(passed))


def metres(value: float | int | None) -> str:
    """18 m, 1.2 km."""
    if value is None:
        return ""
    if abs(value) >= 10_000:
        return f"{value / 1000:,.0f} km"
    return f"{value / 1000:.1f} km" if abs(value) >= 1000 else f"{round(value)} m"


def number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def degrees(lat_e7: int | None, lng_e7: int | None) -> str:
    """31.230416, 121.473701: as maps write it, six digits are ten centimetres."""
    return "" if lat_e7 is None or lng_e7 is None else f"{lat_e7 / 1e7:.6f}, {lng_e7 / 1e7:.6f}"


def points(value: int) -> str:
    """+6, −12, 0: a minus that is one."""
    return f"+{value}" if value > 0 else f"−{-value}" if value < 0 else "0"


def turn(day_turns_at_min: int) -> str:
    return f"{day_turns_at_min // 60:02d}:{day_turns_at_min % 60:02d}"


def reason_sentence(reason: dict[str, Any]) -> str:
    """The sentence of one piece of evidence with its facts."""
    return say(language(), str(reason.get("code", "")), **dict(reason.get("facts") or {}))


def min_clock(minute: int) -> str:
    """06:00 for 360 and, on the day after, for 1,800."""
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def weekday_name(number: int) -> str:
    """周一 or Mon for 0."""
    return f"周{_DAYS['zh'][number]}" if language() == "zh" else _DAYS["en"][number]


def permille(value: int) -> str:
    """0.4 % for 4."""
    return f"{value // 10}.{value % 10} %"


def iso(value: datetime | int | None) -> str:
    """For <time datetime>."""
    moment = as_moment(value)
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def template_words() -> dict[str, Any]:
    """What every template can say."""
    spoken: Language = language()
    return {
        "t": lambda key, **facts: say(spoken, key, **facts),
        "language": spoken,
        "clock": clock,
        "day": day,
        "weekday": weekday,
        "at": at,
        "full": full,
        "span": span,
        "ago": ago,
        "metres": metres,
        "number": number,
        "degrees": degrees,
        "points": points,
        "turn": turn,
        "reason_sentence": reason_sentence,
        "iso": iso,
        "min_clock": min_clock,
        "weekday_name": weekday_name,
        "permille": permille,
    }
