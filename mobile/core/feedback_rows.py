"""Tickets as this device holds them: the server's rows, and over them, in the order in which they were done, what was done here
and is not answered yet (`contract.tickets.after`). What the server has told already is not laid over it a second time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from msgspec import Raw
from msgspec.structs import replace

from contract.feedback import (
    AmendTicket,
    CategoryRow,
    CloseTicket,
    DeskRow,
    FileTicket,
    PassOn,
    PauseTicket,
    ReopenTicket,
    ReplyToTicket,
    ResolveTicket,
    ResumeTicket,
    TakeTicket,
    TicketEventRow,
    TicketRow,
    WatchTicket,
)
from contract.tickets import after
from contract.wire import Wire, decode, encode
from mobile.core.journal import Entry
from mobile.core.overlay import Overlay
from mobile.core.replica import Replica
from mobile.core.requests import Reader

TICKET, EVENT, CATEGORY, DESK = "ticket", "ticket_event", "ticket_category", "ticket_desk"
ACT: Final = "ticket_act"  # only laid here
_ACTS: Final = {
    shape.__name__: shape
    for shape in (
        FileTicket, ReplyToTicket, AmendTicket, PassOn, TakeTicket, PauseTicket, ResumeTicket, ResolveTicket, CloseTicket,
        ReopenTicket, WatchTicket,
    )
}  # fmt: skip


class TicketAct(Wire, frozen=True, kw_only=True):
    """What was done to a ticket here: by whom, when by this device's best estimate. `row`: of a new one, how it looks until HQ's
    own row is here."""

    what: str
    said: Raw
    person_id: str
    name: str
    at_ms: int
    row: TicketRow | None = None


@dataclass(frozen=True)
class Writer:
    """Whose feedback it is. `own_only`: a page behind a PIN on a tablet that others use too; `answers`: the store's manager at
    the desk. `owner`: the scope whose end what they wrote here does not survive. `stay_open`: its PIN page counts anew."""

    reader: Reader
    name: str
    owner: str
    stay_open: Callable[[], None]
    store_id: str | None = None
    at_tablet: bool = False
    answers: bool = False
    own_only: bool = False


@dataclass(frozen=True)
class Done:
    """Something done to a ticket here, opened."""

    op: Any
    act: TicketAct
    entry: Entry

    @property
    def event_id(self) -> str:
        """Of a new ticket its own id."""
        found: str = self.op.ticket_id if isinstance(self.op, FileTicket) else self.op.event_id
        return found

    @property
    def counts(self) -> bool:
        """Not refused: it may still come true."""
        return self.entry.status != "rejected"


@dataclass(frozen=True)
class Held:
    """A ticket as its reader sees it, with what was done to it here."""

    row: TicketRow
    acts: tuple[Done, ...] = ()
    is_new: bool = False


def act_of(op: Wire, who: Writer, row: TicketRow | None = None) -> TicketAct:
    me, now_ms = who.reader.person_id, who.reader.now_ms
    return TicketAct(what=type(op).__name__, said=Raw(encode(op)), person_id=me, name=who.name, at_ms=now_ms, row=row)


class TicketBook:
    """Reads for one person. Everything is inside a read of the caller."""

    def __init__(self, replica: Replica, overlay: Overlay) -> None:
        self._replica, self._overlay = replica, overlay

    def categories(self) -> list[CategoryRow]:
        """Each once, in HQ's order."""
        found = {row.id: row for row in self._replica.all(CATEGORY, CategoryRow)}
        return sorted(found.values(), key=lambda row: (row.position, row.code))

    def category(self, code: str) -> CategoryRow | None:
        return next((row for row in self.categories() if row.code == code), None)

    def desks(self) -> list[DeskRow]:
        return sorted({row.id: row for row in self._replica.all(DESK, DeskRow)}.values(), key=lambda row: row.code)

    def tickets(self, who: Writer) -> dict[str, Held]:
        """All that this reader may see here, by id."""
        scope, me = who.reader.scope, who.reader.person_id
        rows = {row.id: row for row in self._replica.all(TICKET, TicketRow, scope=scope)}
        if who.own_only:
            rows = {pk: row for pk, row in rows.items() if row.author_id == me}
        acts: dict[str, list[Done]] = {}
        new: dict[str, TicketRow] = {}
        for done in self._acts(who):
            pk = done.op.ticket_id
            if isinstance(done.op, FileTicket):
                if pk not in rows and done.act.row is not None and done.act.person_id == me:
                    new[pk] = done.act.row
                    acts.setdefault(pk, []).append(done)
            elif not self._is_told(done.event_id):
                acts.setdefault(pk, []).append(done)
        held = {pk: Held(self._fold(row, acts.get(pk, ())), tuple(acts.get(pk, ()))) for pk, row in rows.items()}
        return held | {pk: Held(self._fold(row, acts[pk]), tuple(acts[pk]), is_new=True) for pk, row in new.items()}

    def events(self, who: Writer, ticket_id: str | None = None) -> dict[str, list[TicketEventRow]]:
        """The story by ticket, in HQ's order; internal ones only for who answers."""
        found: dict[str, list[TicketEventRow]] = {}
        rows = self._replica.all(EVENT, TicketEventRow, scope=who.reader.scope)
        for row in sorted(rows, key=lambda row: row.number):
            if (ticket_id is None or row.ticket_id == ticket_id) and not (who.own_only and row.internal):
                found.setdefault(row.ticket_id, []).append(row)
        return found

    def filed(self, ticket_id: str) -> Done | None:
        """The filing of a ticket that HQ has not answered, or has refused."""
        found = [one for one in self._all() if isinstance(one.op, FileTicket) and one.op.ticket_id == ticket_id]
        return found[-1] if found else None

    def _acts(self, who: Writer) -> list[Done]:
        """What its reader may know of: on the own page of a tablet nothing internal."""
        return [one for one in self._all() if not (who.own_only and getattr(one.op, "internal", False))]

    def _all(self) -> list[Done]:
        laid = self._overlay.all(ACT, TicketAct)
        return [Done(decode(bytes(one.row.said), _ACTS[one.row.what]), one.row, one.entry) for one in laid]

    def _is_told(self, event_id: str) -> bool:
        return self._replica.get(EVENT, event_id, TicketEventRow) is not None

    def _fold(self, row: TicketRow, acts: list[Done] | tuple[Done, ...]) -> TicketRow:
        for done in acts:
            if done.counts and not isinstance(done.op, FileTicket):
                row = after(row, done.op, person_id=done.act.person_id, name=done.act.name, at_ms=done.act.at_ms)
                row = self._with_desk(row)
        return row

    def _with_desk(self, row: TicketRow) -> TicketRow:
        """`after` knows no names of desks."""
        if row.desk_id is None or row.desk_zh or row.desk_en:
            return row
        desk = next((one for one in self.desks() if one.id == row.desk_id), None)
        return row if desk is None else replace(row, desk_zh=desk.name_zh, desk_en=desk.name_en)
