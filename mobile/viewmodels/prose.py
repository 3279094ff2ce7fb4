"""Markdown as blocks of runs that labels can show: what authors of courses use of it, read kindly.

A block is a heading, a paragraph, a line of a list, a quotation or code; a run is a stretch of it, bold or not. What is not
understood is shown as it was written, and nothing ever becomes anything but words: no picture, no address is loaded from here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

BlockKind = Literal["heading", "paragraph", "item", "quote", "code"]

_HEADING: Final = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_ITEM: Final = re.compile(r"(\s*)([-*+]|\d{1,3}[.)])\s+(.*)")
_FENCE: Final = re.compile(r"\s*```[a-z0-9]*\s*")
_RULE: Final = re.compile(r"\s*([-*_])(\s*\1){2,}\s*")
_TABLE_LINE: Final = re.compile(r"\s*\|?[\s:|-]*-{2,}[\s:|-]*\|?\s*")
_INLINE: Final = re.compile(
    r"\\(?P<escaped>[\\`*_{}\[\]()#+.!>|~-])"
    r"|!?\[(?P<linked>[^\]\n]*)\]\([^)\n]*\)"
    r"|`(?P<code>[^`\n]+)`"
    r"|(?P<mark>\*\*|__)(?P<bold>(?=\S).+?(?<=\S))(?P=mark)"
    r"|(?<![\w*])(?P<light>[*_])(?P<soft>(?=[^\s*_]).+?(?<=[^\s*_]))(?P=light)(?![\w*])"
)

_MARKS: Final = "*_`"


@dataclass(frozen=True)
class Run:
    """A stretch of words."""

    text: str
    bold: bool = False


@dataclass(frozen=True)
class Block:
    """`mark`: the sign before a line of a list, its number where it has one; `depth` how far in it stands."""

    kind: BlockKind
    runs: tuple[Run, ...]
    mark: str = ""
    depth: int = 0

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


def blocks_of(markdown: str) -> tuple[Block, ...]:
    """What a text says, in its order. Lines of a paragraph are joined; in Chinese without a space between."""
    found: list[Block] = []
    waiting: list[str] = []
    code: list[str] | None = None

    def paragraph() -> None:
        if waiting:
            found.append(Block("paragraph", runs_of(_joined(waiting))))
            waiting.clear()

    for line in markdown.replace("\r\n", "\n").split("\n"):
        if _FENCE.fullmatch(line):
            paragraph()
            if code is not None:
                found.append(Block("code", (Run("\n".join(code)),)))
            code = [] if code is None else None
        elif code is not None:
            code.append(line)
        elif not line.strip() or _RULE.fullmatch(line) or ("|" in line and _TABLE_LINE.fullmatch(line)):
            paragraph()
        else:
            block = _block_of(line)
            if block is None:
                waiting.append(line.strip())
            else:
                paragraph()
                found.append(block)
    paragraph()
    if code:
        found.append(Block("code", (Run("\n".join(code)),)))
    return tuple(found)


def runs_of(text: str, *, bold: bool = False) -> tuple[Run, ...]:
    """A line's stretches."""
    runs: list[Run] = []
    at = 0
    for found in _INLINE.finditer(text):
        runs.append(Run(text[at : found.start()], bold))
        at = found.end()
        inner = found["bold"] if found["bold"] is not None else found["soft"] if found["soft"] is not None else found["linked"]
        if inner is not None:
            runs += runs_of(inner, bold=bold or found["bold"] is not None)
        else:
            runs.append(Run(found["escaped"] or found["code"] or "", bold))
    runs.append(Run(text[at:], bold))
    return _merged(runs)


def plain(markdown: str) -> str:
    """The words alone, for places that have one weight."""
    return "\n".join(" ".join(filter(None, (block.mark, block.text))) for block in blocks_of(markdown))


def _block_of(line: str) -> Block | None:
    heading = _HEADING.fullmatch(line.strip())
    if heading is not None:
        return Block("heading", runs_of(heading[2]), depth=len(heading[1]))
    item = _ITEM.fullmatch(line)
    if item is not None:
        mark = item[2] if item[2][0].isdigit() else "•"
        return Block("item", runs_of(item[3]), mark, min(3, len(item[1].expandtabs(4)) // 2))
    if line.lstrip().startswith(">"):
        return Block("quote", runs_of(line.lstrip().lstrip("> ")))
    if line.strip().startswith("|"):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        return Block("paragraph", runs_of("  ".join(filter(None, cells))))
    return None


def _joined(lines: list[str]) -> str:
    text = lines[0]
    for line in lines[1:]:
        between = "" if _is_wide(text.rstrip(_MARKS)[-1:]) and _is_wide(line.lstrip(_MARKS)[:1]) else " "
        text += between + line
    return text


def _is_wide(char: str) -> bool:
    """Of a script that puts no space between words."""
    return bool(char) and (0x2E80 <= ord(char) <= 0x9FFF or 0xFF00 <= ord(char) <= 0xFFEF)


def _merged(runs: list[Run]) -> tuple[Run, ...]:
    merged: list[Run] = []
    for run in runs:
        if merged and merged[-1].bold == run.bold:
            merged[-1] = Run(merged[-1].text + run.text, run.bold)
        elif run.text:
            merged.append(run)
    return tuple(merged)
