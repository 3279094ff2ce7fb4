"""What today's facts mean for one person: present, left, not in yet, or unknown. Silence is never absence."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

KIOSK_SILENT_AFTER = timedelta(minutes=15)
LATE_SYNC_AFTER = timedelta(minutes=15)


def kiosk_silent_since(last_heard: list[datetime], now: datetime) -> datetime | None:
    """Since when no kiosk of the store has been heard of; None while one of them is awake or there is none. One that has not
    synced yet was heard of when it was enrolled."""
    latest = max(last_heard, default=now)
    return latest if now - latest > KIOSK_SILENT_AFTER else None


def state_of(
    last_kind: str | None, *, kiosk_silent: datetime | None, has_kiosk: bool, phone_seen: datetime | None,
    has_phone: bool, day_start: datetime, on_leave: bool = False,
) -> tuple[str, datetime | None]:  # fmt: skip
    """(state, silent since). Who is on leave and came all the same is present; without a punch a person is "not in yet" only
    where a device that would know has spoken."""
    if last_kind is not None:
        return ("present" if last_kind == "in" else "left"), None
    if on_leave:
        return "on_leave", None
    if has_phone and phone_seen is not None and phone_seen >= day_start:
        phone_silent = False
    else:
        phone_silent = has_phone
    if has_kiosk:
        return ("unknown", kiosk_silent) if kiosk_silent is not None else ("not_in_yet", None)
    if phone_silent:
        return "unknown", phone_seen
    return "not_in_yet", None


def minute_of_day(now: datetime, zone: str, day: date) -> int:
    """The minute of a business day's own calendar day; after midnight, while the business day still runs, its last one."""
    local = now.astimezone(ZoneInfo(zone))
    return 1_439 if local.date() > day else local.hour * 60 + local.minute


def minutes_late_synced(taken: datetime, received: datetime) -> int | None:
    """How late a punch reached us, in minutes, where that is worth a mark."""
    waited = received - taken
    return int(waited.total_seconds() // 60) if waited > LATE_SYNC_AFTER else None
