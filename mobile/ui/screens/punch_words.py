"""A punch line in words and marks, for every page that shows one."""

from __future__ import annotations

from typing import Any

from mobile.core.views import PunchLine
from mobile.ui.say import Say
from mobile.viewmodels import place_words as pw


def state_words(say: Say, line: PunchLine) -> str:
    return say(f"phone.state_{line.state}")


def verdict_chip(say: Say, line: PunchLine) -> dict[str, Any]:
    """Colour, icon and word of how a punch stands: a person's decision, else the judge's, else only that it is kept."""
    if line.decided is not None:
        rejected = line.decided == "rejected"
        key = f"phone.decided_{line.decided}"
        return {
            "chip": say(key if say.knows(key) else "phone.decided_other"),
            "chip_icon": "minus_circle_outline" if rejected else "check_circle",
            "chip_tone": "bad" if rejected else "good",
        }
    if line.verdict is None:
        return {"chip": say("phone.verdict_waiting"), "chip_icon": "progress_clock", "chip_tone": "quiet"}
    return {
        "chip": say(f"phone.verdict_{line.verdict}"),
        "chip_icon": pw.VERDICT_ICON[line.verdict],
        "chip_tone": pw.VERDICT_TONE[line.verdict],
    }


def line_row(say: Say, line: PunchLine, vm: object) -> dict[str, Any]:
    return {
        "vm": vm,
        "punch_id": line.punch_id,
        "words": say(f"phone.kind_{line.kind}"),
        "at": line.local_time,
        "sub": state_words(say, line),
        "icon_name": "login" if line.kind == "in" else "logout",
        **verdict_chip(say, line),
    }
