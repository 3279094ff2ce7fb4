"""Judgments about an archive: which ID numbers there can be, how complete a record is, which contracts end soon, which looks
belong together, when somebody may be forgotten. What counts for whom is data at the top of this file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

MERGE_LOOKS = timedelta(seconds=60)
BIG_EXPORT = 500
REMIND_DAYS = (60, 30)
ERASE_AFTER = timedelta(days=30)
# Shown whole only when the reader asks for it and says why, also to those who may read it.
COVERED = frozenset({"id_number", "pay_fen", "account", "base_fen"})
# Which field of the rights (server/kernel/fields.py) a field of the archive falls under.
RIGHT_OF = {
    "born_on": "birth",
    "gender": "birth",
    "id_number": "id_number",
    "address": "contact",
    "emergency_name": "contact",
    "emergency_phone": "contact",
    "pay_fen": "pay",
    "account": "social_insurance",
    "base_fen": "social_insurance",
}


class Wanted(NamedTuple):
    """A field that should be known. `not_for`: kinds of contract that do without; `posted`: only where somebody is in a store."""

    name: str
    not_for: frozenset[str] = frozenset()
    posted: bool = False


_SHORT = frozenset({"internship", "part_time"})
WANTED: tuple[Wanted, ...] = (
    Wanted("basics.born_on"),
    Wanted("basics.gender"),
    Wanted("basics.id_number"),
    Wanted("basics.address"),
    Wanted("basics.emergency_name"),
    Wanted("basics.emergency_phone"),
    Wanted("contract.kind"),
    Wanted("contract.from_day"),
    Wanted("contract.until", frozenset({"open_ended"})),
    Wanted("contract.pay_fen"),
    Wanted("insurance.city", _SHORT),
    Wanted("insurance.account", _SHORT),
    Wanted("insurance.base_fen", _SHORT),
    Wanted("documents.id_copy"),
    Wanted("documents.contract"),
    Wanted("documents.health_certificate", posted=True),
)


@dataclass(frozen=True)
class Known:
    """What is known of one person: `fields` in the names above. A document that has expired is not known any more."""

    fields: frozenset[str] = field(default_factory=frozenset)
    contract_kind: str | None = None
    posted: bool = False


def judge_completeness(known: Known, wanted: Iterable[Wanted] = WANTED) -> tuple[int, list[str], int]:
    """(whole percent, rounded down; the missing fields in the order of the form; how many were counted).

    Rounded down, so that 100 means that nothing is missing.
    """
    counted = [one for one in wanted if known.contract_kind not in one.not_for and (known.posted or not one.posted)]
    missing = [one.name for one in counted if one.name not in known.fields]
    percent = 100 if not counted else (len(counted) - len(missing)) * 100 // len(counted)
    return percent, missing, len(counted)


# GB 11643-1999: 17 digits (region 6, birth 8, order 3, its last odd for men) and a check character of ISO 7064 MOD 11-2.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83), (91, 91))
    for code in range(first, last + 1)
)
_OTHER_IDS = {
    "passport": re.compile(r"[A-Z0-9]{6,12}"),
    "hk_macao_permit": re.compile(r"[HM]?[0-9]{8}([0-9]{2})?"),
    "taiwan_permit": re.compile(r"[0-9]{8}([0-9]{2})?"),
    "foreign_residence": re.compile(r"[A-Z]{3}[0-9]{12}|9[0-9]{16}[0-9X]"),
}


def settle_id_number(number: str) -> str:
    """One spelling of an ID number: upper case, nothing around it."""
    return number.strip().upper()


def wrong_id_number(kind: str, number: str, *, today: date, born_on: date | None = None, gender: str | None = None) -> str | None:
    """Why this cannot be that kind of ID number, as a refusal code; None when it can. `number` is settled.

    A resident's number holds birth day and sex: they must agree with what is known beside it.
    """
    if kind != "resident_id":
        shape = _OTHER_IDS.get(kind)
        return None if shape is not None and shape.fullmatch(number) else "archive.id_number_invalid"
    if re.fullmatch(r"[0-9]{17}[0-9X]", number) is None or number[:2] not in _PROVINCES:
        return "archive.id_number_invalid"
    if _CHECK[sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True)) % 11] != number[17]:
        return "archive.id_number_checksum"
    said = born_in(number)
    if said is None or not date(1900, 1, 1) <= said <= today:
        return "archive.id_number_birth"
    if born_on is not None and born_on != said:
        return "archive.id_number_birth"
    if gender in ("male", "female") and gender != sex_in(number):
        return "archive.id_number_gender"
    return None


def born_in(number: str) -> date | None:
    """The birth day in a resident's ID number; None when no calendar has it."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex_in(number: str) -> str:
    """The sex a resident's ID number says."""
    return "male" if int(number[16]) % 2 else "female"


def reminder_due(until: date, today: date, steps: Iterable[int] = REMIND_DAYS) -> int | None:
    """The threshold in days that a contract's end has come below, the tightest one; None while it is far or long over.

    A contract that has been over for a month is no reminder any more: it is on the list.
    """
    left = (until - today).days
    if left < -31:
        return None
    reached = [step for step in steps if left <= step]
    return min(reached) if reached else None


def is_same_look(last_at: datetime, now: datetime) -> bool:
    """Whether a look at the same thing belongs to the one before."""
    return timedelta(0) <= now - last_at < MERGE_LOOKS


def may_be_erased_from(left_at: datetime) -> datetime:
    """The earliest moment at which somebody who left then may be forgotten: what is still open with them is settled first."""
    return left_at + ERASE_AFTER
