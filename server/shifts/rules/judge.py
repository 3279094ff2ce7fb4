"""What is wrong with what somebody wants to define: the refusal's code and the field, or None when nothing is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from contract.shifts import DefineTemplate, Window, WorkRules
from server.shifts.rules.days import Template

DAY_MIN = 1_440


class Wrong(NamedTuple):
    """Why not, and which field says it."""

    code: str
    field: str


def judge_windows(windows: Sequence[Window]) -> Wrong | None:
    """Windows end after they begin, share no minute, and lie within 24 hours of the first one's beginning."""
    if any(one.ends_min <= one.starts_min for one in windows):
        return Wrong("shifts.ends_before_start", "windows")
    ordered = sorted(windows, key=lambda one: one.starts_min)
    if any(later.starts_min < earlier.ends_min for earlier, later in pairwise(ordered)):
        return Wrong("shifts.windows_overlap", "windows")
    if ordered and max(one.ends_min for one in ordered) - ordered[0].starts_min > DAY_MIN:
        return Wrong("shifts.longer_than_a_day", "windows")
    return None


def judge_template(op: DefineTemplate) -> Wrong | None:
    """A template that can be worked."""
    wrong = judge_windows(op.windows)
    if wrong is not None:
        return wrong
    if op.kind in ("fixed", "flexible") and len(op.windows) != 1:
        return Wrong("shifts.one_window", "windows")
    return (_judge_flexible(op) if op.kind == "flexible" else _judge_others(op)) or _judge_breaks(op)


def _judge_others(op: DefineTemplate) -> Wrong | None:
    for field in ("required_min", "core_starts_min", "core_ends_min"):
        if getattr(op, field) is not None:
            return Wrong("shifts.only_flexible", field)
    return None


def _judge_flexible(op: DefineTemplate) -> Wrong | None:
    if not op.required_min:
        return Wrong("shifts.required_missing", "required_min")
    return judge_core(op.windows[0], op.required_min, op.core_starts_min, op.core_ends_min)


def judge_core(window: Window, required_min: int, core_starts_min: int | None, core_ends_min: int | None) -> Wrong | None:
    """The required time fits into the window; the core lies inside it and is no longer than what is required."""
    if required_min > window.ends_min - window.starts_min:
        return Wrong("shifts.required_too_long", "required_min")
    if core_starts_min is None and core_ends_min is None:
        return None
    if core_starts_min is None or core_ends_min is None or core_ends_min <= core_starts_min:
        return Wrong("shifts.core_incomplete", "core_ends_min")
    if core_starts_min < window.starts_min or core_ends_min > window.ends_min:
        return Wrong("shifts.core_outside", "core_starts_min")
    if core_ends_min - core_starts_min > required_min:
        return Wrong("shifts.core_too_long", "required_min")
    return None


def _judge_breaks(op: DefineTemplate) -> Wrong | None:
    placed = sorted((one.starts_min, one.starts_min + one.minutes) for one in op.breaks if one.starts_min is not None)
    inside = [any(w.starts_min <= starts and ends <= w.ends_min for w in op.windows) for starts, ends in placed]
    if not all(inside):
        return Wrong("shifts.break_outside", "breaks")
    if any(later < ends for (_, ends), (later, _) in pairwise(placed)):
        return Wrong("shifts.breaks_overlap", "breaks")
    lengths = sum(one.ends_min - one.starts_min for one in op.windows)
    if any(one.minutes == 0 for one in op.breaks) or sum(one.minutes for one in op.breaks) >= lengths:
        return Wrong("shifts.break_too_long", "breaks")
    return None


def judge_cycle(cycle: Sequence[str], template: Callable[[str], Template | None]) -> tuple[Wrong, str] | None:
    """Every day names a template that is known, something is worked, and no day's shift runs into the next day's, the last
    into the first. Answers what is wrong and the template it is about."""
    known = []
    for code in cycle:
        found = template(code) if code else None
        if code and found is None:
            return Wrong("shifts.template_unknown", "cycle"), code
        known.append(found)
    if not any(known):
        return Wrong("shifts.nothing_worked", "cycle"), ""
    for today, tomorrow in pairwise([*known, known[0]]):
        if today is None or tomorrow is None:
            continue
        if max(w.ends_min for w in today.windows) - DAY_MIN > min(w.starts_min for w in tomorrow.windows):
            return Wrong("shifts.days_overlap", "cycle"), tomorrow.code
    return None


def judge_rules(body: WorkRules) -> Wrong | None:
    """Rules that can be reckoned with."""
    if body.night_ends_min <= body.night_starts_min or body.night_ends_min - body.night_starts_min > DAY_MIN:
        return Wrong("shifts.night_backwards", "body.night_ends_min")
    if any(one.starts_min is not None or one.minutes == 0 for one in body.legal_breaks):
        return Wrong("shifts.legal_break", "body.legal_breaks")
    steps = [(one.after_min, one.minutes) for one in body.legal_breaks]
    if any(later[0] <= earlier[0] or later[1] < earlier[1] for earlier, later in pairwise(steps)):
        return Wrong("shifts.legal_break", "body.legal_breaks")
    if body.rounding != "none" and body.rounding_step_min < 2:
        return Wrong("shifts.rounding_without_step", "body.rounding_step_min")
    if len({one.kind for one in body.allowances}) < len(body.allowances):
        return Wrong("shifts.allowance_twice", "body.allowances")
    return None
