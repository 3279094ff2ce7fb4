"""When a course is recommended, and in which words: a whole sentence with its facts, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from contract.growth import RuleWhen
from contract.messages import Language, say

_NAMED = ("value", "line", "indicator", "percent", "quiz", "post", "category", "n", "days", "store")
MOST_SAID = 500


_NEEDED: Mapping[str, tuple[str, ...]] = {
    "post": ("post_id",), "indicator": ("indicator",), "quiz": ("quiz_course_id",), "tickets": ("category", "at_least", "days"),
}  # fmt: skip
_MAY_SAY: Mapping[str, tuple[str, ...]] = {"indicator": ("below", "above"), "quiz": ("percent_below",)}
_FIELDS = tuple(dict.fromkeys(name for group in (*_NEEDED.values(), *_MAY_SAY.values()) for name in group))


class Reason(NamedTuple):
    """What a rule found of one person, in both languages where words differ: `indicator_zh`, `indicator_en`."""

    facts: Mapping[str, str]


class RuleFault(NamedTuple):
    """What is wrong with a rule's `when`, and where."""

    code: str
    field: str
    facts: Mapping[str, str] = MappingProxyType({})


def judge_when(when: RuleWhen) -> RuleFault | None:
    """A rule says what its kind needs and nothing of another kind: of an indicator exactly one line."""
    needed = _NEEDED[when.kind]
    allowed = (*needed, *_MAY_SAY.get(when.kind, ()))
    for name in _FIELDS:
        said = getattr(when, name) is not None
        if (name in needed and not said) or (said and name not in allowed):
            return RuleFault("growth.rule_incomplete", f"when.{name}")
    if when.kind == "indicator" and (when.below is None) == (when.above is None):
        return RuleFault("growth.rule_incomplete", "when.below")
    return None


def is_past_the_line(when: RuleWhen, value: Decimal) -> bool:
    """Whether a value is below the rule's line (or above it): on the line it is neither."""
    if when.below is not None:
        return value < Decimal(when.below)
    return when.above is not None and value > Decimal(when.above)


def did_badly(when: RuleWhen, *, failed: bool, passed: bool, grade: int | None) -> bool:
    """Whether a quiz went badly: the last attempt failed and none has passed; or, where the rule names a line, the grade is
    below it, passed or not."""
    if when.percent_below is not None:
        return grade is not None and grade < when.percent_below
    return failed and not passed


def sentence(when: RuleWhen, why: str, facts: Mapping[str, str], language: Language) -> str:
    """The reason as somebody reads it: the rule's own sentence with its facts in their places, or the product's."""
    told = {name: facts.get(f"{name}_{language}", facts.get(name, "")) for name in _NAMED}
    if why.strip():
        for name, value in told.items():
            why = why.replace("{" + name + "}", value)
        return why[:MOST_SAID]
    kind: str = when.kind
    if when.kind == "indicator":
        kind = "below" if when.below is not None else "above"
    elif when.kind == "quiz" and when.percent_below is not None:
        kind = "quiz_below"
    return say(language, f"growth.why.{kind}", **told)[:MOST_SAID]
