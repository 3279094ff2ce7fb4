"""A question as a file has it, made one of ours: languages told apart, HTML made Markdown, keys given, limits kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from urllib.parse import unquote

from contract import wire
from contract.courses import of_question
from contract.messages import LANGUAGES, Language
from contract.quizzes import MOST_OF_A_CHOICE, Question, QuestionKind
from server.learning.formats.text import MAX_HTML, Text, language_of, languages_in, name_of, picture_kind, plainly
from server.learning.formats.text import in_language as said_in
from server.learning.formats.told import FindingCode, Taken

MAX_QUESTIONS, MAX_CHOICES, MAX_TEXTS = 500, 20, 30
LETTERS = "abcdefghijklmnopqrst"
_KEY = re.compile(r"[a-z0-9_-]{1,40}")
_TRUTH = ({"key": "true", "zh": "对", "en": "True"}, {"key": "false", "zh": "错", "en": "False"})
_HARMLESS = Decimal("0.00001")
Pictures = Mapping[str, bytes]


@dataclass
class Raw:
    """A question before it is ours. `right`: places of right choices, in their order where order is asked; `pairs`: place of a
    choice to place among others; `truth`: a question of true or false; `tags`: ours, without `outpost-`."""

    kind: QuestionKind
    text: Text
    name: str = ""
    line: int | None = None
    choices: list[Text] = field(default_factory=list)
    others: list[Text] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    pairs: dict[int, int] = field(default_factory=dict)
    number: str = ""
    tolerance: str = "0"
    texts: list[str] = field(default_factory=list)
    why: list[Text] = field(default_factory=list)
    answered: list[tuple[Text, Text]] = field(default_factory=list)  # feedback that belongs to one answer
    points: int = 1
    partial: bool = False
    shuffle: bool = True
    unit: str = ""
    pool: str | None = None
    truth: bool = False
    tags: list[str] = field(default_factory=list)
    files: Pictures = field(default_factory=dict)
    notes: list[tuple[FindingCode, dict[str, str]]] = field(default_factory=list)

    def note(self, code: FindingCode, **facts: str) -> None:
        self.notes.append((code, facts))

    def every_text(self) -> list[Text]:
        return [self.text, *self.choices, *self.others, *self.why, *(text for pair in self.answered for text in pair)]


def number_of(said: str, *, rounded: bool = False) -> str | None:
    """A decimal number as the wire has it, or None where it cannot be one: nine digits before the point, six behind it.
    `rounded`: more behind it are rounded away."""
    try:
        value = Decimal(said.strip().replace(",", "."))
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) >= 10**9 or value.adjusted() < -40:
        return None
    exact = value.quantize(Decimal("0.000001"))
    if exact != value and not rounded:
        return None
    text = format(exact, "f").rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def span_of(low: str, high: str) -> tuple[str, str] | None:
    """(middle, tolerance) of a range."""
    one, other = number_of(low), number_of(high)
    if one is None or other is None:
        return None
    middle, half = number_of(str((Decimal(one) + Decimal(other)) / 2)), number_of(str(abs(Decimal(other) - Decimal(one)) / 2))
    return (middle, half) if middle is not None and half is not None else None


class Builder:
    """Questions of one file. `language`: of what is marked with none; None: as it seems to be."""

    def __init__(self, language: Language | None, sample: str, pictures: Pictures | None = None) -> None:
        self.taken = Taken()
        self.default: Language = language or language_of(sample)
        self._pictures = pictures or {}
        self._keys: set[str] = set()

    def full(self) -> bool:
        """Whether no more questions fit into a course."""
        return len(self.taken.questions) >= MAX_QUESTIONS

    def add(self, raw: Raw) -> None:
        """Take a question, or say why not."""
        where = raw.name or str(len(self.taken.questions) + 1)
        _of_tags(raw)
        for code, facts in raw.notes:
            self.taken.find(code, where, raw.line, **facts)
        if (wrong := self._unfit(raw)) is not None:
            self.taken.find(wrong, where, raw.line)
            return
        said = _Said(self, raw, where)
        values = said.values(self._key(raw.name))
        if not said.fits:
            self.taken.find("choice_too_long", where, raw.line)
            return
        try:
            question = wire.convert(values, Question)
        except wire.Malformed:
            self.taken.find("invalid", where, raw.line)
            return
        if of_question("question", question):
            self.taken.find("no_pairs" if raw.kind == "match" else "no_right_answer", where, raw.line)
            return
        self.taken.questions.append(question)
        self._keys.add(question.key)

    def _unfit(self, raw: Raw) -> FindingCode | None:
        if max(len(raw.choices), len(raw.others)) > MAX_CHOICES or len(raw.texts) > MAX_TEXTS:
            return "too_many_choices"
        if raw.kind == "number":
            return self._number(raw)
        return None

    def _number(self, raw: Raw) -> FindingCode | None:
        """A value with too many decimals is rounded where its tolerance makes that harmless."""
        tolerance = number_of(raw.tolerance, rounded=True)
        value = number_of(raw.number)
        if value is None and tolerance is not None and Decimal(tolerance) >= _HARMLESS:
            value = number_of(raw.number, rounded=True)
            self.taken.find("number_rounded", raw.name, raw.line, said=raw.number)
        if value is None or tolerance is None or tolerance.startswith("-"):
            return "number_wrong"
        raw.number, raw.tolerance = value, tolerance
        return None

    def _key(self, name: str) -> str:
        if _KEY.fullmatch(name) and name not in self._keys:
            return name
        number = len(self.taken.questions) + 1
        while f"q{number}" in self._keys:
            number += 1
        return f"q{number}"

    def picture(self, raw: Raw, name: str, where: str) -> str | None:
        """The SHA-256 of a picture that a question names; None with a line in the report where there is none."""
        short = unquote(name).rsplit("/", 1)[-1]
        found = raw.files.get(short) or self._pictures.get(short)
        if found is None:
            self.taken.find("picture_missing", where, raw.line, name=short)
        elif picture_kind(found) is None:
            self.taken.find("picture_kind", where, raw.line, name=short)
        else:
            sha = name_of(found)
            self.taken.pictures[sha] = found
            return sha
        return None


def _of_tags(raw: Raw) -> None:
    """What we wrote ourselves beside a question, because the format has no place for it."""
    for tag in raw.tags:
        name, _, value = tag.partition("-")
        if name == "whole":
            raw.partial = False
        elif name == "partial":
            raw.partial = True
        elif name == "fixed":
            raw.shuffle = False
        elif name == "points" and value.isdecimal() and value.isascii():
            raw.points = int(value[:4])
        elif name == "unit":
            raw.unit = unquote(value)
        elif name == "order" and raw.kind == "match":
            by_place = sorted(raw.pairs.items(), key=lambda pair: _whole(raw.choices[pair[0]].raw))
            raw.kind, raw.choices = "order", [raw.others[right] for _, right in by_place]
            raw.others, raw.pairs, raw.right = [], {}, list(range(len(by_place)))


def _whole(said: str) -> int:
    return int(said[:6]) if said.isdecimal() and said.isascii() else 0


class _Said:
    """The texts of one question in its languages."""

    def __init__(self, builder: Builder, raw: Raw, where: str) -> None:
        self.raw, self.fits = raw, True
        self._builder, self._where = builder, where
        marked = languages_in(raw.every_text())
        ours: list[Language] = [one for one in LANGUAGES if one in marked]
        if marked and not ours:
            builder.taken.find("other_language", where, raw.line, languages=", ".join(sorted(marked)))
        elif marked - set(ours):
            builder.taken.find("other_language", where, raw.line, languages=", ".join(sorted(marked - set(ours))))
        self.languages: list[Language] = ours or [builder.default]
        self._lost: set[str] = set()

    def values(self, key: str) -> dict[str, object]:
        """The question as the wire has it."""
        raw = self.raw
        tagged = {tag.split("-", 1)[1] for tag in raw.tags if tag.startswith("picture-")}
        text, pictures = self._words(raw.text, most=4_000, marks=True)
        pictures += [name.removeprefix("=") for name in tagged if name.startswith("=")]
        found: dict[str, object] = {
            "key": key, "kind": raw.kind, **text, "unit": raw.unit[:20], "points": max(1, min(100, raw.points)),
            "partial": raw.partial, "shuffle": raw.shuffle, "pool": raw.pool, "picture": self._picture(pictures), **self._why(),
            "choices": list(_TRUTH) if raw.truth else self._choices(raw.choices, LETTERS, tagged),
            "others": self._choices(raw.others, [str(number) for number in range(1, MAX_CHOICES + 1)], tagged),
            "solution": self._solution(),
        }  # fmt: skip
        if self._lost:
            self._builder.taken.find("formatting", self._where, raw.line, tags=", ".join(sorted(self._lost)))
        return found

    def _words(self, text: Text, *, most: int, marks: bool) -> tuple[dict[str, str], list[str]]:
        found: dict[str, str] = {}
        pictures: list[str] = []
        for language in self.languages:
            read = plainly(said_in(text.raw, language), text.format, marks=marks)
            self._lost |= read.lost
            pictures += [name for name in read.pictures if name not in pictures]
            if len(read.text) > most and marks:
                self._builder.taken.find("cut", self._where, self.raw.line)
                read.text = read.text[: most - 1] + "…"
            found[language] = read.text
        if len(text.raw) > MAX_HTML and marks:
            self._builder.taken.find("cut", self._where, self.raw.line)
        return found, pictures

    def _picture(self, names: list[str]) -> str | None:
        for name in names[1:]:
            self._builder.taken.find("picture_more", self._where, self.raw.line, name=name.rsplit("/", 1)[-1])
        return self._builder.picture(self.raw, names[0], self._where) if names else None

    def _choices(self, texts: list[Text], keys: str | list[str], tagged: set[str]) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for key, text in zip(keys, texts, strict=False):
            words, pictures = self._words(text, most=MOST_OF_A_CHOICE, marks=False)
            self.fits = self.fits and len(text.raw) <= MAX_HTML and all(len(one) <= MOST_OF_A_CHOICE for one in words.values())
            pictures += [name.removeprefix(f"{key}=") for name in tagged if name.startswith(f"{key}=")]
            found.append({"key": key, **words, "picture": self._picture(pictures)})
        return found

    def _why(self) -> dict[str, str]:
        """General feedback, then what belongs to single answers, each with its answer."""
        parts = [self._words(text, most=4_000, marks=True)[0] for text in self.raw.why]
        for answer, feedback in self.raw.answered:
            named = self._words(answer, most=120, marks=False)[0] if answer.raw else {}
            told = self._words(feedback, most=4_000, marks=True)[0]
            parts.append({one: f"- {named[one]}: {text}" if named.get(one) else text for one, text in told.items() if text})
        if self.raw.answered:
            self._builder.taken.find("feedback_merged", self._where, self.raw.line)
        joined = {one: "\n".join(part[one] for part in parts if part.get(one)).strip() for one in self.languages}
        return {f"why_{one}": text[:4_000] for one, text in joined.items()}

    def _solution(self) -> dict[str, object]:
        raw = self.raw
        if raw.kind == "number":
            return {"number": raw.number, "tolerance": raw.tolerance}
        if raw.kind == "text":
            return {"texts": list(dict.fromkeys(text[:120] for text in raw.texts))}
        if raw.kind == "match":
            return {"pairs": {LETTERS[left]: str(right + 1) for left, right in raw.pairs.items()}}
        keys = ["true", "false"] if raw.truth else list(LETTERS)
        return {"right": [keys[place] for place in raw.right]}
