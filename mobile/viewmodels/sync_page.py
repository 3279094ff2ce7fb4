"""What waits, what was refused and why, and what a phone call to HQ would ask about this device."""

from __future__ import annotations

from dataclasses import dataclass, replace

from contract.approvals import SubmitRequest
from contract.wire import name_of
from mobile.core.views import Enrolment, NeedsYou, Said, SyncOutcome, SyncState
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.request_page import AGAIN
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel, unless_refused

SUBMIT = name_of(SubmitRequest)


@dataclass(frozen=True)
class SyncPageState:
    sync: SyncState | None = None
    enrolment: Enrolment | None = None
    busy: bool = False


class SyncPageViewModel(ViewModel[SyncPageState]):
    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(SyncPageState())
        self._asks, self._navigator, self._toasts = asks, navigator, toasts

    def on_enter(self) -> None:
        self.on_news()

    def on_news(self) -> None:
        self._asks.ask(lambda core: (core.sync_state(), core.enrolment), self._on_facts, unless_refused)

    def tap_sync_now(self) -> None:
        if not self.state.busy:
            self.show(replace(self.state, busy=True))
            self._asks.ask(lambda core: None if core.is_syncing else core.sync_once(), self._on_outcome, self._failed)

    def tap_acknowledge(self, op_id: str) -> None:
        self._asks.ask(lambda core: core.acknowledge(op_id), lambda _: self.on_news())

    def tap_correct(self, request_id: str) -> None:
        """HQ refused to take a request: to its form, with why."""
        self._navigator.go("new_request", f"{AGAIN}{request_id}")

    def tap_set_up_again(self) -> None:
        """To the page for a new code. Until one is taken this device stays what it is, and back leads back here."""
        self._navigator.go("enrol")

    def tap_back(self) -> None:
        if not self._navigator.back():
            self._navigator.home()

    def _on_facts(self, facts: tuple[SyncState, Enrolment | None]) -> None:
        self.show(replace(self.state, sync=facts[0], enrolment=facts[1]))

    def _on_outcome(self, outcome: SyncOutcome | None) -> None:
        """None: a request of its own was already on its way, and its news will come by itself."""
        self.show(replace(self.state, busy=False))
        if outcome is None:
            self._toasts.say("sync_page.busy", "quiet")
        elif not outcome.reached:
            self._toasts.say("sync_page.still_offline", "quiet")
        elif outcome.problem is not None:
            self._toasts.show_said(outcome.problem, "late")
        else:
            self._toasts.say("sync_page.done", "good")
        self.on_news()

    def _failed(self, error: BaseException) -> None:
        self.show(replace(self.state, busy=False))
        raise error


def is_correctable(need: NeedsYou) -> bool:
    """A request can be put right and sent again."""
    return need.type == SUBMIT and need.status == "rejected" and need.about is not None


def must_be_set_up_again(sync: SyncState | None) -> bool:
    """HQ holds another history under this device's name, or knows it no more: only a new code helps."""
    return sync is not None and sync.standing in ("forked", "unknown")


def waiting_said(sync: SyncState | None) -> Said:
    """The first line of the page."""
    if sync is None:
        return Said("ui.loading", {})
    if sync.badge == "revoked":
        return Said("sync_page.revoked", {})
    if sync.badge == "never":
        return Said("sync_page.never", {})
    if sync.needs_you and not sync.waiting:
        return Said("sync_page.needs", {"count": len(sync.needs_you)})
    if sync.waiting:
        return Said("sync_page.waiting", {"count": sync.waiting})
    return Said("sync_page.all_with_hq", {})
