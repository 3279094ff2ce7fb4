"""Moodle's GIFT: a bank of questions as plain text (https://docs.moodle.org/en/GIFT_format), read.

Escapes become private characters first, so that what is left of `~ = # { } :` are marks. What is not a question we have is told
by its line.
"""

from __future__ import annotations

import re
from typing import cast

from contract.messages import Language
from server.learning.formats.build import MAX_CHOICES, Builder, Pictures, Raw, span_of
from server.learning.formats.pools import pool_of
from server.learning.formats.text import Text, TextFormat, decoded
from server.learning.formats.told import MAX_TEXT_BYTES, Refused, Taken

_PRIVATE = 0xE000
_ESCAPED = re.compile(r"\\([\\~=#{}:n])")
_HELD = re.compile("[\ue000-\ue0ff]")
_FORMAT = re.compile(r"\s*\[(html|markdown|plain|moodle)\]\s?")
_WEIGHT = re.compile(r"\s*%\s*(-?\d{1,3}(?:\.\d{1,7})?)\s*%")
_TITLE = re.compile(r"\s*::(.*?)::", re.S)
_TAGS = re.compile(r"\[(id|tag):([^\[\]]{1,120})\]")
_TRUTH = re.compile(r"\s*(t|true|f|false)\s*(?:#(.*))?", re.I | re.S)
_BLANK = "_____"


def read_gift(raw: bytes, language: Language | None = None, pictures: Pictures | None = None) -> Taken:
    """The questions of a GIFT file. `language`: of what is not marked with one; `pictures`: files beside it, by name.

    Raises Refused for what is no text, or holds no question at all.
    """
    text, encoding = decoded(raw, MAX_TEXT_BYTES)
    builder = Builder(language, text, pictures)
    if encoding != "utf-8-sig":
        builder.taken.find("encoding", said=encoding)
    reader = _Blocks(builder)
    reader.read(_ESCAPED.sub(_hold, _HELD.sub(" ", text)))
    if not builder.taken.questions and not any(finding.lost for finding in builder.taken.findings):
        raise Refused("learning.file_empty")
    return builder.taken


def _hold(match: re.Match[str]) -> str:
    return chr(_PRIVATE + ord(match.group(1)))


def _release(text: str) -> str:
    return _HELD.sub(
        lambda match: "\n" if match.group() == chr(_PRIVATE + ord("n")) else chr(ord(match.group()) - _PRIVATE), text
    )


class _Blocks:
    """A file cut into questions: at empty lines, as long as no brace is open."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._lines: list[str] = []
        self._begins: int | None = None
        self._open = 0
        self._tags: list[tuple[str, str]] = []
        self._pool: str | None = None

    def read(self, text: str) -> None:
        for number, line in enumerate(text.split("\n"), 1):
            if self._builder.full():
                self._builder.taken.find("cut", "", number)
                return
            self._line(number, line)
        self._close()

    def _line(self, number: int, line: str) -> None:
        said = line.strip()
        if said.startswith("//"):
            self._tags += [(kind, value.strip()) for kind, value in _TAGS.findall(said)]
        elif said.startswith("$CATEGORY:"):
            self._close()
            self._pool = pool_of(_release(said.removeprefix("$CATEGORY:")))
        elif not said and (self._open <= 0 or not self._lines):
            self._close()
        elif said.startswith("::") and self._open > 0:
            self._builder.taken.find("braces", "", self._begins)
            self._close()
            self._line(number, line)
        else:
            if self._begins is None:
                self._begins = number
            self._lines.append(line)
            self._open += line.count("{") - line.count("}")

    def _close(self) -> None:
        if self._lines:
            tags = [value.removeprefix("outpost-") for kind, value in self._tags if value.startswith("outpost-")]
            _question(self._builder, "\n".join(self._lines), self._begins or 1, self._pool, tags)
            self._tags = []
        self._lines, self._begins, self._open = [], None, 0


def _question(builder: Builder, block: str, line: int, pool: str | None, tags: list[str]) -> None:
    title, where = "", ""
    if (match := _TITLE.match(block)) is not None:
        title, block = _release(match.group(1)).strip(), block[match.end() :]
        where = title
    kind: TextFormat = "moodle"
    if (match := _FORMAT.match(block)) is not None:
        kind, block = cast(TextFormat, match.group(1)), block[match.end() :]
    before, brace, rest = block.partition("{")
    body, closed, after = rest.partition("}")
    if not brace or not closed:
        builder.taken.find("not_supported" if not brace and "}" not in block else "unreadable", where, line, kind="description")
        return
    if "{" in after:
        builder.taken.find("several_blanks", where, line)
        return
    asked = f"{before}{_BLANK}{after}" if after.strip() else before
    raw = Raw("single", Text(_release(asked.strip()) or title, kind), name=title, line=line, pool=pool, tags=tags)
    answers, _, general = body.partition("####")
    if general.strip():
        raw.why.append(_text(general, kind))
    reason = _answers(raw, answers, kind)
    if reason is None:
        builder.add(raw)
    elif reason == "too_many_choices":
        builder.taken.find("too_many_choices", where, line)
    else:
        builder.taken.find("not_supported", where, line, kind=reason)


def _text(said: str, inherited: TextFormat) -> Text:
    """A part of a question: its own format, else the question's."""
    match = _FORMAT.match(said)
    if match is not None:
        return Text(_release(said[match.end() :]).strip(), cast(TextFormat, match.group(1)))
    return Text(_release(said).strip(), inherited)


def _answers(raw: Raw, body: str, kind: TextFormat) -> str | None:
    """Fill in what the braces say; the name of a kind of question that we do not have, else None."""
    if not body.strip():
        return "essay"
    if (match := _TRUTH.fullmatch(body)) is not None:
        raw.truth, raw.shuffle = True, False
        raw.right = [0 if match.group(1).lower().startswith("t") else 1]
        _feedback(raw, Text(), match.group(2) or "", kind)
        return None
    if body.lstrip().startswith("#"):
        _number(raw, body.lstrip()[1:], kind)
        return None
    marks = re.split(r"([~=])", body, maxsplit=2 * (MAX_CHOICES + 12))
    parts = list(zip(marks[1::2], marks[2::2], strict=True))
    if len(parts) > MAX_CHOICES + 10:
        return "too_many_choices"
    if not parts:
        return "unknown"
    rights = [said for mark, said in parts if mark == "="]
    if len(rights) == len(parts) and all("->" in said for said in rights):
        _match(raw, rights, kind)
    elif len(rights) == len(parts):
        _short(raw, rights, kind)
    else:
        _choice(raw, parts, kind)
    return None


def _weighed(said: str) -> tuple[float | None, str]:
    match = _WEIGHT.match(said)
    return (float(match.group(1)), said[match.end() :]) if match is not None else (None, said)


def _feedback(raw: Raw, answer: Text, said: str, kind: TextFormat) -> None:
    for part in said.split("#"):
        if part.strip():
            raw.answered.append((answer, _text(part, kind)))


def _choice(raw: Raw, parts: list[tuple[str, str]], kind: TextFormat) -> None:
    weights: list[float] = []
    exact = [mark == "=" for mark, _ in parts]
    for mark, said in parts:
        answer, _, feedback = said.partition("#")
        weight, answer = _weighed(answer)
        weights.append(100.0 if mark == "=" and weight is None else weight or 0.0)
        raw.choices.append(_text(answer, kind))
        _feedback(raw, raw.choices[-1], feedback, kind)
    if sum(exact) == 1 or any(weight >= 99.99 for weight in weights):
        raw.right = [place for place, weight in enumerate(weights) if weight >= 99.99]
        if any(0 < weight < 99.99 for weight in weights):
            raw.note("partly_right")
        if len(raw.right) > 1:
            raw.kind, raw.partial = "multiple", True
        return
    raw.kind, raw.partial = "multiple", True
    raw.right = [place for place, weight in enumerate(weights) if weight > 0]
    if len({round(weight, 2) for weight in weights if weight > 0}) > 1:
        raw.note("weights")


def _match(raw: Raw, parts: list[str], kind: TextFormat) -> None:
    raw.kind, raw.partial = "match", True
    places: dict[str, int] = {}
    for said in parts:
        left, _, right = said.partition("->")
        right, _, feedback = right.partition("#")
        other = _text(right, kind)
        place = places.setdefault(other.raw, len(places))
        if place == len(raw.others):
            raw.others.append(other)
        choice = _text(left, kind)
        if choice.raw:
            raw.pairs[len(raw.choices)] = place
            raw.choices.append(choice)
            _feedback(raw, choice, feedback, kind)


def _short(raw: Raw, parts: list[str], kind: TextFormat) -> None:
    raw.kind = "text"
    for said in parts:
        answer, _, feedback = said.partition("#")
        weight, answer = _weighed(answer)
        words = _text(answer, kind).raw
        _feedback(raw, Text(words, "plain"), feedback, kind)
        if weight is not None and weight < 99.99:
            raw.note("partly_right")
        elif re.search(r"(?<!\\)\*", words):
            raw.note("wildcard", said=words)
        else:
            raw.texts.append(words.replace("\\*", "*"))


def _number(raw: Raw, body: str, kind: TextFormat) -> None:
    raw.kind = "number"
    parts = re.split(r"[=~]", body, maxsplit=60)
    spread = [part for part in parts[1:] if part.strip()] if len(parts) > 1 else [body]
    for said in spread:
        answer, _, feedback = said.partition("#")
        weight, answer = _weighed(answer)
        _feedback(raw, Text(_release(answer).strip(), "plain"), feedback, kind)
        if (weight is not None and weight < 99.99) or raw.number:
            raw.note("partly_right")
        else:
            raw.number, raw.tolerance = _measured(_release(answer))


def _measured(said: str) -> tuple[str, str]:
    """(number, how far off); no number where it is none."""
    low, dots, high = said.partition("..")
    if dots:
        return span_of(low, high) or ("", "0")
    value, _, off = said.partition(":")
    return value.strip(), off.strip() or "0"
