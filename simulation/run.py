"""One run: a server, a company, days that pass, a last evening on which everybody has a network, and the reckoning."""

from __future__ import annotations

import resource
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mobile.core.http_link import HttpLink
from simulation import cheats, mishaps, schemes
from simulation.clocks import DAY, HOUR, MIDNIGHT_MS, MINUTE, ServerClock, TrueTime
from simulation.company import Founded, found_company
from simulation.days import last_evening, plan_days
from simulation.hq import Hq
from simulation.oracle import look
from simulation.reckoning import Reckoning, reckon
from simulation.server_process import OwnServer
from simulation.table import table_of
from simulation.world import World

FOUNDING: Final = 14 * HOUR  # before the first midnight
OPEN_FILES: Final = 16_384
_CLI: Final = ["-m", "server.cli"]
SERVE: Final = [sys.executable, *_CLI, "serve", "--port", "{port}", "--hints-port", "0"]
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
    classes: Sequence[cheats.CheatClass] = cheats.CLASSES
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
    allow_many_files()
    with _workshop(plan.keep) as folder, _server(plan, folder) as (server, url, clock):
        link = HttpLink(url)
        hq = Hq(link, plan.login, plan.password, help_me=None if server is None else server.ensure)
        world = World(folder / "devices", url, TrueTime(MIDNIGHT_MS - FOUNDING, clock), link, hq, plan.seed)
        founded, planted = live(world, plan, server)
        last_evening(world)
        schemes_found = schemes.look_up(hq, planted, MIDNIGHT_MS)
        people = {person.id for person in world.people}
        found = reckon(world.witness.acts, look(link, founded, people, world.gadgets, world.time.now_ms))
        found.schemes = [(scheme.kind, is_found) for scheme, is_found in schemes_found]
        if server is not None:
            world.witness.seen["server killed (kill -9)"] = server.kills
        world.witness.seen["apps killed"] = sum(gadget.kills for gadget in world.gadgets)
        wall_s = time.monotonic() - began
        title = f"outpost simulate: {plan.people} people, {plan.days} days, seed {plan.seed}"
        text = table_of(found, world.witness.seen, world.weather.traffic, wall_s=wall_s, title=title)
        link.close()
        return Result(found, text, wall_s, world.weather.traffic.requests)


def live(world: World, plan: Plan, server: OwnServer | None) -> tuple[Founded, list[schemes.Scheme]]:
    """Found the company and let the days pass. Answers the auditor's login, and what was planted over many days."""
    founded = found_company(world, plan.people, plan.stores)
    plan.say(f"{len(world.sites)} stores, {len(world.people)} people, {len(world.gadgets)} devices enrolled")
    cheats.choose_cheats(world, range(plan.days), plan.classes)
    mishaps.settle_fates(world, plan.days, MIDNIGHT_MS)
    mishaps.plan_transfers(world, MIDNIGHT_MS)
    planted = schemes.plant(world, plan.days, MIDNIGHT_MS, plan.seed)
    plan_days(world, plan.days, MIDNIGHT_MS)
    if server is not None:
        _plan_disasters(world, plan, server)
    for day in range(plan.days):
        world.agenda.live_until(MIDNIGHT_MS + (day + 1) * DAY - MINUTE)
        plan.say(f"day {day + 1}: {len(world.witness.acts)} taps, {world.weather.traffic.requests} requests")
    return founded, planted


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


def allow_many_files() -> None:
    """Each device keeps its database open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < OPEN_FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, hard), hard))
