"""What the matrix of rights says at the endpoints of score cards: of cards that are not there, at the store it asks about."""

from __future__ import annotations

from typing import Any

from contract.ids import new_id


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
