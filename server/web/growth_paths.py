"""Career paths with their stages, who follows which and wishes what, and one person's career."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from contract import wire
from contract.growth import DefinePath, JoinPath, LeavePath, RecordPromotion, SayWish
from contract.growth_views import RecommendedQuery, WishQuery
from contract.ids import is_id
from server.growth import queries
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.org.listings import posts
from server.org.queries import company_day
from server.people.model import Person
from server.web.find import person_meant
from server.web.growth import course_names, indicator_names
from server.web.shell import (
    Look,
    action,
    born_of_form,
    done,
    form_status,
    looking,
    op_id_of_form,
    page,
    perform_form,
    sentence_of,
    show,
)  # fmt: skip
from server.web.tables import Column, contains, csv_answer, table, wants_csv

SECTION = "console.growth_people"
WISHES = ("promotion", "other_post", "other_store", "stay")
STAGES, CONDITIONS = 5, 3  # rows of the form beyond what there is
Wrong = tuple[str, str] | None
COLUMNS = (
    Column("person", lambda row: row.name, always=True),
    Column("path", lambda row: row.path_zh),
    Column("month", lambda row: row.month or None, number=True),
    Column("missing", lambda row: row.missing, number=True),
    Column("wish", lambda row: row.wish, always=True),
    Column("wished", lambda row: row.wished_ms),
    Column("promoted_on", lambda row: row.promoted_on, hidden=True),
)


# -- paths ---------------------------------------------------------------------------------------------------------------


@page("/growth/paths", needs=Permission.READ_TRAINING)
def growth_paths(look: Look) -> Response:
    return _paths(look, None, None, 200)


def _paths(look: Look, given: Mapping[str, Any] | None, problem: Wrong, status: int) -> Response:
    paths = queries.paths(look.session).items
    wanted = given.get("career") if given is not None else request.args.get("path")
    chosen = next((one for one in paths if one.id == wanted), None)
    form = wire.plain(chosen) if chosen is not None else {"stages": []}
    return show(
        "growth_paths.html", look, status=status, problem=problem, paths=paths, chosen=chosen,
        form=_typed(given) if given else form, courses=course_names(look),
        indicators=indicator_names(look), section=SECTION, more=STAGES, conditions=CONDITIONS,
        posts=[(one.id, one.name_zh if look.language == "zh" else one.name_en) for one in posts(look.session).items],
    )  # fmt: skip


def _whole(text: str) -> int | str | None:
    tidied = text.strip()
    return int(tidied) if tidied.isascii() and tidied.isdigit() and len(tidied) <= 4 else tidied or None


def _typed(given: Any) -> dict[str, Any]:
    """A path as the form's rows have it; a stage without a title in either language is none."""
    stages: list[dict[str, Any]] = []
    for number in range(20):
        at = f"s{number}_"
        zh, en = given.get(f"{at}zh", "").strip(), given.get(f"{at}en", "").strip()
        if not (zh or en):
            continue
        rows = [_condition(given, f"{at}c{place}_") for place in range(10)]
        stages.append(
            {
                "key": f"stage-{len(stages) + 1}", "title_zh": zh or en, "title_en": en or zh,
                "from_month": _whole(given.get(f"{at}from", "")) or 0, "to_month": _whole(given.get(f"{at}to", "")) or 0,
                "courses": [one for one in given.getlist(f"{at}courses") if one],
                "conditions": [row for row in rows if row is not None],
            }
        )  # fmt: skip
    return {
        "id": given.get("career", ""), "code": given.get("code", "").strip(), "name_zh": given.get("name_zh", "").strip(),
        "name_en": given.get("name_en", "").strip(), "target_post_id": given.get("post") or None,
        "reason": given.get("reason", "").strip(), "stages": stages,
    }  # fmt: skip


def _condition(given: Mapping[str, str], at: str) -> dict[str, Any] | None:
    kind, amount = given.get(f"{at}kind", ""), given.get(f"{at}amount", "").strip()
    if kind == "months":
        return {"kind": kind, "months": _whole(amount)}
    if kind == "exam":
        return {"kind": kind, "course_id": given.get(f"{at}course", ""), "percent": _whole(amount)}
    if kind == "course":
        return {"kind": kind, "course_id": given.get(f"{at}course", "")}
    if kind == "indicator":
        return {"kind": kind, "indicator": given.get(f"{at}indicator", ""), "line": amount}
    return None


@action("/growth/paths", needs=Permission.MANAGE_TRAINING)
def define_growth_path(who: Actor) -> Response:
    given = request.form
    form = _typed(given)
    path_id = form.pop("id")
    path_id = path_id if is_id(path_id) else born_of_form("path")
    try:
        perform_form(who, wire.convert({"path_id": path_id, **form}, DefinePath))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _paths(look, given, sentence_of(wrong), form_status(wrong))
    return done("console.growth_paths", "saved", path=path_id)


# -- people --------------------------------------------------------------------------------------------------------------


@page("/growth/people", needs=Permission.READ_TRAINING)
def growth_people(look: Look) -> Response:
    return _people(look, None, 200)


def _people(look: Look, problem: Wrong, status: int) -> Response:
    paths = queries.paths(look.session).items
    wish, path = request.args.get("wish"), request.args.get("path")
    asked = {
        "wish": wish if wish in WISHES else None, "path_id": path if any(one.id == path for one in paths) else None, "limit": 200,
    }  # fmt: skip
    lines, cursor = [], None
    while True:
        found = queries.careers(look.session, wire.convert({**asked, "cursor": cursor}, WishQuery))
        lines += found.items
        cursor = found.next_cursor
        if cursor is None:
            break
    shown = [row for row in lines if contains(request.args.get("q", ""), row.name, row.path_zh, row.path_en)]
    rows = table("careers", COLUMNS, shown, sort="-wished")
    if wants_csv():
        return csv_answer(look, rows, about=lambda row: row.person_id)
    return show(
        "growth_people.html", look, status=status, problem=problem, table=rows, paths=paths, wishes=WISHES, given=request.form,
        section=SECTION, today=company_day(look.now).isoformat(),
    )  # fmt: skip


@action("/growth/people", needs=Permission.MANAGE_TRAINING)
def join_growth_path(who: Actor) -> Response:
    given = request.form
    try:
        with looking(who) as look:
            person_id = person_meant(look, given.get("person", ""))
        values = {
            "member_id": op_id_of_form(), "person_id": person_id, "path_id": given.get("career", ""),
            "from_day": given.get("from_day", ""),
        }  # fmt: skip
        perform_form(who, wire.convert(values, JoinPath))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _people(look, sentence_of(wrong), form_status(wrong))
    return done("console.growth_person", "saved", person_id=person_id)


@page("/growth/people/<person_id>", needs=Permission.READ_SELF)
def growth_person(look: Look, person_id: str) -> Response:
    return _person(look, person_id, None, 200)


def _person(look: Look, person_id: str, problem: Wrong, status: int) -> Response:
    row = queries.career(look.session, person_id)
    person = look.session.get(Person, person_id)
    return show(
        "growth_person.html", look, status=status, problem=problem, row=row, name=person.name if person is not None else "",
        person_id=person_id, members=queries.memberships(look.session, person_id), wishes=WISHES, given=request.form,
        promotions=queries.promotions(look.session, person_id), paths=queries.paths(look.session).items, section=SECTION,
        recommended=queries.recommended(look.session, RecommendedQuery(person_id=person_id)).items,
        is_own=look.actor.person_id == person_id, today=company_day(look.now).isoformat(),
    )  # fmt: skip


def _act(who: Actor, person_id: str, shape: Any, values: dict[str, Any]) -> Response:
    try:
        perform_form(who, wire.convert(values, shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _person(look, person_id, sentence_of(wrong), form_status(wrong))
    return done("console.growth_person", "saved", person_id=person_id)


@action("/growth/people/<person_id>/wish", needs=Permission.LEARN)
def say_growth_wish(who: Actor, person_id: str) -> Response:
    """One's own only: whoever this page is about, the wish is of who is signed in."""
    given = request.form
    if who.person_id != person_id:
        raise Problem("access.not_found", id=person_id)
    return _act(who, person_id, SayWish, {
        "wish_id": op_id_of_form(), "wish": given.get("wish", ""), "path_id": given.get("career") or None,
        "note": given.get("note", "").strip(),
    })  # fmt: skip


@action("/growth/people/<person_id>/left", needs=Permission.MANAGE_TRAINING)
def leave_growth_path(who: Actor, person_id: str) -> Response:
    given = request.form
    return _act(who, person_id, LeavePath, {
        "member_id": given.get("member", ""), "until": given.get("until", ""), "reason": given.get("reason", "").strip(),
    })  # fmt: skip


@action("/growth/people/<person_id>/promoted", needs=Permission.MANAGE_TRAINING)
def promote_growth_person(who: Actor, person_id: str) -> Response:
    given = request.form
    return _act(who, person_id, RecordPromotion, {
        "promotion_id": op_id_of_form(), "person_id": person_id, "path_id": given.get("career", ""),
        "from_day": given.get("from_day", ""), "reason": given.get("reason", "").strip(),
    })  # fmt: skip
