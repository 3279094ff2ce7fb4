"""Who I am here, and how I want the app."""

from __future__ import annotations

from mobile.ui.say import Say
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.me import MeState
from mobile.viewmodels.preferences import LOOKS, TEXT_SCALES

LANGUAGE_NAMES = [("zh", "中文"), ("en", "English")]


class MePage(FacePage):
    """Every change here is seen at once, on this very page."""

    def languages(self) -> list[tuple[str, str]]:
        return LANGUAGE_NAMES

    def sizes(self) -> list[tuple[str, str]]:
        return [(str(scale), f"{scale:.0%}") for scale in TEXT_SCALES]

    def looks(self, say: Say) -> list[tuple[str, str]]:
        return [(look, say(f"phone.look_{look}")) for look in LOOKS]

    def person_name(self, state: MeState) -> str:
        return (state.enrolment.person_name or "") if state.enrolment else ""

    def company(self, state: MeState) -> str:
        return state.enrolment.company if state.enrolment else ""

    def store(self, state: MeState) -> str:
        return state.posting.store.name if state.posting else ""
