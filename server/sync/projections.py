"""Rows as devices read them: the current row at pull time, projected for the kind of device that asks."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import msgspec
import sqlalchemy as sa

from contract import wire
from contract.attendance import PunchRow
from contract.moments import to_ms
from contract.people import PersonRow
from contract.postings import PostingRow
from contract.stores import StoreRow
from contract.sync import OpResult
from server.attendance.model import Punch
from server.attendance.queries import row_of
from server.kernel.db import table_of
from server.kernel.ledger import OpLog
from server.kernel.perform import DeviceFacts
from server.org.model import Post
from server.people.model import Person
from server.postings.model import Arrival, Posting
from server.stores.model import Partner, Store
from server.sync import (
    announcement_rows,
    approvals_rows,
    arrival_rows,
    correction_rows,
    course_rows,
    cycle_rows,
    day_rows,
    directory_rows,
    growth_rows,
    inbox_rows,
    leave_rows,
    look_rows,
    manager_rows,
    market_rows,
    proof_rows,
    roster_rows,
    score_rows,
    scoring_rows,
    shift_rows,
    statement_rows,
    ticket_rows,
    training_rows,
    voice_rows,
)
from server.sync.registry import PROJECTIONS, Bodies, projects

_IDS = sa.bindparam("ids", expanding=True)
_person, _store, _partner, _posting = table_of(Person), table_of(Store), table_of(Partner), table_of(Posting)
_punch, _op, _arrival, _post = table_of(Punch), table_of(OpLog), table_of(Arrival), table_of(Post)


def _people(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    c, manager = _person.c, _person.alias("manager")
    rows = connection.execute(
        sa.select(c.id, c.number, c.name, c.home_org, c.active, c.pin_verifier, manager.c.name.label("home_manager"))
        .outerjoin(manager, manager.c.id == c.home_manager_id)
        .where(c.id.in_(_IDS)),
        {"ids": ids},
    )
    # the PIN's verifier goes to shared tablets, and to the person's own phone, never to another person's
    return {
        r.id: wire.encode(
            PersonRow(
                id=r.id, number=r.number, name=r.name, home_org=r.home_org, active=r.active,
                has_pin=r.pin_verifier is not None,
                pin=r.pin_verifier if device.kind == "kiosk" or device.person_id == r.id else None,
                home_manager=r.home_manager,
            )
        )
        for r in rows
    }  # fmt: skip


def _stores(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    rows = connection.execute(
        sa.select(_store, _partner.c.name.label("partner")).join(_partner).where(_store.c.id.in_(_IDS)), {"ids": ids}
    )
    return {
        r.id: wire.encode(
            StoreRow(
                id=r.id, number=r.number, name=r.name, partner=r.partner, zone=r.zone,
                day_turns_at_min=r.day_turns_at_min, city=r.city, address=r.address, lat_e7=r.lat_e7, lng_e7=r.lng_e7,
                radius_m=r.radius_m, points=[(p[0], p[1]) for p in r.points] if r.points else None,
                datum_entered=r.datum_entered, has_kiosk=r.has_kiosk,
            )
        )
        for r in rows
    }  # fmt: skip


def _postings(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    c = _posting.c
    home, host = _person.alias("home_manager"), _person.alias("host_manager")
    rows = connection.execute(
        sa.select(
            c.id, c.person_id, c.store_id, c.post_id, c.starts_on, c.ends_on, c.starts_at, c.ends_at,
            _store.c.name.label("store_name"), _person.c.home_org, _post.c.name_zh.label("post_zh"),
            _post.c.name_en.label("post_en"), home.c.name.label("home_manager"), host.c.name.label("host_manager"),
        )
        .join(_store, _store.c.id == c.store_id)
        .join(_person, _person.c.id == c.person_id)
        .outerjoin(_post, _post.c.id == c.post_id)
        .outerjoin(_arrival, _arrival.c.id == c.id)
        .outerjoin(home, home.c.id == _arrival.c.home_manager_id)
        .outerjoin(host, host.c.id == _arrival.c.host_manager_id)
        .where(c.id.in_(_IDS)),
        {"ids": ids},
    )
    return {
        r.id: wire.encode(
            PostingRow(
                id=r.id, person_id=r.person_id, store_id=r.store_id, store_name=r.store_name, home_org=r.home_org,
                starts_on=r.starts_on.isoformat(), ends_on=r.ends_on.isoformat() if r.ends_on else None,
                starts_ms=to_ms(r.starts_at), ends_ms=to_ms(r.ends_at) if r.ends_at else None,
                home_manager=r.home_manager, host_manager=r.host_manager, post_zh=r.post_zh, post_en=r.post_en,
                post_id=r.post_id,
            )
        )
        for r in rows
    } | market_rows.lent_days(connection, ids)  # fmt: skip


_SELECT_PUNCH = sa.select(
    *(column for column in _punch.c if column.key not in ("note", "photo", "hardware", "wall_ms", "p_inside_pm"))
).where(_punch.c.id.in_(_IDS))


def _punches(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    rows = connection.execute(_SELECT_PUNCH, {"ids": ids})
    return {r.id: wire.encode(_lean(row_of(r), device.device_id, device.kind)) for r in rows}


def _results(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    c = _op.c
    rows = connection.execute(
        sa.select(c.op_id, c.seq, c.status, c.code, c.facts, c.trace).where(
            c.op_id.in_(_IDS), c.device_id == device.device_id
        ),
        {"ids": ids},
    )
    return {r.op_id: result_body(r, r) for r in rows}


def result_body(entry: Any, outcome: Any) -> bytes:
    """How an operation ended: out of its stored row, or of what has just been performed."""
    return wire.encode(
        OpResult(
            op=entry.op_id, seq=entry.seq, status=outcome.status, code=outcome.code, facts=outcome.facts or {},
            trace=outcome.trace,
        )
    )  # fmt: skip


def _lean(row: PunchRow, device_id: str, device_kind: str) -> PunchRow:
    """What a person needs on a small screen over a thin line; on a shared tablet nothing that is only its owner's business."""
    green, exact = row.verdict == "green", row.grade == "exact"
    lean = msgspec.structs.replace(
        row,
        id="",
        low_ms=None if exact else row.low_ms,
        high_ms=None if exact else row.high_ms,
        received_ms=None,
        device_id=None if row.device_id == device_id else row.device_id,
        reasons=[{"code": reason["code"]} for reason in row.reasons] if green else row.reasons,
    )
    if device_kind == "phone":
        return lean
    return msgspec.structs.replace(lean, distance_m=None, accuracy_m=None, score_db=0, reasons=[], decision_reason=None)


def punch_body(values: dict[str, Any]) -> bytes:
    """A punch that has just been born, as the device that made it reads it."""
    undecided = {"decided_taken_at": None, "decided_kind": None, "decision_reason": None}
    kind = "kiosk" if values["by_kiosk"] else "phone"
    return wire.encode(_lean(row_of(SimpleNamespace(**undecided, **values)), values["device_id"], kind))


for _entity, _projection in {
    "person": _people, "store": _stores, "posting": _postings, "punch": _punches, "op": _results,
}.items():  # fmt: skip
    projects(_entity)(_projection)
# each area's file enters its own
assert announcement_rows and approvals_rows and arrival_rows and correction_rows and course_rows and day_rows
assert cycle_rows and directory_rows and inbox_rows
assert growth_rows and leave_rows and look_rows and training_rows and voice_rows
assert manager_rows and proof_rows and roster_rows and score_rows and scoring_rows
assert shift_rows and statement_rows and ticket_rows


def bodies(connection: sa.Connection, wanted: dict[str, set[str]], device: DeviceFacts) -> dict[tuple[str, str], bytes]:
    """The current rows of several entities: one statement for each entity. What is not there any more is absent."""
    found: dict[tuple[str, str], bytes] = {}
    for entity, ids in wanted.items():
        for pk, body in PROJECTIONS[entity](connection, sorted(ids), device).items():
            found[entity, pk] = body
    return found
