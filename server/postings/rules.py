"""Judgments about postings: which days there are, and which postings get into each other's way."""

from __future__ import annotations

from datetime import date, timedelta

FIRST_YEAR, LAST_YEAR = 2000, 2100


def day_of(text: str) -> date | None:
    """The calendar day of `2026-11-21`; None for a day that no calendar has, or in a year nobody plans for."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def overlap(starts_on: date, ends_on: date | None, other_starts_on: date, other_ends_on: date | None) -> bool:
    """Whether two stretches of days share one. Ends are the first day no longer in; None goes on."""
    return (other_ends_on is None or other_ends_on > starts_on) and (ends_on is None or ends_on > other_starts_on)


def may_end(starts_on: date, ended_on: date | None, ends_on: date) -> str | None:
    """The refusal code when a posting cannot end on that day; None when it can. An end may be moved forward, not back."""
    if ends_on <= starts_on:
        return "postings.ends_before_start"
    if ended_on is not None and ends_on >= ended_on:
        return "postings.already_ended"
    return None


def end_of_leaver(starts_on: date, ended_on: date | None, today: date) -> date | None:
    """When a posting of somebody who leaves today ends: with today's business day. None: it has ended or never begins."""
    tomorrow = today + timedelta(days=1)
    if starts_on >= tomorrow or (ended_on is not None and ended_on <= tomorrow):
        return None
    return tomorrow
