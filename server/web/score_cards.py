"""Score cards: the newest of one person on their page, one with everything that was said over it; photos opened by themselves, so
that who only reads has not looked at them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, request

from contract.scoring import ScoreCardsQuery
from server.kernel.actors import Permission
from server.scoring.card_case import card_case, counted
from server.scoring.card_photos import photo_response
from server.scoring.card_rows import cards_page
from server.scoring.model_library import Metric
from server.web.shell import Look, page, show

NEWEST = 8


def cards_of(look: Look, person_id: str) -> list[dict[str, Any]]:
    """The newest cards of somebody that the reader may see, each with the names of its metrics."""
    if not look.may(Permission.READ_SCORES):
        return []
    found = cards_page(look.session, ScoreCardsQuery(person_id=person_id, limit=NEWEST)).items
    codes = {mark.metric for row in found for mark in counted(row)}
    metrics = {one.code: one for one in look.session.scalars(sa.select(Metric).where(Metric.code.in_(sorted(codes))))}
    return [{"row": row, "marks": [(metrics.get(one.metric), one) for one in counted(row)]} for row in found]


@page("/scores/cards/<card_id>", needs=Permission.OWN_SCORES)
def score_card(look: Look, card_id: str) -> Response:
    """One card: what it says, of which day, by whom and when, what was said later, and where it is in the log."""
    return show("score_card.html", look, case=card_case(look.session, card_id), section="console.score_reports")


@page("/scores/cards/<card_id>/photos/<sha256>", needs=Permission.OWN_SCORES)
def score_card_photo(look: Look, card_id: str, sha256: str) -> Response:
    """The picture as the server has drawn it anew, after it was written down that this reader looked."""
    return photo_response(look.actor, card_id, sha256, small=request.args.get("size") == "thumb")
