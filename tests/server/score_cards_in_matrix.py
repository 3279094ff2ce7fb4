"""What the matrix of rights says at the endpoints of score cards: each store's person has one; what is said is said of cards that
are not there, at the store it asks about."""

from __future__ import annotations

from typing import Any

from contract.ids import new_id
from server.kernel.actors import Actor
from server.kernel.bulk import insert_many
from server.kernel.db import table_of
from server.kernel.perform import writing
from server.scoring.card_model import ScoreCard
from tests.support.company import Company


def plant(company: Company, things: dict[str, str]) -> None:
    """A card of this store's person, of whom they themselves are the only rater known here: it counts for nothing."""
    now, day = company.now(), company.today()
    mark = {"metric": "dish_quality", "value": "90", "points": "90", "comment": ""}
    things["card_id"] = new_id()
    card = {
        "id": things["card_id"], "person_id": things["person_id"], "store_id": things["store_id"], "day": day,
        "month": f"{day:%Y-%m}", "rater": "self", "rater_id": things["person_id"], "given": [mark], "comment": "", "photos": [],
        "at": now, "arrived_at": now, "op_id": new_id(), "marks": [mark], "withdrawn": False, "facts": 0,
    }  # fmt: skip
    with writing(company.db, Actor.system(), op_id=new_id(), now=now) as session:
        insert_many(session.connection(), table_of(ScoreCard), [card])


def bodies(mine: dict[str, str]) -> dict[str, Any]:
    """By path, a body that fits: whoever may ask hears that there is no such thing, everybody else that they may not."""
    fresh, marks = new_id(), [{"metric": "dish_quality", "value": "90"}]
    later = {"correction_id": fresh, "card_id": fresh, "reason": "r"}
    return {
        "scoring/cards": {
            "card_id": fresh, "person_id": fresh, "store_id": mine["store_id"], "day": "2026-11-20", "marks": marks,
        },
        "scoring/cards/own": {"card_id": fresh, "store_id": fresh, "month": "2026-11", "marks": marks},
        "scoring/cards/corrected": {**later, "marks": marks},
        "scoring/cards/withdrawn": later,
        "scoring/cards/replies": {"reply_id": fresh, "card_id": fresh, "text": "t"},
        "scoring/cards/appeals": {"appeal_id": fresh, "card_id": fresh, "reason": "r"},
        "scoring/cards/appeals/answered": {"appeal_id": fresh, "upheld": False, "text": "t"},
        "scoring/periods": {"month": "2026-11", "closes_on": "2026-12-10", "reason": "r"},
    }  # fmt: skip
