"""The editor of a course's draft: its parts, the preview on a phone, what is wrong, and handing it in.

A part is saved on its own while one types (htmx) or by its button; each save names the edit it began from, so that nobody's
words are overwritten: who comes second sees both names and what the draft says now.
"""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response, make_response, render_template, request, url_for

from contract import wire
from contract.courses import CourseBody, DiscardCourseDraft, PublishVersion, SaveDraft, SubmitDraft, VersionCard, problems_of
from contract.quizzes import MOST_OF_A_CHOICE, Question
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.learning.api import keep_picture
from server.learning.pictures import MOST_UPLOAD_BYTES
from server.learning.reading import version_card
from server.org.listings import posts
from server.stores.model import Store
from server.web import course_forms as forms
from server.web.course_words import in_words, name_of_card, practised, safely
from server.web.courses import AUTHOR, SECTION, born
from server.web.find import label_of, unit_meant
from server.web.shell import (
    Look,
    action,
    done,
    form_status,
    go,
    looking,
    page,
    perform_form,
    sentence_of,
    show,
)

CARD_KINDS = ("text", "picture", "video", "checklist", "question")
QUESTION_KINDS = ("single", "multiple", "order", "match", "number", "text")
Wrong = tuple[str, str] | None


@page("/courses/versions/<version_id>/edit", needs=AUTHOR)
def course_edit(look: Look, version_id: str) -> Response:
    version = version_card(look.session, version_id)
    if version.state not in ("draft", "refused"):
        return go(url_for("console.course", course_id=version.course_id))
    return _edit(look, version, version.body, request.args.get("part", "about"), None)


def _edit(look: Look, version: VersionCard, body: CourseBody, part: str, problem: Wrong, status: int = 200) -> Response:
    kind, _, key = part.partition(":")
    card = next((one for one in body.cards if one.key == key), None) if kind == "card" else None
    question = _question(body, key) if kind == "question" else card.question if card is not None else None
    if (kind == "card" and card is None) or (kind == "question" and question is None) or (kind == "quiz" and body.quiz is None):
        part, kind = "about", "about"
    return show(
        "course_edit.html", look, status=status, version=version, body=body, part=part, kind=kind, card=card, question=question,
        problem=problem, wrongs=_wrongs(body), section=SECTION, card_kinds=CARD_KINDS, question_kinds=QUESTION_KINDS,
        stores=_stores(look, body.audience.stores), posts=posts(look.session).items,
        most_choices=forms.MOST_CHOICES, most_of_a_choice=MOST_OF_A_CHOICE,
        pools=list(dict.fromkeys(one.pool for one in body.quiz.questions if one.pool)) if body.quiz is not None else [],
        **_words(),
    )  # fmt: skip


def _words() -> dict[str, Any]:
    return {"in_words": in_words, "name_of_card": name_of_card, "safely": safely, "practised": practised}


def _question(body: CourseBody, key: str) -> Question | None:
    return next((one for one in body.quiz.questions if one.key == key), None) if body.quiz is not None else None


def _stores(look: Look, ids: list[str]) -> list[tuple[str, str]]:
    rows = [look.session.get(Store, store_id) for store_id in ids]
    return [(row.id, label_of(row.name, row.number)) for row in rows if row is not None]


def _wrongs(body: CourseBody) -> dict[str, list[str]]:
    """Codes of what stands in the way of publishing, by the part of the editor where it is put right."""
    found: dict[str, list[str]] = {}
    for one in problems_of(body):
        steps = one.field.split(".")
        if steps[0] == "cards" and len(steps) > 1:
            part = f"card:{body.cards[int(steps[1])].key}"
        elif steps[:2] == ["quiz", "questions"] and len(steps) > 2 and body.quiz is not None:
            part = f"question:{body.quiz.questions[int(steps[2])].key}"
        else:
            part = "quiz" if steps[0] == "quiz" else "about"
        found.setdefault(part, []).append(one.code)
    return found


@action("/courses/versions/<version_id>/part", needs=AUTHOR)
def save_course_part(who: Actor, version_id: str) -> Response:
    """Save what a part's form says. While one types the answer is only the preview, what is wrong, and the new edit."""
    form, part = request.form, request.form.get("part", "about")
    with looking(who) as look:
        version = version_card(look.session, version_id)
        body = version.body
        try:
            body = _changed(look, version.body, part)
        except (Problem, wire.Malformed) as wrong:
            return _said_again(look, version, body, part, wrong)
    try:
        _save(who, version, body, forms.number(form.get("base", "0"), "base"))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _said_again(look, version, body, part, wrong)
    if _is_autosave():
        with looking(who) as look:
            saved = version_card(look.session, version_id)
            return _aside(look, saved, saved.body, part, None)
    return done("console.course_edit", "saved", version_id=version_id, part=part)


def _is_autosave() -> bool:
    return "HX-Request" in request.headers


def _said_again(look: Look, version: VersionCard, body: CourseBody, part: str, wrong: Problem | wire.Malformed) -> Response:
    if _is_autosave():
        return _aside(look, version, body, part, sentence_of(wrong))
    return _edit(look, version, body, part, sentence_of(wrong), form_status(wrong))


def _aside(look: Look, version: VersionCard, body: CourseBody, part: str, problem: Wrong) -> Response:
    """What stands beside a form while one types in it."""
    kind, _, key = part.partition(":")
    card = next((one for one in body.cards if one.key == key), None) if kind == "card" else None
    question = _question(body, key) if kind == "question" else card.question if card is not None else None
    html = render_template(
        "console/course_aside.html", look=look, version=version, body=body, part=part, kind=kind, card=card, question=question,
        problem=problem, wrongs=_wrongs(body), **_words(),
    )  # fmt: skip
    return make_response(html)


def _changed(look: Look, body: CourseBody, part: str) -> CourseBody:
    form = request.form
    kind, _, key = part.partition(":")
    if kind == "about":
        stores = form.getlist("store")
        if form.get("add_store", "").strip():
            stores.append(unit_meant(look, form["add_store"]))
        return forms.about_of(form, body, list(dict.fromkeys(stores)), form.getlist("post"))
    if kind == "card":
        return forms.with_card(body, forms.card_of(form, _known(next((one for one in body.cards if one.key == key), None), key)))
    if kind == "question":
        return forms.with_question(body, forms.question_of(form, _known(_question(body, key), key)))
    if body.quiz is None:
        raise Problem("learning.no_quiz", field="quiz")
    return msgspec.structs.replace(body, quiz=forms.quiz_of(form, body.quiz))


def _known(row: Any, key: str) -> Any:
    if row is None:
        raise Problem("learning.version_unknown", id=key[:40])
    return row


def _save(who: Actor, version: VersionCard, body: CourseBody, base: int) -> None:
    code = request.form.get("code", version.code).strip()
    values = {"course_id": version.course_id, "version_id": version.id, "code": code, "base": base, "note": version.note}
    perform_form(who, wire.convert({**values, "body": wire.plain(body)}, SaveDraft))


@action("/courses/versions/<version_id>/arrange", needs=AUTHOR)
def arrange_course(who: Actor, version_id: str) -> Response:
    """Add, move, copy or take out a card or a question."""
    form = request.form
    act, _, key = form.get("act", "").partition(":")
    with looking(who) as look:
        version = version_card(look.session, version_id)
    if act not in ("add", "up", "down", "copy", "drop"):
        raise Problem("wire.not_a_choice", field="act", want="add, up, down, copy, drop", got=act[:40])
    what = "question" if request.args.get("what") == "question" else "card"
    try:
        body, part = forms.arranged(version.body, act, what, key, form.get("kind", "text"))
        _save(who, version, body, forms.number(form.get("base", "0"), "base"))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _edit(look, version, version.body, "about", sentence_of(wrong), form_status(wrong))
    return go(url_for("console.course_edit", version_id=version_id, part=part) + f"#at-{part.replace(':', '-')}")


@action("/courses/versions/<version_id>/picture", needs=AUTHOR)
def add_course_picture(who: Actor, version_id: str) -> Response:
    """A picture for a card, or for a question."""
    part, upload = request.form.get("part", ""), request.files.get("file")
    kind, _, key = part.partition(":")
    with looking(who) as look:
        version = version_card(look.session, version_id)
    body = version.body
    try:
        if upload is None or not upload.filename:
            raise Problem("wire.missing", field="file")
        kept = keep_picture(who, upload.stream.read(MOST_UPLOAD_BYTES + 1), upload.filename)
        if isinstance(kept, Response):
            return kept
        if kind == "question":
            question = _known(_question(body, key), key)
            body = forms.with_question(body, msgspec.structs.replace(question, picture=kept.sha256))
        else:
            card = _known(next((one for one in body.cards if one.key == key), None), key)
            body = forms.with_card(body, msgspec.structs.replace(card, picture=kept.sha256))
        _save(who, version, body, forms.number(request.form.get("base", "0"), "base"))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _edit(look, version, body, part, sentence_of(wrong), form_status(wrong))
    return done("console.course_edit", "saved", version_id=version_id, part=part)


@action("/courses/versions/<version_id>/submit", needs=AUTHOR)
def submit_course(who: Actor, version_id: str) -> Response:
    """Hand the draft in for review."""
    note = request.form.get("note", "").strip()
    said = {"version_id": version_id, "request_id": born("review"), "note": note}
    return _finish(who, version_id, lambda: wire.convert(said, SubmitDraft), "course_submitted")


@action("/courses/versions/<version_id>/publish", needs=Permission.PUBLISH_COURSES)
def publish_course(who: Actor, version_id: str) -> Response:
    said = {"version_id": version_id, "reason": request.form.get("reason", "").strip()}
    return _finish(who, version_id, lambda: wire.convert(said, PublishVersion), "course_published")


@action("/courses/versions/<version_id>/discard", needs=AUTHOR)
def discard_course(who: Actor, version_id: str) -> Response:
    perform_form(who, DiscardCourseDraft(version_id=version_id))
    return done("console.courses", "course_discarded")


def _finish(who: Actor, version_id: str, said: Any, what: str) -> Response:
    with looking(who) as look:
        version = version_card(look.session, version_id)
    try:
        perform_form(who, said())
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _edit(look, version, version.body, "about", sentence_of(wrong), form_status(wrong))
    return done("console.course", what, course_id=version.course_id)
