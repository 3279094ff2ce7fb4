"""A month report's page at the console, read as a reader does: cell by cell of its working, its sum, its revisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

HEADS = ["指标", "归属", "权重", "实际", "目标", "得分", "计入"]
_VOID = ("br", "img", "input", "link", "meta", "use", "rect", "path", "circle", "polyline", "line", "hr", "source", "wbr")


@dataclass
class Shown:
    """`total`: the composite at the head. `lines`: the working's [name, owner, weight, actual, target, points, adds]; what stands
    `small` under their names; `sum`: its last cell. `revisions`: their words, the newest first; `changes`: what they changed, in
    the order of the page."""

    total: str = ""
    heads: list[str] = field(default_factory=list)
    lines: list[list[str]] = field(default_factory=list)
    small: list[str] = field(default_factory=list)
    sum: str = ""
    revisions: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """Words go to the innermost of the places we read; what stands small is kept apart from the name it stands under."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = Shown()
        self._open: list[tuple[str, str]] = []  # (tag, what its words belong to)
        self._words: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        told = dict(attrs)
        place = self._place(tag, (told.get("class") or "").split(), told)
        if place:
            self._words[place] = []
        self._open.append((tag, place))
        if tag == "tr" and self._is_in("table:working") and self._is_in("tbody"):
            self.shown.lines.append([])
            self.shown.small.append("")

    def _place(self, tag: str, classes: list[str], told: dict[str, str | None]) -> str:
        if tag == "table":
            return "table:working" if "cards" in classes else "table"
        if "data-composite" in told:
            return "total"
        if tag in ("th", "td") and self._is_in("table:working"):
            return "cell"
        if tag == "span" and "block" in classes and self._is_in("cell"):
            return "small"
        if "score-revision" in classes:
            return "revision"
        return "change" if tag == "li" and self._is_in("revision") else ""

    def handle_data(self, data: str) -> None:
        place = next((place for _, place in reversed(self._open) if place), "")
        if place and data.strip():
            self._words[place].append(" ".join(data.split()))

    def handle_endtag(self, tag: str) -> None:
        while self._open and tag not in _VOID:
            opened, place = self._open.pop()
            if place:
                self._said(place, " ".join(self._words.pop(place)))
            if opened == tag:
                return

    def _said(self, place: str, words: str) -> None:
        shown = self.shown
        if place == "cell" and self._is_in("thead"):
            shown.heads.append(words)
        elif place == "cell" and self._is_in("tfoot"):
            shown.sum = words
        elif place == "cell":
            shown.lines[-1].append(words)
        elif place == "small":
            shown.small[-1] = words
        elif place == "total":
            shown.total = words
        elif place == "revision":
            shown.revisions.append(words)
        elif place == "change":
            shown.changes.append(words)

    def _is_in(self, what: str) -> bool:
        return any(what in (tag, place) for tag, place in self._open)


def shown_on(page: str) -> Shown:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.shown


def compare(page: str, lines: list[list[str]], composite: str) -> Shown:
    """The working of this page says these very cells, line by line, under the heads we know, and sums to the composite."""
    shown = shown_on(page)
    assert shown.heads == HEADS, shown.heads
    assert shown.lines == lines, shown.lines
    assert (shown.total, shown.sum) == (composite, composite), (shown.total, shown.sum)
    return shown
