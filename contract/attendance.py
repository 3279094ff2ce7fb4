"""Attendance on the wire: the punch and its review."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.geo import Fix
from contract.limits import Id, Millis, Note, Reason, Sha256Hex
from contract.wire import Wire, operation

PunchKind = Literal["in", "out"]


class KioskProof(Wire, frozen=True, kw_only=True):
    """How a shared tablet knew the person: by PIN, perhaps with a photo."""

    pin: bool
    photo: bool = False


@operation("attendance.clock_in/1", evidence_fields=("fix", "code", "kiosk", "photo", "note"))
class ClockIn(Wire, frozen=True, kw_only=True):
    """ "I came" or "I left", at a store. Its id is the operation's `ent`, its time the operation's `at`.

    There is no field for a verdict: what a punch is worth is computed by the server alone.
    """

    store_id: Id
    kind: PunchKind
    fix: Fix | None = None
    code: Annotated[str, Meta(max_length=120)] | None = None
    kiosk: KioskProof | None = None
    photo: Sha256Hex | None = None
    note: Note | None = None


@operation("attendance.add_proof/1", evidence_fields=("fix", "code"))
class AddProof(Wire, frozen=True, kw_only=True):
    """One more proof for a punch that asked for it: the store code, or a better fix. The punch itself stays as it was made."""

    punch_id: Id
    fix: Fix | None = None
    code: Annotated[str, Meta(max_length=120)] | None = None


@operation("attendance.review_punch/1")
class ReviewPunch(Wire, frozen=True, kw_only=True):
    """A manager's decision on a punch: it stands, it stands with another time, or it does not count.

    The punch as it was made is kept; the decision is a second fact beside it.
    """

    punch_id: Id
    decision: Literal["accept", "correct", "reject"]
    corrected_ms: Millis | None = None
    corrected_kind: PunchKind | None = None
    reason: Reason


class PunchRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A punch as devices and the API read it; what is null, empty or false is absent.

    Devices get it leaner (server/sync/projections.py). A phone: the interval only where the time is not exact, of a green
    punch's reasons only the codes, and not when it was received. A kiosk, which is shared: nothing about the position
    but the place's verdict, no score and no reasons either. `device_id` is absent
    where it is the reading device itself, and `id` is the row's key.
    """

    id: str = ""
    person_id: str
    store_id: str
    kind: str
    taken_ms: int
    low_ms: int | None = None
    high_ms: int | None = None
    grade: str
    received_ms: int | None = None
    business_date: str
    place: str
    distance_m: int | None = None
    accuracy_m: int | None = None
    verdict: str
    score_db: int = 0
    reasons: list[dict[str, object]] = []
    state: str
    decided_ms: int | None = None
    decided_kind: str | None = None
    decision_reason: str | None = None
    by_kiosk: bool = False
    device_id: str | None = None


class ReviewRow(Wire, frozen=True, kw_only=True):
    """One decision on a punch."""

    id: str
    decision: str
    corrected_ms: int | None
    corrected_kind: str | None
    reason: str
    decided_by: str | None
    decided_ms: int


class PunchLine(Wire, frozen=True, kw_only=True):
    """A punch in a list, with the names people know."""

    punch: PunchRow
    person_name: str
    store_name: str


class PunchPage(Wire, frozen=True, kw_only=True):
    """Punches, newest first; `next_after` asks for the next page."""

    punches: list[PunchLine]
    next_after: str | None = None
