"""An ordinary day of an honest person: they come, perhaps go out for lunch, leave, and now and then forget to say so."""

from __future__ import annotations

import random
from typing import Final

from mobile.core.views import Refused
from simulation.clocks import HOUR, MINUTE, SECOND
from simulation.gadgets import Gadget
from simulation.places import Site
from simulation.world import Person, PunchKind, World, minutes

LUNCH: Final = 0.4
FORGETS_TO_LEAVE: Final = 0.03
DAY_OFF: Final = 0.08
GIVES_PROOF: Final = 0.8
WRONG_PIN: Final = 0.06
PHOTO: Final = 0.05  # one in twenty is asked to look into the tablet's camera
APP_KILLED: Final = 0.05
SWIPES_AWAY: Final = 0.3


def plan_day(world: World, person: Person, midnight_ms: int) -> None:
    """The person's day, planned at midnight."""
    rng = person.rng
    if rng.random() < DAY_OFF:
        _stay_home(world, person, midnight_ms)
        return
    comes = midnight_ms + (13 * HOUR if person.late else 9 * HOUR) + minutes(rng, -25, 20)
    leaves = comes + 8 * HOUR + minutes(rng, 0, 40)
    at = world.agenda.at
    at(comes - 30 * MINUTE, lambda: set_out(world, person))
    at(comes, lambda: arrive(world, person))
    at(comes + minutes(rng, 0.2, 3), lambda: clock(world, person, "in"))
    if rng.random() < LUNCH:
        out = comes + 4 * HOUR + minutes(rng, -20, 20)
        back = out + minutes(rng, 25, 50)
        at(out, lambda: clock(world, person, "out"))
        at(out + MINUTE, lambda: set_out(world, person))
        at(back - MINUTE, lambda: arrive(world, person))
        at(back, lambda: clock(world, person, "in"))
    if rng.random() >= FORGETS_TO_LEAVE:
        at(leaves, lambda: clock(world, person, "out"))
    at(leaves + minutes(rng, 2, 5), lambda: set_out(world, person))
    at(leaves + minutes(rng, 35, 70), lambda: go_home(world, person))
    at(midnight_ms + 23 * HOUR + minutes(rng, 0, 20), person.phone.glance)


def _stay_home(world: World, person: Person, midnight_ms: int) -> None:
    for hour in (10, 20):
        world.agenda.at(midnight_ms + hour * HOUR + minutes(person.rng, 0, 50), person.phone.glance)


def set_out(world: World, person: Person) -> None:
    """Into the street, where there is signal: the system tells the app."""
    person.where = "way"
    world.soon(20, 240, person.rng, person.phone.glance)


def arrive(world: World, person: Person) -> None:
    person.where = person.site


def go_home(world: World, person: Person) -> None:
    person.where = "home"
    world.soon(30, 900, person.rng, person.phone.glance)


def clock(world: World, person: Person, kind: PunchKind) -> None:
    """Punch the way this person is used to; where that does not work, with the phone."""
    site = person.site
    if person.habit == "tablet" and site.tablet is not None and at_tablet(world, person, kind, site.tablet):
        return
    on_phone(world, person, kind)


def at_tablet(world: World, person: Person, kind: PunchKind, tablet: Gadget, *, cause: str = "") -> bool:
    """By PIN on the store's tablet. False where the tablet does not know the person or no PIN of theirs."""
    core = tablet.running()
    try:
        if person.rng.random() < WRONG_PIN:
            core.check_pin(person.id, person.pin[::-1] if person.pin[::-1] != person.pin else "908172")
            world.time.pass_ms(4 * SECOND)
        answer = core.check_pin(person.id, person.pin)
    except Refused as refused:
        world.witness.saw(f"tablet could not help ({refused.said.code})")
        return False
    if not answer.ok:
        world.witness.saw("tablet could not help (wrong PIN)")
        return False
    world.time.pass_ms(3 * SECOND)
    photo = person.rng.randbytes(person.rng.randrange(8_000, 60_000)) if person.rng.random() < PHOTO else None
    world.tap(tablet, person, kind, by_pin=True, photo=photo, cause=cause or "tablet, PIN" + (" and photo" if photo else ""))
    tablet.stay_awake(30 * SECOND)
    return True


def on_phone(world: World, person: Person, kind: PunchKind) -> None:
    """On the own phone, with the tablet's code where the person is used to it, and one more proof where the app asks."""
    rng, phone = person.rng, person.phone
    core = phone.running()
    code = None
    if person.habit == "code":
        code = read_code(world, person.site, rng)
        world.time.pass_ms(rng.randrange(2 * SECOND, 12 * SECOND))
    fuse = rng.randrange(1, 12) if rng.random() < APP_KILLED else None
    kept = world.tap(phone, person, kind, code=code, fuse=fuse, cause=person.mishap or person.site.ground.name)
    if phone.core is not None and rng.random() < APP_KILLED:
        phone.light_fuse(rng.randrange(5, 120))  # it will die over one of the next syncs, or in the pocket
        world.soon(50, 90, rng, phone.snuff_fuse)
    if kept is not None and kept.preview.verdict == "ask" and rng.random() < GIVES_PROOF:
        world.soon(15, 60, rng, lambda: give_proof(world, person, kept.punch_id))
    phone.stay_awake(int(rng.uniform(25, 70)) * SECOND)
    if core is phone.core and rng.random() < SWIPES_AWAY:
        world.soon(75, 200, rng, phone.close)


def read_code(world: World, site: Site, rng: random.Random) -> str | None:
    """What the tablet on the wall shows now, typed or scanned; None where it shows nothing."""
    if site.tablet is None:
        return None
    try:
        shown = site.tablet.running().store_code()
    except Refused:
        world.witness.saw("tablet showed no code (its clock was unproven)")
        return None
    return shown.qr if rng.random() < 0.5 else shown.digits


def give_proof(world: World, person: Person, punch_id: str) -> None:
    """Ten seconds more: the tablet's code, or a step to the door."""
    if person.where is not person.site:
        return
    code = read_code(world, person.site, person.rng)
    person.phone.snuff_fuse()
    if code is None:
        world.step_outside(person)
    try:
        person.phone.running().add_proof(punch_id, code)
        world.witness.saw("second proofs given")
    except Refused as refused:
        world.witness.saw(f"second proof refused ({refused.said.code})")
    world.back_inside(person)
    person.phone.stay_awake(20 * SECOND)
