"""Something that HQ should hear: about what, the words, by name or without one; and what was answered."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, get_args

from contract.voice import VoiceAbout
from mobile.core.views import Refused, Said
from mobile.core.views_feedback import VoiceDraft, VoiceHome
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel

ABOUTS: Final[tuple[VoiceAbout, ...]] = get_args(VoiceAbout)


@dataclass(frozen=True)
class VoiceState:
    page: VoiceHome | None = None
    draft: VoiceDraft = field(default_factory=VoiceDraft)
    choosing: bool = False
    busy: bool = False
    problem: Said | None = None

    @property
    def may_send(self) -> bool:
        return bool(self.draft.text.strip()) and not self.busy


class VoiceViewModel(ViewModel[VoiceState]):
    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(VoiceState())
        self._asks, self._navigator, self._toasts = asks, navigator, toasts
        self._fresh = True

    def on_enter(self) -> None:
        self._fresh = True
        self.show(VoiceState())
        self.on_news()

    def on_leave(self) -> None:
        self.show(VoiceState())

    def on_news(self) -> None:
        self._asks.ask(lambda core: core.hearing.voices.home(), self._seen, self._refused)

    def on_back(self) -> bool:
        if not self.state.choosing:
            return False
        self.show(replace(self.state, choosing=False))
        return True

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def type_text(self, text: str) -> None:
        self._write(replace(self.state.draft, text=text))

    def tap_about(self) -> None:
        self.show(replace(self.state, choosing=True))

    def tap_option(self, about: str) -> None:
        chosen: VoiceAbout = next((one for one in ABOUTS if one == about), "other")
        self.show(replace(self.state, choosing=False))
        self._write(replace(self.state.draft, about=chosen))

    def tap_named(self, how: str) -> None:
        """`named` or `silent`."""
        self._write(replace(self.state.draft, anonymous=how == "silent"))

    def tap_send(self) -> None:
        draft = self.state.draft
        if not self.state.may_send:
            return
        self.show(replace(self.state, busy=True, problem=None))
        self._asks.ask(
            lambda core: core.hearing.voices.say(draft.about, draft.text, anonymous=draft.anonymous),
            lambda _: self._sent(draft.anonymous),
            self._refused,
        )

    def _sent(self, anonymous: bool) -> None:
        self._fresh = True
        self.show(replace(self.state, busy=False))
        self._toasts.say("voice_page.kept_silent" if anonymous else "voice_page.kept", "good")
        self.on_news()

    def _write(self, draft: VoiceDraft) -> None:
        """On the disk with every letter."""
        self.show(replace(self.state, draft=draft, problem=None))
        self._asks.ask(
            lambda core: core.hearing.voices.write(draft.about, draft.text, anonymous=draft.anonymous), None, self._refused
        )

    def _seen(self, page: VoiceHome) -> None:
        draft = page.draft if self._fresh else self.state.draft
        self._fresh = False
        self.show(replace(self.state, page=page, draft=draft))

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, busy=False, problem=error.said))
