"""Cycles at the manager's desk: the store's board, who is overdue first, and whose part lies open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

from contract.cycles import StageState
from mobile.core.cycles import CyclePage
from mobile.viewmodels.cycle_taps import CyclesState, CycleTaps, now_at
from mobile.viewmodels.exceptions import DeskAsks
from mobile.viewmodels.toasts import Toasts

ORDER: Final[dict[StageState, int]] = {"overdue": 0, "running": 1, "ahead": 2, "done": 3}


class BoardCounts(NamedTuple):
    """People of a cycle at this store: all, with something overdue, with all of it done."""

    people: int
    overdue: int
    done: int


class DeskCyclesTaps(CycleTaps):
    """Forgets everything with the desk it belongs to. `evaluate` opens the score card of somebody about a month."""

    def __init__(self, desk: DeskAsks, toasts: Toasts) -> None:
        super().__init__(toasts, lambda core: core.cycles.desk, desk.ask_here)
        self.evaluate: Callable[[str, str], None] = lambda _person, _month: None

    def forget(self) -> None:
        self.show(CyclesState())

    def close(self) -> None:
        self.show(CyclesState(pages=self.state.pages, cycle_id=self.state.cycle_id))

    def on_back(self) -> bool:
        if self.close_mode():
            return True
        is_open = bool(self.state.part_id)
        self.close()
        return is_open

    def tap_part(self, part_id: str) -> None:
        self.show(CyclesState(pages=self.state.pages, cycle_id=self.state.cycle_id, part_id=part_id))

    def tap_cycle(self, cycle_id: str) -> None:
        self.show(CyclesState(pages=self.state.pages, cycle_id=cycle_id))

    def tap_evaluate(self) -> None:
        """To the score card of whose part lies open."""
        page = self.state.page
        if page is not None:
            self.evaluate(page.part.person_id, page.month)

    def seen(self, pages: tuple[CyclePage, ...]) -> None:
        is_there = any(one.part.id == self.state.part_id for one in pages)
        state = self.state if is_there else replace(self.state, part_id="", mode="")
        self.show(replace(state, pages=pages))


def on_board(state: CyclesState) -> tuple[CyclePage, ...]:
    """Everybody in the cycle that is looked at: whoever is overdue first, those who are done last."""
    pages = state.pages or ()
    if not pages:
        return ()
    chosen = state.cycle_id or pages[0].cycle.id
    here = [one for one in pages if one.cycle.id == chosen]
    return tuple(sorted(here, key=lambda one: (ORDER[now_at(one).state], -overdue(one), one.part.person_name, one.part.id)))


def overdue(page: CyclePage) -> int:
    """How many stages are. A closed cycle asks nothing."""
    return sum(one.state == "overdue" for one in page.stages) if page.cycle.state == "open" else 0


def counts(pages: tuple[CyclePage, ...]) -> BoardCounts:
    """What stands above the board."""
    done = sum(all(one.state == "done" for one in page.stages) for page in pages)
    return BoardCounts(len(pages), sum(overdue(page) > 0 for page in pages), done)


def all_overdue(state: CyclesState) -> int:
    """People with something overdue in any open cycle."""
    return len({page.part.person_id for page in state.pages or () if overdue(page)})
