"""The refusals of notices and of employee voice: code, HTTP status, whether asking later may help."""

from __future__ import annotations

OF_NOTICES: dict[str, tuple[int, bool]] = {
    "announcements.unknown": (404, False),
    "announcements.empty": (422, False),
    "announcements.nobody": (422, False),
    "announcements.is_out": (409, False),
    "announcements.not_out": (409, False),
    "announcements.over": (409, False),
    "announcements.ends_before": (422, False),
    "announcements.not_yours": (403, False),
    "announcements.not_your_store": (403, False),
    "announcements.pin_needed": (403, False),
    "announcements.nobody_left": (409, False),
    "announcements.just_reminded": (429, True),
    "announcements.file_unknown": (422, False),
    "announcements.file_kind": (422, False),
    "announcements.file_broken": (422, False),
    "announcements.file_locked": (422, False),
    "announcements.file_large": (413, False),
    "announcements.unit_unknown": (422, False),
    "voice.unknown": (404, False),
    "voice.pin_needed": (403, False),
    "voice.theme_unknown": (422, False),
    "voice.theme_there": (409, False),
    "voice.theme_code_fixed": (409, False),
}
