"""Tickets and notices on the manager's desk: lists at the left, what lies open at the right."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import ObjectProperty

from mobile.core.views_feedback import ReadersCard
from mobile.ui.say import Say
from mobile.ui.screens import desk_training, feedback_rows
from mobile.ui.screens.desk_hours import HoursPart
from mobile.ui.screens.desk_training import ReachRow
from mobile.ui.screens.feedback_words import ticket_row
from mobile.viewmodels.desk_heard import DeskHeardState

assert feedback_rows and desk_training  # their rows are registered by being imported
MOST = 40  # of a list: the rest is at the console


class ReadersLine(ReachRow):
    """A notice: how many have read it, and the names of the rest."""


class HeardList(HoursPart):
    """Tickets with the one thing that is due, then notices with who is missing."""

    state = ObjectProperty(DeskHeardState(), rebind=True)

    def tickets(self, say: Say, state: DeskHeardState) -> list[dict[str, Any]]:
        found = (*state.home.open, *state.home.closed)[:MOST] if state.home is not None else ()
        return [ticket_row(say, card, self.vm, state.ticket_id) for card in found]

    def notices(self, say: Say, state: DeskHeardState) -> list[dict[str, Any]]:
        return [self._notice(say, card, state) for card in state.board[:MOST]]

    def is_empty(self, state: DeskHeardState) -> bool:
        return state.home is not None and not (state.home.open or state.home.closed)

    def _notice(self, say: Say, card: ReadersCard, state: DeskHeardState) -> dict[str, Any]:
        rest = say("board.join").join(card.rest)
        return {
            "vm": self.vm, "subject": card.notice.notice_id, "words": say.both(card.notice.title),
            "amount": say("desk_training.of", n=card.done, of=card.of),
            "sub": say("desk_heard.rest", names=rest) if rest else say("desk_heard.all_read"),
            "share": card.done / card.of if card.of else 0.0, "tone": "brand" if rest else "good",
            "chosen": card.notice.notice_id == state.notice_id,
        }  # fmt: skip


class HeardOpen(HoursPart):
    """A ticket, or how far a notice is."""

    state = ObjectProperty(DeskHeardState(), rebind=True)

    def title(self, say: Say, state: DeskHeardState) -> str:
        return say.both(state.notice.notice.title) if state.notice is not None else ""

    def summary(self, say: Say, state: DeskHeardState) -> str:
        """"17 of 20, these 3 not"."""
        card = state.notice
        if card is None:
            return ""
        key = "desk_heard.confirmed_of" if card.notice.confirm else "desk_heard.read_of"
        told = say(key, n=card.done, of=card.of)
        return told if not card.rest else f"{told}\n{say('desk_heard.rest', names=say('board.join').join(card.rest))}"

    def share(self, state: DeskHeardState) -> float:
        return state.notice.done / state.notice.of if state.notice is not None and state.notice.of else 0.0

    def has_missing(self, state: DeskHeardState) -> bool:
        return state.notice is not None and state.notice.done < state.notice.of

    def remind_words(self, say: Say, state: DeskHeardState) -> str:
        return say("desk_heard.remind", count=state.notice.of - state.notice.done) if state.notice is not None else ""

    def reminded(self, say: Say, state: DeskHeardState) -> str:
        """When they were told; what is not with HQ yet has told nobody."""
        card = state.notice
        if card is None or card.reminded is None:
            return ""
        waits = card.on_its_way is not None and card.on_its_way.state == "kept"
        return say("desk_training.will_be_told" if waits else "desk_training.reminded", at=say.at(card.reminded))


for _part in (ReadersLine, HeardList, HeardOpen):
    Factory.register(_part.__name__, cls=_part)
