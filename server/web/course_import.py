"""Courses and question banks out of files: the file, what was found in it and what not, then a draft or more questions in one.

The file waits in the data folder between the two steps, under a name that this server made, for whoever sent it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from flask import Response, request, url_for

from contract import wire
from contract.courses import CourseBody, SaveDraft
from contract.ids import new_id
from contract.messages import Language
from contract.quizzes import Question, Quiz
from server.kernel.actors import Actor
from server.kernel.http import outpost
from server.kernel.problems import Problem
from server.learning.api import keep_picture
from server.learning.formats.gift import read_gift
from server.learning.formats.markdown import read_markdown
from server.learning.formats.moodle import read_moodle
from server.learning.formats.moving import with_pictures
from server.learning.formats.told import MAX_ZIP_BYTES, Refused, Taken
from server.learning.reading import version_card
from server.web.course_words import in_words, name_of_card
from server.web.courses import AUTHOR, SECTION, born
from server.web.shell import Look, action, form_status, go, looking, page, perform_form, sentence_of, show

FORMATS = ("markdown", "gift", "moodle")
KEPT_S = 2 * 86_400


class Found(NamedTuple):
    """What a file holds."""

    body: CourseBody
    code: str | None
    taken: Taken


def read_file(raw: bytes, name: str, kind: str, language: Language | None) -> Found:
    """A course out of a file; of a bank of questions one that is all quiz. Raises Problem where it is refused."""
    try:
        if kind == "markdown":
            return Found(*_parts(read_markdown(raw, name, language)))
        taken = read_moodle(raw, language) if kind == "moodle" else read_gift(raw, language)
    except Refused as refused:
        raise Problem(refused.code, field="file", **refused.facts) from None
    quiz = Quiz(questions=taken.questions) if taken.questions else None
    return Found(CourseBody(title_zh=Path(name).stem[:120], quiz=quiz), None, taken)


def _parts(course: Any) -> tuple[CourseBody, str | None, Taken]:
    return course.body, course.code, course.taken


class Waiting:
    """A file between the two steps; nobody who went away leaves theirs for longer than `KEPT_S`."""

    def __init__(self, run_id: str, folder_name: str = "course_imports") -> None:
        folder = outpost().settings.data_dir / folder_name
        folder.mkdir(parents=True, exist_ok=True)
        self.content, self._about = folder / f"{run_id}.file", folder / f"{run_id}.json"
        self.run_id = run_id

    def keep(self, raw: bytes, **about: Any) -> None:
        for old in self.content.parent.iterdir():
            if old.stat().st_mtime < time.time() - KEPT_S:
                old.unlink(missing_ok=True)
        self.content.write_bytes(raw)
        self.say(**about)

    def say(self, **about: Any) -> None:
        """What is known of it now: written beside it and then over it, so that a reader never meets half of it."""
        beside = self._about.with_suffix(f".{threading.get_ident()}")
        beside.write_text(json.dumps(about), encoding="utf-8")
        beside.replace(self._about)

    def about(self, who: Actor) -> dict[str, Any]:
        """Raises Problem where there is no such file of theirs."""
        found: dict[str, Any] = json.loads(self._about.read_text(encoding="utf-8")) if self._about.exists() else {}
        if not found or found["account_id"] != who.account_id or not self.content.exists():
            raise Problem("access.not_found", id=self.run_id)
        return found

    def forget(self) -> None:
        self.content.unlink(missing_ok=True)
        self._about.unlink(missing_ok=True)


@page("/courses/import", needs=AUTHOR)
def course_import(look: Look) -> Response:
    return _form(look, None)


def _form(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    return show(
        "course_import.html", look, status=status, problem=problem, formats=FORMATS, given=request.values, section=SECTION,
        most_mb=MAX_ZIP_BYTES // 2**20,
    )  # fmt: skip


@action("/courses/import", needs=AUTHOR)
def check_course_file(who: Actor) -> Response:
    """Read the file and show what is in it: nothing is written."""
    upload, form = request.files.get("file"), request.form
    try:
        if upload is None or not upload.filename:
            raise Problem("wire.missing", field="file")
        raw = upload.read(MAX_ZIP_BYTES + 1)
        kind, language = form.get("format", ""), _language(form.get("language", ""))
        if kind not in FORMATS:
            raise Problem("wire.not_a_choice", field="format", want=", ".join(FORMATS), got=kind[:40])
        read_file(raw, upload.filename, kind, language)
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _form(look, sentence_of(wrong), form_status(wrong))
    waiting = Waiting(new_id())
    waiting.keep(
        raw, account_id=who.account_id, name=Path(upload.filename).name[:120], format=kind, language=language,
        into=form.get("into", ""),
    )  # fmt: skip
    return go(url_for("console.course_import_run", run_id=waiting.run_id))


def _language(said: str) -> Language | None:
    return "zh" if said == "zh" else "en" if said == "en" else None


@page("/courses/import/<run_id>", needs=AUTHOR)
def course_import_run(look: Look, run_id: str) -> Response:
    return _run(look, run_id, None)


def _run(look: Look, run_id: str, problem: tuple[str, str] | None, status: int = 200) -> Response:
    waiting = Waiting(run_id)
    about = waiting.about(look.actor)
    found = read_file(waiting.content.read_bytes(), about["name"], about["format"], _language(about["language"] or ""))
    into = version_card(look.session, about["into"]) if about["into"] else None
    return show(
        "course_import_run.html", look, status=status, problem=problem, run_id=run_id, about=about, found=found, into=into,
        lost=[one for one in found.taken.findings if one.lost], changed=[one for one in found.taken.findings if not one.lost],
        given=request.form, section=SECTION, in_words=in_words, name_of_card=name_of_card,
    )  # fmt: skip


@action("/courses/import/<run_id>/take", needs=AUTHOR)
def take_course_file(who: Actor, run_id: str) -> Response:
    """A draft out of the file, or its questions added to the draft one came from."""
    waiting, form = Waiting(run_id), request.form
    about = waiting.about(who)
    try:
        found = read_file(waiting.content.read_bytes(), about["name"], about["format"], _language(about["language"] or ""))
        body = with_pictures(found.body, _kept(who, found.taken.pictures))
        if about["into"]:
            version_id = _add(who, about["into"], body)
        else:
            titles = {name: form.get(name, "").strip() for name in ("title_zh", "title_en")}
            body = msgspec.structs.replace(body, **{name: said for name, said in titles.items() if name in form})
            version_id = born("version")
            values = {"course_id": born("course"), "version_id": version_id, "code": form.get("code", "").strip()}
            perform_form(who, wire.convert({**values, "body": wire.plain(body)}, SaveDraft))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _run(look, run_id, sentence_of(wrong), form_status(wrong))
    waiting.forget()
    return go(url_for("console.course_edit", version_id=version_id, done="course_imported"))


def _kept(who: Actor, pictures: Mapping[str, bytes]) -> dict[str, str | None]:
    """The names that pictures have once they are shrunk and kept; None for one that could not be."""
    found: dict[str, str | None] = {}
    for sha, raw in pictures.items():
        try:
            kept = keep_picture(who, raw)
        except Problem:
            found[sha] = None  # a picture that cannot be opened: the card without it says that it is empty
            continue
        found[sha] = None if isinstance(kept, Response) else kept.sha256
    return found


def _add(who: Actor, version_id: str, body: CourseBody) -> str:
    with looking(who) as look:
        version = version_card(look.session, version_id)
    here = version.body.quiz.questions if version.body.quiz is not None else []
    more = body.quiz.questions if body.quiz is not None else []
    changed = with_questions(version.body, [*here, *_renamed(more, {one.key for one in here})])
    perform_form(who, SaveDraft(
        course_id=version.course_id, version_id=version_id, code=version.code, body=changed, base=version.edit, note=version.note,
    ))  # fmt: skip
    return version_id


def _renamed(questions: list[Question], taken: set[str]) -> list[Question]:
    """Questions with keys that are free."""
    found = []
    for question in questions:
        key, number = question.key, 2
        while key in taken:
            key, number = f"{question.key[:36]}-{number}", number + 1
        taken.add(key)
        found.append(msgspec.structs.replace(question, key=key))
    return found


def with_questions(body: CourseBody, questions: list[Question]) -> CourseBody:
    """The body with these questions in its quiz."""
    quiz = Quiz(questions=questions) if body.quiz is None else msgspec.structs.replace(body.quiz, questions=questions)
    return msgspec.structs.replace(body, quiz=quiz if questions else None)
