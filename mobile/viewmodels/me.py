"""Who I am here, and how I want the app: language, text size, colours, PIN. And what it knows about me."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mobile.core.views import Enrolment, PostingCard, Today
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.preferences import Preferences, PreferencesModel
from mobile.viewmodels.viewmodel import Asks, ViewModel, unless_refused


@dataclass(frozen=True)
class MeState:
    enrolment: Enrolment | None = None
    posting: PostingCard | None = None
    preferences: Preferences = field(default_factory=Preferences)


class MeViewModel(ViewModel[MeState]):
    def __init__(self, asks: Asks, navigator: Navigator, preferences: PreferencesModel) -> None:
        super().__init__(MeState(preferences=preferences.state))
        self._asks, self._navigator, self._preferences = asks, navigator, preferences
        preferences.watch(lambda chosen: self.show(replace(self.state, preferences=chosen)))

    def on_enter(self) -> None:
        self.on_news()

    def on_news(self) -> None:
        self._asks.ask(lambda core: (core.enrolment, core.today()), self._on_facts, unless_refused)

    def tap_language(self, language: str) -> None:
        self._preferences.tap_language(language)

    def tap_text_scale(self, scale: str) -> None:
        self._preferences.tap_text_scale(scale)

    def tap_look(self, look: str) -> None:
        self._preferences.tap_look(look)

    def tap_pin(self) -> None:
        self._navigator.go("pin", None)

    def tap_profile(self) -> None:
        self._navigator.go("profile")

    def tap_roster(self) -> None:
        self._navigator.go("roster")

    def tap_learn(self) -> None:
        self._navigator.go("learn")

    def tap_scores(self) -> None:
        self._navigator.go("scores")

    def tap_feedback(self) -> None:
        self._navigator.go("feedback")

    def tap_days(self) -> None:
        self._navigator.go("days")

    def tap_weeks(self) -> None:
        self._navigator.go("weeks")

    def tap_leave(self) -> None:
        self._navigator.go("leave")

    def tap_privacy(self) -> None:
        self._navigator.go("privacy")

    def tap_delegation(self) -> None:
        self._navigator.go("delegation")

    def tap_told(self) -> None:
        self._navigator.go("told")

    def tap_hand_overs(self) -> None:
        self._navigator.go("hand_overs")

    def _on_facts(self, facts: tuple[Enrolment | None, Today]) -> None:
        self.show(replace(self.state, enrolment=facts[0], posting=facts[1].posting))
