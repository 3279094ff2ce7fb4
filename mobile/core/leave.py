"""Leave as this phone knows it: balances, what was granted, and what one more would take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal

from contract.leave import BalanceRow, LeaveRow
from contract.leave_days import StretchWrong, minutes_by_day, stretch_asked
from mobile.core.local_db import LocalDb
from mobile.core.replica import Replica
from mobile.core.requests import Reader, RequestBook
from mobile.core.views_hq import Answer, BalanceCard, Both, LeaveCard, LeaveCost, LeavePage

LEAVE: Final = "leave"  # the kind of request that asks for leave
USUAL_DAY_MIN: Final = 480
SATURDAY: Final = 5


class LeaveBook:
    def __init__(self, db: LocalDb, replica: Replica, requests: RequestBook) -> None:
        self._db, self._replica, self._requests = db, replica, requests

    def page(self, reader: Reader) -> LeavePage:
        with self._db.read():
            balances = self._balances(reader)
            asked = [card for card in self._requests.page(reader).mine if card.kind == LEAVE and card.state == "running"]
            flow = self._requests.flow(LEAVE)
            today = reader.when.local(reader.now_ms).date()
            rows = [row for row in self._replica.all("leave", LeaveRow) if row.person_id == reader.person_id]
        known = {row.kind: row for row in balances}
        granted = [_leave_card(row, today, known.get(row.kind or "")) for row in rows]
        return LeavePage(
            balances=tuple(_balance_card(row) for row in balances),
            asked=tuple(asked),
            granted=tuple(sorted(granted, key=lambda card: (card.from_day, card.leave_id), reverse=True)),
            may_ask=flow is not None and flow.from_phone and not flow.retired,
        )

    def cost(self, form: Mapping[str, Answer], reader: Reader) -> LeaveCost | None:
        """What the leave in a half-filled form would take; None while it does not say from when to when."""
        balance = next((row for row in self._balances(reader) if row.kind == form.get("leave_kind")), None)
        day_min = USUAL_DAY_MIN if balance is None else balance.day_min
        minutes = minutes_of(form, day_min)
        if minutes is None:
            return None
        left = None if balance is None or balance.unlimited else balance.left
        return LeaveCost(minutes, day_min, left, None if left is None else left - minutes)

    def _balances(self, reader: Reader) -> list[BalanceRow]:
        rows = self._replica.all("balance", BalanceRow, scope=reader.scope)
        return sorted((row for row in rows if row.person_id == reader.person_id), key=lambda row: (row.unlimited, row.kind))


def minutes_of(form: Mapping[str, Answer], day_min: int) -> int | None:
    """Working time of the stretch a half-filled form asks for, reckoned as HQ does (contract/leave_days.py); None while it asks
    for none. Weekends take none; of other days off only HQ's calendar knows, and what HQ reckons counts."""
    asked = {**form, "to_day": form.get("to_day") or form.get("from_day")}
    try:
        return sum(minutes_by_day(stretch_asked(asked), day_min, _is_weekday).values())
    except StretchWrong:
        return None


def _is_weekday(day: date) -> bool:
    return day.weekday() < SATURDAY


def _balance_card(row: BalanceRow) -> BalanceCard:
    return BalanceCard(
        kind=row.kind,
        name=Both(row.name_zh, row.name_en),
        unlimited=row.unlimited,
        whole=row.accrued + row.carried + row.adjusted,
        taken=row.taken,
        asked=row.asked,
        left=row.left,
        day_min=row.day_min,
        as_of=row.as_of,
    )


def _leave_card(row: LeaveRow, today: date, balance: BalanceRow | None) -> LeaveCard:
    return LeaveCard(
        leave_id=row.id,
        name=None if balance is None else Both(balance.name_zh, balance.name_en),
        from_day=row.from_day,
        to_day=row.to_day,
        from_min=row.from_min,
        to_min=row.to_min,
        minutes=row.minutes,
        stage=_stage(row, today.isoformat()),
        called_off_from=row.called_off_from,
        day_min=USUAL_DAY_MIN if balance is None else balance.day_min,
    )


def _stage(row: LeaveRow, today: str) -> Literal["coming", "running", "over", "called_off"]:
    if row.called_off_from is not None and row.called_off_from <= row.from_day:
        return "called_off"
    last = row.to_day if row.called_off_from is None else min(row.to_day, row.called_off_from)
    if today < row.from_day:
        return "coming"
    return "running" if today <= last else "over"
