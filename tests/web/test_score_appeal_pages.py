"""Appeals over scores and the months of scoring at the console; weights that are tried before they count."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.scoring import AppealScore
from server.kernel.jobs import run_due
from server.scoring import appeal_queries
from server.scoring.card_model import ScoreCard, ScorePeriod
from server.scoring.model_library import SchemeWeights
from server.scoring.report_model import ScoreReportRevision, ScoreRun
from tests.server.test_score_reports import Month
from tests.server.world import PASSWORD
from tests.support.planted import instead
from tests.web.visitor import Visitor, seen

APPEALS, MONTHS = "/console/scores/appeals", "/console/scores/months"


@pytest.fixture
def month(tmp_path: Path) -> Iterator[Month]:
    """March as story two has it, reckoned in the night; An does not agree with the first card and with the report."""
    made = Month(tmp_path)
    made.cards = made.march()
    made.night()
    made.at("2027-04-02T09:00+08:00")
    made.of_card, made.of_report = (
        AppealScore(appeal_id=new_id(), card_id=made.cards[0], reason="那天的菜不是我做的"),
        AppealScore(appeal_id=new_id(), report_id=made.report().row.id, reason="新品是四道"),
    )
    made.must(made.of_card, "an")
    made.must(made.of_report, "an")
    yield made
    made.world.close()


def visitor(month: Month, login: str = "he", language: str = "en") -> Visitor:
    found = Visitor(month.world.app).speak(language)
    found.sign_in(login, PASSWORD)
    return found


def decided(month: Month, hr: Visitor, appeal: AppealScore, **form: Any) -> Any:
    page = f"{APPEALS}?appeal={appeal.appeal_id}"
    return hr.send(page, f"{APPEALS}/{appeal.appeal_id}", **{"upheld": "no", "text": "看过记录", **form})


def points(month: Month, card_id: str) -> list[str]:
    [card] = month.world.rows(sa.select(ScoreCard).where(ScoreCard.id == card_id))
    return [mark["points"] for mark in card.marks]


def test_the_inbox_leads_to_the_case_with_both_sides_words(month: Month) -> None:
    hr = visitor(month)
    inbox = hr.get("/console/inbox").text
    for appeal in (month.of_card, month.of_report):
        assert f"{APPEALS}?appeal={appeal.appeal_id}" in inbox
    assert "/console/scores/reports?month=2027-03" in inbox
    own = visitor(month, "an").get("/console/inbox").text
    assert f"/console/scores/reports/{month.report().row.id}" in own and APPEALS not in own
    case = seen(hr.get(f"{APPEALS}?appeal={month.of_card.appeal_id}"))
    for said in ("那天的菜不是我做的", "很好", "Dish quality", "88", "The value stays as it is until somebody has decided."):
        assert said in case, said
    report = seen(hr.get(f"{APPEALS}?appeal={month.of_report.appeal_id}"))
    assert "新品是四道" in report and "83.5" in report and "Month report of 2027-03" in report


def test_a_card_counts_as_it_was_until_somebody_decides(month: Month) -> None:
    hr, card = visitor(month), month.cards[0]
    wrong = decided(month, hr, month.of_card, upheld="yes", **{"value.dish_quality": "140"})
    assert wrong.status_code == 422 and points(month, card) == ["88"]
    assert 'value="140"' in wrong.text, "what was typed stays"
    assert decided(month, hr, month.of_card, text="").status_code == 422
    answer = decided(month, hr, month.of_card, upheld="yes", **{"value.dish_quality": "96"})
    assert answer.status_code == 303 and points(month, card) == ["96"]
    over = seen(hr.get(answer.headers["Location"]))
    assert "看过记录" in over and "Upheld" in over and "Counted until then" in over and "The appeal is decided" in over
    again = decided(month, hr, month.of_card, upheld="no")
    assert again.status_code == 409 and points(month, card) == ["96"]


def test_what_is_not_upheld_or_upheld_as_it_is_changes_no_mark(month: Month) -> None:
    hr = visitor(month)
    assert decided(month, hr, month.of_card, upheld="no", **{"value.dish_quality": "96"}).status_code == 303
    assert points(month, month.cards[0]) == ["88"]
    second = AppealScore(appeal_id=new_id(), card_id=month.cards[1], reason="评语有误")
    month.must(second, "an")
    assert decided(month, hr, second, upheld="yes", **{"value.dish_quality": "92.0"}).status_code == 303
    assert points(month, month.cards[1]) == ["92"]
    with month.world.looking() as session:
        [line] = appeal_queries.appeals(session, appeal_id=second.appeal_id)
        assert line.state == "upheld" and not appeal_queries.appeal_case(session, line).card.changes


def test_a_report_is_reckoned_anew_only_when_its_appeal_is_upheld(month: Month) -> None:
    hr = visitor(month)
    month.said("new_dishes", "4")
    assert month.report().row.composite == "83.5"
    assert decided(month, hr, month.of_report, upheld="yes").status_code == 303
    assert (month.report().row.composite, month.report().because) == ("91", "appeal")


def test_who_may_see_and_who_may_decide(month: Month) -> None:
    manager = visitor(month, "ma")
    page = manager.get(f"{APPEALS}?appeal={month.of_card.appeal_id}")
    assert "HQ decides on appeals" in seen(page) and 'name="upheld"' not in page.text
    assert manager.post(f"{APPEALS}/{month.of_card.appeal_id}", op_id=new_id(), upheld="no", text="r").status_code == 403
    other = seen(visitor(month, "mb").get(f"{APPEALS}?appeal={month.of_card.appeal_id}"))
    assert "那天的菜不是我做的" not in other and "No appeals" in other
    assert visitor(month, "an").get(APPEALS).status_code == 403
    hr = visitor(month)
    assert decided(month, hr, AppealScore(appeal_id=new_id(), reason="r")).status_code == 422
    assert "安宁" not in seen(hr.get(f"{APPEALS}?state=upheld")) and "安宁" in seen(hr.get(f"{APPEALS}?state=open&q=新品"))


def test_a_list_that_forgets_whose_stores_it_shows_is_found(month: Month) -> None:
    """The control: the same page out of a session that sees everything."""
    def everybodys(session: Any, **asked: Any) -> Any:
        with month.world.looking() as everything:
            return honest(everything, **asked)

    honest = appeal_queries.appeals
    with instead(appeal_queries, "appeals", everybodys), instead(appeal_queries, "appeal_case", lambda *_: None):
        assert len(appeal_queries.appeals(None)) == 2
    with month.world.looking(month.actors["mb"]) as session:
        assert honest(session) == []


def test_months_say_what_is_open_and_how_many_reports_each_store_has(month: Month) -> None:
    page = visitor(month).get(MONTHS)
    text = seen(page)
    for said in ("2027-03", "Open", "2027-04", "Running", "Stores in 2027-03", "甲店", "83.5", "Run now"):
        assert said in text, said
    theirs = seen(visitor(month, "mb").get(MONTHS))
    assert "乙店" in theirs and "甲店" not in theirs and "Run now" not in theirs
    assert "还没有" not in theirs


def test_a_month_is_closed_and_opened_again_with_a_reason(month: Month) -> None:
    hr = visitor(month)

    def close(closes_on: str, reason: str = "数据已齐") -> Any:
        return hr.send(MONTHS, f"{MONTHS}/close", month="2027-03", closes_on=closes_on, reason=reason)

    assert close("2027-03-30").status_code == 422 and close("2027-04-01", "").status_code == 422
    assert close("nonsense").status_code == 422
    assert month.world.rows(sa.select(ScorePeriod).where(ScorePeriod.month == "2027-03", ScorePeriod.reason != "")) == []
    assert close("2027-04-01").status_code == 303
    closed = seen(hr.get(f"{MONTHS}?month=2027-03"))
    assert "Closed" in closed and "数据已齐" in closed and "Run now" not in closed
    refused = hr.send(MONTHS, f"{MONTHS}/run", month="2027-03")
    assert refused.status_code == 409 and month.count(ScoreReportRevision) == 2
    assert close("2027-04-20", "总部数据晚到").status_code == 303
    assert "Run now" in seen(hr.get(f"{MONTHS}?month=2027-03"))


def test_a_run_that_is_asked_for_does_what_the_night_does_and_a_second_one_nothing_more(month: Month) -> None:
    hr = visitor(month)
    assert hr.send(MONTHS, f"{MONTHS}/run", month="2027-04").status_code == 422, "not over yet"
    assert hr.send(MONTHS, f"{MONTHS}/run", month="nonsense").status_code == 422
    month.said("new_dishes", "4")
    before = month.count(ScoreRun)
    for _ in range(2):
        assert hr.send(MONTHS, f"{MONTHS}/run", month="2027-03").status_code == 303
        assert month.report().row.revision == (1 if month.count(ScoreRun) == before else 2), "the worker does it, not the form"
        run_due(month.server)
    assert (month.report().row.composite, month.report().row.revision) == ("91", 2)
    assert month.count(ScoreRun) > before


def test_weights_are_tried_on_the_last_month_before_they_count(month: Month) -> None:
    hr, scheme = visitor(month), month.scheme["chef"]
    page, kept = f"/console/scores/schemes/{scheme}", month.count(SchemeWeights)

    def tried(*weights: str) -> Any:
        codes = ("dish_quality", "complaint_rate", "new_dishes", "sales")
        form = {f"m{n}_{key}": value for n, code in enumerate(codes[: len(weights)]) for key, value in (
            ("metric", code), ("weight", weights[n]), ("owner", "hq"), ("missing", "spread"),
        )}  # fmt: skip
        return hr.send(page, f"{page}/try", **form)

    found = seen(tried("20", "20", "60"))
    for said in ("These weights on 2027-03", "安宁", "83.5", "79", "−4.5", "Move down 1", "Move up 0", "New dishes: 30 → 60"):
        assert said in found, said
    assert "No figure in" not in found
    without = seen(tried("20", "20", "40", "20"))
    assert "No figure in 2027-03 for: Sales" in without
    short = tried("50", "20", "20")
    assert short.status_code == 422 and "10" in seen(short) and "These weights on" not in seen(short)
    assert tried("5x", "20", "20").status_code == 422 and tried().status_code == 422
    assert month.count(SchemeWeights) == kept and month.report().row.revision == 1
    assert visitor(month, "ma").post(f"{page}/try", op_id=new_id()).status_code == 403
