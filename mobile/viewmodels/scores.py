"""One's own scores on the phone: what was said, one's answer, one's own word, the month's report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from mobile.core.views import Refused, Said
from mobile.core.views_scores import CardView, MyScoresPage, ReportView
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.shared_photos import missing
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel

Mode = Literal["", "reply", "appeal", "assess"]


@dataclass(frozen=True)
class ScoresState:
    """`card_id` or `report_id` lies open; `mode`: what is being written. `values`: of one's own word; `pictures`: photos of the
    open card that are here, by name."""

    page: MyScoresPage | None = None
    card_id: str = ""
    report_id: str = ""
    mode: Mode = ""
    words: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    busy: bool = False
    problem: Said | None = None

    @property
    def card(self) -> CardView | None:
        cards = self.page.cards if self.page is not None else ()
        return next((one for one in cards if one.card_id == self.card_id), None)

    @property
    def report(self) -> ReportView | None:
        reports = self.page.reports if self.page is not None else ()
        return next((one for one in reports if one.report_id == self.report_id), None)

    @property
    def may_send(self) -> bool:
        return not self.busy and (any(self.values.values()) if self.mode == "assess" else bool(self.words.strip()))


class ScoresViewModel(ViewModel[ScoresState]):
    """Subject: the card an inbox item is about, or none."""

    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(ScoresState())
        self._asks, self._navigator, self._toasts = asks, navigator, toasts

    def on_enter(self) -> None:
        subject = self._navigator.here.subject or ""
        self.show(ScoresState(card_id=subject, report_id=subject))
        self.on_news()

    def on_leave(self) -> None:
        self.show(ScoresState())

    def on_news(self) -> None:
        self._asks.ask(lambda core: core.scores.mine.page(), self._seen, self._refused)

    def on_back(self) -> bool:
        state = self.state
        if state.mode:
            self.show(replace(state, mode="", words="", values={}, problem=None))
        elif state.card is not None or state.report is not None:
            self.show(replace(state, card_id="", report_id="", problem=None))
        else:
            return False
        return True

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def tap_card(self, card_id: str) -> None:
        self.show(replace(self.state, card_id=card_id, report_id="", mode="", words="", pictures={}, problem=None))
        self._see_photos()

    def tap_photo(self, sha: str) -> None:
        """One that is not here is fetched; the page looks again when it has come."""
        card_id = self.state.card_id
        self._asks.ask(lambda core: core.scores.mine.ask_for_photo(card_id, sha), lambda _: self.on_news(), self._refused)

    def tap_report(self, report_id: str) -> None:
        self.show(replace(self.state, report_id=report_id, card_id="", mode="", words="", problem=None))

    def tap_cycle(self) -> None:
        """To one's part in the newest cycle."""
        self._navigator.go("cycle")

    def tap_mode(self, mode: Mode) -> None:
        self.show(replace(self.state, mode=mode, words="", values={}, problem=None))

    def type_words(self, text: str) -> None:
        self.show(replace(self.state, words=text, problem=None))

    def tap_value(self, code: str, value: str) -> None:
        self.type_value(code, "" if self.state.values.get(code) == value else value)

    def type_value(self, code: str, value: str) -> None:
        self.show(replace(self.state, values={**self.state.values, code: value.strip()}, problem=None))

    def tap_send(self) -> None:
        state, words, values = self.state, self.state.words, dict(self.state.values)
        if not state.may_send:
            return
        self.show(replace(state, busy=True, problem=None))
        card_id, report_id = state.card_id, state.report_id
        if state.mode == "assess":
            self._asks.ask(lambda core: core.scores.mine.assess(values, words), self._said, self._refused)
        elif state.mode == "reply":
            self._asks.ask(lambda core: core.scores.mine.reply(card_id, words), self._said, self._refused)
        elif state.card is not None:
            self._asks.ask(lambda core: core.scores.mine.appeal(card_id, words), self._said, self._refused)
        else:
            self._asks.ask(lambda core: core.scores.mine.appeal_report(report_id, words), self._said, self._refused)

    def _said(self, _: object) -> None:
        self.show(replace(self.state, busy=False, mode="", words="", values={}))
        self._toasts.say("scores_page.kept", "good")
        self.on_news()

    def _seen(self, page: MyScoresPage) -> None:
        self.show(replace(self.state, page=page))
        self._see_photos()

    def _see_photos(self) -> None:
        card = self.state.card
        for sha in missing(card.photos, self.state.pictures) if card is not None else ():
            self._see_photo(self.state.card_id, sha)

    def _see_photo(self, card_id: str, sha: str) -> None:
        self._asks.ask(
            lambda core: core.scores.mine.photo(card_id, sha), lambda data: self._pictured(sha, data), self._refused
        )

    def _pictured(self, sha: str, data: bytes | None) -> None:
        if data and self.state.card is not None:
            self.show(replace(self.state, pictures={**self.state.pictures, sha: data}))

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, busy=False, problem=error.said))
