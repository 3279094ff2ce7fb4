"""The inbox: what I must do, what I should know, by kind. Opening a notice is reading it; a tick reads it where it stands, and
for some seconds that can be taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from mobile.core.views import Refused
from mobile.core.views_hq import Inbox, ItemCard
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.shown import Shown, ShownViewModel
from mobile.viewmodels.viewmodel import Asks, Timers, unless_refused

OF_A_STORE = "inbox.N-22_team.notice"  # a cycle's people: the board is on the tablet and at the console
MANY_WEEKS = "inbox.weeks_confirm.notice"  # all the weeks of a store: on its tablet and at the console
# where an item leads
LEADS_TO = {
    "request": "request",
    "leave": "leave",
    "posting": "profile",
    "person": "profile",
    "role_change": "profile",
    "delegation": "delegation",
    "day": "inbox",  # of somebody else: their days are at the console and on the tablet's board
    "punch": "days",
    "appeal": "days",
    "statement": "inbox",
    "closing": "inbox",  # HQ decides it at the console
    "roster": "roster",
    "shift": "market",
    "swap": "market",
    "absence": "inbox",  # of somebody else: whom to ask is on the tablet and at the console
    "loan": "market",
    "recommendation": "learn",
    "course": "course",
    "training": "inbox",  # of somebody else: the board is on the tablet and at the console
    "ticket": "ticket",
    "announcement": "notice",
    "voice": "voice",
    "score": "scores",
    "score_report": "scores",
    "score_review": "inbox",  # HQ reads it at the console
    "score_appeal": "inbox",  # HQ decides it at the console
    "cycle": "cycle",
    "import": "inbox",  # these four are the console's
    "server": "inbox",
    "device": "inbox",
    "matter": "inbox",
}
Part = Literal["all", "to_do", "notices", "tickets"]
PARTS: Final[dict[str, Part]] = {"all": "all", "to_do": "to_do", "notices": "notices", "tickets": "tickets"}
OF_TICKETS: Final = frozenset({"ticket", "voice"})
TAKE_BACK_S: Final = 5.0


@dataclass(frozen=True)
class InboxState(Shown[Inbox]):
    """`part`: what is listed. `marking`: a notice that is being marked as read and can still be taken back."""

    part: Part = "all"
    marking: str = ""

    def listed(self, part: Literal["to_dos", "notices", "earlier"]) -> tuple[ItemCard, ...]:
        """Of the to-dos, of what is new, of what was read: those of the part that is chosen."""
        if self.page is None or (self.part == "to_do" and part != "to_dos"):
            return ()
        cards: tuple[ItemCard, ...] = getattr(self.page, part)
        return tuple(card for card in cards if _belongs(card, self.part) and card.item_id != self.marking)

    def count(self, part: Part) -> int:
        """How many are open: the same number wherever it is shown, less the one that is being marked."""
        here = replace(self, part=part)
        return len(here.listed("to_dos")) + len(here.listed("notices"))


def _belongs(card: ItemCard, part: Part) -> bool:
    """Each item stands under one word at least: an announcement that must be confirmed under two."""
    if part == "tickets":
        return card.about in OF_TICKETS
    return part != "notices" or card.about == "announcement" or (card.kind == "notice" and card.about not in OF_TICKETS)


class InboxViewModel(ShownViewModel[Inbox]):
    state: InboxState

    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator) -> None:
        super().__init__(asks, timers, navigator, lambda core: core.office.inbox())
        self._state = InboxState()
        self._stop_mark: Callable[[], None] | None = None

    def on_leave(self) -> None:
        """Whoever goes away has not taken it back."""
        self._mark_now()
        if self._stop is not None:
            self._stop()
            self._stop = None
        self.show(InboxState(part=self.state.part))

    def tap_part(self, part: str) -> None:
        self.show(replace(self.state, part=PARTS.get(part, "all")))

    def tap_item(self, item_id: str) -> None:
        open_item(self._asks, self._navigator, self.state, item_id)

    def tap_mark(self, item_id: str) -> None:
        """Read where it stands."""
        card = find_item(self.state.page, item_id)
        if card is not None and card.kind == "notice" and card.is_open:
            self._mark_now()
            self.show(replace(self.state, marking=item_id))
            self._stop_mark = self._timers.after(TAKE_BACK_S, self._mark_now)

    def tap_take_back(self) -> None:
        """It is unread again: nothing has been said yet."""
        self._stop_marking()
        self.show(replace(self.state, marking=""))

    def _mark_now(self) -> None:
        item_id = self.state.marking
        self._stop_marking()
        if item_id:
            self._asks.ask(lambda core: core.office.see(item_id), lambda _: self._marked(item_id), unless_refused)

    def _marked(self, item_id: str) -> None:
        if self.state.marking == item_id:
            self.show(replace(self.state, marking=""))
        self.on_news()

    def _stop_marking(self) -> None:
        if self._stop_mark is not None:
            self._stop_mark()
            self._stop_mark = None

    def _seen(self, page: Inbox) -> None:
        if self._stop is not None:
            self.show(replace(self.state, page=page, problem=None))

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, problem=error.said))


def open_item(asks: Asks, navigator: Navigator, shown: Shown[Inbox], item_id: str) -> None:
    """To what it is about. A notice is read by that; a to-do goes away by being done."""
    card = find_item(shown.page, item_id)
    if card is None:
        return
    if card.kind == "notice" and card.is_open:
        asks.ask(lambda core: core.office.see(item_id), None, unless_refused)
    if card.about == "posting" and card.kind == "to_do":
        navigator.go("hand_overs", card.about_id)
    elif card.about == "request":
        navigator.go("request", card.about_id)
    elif card.about in ("course", "ticket", "announcement"):
        navigator.go(LEADS_TO[card.about], card.about_id)
    elif card.about == "cycle" and card.said.code != OF_A_STORE:
        navigator.go("cycle", card.about_id)
    elif card.about == "cycle":
        navigator.go("inbox")
    elif card.about == "roster":
        navigator.go("roster", str(card.said.facts.get("from_day") or "") or None)
    elif card.day:
        navigator.go("day", card.day)
    elif card.about == "statement" and card.said.code != MANY_WEEKS:
        navigator.go("week", card.about_id)
    else:
        navigator.go(LEADS_TO[card.about])


def find_item(inbox: Inbox | None, item_id: str) -> ItemCard | None:
    cards = () if inbox is None else (*inbox.to_dos, *inbox.notices, *inbox.earlier)
    return next((card for card in cards if card.item_id == item_id), None)
