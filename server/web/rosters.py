"""Rosters at the console: a store's week or month as a grid, a shift with what the rules say while it is typed, publishing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import Response, request, url_for

from contract import wire
from contract.ids import is_id
from contract.roster_views import Grid, GridQuery, RosterExportQuery
from contract.rostering.shapes import Verdict
from contract.rosters import (
    CheckChange,
    CopyDays,
    DiscardDraft,
    FillByPattern,
    Publish,
    RemoveShift,
    RosterCellRow,
    SetShift,
)
from server.archive.looks import note_look
from server.kernel.actors import Actor, Permission
from server.kernel.http import do, outpost
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.rosters.cells import check_change
from server.rosters.exports import file_of
from server.rosters.grid import grid
from server.shifts import listings
from server.web.roster_squares import Squares
from server.web.roster_words import Said, gravest, role_words, said_of
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
from server.web.shift_forms import minutes_typed, windows_shown, windows_typed
from server.web.shifts import newest

SECTION = "console.rosters"
A_DAY = timedelta(days=1)
MOST_TOLD = 40
# what fills a screen stands in the page; a store of more people than that sends for the others once these are drawn
FIRST_ROWS, MOST_AT_ONCE = 14, 20
SPANS = {"week": 7, "fortnight": 14, "month": 28}
Wrong = tuple[str, str] | None


class Span:
    """The days a grid shows: whole weeks from a Monday."""

    def __init__(self, look: Look, asked: Mapping[str, str]) -> None:
        self.name = asked.get("span", "") if asked.get("span", "") in SPANS else "week"
        today = company_day(look.now)
        first = day_asked(asked.get("from", "")) or today
        self.first = first - timedelta(days=first.weekday())
        self.last = self.first + timedelta(days=SPANS[self.name] - 1)
        self.today = today

    def asked(self, store_id: str) -> GridQuery:
        return GridQuery(store_id=store_id, from_day=self.first.isoformat(), to_day=self.last.isoformat())

    def moved(self, weeks: int) -> str:
        return (self.first + timedelta(weeks=weeks)).isoformat()

    def plus(self, days: int) -> str:
        return (self.first + timedelta(days=days)).isoformat()

    @property
    def kept(self) -> dict[str, Any]:
        """What an address must say to come back to these days."""
        return {"from": self.first.isoformat(), "span": self.name}

    @property
    def weeks(self) -> int:
        return SPANS[self.name] // 7


def day_asked(text: str) -> date | None:
    """A day as an address has it; None for anything else."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


@page("/rosters/<store_id>", needs=Permission.READ_SHIFTS)
def roster(look: Look, store_id: str) -> Response:
    """A store's roster: people down, days across."""
    return _grid(look, store_id, None, 200)


def _grid(look: Look, store_id: str, problem: Wrong, status: int, said: list[Said] | None = None) -> Response:
    span = Span(look, request.args if request.method == "GET" else request.form)
    found = grid(look.session, span.asked(store_id), in_both_languages=False)
    roles = role_words(look)
    squares = Squares(look, found, roles, url_for("console.roster_shift", store_id=store_id, **span.kept))
    wanted = request.args.get("rows")
    if wanted == "later" and "HX-Request" in request.headers:
        return show("roster_rows.html", look, rows=found.people[FIRST_ROWS:], squares=squares, span=span, roles=roles)
    told = said_of(look, gravest(found.verdicts)[:MOST_TOLD], found, skills=roles)
    rows = found.people if wanted or len(found.people) <= MOST_AT_ONCE else found.people[:FIRST_ROWS]
    return show(
        "roster.html", look, status=status, grid=found, span=span, told=told, squares=squares, rows=rows,
        waiting=len(found.people) - len(rows),
        names={person.person_id: person.name for person in found.people},
        counts=_counts(found), problem=problem, refused=said or [], section=SECTION, store_id=store_id, roles=roles,
    )  # fmt: skip


def _counts(found: Grid) -> dict[str, int]:
    """The figures above the grid. Minutes are head-minutes."""
    return {
        "planned": sum(day.planned_min for day in found.days), "needed": sum(day.needed_min for day in found.days),
        "lack": sum(day.lack_min for day in found.days), "surplus": sum(day.surplus_min for day in found.days),
        "open": sum(1 for cell in found.cells if cell.person_id is None and cell.state != "removed"),
        "hard": sum(1 for one in found.verdicts if one.level == "hard"),
        "soft": sum(1 for one in found.verdicts if one.level == "soft"),
    }  # fmt: skip


@page("/rosters/<store_id>/file", needs=Permission.EXPORT)
def roster_file(look: Look, store_id: str) -> Response:
    """The days shown as a file: a line for each shift, or as a table."""
    span = Span(look, request.args)
    asked = RosterExportQuery(
        store_id=store_id, from_day=span.first.isoformat(), to_day=span.last.isoformat(), language=look.language,
        format="xlsx" if request.args.get("format") == "xlsx" else "csv",
        layout="table" if request.args.get("layout") == "table" else "lines",
    )  # fmt: skip
    body, media, people = file_of(look.session, asked)
    note_look(outpost(), look.actor, "export", people)
    answer = Response(body, mimetype=media)
    answer.headers["Content-Disposition"] = f'attachment; filename="roster-{asked.from_day}-{asked.to_day}.{asked.format}"'
    return answer


@page("/rosters/<store_id>/shift", needs=Permission.READ_SHIFTS)
def roster_shift(look: Look, store_id: str) -> Response:
    """One shift in its panel: a new one of a person and a day, or one that is there."""
    return _panel(look, store_id, request.args, None, 200)


def _panel(look: Look, store_id: str, given: Mapping[str, str], problem: Wrong, status: int, said: Any = None) -> Response:
    span = Span(look, given)
    found = grid(look.session, span.asked(store_id), in_both_languages=False)
    cell = next((one for one in found.cells if one.id == given.get("shift")), None)
    roles = role_words(look)
    person_id = given.get("person", cell.person_id or "" if cell is not None else "")
    name = next((one.name for one in found.people if one.person_id == person_id), "")
    if said is None and cell is not None:
        said = [one for one in said_of(look, found.verdicts, found, skills=roles) if cell.id in one.cells]
    return show(
        "roster_shift.html", look, status=status, grid=found, span=span, cell=cell, roles=roles, given=given, person_id=person_id,
        person_name=name, day_asked=given.get("day") or (cell.day if cell is not None else span.first.isoformat()),
        problem=problem, said=said or [], section=SECTION, store_id=store_id, windows_shown=windows_shown,
        typed=_typed(given, cell), templates=newest(listings.templates(look.session).items),
    )  # fmt: skip


def _typed(given: Mapping[str, str], cell: RosterCellRow | None) -> dict[str, Any]:
    """What the panel's fields hold: as typed, else as the shift is."""
    if "template" in given or cell is None:
        return {
            "template": given.get("template", ""), "windows": given.get("windows", ""), "role": given.get("role", ""),
            "tasks": given.get("tasks", ""), "comment": given.get("comment", ""), "locked": "locked" in given,
        }  # fmt: skip
    return {
        "template": cell.template, "windows": windows_shown(cell.windows), "role": cell.role or "",
        "tasks": "\n".join(cell.tasks), "comment": cell.comment or "", "locked": cell.locked,
    }  # fmt: skip


def _change(given: Mapping[str, str], store_id: str) -> dict[str, Any]:
    """The fields of a shift as typed, for the operation or for the question what the rules would say."""
    shift_id = given.get("shift", "")
    return {
        "store_id": store_id, "shift_id": shift_id if is_id(shift_id) else born_of_form("roster_shift"),
        "day": given.get("day", ""), "person_id": given.get("person") or None, "template": given.get("template", ""),
        "windows": windows_typed(given.get("windows", "")) if given.get("windows", "").strip() else [],
        "role": given.get("role") or None,
    }  # fmt: skip


@action("/rosters/<store_id>/check", needs=Permission.PLAN_SHIFTS)
def check_roster_shift(who: Actor, store_id: str) -> Response:
    """What the rules would say of a shift as it is typed. Nothing is kept."""
    with looking(who) as look:
        around = grid(look.session, Span(look, request.form).asked(store_id), in_both_languages=False)
        try:
            answer = check_change(look.session, who, wire.convert(_change(request.form, store_id), CheckChange))
        except (Problem, wire.Malformed) as wrong:
            return show("roster_verdicts.html", look, said=[], answer=None, problem=sentence_of(wrong))
        said = said_of(look, answer.verdicts, around, skills=role_words(look), words=answer.said)
        return show("roster_verdicts.html", look, said=said, answer=answer, problem=None)


@action("/rosters/<store_id>/shift", needs=Permission.PLAN_SHIFTS)
def set_roster_shift(who: Actor, store_id: str) -> Response:
    given = request.form
    try:
        values = _change(given, store_id) | {
            "tasks": [line.strip() for line in given.get("tasks", "").splitlines() if line.strip()],
            "comment": given.get("comment", "").strip() or None, "locked": "locked" in given,
            "based_on": minutes_typed(given, "based_on"),
            "override": given.get("override", "").strip() or None,
        }  # fmt: skip
        outcome = do(who, wire.convert(values, SetShift), op_id=op_id_of_form())
        if outcome.status == "rejected" and outcome.code is not None:
            raise Problem(outcome.code, field=outcome.field, **{k: v for k, v in outcome.facts.items() if k != "field"})
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            said = _refused_said(look, who, store_id, wrong)
            return _panel(look, store_id, given, sentence_of(wrong), form_status(wrong), said)
    return _back(store_id, "shift_set")


def _refused_said(look: Look, who: Actor, store_id: str, wrong: Problem | wire.Malformed) -> list[Said]:
    """What the rules say against a shift as it was typed, with that shift in the sentences: they are asked once more."""
    if not _verdicts_in(wrong):
        return []
    answer = check_change(look.session, who, wire.convert(_change(request.form, store_id), CheckChange))
    return said_of(look, answer.verdicts, None, skills=role_words(look), words=answer.said)


def _verdicts_in(wrong: Problem | wire.Malformed) -> list[Verdict]:
    """The verdicts a refusal names."""
    told = wrong.facts.get("verdicts", [])
    return wire.convert(told, list[Verdict]) if isinstance(told, list) else []  # type: ignore[arg-type]


@action("/rosters/<store_id>/remove", needs=Permission.PLAN_SHIFTS)
def remove_roster_shift(who: Actor, store_id: str) -> Response:
    given = request.form
    return _do(
        who, store_id, RemoveShift, "shift_removed", shift_id=given.get("shift", ""),
        based_on=minutes_typed(given, "based_on"),
    )  # fmt: skip


@action("/rosters/<store_id>/copy", needs=Permission.PLAN_SHIFTS)
def copy_roster(who: Actor, store_id: str) -> Response:
    """The days shown once more, some weeks later."""
    given = request.form
    return _do(
        who, store_id, CopyDays, "roster_copied", from_day=given.get("first", ""), to_day=given.get("last", ""),
        onto_day=given.get("onto", ""), with_people=given.get("with_people", "yes") == "yes", store_id=store_id,
    )  # fmt: skip


@action("/rosters/<store_id>/fill", needs=Permission.PLAN_SHIFTS)
def fill_roster(who: Actor, store_id: str) -> Response:
    return _do(who, store_id, FillByPattern, "roster_filled", **_days(store_id))


@action("/rosters/<store_id>/discard", needs=Permission.PLAN_SHIFTS)
def discard_roster(who: Actor, store_id: str) -> Response:
    return _do(who, store_id, DiscardDraft, "roster_discarded", **_days(store_id))


@action("/rosters/<store_id>/publish", needs=Permission.PLAN_SHIFTS)
def publish_roster(who: Actor, store_id: str) -> Response:
    given = request.form
    return _do(
        who, store_id, Publish, "roster_published", publish_id=op_id_of_form(), **_days(store_id),
        note=given.get("note", "").strip() or None, override=given.get("override", "").strip() or None,
    )  # fmt: skip


def _days(store_id: str) -> dict[str, Any]:
    return {"store_id": store_id, "from_day": request.form.get("first", ""), "to_day": request.form.get("last", "")}


def _do(who: Actor, here: str, shape: Any, what: str, **values: Any) -> Response:
    """Perform what a form of the grid asks for; a refusal is said above the grid, with the rules it names."""
    try:
        perform_form(who, wire.convert(values, shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            verdicts = _verdicts_in(wrong)
            around = grid(look.session, Span(look, request.form).asked(here), in_both_languages=False) if verdicts else None
            said = said_of(look, verdicts, around, skills=role_words(look))
            return _grid(look, here, sentence_of(wrong), form_status(wrong), said)
    return _back(here, what)


def _back(store_id: str, what: str) -> Response:
    """To the grid as it was looked at."""
    kept = {name: request.form[name] for name in ("from", "span") if request.form.get(name)}
    if what == "roster_copied" and request.form.get("onto"):
        kept["from"] = request.form["onto"]
    return done("console.roster", what, store_id=store_id, **kept)


