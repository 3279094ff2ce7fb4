"""A week's statement as phone, one's own page and the manager's desk show it: the table, who has signed, and what can be said."""

from __future__ import annotations

from datetime import date
from typing import Any

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from contract.messages import LANGUAGES
from mobile.core.views_hours import WeekPage
from mobile.ui.say import Say
from mobile.ui.screens import hours_rows as hr
from mobile.ui.screens.hq_words import chip
from mobile.ui.widgets.surfaces import Stack
from mobile.viewmodels.hours_words import week_mark


class WeekSheet(Stack):
    """Holds nothing of its own. `vm` answers tap_confirm, tap_object, tap_cancel, tap_send, type_reason, tap_week_day."""

    vm = ObjectProperty(None, allownone=True)
    say = ObjectProperty(Say(LANGUAGES[0]), rebind=True)
    page = ObjectProperty(None, allownone=True)
    problem = ObjectProperty(None, allownone=True)
    objecting = BooleanProperty(False)
    busy = BooleanProperty(False)
    day = StringProperty("")
    reason = StringProperty("")
    confirm_key = StringProperty("week_page.confirm")
    how_key = StringProperty("week_page.confirm_how")

    def has(self, page: WeekPage | None, what: str) -> bool:
        return page is not None and bool(getattr(page, what))

    def may_send(self, reason: str, busy: bool) -> bool:
        return bool(reason.strip()) and not busy

    def title(self, say: Say, page: WeekPage | None) -> str:
        if page is None:
            return ""
        revision = say("week_page.revision", revision=page.card.revision) if page.card.revision > 1 else ""
        return " ".join(filter(None, (hr.week_words(say, page.card), revision)))

    def who(self, page: WeekPage | None) -> str:
        """Whose hours, at which store."""
        return "" if page is None else "\n".join(filter(None, (page.card.person_name, page.card.store_name)))

    def span(self, say: Say, page: WeekPage | None) -> str:
        if page is None:
            return ""
        return "\n".join(filter(None, (hr.week_span(say, page.card), say("week_page.closed") if page.card.closed else "")))

    def mark(self, say: Say, page: WeekPage | None, part: str) -> str:
        if page is None:
            return "quiet" if part == "chip_tone" else ""
        return str(chip(say, week_mark(page.card))[part])

    def sums(self, say: Say, page: WeekPage | None) -> list[dict[str, Any]]:
        return hr.week_sums(say, page)

    def changes(self, say: Say, page: WeekPage | None) -> list[dict[str, Any]]:
        return hr.change_rows(say, page.changes) if page is not None else []

    def objections(self, say: Say, page: WeekPage | None) -> list[dict[str, Any]]:
        return hr.objection_rows(say, page.objections) if page is not None else []

    def days(self, say: Say, page: WeekPage | None, objecting: bool, day: str) -> list[dict[str, Any]]:
        return hr.week_days(say, page, self.vm, objecting=objecting, chosen=day)

    def signed(self, say: Say, page: WeekPage | None) -> list[dict[str, Any]]:
        return hr.signed_rows(say, page.signed) if page is not None else []

    def earlier(self, say: Say, page: WeekPage | None) -> list[dict[str, Any]]:
        return hr.earlier_rows(say, page)

    def about(self, say: Say, day: str) -> str:
        return say("week_page.object_day", day=say.day(date.fromisoformat(day))) if day else say("week_page.object_week")

    def code(self, say: Say, page: WeekPage | None) -> str:
        return say("week_page.code", code=page.code) if page is not None and page.code else ""


Factory.register("WeekSheet", cls=WeekSheet)
