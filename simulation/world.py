"""The simulated world: sites, people, their phones, the network, and how a tap on the punch button happens in it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from contract.datums import Wgs84
from contract.geo import Fix
from contract.ids import new_id
from mobile.core.app_core import AppCore
from mobile.core.ports import Link
from mobile.core.views import Kept, Refused
from simulation.agenda import Agenda
from simulation.clocks import MINUTE, SECOND, DeviceClock, TrueTime
from simulation.gadgets import SERVICE_ENDED, Gadget, Killed
from simulation.ground import GROUNDS, fix_at, shifted, somewhere_around
from simulation.hq import Hq
from simulation.places import Site
from simulation.weather import Weather, WeatherLink
from simulation.witness import Act, Witness

PunchKind = Literal["in", "out"]
HOME_LOSS, WAY_LOSS = 0.02, 0.06


@dataclass
class Person:
    """Somebody with a home, a phone and a way of punching."""

    id: str
    number: str
    name: str
    home: Wgs84
    site: Site
    pin: str
    habit: Literal["phone", "code", "tablet"]
    rng: random.Random
    phone: Gadget = None  # type: ignore[assignment]  # handed out right after hiring
    where: Literal["home", "way"] | Site = "home"
    late: bool = False  # works the late shift
    grounded_until: int = 0  # no data plan, or abroad: offline until then
    cheats: dict[int, str] = field(default_factory=dict)  # day -> class of cheat
    buddy: Person | None = None
    moves: tuple[int, Site] | None = None  # (first day there, the other store)
    mishap: str | None = None  # what is wrong with the phone today, for the table

    def true_place(self) -> Wgs84:
        if isinstance(self.where, Site):
            return somewhere_around(self.rng, self.where.centre, 0, self.where.ground.size_m)
        return self.home

    def loss(self, now_ms: int) -> float:
        """How requests of the phone fare where it is now."""
        if now_ms < self.grounded_until:
            return 1.0
        if isinstance(self.where, Site):
            return 1.0 if self.where.is_dead(now_ms) else self.where.ground.loss
        return HOME_LOSS if self.where == "home" else WAY_LOSS

    def fix(self) -> Fix | None:
        ground = self.where.ground if isinstance(self.where, Site) else GROUNDS["street"]
        return fix_at(self.rng, ground, self.true_place())


class World:
    """Everything that is simulated, and the way to the server."""

    def __init__(self, folder: Path, url: str, time: TrueTime, link: Link, hq: Hq, seed: int) -> None:
        self.folder, self.url, self.time, self.link, self.hq = folder, url, time, link, hq
        self.rng = random.Random(seed)
        self.tag = f"S{new_id()[-6:]}"  # so that people of two runs on one server are told apart
        self.agenda = Agenda(time)
        self.weather = Weather(time, link, random.Random(f"{seed} weather"), self.agenda.after)
        self.witness = Witness()
        self.sites: list[Site] = []
        self.people: list[Person] = []
        self.gadgets: list[Gadget] = []
        self.calm = False  # at the very end everybody has a network

    def new_gadget(self, name: str, kind: Literal["phone", "kiosk"], loss: Callable[[], float], *, hardware: str = "") -> Gadget:
        """A device out of its box."""
        drawn = f"{self.rng.random()} {name}"
        rng = random.Random(drawn)
        clock = DeviceClock(self.time, drift_ppm=rng.randrange(-40, 41), name=f"boot-{name}")
        link = WeatherLink(self.weather, lambda: 0.0 if self.calm else loss())
        gadget = Gadget(
            name=name, kind=kind, folder=self.folder / name, clock=clock, link=link, hardware=hardware or f"hw-{name}",
            agenda=self.agenda, rng=rng, serves=kind == "kiosk" or random.Random(f"{drawn} service").random() >= SERVICE_ENDED,
        )  # fmt: skip
        self.gadgets.append(gadget)
        return gadget

    def tap(
        self,
        gadget: Gadget,
        person: Person,
        kind: PunchKind,
        *,
        cause: str,
        cheat: str | None = None,
        code: str | None = None,
        by_pin: bool = False,
        photo: bytes | None = None,
        store: Site | None = None,
        fuse: int | None = None,
    ) -> Kept | None:
        """A tap on the punch button, seen by the witness. `fuse`: the app is killed so many statements into it."""
        site = store or person.site
        act = Act(person.id, site.id, kind, self.time.now_ms, cause, gadget.name, cheat)
        self.witness.acts.append(act)
        other = person.id if gadget.kind == "kiosk" or gadget.person_id != person.id else None
        core = gadget.running()
        gadget.snuff_fuse()
        known = _punch_ids(core, person.id) if fuse is not None else set()
        if fuse is not None:
            gadget.light_fuse(fuse)
        try:
            kept = core.punch(
                kind=kind, store_id=store.id if store else None, person_id=other, code=code, by_pin=by_pin, photo=photo
            )  # fmt: skip
        except Refused as refused:
            act.refused = refused.said.code
            return None
        except Killed:
            return self._look_again(gadget, person, act, known)
        act.punch_id = kept.punch_id
        return kept

    def _look_again(self, gadget: Gadget, person: Person, act: Act, known: set[str]) -> Kept | None:
        """The app died at the tap. The person opens it again; if the punch is not in the list, they tap once more."""
        gadget.die()
        self.witness.saw("apps killed in the middle of a punch")
        self.time.pass_ms(5 * SECOND)
        core = gadget.running()
        found = _punch_ids(core, person.id) - known
        if found:
            act.punch_id = found.pop()
            return None
        act.true_ms = self.time.now_ms
        kept = core.punch(kind="in" if act.kind == "in" else "out")
        act.punch_id = kept.punch_id
        return kept

    def hand_out_phone(self, person: Person, *, name: str, hardware: str = "") -> Gadget:
        """A phone of the person's own; it is where they are."""
        phone = self.new_gadget(name, "phone", lambda: person.loss(self.time.now_ms), hardware=hardware)
        phone.person_id, phone.receiver = person.id, person.fix
        return phone

    def put_up_tablet(self, site: Site) -> Gadget:
        def loss() -> float:
            if site.is_dead(self.time.now_ms) or site.is_deaf:
                return 1.0
            return min(0.12, site.ground.loss)

        tablet = self.new_gadget(f"tablet-{site.number}", "kiosk", loss)
        tablet.store_id = site.id
        tablet.receiver = lambda: fix_at(tablet.rng, site.ground, shifted(site.centre, 3, 3))
        site.tablet = tablet
        return tablet

    def step_outside(self, person: Person) -> None:
        """To the door, where the receiver sees the sky: the second proof that a phone asks for."""
        site = person.where
        if not isinstance(site, Site):
            return
        outside = somewhere_around(person.rng, site.centre, site.ground.size_m * 0.5, site.ground.size_m)
        person.phone.receiver = lambda: fix_at(person.rng, GROUNDS["street"], outside)

    def back_inside(self, person: Person) -> None:
        person.phone.receiver = person.fix

    def soon(self, low_s: float, high_s: float, rng: random.Random, event: Callable[[], None]) -> None:
        self.agenda.after(int(rng.uniform(low_s, high_s) * SECOND), event)


def _punch_ids(core: AppCore, person_id: str) -> set[str]:
    return {line.punch_id for line in core.punches(person_id, limit=500)}


def minutes(rng: random.Random, low: float, high: float) -> int:
    """So many minutes, in milliseconds."""
    return int(rng.uniform(low, high) * MINUTE)
