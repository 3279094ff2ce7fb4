"""What time alone does to cycles: people come and go, cards arrive, stages open, end, are over. N-22.

Each day's telling is an operation whose id says which day and what it is, and each item has an id of its own: a job that runs
twice, or on two workers at once, tells once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from contract.cycles import CycleNotice, StageDays, TurnCycles
from contract.ids import derived_id, new_id
from contract.moments import TimeTaken, to_ms
from server.kernel.actors import Actor, Permission
from server.kernel.db import Database, ScopedSession
from server.kernel.events import reacts_to
from server.kernel.http import Outpost
from server.kernel.jobs import does
from server.kernel.perform import Act, Work, handles, perform, reading, writing
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.postings.life import with_reach
from server.scoring import cycle_notices
from server.scoring.cycle_parts import refresh, refresh_marks, running
from server.scoring.cycle_rules import notices_on
from server.scoring.events import CardMoved

log = structlog.get_logger()
_STAGES = list[StageDays]


@handles(TurnCycles, needs=Permission.REPLAY_OPERATIONS)
def turn_cycles(work: Work, op: TurnCycles) -> None:
    """The system's alone. What was told already is not told again."""
    if not work.actor.is_system:
        raise Problem("access.not_allowed", needs=Permission.REPLAY_OPERATIONS.value)
    with with_reach(work) as wide:
        for notice in op.notices:
            cycle_notices.tell(wide, notice)


@reacts_to(CardMoved)
def keep_what_is_scored(work: Work, event: CardMoved) -> None:
    """What was scored stands on the board, the tablet and the phone at once."""
    with with_reach(work) as wide:
        wide.session.flush()
        refresh_marks(wide, event.person_id, event.month)


@does("turn_cycles", every=lambda server: timedelta(minutes=15))
def turn_the_cycles(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that who comes takes part, what was scored stands on the board of the tablet, and deadlines are told by themselves."""
    keep_cycles(server.db, server.clock(), server.settings.secret)


def keep_cycles(db: Database, now: datetime, secret: bytes) -> int:
    """Bring all open cycles in line, and tell what the company's day brings of them. Answers how many parts are others now."""
    with reading(db, Actor.system()) as session:
        cycles = [(one.id, msgspec.convert(one.stages, _STAGES)) for one in running(session)]
    changed = 0
    today = company_day(now)
    for cycle_id, stages in cycles:
        op_id = new_id()
        with writing(db, Actor.system(), op_id=op_id, now=now) as session:
            for cycle in running(session, [cycle_id]):
                changed += refresh(_work(session, op_id, now, secret), cycle)
        _tell(db, cycle_id, notices_on(cycle_id, stages, today), now, secret)
    return changed


def _tell(db: Database, cycle_id: str, notices: list[CycleNotice], now: datetime, secret: bytes) -> None:
    if not notices:
        return
    told = (f"{one.stage} {one.what}" for one in notices)
    op_id = derived_id("turn_cycles", company_day(now).isoformat(), cycle_id, *told)
    outcome = perform(db, Actor.system(), TurnCycles(notices=notices), op_id=op_id, now=now, secret=secret)
    if outcome.status != "applied":
        log.error("a cycle's day could not be told", code=outcome.code, facts=outcome.facts)


def _work(session: ScopedSession, op_id: str, now: datetime, secret: bytes) -> Work:
    """The circumstances of a job that keeps what follows from others' doing."""
    at = to_ms(now)
    act = Act(op_id, None, None, TimeTaken(at, at, at, "exact"), now)
    return Work(session, Actor.system(), now, act, secret)
