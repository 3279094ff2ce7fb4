"""Cheats of many days, which no single punch shows: planted in runs of a working week or more, and looked up as cases after it.

Their taps count as an accomplice's: what the product openly does not see in one punch is no green cheat, and no measure of
honesty either. Whoever takes part is chosen by a generator of its own among those who do nothing else, so that everybody
else lives the same days as without them.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from contract.corrections import FindCases
from contract.geo import Fix
from simulation import staff
from simulation.cheats import ACCOMPLICE
from simulation.clocks import DAY, HOUR, MINUTE, SECOND
from simulation.company import day_of
from simulation.ground import GROUNDS, fix_at, made_up_fix
from simulation.hq import Hq
from simulation.oracle import paged
from simulation.world import Person, PunchKind, World

FROM_DAYS: Final = 5  # fewer days show nothing: a rule wants eight meetings, or the same point on four days
_FOUND_WITHIN_S: Final = 40.0


@dataclass(frozen=True)
class Scheme:
    """What was planted: the kind of case it should become, and who takes part."""

    kind: str
    people: frozenset[str]


def plant(world: World, days: int, first_midnight_ms: int, seed: int) -> list[Scheme]:
    """Each scheme at least once, where the run is long enough and the company has people left for it."""
    if days < FROM_DAYS:
        return []
    rng = random.Random(f"{seed} schemes")
    free = [person for person in world.people if not person.cheats and person.moves is None]
    rng.shuffle(free)
    found: list[Scheme] = []
    for _ in range(max(1, len(world.people) // 50)):
        for kind, who, live in KINDS:
            people = who(free)
            if not people:
                continue
            for person in people:
                free.remove(person)
                person.cheats = dict.fromkeys(range(days), ACCOMPLICE)
            found.append(Scheme(kind, frozenset(person.id for person in people)))
            for day in range(days):
                live(world, random.Random(f"{rng.random()}"), people, first_midnight_ms + day * DAY)
    return found


def look_up(hq: Hq, planted: Iterable[Scheme], from_ms: int) -> list[tuple[Scheme, bool]]:
    """Each with whether HQ has a case of that kind about these people, once it has looked through the month."""
    schemes = list(planted)
    if not schemes:
        return []
    hq.do("/api/v1/cases/searches", FindCases(month=day_of(from_ms)[:7]))
    until = time.monotonic() + _FOUND_WITHIN_S
    while True:
        cases = {(row["kind"], frozenset(row["people"])) for row in paged(hq, "/api/v1/cases", open="false")}
        answer = [(scheme, (scheme.kind, scheme.people) in cases) for scheme in schemes]
        if all(is_found for _, is_found in answer) or time.monotonic() > until:
            return answer
        time.sleep(0.5)  # the server's worker looks in its own time


def _one(free: list[Person]) -> list[Person]:
    return free[:1]


def _two(free: list[Person]) -> list[Person]:
    """Two of one store."""
    for person in free:
        other = next((one for one in free if one is not person and one.site is person.site), None)
        if other is not None:
            return [person, other]
    return []


def _two_with_a_tablet(free: list[Person]) -> list[Person]:
    """Two of one store that has a tablet with a network."""
    return _two([one for one in free if one.site.tablet is not None and not one.site.is_deaf])


def _tap(world: World, person: Person, kind: PunchKind, code: str | None = None) -> None:
    world.tap(person.phone, person, kind, cause=ACCOMPLICE, code=code)
    person.phone.stay_awake(40 * SECOND)


def _twice(world: World, rng: random.Random, midnight_ms: int, act: Callable[[PunchKind], None]) -> None:
    """Come and go at times of that day's own, before the others come and before they leave."""
    comes = midnight_ms + 7 * HOUR + rng.randrange(50) * MINUTE
    leaves = midnight_ms + 15 * HOUR + 10 * MINUTE + rng.randrange(50) * MINUTE
    world.agenda.at(comes, lambda: act("in"))
    world.agenda.at(leaves, lambda: act("out"))


def _two_phones_in_one_hand(world: World, rng: random.Random, people: list[Person], midnight_ms: int) -> None:
    """One comes and punches for both, mine first."""
    mine, theirs = people

    def go_home() -> None:
        for person in people:
            staff.go_home(world, person)

    def act(kind: PunchKind) -> None:
        for person in people:
            staff.arrive(world, person)
        _tap(world, mine, kind)
        world.agenda.after(rng.randrange(5, 14) * SECOND, lambda: _tap(world, theirs, kind))
        world.agenda.after(20 * MINUTE, go_home)

    _twice(world, rng, midnight_ms, act)


def _one_phone_for_two(world: World, rng: random.Random, people: list[Person], midnight_ms: int) -> None:
    """One comes and says on their own phone that both have come: their own name, then the other's."""
    mine, theirs = people

    def act(kind: PunchKind) -> None:
        staff.arrive(world, mine)
        _tap(world, mine, kind)
        world.agenda.after(rng.randrange(30, 90) * SECOND, lambda: other(kind))

    def other(kind: PunchKind) -> None:
        world.tap(mine.phone, theirs, kind, cause=ACCOMPLICE, store=mine.site)
        mine.phone.stay_awake(40 * SECOND)
        world.agenda.after(20 * MINUTE, lambda: staff.go_home(world, mine))

    _twice(world, rng, midnight_ms, act)


def _mock(world: World, rng: random.Random, people: list[Person], midnight_ms: int) -> None:
    """From the sofa, at the very same point each day: an app that makes positions up does not err."""
    (person,) = people

    def act(kind: PunchKind) -> None:
        _from_home(world, person, kind, lambda: made_up_fix(person.site.centre, shows_mock=False))

    _twice(world, rng, midnight_ms, act)


def _relay(world: World, rng: random.Random, people: list[Person], midnight_ms: int) -> None:
    """The one in the store reads the code out to the one at home, who types it half a minute later."""
    reader, typist = people

    def act(kind: PunchKind) -> None:
        staff.arrive(world, reader)
        code = staff.read_code(world, reader.site, rng)
        _tap(world, reader, kind, code)
        world.agenda.after(rng.randrange(12, 25) * SECOND, lambda: told(kind, code))
        world.agenda.after(20 * MINUTE, lambda: staff.go_home(world, reader))

    def told(kind: PunchKind, code: str | None) -> None:
        where = typist.site.centre
        _from_home(world, typist, kind, lambda: fix_at(rng, GROUNDS["street"], where), code)

    _twice(world, rng, midnight_ms, act)


def _from_home(world: World, person: Person, kind: PunchKind, fix: Callable[[], Fix | None], code: Any = None) -> None:
    person.where, person.phone.receiver = "home", fix
    _tap(world, person, kind, code)
    person.phone.receiver = person.fix


# the kind of case, who is needed for it, and a day of it; who needs a tablet chooses first
KINDS: Final = (
    ("code_relay", _two_with_a_tablet, _relay), ("pairs", _two, _two_phones_in_one_hand), ("same_coordinates", _one, _mock),
    ("one_phone", _two, _one_phone_for_two),
)  # fmt: skip
