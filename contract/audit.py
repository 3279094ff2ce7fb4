"""The log of everything that was done, as devices, the console and auditors speak of it.

A device keeps the last head it was given and demands, at every sync, proof that the next one continues it. `judge` is that
demand: the phone, the tablet and the server's own tests run the same lines.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal, NamedTuple

from msgspec import Meta

from contract.limits import Base64, Id, Millis
from contract.merkle import MAX_NOTE, Head, NotANote, is_consistent, open_head, open_note, sign_note
from contract.sealing import Signer, b64, unb64
from contract.sync import TreeSaid
from contract.wire import Wire, operation

MAX_RESTARTS = 8
NoteText = Annotated[str, Meta(min_length=1, max_length=MAX_NOTE, pattern=r"^[^\x00]*$(?!\n)")]


def origin_of(server_key: bytes) -> str:
    """The name of a server's log: both sides make it from the key that devices pin when they are enrolled."""
    return f"outpost-log-{hashlib.sha256(server_key).hexdigest()[:16]}"


class Restart(NamedTuple):
    """The server came back from a backup: its log stood at `size` with `root` in the history `from_epoch`, and goes on from
    there in `to_epoch`. What followed after `size` is not in it."""

    origin: str
    from_epoch: str
    to_epoch: str
    size: int
    root: bytes
    at_ms: int


def sign_restart(restart: Restart, signer: Signer) -> str:
    """The announcement that devices ask for before they believe that a log may be shorter than it was."""
    name = f"{restart.origin}/restart"
    lines = (name, restart.from_epoch, restart.to_epoch, str(restart.size), b64(restart.root), str(restart.at_ms))
    return sign_note("".join(f"{line}\n" for line in lines), name, signer)


def open_restart(note: str, origin: str, public: bytes) -> Restart:
    """Raises NotANote."""
    name = f"{origin}/restart"
    lines = open_note(note, name, public).split("\n")
    if len(lines) != 7 or lines[0] != name or not lines[3].isdigit() or not lines[5].isdigit():
        raise NotANote("not an announcement of a restart")
    return Restart(origin, lines[1], lines[2], int(lines[3]), unb64(lines[4]), int(lines[5]))


class Judged(NamedTuple):
    """What a device makes of a head. `head`: the one to keep from now on, or None: keep the old one.

    `code`: None when it continues what was known; `audit.restarted` when a restart was announced and entries the device
    had seen are no longer in it (no alarm, but HQ is told); any other is an alarm.
    """

    head: Head | None
    code: str | None
    lost: int = 0


def judge(held: Head | None, said: TreeSaid, server_key: bytes, epoch: str) -> Judged:
    """Whether the head that came with an answer of this `epoch` continues the one that is held."""
    origin = origin_of(server_key)
    try:
        if len(said.restarts) > MAX_RESTARTS:
            raise NotANote("more announcements than any server keeps")
        offered = open_head(said.note, origin, server_key)
        restarts = [open_restart(note, origin, server_key) for note in said.restarts]
        proof = [unb64(one) for one in said.proof]
    except ValueError:
        return Judged(None, "audit.head_not_signed")
    if held is None or held.size == 0:
        return Judged(offered, None)
    size, root, at = held.size, held.root, held.epoch
    for restart in restarts:
        if restart.from_epoch != at:
            return Judged(None, "audit.split_view")
        at = restart.to_epoch
        if restart.size < size:
            size, root = restart.size, restart.root
    if offered.epoch != at or offered.epoch != epoch:
        return Judged(None, "audit.split_view")
    if offered.size < size:
        return Judged(None, "audit.rolled_back")
    if size and not is_consistent(size, offered.size, root, offered.root, proof):
        return Judged(None, "audit.split_view")
    lost = held.size - size
    return Judged(offered, "audit.restarted" if lost else None, lost)


@operation("audit.report_split_view/1")
class ReportSplitView(Wire, frozen=True, kw_only=True):
    """A device was offered a head that does not continue the one it held, or one that an announced restart made shorter.

    Both notes are the server's own signed words: whoever has them needs to believe nobody.
    """

    code: Literal["audit.split_view", "audit.rolled_back", "audit.head_not_signed", "audit.restarted"]
    held: NoteText
    offered: Annotated[str, Meta(max_length=MAX_NOTE, pattern=r"^[^\x00]*$(?!\n)")]
    proof: Annotated[list[Base64], Meta(max_length=64)] = []
    restarts: Annotated[list[NoteText], Meta(max_length=MAX_RESTARTS)] = []


@operation("audit.verify_log/1")
class VerifyLog(Wire, frozen=True, kw_only=True):
    """Compare the whole log with what is stored, in the background. The result is kept."""

    run_id: Id


class VerifyRun(Wire, frozen=True, kw_only=True):
    """One run of the comparison: how far it is, and what it found."""

    id: str
    state: Literal["waiting", "running", "clean", "broken", "failed"]
    started_ms: int | None = None
    ended_ms: int | None = None
    done: int = 0
    of: int = 0
    size: int = 0
    erased: int = 0
    found: list[dict[str, Any]] = []
    more: int = 0


class HeadRow(Wire, frozen=True, kw_only=True):
    """A signed head that is kept, and how many devices have said that they hold it or a later one."""

    size: int
    root: str
    epoch: str
    made_ms: int
    note: str


class HeadPage(Wire, frozen=True, kw_only=True):
    """The log as it stands: how large, how much waits to be entered, the key's line, and the last heads, newest first."""

    size: int
    waiting: int
    origin: str
    key_line: str
    heads: list[HeadRow]
    restarts: list[str]


class TrailQuery(Wire, frozen=True, kw_only=True):
    """Which operations. All given conditions hold together; `record` is the id of any row an operation wrote."""

    person_id: Id | None = None
    device_id: Id | None = None
    unit_id: Id | None = None  # by who is at home there or below it today, and by the devices of its stores
    record: Annotated[str, Meta(max_length=60)] | None = None
    kind: Annotated[str, Meta(max_length=80)] | None = None
    from_ms: Millis | None = None
    until_ms: Millis | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class Changed(Wire, frozen=True, kw_only=True):
    """One row that an operation changed: what it was, and what it became. `after` is null where it was deleted."""

    table: str
    row_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    changed_ms: int


class TrailRow(Wire, frozen=True, kw_only=True):
    """One operation: who, when, from where, how it ended, and where in the log it stands (null: not entered yet)."""

    op_id: str
    type: str
    received_ms: int
    person_id: str | None
    person_name: str | None
    account_id: str | None
    login: str | None
    device_id: str | None
    device_label: str | None
    status: str
    code: str | None
    said: dict[str, Any] | None
    leaf: int | None
    changes: list[Changed]


class TrailPage(Wire, frozen=True, kw_only=True):
    """Operations, the newest first."""

    operations: list[TrailRow]
    next_cursor: str | None


class Alarm(Wire, frozen=True, kw_only=True):
    """What a device reported of the log: the head it held, and the one it was offered."""

    id: str
    device_id: str
    device_label: str
    code: str
    held: str
    offered: str
    reported_ms: int


class AlarmList(Wire, frozen=True, kw_only=True):
    """What devices have reported, the newest first."""

    alarms: list[Alarm]
