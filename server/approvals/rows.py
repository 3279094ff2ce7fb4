"""Requests with their whole trail, built from a few statements for many of them. Which ones somebody may read is decided before:
by the session's scope for the API, by the sync scopes for devices."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contract.approvals import FlowRow, FormField, RequestRow, StepRow, StepRule, TrailNote
from contract.moments import to_ms
from contract.wire import convert
from server.approvals.model import Flow, FlowVersion, Request, RequestNote, RequestStep, Signature
from server.kernel.db import table_of
from server.people.model import Person

_request, _step, _signature = table_of(Request), table_of(RequestStep), table_of(Signature)
_note, _flow, _version, _person = table_of(RequestNote), table_of(Flow), table_of(FlowVersion), table_of(Person)
# what a store's shared tablet shows of a form: where, when and as what, never why
_AT_A_DESK = frozenset({"store", "post", "date", "half_day", "person"})
_WHEN_OR_AS_WHAT = frozenset({("kind", "choice"), ("minutes", "number")})  # of a missed punch and of overtime, by key and kind
_CLOCK = 5  # letters of "09:00"


def flow_rows(connection: sa.Connection, ids: Sequence[str] | None = None) -> dict[str, FlowRow]:
    """The kinds of requests by the id of their row, each with the version in force; all without `ids`."""
    asked = sa.select(_version, _flow.c.id.label("of"), _flow.c.retired_at).join(_flow, _flow.c.version_id == _version.c.id)
    if ids is not None:
        asked = asked.where(_flow.c.id.in_(ids))
    return {row.of: _flow_row(row, row.retired_at) for row in connection.execute(asked.order_by(_version.c.kind))}


def version_rows(connection: sa.Connection, kind: str) -> list[FlowRow]:
    """Every version of a kind, the newest first. `retired`: no longer the one for new requests."""
    asked = (
        sa.select(_version, _flow.c.version_id.label("current"), _flow.c.retired_at)
        .join(_flow, _flow.c.kind == _version.c.kind)
        .where(_version.c.kind == kind)
        .order_by(_version.c.version.desc())
    )
    rows = connection.execute(asked).all()
    return [_flow_row(row, row.retired_at if row.id == row.current else row.published_at) for row in rows]


def _flow_row(row: Any, retired_at: datetime | None) -> FlowRow:
    return FlowRow(
        id=row.id, kind=row.kind, version=row.version, name_zh=row.name_zh, name_en=row.name_en,
        fields=convert(row.fields, list[FormField]), steps=convert(row.steps, list[StepRule]), from_phone=row.from_phone,
        urgent=row.urgent, retired=retired_at is not None,
    )  # fmt: skip


def photos_at_desk(fields: Sequence[FormField]) -> bool:
    """Whether a store's shared tablet may show the photos of such a form to whoever decides at it. A photo with a request for
    leave may be a doctor's word: never."""
    return all(field.kind != "leave_kind" for field in fields)


def request_rows(
    connection: sa.Connection, ids: Collection[str], *, at_a_desk: bool = False, desk_id: str | None = None
) -> dict[str, RequestRow]:
    """Requests by id. `at_a_desk`: as a store's shared tablet shows them, without what is only the applicant's business.
    `desk_id`: the store of the tablet that asks; while a step waits there, photos are named."""
    wanted = list(ids)
    if not wanted:
        return {}
    requests = connection.execute(sa.select(_request).where(_request.c.id.in_(wanted))).all()
    steps = connection.execute(
        sa.select(_step).where(_step.c.request_id.in_(wanted)).order_by(_step.c.turn, _step.c.key)
    ).all()  # fmt: skip
    signed = connection.execute(
        sa.select(_signature).where(_signature.c.request_id.in_(wanted)).order_by(_signature.c.signed_at, _signature.c.id)
    ).all()
    notes = connection.execute(
        sa.select(_note).where(_note.c.request_id.in_(wanted)).order_by(_note.c.noted_at, _note.c.id)
    ).all()  # fmt: skip
    versions = connection.execute(sa.select(_version).where(_version.c.id.in_({row.flow_id for row in requests}))).all()
    flows = {row.id: row for row in versions}
    known = _names(connection, requests, steps, signed)
    keys = {step.id: step.key for step in steps}
    signatures = _grouped(signed, "step_id")
    of_step, of_note = _grouped(steps, "request_id"), _grouped(notes, "request_id")
    fields = {version.id: convert(version.fields, list[FormField]) for version in versions}
    found = {}
    for row in requests:
        way = [_step_row(step, row.state, signatures.get(step.id, []), known) for step in of_step.get(row.id, [])]
        trail = [_note_row(one, keys) for one in of_note.get(row.id, [])]
        is_asked = desk_id is not None and any(step.state == "open" and step.desk_id == desk_id for step in way)
        named = is_asked and photos_at_desk(fields[row.flow_id])
        open_fields = [one for one in fields[row.flow_id] if _open_at_desk(one) or (named and one.kind == "photo")]
        shown = open_fields if at_a_desk else fields[row.flow_id]
        found[row.id] = _row(row, flows[row.flow_id], shown, way, [] if at_a_desk else trail, known)
    return found


def _open_at_desk(field: FormField) -> bool:
    """Nobody can decide about a missed punch without its time: a text that is a clock's is "when"."""
    is_clock = field.kind == "text" and field.least == field.most == _CLOCK
    return field.kind in _AT_A_DESK or is_clock or (field.key, field.kind) in _WHEN_OR_AS_WHAT


def _grouped(rows: Sequence[Any], column: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return found


def _names(connection: sa.Connection, requests: Sequence[Any], steps: Sequence[Any], signed: Sequence[Any]) -> dict[str, str]:
    people = {person for row in requests for person in (row.person_id, row.applicant_id)}
    for step in steps:
        people.update(step.deciders, (pair[0] for pair in step.stand_ins))
        people.update(person for person in (step.decided_by, step.for_id) if person is not None)
    people.update(row.signer_id for row in signed)
    return names(connection, people)


def names(connection: sa.Connection, people: Collection[str]) -> dict[str, str]:
    """Names by id, for readers who were found to concern themselves with these people."""
    found = connection.execute(sa.select(_person.c.id, _person.c.name).where(_person.c.id.in_(list(people))))
    return {row.id: row.name for row in found}


def _row(
    row: Any, flow: Any, fields: list[FormField], steps: list[StepRow], notes: list[TrailNote], known: Mapping[str, str],
) -> RequestRow:  # fmt: skip
    """`fields`: those that the reader is shown."""
    open_to_reader = {field.key for field in fields}
    return RequestRow(
        id=row.id, kind=row.kind, flow_id=row.flow_id, number=row.number, person_id=row.person_id,
        person_name=known.get(row.person_id, ""), applicant_id=row.applicant_id,
        applicant_name=known.get(row.applicant_id, ""), kind_zh=flow.name_zh, kind_en=flow.name_en, state=row.state,
        form={key: answer for key, answer in row.form.items() if key in open_to_reader},
        shown={key: said for key, said in row.shown.items() if key in open_to_reader},
        labels={field.key: (field.label_zh, field.label_en) for field in fields if field.key in open_to_reader},
        warnings=[code for code, _ in row.warnings], steps=steps, notes=notes, urgent=flow.urgent,
        submitted_ms=to_ms(row.submitted_at), ended_ms=_ms(row.ended_at), reason=row.reason,
    )  # fmt: skip


def _step_row(step: Any, request_state: str, signed: Sequence[Any], known: Mapping[str, str]) -> StepRow:
    # of a request that ended elsewhere, a step that was open never comes to its decision
    over = step.state == "open" and request_state != "running"
    may = [] if over else list(dict.fromkeys([*step.deciders, *(pair[0] for pair in step.stand_ins)]))
    return StepRow(
        id=step.id, key=step.key, order=step.turn, title_zh=step.title_zh, title_en=step.title_en,
        state="waiting" if over else step.state, deciders=[(person, known.get(person, "")) for person in may],
        opened_ms=_ms(step.opened_at), due_ms=_ms(step.due_at), decided_ms=_ms(step.decided_at),
        decided_by=known.get(step.decided_by) if step.decided_by is not None else None,
        for_whom=known.get(step.for_id) if step.for_id is not None else None, comment=step.comment,
        signatures=step.signatures,
        signed=[(known.get(one.signer_id, ""), to_ms(one.signed_at)) for one in signed] if step.signatures > 1 else [],
        desk_id=step.desk_id,
    )  # fmt: skip


def _note_row(row: Any, keys: Mapping[str, str]) -> TrailNote:
    return TrailNote(at_ms=to_ms(row.noted_at), code=row.code, step=keys.get(row.step_id), facts=row.facts)


def _ms(moment: datetime | None) -> int | None:
    return to_ms(moment) if moment is not None else None
