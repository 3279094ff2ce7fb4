"""Tickets and notices on the manager's desk: the one thing due for each ticket, and who has not read what."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mobile.core.views import Said
from mobile.core.views_feedback import FeedbackHome, ReadersCard
from mobile.viewmodels.exceptions import DeskAsks
from mobile.viewmodels.ticket_taps import TicketState, TicketTaps
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel


@dataclass(frozen=True)
class DeskHeardState:
    """`ticket_id` or `notice_id` lies open; `told`: who was just reminded."""

    home: FeedbackHome | None = None
    board: tuple[ReadersCard, ...] = ()
    ticket_id: str = ""
    ticket: TicketState = field(default_factory=TicketState)
    notice_id: str = ""
    told: tuple[str, ...] = ()
    busy: bool = False
    problem: Said | None = None

    @property
    def notice(self) -> ReadersCard | None:
        return next((one for one in self.board if one.notice.notice_id == self.notice_id), None)

    @property
    def to_do(self) -> int:
        return self.home.to_do if self.home is not None else 0


class DeskHeardTaps(ViewModel[DeskHeardState]):
    """Forgets everything with the desk it belongs to."""

    def __init__(self, desk: DeskAsks, asks: Asks, toasts: Toasts) -> None:
        super().__init__(DeskHeardState())
        self._desk, self._toasts = desk, toasts
        self.ticket = TicketTaps(asks, toasts, lambda core: core.hearing.desk, self.look)
        self.ticket.shut = lambda: self._desk.pin_again()
        self.ticket.watch(lambda ticket: self.show(replace(self.state, ticket=ticket)))

    def look(self) -> None:
        self._desk.ask_here(lambda core: core.hearing.desk.home(), self._seen)
        self._desk.ask_here(lambda core: core.hearing.desk_notices.board(), self._board)
        self.ticket.look()

    def forget(self) -> None:
        self.ticket.close()
        self.show(DeskHeardState())

    def close(self) -> None:
        self.ticket.close()
        self.show(replace(self.state, ticket_id="", notice_id="", told=(), problem=None))

    def on_back(self) -> bool:
        if self.ticket.on_back():
            return True
        if not (self.state.ticket_id or self.state.notice_id):
            return False
        self.close()
        return True

    def refused(self, said: Said) -> None:
        self.show(replace(self.state, busy=False, problem=said))

    def tap_ticket(self, ticket_id: str) -> None:
        self.close()
        self.show(replace(self.state, ticket_id=ticket_id))
        self.ticket.open(ticket_id)

    def tap_notice(self, notice_id: str) -> None:
        self.close()
        self.show(replace(self.state, notice_id=notice_id))

    def tap_remind(self) -> None:
        """Exactly those who are missing, by the list that stands here."""
        notice_id = self.state.notice_id
        if self.state.notice is not None and not self.state.busy:
            self.show(replace(self.state, busy=True, problem=None))
            self._desk.ask_here(lambda core: core.hearing.desk_notices.remind(notice_id), self._reminded)

    def _reminded(self, names: tuple[str, ...]) -> None:
        self.show(replace(self.state, busy=False, told=names))
        self._toasts.say("desk_heard.kept_remind", "good", count=len(names))
        self.look()

    def _seen(self, home: FeedbackHome) -> None:
        self.show(replace(self.state, home=home))

    def _board(self, board: tuple[ReadersCard, ...]) -> None:
        self.show(replace(self.state, board=board))
