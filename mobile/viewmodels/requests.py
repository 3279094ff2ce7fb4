"""The list of requests: what waits for me, what I asked for, where it is and since when."""

from __future__ import annotations

from mobile.core.views_hq import Requests
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.shown import ShownViewModel
from mobile.viewmodels.viewmodel import Asks, Timers


class RequestsViewModel(ShownViewModel[Requests]):
    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator) -> None:
        super().__init__(asks, timers, navigator, lambda core: core.office.requests())

    def tap_request(self, request_id: str) -> None:
        self._navigator.go("request", request_id)

    def tap_new(self) -> None:
        self._navigator.go("new_request")

    def tap_leave(self) -> None:
        self._navigator.go("leave")
