"""A ticket being written: words first, then the kind's own fields, photos, where, how urgent. Kept at every keystroke.

The form is the one of requests: what stands beside the kind's own fields (words, photos, place, urgency) are fields too, under
keys that no field of HQ's can have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Protocol

from contract.feedback import Form, Priority
from contract.forms import photos_of
from contract.messages import say
from mobile.core.feedback import PHOTOS_MOST, Feedback
from mobile.core.photos import Photos
from mobile.core.views import Said
from mobile.core.views_feedback import TicketDraft
from mobile.core.views_hq import Answer, Both, Draft, FieldCard, FieldChoice, FlowCard, Misfit
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.new_request import NewRequestState, NewRequestViewModel
from mobile.viewmodels.request_page import AGAIN
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks

TEXT, PHOTOS, SPOT, PRIORITY = "~text", "~photos", "~spot", "~priority"
OURS: Final = (TEXT, PHOTOS, SPOT, PRIORITY)
PRIORITIES: Final[tuple[Priority, ...]] = ("low", "normal", "high", "urgent")


def in_both(key: str) -> Both:
    """A sentence of the catalogues where a page shows what HQ wrote in both languages."""
    return Both(say("zh", key), say("en", key))


class Inside(Protocol):
    """A page in which a ticket is written beside other things."""

    def filed(self, ticket_id: str) -> None: ...

    def left_form(self) -> None: ...


class NewTicketViewModel(NewRequestViewModel):
    """Subject: the code of a category, or `again:` and a ticket that HQ refused to take. `inside`: the page it is a part of."""

    def __init__(
        self, asks: Asks, navigator: Navigator, toasts: Toasts, speaks: Callable[[Any], Feedback], inside: Inside | None = None
    ) -> None:
        super().__init__(asks, navigator, toasts)
        self._speaks, self._inside = speaks, inside
        self._instead_of = ""

    def on_enter(self) -> None:
        self.begin(self._navigator.here.subject or "")

    def begin(self, subject: str) -> None:
        self.show(NewRequestState())
        if subject.startswith(AGAIN):
            self._asks.ask(lambda core: self._speaks(core).again(subject.removeprefix(AGAIN)), self._begun, self._refused)
        else:
            self._asks.ask(lambda core: self._speaks(core).begin(subject), self._begun, self._refused)

    def on_news(self) -> None:
        """What is being written is nobody else's."""

    def tap_back(self) -> None:
        if self._inside is None:
            super().tap_back()
        elif not self.on_back():
            self._inside.left_form()

    def take_photo(self, picture: bytes) -> None:
        """On the disk, laid bare, before it is shown."""
        picking = self.state.picking
        if picking is None or not self.state.taking or self.is_full(picking.key):
            return
        self._asks.ask(lambda core: self._speaks(core).add_photo(picture), lambda told: self._taken(*told), self._no_photo)

    def is_full(self, key: str) -> bool:
        if key == PHOTOS:
            return len(photos_of(self.state.form.get(PHOTOS))) >= PHOTOS_MOST
        return super().is_full(key)

    def tap_choice(self, key: str, value: str) -> None:
        if key == PRIORITY:
            self._answer(PRIORITY, value)
        else:
            super().tap_choice(key, value)

    # inside

    def _begun(self, draft: TicketDraft | None) -> None:
        if draft is None:  # it has been put right meanwhile
            self.tap_back()
            return
        self._instead_of = draft.instead_of
        card, answers = draft.category, dict(draft.answers)
        photos = {Photos.name(photo): photo for photo in (*draft.photos, *draft.field_photos)}
        answers |= {key: value for key, value in ((TEXT, draft.text), (SPOT, draft.spot)) if value}
        if draft.photos:
            answers[PHOTOS] = ",".join(Photos.name(photo) for photo in draft.photos)
        answers[PRIORITY] = draft.priority
        fields = (
            FieldCard(TEXT, in_both("feedback_page.words"), "long_text", True),
            *card.fields,
            FieldCard(PHOTOS, in_both("feedback_page.photos"), "photo", False, most=PHOTOS_MOST),
            FieldCard(SPOT, in_both("feedback_page.spot"), "text", False),
            FieldCard(PRIORITY, in_both("feedback_page.priority"), "choice", True, _priorities()),
        )
        flow = FlowCard(card.code, card.name, fields, ())
        shown = NewRequestState(step="form", draft=Draft(flow), answers=tuple(answers.items()), problem=draft.problem)
        self.show(replace(shown, photos=tuple(photos.values())))
        self._judge()

    def _answer(self, key: str, answer: Answer) -> None:
        super()._answer(key, answer)
        self._keep()

    def _keep(self) -> None:
        draft, form = self.state.draft, self.state.form
        if draft is not None:
            code, written, instead_of = draft.flow.kind, _written(form), self._instead_of
            self._asks.ask(
                lambda core: self._speaks(core).write(code, **written, instead_of=instead_of), None, self._refused
            )  # fmt: skip

    def _judge(self) -> None:
        draft, form = self.state.draft, self.state.form
        if draft is None:
            return
        code, own = draft.flow.kind, _own(form)

        def judge(core: Any) -> tuple[Misfit, ...]:
            found: tuple[Misfit, ...] = self._speaks(core).judge(code, own)
            return found

        self._asks.ask(judge, lambda misfits: self._judged(form, (*_unsaid(form), *misfits), None), self._refused)

    def _send(self, warned: tuple[str, ...]) -> None:
        """Judged anew in the same breath; what is written is on the disk already."""
        draft, form = self.state.draft, self.state.form
        if draft is None or self.state.busy:
            return
        code, written, instead_of = draft.flow.kind, _written(form), self._instead_of
        self.show(replace(self.state, busy=True, problem=None))

        def send(core: Any) -> tuple[tuple[Misfit, ...], str]:
            feedback = self._speaks(core)
            misfits = (*_unsaid(form), *feedback.judge(code, _own(form)))
            feedback.write(code, **written, instead_of=instead_of)
            return misfits, "" if misfits else feedback.send()

        self._asks.ask(send, lambda told: self._sent(*told), self._refused)

    def _sent(self, misfits: tuple[Misfit, ...], request_id: str) -> None:
        if misfits:
            super()._sent(misfits, request_id)
            return
        self._toasts.say("feedback_page.kept", "good")
        if self._inside is not None:
            self._inside.filed(request_id)
        else:
            self._navigator.instead("ticket", request_id)

    def _taken(self, name: str, plain: bytes) -> None:
        picking = self.state.picking
        if picking is None:
            return
        named = photos_of(self.state.form.get(picking.key))
        if name not in named:
            self.show(replace(self.state, photos=(*self.state.photos, plain)))
            self._answer(picking.key, ",".join((*named, name)))

    def _no_photo(self, error: BaseException) -> None:
        self._refused(error)
        self.show(replace(self.state, picking=None))


def _priorities() -> tuple[FieldChoice, ...]:
    return tuple(FieldChoice(one, in_both(f"feedback_page.priority_{one}")) for one in PRIORITIES)


def _own(form: dict[str, Answer]) -> Form:
    return {key: answer for key, answer in form.items() if key not in OURS}


def _written(form: dict[str, Answer]) -> dict[str, Any]:
    return {
        "text": str(form.get(TEXT) or ""),
        "form": _own(form),
        "photos": photos_of(form.get(PHOTOS)),
        "spot": str(form.get(SPOT) or ""),
        "priority": form.get(PRIORITY) or "normal",
    }


def _unsaid(form: dict[str, Answer]) -> tuple[Misfit, ...]:
    return () if str(form.get(TEXT) or "").strip() else (Misfit(TEXT, Said("client.words_needed", {})),)
