"""Which sentence a preview or a punch calls for: keys and facts, said by the screen in the reader's language."""

from __future__ import annotations

from typing import Literal

from mobile.core.views import Preview, PunchLine, Said, SyncState

Tone = Literal["good", "late", "bad", "quiet", "brand", "leave"]

PLACE_ICON = {
    "inside": "map_marker_check",
    "uncertain": "map_marker_question",
    "outside": "map_marker_radius",
    "no_fix": "map_marker_off",
}
PLACE_TONE: dict[str, Tone] = {"inside": "good", "uncertain": "late", "outside": "late", "no_fix": "quiet"}
VERDICT_TONE: dict[str, Tone] = {"green": "good", "ask": "late", "review": "late"}
VERDICT_ICON = {"green": "check_circle", "ask": "help_circle_outline", "review": "account_search_outline"}
FAR_M = 1000
STEPS = ("kept", "with_hq", "backed_up")


def place_said(seen: Preview | PunchLine) -> Said:
    """The place in words: "inside +-18 m", "outside, 340 m away"; without a number where the device had none."""
    place = seen.place if seen.place in PLACE_ICON else "no_fix"
    needed = seen.distance_m if place == "outside" else seen.accuracy_m
    if place == "no_fix" or needed is None:
        return Said("phone.place_no_fix" if place == "no_fix" else f"phone.place_{place}_plain", {})
    if place == "outside" and needed >= FAR_M:
        return Said("phone.place_outside_far", {"distance_km": f"{needed / 1000:.1f}"})
    return Said(f"phone.place_{place}", {"accuracy_m": seen.accuracy_m or 0, "distance_m": seen.distance_m or 0})


SPEAKS_FOR = frozenset(
    f"evidence.{name}"
    for name in (
        "place_sure",
        "place_likely",
        "code_fresh",
        "code_countersigned",
        "wifi_seen",
        "device_bound",
        "kiosk_pin",
        "kiosk_pin_and_photo",
    )
)


def what_weighs(reasons: tuple[Said, ...]) -> tuple[Said, ...]:
    """The reasons a person can do something about; what speaks for a punch needs no explaining."""
    return tuple(reason for reason in reasons if reason.code not in SPEAKS_FOR)


def first_reason(reasons: tuple[Said, ...]) -> Said | None:
    """The weightiest reason: the judge puts what lowers a verdict first."""
    weighing = what_weighs(reasons)
    return weighing[0] if weighing else None


def badge_said(sync: SyncState | None) -> Said:
    """What the quiet badge says."""
    if sync is None:
        return Said("ui.badge_starting", {})
    if sync.badge == "needs_you":
        return Said("ui.badge_needs_you", {"count": len(sync.needs_you)})
    if sync.badge == "synced":
        return Said("ui.badge_synced", {"at": sync.last_synced_local or ""})
    if sync.badge == "offline":
        return Said("ui.badge_offline_waiting" if sync.waiting else "ui.badge_offline", {"count": sync.waiting})
    return Said(f"ui.badge_{sync.badge}", {})


BADGE_TONE: dict[str, Tone] = {
    "never": "quiet",
    "synced": "good",
    "offline": "quiet",
    "needs_you": "late",
    "revoked": "bad",
}
BADGE_ICON = {
    "never": "cloud_sync_outline",
    "synced": "cloud_check_outline",
    "offline": "cloud_off_outline",
    "needs_you": "alert_circle_outline",
    "revoked": "lock_outline",
}
