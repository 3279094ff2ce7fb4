"""The command line of the simulation: `outpost simulate` and `python -m simulation` both come here."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
from pathlib import Path

from simulation import demo
from simulation.run import PREPARE, SERVE, Plan, simulate

WHAT = "People with phones and tablets live days through the real client core; what came of it is counted at the end."


def main(arguments: list[str] | None = None) -> int:
    """0: a good run. 1: something was lost, doubled, refused, believed or dated wrongly."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the own server is stopped and the folders go
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["--demo"]:
        return demo.main(words[1:])
    parser = argparse.ArgumentParser(prog="outpost simulate", description=WHAT)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stores", type=Path, help="a store list; without it 160 real stores that come along")
    parser.add_argument("--url", help="a server that runs on a test clock; without it one is started")
    parser.add_argument("--clock-file", type=Path, help="the OUTPOST_CLOCK_FILE of that server")
    parser.add_argument("--login", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--kills", type=int, default=1, help="how often the own server is killed (kill -9)")
    parser.add_argument("--no-restore", action="store_true", help="do not restore the own server from a backup")
    parser.add_argument("--keep", type=Path, help="a new folder in which everything is left to be looked at")
    parser.add_argument("--serve", default="", help="how to start the own server; {port} is replaced")
    parser.add_argument("--prepare", default="", help="run before it, as Python arguments; {login} and {password} are replaced")
    asked = parser.parse_args(words)
    if asked.people < 1 or asked.days < 1:
        parser.error("at least one person and one day")
    plan = Plan(
        people=asked.people, days=asked.days, seed=asked.seed, stores=asked.stores, url=asked.url, login=asked.login,
        password=asked.password, clock_file=asked.clock_file, kills=asked.kills, keep=asked.keep, restore=not asked.no_restore,
        serve=shlex.split(asked.serve) or SERVE, prepare=[shlex.split(asked.prepare)] if asked.prepare else PREPARE,
    )  # fmt: skip
    result = simulate(plan)
    print(result.table)
    return 1 if result.reckoning.complaints else 0
