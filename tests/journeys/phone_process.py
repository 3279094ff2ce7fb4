"""A phone as a process of its own, so that a story can kill it: the real core, its worker, its disk, its link, no screen.

`python -m tests.journeys.phone_process FOLDER`: one JSON command a line on stdin, one JSON answer a line on stdout. Its wall
clock is wrong by OUTPOST_STORY_WALL_OFF_MS; its boot clock is the machine's.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from mobile.core.app_core import AppCore
from mobile.core.ports import Clocks
from mobile.core.worker import Worker
from mobile.devices.desktop import DesktopClock, desktop_ports


class ClockSetWrong(DesktopClock):
    """A wall clock that somebody has set."""

    def read(self) -> Clocks:
        right = super().read()
        return replace(right, wall_ms=right.wall_ms + int(os.environ.get("OUTPOST_STORY_WALL_OFF_MS", "0")))


def enrol(core: AppCore, url: str, code: str) -> Any:
    return asdict(core.enrol(url, code))


def punch(core: AppCore) -> Any:
    """The second of the two taps."""
    return asdict(core.punch())


def look(core: AppCore) -> Any:
    """What the screens would show: the day's punches, the badge, whose phone it is."""
    state = core.sync_state()
    return {
        "name": core.today().person_name if core.enrolment is not None else None,
        "store": core.today().store_id if core.enrolment is not None else None,
        "punches": [asdict(line) for line in core.punches()] if core.enrolment is not None else [],
        "badge": state.badge,
        "waiting": state.waiting,
        "retry_in_s": state.retry_in_s,
    }


COMMANDS: dict[str, Callable[..., Any]] = {"enrol": enrol, "punch": punch, "look": look}


def main() -> None:
    folder = Path(sys.argv[1])
    worker = Worker(AppCore(folder, replace(desktop_ports(folder), clock=ClockSetWrong()), "phone"))
    worker.start()
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        said: list[Any] = []
        done = threading.Event()

        def answer(what: Any, said: list[Any] = said, done: threading.Event = done) -> None:
            said.append(what)
            done.set()

        def fail(bad: BaseException, answer: Callable[[Any], None] = answer) -> None:
            answer({"error": repr(bad)})

        def act(core: AppCore, command: str = command, arguments: list[str] = arguments) -> Any:
            return COMMANDS[command](core, *arguments)

        worker.ask(act, answer, fail)
        done.wait(60)
        print(json.dumps(said[0] if said else {"error": "no answer"}), flush=True)
    worker.stop()


if __name__ == "__main__":
    main()
