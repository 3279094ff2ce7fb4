"""What Android says about its looks: dark or light, and how wide the screen is."""

from __future__ import annotations

from typing import Any

from jnius import autoclass

TABLET_FROM_DP = 600


def system_is_dark(context: Any) -> bool:
    configuration = autoclass("android.content.res.Configuration")
    mode = context.getResources().getConfiguration().uiMode & configuration.UI_MODE_NIGHT_MASK
    return bool(mode == configuration.UI_MODE_NIGHT_YES)


def is_tablet(context: Any) -> bool:
    """Android's own line between phones and tablets."""
    return bool(context.getResources().getConfiguration().smallestScreenWidthDp >= TABLET_FROM_DP)
