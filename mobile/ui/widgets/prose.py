"""Markdown of a course as labels that never clip: headings, paragraphs, lists; bold where the author wanted it."""

from __future__ import annotations

import re
from typing import Any

from kivy.factory import Factory
from kivy.properties import NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.utils import escape_markup

from mobile.ui.theme import theme
from mobile.ui.widgets.words import Inked
from mobile.ui.widgets.wrap import wrapped_runs
from mobile.viewmodels.prose import Block, Run, blocks_of

INDENT_DP = 20
_RARE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


class RichWords(Inked):
    """Stretches of words, wrapped to the width."""

    runs = ObjectProperty(())

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(markup=True, **kwargs)
        for name in ("runs", "text_size", "font_size"):
            self.fbind(name, self._write)
        self._write()

    def _write(self, *_: object) -> None:
        if self.text_size[0]:
            self.text = marked_up(self.runs, self.text_size[0], self.font_size)


class ProseLine(BoxLayout):
    """A block: its mark, and what it says."""

    mark = StringProperty("")
    runs = ObjectProperty(())
    size_of = NumericProperty(0)
    indent = NumericProperty(0)


class Prose(BoxLayout):
    """`markdown` as blocks beneath each other."""

    markdown = StringProperty("")
    measure = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name in ("body", "title"):
            theme.fbind(name, self._fill)
        self._fill()

    def on_markdown(self, *_: object) -> None:
        self._fill()

    def on_measure(self, *_: object) -> None:
        self._fill()

    def _fill(self, *_: object) -> None:
        blocks = blocks_of(self.markdown)
        lines = list(reversed(self.children))
        for spare in lines[len(blocks) :]:
            self.remove_widget(spare)
        for n, block in enumerate(blocks):
            values = self._line(block)
            if n < len(lines):
                for name, value in values.items():
                    setattr(lines[n], name, value)
            else:
                self.add_widget(ProseLine(**values))

    def _line(self, block: Block) -> dict[str, Any]:
        usual = self.measure or theme.body
        heading = block.kind == "heading"
        size = max(usual, theme.title) if heading and block.depth < 3 else usual
        runs = tuple(Run(run.text, bold=True) for run in block.runs) if heading else block.runs
        depth = block.depth if block.kind == "item" else 1 if block.kind in ("quote", "code") else 0
        return {"mark": block.mark, "runs": runs, "size_of": size, "indent": depth * INDENT_DP}


def marked_up(runs: tuple[Run, ...], width: float, font_size: float) -> str:
    """Kivy's markup, a line each. What the author wrote is never markup."""
    lines: list[str] = []
    for part in _paragraphs(runs):
        wrapped = wrapped_runs([(run.text, _font(run)) for run in part], width, font_size)
        lines += ["".join(_stretch(text, font) for text, font in line) for line in wrapped] or [""]
    return "\n".join(lines)


def _paragraphs(runs: tuple[Run, ...]) -> list[list[Run]]:
    """Lines that the author broke (code)."""
    parts: list[list[Run]] = [[]]
    for run in runs:
        first, *more = run.text.split("\n")
        parts[-1].append(Run(first, run.bold))
        parts += [[Run(text, run.bold)] for text in more]
    return parts


def _font(run: Run) -> str:
    """Rare characters are in Regular only."""
    if not run.bold:
        return "Regular"
    common = "".join(_RARE.findall(run.text)).encode("gb2312", "ignore").decode("gb2312")
    return "Bold" if len(common) == len(_RARE.findall(run.text)) else "Regular"


def _stretch(text: str, font: str) -> str:
    said = escape_markup(text)
    return said if font == "Regular" else f"[font={font}]{said}[/font]"


for _widget in (RichWords, ProseLine, Prose):
    Factory.register(_widget.__name__, cls=_widget)
