"""Judgments about postings: which days there are, which postings get into each other's way, what is due to happen when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

FIRST_YEAR, LAST_YEAR = 2000, 2100
NEAR = timedelta(days=7)  # how long before its end a return is announced (spec/triggers.md N-06)

Turn = Literal["begun", "near", "over"]


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


def may_begin(starts_on: date, ends_on: date | None, today: date) -> tuple[str, str] | None:
    """(refusal code, which of `starts_on`, `ends_on`) of a posting that somebody asks for; None when its days can be had.

    `today` is the store's business day: what is asked for and approved begins today at the earliest.
    """
    if starts_on < today:
        return "postings.in_the_past", "starts_on"
    if ends_on is not None and ends_on <= starts_on:
        return "postings.ends_before_start", "ends_on"
    return None


def may_extend(ended_on: date | None, ends_on: date, today: date) -> str | None:
    """The refusal code when a posting cannot go on until that day; None when it can. What is over is not extended."""
    if ended_on is None:
        return "postings.has_no_end"
    if ended_on <= today:
        return "postings.is_over"
    return "postings.not_longer" if ends_on <= ended_on else None


def may_return(starts_on: date, ended_on: date | None, ends_on: date, today: date) -> str | None:
    """The refusal code when somebody cannot go back on that day; None when they can. A past day is no day to go back on."""
    if ended_on is not None and ended_on <= today:
        return "postings.is_over"
    if ends_on <= today:
        return "postings.in_the_past"
    return may_end(starts_on, ended_on, ends_on)


def end_of_leaver(starts_on: date, ended_on: date | None, today: date) -> date | None:
    """When a posting of somebody who leaves today ends: with today's business day. None: it has ended or never begins."""
    tomorrow = today + timedelta(days=1)
    if starts_on >= tomorrow or (ended_on is not None and ended_on <= tomorrow):
        return None
    return tomorrow


def stage_of(starts_at: datetime, ends_at: datetime | None, now: datetime) -> Literal["coming", "running", "over"]:
    """Where a posting stands at a moment. Before it begins and after it is over its person is at home: there is no gap."""
    if now < starts_at:
        return "coming"
    return "running" if ends_at is None or now < ends_at else "over"


def turns_due(
    starts_at: datetime,
    ends_at: datetime | None,
    ends_on: date | None,
    *,
    begun: bool,
    near_for: date | None,
    over: bool,
    now: datetime,
) -> list[Turn]:
    """What a posting's dates have brought about and nobody was told yet, in the order it happened.

    A week before its end the return is announced, once for each end it was given; what is over already is not announced.
    """
    if over or now < starts_at:
        return []
    due: list[Turn] = [] if begun else ["begun"]
    if ends_at is None:
        return due
    if now >= ends_at:
        return [*due, "over"]
    if now >= ends_at - NEAR and near_for != ends_on:
        due.append("near")
    return due


@dataclass(frozen=True)
class Tick:
    """One side's word on an item: when it was said, as far as that is known, and the operation it was said in."""

    said_at: datetime
    tick_id: str
    person_id: str
    done: bool
    note: str


def latest_tick(ticks: Iterable[Tick]) -> Tick | None:
    """The word that counts: the one said last, whenever it arrived. Of two at the same moment, the same one everywhere."""
    return max(ticks, key=lambda tick: (tick.said_at, tick.tick_id), default=None)
