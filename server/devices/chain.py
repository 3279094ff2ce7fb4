"""The head of each device's chain, locked for intake, and when each device was last heard of."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contract.moments import to_ms
from server.devices.model import Device, DeviceChain, DeviceScope, Notary
from server.kernel.actors import Actor
from server.kernel.db import Database, ScopedSession, table_of
from server.kernel.intake import ChainState
from server.kernel.perform import DeviceFacts, writing

_FIND = (
    sa.select(
        Device.id, Device.kind, Device.person_id, Device.store_id, Device.hardware, Device.revoked_at, Device.public,
        Device.enrolled_at, Device.forked_at, DeviceChain.head_seq, DeviceChain.head_hash, DeviceChain.reported_head,
        DeviceChain.reported_at, DeviceChain.backed_seq, DeviceChain.last_seen_at,
    )
    .join(DeviceChain, DeviceChain.device_id == Device.id)
    .where(Device.id == sa.bindparam("device_id"))
)  # fmt: skip
_LOCK = _FIND.with_for_update(of=DeviceChain)
_CHAIN = table_of(DeviceChain)


@dataclass(frozen=True)
class Known:
    """A device as the sync endpoint needs it."""

    facts: DeviceFacts
    public: bytes
    backed_seq: int
    forked: bool
    last_seen_at: datetime | None


def find_device(db: Database, device_id: str) -> Known | None:
    """The device and the head of its chain, in one look."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        row = connection.execute(_FIND, {"device_id": device_id}).one_or_none()
    if row is None:
        return None
    facts = DeviceFacts(
        row.id, row.kind, row.person_id, row.store_id, row.hardware, row.revoked_at, row.head_seq, bytes(row.head_hash)
    )
    return Known(facts, bytes(row.public), row.backed_seq, row.forked_at is not None, row.last_seen_at)


class ChainBook:
    """What intake needs of the devices area: the locked state of a chain, and how to move it. One for each request.

    `seal(head, hash)` makes the signed receipt that the notary keeps for the new head.
    """

    def __init__(self, journal_head: int, seal: Callable[[int, bytes], tuple[str, str]]) -> None:
        self._journal_head, self._seal = journal_head, seal
        self.receipt: tuple[str, str] | None = None

    def state(self, session: ScopedSession, device_id: str) -> ChainState:
        row = session.connection().execute(_LOCK, {"device_id": device_id}).one()
        return ChainState(
            row.id, bytes(row.public), row.head_seq, bytes(row.head_hash), row.reported_head, row.reported_at,
            row.enrolled_at, row.forked_at is not None,
        )  # fmt: skip

    def move(self, session: ScopedSession, device_id: str, head_seq: int, head_hash: bytes, now: datetime) -> None:
        reported = max(head_seq, self._journal_head)
        session.connection().execute(
            sa.update(_CHAIN)
            .where(_CHAIN.c.device_id == device_id)
            .values(head_seq=head_seq, head_hash=head_hash, head_at=now, reported_head=reported, reported_at=now,
                    last_seen_at=now)
        )  # fmt: skip
        self.receipt = self._seal(head_seq, head_hash)
        session.connection().execute(
            sa.insert(table_of(Notary)).values(
                device_id=device_id, head_seq=head_seq, receipt=self.receipt[0], sig=self.receipt[1], signed_at=now
            )
        )

    def fork(self, session: ScopedSession, device_id: str) -> None:
        device = session.get(Device, device_id)
        if device is not None and device.forked_at is None:
            device.forked_at = session.info["now"]


@dataclass
class _Heard:
    at: datetime
    head: int
    is_kiosk: bool
    holds_exactly: bool


class SeenBook:
    """When each device was last heard of. Written a few seconds late and many at once: an empty sync costs no commit.

    Losing the last seconds of it in a crash is harmless: the next sync says it again.
    """

    def __init__(self, db: Database, delay_s: float) -> None:
        self._db, self._delay_s = db, delay_s
        self._heard: dict[str, _Heard] = {}
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def hear(self, device_id: str, at: datetime, *, head: int, is_kiosk: bool, holds_exactly: bool) -> None:
        """`head`: where its journal ends; `holds_exactly`: it declared to hold just the scopes it should."""
        with self._lock:
            self._heard[device_id] = _Heard(at, head, is_kiosk, holds_exactly)
            if self._delay_s > 0 and self._timer is None:
                self._timer = threading.Timer(self._delay_s, self.write)
                self._timer.daemon = True
                self._timer.start()
        if self._delay_s <= 0:
            self.write()

    def write(self) -> None:
        """Put down what was heard."""
        with self._lock:
            heard, self._heard, self._timer = self._heard, {}, None
        if not heard:
            return
        latest = max(entry.at for entry in heard.values())
        with writing(self._db, Actor.system(), op_id=next(iter(heard)), now=latest) as session:
            connection = session.connection()
            for device_id, entry in sorted(heard.items()):  # sorted: two writers never wait for each other crosswise
                connection.execute(_SEEN, {"device": device_id, "at": entry.at, "head": entry.head})
                if entry.is_kiosk:
                    connection.execute(_HOUR, {"device": device_id, "hour": to_ms(entry.at) // 3_600_000})
                if entry.holds_exactly:
                    connection.execute(_CONFIRM, {"device": device_id, "at": entry.at})


def _moment(name: str) -> Any:
    return sa.bindparam(name, type_=_CHAIN.c.last_seen_at.type)


_DEVICE = sa.bindparam("device", type_=_CHAIN.c.device_id.type)
_SEEN = (
    sa.update(_CHAIN)
    .where(_CHAIN.c.device_id == _DEVICE, sa.or_(_CHAIN.c.last_seen_at.is_(None), _CHAIN.c.last_seen_at < _moment("at")))
    .values(last_seen_at=_moment("at"), reported_head=sa.bindparam("head"), reported_at=_moment("at"))
)
_HOUR = sa.text("INSERT INTO device_hour (device_id, hour) VALUES (:device, :hour) ON CONFLICT DO NOTHING").bindparams(
    _DEVICE
)
_SCOPES = table_of(DeviceScope)
_CONFIRM = (
    sa.update(_SCOPES)
    .where(_SCOPES.c.device_id == _DEVICE, _SCOPES.c.dropped_at.is_not(None), _SCOPES.c.confirmed_at.is_(None))
    .values(confirmed_at=_moment("at"))
)
