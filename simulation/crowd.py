"""Weeks of many people's punches, made quickly and without a server: to measure what the rules over many punches make of honest
people, and that they find who is not.

The honest behaviour is chosen to look suspicious: people come with the same train, walk in with a friend and leave with them,
queue at the tablet and read one code together, lock up in twos, replace and hand on their phones, travel between stores, and
their receivers are sometimes far off. Shares and spreads are a judgment; docs/concepts/cases.md lists them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
FIRST_MS: Final = 1_780_243_200_000  # 2026-06-01 00:00 in Shanghai, a Monday
STEP_MS: Final = 30 * SECOND
WEEKS: Final = 4


@dataclass(frozen=True, slots=True)
class Made:
    """A punch as it is known afterwards; what `server.attendance.rules_cases.Trace` holds."""

    punch_id: str
    person_id: str
    store_id: str
    hardware: str
    kind: str
    at_ms: int
    day: str
    by_kiosk: bool
    position: tuple[int, int] | None
    accuracy_m: float
    far_m: int
    code: tuple[str, int] | None


@dataclass
class Worker:
    """Somebody who works in a store. `friend` comes and leaves with them, as friends do."""

    name: str
    store: Shop
    hardware: str
    by_kiosk: bool
    reads_code: bool
    habit_ms: int
    spread_ms: int
    friend: Worker | None = None
    cheats: str | None = None
    on_days: set[int] = field(default_factory=set)
    late_shift: list[bool] = field(default_factory=list)


@dataclass
class Shop:
    """A store with a tablet or without. `train_ms`: when its train comes in before the shift."""

    name: str
    lat_e7: int
    lng_e7: int
    has_tablet: bool
    train_ms: int
    people: list[Worker] = field(default_factory=list)


@dataclass
class Crowd:
    """What was made: punches in order of time, and who cheated how (by name; the first of each is who gains)."""

    punches: list[Made]
    honest: set[str]
    cheats: dict[str, list[tuple[str, ...]]]

    @property
    def person_weeks(self) -> int:
        return WEEKS * len(self.honest)


def make_crowd(seed: int, people: int, *, cheats: bool = True) -> Crowd:
    """Four weeks of about so many people in stores of 2 to 20."""
    return _Maker(random.Random(seed)).make(people, cheats)


class _Maker:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.made: list[Made] = []
        self.cheats: dict[str, list[tuple[str, ...]]] = {}

    def make(self, people: int, cheats: bool) -> Crowd:
        shops = self._shops(people)
        if cheats:
            self._choose(shops)
        for shop in shops:
            for day in range(7 * WEEKS):
                self._day(shop, day)
        self._trips(shops)
        accomplices = {name for groups in self.cheats.values() for group in groups for name in group}
        honest = {worker.name for shop in shops for worker in shop.people} - accomplices
        return Crowd(sorted(self.made, key=lambda punch: (punch.at_ms, punch.punch_id)), honest, self.cheats)

    # people

    def _shops(self, people: int) -> list[Shop]:
        shops: list[Shop] = []
        so_far = 0
        while so_far < people:
            rng, size = self.rng, self.rng.choice((2, 3, 5, 6, 8, 8, 12, 20))
            place = round(rng.uniform(24, 40) * 1e7), round(rng.uniform(103, 121) * 1e7)
            shop = Shop(f"s{len(shops)}", *place, has_tablet=rng.random() < 0.6, train_ms=-rng.randint(5, 14) * MINUTE)
            for number in range(size):
                shop.people.append(self._worker(shop, number))
            for one, other in zip(shop.people[::2], shop.people[1::2], strict=False):
                if rng.random() < 0.1:  # a tenth of all come with a friend, who works the same shifts
                    one.friend, other.friend, other.late_shift, other.on_days = other, one, one.late_shift, one.on_days
                    one.by_kiosk = other.by_kiosk = False
            shops.append(shop)
            so_far += size
        return shops

    def _worker(self, shop: Shop, number: int) -> Worker:
        rng = self.rng
        days = {day for day in range(7 * WEEKS) if rng.random() < 5.3 / 7}
        rotates, late = rng.random() < 0.6, rng.random() < 0.5
        shifts = [late ^ (rotates and week % 2 == 1) for week in range(WEEKS)]
        name = f"{shop.name}-p{number}"
        by_kiosk = shop.has_tablet and rng.random() < 0.35
        return Worker(
            name, shop, f"phone-{name}", by_kiosk, shop.has_tablet and rng.random() < 0.7, -rng.randint(1, 12) * MINUTE,
            rng.randint(30, 480) * SECOND, on_days=days, late_shift=shifts,
        )  # fmt: skip

    def _choose(self, shops: list[Shop]) -> None:
        plans: dict[str, Callable[[Worker, Worker], None]] = {
            "buddy holds two phones": self._buddy, "code passed on": self._relay, "same point every day": self._plain,
            "code from afar": self._plain, "one phone for two": self._plain, "two cities": self._plain,
        }  # fmt: skip
        for kind, plan in plans.items():
            for shop in self.rng.sample(shops, max(1, len(shops) // 60)):
                free = [worker for worker in shop.people if worker.friend is None and worker.cheats is None]
                if len(free) >= 2 and (shop.has_tablet or kind not in ("code passed on", "code from afar")):
                    gains, helps = free[0], free[1]
                    gains.cheats, helps.cheats = kind, "helps"
                    gains.by_kiosk = helps.by_kiosk = False
                    plan(gains, helps)
                    both = kind in ("buddy holds two phones", "code passed on", "one phone for two")
                    self.cheats.setdefault(kind, []).append((gains.name, helps.name) if both else (gains.name,))

    def _buddy(self, gains: Worker, helps: Worker) -> None:
        gains.friend, gains.on_days, gains.late_shift = helps, helps.on_days, helps.late_shift

    def _relay(self, gains: Worker, helps: Worker) -> None:
        self._buddy(gains, helps)
        gains.reads_code = helps.reads_code = True

    def _plain(self, gains: Worker, helps: Worker) -> None:
        gains.reads_code = gains.reads_code or gains.cheats == "code from afar"
        gains.friend = helps if gains.cheats == "one phone for two" else None
        if gains.friend is not None:
            gains.on_days, gains.late_shift = helps.on_days, helps.late_shift

    # days

    def _day(self, shop: Shop, day: int) -> None:
        rng = self.rng
        begins = FIRST_MS + day * DAY
        taps: list[tuple[int, Worker, str]] = []
        closing: list[Worker] = []
        for worker in shop.people:
            if day not in worker.on_days or (worker.friend is not None and worker.cheats is not None):
                continue
            start = begins + (13 if worker.late_shift[day // 7] else 8) * HOUR
            comes = start + self._arrival(shop, worker)
            leaves = start + 9 * HOUR + round(abs(rng.gauss(0, 1)) * 6 * MINUTE)
            friend = worker.friend
            if friend is not None and worker.name > friend.name and rng.random() < 0.8:
                comes = self._first_of(taps, friend, "in", comes) + self._beside()
                leaves = self._first_of(taps, friend, "out", leaves) + self._beside() if rng.random() < 0.6 else leaves
            taps += [(comes, worker, "in"), (leaves, worker, "out")]
            closing += [worker] if worker.late_shift[day // 7] else []
        if len(closing) >= 2 and rng.random() < 0.5:  # the last two lock up together
            taps = [tap for tap in taps if not (tap[1] in closing[:2] and tap[2] == "out")]
            door = begins + 22 * HOUR + rng.randint(3, 12) * MINUTE
            taps += [(door, closing[0], "out"), (door + abs(self._beside()), closing[1], "out")]
        queued = 0
        for at_ms, worker, kind in sorted(taps, key=lambda tap: tap[0]):
            at_tablet = worker.by_kiosk or worker.reads_code
            if at_tablet:  # one after the other at the tablet
                queued = at_ms = max(at_ms, queued + rng.randint(8, 20) * SECOND)
            self._punch(shop, worker, kind, at_ms, day)
        self._cheats_of(shop, day)

    def _arrival(self, shop: Shop, worker: Worker) -> int:
        if self.rng.random() < 0.4:
            return shop.train_ms + self.rng.randint(0, 100) * SECOND
        return worker.habit_ms + round(self.rng.gauss(0, worker.spread_ms))

    def _first_of(self, taps: list[tuple[int, Worker, str]], friend: Worker, kind: str, otherwise: int) -> int:
        return next((at for at, who, what in taps if who is friend and what == kind), otherwise)

    def _beside(self) -> int:
        gap = round(self.rng.expovariate(1 / 14) * SECOND) + 3 * SECOND
        return gap if self.rng.random() < 0.65 else -gap

    def _punch(self, shop: Shop, worker: Worker, kind: str, at_ms: int, day: int, **other: object) -> Made:
        rng = self.rng
        position, accuracy_m, far_m = self._fix(shop)
        reads = worker.reads_code and not worker.by_kiosk and rng.random() < 0.9
        hardware = worker.hardware
        if not worker.by_kiosk and rng.random() < 0.0002:
            worker.hardware = f"{hardware}-new"
        punch = Made(
            f"{len(self.made):07d}", worker.name, shop.name, "tablet-" + shop.name if worker.by_kiosk else hardware, kind, at_ms,
            f"{day:03d}", worker.by_kiosk, None if worker.by_kiosk else position, accuracy_m, far_m,
            (f"tablet-{shop.name}", at_ms // STEP_MS) if reads else None,
        )  # fmt: skip
        punch = replace(punch, **other)  # type: ignore[arg-type]
        self.made.append(punch)
        return punch

    def _fix(self, shop: Shop) -> tuple[tuple[int, int] | None, float, int]:
        rng, chance = self.rng, self.rng.random()
        if chance < 0.06:
            return None, 0.0, 0
        if chance < 0.08:  # the network's own position, the same every time
            return (shop.lat_e7 + 40_000, shop.lng_e7), 450.0, 0
        if chance < 0.085:  # far off, and sure of itself
            off_m = rng.uniform(300, 2_500)
            return _moved(shop, off_m, rng.uniform(0, math.tau)), rng.uniform(20, 60), max(0, round(off_m - 250))
        accuracy_m = rng.uniform(4, 45)
        return _moved(shop, abs(rng.gauss(0, accuracy_m)), rng.uniform(0, math.tau)), accuracy_m, 0

    def _trips(self, shops: list[Shop]) -> None:
        """One person in two hundred is in another store for a day, by train."""
        for _ in range(max(1, sum(len(shop.people) for shop in shops) // 200)):
            here, there = self.rng.sample(shops, 2)
            free = [w for w in here.people if w.cheats is None and w.friend is None and not w.by_kiosk]
            if not free:
                continue
            worker, day = free[0], self.rng.randrange(7 * WEEKS)
            self.made = [p for p in self.made if not (p.person_id == worker.name and abs(int(p.day) - day) <= 2)]
            morning = FIRST_MS + day * DAY + 8 * HOUR
            way_h = _way_m((here.lat_e7, here.lng_e7), (there.lat_e7, there.lng_e7)) / 250_000
            self._punch(here, worker, "out", morning, day)
            self._punch(there, worker, "in", morning + round((way_h + 0.5) * HOUR), day)

    # who is not honest

    def _cheats_of(self, shop: Shop, day: int) -> None:
        rng = self.rng
        for worker in shop.people:
            if worker.cheats in (None, "helps") or day not in worker.on_days:
                continue
            buddy = worker.friend
            own = [p for p in self.made[-4 * len(shop.people) :] if p.day == f"{day:03d}"]
            if buddy is not None and rng.random() < 0.95:
                for done in [p for p in own if p.person_id == buddy.name]:
                    self._with_a_buddy(shop, worker, done, day)
            for done in [p for p in own if p.person_id == worker.name]:
                self._alone(shop, worker, done)

    def _with_a_buddy(self, shop: Shop, worker: Worker, done: Made, day: int) -> None:
        rng = self.rng
        if worker.cheats == "buddy holds two phones":
            self._punch(shop, worker, done.kind, done.at_ms + rng.randint(5, 14) * SECOND, day, code=done.code)
        elif worker.cheats == "one phone for two":
            self._punch(shop, worker, done.kind, done.at_ms + rng.randint(15, 60) * SECOND, day, hardware=done.hardware)
        elif worker.cheats == "code passed on":
            code = done.code or (f"tablet-{shop.name}", done.at_ms // STEP_MS)
            self.made[self.made.index(done)] = replace(done, code=code)
            self._punch(shop, worker, done.kind, done.at_ms + rng.randint(22, 60) * SECOND, day, code=code)

    def _alone(self, shop: Shop, worker: Worker, done: Made) -> None:
        place = self.made.index(done)
        if worker.cheats == "same point every day":
            self.made[place] = replace(done, position=(shop.lat_e7, shop.lng_e7), accuracy_m=10.0, far_m=0)
        elif worker.cheats == "code from afar" and done.code is not None and self.rng.random() < 0.4:
            self.made[place] = replace(done, position=_moved(shop, 6_000, 1.0), accuracy_m=20.0, far_m=5_700)
        elif worker.cheats == "two cities" and done.kind == "out" and self.rng.random() < 0.3:
            self.made[place] = replace(done, position=_moved(shop, 900_000, 2.0), accuracy_m=30.0)
            again = replace(done, punch_id=f"{len(self.made):07d}", at_ms=done.at_ms + 40 * MINUTE, kind="in")
            self.made.append(again)


def _moved(shop: Shop, off_m: float, way: float) -> tuple[int, int]:
    north, east = off_m * math.cos(way), off_m * math.sin(way)
    lat_e7 = shop.lat_e7 + round(north / 0.011_1)
    return lat_e7, shop.lng_e7 + round(east / (0.011_1 * math.cos(math.radians(shop.lat_e7 / 1e7))))


def _way_m(one: tuple[int, int], other: tuple[int, int]) -> float:
    north = (one[0] - other[0]) * 0.011_1
    east = (one[1] - other[1]) * 0.011_1 * math.cos(math.radians(one[0] / 1e7))
    return math.hypot(north, east)
