"""The table of hand-worked days in tests/rules/days/*.txt: how it is read, and what the rules make of each.

    == name | what the day shows, as a sentence
    # the arithmetic, by hand
    on 2026-03-02 zone=Asia/Shanghai kind=working plan=yes turn=05:00 now=+3d silent=12:00 granted=60,30lieu
    shift fixed 09:00-18:00@A pause=60        (flexible, windows, on_call; `prev shift`, `next off` for the days beside it)
    rules grace_in_min=5 legal=360:30
    leave 09:00-11:00
    punch in 09:00 A, out 18:00 A             (+06:00 is the day after, -22:00 the day before, 02:30b the second 02:30)
    = present due 480 presence 540 worked 480 regular 480 not_counted 60 break 60 [flag flag] stores A:480

Amounts that a line does not name must be 0, flags that it does not name must be absent. Pauses: pause=60, pause=60>240 (once
more than 240 were worked), pause=12:00+60 (that stretch), paid=30, punched=60, punched_paid=30.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from contract.hours import DayRow
from contract.shifts import Break, DutyBreak, DutyRow, DutyWindow, WorkRules
from server.timesheets.rules.day import Away, Fact, Granted, PlannedDay, reckon

FOLDER = Path(__file__).parent / "days"
AMOUNTS = {
    "due": "due_min", "presence": "presence_min", "worked": "worked_min", "regular": "regular_min",
    "normal": "overtime_normal_min", "weekend": "overtime_weekend_min", "holiday": "overtime_holiday_min",
    "not_counted": "not_counted_min", "break": "break_min", "late": "late_min", "early": "early_min", "missing": "missing_min",
    "granted": "granted_min", "not_granted": "not_granted_min", "in_lieu": "in_lieu_min",
    "forgiven": "forgiven_min", "rounded": "rounded_min", "leave": "leave_min", "night": "night_min", "on_call": "on_call_min",
}  # fmt: skip
SHIFTS = {"prev": -1, "": 0, "next": 1}
_TIME = re.compile(r"(\+\+|[+-]?)(\d\d):(\d\d)(b?)")


class Expected(NamedTuple):
    """What one day of a case must come to."""

    day: str
    state: str
    amounts: dict[str, int]
    flags: frozenset[str]
    stores: dict[str, int] | None


class Case(NamedTuple):
    """One hand-worked day, with the days beside it."""

    name: str
    sentence: str
    arithmetic: str
    plan: list[PlannedDay]
    facts: list[Fact]
    away: list[Away]
    now_ms: int
    expected: list[Expected]

    def days(self, facts: list[Fact] | None = None) -> dict[str, DayRow]:
        """The rows of all days of the case, by date."""
        rows = reckon(
            "p", self.plan, self.facts if facts is None else facts, self.away,
            wanted={day.duty.day for day in self.plan}, now_ms=self.now_ms,
        )  # fmt: skip
        return {row.day: row for row in rows}


class Wall:
    """Clock times of a date in a zone, as epoch minutes."""

    def __init__(self, day: date, zone: str) -> None:
        self.day, self.zone = day, zone

    def minute(self, text: str) -> int:
        found = _TIME.fullmatch(text)
        assert found is not None, text
        sign, hours, minutes, second = found.groups()
        day = self.day + timedelta(days={"": 0, "+": 1, "++": 2, "-": -1}[sign])
        wall = datetime(day.year, day.month, day.day, int(hours), int(minutes), tzinfo=ZoneInfo(self.zone))
        return int(wall.replace(fold=1 if second else 0).timestamp()) // 60


def cases() -> list[Case]:
    """All cases, in the order of the files."""
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        for block in re.split(r"(?m)^== ", path.read_text(encoding="utf-8"))[1:]:
            found.append(_case(block))
    return found


def _case(block: str) -> Case:
    head, *lines = block.strip().splitlines()
    name, sentence = (part.strip() for part in head.split("|"))
    settings: dict[str, str] = {"day": "2026-03-02", "zone": "Asia/Shanghai", "kind": "working", "turn": "05:00", "plan": "yes"}
    windows: dict[int, list[DutyWindow]] = {}
    off: set[int] = set()
    rules: dict[str, Any] = {}
    arithmetic, facts, away, expected = [], [], [], []
    for line in lines:
        if line.startswith("on "):
            words = line.split()[1:]
            settings["day"] = words[0]
            settings.update(word.split("=", 1) for word in words[1:])
    wall = Wall(date.fromisoformat(settings["day"]), settings["zone"])
    for line in lines:
        line = line.strip()
        if line.startswith("#"):
            arithmetic.append(line[1:].strip())
        elif line.startswith("rules "):
            rules |= _rules(line.split()[1:])
        elif line.startswith("leave "):
            for stretch in line.split()[1:]:
                away.append(Away(*(wall.minute(one) for one in stretch.split("~"))))
        elif line.startswith("punch "):
            facts += [_fact(number + len(facts), one.split(), wall) for number, one in enumerate(line[6:].split(","))]
        elif line.startswith("="):
            expected.append(_expected(line, wall.day))
        elif found := re.fullmatch(r"(prev |next |)(shift|off)(.*)", line):
            beside = SHIFTS[found[1].strip()]
            if found[2] == "off":
                off.add(beside)
            else:
                windows.setdefault(beside, []).extend(
                    _windows(found[3].split(), Wall(wall.day + timedelta(days=beside), wall.zone))
                )
        else:
            assert not line or line.startswith("on "), line
    assert arithmetic and expected, f"{name} has no arithmetic or expects nothing"
    plan = [_planned(beside, wall, settings, windows, off, WorkRules(**rules)) for beside in range(-2, 3)]
    now = settings.get("now")
    now_min = wall.minute(now) if now else wall.minute("00:00") + 4 * 1_440
    return Case(name, sentence, " ".join(arithmetic), plan, facts, away, now_min * 60_000, expected)


def _planned(
    beside: int, wall: Wall, settings: dict[str, str], windows: dict[int, list[DutyWindow]], off: set[int], rules: WorkRules
) -> PlannedDay:
    day = Wall(wall.day + timedelta(days=beside), wall.zone)
    theirs = windows.get(beside, [])
    planned = bool(theirs) or beside in off
    if beside == 0 and settings["plan"] == "off":
        planned = True
    silent = settings.get("silent") if beside == 0 else None
    duty = DutyRow(
        person_id="p", day=day.day.isoformat(), zone=wall.zone, starts_ms=day.minute(settings["turn"]) * 60_000,
        ends_ms=day.minute("+" + settings["turn"]) * 60_000, windows=theirs,
        day_kind=settings["kind"] if beside == 0 else "working",  # type: ignore[arg-type]
    )  # fmt: skip
    return PlannedDay(
        duty, planned, rules, silent_since_ms=wall.minute(silent) * 60_000 if silent else None,
        grants=_grants(settings.get("granted", ""), wall) if beside == 0 else (),
    )  # fmt: skip


def _grants(text: str, wall: Wall) -> tuple[Granted, ...]:
    """`60` minutes to be paid, `60lieu` to be given back, `60,30lieu` both; `60@18:00~20:00` for minutes of that stretch."""
    found = []
    for one in filter(None, text.split(",")):
        minutes, _, stretch = one.partition("@")
        starts, ends = (wall.minute(at) for at in stretch.split("~")) if stretch else (None, None)
        found.append(Granted(int(minutes.removesuffix("lieu")), minutes.endswith("lieu"), starts_min=starts, ends_min=ends))
    return tuple(found)


def _windows(words: list[str], wall: Wall) -> list[DutyWindow]:
    kind, pauses, facts, stretches = words[0], [], {}, []
    for word in words[1:]:
        key, _, value = word.partition("=")
        if not value:
            stretch, _, store = word.partition("@")
            starts, ends = stretch.split("~") if "~" in stretch else stretch.split("-", 1)
            stretches.append((wall.minute(starts) * 60_000, wall.minute(ends) * 60_000, store or None))
        elif key == "core":
            starts, ends = value.split("-")
            facts |= {"core_starts_ms": wall.minute(starts) * 60_000, "core_ends_ms": wall.minute(ends) * 60_000}
        elif key == "required":
            facts["required_min"] = int(value)
        elif key == "grace":
            facts["grace_min"] = int(value)
        else:
            pauses.append(_pause(key, value, wall))
    return [
        DutyWindow(starts_ms=starts, ends_ms=ends, store_id=store, kind=kind, breaks=pauses, template=kind, **facts)  # type: ignore[arg-type]
        for starts, ends, store in stretches
    ]


def _pause(key: str, value: str, wall: Wall) -> DutyBreak:
    kind, paid = "punched" if key.startswith("punched") else "automatic", key.endswith("paid")
    if "+" in value:
        starts, minutes = value.rsplit("+", 1)
        return DutyBreak(kind=kind, paid=paid, minutes=int(minutes), starts_ms=wall.minute(starts) * 60_000)  # type: ignore[arg-type]
    text, _, after = value.partition(">")
    return DutyBreak(kind=kind, paid=paid, minutes=int(text), after_min=int(after or 0))  # type: ignore[arg-type]


def _rules(words: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for word in words:
        key, value = word.split("=")
        if key == "legal":
            pairs = [one.split(":") for one in value.split(",")]
            found["legal_breaks"] = [Break(after_min=int(after), minutes=int(minutes)) for after, minutes in pairs]
        else:
            found[key] = value == "yes" if value in ("yes", "no") else int(value) if value.isdigit() else value
    return found


def _fact(number: int, words: list[str], wall: Wall) -> Fact:
    kind, at, store, *more = words
    minute = wall.minute(at)
    late = next((int(word[6:]) for word in more if word.startswith("later=")), 0)
    source = next((word for word in more if word in ("request", "vouch", "hq")), "punch")
    return Fact(f"f{number:02}", minute, kind, store, minute + late, source, "doubtful" in more)


def _expected(line: str, day: date) -> Expected:
    line, _, theirs = line.partition(" stores ")
    found = re.fullmatch(r"=(prev|next|) (\w+) ?([^\[]*)(?:\[([^\]]*)\])?\s*", line)
    assert found is not None, line
    words = found[3].split()
    amounts = dict.fromkeys(AMOUNTS, 0) | {key: int(value) for key, value in zip(words[::2], words[1::2], strict=True)}
    assert set(amounts) == set(AMOUNTS), line
    stores = None
    if theirs:
        stores = {store: int(minutes) for store, minutes in (one.split(":") for one in theirs.split())}
    date_ = day + timedelta(days=SHIFTS[found[1]])
    return Expected(date_.isoformat(), found[2], amounts, frozenset((found[4] or "").split()), stores)


def what_is_wrong(case: Case, rows: dict[str, DayRow]) -> list[str]:
    """Every difference between what was worked by hand and what the rules say."""
    wrong = []
    for expected in case.expected:
        row = rows[expected.day]
        if row.state != expected.state:
            wrong.append(f"{row.day} is {row.state}, by hand {expected.state}")
        for name, field in AMOUNTS.items():
            if getattr(row, field) != expected.amounts[name]:
                wrong.append(f"{row.day} {name} is {getattr(row, field)}, by hand {expected.amounts[name]}")
        if set(row.flags) != expected.flags:
            wrong.append(f"{row.day} flags are {sorted(row.flags)}, by hand {sorted(expected.flags)}")
        stores = {one.store_id: one.minutes for one in row.stores}
        if expected.stores is not None and stores != expected.stores:
            wrong.append(f"{row.day} stores are {stores}, by hand {expected.stores}")
    return wrong
