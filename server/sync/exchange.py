"""One sync: take in what the device signed, perform it, and answer with what changed. The protocol is docs/protocol.md."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from contract import wire
from contract.moments import BootLine, ClockReading, line_of, to_ms
from contract.sealing import anchor_id, anchored_ms, b64, receipt_text, wipe_text
from contract.sync import Receipt, SyncRequest, SyncResponse
from server.devices.chain import ChainBook, Known, SeenBook
from server.devices.model import DeviceScope
from server.kernel.actors import Actor
from server.kernel.apply import apply_received
from server.kernel.db import Database, table_of
from server.kernel.http import Outpost
from server.kernel.intake import Taken, keep_aside, take_in
from server.kernel.perform import writing
from server.sync.pull import Pulled, pull, read_feed
from server.sync.scopes import lease_ms, scopes_of

_scopes = table_of(DeviceScope)


def exchange(out: Outpost, seen: SeenBook, device: Known, asked: SyncRequest) -> SyncResponse:
    """The answer to a request whose signature has been checked.

    Three transactions at most: intake, apply, and a read-only snapshot. Raises Problem("sync.bad_signature").
    """
    now = out.clock()
    facts = device.facts
    book = ChainBook(asked.journal.head, lambda head, hash_: _sealed(out, device, asked, now, head, hash_))
    taken = Taken(facts.head_seq, facts.head_hash, forked=device.forked)
    if asked.ops and not device.forked:
        lines = boot_lines(out.settings.secret, facts.device_id, asked.clock, to_ms(now))
        taken = take_in(out.db, facts.device_id, book, asked.ops, asked.journal, lines, now=now)
        if not taken.forked and taken.need_from is None:
            apply_received(out.db, facts, now=now, secret=out.settings.secret, fresh=taken.fresh)
    elif asked.ops:
        keep_aside(out.db, facts.device_id, asked.ops, "sync.chain_forked", now=now)
    # A journal that ends before ours proves nothing by itself: it may be an old request that the network held back. A device
    # that was restored from a copy finds out from the receipt, and its first operation of a second branch from the chain.
    if facts.revoked_at is not None:
        return _farewell(out, device, asked, taken, book, now)
    with out.db.snapshot() as connection:
        want = scopes_of(connection, facts, now)
        pulled = pull(connection, facts, want, asked)
        epoch = read_feed(connection).epoch if asked.epoch is None else ""
    if pulled.declared is not None and (pulled.granted or pulled.drop):
        _note_scopes(out.db, facts.device_id, pulled, now)
    seen.hear(
        facts.device_id, now, head=max(asked.journal.head, taken.head_seq), is_kiosk=facts.kind == "kiosk",
        holds_exactly=pulled.holds_exactly,
    )  # fmt: skip
    return _answer(out, device, asked, taken, book, pulled, epoch or _epoch_of(out, asked, pulled), now)


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


def _epoch_of(out: Outpost, asked: SyncRequest, pulled: Pulled) -> str:
    if pulled.reset or asked.epoch is None:
        with out.db.snapshot() as connection:
            return read_feed(connection).epoch
    return asked.epoch


def _sealed(
    out: Outpost, device: Known, asked: SyncRequest, now: datetime, head: int, head_hash: bytes
) -> tuple[str, str]:
    text = receipt_text(
        device_id=device.facts.device_id, epoch=asked.epoch or "", server_ms=to_ms(now), nonce=asked.nonce, head=head,
        head_hash=head_hash.hex(), backed=device.backed_seq,
    )  # fmt: skip
    return text, b64(out.signer.sign(text.encode()))


def _answer(
    out: Outpost, device: Known, asked: SyncRequest, taken: Taken, book: ChainBook, pulled: Pulled, epoch: str,
    now: datetime,
) -> SyncResponse:  # fmt: skip
    text, sig = book.receipt or _sealed(out, device, asked, now, taken.head_seq, taken.head_hash)
    sent_ms = to_ms(out.clock())
    return SyncResponse(
        nonce=asked.nonce,
        epoch=epoch,
        receipt=Receipt(text=text, sig=sig),
        anchor=anchor_id(out.settings.secret, device.facts.device_id, sent_ms),
        head=taken.head_seq,
        backed=device.backed_seq,
        need_from=_need_from(asked, taken),
        forked=taken.forked,
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
        lease_ms=lease_ms(device.facts),
    )


def _need_from(asked: SyncRequest, taken: Taken) -> int | None:
    if taken.need_from is not None:
        return taken.need_from
    # its journal goes on past what we have: either more is coming, or we were restored from an older backup
    behind = not asked.ops and asked.journal.head > taken.head_seq and not taken.forked
    return taken.head_seq + 1 if behind else None


def _farewell(
    out: Outpost, device: Known, asked: SyncRequest, taken: Taken, book: ChainBook, now: datetime
) -> SyncResponse:
    """The answer to a revoked device: what it still had is taken in, and it is told to forget what it was given."""
    facts = device.facts
    order = wipe_text(device_id=facts.device_id, server_ms=to_ms(now), nonce=asked.nonce)
    text, sig = book.receipt or _sealed(out, device, asked, now, taken.head_seq, taken.head_hash)
    with writing(out.db, Actor.system(), op_id=facts.device_id, now=now) as session:
        session.connection().execute(
            sa.update(_scopes)
            .where(_scopes.c.device_id == facts.device_id, _scopes.c.dropped_at.is_(None))
            .values(dropped_at=now)
        )
        if asked.have == {} and asked.at is None:  # it says that it holds nothing: the wipe is done
            session.connection().execute(
                sa.update(_scopes)
                .where(_scopes.c.device_id == facts.device_id, _scopes.c.confirmed_at.is_(None))
                .values(confirmed_at=now)
            )
    return SyncResponse(
        nonce=asked.nonce,
        epoch=asked.epoch or "",
        receipt=Receipt(text=text, sig=sig),
        anchor=anchor_id(out.settings.secret, facts.device_id, to_ms(now)),
        head=taken.head_seq,
        backed=device.backed_seq,
        need_from=_need_from(asked, taken),
        forked=taken.forked,
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
