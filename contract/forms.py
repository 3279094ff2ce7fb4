"""Whether the answers to a request's form fit the flow's fields. The phone asks before it keeps a request, the server again.

Pure: no clock, no database. That a store exists, or that a day lies in the future, is judged where that is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from contract.approvals import FieldKind, FormField

HALVES: Final = ("whole", "first_half", "second_half")  # the answers to a field of kind `half_day`
LONGEST: Final[dict[FieldKind, int]] = {"text": 120, "long_text": 1_000}
_PICKED: Final = frozenset({"person", "store", "post", "leave_kind", "choice"})
_LONGEST_PICK: Final = 120
MOST_PHOTOS: Final = 3  # a field of kind `photo` takes no more, whatever it says
_PHOTO: Final = re.compile(r"[0-9a-f]{64}")


class Wrong(NamedTuple):
    """What does not fit: the field's key, a code of `refusals`, and the facts of its sentence."""

    key: str
    code: str
    facts: dict[str, Any]


class Choice(NamedTuple):
    """One of a field's choices: what is sent, and how it reads in both languages."""

    value: str
    zh: str
    en: str


def read_choice(text: str) -> Choice:
    """`value`, `value|words` or `value|zh|en`, as a flow's field lists it."""
    value, _, words = text.partition("|")
    zh, _, en = words.partition("|")
    return Choice(value, zh or value, en or zh or value)


def minute_of_day(answer: Any) -> int | None:
    """Minutes after midnight of a time of day as people write it (`09:00`, `24:00`); None for anything else."""
    if not isinstance(answer, str) or len(answer) != 5 or answer[2] != ":" or not answer.isascii():
        return None
    hours, minutes = answer[:2], answer[3:]
    if not (hours.isdigit() and minutes.isdigit()) or int(minutes) > 59:
        return None
    found = int(hours) * 60 + int(minutes)
    return found if found <= 1_440 else None


def choices_of(field: FormField) -> list[Choice]:
    """What may be picked; empty where anything may be typed (a store's number, where no list was sent)."""
    return [read_choice(text) for text in field.choices]


def photos_of(answer: Any) -> tuple[str, ...]:
    """The photos an answer to a field of kind `photo` names, each by its SHA-256 in hex; none for no answer."""
    return tuple(answer.split(",")) if isinstance(answer, str) and answer else ()


def most_photos(most: int | None) -> int:
    """How many photos a field takes whose `most` is this."""
    return min(MOST_PHOTOS, most if most is not None else 1)


def judge_form(fields: Sequence[FormField], form: Mapping[str, Any]) -> list[Wrong]:
    """Everything wrong with the answers, in the order of the fields; answers to no field come last. Empty: the form fits."""
    found = [wrong for field in fields if (wrong := _judge(field, form.get(field.key))) is not None]
    known = {field.key for field in fields}
    return found + [Wrong(key, "form.unknown_field", {}) for key in sorted(form.keys() - known)]


def _judge(field: FormField, answer: Any) -> Wrong | None:
    if answer is None or (isinstance(answer, str) and not answer.strip()):
        return Wrong(field.key, "form.missing", {}) if field.required else None
    said = _why_not(field, answer)
    return None if said is None else Wrong(field.key, said[0], said[1])


def _why_not(field: FormField, answer: Any) -> tuple[str, dict[str, Any]] | None:
    if field.kind == "number":
        return _number(field, answer)
    if field.kind == "yes_no":
        return None if isinstance(answer, bool) else ("form.not_yes_or_no", {})
    if not isinstance(answer, str):
        return "form.not_a_text", {}
    if field.kind == "date":
        return None if is_day(answer) else ("form.not_a_day", {})
    if field.kind == "half_day":
        return None if answer in HALVES else ("form.not_a_choice", {})
    if field.kind == "photo":
        return _photos(field, answer)
    if field.kind in _PICKED:
        return _picked(field, answer)
    return _text(field, answer)


def _number(field: FormField, answer: Any) -> tuple[str, dict[str, Any]] | None:
    if isinstance(answer, bool) or not isinstance(answer, int):
        return "form.not_a_number", {}
    if field.least is not None and answer < field.least:
        return "form.too_small", {"least": field.least}
    if field.most is not None and answer > field.most:
        return "form.too_big", {"most": field.most}
    return None


def _photos(field: FormField, answer: str) -> tuple[str, dict[str, Any]] | None:
    named, most = photos_of(answer), most_photos(field.most)
    if len(named) > most:
        return "form.too_many_photos", {"most": most}
    if len(set(named)) < len(named) or not all(_PHOTO.fullmatch(one) for one in named):
        return "form.not_a_photo", {}
    return None


def _text(field: FormField, answer: str) -> tuple[str, dict[str, Any]] | None:
    most = min(LONGEST[field.kind], field.most if field.most is not None else LONGEST[field.kind])
    if field.least is not None and len(answer.strip()) < field.least:
        return "form.too_short", {"least": field.least}
    if len(answer) > most:
        return "form.too_long", {"most": most}
    return ("form.not_a_text", {}) if "\x00" in answer else None


def _picked(field: FormField, answer: str) -> tuple[str, dict[str, Any]] | None:
    choices = choices_of(field)
    if choices or field.kind == "choice":
        return None if answer in {choice.value for choice in choices} else ("form.not_a_choice", {})
    if len(answer) > _LONGEST_PICK:
        return "form.too_long", {"most": _LONGEST_PICK}
    return ("form.not_a_text", {}) if "\x00" in answer else None


def is_day(text: str) -> bool:
    """A day of the calendar in the one spelling of the wire, YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
