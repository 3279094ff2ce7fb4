"""Hours on the manager's desk: today's board beside what lies open, the form for vouching, and the store's weeks."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from contract.messages import LANGUAGES
from mobile.core.views_hours import BoardLine, BoardPage, WeekCard
from mobile.ui.say import Say
from mobile.ui.screens.hours_rows import counts_words, duty_words, week_row
from mobile.ui.screens.hq_words import chip
from mobile.ui.widgets.surfaces import Stack
from mobile.viewmodels.exceptions import VouchForm
from mobile.viewmodels.hours_words import line_mark
from mobile.viewmodels.request_words import MINUTE_MS, span_said


class HoursPart(Stack):
    """A part of the desk. Says what it is told in the language it is told."""

    vm = ObjectProperty(None, allownone=True)
    say = ObjectProperty(Say(LANGUAGES[0]), rebind=True)


class BoardList(HoursPart):
    """Counts that sum to the headcount, and everybody in one word."""

    board = ObjectProperty(None, allownone=True)
    person_id = StringProperty("")

    def counts(self, say: Say, board: BoardPage | None) -> str:
        return counts_words(say, board.counts, len(board.lines)) if board is not None else ""

    def as_of(self, say: Say, board: BoardPage | None) -> str:
        return say("board.as_of", at=board.now.hhmm) if board is not None else ""

    def is_empty(self, board: BoardPage | None) -> bool:
        return board is not None and not board.lines

    def is_well(self, board: BoardPage | None) -> bool:
        return board is not None and bool(board.lines) and not board.to_do

    def lines(self, say: Say, board: BoardPage | None, person_id: str) -> list[dict[str, Any]]:
        return [self._row(say, line, person_id) for line in board.lines] if board is not None else []

    def _row(self, say: Say, line: BoardLine, person_id: str) -> dict[str, Any]:
        return {
            "vm": self.vm,
            "subject": line.person_id,
            "words": line.name,
            "sub": duty_words(say, line.duty),
            "more": trouble_words(say, line),
            "icon_name": "alert_circle_outline" if line.trouble is not None else "account_outline",
            "chosen": line.person_id == person_id,
            **chip(say, line_mark(line)),
        }


class BoardOpen(HoursPart):
    """One person: what is not right, the one act, and the form it leads to."""

    line = ObjectProperty(None, allownone=True)
    form = ObjectProperty(None, allownone=True)
    problem = ObjectProperty(None, allownone=True)
    busy = BooleanProperty(False)

    def name_of(self, line: BoardLine | None) -> str:
        return line.name if line is not None else ""

    def shift(self, say: Say, line: BoardLine | None) -> str:
        return duty_words(say, line.duty) if line is not None else ""

    def mark(self, say: Say, line: BoardLine | None, part: str) -> str:
        if line is None:
            return "quiet" if part == "chip_tone" else ""
        return str(chip(say, line_mark(line))[part])

    def trouble(self, say: Say, line: BoardLine | None) -> str:
        return trouble_words(say, line) if line is not None else ""

    def why_refused(self, say: Say, line: BoardLine | None) -> str:
        return say.said(line.on_its_way.problem) if line is not None and line.on_its_way is not None else ""

    def asks(self, line: BoardLine | None) -> bool:
        return line is not None and line.trouble in ("unheard", "overtime") and not line.request_id

    def act(self, say: Say, line: BoardLine | None) -> str:
        if line is not None and line.request_id:
            return say("board.act_decide")
        if self.asks(line):
            return say("board.act_ask")
        return say("board.act_vouch" if line is not None and line.trouble is not None else "board.vouch_anyway")

    def kinds(self, say: Say) -> list[tuple[str, str]]:
        return [(kind, say(f"phone.kind_{kind}")) for kind in ("in", "out")]

    def form_title(self, say: Say, form: VouchForm | None) -> str:
        return say("board.vouch_title", who=form.name) if form is not None else ""

    def form_value(self, form: VouchForm | None, name: str) -> str:
        return str(getattr(form, name)) if form is not None else ""


class WeekList(HoursPart):
    """The store's weeks, those that wait first."""

    cards = ObjectProperty(None, allownone=True)
    week_id = StringProperty("")

    def rows(self, say: Say, cards: tuple[WeekCard, ...] | None, week_id: str) -> list[dict[str, Any]]:
        return [
            {**week_row(say, card, self.vm, names_person=True), "chosen": card.statement_id == week_id} for card in cards or ()
        ]


def trouble_words(say: Say, line: BoardLine) -> str:
    if line.trouble is None:
        return ""
    if line.trouble == "overtime":
        word = "off_plan" if line.at is None else "overtime"
        asked = "_asked" if line.request_id else ""
        span = say.said(span_said(line.over_min * MINUTE_MS))
        return say(f"board.trouble_{word}{asked}", at=line.at.hhmm if line.at is not None else "", span=span)
    return say(f"board.trouble_{line.trouble}", at=line.at.hhmm if line.at is not None else "")


for _part in (BoardList, BoardOpen, WeekList):
    Factory.register(_part.__name__, cls=_part)
