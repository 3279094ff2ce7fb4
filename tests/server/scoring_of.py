"""Metrics and schemes in tests: the three lines of the chef, made by operations."""

from __future__ import annotations

from contract.ids import derived_id
from contract.metrics import ActivateMetric, DefineMetric, DefineScheme, RubricLevel, SetWeights, Weighed
from contract.org import DefinePost
from server.kernel.perform import Outcome
from tests.server.world import World

CHEF = derived_id("test", "post", "chef")
SCHEME = derived_id("test", "scheme", "chef")


def metric(code: str, **values: object) -> DefineMetric:
    """A metric that can be activated, but for what is said."""
    said: dict[str, object] = {"kind": "points", "source": "manager", "rhythm": "shift", **values}
    names = {"name_zh": f"指标 {code}", "name_en": f"Metric {code}"}
    return DefineMetric(metric_id=derived_id("test", "metric", code), code=code, **{**names, **said})  # type: ignore[arg-type]


def active(world: World, *metrics: DefineMetric) -> None:
    """Define them and let them count."""
    for one in metrics:
        world.must(one)
        world.must(ActivateMetric(metric_id=one.metric_id))


LEVELS = [RubricLevel(points=str(points), text_zh=f"{points} 分", text_en=f"{points} points") for points in (0, 50, 100)]
DISH = metric("dish_quality", kind="rubric", levels=LEVELS)
COMPLAINTS = metric("complaint_rate", kind="number", direction="lower", unit="%", target="2", source="import", rhythm="month")
NEW_DISHES = metric("new_dishes", kind="milestones", target="4", source="hq", rhythm="month", gathered="sum")


def chef_lines(*weights: str) -> list[Weighed]:
    """Dish quality of the store, complaint rate of the store, new dishes of HQ."""
    owners = ("store", "store", "hq")
    codes = ("dish_quality", "complaint_rate", "new_dishes")
    return [
        Weighed(metric=code, owner=owner, weight=weight)  # type: ignore[arg-type]
        for code, owner, weight in zip(codes, owners, weights, strict=True)
    ]


def chef_scheme(world: World) -> None:
    """The post, its three metrics and its scheme, without weights yet."""
    world.must(DefinePost(post_id=CHEF, code="chef", name_zh="厨师", name_en="Chef"))
    active(world, DISH, COMPLAINTS, NEW_DISHES)
    world.must(DefineScheme(scheme_id=SCHEME, code="chef", name_zh="厨师", name_en="Chef", post_id=CHEF))


def weigh(world: World, *weights: str, from_day: str = "2026-01-01", version: str = "1") -> Outcome:
    """Say the chef's weights."""
    said = SetWeights(
        version_id=derived_id("test", "weights", version), scheme_id=SCHEME, from_day=from_day, lines=chef_lines(*weights),
        reason="年度方案",
    )  # fmt: skip
    return world.do(said)
