"""Engines for seats that misbehave; run in worker processes, so they are functions of a module."""

from __future__ import annotations

import os
import signal
import time

from server.solver.columns import Answer, Budget, Progress
from server.solver.nrp_pricer import make
from server.solver.plain import improve
from server.solver.seats import Talk, Work


def says_and_is_killed(work: Work, start: object, budget: Budget, talk: Talk) -> Answer:
    """Finds a roster, says so, and is killed by the system as when memory runs out."""
    problem, pricer = make(work.payload)
    improve(problem, pricer, budget=Budget(rounds=2), seed=1, tell=talk.tell)
    os.kill(os.getpid(), signal.SIGKILL)
    return Answer(None, None, None, 0, 0.0)


def says_too_much(work: Work, start: object, budget: Budget, talk: Talk) -> Answer:
    """Finds a roster and claims another objective for it."""
    problem, pricer = make(work.payload)
    found = improve(problem, pricer, budget=Budget(rounds=2), seed=1)
    talk.tell(Progress("local", -1, None, found.columns, 0.1))
    return Answer(found.columns, -1, None, 1, 0.1)


def hangs(work: Work, start: object, budget: Budget, talk: Talk) -> Answer:
    """Says nothing and never ends."""
    while True:
        time.process_time()


def eats_memory(work: Work, start: object, budget: Budget, talk: Talk) -> Answer:
    """Takes memory until it is refused some."""
    taken = []
    while True:
        taken.append(bytearray(16 * 2**20))


def is_absent(work: Work, start: object, budget: Budget, talk: Talk) -> Answer:
    """An engine whose library is not installed."""
    raise ImportError("no such library", name="highspy")
