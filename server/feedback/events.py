"""What feedback tells later areas, in the transaction of the operation."""

from __future__ import annotations

from dataclasses import dataclass

from contract.feedback import TicketEventKind


@dataclass(frozen=True)
class TicketFiled:
    """A ticket is there, and routed where somebody answers its kind."""

    ticket_id: str


@dataclass(frozen=True)
class TicketMoved:
    """An event was added to a ticket."""

    ticket_id: str
    event_id: str
    kind: TicketEventKind


@dataclass(frozen=True)
class DesksChanged:
    """Desks have other people, another name, or (`hours`) other working hours: who may answer what they have, and their clocks,
    follow. `desk_ids` empty: all desks (the company's calendar says something else)."""

    desk_ids: frozenset[str]
    hours: bool = False


@dataclass(frozen=True)
class DeskRetired:
    """A desk answers no more; what it has goes to another."""

    desk_id: str
    to_desk_id: str
    reason: str
