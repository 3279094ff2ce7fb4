"""My leave: what is left as bars, what was asked for, what was granted."""

from __future__ import annotations

from typing import Any

from mobile.core.views_hq import BalanceCard, LeaveCard
from mobile.core.views_hq import LeavePage as Told
from mobile.ui.say import Say
from mobile.ui.screens import hq_rows
from mobile.ui.screens.hq_words import request_row, stage_chip
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.request_words import amount_said, minute_words
from mobile.viewmodels.shown import Shown

assert hq_rows  # its rows are registered by being imported

DAY_END_MIN = 1_440
HALF_DAYS = {(None, 720): "requests.half_first_half", (720, None): "requests.half_second_half"}


class LeavePage(FacePage):
    """A bar says how much; the words beside it say it too."""

    rows = ("hq_rows.kv",)

    def balances(self, say: Say, state: Shown[Told]) -> list[dict[str, Any]]:
        return [self._balance(say, card) for card in state.page.balances] if state.page is not None else []

    def asked(self, say: Say, state: Shown[Told]) -> list[dict[str, Any]]:
        return [request_row(say, card, self.vm) for card in state.page.asked] if state.page is not None else []

    def granted(self, say: Say, state: Shown[Told]) -> list[dict[str, Any]]:
        return [self._granted(say, card) for card in state.page.granted] if state.page is not None else []

    def may_ask(self, state: Shown[Told]) -> bool:
        return state.page is not None and state.page.may_ask

    def as_of(self, say: Say, state: Shown[Told]) -> str:
        found = state.page.balances if state.page is not None else ()
        return say("leave_page.as_of", day=say.iso_day(found[0].as_of)) if found else ""

    def _balance(self, say: Say, card: BalanceCard) -> dict[str, Any]:
        def amount(minutes: int) -> str:
            return say.said(amount_said(minutes, card.day_min))

        if card.unlimited:
            return {
                "words": say.both(card.name),
                "left": "",
                "sub": say("leave_page.unlimited"),
                "limited": False,
                "taken_share": 0.0,
                "asked_share": 0.0,
            }
        whole = max(card.whole, 1)
        return {
            "words": say.both(card.name),
            "left": say("leave_page.left", amount=amount(card.left)),
            "sub": say("leave_page.of_whole", whole=amount(card.whole), taken=amount(card.taken), asked=amount(card.asked)),
            "limited": True,
            "taken_share": card.taken / whole,
            "asked_share": card.asked / whole,
        }

    def _granted(self, say: Say, card: LeaveCard) -> dict[str, Any]:
        when = say.iso_day(card.from_day)
        if card.to_day != card.from_day:
            when = say("ui.days_span", first=when, last=say.iso_day(card.to_day))
        elif (card.from_min, card.to_min) in HALF_DAYS:
            when = f"{when} {say(HALF_DAYS[card.from_min, card.to_min])}"
        elif card.from_min is not None or card.to_min is not None:
            first, last = minute_words(card.from_min or 0), minute_words(card.to_min or DAY_END_MIN)
            when = f"{when} {say('leave_page.hours', first=first, last=last)}"
        if card.minutes is not None:
            when = f"{when}\n{say.said(amount_said(card.minutes, card.day_min))}"
        if card.called_off_from is not None:
            when = f"{when}\n{say('leave_page.called_off_from', day=say.iso_day(card.called_off_from))}"
        return {
            "words": say.both(card.name) or say("leave_page.a_leave"),
            "sub": when,
            "icon_name": "calendar_range",
            **stage_chip(say, "leave_page", card.stage),
        }
