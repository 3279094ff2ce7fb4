"""Shifts in tests: the ready ones, who follows what, and what came of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from contract.ids import new_id
from contract.shifts import AssignPattern, AssignRules, DefinePattern, DutyRow
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.shifts import presets
from server.shifts.queries import duties_of
from tests.server.world import NOON, SECRET, World
from tests.support.company import Company

TODAY = date(2026, 11, 20)  # the world's Friday
DAY = timedelta(days=1)


def ready(world: World) -> World:
    """The world with what a company begins with, and a shop that opens early six days a week."""
    presets.ensure(world.db, NOON, SECRET)
    world.must(
        DefinePattern(
            pattern_id=new_id(), code="counter", name_zh="早班柜台", name_en="Counter", from_day="2020-01-06",
            starts_on="2020-01-06", cycle=["early"] * 6 + [""], calendar="none",
        )
    )  # fmt: skip
    return world


def follow(world: World, pattern: str | None, *, person: str | None = None, unit: str | None = None, **more: Any) -> None:
    """Somebody follows a pattern, from today on unless it is said when."""
    values = {"from_day": TODAY.isoformat(), **more}
    world.must(AssignPattern(assignment_id=new_id(), person_id=person, unit_id=unit, pattern=pattern, **values))


def due(world: World, person_id: str, day: date = TODAY) -> DutyRow | None:
    """What somebody is due on a day, as hours are computed of it."""
    with reading(world.db, Actor.system()) as session:
        return duties_of(session, [person_id], day, day).get((person_id, day))


def worked(world: World, person_id: str, day: date = TODAY) -> str | None:
    """The templates of that day by comma, "" for off, None where nobody planned anything."""
    duty = due(world, person_id, day)
    return ",".join(window.template for window in duty.windows) if duty is not None else None


def plant(company: Company, person: str) -> None:
    """This person of a company follows a pattern and has rules of their own."""
    presets.ensure(company.db, company.now(), company.settings.secret)
    person_id, today = company.people[person], company.today().isoformat()
    company.must(AssignPattern(assignment_id=new_id(), person_id=person_id, pattern="shop", from_day=today))
    company.must(AssignRules(assignment_id=new_id(), person_id=person_id, rules="eu", from_day=today))
