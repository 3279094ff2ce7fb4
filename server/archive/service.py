"""What is written into the archive. Values arrive sealed; they are opened here to be judged, and kept as they came."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from contract.archive import AddDocument, MakeKey, RecordBasics, RecordContract, RecordInsurance, WithdrawDocument
from server.archive import completeness, erasure, forget, looks, reminders, rules
from server.archive.model import ArchiveState, Basics, Contract, Document, Insurance, PersonKey
from server.kernel import sealed
from server.kernel.actors import Permission
from server.kernel.events import reacts_to
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.people.events import PersonLeft
from server.people.model import Person

assert erasure and forget and looks  # importing them registers their operations
FIELDS_OF = {
    "basics": frozenset({"born_on", "gender", "id_number", "address", "emergency_name", "emergency_phone"}),
    "contract": frozenset({"pay_fen"}),
    "insurance": frozenset({"account", "base_fen"}),
}


@handles(MakeKey, needs=Permission.MANAGE_ARCHIVE)
def make_key(work: Work, op: MakeKey) -> None:
    """Performed by the server itself, before the first value of a person is sealed."""
    if not work.actor.is_system:
        raise Problem("access.not_allowed", needs="system")
    work.find(Person, op.person_id, "people.unknown")
    known = work.session.get(PersonKey, op.person_id)
    if known is not None and known.wrapped_key is None:
        raise Problem("privacy.erased", id=op.person_id)
    if known is None:
        wrapped = sealed.new_wrapped_key(work.secret, op.person_id)
        work.add(PersonKey(person_id=op.person_id, wrapped_key=wrapped, made_at=work.now))


def _opened(work: Work, person_id: str, group: str, values: Mapping[Any, str]) -> dict[str, str]:
    """What was sealed, opened for judging. Refused where it is not sealed under this person's key and name."""
    if unknown := values.keys() - FIELDS_OF[group]:
        raise Problem("wire.unknown_field", field=f"sealed.{min(unknown)}")
    # nobody's reach covers keys: opening a value to judge it is the system's own business
    with whole(work.session) as everything:
        row = everything.get(PersonKey, person_id)
        wrapped = row.wrapped_key if row is not None else None
        if row is not None and wrapped is None:
            raise Problem("privacy.erased", id=person_id)
    if wrapped is None:
        if values:
            raise Problem("archive.not_sealed", field="sealed")
        return {}
    try:
        key = sealed.unwrapped(work.secret, person_id, wrapped)
        return {name: sealed.unseal(key, person_id, name, text) for name, text in values.items()}
    except sealed.Unreadable as bad:
        raise Problem("archive.not_sealed", field=f"sealed.{bad}") from None


def _must_say_why(changed: bool, reason: str) -> None:
    if changed and not reason.strip():
        raise Problem("archive.reason_needed", field="reason")


def _merged(before: dict[str, str], given: Any, cleared: list[str] | None = None) -> dict[str, str]:
    merged = {**before, **given}
    return {name: text for name, text in merged.items() if name not in (cleared or [])}


def day_of(text: str | None, field: str) -> date | None:
    """A calendar day as written. Raises Problem for one that no calendar has."""
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise Problem("wire.out_of_range", field=field, want="a day of the calendar") from None


@handles(RecordBasics, needs=Permission.MANAGE_ARCHIVE)
def record_basics(work: Work, op: RecordBasics) -> None:
    work.find(Person, op.person_id, "people.unknown")
    row: Basics | None = work.session.get(Basics, op.person_id)
    before: dict[str, str] = row.sealed if row is not None else {}
    past = _opened(work, op.person_id, "basics", before)
    given = _opened(work, op.person_id, "basics", op.sealed)
    values = {name: text for name, text in {**past, **given}.items() if name not in op.cleared}
    id_kind = op.id_kind or (row.id_kind if row is not None else None)
    kind_moves = row is not None and row.id_kind is not None and id_kind != row.id_kind
    _must_say_why(kind_moves or any(past[name] != values.get(name) for name in past), op.reason)
    born_on = day_of(values.get("born_on"), "born_on")
    if born_on is not None and not date(1900, 1, 1) <= born_on <= work.now.date():
        raise Problem("archive.birth_day_impossible", field="born_on")
    if values.get("gender", "other") not in ("female", "male", "other"):
        raise Problem("wire.not_a_choice", field="gender", got="")
    fingerprint = None
    if number := values.get("id_number"):
        if id_kind is None:
            raise Problem("wire.missing", field="id_kind")
        wrong = rules.wrong_id_number(
            id_kind, number, today=work.now.date(), born_on=born_on, gender=values.get("gender")
        )
        if wrong is not None:
            raise Problem(wrong, field="id_number")
        fingerprint = sealed.fingerprint(work.secret, id_kind, number)
        _must_be_one_person(work, op.person_id, fingerprint)
    kept = _merged(before, op.sealed, op.cleared)
    if row is None:
        row = work.add(Basics(person_id=op.person_id, sealed={}, recorded_at=work.now, reason=""))
    row.id_kind, row.id_fingerprint, row.sealed = id_kind, fingerprint, kept
    row.recorded_at, row.reason = work.now, op.reason
    completeness.note(work, op.person_id)


def _must_be_one_person(work: Work, person_id: str, fingerprint: str) -> None:
    # the other record may be out of the writer's reach; that there is one must be said all the same
    with whole(work.session) as everything:
        other = everything.scalars(
            sa.select(Basics.person_id).where(Basics.id_fingerprint == fingerprint, Basics.person_id != person_id)
        ).first()
    if other is not None:
        raise Problem("archive.id_number_taken", field="id_number", id=other)


@handles(RecordContract, needs=Permission.MANAGE_ARCHIVE)
def record_contract(work: Work, op: RecordContract) -> None:
    work.find(Person, op.person_id, "people.unknown")
    row: Contract | None = work.session.get(Contract, op.contract_id)
    if row is not None and row.person_id != op.person_id:
        raise Problem("operation.already_exists", field="contract_id", id=op.contract_id)
    from_day, until = day_of(op.from_day, "from_day"), day_of(op.until, "until")
    assert from_day is not None
    if until is not None and until <= from_day:
        raise Problem("archive.ends_before_start", field="until")
    given = _opened(work, op.person_id, "contract", op.sealed)
    if not given.get("pay_fen", "0").isdigit():
        raise Problem("wire.wrong_type", field="pay_fen", want="int", got="str")
    _must_say_why(row is not None, op.reason)
    if row is None:
        row = work.add(Contract(id=op.contract_id, person_id=op.person_id, sealed={}))
    row.kind, row.from_day, row.until, row.sealed = op.kind, from_day, until, _merged(row.sealed, op.sealed)
    row.recorded_at, row.reason = work.now, op.reason
    completeness.note(work, op.person_id)
    reminders.settle(work, op.person_id)


@handles(RecordInsurance, needs=Permission.MANAGE_ARCHIVE)
def record_insurance(work: Work, op: RecordInsurance) -> None:
    work.find(Person, op.person_id, "people.unknown")
    row: Insurance | None = work.session.get(Insurance, op.insurance_id)
    if row is not None and row.person_id != op.person_id:
        raise Problem("operation.already_exists", field="insurance_id", id=op.insurance_id)
    given = _opened(work, op.person_id, "insurance", op.sealed)
    if not given.get("base_fen", "0").isdigit():
        raise Problem("wire.wrong_type", field="base_fen", want="int", got="str")
    _must_say_why(row is not None, op.reason)
    if row is None:
        row = work.add(Insurance(id=op.insurance_id, person_id=op.person_id, sealed={}))
    from_day = day_of(op.from_day, "from_day")
    assert from_day is not None
    row.city, row.from_day, row.sealed = op.city, from_day, _merged(row.sealed, op.sealed)
    row.recorded_at, row.reason = work.now, op.reason
    completeness.note(work, op.person_id)


@handles(AddDocument, needs=Permission.MANAGE_ARCHIVE)
def add_document(work: Work, op: AddDocument) -> None:
    work.find(Person, op.person_id, "people.unknown")
    _opened(work, op.person_id, "basics", {})
    if work.session.get(Document, op.document_id) is not None:
        raise Problem("operation.already_exists", field="document_id", id=op.document_id)
    issued_on, expires_on = day_of(op.issued_on, "issued_on"), day_of(op.expires_on, "expires_on")
    if issued_on is not None and expires_on is not None and expires_on <= issued_on:
        raise Problem("archive.ends_before_start", field="expires_on")
    work.add(
        Document(
            id=op.document_id, person_id=op.person_id, kind=op.kind, title=op.title, media=op.media, sha256=op.sha256,
            size=op.size, issued_on=issued_on, expires_on=expires_on, added_at=work.now,
        )
    )  # fmt: skip
    completeness.note(work, op.person_id)


@handles(WithdrawDocument, needs=Permission.MANAGE_ARCHIVE)
def withdraw_document(work: Work, op: WithdrawDocument) -> None:
    document: Document = work.find(Document, op.document_id, "archive.document_unknown")
    if document.withdrawn_at is not None:
        raise Problem("archive.document_withdrawn", id=op.document_id)
    document.withdrawn_at, document.withdrawn_because = work.now, op.reason
    completeness.note(work, document.person_id)


@reacts_to(PersonLeft)
def remember_when(work: Work, event: PersonLeft) -> None:
    """From that moment the waiting time of an erasure counts."""
    with work.with_system_reach() as everything:
        state = everything.get(ArchiveState, event.person_id)
        if state is None:
            state = completeness.state_of(everything, event.person_id, work.now)
            everything.add(state)
        state.left_at = work.now
