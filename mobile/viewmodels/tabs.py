"""What the places at the foot of the phone say without being opened: how much is open in the inbox, and whether HQ refused
something."""

from __future__ import annotations

from dataclasses import dataclass

from mobile.core.views import Refused
from mobile.viewmodels.viewmodel import Asks, ViewModel


@dataclass(frozen=True)
class TabsState:
    """`inbox`: to-dos and unread notices, the number that the inbox, the start page and the console say too."""

    inbox: int = 0
    needs_you: bool = False


class TabsViewModel(ViewModel[TabsState]):
    """Looks again whenever something changed. Past the lease nothing of HQ's is counted."""

    def __init__(self, asks: Asks) -> None:
        super().__init__(TabsState())
        self._asks = asks

    def on_news(self) -> None:
        self._asks.ask(
            lambda core: TabsState(core.office.inbox().open, core.sync_state().badge == "needs_you"), self.show, self._refused
        )

    def clear(self) -> None:
        self.show(TabsState())

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.clear()
