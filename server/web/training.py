"""Training in the console: stores side by side, a store's board with the reminder, assignments, and waiving."""

from __future__ import annotations

from typing import Any, get_args

import sqlalchemy as sa
from flask import Response, request

from contract import wire
from contract.ids import is_id
from contract.training import (
    AssignCourse,
    AssignmentLine,
    AssignmentQuery,
    BoardAsk,
    BoardCourse,
    BoardPerson,
    EndAssignment,
    RemindPeople,
    TaskQuery,
    TaskRepeat,
    UnitBoardAsk,
    WaiveTask,
)
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.learning.model import Course
from server.org.model import Post
from server.training import queries
from server.web.find import person_meant
from server.web.shell import Look, action, born_of_form, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.stores import everything
from server.web.tables import Column, contains, csv_answer, table, wants_csv
from server.web.units import asked_unit, indented

READ, ASSIGN = Permission.READ_TRAINING, Permission.ASSIGN_TRAINING
REPEATS = get_args(TaskRepeat)
ORIGINS = ("manual", "incident", "report", "score")
STORES = (
    Column("training_store", lambda line: line.store_name, always=True),
    Column("training_finished", lambda line: line.finished, number=True),
    Column("training_of", lambda line: line.of, number=True),
    Column("training_late", lambda line: line.late if line.of else None, number=True),
)
PEOPLE = (
    Column("training_course", lambda line: line["title"], always=True),
    Column("training_person", lambda line: line["one"].name),
    Column("training_state", lambda line: line["state"]),
    Column("training_percent", lambda line: line["one"].percent, number=True),
    Column("training_due", lambda line: line["one"].due_on or ""),
)
GIVEN = (
    Column("training_course", lambda line: line["title"], always=True),
    Column("training_to", lambda line: line["row"].to_name),
    Column("training_due", lambda line: line["row"].due_on or ""),
    Column("training_repeat", lambda line: line["row"].repeat),
    Column("training_origin", lambda line: line["origin"]),
    Column("training_participation", lambda line: line["row"].participation, number=True),
    Column("training_late", lambda line: line["row"].late, number=True),
)


def titled(look: Look, zh: str, en: str) -> str:
    """A course's title in the reader's language, or in the one it has."""
    return (zh or en) if look.language == "zh" else (en or zh)


def courses_to_choose(look: Look) -> list[tuple[str, str]]:
    """Published courses the reader may see, by title."""
    asked = sa.select(Course).where(Course.number > 0, Course.retired_at.is_(None))
    rows = look.session.scalars(asked).all()
    return sorted(((row.id, titled(look, row.title_zh, row.title_en)) for row in rows), key=lambda one: one[1])


@page("/training", needs=READ, endpoint="training")
def training(look: Look) -> Response:
    """Stores side by side: where most is late first, stores of which nothing is asked last."""
    course = request.args.get("course", "")
    asked = {"unit_id": asked_unit(), "course_id": course if is_id(course) else None}
    found = everything(lambda cursor: queries.unit_board(look.session, UnitBoardAsk(limit=200, cursor=cursor, **asked)))
    lines = [line for line in found if contains(request.args.get("q", ""), line.store_name)]
    rows = table("training", STORES, lines, sort="-training_late")
    if wants_csv():
        return csv_answer(look, rows)
    return show("training.html", look, table=rows, courses=courses_to_choose(look))


@page("/training/stores/<store_id>", needs=READ)
def training_board(look: Look, store_id: str) -> Response:
    """A store's board."""
    return _board(look, store_id, None, 200)


def _board(look: Look, store_id: str, problem: tuple[str, str] | None, status: int) -> Response:
    found = queries.board(look.session, BoardAsk(store_id=store_id))
    courses = [one for one in found.courses if contains(request.args.get("q", ""), one.title_zh, one.title_en, *one.rest)]
    lines = [_line(look, course, one) for course in courses for one in course.people]
    rows = table("training-board", PEOPLE, lines, sort="training_course")
    if wants_csv():
        return csv_answer(look, rows, about=lambda line: str(line["one"].person_id))
    tasks = everything(lambda cursor: queries.tasks_page(look.session, TaskQuery(store_id=store_id, limit=500, cursor=cursor)))
    open_tasks = {(task.person_id, task.course_id): task.id for task in tasks if task.state in ("open", "begun")}
    return show(
        "training_board.html", look, status=status, problem=problem, board=found, courses=courses, table=rows,
        behind={one.course_id: [who for who in one.people if who.state != "done"] for one in courses}, tasks=open_tasks,
        titled=lambda one: titled(look, one.title_zh, one.title_en), may_remind=look.may_at(ASSIGN, store_id),
        section="console.training",
    )  # fmt: skip


def _line(look: Look, course: BoardCourse, one: BoardPerson) -> dict[str, Any]:
    state = look.t(f"console.training.state.{'late' if one.late else one.state}")
    return {"one": one, "title": titled(look, course.title_zh, course.title_en), "state": state}


@action("/training/stores/<store_id>/remind", needs=ASSIGN)
def training_remind(who: Actor, store_id: str) -> Response:
    """The reminder: exactly these people."""
    values = {
        "reminder_id": born_of_form("training_reminder"), "store_id": store_id, "course_id": request.form.get("course_id", ""),
        "people": request.form.getlist("people"),
    }  # fmt: skip
    try:
        perform_form(who, wire.convert(values, RemindPeople))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _board(look, store_id, sentence_of(wrong), form_status(wrong))
    return done("console.training_board", "training_reminded", store_id=store_id)


@action("/training/stores/<store_id>/waive", needs=ASSIGN)
def training_waive(who: Actor, store_id: str) -> Response:
    """Somebody need not take a course, with the reason."""
    values = {"task_id": request.form.get("task_id", ""), "reason": request.form.get("reason", "").strip()}
    try:
        perform_form(who, wire.convert(values, WaiveTask))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _board(look, store_id, sentence_of(wrong), form_status(wrong))
    return done("console.training_board", "training_waived", store_id=store_id)


@page("/training/assignments", needs=READ)
def training_assignments(look: Look) -> Response:
    """Who was given what, and how far it is."""
    return _assignments(look, None, 200)


def _assignments(look: Look, problem: tuple[str, str] | None, status: int) -> Response:
    is_open = request.args.get("show") != "all"
    found = everything(
        lambda cursor: queries.assignments_page(look.session, AssignmentQuery(open=is_open, limit=200, cursor=cursor))
    )
    lines = [
        _given(look, row)
        for row in found
        if contains(request.args.get("q", ""), row.title_zh, row.title_en, row.to_name, row.origin_ref)
    ]
    rows = table("assignments", GIVEN, lines, sort="training_course")
    if wants_csv():
        return csv_answer(look, rows)
    units = [(unit, name) for unit, name in indented(look) if look.may_at(ASSIGN, unit)]
    posts = [(row.id, row.name_zh if look.language == "zh" else row.name_en) for row in look.session.scalars(sa.select(Post))]
    return show(
        "training_assignments.html", look, status=status, problem=problem, table=rows, courses=courses_to_choose(look),
        units=units, posts=sorted(posts, key=lambda one: one[1]) if look.actor.has_everywhere(ASSIGN) else [],
        repeats=REPEATS, origins=ORIGINS, given=request.form or request.args, section="console.training",
    )  # fmt: skip


def _given(look: Look, row: AssignmentLine) -> dict[str, Any]:
    origin = look.t(f"console.training.origin.{row.origin}")
    reference = row.origin_ref if row.origin in ORIGINS else ""
    return {
        "row": row, "title": titled(look, row.title_zh, row.title_en), "origin": f"{origin} {reference}".strip(),
        "repeat": look.t(f"console.training.repeat.{row.repeat}"),
    }  # fmt: skip


@action("/training/assignments", needs=ASSIGN)
def training_assign(who: Actor) -> Response:
    """A course for a unit, a store, a post."""
    given = request.form
    try:
        kind, to_id = _whom(who, given.get("person", "").strip(), given.get("to", ""))
    except Problem as wrong:
        with looking(who) as look:
            return _assignments(look, sentence_of(wrong), form_status(wrong))
    values = {
        "assignment_id": born_of_form("training_assignment"), "course_id": given.get("course_id", ""), "to": kind,
        "to_id": to_id, "due_on": given.get("due_on") or None, "repeat": given.get("repeat", "none"),
        "origin": given.get("origin", "manual"), "origin_ref": given.get("origin_ref", "").strip(),
        "note": given.get("note", "").strip(),
    }  # fmt: skip
    try:
        perform_form(who, wire.convert(values, AssignCourse))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _assignments(look, sentence_of(wrong), form_status(wrong))
    return done("console.training_assignments", "training_assigned")


def _whom(who: Actor, person: str, to: str) -> tuple[str, str]:
    """Whom a form means: the person typed, else what was chosen."""
    if not person:
        kind, _, to_id = to.partition(":")
        return kind, to_id
    with looking(who) as look:
        return "person", person_meant(look, person)


@action("/training/assignments/<assignment_id>/end", needs=ASSIGN)
def training_end(who: Actor, assignment_id: str) -> Response:
    """No more of it, with the reason."""
    values = {"assignment_id": assignment_id, "reason": request.form.get("reason", "").strip()}
    try:
        perform_form(who, wire.convert(values, EndAssignment))
    except (Problem, wire.Malformed) as wrong:
        if isinstance(wrong, Problem) and wrong.http in (403, 404):
            raise
        with looking(who) as look:
            return _assignments(look, sentence_of(wrong), form_status(wrong))
    return done("console.training_assignments", "training_ended")
