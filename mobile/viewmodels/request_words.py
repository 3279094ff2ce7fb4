"""Which sentence, tone and sign a request, a step or an act on its way calls for."""

from __future__ import annotations

from typing import NamedTuple

from mobile.core.views import Said
from mobile.core.views_hq import OnItsWay, RequestCard, StepCard
from mobile.viewmodels.place_words import Tone

MINUTE_MS, HOUR_MIN, DAY_MIN = 60_000, 60, 1_440


class Mark(NamedTuple):
    """A state in colour, icon and word."""

    said: Said
    tone: Tone
    icon: str


STATES: dict[str, tuple[Tone, str]] = {
    "running": ("late", "progress_clock"),
    "approved": ("good", "check_circle"),
    "refused": ("bad", "close"),
    "withdrawn": ("quiet", "minus_circle_outline"),
}
STEPS: dict[str, tuple[Tone, str]] = {
    "waiting": ("quiet", "circle_outline"),
    "open": ("late", "progress_clock"),
    "approved": ("good", "check"),
    "refused": ("bad", "close"),
    "skipped": ("quiet", "minus_circle_outline"),
}
WAYS: dict[str, tuple[Tone, str]] = {
    "kept": ("quiet", "cellphone"),
    "with_hq": ("quiet", "cloud_check_outline"),
    "refused": ("bad", "alert_circle_outline"),
}


def way_mark(way: OnItsWay) -> Mark:
    """What was done here and how far it has come."""
    tone, icon = WAYS[way.state]
    return Mark(Said(f"requests.way_{way.act}_{way.state}", {}), tone, icon)


def card_mark(card: RequestCard) -> Mark:
    """What was done here speaks first: it is the news."""
    if card.on_its_way is not None:
        return way_mark(card.on_its_way)
    if card.waits_for_me:
        return Mark(Said("requests.waits_for_you", {}), "brand", "account_outline")
    tone, icon = STATES[card.state]
    return Mark(Said(f"requests.state_{card.state}", {}), tone, icon)


def step_mark(step: StepCard) -> Mark:
    if step.state == "open" and step.overdue:
        return Mark(Said("requests.step_overdue", {}), "bad", "clock_alert_outline")
    tone, icon = STEPS[step.state]
    return Mark(Said(f"requests.step_{step.state}", {}), tone, icon)


def span_said(ms: int) -> Said:
    """How long: minutes, hours and minutes, days and hours."""
    minutes = max(0, ms) // MINUTE_MS
    if minutes < 1:
        return Said("span.now", {})
    if minutes < HOUR_MIN:
        return Said("span.min", {"min": minutes})
    if minutes < DAY_MIN:
        return Said("span.h_min", {"h": minutes // HOUR_MIN, "min": minutes % HOUR_MIN})
    return Said("span.d_h", {"d": minutes // DAY_MIN, "h": minutes % DAY_MIN // HOUR_MIN})


def amount_said(minutes: int, day_min: int) -> Said:
    """An amount of working time: in days where it comes to whole halves, else in hours."""
    halves, rest = divmod(abs(minutes) * 2, day_min)
    sign = "-" if minutes < 0 else ""
    if rest == 0:
        return Said("span.days", {"days": f"{sign}{halves / 2:g}"})
    return Said("span.hours", {"hours": f"{sign}{abs(minutes) / HOUR_MIN:g}"})


def minute_words(minute: int) -> str:
    """Minutes after midnight as a clock shows them."""
    return f"{minute // HOUR_MIN:02}:{minute % HOUR_MIN:02}"
