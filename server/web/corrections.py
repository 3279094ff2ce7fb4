"""Corrections beside the punches, vouching for somebody, and appeals with their answers."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from contract import wire
from contract.corrections import AnswerAppeal, AppealRow, AppealsQuery, CorrectionRow, CorrectionsQuery, Vouch, WithdrawCorrection
from contract.ids import is_id
from server.attendance import corrections_queries as queries
from server.attendance.review_queries import punch_story
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.org.rules import COMPANY_ZONE, day_of
from server.shifts.places import load_places
from server.stores.model import Store
from server.web.find import label_of, person_meant, store_meant
from server.web.punches import one_day
from server.web.review import story_values, time_given
from server.web.shell import Look, action, done, form_status, looking, op_id_of_form, page, perform_form, sentence_of, show
from server.web.stores import everything
from server.web.tables import Column, contains, csv_answer, table, wants_csv
from server.web.units import asked_unit
from server.web.words import full

SOURCES = ("request", "vouch", "hq")
STATES = ("open", "upheld", "refused")


def columns(look: Look, zones: dict[str, str]) -> tuple[Column, ...]:
    """What a line of the corrections can tell. Times are exported with their zone."""

    def moment(at_ms: int | None, row: CorrectionRow) -> str:
        return full(at_ms, zones.get(row.store_id)) if at_ms is not None else ""

    return (
        Column("person", lambda row: row.person_name, always=True),
        Column("store", lambda row: row.store_name),
        Column("business_date", lambda row: row.business_date),
        Column("kind", lambda row: look.t(f"console.kind.{row.kind}")),
        Column("taken", lambda row: moment(row.at_ms, row)),
        Column("correction_source", lambda row: look.t(f"console.corrections.source.{row.source}")),
        Column("replaces", lambda row: look.t("console.yes") if row.replaces else ""),
        Column("made_by", lambda row: row.made_by_name),
        Column("made_on", lambda row: moment(row.made_ms, row)),
        Column("reason", lambda row: row.reason),
        Column("state", lambda row: look.t(f"console.corrections.{'withdrawn' if row.withdrawn_ms else 'counts'}")),
        Column("withdrawn_because", lambda row: row.withdrawn_because, hidden=True),
    )


@page("/corrections", needs=Permission.READ_PUNCHES)
def corrections(look: Look) -> Response:
    """Every correction within reach, the latest first, withdrawn ones too."""
    return _corrections(look, None)


def _corrections(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    asked = request.args
    store = asked.get("store", "")
    narrowed: dict[str, Any] = {
        "from_day": _day(asked.get("from")), "to_day": _day(asked.get("to")), "unit_id": asked_unit(),
        "store_id": store if is_id(store) else None, "source": asked.get("source") if asked.get("source") in SOURCES else None,
        "standing": asked.get("show") == "standing",
    }  # fmt: skip
    found = everything(
        lambda cursor: queries.corrections_page(look.session, CorrectionsQuery(limit=200, cursor=cursor, **narrowed))
    )
    lines = [row for row in found if contains(asked.get("q", ""), row.person_name, row.store_name, row.reason, row.made_by_name)]
    zones = {row.store_id: zone_of(look, row.store_id) for row in lines}
    rows = table("corrections", columns(look, zones), lines, sort="-made_on")
    if wants_csv():
        return csv_answer(look, rows, about=lambda row: str(row.person_id))
    return show(
        "corrections.html", look, status=status, table=rows, problem=problem, sources=SOURCES, zones=zones,
        may_withdraw=lambda row: _may_withdraw(look, row), may_vouch=look.may(Permission.VOUCH),
    )  # fmt: skip


def _may_withdraw(look: Look, row: CorrectionRow) -> bool:
    mine = row.made_by == look.actor.person_id and row.person_id != look.actor.person_id
    by_hq = look.actor.has_everywhere(Permission.VOUCH) and row.person_id != look.actor.person_id
    return row.withdrawn_ms is None and look.may(Permission.VOUCH) and (mine or by_hq)


def zone_of(look: Look, store_id: str | None) -> str:
    """The zone of a store within reach; the company's where it is not."""
    store = look.session.get(Store, store_id) if store_id is not None else None
    return store.zone if store is not None else COMPANY_ZONE


def _day(text: str | None) -> str | None:
    day = one_day(text)
    return day.isoformat() if day is not None else None


@action("/corrections/<correction_id>/withdraw", needs=Permission.VOUCH)
def withdraw_correction(who: Actor, correction_id: str) -> Response:
    """A correction does not count any more; it stays in the list."""
    try:
        values = {"correction_id": correction_id, "reason": request.form.get("reason", "").strip()}
        perform_form(who, wire.convert(values, WithdrawCorrection))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _corrections(look, sentence_of(wrong), form_status(wrong))
    return done("console.corrections", "correction_withdrawn")


@page("/corrections/new", needs=Permission.VOUCH)
def correction_new(look: Look) -> Response:
    """Vouching for somebody whose punch is missing altogether, or, opened from a punch, is wrong."""
    return _new(look, None)


def _new(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    asked = request.values.get("replaces", "")
    wrong = punch_story(look.session, asked) if is_id(asked) else None
    begun: dict[str, str] = {"vouched_day": full(look.now, COMPANY_ZONE)[:10]}
    if wrong is not None:
        at = full(wrong.punch.taken_at, wrong.store.zone)
        begun = {
            "person_id": label_of(wrong.person.name, wrong.person.number), "kind": wrong.punch.kind, "vouched_day": at[:10],
            "store_id": label_of(wrong.store.name, wrong.store.number), "vouched_time": at[11:16],
        }  # fmt: skip
    return show(
        "correction_new.html", look, status=status, problem=problem, given=begun | request.form.to_dict(), wrong=wrong,
        section="console.corrections",
    )  # fmt: skip


@action("/corrections", needs=Permission.VOUCH)
def vouch(who: Actor) -> Response:
    """A correction out of the form: whose, where, when, what, why."""
    given = request.form
    try:
        with looking(who) as look:
            person_id = person_meant(look, given.get("person_id", ""))
            store_id = _store_meant(look, given.get("store_id", ""), person_id, given.get("vouched_day", ""))
            values = {
                "correction_id": op_id_of_form(), "person_id": person_id, "store_id": store_id,
                "kind": given.get("kind", ""), "at_ms": time_given("vouched", zone_of(look, store_id)),
                "reason": given.get("reason", "").strip(), "replaces": given.get("replaces") or None,
            }  # fmt: skip
        perform_form(who, wire.convert(values, Vouch))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _new(look, sentence_of(wrong), form_status(wrong))
    return done("console.corrections", "vouched")


# -- appeals -------------------------------------------------------------------------------------------------------------


def _store_meant(look: Look, typed: str, person_id: str, day_text: str) -> str:
    """The store that was typed; left empty, the one where the person is posted that day."""
    day = day_of(day_text)
    if typed.strip() or day is None:
        return store_meant(look, typed)
    place = load_places(look.session, [person_id], day, day).of(person_id, day)
    if place is None or place.store_id is None or look.session.get(Store, place.store_id) is None:
        return store_meant(look, typed)
    return place.store_id


@page("/appeals", needs=Permission.REVIEW_PUNCHES)
def appeals(look: Look) -> Response:
    """What employees do not agree with: the open ones first, and the one that is chosen with its case file."""
    return _appeals(look, None)


def _appeals(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    asked = request.args
    state = asked.get("state") if asked.get("state") in STATES else None
    found = everything(
        lambda cursor: queries.appeals_page(look.session, AppealsQuery(limit=200, cursor=cursor, state=state))  # type: ignore[arg-type]
    )
    store = asked.get("store") or None
    lines = [
        row for row in found
        if contains(asked.get("q", ""), row.person_name, row.store_name, row.text) and store in (None, row.store_id)
    ]  # fmt: skip
    chosen = next((row for row in lines if row.id == asked.get("appeal")), lines[0] if lines else None)
    story = punch_story(look.session, chosen.punch_id) if chosen is not None and chosen.punch_id is not None else None
    return show(
        "appeals.html", look, status=status, lines=lines, chosen=chosen, problem=problem, states=STATES, story=story,
        stores=sorted({(row.store_id, row.store_name) for row in found if row.store_name}, key=lambda pair: pair[1]),
        about=lambda row: about(look, row), why_not=_why_not(look, chosen) if chosen is not None else None,
        given=request.form, **(story_values(look, story) if story is not None else {}),
    )  # fmt: skip


def about(look: Look, row: AppealRow) -> str:
    """What an appeal is about: a day, or a punch by its time."""
    if row.day is not None:
        return look.t("console.appeals.about_day", day=row.day)
    story = punch_story(look.session, row.punch_id or "")
    if story is None:
        return ""
    at = full(story.punch.taken_at, story.store.zone)[:16]
    return look.t("console.appeals.about_punch", kind=look.t(f"console.kind.{story.punch.kind}"), at=at)


def _why_not(look: Look, row: AppealRow) -> str | None:
    """Why this reader may not answer, as a sentence; None where they may."""
    code = queries.may_not_answer(look.session, row.id, look.actor.person_id)
    return look.t(code) if code is not None else None


@action("/appeals/<appeal_id>/answer", needs=Permission.REVIEW_PUNCHES)
def answer_appeal(who: Actor, appeal_id: str) -> Response:
    """Upheld or refused, with the reason; upheld against a punch, with what counts now."""
    given = request.form
    upheld = given.get("upheld") == "yes"
    values: dict[str, Any] = {"appeal_id": appeal_id, "upheld": upheld, "reason": given.get("reason", "").strip()}
    try:
        if upheld and given.get("answer_decision"):
            values["decision"] = given["answer_decision"]
        if values.get("decision") == "correct":
            with looking(who) as look:
                values["corrected_ms"] = time_given("answered", queries.zone_of_appeal(look.session, appeal_id))
        perform_form(who, wire.convert(values, AnswerAppeal))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _appeals(look, sentence_of(wrong), form_status(wrong))
    return done("console.appeals", "appeal_answered")
