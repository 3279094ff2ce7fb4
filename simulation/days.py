"""Days: each person's is planned at midnight; on the last evening everybody has a network."""

from __future__ import annotations

from typing import Final

from simulation import cheats, mishaps, staff
from simulation.clocks import DAY, MINUTE
from simulation.gadgets import Gadget
from simulation.world import Person, World

LAST_ROUNDS: Final = 15


def plan_days(world: World, days: int, first_midnight_ms: int) -> None:
    for day in range(days):
        midnight_ms = first_midnight_ms + day * DAY
        world.agenda.at(midnight_ms, lambda d=day, at_ms=midnight_ms: plan_day(world, d, at_ms))  # type: ignore[misc]


def plan_day(world: World, day: int, midnight_ms: int) -> None:
    """Everybody's day."""
    for site in world.sites:
        mishaps.plan_site(world, site, midnight_ms)
    for person in world.people:
        _plan_person(world, person, day, midnight_ms)


def _plan_person(world: World, person: Person, day: int, midnight_ms: int) -> None:
    if day in person.cheats:
        person.mishap, person.phone.clock.wall_off_ms = None, 0
        cheats.plan_cheat(world, person, midnight_ms, day)
    elif person.moves is not None and day >= person.moves[0]:
        mishaps.work_elsewhere(world, person, midnight_ms)
    else:
        mishaps.plan_mishaps(world, person, midnight_ms)
        staff.plan_day(world, person, midnight_ms)


def last_evening(world: World) -> None:
    """Everybody has a network, and every app is looked at once more: what does not arrive now is lost."""
    world.calm = True
    for person in world.people:
        person.grounded_until = 0
    unfinished = list(world.gadgets)
    for _ in range(LAST_ROUNDS):
        unfinished = [gadget for gadget in unfinished if not _has_said_all(gadget)]
        world.time.pass_ms(MINUTE)
        if not unfinished:
            break
    for gadget in world.gadgets:  # what a device was told to forget is confirmed with its next request
        gadget.sync()


def _has_said_all(gadget: Gadget) -> bool:
    gadget.snuff_fuse()
    outcome = gadget.sync()
    return outcome is not None and (outcome.complete or gadget.running().sync_state().standing != "ok")
