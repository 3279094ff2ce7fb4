"""Every rule there is: its settings with bounds, whether it is of law or of the house, and what it weighs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from contract.rostering.shapes import RuleSetting

Unit = Literal["minutes", "days", "weeks", "months", "years", "count", "yes_no", "points", "minute_of_day"]
Scope = Literal["line", "cover", "change", "group"]


@dataclass(frozen=True)
class Param:
    """A setting of a rule: what it is unless said, its unit, and the least and most that may be said."""

    default: int
    unit: Unit
    least: int
    most: int


@dataclass(frozen=True)
class RuleDef:
    """A rule as data. scope: judged over one person's line, over cover, over a change, or by comparing a group.

    kind law: written in a law in at least one preset (presets.SOURCES says which); house: the company's own. tier: 1 what the
    law and people's bodies need, 2 cover, 3 wishes and health, 4 fairness, 5 cost: a lower tier weighs more. `per`: points count
    for each begun stretch of so many units of `over`, once in all where it is 0. fixed: always hard, nobody sets it aside.
    """

    name: str
    kind: Literal["law", "house"]
    tier: int
    weight: int
    hard: bool = True
    overridable: bool = True
    per: int = 0
    params: Mapping[str, Param] = field(default_factory=dict)
    scope: Scope = "line"
    fixed: bool = False


def _minutes(default: int, least: int = 0, most: int = 2_880) -> Param:
    return Param(default, "minutes", least, most)


def _count(default: int, least: int = 0, most: int = 366) -> Param:
    return Param(default, "count", least, most)


def _days(default: int, most: int = 366) -> Param:
    return Param(default, "days", 1, most)


_YES = Param(0, "yes_no", 0, 1)
_STANDARD_ONLY = Param(1, "yes_no", 0, 1)  # 1: who works comprehensive or unscheduled hours is left out
_NIGHT: Mapping[str, Param] = {
    "night_starts": Param(1_320, "minute_of_day", 0, 1_440),
    "night_ends": Param(1_800, "minute_of_day", 0, 2_880),
}
_OVERTIME: Mapping[str, Param] = {"day": _minutes(480), "week": _minutes(2_400, most=10_080)}

_ALL: tuple[RuleDef, ...] = (
    # where somebody may be at all
    RuleDef("overlap", "law", 1, 1_000, overridable=False, per=15, fixed=True),
    RuleDef("skill_required", "law", 1, 1_000, overridable=False),
    RuleDef("dispatch_window", "law", 1, 1_000, overridable=False),
    RuleDef("course_gate", "house", 1, 1_000, overridable=False, fixed=True),
    RuleDef("course_due", "house", 3, 200, hard=False),
    RuleDef("approved_leave", "law", 1, 1_000, overridable=False, per=15),
    RuleDef("unavailable", "house", 1, 200, per=15),
    RuleDef("store_open", "house", 1, 100, per=15, params={"before": _minutes(60), "after": _minutes(60)}),
    RuleDef("travel_time", "house", 1, 100, per=15, params={"unknown": _minutes(0)}),
    # how long, and how much rest
    RuleDef("daily_max", "law", 1, 300, overridable=False, per=15,
            params={
        "max": _minutes(480), "overtime": _minutes(180), "comprehensive": _minutes(660), "standard_only": _STANDARD_ONLY}),
    RuleDef("rest_between", "law", 1, 300, per=15, params={"min": _minutes(660), "on_call": _YES}),
    RuleDef("weekly_rest", "law", 1, 500, overridable=False, params={"min": _minutes(1_440, most=10_080), "on_call": _YES}),
    RuleDef("weekly_max", "law", 1, 30, per=15, params={
        "max": _minutes(2_400, most=10_080), "overtime": _minutes(0, most=10_080), "weeks": Param(1, "weeks", 1, 52),
        "standard_only": _STANDARD_ONLY}),
    RuleDef("overtime_month_max", "law", 1, 300, overridable=False, per=15,
            params={"max": _minutes(2_160, most=44_640), **_OVERTIME, "standard_only": _STANDARD_ONLY}),
    RuleDef("cycle_max", "law", 1, 300, overridable=False, per=15, params={
        "months": Param(1, "months", 1, 12), "standard": _minutes(9_920, most=600_000), "overtime": _minutes(2_160, most=600_000),
        "everybody": _YES}),
    RuleDef("part_time_max", "law", 1, 300, overridable=False, per=15, params={
        "day": _minutes(240), "week": _minutes(1_440, most=10_080)}),
    RuleDef("consecutive_days_max", "house", 1, 300, params={"max": _days(6)}),
    RuleDef("nights_in_row_max", "house", 3, 100, hard=False, params={"max": _count(5, 1), **_NIGHT, "least": _minutes(180, 1)}),
    RuleDef("night_max", "law", 1, 300, overridable=False, per=15,
            params={"max": _minutes(480), **_NIGHT, "least": _minutes(180, 1)}),
    RuleDef("weekends", "house", 1, 300, params={"free": _count(1, 0, 52), "weeks": Param(4, "weeks", 1, 52)}),
    RuleDef("shift_length", "house", 1, 50, per=15, params={"min": _minutes(240), "max": _minutes(600)}),
    RuleDef("break_rule", "law", 3, 20, hard=False, per=15, params={
        "after": _minutes(360), "min": _minutes(30, most=480), "after_2": _minutes(0), "min_2": _minutes(0, most=480)}),
    # whom the law protects
    RuleDef("protected_no_night", "law", 1, 1_000, overridable=False, params=_NIGHT),
    RuleDef("protected_no_overtime", "law", 1, 1_000, overridable=False, per=15, params=_OVERTIME),
    RuleDef("minor_rules", "law", 1, 1_000, overridable=False, params={
        "least_age": Param(16, "years", 10, 30), "adult_age": Param(18, "years", 10, 30), **_NIGHT, **_OVERTIME,
        "rest": _minutes(0)}),
    # what a tap may not touch, how many a store needs
    RuleDef("locked", "house", 1, 500, scope="change"),
    RuleDef("headcount", "house", 2, 100, hard=False, scope="cover", per=1),
    # wishes and health
    RuleDef("undesired", "house", 3, 20, hard=False, per=15),
    RuleDef("desired", "house", 3, -10, hard=False, per=15),
    RuleDef("contract_min_hours", "house", 3, 40, hard=False, per=15),
    RuleDef("clopen", "house", 3, 80, hard=False, params={"rest": _minutes(780)}),
    RuleDef("split_weekend", "house", 3, 60, hard=False),
    RuleDef("single_day_off", "house", 3, 30, hard=False),
    RuleDef("start_jitter", "house", 3, 15, hard=False, per=60, params={"from": _minutes(60, 1)}),
    RuleDef("home_store", "house", 5, -5, hard=False, per=15),
    # fairness: how far somebody is from the mean of those compared, squared
    RuleDef("fair_weekends", "house", 4, 60, hard=False, scope="group"),
    RuleDef("fair_nights", "house", 4, 60, hard=False, scope="group", params={**_NIGHT, "least": _minutes(180, 1)}),
    RuleDef("fair_early", "house", 4, 40, hard=False, scope="group", params={"before": Param(480, "minute_of_day", 0, 1_440)}),
    RuleDef("fair_closings", "house", 4, 40, hard=False, scope="group", params={"from": Param(1_260, "minute_of_day", 0, 2_880)}),
    RuleDef("fair_hours", "house", 4, 5, hard=False, scope="group"),
    # what cover, changes and hours cost
    RuleDef("under_min", "house", 2, 1_000, hard=False, scope="cover", per=15),
    RuleDef("under_target", "house", 2, 100, hard=False, scope="cover", per=15),
    RuleDef("over_max", "house", 5, 1, hard=False, scope="cover", per=15),
    RuleDef("changed_published", "house", 3, 150, hard=False, scope="change", params={
        "soon": Param(400, "points", 0, 100_000), "soon_within": _minutes(2_880, most=44_640)}),
    RuleDef("overtime", "house", 5, 30, hard=False, per=15, params=_OVERTIME),
    RuleDef("cost", "house", 5, 1, hard=False),
)  # fmt: skip

CATALOGUE: dict[str, RuleDef] = {rule.name: rule for rule in _ALL}
GOALS = frozenset({"desired", "home_store", "overtime", "cost"})  # of a line, but never broken: points only


def setting_of(name: str, **params: int) -> RuleSetting:
    """A rule as the catalogue has it, with other params where given."""
    rule = CATALOGUE[name]
    return RuleSetting(
        rule=name, hard=rule.hard, overridable=rule.overridable, weight=rule.weight,
        params={known: params.get(known, param.default) for known, param in rule.params.items()},
    )  # fmt: skip


def filled(setting: RuleSetting) -> dict[str, int]:
    """A setting's params with the catalogue's for those it does not name."""
    return {known: setting.params.get(known, param.default) for known, param in CATALOGUE[setting.rule].params.items()}


def points_for(setting: RuleSetting, over: int) -> int:
    """What so much costs: the weight for each begun stretch of the catalogue's `per`, or once."""
    per = CATALOGUE[setting.rule].per
    return setting.weight * (-(-over // per) if per else 1)
