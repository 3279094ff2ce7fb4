"""Duties as this device knows them: what somebody is due on a business date, and what clocking now would come to."""

from __future__ import annotations

from collections.abc import Iterable

from contract.shifts import DutyRow, DutyWindow
from contract.stores import StoreRow
from mobile.core.punches import StoreTime
from mobile.core.replica import Replica
from mobile.core.requests import at
from mobile.core.views_hours import DutyCard, ShiftCard
from mobile.core.views_hq import Both


class DutyBook:
    """Holds nothing: every answer is read from the replica."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    def rows(self, person_id: str) -> dict[str, DutyRow]:
        """By business date. Nobody planned anything: nothing."""
        return {row.day: row for row in self._replica.all("duty", DutyRow, scope=f"person:{person_id}")}

    def card(self, row: DutyRow | None, when: StoreTime, *, here: str | None = None) -> DutyCard | None:
        """In the words of the clock on the wall here. A store is named unless it is `here`."""
        if row is None:
            return None
        holiday = Both(row.holiday_zh, row.holiday_en) if row.holiday_zh or row.holiday_en else None
        return DutyCard(row.day, tuple(self._shift(window, when, here) for window in _in_order(row.windows)), holiday)

    def following(self, rows: dict[str, DutyRow], now_ms: int, after: str) -> DutyRow | None:
        """The next day that is worked, after a day."""
        coming = (row for day, row in sorted(rows.items()) if day > after and row.windows)
        return next((row for row in coming if row.windows[-1].ends_ms > now_ms), None)

    def _shift(self, window: DutyWindow, when: StoreTime, here: str | None) -> ShiftCard:
        is_named = window.store_id is not None and window.store_id != here
        store = self._replica.get("store", window.store_id or "", StoreRow) if is_named else None
        return ShiftCard(
            starts=at(window.starts_ms, when),
            ends=at(window.ends_ms, when),
            store_name="" if store is None else store.name,
            kind=window.kind,
            name=Both(window.name_zh, window.name_en),
        )


def due_at(rows: dict[str, DutyRow], now_ms: int) -> DutyRow | None:
    """The duty whose business day it is now: of a night shift still the one that began yesterday."""
    return next((row for _, row in sorted(rows.items()) if row.starts_ms <= now_ms < row.ends_ms), None)


def _in_order(windows: Iterable[DutyWindow]) -> list[DutyWindow]:
    return sorted(windows, key=lambda window: window.starts_ms)
