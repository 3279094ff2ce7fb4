"""What an Android app must ask of its system when it starts: permissions, and its background service."""

from __future__ import annotations

from typing import Any, Final

from android.permissions import Permission, request_permissions
from jnius import autoclass

SERVICE: Final = "ServiceSync"  # python-for-android's name for the `Sync` of buildozer.spec


def begin(context: Any, face: str) -> None:
    """The position tells of a phone where its owner is, and of a tablet that it still stands in its store. A phone also
    scans. A refusal costs evidence, never a punch. The service carries on syncing when the app is swiped away."""
    wanted = [Permission.ACCESS_FINE_LOCATION, Permission.ACCESS_COARSE_LOCATION]
    request_permissions([*wanted, Permission.CAMERA] if face == "phone" else wanted)
    autoclass(f"{context.getPackageName()}.{SERVICE}").start(context, face)
