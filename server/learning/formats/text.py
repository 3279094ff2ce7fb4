"""Text as other programs write it: encodings, HTML, Moodle's several languages in one text; and back."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Literal

from contract.messages import LANGUAGES, Language
from server.learning.formats.told import Refused

TextFormat = Literal["html", "markdown", "plain", "moodle"]
MAX_HTML = 12_000  # what is longer cannot be kept whole anyway
_HAN = re.compile(r"[\u3400-\u9fff]")
_CONTROLS = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>|<!--")
_SPAN = re.compile(r"<span\b(?=[^<>]{0,200}\bmultilang\b)[^<>]{0,200}?\blang=[\"']?([a-zA-Z]{2})[^<>]{0,200}>")
_MLANG = re.compile(r"\{mlang ([a-zA-Z_,]{2,40})\}")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_NO_TAG = re.compile(r"<(?![/!]?[a-zA-Z][^<>]{0,2000}>)")  # html.parser looks for the end of each again and again
# Without a counterpart here, and editors wrap every word in them: html.parser takes longest for a tag's start.
_FORMLESS = re.compile(r"</?(?:span|font)(?:\s(?:[^<>\"']|\"[^\"<>]{0,300}\"|'[^'<>]{0,300}'){0,400})?>", re.I)
_ENDS = ((_SPAN, "</span>"), (_MLANG, "{mlang}"))


@dataclass(frozen=True)
class Text:
    """A text as it stands in a file, with what its marks mean."""

    raw: str = ""
    format: TextFormat = "moodle"


def decoded(raw: bytes, most: int) -> tuple[str, str]:
    """(text, its encoding). Line ends are \\n. Raises Refused for what is too large, no text, or holds NUL."""
    if len(raw) > most:
        raise Refused("learning.file_too_large", limit_mb=most // 2**20)
    encodings = ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return _CONTROLS.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")), encoding
    raise Refused("learning.file_encoding")


def language_of(text: str) -> Language:
    """In which of the two languages a text is written: Chinese as soon as a fair part of it is."""
    part = text[:200_000]
    return "zh" if len(_HAN.findall(part)) * 12 > sum(one.isalpha() for one in part) else "en"


def languages_in(texts: Iterable[Text]) -> set[str]:
    """The languages that texts are marked with, in Moodle's way."""
    return {one for text in texts for said, _ in _pieces(text.raw[:MAX_HTML]) for one in said}


def in_language(raw: str, language: Language) -> str:
    """What a text says in one language: its parts in others are left out, what has no language stays."""
    return "".join(piece for said, piece in _pieces(raw[:MAX_HTML]) if not said or language in said)


def _pieces(raw: str) -> list[tuple[list[str], str]]:
    """A text cut at the marks of languages: (languages, piece), no languages for what stands outside. Linear in its length."""
    if "multilang" not in raw and "{mlang" not in raw:
        return [([], raw)]
    begins, end_mark = _ENDS[0] if "multilang" in raw else _ENDS[1]
    found: list[tuple[list[str], str]] = []
    at = 0
    while (match := begins.search(raw, at)) is not None and (end := raw.find(end_mark, match.end())) >= 0:
        found.append(([], raw[at : match.start()]))
        found.append((match.group(1).lower().split(","), raw[match.end() : end]))
        at = end + len(end_mark)
    return [*found, ([], raw[at:])]


@dataclass
class Plainly:
    """A text without HTML: Markdown, or plain where it is to have no marks. `lost`: tags that had no counterpart."""

    text: str
    pictures: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)


def plainly(raw: str, kind: TextFormat, *, marks: bool) -> Plainly:
    """A text in our Markdown (`marks`), or as one line of plain words."""
    if kind == "plain":
        found = Plainly(raw.strip())
    elif _TAG.search(raw):
        reader = _Reader(marks=marks, breaks=kind != "html")
        reader.feed(_NO_TAG.sub("&lt;", _FORMLESS.sub("", _COMMENT.sub("", raw))))
        reader.close()
        found = Plainly(reader.text(), reader.pictures, reader.lost)
    else:
        found = Plainly(html.unescape(_joined(raw) if kind == "html" else raw).strip())
    if not marks:
        found.text = re.sub(r"\s+", " ", found.text).strip()
    return found


def _joined(raw: str) -> str:
    return re.sub(r"\s+", " ", raw)


_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`"}
_BLOCKS = {"p", "div", "section", "article", "blockquote", "dd", "dt", "dl", "figure", "figcaption", "center"}
_SILENT = {"span", "font", "u", "small", "big", "a", "abbr", "html", "body", "sub", "sup", "label", "tbody", "thead", "mark", "s",
           "tt", "cite", "q", "kbd", "samp", "var", "wbr", "head", "title", "meta", "o:p", "nolink"}  # fmt: skip
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}


class _Reader(HTMLParser):
    """HTML read as Markdown."""

    def __init__(self, *, marks: bool, breaks: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.pictures: list[str] = []
        self.lost: set[str] = set()
        self._marks, self._breaks = marks, breaks
        self._parts: list[str] = []
        self._lists: list[int] = []
        self._hidden = self._pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._hidden += 1
            self.lost.add(tag)
        elif tag in ("br", "hr"):
            self._parts.append("\n")
        elif tag == "img":
            self.pictures.append(said.get("src", ""))
        elif tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ul" else 1)
        elif tag == "li":
            self._item()
        elif tag in _HEADINGS:
            self._parts.append("\n\n" + ("**" if self._marks else ""))
        elif tag in _BLOCKS or tag in ("pre", "table", "tr"):
            self._parts.append("\n\n" if tag != "tr" else "\n")
            self._pre += tag == "pre"
            if tag == "table":
                self.lost.add(tag)
        elif tag in ("td", "th"):
            self._parts.append(" ")
        elif tag in _MARKS:
            self._parts.append(_MARKS[tag] if self._marks else "")
        elif tag not in _SILENT:
            self.lost.add(tag)

    def _item(self) -> None:
        if not self._lists or self._lists[-1] == 0:
            self._parts.append("\n- ")
        else:
            self._parts.append(f"\n{self._lists[-1]}. ")
            self._lists[-1] += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._hidden = max(0, self._hidden - 1)
        elif tag in ("ul", "ol"):
            del self._lists[-1:]
            self._parts.append("\n\n")
        elif tag in _HEADINGS:
            self._parts.append(("**" if self._marks else "") + "\n\n")
        elif tag in _BLOCKS or tag in ("pre", "table"):
            self._pre = max(0, self._pre - (tag == "pre"))
            self._parts.append("\n\n")
        elif tag in _MARKS:
            self._parts.append(_MARKS[tag] if self._marks else "")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._parts.append(data if self._pre or self._breaks else _joined(data))

    def text(self) -> str:
        """What was read, without spaces at line ends and more than one empty line."""
        lines = "".join(self._parts).split("\n")
        tidy = "\n".join(line.rstrip() if self._breaks or self._pre else line.strip() for line in lines)
        return re.sub(r"\n{3,}", "\n\n", tidy).strip().replace("****", "")


def written(zh: str, en: str, languages: set[str], *, always: bool = False) -> str:
    """Two languages as one text in Moodle's way, safe as Markdown there. Where only one language is used, that one alone."""
    if len(languages) < 2:
        return _safe(zh or en)
    if zh == en and not always:
        return _safe(zh)
    both = zip(LANGUAGES, (zh, en), strict=True)
    return "".join(f'<span lang="{one}" class="multilang">{_safe(said)}</span>' for one, said in both if said or always)


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("->", "-&gt;").replace("{mlang", "&#123;mlang")


def picture_kind(raw: bytes) -> Literal["png", "jpg"] | None:
    """What a picture is by its first bytes; None for what no course shows."""
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    return "jpg" if raw.startswith(b"\xff\xd8\xff") else None


def name_of(raw: bytes) -> str:
    """The name of a picture in a course: its SHA-256."""
    return hashlib.sha256(raw).hexdigest()
