"""Judgments about score cards that tablet, phone and server share: what a metric takes, until when a month is open, and whether
a card still says what was signed. Pure.

    digest   SHA-256 of canonical JSON (keys sorted, no spaces, UTF-8) of what an operation said of a card: its own id, the
             marks with metric, value and comment in their order, the comment, the photos; of a reply its id and its text

The server computes the digest from the bytes in its log of operations, the phone from the row it is shown; it keeps the first
one it ever saw of each. A row that was edited in the database fits neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from contract.composite import exact
from contract.scoring import Mark, MarkRow, ScoreCardRow

CLOSES_ON_DAY = 10  # of the next month, included
_SORTED = msgspec.json.Encoder(order="sorted")
Kind = Literal["points", "number", "rubric", "yes_no", "milestones"]


class Wrong(NamedTuple):
    """Why marks are refused, and for which metric."""

    code: str
    metric: str


def judge_value(kind: Kind, levels: Sequence[str], value: str) -> bool:
    """Whether a metric of this kind takes the value: points 0 to 100, a level that the rubric has, 1 or 0 for yes and no, a
    whole count of milestones, any number of a number that is not below zero. `levels`: the points of a rubric's levels."""
    try:
        number = exact(value)
    except (ValueError, ZeroDivisionError):
        return False
    if kind == "rubric":
        return any(exact(level) == number for level in levels)
    if kind == "yes_no":
        return number in (0, 1)
    if kind == "milestones":
        return number >= 0 and number.denominator == 1
    return 0 <= number <= 100 if kind == "points" else number >= 0


def closes_on(month: str) -> str:
    """The day (of the company) until whose end a month is scored where HQ said nothing else."""
    year, number = int(month[:4]), int(month[5:])
    year, number = (year + 1, 1) if number == 12 else (year, number + 1)
    return f"{year:04}-{number:02}-{CLOSES_ON_DAY:02}"


def digest(fact_id: str, marks: Sequence[Mark | MarkRow], comment: str, photos: Sequence[str]) -> str:
    """Of a card or a correction as it was said: 64 hex digits."""
    said = [[one.metric, one.value, one.comment] for one in marks]
    return _hash({"id": fact_id, "marks": said, "comment": comment, "photos": list(photos)})


def digest_of_words(fact_id: str, text: str) -> str:
    """Of a reply or a reason."""
    return _hash({"id": fact_id, "text": text})


def _hash(content: dict[str, Any]) -> str:
    return hashlib.sha256(_SORTED.encode(content)).hexdigest()


def digests(row: ScoreCardRow) -> dict[str, str]:
    """What a row says each of its facts was, by the fact's id: the card as it was given, each correction, withdrawal and reply.

    What a correction said is what counted until the next one, or what counts now.
    """
    corrections = [one for one in row.changes if not one.withdrawn]
    found: dict[str, str] = {}
    contents = [(one.before, one.comment_before) for one in corrections]
    if row.withdrawn:  # nothing counts any more: what did is with the withdrawal
        last = next((one for one in reversed(row.changes) if one.withdrawn), None)
        contents.append((last.before, last.comment_before) if last is not None else (row.marks, row.comment))
    else:
        contents.append((row.marks, row.comment))
    for number, fact_id in enumerate([row.id, *(one.id for one in corrections)]):
        marks, comment = contents[number]
        found[fact_id] = digest(fact_id, marks, comment, row.photos if number == 0 else [])
    found |= {one.id: digest_of_words(one.id, one.reason) for one in row.changes if one.withdrawn}
    found |= {one.id: digest_of_words(one.id, one.text) for one in row.replies}
    return found


def differing(row: ScoreCardRow, first_seen: dict[str, str]) -> list[str]:
    """The ids of facts of a row that do not say what was signed: neither what the server's log holds of the operation (`said`)
    nor what this device saw first. A fact of which the log holds nothing any more is judged by the latter alone."""
    shown = digests(row)
    wrong = {one for one, known in first_seen.items() if shown.get(one) != known}  # changed, or gone from the story
    wrong |= {one for one, signed in row.said.items() if shown.get(one) != signed}
    return sorted(wrong)
