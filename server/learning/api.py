"""Courses and learning over HTTP."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, request
from flask_smorest import Blueprint

from contract.courses import (
    AddMedia,
    CoursePage,
    CourseQuery,
    DiscardCourseDraft,
    MediaRef,
    PublishVersion,
    Readers,
    ReadingQuery,
    RetireCourse,
    SaveDraft,
    SubmitDraft,
    VersionCard,
    Versions,
)
from contract.ids import is_id, new_id
from contract.learning import (
    CertificateCheck,
    ConfirmReading,
    Learner,
    LearnerQuery,
    RecordCard,
    RecordReview,
    SubmitAttempt,
)
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.http import (
    actor,
    answer,
    declare,
    do,
    document_refusals,
    language,
    outcome_response,
    outpost,
    reads,
    writes,
)
from server.kernel.perform import reading
from server.kernel.problems import Problem
from server.kernel.schemas import schema_of
from server.kernel.tries import Tries
from server.learning import pictures, service
from server.learning import reading as lists
from server.learning.certificates import check, row_of
from server.learning.model import ABOUT_COURSES, Certificate, CoursePicture, Media
from server.learning.paper import paper
from server.people.model import Person

blueprint = Blueprint("learning", __name__, url_prefix="/api/v1", description="Courses, learning, certificates")
assert service  # importing it registers the handlers

writes(
    blueprint,
    {
        "/courses/drafts": (SaveDraft, Permission.WRITE_COURSES),
        "/courses/drafts/submitted": (SubmitDraft, Permission.WRITE_COURSES),
        "/courses/drafts/discarded": (DiscardCourseDraft, Permission.WRITE_COURSES),
        "/courses/published": (PublishVersion, Permission.PUBLISH_COURSES),
        "/courses/retired": (RetireCourse, Permission.PUBLISH_COURSES),
        "/learning/cards": (RecordCard, Permission.LEARN),
        "/learning/readings": (ConfirmReading, Permission.LEARN),
        "/learning/attempts": (SubmitAttempt, Permission.LEARN),
        "/learning/reviews": (RecordReview, Permission.LEARN),
    },
)


@reads(blueprint, "/courses", needs=Permission.LEARN, answers=CoursePage, asks=CourseQuery)
def courses(session: ScopedSession, asked: CourseQuery) -> CoursePage:
    """Courses by title, found by words in either language and by pinyin initials of titles."""
    return lists.courses_page(session, asked)


@reads(blueprint, "/courses/readers", needs=Permission.READ_TRAINING, answers=Readers, asks=ReadingQuery)
def readers(session: ScopedSession, asked: ReadingQuery) -> Readers:
    """Who has confirmed the newest version of a script, and who has not."""
    return lists.readers_of(session, asked)


@reads(blueprint, "/courses/versions/<version_id>", needs=Permission.WRITE_COURSES, answers=VersionCard)
def version(session: ScopedSession, version_id: str) -> VersionCard:
    """One version with its keys, and what still stands in the way of publishing it."""
    return lists.version_card(session, version_id)


@reads(blueprint, "/courses/<course_id>/versions", needs=Permission.WRITE_COURSES, answers=Versions)
def versions(session: ScopedSession, course_id: str) -> Versions:
    """All versions of a course, the newest first."""
    return lists.versions_of(session, course_id)


@reads(blueprint, "/learning", needs=Permission.LEARN, answers=Learner, asks=LearnerQuery)
def learning(session: ScopedSession, asked: LearnerQuery) -> Learner:
    """Progress, attempts and certificates: one's own, or of somebody whose training one may read."""
    reader: Actor = session.info["actor"]
    person_id = asked.person_id or reader.person_id
    if person_id is None:
        raise Problem("people.unknown", field="person_id", id="")
    return lists.learner(session, person_id)


# -- pictures -------------------------------------------------------------------------------------------------------------

declare("POST", "/api/v1/courses/media", Permission.WRITE_COURSES)
declare("GET", "/api/v1/courses/media/<sha256>", Permission.LEARN)


@blueprint.route("/courses/media", methods=["POST"])
@blueprint.doc(
    summary="Add a picture for courses", security=[{"bearer": []}],
    requestBody={"content": {"multipart/form-data": {"schema": {
        "type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}},
    }}}},
)  # fmt: skip
@blueprint.response(201, schema_of(MediaRef))
def add_media() -> Response:
    """A JPEG, PNG or WebP; answers how it is kept: at most 1,600 pixels a side, without metadata, by its SHA-256."""
    who = actor()
    who.must(Permission.WRITE_COURSES)
    upload = request.files.get("file")
    if upload is None:
        raise Problem("wire.missing", field="file")
    content = upload.stream.read(pictures.MOST_UPLOAD_BYTES + 1)
    op_id = request.headers.get("Idempotency-Key")
    if op_id is not None and not is_id(op_id):
        raise Problem("wire.wrong_type", field="Idempotency-Key", want="uuid", got=op_id[:60])
    kept = keep_picture(who, content, upload.filename or "", op_id)
    return kept if isinstance(kept, Response) else answer(kept, 201)


def keep_picture(who: Actor, content: bytes, name: str = "", op_id: str | None = None) -> MediaRef | Response:
    """Shrink a picture, keep it, note it. Answers what courses name; or the response of a refusal. Raises Problem."""
    found = outpost()
    small = pictures.shrink(content)
    pictures.keep(found.settings.data_dir, small.sha256, small.content)
    ref = MediaRef(sha256=small.sha256, media=small.media, size=len(small.content), width=small.width, height=small.height)
    media: Any = small.media
    said = AddMedia(
        sha256=ref.sha256, media=media, size=ref.size, width=ref.width, height=ref.height, name=name.replace("\0", "")[:120]
    )
    outcome = do(who, said, op_id=op_id or new_id())
    return outcome_response(outcome) if outcome.status == "rejected" else ref


@blueprint.route("/courses/media/<sha256>", methods=["GET"])
@blueprint.doc(summary="A picture of a course", security=[{"bearer": []}])
@blueprint.response(200, content_type="image/*")
def media(sha256: str) -> Response:
    """The bytes, for who writes courses, and for whom a published course with it is."""
    return picture_response(actor(), sha256)


def picture_response(who: Actor, sha256: str) -> Response:
    """A picture for a signed-in reader."""
    who.must(Permission.LEARN)
    found = outpost()
    with reading(found.db, who) as session:
        row = session.scalars(sa.select(Media).where(Media.sha256 == sha256)).one_or_none()
        named = sa.select(CoursePicture.id).where(CoursePicture.sha256 == sha256).limit(1)
        may = any(who.may(right) for right in ABOUT_COURSES[1:]) or session.scalar(named) is not None
    content = pictures.read(found.settings.data_dir, row.sha256) if row is not None and may else None
    if row is None or content is None:
        raise Problem("access.not_found", id=sha256[:60])
    response = Response(content, mimetype=row.media)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"  # its name is what it is
    return response


# -- certificates ---------------------------------------------------------------------------------------------------------

PUBLIC_WHY = "who holds a certificate may ask whether it is genuine; a code cannot be guessed"
declare("GET", "/api/v1/certificates/verified/<code>", "public", PUBLIC_WHY)
declare("GET", "/api/v1/certificates/<certificate_id>/paper", Permission.LEARN)


def tries() -> Tries:
    """How often addresses asked for certificates lately, in this process."""
    found: Tries = outpost().notes.setdefault("certificate tries", Tries())
    return found


@blueprint.route("/certificates/verified/<code>", methods=["GET"])
@blueprint.doc(summary="Whether a certificate is genuine")
@blueprint.response(200, schema_of(CertificateCheck))
def verified(code: str) -> Response:
    """What is printed on the certificate with this code; for anybody."""
    if not tries().may(request.remote_addr or "", outpost().clock()):
        raise Problem("access.too_many_tries", retry_after_s=600)
    with reading(outpost().db, Actor.system()) as session:
        found = check(session, code[:40])
    if found is None:
        raise Problem("learning.certificate_unknown", id=code[:20])
    return answer(found)


def certificate_paper(certificate_id: str) -> Response:
    """One page with the code to verify it, in the reader's language."""
    return paper_response(actor(), certificate_id)


def paper_response(who: Actor, certificate_id: str) -> Response:
    """The PDF, for whom it is about and for who reads their training."""
    who.must(Permission.LEARN)
    if not is_id(certificate_id):
        raise Problem("access.not_found", id=certificate_id[:60])
    found = outpost()
    with reading(found.db, who) as session:
        row = session.get(Certificate, certificate_id)
        certificate = row_of(row) if row is not None else None
    if certificate is None:
        raise Problem("learning.certificate_unknown", id=certificate_id)
    with reading(found.db, Actor.system()) as session:
        name = session.get_one(Person, certificate.person_id).name
    address = f"{request.url_root.rstrip('/')}/verify"
    response = Response(
        paper(certificate, name, language(), address=address, company=found.settings.company), mimetype="application/pdf"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="certificate-{certificate.code}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


_documented: Any = blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")(
    certificate_paper
)
_documented = blueprint.doc(security=[{"bearer": []}], summary="A certificate as PDF")(_documented)
blueprint.route("/certificates/<certificate_id>/paper", methods=["GET"])(document_refusals(blueprint, _documented))
