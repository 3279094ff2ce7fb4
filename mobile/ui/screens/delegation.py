"""Somebody decides in my place while I am away."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from mobile.core.views_hq import DelegationCard
from mobile.ui.say import Say
from mobile.ui.screens import hq_rows
from mobile.ui.screens.hq_words import chip, stage_chip
from mobile.ui.screens.new_request import month_title, weekdays
from mobile.ui.screens.page import FacePage
from mobile.ui.widgets.press import Row
from mobile.viewmodels.about_me import DelegationState
from mobile.viewmodels.request_words import way_mark

assert hq_rows  # its rows are registered by being imported


class ColleagueRow(Row):
    """Somebody who could decide meanwhile."""

    vm = ObjectProperty(None, allownone=True)
    person_id = StringProperty("")
    name = StringProperty("")
    chosen = BooleanProperty(False)


Factory.register("ColleagueRow", cls=ColleagueRow)


class DelegationPage(FacePage):
    """Who, from when to when; then it ends by itself."""

    rows = ("hq_rows.kv",)

    def colleagues(self, state: DelegationState) -> list[dict[str, Any]]:
        return [
            {"vm": self.vm, "person_id": one.person_id, "name": one.name, "chosen": one.person_id == state.chosen}
            for one in state.colleagues
        ]

    def cards(self, say: Say, state: DelegationState) -> list[dict[str, Any]]:
        return [self._card(say, card) for card in state.cards or ()]

    def day(self, say: Say, day: str) -> str:
        return say.iso_day(day)

    def month(self, say: Say, state: DelegationState) -> str:
        return month_title(say, state.picking)

    def weekdays(self, say: Say) -> list[str]:
        return weekdays(say)

    def days(self, state: DelegationState) -> list[Any]:
        return list(state.picking.days) if state.picking is not None else []

    def _card(self, say: Say, card: DelegationCard) -> dict[str, Any]:
        way = card.on_its_way
        key = "delegation.for_me" if card.is_mine else "delegation.for_them"
        mark = stage_chip(say, "delegation", card.stage) if way is None else chip(say, way_mark(way))
        return {
            "vm": self.vm,
            "delegation_id": card.delegation_id,
            "words": say(key, who=card.who),
            "sub": say("ui.days_span", first=say.iso_day(card.starts.day), last=say.iso_day(card.ends.day)),
            "end_words": say("delegation.end"),
            "may_end": card.is_mine and card.stage != "over" and way is None,
            **mark,
        }
