"""A certificate on paper: one A4 page across, in Chinese or English, with the code and the square that lead to its verification.

The same certificate gives the same bytes: no time of printing, no random name.
"""

from __future__ import annotations

import io
from typing import Any, Final

import segno
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from contract.learning import CertificateRow
from contract.messages import Language, say
from server.learning.certificates import issued_on
from server.statements.paper import INK, LINE, SOFT, fonts

WIDTH, HEIGHT = landscape(A4)
EDGE: Final = 34.0
GOLD, TINT = HexColor(0xA9812F), HexColor(0xFBF8F1)


def paper(row: CertificateRow, name: str, language: Language, *, address: str, company: str) -> bytes:
    """The PDF. `name`: whose it is, in full; `address`: where a code is verified, the code is put behind it."""
    to = io.BytesIO()
    canvas = Canvas(to, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1)
    canvas.setTitle(f"{say(language, 'certificate.paper.title')} {row.code}")
    canvas.setAuthor(company)
    _Page(canvas, language).draw(row, name, f"{address}/{row.code}", company)
    canvas.showPage()
    canvas.save()
    return to.getvalue()


class _Page:
    """The page, drawn around its middle. One cut of the font: names and titles may have any letter."""

    def __init__(self, canvas: Canvas, language: Language) -> None:
        self.canvas, self.language, self.font = canvas, language, fonts()[0]

    def t(self, key: str, **facts: object) -> str:
        return say(self.language, f"certificate.paper.{key}", **facts)

    def centred(self, y: float, text: str, size: float, colour: Any = INK) -> None:
        """A line in the middle; smaller where it would touch the frame."""
        room = WIDTH - 2 * EDGE - 120
        wide = pdfmetrics.stringWidth(text, self.font, size)
        self.canvas.setFillColor(colour)
        self.canvas.setFont(self.font, size if wide <= room else max(7.0, size * room / wide))
        self.canvas.drawCentredString(WIDTH / 2, y, text)

    def draw(self, row: CertificateRow, name: str, link: str, company: str) -> None:
        self._frame()
        self.centred(HEIGHT - 92, company, 13, SOFT)
        self.centred(HEIGHT - 148, self.t("title"), 36)
        self.canvas.setStrokeColor(GOLD)
        self.canvas.setLineWidth(1.2)
        self.canvas.line(WIDTH / 2 - 60, HEIGHT - 166, WIDTH / 2 + 60, HEIGHT - 166)
        self.centred(HEIGHT - 212, name, 30)
        self.centred(HEIGHT - 250, self.t("finished" if row.percent is None else "passed"), 13, SOFT)
        first, second = (row.title_zh, row.title_en) if self.language == "zh" else (row.title_en, row.title_zh)
        self.centred(HEIGHT - 292, first or second, 25)
        if first and second and first != second:
            self.centred(HEIGHT - 316, second, 12, SOFT)
        if row.percent is not None:
            self.centred(HEIGHT - 350, self.t("percent", percent=row.percent), 15)
        self._foot(row, link)

    def _frame(self) -> None:
        self.canvas.setFillColor(TINT)
        self.canvas.rect(0, 0, WIDTH, HEIGHT, stroke=0, fill=1)
        self.canvas.setFillColor(HexColor(0xFFFFFF))
        self.canvas.setStrokeColor(GOLD)
        self.canvas.setLineWidth(2.2)
        self.canvas.rect(EDGE, EDGE, WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE, stroke=1, fill=1)
        self.canvas.setStrokeColor(LINE)
        self.canvas.setLineWidth(0.6)
        inner = EDGE + 7
        self.canvas.rect(inner, inner, WIDTH - 2 * inner, HEIGHT - 2 * inner, stroke=1, fill=0)

    def _foot(self, row: CertificateRow, link: str) -> None:
        left, size = EDGE + 40, 84.0
        day = issued_on(row)
        lines = (
            (142, self.t("issued"), 8.5, SOFT), (124, day, 13, INK), (98, self.t("verify"), 8.5, SOFT),
            (77, row.code, 16, INK), (62, link, 8, SOFT),
        )  # fmt: skip
        for y, text, points, colour in lines:
            self.canvas.setFillColor(colour)
            self.canvas.setFont(self.font, points)
            self.canvas.drawString(left, y, text)
        self._square(link, WIDTH - EDGE - 40 - size, 60, size)

    def _square(self, link: str, x: float, y: float, size: float) -> None:
        matrix: Any = segno.make(link, error="m", micro=False).matrix
        cell = size / len(matrix)
        self.canvas.setFillColor(INK)
        for n, line in enumerate(matrix):
            for m, dark in enumerate(line):
                if dark:
                    self.canvas.rect(x + m * cell, y + size - (n + 1) * cell, cell * 1.02, cell * 1.02, stroke=0, fill=1)
