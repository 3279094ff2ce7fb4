"""Score cards for tests: Floor's two stores with managers, HR, and metrics to score by."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from contract.ids import new_id
from contract.metrics import ActivateMetric, DefineMetric, RubricLevel
from contract.scoring import Mark, ScoreCardRow, ScoreWork
from server.scoring.card_rows import cards_by_id
from server.scoring.model_library import Metric
from tests.server.tickets_of import Floor

DISH, TEAM, NEAT = "t_dish", "t_team", "t_neat"
DAY = "2026-11-20"
LEVELS = [
    RubricLevel(points=str(20 * n), text_zh=f"第{n}级", text_en=f"level {n}") for n in range(1, 6)
]


class Scored(Floor):
    """An works at A under Ma, Bo at B under Mb; points, a rubric and yes or no can be scored."""

    def __init__(self, folder: Any, world: Any = None) -> None:
        super().__init__(folder, world)
        self.metric(DISH, "points")
        self.metric(TEAM, "rubric", levels=LEVELS)
        self.metric(NEAT, "yes_no")

    def metric(self, code: str, kind: Any, **more: Any) -> str:
        """An active metric that managers score."""
        known = self.world.rows(sa.select(Metric).where(Metric.code == code))
        if known:
            return str(known[0].id)
        metric_id = new_id()
        self.world.must(DefineMetric(
            metric_id=metric_id, code=code, name_zh=f"{code} 指标", name_en=f"{code} metric", kind=kind, source="manager",
            rhythm="day", **more,
        ))  # fmt: skip
        self.world.must(ActivateMetric(metric_id=metric_id))
        return metric_id

    def score(self, who: str = "ma", whom: str = "an", **more: Any) -> ScoreWork:
        """A card that fits, but for what is said otherwise."""
        return ScoreWork(**{
            "card_id": new_id(), "person_id": self.ids.get(whom, whom), "store_id": self.a, "day": DAY,
            "marks": [Mark(metric=DISH, value="90")], "comment": "很好", **more,
        })  # fmt: skip

    def card(self, card_id: str) -> ScoreCardRow:
        """A card as devices read it."""
        with self.world.looking() as session:
            return cards_by_id(session.connection(), [card_id])[0]
