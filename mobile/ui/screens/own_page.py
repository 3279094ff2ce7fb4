"""One's own page on the shared tablet: the shift, courses that are due first, three questions, the weeks to be confirmed."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock

from mobile.core.views_learning import CourseCard, OnboardingCard
from mobile.ui.say import Say
from mobile.ui.screens import feedback_rows, week_sheet
from mobile.ui.screens.camera import PhotoPage
from mobile.ui.screens.feedback_words import ICONS, notice_row, ticket_row
from mobile.ui.screens.hours_rows import duty_words, next_words, week_row
from mobile.ui.screens.lesson_words import course_row
from mobile.ui.screens.new_ticket import TicketForm
from mobile.ui.screens.newcomers import onboarding_mark, onboarding_rows
from mobile.viewmodels.own_page import OwnPageState

assert week_sheet and feedback_rows and TicketForm  # they are registered by being imported
MOST_NOTICES, MOST_TICKETS = 4, 8  # the rest is on one's phone
HEARD = ("evidence.kv", "feedback_rows.kv", "ticket_sheet.kv", "notice_rows.kv")
MOST = 20  # of a list: the rest is on one's phone


class OwnPage(PhotoPage):
    """Holds nothing of its own: what the view-model forgets is gone from here on the same frame. Its camera takes photos for what
    is written to tickets; the form of a new one has its own."""

    rows = ("hq_rows.kv", "hours_rows.kv", "lesson_rows.kv", "lesson.kv", "newcomers.kv", *HEARD)

    def _on_state(self, state: OwnPageState) -> None:
        turned = _turned(state) != _turned(self.state)
        super()._on_state(state)
        if turned and self.ids:
            Clock.schedule_once(lambda _dt: self.ids.open.to_top())

    def is_taking(self, state: OwnPageState) -> bool:
        return state.ticket.taking

    def name_of(self, state: OwnPageState) -> str:
        return state.page.name if state.page is not None else ""

    def shift(self, say: Say, state: OwnPageState) -> str:
        return duty_words(say, state.page.today) if state.page is not None else ""

    def next_shift(self, say: Say, state: OwnPageState) -> str:
        return next_words(say, state.page.following) if state.page is not None else ""

    def weeks(self, say: Say, state: OwnPageState) -> list[dict[str, Any]]:
        found = state.page.weeks if state.page is not None else ()
        return [{**week_row(say, card, self.vm), "chosen": card.statement_id == state.week_id} for card in found]

    # courses

    def newcomer(self, state: OwnPageState) -> OnboardingCard | None:
        """What is still to be done before and at the beginning of work here."""
        found = state.learn.onboarding if state.learn is not None else ()
        return next((one for one in found if not one.complete), None)

    def newcomer_title(self, say: Say, state: OwnPageState) -> str:
        card = self.newcomer(state)
        return say("newcomers.mine", store=card.store_name) if card is not None else ""

    def newcomer_mark(self, say: Say, state: OwnPageState, part: str) -> str:
        return onboarding_mark(say, self.newcomer(state), part)

    def newcomer_lines(self, say: Say, state: OwnPageState) -> list[dict[str, Any]]:
        return onboarding_rows(say, self.newcomer(state), self.vm)

    def is_running(self, state: OwnPageState) -> bool:
        """A quiz goes on that does not lie open."""
        return state.learn is not None and bool(state.learn.running) and state.course.attempt is None

    def daily(self, say: Say, state: OwnPageState) -> str:
        left = state.learn.daily_left if state.learn is not None else 0
        return say("lesson.daily_left", count=left) if left else ""

    def due(self, say: Say, state: OwnPageState) -> list[dict[str, Any]]:
        return self._courses(say, state, state.learn.due if state.learn is not None else ())

    def others(self, say: Say, state: OwnPageState) -> list[dict[str, Any]]:
        """Begun, recommended, and what else there is."""
        learn = state.learn
        return self._courses(say, state, (*learn.begun, *learn.recommended, *learn.library)[:MOST]) if learn is not None else []

    def done(self, say: Say, state: OwnPageState) -> list[dict[str, Any]]:
        return self._courses(say, state, state.learn.done[:MOST] if state.learn is not None else ())

    # tickets and notices

    def is_heard(self, state: OwnPageState) -> bool:
        return bool(state.ticket_id or state.notice_id or state.filing or state.choosing)

    def notices_title(self, say: Say, state: OwnPageState) -> str:
        return say("own_page.notices_to_read", count=state.to_read) if state.to_read else say("own_page.notices")

    def notices(self, say: Say, state: OwnPageState) -> list[dict[str, Any]]:
        """Those that wait for a word, and the newest."""
        return [notice_row(say, card, self.vm, state.notice_id) for card in state.notices[:MOST_NOTICES]]

    def tickets(self, say: Say, state: OwnPageState) -> list[dict[str, Any]]:
        found = (*state.feedback.open, *state.feedback.closed)[:MOST_TICKETS] if state.feedback is not None else ()
        return [ticket_row(say, card, self.vm, state.ticket_id) for card in found]

    def may_file(self, state: OwnPageState) -> bool:
        return state.feedback is not None and bool(state.feedback.categories)

    def kinds(self, say: Say, state: OwnPageState) -> list[dict[str, Any]]:
        found = state.feedback.categories if state.feedback is not None and state.choosing else ()
        return [{"vm": self.vm, "subject": one.code, "words": say.both(one.name), "icon_name": ICONS[one.icon]} for one in found]

    def hint(self, say: Say, state: OwnPageState) -> str:
        """What the right side says while nothing lies open."""
        if state.page is None or state.week_id or state.course_id or state.recalling or self.is_heard(state):
            return ""
        offers = state.learn is not None and not state.learn.is_empty
        return say("own_page.choose") if offers or state.page.weeks else ""

    def _courses(self, say: Say, state: OwnPageState, cards: tuple[CourseCard, ...]) -> list[dict[str, Any]]:
        return [course_row(say, card, self.vm, state.course_id) for card in cards]


def _turned(state: OwnPageState) -> tuple[object, ...]:
    """What lies open at the right: another one begins at its top."""
    course = state.course
    asked = state.daily.asked.question.key if state.daily.asked is not None else ""
    heard = state.ticket_id, state.notice_id, state.filing, state.choosing
    return *heard, state.week_id, state.course_id, course.step, course.at, course.place, course.shown, asked
