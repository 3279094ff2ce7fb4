"""One ticket in the console: what was said, where it was and how long, and everything that may be done about it."""

from __future__ import annotations

from typing import Any, get_args

from flask import Response, request

from contract import wire
from contract.feedback import (
    AmendTicket,
    CloseTicket,
    PassOn,
    PauseTicket,
    Priority,
    ReopenTicket,
    ReplyToTicket,
    ResolveTicket,
    ResumeTicket,
    TakeTicket,
    TicketEventRow,
    TicketRow,
    WatchTicket,
)
from contract.moments import to_ms
from contract.tickets import Verb, may
from contract.worktime import is_working, worked_minutes
from server.feedback import queries as tickets_of
from server.feedback.clocks import Hours, hours_now
from server.feedback.desks_queries import names_of
from server.feedback.on_duty import members
from server.feedback.photos import photo_response
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.org.queries import company_day, manager_of
from server.web.requests import said
from server.web.shell import Look, action, done, form_status, looking, op_id_of_form, page, perform_form, sentence_of, show
from server.web.tickets import desks_to_choose, due_of, is_late_now, keep_photos, photos_sent

FILE = Permission.FILE_TICKET
VERBS: tuple[Verb, ...] = get_args(Verb)
STARS = (5, 4, 3, 2, 1)
_VERBS: dict[str, Verb] = {
    "ReplyToTicket": "reply", "AmendTicket": "amend", "PassOn": "pass_on", "TakeTicket": "take", "PauseTicket": "pause",
    "ResumeTicket": "resume", "ResolveTicket": "resolve", "CloseTicket": "close", "ReopenTicket": "reopen",
    "WatchTicket": "watch",
}  # fmt: skip


@page("/tickets/<ticket_id>", needs=FILE)
def ticket(look: Look, ticket_id: str) -> Response:
    """The whole story."""
    return _story(look, ticket_id, None)


def answers_it(look: Look, row: TicketRow) -> bool:
    """Whether the reader is among those who answer this ticket: who says so in the end is the operation."""
    actor, me = look.actor, look.actor.person_id
    if actor.has_everywhere(Permission.MANAGE_FEEDBACK) or me in row.may_answer:
        return True
    if not row.store_sees:
        return False
    reaches = row.store_id is not None and row.store_id in actor.stores_for(Permission.ANSWER_TICKETS)
    manages = row.store_id is not None and manager_of(look.session, row.store_id, company_day(look.now)) == me
    return reaches or manages or actor.has_everywhere(Permission.ANSWER_TICKETS)


def _story(look: Look, ticket_id: str, problem: tuple[str, str] | None, status: int = 200) -> Response:
    found = tickets_of.story(look.session, ticket_id)
    row, me, now_ms = found.ticket, look.actor.person_id, to_ms(look.now)
    answers = answers_it(look, row)
    allowed = {verb for verb in VERBS if may(row, me, answers=answers, verb=verb) is None}
    hours = hours_now(look.session)
    people = members(look.session, row.desk_id) if row.desk_id is not None and "take" in allowed else []
    names = names_of(look.session, {*people, *row.watchers})
    return show(
        "ticket.html", look, status=status, problem=problem, row=row, events=list(reversed(found.events)), allowed=allowed,
        hops=_hops(row, hours, now_ms), left=_left(row, hours, now_ms), open_now=_open(row, hours, now_ms), now_ms=now_ms,
        late=is_late_now(row, now_ms), due=due_of(row), desks=[one for one in desks_to_choose(look) if one[0] != row.desk_id],
        people=[(one, names.get(one, "")) for one in people], watchers=[names.get(one, "") for one in row.watchers], me=me,
        watches=me in row.watchers, stars=STARS, priorities=get_args(Priority), pairs=_replaced(found.events),
        given=request.form, answers=answers, section="console.tickets", **said(look),
    )  # fmt: skip


def _hops(row: TicketRow, hours: Hours, now_ms: int) -> list[dict[str, Any]]:
    """The stations with the working minutes of each; of the one that has it, up to now."""
    lines = []
    for hop in row.hops:
        minutes = hop.worked_min
        works = hours.by_desk.get(row.desk_id or "")
        if hop.kind == "desk" and hop.until_ms is None and works is not None:
            minutes = worked_minutes(works, hours.calendar, hop.from_ms, now_ms)
        lines.append({"hop": hop, "minutes": minutes, "here": hop.until_ms is None})
    return lines


def _left(row: TicketRow, hours: Hours, now_ms: int) -> int | None:
    """Working minutes until the next target runs out; None where none runs."""
    due, works = due_of(row), hours.by_desk.get(row.desk_id or "")
    return worked_minutes(works, hours.calendar, now_ms, due) if due is not None and works is not None else None


def _open(row: TicketRow, hours: Hours, now_ms: int) -> bool | None:
    """Whether its desk works at this moment."""
    works = hours.by_desk.get(row.desk_id or "")
    return is_working(works, hours.calendar, now_ms) if works is not None else None


def _replaced(events: list[TicketEventRow]) -> dict[str, list[TicketEventRow]]:
    """By amendment: those of others that it replaced without having seen them, to stand beside it."""
    known = {one.id: one for one in events}
    return {one.id: [known[each] for each in one.over if each in known] for one in events if one.over}


@page("/tickets/<ticket_id>/photos/<sha256>", needs=FILE)
def ticket_photo(look: Look, ticket_id: str, sha256: str) -> Response:
    """A photo, or (`size=thumb`) a small one, as the server has drawn it anew."""
    return photo_response(look.actor, ticket_id, sha256, small=request.args.get("size") == "thumb")


# -- what is done ----------------------------------------------------------------------------------------------------------------


def _do(who: Actor, ticket_id: str, shape: type[Any], what: str, **values: Any) -> Response:
    """Perform it; what was wrong is said on the ticket's page, with everything typed still there."""
    _must_be_theirs(who, ticket_id, shape)
    try:
        photos = photos_sent() if request.files else {}
        if photos:
            values["photos"] = list(photos)
        perform_form(who, wire.convert({"event_id": op_id_of_form(), "ticket_id": ticket_id, **values}, shape))
        keep_photos(photos)
    except (Problem, wire.Malformed) as wrong:
        if isinstance(wrong, Problem) and wrong.code in ("feedback.unknown", "access.not_allowed"):
            raise
        with looking(who) as look:
            return _story(look, ticket_id, sentence_of(wrong), form_status(wrong))
    return done("console.ticket", what, ticket_id=ticket_id)


def _must_be_theirs(who: Actor, ticket_id: str, shape: type[Any]) -> None:
    """Refuse whoever may do such a thing to this ticket in no state, before their form is looked at."""
    verb: Verb = _VERBS[shape.__name__]
    if verb == "reply" and "internal" in request.form:
        verb = "note"
    with looking(who) as look:
        row = tickets_of.story(look.session, ticket_id).ticket
        if verb != "watch" and may(row, who.person_id, answers=answers_it(look, row), verb=verb) == "feedback.not_yours":
            raise Problem("feedback.not_yours", id=ticket_id)


def _typed(name: str) -> str:
    return request.form.get(name, "").strip()


@action("/tickets/<ticket_id>/reply", needs=FILE)
def ticket_reply(who: Actor, ticket_id: str) -> Response:
    """A word to whoever follows it; or, internal, for those who answer only."""
    internal = "internal" in request.form
    return _do(
        who, ticket_id, ReplyToTicket, "ticket_noted" if internal else "ticket_replied", text=_typed("text"), internal=internal
    )


@action("/tickets/<ticket_id>/pass", needs=FILE)
def ticket_pass(who: Actor, ticket_id: str) -> Response:
    """On to another desk."""
    return _do(who, ticket_id, PassOn, "ticket_passed", desk_id=_typed("desk_id"), note=_typed("note"))


@action("/tickets/<ticket_id>/take", needs=FILE)
def ticket_take(who: Actor, ticket_id: str) -> Response:
    """Somebody looks after it: oneself, one of the desk, or (nobody) the desk as a whole again."""
    person = _typed("person_id") or None
    return _do(who, ticket_id, TakeTicket, "ticket_taken" if person else "ticket_given_back", person_id=person)


@action("/tickets/<ticket_id>/pause", needs=FILE)
def ticket_pause(who: Actor, ticket_id: str) -> Response:
    return _do(who, ticket_id, PauseTicket, "ticket_paused", reason=_typed("reason"))


@action("/tickets/<ticket_id>/resume", needs=FILE)
def ticket_resume(who: Actor, ticket_id: str) -> Response:
    return _do(who, ticket_id, ResumeTicket, "ticket_resumed")


@action("/tickets/<ticket_id>/resolve", needs=FILE)
def ticket_resolve(who: Actor, ticket_id: str) -> Response:
    return _do(who, ticket_id, ResolveTicket, "ticket_resolved", text=_typed("text"))


@action("/tickets/<ticket_id>/close", needs=FILE)
def ticket_close(who: Actor, ticket_id: str) -> Response:
    """Done and over; its author may give stars."""
    stars = _typed("rating")
    return _do(
        who,
        ticket_id,
        CloseTicket,
        "ticket_closed",
        rating=int(stars) if stars in "12345" and stars else None,
        text=_typed("text"),
    )


@action("/tickets/<ticket_id>/reopen", needs=FILE)
def ticket_reopen(who: Actor, ticket_id: str) -> Response:
    return _do(who, ticket_id, ReopenTicket, "ticket_reopened", reason=_typed("reason"))


@action("/tickets/<ticket_id>/watch", needs=FILE)
def ticket_watch(who: Actor, ticket_id: str) -> Response:
    """Hear of each reply, or no longer."""
    watch = "stop" not in request.form
    return _do(
        who, ticket_id, WatchTicket, "ticket_watched" if watch else "ticket_unwatched", person_id=who.person_id, watch=watch
    )


@action("/tickets/<ticket_id>/amend", needs=FILE)
def ticket_amend(who: Actor, ticket_id: str) -> Response:
    """What it says, otherwise. `base`: what of it the form's writer had seen."""
    base = _typed("base")
    values: dict[str, Any] = {"base": int(base) if base.isdigit() and len(base) < 6 else 0}
    if text := _typed("text"):
        values["text"] = text
    if priority := _typed("priority"):
        values["priority"] = priority
    return _do(who, ticket_id, AmendTicket, "ticket_amended", **values)
