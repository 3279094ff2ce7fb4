"""When I can work: my weeks by weekday, wishes for single days."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory

from mobile.core.views_rosters import Stretch, WishCard
from mobile.ui.say import Say
from mobile.ui.screens import roster_rows as rr
from mobile.ui.screens.hq_rows import MarkedRow
from mobile.ui.screens.hq_words import chip
from mobile.ui.screens.new_request import month_title, weekdays
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.request_words import minute_words, way_mark
from mobile.viewmodels.roster_wishes import DAY_MIN, WEEK_KINDS, WishesState

TONES = {"unavailable": ("bad", "close"), "undesired": ("late", "alert_outline"), "desired": ("good", "check")}


class MyWeekRow(MarkedRow):
    """A weekday and what I said of it."""


Factory.register("MyWeekRow", cls=MyWeekRow)


class WishesPage(FacePage):
    """A tap on a weekday changes it; all are saved together."""

    rows = ("hq_rows.kv", "roster_rows.kv")

    def is_list(self, state: WishesState) -> bool:
        return state.page is not None and state.wording is None and state.picking is None

    def week(self, say: Say, state: WishesState) -> list[dict[str, Any]]:
        return [self._weekday(say, number, [one for one in state.shown if one.weekday == number]) for number in range(7)]

    def _weekday(self, say: Say, number: int, said: list[Stretch]) -> dict[str, Any]:
        row = {"vm": self.vm, "subject": str(number), "words": say(f"ui.weekday_{number + 1}"), "more": "", "icon_name": ""}
        if not said:
            return {**row, "sub": say("roster_page.weekday_free"), **rr.NOTHING}
        tone, icon = TONES[said[0].kind]
        mark = {"chip": say(f"roster_page.kind_{said[0].kind}"), "chip_icon": icon, "chip_tone": tone}
        return {**row, "sub": "  ".join(_span(say, one.from_min, one.to_min) for one in said), **mark}

    def way(self, say: Say, state: WishesState) -> str:
        """How far what I said of my weeks has come."""
        way = state.page.on_its_way if state.page is not None else None
        if way is None:
            return ""
        return "\n".join(filter(None, (say.said(way_mark(way).said), say.said(way.problem))))

    def wishes(self, say: Say, state: WishesState) -> list[dict[str, Any]]:
        return [self._wish(say, card) for card in (state.page.wishes if state.page is not None else ())]

    def _wish(self, say: Say, card: WishCard) -> dict[str, Any]:
        tone, icon = TONES[card.kind]
        mark = {"chip": say(f"roster_page.kind_{card.kind}"), "chip_icon": icon, "chip_tone": tone}
        refused = say.said(card.on_its_way.problem) if card.on_its_way is not None else ""
        return {
            "vm": self.vm,
            "kind": "wish",
            "subject": card.wish_id,
            "words": rr.day_words(say, card.day),
            "sub": "\n".join(filter(None, (_span(say, card.from_min, card.to_min), mark["chip"] if card.on_its_way else ""))),
            "more": "\n".join(filter(None, (card.note, refused))),
            **(mark if card.on_its_way is None else chip(say, way_mark(card.on_its_way))),
            "says": "",
            "says_tone": "quiet",
            "ways": "",
            "yes_words": "",
            "may_yes": False,
            "no_words": "",
            "undo_words": say("roster_page.undo"),
        }

    # what is being said

    def about(self, say: Say, state: WishesState) -> str:
        if state.wording is None:
            return ""
        if state.wording.day:
            return rr.day_words(say, state.wording.day)
        return say(f"ui.weekday_{state.wording.weekday + 1}")

    def kinds(self, say: Say, state: WishesState) -> list[tuple[str, str]]:
        """Of a single day something is said; of a weekday also that any time is fine."""
        of_day = state.wording is not None and bool(state.wording.day)
        return [(kind, say(f"roster_page.kind_{kind}")) for kind in WEEK_KINDS[1 if of_day else 0 :]]

    def kind(self, state: WishesState) -> str:
        return state.wording.kind if state.wording is not None else "free"

    def typed(self, state: WishesState, which: str) -> str:
        return str(getattr(state.wording, which)) if state.wording is not None else ""

    def set_words(self, say: Say, state: WishesState) -> str:
        of_day = state.wording is not None and bool(state.wording.day)
        return say("roster_page.wish_save" if of_day else "roster_page.set_day")

    def month(self, say: Say, state: WishesState) -> str:
        return month_title(say, state.picking)

    def weekdays(self, say: Say) -> list[str]:
        return weekdays(say)

    def days(self, state: WishesState) -> list[Any]:
        return list(state.picking.days) if state.picking is not None else []


def _span(say: Say, first: int, last: int) -> str:
    if (first, last) == (0, DAY_MIN):
        return say("roster_page.whole_day")
    return say("roster_page.span", **{"from": minute_words(first), "to": minute_words(last)})
