"""Which screen is in front, whom or what it is about, and where back leads. The window only follows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mobile.viewmodels.viewmodel import ViewModel

Face = Literal["phone", "kiosk"]
Move = Literal["forward", "back", "switch"]

HOME: dict[Face, str] = {"phone": "today", "kiosk": "floor"}
TABS: tuple[str, ...] = ("today", "inbox", "requests", "sync", "me")


@dataclass(frozen=True)
class Stop:
    """One screen and what it shows: a punch, a person, or nothing in particular."""

    screen: str
    subject: str | None = None


@dataclass(frozen=True)
class Route:
    """Where we are, how we came, and what lies behind."""

    here: Stop = Stop("starting")
    behind: tuple[Stop, ...] = field(default=())
    move: Move = "switch"


class Navigator(ViewModel[Route]):
    """Home has nothing behind it: on a shared tablet, back can never lead into somebody else's page."""

    def __init__(self, face: Face) -> None:
        super().__init__(Route())
        self.face = face

    @property
    def home_screen(self) -> str:
        return HOME[self.face]

    @property
    def here(self) -> Stop:
        return self.state.here

    def go(self, screen: str, subject: str | None = None) -> None:
        """Deeper, with a way back."""
        stop = Stop(screen, subject)
        if stop != self.here:
            self.show(Route(stop, (*self.state.behind, self.here), "forward"))

    def instead(self, screen: str, subject: str | None = None) -> None:
        """Deeper, but back skips the screen we leave: a result cannot be walked back into the PIN pad."""
        self.show(Route(Stop(screen, subject), self.state.behind, "forward"))

    def switch(self, screen: str) -> None:
        """Beside: a tab, or the first screen after the start."""
        behind = () if screen == self.home_screen else (Stop(self.home_screen),)
        if self.here != Stop(screen):
            self.show(Route(Stop(screen), behind if screen in TABS else (), "switch"))

    def back(self) -> bool:
        """One step back; False at home, where the system may close the app."""
        if not self.state.behind:
            return False
        *rest, last = self.state.behind
        self.show(Route(last, tuple(rest), "back"))
        return True

    def home(self) -> None:
        if self.here != Stop(self.home_screen):
            self.show(Route(Stop(self.home_screen), (), "back"))
