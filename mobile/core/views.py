"""What screens may know: frozen values that the core hands to view-models. Codes and numbers, never sentences or colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from contract.day_state import NowWord
from contract.moments import COMPANY_ZONE

Badge = Literal["never", "synced", "offline", "needs_you", "revoked"]
PunchState = Literal["kept", "with_hq", "backed_up"]


@dataclass(frozen=True)
class Enrolment:
    """Who this device is."""

    device_id: str
    kind: Literal["phone", "kiosk"]
    company: str
    server_url: str
    person_id: str | None
    person_name: str | None
    store_id: str | None
    store_name: str | None


@dataclass(frozen=True)
class Said:
    """A code and its facts, for `say(code, **facts)`."""

    code: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class StoreCard:
    """A store as shown to people."""

    store_id: str
    name: str
    partner: str
    zone: str
    address: str


@dataclass(frozen=True)
class PostingCard:
    """Where the person works and until when. `ends_on` is the last day, in the store's calendar."""

    store: StoreCard
    home_org: str
    starts_on: str
    last_day: str | None


@dataclass(frozen=True)
class PunchLine:
    """One punch as its owner sees it. `taken_at_ms` is the server's word once there is one, the device's best estimate before."""

    punch_id: str
    store_id: str
    store_name: str
    kind: Literal["in", "out"]
    taken_at_ms: int
    local_time: str
    business_date: str
    grade: Literal["exact", "bounded", "unverified"] | None
    state: PunchState
    status: str
    verdict: Literal["green", "ask", "review"] | None
    reasons: tuple[Said, ...]
    place: str
    distance_m: int | None
    accuracy_m: int | None
    proof: Literal["phone", "phone_code", "kiosk_pin"]
    decided: str | None = None


@dataclass(frozen=True)
class Preview:
    """What a punch would be worth now, by the same function the server uses. Never a promise."""

    place: Literal["inside", "uncertain", "outside", "no_fix"]
    accuracy_m: int | None
    distance_m: int | None
    p_inside_pm: int | None
    verdict: Literal["green", "ask", "review"]
    reasons: tuple[Said, ...]


@dataclass(frozen=True)
class Today:
    """The phone's start page. `zone`: by which clock it tells the time; the company's where no store is known."""

    person_name: str
    posting: PostingCard | None
    next_posting: PostingCard | None
    store_id: str | None
    proposed: Literal["in", "out"]
    punches: tuple[PunchLine, ...]
    locked: bool
    zone: str = COMPANY_ZONE


@dataclass(frozen=True)
class FloorPerson:
    """A person on the tablet's start page. `since` is the store's local HH:MM that goes with the word: when they came, left, or
    since when HQ was not heard. `shifts` are today's, as (from, to)."""

    person_id: str
    name: str
    number: str
    presence: NowWord
    since: str | None
    has_pin: bool
    proposed: Literal["in", "out"]
    shifts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Floor:
    """The tablet's start page."""

    store: StoreCard
    people: tuple[FloorPerson, ...]
    locked: bool


@dataclass(frozen=True)
class StoreCode:
    """The rotating code now shown: six digits, the QR's text, and how long it still lives."""

    digits: str
    qr: str
    left_s: float
    step_s: int


@dataclass(frozen=True)
class PinAnswer:
    """How a PIN was judged. After five wrong ones a minute's pause that doubles, until a manager's PIN ends it."""

    ok: bool
    tries_left: int
    locked_s: int


@dataclass(frozen=True)
class Kept:
    """A punch that is on disk. `extra`: the store's draw asks it for one more proof, here and now."""

    punch_id: str
    kind: Literal["in", "out"]
    local_time: str
    preview: Preview
    extra: bool = False


@dataclass(frozen=True)
class NeedsYou:
    """An operation HQ refused or is looking at: what, why, and what can be done. `about` is what it was done to, if known."""

    op_id: str
    seq: int
    type: str
    status: str
    said: Said
    made_at_ms: int
    about: str | None = None


@dataclass(frozen=True)
class SyncState:
    """The sync page and the badge.

    `standing`: "forked" means HQ holds another history under this device's name, "unknown" that it knows no such device (it was
    restored from a backup older than the device): either way it must be enrolled anew, and loses nothing by it; `problem` is
    why the server refused the last request as a whole; `oldest` the oldest journal entry still here; `healed` how many
    scopes were fetched again because their checksum did not fit; `photos` how many are on their way; `log_size` and `log_at_ms`
    say which head of HQ's log this device vouches for.
    """

    badge: Badge
    last_synced_ms: int | None
    last_synced_local: str | None
    waiting: int
    needs_you: tuple[NeedsYou, ...]
    journal_head: int
    with_hq: int
    backed_up: int
    scopes: int
    rows: int
    clock_grade: Literal["exact", "unknown"]
    free_mb: int
    database_mb: float
    app_version: str
    device_id: str
    retry_in_s: float | None
    standing: Literal["new", "ok", "forked", "unknown", "revoked"] = "ok"
    problem: Said | None = None
    oldest: int = 0
    healed: int = 0
    photos: int = 0
    log_size: int = 0
    log_at_ms: int | None = None


@dataclass(frozen=True)
class SyncOutcome:
    """How one attempt to sync ended."""

    reached: bool
    complete: bool
    sent: int
    received_rows: int
    problem: Said | None


class Refused(Exception):
    """The core will not do it; `said` tells why, for people."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.said = Said(code, facts)
