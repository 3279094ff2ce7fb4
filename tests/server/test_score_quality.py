"""Raters, metrics, weights, comparison and the review, asked of a company with planted scores."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.org import DefinePost, MoveHome
from contract.score_quality import (
    CompareQuery,
    MakeScoreReview,
    QualityQuery,
    ScoreComparison,
    SetReviewRhythm,
    SuggestedWeights,
    WeightsQuery,
)
from server.growth.model import IndicatorValue
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.perform import writing
from server.kernel.problems import Problem
from server.org.model import COMPANY_ID
from server.scoring import comparison, metric_quality, quality_queries, reviews
from server.scoring.card_model import ScoreCard
from server.scoring.model_library import Metric, Scheme, SchemeLine, SchemeWeights
from server.scoring.quality.groups import Group, hidden, told
from server.scoring.review_model import ScoreReview
from tests.server.quality_of import Scored
from tests.server.world import World

OCTOBER = QualityQuery(from_month="2026-10", to_month="2026-10")


@pytest.fixture
def scored(world: World) -> Scored:
    return Scored(world)


# -- raters ---------------------------------------------------------------------------------------------------------------


def test_the_planted_lenient_rater_is_named_with_raw_and_adjusted_side_by_side(any_world: World) -> None:
    scored = Scored(any_world)
    heads, _ = scored.raters()
    with any_world.looking(scored.hr) as session:
        found = quality_queries.raters(session, scored.hr, OCTOBER, any_world.clock())
        beside = quality_queries.scores_beside(session, scored.hr, OCTOBER, any_world.clock())
    assert (found.why, found.groups, found.ratings) == ("", 1, 6 * 8 * 4 * 2)
    assert [line.rater_id for line in found.items if any(flag.kind == "lenient" for flag in line.flags)] == [heads[0]]
    first = found.items[0]
    assert first.name == "店长0" and first.severity is not None and -22 < float(first.severity) < -12
    assert first.low is not None and first.high is not None and float(first.low) < float(first.severity) < float(first.high)
    own = [one for one in beside.items if one.name.startswith("员工0-") and one.raters == 1]
    assert own and all(one.adjusted is not None and float(one.raw) - float(one.adjusted) > 10 for one in own)


def test_withdrawn_cards_and_what_people_say_of_themselves_never_count(scored: Scored) -> None:
    scored.raters(3)
    with scored.world.looking(scored.hr) as session:
        before = quality_queries.raters(session, scored.hr, OCTOBER, scored.world.clock())
    rater, person, store = before.items[0].rater_id, scored.world.hire("别人"), scored.world.open_store("别店")
    marks = {"hygiene": 1.0}
    scored.put(ScoreCard, [
        scored.card(person, person, store, date(2026, 10, 5), marks, rater="self"),
        scored.card(rater, person, store, date(2026, 10, 5), marks, withdrawn=True),
        scored.card(rater, person, store, date(2026, 7, 5), marks),
    ])  # fmt: skip
    with scored.world.looking(scored.hr) as session:
        assert quality_queries.raters(session, scored.hr, OCTOBER, scored.world.clock()) == before


def test_flags_say_their_figures(scored: Scored) -> None:
    rater, store = scored.world.hire("店长"), scored.world.open_store("店")
    people = [scored.world.hire(f"员工{number}") for number in range(4)]
    stars = {"hygiene": 100.0, "teamwork": 100.0}
    scored.put(ScoreCard, [
        scored.card(rater, people[number % 4], store, date(2026, 10, 25 + number % 7), stars, late=4)
        for number in range(12)
    ])  # fmt: skip
    with scored.world.looking(scored.hr) as session:
        found = quality_queries.raters(session, scored.hr, OCTOBER, scored.world.clock())
    assert found.why == "too_few" and found.items[0].severity is None
    flags = {flag.kind: (flag.figure, flag.n) for flag in found.items[0].flags}
    assert flags == {"same": ("1", 24), "recent": ("1", 12), "late": ("1", 12)}


def test_without_the_library_it_is_said_and_the_rest_is_told(scored: Scored, monkeypatch: pytest.MonkeyPatch) -> None:
    scored.raters(3)
    monkeypatch.setattr(quality_queries, "available", lambda: False)
    monkeypatch.setattr(metric_quality, "available", lambda: False)
    with scored.world.looking(scored.hr) as session:
        found = quality_queries.raters(session, scored.hr, OCTOBER, scored.world.clock())
        metrics = metric_quality.metrics_quality(session, scored.hr, OCTOBER, scored.world.clock())
    assert (found.why, len(found.items), found.items[0].severity) == ("no_library", 3, None)
    assert (metrics.why, metrics.items) == ("no_library", [])


def test_a_reader_of_one_store_sees_its_raters_and_people_alone(scored: Scored) -> None:
    heads, stores = scored.raters()
    held = [("auditor", stores[2])]
    person = scored.world.hire("区域审计")
    local = Actor.person(person, new_id(), [(role, frozenset({store})) for role, store in held], now=scored.world.clock())
    with scored.world.looking(local) as session:
        found = quality_queries.raters(session, local, OCTOBER, scored.world.clock())
        beside = quality_queries.scores_beside(session, local, OCTOBER, scored.world.clock())
        reviewed = reviews.reviews(session)
    assert [line.rater_id for line in found.items] == [heads[2]] and found.groups == 1
    assert {one.name[:4] for one in beside.items} == {"员工2-", "员工1-"} and reviewed.items == []


@pytest.mark.parametrize(("first", "last"), [("2026-10", "2026-09"), ("2025-01", "2026-10")])
def test_months_that_are_none_are_refused(scored: Scored, first: str, last: str) -> None:
    with scored.world.looking(scored.hr) as session, pytest.raises(Problem) as refused:
        asked = QualityQuery(from_month=first, to_month=last)
        quality_queries.raters(session, scored.hr, asked, scored.world.clock())
    assert refused.value.code == "scoring.months_wrong"


# -- metrics and weights --------------------------------------------------------------------------------------------------


def plant(scored: Scored, people: int = 60) -> None:
    """Dish quality drives sales, everybody has 100 of punctuality, response time is lower the better with a target."""
    rng = random.Random(3)
    store = scored.world.open_store("店")
    for code in ("dish_quality", "punctuality", "hygiene"):
        scored.metric(code)
    scored.metric("response", kind="number", direction="lower", target="40", source="import")
    scored.indicator("sales")
    rows = []
    for number in range(people):
        person, drawn = scored.world.hire(f"员工{number}"), rng.gauss(0, 1)
        rows += [
            scored.value("dish_quality", 75 + 8 * drawn, person, store), scored.value("punctuality", 100, person, store),
            scored.value("hygiene", 70 + 8 * rng.gauss(0, 1), person, store),
            scored.value("response", 50 + 4 * rng.gauss(0, 1), person, store),
            scored.value("sales", 1000 + 100 * drawn + 80 * rng.gauss(0, 1), person, store),
        ]  # fmt: skip
    scored.put(IndicatorValue, rows)


def test_the_flat_metric_is_to_retire_and_the_one_that_drives_sales_is_known(any_world: World) -> None:
    scored = Scored(any_world)
    plant(scored)
    with any_world.looking(scored.hr) as session:
        found = metric_quality.metrics_quality(session, scored.hr, OCTOBER, any_world.clock())
    lines = {line.metric: line for line in found.items}
    assert found.outcome == "sales" and set(lines) == {"dish_quality", "punctuality", "hygiene", "response"}
    assert (lines["punctuality"].verdict, lines["punctuality"].reason) == ("retire", "no_discrimination")
    assert (lines["dish_quality"].verdict, lines["dish_quality"].reason, lines["dish_quality"].n) == ("keep", "drives", 60)
    assert lines["hygiene"].reason == "no_relation" and lines["dish_quality"].outcome is not None
    assert 75 < float(lines["response"].mean) < 85  # 50 s against 40 s is 80 points, as the month report says
    with any_world.looking(scored.hr) as session, pytest.raises(Problem):
        metric_quality.metrics_quality(session, scored.hr, QualityQuery(outcome="nothing"), any_world.clock())


def weights_of(scored: Scored) -> SuggestedWeights:
    scheme, version = new_id(), new_id()
    scored.put(Scheme, [{
        "id": scheme, "code": "all", "name_zh": "全员", "name_en": "All", "post_id": None, "store_id": None, "channel": None,
        "whose": "", "until": None, "retired_because": None, "moved_at": scored.world.clock(),
    }])  # fmt: skip
    scored.put(SchemeWeights, [{
        "id": version, "scheme_id": scheme, "from_day": date(2026, 1, 1), "reason": "r", "set_at": scored.world.clock()
    }])  # fmt: skip
    ids = {row.code: row.id for row in scored.world.rows(sa.select(Metric))}
    lines = [("hygiene", 5000), ("dish_quality", 3000), ("response", 2000)]
    scored.put(SchemeLine, [
        {"id": new_id(), "weights_id": version, "metric_id": ids[code], "place": place, "owner": "store", "hundredths": weight,
         "target": None, "missing": "spread"}
        for place, (code, weight) in enumerate(lines)
    ])  # fmt: skip
    with scored.world.looking(scored.hr) as session:
        asked = WeightsQuery(scheme_id=scheme, outcome="sales")
        return metric_quality.suggested(session, scored.hr, asked, scored.world.clock())


def test_what_drives_sales_is_suggested_to_weigh_most_and_nothing_is_applied(scored: Scored) -> None:
    plant(scored)
    found = weights_of(scored)
    assert [(one.metric, one.now) for one in found.items] == [("hygiene", "50"), ("dish_quality", "30"), ("response", "20")]
    assert max(found.items, key=lambda one: one.suggested).metric == "dish_quality" and found.n == 60
    assert sum(one.suggested for one in found.items) == 100 and found.kept == "0.67"
    assert len(scored.world.rows(sa.select(SchemeWeights.id))) == 1  # still the weights there were


# -- comparison -----------------------------------------------------------------------------------------------------------


def compared(scored: Scored, **asked: str) -> ScoreComparison:
    with scored.world.looking(scored.hr) as session:
        return comparison.comparison(session, scored.hr, CompareQuery(**asked), scored.world.clock())  # type: ignore[arg-type]


def test_stores_and_channels_are_ranked_with_n_and_small_ones_are_hidden(any_world: World) -> None:
    scored = Scored(any_world)
    scored.indicator("composite")
    stores = [any_world.open_store(f"门店{number}") for number in range(6)]
    sizes = (8, 6, 3, 5, 7, 6)
    rows = []
    for number, (store, size) in enumerate(zip(stores, sizes, strict=True)):
        for one in range(size):
            person = any_world.hire(f"员工{number}-{one}")
            rows.append(scored.value("composite", 60 + 5 * number + one, person, store))
            rows.append(scored.value("composite", 10, person, store, "2026-09"))
    scored.put(IndicatorValue, rows)
    scored.channel(stores[4], "online")
    scored.channel(stores[5], "online")
    found = compared(scored)  # the newest month, by store
    assert (found.from_month, found.n) == ("2026-10", 35)
    assert [line.name_zh for line in found.items if line.mean is not None] == ["门店5", "门店4", "门店1", "门店0"]
    # 门店2 has three people; with the others and the whole known it would be known too, so 门店3 (five) is hidden with it
    assert {line.name_zh for line in found.items if line.mean is None} == {"门店2", "门店3"}
    assert all(line.n is None and line.low is None for line in found.items if line.mean is None)
    first = found.items[0]
    assert (first.n, first.mean, first.low, first.high, first.channel) == (6, "87.5", "85.5", "89.5", "online")
    channels = {line.group_id: (line.n, line.mean) for line in compared(scored, by="channel").items}
    assert channels == {"online": (13, "85.1"), "offline": (22, "68.7")}
    assert compared(scored, by="post").items[0].name_en == "No post"
    both = compared(scored, from_month="2026-09", to_month="2026-10").items[0]
    assert (both.n, both.mean) == (6, "48.8")  # a person counts once, with the mean of both months


def test_store_reps_against_hq_reps_with_n(any_world: World) -> None:
    """A posting's post counts before that of the home; who has none is a group of its own."""
    scored = Scored(any_world)
    scored.indicator("satisfaction")
    posts = {code: new_id() for code in ("store_rep", "hq_rep")}
    for code, post in posts.items():
        any_world.must(DefinePost(post_id=post, code=code, name_zh=code, name_en=code))
    store, rows = any_world.open_store("静安店"), []
    for number in range(13):
        person = any_world.hire(f"员工{number}")
        if number < 12:
            home = {"person_id": person, "unit_id": COMPANY_ID, "from_day": "2026-11-21", "reason": "r"}
            any_world.must(MoveHome(move_id=new_id(), post_id=posts["hq_rep" if number < 6 else "store_rep"], **home))
        value = 78 + number - 2.5 if number < 6 else 86 + (number - 6) - 2.5
        rows.append(scored.value("satisfaction", value if number < 12 else 50, person, store, "2026-11"))
    scored.put(IndicatorValue, rows)
    found = compared(scored, by="post", indicator="satisfaction")
    # one person without a post would follow from the rest: the next smallest group keeps it company
    assert [line.mean for line in found.items].count(None) == 2
    more = [scored.value("satisfaction", 50, any_world.hire(f"新人{one}"), store, "2026-11") for one in range(4)]
    scored.put(IndicatorValue, more)
    found = compared(scored, by="post", indicator="satisfaction")
    assert [(line.name_en, line.mean, line.n) for line in found.items] == [
        ("store_rep", "86", 6), ("hq_rep", "78", 6), ("No post", "50", 5)
    ]  # fmt: skip


def test_two_channels_of_which_one_is_small_are_both_hidden(scored: Scored) -> None:
    scored.indicator("satisfaction")
    stores = [scored.world.open_store("甲"), scored.world.open_store("乙")]
    rows = [scored.value("satisfaction", 80 + one, scored.world.hire(f"员工{one}"), stores[one < 2]) for one in range(12)]
    scored.put(IndicatorValue, rows)
    scored.channel(stores[1], "online")
    found = compared(scored, by="channel", indicator="satisfaction")
    assert [line.mean for line in found.items] == [None, None] and found.n == 12


def test_nothing_to_compare_is_no_mistake_and_an_unknown_indicator_is(scored: Scored) -> None:
    assert compared(scored).items == []
    with pytest.raises(Problem):
        compared(scored, indicator="nothing")


def test_what_hidden_groups_could_be_reckoned_from_is_hidden() -> None:
    assert hidden({"a": 9, "b": 8}) == set()
    assert hidden({"a": 9, "b": 8, "c": 4}) == {"b", "c"}
    assert hidden({"a": 9, "b": 2, "c": 4}) == {"b", "c"}  # six people in two groups: neither follows
    assert hidden({"a": 9, "b": 2, "c": 1}) == {"a", "b", "c"}
    # each channel is told elsewhere: what is hidden in one needs company there
    assert hidden({"a": 9, "b": 3, "c": 4, "d": 8}, {"a": "x", "b": "x", "c": "y", "d": "y"}) == {"a", "b", "c", "d"}


def test_a_mean_has_students_interval() -> None:
    """80, 82, 84, 86, 88: mean 84, s = 3.162, t(4) = 2.776: -/+ 3.926."""
    found = told(Group(5, 84.0, float(sum(one * one for one in (80, 82, 84, 86, 88)))))
    assert found.low == pytest.approx(80.074, abs=1e-3) and found.high == pytest.approx(87.926, abs=1e-3)
    assert told(Group(1, 70.0, 4900.0)).low is None


# -- review ---------------------------------------------------------------------------------------------------------------


def test_a_quarters_review_is_made_once_names_the_lenient_rater_and_is_told_to_hr(any_world: World) -> None:
    scored = Scored(any_world)
    heads, _ = scored.raters(month="2026-08")
    server = any_world.app.extensions["outpost"]
    reviews.make_score_reviews(server, {})
    reviews.make_score_reviews(server, {})
    with any_world.looking(scored.auditor) as session:
        listed = reviews.reviews(session)
        found = reviews.review(session, listed.items[0].id)
    assert [(line.from_month, line.to_month, line.flagged) for line in listed.items] == [("2026-07", "2026-09", 1)]
    assert [(line.rater_id, line.name) for line in found.text.raters] == [(heads[0], "店长0")]
    assert (found.text.cards, found.text.raters_seen, found.text.groups) == (6 * 8 * 4, 6, 1)
    (row,) = any_world.rows(sa.select(ScoreReview))
    assert hashlib.sha256(row.text.encode()).hexdigest() == found.digest and "店长0" not in row.text
    items = any_world.rows(sa.select(InboxItem).where(InboxItem.trigger == "score_review"))
    assert [(item.receiver_id, item.facts["raters"]) for item in items] == [(scored.hr.person_id, 1)]
    for change in (sa.update(ScoreReview).values(digest="0" * 64), sa.delete(ScoreReview)):
        with pytest.raises(sa.exc.DBAPIError), writing(
            any_world.db, Actor.system(), op_id=new_id(), now=any_world.clock()
        ) as session:  # fmt: skip
            session.connection().execute(change)


def test_a_review_waits_for_the_close_and_follows_the_rhythm(scored: Scored) -> None:
    scored.raters(3, month="2026-09")
    world = scored.world
    with world.looking(Actor.system()) as session:
        assert reviews.due(session, datetime(2026, 10, 10, 12, tzinfo=UTC)) is None  # Q2 has no cards, Q3 is not closed
        third = reviews.due(session, datetime(2026, 10, 11, 12, tzinfo=UTC))
        assert third is not None and (third.first, third.last) == ("2026-07", "2026-09")
    world.must(SetReviewRhythm(rhythm="half", reason="每半年复盘一次"), scored.hr)
    with world.looking(Actor.system()) as session:
        assert reviews.due(session, datetime(2026, 11, 11, 12, tzinfo=UTC)) is None
        half = reviews.due(session, datetime(2027, 1, 11, 12, tzinfo=UTC))
        assert half is not None and (half.first, half.last) == ("2026-07", "2026-12")


def test_who_may_make_one_and_which_months(scored: Scored) -> None:
    made = MakeScoreReview(from_month="2026-09", to_month="2026-09")
    assert scored.world.refusal(made, scored.auditor) == "access.not_allowed"
    now = MakeScoreReview(from_month="2026-09", to_month=f"{scored.world.clock():%Y-%m}")
    assert scored.world.refusal(now, scored.hr) == "scoring.month_not_over"
    assert scored.world.must(made, scored.hr).answer["made"] is True
    assert scored.world.must(made, scored.hr).answer["made"] is False


# -- over HTTP ------------------------------------------------------------------------------------------------------------


def test_over_http(scored: Scored) -> None:
    scored.raters(4)
    client = scored.world.client("shen")
    raters = client.get("/api/v1/scoring/quality/raters", from_month="2026-10", to_month="2026-10")
    assert raters.status_code == 200 and len(raters.json["items"]) == 4
    assert client.get("/api/v1/scoring/quality/raters", from_month="2026-13").status_code == 422
    assert client.get("/api/v1/scoring/quality/weights", scheme_id=new_id(), outcome="sales").status_code in (404, 422)
    assert client.get(f"/api/v1/scoring/reviews/{new_id()}").status_code == 404
    assert client.get("/api/v1/scoring/comparison", by="planet").status_code == 422
    assert client.post("/api/v1/scoring/reviews", {"from_month": "2026-09", "to_month": "2026-09"}).status_code == 403
