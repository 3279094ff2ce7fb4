"""The today board on the wire: counts that sum, and names."""

from __future__ import annotations

from typing import Literal, get_args

from contract.wire import Wire

# Everybody who is posted is in exactly one of these. present: at work, came in time or was not planned; late: at work, came
# late; early: left before the end; left: left at the end or was not planned; not_due: due later today, or on call; not_in_yet:
# nothing was heard, and nobody planned anything or it is not certain yet; absent: the start and its grace are over, and every
# device that could hold the punch has reported since; unknown: one of them has not; off: planned not to work.
BoardState = Literal["present", "late", "early", "left", "not_due", "not_in_yet", "absent", "on_leave", "off", "unknown"]
STATES: tuple[str, ...] = get_args(BoardState)


class StoreToday(Wire, frozen=True, kw_only=True):
    """One store today. posted is the sum of the ten counts after it; `silent_since_ms`: since when the tablet is."""

    store_id: str
    number: str
    name: str
    city: str
    partner: str
    zone: str
    business_date: str
    posted: int
    present: int
    late: int
    early: int
    left: int
    not_due: int
    not_in_yet: int
    absent: int
    on_leave: int
    off: int
    unknown: int
    visitors: int
    to_review: int
    has_kiosk: bool
    last_sync_ms: int | None
    silent_since_ms: int | None


class BoardTotals(Wire, frozen=True, kw_only=True):
    """The sum over all stores within reach, not only over the page. `silent`: stores whose tablet is."""

    stores: int
    posted: int
    present: int
    late: int
    early: int
    left: int
    not_due: int
    not_in_yet: int
    absent: int
    on_leave: int
    off: int
    unknown: int
    visitors: int
    to_review: int
    silent: int


class TodayBoard(Wire, frozen=True, kw_only=True):
    """Today across stores. `next_after` is the number to ask the next page with."""

    as_of_ms: int
    totals: BoardTotals
    stores: list[StoreToday]
    next_after: str | None = None


class PersonToday(Wire, frozen=True, kw_only=True):
    """One person at one store today; `posted` is False for a visitor.

    `since_ms`: the punch the state comes of, else since when it is so. `late_min`, `early_min`: how much, in minutes. `due_ms`,
    `due_until_ms`: the duty that counts now. `at_store_id`: another store where they are instead. `silent_since_ms`: of who is
    unknown, since when the device that could know has not been heard of.
    """

    person_id: str
    number: str
    name: str
    state: BoardState
    posted: bool
    since_ms: int | None
    punch_id: str | None
    verdict: str | None
    synced_late_min: int | None
    silent_since_ms: int | None
    late_min: int = 0
    early_min: int = 0
    due_ms: int | None = None
    due_until_ms: int | None = None
    at_store_id: str | None = None


class StoreBoard(Wire, frozen=True, kw_only=True):
    """One store's people today."""

    as_of_ms: int
    store: StoreToday
    people: list[PersonToday]
