"""Planted cheats: one function for each class of design/evidence.md 2.1 that the product says it sees.

Each plans a dishonest day for one person. A cheat is an act; its whole day is theirs, so that what a cheat does to the
person's other punches (a shared phone, an impossible way) is not counted as an honest person's trouble.
What the product openly does not see is not planted: a live relay of the code with a hidden mock, a buddy with my phone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from contract.devices import Revoke
from contract.geo import Fix
from simulation import staff
from simulation.clocks import HOUR, MINUTE, SECOND
from simulation.company import enrol
from simulation.ground import GROUNDS, fix_at, made_up_fix, somewhere_around
from simulation.world import Person, PunchKind, World, minutes

ACCOMPLICE: Final = "accomplice"
_TABLET_TRIES: Final = 3


@dataclass(frozen=True)
class CheatClass:
    """A class of cheat: what it needs, and the day it makes of it."""

    name: str
    plan: Callable[[World, Person, int], None]
    needs_tablet: bool = False
    needs_buddy: bool = False


Receiver = Callable[[], Fix | None]


def _at_home(world: World, person: Person, kind: PunchKind, fix: Receiver, cheat: str, code: str | None = None) -> None:
    """A punch from the sofa with whatever position the phone is made to say."""
    person.where = "home"
    person.phone.receiver = fix
    world.tap(person.phone, person, kind, cause="cheat", cheat=cheat, code=code)
    person.phone.receiver = person.fix
    person.phone.stay_awake(40 * SECOND)


def _day_at_home(fix_for: Callable[[Person], Receiver], cheat: str) -> Callable[[World, Person, int], None]:
    def plan(world: World, person: Person, midnight_ms: int) -> None:
        comes = midnight_ms + 9 * HOUR + minutes(person.rng, 2, 50)
        for ms, kind in ((comes, "in"), (comes + 8 * HOUR, "out")):
            world.agenda.at(ms, lambda k=kind: _at_home(world, person, k, fix_for(person), cheat))  # type: ignore[misc]

    return plan


def _honest_home(person: Person) -> Receiver:
    def fix() -> Fix | None:
        return fix_at(person.rng, GROUNDS["street"], person.home) or fix()

    return fix


def _hidden_mock(world: World, person: Person, midnight_ms: int) -> None:
    """The mock flag is hidden by root; a tablet is heard in that hour, so a code is missing."""

    def try_it(kind: PunchKind, tries: int) -> None:
        tablet = person.site.tablet
        assert tablet is not None
        if tablet.heard_ms // HOUR != world.time.now_ms // HOUR:
            tablet.sync()
        if tablet.heard_ms // HOUR == world.time.now_ms // HOUR:
            _at_home(world, person, kind, lambda: made_up_fix(person.site.centre, shows_mock=False), "hidden mock, tablet store")
        elif tries:
            world.agenda.after(HOUR, lambda: try_it(kind, tries - 1))

    for hour, kind in ((9, "in"), (16, "out")):
        world.agenda.at(midnight_ms + hour * HOUR + minutes(person.rng, 25, 45), lambda k=kind: try_it(k, _TABLET_TRIES))  # type: ignore[misc]


def _late_code(world: World, person: Person, midnight_ms: int) -> None:
    """A colleague sends a photo of the code; it is typed minutes later, beside a hidden mock."""

    def photographed(tries: int) -> None:
        code = staff.read_code(world, person.site, person.rng)
        if code is None:
            if tries:
                world.agenda.after(HOUR, lambda: photographed(tries - 1))
            return
        world.agenda.after(
            minutes(person.rng, 2, 6),
            lambda: _at_home(
                world, person, "in", lambda: made_up_fix(person.site.centre, shows_mock=False), "late photo of the code", code
            ),
        )

    world.agenda.at(midnight_ms + 9 * HOUR + minutes(person.rng, 5, 40), lambda: photographed(_TABLET_TRIES))


def _reused_code(world: World, person: Person, midnight_ms: int) -> None:
    """In with the code, and out with the same one half a minute later, to go home at once."""

    def go(tries: int) -> None:
        staff.arrive(world, person)
        code = staff.read_code(world, person.site, person.rng)
        if code is None:
            if tries:
                world.agenda.after(HOUR, lambda: go(tries - 1))
            return
        world.tap(person.phone, person, "in", cause=ACCOMPLICE, code=code)
        world.agenda.after(18 * SECOND, lambda: again(code))

    def again(code: str) -> None:
        world.tap(person.phone, person, "out", cause="cheat", cheat="code used twice", code=code)
        person.phone.stay_awake(MINUTE)
        world.agenda.after(10 * MINUTE, lambda: staff.go_home(world, person))

    world.agenda.at(midnight_ms + 10 * HOUR + minutes(person.rng, 5, 40), lambda: go(_TABLET_TRIES))


def _impossible_travel(world: World, person: Person, midnight_ms: int) -> None:
    """A true fix on a beach a thousand kilometres away; half an hour later a made-up one in the store."""
    beach = somewhere_around(person.rng, person.home, 900_000, 1_400_000)

    def away() -> None:
        _at_home(world, person, "in", lambda: fix_at(person.rng, GROUNDS["street"], beach), "punch from another city")

    def there() -> None:
        centre = person.site.centre
        _at_home(world, person, "out", lambda: made_up_fix(centre, shows_mock=False), "impossible travel")

    start = midnight_ms + 11 * HOUR + minutes(person.rng, 0, 50)
    world.agenda.at(start, away)
    world.agenda.at(start + 31 * MINUTE, there)


def _clone(world: World, person: Person, midnight_ms: int) -> None:
    """A buddy runs a second copy of the app on their phone, enrolled as somebody who is not there."""
    buddy, absent = person.buddy, person
    if buddy is None:
        return

    def punches(kind: PunchKind) -> None:
        staff.arrive(world, buddy)
        world.tap(buddy.phone, buddy, kind, cause=ACCOMPLICE)
        buddy.phone.stay_awake(MINUTE)
        world.agenda.after(25 * SECOND, lambda: for_the_other(kind))

    def for_the_other(kind: PunchKind) -> None:
        world.tap(clone, absent, kind, cause="cheat", cheat="one phone, two people")
        clone.stay_awake(MINUTE)

    hardware = buddy.phone.hardware
    clone = world.new_gadget(f"clone-{absent.number}", "phone", lambda: buddy.loss(world.time.now_ms), hardware=hardware)
    clone.person_id, clone.receiver = absent.id, buddy.fix
    # both copies run on the same machine: its clocks are the same clocks
    clone.clock = buddy.phone.clock
    world.agenda.at(midnight_ms + 8 * HOUR, lambda: enrol(world, clone, person_id=absent.id))
    for hour, kind in ((9, "in"), (17, "out")):
        world.agenda.at(midnight_ms + hour * HOUR + minutes(person.rng, 5, 30), lambda k=kind: punches(k))  # type: ignore[misc]


def _on_a_buddys_phone(world: World, person: Person, midnight_ms: int) -> None:
    """A colleague in the store punches for me, on their own phone, in my name."""
    buddy = person.buddy
    if buddy is None:
        return

    def punch() -> None:
        staff.arrive(world, buddy)
        world.tap(buddy.phone, person, "in", cause="cheat", cheat="in my name on a buddy's phone", store=person.site)
        buddy.phone.stay_awake(MINUTE)
        world.agenda.after(HOUR, lambda: staff.go_home(world, buddy))

    world.agenda.at(midnight_ms + 9 * HOUR + minutes(person.rng, 2, 40), punch)


def _clock_set_back(world: World, person: Person, midnight_ms: int) -> None:
    """Fifty minutes late; the phone's clock is set back before the punch. The stored time must be the true one."""
    phone = person.phone

    def prepare() -> None:
        staff.set_out(world, person)
        phone.stay_awake(MINUTE)  # the phone has met the server in this boot

    def punch() -> None:
        phone.clock.wall_off_ms = -50 * MINUTE
        staff.arrive(world, person)
        world.tap(phone, person, "in", cause="cheat", cheat="clock set back")
        phone.clock.wall_off_ms = 0
        phone.stay_awake(MINUTE)
        world.agenda.after(HOUR, lambda: staff.go_home(world, person))

    start = midnight_ms + 9 * HOUR + 50 * MINUTE
    world.agenda.at(start - 20 * MINUTE, prepare)
    world.agenda.at(start, punch)


def _clock_and_reboot(world: World, person: Person, midnight_ms: int) -> None:
    """Flight mode, clock set back, rebooted before and after, the phone on all the while: no anchor says when it was. Where its
    service lived the boots bound each other, and the clock is seen to be wrong: ask. Else an interval, and review."""
    phone = person.phone

    def begin() -> None:
        phone.sync()
        person.grounded_until = max(person.grounded_until, world.time.now_ms + 4 * HOUR)
        phone.reboot()
        phone.clock.wall_off_ms = -2 * HOUR

    def punch() -> None:
        staff.arrive(world, person)
        world.tap(phone, person, "in", cause="cheat", cheat="clock set back, rebooted twice")
        phone.reboot()
        phone.clock.wall_off_ms = 0
        world.agenda.after(HOUR, lambda: staff.go_home(world, person))

    start = midnight_ms + 9 * HOUR + minutes(person.rng, 0, 30)
    world.agenda.at(start, begin)
    world.agenda.at(start + 2 * HOUR, punch)


def _switched_off(world: World, person: Person, midnight_ms: int) -> None:
    """Two hours late. The phone was off since before the shift, so that no service could note how long; it is switched on with
    its clock set back, and restarted once more after the punch. An interval as wide as it was off, and review."""
    phone = person.phone

    def begin() -> None:
        phone.sync()
        person.grounded_until = max(person.grounded_until, world.time.now_ms + 4 * HOUR)

    def punch() -> None:
        phone.reboot(off_ms=2 * HOUR - MINUTE)
        phone.clock.wall_off_ms = -2 * HOUR
        staff.arrive(world, person)
        world.tap(phone, person, "in", cause="cheat", cheat="clock set back, switched off before")
        phone.reboot()
        phone.clock.wall_off_ms = 0
        world.agenda.after(HOUR, lambda: staff.go_home(world, person))

    start = midnight_ms + 9 * HOUR + minutes(person.rng, 0, 30)
    world.agenda.at(start, begin)
    world.agenda.at(start + 2 * HOUR, punch)


def _stolen(world: World, person: Person, midnight_ms: int) -> None:
    """The phone is stolen and reported; the thief punches before it is wiped. The owner gets a new one."""
    thief, start = person.phone, midnight_ms + 9 * HOUR + minutes(person.rng, 5, 30)

    def report() -> None:
        for _ in range(6):  # what the owner did is at home before the phone is gone
            outcome = thief.sync()
            if outcome is not None and outcome.complete:
                break
        person.grounded_until = max(person.grounded_until, world.time.now_ms + HOUR)
        world.hq.do("/api/v1/devices/revocations", Revoke(device_id=thief.device_id, reason="stolen on the metro"))
        world.witness.saw("phones revoked")

    def misuse() -> None:
        staff.arrive(world, person)
        world.tap(thief, person, "in", cause="cheat", cheat="stolen phone, revoked")

    def surface() -> None:
        person.grounded_until = 0
        for _ in range(4):
            thief.sync()

    def replace() -> None:
        person.phone = world.hand_out_phone(person, name=f"{thief.name}-new")
        enrol(world, person.phone, person_id=person.id)

    for delay, event in ((0, report), (30 * MINUTE, misuse), (2 * HOUR, surface), (6 * HOUR, replace)):
        world.agenda.at(start + delay, event)


CLASSES: Final = (
    CheatClass(
        "mock location shown",
        _day_at_home(lambda p: lambda: made_up_fix(p.site.centre, shows_mock=True), "mock location shown"),
    ),
    CheatClass("punch from home", _day_at_home(_honest_home, "punch from home")),
    CheatClass("position off at home", _day_at_home(lambda p: lambda: None, "position off at home")),
    CheatClass("hidden mock, tablet store", _hidden_mock, needs_tablet=True),
    CheatClass("late photo of the code", _late_code, needs_tablet=True),
    CheatClass("code used twice", _reused_code, needs_tablet=True),
    CheatClass("impossible travel", _impossible_travel),
    CheatClass("one phone, two people", _clone, needs_buddy=True),
    CheatClass("in my name on a buddy's phone", _on_a_buddys_phone, needs_buddy=True),
    CheatClass("clock set back", _clock_set_back),
    CheatClass("clock set back, rebooted twice", _clock_and_reboot),
    CheatClass("stolen phone, revoked", _stolen),
    CheatClass("clock set back, switched off before", _switched_off),
)


def choose_cheats(world: World, days: Sequence[int], classes: Sequence[CheatClass] = CLASSES) -> None:
    """Who cheats how and on which day: each class at least once where the world allows it, else one in fifty people each."""
    free = [person for person in world.people if not person.cheats]
    world.rng.shuffle(free)
    each = max(1, len(world.people) // 50)
    for cheat in classes:
        for _ in range(each):
            person = next((person for person in free if _can(cheat, person, free)), None)
            if person is None:
                continue
            day = world.rng.choice(days)
            person.cheats[day] = cheat.name
            free.remove(person)
            if cheat.needs_buddy:
                person.buddy = _buddy_of(person, free)
                assert person.buddy is not None
                person.buddy.cheats[day] = ACCOMPLICE
                free.remove(person.buddy)


def _can(cheat: CheatClass, person: Person, free: list[Person]) -> bool:
    has_tablet = person.site.tablet is not None and not person.site.is_deaf
    if cheat.needs_tablet and not has_tablet:
        return False
    return not cheat.needs_buddy or _buddy_of(person, free) is not None


def _buddy_of(person: Person, free: list[Person]) -> Person | None:
    return next((other for other in free if other is not person and other.site is person.site), None)


def plan_cheat(world: World, person: Person, midnight_ms: int, day: int) -> None:
    """The dishonest day. An accomplice's day is part of the plan of whom they help."""
    found = next((cheat for cheat in CLASSES if cheat.name == person.cheats[day]), None)
    if found is not None:
        found.plan(world, person, midnight_ms)
