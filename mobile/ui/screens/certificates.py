"""Certificates: the list, and one with the code that anybody can check. Shown with no signal too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.factory import Factory
from kivy.properties import ObjectProperty, StringProperty

from mobile.core.views_learning import CertificateCard
from mobile.ui.say import Say
from mobile.ui.screens.page import FacePage
from mobile.ui.widgets.press import Row
from mobile.ui.widgets.qr import Matrix
from mobile.viewmodels.learn import CertificatesState


class CertificateRow(Row):
    """A certificate in the list."""

    vm = ObjectProperty(None, allownone=True)
    subject = StringProperty("")
    words = StringProperty("")
    sub = StringProperty("")


Factory.register("CertificateRow", cls=CertificateRow)


class CertificatesPage(FacePage):
    """The QR leads to HQ's page for this code, where it says no more than is printed here."""

    def __init__(self, *, qr_of: Callable[[str], Matrix], **kwargs: Any) -> None:
        self._qr_of = qr_of
        super().__init__(**kwargs)

    def rows_of(self, say: Say, state: CertificatesState) -> list[dict[str, Any]]:
        cards = state.cards if state.cards is not None and state.card is None else ()
        shared = {"vm": self.vm}
        return [
            {**shared, "subject": one.certificate_id, "words": say.both(one.title), "sub": self.facts(say, one)} for one in cards
        ]

    def title(self, say: Say, card: CertificateCard | None) -> str:
        return say.both(card.title) if card is not None else ""

    def person(self, card: CertificateCard | None) -> str:
        return card.person_name if card is not None else ""

    def facts(self, say: Say, card: CertificateCard | None) -> str:
        if card is None:
            return ""
        day = say.iso_day(card.issued.day)
        return say("learn.issued", day=day) if card.percent is None else say("learn.issued_at", day=day, percent=card.percent)

    def code(self, card: CertificateCard | None) -> str:
        return card.code if card is not None else ""

    def matrix(self, card: CertificateCard | None) -> Matrix | None:
        return self._qr_of(card.link) if card is not None else None
