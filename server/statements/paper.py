"""A statement on paper: one A4 page, in Chinese or English, with the code and the square that lead to its verification.

The same revision with the same confirmations gives the same bytes: no time of printing, no random name. The fonts are the ones
the phone shows (Noto Sans SC, SIL Open Font License), of which only the letters that occur are embedded.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import segno
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from contract.messages import Language, say
from contract.moments import instant
from contract.statements import StatementDay, StatementRow, StatementText
from server.statements.rules import SIDES

FONTS: Final = Path(__file__).resolve().parents[2] / "mobile" / "ui" / "fonts"
WIDTH, HEIGHT = A4
LEFT, RIGHT = 48.0, WIDTH - 48.0
INK, SOFT, LINE, BAND = HexColor(0x1B2430), HexColor(0x5B6675), HexColor(0xC9D0D9), HexColor(0xF2F5F8)
# what the table shows of a day, in minutes
COLUMNS: Final = (
    "regular_min", "overtime_normal_min", "overtime_weekend_min", "overtime_holiday_min", "leave_min", "night_min",
)  # fmt: skip


class NoText(ValueError):
    """The text was erased: there is nothing to print."""


@functools.cache
def fonts() -> tuple[str, str]:
    """(regular, bold): registered once in a process. The bold cut has the letters of the labels only."""
    pdfmetrics.registerFont(TTFont("OutpostSans", str(FONTS / "NotoSansSC-Regular.ttf")))
    pdfmetrics.registerFont(TTFont("OutpostSansBold", str(FONTS / "NotoSansSC-Bold.ttf")))
    return "OutpostSans", "OutpostSansBold"


def hours(minutes: int) -> str:
    """`39:05`: hours and minutes."""
    return f"{minutes // 60}:{minutes % 60:02d}"


def paper(row: StatementRow, language: Language, *, address: str, company: str) -> bytes:
    """The PDF of a revision. `address`: where a code is verified; the code is put behind it. Raises NoText."""
    if row.text is None:
        raise NoText
    to = io.BytesIO()
    canvas = Canvas(to, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(f"{say(language, 'statement.paper.title')} {row.week} {row.text.person_number} r{row.revision}")
    canvas.setAuthor(company)
    page = _Page(canvas, row, row.text, language, f"{address}/{row.code}", company)
    page.draw()
    canvas.showPage()
    canvas.save()
    return to.getvalue()


class _Page:
    """One page being drawn from the top down; `y` is where the next line begins."""

    def __init__(
        self, canvas: Canvas, row: StatementRow, text: StatementText, language: Language, link: str, company: str
    ) -> None:
        self.canvas, self.row, self.text, self.language, self.link, self.company = canvas, row, text, language, link, company
        self.regular, self.bold = fonts()
        self.zone = ZoneInfo(text.zone)
        self.y = HEIGHT - 54

    def t(self, key: str, **facts: object) -> str:
        return say(self.language, f"statement.paper.{key}", **facts)

    def write(
        self, x: float, text: str, *, size: float = 9.5, bold: bool = False, soft: bool = False, right: bool = False
    ) -> None:
        """A line of text at `y`; shrunk where it would run over the edge."""
        font = self.bold if bold else self.regular
        room = (x - LEFT) if right else (RIGHT - x)
        width = pdfmetrics.stringWidth(text, font, size)
        size = size if width <= room else max(5.0, size * room / width)
        self.canvas.setFillColor(SOFT if soft else INK)
        self.canvas.setFont(font, size)
        (self.canvas.drawRightString if right else self.canvas.drawString)(x, self.y, text)

    def fitted(self, x: float, width: float, text: str, *, size: float = 9.5, soft: bool = False) -> None:
        """A line that stays within its column."""
        wide = pdfmetrics.stringWidth(text, self.regular, size)
        self.canvas.setFillColor(SOFT if soft else INK)
        self.canvas.setFont(self.regular, size if wide <= width else max(4.5, size * width / wide))
        self.canvas.drawString(x, self.y, text)

    def rule(self, *, strong: bool = False) -> None:
        self.canvas.setStrokeColor(INK if strong else LINE)
        self.canvas.setLineWidth(0.9 if strong else 0.5)
        self.canvas.line(LEFT, self.y, RIGHT, self.y)

    def draw(self) -> None:
        self._head()
        self._who()
        self._days()
        self._sums()
        self._confirmations()
        self._proof()

    def _head(self) -> None:
        self.write(LEFT, self.company, size=9, soft=True)
        self.write(RIGHT, self.t("revision", revision=self.row.revision), size=9, soft=True, right=True)
        self.y -= 26
        self.write(LEFT, self.t("title"), size=19, bold=True)
        said = say(self.language, f"statement.state.{self.row.state}")
        self.write(RIGHT, said, size=11, right=True)
        self.y -= 12
        self.rule(strong=True)
        self.y -= 20

    def _who(self) -> None:
        text = self.text
        week = self.t("week_value", week=text.week, from_day=text.from_day, to_day=text.to_day)
        pairs = [
            ("person", f"{text.person_name}  ({text.person_number})", "store", f"{text.store_name}  ({text.store_number})"),
            ("home", text.home, "partner", text.partner),
            ("week", week, "zone", text.zone),
        ]
        middle = (LEFT + RIGHT) / 2
        for left, first, right, second in pairs:
            self.write(LEFT, self.t(left), size=8, soft=True)
            self.write(middle, self.t(right), size=8, soft=True)
            self.y -= 13
            self.fitted(LEFT, middle - LEFT - 12, first, size=10.5)
            self.fitted(middle, RIGHT - middle, second, size=10.5)
            self.y -= 19

    # -- the table -------------------------------------------------------------------------------------------------------

    EDGES: Final = (LEFT, 112.0, 236.0, 328.0, 366.0, 404.0, 444.0, 484.0, 516.0, RIGHT)

    def _cells(self, cells: Sequence[str], *, bold: bool = False, size: float = 8.6) -> None:
        """Day, times and state from the left, amounts to the right."""
        font = self.bold if bold else self.regular
        for n, cell in enumerate(cells):
            begins, ends = self.EDGES[n], self.EDGES[n + 1]
            wide = pdfmetrics.stringWidth(cell, font, size)
            fitting = size if wide <= ends - begins - 4 else max(4.2, size * (ends - begins - 4) / wide)
            self.canvas.setFont(font, fitting)
            self.canvas.setFillColor(INK)
            if n < 3:
                self.canvas.drawString(begins + 2, self.y, cell)
            else:
                self.canvas.drawRightString(ends - 2, self.y, cell)

    def _days(self) -> None:
        self.y -= 4
        self.canvas.setFillColor(BAND)
        self.canvas.rect(LEFT, self.y - 6, RIGHT - LEFT, 19, stroke=0, fill=1)
        self._cells([self.t(name) for name in ("day", "times", "state", *COLUMNS)], size=7.6)
        self.y -= 20
        by_day = {day.day: day for day in self.text.days}
        first = date.fromisoformat(self.text.from_day)
        for n in range(7):
            day = first + timedelta(days=n)
            self._day(day, by_day.get(day.isoformat()))

    def _day(self, day: date, said: StatementDay | None) -> None:
        label = f"{self.t(f'weekday.{day.isoweekday()}')} {day.month:02d}-{day.day:02d}"
        if said is None:
            self._cells([label, "–", "", *([""] * len(COLUMNS))])
        else:
            marks = " ".join(say(self.language, f"statement.flag.{flag}") for flag in said.flags if flag in _MARKED)
            state = say(self.language, f"statement.day.{said.state}")
            self._cells(
                [
                    label,
                    self._times(day, said),
                    f"{state} · {marks}" if marks else state,
                    *(str(getattr(said, name)) if getattr(said, name) else "" for name in COLUMNS),
                ]
            )
        self.y -= 6
        self.rule()
        self.y -= 12

    def _times(self, day: date, said: StatementDay) -> str:
        parts = []
        for begins, ends in said.spans:
            until = "?" if ends == begins else self._clock(ends, day)
            parts.append(f"{self._clock(begins, day)}–{until}")
        return "  ".join(parts) or "–"

    def _clock(self, ms: int, day: date) -> str:
        """`22:00`, and `06:00+1` on the next calendar day."""
        local = instant(ms).astimezone(self.zone)
        later = (local.date() - day).days
        return f"{local:%H:%M}" + (f"+{later}" if later > 0 else f"{later}" if later < 0 else "")

    def _sums(self) -> None:
        sums = [getattr(self.text, name) for name in COLUMNS]
        self._cells([self.t("sum_minutes"), "", "", *(str(value) for value in sums)], bold=True)
        self.y -= 15
        self._cells([self.t("sum_hours"), "", "", *(hours(value) for value in sums)], bold=True)
        self.y -= 8
        self.rule(strong=True)
        self.y -= 18
        worked = self.text.worked_min
        self.write(LEFT, self.t("worked", hours=hours(worked), minutes=worked), size=11, bold=True)
        self.write(RIGHT, self.t("rules", rules=", ".join(self.text.rules) or "–"), size=7.5, soft=True, right=True)
        self.y -= 26

    # -- who signed, and how to check it ----------------------------------------------------------------------------------

    def _confirmations(self) -> None:
        self.write(LEFT, self.t("confirmations"), size=12, bold=True)
        self.y -= 8
        self.rule()
        self.y -= 14
        given = {one.side: one for one in self.row.confirmed}
        for side in SIDES:
            one = given.get(side)
            self.write(LEFT, say(self.language, f"statement.side.{side}"))
            if one is None:
                self.write(LEFT + 60, self.t("not_confirmed"), soft=True)
            else:
                at = instant(one.confirmed_ms).astimezone(self.zone)
                self.fitted(LEFT + 60, 92, one.name)
                if one.way is not None:
                    self.fitted(LEFT + 158, 68, say(self.language, f"statement.way.{one.way}"), size=8.5, soft=True)
                self.fitted(LEFT + 232, 140, f"{at:%Y-%m-%d %H:%M} ({self.text.zone})", size=9)
                self.canvas.setFillColor(SOFT)
                self.canvas.setFont(self.regular, 6.2)
                self.canvas.drawRightString(RIGHT, self.y, one.op_id)
            self.y -= 15
        for dispute in self.row.disputes:
            outcome = self.t(f"outcome.{dispute.outcome or 'open'}")
            side = say(self.language, f"statement.side.{dispute.side}")
            self.write(LEFT, self.t("dispute", side=side, outcome=outcome, reason=dispute.reason), size=8, soft=True)
            self.y -= 13
        self.y -= 12

    def _proof(self) -> None:
        size = 96.0
        self.y = min(self.y, 190.0)
        self.rule()
        top = self.y - 14
        self._square(RIGHT - size, top - size, size)
        self.y = top - 10
        self.write(LEFT, self.t("verify"), size=8, soft=True)
        self.y -= 22
        self.write(LEFT, self.row.code, size=18, bold=True)
        self.y -= 18
        self.fitted(LEFT, RIGHT - size - 16 - LEFT, self.link, size=8.5)
        self.y -= 16
        self.fitted(LEFT, RIGHT - size - 16 - LEFT, f"SHA-256 {self.row.digest}", size=7, soft=True)
        self.y -= 11
        before = self.text.previous
        if before is not None:
            line = self.t("previous", revision=self.text.revision - 1, digest=before[:16])
            self.fitted(LEFT, RIGHT - size - 16 - LEFT, line, size=7, soft=True)
        self.y = 48
        self.write(LEFT, self.t("foot"), size=6.8, soft=True)

    def _square(self, x: float, y: float, size: float) -> None:
        matrix: Any = segno.make(self.link, error="m", micro=False).matrix
        cell = size / (len(matrix) + 2)
        self.canvas.setFillColor(INK)
        for n, line in enumerate(matrix):
            for m, dark in enumerate(line):
                if dark:
                    self.canvas.rect(x + (m + 1) * cell, y + size - (n + 2) * cell, cell * 1.02, cell * 1.02, stroke=0, fill=1)


_MARKED: Final = frozenset({"assumed_out", "left_open", "missing_in", "corrected", "doubtful"})
