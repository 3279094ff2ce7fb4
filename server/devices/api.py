"""Devices over HTTP: enrolment by the device itself, and what HQ sees and does."""

from __future__ import annotations

import threading
import time
from typing import Annotated

from flask import Response, request
from flask_smorest import Blueprint
from msgspec import Meta
from sqlalchemy.orm import Session

from contract.devices import DeviceKind, DeviceRow, IssueCode, RenameDevice, Revoke
from contract.ids import derived_id
from contract.limits import Id, Short
from contract.sync import Enrol, Enrolled
from contract.wire import Wire, decode, encode
from server.devices import queries, service
from server.devices.service import code_hash
from server.kernel.actors import Actor, Permission
from server.kernel.http import body_bytes, declare, do, outcome_response, outpost, reads, writes
from server.kernel.problems import Problem
from server.kernel.schemas import schema_of

blueprint = Blueprint("devices", __name__, url_prefix="/api/v1", description="Phones and kiosks")
HANDLERS = service


class DeviceQuery(Wire, frozen=True, kw_only=True):
    """Filters of the device list; `after` is the last id of the page before."""

    kind: DeviceKind | None = None
    store_id: Id | None = None
    person_id: Id | None = None
    unit_id: Id | None = None
    search: Short = ""
    after: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 100


class DevicePage(Wire, frozen=True, kw_only=True):
    """Devices, newest first."""

    devices: list[DeviceRow]


@reads(blueprint, "/devices", needs=Permission.READ_DEVICES, answers=DevicePage, asks=DeviceQuery)
def list_devices(session: Session, asked: DeviceQuery) -> DevicePage:
    """Devices within reach, with what waits on them and what they still hold."""
    found = queries.devices(
        session, kind=asked.kind, store_id=asked.store_id, person_id=asked.person_id, unit_id=asked.unit_id,
        search=asked.search, after=asked.after, limit=asked.limit,
    )  # fmt: skip
    return DevicePage(devices=found)


writes(
    blueprint,
    {
        "/devices/codes": (IssueCode, Permission.ENROL_DEVICES),
        "/devices/revocations": (Revoke, Permission.REVOKE_DEVICES),
        "/devices/names": (RenameDevice, Permission.ENROL_DEVICES),
    },
)


class _Throttle:
    """At most `most` tries a minute and address: a code has 60 bits, but nobody needs to guess at all."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._tries: dict[str, list[float]] = {}

    def pass_or_refuse(self, address: str) -> None:
        now = time.monotonic()
        with self._lock:
            recent = [at for at in self._tries.get(address, ()) if now - at < 60.0]
            if len(recent) >= self._most:
                raise Problem("access.too_many_tries", retry_after_s=60)
            self._tries[address] = [*recent, now]
            if len(self._tries) > 10_000:
                self._tries = {address: self._tries[address]}

    def forget(self, address: str) -> None:
        with self._lock:
            self._tries.pop(address, None)


def _unknown_codes() -> _Throttle:
    """This server's count of tries; another server in the same process has its own."""
    found: _Throttle = outpost().notes.setdefault("enrolment tries", _Throttle(most=30))
    return found


declare("POST", "/api/v1/devices/enrol", "public", "the one-time code is the proof")


@blueprint.route("/devices/enrol", methods=["POST"])
@blueprint.doc(
    summary="A device enrols with the code HQ gave it",
    requestBody={"content": {"application/json": {"schema": schema_of(Enrol)}}, "required": True},
)
@blueprint.response(200, schema_of(Enrolled))
def enrol_device() -> Response:
    """Safe to repeat: the same code, device and key give the same answer."""
    address = request.remote_addr or "?"
    asked = decode(body_bytes(16_384), Enrol)
    op_id = derived_id("enrol", code_hash(asked.code), asked.device_id, asked.public, asked.proof)
    _unknown_codes().pass_or_refuse(address)
    outcome = do(Actor.system(), asked, op_id=op_id)
    if outcome.status != "rejected":
        _unknown_codes().forget(address)
        response = Response(encode({**outcome.answer, "company": outpost().settings.company}), mimetype="application/json")
        response.headers["Cache-Control"] = "no-store"
        return response
    return outcome_response(outcome)
