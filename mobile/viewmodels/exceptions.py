"""Hours on the manager's desk: today's board with what is not right and the one act for it, and the store's weeks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from contract.attendance import PunchKind
from contract.forms import minute_of_day
from mobile.core.views import Said, SyncOutcome
from mobile.core.views_hours import BoardLine, BoardPage, WeekCard
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel
from mobile.viewmodels.week_page import WeekState, WeekTaps


@dataclass(frozen=True)
class VouchForm:
    """Who came or left when, and how the manager knows."""

    person_id: str
    name: str
    kind: PunchKind
    day: str
    time: str
    reason: str = ""

    @property
    def is_whole(self) -> bool:
        return bool(self.reason.strip()) and minute_of_day(self.time) is not None


@dataclass(frozen=True)
class DeskHoursState:
    """`person_id` and `week_id` are what lies open."""

    board: BoardPage | None = None
    weeks: tuple[WeekCard, ...] | None = None
    person_id: str = ""
    form: VouchForm | None = None
    week_id: str = ""
    week: WeekState = field(default_factory=WeekState)
    busy: bool = False
    problem: Said | None = None

    @property
    def line(self) -> BoardLine | None:
        found = self.board.lines if self.board is not None else ()
        return next((line for line in found if line.person_id == self.person_id), None)

    @property
    def weeks_due(self) -> int:
        return sum(card.waits_for_me for card in self.weeks or ())


class DeskAsks(Protocol):
    """The desk these taps are made at: it drops answers for somebody who has left, and minds the PIN."""

    def ask_here(self, question: Callable[[Any], Any], then: Callable[[Any], None]) -> None: ...

    def pin_again(self) -> None: ...


class DeskHours(ViewModel[DeskHoursState]):
    """Forgets everything with the desk it belongs to."""

    def __init__(self, desk: DeskAsks, asks: Asks, toasts: Toasts) -> None:
        super().__init__(DeskHoursState())
        self._desk, self._toasts = desk, toasts
        self.week = WeekTaps(asks, toasts, lambda core: core.desk_hours, self.look)
        self.week.shut = desk.pin_again
        self.week.watch(lambda week: self.show(replace(self.state, week=week)))
        self.decide: Callable[[str], None] = lambda request_id: None  # the desk opens the request

    def look(self) -> None:
        self._desk.ask_here(lambda core: (core.desk_hours.board(), core.desk_hours.weeks()), self._seen)
        self.week.look()

    def forget(self) -> None:
        self.week.close()
        self.show(DeskHoursState())

    def close_all(self) -> None:
        """Another part of the desk comes to the front."""
        self.week.close()
        self.show(replace(self.state, person_id="", form=None, week_id="", problem=None))

    def on_back(self) -> bool:
        """One level up: out of the form, then away from the person or the week."""
        state = self.state
        if self.week.on_back():
            return True
        if state.form is not None:
            self.show(replace(state, form=None, problem=None))
        elif state.person_id or state.week_id:
            self.close_all()
        else:
            return False
        return True

    def refused(self, said: Said) -> None:
        self.show(replace(self.state, busy=False, problem=said))

    # the board

    def tap_person(self, person_id: str) -> None:
        self.show(replace(self.state, person_id=person_id, form=None, problem=None))

    def tap_act(self) -> None:
        """The one act for what is not right: vouch where a punch is missing, ask HQ where a punch or a grant may not have come
        yet, and where overtime is asked for at this desk, decide it."""
        line = self.state.line
        if line is not None and line.request_id:
            self.decide(line.request_id)
        elif line is not None and line.trouble in ("unheard", "overtime"):
            self.tap_ask()
        elif line is not None:
            self.tap_vouch()

    def tap_vouch(self) -> None:
        """The form, begun with what is due."""
        line, board = self.state.line, self.state.board
        if line is None or board is None:
            return
        moment = line.at or board.now
        form = VouchForm(line.person_id, line.name, line.kind, moment.day, moment.hhmm)
        self.show(replace(self.state, form=form, problem=None))

    def tap_ask(self) -> None:
        """HQ may know more than this tablet: one exchange now."""
        if not self.state.busy:
            self.show(replace(self.state, busy=True, problem=None))
            self._desk.ask_here(lambda core: None if core.is_syncing else core.sync_once(), self._asked)

    def tap_kind(self, kind: str) -> None:
        form = self.state.form
        if form is not None:
            self.show(replace(self.state, form=replace(form, kind="out" if kind == "out" else "in"), problem=None))

    def type_time(self, text: str) -> None:
        form = self.state.form
        if form is not None:
            self.show(replace(self.state, form=replace(form, time=text.strip().replace("：", ":")), problem=None))

    def type_reason(self, text: str) -> None:
        form = self.state.form
        if form is not None:
            self.show(replace(self.state, form=replace(form, reason=text), problem=None))

    def tap_send(self) -> None:
        """Kept with the manager's name."""
        form = self.state.form
        if form is None or self.state.busy:
            return
        if minute_of_day(form.time) is None:
            self.show(replace(self.state, problem=Said("board.vouch_time_wrong", {})))
        elif not form.reason.strip():
            self.show(replace(self.state, problem=Said("client.reason_needed", {})))
        else:
            self.show(replace(self.state, busy=True, problem=None))
            self._desk.ask_here(
                lambda core: core.desk_hours.vouch(form.person_id, form.kind, form.day, form.time, form.reason), self._vouched
            )

    # weeks

    def tap_week(self, statement_id: str) -> None:
        self.show(replace(self.state, week_id=statement_id, problem=None))
        self.week.open(statement_id)

    def _vouched(self, _: str) -> None:
        self.show(replace(self.state, busy=False, form=None))
        self._toasts.say("board.vouch_kept", "good")
        self.look()

    def _asked(self, outcome: SyncOutcome | None) -> None:
        self.show(replace(self.state, busy=False))
        reached = outcome is None or outcome.reached
        self._toasts.say("board.asked" if reached else "board.still_offline", "good" if reached else "quiet")
        self.look()

    def _seen(self, told: tuple[BoardPage, tuple[WeekCard, ...]]) -> None:
        self.show(replace(self.state, board=told[0], weeks=told[1]))
