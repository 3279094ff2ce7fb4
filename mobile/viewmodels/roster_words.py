"""Which sentence, tone and sign a shift of the schedule or something of the market calls for. Colour is never alone."""

from __future__ import annotations

from mobile.core.views import Said
from mobile.core.views_rosters import MarketCard, OpenShift, RosterDay, ShiftLine
from mobile.viewmodels.place_words import Tone
from mobile.viewmodels.request_words import Mark, way_mark

SHIFT_STATES: dict[str, tuple[Tone, str]] = {
    "new": ("late", "bell_outline"),
    "changed": ("late", "history"),
    "confirmed": ("good", "check_circle"),
    "theirs": ("quiet", "account_outline"),
    "open": ("brand", "hand_wave_outline"),
}
# how things of the market stand, whatever their kind
MARKET_STATES: dict[str, tuple[Tone, str]] = {
    "asked": ("late", "progress_clock"),
    "consented": ("late", "progress_clock"),
    "lent": ("late", "progress_clock"),
    "open": ("late", "progress_clock"),
    "won": ("good", "check_circle"),
    "done": ("good", "check_circle"),
    "accepted": ("good", "check_circle"),
    "covered": ("good", "check_circle"),
    "lost": ("bad", "close"),
    "taken": ("bad", "close"),
    "refused": ("bad", "close"),
    "declined": ("quiet", "close"),
    "withdrawn": ("quiet", "minus_circle_outline"),
    "cancelled": ("quiet", "minus_circle_outline"),
    "ended": ("quiet", "history"),
    "expired": ("quiet", "history"),
    "void": ("quiet", "history"),
}


def shift_mark(line: ShiftLine) -> Mark:
    """What was done here speaks first."""
    if line.on_its_way is not None:
        return way_mark(line.on_its_way)
    tone, icon = SHIFT_STATES[line.state]
    return Mark(Said(f"roster_page.state_{line.state}", {}), tone, icon)


def open_mark(shift: OpenShift) -> Mark:
    """My claim, or that I may take it, or that a rule forbids it."""
    if shift.on_its_way is not None:
        return way_mark(shift.on_its_way)
    if shift.claim and shift.claim != "withdrawn":
        tone, icon = MARKET_STATES[shift.claim]
        return Mark(Said(f"roster_page.claim_{shift.claim}", {}), tone, icon)
    if shift.judged.forbids:
        return Mark(Said("roster_page.forbidden", {}), "bad", "close")
    if shift.judged.says:
        return Mark(Said("roster_page.costly", {}), "late", "alert_outline")
    known = "free" if shift.judged.known else "hq_judges"
    return Mark(Said(f"roster_page.{known}", {}), "good" if shift.judged.known else "quiet", SHIFT_STATES["open"][1])


def card_mark(card: MarketCard) -> Mark:
    """How it stands, what was done here first."""
    if card.on_its_way is not None:
        return way_mark(card.on_its_way)
    if card.may_answer:
        return Mark(Said("roster_page.for_you", {}), "brand", "account_outline")
    tone, icon = MARKET_STATES.get(card.state, ("quiet", "help_circle_outline"))
    return Mark(Said(f"roster_page.{card.kind}_{card.state}", {}), tone, icon)


def day_mark(day: RosterDay) -> Mark:
    """A day of the strip: when I begin, or off; to be confirmed shows."""
    if not day.mine:
        return Mark(Said("roster_page.short_off", {}), "quiet", "")
    states = {line.state for line in day.mine}
    tone: Tone = "good" if states == {"confirmed"} else "late"
    icon = "check" if states == {"confirmed"} else "bell_outline"
    at = day.mine[0].spans[0][0] if day.mine[0].spans else ""
    return Mark(Said("roster_page.short_at", {"at": at}), tone, icon)
