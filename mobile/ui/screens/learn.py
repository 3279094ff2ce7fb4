"""Learning on the phone: due first, then recommended, begun, all others, done; and the search."""

from __future__ import annotations

from typing import Any

from mobile.core.views_learning import CourseCard, OnboardingCard
from mobile.ui.say import Say
from mobile.ui.screens.lesson_words import course_row
from mobile.ui.screens.newcomers import onboarding_mark, onboarding_rows
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.learn import LearnState


class LearnPage(FacePage):
    """While something is sought only what was found is shown."""

    rows = ("hq_rows.kv", "lesson_rows.kv", "newcomers.kv")

    def courses(self, say: Say, state: LearnState, part: str) -> list[dict[str, Any]]:
        """`part`: due, recommended, begun, library, done, or found."""
        home = state.home
        if home is None or (bool(state.sought.strip()) != (part == "found")):
            return []
        found: tuple[CourseCard, ...] = getattr(home, part) or ()
        return [course_row(say, card, self.vm) for card in found]

    def is_home(self, state: LearnState) -> bool:
        return state.home is not None and not state.sought.strip()

    def is_empty(self, state: LearnState) -> bool:
        return self.is_home(state) and state.home is not None and state.home.is_empty

    def is_lost(self, state: LearnState) -> bool:
        """Nothing was found by these words."""
        return bool(state.sought.strip()) and state.home is not None and state.home.found == ()

    def newcomer(self, state: LearnState) -> OnboardingCard | None:
        """The list of the store where something is still missing."""
        if not self.is_home(state) or state.home is None:
            return None
        return next((card for card in state.home.onboarding if not card.complete), None)

    def newcomer_title(self, say: Say, state: LearnState) -> str:
        card = self.newcomer(state)
        return say("newcomers.mine", store=card.store_name) if card is not None else ""

    def newcomer_mark(self, say: Say, state: LearnState, part: str) -> str:
        return onboarding_mark(say, self.newcomer(state), part)

    def newcomer_rows(self, say: Say, state: LearnState) -> list[dict[str, Any]]:
        return onboarding_rows(say, self.newcomer(state), self.vm)

    def daily(self, say: Say, state: LearnState) -> str:
        left = state.home.daily_left if state.home is not None else 0
        return say("lesson.daily_left", count=left) if left else say("learn.daily_none")

    def is_running(self, state: LearnState) -> bool:
        return self.is_home(state) and state.home is not None and bool(state.home.running)

    def certificates(self, say: Say, state: LearnState) -> str:
        count = state.home.certificates if state.home is not None else 0
        return say("learn.certificates_count", count=count) if count else say("learn.certificates_none")
