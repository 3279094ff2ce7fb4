"""Where a line may end. Kivy breaks at spaces only and then anywhere; Chinese breaks between characters, but no line may
begin with a full stop or end with an opening bracket. Lines come out about equally long, which looks calmer."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator

from kivy.core.text import Label as CoreLabel

_NEVER_FIRST = "，。、；：？！）》」』”’…%‰℃°,.;:?!)]}·"
_NEVER_LAST = "（《「『“‘([{"
_WIDE = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_UNITS = re.compile(rf"\s+|[{_WIDE}]|[^\s{_WIDE}]+")
_EVEN_STEPS = 6


def wrapped(text: str, width: float, font_name: str, font_size: float) -> str:
    """The text with line breaks for this width, none where it fits."""
    return "\n".join(_paragraph(part, width, font_name, font_size) for part in text.split("\n"))


def wrapped_runs(runs: Iterable[tuple[str, str]], width: float, font_size: float) -> list[list[tuple[str, str]]]:
    """Lines of stretches for this width, from stretches of (words, name of the font)."""
    lines: list[list[tuple[str, str]]] = [[]]
    used = 0.0
    for cluster in _clusters(runs):
        wide = sum(_width(unit, font, font_size) for unit, font in cluster)
        is_space = all(unit.isspace() for unit, _ in cluster)
        if lines[-1] and not is_space and used + wide > width:
            lines.append([])
            used = 0.0
        if lines[-1] or not is_space:
            lines[-1] += cluster
            used += wide
    return [line for line in lines if line]


def _clusters(runs: Iterable[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Units that must stay together, though they may be of two fonts."""
    held: list[tuple[str, str]] = []
    for text, font in runs:
        for unit in _units(text):
            glued = held and not held[-1][0].isspace() and (unit[0] in _NEVER_FIRST or held[-1][0][-1] in _NEVER_LAST)
            if held and not glued:
                yield held
                held = []
            held.append((unit, font))
    if held:
        yield held


def _paragraph(text: str, width: float, font_name: str, font_size: float) -> str:
    units = _units(text)
    # measured whole: the widths of its pieces, each rounded up, are together more than the line's
    if len(units) < 2 or _width(text, font_name, font_size) <= width:
        return text
    widths = [_width(unit, font_name, font_size) for unit in units]
    lines = _fill(units, widths, width)
    # The narrowest measure that needs no more lines: no single character is left alone on the last one.
    low, high = width / 2, width
    for _ in range(_EVEN_STEPS):
        middle = (low + high) / 2
        tried = _fill(units, widths, middle)
        if len(tried) <= len(lines):
            lines, high = tried, middle
        else:
            low = middle
    return "\n".join(lines)


def _fill(units: list[str], widths: list[float], width: float) -> list[str]:
    lines, line, used = [], "", 0.0
    for unit, wide in zip(units, widths, strict=True):
        if line and used + _bare(unit, wide) > width:
            lines.append(line.rstrip())
            line, used = "", 0.0
            if unit.isspace():
                continue
        line, used = line + unit, used + wide
    return [*lines, line.rstrip()] if line.strip() else lines


def _bare(unit: str, wide: float) -> float:
    return 0.0 if unit.isspace() else wide


@functools.lru_cache(maxsize=512)
def _units_of(text: str) -> tuple[str, ...]:
    """Words and characters with what must not leave them."""
    units: list[str] = []
    for unit in _UNITS.findall(text):
        glued = units and not units[-1].isspace() and (unit[0] in _NEVER_FIRST or units[-1][-1] in _NEVER_LAST)
        if glued:
            units[-1] += unit
        else:
            units.append(unit)
    return tuple(units)


def _units(text: str) -> list[str]:
    return list(_units_of(text))


@functools.lru_cache(maxsize=8192)
def _width(unit: str, font_name: str, font_size: float) -> float:
    return float(CoreLabel(font_size=font_size, font_name=font_name).get_extents(unit)[0])
