"""The page of feedback: what can be filed, what is being written, and all tickets with the one thing that is to be done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from mobile.core.views import Refused, Said
from mobile.core.views_feedback import FeedbackHome, TicketCard
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel

Part = Literal["open", "closed"]
MOST = 30  # tickets on the page before somebody wants more


@dataclass(frozen=True)
class FeedbackState:
    """`page` is None until the core has answered. `part`: which tickets are listed; `most` of them, more by a tap."""

    page: FeedbackHome | None = None
    part: Part = "open"
    most: int = MOST
    problem: Said | None = None

    @property
    def hidden(self) -> int:
        """How many more there are."""
        if self.page is None:
            return 0
        return max(0, len(self.page.open if self.part == "open" else self.page.closed) - self.most)

    @property
    def listed(self) -> tuple[TicketCard, ...]:
        if self.page is None:
            return ()
        return (self.page.open if self.part == "open" else self.page.closed)[: self.most]


class FeedbackViewModel(ViewModel[FeedbackState]):
    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(FeedbackState())
        self._asks, self._navigator, self._toasts = asks, navigator, toasts

    def on_enter(self) -> None:
        self.on_news()

    def on_leave(self) -> None:
        """What is listed stays listed: back from a ticket is back to the same list."""
        self.show(FeedbackState(part=self.state.part))

    def on_news(self) -> None:
        self._asks.ask(lambda core: core.hearing.mine.home(), self._seen, self._refused)

    def tap_back(self) -> None:
        if not self._navigator.back():
            self._navigator.home()

    def tap_kind(self, code: str) -> None:
        self._navigator.go("new_ticket", code)

    def tap_draft(self) -> None:
        """Go on with what was begun."""
        draft = self.state.page.draft if self.state.page is not None else None
        if draft is not None:
            self._navigator.go("new_ticket", draft.category.code)

    def tap_throw_away(self) -> None:
        """What was begun is not wanted."""
        self._asks.ask(lambda core: core.hearing.mine.throw_away(), lambda _: self._thrown_away(), self._refused)

    def tap_part(self, part: str) -> None:
        self.show(replace(self.state, part="closed" if part == "closed" else "open", most=MOST))

    def tap_more(self) -> None:
        self.show(replace(self.state, most=self.state.most + 2 * MOST))

    def tap_ticket(self, ticket_id: str) -> None:
        self._navigator.go("ticket", ticket_id)

    def tap_voice(self) -> None:
        self._navigator.go("voice")

    def _thrown_away(self) -> None:
        self._toasts.say("feedback_page.thrown_away", "quiet")
        self.on_news()

    def _seen(self, page: FeedbackHome) -> None:
        self.show(replace(self.state, page=page, problem=None))

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, problem=error.said))
