"""A course as a folder of Markdown (a zip, or one file): `course.md` says what the course is, every other `.md` holds cards.

    ---                              what stands between the first two lines of dashes is about the course (course.md only)
    code: hygiene-1
    title_zh: 食品卫生
    ---
    <!-- card wash -->               the key of a card; without it, the file's name and a number
    # 洗手六步                       its title
    Text in Markdown. `![](hands.png)` on a line of its own is its picture, `video: https://…` its video,
    - [ ] 打开水龙头 {#tap}          a line to tick off; a card with such lines is a checklist
    [en]                             from here on in the other language; or two files, `01.zh.md` and `01.en.md`
    # Washing hands
    ---                              the next card
    ```gift                          a question for practice, in GIFT
    ```

`quiz.gift` or `quiz.xml` is the quiz. A line that only looks like one of these is written with a backslash before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import dropwhile
from pathlib import PurePosixPath

from contract import wire
from contract.courses import CourseBody
from contract.messages import LANGUAGES, Language
from server.learning.formats.front import course_values, front_matter
from server.learning.formats.gift import read_gift
from server.learning.formats.moodle import read_moodle
from server.learning.formats.text import decoded, language_of, name_of, picture_kind
from server.learning.formats.told import MAX_TEXT_BYTES, Refused, Taken
from server.learning.formats.zips import files_of

MAX_CARDS, MAX_ITEMS = 300, 30
MAX_LINES = 20_000  # of one card, of which 4,000 characters are kept
SPECIAL = re.compile(r"(\\*)(---|\[(?:zh|en)\]|<!-- card|```gift|[-*] \[[ xX]\] |# |!\[|video: )")
_CARD = re.compile(r"<!-- card\s+([a-z0-9_-]{1,40})(?:\s+([a-z]+))?\s*-->")
_ITEM = re.compile(r"[-*] \[[ xX]\] (.*?)(?:\s*\{#([a-z0-9_-]{1,40})\})?")
_PICTURE = re.compile(r"!\[[^\]]*\]\(([^()\s]{1,300})\)")
_VIDEO = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]+)?(/\S*)?")


@dataclass
class Course:
    """A course out of a file, with its code where the file says one."""

    body: CourseBody
    code: str | None
    taken: Taken


@dataclass
class _Side:
    """A card in one language."""

    title: str = ""
    lines: list[str] = field(default_factory=list)
    items: list[tuple[str, str | None]] = field(default_factory=list)

    def text(self) -> str:
        return "\n".join(self.lines).strip()


@dataclass
class _Card:
    key: str
    kind: str = ""
    sides: dict[Language, _Side] = field(default_factory=dict)
    picture: str | None = None
    video: str | None = None
    gift: list[str] | None = None
    where: str = ""
    line: int = 1


def read_markdown(raw: bytes, name: str, language: Language | None = None) -> Course:
    """The course in a zip of Markdown files, or in one of them. Raises Refused for what is no such thing or is hostile."""
    files = files_of(raw) if raw[:4] == b"PK\x03\x04" else {PurePosixPath(name).name or "course.md": raw}
    return _Folder(files, language).course()


class _Folder:
    def __init__(self, files: dict[str, bytes], language: Language | None) -> None:
        self.taken = Taken()
        self._texts: dict[str, str] = {}
        self.pictures: dict[str, bytes] = {}
        self._quiz: str | None = None
        self._files = files
        for name, raw in sorted(files.items()):
            self._sort(name, raw)
        if not self._texts:
            raise Refused("learning.file_empty")
        self._default: Language = language or language_of("\n".join(self._texts.values()))
        self._language = language
        self._cards: dict[str, _Card] = {}

    def _sort(self, name: str, raw: bytes) -> None:
        path = PurePosixPath(name)
        if path.suffix.lower() in (".md", ".markdown"):
            self._texts[name] = decoded(raw, MAX_TEXT_BYTES)[0]
        elif picture_kind(raw) is not None:
            self.pictures[path.name] = raw
        elif path.name in ("quiz.gift", "quiz.gift.txt", "quiz.xml"):
            self._quiz = name
        else:
            self.taken.find("file_ignored", name)

    def course(self) -> Course:
        values: dict[str, object] = {}
        code = None
        for name, text in self._texts.items():
            about, rest, line = front_matter(text)
            if about:
                said, code_said = course_values(about, self._default, self.taken, name)
                values.update(said)
                code = code_said or code
            self._cards_of(name, rest, line)
        values["cards"] = [self._written(card) for card in self._cards.values()]
        self._with_quiz(values)
        try:
            return Course(wire.convert(values, CourseBody), code, self.taken)
        except wire.Malformed as wrong:
            raise Refused("learning.file_unreadable", said=str(wrong.facts.get("field") or wrong.code)[:120]) from None

    def _with_quiz(self, values: dict[str, object]) -> None:
        settings = values.pop("quiz", None) or {}
        if self._quiz is None:
            return
        raw = self._files[self._quiz]
        found = read_moodle(raw, self._language) if self._quiz.endswith(".xml") else read_gift(raw, self._default, self.pictures)
        self.taken.findings += found.findings
        self.taken.pictures.update(found.pictures)
        if found.questions:
            values["quiz"] = {**settings, "questions": wire.plain(found.questions)}  # type: ignore[dict-item]

    def _cards_of(self, name: str, text: str, line: int) -> None:
        stem = PurePosixPath(name).name.removesuffix(".md").removesuffix(".markdown")
        stem, dot, ending = stem.rpartition(".")
        only: Language | None = "zh" if dot and ending == "zh" else "en" if dot and ending == "en" else None
        base = re.sub(r"[^a-z0-9_-]+", "-", (stem if only else f"{stem}{dot}{ending}").casefold()).strip("-")[:30] or "card"
        number, fenced, begins = 0, False, line
        block: list[str] = []
        lines = [*text.split("\n"), "---"]
        last = line + len(lines) - 1
        for place, said in enumerate(lines, line):
            if said.startswith("```"):
                fenced = not fenced
            if said.rstrip() == "---" and (not fenced or place == last):
                if any(one.strip() for one in block):
                    number += 1
                    self._card(block, f"{base}-{number}" if number > 1 or base == "course" else base, only, name, begins)
                block, begins, fenced = [], place + 1, False
            else:
                block.append(said)

    def _card(self, block: list[str], key: str, only: Language | None, where: str, line: int) -> None:
        kind = ""
        block = list(dropwhile(lambda said: not said.strip(), block))
        if len(block) > MAX_LINES:
            raise Refused("learning.file_too_many")
        if block and (match := _CARD.fullmatch(block[0].strip())) is not None:
            key, kind, block = match.group(1), match.group(2) or "", block[1:]
        card = self._cards.setdefault(key, _Card(key, kind, where=where, line=line))
        if len(self._cards) > MAX_CARDS:
            raise Refused("learning.file_too_many")
        language = only or self._default
        if only is None and any(one.strip() == "[zh]" for one in block) and not any(one.strip() == "[en]" for one in block):
            language = "en" if language == "zh" else language
        for said in block:
            if card.gift is not None and not (card.gift and card.gift[-1] == "```"):
                card.gift.append(said.rstrip() if said.startswith("```") else said)
            elif said.strip() in ("[zh]", "[en]"):
                language = "zh" if said.strip() == "[zh]" else "en"
            else:
                self._line(card, card.sides.setdefault(language, _Side()), said)

    def _line(self, card: _Card, side: _Side, said: str) -> None:
        if said.startswith("# ") and not side.title and not side.text():
            side.title = said[2:].strip()
        elif (match := _ITEM.fullmatch(said.rstrip())) is not None:
            side.items.append((match.group(1).strip(), match.group(2)))
        elif (match := _PICTURE.fullmatch(said.strip())) is not None:
            self._picture(card, match.group(1))
        elif said.startswith("video: "):
            if _VIDEO.fullmatch(said[7:].strip()):
                card.video = said[7:].strip()
            else:
                self.taken.find("video_link", card.where, card.line, said=said[7:].strip())
        elif said.startswith("```gift"):
            card.gift = []
        else:
            escaped = SPECIAL.match(said)
            side.lines.append(said[1:] if escaped is not None and escaped.group(1) else said)

    def _picture(self, card: _Card, name: str) -> None:
        short = PurePosixPath(name).name
        if short not in self.pictures:
            self.taken.find("picture_missing", card.where, card.line, name=short)
        elif card.picture is not None and card.picture != name_of(self.pictures[short]):
            self.taken.find("picture_more", card.where, card.line, name=short)
        else:
            card.picture = name_of(self.pictures[short])
            self.taken.pictures[card.picture] = self.pictures[short]

    def _written(self, card: _Card) -> dict[str, object]:
        found: dict[str, object] = {"key": card.key, "picture": card.picture, "video": card.video}
        for language in LANGUAGES:
            side = card.sides.get(language, _Side())
            if len(side.title) > 120 or len(side.text()) > 4_000:
                self.taken.find("cut", card.where, card.line)
            found |= {f"title_{language}": side.title[:120], language: side.text()[:4_000]}
        found["items"] = self._items(card)
        if card.gift is not None:
            found["question"] = self._question(card)
        bare = not any(side.text() for side in card.sides.values())
        found["kind"] = card.kind or self._kind(found, bare=bare)
        return found

    def _kind(self, found: dict[str, object], *, bare: bool) -> str:
        if found.get("question") is not None:
            return "question"
        if found["items"]:
            return "checklist"
        if found["video"] is not None:
            return "video"
        return "picture" if found["picture"] is not None and bare else "text"

    def _items(self, card: _Card) -> list[dict[str, str]]:
        items: dict[str, dict[str, str]] = {}
        for language, side in card.sides.items():
            for number, (text, key) in enumerate(side.items, 1):
                items.setdefault(key or f"i{number}", {"key": key or f"i{number}"})[language] = text[:120]
        if len(items) > MAX_ITEMS:
            self.taken.find("cut", card.where, card.line)
        return list(items.values())[:MAX_ITEMS]

    def _question(self, card: _Card) -> object:
        lines = [line for line in card.gift or [] if line != "```"]
        try:
            found = read_gift("\n".join(lines).encode(), self._language or self._default, self.pictures)
        except Refused:
            self.taken.find("unreadable", card.where, card.line)
            return None
        self.taken.pictures.update(found.pictures)
        for one in found.findings:
            self.taken.find(one.code, card.where, card.line + (one.line or 0), **one.facts)
        return wire.plain(found.questions[0]) if found.questions else None
