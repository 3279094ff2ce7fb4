"""The turn of a day: every few minutes the system sees which postings begin, near their end or are over, and lets it happen.

Nothing waits for it but the telling: organisation, scopes and rights are computed from the dates. Each posting's turn is an
operation whose id says which turn it is, so a job that runs twice, or on two workers at once, does it once.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
import structlog

from contract.ids import derived_id
from contract.moments import to_ms
from contract.postings import NameManagers, TurnDay
from server.kernel.actors import Actor
from server.kernel.db import Database, ScopedSession
from server.kernel.http import Outpost
from server.kernel.jobs import does
from server.kernel.perform import perform, reading
from server.org.queries import company_day
from server.postings import home_managers, rules, sides
from server.postings.model import Arrival, Posting
from server.postings.reactions import SIDES, SIDES_SOON

log = structlog.get_logger()
EVERY = timedelta(minutes=1)
MOST_NAMED = 500  # people in one transaction
TOGETHER = 100  # postings in one transaction: a page of the feed, not the whole company behind one lock


class Due(NamedTuple):
    """A posting to look at, and what it looked like: the same turn seen twice has the same name."""

    posting_id: str
    state: str


@does("turn_postings", every=lambda server: EVERY)
def turn_postings(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that the first morning at a store, and the last one, need nobody at a desk."""
    turn_what_is_due(server.db, server.clock(), server.settings.secret)


@does(SIDES, every=lambda server: timedelta(minutes=10))
def refresh_sides(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that cards name the managers of today also when the organisation changes by its dates alone."""
    name_who_manages(server.db, server.clock(), server.settings.secret)


@does(SIDES_SOON)
def refresh_sides_soon(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that they do so right after somebody changed it."""
    name_who_manages(server.db, server.clock(), server.settings.secret)


def name_who_manages(db: Database, now: datetime, secret: bytes) -> None:
    """Write today's managers wherever a card names others."""
    with reading(db, Actor.system()) as session:
        stale = [Due(arrival.id, f"sides {known}") for arrival, known in sides.moved_sides(session, company_day(now))]
        wrong = sorted(home_managers.wrongly_managed(session, company_day(now)).items())
    _turn(db, stale, now, secret)
    for start in range(0, len(wrong), MOST_NAMED):
        some = wrong[start : start + MOST_NAMED]
        op_id = derived_id("name_managers", str(to_ms(now)), *(f"{person} {manager}" for person, manager in some))
        operation = NameManagers(people=[person for person, _ in some])
        outcome = perform(db, Actor.system(), operation, op_id=op_id, now=now, secret=secret)
        if outcome.status != "applied":
            log.error("managers could not be named", code=outcome.code, facts=outcome.facts)


def turn_what_is_due(db: Database, now: datetime, secret: bytes) -> int:
    """Let every turn happen that is due; answers how many postings were looked at."""
    with reading(db, Actor.system()) as session:
        due = due_postings(session, now)
    _turn(db, due, now, secret)
    return len(due)


def _turn(db: Database, due: Sequence[Due], now: datetime, secret: bytes) -> None:
    """A page at a time; where one of a page cannot be turned, each of it alone, so that it stands in nobody's way."""
    for start in range(0, len(due), TOGETHER):
        page = due[start : start + TOGETHER]
        if not _turned(db, page, now, secret):
            for found in page:
                _turned(db, [found], now, secret)


def _turned(db: Database, page: Sequence[Due], now: datetime, secret: bytes) -> bool:
    """Whether these postings were turned. What was refused, or failed here, is tried again in an hour."""
    ids = [found.posting_id for found in page]
    op_id = derived_id("turn_day", str(to_ms(now) // 3_600_000), *(f"{found.posting_id} {found.state}" for found in page))
    try:
        outcome = perform(db, Actor.system(), TurnDay(postings=ids), op_id=op_id, now=now, secret=secret)
    except Exception:
        log.error("postings could not be turned", postings=ids, error=traceback.format_exc())
        return False
    if outcome.status != "applied":
        log.error("postings could not be turned", postings=ids, code=outcome.code, facts=outcome.facts)
    return outcome.status == "applied"


def due_postings(session: ScopedSession, now: datetime) -> list[Due]:
    """The postings something happens to, those whose day came first in front."""
    asked = (
        sa.select(Posting.id, Arrival.begun_at, Arrival.near_for, Posting.ends_on)
        .join(Arrival, Arrival.id == Posting.id)
        .where(
            Arrival.over_at.is_(None),
            sa.or_(
                sa.and_(Arrival.begun_at.is_(None), Posting.starts_at <= now),
                sa.and_(Posting.starts_at <= now, Posting.ends_at <= now),
                sa.and_(
                    Posting.starts_at <= now,
                    Posting.ends_at <= now + rules.NEAR,
                    sa.or_(Arrival.near_for.is_(None), Arrival.near_for != Posting.ends_on),
                ),
            ),
        )
        .order_by(Posting.starts_at, Posting.id)
    )
    return [Due(row.id, f"{row.begun_at} {row.near_for} {row.ends_on}") for row in session.execute(asked)]
