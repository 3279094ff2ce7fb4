"""The page of one score card: what it says and of which day, what was said later in its order, where it is in the log, and who
may read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.scoring import AnswerScoreAppeal, AppealScore, CorrectScore, Mark, ReplyToScore, WithdrawScore
from server.audit.sequencer import catch_up
from server.kernel.actors import Permission
from server.kernel.tree import AuditLeaf
from server.scoring import card_case
from server.scoring.card_model import ScoreCard
from server.web import inbox
from tests.server.scores_of import DISH, NEAT, TEAM, Scored
from tests.server.world import PASSWORD
from tests.support.planted import instead
from tests.web.visitor import Visitor, seen

MARKS = [Mark(metric=DISH, value="90"), Mark(metric=TEAM, value="80", comment="帮了新人"), Mark(metric=NEAT, value="1")]


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Scored]:
    made = Scored(tmp_path)
    yield made
    made.world.close()


def visitor(floor: Scored, who: str, language: str = "en") -> Visitor:
    found = Visitor(floor.world.app).speak(language)
    found.sign_in(who, PASSWORD)
    return found


def page(floor: Scored, card_id: str, who: str = "he", language: str = "en") -> Any:
    return visitor(floor, who, language).get(f"/console/scores/cards/{card_id}")


def given(floor: Scored) -> str:
    said = floor.score(marks=MARKS, day="2026-11-18")
    floor.must(said, "ma")
    return said.card_id


def test_a_card_says_whose_it_is_of_which_day_when_it_was_said_and_what_its_levels_mean(floor: Scored) -> None:
    told = seen(page(floor, given(floor)))
    for words in ("安宁 · 18 Nov", "甲店", "马超", "Store manager", "level 4", "Yes", "帮了新人", "很好"):
        assert words in told, words
    assert "2026-11-20 12:00:00" in told, "said on another day than it is about"
    assert "Says what was signed" in told and "No corrections, replies or appeals yet." in told
    assert "第4级" in seen(page(floor, given(floor), language="zh"))


def test_what_was_said_later_stands_in_its_order_with_the_appeal_beside_it(floor: Scored) -> None:
    card_id = given(floor)
    floor.world.clock.pass_(minutes=1)
    floor.must(ReplyToScore(reply_id=new_id(), card_id=card_id, text="谢谢"), "an")
    floor.world.clock.pass_(minutes=1)
    change = CorrectScore(correction_id=new_id(), card_id=card_id, marks=[Mark(metric=DISH, value="70")], reason="误按")
    floor.must(change, "ma")
    floor.world.clock.pass_(minutes=1)
    appeal = AppealScore(appeal_id=new_id(), card_id=card_id, reason="那天我休息")
    floor.must(appeal, "an")
    answer = page(floor, card_id)
    told = seen(answer)
    assert told.index("谢谢") < told.index("误按") < told.index("那天我休息")
    assert f"/console/scores/appeals?appeal={appeal.appeal_id}" in answer.text
    assert "/console/scores/appeals" not in page(floor, card_id, "an").text.split("What was said later")[1], "not hers to decide"
    floor.must(AnswerScoreAppeal(appeal_id=appeal.appeal_id, upheld=False, text="维持"), "he")
    assert "何静: 维持" in seen(page(floor, card_id, "an"))
    floor.must(WithdrawScore(correction_id=new_id(), card_id=card_id, reason="换人"), "ma")
    told = seen(page(floor, card_id))
    assert "counts no more" in told and "70" in told and "Says what was signed" in told


def test_the_log_names_the_place_and_a_silent_edit_is_said_aloud(floor: Scored) -> None:
    card_id = given(floor)
    assert "not in the log yet" in seen(page(floor, card_id))
    catch_up(floor.world.app.extensions["outpost"])
    op_id = floor.world.row(ScoreCard, card_id).op_id
    [place] = floor.world.rows(sa.select(AuditLeaf.idx).where(AuditLeaf.op_id == op_id))
    assert f"entry {place} of the log" in seen(page(floor, card_id))
    assert f"/console/audit/operations?record={card_id}" in page(floor, card_id, "al").text
    with floor.world.db.engine.begin() as connection:  # past the trigger, as somebody with the file in hands would
        for name in connection.exec_driver_sql("select name from sqlite_master where type = 'trigger'").scalars().all():
            connection.exec_driver_sql(f'drop trigger "{name}"')
        connection.exec_driver_sql("update score_card set marks = replace(marks, '\"90\"', '\"99\"')")
    told = page(floor, card_id)
    assert "Not what was signed" in seen(told) and 'role="alert"' in told.text
    with instead(card_case, "differing", lambda row, first_seen: []):
        assert "Not what was signed" not in seen(page(floor, card_id)), "the planted fault is seen"


@pytest.mark.parametrize(("who", "status"), [("he", 200), ("ma", 200), ("an", 200), ("al", 200), ("mb", 404), ("bo", 404)])
def test_whom_it_concerns_their_store_and_who_reads_everything_see_it_and_nobody_else(
    floor: Scored, who: str, status: int
) -> None:
    answer = page(floor, given(floor), who)
    assert answer.status_code == status
    assert ("帮了新人" in answer.text) == (status == 200)


def test_a_card_that_is_not_there_is_no_error(floor: Scored) -> None:
    for wrong in (new_id(), "nonsense", "x" * 300):
        assert page(floor, wrong).status_code == 404


def test_an_item_of_the_inbox_and_the_lists_that_name_a_card_lead_to_it(floor: Scored) -> None:
    card_id = given(floor)
    address = f"/console/scores/cards/{card_id}"
    assert address in visitor(floor, "an").get("/console/inbox").text
    floor.must(ReplyToScore(reply_id=new_id(), card_id=card_id, text="谢谢"), "an")
    assert address in visitor(floor, "ma").get("/console/inbox").text
    assert address in visitor(floor, "ma").get(f"/console/people/{floor.ids['an']}").text
    floor.must(AppealScore(appeal_id=new_id(), card_id=card_id, reason="r"), "an")
    assert address in visitor(floor, "he").get("/console/scores/appeals").text
    item = SimpleNamespace(about="score", about_id=card_id, facts={}, trigger="N-19", kind="notice")
    nobody: Any = SimpleNamespace(language="en", may=lambda right: right is not Permission.OWN_SCORES)
    assert inbox.address_of(nobody, item) is None, "who may not read scores is not led to one"  # type: ignore[arg-type]
