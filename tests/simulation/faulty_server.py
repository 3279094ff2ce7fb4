"""The real server with one planted fault, for runs that must fail. `python -m tests.simulation.faulty_server FAULT PORT`."""

from __future__ import annotations

import sys
from itertools import count
from typing import Any

import waitress

from contract.attendance import ClockIn
from contract.evidence import Verdict
from contract.moments import TimeTaken
from contract.wire import plain
from server.attendance import service
from server.kernel import intake
from server.kernel.perform import HANDLERS
from server.wsgi import application


def drops_punches() -> None:
    """Says "applied" and keeps nothing of each third punch."""
    honest, numbers = HANDLERS[ClockIn], count(1)

    def forgetful(work: Any, op: ClockIn) -> Any:
        return None if next(numbers) % 3 == 0 else honest.run(work, op)

    HANDLERS[ClockIn] = honest._replace(run=forgetful)


def believes_everybody() -> None:
    """Every punch is worth as much as it can be."""
    judge = service.judge

    def gullible(*values: Any, **named: Any) -> Any:
        place, verdict = judge(*values, **named)
        return place, Verdict(**{**plain(verdict), "verdict": "green", "reasons": verdict.reasons})

    service.judge = gullible


def trusts_wall_clocks() -> None:
    """The phone's own clock is taken for the truth."""
    judge = intake.judge_time

    def naive(stamp: Any, lines: Any, **around: Any) -> TimeTaken:
        if stamp is None:
            return judge(stamp, lines, **around)
        return TimeTaken(stamp.wall, stamp.wall, stamp.wall, "exact")

    intake.judge_time = naive


FAULTS = {"drops": drops_punches, "believes": believes_everybody, "trusts": trusts_wall_clocks}

if __name__ == "__main__":
    app = application()
    FAULTS[sys.argv[1]]()
    waitress.serve(app, host="127.0.0.1", port=int(sys.argv[2]), threads=4, _quiet=True)
