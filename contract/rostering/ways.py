"""The ways out of a broken rule, the cheapest first: what a manager would try before she sets a rule aside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from contract.rostering.shapes import Fact, Verdict

OVERRIDE = "override"
ACCEPT = "accept"
# key of the sentence rostering.way.<key>, by rule, or by rule:case where the case has its own; what changes least stands first
WAYS: Mapping[str, tuple[str, ...]] = {
    "overlap": ("drop_one", "move_one", "give_one"),
    "skill_required": ("choose_skilled", "other_role", "renew_skill"),
    "dispatch_window": ("choose_posted", "borrow", "extend_posting"),
    "course_gate": ("pass_course", "choose_other"),
    "course_gate:record": ("complete_record", "choose_other"),
    "course_due": ("pass_course", "choose_other"),
    "course_due:record": ("complete_record", "choose_other"),
    "approved_leave": ("choose_other", "move_one", "ask_leave"),
    "unavailable": ("ask_person", "choose_other", "move_one"),
    "store_open": ("fit_hours", "change_hours"),
    "travel_time": ("start_later", "same_store", "choose_other"),
    "daily_max": ("shorten", "give_one", "other_day"),
    "rest_between": ("start_later", "end_earlier", "choose_other"),
    "weekly_rest": ("free_day", "choose_other"),
    "weekly_max": ("shorten", "choose_other", "agree_overtime"),
    "overtime_month_max": ("choose_other", "shorten", "next_month"),
    "cycle_max": ("choose_other", "shorten", "next_cycle"),
    "part_time_max": ("shorten", "choose_other", "change_contract"),
    "consecutive_days_max": ("free_day", "choose_other"),
    "nights_in_row_max": ("day_shift", "free_day", "choose_other"),
    "night_max": ("shorten", "choose_other"),
    "weekends": ("free_weekend", "swap_weekend"),
    "shift_length": ("change_length", "other_template"),
    "break_rule": ("longer_pause", "shorten"),
    "protected_no_night": ("day_shift", "choose_other"),
    "protected_no_overtime": ("shorten", "choose_other"),
    "minor_rules": ("choose_adult",),
    "minor_rules:night": ("day_shift", "choose_adult"),
    "minor_rules:overtime": ("shorten", "choose_adult"),
    "minor_rules:rest": ("start_later", "end_earlier", "choose_adult"),
    "locked": ("unlock", "leave_it"),
    "headcount": ("open_shift", "change_demand"),
    "headcount:many": ("other_day", "change_demand"),
    "undesired": ("ask_person", "choose_other"),
    "contract_min_hours": ("add_shift", "longer_shift"),
    "clopen": ("start_later", "end_earlier", "choose_other"),
    "split_weekend": ("free_weekend", "both_days"),
    "single_day_off": ("two_days_off", "other_day"),
    "start_jitter": ("same_start", "other_template"),
}  # fmt: skip


class Way(NamedTuple):
    """A way out: the key rostering.way.<key> and its facts (minutes as *_min, days, codes)."""

    key: str
    facts: dict[str, Fact]


def keys_for(rule: str, case: str, *, hard: bool, overridable: bool) -> list[str]:
    """The ways out of a rule: those of the rule, and last to set it aside with a reason, or to leave a wish unheard."""
    last = [OVERRIDE] if hard and overridable else [] if hard else [ACCEPT]
    return [*WAYS.get(f"{rule}:{case}", WAYS.get(rule, ())), *last]


def ways_of(verdict: Verdict) -> list[Way]:
    """The ways out of what a verdict says, with the facts their sentences take: by how much, which skill, which store."""
    facts = {**verdict.facts, "over_min": verdict.over}
    return [Way(key, facts) for key in verdict.ways]
