"""Devices: enrolment codes, phones and kiosks with their chains, what each was last known to hold."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, Uuid, id_column, ref
from server.kernel.feed import is_reference
from server.kernel.scope import scoped
from server.kernel.sets import within


class EnrolCode(Base):
    """A one-time code for one phone or one kiosk. Only its hash is stored."""

    __tablename__ = "enrol_code"
    __table_args__ = (
        sa.CheckConstraint("kind in ('phone','kiosk')", name="kind_known"),
        sa.CheckConstraint("(kind = 'phone') = (person_id is not null)", name="phone_has_person"),
        sa.CheckConstraint("(kind = 'kiosk') = (store_id is not null)", name="kiosk_has_store"),
    )
    id: Mapped[str] = id_column()
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    person_id: Mapped[str | None] = ref("person.id")
    store_id: Mapped[str | None] = ref("store.id")
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_by: Mapped[str | None] = mapped_column(Uuid)
    used_at: Mapped[datetime | None]


class Device(Base):
    """A phone bound to a person or a kiosk bound to a store, with the head of its chain.

    `reported_head` is where its journal ended when it was last heard; nothing after that was done before then.
    """

    __tablename__ = "device"
    __table_args__ = (
        sa.CheckConstraint("kind in ('phone','kiosk')", name="kind_known"),
        sa.CheckConstraint("(kind = 'phone') = (person_id is not null)", name="phone_has_person"),
        sa.CheckConstraint("(kind = 'kiosk') = (store_id is not null)", name="kiosk_has_store"),
    )
    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(sa.String(10))
    label: Mapped[str] = mapped_column(sa.String(120))
    person_id: Mapped[str | None] = ref("person.id", index=True)
    store_id: Mapped[str | None] = ref("store.id", index=True)
    alg: Mapped[str] = mapped_column(sa.String(20))
    public: Mapped[bytes]
    code_key: Mapped[bytes | None]
    hardware: Mapped[str] = mapped_column(sa.String(128), index=True)
    enrolled_at: Mapped[datetime]
    enrolled_with: Mapped[str] = mapped_column(Uuid)
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str | None] = mapped_column(sa.String(500))
    wiped_at: Mapped[datetime | None]
    forked_at: Mapped[datetime | None]
    app: Mapped[str] = mapped_column(sa.String(120))


class DeviceChain(Base):
    """The part of a device that moves at every sync, apart from the part that judging reads again and again."""

    __tablename__ = "device_chain"
    __table_args__ = (sa.CheckConstraint("head_seq >= 0", name="head_counts_up"),)
    device_id: Mapped[str] = mapped_column(Uuid, sa.ForeignKey("device.id"), primary_key=True)
    head_seq: Mapped[int] = mapped_column(sa.BigInteger)
    head_hash: Mapped[bytes]
    head_at: Mapped[datetime | None]
    reported_head: Mapped[int] = mapped_column(sa.BigInteger)
    reported_at: Mapped[datetime | None]
    backed_seq: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    last_seen_at: Mapped[datetime | None]
    wall_off_ms: Mapped[int | None] = mapped_column(sa.BigInteger)
    wall_off_since: Mapped[datetime | None]  # the first of the exchanges that all found it off by the same


class DeviceHour(Base):
    """An hour in which a kiosk was heard of: its phones could have read its code then, so more proof may be asked."""

    __tablename__ = "device_hour"
    device_id: Mapped[str] = mapped_column(Uuid, sa.ForeignKey("device.id"), primary_key=True)
    hour: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)


class DeviceScope(Base):
    """What a device was given and has given back: a scope dropped but not yet confirmed is data still out there."""

    __tablename__ = "device_scope"
    device_id: Mapped[str] = mapped_column(Uuid, sa.ForeignKey("device.id"), primary_key=True)
    scope: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    granted_at: Mapped[datetime]
    dropped_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]


class CodeUse(Base):
    """A store code that was used: once per person and step."""

    __tablename__ = "code_use"
    __table_args__ = (sa.UniqueConstraint("device_id", "step", "person_id"),)
    id: Mapped[str] = id_column()
    device_id: Mapped[str] = mapped_column(Uuid, sa.ForeignKey("device.id"))
    step: Mapped[int] = mapped_column(sa.BigInteger)
    person_id: Mapped[str] = mapped_column(Uuid, sa.ForeignKey("person.id"))
    op_id: Mapped[str] = mapped_column(Uuid)


def _device_visible(actor: Actor) -> sa.ColumnElement[bool] | None:
    if actor.has_everywhere(Permission.READ_DEVICES) or actor.device_id is not None:
        return None
    return sa.or_(
        within(Device.store_id, actor.stores_for(Permission.READ_DEVICES)),
        Device.person_id == actor.person_id,
    )


def _device_covers(actor: Actor, row: Device) -> bool:
    if actor.has_everywhere(Permission.READ_DEVICES) or actor.device_id is not None:
        return True
    own = row.person_id is not None and row.person_id == actor.person_id
    return own or (row.store_id is not None and row.store_id in actor.stores_for(Permission.READ_DEVICES))


scoped(
    Device,
    visible=_device_visible,
    covers=_device_covers,
    writes=lambda a, row: (
        a.has_everywhere(Permission.ENROL_DEVICES)
        or a.has_everywhere(Permission.REVOKE_DEVICES)
        or a.device_id == row.id
    ),
)


def _with_its_device(model: type) -> None:
    """A row that follows its device: whoever sees the device sees it."""

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        of_device = _device_visible(actor)
        if of_device is None:
            return None
        return model.device_id.in_(sa.select(Device.id).where(of_device))  # type: ignore[attr-defined,no-any-return]

    def covers(actor: Actor, row: DeviceChain) -> bool:
        session = sa.inspect(row).session
        device = session.get(Device, row.device_id) if session is not None else None
        return device is not None and _device_covers(actor, device)

    scoped(model, visible=visible, covers=covers, writes=lambda a, row: a.device_id == row.device_id or a.is_system)


for _model in (DeviceChain, DeviceHour, DeviceScope):
    _with_its_device(_model)
scoped(
    CodeUse,
    visible=lambda a: None if a.device_id is not None or a.is_system else sa.false(),
    covers=lambda a, row: a.device_id is not None or a.is_system,
)
scoped(
    EnrolCode,
    visible=lambda a: None if a.has_everywhere(Permission.ENROL_DEVICES) or a.device_id is not None else sa.false(),
    covers=lambda a, row: a.has_everywhere(Permission.ENROL_DEVICES) or a.device_id is not None,
)
is_reference(Device)
