"""The one judge of rosters: rules as data (catalogue), a person's line, a tap, a store's cover, and what soft rules come to.

Pure functions over `contract.rostering.shapes`; the same on tablet, phone, console, API, import and in the solver. Written out
rule by rule in docs/concepts/rosters.md; tests/support/roster_checker.py is a second judge made from that page alone.
"""

from __future__ import annotations

from contract.rostering.rules.calendar import Calendar
from contract.rostering.rules.catalogue import CATALOGUE, Param, RuleDef, filled, points_for, setting_of
from contract.rostering.rules.cover import Cover, Need, cover_minutes, cover_points, headcount, judge_cover
from contract.rostering.rules.engine import in_force, judge_change, judge_line, newly_broken
from contract.rostering.rules.points import Load, Points, fairness_of, load_of, points_of, spread_of
from contract.rostering.rules.settings import WrongSetting, wrong_settings

__all__ = (
    "CATALOGUE", "Calendar", "Cover", "Load", "Need", "Param", "Points", "RuleDef", "WrongSetting", "cover_minutes",
    "cover_points", "fairness_of", "filled", "headcount", "in_force", "judge_change", "judge_cover", "judge_line", "load_of",
    "newly_broken", "points_for", "points_of", "setting_of", "spread_of", "wrong_settings",
)  # fmt: skip
