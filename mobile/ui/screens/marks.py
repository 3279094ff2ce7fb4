"""Signs that several pages share: the sync badge in words, icon and tone."""

from __future__ import annotations

from mobile.core.views import SyncState
from mobile.ui.say import Say
from mobile.viewmodels import place_words as pw


def badge_words(say: Say, sync: SyncState | None) -> str:
    return say.said(pw.badge_said(sync))


def badge_icon(sync: SyncState | None) -> str:
    return pw.BADGE_ICON[sync.badge] if sync is not None else "cloud_sync_outline"


def badge_tone(sync: SyncState | None) -> str:
    return pw.BADGE_TONE[sync.badge] if sync is not None else "quiet"
