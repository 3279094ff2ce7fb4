"""Somebody's shifts as calendar events (RFC 5545): kept as they were last told, so that what changes can be told as a change.

An event's UID stays for good; SEQUENCE rises with each change of what it says; what is gone is told as cancelled for a while,
because a reader that has it would keep it otherwise. Times stand in the zone of the shift's store, with that zone's own rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import msgspec
import sqlalchemy as sa

from contract.ids import derived_id
from contract.messages import Language, say
from contract.moments import instant
from contract.rosters import PlacedWindow
from server.kernel.db import ScopedSession, table_of
from server.org.queries import company_day
from server.rosters.market.loan_model import CalendarEvent
from server.rosters.model import RosterShift
from server.shifts.model import Duty
from server.shifts.queries import reader
from server.stores.model import Store

# what a calendar shows: four weeks that were, and whatever is published or due
BACK, AHEAD = timedelta(days=28), timedelta(days=62)
_PLACED = list[PlacedWindow]
_shift, _duty, _store, _event = table_of(RosterShift), table_of(Duty), table_of(Store), table_of(CalendarEvent)


def keep_events(session: ScopedSession, people: Sequence[str], now: datetime) -> int:
    """Make the events of these people what their shifts say. Answers how many are others now; asked again: none."""
    first, last = company_day(now) - BACK, company_day(now) + AHEAD
    session.flush()
    wanted = _wanted(session.connection(), people, first, last)
    asked = sa.select(CalendarEvent).where(CalendarEvent.person_id.in_(people), CalendarEvent.day.between(first, last))
    held = {event.id: event for event in session.scalars(asked)}
    changed = 0
    for event_id, (person_id, body) in wanted.items():
        event = held.pop(event_id, None)
        if event is None:
            session.add(
                CalendarEvent(
                    id=event_id, person_id=person_id, day=date.fromisoformat(body["day"]), sequence=0, cancelled=False,
                    body=body, changed_at=now,
                )
            )  # fmt: skip
        elif event.body != body or event.cancelled:
            event.body, event.cancelled, event.sequence, event.changed_at = body, False, event.sequence + 1, now
        else:
            continue
        changed += 1
    for event in held.values():
        if not event.cancelled:
            event.cancelled, event.sequence, event.changed_at = True, event.sequence + 1, now
            changed += 1
    session.flush()
    return changed


def _wanted(connection: sa.Connection, people: Sequence[str], first: date, last: date) -> dict[str, tuple[str, dict[str, Any]]]:
    """(person, what the event says) by the event's id: published shifts, and duties of days that no roster made."""
    stores = {row.id: row for row in connection.execute(sa.select(_store.c.id, _store.c.name, _store.c.zone, _store.c.address))}
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    asked = sa.select(_shift).where(_shift.c.person_id.in_(people), _shift.c.day.between(first, last))
    for row in connection.execute(asked):
        store = stores[row.store_id]
        for number, window in enumerate(msgspec.convert(row.placed, _PLACED)):
            event_id = derived_id("calendar", row.id, row.person_id, str(number))
            found[event_id] = row.person_id, _body(
                row.day.isoformat(), window.starts_ms, window.ends_ms, store.zone, store.name, store.address or "",
                row.name_zh, row.name_en, note=row.note or "", tasks=list(row.tasks), on_call=row.on_call,
            )  # fmt: skip
    read = reader()
    duties = sa.select(_duty.c.person_id, _duty.c.day, _duty.c.body, _duty.c.store_id).where(
        _duty.c.person_id.in_(people), _duty.c.day.between(first, last), _duty.c.is_off.is_(sa.false())
    )
    for row in connection.execute(duties):
        duty = read("", row.body)
        for number, due in enumerate(duty.windows if duty.source != "roster" else ()):
            place = stores.get(due.store_id or row.store_id or "")
            event_id = derived_id("calendar", "duty", row.person_id, duty.day, str(number))
            found[event_id] = row.person_id, _body(
                duty.day, due.starts_ms, due.ends_ms, place.zone if place is not None else duty.zone,
                place.name if place is not None else "", (place.address or "") if place is not None else "", due.name_zh,
                due.name_en, note="", tasks=[], on_call=due.kind == "on_call",
            )  # fmt: skip
    return found


def _body(
    day: str, starts_ms: int, ends_ms: int, zone: str, store: str, address: str, name_zh: str, name_en: str, *, note: str,
    tasks: list[str], on_call: bool,
) -> dict[str, Any]:  # fmt: skip
    return {
        "day": day, "starts_ms": starts_ms, "ends_ms": ends_ms, "zone": zone, "store": store, "address": address,
        "name_zh": name_zh, "name_en": name_en, "note": note, "tasks": tasks, "on_call": on_call,
    }  # fmt: skip


def events_of(connection: sa.Connection, person_id: str, now: datetime) -> Sequence[Any]:
    """What a calendar shows, by day: also what was cancelled."""
    first = company_day(now) - BACK
    asked = sa.select(_event).where(_event.c.person_id == person_id, _event.c.day >= first)
    return connection.execute(asked.order_by(_event.c.day, _event.c.id)).all()


def etag_of(feed_id: str, language: str, events: Iterable[Any]) -> str:
    """Changes whenever what the calendar says does."""
    digest = hashlib.sha256(f"{feed_id}|{language}".encode())
    for event in events:
        digest.update(f"|{event.id}:{event.sequence}:{event.cancelled}".encode())
    return digest.hexdigest()[:32]


def calendar_of(company: str, language: Language, events: Sequence[Any]) -> bytes:
    """The calendar as text/calendar: every zone with its rules, every event with its number of changes."""
    made = icalendar.Calendar()
    made.add("prodid", "-//Outpost//Shifts//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", say(language, "calendar.name", company=company))
    made.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", timedelta(hours=1))
    for event in events:
        made.add_component(_event_of(language, event))
    made.add_missing_timezones(first_date=_first_of(events))
    return bytes(made.to_ical())


def _first_of(events: Sequence[Any]) -> date:
    return min((event.day for event in events), default=date(1970, 1, 1)) - timedelta(days=370)


def _event_of(language: Language, row: Any) -> icalendar.Event:
    body = row.body
    zone = ZoneInfo(body["zone"])
    event = icalendar.Event()
    event.add("uid", f"{row.id}@outpost")
    event.add("dtstamp", row.changed_at)
    event.add("last-modified", row.changed_at)
    event.add("sequence", row.sequence)
    event.add("dtstart", instant(body["starts_ms"]).astimezone(zone))
    event.add("dtend", instant(body["ends_ms"]).astimezone(zone))
    name = body[f"name_{language}"] or say(language, "calendar.shift")
    event.add("summary", " · ".join(part for part in (name, body["store"]) if part))
    if place := ", ".join(part for part in (body["store"], body["address"]) if part):
        event.add("location", place)
    lines = [*([say(language, "calendar.on_call")] if body["on_call"] else []), *body["tasks"], body["note"]]
    if told := "\n".join(line for line in lines if line):
        event.add("description", told)
    event.add("status", "CANCELLED" if row.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if row.cancelled or body["on_call"] else "OPAQUE")
    return event


