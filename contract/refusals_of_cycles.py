"""The refusals of performance cycles: code, HTTP status, whether asking later may help."""

from __future__ import annotations

OF_CYCLES: dict[str, tuple[int, bool]] = {
    "cycles.unknown": (404, False),
    "cycles.part_unknown": (404, False),
    "cycles.closed": (409, False),
    "cycles.months_order": (422, False),
    "cycles.months_many": (422, False),
    "cycles.stages_order": (422, False),
    "cycles.stage_days": (422, False),
    "cycles.not_yet": (409, False),
    "cycles.goals_changed": (409, False),
    "cycles.goal_unknown": (404, False),
    "cycles.named_twice": (422, False),
    "cycles.nothing_said": (422, False),
    "cycles.no_note": (409, False),
    "cycles.note_changed": (409, False),
    "cycles.held_ahead": (422, False),
    "cycles.action_unknown": (404, False),
    "cycles.manager_only": (403, False),
    "cycles.not_yours": (403, False),
    "cycles.pin_needed": (403, False),
}
