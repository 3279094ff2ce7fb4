"""What the lines of somebody's own roster say: a line for each shift, or people down and days across.

Kinds of shifts go by their code or by their name in either language; times alone are the kind that is nearest. Days are read as
people write them above their columns: 2026-11-30, 11/30, 11月30日, 30 (Mon).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from contract.messages import LANGUAGES, say
from contract.opening import meant_hours
from contract.roster_files import FiledShift, Says
from contract.shifts import Window
from server.imports.rules import plain_heading
from server.imports.sheets import SheetRow
from server.imports.value_lines import Refused
from server.org.rules import day_of
from server.shifts.rules.days import Catalogue, Template

_EXPORTED = ("day", "from", "to", "person", "number", "shift", "role", "status", "tasks", "comment")
_MORE: Mapping[str, tuple[str, ...]] = {
    "number": ("employee number", "person number", "员工编号", "员工号", "人员编号", "staff number", "employee id"),
    "person": ("name", "employee", "员工", "员工姓名", "人员", "employee name", "staff"),
    "store": ("store", "门店", "门店编号", "店号", "门店名称", "store number", "store name"),
    "day": ("date", "排班日期", "上班日期"),
    "from": ("start", "starts", "开始时间", "上班时间", "上班", "start time"),
    "to": ("end", "ends", "结束时间", "下班时间", "下班", "end time"),
    "shift": ("班次名称", "班种", "shift name", "kind", "template"),
    "role": ("岗位名称", "skill", "技能", "position"),
    "comment": ("remark", "remarks", "说明", "note"),
}
MEANINGS: Mapping[str, tuple[str, ...]] = {
    name: (*((say(one, f"rosters.export.{name}") for one in LANGUAGES) if name in _EXPORTED else ()), *_MORE.get(name, ()))
    for name in ("number", "person", "store", "day", "from", "to", "shift", "role", "status", "tasks", "comment")
}
DAY_OF = "day:"  # and the date: what a column of the table layout means
SAYS: Mapping[str, Says] = {"role": "role", "tasks": "tasks", "comment": "comment"}
_OFF = frozenset(("休", "休息", "休假日", "轮休", "公休", "off", "dayoff", "rest", "x", "×", "-", "—", "–", "/", "无"))
_GONE = frozenset(plain_heading(say(one, "rosters.export.state.removed")) for one in LANGUAGES)
_OPEN = frozenset(("open", *(plain_heading(say(one, "rosters.export.open")) for one in LANGUAGES)))
_WEEKDAY = re.compile(r"\(.*?\)|(周|星期|礼拜)[一二三四五六日天]|\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*\b\.?", re.IGNORECASE)
_DAYS = "一二三四五六日天"
_WEEKDAYS = frozenset(
    (*_DAYS, *(f"周{one}" for one in _DAYS), *(f"星期{one}" for one in _DAYS), *["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
)
_YEAR_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", re.ASCII)
_MONTH_DAY = re.compile(r"([0-9]{1,2})[-/.月]([0-9]{1,2})[日号]?", re.ASCII)
_ONLY_DAY = re.compile(r"([0-9]{1,2})[日号]?", re.ASCII)
_SEVERAL = re.compile(r"\s*[+＋\n]\s*|\s*/\s*(?![0-9])")
_TIMES = re.compile(r"[(（]?\s*([0-9]{1,2}[:：][0-9]{2}\s*[-–—~至到].*?)\s*[)）]?$", re.ASCII | re.DOTALL)
_HALF_YEAR, _HALF_MONTH = 183, 16
_LONGEST = 200  # characters of one field of the table
_A_DAY_MIN = 1_440


@dataclass
class Known:
    """What lines may name: people (id, name) by number, their ids by name; templates' codes and roles by the words they go by."""

    store: frozenset[str]  # the number and the name of the store the file is for
    catalogue: Catalogue
    people: dict[str, tuple[str, str]] = field(default_factory=dict)
    named: dict[str, list[str]] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Filed:
    """A shift that a file names, where it does, and whether its times alone were given."""

    row: int
    column: str
    shift: FiledShift
    nearest: bool = False


def heading_day(heading: str, near: date) -> date | None:
    """The day that a column's heading names; where it says no year or month, the nearest to a day. None where it names none."""
    text = re.sub(r"\s+", "", _WEEKDAY.sub(" ", unicodedata.normalize("NFKC", heading)))
    if read := _YEAR_DAY.fullmatch(text.removesuffix("00:00:00")):
        return day_of(f"{read[1]}-{int(read[2]):02}-{int(read[3]):02}")
    if read := _MONTH_DAY.fullmatch(text):
        return _nearest((f"{near.year + n:04}-{int(read[1]):02}-{int(read[2]):02}" for n in (-1, 0, 1)), near, _HALF_YEAR)
    if read := _ONLY_DAY.fullmatch(text):
        months = sorted({(near + timedelta(days=31 * n)).strftime("%Y-%m") for n in (-1, 0, 1)})
        return _nearest((f"{month}-{int(read[1]):02}" for month in months), near + timedelta(days=_HALF_MONTH - 1), _HALF_MONTH)
    return None


def _nearest(texts: Iterable[str], near: date, most: int) -> date | None:
    days = [day for day in map(day_of, texts) if day is not None and abs((day - near).days) <= most]
    return min(days, key=lambda day: abs((day - near).days), default=None)


def words_of(catalogue: Catalogue) -> dict[str, str]:
    """The codes of kinds of shifts by the words each goes by; a code comes before a name that is the same."""
    found: dict[str, str] = {}
    for code, versions in catalogue.templates.items():
        for word in (versions[-1].name_zh, versions[-1].name_en):
            found.setdefault(plain_heading(word), code)
    return found | {plain_heading(code): code for code in catalogue.templates}


def read_row(row: SheetRow, known: Known, near: date) -> tuple[list[Filed], list[Refused]]:
    """What a line says, and everything that is wrong with it. A line of somebody without any shift says nothing."""
    if row.too_long:
        return [], [Refused("imports.too_many_columns", "")]
    if not any(row.values.values()) or plain_heading(row.values.get("status", "")) in _GONE:
        return [], []
    days = {meaning: said for meaning, said in row.values.items() if meaning.startswith(DAY_OF)}
    fields = {plain_heading(one) for one in days.values() if one}
    if days and (not fields or (not row.values.get("number") and not row.values.get("person") and fields <= _WEEKDAYS)):
        return [], []
    try:
        _judge_store(row, known)
        person_id = _whose(row.values, known)
        if not days:
            return list(_one(row, known, person_id, near)), []
    except Refused as refused:
        return [], [refused]
    found: list[Filed] = []
    wrong: list[Refused] = []
    for meaning, said in days.items():
        try:
            found += [
                Filed(row.number, meaning, shift, nearest)
                for shift, nearest in _cell(said, meaning, day_of(meaning.removeprefix(DAY_OF)) or near, person_id, known)
            ]
        except Refused as refused:
            wrong.append(refused)
    return found, wrong


def spoken_of(row: SheetRow, known: Known, near: date) -> Iterator[tuple[str, str | None]]:
    """Whose day a line that cannot be read may be about: (id, day), the day None where it cannot be read either. Nobody's where
    it is of another store or names nobody known; of a number and a name that do not belong together it is both people's."""
    given, day = row.values, heading_day(row.values.get("day", ""), near)
    store = given.get("store", "")
    if store and store not in known.store:
        return
    number = given.get("number", "")
    people = {known.people[number][0]} if number in known.people else set()
    for person_id in people.union(known.named.get(given.get("person", ""), [])):
        yield person_id, day.isoformat() if day is not None else None


def _judge_store(row: SheetRow, known: Known) -> None:
    said = row.values.get("store", "")
    if said and said not in known.store:
        raise Refused("imports.other_store", "store", said=said[:40])


def _whose(given: Mapping[str, str], known: Known) -> str | None:
    """The person a line names; None for an open shift. A number counts; a name beside it must be the one that number has."""
    number, name = given.get("number", ""), given.get("person", "")
    if number:
        if number not in known.people:
            raise Refused("imports.person_unknown", "number", number=number[:40])
        person_id, called = known.people[number]
        if name and plain_heading(name) != plain_heading(called):
            raise Refused("imports.name_differs", "person", number=number[:40], said=name[:40], called=called)
        return person_id
    if not name or plain_heading(name) in _OPEN:
        return None
    found = known.named.get(name, [])
    if not found:
        raise Refused("imports.name_unknown", "person", said=name[:40])
    if len(found) > 1:
        raise Refused("imports.name_of_several", "person", said=name[:40], n=len(found))
    return found[0]


def _cell(
    said: str, column: str, day: date, person_id: str | None, known: Known
) -> Iterator[tuple[FiledShift, bool]]:
    """The shifts in one field of the table: a kind, a kind with times, times alone, several of them, off. Empty says nothing."""
    if not said:
        return
    if len(said) > _LONGEST:
        raise Refused("wire.too_long", column, most=_LONGEST)
    if plain_heading(said) in _OFF or said in _OFF:
        if person_id is not None:
            yield FiledShift(day=day.isoformat(), person_id=person_id), False
        return
    whole = plain_heading(said) in known.templates
    for part in [said] if whole else [one for one in _SEVERAL.split(said) if one]:
        yield _shift(part, column, day, person_id, known)


def _shift(said: str, column: str, day: date, person_id: str | None, known: Known) -> tuple[FiledShift, bool]:
    timed = _TIMES.search(said) if plain_heading(said) not in known.templates else None
    word = said[: timed.start()].strip() if timed is not None else said
    hours = meant_hours(timed[1].replace("/", ",")) if timed is not None else []
    if hours is None:
        raise Refused("imports.times_unclear", column, said=said[:60])
    template, own, nearest = _kind(word, hours, column, day, known)
    windows = [Window(starts_min=starts, ends_min=ends) for starts, ends in own]
    return FiledShift(day=day.isoformat(), person_id=person_id, template=template.code, windows=windows), nearest


def _kind(
    word: str, hours: Sequence[tuple[int, int]], column: str, day: date, known: Known
) -> tuple[Template, Sequence[tuple[int, int]], bool]:
    """The kind of a shift, its own times where they are not the kind's, and whether the kind was found by the times."""
    if word:
        code = known.templates.get(plain_heading(word))
        template = known.catalogue.template(code, day) if code is not None else None
        if template is None:
            raise Refused("imports.shift_unknown", column, said=word[:40], known=_offered(known.catalogue, day))
        return template, [] if _is_theirs(template, hours) else hours, False
    fixed = [one for one in _on(known.catalogue, day) if one.kind == "fixed" and len(one.windows) == len(hours)]
    if not fixed:
        raise Refused("imports.shift_missing", column, known=_offered(known.catalogue, day))
    template = min(fixed, key=lambda one: (_apart(_hours(one), hours), one.code))
    exact = _is_theirs(template, hours)
    return template, [] if exact else hours, not exact


def _on(catalogue: Catalogue, day: date) -> list[Template]:
    found = (catalogue.template(code, day) for code in catalogue.templates)
    return [one for one in found if one is not None]


def _offered(catalogue: Catalogue, day: date) -> str:
    return ", ".join(f"{one.name_zh} {one.name_en}" for one in _on(catalogue, day))[:200]


def _hours(template: Template) -> list[tuple[int, int]]:
    return [(one.starts_min, one.ends_min) for one in template.windows]


def _is_theirs(template: Template, hours: Sequence[tuple[int, int]]) -> bool:
    """Whether these are a kind's own times, by the clock: a file does not say on which day a late part begins."""
    return not hours or sorted(map(_by_clock, _hours(template))) == sorted(map(_by_clock, hours))


def _by_clock(stretch: tuple[int, int]) -> tuple[int, int]:
    return stretch[0] % _A_DAY_MIN, stretch[1] % _A_DAY_MIN


def _apart(one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]]) -> int:
    return sum(abs(a - c) + abs(b - d) for (a, b), (c, d) in zip(one, other, strict=True))


def _one(row: SheetRow, known: Known, person_id: str | None, near: date) -> Iterator[Filed]:
    """The shift of a line that is one shift."""
    given = row.values
    day = heading_day(given.get("day", ""), near)
    if day is None:
        raise Refused("shifts.no_such_day", "day", day=given.get("day", "")[:20])
    word = given.get("shift", "")
    if word and person_id is not None and (plain_heading(word) in _OFF or word in _OFF):
        yield Filed(row.number, "shift", FiledShift(day=day.isoformat(), person_id=person_id))
        return
    hours = _columns_of_hours(given)
    if not word and not hours:
        raise Refused("wire.missing", "shift")
    template, own, nearest = _kind(word, hours, "shift", day, known)
    role = given.get("role", "")
    if role and plain_heading(role) not in known.roles:
        raise Refused("rosters.skill_unknown", "role", skill=role[:40])
    if len(given.get("comment", "")) > 1_000:
        raise Refused("wire.too_long", "comment", most=1_000)
    tasks = [one.strip()[:120] for one in re.split(r"[;；\n]", given.get("tasks", "")) if one.strip()][:20]
    yield Filed(row.number, "shift", FiledShift(
        day=day.isoformat(), person_id=person_id, template=template.code, role=known.roles[plain_heading(role)] if role else None,
        windows=[Window(starts_min=starts, ends_min=ends) for starts, ends in own], tasks=tasks,
        comment=given.get("comment") or None,
    ), nearest)  # fmt: skip


def _columns_of_hours(given: Mapping[str, str]) -> list[tuple[int, int]]:
    """Beginnings and ends of two columns, of a split shift several in each by comma. Raises Refused where they do not pair."""
    both = [[one for one in re.split(r"\s*[,，、;；]\s*", given.get(name, "")) if one] for name in ("from", "to")]
    if len(both[0]) != len(both[1]):
        raise Refused("imports.times_unclear", "to", said=given.get("to", "")[:60])
    text = ", ".join(f"{_minutes(start)}-{_minutes(end)}" for start, end in zip(*both, strict=True))
    hours = meant_hours(text)
    if hours is None:
        raise Refused("imports.times_unclear", "from", said=text[:60])
    return hours


def _minutes(text: str) -> str:
    """A time without its seconds: spreadsheets write 08:00:00."""
    return text[:-3] if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}:00", text, re.ASCII) else text
