"""Asking for something: which kind, the form, what is warned of, sent. The form is judged here by the judge HQ asks too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from contract.forms import most_photos, photos_of
from mobile.core.photos import Photos
from mobile.core.views import Refused, Said
from mobile.core.views_hq import Answer, Draft, FieldCard, FieldChoice, FlowCard, LeaveCost, Misfit, StoresFound
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.picking import Picking, is_asked, is_clock, options_from, options_of, picks_from_list
from mobile.viewmodels.request_page import AGAIN
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel

LEAVE = "leave"
CORRECT = "correct:"  # before the day for which a correction is asked
OVERTIME = "overtime:"  # before the day whose overtime is asked for afterwards


@dataclass(frozen=True)
class NewRequestState:
    """`judged`: the form was sent once, so what does not fit is told; before that nobody is scolded for what is still empty."""

    step: Literal["loading", "kinds", "form", "warned"] = "loading"
    kinds: tuple[FlowCard, ...] = ()
    draft: Draft | None = None
    answers: tuple[tuple[str, Answer], ...] = ()
    misfits: tuple[Misfit, ...] = ()
    judged: bool = False
    picking: Picking | None = None
    cost: LeaveCost | None = None
    busy: bool = False
    problem: Said | None = None
    photos: tuple[bytes, ...] = ()  # of all fields; the answers name those that are handed in

    @property
    def taking(self) -> bool:
        """Whether a photo is being taken."""
        return self.picking is not None and self.picking.what == "photo"

    @property
    def form(self) -> dict[str, Answer]:
        return dict(self.answers)

    @property
    def fields(self) -> tuple[FieldCard, ...]:
        return self.draft.flow.fields if self.draft is not None else ()

    @property
    def handed_in(self) -> tuple[bytes, ...]:
        """The photos that the answers name, each once."""
        named = {name for field in self.fields if field.kind == "photo" for name in photos_of(self.form.get(field.key))}
        return tuple({name: photo for photo in self.photos if (name := Photos.name(photo)) in named}.values())

    def misfit(self, key: str) -> Said | None:
        """What to say beside a field."""
        if not self.judged:
            return None
        return next((misfit.said for misfit in self.misfits if misfit.key == key), None)


class NewRequestViewModel(ViewModel[NewRequestState]):
    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(NewRequestState())
        self._asks, self._navigator, self._toasts = asks, navigator, toasts

    def on_enter(self) -> None:
        """Subject: nothing (choose a kind), a kind, a refused request to be corrected, or a day that is not right."""
        self.show(NewRequestState())
        subject = self._navigator.here.subject
        if subject is None:
            self._asks.ask(lambda core: core.office.flows(), self._on_kinds, self._refused)
        elif subject.startswith(AGAIN):
            self._asks.ask(lambda core: core.office.draft_again(subject.removeprefix(AGAIN)), self._on_draft, self._refused)
        elif subject.startswith(CORRECT):
            self._asks.ask(lambda core: core.hours.correction(subject.removeprefix(CORRECT)), self._on_draft, self._refused)
        elif subject.startswith(OVERTIME):
            self._asks.ask(lambda core: core.hours.overtime(subject.removeprefix(OVERTIME)), self._on_draft, self._refused)
        else:
            self._begin(subject)

    def on_leave(self) -> None:
        self.show(NewRequestState())

    def on_back(self) -> bool:
        """Out of the calendar into the form, out of the form to the kinds, then away."""
        state = self.state
        if state.picking is not None:
            self.show(replace(state, picking=None))
        elif state.step == "warned" and state.draft is not None:
            self.show(replace(state, step="form"))
        elif state.step == "form" and state.kinds:
            self.show(NewRequestState(step="kinds", kinds=state.kinds))
        else:
            return False
        return True

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def tap_kind(self, kind: str) -> None:
        self._begin(kind)

    # the form

    def type_answer(self, key: str, text: str) -> None:
        """Words as they are; a number as soon as it is one."""
        field = self._field(key)
        if field is None:
            return
        plain = text.strip()
        if field.kind == "number" and plain.lstrip("-").isascii() and plain.lstrip("-").isdigit() and len(plain) < 10:
            self._answer(key, int(plain))
        else:
            self._answer(key, text or None)

    def tap_choice(self, key: str, value: str) -> None:
        """One of a few that lie open: yes or no, a half of a day."""
        field = self._field(key)
        if field is not None:
            self._answer(key, value == "yes" if field.kind == "yes_no" else value)

    def tap_pick(self, key: str) -> None:
        """Open the calendar or the list of a field."""
        field = self._field(key)
        if field is None:
            return
        if field.kind == "photo":
            self.show(replace(self.state, picking=Picking(field.key, "photo"), problem=None))
        elif field.kind == "date":
            self._asks.ask(lambda core: core.office.today_here(), lambda day: self._open_calendar(field, day), self._refused)
        elif is_asked(field):
            self.show(replace(self.state, picking=Picking(field.key, "list", is_open=True, is_asked=True)))
            self._find_stores("")
        elif picks_from_list(field):
            picking = Picking(field.key, "list", options_of(field), is_open=field.is_open, is_clock=is_clock(field))
            self.show(replace(self.state, picking=picking))

    def tap_option(self, value: str) -> None:
        """A day of the calendar, a line of the list."""
        picking = self.state.picking
        field = None if picking is None else self._field(picking.key)
        if picking is None or field is None:
            return
        self.show(replace(self.state, picking=None, draft=_with_choice(self.state.draft, picking, value)))
        self._answer(picking.key, value)

    def tap_as_typed(self) -> None:
        """A store's number that this phone does not know: HQ finds it."""
        if self.state.picking is not None and self.state.picking.typed:
            self.tap_option(self.state.picking.typed)

    def tap_no_answer(self) -> None:
        """A field that may stay empty is emptied."""
        picking = self.state.picking
        if picking is not None:
            self.show(replace(self.state, picking=None))
            self._answer(picking.key, None)

    def take_photo(self, picture: bytes) -> None:
        """One more, as long as the field takes more."""
        picking = self.state.picking
        if picking is None or not self.state.taking or self.is_full(picking.key):
            return
        try:
            name = Photos.name(picture)
        except Refused as refused:
            self.show(replace(self.state, picking=None, problem=refused.said))
            return
        named = photos_of(self.state.form.get(picking.key))
        if name not in named:
            self.show(replace(self.state, photos=(*self.state.photos, picture)))
            self._answer(picking.key, ",".join((*named, name)))

    def drop_photo(self, name: str) -> None:
        picking = self.state.picking
        if picking is not None and self.state.taking:
            left = [one for one in photos_of(self.state.form.get(picking.key)) if one != name]
            self._answer(picking.key, ",".join(left) or None)

    def no_camera(self) -> None:
        """The form can be sent without, or the photo be handed in at the console."""
        self.show(replace(self.state, picking=None, problem=Said("requests.no_camera", {})))

    def is_full(self, key: str) -> bool:
        """Whether a field takes no more photos."""
        field = self._field(key)
        return field is None or len(photos_of(self.state.form.get(key))) >= most_photos(field.most)

    def tap_month(self, by: int) -> None:
        picking = self.state.picking
        if picking is not None:
            self.show(replace(self.state, picking=replace(picking, month=picking.month_by(by))))

    def type_search(self, text: str) -> None:
        picking = self.state.picking
        if picking is None:
            return
        self.show(replace(self.state, picking=replace(picking, sought=text)))
        if picking.is_asked:
            self._find_stores(text)

    def tap_send(self) -> None:
        """Kept at once where the form fits; else every line that does not says so."""
        self._send(())

    def tap_send_all_the_same(self) -> None:
        """What HQ warned of was seen."""
        draft = self.state.draft
        self._send(tuple(said.code for said in draft.warnings) if draft is not None else ())

    def _send(self, warned: tuple[str, ...]) -> None:
        draft = self.state.draft
        if draft is None or self.state.busy:
            return
        kind, form, photos = draft.flow.kind, self.state.form, self.state.handed_in
        self.show(replace(self.state, busy=True, problem=None))

        def submit(core: Any) -> tuple[tuple[Misfit, ...], str]:
            """Judged anew in the same breath: what was told about the form before the last letter counts for nothing."""
            misfits = core.office.judge(kind, form)
            sent = "" if misfits else core.office.submit(
                kind, form, warned=warned, instead_of=draft.instead_of, photos=photos
            )
            return misfits, sent

        self._asks.ask(submit, lambda told: self._sent(*told), self._refused)

    def _sent(self, misfits: tuple[Misfit, ...], request_id: str) -> None:
        if misfits:
            problem = Said("requests.form_not_ready", {"count": len(misfits)})
            self.show(replace(self.state, busy=False, step="form", judged=True, misfits=misfits, problem=problem))
            return
        self._toasts.say("requests.kept_submit", "good")
        self._navigator.instead("request", request_id)

    # inside

    def _begin(self, kind: str) -> None:
        self._asks.ask(lambda core: core.office.draft(kind), self._on_draft, self._refused)

    def _on_kinds(self, kinds: tuple[FlowCard, ...]) -> None:
        self.show(NewRequestState(step="kinds", kinds=kinds))

    def _on_draft(self, draft: Draft | None) -> None:
        if draft is None:  # it has been put right meanwhile
            self.tap_back()
            return
        step: Literal["form", "warned"] = "warned" if draft.warnings else "form"
        begun = NewRequestState(step=step, kinds=self.state.kinds, draft=draft, answers=draft.answers, problem=draft.problem)
        self.show(replace(begun, photos=draft.photos))
        self._judge()

    def _open_calendar(self, field: FieldCard, today: str) -> None:
        answer = self.state.form.get(field.key)
        shown = answer if isinstance(answer, str) and answer else today
        chosen = shown if answer else ""
        self.show(replace(self.state, picking=Picking(field.key, "day", month=shown[:7], today=today, chosen=chosen)))

    def _find_stores(self, sought: str) -> None:
        self._asks.ask(
            lambda core: core.office.find_stores(sought), lambda found: self._stores_found(sought, found), self._refused
        )

    def _stores_found(self, sought: str, found: StoresFound) -> None:
        """Unless more letters were typed since, or the list was left."""
        picking = self.state.picking
        if picking is not None and picking.is_asked and picking.sought == sought:
            options = options_from(found.stores)
            self.show(replace(self.state, picking=replace(picking, options=options, more=found.more)))

    def _answer(self, key: str, answer: Answer) -> None:
        answers = {**self.state.form, key: answer}
        if answer is None:
            del answers[key]
        if key == "from_day" and "to_day" in {field.key for field in self.state.fields}:
            last = answers.get("to_day")  # most leave is one day; the last day never lies before the first
            if isinstance(answer, str) and (not isinstance(last, str) or last < answer):
                answers["to_day"] = answer
        self.show(replace(self.state, answers=tuple(answers.items()), problem=None))
        self._judge()

    def _judge(self) -> None:
        draft, form = self.state.draft, self.state.form
        if draft is None:
            return
        kind = draft.flow.kind

        def judge(core: Any) -> tuple[tuple[Misfit, ...], LeaveCost | None]:
            return core.office.judge(kind, form), core.office.leave_cost(form) if kind == LEAVE else None

        self._asks.ask(judge, lambda told: self._judged(form, *told), self._refused)

    def _judged(self, form: dict[str, Answer], misfits: tuple[Misfit, ...], cost: LeaveCost | None) -> None:
        if form == self.state.form:
            self.show(replace(self.state, misfits=misfits, cost=cost))

    def _field(self, key: str) -> FieldCard | None:
        return next((field for field in self.state.fields if field.key == key), None)

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        step: Literal["form", "kinds"] = "form" if self.state.draft is not None else "kinds"
        self.show(replace(self.state, busy=False, step=step, problem=error.said))


def _with_choice(draft: Draft | None, picking: Picking, value: str) -> Draft | None:
    """The form, which tells by its name the store that was found."""
    found = next((one for one in picking.options if one.value == value), None)
    if draft is None or found is None or not picking.is_asked:
        return draft
    chosen = (FieldChoice(found.value, found.words, found.sub),)
    fields = [replace(field, choices=chosen) if field.key == picking.key else field for field in draft.flow.fields]
    return replace(draft, flow=replace(draft.flow, fields=tuple(fields)))
