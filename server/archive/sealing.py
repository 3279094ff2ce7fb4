"""From what people send to what is performed: values are sealed here, before there is an operation that could hold them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from contract.archive import (
    AddDocument,
    BasicsGiven,
    ContractGiven,
    InsuranceGiven,
    MakeKey,
    RecordBasics,
    RecordContract,
    RecordInsurance,
)
from contract.ids import derived_id
from server.archive.model import PersonKey
from server.archive.rules import settle_id_number
from server.kernel import sealed
from server.kernel.actors import Actor
from server.kernel.http import Outpost
from server.kernel.perform import perform, reading
from server.kernel.problems import Problem

_BASICS = ("born_on", "gender", "id_number", "address", "emergency_name", "emergency_phone")


def key_of(found: Outpost, person_id: str) -> bytes | None:
    """The person's key; None when they have none (nothing was ever sealed) or it is destroyed."""
    with reading(found.db, Actor.system()) as everything:
        row = everything.get(PersonKey, person_id)
        wrapped = row.wrapped_key if row is not None else None
    return sealed.unwrapped(found.settings.secret, person_id, wrapped) if wrapped is not None else None


def keys_of(found: Outpost, person_ids: Sequence[str]) -> dict[str, bytes]:
    """The keys of several people; who has none is not in it."""
    keys: dict[str, bytes] = {}
    with reading(found.db, Actor.system()) as everything:
        for start in range(0, len(person_ids), 500):
            part = sa.select(PersonKey).where(PersonKey.person_id.in_(person_ids[start : start + 500]))
            for row in everything.scalars(part.where(PersonKey.wrapped_key.is_not(None))):
                keys[row.person_id] = sealed.unwrapped(found.settings.secret, row.person_id, row.wrapped_key or b"")
    return keys


def key_for_writing(found: Outpost, person_id: str) -> bytes:
    """The person's key, made when there is none yet. Raises Problem where there is no such person, or they are erased."""
    key = key_of(found, person_id)
    if key is not None:
        return key
    made = perform(
        found.db, Actor.system(), MakeKey(person_id=person_id), op_id=derived_id("archive key", person_id),
        now=found.clock(), secret=found.settings.secret,
    )  # fmt: skip
    if made.status == "rejected" and made.code is not None:
        raise Problem(made.code, **made.facts)
    key = key_of(found, person_id)
    if key is None:
        raise Problem("privacy.erased", id=person_id)
    return key


def sealed_basics(found: Outpost, given: BasicsGiven, op_id: str) -> RecordBasics:
    """Basics as they are performed under this operation id. An empty text takes a field away."""
    values: dict[str, Any] = {name: getattr(given, name) for name in _BASICS}
    if values["id_number"]:
        values["id_number"] = settle_id_number(values["id_number"])
    return RecordBasics(
        person_id=given.person_id,
        id_kind=given.id_kind,
        sealed=_sealed(found, given.person_id, values, op_id),
        cleared=[name for name, value in values.items() if isinstance(value, str) and not value.strip()],
        reason=given.reason,
    )


def sealed_contract(found: Outpost, given: ContractGiven, op_id: str) -> RecordContract:
    """A contract as it is performed."""
    return RecordContract(
        contract_id=given.contract_id,
        person_id=given.person_id,
        kind=given.kind,
        from_day=given.from_day,
        until=given.until,
        sealed=_sealed(found, given.person_id, {"pay_fen": given.pay_fen}, op_id),
        reason=given.reason,
    )


def sealed_insurance(found: Outpost, given: InsuranceGiven, op_id: str) -> RecordInsurance:
    """Social insurance as it is performed."""
    return RecordInsurance(
        insurance_id=given.insurance_id,
        person_id=given.person_id,
        city=given.city,
        from_day=given.from_day,
        sealed=_sealed(found, given.person_id, {"account": given.account, "base_fen": given.base_fen}, op_id),
        reason=given.reason,
    )


def _sealed(found: Outpost, person_id: str, values: dict[str, Any], op_id: str) -> Any:
    texts = {name: str(value).strip() for name, value in values.items() if value is not None and str(value).strip()}
    key = key_for_writing(found, person_id)
    return {name: sealed.seal(key, person_id, name, text, op_id=op_id) for name, text in texts.items()}


def sealed_document(found: Outpost, values: dict[str, Any], content: bytes) -> tuple[AddDocument, bytes]:
    """A document as it is performed, and the sealed bytes to keep under its `sha256`."""
    from contract import wire

    person_id, document_id = values["person_id"], values["document_id"]
    key = key_for_writing(found, person_id)
    kept = sealed.seal_file(key, person_id, document_id, content)
    sha256 = hashlib.sha256(kept).hexdigest()
    return wire.convert({**values, "sha256": sha256, "size": len(content)}, AddDocument), kept
