"""Worker processes and what they say: a seat runs one engine in a process of its own, with limits the operating system keeps.

highspy and ortools cannot be imported in one process, and a worker that hangs or eats memory must not take anybody with it.
What a worker has found it says at once, so killing it loses nothing. Messages are tuples of plain values and columns."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import ModuleType
from typing import Any

from server.solver.columns import Answer, Budget, Column, Impossible, Pricer, Problem, Progress

Make = Callable[[Any], tuple[Problem, Pricer]]
"""A function of a module (it is passed by name): makes problem and pricer from what is passed along."""
MEMORY_MIB = 1_000
GRACE_S = 5


@dataclass(frozen=True, slots=True)
class Work:
    """What a seat shall do. `engine`: "columns", "plain", or "module:function" of another one with the arguments of
    `cpsat_nrp.work`."""

    engine: str
    make: Make
    payload: Any
    seed: int = 0
    seconds: float = 60.0
    rounds: int | None = None
    threads: int = 1


class Talk:
    """A worker's side of the line: tells what it found, hears what others did, notices when it shall stop."""

    def __init__(self, line: Connection) -> None:
        self.line = line
        self.stopped = False
        self.bound: int | None = None
        self.columns: Sequence[Column] | None = None

    def tell(self, progress: Progress) -> None:
        self.say(("progress", progress))

    def say(self, message: tuple[Any, ...]) -> None:
        try:
            self.line.send(message)
        except (BrokenPipeError, OSError):  # nobody listens any more
            self.stopped = True

    def stop(self) -> bool:
        self._listen()
        return self.stopped

    def hear(self) -> tuple[int | None, Sequence[Column] | None]:
        self._listen()
        heard = self.bound, self.columns
        self.bound = self.columns = None
        return heard

    def _listen(self) -> None:
        try:
            while not self.stopped and self.line.poll():
                kind, value = self.line.recv()
                if kind == "stop":
                    self.stopped = True
                elif kind == "bound":
                    self.bound = value
                elif kind == "columns":
                    self.columns = value
        except (EOFError, OSError):
            self.stopped = True


def limit_this_process(seconds: float, memory_mib: int) -> None:
    """CPU seconds (a hard end for a worker that hangs) and memory, where the operating system knows such limits."""
    try:
        import resource
    except ImportError:  # Windows: the driver's own clock and the end of the process are what is left
        return
    hard = int(time.process_time() + seconds) + GRACE_S
    resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
    resource.setrlimit(resource.RLIMIT_DATA, (memory_mib * 2**20, memory_mib * 2**20))


def run_worker(line: Connection, work: Work, start: Any, memory_mib: int) -> None:
    """The body of a worker process. Says ("done", answer), ("impossible", person), ("missing", library) or ("failed", why) in
    the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = "1"
    limit_this_process(work.seconds, memory_mib)
    talk = Talk(line)
    budget = Budget(work.seconds, work.rounds, talk.stop, began=0.0)  # what starting the process cost counts too
    try:
        talk.say(("done", _engine(work, start, budget, talk)))
    except Impossible as nobody:
        talk.say(("impossible", nobody.person))
    except ImportError as absent:
        talk.say(("missing", absent.name or str(absent)))
    except MemoryError:
        talk.say(("failed", "out of memory"))
    except Exception as broken:
        talk.say(("failed", f"{type(broken).__name__}: {broken}"))
        raise


def _engine(work: Work, start: Any, budget: Budget, talk: Talk) -> Answer:
    if work.engine == "columns":
        from server.solver.engine import optimise

        problem, pricer = work.make(work.payload)
        return optimise(
            problem, pricer, budget=budget, seed=work.seed, resume=start, tell=talk.tell, hear=talk.hear, hand_over=talk.say
        )
    if work.engine == "plain":
        from server.solver.plain import improve

        problem, pricer = work.make(work.payload)
        return improve(problem, pricer, budget=budget, seed=work.seed, start=start.roster if start else None, tell=talk.tell)
    import importlib

    module, _, name = work.engine.partition(":")
    return getattr(importlib.import_module(module), name)(work, start, budget, talk)  # type: ignore[no-any-return]


@contextmanager
def _without_main() -> Iterator[None]:
    """A spawned process imports the main module of the one that spawns it: all of the command line, for a worker that needs
    none of it."""
    held = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = held


def spawned(target: Callable[..., None], *args: Any) -> SpawnProcess:
    """A started process that runs a function of a module."""
    process = multiprocessing.get_context("spawn").Process(target=target, args=args, daemon=True)
    with _without_main():
        process.start()
    return process


class Seat:
    """The driver's side: one worker process."""

    def __init__(self, work: Work, start: Any = None, memory_mib: int = MEMORY_MIB) -> None:
        self.line, theirs = multiprocessing.Pipe()
        self.work = work
        self.process = spawned(run_worker, theirs, work, start, memory_mib)
        theirs.close()
        self.said_cpu = 0.0
        self.bound: int | None = None
        self.ended: str | None = None

    def heard(self) -> list[tuple[Any, ...]]:
        """What it said since; notices its end."""
        messages: list[tuple[Any, ...]] = []
        try:
            while self.line.poll():
                messages.append(self.line.recv())
        except (EOFError, OSError):
            self.ended = self.ended or "gone"
        for message in messages:
            if message[0] == "progress":
                self.said_cpu = message[1].cpu
            elif message[0] in ("done", "impossible", "missing", "failed"):
                self.ended = message[0]
        if not self.process.is_alive() and self.ended is None and not self.line.poll():
            self.ended = "killed"
        return messages

    def tell(self, kind: str, value: Any = None) -> None:
        if self.ended is None:
            try:
                self.line.send((kind, value))
            except (BrokenPipeError, OSError):
                self.ended = "gone"

    def cpu(self) -> float:
        """CPU seconds so far: from the system where it tells, else what the worker said last."""
        try:
            with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
                fields = stat.read().rpartition(")")[2].split()
            self.said_cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except (OSError, IndexError, ValueError):
            return self.said_cpu
        return self.said_cpu

    def end(self) -> None:
        """End the process at once; what it said is kept by who listened."""
        self.cpu()
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        self.line.close()
        self.ended = self.ended or "killed"
