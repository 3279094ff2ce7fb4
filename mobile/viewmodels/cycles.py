"""One's own part in a cycle on the phone: goals, how far they are, one's own word about the month, the interview, the plan."""

from __future__ import annotations

from dataclasses import replace

from mobile.core.cycles import CyclePage
from mobile.core.views import Refused
from mobile.core.views_scores import SelfForm
from mobile.viewmodels.cycle_taps import CyclesState, CycleTaps
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks


class CycleViewModel(CycleTaps):
    """Subject: the cycle an inbox item is about, or none: the newest."""

    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(
            toasts, lambda core: core.cycles.mine, lambda question, then: asks.ask(question, then, self._refused)
        )
        self._navigator = navigator

    def on_enter(self) -> None:
        self.show(CyclesState(cycle_id=self._navigator.here.subject or ""))
        self.look()

    def on_leave(self) -> None:
        self.show(CyclesState())

    def on_news(self) -> None:
        self.look()

    def on_back(self) -> bool:
        return self.close_mode()

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def tap_cycle(self, cycle_id: str) -> None:
        """Another of one's cycles."""
        self.show(CyclesState(pages=self.state.pages, cycle_id=cycle_id))
        self.seen(self.state.pages or ())

    def seen(self, pages: tuple[CyclePage, ...]) -> None:
        """The one that was asked for, else the newest."""
        asked = next((one for one in pages if one.cycle.id == self.state.cycle_id), pages[0] if pages else None)
        self.show(replace(self.state, pages=pages, part_id=asked.part.id if asked is not None else ""))

    # one's own word

    def tap_assess(self) -> None:
        page = self.state.page
        if page is not None:
            month = page.month
            self.ask_core(lambda core: core.scores.mine.form(month), self._formed)

    def tap_value(self, code: str, value: str) -> None:
        """The same again takes it back."""
        self.type_value(code, "" if self.state.values.get(code) == value else value)

    def type_value(self, code: str, value: str) -> None:
        if self.state.form is not None and self.state.values.get(code, "") != value.strip():
            self._entered(replace(self.state, values={**self.state.values, code: value.strip()}, problem=None))

    def type_words(self, text: str) -> None:
        if self.state.mode != "assess":
            super().type_words(text)
        elif text != self.state.words:
            self._entered(replace(self.state, words=text, problem=None))

    def tap_send(self) -> None:
        state = self.state
        if state.mode != "assess" or state.form is None:
            super().tap_send()
        elif state.may_send:
            values, words, month = dict(state.values), state.words, state.form.month
            self.show(replace(state, busy=True, problem=None))
            self.ask_core(lambda core: core.scores.mine.assess(values, words, month), self.said)

    def _formed(self, form: SelfForm) -> None:
        values = {one.code: one.value for one in form.metrics if one.value}
        self.show(replace(self._plain(), mode="assess", form=form, values=values, words=form.comment))

    def _entered(self, state: CyclesState) -> None:
        """On the disk with every touch."""
        self.show(state)
        if state.form is not None:
            month, values, words = state.form.month, dict(state.values), state.words
            self.ask_core(lambda core: core.scores.mine.write(month, values, words), lambda _: None)

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.refused(error.said)
