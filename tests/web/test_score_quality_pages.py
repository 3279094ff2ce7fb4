"""Fairness and quality at the console: raters, raw beside adjusted, metrics, weights that HQ takes, comparison, reviews."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from server.growth.model import IndicatorValue
from server.scoring import quality_queries
from server.scoring.model_library import SchemeWeights
from server.scoring.review_model import ReviewRule, ScoreReview
from tests.server.quality_of import Scored
from tests.server.test_score_quality import plant, weights_of
from tests.server.world import PASSWORD, World
from tests.web.visitor import Visitor, counts, seen

OCTOBER = "from_month=2026-10&to_month=2026-10"


@pytest.fixture
def scored(tmp_path) -> Iterator[Scored]:
    made = Scored(World.on_sqlite(tmp_path))
    yield made
    made.world.close()


def visitor(scored: Scored, login: str = "qian", language: str = "en") -> Visitor:
    found = Visitor(scored.world.app).speak(language)
    found.sign_in(login, PASSWORD)
    return found


def test_an_empty_company_is_told_what_each_page_is_for(scored: Scored) -> None:
    for page, says in (
        ("raters", "No score cards in these months"), ("beside", "No score cards in these months"), ("quality", "No figures"),
        ("compare", "Nothing to compare yet"), ("reviews", "No review was made yet"),
    ):  # fmt: skip
        answer = visitor(scored, "shen").get(f"/console/scores/{page}")
        assert answer.status_code == 200 and says in seen(answer), page
    assert visitor(scored).get(f"/console/scores/reviews/{new_id()}").status_code == 404
    assert visitor(scored).get(f"/console/scores/suggested/{new_id()}").status_code == 404


def test_the_lenient_rater_stands_first_with_the_rule_that_flags(scored: Scored) -> None:
    scored.raters()
    auditor = visitor(scored, "shen")
    page = auditor.get(f"/console/scores/raters?{OCTOBER}")
    text = seen(page)
    assert text.index("店长0") < text.index("店长1") and "Lenient" in text and "4 points" in text
    assert "6 raters, 1 flagged, 384 marks" in text
    only = seen(auditor.get(f"/console/scores/raters?{OCTOBER}&show=flagged"))
    assert "店长0" in only and "店长1" not in only
    lines = auditor.get(f"/console/scores/raters?{OCTOBER}&format=csv").text.splitlines()
    assert len(lines) == 7 and lines[1].startswith("店长0,lenient,-")
    beside = seen(visitor(scored, language="zh").get(f"/console/scores/beside?{OCTOBER}&q=员工0-5"))
    assert "原始分与校正分" in beside and "员工0-5" in beside and "员工1-5" not in beside


def test_raters_whom_nobody_links_are_told_so(scored: Scored) -> None:
    scored.raters(3, people=4)
    scored.raters(3, people=4, among="乙")
    text = seen(visitor(scored).get(f"/console/scores/raters?{OCTOBER}"))
    assert "Raters fall into 2 groups that nobody links" in text


def test_without_the_library_the_page_says_it_plainly(scored: Scored, monkeypatch: pytest.MonkeyPatch) -> None:
    scored.raters(3)
    monkeypatch.setattr(quality_queries, "available", lambda: False)
    text = seen(visitor(scored).get(f"/console/scores/raters?{OCTOBER}"))
    assert "The statistics library is not on this server" in text and "店长0" in text and "not comparable" in text


def test_months_that_are_none_are_said_and_nothing_breaks(scored: Scored) -> None:
    hr = visitor(scored)
    assert hr.get("/console/scores/raters?from_month=2026-12&to_month=2026-10").status_code == 422
    for page in ("raters", "beside", "quality", "compare"):
        assert hr.get(f"/console/scores/{page}?from_month=x&outcome=%00&by=planet&sort=nothing").status_code == 200, page


def test_suggested_weights_count_only_when_hq_takes_them(scored: Scored) -> None:
    plant(scored)
    scheme = weights_of(scored).scheme_id
    hr, page = visitor(scored), f"/console/scores/suggested/{scheme}?outcome=sales"
    shown = hr.get(page)
    assert "From 60 people. 67 % of the suggestion is data" in seen(shown) and scored.world.rows(sa.select(SchemeWeights)) != []
    quality = seen(hr.get(f"/console/scores/quality?{OCTOBER}"))
    assert "Retire?" in quality and "punctuality" in quality and "Goes with the outcome" in quality
    wrong = hr.send(page, page, **{"weight.hygiene": "50", "weight.dish_quality": "20", "weight.response": "20"},
                    from_day="2026-12-01", reason="r")  # fmt: skip
    assert wrong.status_code == 422 and "10" in seen(wrong) and 'value="20"' in wrong.text
    taken = hr.send(page, page, **{"weight.hygiene": "10", "weight.dish_quality": "70", "weight.response": "20"},
                    from_day="2026-12-01", reason="按建议")  # fmt: skip
    assert taken.status_code == 303
    assert sorted(f"{day}" for day in scored.world.rows(sa.select(SchemeWeights.from_day))) == ["2026-01-01", "2026-12-01"]
    auditor = visitor(scored, "shen")
    assert "Take these weights" not in seen(auditor.get(page))
    assert auditor.send(page, page, from_day="2027-01-01", reason="r").status_code == 403


def test_groups_are_compared_and_a_small_one_says_nothing_of_itself(scored: Scored) -> None:
    scored.indicator("composite")
    stores = [scored.world.open_store(name) for name in ("静安店", "豫园店", "徐汇店")]
    rows = [
        scored.value("composite", 80 + number - 8 * at, scored.world.hire(f"员工{at}-{number}"), store)
        for at, (store, size) in enumerate(zip(stores, (9, 7, 3), strict=True))
        for number in range(size)
    ]
    scored.put(IndicatorValue, rows)
    page = visitor(scored).get("/console/scores/compare")
    text = seen(page)
    assert counts(page)["n"] == 19 and "84" in text and "2 groups are hidden" in text
    csv = visitor(scored).get("/console/scores/compare?format=csv").text
    assert "静安店,84,81.9 … 86.1,9" in csv and "徐汇店,,,\r\n" in csv and "豫园店,,,\r\n" in csv


def test_a_review_is_made_by_hand_and_the_rhythm_set(scored: Scored) -> None:
    scored.raters(month="2026-08")
    hr, page = visitor(scored), "/console/scores/reviews"
    made = hr.send(page, f"{page}/make", from_month="2026-07", to_month="2026-09")
    assert made.status_code == 303
    (review,) = scored.world.rows(sa.select(ScoreReview))
    text = seen(hr.get(f"{page}/{review.id}"))
    assert "店长0" in text and "Lenient" in text and review.digest in text
    assert "店长0" in hr.get(f"{page}/{review.id}?format=csv").text
    wrong = hr.send(page, f"{page}/make", from_month="2026-10", to_month="2026-12")
    assert wrong.status_code == 422 and "2026-12 is not over yet" in seen(wrong)
    assert hr.send(page, f"{page}/rhythm", rhythm="half", reason="每半年").status_code == 303
    assert scored.world.rows(sa.select(ReviewRule.rhythm)) == ["half"]
    assert hr.send(page, f"{page}/rhythm", rhythm="week", reason="r").status_code == 422
    assert "each half year" in seen(visitor(scored, "shen").get(page))
    assert "2026-07" in seen(visitor(scored, language="zh").get(page))
