"""Privacy on the wire: looks as they are written down, operations that are forgotten, erasure by two people."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.archive import ChangeReason, LookKind
from contract.limits import BornId, Id, Reason
from contract.wire import Wire, operation


@operation("privacy.note_look/1")
class NoteLook(Wire, frozen=True, kw_only=True):
    """Somebody was just shown what is sensitive about others. Performed by the server itself, right after the answer was made.

    `about_id` is the record looked at (a punch, a document); one entry for each person it told of. `total` is the number of
    people in the whole answer, with the first part of it.
    """

    reader_id: Id
    role: Annotated[str, Meta(max_length=40)]
    what: LookKind
    person_ids: Annotated[list[Id], Meta(min_length=1, max_length=500)]
    about_id: Id | None = None
    fields: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(max_length=20)] = []
    why: ChangeReason = ""
    total: Annotated[int, Meta(ge=0)] = 0


@operation("privacy.forget_operations/1")
class ForgetOperations(Wire, frozen=True, kw_only=True):
    """The bytes of these operations are made empty, because of an erasure or because their time is over. The server itself
    performs it; it is the only change of what was taken in, and this operation is its record."""

    op_ids: Annotated[list[Id], Meta(min_length=1, max_length=500)]
    because: Literal["erasure", "retention"]
    erasure_id: Id | None = None


@operation("privacy.propose_erasure/1")
class ProposeErasure(Wire, frozen=True, kw_only=True):
    """Somebody who left shall be forgotten. It is done when another person confirms it, and the waiting time is over."""

    erasure_id: BornId
    person_id: Id
    reason: Reason


@operation("privacy.erase_person/1")
class ErasePerson(Wire, frozen=True, kw_only=True):
    """Confirms a proposed erasure: personal values are gone for good, counts and hours stay under a pseudonym."""

    erasure_id: Id


@operation("privacy.refuse_erasure/1")
class RefuseErasure(Wire, frozen=True, kw_only=True):
    """A proposed erasure is not done."""

    erasure_id: Id
    reason: Reason


class ErasureRow(Wire, frozen=True, kw_only=True):
    """A proposed erasure and how it stands. `from_ms`: when it may be done at the earliest."""

    id: str
    person_id: str
    name: str
    reason: str
    state: Literal["proposed", "done", "refused"]
    proposed_by: str
    proposed_ms: int
    from_ms: int
    decided_by: str | None
    decided_ms: int | None


class Erasures(Wire, frozen=True, kw_only=True):
    """Erasures, the newest first."""

    items: list[ErasureRow]
