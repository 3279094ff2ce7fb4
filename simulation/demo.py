"""The demo's life: some people of a company that is already there live yesterday and today, up to this minute.

The past can only be lived on a test clock, so a server of its own runs on the demo's data folder while it is lived, and is
stopped; the demo's own server, which starts afterwards, never has one. What is seen in the demo was done by devices and by
HQ, through the same doors as everything else. Then the people go on living beside that server, in real time.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from contract.datums import Wgs84
from contract.stores import FenceShape, Point, RedrawFence
from mobile.core.http_link import HttpLink
from simulation import cheats, mishaps
from simulation.clocks import DAY, HOUR, MINUTE, TZ_MIN, ServerClock, TrueTime
from simulation.company import TABLET_SHARE, enrol, enrol_everybody, give_tablet, settle_in
from simulation.days import plan_day
from simulation.ground import GROUNDS
from simulation.hq import Hq
from simulation.oracle import paged
from simulation.places import GROUND_MIX, Site
from simulation.run import SERVE, allow_many_files
from simulation.server_process import OwnServer
from simulation.world import World

DAYS_BEFORE: Final = 1
DAYS_AFTER: Final = 30
PLANTED: Final = (
    ("mock location shown", "punch from home", "one phone, two people", "clock set back, rebooted twice"),
    ("in my name on a buddy's phone", "position off at home", "clock set back"),
)
LIVED: Final = "lived"


def live(
    data_dir: Path, *, login: str, password: str, people: int, seed: int, spare: frozenset[str] = frozenset(),
    go_on_at: str | None = None, desk: tuple[str, str] | None = None,
) -> World:  # fmt: skip
    """Live until now on the database in `data_dir`; with `go_on_at` (the demo's server) go on until the parent ends.

    `spare`: numbers of people and stores that get no device here, because whoever tries the demo enrols theirs. `desk`: who
    leads a store, by id, and the PIN they choose on their phone for its tablet.
    """
    allow_many_files()
    with tempfile.TemporaryDirectory(prefix="outpost-demo-") as folder:
        clock_file = Path(folder) / "clock"
        clock = ServerClock(clock_file)
        now_ms = time.time_ns() // 1_000_000
        today_ms = (now_ms + TZ_MIN * MINUTE) // DAY * DAY - TZ_MIN * MINUTE
        first_ms = today_ms - DAYS_BEFORE * DAY
        true = TrueTime(first_ms - 6 * HOUR, clock)
        server = OwnServer(data_dir, clock_file, SERVE)
        server.start()
        try:
            link = HttpLink(server.url)
            hq = Hq(link, login, password)
            world = World(Path(folder) / "devices", server.url, true, link, hq, seed)
            _meet_everybody(world, people, spare)
            enrol_everybody(world)
            if desk is not None:
                _choose_pin(world, *desk)
            for day, names in enumerate(PLANTED):
                cheats.choose_cheats(world, [day], [cheat for cheat in cheats.CLASSES if cheat.name in names])
            mishaps.settle_fates(world, DAYS_BEFORE + 1, first_ms)
            mishaps.plan_transfers(world, first_ms)
            _plan(world, first_ms, today_ms)
            world.agenda.live_until(time.time_ns() // 1_000_000)
        finally:
            server.stop()
            clock.close()
        if go_on_at is not None:
            link.aim(go_on_at)
            print(LIVED, flush=True)
            _go_on(world, hq)
        return world


def _choose_pin(world: World, person_id: str, pin: str) -> None:
    """A phone at home, which chooses the PIN and is then left in a drawer."""
    phone = world.new_gadget("phone-of-a-manager", "phone", lambda: 0.0)
    phone.person_id = person_id
    enrol(world, phone, person_id=person_id)
    phone.running().set_pin(pin)
    phone.sync()


def _plan(world: World, first_ms: int, today_ms: int) -> None:
    for day in range(DAYS_BEFORE + 1 + DAYS_AFTER):
        at_ms = first_ms + day * DAY
        world.agenda.at(at_ms, lambda d=day, ms=at_ms: plan_day(world, d, ms))  # type: ignore[misc]


def _go_on(world: World, hq: Hq) -> None:
    """In real time, beside the demo's server, until whoever started us is gone."""
    parent = os.getppid()
    world.time.become_real()
    while os.getppid() == parent:
        world.agenda.live_until(world.time.now_ms + 500)


def _meet_everybody(world: World, people: int, spare: frozenset[str]) -> None:
    """People and stores as HQ has them; their grounds and homes are made up here."""
    by_store: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for card in paged(world.hq, "/api/v1/postings", as_of_ms=world.time.now_ms):
        if card["person_number"] not in spare:
            by_store[card["store_id"]].append(card)
    rows = {row["id"]: row for row in paged(world.hq, "/api/v1/stores")}
    n = 0
    for store_id, cards in sorted(by_store.items(), key=lambda entry: rows[entry[0]]["number"]):
        if n >= people:
            return
        rng = random.Random(f"{world.rng.random()} {store_id}")
        site = _site(rows[store_id], rng)
        world.sites.append(site)
        _survey(world.hq, site, rng)
        if site.number not in spare and rng.random() < TABLET_SHARE:
            give_tablet(world, site, rng)
        for card in sorted(cards, key=lambda card: str(card["person_number"]))[: people - n]:
            settle_in(
                world, n, person_id=card["person_id"], number=card["person_number"], name=card["person_name"], site=site,
                rng=random.Random(f"{world.rng.random()} person {n}"),
            )  # fmt: skip
            n += 1


def _site(row: dict[str, Any], rng: random.Random) -> Site:
    ground = rng.choices([name for name, _ in GROUND_MIX], [share for _, share in GROUND_MIX])[0]
    return Site(
        id=row["id"], number=row["number"], name=row["name"], city=row["city"], address=row["address"], zone=row["zone"],
        ground=GROUNDS[ground], centre=Wgs84.from_e7(row["lat_e7"], row["lng_e7"]),
    )  # fmt: skip


def _survey(hq: Hq, site: Site, rng: random.Random) -> None:
    """Somebody of HQ has been there: the coarse fence out of the list becomes a true one."""
    if rng.random() < 0.8:
        centre = Point(lat_e7=site.centre.lat_e7, lng_e7=site.centre.lng_e7)
        fence = FenceShape(datum="wgs84", center=centre, radius_m=site.ground.radius_m)
        hq.do("/api/v1/stores/fences", RedrawFence(store_id=site.id, fence=fence))


def main(arguments: list[str]) -> int:
    """`python -m simulation --demo`, as `outpost demo` starts it. The password comes by the environment."""
    import argparse

    parser = argparse.ArgumentParser(prog="outpost simulate --demo")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--login", required=True)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--seed", type=int, default=int(datetime.now(UTC).strftime("%Y%m%d")))
    parser.add_argument("--spare", nargs="*", default=[], help="numbers of people and stores to leave without devices")
    parser.add_argument("--chooses-pin", help="the id of somebody who leads a store: their phone chooses OUTPOST_DEMO_PIN")
    parser.add_argument("--go-on-at", help="the demo's server: live on beside it")
    asked = parser.parse_args(arguments)
    password, pin = os.environ.get("OUTPOST_DEMO_PASSWORD", ""), os.environ.get("OUTPOST_DEMO_PIN", "")
    desk = (asked.chooses_pin, pin) if asked.chooses_pin and pin else None
    world = live(
        asked.data_dir, login=asked.login, password=password, people=asked.people, seed=asked.seed,
        spare=frozenset(asked.spare), go_on_at=asked.go_on_at, desk=desk,
    )  # fmt: skip
    print(f"{len(world.people)} people at {len(world.sites)} stores, {len(world.witness.acts)} punches", file=sys.stderr)
    return 0
