"""The sync page and the badge: what waits, what HQ has, what needs somebody."""

from __future__ import annotations

from contract.audit import ReportSplitView
from contract.stores import StoreRow
from contract.wire import name_of
from mobile.core.answers import answer_to
from mobile.core.parts import Parts
from mobile.core.ports import Ports
from mobile.core.punches import StoreTime, time_of
from mobile.core.views import Badge, NeedsYou, Said, SyncState

STALE_AFTER_MS = 15 * 60_000


def sync_state_of(parts: Parts, ports: Ports) -> SyncState:
    clocks = ports.clock.read()
    with parts.db.read():
        needs = (*_alarms(parts), *_needs(parts))
        head = parts.run.witness.head() if parts.identity.enrolled is not None else None
        journal, standing = parts.journal, parts.identity.standing
        scopes, rows = parts.replica.counts()
        last = parts.settings.number("last_synced_ms") or None
        enrolled = parts.identity.enrolled
        state = parts.run.state()
        retry_ms = parts.run.next_in_ms() if state.failures else None
        badge: Badge = "synced"
        if enrolled is None:
            badge = "never"
        elif standing == "revoked":
            badge = "revoked"
        elif needs or standing in ("forked", "unknown"):
            badge = "needs_you"
        elif last is None:
            badge = "never"
        elif state.failures or journal.waiting or parts.run.anchors.now_ms(clocks) - last > STALE_AFTER_MS:
            badge = "offline"
        return SyncState(
            badge=badge,
            last_synced_ms=last,
            last_synced_local=None if last is None else wall_time(parts).hhmm(last),
            waiting=journal.waiting,
            needs_you=needs,
            journal_head=journal.last_seq,
            with_hq=min(journal.with_hq, journal.last_seq),
            backed_up=min(journal.backed_up, journal.with_hq, journal.last_seq),
            scopes=scopes,
            rows=rows,
            clock_grade="unknown" if parts.run.anchors.server_ms(clocks) is None else "exact",
            free_mb=ports.space.free_bytes() // (1024 * 1024),
            database_mb=round(parts.db.size_bytes() / (1024 * 1024), 1),
            app_version=ports.app_version,
            device_id="" if enrolled is None else enrolled.device_id,
            retry_in_s=None if retry_ms is None else retry_ms / 1000,
            standing=standing,
            problem=parts.run.problem,
            oldest=journal.head().oldest,
            healed=parts.settings.number("unsound"),
            photos=parts.photos.waiting(journal.last_seq),
            log_size=0 if head is None else head[0].size,
            log_at_ms=None if head is None else head[0].at_ms,
        )


def _alarms(parts: Parts) -> list[NeedsYou]:
    """What this device found out about HQ's log. It stays until the log proves to be the one it was."""
    kind = name_of(ReportSplitView)
    return [
        NeedsYou(
            op_id=alarm.op,
            seq=0,
            type=kind,
            status="alarm",
            said=Said(alarm.code, {"lost": alarm.lost}),
            made_at_ms=alarm.at_ms,
        )
        for alarm in parts.run.witness.alarms()
    ]


def _needs(parts: Parts) -> list[NeedsYou]:
    found = []
    for entry in parts.journal.needing_somebody():
        result = answer_to(parts.replica, parts.journal.device_id, entry)
        code = "client.no_reason" if result is None or result.code is None else result.code
        facts = {} if result is None else dict(result.facts)
        if result is not None and result.trace is not None:
            facts["trace"] = result.trace
        found.append(
            NeedsYou(
                op_id=entry.op,
                seq=entry.seq,
                type=entry.type,
                status=entry.status or "",
                said=Said(code, facts),
                made_at_ms=entry.made_ms,
                about=entry.ent,
            )
        )
    return found


def wall_time(parts: Parts) -> StoreTime:
    """The clock people here go by: the tablet's store, the phone's store of today, else the first we know."""
    stores = parts.replica.all("store", StoreRow)
    return time_of(stores[0] if stores else None)
