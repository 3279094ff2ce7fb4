"""Who looked at my position, photo or record, when and why."""

from __future__ import annotations

from typing import Any

from mobile.core.views_hq import LookCard
from mobile.ui.say import Say
from mobile.ui.screens import hq_rows
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.shown import Shown

assert hq_rows  # its rows are registered by being imported

ICONS = {
    "position": "map_marker",
    "photo": "camera",
    "archive": "account_outline",
    "value": "shield_lock_outline",
    "document": "account_outline",
}


class PrivacyPage(FacePage):
    """Nobody looks unseen."""

    rows = ("hq_rows.kv",)

    def looks(self, say: Say, state: Shown[tuple[LookCard, ...]]) -> list[dict[str, Any]]:
        return [self._look(say, card) for card in state.page or ()]

    def is_empty(self, state: Shown[tuple[LookCard, ...]]) -> bool:
        return state.page is not None and not state.page

    def _look(self, say: Say, card: LookCard) -> dict[str, Any]:
        key = f"privacy_page.what_{card.what}"
        when = say("privacy_page.times", at=say.at(card.last), times=card.times) if card.times > 1 else say.at(card.last)
        why = say("privacy_page.why", why=card.why) if card.why else say("privacy_page.no_why")
        return {
            "words": say(key if say.knows(key) else "privacy_page.what_other"),
            "sub": "\n".join((self._by(say, card), when, why)),
            "icon_name": ICONS.get(card.what, "account_search_outline"),
            "chip": "",
            "chip_icon": "",
        }

    def _by(self, say: Say, card: LookCard) -> str:
        known = [say(f"console.role.{role}") for role in card.roles if say.knows(f"console.role.{role}")]
        return say("privacy_page.by", who=card.reader, role=say("requests.names_join").join(known)) if known else card.reader
