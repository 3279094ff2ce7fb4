"""Fairness and quality of scores for the rights matrix: a card of each store's person, so that lists say something."""

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
    """A card of this month."""
    now, today = company.now(), company.today()
    marks = [{"metric": "service", "value": "80", "points": "80", "comment": ""}]
    row = {
        "id": new_id(), "person_id": things["person_id"], "store_id": things["store_id"], "day": today, "month": f"{today:%Y-%m}",
        "rater": "hq", "rater_id": company.people["p4"], "given": marks, "comment": "", "photos": [], "at": now,
        "arrived_at": now, "op_id": new_id(), "marks": marks, "withdrawn": False, "facts": 0,
    }  # fmt: skip
    with writing(company.db, Actor.system(), op_id=new_id(), now=now) as session:
        insert_many(session.connection(), table_of(ScoreCard), [row])


def bodies() -> dict[str, Any]:
    """By path, a body that asks for something that can be done."""
    return {
        "scoring/reviews": {"from_month": "2026-01", "to_month": "2026-03"},
        "scoring/review-rhythm": {"rhythm": "half", "reason": "r"},
        "scores/reviews/make": {"from_month": "2026-04", "to_month": "2026-06"},
        "scores/reviews/rhythm": {"rhythm": "quarter", "reason": "r"},
    }


def query(rule: str) -> str:
    """What is asked of a path that reads fairness and quality."""
    return f"?scheme_id={new_id()}&outcome=service" if rule == "/api/v1/scoring/quality/weights" else ""
