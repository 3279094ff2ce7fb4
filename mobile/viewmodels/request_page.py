"""One request: its step line, and the one thing that can be done about it now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mobile.core.views import Refused, Said
from mobile.core.views_hq import RequestPage
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.shared_photos import fetch_pictures
from mobile.viewmodels.shown import LOOK_AGAIN_S
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, Timers, ViewModel

AGAIN = "again:"  # before the id of a request that is to be corrected


@dataclass(frozen=True)
class RequestState:
    """`asking`: a refusal, a withdrawal, or doing without what was granted is being worded; only a withdrawal needs no reason.
    `pictures`: photos of it that are here, by name."""

    page: RequestPage | None = None
    unknown: bool = False
    asking: Literal["refuse", "withdraw", "give_up"] | None = None
    comment: str = ""
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    busy: bool = False
    problem: Said | None = None

    @property
    def may_correct(self) -> bool:
        """HQ refused to take it: it can be put right and sent again."""
        way = self.page.card.on_its_way if self.page is not None else None
        return way is not None and way.act == "submit" and way.state == "refused"

    @property
    def may_send(self) -> bool:
        return not self.busy and (self.asking == "withdraw" or bool(self.comment.strip()))


class RequestViewModel(ViewModel[RequestState]):
    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(RequestState())
        self._asks, self._timers, self._navigator, self._toasts = asks, timers, navigator, toasts
        self._stop: Callable[[], None] | None = None

    def on_enter(self) -> None:
        self.show(RequestState())
        if self._stop is None:
            self._stop = self._timers.every(LOOK_AGAIN_S, self.on_news)
        self.on_news()

    def on_leave(self) -> None:
        if self._stop is not None:
            self._stop()
            self._stop = None
        self.show(RequestState())

    def on_back(self) -> bool:
        """Back from the words of a refusal is back to the request."""
        if self.state.asking is None:
            return False
        self.tap_cancel()
        return True

    def on_news(self) -> None:
        request_id = self._navigator.here.subject
        if request_id is not None:
            self._asks.ask(lambda core: core.office.request(request_id), lambda page: self._seen(request_id, page), self._refused)

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def tap_photo(self, sha: str) -> None:
        """One that is not here is fetched; the page looks again by itself when it has come."""
        request_id = self._navigator.here.subject
        if request_id is not None:
            self._asks.ask(
                lambda core: core.office.ask_for_photo(request_id, sha), lambda _: self.on_news(), self._refused
            )

    def tap_approve(self) -> None:
        self._decide("approve", "")

    def tap_refuse(self) -> None:
        self.show(replace(self.state, asking="refuse", comment="", problem=None))

    def tap_withdraw(self) -> None:
        self.show(replace(self.state, asking="withdraw", comment="", problem=None))

    def tap_give_up(self) -> None:
        self.show(replace(self.state, asking="give_up", comment="", problem=None))

    def tap_cancel(self) -> None:
        self.show(replace(self.state, asking=None, comment="", problem=None))

    def type_comment(self, text: str) -> None:
        self.show(replace(self.state, comment=text, problem=None))

    def tap_send(self) -> None:
        """What was being worded is done; without a reason only a withdrawal is."""
        state, page = self.state, self.state.page
        if state.asking in ("refuse", "give_up") and not state.comment.strip():
            self.show(replace(state, problem=Said("client.reason_needed", {})))
        elif state.asking == "refuse":
            self._decide("refuse", state.comment)
        elif state.asking == "withdraw" and page is not None and not state.busy:
            request_id, reason = page.card.request_id, state.comment
            self._do(lambda core: core.office.withdraw(request_id, reason), "requests.kept_withdraw")

        elif state.asking == "give_up" and page is not None and not state.busy:
            request_id, reason = page.card.request_id, state.comment
            self._do(lambda core: core.office.give_up(request_id, reason), "requests.kept_give_up")

    def tap_correct(self) -> None:
        page = self.state.page
        if page is not None and self.state.may_correct:
            self._navigator.instead("new_request", f"{AGAIN}{page.card.request_id}")

    def _decide(self, decision: str, comment: str) -> None:
        page = self.state.page
        if page is None or page.to_decide is None or self.state.busy:
            return
        request_id, step_id = page.card.request_id, page.to_decide.step_id
        self._do(lambda core: core.office.decide(request_id, step_id, decision, comment), f"requests.kept_{decision}")

    def _do(self, act: Callable[[Any], None], kept: str) -> None:
        self.show(replace(self.state, busy=True, problem=None))
        self._asks.ask(act, lambda _: self._kept(kept), self._refused)

    def _kept(self, said: str) -> None:
        self.show(replace(self.state, busy=False, asking=None, comment=""))
        self._toasts.say(said, "good")
        self.on_news()

    def _seen(self, request_id: str, page: RequestPage | None) -> None:
        if self._stop is not None and self._navigator.here.subject == request_id:
            self.show(replace(self.state, page=page, unknown=page is None))
            fetch_pictures(
                page, self.state.pictures, lambda question, then: self._asks.ask(question, then, self._refused),
                lambda core, request_id, sha: core.office.photo(request_id, sha),
                lambda sha, data: self._pictured(request_id, sha, data),
            )  # fmt: skip

    def _pictured(self, request_id: str, sha: str, data: bytes) -> None:
        if self._stop is not None and self._navigator.here.subject == request_id:
            self.show(replace(self.state, pictures={**self.state.pictures, sha: data}))

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, busy=False, problem=error.said))
