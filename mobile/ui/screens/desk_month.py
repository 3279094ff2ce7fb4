"""A month of the store's roster: 40 people and 31 days on one canvas. A tap on a day leads to its week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from kivy.clock import Clock
from kivy.core.text import Label as CoreLabel
from kivy.factory import Factory
from kivy.graphics import Color, Mesh, PopMatrix, PushMatrix, Translate
from kivy.metrics import dp
from kivy.properties import ListProperty, ObjectProperty
from kivy.uix.widget import Widget

from mobile.core.views_desk_roster import MonthLine, MonthSquare, RosterMonthView
from mobile.ui.say import Say
from mobile.ui.screens.desk_hours import HoursPart
from mobile.ui.screens.desk_roster import AWAY_TONES, TONES, hours, spans
from mobile.ui.screens.new_request import weekdays
from mobile.ui.theme import TINT, theme
from mobile.ui.widgets.surfaces import tone
from mobile.ui.widgets.wrap import wrapped

NAME_DP, SUM_DP, LEAST_ROW_DP, GAP_DP = 132, 60, 34, 2
WEEKEND = (5, 6)


@dataclass(frozen=True)
class Column:
    """A day: number and weekday above its squares, and how its hours fit what is needed."""

    day: str
    number: str
    weekday: str
    tone: str
    is_today: bool
    is_weekend: bool


@dataclass(frozen=True)
class Mark:
    """A square: its words, colour, and whether people know it (filled) or not yet (outlined)."""

    words: str
    tone: str
    filled: bool


@dataclass(frozen=True)
class Line31:
    """A person's month: name, hours, and a mark or nothing for each day."""

    name: str
    hours: str
    marks: tuple[Mark | None, ...]


class Drawn(Widget):
    """Draws itself anew, once for all that has changed in a frame, in a handful of meshes: what has the same colour
    and the same texture is one. Words are kept as textures. Coordinates are its own, so that scrolling draws nothing anew."""

    columns = ListProperty([])

    def __init__(self, **kwargs: Any) -> None:
        self._texts: dict[tuple[str, float, float], CoreLabel] = {}
        self._quads: dict[tuple[int, tuple[float, ...], int], tuple[Any, list[float]]] = {}
        self._origin = Translate()
        self._redraw = Clock.create_trigger(self._draw_now)  # after this frame's layout: its widths are the last
        super().__init__(size_hint_y=None, **kwargs)
        self.bind(pos=self._moved, width=self.paint, columns=self.paint)
        theme.bind(dark=self.paint, caption=self.paint)

    def paint(self, *_: object) -> None:
        self._redraw()

    def _moved(self, *_: object) -> None:
        self._origin.xy = self.pos

    def _draw_now(self, *_: object) -> None:
        self._quads.clear()
        self.draw()
        self._moved()
        self.canvas.clear()
        with self.canvas:
            PushMatrix()
            self.canvas.add(self._origin)
            for (_, ink, _id), (texture, vertices) in sorted(self._quads.items(), key=lambda one: one[0][0]):
                corners = range(0, len(vertices) // 4, 4)
                Color(*ink)
                Mesh(
                    vertices=vertices, indices=[i for n in corners for i in (n, n + 1, n + 2, n, n + 2, n + 3)],
                    mode="triangles", texture=texture,
                )  # fmt: skip
            PopMatrix()

    def draw(self) -> None:
        """Puts everything: `fill`, `frame`, `put`. Sets the height."""

    def texture_of(self, words: str, size: float, width: float = 0) -> Any:
        """The texture of some words; broken into lines of a width."""
        known = self._texts.get((words, size, width))
        if known is None:
            lines = wrapped(words, width, "Regular", size) if width else words
            known = CoreLabel(text=lines, font_size=size, font_name="Regular", color=(1, 1, 1, 1), halign="left")
            known.refresh()
            self._texts[words, size, width] = known  # kept with its label: Kivy fills it again when the screen was taken away
        return known.texture

    def fill(self, ink: Any, x: float, y: float, width: float, height: float, layer: int = 1) -> None:
        self._quad(layer, ink, None, x, y, width, height)

    def frame(self, ink: Any, x: float, y: float, width: float, height: float) -> None:
        line = dp(1)
        for left, foot, wide, high in (
            (x, y, width, line), (x, y + height - line, width, line), (x, y, line, height), (x + width - line, y, line, height),
        ):  # fmt: skip
            self.fill(ink, left, foot, wide, high)

    def put(self, texture: Any, ink: Any, x: float, y: float) -> None:
        self._quad(2, ink, texture, round(x), round(y), texture.width, texture.height)

    def _quad(self, layer: int, ink: Any, texture: Any, x: float, y: float, width: float, height: float) -> None:
        _, vertices = self._quads.setdefault((layer, tuple(ink), id(texture)), (texture, []))
        u0, v0, u1, v1, u2, v2, u3, v3 = texture.tex_coords if texture is not None else (0,) * 8
        right, top = x + width, y + height
        vertices += (x, y, u0, v0, right, y, u1, v1, right, top, u2, v2, x, top, u3, v3)

    def column_x(self, n: int) -> float:
        """From its own left."""
        return float(dp(NAME_DP) + n * self.column_width)

    @property
    def column_width(self) -> float:
        return float((self.width - dp(NAME_DP) - dp(SUM_DP)) / max(1, len(self.columns)))

    @property
    def small(self) -> float:
        """Squares are narrow: their words do not grow beyond this."""
        return min(theme.caption, dp(14))


class MonthHeads(Drawn):
    """The days above the squares; they stay when people are scrolled."""

    def draw(self) -> None:
        line = self.texture_of("0", self.small).height
        self.height = 2 * line + dp(6)
        wide = self.column_width
        for n, column in enumerate(self.columns):
            ink = theme.brand_ink if column.is_today else theme.ink2
            if column.is_today:
                self.fill(theme.brand_soft, self.column_x(n), 0, wide, self.height, layer=0)
            if column.tone != "quiet":
                self.fill(tone(column.tone), self.column_x(n) + dp(4), 0, wide - dp(8), dp(3))
            for row, words in enumerate((column.number, column.weekday)):
                texture = self.texture_of(words, self.small)
                self.put(texture, ink, self.column_x(n) + (wide - texture.width) / 2, self.height - (row + 1) * line)


class MonthSquares(Drawn):
    """People and days. One canvas and one touch area: 1,240 buttons would take seconds to make."""

    lines = ListProperty([])

    __events__ = ("on_day",)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(lines=self.paint)

    def on_day(self, _day: str) -> None:
        """For kv: `on_day: root.vm.tap_day(args[1])`."""

    def draw(self) -> None:
        heights = [self._height_of(line) for line in self.lines]
        self.height = top = sum(heights)
        for n, column in enumerate(self.columns):
            if column.is_weekend:
                self.fill(theme.well, self.column_x(n), 0, self.column_width, self.height, layer=0)
        for line, height in zip(self.lines, heights, strict=True):
            self._line(line, top, height)
            top -= height

    def _line(self, line: Line31, top: float, height: float) -> None:
        middle, wide = top - height / 2, self.column_width
        self.fill(theme.line, 0, top - dp(1), self.width, dp(1), layer=0)
        name = self._name(line)
        self.put(name, theme.ink, 0, middle - name.height / 2)
        planned = self.texture_of(line.hours, self.small)
        self.put(planned, theme.ink2, self.width - planned.width - dp(8), middle - planned.height / 2)
        for n, mark in enumerate(line.marks):
            if mark is not None:
                self._mark(mark, self.column_x(n), top - height, wide, height)

    def _mark(self, mark: Mark, x: float, y: float, wide: float, height: float) -> None:
        gap = dp(GAP_DP)
        if mark.filled:
            self.fill((*tone(mark.tone)[:3], TINT), x + gap, y + gap, wide - 2 * gap, height - 2 * gap)
        else:
            self.frame(tone(mark.tone), x + gap, y + gap, wide - 2 * gap, height - 2 * gap)
        texture = self.texture_of(mark.words, self.small)
        self.put(texture, tone(mark.tone, ink=True), x + (wide - texture.width) / 2, y + (height - texture.height) / 2)

    def _name(self, line: Line31) -> Any:
        return self.texture_of(line.name, min(theme.body2, dp(18)), dp(NAME_DP - 8))

    def _height_of(self, line: Line31) -> float:
        return max(dp(LEAST_ROW_DP), float(self._name(line).height) + dp(6))

    def on_touch_down(self, touch: Any) -> bool:
        if not self.collide_point(*touch.pos):
            return False
        touch.grab(self)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        day = self.day_at(touch.x - self.x) if self.collide_point(*touch.pos) else None
        if day is not None:
            self.dispatch("on_day", day)
        return True

    def day_at(self, x: float) -> str | None:
        """The day under a finger that far from its left; none over names and sums."""
        n = int((x - self.column_x(0)) // self.column_width) if self.columns else -1
        return self.columns[n].day if 0 <= n < len(self.columns) else None


class RosterMonth(HoursPart):
    """The month in words and colours."""

    month = ObjectProperty(None, allownone=True)

    def spans(self, say: Say) -> list[tuple[str, str]]:
        return spans(say)

    def title(self, say: Say, month: RosterMonthView | None) -> str:
        if month is None:
            return ""
        first = date.fromisoformat(month.first)
        return say("desk_roster.month", year=first.year, month=say(f"ui.month_{first.month}"))

    def summary(self, say: Say, month: RosterMonthView | None) -> str:
        if month is None:
            return ""
        return say("desk_roster.summary", drafts=month.drafts, hard=month.hard, soft=month.soft)

    def columns(self, say: Say, month: RosterMonthView | None) -> list[Column]:
        if month is None:
            return []
        names = weekdays(say)
        found = []
        for day in month.days:
            weekday = date.fromisoformat(day.day).weekday()
            fits = "bad" if day.lack_min else "late" if day.surplus_min else "quiet"
            found.append(
                Column(day.day, str(int(day.day[8:])), names[weekday], fits, day.day == month.today, weekday in WEEKEND)
            )
        return found

    def lines(self, say: Say, month: RosterMonthView | None) -> list[Line31]:
        return [self._line(say, line) for line in month.lines] if month is not None else []

    def _line(self, say: Say, line: MonthLine) -> Line31:
        marks = tuple(_mark(say, square) for square in line.squares)
        return Line31(line.name or say("desk_roster.open"), hours(line.planned_min), marks)


def _mark(say: Say, square: MonthSquare) -> Mark | None:
    """The hour a shift begins, "+" where there are more, "!" where a rule forbids it; without one the sign of an absence."""
    if not square.shifts:
        return Mark(say(f"desk_roster.sign_{square.away}"), AWAY_TONES[square.away], True) if square.away else None
    hour = "?" if square.starts_min is None else str(square.starts_min // 60 % 24)
    words = hour + ("+" if square.shifts > 1 else "") + ("!" if square.level == "hard" else "")
    return Mark(words, TONES[square.level], square.known)


for _widget in (MonthHeads, MonthSquares, RosterMonth):
    Factory.register(_widget.__name__, cls=_widget)
