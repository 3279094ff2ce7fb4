"""One sync: take in what the device signed, perform it, and answer with what changed. The protocol is docs/protocol.md."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from contract import wire
from contract.moments import BootLine, BootSeen, ClockReading, instant, line_of, lines_across, to_ms
from contract.sealing import anchor_id, anchored_ms, b64, receipt_text, wipe_text
from contract.sync import Receipt, SyncRequest, SyncResponse, TreeSaid
from server.attendance.model import Punch
from server.devices.chain import SeenBook
from server.devices.model import DeviceScope
from server.kernel.actors import Actor
from server.kernel.apply import Done, perform_open
from server.kernel.db import Database, table_of
from server.kernel.http import Outpost
from server.kernel.intake import Parcel, Taken
from server.kernel.perform import DeviceFacts, writing
from server.kernel.problems import Problem
from server.kernel.reference import Reference
from server.kernel.tree import newer_head
from server.sync.gate import Gate
from server.sync.projections import punch_body, result_body
from server.sync.pull import InHand, Look, MoreToRead, OnlyTheLook, Pulled, look, pull
from server.sync.scopes import lease_ms, scopes_of
from server.sync.together import Asking, Seen

_scopes = table_of(DeviceScope)

MOST_BOOTS = 8  # before the present one


def exchange(out: Outpost, gate: Gate, seen: SeenBook, device: DeviceFacts, asked: SyncRequest) -> SyncResponse:
    """The answer to a request whose signature has been checked.

    Three transactions at most: intake and apply, shared with whoever else is at the gate, and a read-only snapshot. More only
    where a process has died in between: what it took in is performed before anything is answered.
    Raises Problem("sync.bad_signature").
    """
    now = out.clock()
    taken: Taken | None = None
    done = Done()
    seen_together: Seen | None = None
    if asked.ops:
        asking = Asking(device, asked.at.pos if asked.at is not None else None, asked.budget)
        taken, done, seen_together = gate.pass_through(_parcel(out, device, asked, now), asking)
    in_hand = _in_hand(done, device.device_id)
    if seen_together is not None:
        want, found = seen_together
    else:
        with out.db.glance() as connection:
            want, found = _want(out, connection, device, asked, now)
    if found.state.left_behind:
        # the receipt below says that we have it, so the device will never send it again: now or nobody knows when
        perform_open(out.db, found.state.facts, now=now, secret=out.settings.secret)
        with out.db.glance() as connection:
            want, found = _want(out, connection, device, asked, now)
    try:
        pulled = _pull(OnlyTheLook(), want, asked, found, in_hand)
    except MoreToRead:
        with out.db.snapshot() as connection:
            want, found = _want(out, connection, device, asked, now)
            pulled = _pull(connection, want, asked, found, in_hand)
    facts = found.state.facts
    forked = found.state.forked or (taken is not None and taken.forked)
    # A journal that ends before ours proves nothing by itself: it may be an old request that the network held back. A device
    # that was restored from a copy finds out from the receipt, and its first operation of a second branch from the chain.
    if facts.revoked_at is not None:
        return _farewell(out, asked, taken, found, forked, now)
    if pulled.declared is not None and (pulled.granted or pulled.drop):
        _note_scopes(out.db, facts.device_id, pulled, now)
    seen.hear(
        facts.device_id, now, head=asked.journal.head, departed=_departed(out, device, asked, now),
        is_kiosk=facts.kind == "kiosk", holds_exactly=pulled.holds_exactly, wall_ms=asked.clock.wall,
    )  # fmt: skip
    return SyncResponse(
        **_envelope(out, asked, taken, found, forked, now),
        anchor=anchor_id(out.settings.secret, facts.device_id, to_ms(out.clock())),
        reset=pulled.reset,
        need_have=pulled.need_have,
        drop=pulled.drop,
        clear=pulled.clear,
        rows=pulled.rows,
        gone=pulled.gone,
        at=pulled.at,
        cur=pulled.cur,
        sums=pulled.sums,
        complete=pulled.complete,
        lease_ms=lease_ms(facts),
        tree=_head_of_the_log(out, asked, found),
    )


def _head_of_the_log(out: Outpost, asked: SyncRequest, found: Look) -> TreeSaid | None:
    """The newest head with its proof, for a device that holds another one and says so."""
    if asked.tree is None or found.head is None:
        return None
    size, root, epoch = found.head
    if (asked.tree.size, asked.tree.root, asked.tree.epoch) == (size, b64(root), epoch):
        return None
    with out.db.glance() as connection:
        return newer_head(connection, asked.tree)


def _parcel(out: Outpost, device: DeviceFacts, asked: SyncRequest, now: datetime) -> Parcel:
    lines = boot_lines(out.settings.secret, device.device_id, asked.clock, to_ms(now))

    def notarise(head: int, head_hash: bytes, backed: int) -> tuple[str, str]:
        return _sealed(out, asked, device.device_id, head, head_hash.hex(), backed, asked.epoch or "", now)

    departed = departed_at(lines, asked.clock, now)
    across = lines_across(lines, boots_of(asked.clock), to_ms(now))
    return Parcel(device.device_id, asked.ops, asked.journal, lines + across, notarise, departed)


def _departed(out: Outpost, device: DeviceFacts, asked: SyncRequest, now: datetime) -> datetime | None:
    lines = boot_lines(out.settings.secret, device.device_id, asked.clock, to_ms(now))
    return departed_at(lines, asked.clock, now)


def departed_at(lines: list[BootLine], clock: ClockReading, now: datetime) -> datetime | None:
    """The latest moment before which the request cannot have left; None when nothing proves one.

    What it says of the journal's end was true then, not when it arrived: the network may have held it back for minutes. It
    left after every anchor it names was given, whatever its own boot clock claims; within the boot of one, its boot clock
    says how long after.
    """
    anchors = [line for line in lines if line.low_ms is not None]
    given = [(line.low_ms or 0) + line.at_boot_ms for line in anchors]
    later = [(line.low_ms or 0) + clock.boot for line in anchors if line.bid == clock.bid]
    return min(now, instant(max(given + later) - 1_000)) if anchors else None


def _pull(
    source: sa.Connection | OnlyTheLook, want: set[str], asked: SyncRequest, found: Look, in_hand: InHand
) -> Pulled:
    if found.state.facts.revoked_at is not None:
        return Pulled(complete=True)
    return pull(source, found.state.facts, want, asked, found, in_hand)


def _want(
    out: Outpost, connection: sa.Connection, device: DeviceFacts, asked: SyncRequest, now: datetime
) -> tuple[set[str], Look]:
    """The scopes the device should hold, and the feed as it stands with them. The cache is used as of the version the feed
    itself names: where that has moved on, the scopes are computed once more.
    """
    cache = out.db.reference
    version = cache.version
    want, found = _wanted_at(version, connection, device, asked, now, cache)
    for _ in range(2):
        if found.reference == version:
            break
        version = found.reference
        want, found = _wanted_at(version, connection, device, asked, now, cache)
    return want, found


def _wanted_at(
    version: int, connection: sa.Connection, device: DeviceFacts, asked: SyncRequest, now: datetime, cache: Reference
) -> tuple[set[str], Look]:
    pos = asked.at.pos if asked.at is not None else 0
    want = scopes_of(connection, device, now, cache.at(version))
    found = look(connection, device, want if asked.at is not None else set(), pos, asked.budget)
    if found is None:
        raise Problem("device.unknown", id=device.device_id)
    return want, found


def _in_hand(done: Done, device_id: str) -> InHand:
    """What this exchange has just written, by the key and position at which the feed has it."""
    rows: dict[tuple[str, str, str, int], Callable[[], bytes]] = {}
    for entry, outcome in done.outcomes:
        key = f"device:{entry.device_id}", "op", entry.op_id
        if entry.device_id == device_id and key in done.stamped:
            rows[*key, done.stamped[key]] = partial(result_body, entry, outcome)
    for punch in done.born.get(Punch, ()):
        key = f"person:{punch['person_id']}", "punch", punch["id"]
        if punch["device_id"] == device_id and key in done.stamped:
            rows[*key, done.stamped[key]] = partial(punch_body, punch)
    return rows


def boot_lines(secret: bytes, device_id: str, clock: ClockReading, received_ms: int) -> list[BootLine]:
    """What the request proves about the device's boots: its anchors that we recognise, and its own departure."""
    lines = []
    for anchor in clock.anchors[:8]:
        stated = anchored_ms(secret, device_id, anchor.id)
        line = line_of(anchor, stated) if stated is not None else None
        if line is not None:
            lines.append(line)
    # a request cannot arrive before it left: one-sided
    lines.append(BootLine(clock.bid, None, received_ms - clock.boot, clock.boot))
    return lines


def boots_of(clock: ClockReading) -> list[BootSeen]:
    """The boots a device tells of, oldest first, the present one last."""
    return [*clock.boots[-MOST_BOOTS:], BootSeen(bid=clock.bid, until=clock.boot)] if clock.boots else []


def _sealed(
    out: Outpost, asked: SyncRequest, device_id: str, head: int, head_hash: str, backed: int, epoch: str, now: datetime
) -> tuple[str, str]:
    text = receipt_text(
        device_id=device_id, epoch=epoch, server_ms=to_ms(now), nonce=asked.nonce, head=head, head_hash=head_hash,
        backed=backed,
    )  # fmt: skip
    return text, b64(out.signer.sign(text.encode()))


def _envelope(
    out: Outpost, asked: SyncRequest, taken: Taken | None, found: Look, forked: bool, now: datetime
) -> dict[str, Any]:
    """What every answer carries: which request it answers, the notary's receipt, and how far the chain is here."""
    state = found.state
    head, head_hash = state.facts.head_seq, state.facts.head_hash
    if taken is not None and taken.receipt is not None:
        text, sig = taken.receipt
        head = taken.head_seq
    else:
        text, sig = _sealed(
            out, asked, state.facts.device_id, head, head_hash.hex(), state.backed_seq, found.feed.epoch, now
        )
    return {
        "nonce": asked.nonce,
        "epoch": found.feed.epoch,
        "receipt": Receipt(text=text, sig=sig),
        "head": head,
        "backed": state.backed_seq,
        "need_from": _need_from(asked, taken, head, forked),
        "forked": forked,
    }


def _need_from(asked: SyncRequest, taken: Taken | None, head: int, forked: bool) -> int | None:
    if taken is not None:
        return taken.need_from
    # its journal goes on past what we have: either more is coming, or we were restored from an older backup
    return head + 1 if asked.journal.head > head and not forked else None


def _farewell(
    out: Outpost, asked: SyncRequest, taken: Taken | None, found: Look, forked: bool, now: datetime
) -> SyncResponse:
    """The answer to a revoked device: what it still had is taken in, and it is told to forget what it was given."""
    device_id = found.state.facts.device_id
    order = wipe_text(device_id=device_id, server_ms=to_ms(now), nonce=asked.nonce)
    with writing(out.db, Actor.system(), op_id=device_id, now=now) as session:
        session.connection().execute(
            sa.update(_scopes)
            .where(_scopes.c.device_id == device_id, _scopes.c.dropped_at.is_(None))
            .values(dropped_at=now)
        )
        if not asked.have and asked.at is None:  # it says that it holds nothing: the wipe is done
            session.connection().execute(
                sa.update(_scopes)
                .where(_scopes.c.device_id == device_id, _scopes.c.confirmed_at.is_(None))
                .values(confirmed_at=now)
            )
    return SyncResponse(
        **_envelope(out, asked, taken, found, forked, now),
        anchor=anchor_id(out.settings.secret, device_id, to_ms(now)),
        wipe=Receipt(text=order, sig=b64(out.signer.sign(order.encode()))),
        complete=True,
    )


def _note_scopes(db: Database, device_id: str, pulled: Pulled, now: datetime) -> None:
    """Write down what was given and what must be given back: HQ sees what is still out there."""
    with writing(db, Actor.system(), op_id=device_id, now=now) as session:
        connection = session.connection()
        rows = connection.execute(sa.select(_scopes).where(_scopes.c.device_id == device_id)).all()
        known = {row.scope: row for row in rows}
        for scope in pulled.granted:
            if scope not in known:
                connection.execute(sa.insert(_scopes).values(device_id=device_id, scope=scope, granted_at=now))
            elif known[scope].dropped_at is not None:
                _set(connection, device_id, scope, granted_at=now, dropped_at=None, confirmed_at=None)
        for scope in pulled.drop:
            if scope not in known:
                connection.execute(
                    sa.insert(_scopes).values(device_id=device_id, scope=scope, granted_at=now, dropped_at=now)
                )
            elif known[scope].dropped_at is None:
                _set(connection, device_id, scope, dropped_at=now)
        gone = [row.scope for row in rows if row.dropped_at is not None and row.confirmed_at is None]
        for scope in gone:
            if pulled.declared is not None and scope not in pulled.declared:
                _set(connection, device_id, scope, confirmed_at=now)


def _set(connection: sa.Connection, device_id: str, scope: str, **values: datetime | None) -> None:
    connection.execute(
        sa.update(_scopes).where(_scopes.c.device_id == device_id, _scopes.c.scope == scope).values(**values)
    )


def read_request(body: bytes) -> SyncRequest:
    """The request out of its bytes. Raises Malformed."""
    return wire.decode(body, SyncRequest)
