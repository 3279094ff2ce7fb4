"""Which scopes a device should hold now. Computed from dated postings at each pull: nothing needs a job at midnight."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from server.kernel.perform import DeviceFacts
from server.postings.model import Posting

# A posting is handed to its devices a little before it begins, so that midnight in a basement is no problem.
PHONE_AHEAD, KIOSK_AHEAD = timedelta(hours=72), timedelta(hours=12)
PHONE_LEASE_MS, KIOSK_LEASE_MS = 14 * 86_400_000, 3 * 86_400_000

_STORES_OF = sa.select(Posting.store_id).where(
    Posting.person_id == sa.bindparam("person_id"),
    Posting.starts_at <= sa.bindparam("soon"),
    sa.or_(Posting.ends_at.is_(None), Posting.ends_at > sa.bindparam("now")),
)
_PEOPLE_OF = sa.select(Posting.person_id).where(
    Posting.store_id == sa.bindparam("store_id"),
    Posting.starts_at <= sa.bindparam("soon"),
    sa.or_(Posting.ends_at.is_(None), Posting.ends_at > sa.bindparam("now")),
)


def scopes_of(connection: sa.Connection, device: DeviceFacts, now: datetime) -> set[str]:
    """A phone: itself, its person, the stores they are posted to. A kiosk: itself, its store, the people posted there."""
    scopes = {f"device:{device.device_id}", "company"}
    if device.kind == "phone":
        scopes.add(f"person:{device.person_id}")
        found = connection.scalars(_STORES_OF, {"person_id": device.person_id, "soon": now + PHONE_AHEAD, "now": now})
        scopes.update(f"store:{store_id}" for store_id in found)
    else:
        scopes.add(f"store:{device.store_id}")
        found = connection.scalars(_PEOPLE_OF, {"store_id": device.store_id, "soon": now + KIOSK_AHEAD, "now": now})
        scopes.update(f"person:{person_id}" for person_id in found)
    return scopes


def lease_ms(device: DeviceFacts) -> int:
    """How long the device may show what it holds without being heard of."""
    return KIOSK_LEASE_MS if device.kind == "kiosk" else PHONE_LEASE_MS
