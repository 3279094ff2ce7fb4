"""My profile with both organisations."""

from __future__ import annotations

from typing import Any

from mobile.core.views_hq import Profile, Stay
from mobile.ui.say import Say
from mobile.ui.screens import hq_rows
from mobile.ui.screens.hq_words import stage_chip, stay_words
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.shown import Shown

assert hq_rows  # its rows are registered by being imported


class ProfilePage(FacePage):
    """Home and host side by side: unit and manager here, store and manager there, until when."""

    rows = ("hq_rows.kv",)

    def name_of(self, state: Shown[Profile]) -> str:
        return state.page.name if state.page is not None else ""

    def company(self, state: Shown[Profile]) -> str:
        return state.page.company if state.page is not None else ""

    def home(self, say: Say, state: Shown[Profile]) -> list[dict[str, Any]]:
        page = state.page
        if page is None:
            return []
        told = [("number", page.number), ("home", page.home_unit), ("home_manager", page.home_manager)]
        return [{"words": say(f"profile_page.{name}"), "value": value or say("profile_page.unknown")} for name, value in told]

    def host(self, say: Say, state: Shown[Profile]) -> list[dict[str, Any]]:
        stay = state.page.now if state.page is not None else None
        if stay is None:
            return []
        last = say.iso_day(stay.last_day) if stay.last_day else say("profile_page.open_end")
        told = [
            ("host", stay.store_name),
            ("partner", stay.partner),
            ("host_manager", stay.host_manager or say("profile_page.unknown")),
            ("post", say.both(stay.post)),
            ("from", say.iso_day(stay.starts_on)),
            ("until", last),
        ]
        return [{"words": say(f"profile_page.{name}"), "value": value} for name, value in told if value]

    def others(self, say: Say, state: Shown[Profile]) -> list[dict[str, Any]]:
        return [self._stay(say, stay) for stay in state.page.others] if state.page is not None else []

    def _stay(self, say: Say, stay: Stay) -> dict[str, Any]:
        return {
            "words": stay.store_name,
            "sub": stay_words(say, stay.starts_on, stay.last_day),
            "icon_name": "store_outline",
            **stage_chip(say, "profile_page", stay.stage),
        }
