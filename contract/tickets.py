"""What may be done to a ticket as it stands, and how it stands after something that was not sent yet.

Pure: the server judges by `may` when an operation arrives, the device asks it before it offers something. Who `answers` is known
where it is asked: the people of the desk that has it (`TicketRow.may_answer`), its store's manager where the store sees it, and
those whose right reaches it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, Protocol

from msgspec.structs import replace

from contract.feedback import (
    AmendTicket,
    CloseTicket,
    PassOn,
    PauseTicket,
    ReopenTicket,
    ReplyToTicket,
    ResolveTicket,
    ResumeTicket,
    TakeTicket,
    TicketRow,
    WatchTicket,
)

Verb = Literal[
    "reply", "note", "amend", "pass_on", "take", "pause", "resume", "resolve", "close", "rate", "reopen", "watch", "watch_other"
]  # fmt: skip
CLOSES_AFTER_DAYS: Final = 3  # a solved ticket nobody closes
ON_DEVICES_DAYS: Final = 30  # a closed ticket to which nothing happens
_ANSWERING: Final = frozenset({"note", "pass_on", "take", "pause", "resume", "resolve", "watch_other"})
_RUNNING: Final = frozenset({"pass_on", "take", "pause", "resume", "resolve"})


class Standing(Protocol):
    """What of a ticket decides what may be done."""

    @property
    def author_id(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def rating(self) -> int | None: ...
    @property
    def watchers(self) -> Sequence[str]: ...


def may(ticket: Standing, person_id: str | None, *, answers: bool, verb: Verb) -> str | None:
    """Why somebody may not do this to a ticket now, as a code of `refusals`; None where they may.

    Words (reply, note, amend) are taken in every state: who said them without signal did not know. What is internal the author of
    a ticket neither reads nor writes.
    """
    is_author = person_id is not None and person_id == ticket.author_id
    if verb in _ANSWERING and not (answers and not (verb == "note" and is_author)):
        return "feedback.not_yours"
    if verb == "rate" and not is_author:
        return "feedback.rating_of_author"
    if not (answers or is_author or (person_id in ticket.watchers and verb in ("reply", "watch"))):
        return "feedback.not_yours"
    return _state_forbids(ticket, verb)


def _state_forbids(ticket: Standing, verb: Verb) -> str | None:
    state = ticket.state
    if verb in _RUNNING and state == "closed":
        return "feedback.closed"
    if verb in ("pause", "resolve") and state == "resolved":
        return "feedback.resolved"
    if verb == "pause" and state == "waiting":
        return "feedback.waiting"
    if verb == "resume" and state != "waiting":
        return "feedback.not_waiting"
    if verb == "close" and state == "closed":
        return "feedback.closed"
    if verb == "rate" and ticket.rating is not None:
        return "feedback.already_rated"
    if verb == "reopen" and state not in ("resolved", "closed"):
        return "feedback.not_done"
    return None


def verb_of(op: Any, person_id: str | None) -> Verb:
    """Which verb an operation on a ticket is, when this person does it."""
    if isinstance(op, ReplyToTicket):
        return "note" if op.internal else "reply"
    if isinstance(op, CloseTicket):
        return "close" if op.rating is None else "rate"
    if isinstance(op, WatchTicket):
        return "watch" if op.person_id == person_id else "watch_other"
    return _VERBS[type(op)]


_VERBS: Final[dict[type, Verb]] = {
    AmendTicket: "amend", PassOn: "pass_on", TakeTicket: "take", PauseTicket: "pause", ResumeTicket: "resume",
    ResolveTicket: "resolve", ReopenTicket: "reopen",
}  # fmt: skip


def after(ticket: TicketRow, op: Any, *, person_id: str, name: str, at_ms: int) -> TicketRow:
    """The ticket as a device shows it once this person (of this name) has done this at this moment (epoch milliseconds) and the
    server has not heard of it. Clocks that need the desk's hours stay as they were, those that are over go."""
    moved = replace(ticket, moved_ms=at_ms, events=ticket.events + 1)
    if isinstance(op, ReplyToTicket):
        goes_on = not op.internal and person_id == ticket.author_id and ticket.state == "waiting"
        return _going_on(moved) if goes_on else moved
    if isinstance(op, AmendTicket):
        text = op.text if op.text is not None else ticket.text
        return replace(moved, text=text, form={**ticket.form, **op.form}, priority=op.priority or ticket.priority)
    if isinstance(op, PassOn):
        return replace(moved, desk_id=op.desk_id, desk_zh="", desk_en="", holder_id=None, holder_name="")
    if isinstance(op, TakeTicket):
        return replace(moved, holder_id=op.person_id, holder_name=name if op.person_id == person_id else "")
    if isinstance(op, PauseTicket):
        return replace(moved, state="waiting", paused_ms=at_ms, pause_reason=op.reason, resolve_due_ms=None)
    if isinstance(op, ResumeTicket):
        return _going_on(moved)
    if isinstance(op, ResolveTicket):
        done = _going_on(moved)
        return replace(done, state="resolved", resolved_ms=at_ms, resolve_due_ms=None, first_due_ms=None)
    if isinstance(op, CloseTicket):
        closed = ticket.closed_ms if ticket.closed_ms is not None else at_ms
        over = replace(_going_on(moved), state="closed", closed_ms=closed, resolve_due_ms=None, first_due_ms=None)
        return replace(over, rating=op.rating if op.rating is not None else ticket.rating)
    if isinstance(op, ReopenTicket):
        return replace(moved, state="open", resolved_ms=None, closed_ms=None, rating=None, late=False)
    if isinstance(op, WatchTicket):
        others = [one for one in ticket.watchers if one != op.person_id]
        return replace(moved, watchers=sorted([*others, op.person_id]) if op.watch else others)
    raise TypeError(f"{type(op).__name__} is not done to a ticket")


def _going_on(ticket: TicketRow) -> TicketRow:
    state = "open" if ticket.state == "waiting" else ticket.state
    return replace(ticket, state=state, paused_ms=None, pause_reason="")
