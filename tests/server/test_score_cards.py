"""Score cards: who may say what of whom and when, what counts of it, and that nothing said is lost or changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.org import ChangeUnit
from contract.postings import EndPosting
from contract.scoring import (
    AnswerScoreAppeal,
    AppealScore,
    AssessSelf,
    CorrectScore,
    Mark,
    ReplyToScore,
    SetPeriod,
    WithdrawScore,
)
from contract.scoring_cards import differing, digests
from contract.scoring_turning import TurnPeriods
from server.kernel.actors import Actor
from server.postings.model import Posting
from server.scoring.card_model import ScoreCard, ScoreFact, ScorePeriod
from tests.server.scores_of import DAY, DISH, NEAT, TEAM, Scored


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Scored]:
    made = Scored(tmp_path)
    yield made
    made.world.close()


def test_a_score_reaches_the_employee_at_once_and_the_reply_the_manager(floor: Scored) -> None:
    said = floor.score(marks=[Mark(metric=DISH, value="90"), Mark(metric=TEAM, value="80", comment="帮了新人")])
    floor.must(said, "ma")
    row = floor.card(said.card_id)
    assert (row.rater, row.rater_name, row.comment, row.month) == ("manager", "马超", "很好", "2026-11")
    assert [(one.metric, one.points, one.comment) for one in row.marks] == [(DISH, "90", ""), (TEAM, "80", "帮了新人")]
    assert floor.told(said.card_id, "N-19") == [("an", "notice")]
    floor.must(ReplyToScore(reply_id=new_id(), card_id=said.card_id, text="谢谢"), "an")
    assert floor.told(said.card_id, "N-20") == [("ma", "notice")]
    assert [(one.by, one.text) for one in floor.card(said.card_id).replies] == [("安宁", "谢谢")]
    assert floor.code(ReplyToScore(reply_id=new_id(), card_id=said.card_id, text="?"), "bo") == "scoring.card_unknown"


@pytest.mark.parametrize(("who", "change", "code"), [
    ("mb", {}, "scoring.not_your_store"),
    ("an", {}, "access.not_allowed"),
    ("ma", {"whom": "bo"}, "scoring.not_posted"),
    ("ma", {"whom": "ma"}, "scoring.not_yourself"),
    ("ma", {"day": "2026-11-21"}, "scoring.day_ahead"),
    ("ma", {"day": "2026-10-31"}, "scoring.not_posted"),
    ("ma", {"day": "2026-02-30"}, "wire.invalid"),
    ("ma", {"marks": [Mark(metric="nothing", value="1")]}, "scoring.metric_unknown"),
    ("ma", {"marks": [Mark(metric=DISH, value="101")]}, "scoring.value_wrong"),
    ("ma", {"marks": [Mark(metric=DISH, value="-1")]}, "scoring.value_wrong"),
    ("ma", {"marks": [Mark(metric=TEAM, value="50")]}, "scoring.value_wrong"),
    ("ma", {"marks": [Mark(metric=NEAT, value="0.5")]}, "scoring.value_wrong"),
    ("ma", {"marks": [Mark(metric=DISH, value="1"), Mark(metric=DISH, value="2")]}, "scoring.metric_twice"),
    ("ma", {"person_id": new_id()}, "people.unknown"),
    ("he", {"store_id": new_id()}, "stores.unknown"),
])  # fmt: skip
def test_what_may_not_be_said_is_refused_with_its_reason(floor: Scored, who: str, change: dict[str, Any], code: str) -> None:
    assert floor.code(floor.score(**change), who) == code
    assert floor.world.rows(sa.select(ScoreCard)) == []


def test_a_posting_that_is_over_is_scored_for_its_days_only(floor: Scored) -> None:
    [mine] = [one for one in floor.world.rows(sa.select(Posting)) if one.person_id == floor.ids["an"]]
    floor.world.must(EndPosting(posting_id=mine.id, ends_on="2026-11-15", reason="r"))
    assert floor.code(floor.score(day="2026-11-15"), "ma") == "scoring.not_posted"
    floor.must(floor.score(day="2026-11-14"), "ma")


def test_a_closed_month_is_refused_by_when_it_was_said(floor: Scored) -> None:
    floor.world.clock.pass_(days=20)  # the 10th of December, the last day
    floor.must(floor.score(), "ma")
    floor.world.clock.pass_(days=1)
    assert floor.code(floor.score(), "ma") == "scoring.month_closed"
    floor.world.must(SetPeriod(month="2026-11", closes_on="2026-12-31", reason="报表晚到"))
    floor.must(floor.score(), "ma")
    assert floor.world.refusal(SetPeriod(month="2026-11", closes_on="2026-11-29", reason="r")) == "scoring.closes_too_early"
    assert floor.code(SetPeriod(month="2026-11", closes_on="2027-01-01", reason="r"), "ma") == "access.not_allowed"


def test_months_open_and_close_by_themselves_once(floor: Scored) -> None:
    def turn() -> object:
        return floor.world.must(TurnPeriods(), Actor.system()).answer

    assert turn() == {"moved": 4} and turn() == {"moved": 0}
    states = {row.month: row.state for row in floor.world.rows(sa.select(ScorePeriod))}
    assert states == {"2026-09": "closed", "2026-10": "closed", "2026-11": "open", "2026-12": "open"}
    floor.world.clock.pass_(days=21)
    assert turn() == {"moved": 2}
    assert floor.world.refusal(TurnPeriods()) == "access.not_allowed"


def test_a_correction_is_a_new_fact_and_a_withdrawn_card_counts_no_more(floor: Scored) -> None:
    said = floor.score()
    floor.must(said, "ma")
    change = CorrectScore(
        correction_id=new_id(), card_id=said.card_id, marks=[Mark(metric=DISH, value="70")], comment="看错了", reason="误按"
    )
    assert floor.code(change, "mb") == "scoring.not_rater" and floor.code(change, "an") == "scoring.not_yourself"
    floor.must(change, "ma")
    row = floor.card(said.card_id)
    assert [one.value for one in row.marks] == ["70"] and row.comment == "看错了"
    assert [[one.value for one in change.before] for change in row.changes] == [["90"]]
    assert row.changes[0].comment_before == "很好" and floor.told(said.card_id, "score_changed") == [("an", "notice")]
    floor.must(WithdrawScore(correction_id=new_id(), card_id=said.card_id, reason="换人"), "ma")
    row = floor.card(said.card_id)
    assert row.withdrawn and row.marks == [] and [one.value for one in row.changes[1].before] == ["70"]
    again = CorrectScore(correction_id=new_id(), card_id=said.card_id, marks=[Mark(metric=DISH, value="1")], reason="r")
    assert floor.code(again, "ma") == "scoring.withdrawn"
    assert differing(row, digests(row)) == [] and len(row.said) == 3


def test_the_database_itself_keeps_what_was_said(floor: Scored) -> None:
    said = floor.score()
    floor.must(said, "ma")
    floor.must(ReplyToScore(reply_id=new_id(), card_id=said.card_id, text="谢谢"), "an")
    for statement in (
        "UPDATE score_card SET given = '[1]'", "UPDATE score_card SET comment = 'x'", "UPDATE score_card SET day = '2026-11-01'",
        "DELETE FROM score_card", "UPDATE score_fact SET text = 'x'", "DELETE FROM score_fact",
    ):  # fmt: skip
        with pytest.raises(sa.exc.IntegrityError), floor.world.db.writing_engine.begin() as connection:
            connection.execute(sa.text(statement))


def test_second_rater_hq_and_oneself_stand_beside_the_manager(floor: Scored) -> None:
    floor.must(floor.score(), "ma")
    second = floor.score()
    floor.actors["mc"] = floor.world.account(floor.ids["de"], "mc", "store_manager", floor.a)
    floor.must(second, "mc")
    hq = floor.score()
    floor.must(hq, "he")
    own = AssessSelf(card_id=new_id(), store_id=floor.a, month="2026-11", marks=[Mark(metric=DISH, value="95")])
    floor.must(own, "an")
    assert [floor.card(one).rater for one in (second.card_id, hq.card_id, own.card_id)] == ["second", "hq", "self"]
    assert floor.told(own.card_id, "N-19") == []
    for store, month, code in ((floor.b, "2026-11", "scoring.not_posted"), (floor.a, "2026-12", "scoring.day_ahead")):
        again = AssessSelf(card_id=new_id(), store_id=store, month=month, marks=[Mark(metric=DISH, value="1")])
        assert floor.code(again, "an") == code


def test_an_appeal_is_decided_by_nobody_who_gave_the_score(floor: Scored) -> None:
    said = floor.score()
    floor.must(said, "he")
    appeal = AppealScore(appeal_id=new_id(), card_id=said.card_id, reason="那天我休息")
    assert floor.code(appeal, "bo") == "scoring.card_unknown"
    floor.must(appeal, "an")
    assert floor.told(appeal.appeal_id, "score_appeal") == [], "the only one of HR gave the score"
    assert floor.code(AppealScore(appeal_id=new_id(), card_id=said.card_id, reason="r"), "an") == "scoring.appeal_open"
    answer = AnswerScoreAppeal(appeal_id=appeal.appeal_id, upheld=True, text="改正", marks=[Mark(metric=DISH, value="95")])
    assert floor.code(answer, "he") == "scoring.own_score"
    assert floor.code(answer, "ma") == "access.not_allowed"
    floor.world.must(answer)
    assert floor.world.refusal(answer) == "scoring.appeal_over"
    row = floor.card(said.card_id)
    assert [one.value for one in row.marks] == ["95"] and row.appeals[0].state == "upheld"
    assert floor.told(said.card_id, "score_appeal_done") == [("an", "notice")]
    assert differing(row, digests(row)) == [] and len(row.said) == 2
    assert floor.code(AppealScore(appeal_id=new_id(), reason="r"), "an") == "scoring.appeal_about_one_thing"
    assert floor.code(AppealScore(appeal_id=new_id(), report_id=new_id(), reason="r"), "an") == "scoring.report_unknown"


def test_hr_has_an_appeal_against_a_manager_to_do(floor: Scored) -> None:
    said = floor.score()
    floor.must(said, "ma")
    appeal = AppealScore(appeal_id=new_id(), card_id=said.card_id, reason="不同意")
    floor.must(appeal, "an")
    assert floor.told(appeal.appeal_id, "score_appeal", opened=True) == [("he", "to_do")]
    floor.must(AnswerScoreAppeal(appeal_id=appeal.appeal_id, upheld=False, text="维持"), "he")
    assert floor.told(appeal.appeal_id, "score_appeal", opened=True) == []
    assert [one.value for one in floor.card(said.card_id).marks] == ["90"]


def test_stores_read_their_own_cards_and_employees_theirs(floor: Scored) -> None:
    said = floor.score()
    floor.must(said, "ma")
    floor.world.must(ChangeUnit(unit_id=floor.b, from_day="2026-11-21", manager_id=floor.ids["mb"]))

    def seen(who: str) -> int:
        with floor.world.looking(floor.actors[who]) as session:
            return len(session.scalars(sa.select(ScoreCard)).all())

    assert {who: seen(who) for who in ("ma", "an", "he", "mb", "bo")} == {"ma": 1, "an": 1, "he": 1, "mb": 0, "bo": 0}
    assert floor.world.rows(sa.select(ScoreFact)) == [] and said.day == DAY


def test_the_same_card_twice_is_one(floor: Scored) -> None:
    said = floor.score()
    floor.must(said, "ma")
    assert floor.code(said, "ma") == "operation.already_exists"
    assert len(floor.world.rows(sa.select(ScoreCard))) == 1
