"""The library of courses, a course with its versions and readers, and what it is exported as."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, request, url_for

from contract import wire
from contract.courses import CourseBody, CourseLine, CourseQuery, ReadingQuery, RetireCourse, SaveDraft, VersionCard
from contract.growth_views import EffectsQuery
from contract.ids import is_id
from server.growth.effects import effects
from server.kernel.actors import Actor, Permission
from server.kernel.http import outpost
from server.kernel.problems import Problem
from server.learning import pictures
from server.learning.api import picture_response
from server.learning.formats.gift_out import write_gift
from server.learning.formats.markdown_out import write_markdown
from server.learning.formats.moodle_out import write_moodle
from server.learning.publishing import pictures_of
from server.learning.reading import courses_page, readers_of, readers_stores, version_card, versions_of
from server.web.course_words import changes_of, in_words
from server.web.shell import Look, action, done, form_status, go, looking, op_id_of_form, page, perform_form, sentence_of, show
from server.web.tables import Column, csv_answer, table, wants_csv

SECTION = "console.courses"
STATES, KINDS = ("draft", "in_review", "published", "retired"), ("course", "script")
AUTHOR = Permission.WRITE_COURSES
COLUMNS = (
    Column("course", lambda row: row.title_zh or row.title_en, always=True),
    Column("state", lambda row: row.state),
    Column("topic", lambda row: row.topic),
    Column("minutes", lambda row: row.minutes, number=True),
    Column("cards", lambda row: row.cards, number=True),
    Column("questions", lambda row: row.questions, number=True),
    Column("finished", lambda row: row.finished, number=True),
    Column("begun", lambda row: row.begun, number=True, hidden=True),
    Column("version", lambda row: row.number, number=True, hidden=True),
    Column("author", lambda row: row.author),
    Column("code", lambda row: row.code, hidden=True),
)


@page("/courses", needs=Permission.READ_TRAINING)
def courses(look: Look) -> Response:
    asked = {
        "q": request.args.get("q", "").strip()[:120], "state": _among("state", STATES), "kind": _among("kind", KINDS),
        "topic": request.args.get("topic", "").strip()[:120], "limit": 200,
    }  # fmt: skip
    rows = _every(look, asked)
    topics = sorted({row.topic for row in _every(look, {"limit": 200}) if row.topic})
    found = table("courses", COLUMNS, rows, sort="course")
    if wants_csv():
        return csv_answer(look, found)
    return show(
        "courses.html", look, table=found, topics=topics, states=STATES, kinds=KINDS, section=SECTION, in_words=in_words,
        narrowed=any(asked[name] for name in ("q", "state", "kind", "topic")),
        revise={one.course_id for one in effects(look.session, EffectsQuery()).items if one.revise},
    )  # fmt: skip


def _among(name: str, known: tuple[str, ...]) -> str | None:
    said = request.args.get(name)
    return said if said in known else None


def _every(look: Look, asked: dict[str, Any]) -> list[CourseLine]:
    """All courses that are asked for: a company has some hundreds."""
    found: list[CourseLine] = []
    cursor: str | None = None
    while len(found) < 5_000:
        said = courses_page(look.session, wire.convert({**asked, "cursor": cursor}, CourseQuery))
        found += said.items
        cursor = said.next_cursor
        if cursor is None:
            break
    return found


@page("/courses/new", needs=AUTHOR)
def course_new(look: Look) -> Response:
    return show("course_new.html", look, problem=None, given=request.form, kinds=KINDS, section=SECTION)


@action("/courses/new", needs=AUTHOR)
def begin_course(who: Actor) -> Response:
    given = request.form
    version_id = born("version")
    try:
        body = {name: given.get(name, "").strip() for name in ("title_zh", "title_en")} | {"kind": given.get("kind", "course")}
        code = given.get("code", "").strip()
        perform_form(who, wire.convert(
            {"course_id": born("course"), "version_id": version_id, "code": code, "body": body}, SaveDraft
        ))  # fmt: skip
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return show(
                "course_new.html", look, status=form_status(wrong), problem=sentence_of(wrong), given=given, kinds=KINDS,
                section=SECTION,
            )  # fmt: skip
    return go(url_for("console.course_edit", version_id=version_id))


@page("/courses/<course_id>", needs=AUTHOR)
def course(look: Look, course_id: str) -> Response:
    found = versions_of(look.session, course_id).items
    newest = found[0]
    published = next((one for one in found if one.state == "published"), None)
    readers, stores, store_id = None, [], request.args.get("store", "")
    if published is not None and published.body.kind == "script" and look.may(Permission.READ_TRAINING):
        asked = ReadingQuery(course_id=course_id, store_id=store_id if is_id(store_id) else None)
        readers = readers_of(look.session, asked)
        readers.items.sort(key=lambda one: one.confirmed_ms is not None)  # who has not, first
        stores = readers_stores(look.session, course_id)
    told = [(one, changes_of(before.body if before else None, one.body, look.language)) for one, before in _with_before(found)]
    line = next((row for row in _every(look, {"limit": 200}) if row.id == course_id), None)
    return show(
        "course.html", look, newest=newest, published=published, told=told, readers=readers, line=line, section=SECTION,
        stores=stores, in_words=in_words,
        draft=next((one for one in found if one.state in ("draft", "refused", "in_review")), None),
    )  # fmt: skip


def _with_before(versions: list[VersionCard]) -> list[tuple[VersionCard, VersionCard | None]]:
    """Each version with the published one it follows."""
    numbered = [one for one in versions if one.number is not None]
    return [
        (one, next((other for other in numbered if one.number is None or (other.number or 0) < one.number), None))
        for one in versions
    ]


@action("/courses/<course_id>/draft", needs=AUTHOR)
def next_draft(who: Actor, course_id: str) -> Response:
    """A draft that begins as what is published."""
    with looking(who) as look:
        found = versions_of(look.session, course_id).items
    newest = next((one for one in found if one.state in ("draft", "refused")), None)
    if newest is not None:
        return go(url_for("console.course_edit", version_id=newest.id))
    published = next((one for one in found if one.state == "published"), found[0])
    version_id = born("version")
    perform_form(who, SaveDraft(course_id=course_id, version_id=version_id, code=published.code, body=published.body))
    return go(url_for("console.course_edit", version_id=version_id))


@action("/courses/<course_id>/retire", needs=Permission.PUBLISH_COURSES)
def retire_course(who: Actor, course_id: str) -> Response:
    reason = request.form.get("reason", "").strip()
    perform_form(who, wire.convert({"course_id": course_id, "reason": reason}, RetireCourse))
    return done("console.course", "saved", course_id=course_id)


@page("/courses/media/<sha256>", needs=Permission.LEARN)
def course_picture(look: Look, sha256: str) -> Response:
    return picture_response(look.actor, sha256)


@page("/courses/versions/<version_id>/export", needs=AUTHOR)
def course_export(look: Look, version_id: str) -> Response:
    """A version as a file: `format` is markdown, gift or moodle."""
    version = version_card(look.session, version_id)
    kind = request.args.get("format", "markdown")
    content, ending, media = exported(version.body, version.code, kind)
    response = Response(content, mimetype=media)
    response.headers["Content-Disposition"] = f'attachment; filename="{version.code}.{ending}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def exported(body: CourseBody, code: str, kind: str) -> tuple[bytes, str, str]:
    """(the file, its ending, its type). Raises Problem for a kind that there is not, and for a bank without questions."""
    held = {sha: raw for sha in pictures_of(body) if (raw := pictures.read(outpost().settings.data_dir, sha)) is not None}
    if kind == "markdown":
        return write_markdown(body, code, held)[0], "zip", "application/zip"
    if body.quiz is None:
        raise Problem("learning.no_quiz", field="format")
    if kind == "gift":
        return write_gift(body.quiz.questions)[0], "gift.txt", "text/plain; charset=utf-8"
    if kind == "moodle":
        return write_moodle(body.quiz.questions, held)[0], "xml", "application/xml"
    raise Problem("wire.not_a_choice", field="format", want="markdown, gift, moodle", got=kind[:40])


def born(what: str) -> str:
    """The id of what a form gives birth to, as devices make them: of the form's moment, the same when it is sent twice."""
    op_id = op_id_of_form()
    return op_id[:24] + hashlib.sha256(f"{what} {op_id}".encode()).hexdigest()[:12]
