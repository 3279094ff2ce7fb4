"""Voices over HTTP."""

from __future__ import annotations

from flask import Response, request
from flask_smorest import Blueprint

from contract.voice import (
    AnswersAsk,
    AnswersFound,
    AnswerVoice,
    RetireTheme,
    SayVoice,
    SetTheme,
    SortVoice,
    VoicePage,
    VoiceQuery,
    VoiceReport,
    VoiceReportAsk,
)
from contract.wire import decode
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession
from server.kernel.http import answer, declare, outpost, reads, schema_of, writes
from server.kernel.perform import reading
from server.kernel.problems import Problem
from server.kernel.tries import Tries
from server.voice import queries, service
from server.voice.model import MANAGE, READ, SPEAK

blueprint = Blueprint("voice", __name__, url_prefix="/api/v1", description="What employees say to HQ")
assert service  # importing it registers the handlers
WHY = "who holds the secret said it; no name goes along, and a secret cannot be guessed"
declare("POST", "/api/v1/voices/answers/found", "public", WHY)

writes(
    blueprint,
    {
        "/voices": (SayVoice, SPEAK),
        "/voices/answers": (AnswerVoice, MANAGE),
        "/voices/sorted": (SortVoice, MANAGE),
        "/voices/themes": (SetTheme, MANAGE),
        "/voices/themes/retired": (RetireTheme, MANAGE),
    },
)


@reads(blueprint, "/voices", needs=READ, answers=VoicePage, asks=VoiceQuery)
def voices(session: ScopedSession, asked: VoiceQuery) -> VoicePage:
    """Texts of a month. Nothing of one without a name leads to its author."""
    return queries.voices(session, asked)


@reads(blueprint, "/voices/report", needs=READ, answers=VoiceReport, asks=VoiceReportAsk)
def report(session: ScopedSession, asked: VoiceReportAsk) -> VoiceReport:
    """The month in counts: themes, what is new, how many without a name."""
    return queries.report(session, asked)


@blueprint.route("/voices/answers/found", methods=["POST"])
@blueprint.doc(
    summary="Answers to voices without a name, by the secrets of who said them",
    requestBody={"content": {"application/json": {"schema": schema_of(AnswersAsk)}}, "required": True},
)
@blueprint.response(200, schema_of(AnswersFound))
def found() -> Response:
    """Asked without saying who asks."""
    known: Tries = outpost().notes.setdefault("voice tries", Tries())
    if not known.may(request.remote_addr or "", outpost().clock()):
        raise Problem("access.too_many_tries", retry_after_s=600)
    asked = decode(request.get_data(cache=False), AnswersAsk)
    with reading(outpost().db, Actor.system()) as session:
        return answer(queries.answers_for(session, asked))
