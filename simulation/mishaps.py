"""What goes wrong without anybody meaning to: reboots, clocks set wrong, phones without data, dead zones, transfers, tablets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from contract.ids import new_id
from contract.postings import EndPosting, PostEmployee
from simulation import staff
from simulation.clocks import DAY, HOUR, MINUTE, SECOND, TZ_MIN
from simulation.gadgets import Gadget
from simulation.places import Site
from simulation.world import Person, World, minutes

REBOOT: Final = 0.08
REBOOT_AT_WORK: Final = 0.05
WRONG_CLOCK: Final = 0.05
WRONG_DAY: Final = 0.015
DEAD_ZONE: Final = 0.25
GROUNDED: Final = 0.03
TABLET_REBOOT: Final = 0.10
POLL_MS: Final = 20 * MINUTE


def settle_fates(world: World, days: int, first_midnight_ms: int) -> None:
    """What will happen to whom over the whole time, drawn once: who has no data, who is transferred."""
    rng = world.rng
    end_ms = first_midnight_ms + days * DAY - 90 * MINUTE
    with_tablet = [site for site in world.sites if site.tablet is not None]
    honest = [person for person in world.people if not person.cheats]
    rng.shuffle(honest)
    moving = honest[: max(1, len(world.people) // 40)] if days > 1 else []
    for person in moving:
        hearing = [site for site in with_tablet if site is not person.site and not site.is_deaf]
        if not hearing:
            continue
        person.moves = (days - 1, rng.choice(hearing))
        person.grounded_until = end_ms
    for person in honest[len(moving) : len(moving) + max(1, int(len(world.people) * GROUNDED))]:
        person.grounded_until = end_ms


def plan_mishaps(world: World, person: Person, midnight_ms: int) -> None:
    """What goes wrong for this person today."""
    rng, phone, at = person.rng, person.phone, world.agenda.at
    person.mishap = "offline for days" if world.time.now_ms < person.grounded_until else None
    phone.clock.wall_off_ms = 0
    if rng.random() < WRONG_CLOCK:
        phone.clock.wall_off_ms = rng.choice((-2 * HOUR, 2 * HOUR))
        person.mishap = "phone clock set wrong"
    elif rng.random() < WRONG_DAY:
        phone.clock.wall_off_ms = rng.choice((-DAY, DAY))
        person.mishap = "phone clock set wrong"
    if rng.random() < REBOOT:
        at(midnight_ms + 7 * HOUR, lambda: _reboot(world, phone, "phone"))
    if rng.random() < REBOOT_AT_WORK:
        starts = (13 if person.late else 9) * HOUR
        at(midnight_ms + starts - minutes(rng, 26, 28), lambda: _reboot_at_work(world, person, twice=rng.random() < 0.4))


def plan_site(world: World, site: Site, midnight_ms: int) -> None:
    """A store's day: the tablet asks now and then, a dead zone comes and goes."""
    rng, tablet = world.rng, site.tablet
    if rng.random() < DEAD_ZONE:
        start = midnight_ms + minutes(rng, 8 * 60, 18 * 60)
        site.dead.append((start, start + minutes(rng, 120, 300)))
    if tablet is None:
        return
    shown_from = midnight_ms + 7 * HOUR + minutes(rng, 0, 30)
    for ms in range(shown_from, midnight_ms + 23 * HOUR, POLL_MS):
        world.agenda.at(ms + rng.randrange(2 * MINUTE), tablet.glance)
    if rng.random() < TABLET_REBOOT:
        world.agenda.at(midnight_ms + minutes(rng, 9 * 60, 20 * 60), lambda: _reboot(world, tablet, "tablet"))
    if site.is_deaf:
        world.agenda.at(midnight_ms + 23 * HOUR + 20 * MINUTE, lambda: _carry_upstairs(world, site, tablet))


def plan_transfers(world: World, first_midnight_ms: int) -> None:
    """HQ enters the transfers on the second day, while those phones are offline."""
    for person in world.people:
        if person.moves is not None:
            day, _ = person.moves
            entered = first_midnight_ms + max(0, day - 1) * DAY + 10 * HOUR + 7 * MINUTE
            world.agenda.at(entered, lambda who=person: _transfer(world, who, first_midnight_ms))  # type: ignore[misc]


def _transfer(world: World, person: Person, first_midnight_ms: int) -> None:
    assert person.moves is not None
    day, site = person.moves
    first_day = (datetime.fromtimestamp((first_midnight_ms + day * DAY) / 1000, UTC) + timedelta(minutes=TZ_MIN)).date()
    found = world.hq.read("/api/v1/postings", person_id=person.id)["items"]
    world.hq.do(
        "/api/v1/postings/ended",
        EndPosting(posting_id=found[0]["id"], ends_on=first_day.isoformat(), reason="transferred"),
    )
    world.hq.do(
        "/api/v1/postings",
        PostEmployee(posting_id=new_id(), person_id=person.id, store_id=site.id, starts_on=first_day.isoformat()),
    )
    world.witness.saw("transfers while the phone was offline")


def work_elsewhere(world: World, person: Person, midnight_ms: int) -> None:
    """The first day at the new store: the phone knows nothing of it yet, the tablet there does."""
    assert person.moves is not None
    site = person.moves[1]
    tablet = site.tablet
    assert tablet is not None
    person.site, person.habit = site, "tablet"
    world.agenda.at(midnight_ms + 8 * HOUR + 50 * MINUTE, lambda: staff.arrive(world, person))
    for hour, kind in ((9, "in"), (18, "out")):
        there = midnight_ms + hour * HOUR + minutes(person.rng, 0, 20)
        world.agenda.at(there, lambda k=kind: _clock_there(world, person, tablet, k))  # type: ignore[misc]
    world.agenda.at(midnight_ms + 19 * HOUR, lambda: staff.go_home(world, person))


def _clock_there(world: World, person: Person, tablet: Gadget, kind: str) -> None:
    staff.at_tablet(world, person, "in" if kind == "in" else "out", tablet, cause="transferred, first day")


def _reboot(world: World, gadget: Gadget, what: str) -> None:
    gadget.reboot()
    world.witness.saw(f"reboots ({what})")
    gadget.stay_awake(20 * SECOND)


def _reboot_at_work(world: World, person: Person, *, twice: bool) -> None:
    """Empty battery on the way to work, without signal until the evening; sometimes a second time before there is any."""
    phone = person.phone
    phone.reboot()
    world.witness.saw("reboots (phone, no signal)")
    person.grounded_until = max(person.grounded_until, world.time.now_ms + 9 * HOUR)
    person.mishap = "rebooted, no signal"
    if twice:
        person.mishap = "rebooted twice, no signal"
        world.agenda.after(8 * HOUR + 50 * MINUTE, phone.reboot)


def _carry_upstairs(world: World, site: Site, tablet: Gadget) -> None:
    """The tablet of a basement without any network meets one after closing."""
    site.is_deaf = False
    world.witness.saw("tablets carried upstairs in the evening")
    for _ in range(4):
        tablet.sync()
    site.is_deaf = True
