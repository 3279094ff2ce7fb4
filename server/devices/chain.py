"""The head of each device's chain, locked for intake, and when each device was last heard of."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog

from contract.moments import LATEST_MS, SAME_WALL_MS, to_ms
from server.devices.model import Device, DeviceChain, DeviceHour, DeviceScope
from server.kernel.actors import Actor
from server.kernel.bulk import insert_missing, update_many
from server.kernel.db import Database, ScopedSession, table_of
from server.kernel.intake import ChainState, Head
from server.kernel.ledger import was_left_behind
from server.kernel.perform import DeviceFacts, writing

_FIND = (
    sa.select(
        Device.id, Device.kind, Device.person_id, Device.store_id, Device.hardware, Device.revoked_at, Device.public,
        Device.enrolled_at, Device.forked_at, DeviceChain.head_seq, DeviceChain.head_hash, DeviceChain.reported_head,
        DeviceChain.reported_at, DeviceChain.backed_seq, DeviceChain.wall_off_ms, DeviceChain.wall_off_since,
        was_left_behind(Device.id).label("left_behind"),
    )
    .join(DeviceChain, DeviceChain.device_id == Device.id)
    .where(Device.id.in_(sa.bindparam("device_ids", expanding=True)))
)  # fmt: skip
_LOCK = _FIND.order_by(Device.id).with_for_update(of=DeviceChain)
_CHAIN = table_of(DeviceChain)
log = structlog.get_logger()


def state_of(row: Any) -> ChainState:
    """A device and its chain out of a row that has their columns."""
    facts = DeviceFacts(
        row.id, row.kind, row.person_id, row.store_id, row.hardware, row.revoked_at, row.head_seq, bytes(row.head_hash),
        row.wall_off_ms, row.wall_off_since,
    )  # fmt: skip
    return ChainState(
        facts, bytes(row.public), row.reported_head, row.reported_at, row.enrolled_at, row.forked_at is not None,
        row.backed_seq, row.left_behind,
    )  # fmt: skip


def find_device(db: Database, device_id: str) -> ChainState | None:
    """The device and its chain as they stand now."""
    with db.snapshot() as connection:
        row = connection.execute(_FIND, {"device_ids": [device_id]}).one_or_none()
    return None if row is None else state_of(row)


def state_of_device(session: ScopedSession, device_id: str) -> ChainState | None:
    """The device and its chain as they stand in this transaction."""
    row = session.connection().execute(_FIND, {"device_ids": [device_id]}).one_or_none()
    return None if row is None else state_of(row)


class Chains:
    """What intake needs of the devices area: locked states, moved heads, forks."""

    def states(self, session: ScopedSession, device_ids: Sequence[str]) -> dict[str, ChainState]:
        rows = session.connection().execute(_LOCK, {"device_ids": list(device_ids)})
        return {row.id: state_of(row) for row in rows}

    def move(self, session: ScopedSession, heads: Sequence[Head], now: datetime) -> None:
        rows = [
            {"device_id": head.device_id, "head_seq": head.seq, "head_hash": head.hash, "head_at": now,
             "reported_head": head.reported, "reported_at": head.reported_at, "last_seen_at": now}
            for head in heads
        ]  # fmt: skip
        update_many(session.connection(), _CHAIN, "device_id", rows)

    def fork(self, session: ScopedSession, device_id: str) -> None:
        device = session.get(Device, device_id)
        if device is not None and device.forked_at is None:
            device.forked_at = session.info["now"]


@dataclass
class _Heard:
    at: datetime
    head: int
    departed: datetime | None
    is_kiosk: bool
    holds_exactly: bool
    wall_off_ms: int


class SeenBook:
    """When each device was last heard of. Written a few seconds late and many at once: an empty sync costs no commit.

    Losing the last seconds of it in a crash is harmless: the next sync says it again.
    """

    def __init__(self, db: Database, delay_s: float) -> None:
        self._db, self._delay_s = db, delay_s
        self._heard: dict[str, _Heard] = {}
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def hear(
        self, device_id: str, at: datetime, *, head: int, departed: datetime | None, is_kiosk: bool, holds_exactly: bool,
        wall_ms: int,
    ) -> None:  # fmt: skip
        """`head`: where its journal ended at `departed`; `holds_exactly`: it declared to hold just the scopes it should;
        `wall_ms`: what its wall clock showed."""
        off_ms = max(-LATEST_MS, min(LATEST_MS, wall_ms - to_ms(at)))
        with self._lock:
            self._heard[device_id] = _Heard(at, head, departed, is_kiosk, holds_exactly, off_ms)
            if self._delay_s > 0 and self._timer is None:
                self._timer = threading.Timer(self._delay_s, self._write_in_time)
                self._timer.daemon = True
                self._timer.start()
        if self._delay_s <= 0:
            self.write()

    def close(self) -> None:
        """Nothing is written from now on: the database may be gone."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._heard, self._timer = {}, None

    def _write_in_time(self) -> None:
        """A database that cannot be reached just now costs no word of what was heard: it is put down with the next."""
        try:
            self.write()
        except sa.exc.OperationalError as error:
            log.warning("seen_not_written", error=str(error.orig))

    def write(self) -> None:
        """Put down what was heard. Where that fails it is kept, under what was heard since."""
        with self._lock:
            heard, self._heard, self._timer = self._heard, {}, None
        try:
            self._put_down(heard)
        except BaseException:
            with self._lock:
                self._heard = heard | self._heard
            raise

    def _put_down(self, heard: dict[str, _Heard]) -> None:
        if not heard:
            return
        latest = max(entry.at for entry in heard.values())
        with writing(self._db, Actor.system(), op_id=next(iter(heard)), now=latest) as session:
            connection = session.connection()
            for device_id, entry in sorted(heard.items()):  # sorted: two writers never wait for each other crosswise
                connection.execute(_SEEN, {"device": device_id, "at": entry.at, "off": entry.wall_off_ms})
                if entry.departed is not None:
                    connection.execute(_ENDED, {"device": device_id, "at": entry.departed, "head": entry.head})
                if entry.is_kiosk:
                    hour = {"device_id": device_id, "hour": to_ms(entry.at) // 3_600_000}
                    insert_missing(connection, table_of(DeviceHour), [hour])
                if entry.holds_exactly:
                    connection.execute(_CONFIRM, {"device": device_id, "at": entry.at})


def _moment(name: str) -> Any:
    return sa.bindparam(name, type_=_CHAIN.c.last_seen_at.type)


_DEVICE = sa.bindparam("device", type_=_CHAIN.c.device_id.type)
_OFF = sa.bindparam("off", type_=_CHAIN.c.wall_off_ms.type)
_IS_LATER = sa.or_(_CHAIN.c.last_seen_at.is_(None), _CHAIN.c.last_seen_at < _moment("at"))
_AS_BEFORE = sa.func.abs(_CHAIN.c.wall_off_ms - _OFF) <= SAME_WALL_MS
_SEEN = (
    sa.update(_CHAIN)
    # intake has noted the moment already where there were operations: then only what is new of the wall clock is written
    .where(_CHAIN.c.device_id == _DEVICE, sa.or_(_IS_LATER, _CHAIN.c.wall_off_ms.is_(None), sa.not_(_AS_BEFORE)))
    .values(
        last_seen_at=sa.case((_IS_LATER, _moment("at")), else_=_CHAIN.c.last_seen_at),
        wall_off_ms=sa.case((_AS_BEFORE, _CHAIN.c.wall_off_ms), else_=_OFF),
        wall_off_since=sa.case((_AS_BEFORE, _CHAIN.c.wall_off_since), else_=_moment("at")),
    )
)
_ENDED = (
    sa.update(_CHAIN)
    .where(_CHAIN.c.device_id == _DEVICE, sa.or_(_CHAIN.c.reported_at.is_(None), _CHAIN.c.reported_at < _moment("at")))
    .values(reported_head=sa.bindparam("head"), reported_at=_moment("at"))
)
_SCOPES = table_of(DeviceScope)
_CONFIRM = (
    sa.update(_SCOPES)
    .where(_SCOPES.c.device_id == _DEVICE, _SCOPES.c.dropped_at.is_not(None), _SCOPES.c.confirmed_at.is_(None))
    .values(confirmed_at=_moment("at"))
)
