"""Story 2, step 8: sales reps of the store and of HQ side by side with n, and a score that somebody edits in the database is
named by the verification and seen on the phone. Through a real server process and real devices' cores."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from contract.growth import IndicatorValue, RecordValues
from contract.ids import derived_id, new_id
from contract.org import DefinePost, MoveHome
from contract.postings import PostEmployee
from server.org.model import COMPANY_ID
from tests.journeys.kitchen import CHEF, Kitchen
from tests.server.world import World

HQ_REPS = derived_id("story two", "hq rep")
STORE, HQ = ("84", "85", "86", "87", "88"), ("76", "77", "78", "79", "80")


class Compared(Kitchen):
    """The kitchen, five sales reps posted to its store and five at HQ."""

    def __init__(self, folder: Path) -> None:
        self.figures: dict[str, str] = {}
        super().__init__(folder, before=self._hire)

    def _hire(self, office: World) -> None:
        office.must(DefinePost(post_id=HQ_REPS, code="hq_rep", name_zh="总部销售代表", name_en="HQ sales rep"))
        for number, (at_store, at_hq) in enumerate(zip(STORE, HQ, strict=True)):
            one, other = office.hire(f"门店代表{number}"), office.hire(f"总部代表{number}")
            self.figures |= {one: at_store, other: at_hq}
            office.must(PostEmployee(
                posting_id=new_id(), person_id=one, store_id=self.store, starts_on="2027-03-01", post_id=self.posts["rep"],
            ))  # fmt: skip
            office.must(MoveHome(
                move_id=new_id(), person_id=other, unit_id=COMPANY_ID, post_id=HQ_REPS, from_day="2027-03-01", reason="入职",
            ))  # fmt: skip

    def record(self) -> None:
        """March's satisfaction as the survey's list says it."""
        days = {"from_day": "2027-03-01", "to_day": "2027-03-31"}
        values = [
            IndicatorValue(indicator="satisfaction", person_id=person, value=value, **days)
            for person, value in self.figures.items()
        ]
        self.zhao.do("/api/v1/growth/values", RecordValues(batch_id=new_id(), values=values, source="survey"))


@pytest.fixture
def compared(tmp_path: Path) -> Iterator[Compared]:
    made = Compared(tmp_path)
    yield made
    made.stage.close()


def test_store_reps_have_86_and_hq_reps_78_and_n_is_shown(compared: Compared) -> None:
    compared.at("2027-04-01T09:00")
    compared.record()
    asked = "indicator=satisfaction&by=post&from_month=2027-03&to_month=2027-03"
    found = compared.zhao.get(f"/api/v1/scoring/comparison?{asked}")
    lines = [(one["name_zh"], one.get("mean"), one.get("n")) for one in found["items"]]
    assert lines == [("rep", "86", 5), ("总部销售代表", "78", 5)]
    status, page = compared.zhao.page(f"/console/scores/compare?{asked}")
    shown = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))
    assert status == 200 and "总部销售代表" in shown and "86" in shown and "78" in shown


def test_a_score_edited_in_the_database_is_named_and_the_phone_shows_it(compared: Compared) -> None:
    assert compared.weigh("cook", CHEF, "50", "20", "30")[0] == 201
    compared.sync()
    card = compared.score("2027-03-05", "88", "摆盘好")
    compared.sync()
    assert "[" not in compared.stage.outpost("audit", "verify")
    assert not next(one for one in compared.phone.core.scores.mine.page().cards if one.card_id == card).differs

    # somebody with the file, past every rule the database itself keeps
    for (name,) in compared.stage.sql("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        compared.stage.sql(f"DROP TRIGGER {name}")
    compared.stage.sql("UPDATE score_card SET marks = replace(marks, '\"88\"', '\"98\"')")
    told = compared.stage.outpost("audit", "verify", code=1)
    assert "score_card" in told and card.split("-")[0] in told, told

    # whatever moves the row brings it to the phone, which holds what the manager's tablet signed
    compared.phone.core.scores.mine.reply(card, "谢谢")
    compared.sync()
    seen = next(one for one in compared.phone.core.scores.mine.page().cards if one.card_id == card)
    assert seen.differs
