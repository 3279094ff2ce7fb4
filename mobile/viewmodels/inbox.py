"""The inbox: what I must do, what I should know. Opening a notice is reading it."""

from __future__ import annotations

from mobile.core.views_hq import Inbox, ItemCard
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.shown import Shown, ShownViewModel
from mobile.viewmodels.viewmodel import Asks, Timers, unless_refused

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
}


class InboxViewModel(ShownViewModel[Inbox]):
    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator) -> None:
        super().__init__(asks, timers, navigator, lambda core: core.office.inbox())

    def tap_item(self, item_id: str) -> None:
        open_item(self._asks, self._navigator, self.state, item_id)


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
    elif card.about == "course":
        navigator.go("course", card.about_id)
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
