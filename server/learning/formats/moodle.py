"""Moodle's XML of questions (https://docs.moodle.org/en/Moodle_XML_format), read. Entities and document types are refused: no
file of questions needs any, and with them a few lines become gigabytes or another machine's files."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import cast
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from contract.messages import Language
from server.learning.formats.build import MAX_CHOICES, MAX_TEXTS, Builder, Raw, number_of
from server.learning.formats.pools import pool_of
from server.learning.formats.text import Text, TextFormat
from server.learning.formats.told import MAX_XML_BYTES, Refused, Taken

MOST_TAGS = 150_000
MOST_PICTURE = 2 * 2**20
_FORMATS: dict[str, TextFormat] = {
    "html": "html", "markdown": "markdown", "plain_text": "plain", "plain": "plain", "moodle_auto_format": "moodle",
}  # fmt: skip


def read_moodle(raw: bytes, language: Language | None = None) -> Taken:
    """The questions of a Moodle XML file. Raises Refused for what is no such file, is hostile, or holds no question at all."""
    root = _root(raw)
    builder = Builder(language, _sample(root))
    pool: str | None = None
    for number, element in enumerate(root.iter("question"), 1):
        kind = element.get("type", "")
        if builder.full():
            builder.taken.find("cut", str(number))
            break
        if kind == "category":
            pool = pool_of(_inner(element.find("category")))
            continue
        name = _inner(element.find("name")).strip() or str(number)
        if kind not in _KINDS:
            builder.taken.find("not_supported", name, None, kind=kind)
        elif len(element.findall("answer")) > 10 * MAX_CHOICES or len(element.findall("subquestion")) > 10 * MAX_CHOICES:
            builder.taken.find("too_many_choices", name)
        else:
            builder.add(_question(element, kind, name, pool))
    if not builder.taken.questions and not any(finding.lost for finding in builder.taken.findings):
        raise Refused("learning.file_empty")
    return builder.taken


def _root(raw: bytes) -> Element:
    if len(raw) > MAX_XML_BYTES:
        raise Refused("learning.file_too_large", limit_mb=MAX_XML_BYTES // 2**20)
    if b"\x00" in raw and raw[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise Refused("learning.file_encoding")
    if raw.count(b"<") > MOST_TAGS:
        raise Refused("learning.file_too_many")
    try:
        root: Element = fromstring(raw, forbid_dtd=True)
    except DefusedXmlException:
        raise Refused("learning.file_hostile") from None
    except (ParseError, LookupError, ValueError, UnicodeError) as broken:
        raise Refused("learning.file_unreadable", said=str(broken)[:120]) from None
    if root.tag != "quiz":
        raise Refused("learning.file_unreadable", said=f"<{str(root.tag)[:40]}>")
    return root


def _sample(root: Element) -> str:
    found, size = [], 0
    for element in root.iter("text"):
        found.append((element.text or "")[:2_000])
        size += len(found[-1])
        if size > 100_000:
            break
    return re.sub(r"<[^<>]{0,400}>", " ", "\n".join(found))


def _inner(element: Element | None) -> str:
    """The text of an element, with or without its own <text>."""
    if element is None:
        return ""
    within = element.find("text")
    return (within.text if within is not None else element.text) or ""


def _text(element: Element | None) -> Text:
    if element is None:
        return Text()
    return Text(_inner(element).strip(), _FORMATS.get(element.get("format", "html"), "html"))


def _files(element: Element) -> dict[str, bytes]:
    """Pictures that a question brings with it, by name."""
    found: dict[str, bytes] = {}
    for file in element.iter("file"):
        said = file.text or ""
        if file.get("encoding", "base64") != "base64" or len(said) > MOST_PICTURE * 3 // 2:
            continue
        try:
            found[file.get("name", "")] = base64.b64decode("".join(said.split()), validate=True)
        except (binascii.Error, ValueError):
            found[file.get("name", "")] = b""  # told as a picture of no kind we know
    return found


def _fraction(element: Element) -> float:
    try:
        return float(element.get("fraction", "0"))
    except ValueError:
        return 0.0


def _question(element: Element, kind: str, name: str, pool: str | None) -> Raw:
    raw = Raw("single", _text(element.find("questiontext")), name=name, pool=pool, files=_files(element))
    raw.tags = [said.removeprefix("outpost-") for tag in element.iter("tag") if (said := _inner(tag)).startswith("outpost-")]
    if element.find("generalfeedback") is not None:
        raw.why.append(_text(element.find("generalfeedback")))
    raw.shuffle = _inner(element.find("shuffleanswers")).strip().casefold() not in ("0", "false")
    points = _inner(element.find("defaultgrade")).strip()
    if points and (worth := number_of(points)) is not None:
        whole = round(float(worth))
        raw.points = max(1, min(100, whole))
        if f"{raw.points}" != worth:
            raw.note("points_rounded", said=points)
    if any(_inner(hint).strip() for hint in element.findall("hint")):
        raw.note("feedback_general", what="hint")
    for part in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
        if len(re.sub(r"<[^<>]*>", "", _inner(element.find(part))).strip()) > 60:
            raw.note("feedback_general", what=part)
    _KINDS[kind](element, raw)
    for answer in element.findall("answer"):
        if _inner(answer.find("feedback")).strip():
            raw.answered.append((_text(answer), _text(answer.find("feedback"))))
    return raw


def _choice(element: Element, raw: Raw) -> None:
    answers = element.findall("answer")
    raw.choices = [_text(answer) for answer in answers]
    weights = [_fraction(answer) for answer in answers]
    if _inner(element.find("single")).strip().casefold() in ("0", "false"):
        raw.kind, raw.partial = "multiple", True
        raw.right = [place for place, weight in enumerate(weights) if weight > 0]
        if len({round(weight, 2) for weight in weights if weight > 0}) > 1:
            raw.note("weights")
    else:
        raw.right = [place for place, weight in enumerate(weights) if weight >= 99.99][:1]
        if sum(weight > 0 for weight in weights) > 1:
            raw.note("partly_right")


def _all_or_nothing(element: Element, raw: Raw) -> None:
    answers = element.findall("answer")
    raw.kind, raw.choices = "multiple", [_text(answer) for answer in answers]
    raw.right = [place for place, answer in enumerate(answers) if _fraction(answer) > 0]


def _truth(element: Element, raw: Raw) -> None:
    raw.truth, raw.shuffle = True, False
    right = [_inner(answer).strip().casefold() for answer in element.findall("answer") if _fraction(answer) > 0]
    raw.right = [{"true": 0, "false": 1}[one] for one in right if one in ("true", "false")][:1]


def _short(element: Element, raw: Raw) -> None:
    raw.kind, raw.shuffle = "text", "fixed" not in raw.tags
    if _inner(element.find("usecase")).strip() == "1":
        raw.note("case")
    for answer in element.findall("answer")[: MAX_TEXTS * 2]:
        words = _inner(answer).strip()
        if _fraction(answer) < 99.99:
            raw.note("partly_right")
        elif re.search(r"(?<!\\)\*", words):
            raw.note("wildcard", said=words)
        else:
            raw.texts.append(words.replace("\\*", "*"))


def _number(element: Element, raw: Raw) -> None:
    raw.kind, raw.shuffle = "number", "fixed" not in raw.tags
    for answer in element.findall("answer"):
        if _fraction(answer) >= 99.99 and not raw.number:
            raw.number, raw.tolerance = _inner(answer).strip(), _inner(answer.find("tolerance")).strip() or "0"
        else:
            raw.note("partly_right")
    units = [_inner(unit.find("unit_name")).strip() for unit in element.iter("unit")]
    raw.unit = units[0] if units else ""
    if len(units) > 1:
        raw.note("units", said=", ".join(units[1:6]))


def _match(element: Element, raw: Raw) -> None:
    raw.kind, raw.partial = "match", True
    places: dict[str, int] = {}
    for pair in element.findall("subquestion"):
        other, choice = _text(pair.find("answer")), _text(pair)
        place = places.setdefault(other.raw, len(places))
        if place == len(raw.others):
            raw.others.append(Text(other.raw, choice.format if pair.find("answer/text") is not None else "plain"))
        if choice.raw:
            raw.pairs[len(raw.choices)] = place
            raw.choices.append(choice)


def _order(element: Element, raw: Raw) -> None:
    raw.kind, raw.partial = "order", _inner(element.find("gradingtype")).strip() not in ("ALL_OR_NOTHING", "-1")
    raw.shuffle = "fixed" not in raw.tags
    raw.choices = [_text(answer) for answer in element.findall("answer")]
    raw.right = list(range(len(raw.choices)))
    raw.partial = raw.partial and "whole" not in raw.tags


_KINDS = cast(
    "dict[str, Callable[[Element, Raw], None]]",
    {"multichoice": _choice, "multichoiceset": _all_or_nothing, "truefalse": _truth, "shortanswer": _short,
     "numerical": _number, "matching": _match, "ddmatch": _match, "ordering": _order},
)  # fmt: skip
