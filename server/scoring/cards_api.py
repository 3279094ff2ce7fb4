"""Score cards over HTTP: what devices say too, lists of them with their photos, and HQ's decisions on appeals and months."""

from __future__ import annotations

from flask import Response, request
from flask_smorest import Blueprint

from contract.scoring import (
    AnswerScoreAppeal,
    AppealScore,
    AssessSelf,
    CorrectScore,
    ReplyToScore,
    ScoreCardList,
    ScoreCardsQuery,
    ScoreWork,
    SetPeriod,
    WithdrawScore,
)
from server.kernel.db import ScopedSession
from server.kernel.http import actor, declare, document_refusals, reads, writes
from server.scoring import appeals, card_photos, cards, periods
from server.scoring.card_model import GIVE, MANAGE, OWN
from server.scoring.card_rows import cards_page

blueprint = Blueprint("score_cards", __name__, url_prefix="/api/v1", description="Score cards, appeals and months")
assert appeals and cards and periods  # importing them registers the handlers

writes(
    blueprint,
    {
        "/scoring/cards": (ScoreWork, GIVE),
        "/scoring/cards/own": (AssessSelf, OWN),
        "/scoring/cards/corrected": (CorrectScore, OWN),
        "/scoring/cards/withdrawn": (WithdrawScore, OWN),
        "/scoring/cards/replies": (ReplyToScore, OWN),
        "/scoring/cards/appeals": (AppealScore, OWN),
        "/scoring/cards/appeals/answered": (AnswerScoreAppeal, MANAGE),
        "/scoring/periods": (SetPeriod, MANAGE),
    },
)


@reads(blueprint, "/scoring/cards", needs=OWN, answers=ScoreCardList, asks=ScoreCardsQuery)
def score_cards(session: ScopedSession, asked: ScoreCardsQuery) -> ScoreCardList:
    """Score cards: one's own, and those of the stores whose scores one reads."""
    return cards_page(session, asked)


declare("GET", "/api/v1/scoring/cards/<card_id>/photos/<sha256>", OWN)


@blueprint.route("/scoring/cards/<card_id>/photos/<sha256>", methods=["GET"])
@lambda view: document_refusals(blueprint, view)
@blueprint.doc(summary="A photo of a score card", security=[{"bearer": []}])
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="image/*")
def score_photo(card_id: str, sha256: str) -> Response:
    """A photo as the server has drawn it anew; `?size=thumb` small. That the reader looked is written down."""
    return card_photos.photo_response(actor(), card_id, sha256, small=request.args.get("size") == "thumb")
