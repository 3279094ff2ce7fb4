"""Cases in the console: what many punches show together, each with its facts, its punches and what would explain it honestly; and
the extra proof of a store."""

from __future__ import annotations

from typing import Any, get_args

from flask import Response, request

from contract import wire
from contract.corrections import CaseKind, CaseRow, CasesQuery, CloseCase, FindCases
from contract.proofs import SetExtraRule
from server.attendance import case_queries as queries
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.web.maps import map_facts
from server.web.shell import Look, action, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.stores import everything, show_store
from server.web.tables import Column, contains, csv_answer, table, wants_csv

FINDINGS = ("explained", "misused", "unclear")
COLUMNS = (
    Column("case_found", lambda line: line["row"].found_ms, always=True),
    Column("case_kind", lambda line: line["kind"]),
    Column("case_people", lambda line: line["names"]),
    Column("case_store", lambda line: line["row"].store_name),
    Column("case_what", lambda line: line["what"]),
    Column("case_month", lambda line: line["row"].period),
    Column("case_punches", lambda line: len(line["row"].punch_ids), number=True),
    Column("case_finding", lambda line: line["row"].finding or ""),
)


def sentence(look: Look, row: CaseRow) -> str:
    """The case in one sentence."""
    key = f"case.{row.kind}_{row.facts['how']}" if "how" in row.facts else f"case.{row.kind}"
    return look.t(key, names=names(look, row), **{name: fact for name, fact in row.facts.items() if name != "how"})


def names(look: Look, row: CaseRow) -> str:
    return ("、" if look.language == "zh" else ", ").join(row.names)


@page("/cases", needs=Permission.READ_CASES, endpoint="cases")
def cases(look: Look) -> Response:
    """What somebody should look at; with `show=all` also what somebody has."""
    asked = request.args
    kind = asked.get("kind") if asked.get("kind") in get_args(CaseKind) else None
    is_open = asked.get("show") != "all"
    found = everything(
        lambda cursor: queries.cases_page(look.session, CasesQuery(open=is_open, kind=kind, limit=200, cursor=cursor))  # type: ignore[arg-type]
    )
    lines = [
        {"row": row, "kind": look.t(f"console.cases.kinds.{row.kind}"), "names": names(look, row), "what": sentence(look, row)}
        for row in found
        if contains(asked.get("q", ""), *row.names, row.store_name)
    ]
    rows = table("cases", COLUMNS, lines, sort="-case_found")
    if wants_csv():
        return csv_answer(look, rows)
    kinds = [(one, look.t(f"console.cases.kinds.{one}")) for one in get_args(CaseKind)]
    return show("cases.html", look, table=rows, kinds=kinds, month=look.now.strftime("%Y-%m"))


@page("/cases/<case_id>", needs=Permission.READ_CASES)
def case(look: Look, case_id: str) -> Response:
    return _case(look, case_id, None)


def _case(look: Look, case_id: str, problem: tuple[str, str] | None, status: int = 200) -> Response:
    story = queries.case_story(look.session, case_id)
    if story is None:
        raise Problem("attendance.case_unknown", id=case_id)
    is_own = look.actor.person_id in queries.people_of(look.session, case_id)
    drawn = [(punch, person) for punch, person, _, _ in story.punches]
    return show(
        "case.html", look, status=status, problem=problem, story=story, row=story.row, what=sentence(look, story.row),
        honest=look.t(f"case.honest.{story.row.kind}"), findings=FINDINGS, own=is_own, given=request.form,
        days=_by_day(story.punches), map=map_facts(look, [story.store], drawn, story.store.zone),
        may_close=not is_own and look.may_at(Permission.REVIEW_PUNCHES, story.row.store_id), section="console.cases",
    )  # fmt: skip


def _by_day(punches: Any) -> list[tuple[Any, list[Any]]]:
    """The time line: punches by business day, the newest day first, within a day in order of time."""
    days: dict[Any, list[Any]] = {}
    for line in punches:
        days.setdefault(line[0].business_date, []).append(line)
    return sorted(days.items(), reverse=True)


@action("/cases/<case_id>/close", needs=Permission.REVIEW_PUNCHES)
def close_case(who: Actor, case_id: str) -> Response:
    values = {
        "case_id": case_id, "finding": request.form.get("finding", ""), "reason": request.form.get("reason", "").strip(),
    }  # fmt: skip
    try:
        perform_form(who, wire.convert(values, CloseCase))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _case(look, case_id, sentence_of(wrong), form_status(wrong))
    return done("console.case", "case_closed", case_id=case_id)


@action("/cases/search", needs=Permission.REVIEW_PUNCHES)
def find_cases(who: Actor) -> Response:
    """Look through a month now; a worker does it."""
    perform_form(who, wire.convert({"month": request.form.get("month", "")}, FindCases))
    return done("console.cases", "cases_asked")


@action("/stores/<store_id>/extra", needs=Permission.MANAGE_RULES)
def set_extra(who: Actor, store_id: str) -> Response:
    """How often the store's tablet asks for one more proof."""
    given = request.form
    try:
        values = {
            "store_id": store_id, "one_in": _whole(given.get("one_in", "")), "photo_days": _whole(given.get("photo_days", "")),
            "reason": given.get("reason", "").strip(),
        }  # fmt: skip
        perform_form(who, wire.convert(values, SetExtraRule))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return show_store(look, store_id, sentence_of(wrong), form_status(wrong))
    return done("console.store", "extra_set", store_id=store_id)


def _whole(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else text
