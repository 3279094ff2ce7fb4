"""Enrolment: a code from HQ, then who this device belongs to."""

from __future__ import annotations

from mobile.core.views import Enrolment
from mobile.ui.say import Say
from mobile.ui.screens.page import FacePage


class EnrolPage(FacePage):
    """The same page on both faces; a tablet gets a card in the middle."""

    def owner(self, enrolment: Enrolment | None) -> str:
        if enrolment is None:
            return ""
        return (enrolment.person_name if enrolment.kind == "phone" else enrolment.store_name) or ""

    def greeting(self, say: Say, enrolment: Enrolment | None) -> str:
        return say(f"enrol.known_{enrolment.kind}") if enrolment is not None else ""

    def company(self, enrolment: Enrolment | None) -> str:
        return enrolment.company if enrolment is not None else ""

    def go_on(self, say: Say, enrolment: Enrolment | None) -> str:
        return say(f"enrol.go_on_{enrolment.kind}") if enrolment is not None else ""
