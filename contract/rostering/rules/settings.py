"""Whether a profile can be meant: names and bounds of the catalogue, and no two settings that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from contract.rostering.rules.catalogue import CATALOGUE, filled
from contract.rostering.shapes import RuleSetting

WEIGHT_MOST = 1_000_000
# (rule, the lesser, the greater): more than it may not be
_NOT_MORE: tuple[tuple[str, str, str], ...] = (
    ("shift_length", "min", "max"), ("weekends", "free", "weeks"), ("minor_rules", "least_age", "adult_age"),
    ("part_time_max", "day", "week"), ("overtime_month_max", "day", "week"), ("protected_no_overtime", "day", "week"),
)  # fmt: skip


class WrongSetting(NamedTuple):
    """What is wrong with a rule's setting: a refusal code of contract/refusals.py, the rule or rule.param, and facts."""

    code: str
    field: str
    facts: dict[str, str | int]


def wrong_settings(settings: Sequence[RuleSetting]) -> list[WrongSetting]:
    """Everything that keeps a set of rules from being in force; none where it can be."""
    found: list[WrongSetting] = []
    seen: set[str] = set()
    for setting in settings:
        if setting.rule not in CATALOGUE:
            found.append(WrongSetting("rostering.rule_unknown", setting.rule[:64], {"rule": setting.rule[:64]}))
            continue
        if setting.rule in seen:
            found.append(WrongSetting("rostering.rule_twice", setting.rule, {"rule": setting.rule}))
        seen.add(setting.rule)
        found += _of_one(setting)
    if not found:
        found += _between({setting.rule: filled(setting) for setting in settings if setting.enabled})
    return found


def _of_one(setting: RuleSetting) -> Iterator[WrongSetting]:
    rule = CATALOGUE[setting.rule]
    if not -WEIGHT_MOST <= setting.weight <= WEIGHT_MOST:
        yield WrongSetting("rostering.weight_out_of_range", setting.rule, {"rule": setting.rule, "most": WEIGHT_MOST})
    if rule.fixed and (not setting.enabled or setting.overridable):
        yield WrongSetting("rostering.rule_fixed", setting.rule, {"rule": setting.rule})
    if setting.hard and rule.scope == "group":
        yield WrongSetting("rostering.rule_never_hard", setting.rule, {"rule": setting.rule})
    for name, value in setting.params.items():
        param = rule.params.get(name)
        field = f"{setting.rule}.{name[:40]}"
        if param is None:
            yield WrongSetting("rostering.param_unknown", field, {"rule": setting.rule, "param": name[:40]})
        elif not param.least <= value <= param.most:
            yield WrongSetting("rostering.param_out_of_range", field, {"least": param.least, "most": param.most})


def _between(params: Mapping[str, Mapping[str, int]]) -> Iterator[WrongSetting]:
    for rule, lesser, greater in _NOT_MORE:
        if rule in params and params[rule][lesser] > params[rule][greater]:
            yield WrongSetting("rostering.rules_contradict", f"{rule}.{lesser}", {"rule": rule, "other": f"{rule}.{greater}"})
    cycle = params.get("cycle_max")
    if cycle is not None and 12 % cycle["months"]:
        yield WrongSetting("rostering.rules_contradict", "cycle_max.months", {"rule": "cycle_max", "other": "year"})
    pause = params.get("break_rule")
    if pause is not None and pause["after_2"] and (pause["after_2"] < pause["after"] or pause["min_2"] < pause["min"]):
        facts: dict[str, str | int] = {"rule": "break_rule", "other": "break_rule.after"}
        yield WrongSetting("rostering.rules_contradict", "break_rule.after_2", facts)
    length, rest, day = params.get("shift_length"), params.get("rest_between"), params.get("daily_max")
    if length is not None and rest is not None and rest["min"] + length["min"] > 2 * 1_440:
        facts = {"rule": "rest_between", "other": "shift_length.min"}
        yield WrongSetting("rostering.rules_contradict", "rest_between.min", facts)
    if length is not None and day is not None and length["min"] - _pause(pause) > day["max"] + day["overtime"]:
        yield WrongSetting("rostering.rules_contradict", "shift_length.min", {"rule": "shift_length", "other": "daily_max.max"})


def _pause(pause: Mapping[str, int] | None) -> int:
    """The longest pause a shift may be asked to have."""
    return 0 if pause is None else max(pause["min"], pause["min_2"])
