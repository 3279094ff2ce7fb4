"""One run: a server, a company, days that pass, a last evening on which everybody has a network, and the reckoning."""

from __future__ import annotations

import resource
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mobile.core.http_link import HttpLink
from simulation import cheats, mishaps, staff
from simulation.clocks import DAY, HOUR, MIDNIGHT_MS, MINUTE, ServerClock, TrueTime
from simulation.company import Founded, found_company
from simulation.gadgets import Gadget
from simulation.hq import Hq
from simulation.oracle import look
from simulation.reckoning import Reckoning, reckon
from simulation.server_process import OwnServer
from simulation.table import table_of
from simulation.world import Person, World

FOUNDING: Final = 14 * HOUR  # before the first midnight
LAST_ROUNDS: Final = 15
OPEN_FILES: Final = 16_384
_CLI: Final = ["-m", "server.cli"]
SERVE: Final = [sys.executable, *_CLI, "serve", "--port", "{port}"]
PREPARE: Final = [
    [*_CLI, "migrate"],
    [
        *(*_CLI, "people", "account", "--number", "SIM-ADMIN", "--name", "Simulation Admin"),
        *("--login", "{login}", "--password", "{password}"),
    ],
]


@dataclass
class Plan:
    """What to simulate, and against which server."""

    people: int
    days: int
    seed: int
    stores: Path | None = None
    url: str | None = None
    login: str = ""
    password: str = ""
    clock_file: Path | None = None
    serve: list[str] = field(default_factory=lambda: list(SERVE))
    prepare: list[list[str]] = field(default_factory=lambda: list(PREPARE))
    keep: Path | None = None
    kills: int = 1
    restore: bool = True
    say: Callable[[str], None] = print


@dataclass
class Result:
    """What came of it."""

    reckoning: Reckoning
    table: str
    wall_s: float
    requests: int


def simulate(plan: Plan) -> Result:
    """Run it all. Raises RuntimeError where the server cannot be had."""
    began = time.monotonic()
    _allow_many_files()
    with _workshop(plan.keep) as folder, _server(plan, folder) as (server, url, clock):
        link = HttpLink(url)
        hq = Hq(link, plan.login, plan.password, help_me=None if server is None else server.ensure)
        world = World(folder / "devices", url, TrueTime(MIDNIGHT_MS - FOUNDING, clock), link, hq, plan.seed)
        founded = live(world, plan, server)
        last_evening(world)
        found = reckon(world.witness.acts, look(link, founded, world.gadgets, world.time.now_ms))
        if server is not None:
            world.witness.seen["server killed (kill -9)"] = server.kills
        world.witness.seen["apps killed"] = sum(gadget.kills for gadget in world.gadgets)
        wall_s = time.monotonic() - began
        title = f"outpost simulate: {plan.people} people, {plan.days} days, seed {plan.seed}"
        text = table_of(found, world.witness.seen, world.weather.traffic, wall_s=wall_s, title=title)
        link.close()
        return Result(found, text, wall_s, world.weather.traffic.requests)


def live(world: World, plan: Plan, server: OwnServer | None) -> Founded:
    """Found the company and let the days pass."""
    founded = found_company(world, plan.people, plan.stores)
    plan.say(f"{len(world.sites)} stores, {len(world.people)} people, {len(world.gadgets)} devices enrolled")
    cheats.choose_cheats(world, plan.days)
    mishaps.settle_fates(world, plan.days, MIDNIGHT_MS)
    mishaps.plan_transfers(world, MIDNIGHT_MS)
    for day in range(plan.days):
        world.agenda.at(MIDNIGHT_MS + day * DAY, lambda d=day: plan_day(world, d, MIDNIGHT_MS + d * DAY))  # type: ignore[misc]
    if server is not None:
        _plan_disasters(world, plan, server)
    for day in range(plan.days):
        world.agenda.live_until(MIDNIGHT_MS + (day + 1) * DAY - MINUTE)
        plan.say(f"day {day + 1}: {len(world.witness.acts)} taps, {world.weather.traffic.requests} requests")
    return founded


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
            return


def _has_said_all(gadget: Gadget) -> bool:
    gadget.snuff_fuse()
    outcome = gadget.sync()
    return outcome is not None and (outcome.complete or gadget.running().sync_state().standing != "ok")


def _plan_disasters(world: World, plan: Plan, server: OwnServer) -> None:
    """kill -9 in the busiest minutes; last night's backup comes back."""
    for n in range(plan.kills):
        day = (plan.days // 2 + n) % plan.days
        world.agenda.at(MIDNIGHT_MS + day * DAY + 9 * HOUR + (3 + n) * MINUTE, lambda: _kill(world, server))
    if plan.restore and server.database is not None:
        backup = world.folder.parent / "backup.db"
        evening = MIDNIGHT_MS + (plan.days // 2 - 1) * DAY + 20 * HOUR
        if plan.days >= 2:
            world.agenda.at(evening, lambda: server.copy_database(backup))
            world.agenda.at(evening + 3 * HOUR + 50 * MINUTE, lambda: _restore(world, server, backup))


def _kill(world: World, server: OwnServer) -> None:
    """Strike while requests are on their way; ten minutes later somebody has noticed and starts it again."""
    strike = server.kill_within(world.rng.uniform(0.002, 0.03))
    for gadget in world.gadgets[:20]:
        gadget.sync()
    strike.join()
    world.agenda.after(10 * MINUTE, server.ensure)


def _restore(world: World, server: OwnServer, backup: Path) -> None:
    server.restore(backup)
    world.witness.saw("server restored from a backup four hours old")


@contextmanager
def _workshop(keep: Path | None) -> Iterator[Path]:
    """Where devices and the server keep their disks: in memory where there is room, since thousands of commits wait for it."""
    if keep is not None:
        keep.mkdir(parents=True)
        yield keep.resolve()
        return
    memory = Path("/dev/shm")  # noqa: S108 - looked at, not assumed
    base = memory if memory.is_dir() and shutil.disk_usage(memory).free > 4 * 1024**3 else None
    with tempfile.TemporaryDirectory(prefix="outpost-simulate-", dir=base) as folder:
        yield Path(folder)


@contextmanager
def _server(plan: Plan, folder: Path) -> Iterator[tuple[OwnServer | None, str, ServerClock]]:
    """The server of the plan, or one of our own."""
    if plan.url is not None:
        if plan.clock_file is None:
            raise RuntimeError("a server elsewhere must run on a test clock (OUTPOST_CLOCK_FILE); name the same file here")
        yield None, plan.url, ServerClock(plan.clock_file)
        return
    clock_file = folder / "clock"
    clock = ServerClock(clock_file)
    clock.show(MIDNIGHT_MS - FOUNDING)
    server = OwnServer(folder / "server", clock_file, plan.serve)
    plan.login = plan.login or "admin"
    plan.password = plan.password or secrets.token_urlsafe(18)
    for command in plan.prepare:
        server.run(*(part.format(login=plan.login, password=plan.password) for part in command))
    server.start()
    try:
        yield server, server.url, clock
    finally:
        server.stop()
        clock.close()


def _allow_many_files() -> None:
    """Each device keeps its database open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < OPEN_FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, hard), hard))
