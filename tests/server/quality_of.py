"""Scores in tests, planted by sets: stores whose people move between raters, cards and figures as their handlers write them."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from contract.ids import derived_id, new_id
from server.growth.indicators import plain
from server.growth.model import Indicator
from server.kernel.actors import Actor
from server.kernel.bulk import insert_many
from server.kernel.db import table_of
from server.kernel.perform import writing
from server.scoring.card_model import ScoreCard
from server.scoring.model_library import Metric, ScoreChannel
from tests.server.world import World


class Scored:
    """A company that is scored. Rows go straight into the tables: what is tested is what is read of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hr = world.account(world.hire("钱进"), "qian", "hr")
        self.auditor = world.account(world.hire("审计"), "shen", "auditor")

    def put(self, model: type, rows: list[dict[str, Any]]) -> None:
        """Insert rows as the system."""
        with writing(self.world.db, Actor.system(), op_id=new_id(), now=self.world.clock()) as session:
            insert_many(session.connection(), table_of(model), rows)

    def card(self, by: str, person: str, store: str, day: date, marks: dict[str, float], **said: Any) -> dict[str, Any]:
        """A card's row; `late`: days until it was said."""
        at = datetime.fromisoformat(f"{day}T06:00:00+00:00") + timedelta(days=said.pop("late", 0))
        kept = [{"metric": code, "value": f"{value:g}", "points": f"{value:g}", "comment": ""} for code, value in marks.items()]
        row = {
            "id": new_id(), "person_id": person, "store_id": store, "day": day, "month": f"{day:%Y-%m}", "rater": "manager",
            "rater_id": by, "given": kept, "comment": "", "photos": [], "at": at, "arrived_at": at, "op_id": new_id(),
            "marks": kept, "withdrawn": False, "facts": 0,
        }  # fmt: skip
        return {**row, **said}

    def raters(
        self, count: int = 6, *, people: int = 6, lenient: float = 20.0, month: str = "2026-10", among: str = ""
    ) -> tuple[list[str], list[str]]:
        """(raters, stores): each with people of their own and two who were at the store before; rater 0 gives more."""
        rng = random.Random(7)
        stores = [self.world.open_store(f"门店{among}{number}") for number in range(count)]
        heads = [self.world.hire(f"店长{among}{number}") for number in range(count)]
        rows = []
        for number in range(count):
            for one in range(people):
                person, able = self.world.hire(f"员工{among}{number}-{one}"), rng.gauss(70, 6)
                for at in {number, (number + 1) % count} if one < 2 else {number}:
                    for day in (3, 10, 17, 24):
                        marks = {
                            code: max(0.0, min(100.0, round(able + (lenient if at == 0 else 0.0) + rng.gauss(0, 3))))
                            for code in ("hygiene", "teamwork")
                        }
                        rows.append(self.card(heads[at], person, stores[at], date.fromisoformat(f"{month}-{day:02d}"), marks))
        self.put(ScoreCard, rows)
        return heads, stores

    def metric(self, code: str, **said: Any) -> None:
        """An active metric in points, and the indicator of its code."""
        row: dict[str, Any] = {
            "id": derived_id("metric", code), "code": code, "name_zh": f"{code}（中）", "name_en": code.title(), "means_zh": "",
            "means_en": "", "area": "", "kind": "points", "direction": "higher", "unit": "", "target": None, "source": "manager",
            "rhythm": "week", "gathered": "mean", "formula": "", "levels": [], "posts": [], "core": False, "state": "active",
            "set_at": self.world.clock(), "retired_because": None,
        }  # fmt: skip
        self.put(Metric, [{**row, **said}])
        self.indicator(code)

    def indicator(self, code: str, better: str = "higher") -> None:
        """An indicator alone, such as the outcome."""
        names = {"name_zh": code, "name_en": code.title(), "unit": "", "better": better}
        self.put(Indicator, [{"id": derived_id("test indicator", code), "code": code, **names}])

    def value(self, code: str, value: float, person: str | None, store: str | None, month: str = "2026-10") -> dict[str, Any]:
        """An indicator value's row."""
        first = date.fromisoformat(f"{month}-01")
        return {
            "id": new_id(), "indicator_id": derived_id("test indicator", code), "person_id": person, "store_id": store,
            "from_day": first, "to_day": (first + timedelta(days=31)).replace(day=1) - timedelta(days=1),
            "value": plain(f"{value:.4f}"), "n": None, "source": "scores", "batch_id": new_id(), "said_at": self.world.clock(),
        }  # fmt: skip

    def channel(self, store: str, channel: str) -> None:
        """Where a store sells."""
        self.put(ScoreChannel, [{"id": store, "store_id": store, "channel": channel}])
