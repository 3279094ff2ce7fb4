"""Notices over HTTP."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Response, request
from flask_smorest import Blueprint

from contract.announcements import (
    AddNoticeFile,
    Attachment,
    AudiencePreview,
    DiscardNotice,
    NoticeAsk,
    NoticeBody,
    NoticeLine,
    NoticePage,
    NoticeQuery,
    PublishNotice,
    ReaderPage,
    ReaderQuery,
    ReadNotice,
    RemindReaders,
    SaveNotice,
    WithdrawNotice,
)
from contract.ids import is_id, new_id
from contract.wire import convert
from server.announcements import files, queries, service
from server.announcements.model import PUBLISH, READ, Announcement
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.http import actor, answer, declare, do, outcome_response, outpost, reads, schema_of, writes
from server.kernel.perform import reading
from server.kernel.problems import Problem

blueprint = Blueprint("announcements", __name__, url_prefix="/api/v1", description="Notices: to whom, read by whom")
assert service  # importing it registers the handlers
MOST_UPLOAD_BYTES = 12 * 1024 * 1024

writes(
    blueprint,
    {
        "/announcements": (SaveNotice, PUBLISH),
        "/announcements/published": (PublishNotice, PUBLISH),
        "/announcements/withdrawn": (WithdrawNotice, PUBLISH),
        "/announcements/discarded": (DiscardNotice, PUBLISH),
        "/announcements/read": (ReadNotice, READ),
        "/announcements/reminders": (RemindReaders, PUBLISH),
    },
)
declare("POST", "/api/v1/announcements/files", Permission.PUBLISH_NOTICES)
declare("GET", "/api/v1/announcements/<notice_id>/files/<sha256>", Permission.READ_NOTICES)


@reads(blueprint, "/announcements", needs=READ, answers=NoticePage, asks=NoticeQuery)
def notices(session: ScopedSession, asked: NoticeQuery) -> NoticePage:
    """Notices: one's own (`own`), or those whose sending or readers are the reader's to see."""
    return queries.notices(session, asked)


@reads(blueprint, "/announcements/one", needs=READ, answers=NoticeLine, asks=NoticeAsk)
def one_notice(session: ScopedSession, asked: NoticeAsk) -> NoticeLine:
    """One notice, with how far it is."""
    return queries.notice(session, asked.notice_id)


@reads(blueprint, "/announcements/readers", needs=PUBLISH, answers=ReaderPage, asks=ReaderQuery)
def readers(session: ScopedSession, asked: ReaderQuery) -> ReaderPage:
    """Who has read it, who has not."""
    return queries.readers(session, asked)


@reads(blueprint, "/announcements/audience", needs=PUBLISH, answers=AudiencePreview, asks=NoticeAsk)
def reached(session: ScopedSession, asked: NoticeAsk) -> AudiencePreview:
    """Whom it would reach now, before it goes out."""
    return queries.preview(session, queries.notice(session, asked.notice_id).body.to)


@blueprint.route("/announcements/files", methods=["POST"])
@blueprint.doc(
    summary="Add a file for notices", security=[{"bearer": []}],
    requestBody={"content": {"multipart/form-data": {"schema": {
        "type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}},
    }}}},
)  # fmt: skip
@blueprint.response(201, schema_of(Attachment))
def add_file() -> Response:
    """A JPEG, PNG, WebP or PDF; answers how notices name it."""
    who = actor()
    who.must(PUBLISH)
    upload = request.files.get("file")
    if upload is None:
        raise Problem("wire.missing", field="file")
    op_id = request.headers.get("Idempotency-Key")
    if op_id is not None and not is_id(op_id):
        raise Problem("wire.wrong_type", field="Idempotency-Key", want="uuid", got=op_id[:60])
    kept = keep_file(who, upload.stream.read(MOST_UPLOAD_BYTES + 1), upload.filename or "", op_id)
    return kept if isinstance(kept, Response) else answer(kept, 201)


def keep_file(who: Actor, content: bytes, name: str, op_id: str | None = None) -> Attachment | Response:
    """Keep a file and note it. Answers what notices name; or the response of a refusal. Raises Problem."""
    kept = files.taken_in(outpost().settings.data_dir, content, name)
    said = AddNoticeFile(
        sha256=kept.sha256, name=kept.name, media=kept.media, size=kept.size, pages=kept.pages, page_count=kept.page_count
    )
    outcome = do(who, said, op_id=op_id or new_id())
    return outcome_response(outcome) if outcome.status == "rejected" else kept


@blueprint.route("/announcements/<notice_id>/files/<sha256>", methods=["GET"])
@blueprint.doc(summary="A file of a notice", security=[{"bearer": []}])
@blueprint.response(200, content_type="*/*")
def file(notice_id: str, sha256: str) -> Response:
    """The bytes, for whom the notice is there. A PDF comes as a download."""
    who = actor()
    who.must(READ)
    return file_response(who, notice_id, sha256)


def file_response(who: Actor, notice_id: str, sha256: str) -> Response:
    """A file for a signed-in reader of its notice."""
    with reading(outpost().db, who) as session:
        asked = sa.select(Announcement).where(Announcement.id == notice_id)
        row = session.scalars(asked).one_or_none() if is_id(notice_id) else None
        body = convert(row.body, NoticeBody) if row is not None else NoticeBody()
    media = files.carried(body, sha256)
    content = files.read(outpost().settings.data_dir, sha256) if media is not None else None
    if content is None or media is None:
        raise Problem("access.not_found", id=sha256[:60])
    response = Response(content, mimetype=media)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if media == "application/pdf":
        name = next(one.name for one in body.attachments if one.sha256 == sha256)
        response.headers.set("Content-Disposition", "attachment", filename=name or "notice.pdf")
    return response
