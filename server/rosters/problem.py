"""A RosterProblem out of what is gathered of stores: all that counts, in local times, so that a process without a database can
solve it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from contract.proposals import Goal, Importance, Keep
from contract.rostering.local_time import day_of, ordinal
from contract.rostering.problem import (
    Assignment,
    Availability,
    Demand,
    Dispatch,
    Employee,
    History,
    Horizon,
    Limits,
    PauseTerm,
    ProblemStore,
    Replan,
    RosterProblem,
    SkillTerm,
    Template,
    Terms,
)
from contract.rostering.shapes import Placed, Profile, RuleSetting, Worker
from server.kernel.db import ScopedSession
from server.rosters.demand_queries import demand_book
from server.rosters.gathering import Gathered, gather
from server.rosters.rules import days_between
from server.rosters.verdicts import BY_PATTERN
from server.shifts.rules.days import Template as ShiftTemplate

GOALS: Mapping[Goal, tuple[str, ...]] = {
    "cover": ("under_min", "under_target", "over_max", "headcount"),
    "wishes": ("undesired", "desired", "home_store"),
    "fairness": ("fair_weekends", "fair_nights", "fair_early", "fair_closings", "fair_hours"),
    "cost": ("cost", "overtime"),
    "stability": ("changed_published",),
    "hours": ("contract_min_hours",),
    "ease": ("clopen", "split_weekend", "single_day_off", "start_jitter"),
}
PERCENT: Mapping[Importance, int] = {"off": 0, "less": 40, "normal": 100, "more": 300}
TZ = "Asia/Shanghai"
_A_WEEK = timedelta(days=7)
AT_HOME = "home"  # where a duty is done that no store is named for: the own house
_STATES = {"worked": "done", "elsewhere": "published"}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is made with besides the facts."""

    problem_id: str
    store_ids: Sequence[str]
    from_day: date
    days: int
    seconds: int = 30
    seed: int = 1
    importance: Mapping[Goal, Importance] = {}
    keep: Keep = "published"
    replan: Replan | None = None


def build(session: ScopedSession, asked: Asked) -> tuple[RosterProblem, Gathered]:
    """The problem of these stores and days, and what it was made of. Reads with the reach of the session."""
    last = asked.from_day + timedelta(days=asked.days - 1)
    g = gather(session, asked.store_ids, asked.from_day, last)
    return problem_of(session, g, asked), g


def problem_of(session: ScopedSession, g: Gathered, asked: Asked) -> RosterProblem:
    """The same from facts that were gathered already."""
    stores = sorted({*g.stores, *(one.store_id or AT_HOME for mine in g.placed.values() for one in mine), *_stays_of(g)})
    zone = g.zones.get(asked.store_ids[0], TZ)
    profile, last = g.profiles[asked.store_ids[0]], asked.from_day + timedelta(days=asked.days - 1)
    return RosterProblem(
        problem_id=asked.problem_id,
        seed=asked.seed,
        limits=Limits(seconds=asked.seconds),
        horizon=Horizon(start=asked.from_day.isoformat(), days=asked.days, tz=zone, slot_min=15),
        profile=profile.code[:64] or "own",
        profile_rules=weighed(profile, asked.importance),
        stores=[ProblemStore(id=one, tz=g.zones.get(one, zone), open_days=_open_days(g, one, last)) for one in stores],
        employees=[_employee(g, worker, set(stores), zone) for worker in g.workers.values()],
        demand=demand_of(session, g),
        templates=templates_of(g),
        assignments=[_assignment(g, one, asked.keep) for mine in g.placed.values() for one in mine if not _gives_way(g, one)]
        + [_assignment(g, one, asked.keep) for one in g.open_shifts],
        holidays=[day for day, kind in g.calendar.day_kinds.items() if kind == "holiday"],
        replan=asked.replan,
    )


def _open_days(g: Gathered, store: str, last: date) -> dict[str, list[tuple[str, str]]]:
    """When a store is open on each day there is something to judge on, where somebody said so."""
    if store not in g.opening:
        return {}
    days = (day.isoformat() for day in days_between(g.from_day - _A_WEEK, last + _A_WEEK))
    hours = {day: g.calendar.hours_of(store, day) for day in days}
    return {
        day: [(minute(day, opens)[11:], minute(day, closes)[11:]) for opens, closes in said]
        for day, said in hours.items()
        if said is not None
    }  # fmt: skip


def _gives_way(g: Gathered, shift: Placed) -> bool:
    """Whether a duty by pattern stands aside: whoever has these days rostered plans them whole, as at the desk."""
    return shift.id.startswith(BY_PATTERN) and shift.store_id in g.stores and shift.day >= g.from_day.isoformat()


def weighed(profile: Profile, importance: Mapping[Goal, Importance]) -> list[RuleSetting]:
    """The profile's rules with soft goals weighing as somebody wants them. What is hard stays hard."""
    percent = {rule: PERCENT[importance.get(goal, "normal")] for goal, rules in GOALS.items() for rule in rules}
    return [
        one if one.hard else msgspec.structs.replace(one, weight=one.weight * percent.get(one.rule, 100) // 100)
        for one in profile.rules
    ]


def _stays_of(g: Gathered) -> Iterable[str]:
    return (stay.store_id for worker in g.workers.values() for stay in worker.stays if stay.store_id in g.zones)


def _employee(g: Gathered, worker: Worker, stores: set[str], zone: str) -> Employee:
    home = worker.home_store if worker.home_store in stores else None
    mine = g.zones.get(home or "", zone)
    past = worker.past
    skills: dict[str, int | SkillTerm] = {}
    for skill in worker.skills:  # what is granted from a later day on counts when that day has come
        if skill.from_day is None or skill.from_day <= g.from_day.isoformat():
            skills[skill.code] = SkillTerm(level=skill.level, valid_to=skill.to_day)
    return Employee(
        id=worker.person_id, name=worker.name, home=None,
        dispatch=[
            Dispatch(store=stay.store_id, from_day=stay.from_day, to_day=_day_before(stay.until))
            for stay in worker.stays
            if stay.store_id in stores
        ] or [Dispatch(store=g.stores[0], from_day="0001-01-01", to_day="0001-01-02")],
        skills=skills,
        contract=Terms(
            system=worker.system, week_min=worker.week_min_min, week_max=worker.week_max_min, day_max=worker.day_max_min
        ),
        protect=worker.protect, born_on=worker.born_on,
        history=History(
            last_end=None if past.last_end_ms is None else at(past.last_end_ms, mine), days_in_row=past.days_in_row,
            nights_in_row=past.nights_in_row, days_since_rest=past.days_since_rest, week_min=past.week_min,
            month_overtime_min=past.month_overtime_min, period_min=past.period_min, weekends_8w=past.weekends_8w,
            nights_8w=past.nights_8w, early_8w=past.early_8w, closings_8w=past.closings_8w,
        ),
        availability=[
            Availability(kind=away.kind, from_time=at(away.starts_ms, zone), to_time=at(away.ends_ms, zone))
            for away in worker.away
            if at(away.starts_ms, zone) < at(away.ends_ms, zone)
        ],
        wage_cents_hour=None if worker.wage_cents_hour is None else min(10_000, worker.wage_cents_hour),
        lacks=[one for one in worker.lacks if one.store_id in stores],
    )  # fmt: skip


def _day_before(day: str | None) -> str | None:
    return None if day is None else day_of(ordinal(day) - 1)


def at(ms: int, zone: str) -> str:
    """An instant as a problem writes it."""
    return datetime.fromtimestamp(ms // 1000, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")


def minute(day: str, minutes: int) -> str:
    """A minute of a day as a problem writes it."""
    return f"{day_of(ordinal(day) + minutes // 1_440)}T{minutes % 1_440 // 60:02}:{minutes % 60:02}"


def _assignment(g: Gathered, shift: Placed, keep: Keep) -> Assignment:
    inside = shift.store_id in g.stores and g.from_day.isoformat() <= shift.day <= g.to_day.isoformat()
    state = _STATES.get(shift.state, "published")
    if inside and shift.state != "worked":
        if shift.locked:
            state = "locked"
        elif keep == "all":
            state = "published"
        elif keep == "locked" or shift.state == "draft":
            state = "draft"
    elapsed = (shift.ends_ms - shift.starts_ms) // 60_000
    return Assignment(
        id=shift.id[:64], employee=shift.person_id or None, store=shift.store_id or AT_HOME,
        start=minute(shift.day, shift.starts_min),
        end=minute(shift.day, shift.ends_min), role=shift.role, template=shift.template or None,
        break_min=max(0, min(elapsed - 1, elapsed - shift.work_min)), on_call=shift.on_call,
        state=state,  # type: ignore[arg-type]
    )  # fmt: skip


def demand_of(session: ScopedSession, g: Gathered) -> list[Demand]:
    """What the stores need. A store that never said what it needs wants on each day as many as are planned there now."""
    book = demand_book(session, g.stores, g.from_day, g.to_day)
    found: list[Demand] = []
    for store in g.stores:
        mine: list[Demand] = []
        for day in days_between(g.from_day, g.to_day):
            text = day.isoformat()
            for role, said in sorted(book.of(store, day).items()):
                mine += [
                    Demand(
                        store=store, role=role, from_time=minute(text, slot.from_min), to_time=minute(text, slot.to_min),
                        at_least=slot.at_least, target=slot.target, at_most=slot.at_most, criticality=slot.criticality,
                    )
                    for slot in said.slots
                    if slot.to_min > slot.from_min
                ]  # fmt: skip
        found += mine or _as_planned(g, store)
    return found


def _as_planned(g: Gathered, store: str) -> list[Demand]:
    shifts = [one for mine in g.placed.values() for one in mine] + g.open_shifts
    return [
        Demand(
            store=store, role=one.role, from_time=minute(one.day, one.starts_min), to_time=minute(one.day, one.ends_min),
            at_least=0, target=1,
        )
        for one in shifts
        if one.store_id == store and g.from_day.isoformat() <= one.day <= g.to_day.isoformat() and not one.on_call
    ]  # fmt: skip


def templates_of(g: Gathered) -> list[Template]:
    """The company's kinds of shifts that have one window with fixed times, as they count on the first day."""
    found = []
    for code in sorted(g.catalogue.templates):
        template = g.catalogue.template(code, g.from_day)
        if template is None or template.kind != "fixed" or len(template.windows) != 1 or template.windows[0].store_id:
            continue
        window = template.windows[0]
        length = window.ends_min - window.starts_min
        if not 0 < length <= 1_440 or window.starts_min >= 1_440:
            continue
        start = f"{window.starts_min // 60:02}:{window.starts_min % 60:02}"
        found.append(Template(code=code, start=(start, start), length=(length, length), pause=_pause(template, length)))
    return found[:200]


def _pause(template: ShiftTemplate, length: int) -> PauseTerm | None:
    """All unpaid pauses of a shift of that length, together."""
    unpaid = [one for one in template.breaks if not one.paid]
    minutes = sum(one.minutes for one in unpaid if one.starts_min is not None or length > one.after_min)
    return PauseTerm(after=0, minutes=min(minutes, length - 1)) if minutes else None


def versions_of(cells: Iterable[Any]) -> dict[str, int]:
    """Which version of each cell a problem was made of."""
    return {row.id: row.version for row in cells}
