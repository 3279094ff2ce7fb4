"""What nobody would notice otherwise: a backup that is late or work that was given up (N-40, to administrators), a store's tablet
that was silent for a day and an operation that could not be carried out (N-41, to the store's manager and HR). Each once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from contract.alarms import WatchSystem
from contract.ids import derived_id
from contract.messages import LANGUAGES, say
from server.devices.model import Device, DeviceChain
from server.inbox.model import InboxItem
from server.inbox.service import NewItem, close_items, put_items
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.jobs import Job
from server.kernel.perform import Work, handles
from server.org.queries import company_day, manager_of
from server.people.rights import holders_of
from server.stores.model import Store
from server.sync.attention import matters

RED, SILENT, CONFLICT = "N-40", "N-41", "N-41_conflict"
SILENT_FOR, OLD_NEWS = timedelta(days=1), timedelta(days=7)
_BACKUP, _WORK = derived_id("alarm", "backup"), derived_id("alarm", "work")


@handles(WatchSystem, needs=Permission.REPLAY_OPERATIONS)
def watch(work: Work, op: WatchSystem) -> None:
    """However often it runs: the same trouble is one item, and what is well again leaves the inboxes."""
    with work.with_system_reach() as session:
        _health(work, session, timedelta(minutes=op.backup_late_min))
        _silent_tablets(work, session)
        _conflicts(work, session)


def _health(work: Work, session: ScopedSession, late_after: timedelta) -> None:
    backup = session.scalar(sa.select(Job).where(Job.kind == "backup", Job.key == "timed"))
    last = backup.last_done_at if backup is not None else None
    red = backup is not None and (last or backup.due_at) < work.now - late_after
    given_up = session.scalar(sa.select(sa.func.max(Job.failed_at)).where(Job.failed_at.is_not(None)))
    # the key is what the trouble began with: the next one of its kind is told again
    _tell_red(work, session, _BACKUP, "alarms.backup_late", str(last) if red else None)
    _tell_red(work, session, _WORK, "alarms.work_given_up", str(given_up) if given_up is not None else None)


def _tell_red(work: Work, session: ScopedSession, about: str, said: str, since: str | None) -> None:
    if since is None:
        close_items(work, about, triggers=[RED])
        return
    facts = {f"what_{language}": say(language, said) for language in LANGUAGES}
    _put(work, RED, "to_do", "server", about, holders_of(session, "admin", None, company_day(work.now)), facts, since)


def _silent_tablets(work: Work, session: ScopedSession) -> None:
    found = (
        sa.select(Device, DeviceChain.last_seen_at, Store.name)
        .join(DeviceChain, DeviceChain.device_id == Device.id)
        .join(Store, Store.id == Device.store_id)
        .where(Device.kind == "kiosk", Device.revoked_at.is_(None))
        .where(DeviceChain.last_seen_at <= work.now - SILENT_FOR, DeviceChain.last_seen_at > work.now - OLD_NEWS)
    )
    for device, seen, store in session.execute(found).all():
        assert seen is not None  # the question asks for nothing else
        facts = {"store": store, "device": device.label, "since": seen.strftime("%m-%d %H:%M")}
        _put(work, SILENT, "notice", "device", device.id, _people_of(work, session, device.store_id), facts, seen.isoformat())


def _conflicts(work: Work, session: ScopedSession) -> None:
    stores = {row.id: row.store_id for row in session.execute(sa.select(Device.id, Device.store_id))}
    open_ones = set()
    for matter in matters(session):
        if matter.kind not in ("parked", "quarantined") or matter.received_at < work.now - OLD_NEWS:
            continue
        open_ones.add(matter.id)
        facts = {"who": matter.person or matter.device, "op": matter.type}
        receivers = _people_of(work, session, stores.get(matter.device_id or ""))
        _put(work, CONFLICT, "to_do", "matter", matter.id, receivers, facts)
    told = sa.select(InboxItem.about_id).where(InboxItem.trigger == CONFLICT, InboxItem.done_at.is_(None)).distinct()
    for about in session.scalars(told).all():
        if about not in open_ones:
            close_items(work, about, triggers=[CONFLICT])


def _people_of(work: Work, session: ScopedSession, store_id: str | None) -> list[str]:
    """The store's manager and HR."""
    day = company_day(work.now)
    manager = manager_of(session, store_id, day) if store_id is not None else None
    return [one for one in dict.fromkeys([manager, *holders_of(session, "hr", store_id, day)]) if one is not None]


def _put(
    work: Work, trigger: str, kind: Any, about: Any, about_id: str, receivers: Iterable[str], facts: dict[str, Any], key: str = ""
) -> None:
    put_items(work, [NewItem(trigger, one, kind, about, about_id, facts, key) for one in receivers])
