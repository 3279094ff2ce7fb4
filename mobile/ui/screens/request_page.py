"""One request: its step line, and the one thing that can be done about it now."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.metrics import dp

from mobile.core.views import Said
from mobile.core.views_hq import RequestPage as Told
from mobile.ui.say import Say
from mobile.ui.screens import evidence, feedback_rows, hq_rows
from mobile.ui.screens.feedback_words import photo_rows
from mobile.ui.screens.hq_words import answer_rows, note_rows, step_rows
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.request_page import RequestState
from mobile.viewmodels.request_words import card_mark
from mobile.viewmodels.shared_photos import photos_of_page

assert hq_rows and evidence and feedback_rows  # its rows are registered by being imported


class RequestPage(FacePage):
    """Where it is, since when, who said what and why."""

    rows = ("hq_rows.kv", "evidence.kv", "feedback_rows.kv")

    def _on_state(self, state: Any) -> None:
        asks = state.asking is not None and (self.state is None or self.state.asking is None)
        super()._on_state(state)
        if asks:  # the question opens where the answers are, which may be a page away from the button
            Clock.schedule_once(lambda _: self.ids.page.scroll_to(self.ids.send, padding=dp(24)), 0.05)

    def name_of(self, say: Say, page: Told | None) -> str:
        return say.both(page.card.name) if page is not None else ""

    def chip(self, say: Say, page: Told | None) -> str:
        return say.said(card_mark(page.card).said) if page is not None else ""

    def chip_icon(self, page: Told | None) -> str:
        return card_mark(page.card).icon if page is not None else ""

    def chip_tone(self, page: Told | None) -> str:
        return card_mark(page.card).tone if page is not None else "quiet"

    def facts(self, say: Say, page: Told | None) -> list[dict[str, Any]]:
        if page is None:
            return []
        told = [("number", page.number), ("person", page.card.person_name), ("submitted", say.at(page.card.submitted))]
        if page.applicant_name != page.card.person_name:
            told.insert(2, ("applicant", page.applicant_name))
        return [{"words": say(f"requests.{name}"), "value": value} for name, value in told if value]

    def answers(self, say: Say, page: Told | None) -> list[dict[str, Any]]:
        return answer_rows(say, page) if page is not None else []

    def photos(self, say: Say, state: RequestState) -> list[dict[str, Any]]:
        """Photos that are here, and a way to those that are not: looking at somebody else's is written down."""
        return photo_rows(say, photos_of_page(state.page), state.pictures, self.vm)

    def steps(self, say: Say, page: Told | None) -> list[dict[str, Any]]:
        return step_rows(say, page) if page is not None else []

    def notes(self, say: Say, page: Told | None) -> list[dict[str, Any]]:
        return note_rows(say, page) if page is not None else []

    def refused_because(self, state: RequestState) -> Said | None:
        """Why HQ did not take what was done here."""
        way = state.page.card.on_its_way if state.page is not None else None
        return way.problem if way is not None else None

    def reason(self, say: Say, page: Told | None) -> str:
        return say("requests.reason", reason=page.reason) if page is not None and page.reason else ""

    def may_decide(self, state: RequestState) -> bool:
        return state.page is not None and state.page.to_decide is not None and state.asking is None

    def may_withdraw(self, state: RequestState) -> bool:
        return state.page is not None and state.page.may_withdraw and state.asking is None

    def may_give_up(self, state: RequestState) -> bool:
        return state.page is not None and state.page.may_give_up and state.asking is None
