"""How I am told beside my inbox: in which language, when not, at which address, of what. Gathered, and saved together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import msgspec

from contract.channels import ToldRow
from contract.forms import minute_of_day
from contract.messages import LANGUAGES
from contract.triggers import BY_KEY, GROUPS, Beside, Group
from mobile.core.told import ToldPage
from mobile.core.views import Refused, Said
from mobile.core.views_hq import OnItsWay
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.picking import HALF_HOUR_MIN
from mobile.viewmodels.request_words import minute_words
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel

DAY_MIN: Final = 1_440
NIGHT: Final = 22 * 60, 7 * 60  # what is proposed: most people sleep then
TIMES: Final = tuple(minute_words(minute) for minute in range(0, DAY_MIN, HALF_HOUR_MIN))
FIELDS: Final[dict[Beside, str]] = {"email": "email_groups", "push": "push_groups"}
Choosing = Literal["", "from", "until"]


@dataclass(frozen=True)
class ToldState:
    """`wish`: as it would be saved; None: as it is. `over`: of which way the list of groups speaks."""

    page: ToldPage | None = None
    wish: ToldRow | None = None
    over: Beside = "email"
    choosing: Choosing = ""
    busy: bool = False
    problem: Said | None = None

    @property
    def shown(self) -> ToldRow:
        if self.wish is not None:
            return self.wish
        return self.page.wish if self.page is not None else ToldRow()

    @property
    def way(self) -> OnItsWay | None:
        return self.page.on_its_way if self.page is not None else None

    @property
    def is_quiet(self) -> bool:
        return self.shown.quiet_from_min is not None

    @property
    def may_save(self) -> bool:
        return self.wish is not None and self.page is not None and self.wish != self.page.wish and not self.busy

    @property
    def is_usual(self) -> bool:
        """Of this way nothing was chosen: the company's table counts."""
        return getattr(self.shown, FIELDS[self.over]) is None

    def groups(self) -> dict[Group, bool]:
        """Which groups come this way."""
        chosen = getattr(self.shown, FIELDS[self.over])
        return {group: group in (usual(self.over) if chosen is None else chosen) for group in GROUPS}


class ToldViewModel(ViewModel[ToldState]):
    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(ToldState())
        self._asks, self._navigator, self._toasts = asks, navigator, toasts

    def on_enter(self) -> None:
        self.show(ToldState())
        self.on_news()

    def on_leave(self) -> None:
        self.show(ToldState())

    def on_back(self) -> bool:
        if not self.state.choosing:
            return False
        self.show(replace(self.state, choosing=""))
        return True

    def on_news(self) -> None:
        self._asks.ask(lambda core: core.hearing.told.page(), self._seen, self._refused)

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def tap_language(self, language: str) -> None:
        if language in LANGUAGES:
            self._wish(language=language)

    def tap_quiet(self, how: str) -> None:
        """`quiet` or `always`."""
        begin, end = NIGHT if how == "quiet" else (None, None)
        if (how == "quiet") != self.state.is_quiet:
            self._wish(quiet_from_min=begin, quiet_until_min=end)

    def tap_from(self) -> None:
        self.show(replace(self.state, choosing="from"))

    def tap_until(self) -> None:
        self.show(replace(self.state, choosing="until"))

    def tap_option(self, time: str) -> None:
        """A time of the list."""
        minute, field = minute_of_day(time), f"quiet_{self.state.choosing}_min"
        if self.state.choosing and minute is not None:
            self.show(replace(self.state, choosing=""))
            self._wish(**{field: minute % DAY_MIN})

    def type_email(self, text: str) -> None:
        self._wish(email=text)

    def tap_over(self, over: str) -> None:
        self.show(replace(self.state, over="push" if over == "push" else "email"))

    def tap_group(self, group: str) -> None:
        """On or off; with the first tap what the company chose becomes one's own choice."""
        groups = self.state.groups()
        kept = [one for one, on in groups.items() if on != (one == group)]
        self._wish(**{FIELDS[self.state.over]: kept})

    def tap_usual(self) -> None:
        """As the company chose, also when it chooses otherwise."""
        self._wish(**{FIELDS[self.state.over]: None})

    def tap_save(self) -> None:
        wish = self.state.wish
        if wish is None or not self.state.may_save:
            return
        self.show(replace(self.state, busy=True, problem=None))
        self._asks.ask(lambda core: core.hearing.told.say(wish), self._kept, self._refused)

    def _wish(self, **changes: Any) -> None:
        if self.state.page is not None:
            self.show(replace(self.state, wish=msgspec.structs.replace(self.state.shown, **changes), problem=None))

    def _kept(self, _: object) -> None:
        self.show(replace(self.state, busy=False, wish=None))
        self._toasts.say("told_page.kept", "good")
        self.on_news()

    def _seen(self, page: ToldPage) -> None:
        if self._navigator.here.screen == "told":
            self.show(replace(self.state, page=page))

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, busy=False, problem=error.said))


def usual(over: Beside) -> tuple[Group, ...]:
    """The groups that come this way until somebody says otherwise."""
    return tuple(group for group in GROUPS if any(over in one.beside for one in BY_KEY.values() if one.group == group))
