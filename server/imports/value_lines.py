"""What a line of a file of indicator values says: of whom, when, and one value, or one for each column of an indicator."""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from contract.growth import IndicatorValue
from contract.imports import ValueImportTerms
from server.growth.model import Indicator
from server.imports.columns import VALUE_OF
from server.imports.rules import plain_heading
from server.imports.sheets import SheetRow
from server.kernel.db import ScopedSession
from server.org.rules import day_of
from server.people.model import Person
from server.stores.model import Store

_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)
_MONTH = re.compile(r"([0-9]{4})(?:[-/.年](0?[1-9]|1[0-2])(?:月?|[-/.月][0-9]{1,2}日?)|(0[1-9]|1[0-2]))", re.ASCII)
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", re.ASCII)


class Refused(Exception):
    """Something of a line that cannot be: a refusal code, what its column means, facts."""

    def __init__(self, code: str, column: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.column, self.facts = code, column, facts


@dataclass
class Known:
    """What lines may name. `indicators`: codes by what they go by. `people`: (id, name) by number; `stores`: ids by number.
    `named_people` and `named_stores`: ids by name, for several may have one."""

    indicators: dict[str, str] = field(default_factory=dict)
    people: dict[str, tuple[str, str]] = field(default_factory=dict)
    named_people: dict[str, list[str]] = field(default_factory=dict)
    stores: dict[str, str] = field(default_factory=dict)
    named_stores: dict[str, list[str]] = field(default_factory=dict)


def words_of_indicators(session: ScopedSession) -> dict[str, tuple[str, ...]]:
    """The words each indicator goes by, by its code."""
    asked = sa.select(Indicator.code, Indicator.name_zh, Indicator.name_en).order_by(Indicator.code)
    return {code: (zh, en) for code, zh, en in session.execute(asked)}


def known_to(session: ScopedSession, rows: Collection[SheetRow]) -> Known:
    """Whom and what these lines may name, as far as one may see it."""
    known = Known()
    words = words_of_indicators(session)
    for code, names in words.items():
        for name in names:
            known.indicators.setdefault(plain_heading(name), code)
    known.indicators.update({code: code for code in words})
    for person_id, number, name in _asked(session, Person, Person.number, _said(rows, "person")):
        known.people[number] = (person_id, name)
    for person_id, _, name in _asked(session, Person, Person.name, _said(rows, "person_name")):
        known.named_people.setdefault(name, []).append(person_id)
    for store_id, number, _ in _asked(session, Store, Store.number, _said(rows, "store")):
        known.stores[number] = store_id
    for store_id, _, name in _asked(session, Store, Store.name, _said(rows, "store")):
        known.named_stores.setdefault(name, []).append(store_id)
    return known


def _said(rows: Iterable[SheetRow], meaning: str) -> list[str]:
    return sorted({row.values[meaning] for row in rows if row.values.get(meaning)})


def _asked(session: ScopedSession, model: Any, column: Any, wanted: list[str]) -> list[tuple[str, str, str]]:
    """(id, number, name) of each row whose column is one of these texts. In pieces: a database takes only so many at once."""
    found = []
    for start in range(0, len(wanted), 500):
        asked = sa.select(model.id, model.number, model.name).where(column.in_(wanted[start : start + 500]))
        found += [(str(row[0]), str(row[1]), str(row[2])) for row in session.execute(asked.order_by(model.id))]
    return found


def read_line(row: SheetRow, terms: ValueImportTerms, known: Known) -> tuple[list[IndicatorValue], list[Refused]]:
    """The values of a line with what each column means in it, and everything that is wrong with it. Of a line with a column for
    each indicator, empty ones are nothing said; a line of nothing but such says nothing."""
    given = row.values
    wide = {meaning: said for meaning, said in given.items() if meaning.startswith(VALUE_OF)}
    cells = {meaning: said for meaning, said in wide.items() if said} if wide else {"value": given.get("value", "")}
    if row.too_long:
        return [], [Refused("imports.too_many_columns", "")]
    if not cells:
        return [], []
    values, wrong = [], []
    try:
        codes = {meaning: _indicator(meaning, given, terms, known) for meaning in cells}
        person, store = _whose(given, known)
        first, last = _days(given, terms)
        cases = given.get("n", "")
        if cases and not (cases.isascii() and cases.isdigit() and len(cases) <= 7):
            raise Refused("imports.not_a_number", "n", said=cases[:40])
    except Refused as refused:
        return [], [refused]
    for meaning, said in cells.items():
        if not _NUMBER.fullmatch(said):
            wrong.append(Refused("imports.not_a_number", meaning, said=said[:40]))
            continue
        values.append(IndicatorValue(
            indicator=codes[meaning], person_id=person, store_id=store, from_day=first.isoformat(), to_day=last.isoformat(),
            value=said, n=int(cases) if cases else None,
        ))  # fmt: skip
    return values, wrong


def _indicator(meaning: str, given: Mapping[str, str], terms: ValueImportTerms, known: Known) -> str:
    word = meaning.removeprefix(VALUE_OF) if meaning.startswith(VALUE_OF) else given.get("indicator") or terms.indicator
    code = known.indicators.get(word) or known.indicators.get(plain_heading(word))
    if code is None:
        raise Refused("growth.indicator_unknown", "indicator", indicator=word[:40])
    return code


def _whose(given: Mapping[str, str], known: Known) -> tuple[str | None, str | None]:
    """The person and the store that a line names. A number counts; a name beside it must be the one that number has."""
    number, name, shop = (given.get(meaning, "") for meaning in ("person", "person_name", "store"))
    person = store = None
    if number:
        if number not in known.people:
            raise Refused("imports.person_unknown", "person", number=number[:40])
        person, called = known.people[number]
        if name and plain_heading(name) != plain_heading(called):
            raise Refused("imports.name_differs", "person_name", number=number[:40], said=name[:40], called=called)
    elif name:
        person = _only(known.named_people.get(name, []), "imports.name_unknown", "person_name", name)
    if shop:
        store = known.stores.get(shop) or _only(known.named_stores.get(shop, []), "imports.store_unknown", "store", shop)
    if person is None and store is None:
        raise Refused("growth.value_of_nobody", "person" if "person" in given else "person_name")
    return person, store


def _only(found: list[str], unknown: str, column: str, said: str) -> str:
    if not found:
        raise Refused(unknown, column, **{"number" if column == "store" else "said": said[:40]})
    if len(found) > 1:
        raise Refused("imports.name_of_several", column, said=said[:40], n=len(found))
    return found[0]


def _days(given: Mapping[str, str], terms: ValueImportTerms) -> tuple[date, date]:
    """From and to; or a month as 2026-03, 2026年3月 or 202603; or one day; or the month that the whole file is of."""
    if given.get("from") or given.get("to"):
        first, last = _day(given.get("from", ""), "from"), _day(given.get("to", ""), "to")
        if last < first:
            raise Refused("growth.value_ends_before", "to")
        return first, last
    month = given.get("month", "")
    if month or ("day" not in given and "month" not in given and terms.month):
        read = _MONTH.fullmatch((month or terms.month).split(" ")[0])
        first_day = day_of(f"{read[1]}-{int(read[2] or read[3]):02}-01") if read is not None else None
        if first_day is None:
            raise Refused("imports.not_a_month", "month", said=month[:20])
        return first_day, first_day.replace(day=calendar.monthrange(first_day.year, first_day.month)[1])
    day = _day(given.get("day", ""), "day" if "day" in given else "month" if "month" in given else "from")
    return day, day


def _day(text: str, column: str) -> date:
    read = _DAY.fullmatch(text)
    found = day_of(f"{read[1]}-{int(read[2]):02}-{int(read[3]):02}") if read is not None else None
    if found is None:
        raise Refused("shifts.no_such_day", column, day=text[:20])
    return found
