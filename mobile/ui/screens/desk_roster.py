"""The roster on the manager's desk: a week of squares in the colours of the rules, and the square that lies open."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from contract.rostering.sentences import clock
from mobile.core.views_desk_roster import CellPage, CellView, Choice, LineView, RosterWeekView
from mobile.ui.say import Say
from mobile.ui.screens.desk_hours import HoursPart
from mobile.ui.screens.new_request import weekdays
from mobile.ui.widgets.press import Pressable
from mobile.ui.widgets.surfaces import Toned
from mobile.viewmodels.desk_roster import DeskRosterState

DAYS = 7
TONES = {"hard": "bad", "soft": "late", "": "brand"}
AWAY_TONES = {"leave": "leave", "unavailable": "bad", "undesired": "late", "desired": "good"}


class RosterSquare(Toned, Pressable, BoxLayout):
    """One person's one day: what stands there, in the rules' colour. `solid`: people know it."""

    vm = ObjectProperty(None, allownone=True)
    person_id = StringProperty("")
    day = StringProperty("")
    words = StringProperty("")
    sub = StringProperty("")
    icon_name = StringProperty("")
    filled = BooleanProperty(False)
    solid = BooleanProperty(False)
    chosen = BooleanProperty(False)


Factory.register("RosterSquare", cls=RosterSquare)


class RosterLine(BoxLayout):
    """A row of the grid: a name and seven squares, kept and filled anew."""

    vm = ObjectProperty(None, allownone=True)
    words = StringProperty("")
    sub = StringProperty("")
    squares = ListProperty([])


Factory.register("RosterLine", cls=RosterLine)


class RosterDayHead(Toned, BoxLayout):
    """A column's head: the day, and how its hours fit what is needed."""

    words = StringProperty("")
    sub = StringProperty("")
    is_today = BooleanProperty(False)


Factory.register("RosterDayHead", cls=RosterDayHead)


class ChoiceRow(Toned, Pressable, BoxLayout):
    """A kind of shift, with the first thing the rules say of it."""

    vm = ObjectProperty(None, allownone=True)
    template = StringProperty("")
    words = StringProperty("")
    sub = StringProperty("")
    icon_name = StringProperty("")
    chosen = BooleanProperty(False)


Factory.register("ChoiceRow", cls=ChoiceRow)


class PutRow(Toned, BoxLayout):
    """A shift that stands there; it can go."""

    vm = ObjectProperty(None, allownone=True)
    template = StringProperty("")
    words = StringProperty("")
    sub = StringProperty("")
    icon_name = StringProperty("")


Factory.register("PutRow", cls=PutRow)


class RosterGrid(HoursPart):
    """The week."""

    week = ObjectProperty(None, allownone=True)
    person_id = StringProperty("")
    day = StringProperty("")

    def spans(self, say: Say) -> list[tuple[str, str]]:
        return spans(say)

    def title(self, say: Say, week: RosterWeekView | None) -> str:
        if week is None:
            return ""
        return say("desk_roster.week", first=say.iso_day(week.first), last=say.iso_day(week.days[-1].day))

    def summary(self, say: Say, week: RosterWeekView | None) -> str:
        if week is None:
            return ""
        if week.publishing is not None and week.publishing.state == "refused":
            return say.said(week.publishing.problem) if week.publishing.problem is not None else ""
        return say("desk_roster.summary", drafts=week.drafts, hard=week.hard, soft=week.soft)

    def heads(self, say: Say, week: RosterWeekView | None) -> list[dict[str, Any]]:
        if week is None:
            return []
        names = weekdays(say)
        return [
            {
                "words": f"{names[n]} {int(day.day[8:])}", "is_today": day.day == week.today, "sub": self._cover(say, day),
                "tone": "bad" if day.lack_min else "late" if day.surplus_min else "quiet",
            }
            for n, day in enumerate(week.days)
        ]  # fmt: skip

    def _cover(self, say: Say, day: Any) -> str:
        if day.lack_min:
            return f"−{hours(day.lack_min)}"
        if day.surplus_min:
            return f"+{hours(day.surplus_min)}"
        return say("desk_roster.heads", count=day.heads)

    def lines(self, say: Say, week: RosterWeekView | None, person_id: str, day: str) -> list[dict[str, Any]]:
        return [self._line(say, line, week, person_id, day) for line in week.lines] if week is not None else []

    def _line(self, say: Say, line: LineView, week: RosterWeekView, person_id: str, day: str) -> dict[str, Any]:
        return {
            "vm": self.vm,
            "words": line.name or say("desk_roster.open"),
            "sub": hours(line.planned_min) if line.person_id else say("desk_roster.open_sub"),
            "squares": [
                square(say, self.vm, line, n, week.days[n].day, chosen=(line.person_id, week.days[n].day) == (person_id, day))
                for n in range(DAYS)
            ],
        }


class SquareOpen(HoursPart):
    """The square that lies open: its shifts, the kinds there are, and what the rules say of the one that was tapped."""

    state = ObjectProperty(DeskRosterState(), rebind=True)

    def whose(self, say: Say, page: CellPage | None) -> str:
        return (page.name or say("desk_roster.open")) if page is not None else ""

    def when(self, say: Say, page: CellPage | None) -> str:
        return say.iso_day(page.day) if page is not None else ""

    def cells(self, say: Say, page: CellPage | None) -> list[dict[str, Any]]:
        return [self._cell(say, cell) for cell in page.cells] if page is not None else []

    def _cell(self, say: Say, cell: CellView) -> dict[str, Any]:
        return {
            "vm": self.vm,
            "template": cell.shift_id,
            "words": f"{times(cell.times)} {say.both(cell.name)}",
            "sub": "\n".join(say.both(one.sentence) for one in cell.said) or say(f"desk_roster.state_{cell.state}"),
            "icon_name": "alert_circle_outline" if cell.level else "check",
            "tone": TONES[cell.level],
        }

    def choices(self, say: Say, page: CellPage | None, chosen: str) -> list[dict[str, Any]]:
        return [self._choice(say, one, chosen) for one in page.choices] if page is not None else []

    def _choice(self, say: Say, one: Choice, chosen: str) -> dict[str, Any]:
        return {
            "vm": self.vm,
            "template": one.template,
            "words": f"{times(one.times)} {say.both(one.name)}",
            "sub": say.both(one.said[0].sentence) if one.said else "",
            "icon_name": "alert_circle_outline" if one.level else "calendar_range",
            "tone": TONES[one.level],
            "chosen": one.template == chosen,
        }

    def rules(self, say: Say, choice: Choice | None) -> str:
        """Everything the rules say of what was tapped, and the ways out."""
        if choice is None:
            return ""
        told = []
        for one in choice.said:
            ways = say("desk_roster.ways", ways=say("desk_roster.between").join(say.both(way) for way in one.ways))
            told.append(f"{say.both(one.name)}: {say.both(one.sentence)}\n{ways}")
        return "\n\n".join(told)

    def put_words(self, say: Say, choice: Choice | None) -> str:
        return say("desk_roster.put_anyway" if choice is not None and choice.level == "hard" else "desk_roster.put")

    def asks_reason(self, choice: Choice | None) -> bool:
        return choice is not None and choice.level == "hard" and not choice.forbidden


def square(say: Say, vm: Any, line: LineView, n: int, day: str, *, chosen: bool) -> dict[str, Any]:
    """One day of a line as the grid draws it."""
    cells = [cell for cell in line.squares[n] if cell.state != "removed"]
    worst = "hard" if any(c.level == "hard" for c in cells) else "soft" if any(c.level for c in cells) else ""
    away = line.away[n]
    words = "\n".join(times(cell.times) for cell in cells) or (say(f"desk_roster.away_{away}") if away else "")
    known = bool(cells) and all(cell.state in ("published", "confirmed") for cell in cells)
    tone = TONES[worst] if cells else AWAY_TONES.get(away, "quiet")
    icon_name = "alert_circle_outline" if worst == "hard" else ""
    return {
        "vm": vm, "person_id": line.person_id, "day": day, "words": words, "tone": tone, "filled": bool(cells or away),
        "sub": ", ".join(dict.fromkeys(say.both(cell.name) for cell in cells)), "solid": known, "chosen": chosen,
        "icon_name": icon_name,
    }  # fmt: skip


def spans(say: Say) -> list[tuple[str, str]]:
    """What can be looked at in one go."""
    return [("week", say("desk_roster.span_week")), ("month", say("desk_roster.span_month"))]


def times(spans: tuple[tuple[int, int], ...]) -> str:
    """08:00–16:00, several beside each other."""
    return " ".join(f"{clock(starts)}–{clock(ends)}" for starts, ends in spans)


def hours(minutes: int) -> str:
    """7:30."""
    return f"{minutes // 60}:{minutes % 60:02d}"
