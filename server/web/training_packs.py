"""What stores ask of who arrives: the packs of the company, of regions and stores, and the onboarding lists that follow."""

from __future__ import annotations

from typing import Any, get_args

from flask import Response, request

from contract import wire
from contract.ids import is_id
from contract.training import Gate, OnboardingQuery, OnboardingRow, SetPack
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.learning.queries import titles
from server.org.model import COMPANY_ID
from server.stores.queries import seen_of
from server.training import queries
from server.web.shell import Look, action, born_of_form, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.tables import Column, contains, csv_answer, table, wants_csv
from server.web.training import courses_to_choose, titled
from server.web.units import indented

GATES = get_args(Gate)
LISTS = (
    Column("training_person", lambda line: line.person_name, always=True),
    Column("training_store", lambda line: line.store_name),
    Column("training_done", lambda line: sum(item.done for item in line.items), number=True),
    Column("training_of", lambda line: len(line.items), number=True),
    Column("training_may_work", lambda line: line.may_work),
)


@page("/training/packs", needs=Permission.READ_TRAINING)
def training_packs(look: Look) -> Response:
    """All packs one may see; one of them in the form beside."""
    return _packs(look, None, 200)


def _packs(look: Look, problem: tuple[str, str] | None, status: int) -> Response:
    found = queries.packs(look.session).items
    known = titles(look.session, {one.course_id for pack in found for one in pack.courses}) if found else {}
    chosen = next((pack for pack in found if pack.id == request.args.get("pack")), None)
    units = [("", look.t("console.training.company"))]
    units += [(unit, name) for unit, name in indented(look) if unit != COMPANY_ID]
    return show(
        "training_packs.html", look, status=status, problem=problem, packs=found, chosen=chosen, gates=GATES, units=units,
        titles={key: titled(look, one.zh, one.en) for key, one in known.items()}, courses=courses_to_choose(look),
        asked={one.course_id: one for one in chosen.courses} if chosen is not None else {}, given=request.form,
        section="console.training",
    )  # fmt: skip


@action("/training/packs", needs=Permission.MANAGE_TRAINING)
def training_set_pack(who: Actor) -> Response:
    """What a unit asks from now on: each course that is ticked, with its days and whether work waits for it."""
    given = request.form
    unit = given.get("unit_id", "")
    values: dict[str, Any] = {
        "pack_id": given.get("pack_id") or born_of_form("training_pack"), "unit_id": unit or None,
        "courses": [_course(one) for one in given.getlist("course")], "gate": given.get("gate", "warn"),
        "needs_archive": "needs_archive" in given, "reason": given.get("reason", "").strip(),
    }  # fmt: skip
    try:
        perform_form(who, wire.convert(values, SetPack))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _packs(look, sentence_of(wrong), form_status(wrong))
    return done("console.training_packs", "training_pack_set")


def _course(course_id: str) -> dict[str, Any]:
    days = request.form.get(f"days-{course_id}", "")
    whole = int(days) if days.isascii() and days.isdigit() and len(days) < 4 else 7
    return {"course_id": course_id, "due_days": whole, "gates": f"gates-{course_id}" in request.form}


@page("/training/onboarding", needs=Permission.READ_TRAINING)
def training_onboarding(look: Look) -> Response:
    """Lists that are not complete, or all."""
    store = request.args.get("store", "")
    asked = OnboardingQuery(store_id=store if is_id(store) else None, open=request.args.get("show") != "all")
    found: list[OnboardingRow] = [
        one for one in queries.onboardings(look.session, asked).items
        if contains(request.args.get("q", ""), one.person_name, one.store_name)
    ]  # fmt: skip
    rows = table("onboarding", LISTS, found, sort="training_person")
    if wants_csv():
        return csv_answer(look, rows, about=lambda line: str(line.person_id))
    boards = seen_of(look.session, {one.store_id for one in found})
    return show(
        "training_onboarding.html", look, table=rows, section="console.training", boards=boards,
        titled=lambda one: titled(look, one.title_zh, one.title_en),
    )  # fmt: skip
