"""A roster problem read as facts: workers, placed shifts, profile, calendar; or everything that is wrong with it, at once.

Local times become instants by the clock of the shift's store; a time in the gap of a clock change is the first moment after it,
one that comes twice the first of the two. A home that is a store, and nothing else said, lets somebody work there for good; who
has neither a home that is a store nor a dispatch may work anywhere (a problem that says nothing of where).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contract.rostering.local_time import MINUTES_A_DAY, at_minute, day_of, ordinal
from contract.rostering.presets import PRESETS
from contract.rostering.problem import Assignment, Employee, ProblemStore, RosterProblem
from contract.rostering.problem_faults import LATEST, Local, ProblemError, local_of, minute_of, number_of, wrong_terms
from contract.rostering.rules import Calendar, Need, setting_of, wrong_settings
from contract.rostering.rules.catalogue import CATALOGUE
from contract.rostering.shapes import Away, Past, Placed, PlacedState, Profile, RuleSetting, Skill, Stay, Worker

MOST_ERRORS = 50
MOST_SHIFTS_A_DAY = 12  # of one person: more is no roster
_STATES: Mapping[str, PlacedState] = {"draft": "draft", "published": "published", "locked": "published", "done": "worked"}


@dataclass
class Facts:
    """A problem as the rules look at it. Where `errors` is not empty nothing else is to be used.

    placed: shifts of each person by employee id, in the order of the problem; open_shifts: those nobody has, person_id "".
    """

    profile: Profile = field(default_factory=lambda: Profile(code=""))
    calendar: Calendar = field(default_factory=lambda: Calendar("2000-01-01", "2000-01-01"))
    workers: dict[str, Worker] = field(default_factory=dict)
    placed: dict[str, list[Placed]] = field(default_factory=dict)
    open_shifts: list[Placed] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    zones: dict[str, str] = field(default_factory=dict)
    errors: list[ProblemError] = field(default_factory=list)


def read_problem(problem: RosterProblem) -> Facts:
    """The facts of a problem, or its errors (the first fifty). Never raises for what is in a problem."""
    facts = Facts()
    for error in _read(problem, facts):
        facts.errors.append(error)
        if len(facts.errors) >= MOST_ERRORS:
            break
    return facts


def _read(problem: RosterProblem, facts: Facts) -> Iterator[ProblemError]:
    yield from _zones(problem, facts)
    if facts.errors:
        return
    yield from _calendar(problem, facts)
    yield from _profile(problem, facts)
    yield from wrong_terms(problem)
    if facts.errors:
        return
    yield from _workers(problem, facts)
    yield from _assignments(problem, facts)
    yield from _needs(problem, facts)


def _zones(problem: RosterProblem, facts: Facts) -> Iterator[ProblemError]:
    """Ids that occur once, zones there are, days there are."""
    for name, ids in (
        ("stores", [store.id for store in problem.stores]),
        ("employees", [one.id for one in problem.employees]),
        ("assignments", [one.id for one in problem.assignments]),
    ):
        for known, times in Counter(ids).items():
            if times > 1:
                yield ProblemError("rostering.id_twice", name, {"id": known})
    known_zones: dict[str, bool] = {}
    said = [("horizon.tz", "", problem.horizon.tz)]
    said += [(f"stores.{n}.tz", store.id, store.tz or problem.horizon.tz) for n, store in enumerate(problem.stores)]
    for at, store_id, zone in said:
        if zone not in known_zones:
            known_zones[zone] = _is_zone(zone)
        if not known_zones[zone]:
            yield ProblemError("rostering.zone_unknown", at, {"zone": zone[:64]})
        facts.zones[store_id] = zone
    if local_of(f"{problem.horizon.start}T00:00") is None:
        yield ProblemError("rostering.no_such_time", "horizon.start", {"time": problem.horizon.start})


def _is_zone(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _stretch(start: str, end: str, zone: str, field: str) -> tuple[Local, int, int, int] | ProblemError:
    """Day and minute of the start, minutes of the end from that day's midnight, and both instants."""
    begins, ends = local_of(start), local_of(end)
    if begins is None or ends is None:
        return ProblemError("rostering.no_such_time", field, {"time": start if begins is None else end})
    starts_ms, ends_ms = at_minute(begins.day, begins.minute, zone), at_minute(ends.day, ends.minute, zone)
    if ends_ms <= starts_ms:
        return ProblemError("rostering.ends_before_start", field, {"start": start, "end": end})
    return begins, ends.minute + (ordinal(ends.day) - ordinal(begins.day)) * MINUTES_A_DAY, starts_ms, ends_ms


def _calendar(problem: RosterProblem, facts: Facts) -> Iterator[ProblemError]:
    first = ordinal(problem.horizon.start)
    known = {store.id for store in problem.stores}
    travel: dict[tuple[str, str], int] = {}
    opens: dict[str, list[list[tuple[int, int]]]] = {}
    days: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for number, store in enumerate(problem.stores):
        for other, minutes in store.travel_min.items():
            if other not in known:
                yield ProblemError("rostering.store_unknown", f"stores.{number}.travel_min", {"store": other[:64]})
            elif not 0 <= minutes <= MINUTES_A_DAY:
                told: dict[str, str | int] = {"least": 0, "most": MINUTES_A_DAY}
                yield ProblemError("rostering.param_out_of_range", f"stores.{number}.travel_min", told)
            else:
                travel[store.id, other] = minutes
                travel.setdefault((other, store.id), minutes)
        yield from _hours(number, store, opens)
        yield from _days(number, store, days)
    for day in problem.holidays:
        if number_of(day) is None:
            yield ProblemError("rostering.no_such_time", "holidays", {"time": day})
    facts.calendar = Calendar(
        problem.horizon.start, day_of(first + problem.horizon.days - 1), problem.horizon.tz,
        day_kinds=dict.fromkeys(problem.holidays, "holiday"), open_week=opens, open_days=days,
        travel_min=travel,
    )  # fmt: skip


_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _hours(number: int, store: ProblemStore, opens: dict[str, list[list[tuple[int, int]]]]) -> Iterator[ProblemError]:
    """When a store is open; what closes at or before it opens closes the next day."""
    if not store.open:
        return
    week: list[list[tuple[int, int]]] = [[] for _ in _WEEK]
    for weekday, opens_at, closes_at in store.open:
        begins, ends = minute_of(opens_at), minute_of(closes_at)
        if begins is None or ends is None or weekday not in _WEEK:
            time = opens_at if begins is None else closes_at if ends is None else weekday
            yield ProblemError("rostering.no_such_time", f"stores.{number}.open", {"time": time})
            continue
        week[_WEEK.index(weekday)].append((begins, ends if ends > begins else ends + MINUTES_A_DAY))
    opens[store.id] = week


def _days(number: int, store: ProblemStore, days: dict[tuple[str, str], list[tuple[int, int]]]) -> Iterator[ProblemError]:
    """The hours of single days."""
    for day, stretches in store.open_days.items():
        hours = [(minute_of(opens), minute_of(closes)) for opens, closes in stretches]
        known = [(begins, ends) for begins, ends in hours if begins is not None and ends is not None]
        if number_of(day) is None or len(known) < len(hours):
            yield ProblemError("rostering.no_such_time", f"stores.{number}.open_days", {"time": day})
        else:
            days[store.id, day] = [(begins, ends if ends > begins else ends + MINUTES_A_DAY) for begins, ends in known]


def profile_of(problem: RosterProblem) -> Profile | None:
    """The profile a problem is judged by, its own changes made; None for a code that is no preset and no rules in full."""
    preset = PRESETS.get(problem.profile)
    if preset is None and not problem.profile_rules:
        return None
    settings = {one.rule: one for one in (problem.profile_rules or (preset.rules if preset is not None else []))}
    for name, said in problem.rules.items():
        if name in CATALOGUE:
            settings[name] = _changed(settings.get(name) or setting_of(name), said)
    names = (preset.name_zh, preset.name_en) if preset is not None else ("", "")
    return Profile(code=problem.profile, name_zh=names[0], name_en=names[1], rules=list(settings.values()))


def _changed(setting: RuleSetting, said: Mapping[str, Any]) -> RuleSetting:
    params = {key: value for key, value in said.items() if key not in ("enabled", "hard", "overridable", "weight")}
    return RuleSetting(
        rule=setting.rule, enabled=bool(said.get("enabled", True)), hard=bool(said.get("hard", setting.hard)),
        overridable=bool(said.get("overridable", setting.overridable)), weight=int(said.get("weight", setting.weight)),
        params={**setting.params, **{key: int(value) for key, value in params.items()}},
    )  # fmt: skip


def _profile(problem: RosterProblem, facts: Facts) -> Iterator[ProblemError]:
    for name, said in problem.rules.items():
        if name not in CATALOGUE:
            yield ProblemError("rostering.rule_unknown", f"rules.{name[:64]}", {"rule": name[:64]})
        for key, value in said.items():
            wanted = bool if key in ("enabled", "hard", "overridable") else int
            if type(value) is not wanted:
                told: dict[str, str | int] = {"rule": name[:64], "param": key[:40]}
                yield ProblemError("rostering.param_type", f"rules.{name[:64]}.{key[:40]}", told)
    if facts.errors:
        return
    profile = profile_of(problem)
    if profile is None:
        yield ProblemError("rostering.profile_unknown", "profile", {"profile": problem.profile[:64]})
        return
    for wrong in wrong_settings(profile.rules):
        yield ProblemError(wrong.code, f"rules.{wrong.field}", wrong.facts)
    facts.profile = profile


def _workers(problem: RosterProblem, facts: Facts) -> Iterator[ProblemError]:
    stores = {store.id for store in problem.stores}
    for number, one in enumerate(problem.employees):
        at = f"employees.{number}"
        for stay in one.dispatch:
            if stay.store not in stores:
                yield ProblemError("rostering.store_unknown", f"{at}.dispatch", {"store": stay.store})
        away: list[Away] = []
        zone = facts.zones.get(one.home or "", problem.horizon.tz)
        for which, free in enumerate(one.availability):
            found = _stretch(free.from_time, free.to_time, zone, f"{at}.availability.{which}")
            if isinstance(found, ProblemError):
                yield found
            else:
                away.append(Away(kind=free.kind, starts_ms=found[2], ends_ms=found[3]))
        past = _past(one, facts, zone)
        if past is None:
            yield ProblemError("rostering.no_such_time", f"{at}.history.last_end", {"time": one.history.last_end or ""})
        else:
            facts.workers[one.id] = _worker(one, stores, away, past)
            facts.placed[one.id] = []


def _past(one: Employee, facts: Facts, zone: str) -> Past | None:
    """The history; what is left of the month's overtime is what was worked of it, if that is more."""
    history = one.history
    ended = None
    if history.last_end is not None:
        local = local_of(history.last_end)
        if local is None:
            return None
        ended = at_minute(local.day, local.minute, zone)
    overtime = history.month_overtime_min
    if one.contract.overtime_month_left is not None:
        cap = next((s.params.get("max", 2_160) for s in facts.profile.rules if s.rule == "overtime_month_max"), 2_160)
        overtime = max(overtime, cap - one.contract.overtime_month_left)
    return Past(
        last_end_ms=ended, days_in_row=history.days_in_row, nights_in_row=history.nights_in_row,
        days_since_rest=history.days_since_rest, week_min=history.week_min, month_overtime_min=overtime,
        period_min=history.period_min, weekends_8w=history.weekends_8w, nights_8w=history.nights_8w,
        early_8w=history.early_8w, closings_8w=history.closings_8w,
    )  # fmt: skip


def _worker(one: Employee, stores: set[str], away: list[Away], past: Past) -> Worker:
    stays = [
        Stay(store_id=stay.store, from_day=stay.from_day, until=_day_after(stay.to_day))
        for stay in one.dispatch
    ]
    if one.home in stores:
        stays.append(Stay(store_id=one.home or "", from_day="0001-01-01"))
    elif not one.dispatch:
        stays = [Stay(store_id=store, from_day="0001-01-01") for store in sorted(stores)]
    skills = [
        Skill(code=code, level=term) if isinstance(term, int) else Skill(code=code, level=term.level, to_day=term.valid_to)
        for code, term in one.skills.items()
    ]
    return Worker(
        person_id=one.id, name=one.name, born_on=one.born_on, skills=skills, stays=stays, away=away, system=one.contract.system,
        day_max_min=one.contract.day_max, week_min_min=one.contract.week_min, week_max_min=one.contract.week_max,
        protect=one.protect, wage_cents_hour=one.wage_cents_hour, home_store=one.home if one.home in stores and one.home else "",
        past=past, lacks=one.lacks,
    )  # fmt: skip


def _day_after(day: str | None) -> str | None:
    """The first day something no longer counts; None where it counts for good."""
    if day is None or day >= LATEST:
        return None
    return day_of(ordinal(day) + 1)


def _assignments(problem: RosterProblem, facts: Facts) -> Iterator[ProblemError]:
    stores = {store.id for store in problem.stores}
    a_day: Counter[tuple[str, str]] = Counter()
    for number, one in enumerate(problem.assignments):
        at = f"assignments.{number}"
        if one.store not in stores:
            yield ProblemError("rostering.store_unknown", at, {"store": one.store})
            continue
        if one.employee is not None and one.employee not in facts.placed:
            yield ProblemError("rostering.employee_unknown", at, {"employee": one.employee})
            continue
        found = placed_of(one, facts.zones[one.store], at)
        if isinstance(found, ProblemError):
            yield found
        elif one.employee is None:
            facts.open_shifts.append(found)
        else:
            a_day[one.employee, found.day] += 1
            if a_day[one.employee, found.day] == MOST_SHIFTS_A_DAY + 1:
                told: dict[str, str | int] = {"employee": one.employee, "day": found.day, "most": MOST_SHIFTS_A_DAY}
                yield ProblemError("rostering.too_many_a_day", at, told)
            facts.placed[one.employee].append(found)
    if not facts.errors:
        for person, shifts in facts.placed.items():
            yield from _twice(person, shifts)


def placed_of(one: Assignment, zone: str, at: str = "") -> Placed | ProblemError:
    """An assignment as a placed shift by the clock of its store."""
    found = _stretch(one.start, one.end, zone, at)
    if isinstance(found, ProblemError):
        return found
    begins, ends_min, starts_ms, ends_ms = found
    elapsed = (ends_ms - starts_ms) // 60_000
    if elapsed > MINUTES_A_DAY:
        return ProblemError("rostering.longer_than_a_day", at, {"start": one.start, "end": one.end})
    if one.break_min >= elapsed:
        return ProblemError("rostering.break_too_long", at, {"minutes": one.break_min})
    return Placed(
        id=one.id, person_id=one.employee or "", store_id=one.store, day=begins.day, starts_min=begins.minute,
        ends_min=ends_min, starts_ms=starts_ms, ends_ms=ends_ms, work_min=elapsed - one.break_min, role=one.role,
        template=one.template or "", on_call=one.on_call, locked=one.state in ("locked", "done"), state=_STATES[one.state],
    )  # fmt: skip


def _twice(person: str, shifts: Sequence[Placed]) -> Iterator[ProblemError]:
    """Shifts that stay and lie at the same time: nothing could be made of them."""
    last: Placed | None = None
    for shift in sorted((one for one in shifts if one.state != "draft"), key=lambda one: (one.starts_ms, one.ends_ms)):
        if last is not None and shift.starts_ms < last.ends_ms:
            told: dict[str, str | int] = {"employee": person, "first": last.id, "second": shift.id}
            yield ProblemError("rostering.two_places", "assignments", told)
        if last is None or shift.ends_ms > last.ends_ms:
            last = shift


def _needs(problem: RosterProblem, facts: Facts) -> Iterator[ProblemError]:
    for number, one in enumerate(problem.demand):
        at = f"demand.{number}"
        zone = facts.zones.get(one.store)
        if zone is None:
            yield ProblemError("rostering.store_unknown", at, {"store": one.store})
            continue
        found = _stretch(one.from_time, one.to_time, zone, at)
        if isinstance(found, ProblemError):
            yield found
            continue
        begins, _, starts_ms, ends_ms = found
        facts.needs.append(Need(
            store_id=one.store, day=begins.day, role=one.role, starts_ms=starts_ms, ends_ms=ends_ms, at_least=one.at_least,
            target=one.target, at_most=one.at_most, criticality=one.criticality,
        ))  # fmt: skip
