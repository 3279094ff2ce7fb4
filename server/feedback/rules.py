"""What a ticket is, out of its events. Pure: the same events give the same ticket, whenever and by whomever it is made anew.

States, desks and clocks follow the order of the record, in which events reached the server: nobody is answered before that. What
a ticket says (text, form, priority) and who watches it follow the moments at which people did it, so that it does not matter
whose device found signal first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class Said(Protocol):
    """An event, as far as the fold looks at it. `at_ms`: when it was done; `arrived_ms`: when the server heard of it."""

    @property
    def id(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def by_id(self) -> str | None: ...
    @property
    def at_ms(self) -> int: ...
    @property
    def arrived_ms(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def form(self) -> Mapping[str, Any]: ...
    @property
    def photos(self) -> Sequence[str]: ...
    @property
    def internal(self) -> bool: ...
    @property
    def desk_id(self) -> str | None: ...
    @property
    def person_id(self) -> str | None: ...
    @property
    def priority(self) -> str | None: ...
    @property
    def rating(self) -> int | None: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...


@dataclass
class Stay:
    """A ticket lies with its author until the server has it, then with one desk after the other. `until_ms` None: still."""

    kind: str
    desk_id: str | None
    from_ms: int
    until_ms: int | None = None


@dataclass
class Folded:
    """A ticket as its events make it. `stops`: desks where it was, or that heard of it, without the one that has it."""

    state: str = "open"
    text: str = ""
    form: dict[str, Any] = field(default_factory=dict)
    priority: str = "normal"
    photos: list[str] = field(default_factory=list)
    desk_id: str | None = None
    holder_id: str | None = None
    rule_id: str | None = None
    first_target_min: int | None = None
    resolve_target_min: int | None = None
    escalate_min: int = 60
    stays: list[Stay] = field(default_factory=list)
    pauses: list[list[int | None]] = field(default_factory=list)
    filed_ms: int = 0
    arrived_ms: int = 0
    first_reply_ms: int | None = None
    first_late: bool = False
    resolve_from_ms: int | None = None
    resolved_ms: int | None = None
    late: bool = False
    escalated: int = 0
    escalated_ms: int | None = None
    paused_ms: int | None = None
    pause_reason: str = ""
    rating: int | None = None
    closed_ms: int | None = None
    events: int = 0
    moved_ms: int = 0
    watchers: list[str] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)


def fold(events: Iterable[Said]) -> Folded:
    """The ticket after these events, the first of which files it; they may come in any order, their numbers say theirs."""
    said = sorted(events, key=lambda one: one.number)
    ticket = Folded()
    for one in said:
        _DOES.get(one.kind, _nothing)(ticket, one)
        ticket.events, ticket.moved_ms = one.number, max(ticket.moved_ms, one.arrived_ms)
    _say(ticket, said)
    return ticket


def _say(ticket: Folded, said: Sequence[Said]) -> None:
    """What it says and who watches: by the moment of doing; of two at one moment, by id."""
    watching: dict[str, bool] = {}
    for one in sorted(said, key=lambda one: (one.kind != "filed", one.at_ms, one.id)):
        if one.kind in ("filed", "amended"):
            if one.text:
                ticket.text = one.text
            ticket.form = {**ticket.form, **one.form}
            ticket.priority = one.priority or ticket.priority
        elif one.kind in ("watched", "unwatched") and one.person_id is not None:
            watching[one.person_id] = one.kind == "watched"
        elif one.kind == "passed" and one.by_id is not None:
            watching.setdefault(one.by_id, True)
    ticket.watchers = sorted(person for person, watches in watching.items() if watches)


def changes_of(one: Said) -> set[str]:
    """What an amendment (or the filing) says anew: `text`, `priority`, and each answer of the form as `form.<key>`."""
    found = {f"form.{key}" for key in one.form}
    return found | ({"text"} if one.text else set()) | ({"priority"} if one.priority else set())


def overtaken(events: Iterable[Said], changes: set[str], base: int, by_id: str | None) -> list[str]:
    """The amendments of others, by id, that changed the same and that who amends now had not seen (numbers above `base`)."""
    return [
        one.id
        for one in sorted(events, key=lambda one: one.number)
        if one.kind == "amended" and one.number > base and one.by_id != by_id and changes_of(one) & changes
    ]


def _nothing(ticket: Folded, one: Said) -> None:
    """A note, a watcher: it stands in the story, and the ticket is as it was."""


def _filed(ticket: Folded, one: Said) -> None:
    ticket.filed_ms, ticket.arrived_ms, ticket.photos = one.at_ms, one.arrived_ms, list(one.photos)
    ticket.stays = [Stay("author", None, min(one.at_ms, one.arrived_ms), one.arrived_ms)]
    ticket.resolve_from_ms = one.arrived_ms
    if one.facts.get("unanswered"):
        ticket.state, ticket.closed_ms = "closed", one.arrived_ms


def _routed(ticket: Folded, one: Said) -> None:
    _goes_to(ticket, one)
    ticket.rule_id = one.facts.get("rule_id")
    ticket.first_target_min, ticket.resolve_target_min = one.facts.get("first_reply_min"), one.facts.get("resolve_min")
    ticket.escalate_min = one.facts.get("escalate_min", 60)
    ticket.stops += [desk for desk in one.facts.get("also", ()) if desk not in ticket.stops and desk != one.desk_id]


def _passed(ticket: Folded, one: Said) -> None:
    _goes_to(ticket, one)
    ticket.holder_id = None


def _goes_to(ticket: Folded, one: Said) -> None:
    before = ticket.desk_id
    if ticket.stays and ticket.stays[-1].until_ms is None:
        ticket.stays[-1].until_ms = one.arrived_ms
    ticket.desk_id = one.desk_id
    ticket.stays.append(Stay("desk", one.desk_id, one.arrived_ms))
    ticket.stops = [desk for desk in [*ticket.stops, before] if desk is not None and desk != one.desk_id]
    ticket.stops = list(dict.fromkeys(ticket.stops))


def _replied(ticket: Folded, one: Said) -> None:
    if one.facts.get("answers"):
        _answered(ticket, one)
    if one.facts.get("by_author") and ticket.state == "waiting":
        _resumed(ticket, one)


def _answered(ticket: Folded, one: Said) -> None:
    if ticket.first_reply_ms is None:
        ticket.first_reply_ms = one.arrived_ms


def _taken(ticket: Folded, one: Said) -> None:
    ticket.holder_id = one.person_id


def _paused(ticket: Folded, one: Said) -> None:
    ticket.state, ticket.paused_ms, ticket.pause_reason = "waiting", one.arrived_ms, one.text
    ticket.pauses.append([one.arrived_ms, None])


def _resumed(ticket: Folded, one: Said) -> None:
    if ticket.state == "waiting":
        ticket.state = "open"
    if ticket.pauses and ticket.pauses[-1][1] is None:
        ticket.pauses[-1][1] = one.arrived_ms
    ticket.paused_ms, ticket.pause_reason = None, ""


def _resolved(ticket: Folded, one: Said) -> None:
    _resumed(ticket, one)
    _answered(ticket, one)
    ticket.state, ticket.resolved_ms = "resolved", one.arrived_ms
    _leave_desk(ticket, one.arrived_ms)


def _closed(ticket: Folded, one: Said) -> None:
    _resumed(ticket, one)
    _leave_desk(ticket, one.arrived_ms)
    if ticket.closed_ms is None:
        ticket.state, ticket.closed_ms = "closed", one.arrived_ms
    if one.rating is not None:
        ticket.rating = one.rating


def _leave_desk(ticket: Folded, at_ms: int) -> None:
    if ticket.stays and ticket.stays[-1].until_ms is None:
        ticket.stays[-1].until_ms = at_ms


def _reopened(ticket: Folded, one: Said) -> None:
    ticket.state, ticket.resolved_ms, ticket.closed_ms, ticket.rating = "open", None, None, None
    ticket.late, ticket.escalated, ticket.escalated_ms = False, 0, None
    ticket.resolve_from_ms = one.arrived_ms
    if ticket.desk_id is not None:
        ticket.stays.append(Stay("desk", ticket.desk_id, one.arrived_ms))


def _first_late(ticket: Folded, one: Said) -> None:
    ticket.first_late = True


def _late(ticket: Folded, one: Said) -> None:
    ticket.late = True


def _escalated(ticket: Folded, one: Said) -> None:
    ticket.escalated, ticket.escalated_ms = ticket.escalated + 1, one.arrived_ms


_DOES = {
    "filed": _filed, "routed": _routed, "replied": _replied, "passed": _passed, "taken": _taken, "paused": _paused,
    "resumed": _resumed, "resolved": _resolved, "closed": _closed, "reopened": _reopened, "first_reply_late": _first_late,
    "late": _late, "escalated": _escalated,
}  # fmt: skip
