"""The fields of a set of rules as a form has them: grouped, typed, shown, and compared with the version before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from contract.money import CURRENCIES, money_text, money_typed
from contract.shifts import AllowanceKind, Break, WorkRules
from server.kernel.problems import Problem
from server.web.shift_forms import clock_of, minutes_typed


class RuleField(NamedTuple):
    """A field: `kind` is minutes, number, percent, tick, choice, time, breaks, or (of an allowance) count or money. Its words:
    console.rules.f and .h."""

    name: str
    kind: str = "minutes"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Fields that belong together. Its title: console.rules.group."""

    key: str
    fields: tuple[RuleField, ...]


ALLOWANCES: tuple[AllowanceKind, ...] = ("night_shift", "meal", "travel", "on_call")
GROUPS: tuple[Group, ...] = (
    Group("punches", (
        RuleField("grace_in_min"), RuleField("grace_out_min"), RuleField("late_from", "choice", ("start", "grace")),
        RuleField("auto_close", "choice", ("at_shift_end", "never")), RuleField("longest_span_min"),
        RuleField("belongs_before_min"), RuleField("belongs_after_min"), RuleField("double_tap_min"),
        RuleField("counts_before_shift", "tick"),
    )),
    Group("breaks", (
        RuleField("legal_breaks", "breaks"), RuleField("rounding", "choice", ("none", "down", "nearest", "up")),
        RuleField("rounding_step_min"),
    )),
    Group("overtime", (
        RuleField("system", "choice", ("standard", "comprehensive", "none")),
        RuleField("period", "choice", ("week", "month", "quarter", "year")), RuleField("day_min"), RuleField("week_min"),
        RuleField("rate_normal", "percent"), RuleField("rate_weekend", "percent"), RuleField("rate_holiday", "percent"),
        RuleField("month_overtime_limit_min"), RuleField("overtime_after_min"), RuleField("overtime_step_min"),
        RuleField("overtime_needs_request", "tick"), RuleField("weekend_in_lieu", "tick"),
    )),
    Group("rests", (
        RuleField("daily_rest_min"), RuleField("weekly_rest_min"), RuleField("night_starts_min", "time"),
        RuleField("night_ends_min", "time"),
    )),
    Group("allowances", (
        *(field for one in ALLOWANCES for field in (RuleField(f"{one}_after_min", "count"), RuleField(f"{one}_amount", "money"))),
        RuleField("allowance_currency", "choice", CURRENCIES),
    )),
    Group("corrections", (RuleField("corrections_a_month", "number"), RuleField("correctable_days", "number"))),
)  # fmt: skip
FIELDS = {field.name: field for group in GROUPS for field in group.fields}
_BREAK = re.compile(r"(\d{1,4})\s*[:：]\s*(\d{1,3})")
_TIME = re.compile(r"(\d{1,2})[:：]([0-5]\d)")


class Change(NamedTuple):
    """A field that differs, as it is shown: before and after."""

    name: str
    kind: str
    before: str
    after: str


def changes(before: WorkRules, after: WorkRules) -> list[Change]:
    """What differs between two versions, in the order of the form."""
    old, new = shown(before), shown(after)
    return [
        Change(name, field.kind, old.get(name, ""), new.get(name, ""))
        for name, field in FIELDS.items()
        if old.get(name, "") != new.get(name, "")
    ]


def shown(body: WorkRules) -> dict[str, str]:
    """A set of rules as the form's values. A tick that is off is absent, as forms have it."""
    found: dict[str, str] = {}
    for one in body.allowances:
        found[f"{one.kind}_after_min"] = str(one.after_min)
        if one.amount is not None:
            found[f"{one.kind}_amount"] = money_text(one.amount, body.allowance_currency)
    for name, field in FIELDS.items():
        if field.kind in ("count", "money"):
            continue
        value: Any = getattr(body, name)
        if field.kind == "tick":
            if value:
                found[name] = "on"
        elif field.kind == "breaks":
            found[name] = ", ".join(f"{one.after_min}:{one.minutes}" for one in value)
        elif field.kind == "time":
            found[name] = clock_of(value)
        else:
            found[name] = "" if value is None else str(value)
    return found


def typed(given: Mapping[str, str]) -> dict[str, Any]:
    """The form's values as a set of rules is written. What cannot be read is refused with its field."""
    found: dict[str, Any] = {"allowances": _allowances(given)}
    for name, field in FIELDS.items():
        if field.kind in ("count", "money"):
            continue
        text = given.get(name, "").strip()
        if field.kind == "tick":
            found[name] = bool(text)
        elif field.kind == "choice":
            found[name] = text
        elif field.kind == "breaks":
            found[name] = [msgspec.to_builtins(one) for one in _breaks(text)]
        elif field.kind == "time":
            found[name] = _minute(text, name)
        elif text or field.kind != "number":
            found[name] = minutes_typed(given, name)
    if isinstance(found["night_ends_min"], int) and found["night_ends_min"] <= found["night_starts_min"]:
        found["night_ends_min"] += 1_440
    return found


def _allowances(given: Mapping[str, str]) -> list[dict[str, Any]]:
    """Those that are counted from so many minutes, each with its amount where one is given."""
    rows: list[dict[str, Any]] = []
    for kind in ALLOWANCES:
        after, amount = f"{kind}_after_min", f"{kind}_amount"
        money = given.get(amount, "").strip()
        if not given.get(after, "").strip():
            if money:
                raise Problem("wire.missing", field=after)
            continue
        row: dict[str, Any] = {"kind": kind, "after_min": minutes_typed(given, after)}
        if money:
            row["amount"] = money_typed(money, given.get("allowance_currency", "CNY"))
            if row["amount"] is None:
                raise Problem("wire.invalid", field=amount)
        rows.append(row)
    return rows


def _breaks(text: str) -> list[Break]:
    """`360:30, 540:45`: once more than so many minutes were worked, at least so many of pause."""
    rows = []
    for part in (one.strip() for one in text.replace("，", ",").split(",")):
        if not part:
            continue
        match = _BREAK.fullmatch(part)
        if match is None:
            raise Problem("wire.invalid", field="legal_breaks")
        rows.append(Break(after_min=int(match[1]), minutes=int(match[2])))
    return rows


def _minute(text: str, name: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        raise Problem("wire.invalid", field=name)
    return int(match[1]) * 60 + int(match[2])
