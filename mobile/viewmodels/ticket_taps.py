"""A ticket opened: its hops and story, and what can be done with it. The same on the phone, the own page and the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from contract.feedback import Priority
from mobile.core.feedback import PHOTOS_MOST, Feedback
from mobile.core.views import Said
from mobile.core.views_feedback import EventCard, TicketPage, WordsDraft
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.opened import OpenedTaps
from mobile.viewmodels.request_page import AGAIN
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks

Wording = Literal["reply", "note", "amend", "pass_on", "pause", "resolve", "rate", "reopen"]
NEEDS_WORDS: frozenset[str] = frozenset({"reply", "note", "amend", "pause", "resolve", "reopen"})
WITH_PHOTOS: frozenset[str] = frozenset({"reply", "note", "resolve"})
STARS_MOST = 5


@dataclass(frozen=True)
class TicketState:
    """`asking`: what is being worded, with `text`, `stars`, `desk_id`, `photos` (name and body each; `taking`: one is being
    taken); `pictures`: photos of the ticket that are here, by name."""

    page: TicketPage | None = None
    unknown: bool = False
    asking: Wording | None = None
    text: str = ""
    stars: int = 0
    desk_id: str = ""
    priority: Priority | None = None
    instead_of: str = ""
    photos: tuple[tuple[str, bytes], ...] = ()
    taking: bool = False
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    busy: bool = False
    problem: Said | None = None

    @property
    def may_send(self) -> bool:
        if self.busy or self.asking is None:
            return False
        if self.asking == "pass_on":
            return bool(self.desk_id)
        if self.asking == "rate":
            return self.stars > 0
        return bool(self.text.strip())

    @property
    def may_take(self) -> bool:
        """A photo can go with what is being worded."""
        return self.asking in WITH_PHOTOS and len(self.photos) < PHOTOS_MOST and not self.busy

    @property
    def may_correct(self) -> bool:
        """HQ refused to take the ticket itself: it can be put right and sent again."""
        way = self.page.card.on_its_way if self.page is not None else None
        return way is not None and way.act == "submit" and way.state == "refused"

    @property
    def refused_word(self) -> EventCard | None:
        """A word here that HQ refused, the last."""
        story = self.page.story if self.page is not None else ()
        found = [one for one in story if one.on_its_way is not None and one.on_its_way.state == "refused" and one.kind != "filed"]
        return found[-1] if found else None


class TicketTaps(OpenedTaps[TicketState, Feedback]):
    """`shut`: what to do when a PIN is needed again; `moved`: something was done to it."""

    def __init__(self, asks: Asks, toasts: Toasts, speaks: Callable[[Any], Feedback], moved: Callable[[], None]) -> None:
        super().__init__(TicketState(), asks, speaks)
        self._toasts, self._moved = toasts, moved
        self.correct: Callable[[str], None] | None = None  # leads to the form, where there is one

    def open(self, pk: str) -> None:
        """What was being written to it is offered again."""
        super().open(pk)
        self._ask(lambda feedback: feedback.words.begun(pk), self._go_on)

    def look(self) -> None:
        """Anew, without disturbing what is being worded."""
        if self._pk:
            pk = self._pk
            self._ask(lambda feedback: feedback.ticket(pk), self._seen)

    def on_back(self) -> bool:
        """Back from the camera is back to the words, back from words is back to the ticket; they are there the next time."""
        if self.state.asking is None:
            return False
        if self.state.taking:
            self.show(replace(self.state, taking=False))
        else:
            self._unasked()
        return True

    def tap_ask(self, verb: Wording) -> None:
        """Begin to word something; an amendment begins with what it says."""
        page = self.state.page
        if page is None:
            return
        text, pk = page.text if verb == "amend" else "", self._pk
        self._unasked()
        self.show(replace(self.state, asking=verb, text=text))
        self._ask(lambda feedback: feedback.words.begun(pk), lambda draft: self._go_on(draft, only=verb))

    def tap_cancel(self) -> None:
        """It is not wanted."""
        pk = self._pk
        self._unasked()
        self._ask(lambda feedback: feedback.words.throw_away(pk), lambda _: None)

    def tap_again(self) -> None:
        """A refused word, to be put right and sent again."""
        word = self.state.refused_word
        if word is not None and word.on_its_way is not None:
            verb: Wording = "note" if word.internal else "reply"
            self._unasked()
            self.show(replace(self.state, asking=verb, text=word.text, instead_of=word.on_its_way.op_id))
            self._keep()

    def tap_dismiss(self) -> None:
        """A refused word is not worth it."""
        word = self.state.refused_word
        if word is not None and word.on_its_way is not None:
            op_id, visit = word.on_its_way.op_id, self._visit
            self._asks.ask(lambda core: core.acknowledge(op_id), lambda _: self.look(), lambda e: self._refused(e, visit))

    def tap_correct(self) -> None:
        if self.correct is not None and self.state.may_correct:
            self.correct(f"{AGAIN}{self._pk}")

    def type_text(self, text: str) -> None:
        self.show(replace(self.state, text=text, problem=None))
        self._keep()

    def tap_star(self, stars: int) -> None:
        self.show(replace(self.state, stars=max(1, min(STARS_MOST, stars)), problem=None))
        self._keep()

    def tap_desk(self, desk_id: str) -> None:
        self.show(replace(self.state, desk_id=desk_id, problem=None))
        self._keep()

    def tap_priority(self, priority: Priority) -> None:
        self.show(replace(self.state, priority=priority))
        self._keep()

    # photos

    def tap_camera(self) -> None:
        """A photo is being taken, or not after all."""
        self.show(replace(self.state, taking=not self.state.taking and self.state.may_take, problem=None))

    def take_photo(self, picture: bytes) -> None:
        """On the disk, laid bare, before it is shown."""
        if self.state.taking and self.state.may_take:
            pk = self._pk
            self.show(replace(self.state, taking=False))
            self._ask(lambda feedback: feedback.words.add_photo(pk, picture), lambda told: self._taken(*told))

    def drop_photo(self, name: str) -> None:
        """One that was taken is not wanted."""
        self.show(replace(self.state, photos=tuple(one for one in self.state.photos if one[0] != name)))
        self._keep()

    def no_camera(self) -> None:
        self.show(replace(self.state, taking=False, problem=Said("ticket.no_camera", {})))

    # what is done

    def tap_take(self) -> None:
        self._do(lambda feedback, pk: feedback.take(pk), "ticket.kept_take")

    def tap_resume(self) -> None:
        self._do(lambda feedback, pk: feedback.resume(pk), "ticket.kept_resume")

    def tap_photo(self, sha: str) -> None:
        """One that is not here is fetched; the page looks again by itself when it has come."""
        pk = self._pk
        self._ask(lambda feedback: feedback.ask_for_photo(pk, sha), lambda _: self.look())

    def tap_send(self) -> None:
        state = self.state
        if not state.may_send:
            return
        text, stars, desk_id, instead_of, priority = state.text, state.stars, state.desk_id, state.instead_of, state.priority
        page, photos = state.page, [body for _, body in state.photos]
        if state.asking == "amend":
            changed = text.strip() if page is not None and text.strip() != page.text else None
            if changed is None and priority is None:
                self.tap_cancel()
                return
            self._do(lambda feedback, pk: feedback.amend(pk, text=changed, priority=priority), "ticket.kept_amend")
            return
        acts: dict[Wording, Callable[[Feedback, str], None]] = {
            "reply": lambda feedback, pk: feedback.reply(pk, text, photos=photos, instead_of=instead_of),
            "note": lambda feedback, pk: feedback.reply(
                pk, text, photos=photos, internal=True, instead_of=instead_of
            ),
            "pass_on": lambda feedback, pk: feedback.pass_on(pk, desk_id, text),
            "pause": lambda feedback, pk: feedback.pause(pk, text),
            "resolve": lambda feedback, pk: feedback.resolve(pk, text, photos=photos),
            "rate": lambda feedback, pk: feedback.close(pk, stars, text),
            "reopen": lambda feedback, pk: feedback.reopen(pk, text),
        }
        assert state.asking is not None
        self._do(acts[state.asking], f"ticket.kept_{state.asking}")

    # inside

    def _unasked(self) -> None:
        self.show(replace(
            self.state, asking=None, text="", stars=0, desk_id="", priority=None, instead_of="", photos=(), taking=False,
            busy=False, problem=None,
        ))  # fmt: skip

    def _keep(self) -> None:
        """As far as it is written, on the disk."""
        pk, state = self._pk, self.state
        if state.asking is not None:
            verb, names = state.asking, [name for name, _ in state.photos]
            self._ask(
                lambda feedback: feedback.words.write(
                    pk, verb, state.text, stars=state.stars, desk_id=state.desk_id, priority=state.priority or "",
                    instead_of=state.instead_of, photos=names,
                ),
                lambda _: None,
            )  # fmt: skip

    def _go_on(self, draft: WordsDraft | None, only: Wording | None = None) -> None:
        """What was begun, where nothing else was said meanwhile. `only`: where it is to do the same."""
        state = self.state
        allowed = state.page.may if state.page is not None else frozenset()
        if draft is None or draft.verb not in allowed or state.asking != only or (only is not None and draft.verb != only):
            return
        if only is not None and state.text and state.page is not None and state.text != state.page.text:
            return  # something was typed before the answer came
        self.show(replace(
            state, asking=cast(Wording, draft.verb), text=draft.text, stars=draft.stars, desk_id=draft.desk_id,
            priority=cast(Priority, draft.priority) if draft.priority else None, instead_of=draft.instead_of,
            photos=draft.photos,
        ))  # fmt: skip

    def _taken(self, name: str, plain: bytes) -> None:
        if self.state.asking is not None and name not in dict(self.state.photos):
            self.show(replace(self.state, photos=(*self.state.photos, (name, plain))))
            self._keep()

    def _do(self, act: Callable[[Feedback, str], None], kept: str) -> None:
        pk = self._pk
        if not pk or self.state.busy:
            return
        self.show(replace(self.state, busy=True, problem=None))
        self._ask(lambda feedback: act(feedback, pk), lambda _: self._kept(kept))

    def _kept(self, said: str) -> None:
        self._unasked()
        self._toasts.say(said, "good")
        self._moved()
        self.look()

    def _seen(self, page: TicketPage | None) -> None:
        self.show(replace(self.state, page=page, unknown=page is None))
        photos = () if page is None else (*page.photos, *(photo for event in page.story for photo in event.photos))
        self._fetch(photos, self.state.pictures, lambda feedback, sha: feedback.photo(sha), self._pictured)

    def _pictured(self, sha: str, data: bytes) -> None:
        self.show(replace(self.state, pictures={**self.state.pictures, sha: data}))

    def _failed(self, said: Said) -> None:
        self.show(replace(self.state, busy=False, problem=said))


class TicketViewModel(TicketTaps):
    """The phone's page of one ticket. Subject: its id."""

    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(asks, toasts, lambda core: core.hearing.mine, lambda: None)
        self._navigator = navigator
        self.correct = lambda subject: navigator.instead("new_ticket", subject)

    def on_enter(self) -> None:
        self.open(self._navigator.here.subject or "")

    def on_leave(self) -> None:
        self.close()

    def on_news(self) -> None:
        self.look()

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()
