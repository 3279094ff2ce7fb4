"""Which scopes a device should hold now. Computed from dated postings and loans at each pull: nothing needs a job at midnight."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from contract.directory import SCOPE as DIRECTORY
from contract.moments import to_ms
from server.attendance.facts import postings_of
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.kernel.reference import Generation
from server.org.model import HomeStay, UnitVersion
from server.org.queries import company_day
from server.org.rules import COMPANY_ZONE
from server.people.model import PersonStore
from server.postings.model import Posting
from server.stores.model import Store
from server.sync.announcement_rows import held_by
from server.sync.directory_rows import names_a_store

_stay = table_of(PersonStore)  # postings, and loans of a day
_posting, _home = table_of(Posting), table_of(HomeStay)
# A posting is handed to its devices a little before it begins, so that midnight in a basement is no problem.
PHONE_AHEAD_MS, KIOSK_AHEAD_MS = 72 * 3_600_000, 12 * 3_600_000
PHONE_LEASE_MS, KIOSK_LEASE_MS = 14 * 86_400_000, 3 * 86_400_000


def scopes_of(
    connection: sa.Connection, device: DeviceFacts, now: datetime, reference: Generation | None = None
) -> set[str]:
    """A phone: itself, its person and what is only theirs (`private`), the stores they are posted to and the posts they have,
    the notices that reached them, the desks of those they manage, and the list of all stores where a form asks for one. A kiosk:
    itself, its store and what its manager sees there (`desk`), the people posted there and their posts.

    Without `reference` everything is read afresh.
    """
    reference = reference or Generation({})
    scopes = {f"device:{device.device_id}", "company"}
    now_ms = to_ms(now)
    if device.kind == "phone":
        person_id = device.person_id or ""
        scopes.update((f"person:{person_id}", f"private:{person_id}"))
        found = reference.many("postings of", [person_id], lambda ids: postings_of(connection, ids))
        soon_ms = now_ms + PHONE_AHEAD_MS
        scopes.update(
            f"store:{store_id}" for store_id, starts, ends in found.get(person_id, ()) if _holds(starts, ends, now_ms, soon_ms)
        )
        posts = reference.many("posts of", [person_id], lambda ids: _posts_of(connection, ids))
        scopes.update(f"post:{post}" for post, starts, ends in posts.get(person_id, ()) if _holds(starts, ends, now_ms, soon_ms))
        scopes.update(_notices(connection, reference, [person_id], now_ms))
        if reference.one("a form names a store", "", lambda: names_a_store(connection)):
            scopes.add(DIRECTORY)
        managed = reference.one("manages stores", person_id, lambda: _managed_by(connection, person_id))
        today = company_day(now)
        scopes.update(f"desk:{store}" for store, first, until in managed if first <= today and (until is None or today < until))
    else:
        store_id = device.store_id or ""
        scopes.update((f"store:{store_id}", f"desk:{store_id}"))
        posted = reference.one("posted to " + store_id, "", lambda: _posted_to(connection, store_id, now))
        soon_ms = now_ms + KIOSK_AHEAD_MS
        people = {person_id for person_id, starts, ends in posted if _holds(starts, ends, now_ms, soon_ms)}
        scopes.update(f"person:{person_id}" for person_id in people)
        scopes.update(_notices(connection, reference, sorted(people), now_ms))
        had = reference.many("posts of", sorted(people), lambda ids: _posts_of(connection, ids))
        scopes.update(
            f"post:{post}"
            for person_id in people
            for post, starts, ends in had.get(person_id, ())
            if _holds(starts, ends, now_ms, soon_ms)
        )
    return scopes


def _notices(connection: sa.Connection, reference: Generation, people: list[str], now_ms: int) -> set[str]:
    """The notices of these people that count now."""
    held = reference.many("notices of", people, lambda ids: held_by(connection, ids))
    return {
        f"notice:{notice}" for person in people for notice, until in held.get(person, ()) if until is None or now_ms < until
    }


def _holds(starts_ms: int, ends_ms: int | None, now_ms: int, soon_ms: int) -> bool:
    return starts_ms <= soon_ms and (ends_ms is None or ends_ms > now_ms)


def _posted_to(connection: sa.Connection, store_id: str, now: datetime) -> list[tuple[str, int, int | None]]:
    found = connection.execute(
        sa.select(_stay.c.person_id, _stay.c.from_at, _stay.c.until_at).where(
            _stay.c.store_id == store_id, sa.or_(_stay.c.until_at.is_(None), _stay.c.until_at > now)
        )
    )
    return [(person_id, to_ms(starts), to_ms(ends) if ends is not None else None) for person_id, starts, ends in found]


def _posts_of(connection: sa.Connection, ids: list[str]) -> dict[str, list[tuple[str, int, int | None]]]:
    """The posts people have, by posting or by home: (post, starts, ends) in epoch milliseconds."""
    found: dict[str, list[tuple[str, int, int | None]]] = {person_id: [] for person_id in ids}
    postings = sa.select(_posting.c.person_id, _posting.c.post_id, _posting.c.starts_at, _posting.c.ends_at)
    named = sa.and_(_posting.c.person_id.in_(ids), _posting.c.post_id.is_not(None))
    for person_id, post_id, starts_at, ends_at in connection.execute(postings.where(named)):
        found[person_id].append((post_id, to_ms(starts_at), to_ms(ends_at) if ends_at is not None else None))
    homes = sa.select(_home.c.person_id, _home.c.post_id, _home.c.from_day, _home.c.until)
    named = sa.and_(_home.c.person_id.in_(ids), _home.c.post_id.is_not(None))
    for person_id, post_id, from_day, until in connection.execute(homes.where(named)):
        found[person_id].append((post_id, _midnight_ms(from_day), _midnight_ms(until) if until is not None else None))
    return found


def _midnight_ms(day: date) -> int:
    """When a day of the company's calendar begins."""
    return to_ms(datetime.combine(day, time(), ZoneInfo(COMPANY_ZONE)))


def _managed_by(connection: sa.Connection, person_id: str) -> list[tuple[str, date, date | None]]:
    """The stores somebody was or will be named manager of, from which day up to which."""
    found = connection.execute(
        sa.select(UnitVersion.unit_id, UnitVersion.from_day, UnitVersion.until)
        .join(Store, Store.id == UnitVersion.unit_id)
        .where(UnitVersion.manager_id == person_id)
    )
    return [(str(store), first, until) for store, first, until in found]


def lease_ms(device: DeviceFacts) -> int:
    """How long the device may show what it holds without being heard of."""
    return KIOSK_LEASE_MS if device.kind == "kiosk" else PHONE_LEASE_MS
