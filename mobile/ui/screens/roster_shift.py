"""One shift and all that can be done about it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from mobile.core.views_rosters import ShiftLine
from mobile.ui.say import Say
from mobile.ui.screens import roster_rows as rr
from mobile.ui.screens.hq_words import chip
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.roster_shift import ShiftState
from mobile.viewmodels.roster_words import shift_mark


class RosterShiftPage(FacePage):
    """Confirm, cannot come, swap; an open one: claim."""

    rows = ("hq_rows.kv", "roster_rows.kv")

    def title(self, say: Say, state: ShiftState) -> str:
        return rr.day_words(say, state.page.line.day) if state.page is not None else say("roster_page.shift")

    def is_open(self, state: ShiftState) -> bool:
        return state.page is not None and state.page.open_shift is not None

    def may(self, state: ShiftState, what: str) -> bool:
        """While something is being worded, only that is offered."""
        return state.page is not None and not state.step and bool(getattr(state.page, what))

    def mark(self, say: Say, state: ShiftState, part: str) -> str:
        if state.page is None:
            return "quiet" if part == "chip_tone" else ""
        return str(chip(say, shift_mark(state.page.line))[part])

    def times(self, say: Say, state: ShiftState) -> str:
        return rr.times(say, state.page.line) if state.page is not None else ""

    def name_of(self, say: Say, state: ShiftState) -> str:
        if state.page is None:
            return ""
        line = state.page.line
        return "  ".join(filter(None, (say.both(line.name), "" if line.is_mine else line.person_name)))

    def details(self, say: Say, state: ShiftState) -> str:
        return rr.details(say, state.page.line) if state.page is not None else ""

    def deals(self, say: Say, state: ShiftState) -> list[dict[str, Any]]:
        """The open shift itself, then what is under way about it."""
        if state.page is None or state.step:
            return []
        mine = [rr.open_card(say, state.page.open_shift, self.vm)] if state.page.open_shift is not None else []
        return [*mine, *(rr.deal_card(say, card, self.vm) for card in state.page.cards)]

    def others(self, say: Say, state: ShiftState) -> list[dict[str, Any]]:
        if state.page is None or state.step:
            return []
        return [rr.colleague_row(say, line) for line in state.page.others]

    def kinds(self, say: Say) -> list[tuple[str, str]]:
        return [(kind, say(f"roster_page.absent_{kind}")) for kind in ("sick", "other")]

    def day_counts(self, say: Say) -> list[tuple[str, str]]:
        return [(str(days), say(f"roster_page.absent_days_{days}")) for days in (1, 2, 3)]

    def leaves(self, say: Say, state: ShiftState) -> list[tuple[str, str]]:
        """To ask for leave with it, or only to say so."""
        return [("yes", say(f"roster_page.absent_leave_{state.kind}")), ("no", say("roster_page.absent_no_leave"))]

    def week(self, say: Say, state: ShiftState) -> str:
        if not state.week:
            return ""
        day = date.fromisoformat(state.week)
        monday = day - timedelta(days=day.weekday())
        return say("roster_page.week", first=say.day(monday), last=say.day(monday + timedelta(days=6)))

    def choices(self, say: Say, state: ShiftState) -> list[dict[str, Any]]:
        return [rr.choice_row(say, number, one, self.vm) for number, one in enumerate(state.listed)]

    def no_choices(self, say: Say, state: ShiftState) -> str:
        """That there is nothing, or how much is not listed."""
        if state.more:
            return say("roster_page.more_choices", count=state.more)
        return say("roster_page.no_choices") if state.choices is not None and not state.listed else ""

    def ways_of_swapping(self, say: Say) -> list[tuple[str, str]]:
        return [(way, say(f"roster_page.way_{way}")) for way in ("swap", "give")]

    def gives(self, say: Say, state: ShiftState) -> str:
        return say("roster_page.gives", shift=_line(say, state.page.line)) if state.page is not None else ""

    def gets(self, say: Say, state: ShiftState) -> str:
        choice = state.choice
        if choice is None:
            return ""
        if choice.line is None:
            return say("roster_page.give_sub")
        return say("roster_page.gets", shift=_line(say, choice.line))

    def both_sides(self, say: Say, state: ShiftState) -> str:
        return str(rr.choice_row(say, 0, state.choice, self.vm)["more"]) if state.choice is not None else ""

    def ask_who(self, say: Say, state: ShiftState) -> str:
        return say("roster_page.ask_who", who=state.choice.colleague_name) if state.choice is not None else ""


def _line(say: Say, line: ShiftLine) -> str:
    return "  ".join((rr.day_words(say, line.day), rr.times(say, line)))
