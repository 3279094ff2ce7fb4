"""Photos of requests for the devices of those who decide: named by a request that the device holds, written down as a look
before they leave.

A phone is given those of the requests that concern its person. A store's tablet is given them only while a step of the request
waits at its own desk, and only for somebody who may decide that step; what is asked of leave stays away from it (`at_a_desk`).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from PIL import Image

from contract.approvals import FormField
from contract.ids import is_id
from contract.wire import convert
from server.approvals.model import FlowVersion, Request, RequestPhoto, RequestStep
from server.approvals.rows import photos_at_desk
from server.archive.looks import note_look
from server.archive.model import Look
from server.feedback.photos import MOST_PIXELS
from server.kernel.actors import Actor
from server.kernel.db import table_of
from server.kernel.http import Outpost
from server.kernel.perform import DeviceFacts, reading
from server.people.model import Account
from server.people.queries import actor_of_account
from server.sync.blobs import BlobFolder

_photo, _request, _step = table_of(RequestPhoto), table_of(Request), table_of(RequestStep)
_flow, _look = table_of(FlowVersion), table_of(Look)
_MEDIA = {"JPEG": "image/jpeg", "PNG": "image/png"}


@dataclass(frozen=True)
class Named:
    """Whose request it is, and who is about to look at its photo."""

    request_id: str
    person_id: str
    reader_id: str


def named_for(
    connection: sa.Connection, device: DeviceFacts, scopes: set[str], sha256: str, by: str
) -> Named | None:
    """The request that names this photo and that the device may be shown it of; None where there is none. `by`: who sits at a
    tablet's desk, as it says."""
    asked = (
        sa.select(_request.c.id, _request.c.person_id, _request.c.scopes, _request.c.state, _flow.c.fields)
        .join(_photo, _photo.c.request_id == _request.c.id)
        .join(_flow, _flow.c.id == _request.c.flow_id)
        .where(_photo.c.photo == sha256)
        .order_by(_request.c.submitted_at.desc(), _request.c.id)
    )
    rows = connection.execute(asked).all()
    if device.kind == "phone":
        mine = f"private:{device.person_id}"
        held = (row for row in rows if mine in scopes and mine in row.scopes)
        return next((Named(row.id, row.person_id, device.person_id or "") for row in held), None)
    desk = f"desk:{device.store_id}"
    if desk not in scopes or not is_id(by):
        return None
    for row in rows:
        waits = row.state == "running" and desk in row.scopes
        if waits and photos_at_desk(convert(row.fields, list[FormField])) and _decides(connection, row.id, device, by):
            return Named(row.id, row.person_id, by)
    return None


def _decides(connection: sa.Connection, request_id: str, device: DeviceFacts, person_id: str) -> bool:
    """Whether a step of it waits at this tablet's desk for that person, or for whom they stand in."""
    asked = sa.select(_step.c.deciders, _step.c.stand_ins).where(
        _step.c.request_id == request_id, _step.c.state == "open", _step.c.desk_id == device.store_id
    )
    return any(
        person_id in row.deciders or any(pair[0] == person_id for pair in row.stand_ins) for row in connection.execute(asked)
    )


def picture(data_dir: Path, sha256: str) -> tuple[str, bytes] | None:
    """Its kind and bytes; None where it has not come, or is nothing that a device should be made to decode."""
    content = BlobFolder(data_dir / "blobs").read(sha256)
    if content is None:
        return None
    try:
        with Image.open(io.BytesIO(content), formats=list(_MEDIA)) as opened:
            width, height = opened.size
            kind = _MEDIA[opened.format or ""]
    except (OSError, SyntaxError, ValueError, KeyError, Image.DecompressionBombError):
        return None
    return (kind, content) if width * height <= MOST_PIXELS else None


def note(found: Outpost, device: DeviceFacts, named: Named, *, from_start: bool) -> None:
    """Write down who looks. A later piece belongs to the look of the first. Raises Problem where it cannot be written."""
    if not from_start and _is_noted(found, named):
        return
    with reading(found.db, Actor.system()) as session:
        opened = sa.select(Account).where(Account.person_id == named.reader_id, Account.disabled_at.is_(None))
        account = session.scalars(opened.order_by(Account.id).limit(1)).first()
        reader = actor_of_account(session, account, found.clock()) if account is not None else None
    note_look(
        found, reader or Actor.device(device.device_id, named.reader_id), "photo", [named.person_id], about_id=named.request_id
    )


def _is_noted(found: Outpost, named: Named) -> bool:
    asked = sa.select(_look.c.id).where(
        _look.c.reader_id == named.reader_id, _look.c.person_id == named.person_id, _look.c.what == "photo",
        _look.c.about_id == named.request_id,
    )  # fmt: skip
    with found.db.snapshot() as connection:
        return connection.execute(asked.limit(1)).first() is not None
