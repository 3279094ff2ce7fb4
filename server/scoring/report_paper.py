"""A month report on paper: one A4 page with the working line by line, its revision, digest and code. The same revision gives the
same bytes; letters, margins and fonts are those of weekly statements."""

from __future__ import annotations

import io
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from contract.messages import Language, say
from contract.score_reports import ScoreReportPage
from contract.scoring import CompositeLine
from server.statements.paper import BAND, HEIGHT, INK, LEFT, LINE, RIGHT, SOFT, fonts

# where each column of the working begins; figures stand to the left of theirs
NAME: Final = LEFT + 6
COLUMNS: Final = (("weight", 268.0), ("actual", 340.0), ("target", 402.0), ("points", 462.0), ("adds", RIGHT - 6))
STEP: Final = 17.0


def report_paper(page: ScoreReportPage, language: Language, *, company: str) -> bytes:
    """The PDF of the revision that the page shows."""
    to, row = io.BytesIO(), page.row
    canvas = Canvas(to, pagesize=(RIGHT + LEFT, HEIGHT), invariant=1, pageCompression=1)
    canvas.setTitle(f"{say(language, 'score_report.paper.title')} {row.month} {page.number} r{row.revision}")
    canvas.setAuthor(company)
    _Paper(canvas, page, language, company).draw()
    canvas.showPage()
    canvas.save()
    return to.getvalue()


class _Paper:
    """One page being drawn from the top down; `y` is where the next line begins."""

    def __init__(self, canvas: Canvas, page: ScoreReportPage, language: Language, company: str) -> None:
        self.canvas, self.page, self.language, self.company = canvas, page, language, company
        self.regular, self.bold = fonts()
        self.y = HEIGHT - 54

    def t(self, key: str, **facts: object) -> str:
        return say(self.language, f"score_report.paper.{key}", **facts)

    def write(
        self, x: float, text: str, *, size: float = 9.5, soft: bool = False, right: bool = False, room: float | None = None
    ) -> None:
        """A line of text at `y`, shrunk to its room."""
        room = room if room is not None else ((x - LEFT) if right else (RIGHT - x))
        width = pdfmetrics.stringWidth(text, self.regular, size)
        self.canvas.setFillColor(SOFT if soft else INK)
        self.canvas.setFont(self.regular, size if width <= room else max(4.5, size * room / width))
        (self.canvas.drawRightString if right else self.canvas.drawString)(x, self.y, text)

    def rule(self, *, strong: bool = False) -> None:
        self.canvas.setStrokeColor(INK if strong else LINE)
        self.canvas.setLineWidth(0.9 if strong else 0.5)
        self.canvas.line(LEFT, self.y, RIGHT, self.y)

    def draw(self) -> None:
        page, row = self.page, self.page.row
        self.write(LEFT, self.company, size=9, soft=True)
        self.write(RIGHT, self.t("revision", revision=row.revision), size=9, soft=True, right=True)
        self.y -= 28
        self.write(LEFT, self.t("title"), size=19)
        self.write(RIGHT, row.month, size=13, right=True)
        self.y -= 12
        self.rule(strong=True)
        self.y -= 20
        self.write(LEFT, f"{page.name} · {page.number}", size=11)
        self.write(RIGHT, page.store, size=11, right=True, room=240)
        self.y -= 16
        scheme = row.scheme_zh if self.language == "zh" else row.scheme_en
        self.write(LEFT, self.t("scheme", scheme=scheme or "–"), soft=True)
        self.y -= 34
        self.write(LEFT, self.t("composite"), size=11, soft=True)
        self.write(RIGHT, row.composite if row.composite is not None else "–", size=26, right=True)
        self.y -= 14
        if row.composite is None:
            self.write(LEFT, say(self.language, f"score_report.why.{row.why}"), soft=True)
            self.y -= 14
        self._working()
        self._changes()
        self._proof()

    def _working(self) -> None:
        self.canvas.setFillColor(BAND)
        self.canvas.rect(LEFT, self.y - 16, RIGHT - LEFT, 18, stroke=0, fill=1)
        self.y -= 11
        self.write(NAME, self.t("metric"), size=8.5, soft=True)
        for key, x in COLUMNS:
            self.write(x, self.t(key), size=8.5, soft=True, right=True, room=58)
        self.y -= STEP
        for line in self.page.row.lines:
            self._line(line)
        self.rule(strong=True)
        self.y -= 15
        self.write(NAME, self.t("sum"))
        self.write(RIGHT - 6, self.page.row.composite or "–", right=True)
        self.y -= 24

    def _line(self, line: CompositeLine) -> None:
        self.write(NAME, line.name_zh if self.language == "zh" else line.name_en, room=160)
        unit = say(self.language, "scores.unit_points") if line.unit == "points" else line.unit
        actual = f"{line.actual}{unit}" if line.actual is not None else self.t(f"missing_{line.missing or 'spread'}")
        weight = line.counted_weight if line.counted_weight == line.weight else f"{line.weight} → {line.counted_weight}"
        said = {
            "weight": weight, "actual": actual, "target": f"{line.target}{unit}" if line.target is not None else "–",
            "points": line.points or "–", "adds": line.adds,
        }  # fmt: skip
        for key, x in COLUMNS:
            self.write(x, said[key], right=True, room=62)
        self.y -= 5
        self.rule()
        self.y -= STEP - 5

    def _changes(self) -> None:
        row = self.page.row
        if not row.differences:
            return
        self.write(LEFT, self.t(f"because_{self.page.because or 'late'}"), soft=True)
        self.y -= 14
        names = {line.metric: line.name_zh if self.language == "zh" else line.name_en for line in row.lines}
        for one in row.differences[:8]:
            name = names.get(one.metric, one.metric) if one.metric else self.t("composite")
            self.write(NAME, f"{name}: {one.before or '–'} → {one.after or '–'}", size=9)
            self.y -= 13

    def _proof(self) -> None:
        self.y = 116
        self.rule()
        self.y -= 22
        self.write(LEFT, self.page.code, size=16)
        self.y -= 16
        self.write(LEFT, f"SHA-256 {self.page.row.digest}", size=7.5, soft=True)
        self.y -= 14
        self.write(LEFT, self.t("rounding"), size=7.5, soft=True)
        self.y -= 12
        self.write(LEFT, self.t("foot"), size=7.5, soft=True)
