"""Requests: what waits for a decision, what runs, what has ended; one request with its form and its trail."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, request

from contract import wire
from contract.approvals import DecideStep, NameDecider, RequestRow, RequestsQuery, WithdrawRequest
from contract.forms import most_photos
from contract.hours import GiveUpOvertime
from contract.moments import instant
from server.approvals import queries
from server.approvals.model import RequestPhoto
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.people import queries as people
from server.timesheets.overtime import grant_of
from server.web.course_review import review_of
from server.web.photos import blob_folder
from server.web.shell import Look, action, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.units import asked_unit

TABS = ("decide", "running", "ended")
PAGE_ROWS = 50


@page("/requests", needs=Permission.SUBMIT_REQUEST)
def requests(look: Look) -> Response:
    """Three lists: to decide, running, ended. Who sees which request is the rule of the model."""
    asked = request.args
    waiting = queries.to_decide(look.session)
    tab = asked["tab"] if asked.get("tab") in TABS else ("decide" if waiting else "running")
    kinds = [(flow.kind, either(look, flow.name_zh, flow.name_en)) for flow in queries.flows(look.session).items]
    kind = asked.get("kind") if asked.get("kind") in dict(kinds) else None
    wanted = {"approved": "approved", "refused": "refused", "withdrawn": "withdrawn"}.get(asked.get("state", ""))
    state: Any = "running" if tab != "ended" else wanted
    found = queries.requests_page(
        look.session,
        RequestsQuery(
            q=asked.get("q", "")[:120].replace("\x00", ""), kind=kind, limit=PAGE_ROWS, cursor=asked.get("cursor"),
            unit_id=asked_unit(), state=state, mine_to_decide=tab == "decide", ended=True if tab == "ended" else None,
        ),
    )  # fmt: skip
    return show(
        "requests.html", look, tab=tab, tabs=TABS, waiting=waiting, lines=found.items, following=found.next_cursor,
        kinds=kinds, now_at=open_steps, **said(look),
    )  # fmt: skip


def said(look: Look) -> dict[str, Any]:
    """Words every page of requests needs."""
    return {
        "either": lambda zh, en: either(look, zh, en), "moment_of": instant, "answer": lambda text: answer(look, text),
        "most_photos": most_photos,
    }  # fmt: skip


def either(look: Look, zh: str, en: str) -> str:
    """The words in the reader's language."""
    return zh if look.language == "zh" else en


def answer(look: Look, text: str) -> str:
    """An answer as people read it: `zh|en` where the languages differ."""
    zh, _, en = text.partition("|")
    return either(look, zh, en or zh)


def open_steps(row: RequestRow) -> list[Any]:
    """Where a request is now."""
    return [step for step in row.steps if step.state == "open"]


@page("/requests/<request_id>", needs=Permission.SUBMIT_REQUEST)
def request_page(look: Look, request_id: str) -> Response:
    """One request with its trail, and what the reader may do about it."""
    return _request(look, request_id, None)


def _request(look: Look, request_id: str, problem: tuple[str, str] | None, status: int = 200) -> Response:
    row = queries.one_request(look.session, request_id)
    if row is None:
        raise Problem("approvals.unknown", id=request_id)
    me = look.actor.person_id
    mine = [step for step in open_steps(row) if any(person == me for person, _ in step.deciders)]
    nameless = [step for step in open_steps(row) if len(step.deciders) < step.signatures]
    return show(
        "request.html", look, status=status, row=row, mine=mine, problem=problem, given=request.form, now=look.now,
        nameless=nameless if look.may(Permission.NAME_DECIDER) else [],
        may_withdraw=row.state == "running" and row.applicant_id == me, section="console.requests",
        photos=_photos(look, request_id), grant=grant_of(look.session, request_id),
        review=review_of(look, row.kind, request_id),
        may_take_back=look.may(Permission.VOUCH) and row.person_id != me, may_give_up=row.person_id == me, **said(look),
    )  # fmt: skip


def _photos(look: Look, request_id: str) -> dict[str, list[tuple[str, str]]]:
    """The photos of each field: (id, how it stands: here, coming, or gone since its time is over)."""
    found: dict[str, list[tuple[str, str]]] = {}
    folder = blob_folder()
    kept = sa.select(RequestPhoto).where(RequestPhoto.request_id == request_id).order_by(RequestPhoto.id)
    for row in look.session.scalars(kept):
        state = "gone" if row.photo is None else "here" if folder.holds(row.photo) else "coming"
        found.setdefault(row.key, []).append((row.id, state))
    return found


def _act(who: Actor, request_id: str, shape: type[wire.Wire], values: dict[str, Any], what: str) -> Response:
    try:
        perform_form(who, wire.convert(values, shape))
    except (Problem, wire.Malformed) as wrong:
        if isinstance(wrong, Problem) and wrong.http == 404:
            raise
        with looking(who) as look:
            return _request(look, request_id, sentence_of(wrong), form_status(wrong))
    return done("console.request_page", what, request_id=request_id)


@action("/requests/<request_id>/decision", needs=Permission.DECIDE_STEP)
def decide_step(who: Actor, request_id: str) -> Response:
    """Approve or refuse an open step."""
    given = request.form
    decision = given.get("decision", "")
    values = {"step_id": given.get("step_id", ""), "decision": decision, "comment": given.get("comment", "").strip()}
    return _act(who, request_id, DecideStep, values, "request_refused" if decision == "refuse" else "request_approved")


@action("/requests/<request_id>/withdrawal", needs=Permission.SUBMIT_REQUEST)
def withdraw_request(who: Actor, request_id: str) -> Response:
    """The applicant takes it back."""
    values = {"request_id": request_id, "reason": request.form.get("reason", "").strip()}
    return _act(who, request_id, WithdrawRequest, values, "request_withdrawn")


@action("/requests/<request_id>/giving-up", needs=Permission.SUBMIT_REQUEST)
def give_up_overtime(who: Actor, request_id: str) -> Response:
    """Whoever was granted overtime by it does without."""
    values = {"request_id": request_id, "reason": request.form.get("reason", "").strip()}
    return _act(who, request_id, GiveUpOvertime, values, "overtime_given_up")


@action("/requests/<request_id>/decider", needs=Permission.NAME_DECIDER)
def name_decider(who: Actor, request_id: str) -> Response:
    """HR names who decides a step that nobody can."""
    given = request.form
    try:
        with looking(who) as look:
            person_id = anybody(look.session, given.get("person_id", ""))
    except Problem as wrong:
        with looking(who) as look:
            return _request(look, request_id, sentence_of(wrong), form_status(wrong))
    values = {"step_id": given.get("step_id", ""), "person_id": person_id, "reason": given.get("reason", "").strip()}
    return _act(who, request_id, NameDecider, values, "decider_named")


def anybody(session: ScopedSession, typed: str, field: str = "person_id") -> str:
    """The person whose number (or `name · number`) was typed, also where the reader sees no card of theirs."""
    number = typed.rsplit(" · ", 1)[-1].strip()
    with whole(session) as everything:
        found = people.person_by_number(everything, number) if number else None
        if found is None:
            raise Problem("people.unknown", field=field, id=typed[:60])
        return found.id
