"""What is done to devices: a code is issued, a device enrols with it, is renamed, is revoked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta

import sqlalchemy as sa

from contract.devices import IssueCode, IssuedCode, RenameDevice, Revoke
from contract.moments import to_ms
from contract.sealing import CHAIN_START, anchor_id, b64, enrol_text, is_signed, unb64
from contract.sync import Enrol, Enrolled
from server.devices.model import Device, DeviceChain, EnrolCode
from server.kernel.actors import Permission
from server.kernel.feed import SyncFeed
from server.kernel.keys import server_signer
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.people.model import Person
from server.stores.model import Store


def code_hash(code: str) -> str:
    """Codes are compared without their hyphens, and stored only as this."""
    return hashlib.sha256(code.replace("-", "").encode()).hexdigest()


def code_of(secret: bytes, code_id: str) -> str:
    """The enrolment code that belongs to an id: 12 characters of base32, 60 bits, in three groups of four. Never stored."""
    mac = hmac.digest(secret, b"enrol-code|" + code_id.encode(), hashlib.sha256)
    text = base64.b32encode(mac)[:12].decode()
    return "-".join((text[:4], text[4:8], text[8:]))


def _issued(work: Work, op: IssueCode) -> IssuedCode:
    row = work.session.get(EnrolCode, op.code_id)
    code = code_of(work.secret, op.code_id)
    return IssuedCode(code=code, qr=f"OUTPOST1:{code}", expires_ms=to_ms(row.expires_at) if row is not None else 0)


@handles(IssueCode, needs=Permission.ENROL_DEVICES, again=_issued)
def issue_code(work: Work, op: IssueCode) -> IssuedCode:
    if (op.kind == "phone") != (op.person_id is not None):
        raise Problem("wire.missing", field="person_id")
    if (op.kind == "kiosk") != (op.store_id is not None):
        raise Problem("wire.missing", field="store_id")
    if op.person_id is not None and not work.find(Person, op.person_id, "people.unknown").active:
        raise Problem("people.unknown", id=op.person_id)
    if op.store_id is not None:
        work.find(Store, op.store_id, "stores.unknown")
    work.add(
        EnrolCode(
            id=op.code_id,
            code_hash=code_hash(code_of(work.secret, op.code_id)),
            kind=op.kind,
            person_id=op.person_id,
            store_id=op.store_id,
            issued_at=work.now,
            expires_at=work.now + timedelta(minutes=op.valid_min),
        )
    )
    work.session.flush()
    return _issued(work, op)


def _enrolled(work: Work, op: Enrol) -> Enrolled:
    device = work.find(Device, op.device_id, "device.unknown")
    person = work.session.get(Person, device.person_id) if device.person_id else None
    store = work.session.get(Store, device.store_id) if device.store_id else None
    feed = work.session.get(SyncFeed, 1)
    now_ms = to_ms(work.now)
    return Enrolled(
        device_id=device.id,
        kind=device.kind,
        person_id=device.person_id,
        person_name=person.name if person else None,
        store_id=device.store_id,
        store_name=store.name if store else None,
        company="",
        epoch=feed.epoch if feed is not None else "",
        server_key=b64(server_signer(work.secret).public),
        server_ms=now_ms,
        anchor=anchor_id(work.secret, device.id, now_ms),
        code_key=b64(device.code_key) if device.code_key else None,
    )


@handles(Enrol, needs=Permission.ENROL_DEVICES, again=_enrolled)
def enrol(work: Work, op: Enrol) -> Enrolled:
    """A new device. The same code and key again gives the same device; another key with a used code is refused."""
    code = work.session.scalars(sa.select(EnrolCode).where(EnrolCode.code_hash == code_hash(op.code))).one_or_none()
    if code is None:
        raise Problem("device.code_unknown", field="code")
    public = _public_key(op.public)
    if not is_signed(public, enrol_text(op.code, op.device_id, public), op.proof):
        raise Problem("device.key_not_proven", field="proof")
    if code.used_by is not None:
        raise Problem("device.code_used", field="code")
    if code.expires_at < work.now:
        raise Problem("device.code_expired", field="code")
    if work.session.get(Device, op.device_id) is not None:
        raise Problem("operation.already_exists", field="device_id")
    code.used_by, code.used_at = op.device_id, work.now
    work.add(
        Device(
            id=op.device_id,
            kind=code.kind,
            label=op.label or op.hardware[:40],
            person_id=code.person_id,
            store_id=code.store_id,
            alg=op.alg,
            public=public,
            code_key=secrets.token_bytes(32) if code.kind == "kiosk" else None,
            hardware=op.hardware,
            enrolled_at=work.now,
            enrolled_with=code.id,
            app=op.app,
        )
    )
    work.session.flush()
    work.add(
        DeviceChain(device_id=op.device_id, head_seq=0, head_hash=CHAIN_START, reported_head=0, reported_at=work.now)
    )
    if code.store_id is not None:
        work.find(Store, code.store_id, "stores.unknown").has_kiosk = True
    work.session.flush()
    return _enrolled(work, op)


def _public_key(text: str) -> bytes:
    try:
        public = unb64(text)
    except ValueError:
        raise Problem("wire.wrong_type", field="public", want="base64", got="text") from None
    if len(public) != 32:
        raise Problem("wire.out_of_range", field="public", want="32 bytes")
    return public


@handles(Revoke, needs=Permission.REVOKE_DEVICES)
def revoke(work: Work, op: Revoke) -> None:
    device = work.find(Device, op.device_id, "device.unknown")
    if device.revoked_at is not None:
        raise Problem("device.already_revoked", id=device.id)
    device.revoked_at, device.revoked_because = work.now, op.reason
    if device.store_id is not None:
        others = sa.select(Device.id).where(
            Device.store_id == device.store_id, Device.id != device.id, Device.revoked_at.is_(None)
        )
        store = work.find(Store, device.store_id, "stores.unknown")
        store.has_kiosk = work.session.execute(others).first() is not None


@handles(RenameDevice, needs=Permission.ENROL_DEVICES)
def rename(work: Work, op: RenameDevice) -> None:
    work.find(Device, op.device_id, "device.unknown").label = op.label
