"""Notices in the console: what was sent to whom, writing one with a look at whom it reaches, and who has not read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Response, render_template, request

from contract import wire
from contract.announcements import (
    Attachment,
    DiscardNotice,
    NoticeBody,
    NoticeLine,
    NoticeQuery,
    PublishNotice,
    Reader,
    ReaderQuery,
    ReadNotice,
    RemindReaders,
    SaveNotice,
    To,
    WithdrawNotice,
)
from contract.ids import derived_id, is_id
from contract.moments import instant, to_ms
from server.announcements import queries
from server.announcements.api import MOST_UPLOAD_BYTES, file_response, keep_file
from server.announcements.model import PUBLISH, READ
from server.kernel.actors import Actor
from server.kernel.http import do
from server.kernel.problems import Problem
from server.org.model import Post
from server.org.queries import company_day, tree_on
from server.people.model import Person
from server.web.course_words import in_words, safely
from server.web.find import person_meant, unit_meant
from server.web.shell import (
    Look,
    action,
    done,
    form_status,
    looking,
    op_id_of_form,
    page,
    perform_form,
    sentence_of,
    show,
)
from server.web.stores import everything
from server.web.tables import Column, csv_answer, table, wants_csv
from server.web.words import reader_zone

STATES = ("published", "planned", "draft", "ended", "withdrawn")
SENT = (
    Column("notice_title", lambda line: line["title"], always=True),
    Column("notice_state", lambda line: line["state"]),
    Column("notice_by", lambda line: line["row"].by_name),
    Column("notice_at", lambda line: line["row"].published_ms or 0),
    Column("notice_done", lambda line: line["row"].done, number=True),
    Column("notice_of", lambda line: line["row"].of, number=True),
)
READERS = (
    Column("notice_reader", lambda one: one.name, always=True),
    Column("notice_where", lambda one: one.where),
    Column("notice_reached", lambda one: one.reached_ms),
    Column("notice_read", lambda one: one.read_ms or 0),
    Column("notice_confirmed", lambda one: one.confirmed_ms or 0),
    Column("notice_reminded", lambda one: one.reminded_ms or 0),
)


def titled(look: Look, body: NoticeBody) -> str:
    """A notice's title in the reader's language, or in the one it has."""
    return in_words(body.title_zh, body.title_en, look.language) or look.t("console.notices.untitled")


@page("/announcements", needs=READ, endpoint="announcements")
def announcements(look: Look) -> Response:
    """Notices sent to the reader; for who writes some, those they may see the readers of."""
    own = not look.may(PUBLISH) or request.args.get("show") == "own"
    state: Any = request.args.get("state", "")
    asked = NoticeQuery(
        own=own, state=state if state in STATES else None, words=request.args.get("q", "").replace("\0", "")[:120],
        limit=200,
    )  # fmt: skip
    found = queries.notices(look.session, asked)
    words = {one: look.t(f"console.notices.state.{one}") for one in STATES}
    lines = [{"row": row, "title": titled(look, row.body), "state": words[row.state]} for row in found.items]
    rows = table("announcements", SENT, lines, sort="-notice_at")
    if wants_csv():
        return csv_answer(look, rows)
    return show("announcements.html", look, table=rows, own=own, states=list(words.items()), moment_of=instant)


@page("/announcements/new", needs=PUBLISH)
def announcement_new(look: Look) -> Response:
    """An empty notice."""
    return _editor(look, None, NoticeBody(confirm=False), None, 200)


@page("/announcements/<notice_id>", needs=READ)
def announcement(look: Look, notice_id: str) -> Response:
    """A notice: as a draft it is written on, once it is out one sees who has read it."""
    return _one(look, notice_id, None, 200)


def _one(look: Look, notice_id: str, problem: tuple[str, str] | None, status: int) -> Response:
    line = queries.notice(look.session, notice_id)
    mine = look.may(PUBLISH) and (line.by_id == look.actor.person_id or look.actor.has_everywhere(PUBLISH))
    if line.state == "draft" and mine:
        return _editor(look, line, line.body, problem, status)
    rows = None
    if look.may(PUBLISH):
        missing = request.args.get("show") != "all"
        words = request.args.get("q", "").replace("\0", "")[:120]
        found: list[Reader] = everything(lambda cursor: queries.readers(
            look.session, ReaderQuery(notice_id=notice_id, missing=missing, words=words, limit=500, cursor=cursor)
        ))  # fmt: skip
        rows = table("notice-readers", READERS, found, sort="notice_reader")
        if wants_csv():
            return csv_answer(look, rows, about=lambda one: str(one.person_id))
    own = queries.notice(look.session, notice_id, own=True)
    return show(
        "announcement.html", look, status=status, problem=problem, line=line, own=own, table=rows, mine=mine,
        title=titled(look, line.body), text=safely(in_words(line.body.text_zh, line.body.text_en, look.language)),
        moment_of=instant, section="console.announcements",
    )  # fmt: skip


def _editor(look: Look, line: NoticeLine | None, body: NoticeBody, problem: tuple[str, str] | None, status: int) -> Response:
    posts = [(row.id, in_words(row.name_zh, row.name_en, look.language)) for row in look.session.scalars(sa.select(Post))]
    units = tree_on(look.session, company_day(look.now)).units
    people = look.session.scalars(sa.select(Person).where(Person.id.in_(body.to.people))).all() if body.to.people else []
    return show(
        "announcement_edit.html", look, status=status, problem=problem, line=line, body=body,
        posts=sorted(posts, key=lambda one: one[1]), units=[(one, units[one].name) for one in body.to.units if one in units],
        people=[(one.id, f"{one.name} · {one.number}") for one in people], reach=_reach(look, body.to),
        begins=_local(body.from_ms), ends=_local(body.until_ms), section="console.announcements",
        preview_zh=safely(body.text_zh), preview_en=safely(body.text_en),
    )  # fmt: skip


def _reach(look: Look, to: To) -> dict[str, Any]:
    """Whom it would reach now; or why it may not be sent there."""
    try:
        return {"found": queries.preview(look.session, to), "problem": ""}
    except Problem as wrong:
        return {"found": None, "problem": sentence_of(wrong)[1]}


@page("/announcements/audience", needs=PUBLISH)
def announcement_audience(look: Look) -> Response:
    """The same while one is still choosing."""
    given = request.args
    to = To(
        units=[one for one in given.getlist("unit") if is_id(one)], posts=[one for one in given.getlist("post") if is_id(one)],
        posted={"posted": True, "home": False}.get(given.get("posted", "")),
        people=[one for one in given.getlist("person") if is_id(one)],
    )  # fmt: skip
    return Response(render_template("console/announcement_reach.html", look=look, reach=_reach(look, to)))


@action("/announcements", needs=PUBLISH)
def announcement_save(who: Actor) -> Response:
    """Keep what is written; with `publish` it goes out too."""
    told = request.form.get("notice_id", "")
    notice_id, body = told if is_id(told) else op_id_of_form(), NoticeBody()
    try:
        with looking(who) as look:
            body = _body_of(look)
        kept = _attached(who)
        if kept is not None:
            body = wire.convert({**wire.plain(body), "attachments": wire.plain([*body.attachments, kept])}, NoticeBody)
        perform_form(who, wire.convert({"notice_id": notice_id, "body": wire.plain(body)}, SaveNotice))
        if request.form.get("do") == "publish":
            outcome = do(who, PublishNotice(notice_id=notice_id), op_id=derived_id("publish", op_id_of_form()))
            if outcome.status == "rejected" and outcome.code is not None:
                raise Problem(outcome.code, field=outcome.field, **outcome.facts)
            return done("console.announcement", "notice_published", notice_id=notice_id)
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _editor(look, _kept(look, notice_id), body, sentence_of(wrong), form_status(wrong))
    return done("console.announcement", "notice_saved", notice_id=notice_id)


def _kept(look: Look, notice_id: str) -> NoticeLine | None:
    try:
        return queries.notice(look.session, notice_id)
    except Problem:
        return None  # it was never kept


def _attached(who: Actor) -> Attachment | None:
    """The file that came with the form, kept; None without one."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return None
    kept = keep_file(who, upload.stream.read(MOST_UPLOAD_BYTES + 1), upload.filename)
    if isinstance(kept, Response):
        raise Problem("announcements.file_broken", field="file")
    return kept


def _body_of(look: Look) -> NoticeBody:
    """What the form says. Raises Problem for a unit or person nobody knows, Malformed for what does not fit."""
    form = request.form
    units, people = form.getlist("unit"), form.getlist("person")
    if form.get("add_unit", "").strip():
        units.append(unit_meant(look, form["add_unit"]))
    if form.get("add_person", "").strip():
        people.append(person_meant(look, form["add_person"]))
    before = _kept(look, form.get("notice_id", "")) if is_id(form.get("notice_id", "")) else None
    files = [one for one in before.body.attachments if one.sha256 in form.getlist("keep_file")] if before is not None else []
    to = {"units": list(dict.fromkeys(units)), "posts": form.getlist("post"), "people": list(dict.fromkeys(people)),
          "posted": {"posted": True, "home": False}.get(form.get("posted", ""))}  # fmt: skip
    said = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in ("title_zh", "title_en", "text_zh", "text_en")}
    return wire.convert(
        {**said, "to": to, "confirm": "confirm" in form, "urgent": "urgent" in form, "from_ms": _moment("from"),
         "until_ms": _moment("until"), "attachments": wire.plain(files)},
        NoticeBody,
    )  # fmt: skip


def _moment(name: str) -> int | None:
    """A moment as the reader's browser writes it, by the reader's clock."""
    told = request.form.get(name, "").strip()
    if not told:
        return None
    try:
        return to_ms(datetime.fromisoformat(told).replace(tzinfo=ZoneInfo(reader_zone())))
    except (ValueError, OverflowError):
        raise wire.Malformed(name, "wire.invalid") from None


def _local(ms: int | None) -> str:
    return "" if ms is None else instant(ms).astimezone(ZoneInfo(reader_zone())).strftime("%Y-%m-%dT%H:%M")


def _then(who: Actor, operation: wire.Wire, notice_id: str, what: str) -> Response:
    """Do it, and show the notice; a refusal stands on its page."""
    try:
        perform_form(who, operation)
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _one(look, notice_id, sentence_of(wrong), form_status(wrong))
    return done("console.announcement", what, notice_id=notice_id)


@action("/announcements/<notice_id>/withdraw", needs=PUBLISH)
def announcement_withdraw(who: Actor, notice_id: str) -> Response:
    """It counts no more, and readers see why."""
    try:
        said = wire.convert({"notice_id": notice_id, "reason": request.form.get("reason", "").strip()}, WithdrawNotice)
    except wire.Malformed as wrong:
        with looking(who) as look:
            return _one(look, notice_id, sentence_of(wrong), 422)
    return _then(who, said, notice_id, "notice_withdrawn")


@action("/announcements/<notice_id>/discard", needs=PUBLISH)
def announcement_discard(who: Actor, notice_id: str) -> Response:
    """A draft is thrown away."""
    try:
        perform_form(who, DiscardNotice(notice_id=notice_id))
    except Problem as wrong:
        with looking(who) as look:
            return _one(look, notice_id, sentence_of(wrong), form_status(wrong))
    return done("console.announcements", "notice_discarded")


@action("/announcements/<notice_id>/remind", needs=PUBLISH)
def announcement_remind(who: Actor, notice_id: str) -> Response:
    """One tap: exactly those who have not read it."""
    return _then(who, RemindReaders(reminder_id=op_id_of_form(), notice_id=notice_id), notice_id, "notice_reminded")


@action("/announcements/<notice_id>/read", needs=READ)
def announcement_read(who: Actor, notice_id: str) -> Response:
    """I have read it, and with must-confirm understood it."""
    return _then(who, ReadNotice(notice_id=notice_id, confirmed=True), notice_id, "notice_confirmed")


@page("/announcements/<notice_id>/files/<sha256>", needs=READ)
def announcement_file(look: Look, notice_id: str, sha256: str) -> Response:
    """A picture or PDF of a notice."""
    return file_response(look.actor, notice_id, sha256)
