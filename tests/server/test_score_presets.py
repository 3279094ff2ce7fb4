"""The metrics and schemes a company begins with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from contract.ids import derived_id
from contract.metrics import ActivateMetric, SetWeights
from contract.org import DefinePost
from contract.wire import Wire
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.scoring import presets
from server.scoring.model_library import Metric
from server.scoring.schemes import schemes_held
from tests.server.scoring_of import CHEF
from tests.server.world import SECRET, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World.on_sqlite(tmp_path)
    presets.ensure(made.db, made.clock(), SECRET)
    yield made
    made.close()


def _taken(world: World, code: str, post_id: str | None = None) -> list[Wire]:
    preset = next(one for one in presets.scheme_presets() if one.code == code)
    with reading(world.db, Actor.system()) as session:
        return presets.to_take(session, preset, post_id=post_id, from_day="2026-11-01", reason="预设")


def test_a_new_company_has_a_library_and_asking_again_changes_nothing(world: World):
    rows = {row.code: row for row in world.rows(sa.select(Metric))}
    assert len(rows) >= 40 and {row.state for row in rows.values()} == {"draft"}
    first = presets.metric_presets()[0]
    world.must(msgspec.structs.replace(first, name_en="Happy customers"))
    presets.ensure(world.db, world.clock(), SECRET)
    again = world.rows(sa.select(Metric))
    assert len(again) == len(rows)
    assert next(row.name_en for row in again if row.code == "satisfaction") == "Happy customers"


def test_every_metric_of_the_library_can_be_activated_and_says_what_it_means_in_both_languages(world: World):
    for one in presets.metric_presets():
        world.must(ActivateMetric(metric_id=one.metric_id))
        assert one.name_zh and one.name_en and one.means_zh and one.means_en and one.area and one.source and one.rhythm
        assert one.kind != "rubric" or len(one.levels) >= 3
        assert one.source == "formula" or not one.formula


@pytest.mark.parametrize(
    ("code", "weights"),
    [
        ("chef", ["50", "20", "30"]),
        ("sales", ["40", "30", "15", "15"]),
        ("offline", ["30", "40", "30"]),
        ("online", ["30", "40", "30"]),
    ],
)
def test_a_preset_scheme_is_taken_whole(world: World, code: str, weights: list[str]):
    post_id = CHEF if code in ("chef", "sales") else None
    if post_id is not None:
        world.must(DefinePost(post_id=post_id, code=code, name_zh=code, name_en=code))
    for op in _taken(world, code, post_id):
        world.must(op)
    with reading(world.db, Actor.system()) as session:
        [scheme] = schemes_held(session)
    assert [one.weight for one in scheme.versions[0].lines] == weights


def test_no_scheme_of_a_channel_goes_without_satisfaction(world: World):
    *ops, weights = _taken(world, "online")
    for op in ops:
        world.must(op)
    assert isinstance(weights, SetWeights)
    world.must(ActivateMetric(metric_id=derived_id("metric", "sales")))
    first, *rest = weights.lines
    assert first.metric == "satisfaction"
    without = [msgspec.structs.replace(first, metric="sales"), *rest]
    outcome = world.do(
        SetWeights(version_id=weights.version_id, scheme_id=weights.scheme_id, from_day="2026-11-01", lines=without, reason="r")
    )
    assert (outcome.code, outcome.facts["metrics"]) == ("scoring.core_missing", "satisfaction")
