"""Score cards of one person: the newest on their page, with what was said over them; photos opened by themselves, so that who
only reads has not looked at them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, request

from contract.scoring import ScoreCardRow, ScoreCardsQuery
from server.kernel.actors import Permission
from server.scoring.card_photos import photo_response
from server.scoring.card_rows import cards_page
from server.scoring.model_library import Metric
from server.web.shell import Look, page

NEWEST = 8


def cards_of(look: Look, person_id: str) -> list[dict[str, Any]]:
    """The newest cards of somebody that the reader may see, each with the names of its metrics."""
    if not look.may(Permission.READ_SCORES):
        return []
    found = cards_page(look.session, ScoreCardsQuery(person_id=person_id, limit=NEWEST)).items
    codes = {mark.metric for row in found for mark in _counted(row)}
    metrics = {one.code: one for one in look.session.scalars(sa.select(Metric).where(Metric.code.in_(sorted(codes))))}
    return [{"row": row, "marks": [(metrics.get(one.metric), one) for one in _counted(row)]} for row in found]


def _counted(row: ScoreCardRow) -> list[Any]:
    """What counts of a card; of one that was withdrawn what did until then."""
    return row.marks or (row.changes[-1].before if row.changes else [])


@page("/scores/cards/<card_id>/photos/<sha256>", needs=Permission.OWN_SCORES)
def score_card_photo(look: Look, card_id: str, sha256: str) -> Response:
    """The picture as the server has drawn it anew, after it was written down that this reader looked."""
    return photo_response(look.actor, card_id, sha256, small=request.args.get("size") == "thumb")
