"""Cycles at the manager's desk: the store's board at the left, whose part lies open at the right."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ObjectProperty

from mobile.ui.say import Say
from mobile.ui.screens import cycle_rows
from mobile.ui.screens.cycle_rows import other_rows
from mobile.ui.screens.cycle_words import board_row, cycle_name, months
from mobile.ui.screens.desk_hours import HoursPart
from mobile.ui.screens.hq_rows import MarkedRow
from mobile.viewmodels.cycle_taps import CyclesState
from mobile.viewmodels.desk_cycles import all_overdue, counts, on_board
from mobile.viewmodels.manager_desk import ManagerState

assert cycle_rows  # its rows are registered by being imported


class CyclePersonRow(MarkedRow):
    """Somebody on the board."""

    chosen = BooleanProperty(False)


class CycleBoard(HoursPart):
    """Who is at which stage, whoever is overdue first."""

    state = ObjectProperty(CyclesState(), rebind=True)

    def is_empty(self, state: CyclesState) -> bool:
        return state.pages is not None and not state.pages

    def title(self, say: Say, state: CyclesState) -> str:
        board = on_board(state)
        return say("ticket.join").join((cycle_name(say, board[0]), months(say, board[0]))) if board else ""

    def told(self, say: Say, state: CyclesState) -> str:
        found = counts(on_board(state))
        return say("cycle_page.counts", people=found.people, overdue=found.overdue, done=found.done) if found.people else ""

    def people(self, say: Say, state: CyclesState) -> list[dict[str, Any]]:
        return [board_row(say, self.vm, one, state.part_id) for one in on_board(state)]

    def others(self, say: Say, state: CyclesState) -> list[dict[str, Any]]:
        board = on_board(state)
        return other_rows(say, self.vm, state.pages or (), board[0].cycle.id) if board else []


class ScoresAtDesk(HoursPart):
    """The left side of scores: the way to the cycles over whom to score, or the board of the cycles. `vm` is the desk's."""

    state = ObjectProperty(ManagerState(), rebind=True)

    def link(self, say: Say, state: ManagerState) -> str:
        late = all_overdue(state.cycles)
        return say("cycle_page.desk_link_late", count=late) if late else say("cycle_page.desk_link")


class ScoresOpen(HoursPart):
    """The right side: a card, or a part in a cycle. `vm` is the desk's."""

    state = ObjectProperty(ManagerState(), rebind=True)


for _part in (CyclePersonRow, CycleBoard, ScoresAtDesk, ScoresOpen):
    Factory.register(_part.__name__, cls=_part)
