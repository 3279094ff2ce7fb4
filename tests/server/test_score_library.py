"""Metrics and schemes: what cannot be activated, weights that sum to 100, core metrics, which weights count."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.growth import DefineIndicator
from contract.ids import derived_id, new_id
from contract.messages import say
from contract.metrics import (
    ActivateMetric,
    DefineScheme,
    MetricRow,
    RetireMetric,
    RetireScheme,
    SchemeRow,
    SetStoreChannel,
    SetWeights,
    Weighed,
)
from contract.wire import decode
from server.growth.model import Indicator
from server.kernel.actors import Actor
from server.kernel.feed import SyncChange
from server.kernel.perform import reading
from server.scoring.model_library import Metric
from server.scoring.schemes import schemes_held
from server.sync.projections import bodies
from tests.server.growth_of import tablet
from tests.server.scoring_of import CHEF, COMPLAINTS, DISH, NEW_DISHES, SCHEME, active, chef_lines, chef_scheme, metric, weigh
from tests.server.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World.on_sqlite(tmp_path)
    yield made
    made.close()


def test_a_metric_without_source_or_rhythm_stays_a_draft(any_world: World):
    for code, missing in (("scoring.no_source", "source"), ("scoring.no_rhythm", "rhythm")):
        draft = metric(f"m.{missing}", **{missing: None})
        any_world.must(draft)
        outcome = any_world.do(ActivateMetric(metric_id=draft.metric_id))
        assert (outcome.code, outcome.field) == (code, missing)
        row = any_world.row(Metric, draft.metric_id)
        assert row is not None and row.state == "draft"
        with pytest.raises(sa.exc.IntegrityError), any_world.db.engine.begin() as connection:  # the database says so too
            connection.execute(sa.text("UPDATE metric SET state = 'active' WHERE code = :code"), {"code": draft.code})
    whole = metric("m.whole")
    any_world.must(whole)
    any_world.must(ActivateMetric(metric_id=whole.metric_id))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"kind": "rubric"}, "scoring.no_levels"),
        ({"kind": "milestones"}, "scoring.no_target"),
        ({"kind": "milestones", "target": "0"}, "scoring.no_target"),
        ({"source": "formula"}, "scoring.no_formula"),
        ({"source": "formula", "formula": "nowhere + 1"}, "scoring.formula_code_unknown"),
    ],
)
def test_what_else_a_metric_lacks_is_named_when_it_is_activated(world: World, values: dict[str, object], code: str):
    draft = metric("lacking", **values)
    world.must(draft)
    assert world.refusal(ActivateMetric(metric_id=draft.metric_id)) == code


def test_a_formula_is_judged_with_its_place_and_its_units(world: World):
    active(world, metric("complaints", unit="", source="import"), metric("sales", unit="CNY", source="import"))
    assert world.refusal(metric("rate", source="formula", formula="complaints +")) == "scoring.formula_ends"
    wrong = world.do(metric("rate", source="formula", formula="complaints + * 2"))
    assert wrong.code == "scoring.formula_unexpected" and wrong.facts["at"] == 14
    mixed = metric("mixed", source="formula", formula="sales + complaints", unit="CNY")
    world.must(mixed)  # a draft may wait for its figures
    outcome = world.do(ActivateMetric(metric_id=mixed.metric_id))
    assert outcome.code == "scoring.formula_units"
    assert say("zh", outcome.code, **outcome.facts) == "第 7 个字符处单位不一致：CNY 与 1"
    share = metric("rate", source="formula", formula="share(complaints, 200)", unit="CNY")
    world.must(share)
    assert world.refusal(ActivateMetric(metric_id=share.metric_id)) == "scoring.formula_result"
    active(world, metric("rate", source="formula", formula="share(complaints, 200)", unit="%"))
    assert world.refusal(metric("again", source="formula", formula="again + 1")) == "scoring.formula_of_itself"
    nested = metric("nested", source="formula", formula="rate * 2", unit="%")
    world.must(nested)
    assert world.refusal(ActivateMetric(metric_id=nested.metric_id)) == "scoring.formula_of_formula"


def test_an_active_metric_has_an_indicator_of_its_code_and_one_that_was_there_stays(world: World):
    before = DefineIndicator(indicator_id=new_id(), code="satisfaction", name_zh="满意", name_en="Happy", unit="points")
    world.must(before)
    active(world, metric("satisfaction"), COMPLAINTS)
    rows = {row.code: row for row in world.rows(sa.select(Indicator))}
    assert (rows["satisfaction"].id, rows["satisfaction"].name_en) == (before.indicator_id, "Happy")
    assert (rows["complaint_rate"].unit, rows["complaint_rate"].better) == ("%", "lower")
    assert world.refusal(metric("complaint_rate", source=None)) is not None  # what counts stays whole
    assert world.row(Metric, COMPLAINTS.metric_id).source == "import"


def test_weights_of_50_20_20_are_refused_with_the_10_that_are_missing(any_world: World):
    chef_scheme(any_world)
    outcome = weigh(any_world, "50", "20", "20")
    assert (outcome.code, outcome.facts["missing"]) == ("scoring.weights_missing", "10")
    assert say("en", outcome.code, **outcome.facts) == "Weights must sum to 100: 10 missing"
    outcome = weigh(any_world, "50", "20", "30.01", version="2")
    assert (outcome.code, outcome.facts["over"]) == ("scoring.weights_too_much", "0.01")
    assert weigh(any_world, "50", "20", "30", version="3").status == "applied"
    with reading(any_world.db, Actor.system()) as session:
        [scheme] = schemes_held(session)
    assert [(one.metric, one.owner, one.weight) for one in scheme.versions[0].lines] == [
        ("dish_quality", "store", "50"), ("complaint_rate", "store", "20"), ("new_dishes", "hq", "30"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE scheme_line SET hundredths = 100 WHERE place = 0",
        "DELETE FROM scheme_line WHERE place = 0",
        "UPDATE scheme_weights SET from_day = '2020-01-01'",
        "DELETE FROM scheme_weights",
        "INSERT INTO scheme_line SELECT '{id}', weights_id, '{metric}', 9, owner, 1, target, missing FROM scheme_line "
        "WHERE place = 0",
    ],
)
def test_the_database_keeps_weights_that_were_said(any_world: World, statement: str):
    chef_scheme(any_world)
    other = metric("other")
    active(any_world, other)
    assert weigh(any_world, "50", "20", "30").status == "applied"
    with pytest.raises(sa.exc.IntegrityError), any_world.db.engine.begin() as connection:
        connection.execute(sa.text(statement.format(id=new_id(), metric=other.metric_id)))


def test_lines_that_cannot_be_are_named(world: World):
    chef_scheme(world)
    draft, gone = metric("draft"), metric("gone")
    world.must(draft)
    active(world, gone)
    world.must(RetireMetric(metric_id=gone.metric_id, reason="不再使用"))

    def refused(*lines: Weighed) -> tuple[str | None, str | None]:
        said = SetWeights(version_id=new_id(), scheme_id=SCHEME, from_day="2026-01-01", lines=list(lines), reason="r")
        outcome = world.do(said)
        return outcome.code, outcome.field

    dish = Weighed(metric="dish_quality", owner="store", weight="50")
    assert refused(dish, Weighed(metric="nothing", owner="hq", weight="50")) == ("scoring.metric_unknown", "lines.1.metric")
    assert refused(dish, Weighed(metric="draft", owner="hq", weight="50")) == ("scoring.metric_inactive", "lines.1.metric")
    assert refused(dish, Weighed(metric="gone", owner="hq", weight="50")) == ("scoring.metric_inactive", "lines.1.metric")
    assert refused(dish, dish) == ("scoring.metric_twice", "lines.1.metric")
    nothing = Weighed(metric="new_dishes", owner="hq", weight="0.00")
    assert refused(dish, nothing) == ("scoring.weighs_nothing", "lines.1.weight")


def test_a_core_metric_of_the_scheme_s_post_cannot_be_left_out(world: World):
    chef_scheme(world)
    core = {"core": True, "name_zh": "顾客满意度", "name_en": "Customer satisfaction"}
    active(world, metric("satisfaction", posts=["sales"], **core))
    assert weigh(world, "50", "20", "30").status == "applied"  # it is not for chefs
    everybody = DefineScheme(scheme_id=new_id(), code="online", name_zh="线上", name_en="Online", channel="online")
    world.must(everybody)
    lines = chef_lines("30", "40", "30")
    outcome = world.do(
        SetWeights(version_id=new_id(), scheme_id=everybody.scheme_id, from_day="2026-01-01", lines=lines, reason="r")
    )
    assert (outcome.code, outcome.facts["names_en"]) == ("scoring.core_missing", "Customer satisfaction")
    assert say("zh", outcome.code, **outcome.facts) == "核心指标不能去掉：顾客满意度（Customer satisfaction）"


def test_new_weights_count_from_their_day_and_never_before_the_month_that_is_closed(world: World):
    chef_scheme(world)
    assert weigh(world, "50", "20", "30", from_day="2026-01-01").status == "applied"
    assert weigh(world, "40", "30", "30", from_day="2026-01-01", version="2").code == "scoring.weights_that_day"
    outcome = weigh(world, "40", "30", "30", from_day="2026-10-31", version="2")  # it is 20 November
    assert (outcome.code, outcome.facts["earliest"]) == ("scoring.weights_too_early", "2026-11-01")
    assert weigh(world, "40", "30", "30", from_day="2026-11-01", version="2").status == "applied"
    with reading(world.db, Actor.system()) as session:
        [scheme] = schemes_held(session)
    assert [(one.from_day, one.lines[0].weight) for one in scheme.versions] == [("2026-01-01", "50"), ("2026-11-01", "40")]


def test_two_schemes_never_measure_the_same_people(world: World):
    chef_scheme(world)
    twin = DefineScheme(scheme_id=new_id(), code="chef2", name_zh="二", name_en="Two", post_id=CHEF)
    assert world.do(twin).facts["scheme"] == "chef"
    world.must(RetireScheme(scheme_id=SCHEME, until="2026-12-01", reason="改版"))
    world.must(twin)
    assert weigh(world, "50", "20", "30", from_day="2026-12-01").code == "scoring.scheme_retired"
    store = world.open_store("静安店")
    odd = DefineScheme(scheme_id=new_id(), code="odd", name_zh="奇", name_en="Odd", store_id=store, channel="online")
    assert world.refusal(odd) == "scoring.store_has_channel"
    nowhere = DefineScheme(scheme_id=new_id(), code="odd", name_zh="奇", name_en="Odd", store_id=new_id())
    assert world.refusal(nowhere) == "stores.unknown"


def test_devices_hold_metrics_that_count_and_every_scheme(world: World):
    chef_scheme(world)
    draft = metric("draft")
    world.must(draft)
    assert weigh(world, "50", "20", "30").status == "applied"
    store = world.open_store("静安店")
    world.must(SetStoreChannel(store_id=store, channel="online"))
    with world.db.snapshot() as connection:
        changes = connection.execute(sa.select(SyncChange.scope, SyncChange.entity, SyncChange.pk, SyncChange.gone)).all()
        wanted = {"metric": {draft.metric_id, DISH.metric_id}, "scheme": {SCHEME}, "score_channel": {store}}
        found = bodies(connection, wanted, tablet(store))
    held = {(one.scope, one.entity, one.pk) for one in changes if not one.gone}
    assert {("company", "metric", one.metric_id) for one in (DISH, COMPLAINTS, NEW_DISHES)} <= held
    assert ("company", "metric", draft.metric_id) not in held and ("metric", draft.metric_id) not in found
    assert ("company", "scheme", SCHEME) in held and (f"store:{store}", "score_channel", store) in held
    row = decode(found["metric", DISH.metric_id], MetricRow)
    assert [one.points for one in row.levels] == ["0", "50", "100"]
    assert len(decode(found["scheme", SCHEME], SchemeRow).versions[0].lines) == 3


def test_only_who_manages_scoring_everywhere_may_say_what_people_are_measured_by(world: World):
    store = world.open_store("静安店")
    manager = world.account(world.hire("吴经理"), "wu", "store_manager", store)
    assert world.refusal(metric("mine"), manager) == "access.not_allowed"
    hr_of_one = world.account(world.hire("钱人事"), "qian", "hr", store)
    assert world.refusal(metric("mine"), hr_of_one) == "access.out_of_scope"
    assert world.refusal(SetStoreChannel(store_id=derived_id("test", "nowhere"), channel="online")) == "stores.unknown"
