"""A new device introduces itself: a code from HQ, who it turns out to be, and for a phone a PIN of one's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from mobile.core.ports import NoSignal
from mobile.core.views import Enrolment, Refused, Said
from mobile.viewmodels.invite import read_invite
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.viewmodel import Asks, ViewModel


@dataclass(frozen=True)
class EnrolState:
    """`server` is what will be asked; `asks_server` shows its field, for a phone that came without one."""

    step: Literal["code", "who"] = "code"
    code: str = ""
    server: str = ""
    asks_server: bool = False
    busy: bool = False
    problem: Said | None = None
    can_scan: bool = False
    enrolment: Enrolment | None = None

    @property
    def may_go_on(self) -> bool:
        return bool(self.code.strip() and self.server.strip()) and not self.busy


class EnrolViewModel(ViewModel[EnrolState]):
    """Trying again is always safe: the device has one key, and the server answers the same key the same way."""

    def __init__(self, asks: Asks, navigator: Navigator, server: str, can_scan: bool = False) -> None:
        super().__init__(EnrolState(server=server, asks_server=not server, can_scan=can_scan))
        self._asks, self._navigator = asks, navigator

    def on_enter(self) -> None:
        """A device that was removed begins anew; whose it was is nobody's business now."""
        self.show(replace(self.state, step="code", code="", busy=False, problem=None, enrolment=None))

    def on_leave(self) -> None:
        self.on_enter()

    def type_code(self, text: str) -> None:
        """Typed or pasted: a link brings its server along."""
        invite = read_invite(text)
        if invite.server:
            self.show(replace(self.state, code=invite.code, server=invite.server, problem=None))
        else:
            self.show(replace(self.state, code=text, problem=None))

    def take_scan(self, text: str) -> None:
        """A QR is shown as the code that is in it, not as its text."""
        self.type_code(text)
        self.show(replace(self.state, code=read_invite(text).code))

    def type_server(self, text: str) -> None:
        self.show(replace(self.state, server=text, problem=None))

    def tap_other_server(self) -> None:
        self.show(replace(self.state, asks_server=not self.state.asks_server))

    def tap_scan(self) -> None:
        self._navigator.go("scan", "enrol")

    def tap_enrol(self) -> None:
        if not self.state.may_go_on:
            return
        self.show(replace(self.state, busy=True, problem=None))
        server, code = self.state.server.strip(), read_invite(self.state.code).code
        self._asks.ask(lambda core: core.enrol(server, code), self._known, self._refused)

    def tap_that_is_me(self) -> None:
        enrolment = self.state.enrolment
        if enrolment is not None and enrolment.kind == "phone":
            self._navigator.instead("pin", None)
        else:
            self._navigator.home()

    def _known(self, enrolment: Enrolment) -> None:
        self.show(replace(self.state, step="who", busy=False, code="", enrolment=enrolment))

    def _refused(self, error: BaseException) -> None:
        if isinstance(error, NoSignal):
            problem = Said("enrol.no_signal", {})
        elif isinstance(error, Refused):
            problem = error.said
        else:
            raise error
        self.show(replace(self.state, busy=False, problem=problem))
