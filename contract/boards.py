"""The today board on the wire: counts that sum, and names."""

from __future__ import annotations

from contract.wire import Wire


class StoreToday(Wire, frozen=True, kw_only=True):
    """One store today. posted = present + left + not_in_yet + on_leave + unknown; `silent_since_ms`: since when the tablet is."""

    store_id: str
    number: str
    name: str
    city: str
    partner: str
    zone: str
    business_date: str
    posted: int
    present: int
    left: int
    not_in_yet: int
    on_leave: int
    unknown: int
    visitors: int
    to_review: int
    has_kiosk: bool
    last_sync_ms: int | None
    silent_since_ms: int | None


class BoardTotals(Wire, frozen=True, kw_only=True):
    """The sum over all stores within reach, not only over the page."""

    stores: int
    posted: int
    present: int
    left: int
    not_in_yet: int
    on_leave: int
    unknown: int
    visitors: int
    to_review: int


class TodayBoard(Wire, frozen=True, kw_only=True):
    """Today across stores. `next_after` is the number to ask the next page with."""

    as_of_ms: int
    totals: BoardTotals
    stores: list[StoreToday]
    next_after: str | None = None


class PersonToday(Wire, frozen=True, kw_only=True):
    """One person at one store today. state: present, left, not_in_yet, on_leave, unknown; `posted` is False for a visitor."""

    person_id: str
    number: str
    name: str
    state: str
    posted: bool
    since_ms: int | None
    punch_id: str | None
    verdict: str | None
    synced_late_min: int | None
    silent_since_ms: int | None


class StoreBoard(Wire, frozen=True, kw_only=True):
    """One store's people today."""

    as_of_ms: int
    store: StoreToday
    people: list[PersonToday]
