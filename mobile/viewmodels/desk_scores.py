"""Scoring at the manager's desk: who is there, the card that is being filled in, what was sent and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from mobile.core.views import Said
from mobile.core.views_scores import CardView, ScoreBoard, ScoreForm
from mobile.viewmodels.exceptions import DeskAsks
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import ViewModel

Mode = Literal["", "reply", "withdraw", "correct"]
PHRASES: Final = ("quick_1", "quick_2", "quick_3", "quick_4")  # messages: desk_scores.<phrase>
UNDO: Final = "desk_scores.undone"  # what an undo gives as its reason, in words of the reader


@dataclass(frozen=True)
class DeskScoresState:
    """Whose card lies open (`form`), or which sent one (`card_id`). `values`, `comment`: what is entered; `given`: the card that
    was just given and can be taken back with one tap."""

    board: ScoreBoard | None = None
    form: ScoreForm | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""
    card_id: str = ""
    mode: Mode = ""
    words: str = ""
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
        if self.state.mode:
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

    def tap_give(self) -> None:
        form = self.state.form
        if form is None or not self.state.may_give:
            return
        person_id, name = form.person_id, form.name
        self.show(replace(self.state, busy=True, problem=None))
        self._desk.ask_here(lambda core: core.scores.desk.give(person_id), lambda card_id: self._given(card_id, name))

    # what was sent

    def tap_card(self, card_id: str) -> None:
        self.close()
        self.show(replace(self.state, card_id=card_id))

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
            person_id = form.person_id
            self._desk.ask_here(
                lambda core: core.scores.desk.write(person_id, values, comment), lambda _: self._ask_form(person_id)
            )

    def _ask_form(self, person_id: str) -> None:
        self._desk.ask_here(lambda core: core.scores.desk.form(person_id), self._formed)

    def _opened(self, form: ScoreForm) -> None:
        values = {one.code: one.value for one in form.metrics if one.value}
        self.show(replace(self.state, form=form, values=values, comment=form.comment, card_id="", given=""))

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
