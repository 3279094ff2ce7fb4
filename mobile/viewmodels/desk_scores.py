"""Scoring at the manager's desk: who is there, the card that is being filled in, what was sent and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from mobile.core.score_photos import PHOTOS_MOST
from mobile.core.views import Said
from mobile.core.views_scores import CardView, ScoreBoard, ScoreForm
from mobile.viewmodels.exceptions import DeskAsks
from mobile.viewmodels.shared_photos import missing
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import ViewModel

Mode = Literal["", "reply", "withdraw", "correct"]
PHRASES: Final = ("quick_1", "quick_2", "quick_3", "quick_4")  # messages: desk_scores.<phrase>
UNDO: Final = "desk_scores.undone"  # what an undo gives as its reason, in words of the reader


@dataclass(frozen=True)
class DeskScoresState:
    """Whose card lies open (`form`), or which sent one (`card_id`). `month`: of an evaluation, "" is a card of today. `values`,
    `comment`: what is entered; `taking`: a photo is being taken; `pictures`: photos of the open card that are here, by name;
    `given`: the card that was just given and can be taken back with one tap."""

    board: ScoreBoard | None = None
    form: ScoreForm | None = None
    month: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""
    card_id: str = ""
    mode: Mode = ""
    words: str = ""
    taking: bool = False
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    given: str = ""
    given_name: str = ""
    busy: bool = False
    problem: Said | None = None

    @property
    def card(self) -> CardView | None:
        sent = self.board.sent if self.board is not None else ()
        return next((one for one in sent if one.card_id == self.card_id), None)

    @property
    def may_give(self) -> bool:
        return self.form is not None and any(self.values.values()) and not self.busy

    @property
    def may_take(self) -> bool:
        return self.form is not None and len(self.form.photos) < PHOTOS_MOST and not self.busy

    @property
    def may_send(self) -> bool:
        return bool(self.words.strip()) and not self.busy

    @property
    def waiting(self) -> int:
        return self.board.waiting if self.board is not None else 0


class DeskScoresTaps(ViewModel[DeskScoresState]):
    """Forgets everything with the desk it belongs to; what is entered is on the disk before that."""

    def __init__(self, desk: DeskAsks, toasts: Toasts) -> None:
        super().__init__(DeskScoresState())
        self._desk, self._toasts = desk, toasts

    def look(self) -> None:
        self._desk.ask_here(lambda core: core.scores.desk.board(), self._seen)
        if self.state.form is not None:
            self._ask_form(self.state.form.person_id)

    def forget(self) -> None:
        self.show(DeskScoresState())

    def close(self) -> None:
        self.show(DeskScoresState(board=self.state.board))

    def on_back(self) -> bool:
        if self.state.taking:
            self.show(replace(self.state, taking=False))
        elif self.state.mode:
            self.show(replace(self.state, mode="", words="", problem=None))
        elif self.state.form is not None or self.state.card_id:
            self.close()
        else:
            return False
        return True

    def refused(self, said: Said) -> None:
        self.show(replace(self.state, busy=False, problem=said))

    # a card that is being filled in

    def tap_person(self, person_id: str) -> None:
        self.close()
        self._desk.ask_here(lambda core: core.scores.desk.form(person_id), self._opened)

    def tap_evaluate(self, person_id: str, month: str) -> None:
        """Somebody's card about a whole month."""
        self.close()
        self.show(replace(self.state, month=month))
        self._desk.ask_here(lambda core: core.scores.desk.form(person_id, month), self._opened)

    def tap_value(self, code: str, value: str) -> None:
        """The same again takes it back."""
        self.type_value(code, "" if self.state.values.get(code) == value else value)

    def type_value(self, code: str, value: str) -> None:
        if self.state.form is not None and self.state.values.get(code, "") != value.strip():
            self.show(replace(self.state, values={**self.state.values, code: value.strip()}, problem=None))
            self._keep()

    def type_comment(self, text: str) -> None:
        if self.state.form is not None and text != self.state.comment:
            self.show(replace(self.state, comment=text, problem=None))
            self._keep()

    def tap_phrase(self, words: str) -> None:
        """A ready phrase goes behind what is written."""
        self.type_comment(f"{self.state.comment.rstrip()} {words}".strip())

    def tap_day(self, by: int) -> None:
        """The card is about the next day that may be scored, later or (-1) earlier."""
        form = self.state.form
        if form is None or form.day not in form.days or self.state.busy:
            return
        place = form.days.index(form.day) - by
        if 0 <= place < len(form.days):
            person_id, day = form.person_id, form.days[place]
            self._desk.ask_here(lambda core: core.scores.desk.choose_day(person_id, day), lambda _: self._ask_form(person_id))

    # photos

    def tap_camera(self) -> None:
        """A photo of the work is being taken, or not after all."""
        self.show(replace(self.state, taking=not self.state.taking and self.state.may_take, problem=None))

    def take_photo(self, picture: bytes) -> None:
        """On the disk, laid bare, before it is shown."""
        form, month = self.state.form, self.state.month or None
        if form is None or not self.state.taking or not self.state.may_take:
            return
        person_id = form.person_id
        self.show(replace(self.state, taking=False))
        self._desk.ask_here(
            lambda core: core.scores.desk.add_photo(person_id, picture, month), lambda _: self._ask_form(person_id)
        )

    def drop_photo(self, name: str) -> None:
        """A photo that was taken is not wanted."""
        form, month = self.state.form, self.state.month or None
        if form is not None:
            person_id = form.person_id
            self._desk.ask_here(
                lambda core: core.scores.desk.drop_photo(person_id, name, month), lambda _: self._ask_form(person_id)
            )

    def no_camera(self) -> None:
        """The card can be given without."""
        self.show(replace(self.state, taking=False, problem=Said("desk_scores.no_camera", {})))

    def tap_photo(self, sha: str) -> None:
        """One of a sent card that is not here is fetched."""
        card_id = self.state.card_id
        self._desk.ask_here(lambda core: core.scores.desk.ask_for_photo(card_id, sha), lambda _: self.look())

    def tap_give(self) -> None:
        form = self.state.form
        if form is None or not self.state.may_give:
            return
        person_id, name, month = form.person_id, form.name, self.state.month or None
        self.show(replace(self.state, busy=True, problem=None))
        self._desk.ask_here(
            lambda core: core.scores.desk.give(person_id, month=month), lambda card_id: self._given(card_id, name)
        )

    # what was sent

    def tap_card(self, card_id: str) -> None:
        self.close()
        self.show(replace(self.state, card_id=card_id))
        self._see_photos()

    def tap_mode(self, mode: Mode) -> None:
        card = self.state.card
        values = {one.metric: one.value for one in card.marks} if card is not None and mode == "correct" else {}
        self.show(replace(self.state, mode=mode, words="", values=values, problem=None))

    def type_mark(self, code: str, value: str) -> None:
        """Another value of a sent card's metric."""
        self.show(replace(self.state, values={**self.state.values, code: value.strip()}, problem=None))

    def type_words(self, text: str) -> None:
        self.show(replace(self.state, words=text, problem=None))

    def tap_send(self) -> None:
        """The reply, or the correction or withdrawal with its reason."""
        card, words, mode, values = self.state.card, self.state.words, self.state.mode, dict(self.state.values)
        if card is None or not self.state.may_send:
            return
        card_id, comment = card.card_id, card.comment
        self.show(replace(self.state, busy=True, problem=None))
        if mode == "withdraw":
            self._desk.ask_here(lambda core: core.scores.desk.withdraw(card_id, words), self._said)
        elif mode == "correct":
            self._desk.ask_here(lambda core: core.scores.desk.correct(card_id, values, comment, words), self._said)
        else:
            self._desk.ask_here(lambda core: core.scores.desk.reply(card_id, words), self._said)

    def tap_undo(self, reason: str) -> None:
        """The card that was just given is taken back."""
        card_id = self.state.given
        if card_id and not self.state.busy:
            self.show(replace(self.state, busy=True, problem=None))
            self._desk.ask_here(lambda core: core.scores.desk.withdraw(card_id, reason), self._undone)

    # inside

    def _keep(self) -> None:
        """On the disk with every touch; what the month comes to follows."""
        form, values, comment = self.state.form, dict(self.state.values), self.state.comment
        if form is not None:
            person_id, month = form.person_id, self.state.month or None
            self._desk.ask_here(
                lambda core: core.scores.desk.write(person_id, values, comment, month), lambda _: self._ask_form(person_id)
            )

    def _ask_form(self, person_id: str) -> None:
        month = self.state.month or None
        self._desk.ask_here(lambda core: core.scores.desk.form(person_id, month), self._formed)

    def _opened(self, form: ScoreForm) -> None:
        values = {one.code: one.value for one in form.metrics if one.value}
        self.show(replace(self.state, form=form, values=values, comment=form.comment, card_id="", given="", taking=False))

    def _formed(self, form: ScoreForm) -> None:
        if self.state.form is not None and self.state.form.person_id == form.person_id:
            self.show(replace(self.state, form=form))

    def _given(self, card_id: str, name: str) -> None:
        self.show(DeskScoresState(board=self.state.board, given=card_id, given_name=name))
        self._toasts.say("desk_scores.kept", "good", name=name)
        self.look()

    def _said(self, _: object) -> None:
        self.show(replace(self.state, busy=False, mode="", words=""))
        self._toasts.say("desk_scores.sent_word", "good")
        self.look()

    def _undone(self, _: object) -> None:
        self.show(DeskScoresState(board=self.state.board))
        self._toasts.say(UNDO, "good")
        self.look()

    def _seen(self, board: ScoreBoard) -> None:
        self.show(replace(self.state, board=board))
        self._see_photos()

    def _see_photos(self) -> None:
        """Those of the open card that are here, one question each."""
        card = self.state.card
        for sha in missing(card.photos, self.state.pictures) if card is not None else ():
            self._see_photo(self.state.card_id, sha)

    def _see_photo(self, card_id: str, sha: str) -> None:
        self._desk.ask_here(lambda core: core.scores.desk.photo(card_id, sha), lambda data: self._pictured(sha, data))

    def _pictured(self, sha: str, data: bytes | None) -> None:
        card = self.state.card
        if data and card is not None and any(sha == one.sha for one in card.photos):
            self.show(replace(self.state, pictures={**self.state.pictures, sha: data}))
