"""What both sides hand over at an arrival and at a return: lists made from a template, and the facts of their ticking."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import sqlalchemy as sa

from contract.ids import derived_id
from contract.postings import Direction
from server.kernel.db import ScopedSession
from server.kernel.feed import mark
from server.kernel.perform import Work
from server.org.queries import company_day
from server.postings import rules, sides
from server.postings.model import Arrival, ChecklistLine, HandOverItem, HandOverTick, Posting, desks_of


def lay_out(work: Work, posting_id: str, direction: Direction) -> None:
    """The list of one posting, as the template is now. A list that is there stays what it is."""
    session = work.session
    there = sa.select(HandOverItem.id).where(HandOverItem.posting_id == posting_id, HandOverItem.direction == direction)
    if session.execute(there.limit(1)).first() is not None:
        return
    lines = session.scalars(sa.select(ChecklistLine).where(ChecklistLine.direction == direction).order_by(ChecklistLine.position))
    for line in lines.all():
        work.add(
            HandOverItem(
                id=derived_id("hand-over", posting_id, direction, line.key),
                posting_id=posting_id,
                direction=direction,
                position=line.position,
                key=line.key,
                side=line.side,
                title_zh=line.title_zh,
                title_en=line.title_en,
            )
        )
    arrival = session.get(Arrival, posting_id)
    if arrival is not None:
        mark_card(work, arrival)


def mark_card(work: Work, arrival: Arrival) -> None:
    """The card reads differently now, though none of its own columns changed."""
    for scope in desks_of(arrival):
        mark(work.session, scope, "arrival", arrival.id)


def sides_spoken_for(
    session: ScopedSession, posting: Posting, arrival: Arrival, person_id: str, now: datetime
) -> set[str]:
    """For which sides somebody may tick: as the manager of one, as HR over either for both. The employee for none."""
    day = company_day(now)
    if person_id == posting.person_id:
        return set()
    units = [unit for unit in (posting.store_id, arrival.home_unit_id) if unit is not None]
    if any(person_id in sides.hr_of(session, unit, day) for unit in units):
        return {"home", "host"}
    known = sides.sides_of(session, posting.person_id, posting.store_id, day)
    spoken = {"home"} if person_id == known.home_manager_id else set()
    host_counts = posting.ends_at is None or posting.ends_at > now or arrival.over_at is None
    if host_counts and person_id in sides.host_managers(session, posting.store_id, day):
        spoken.add("host")
    return spoken


def settle_item(work: Work, item: HandOverItem) -> None:
    """What the item says after another tick: the word that was said last."""
    work.session.flush()
    said = work.session.scalars(sa.select(HandOverTick).where(HandOverTick.item_id == item.id)).all()
    last = rules.latest_tick(rules.Tick(tick.said_at, tick.id, tick.person_id, tick.done, tick.note) for tick in said)
    assert last is not None
    item.done_at, item.done_by = (last.said_at, last.person_id) if last.done else (None, None)
    item.note = last.note
    arrival = cast("Arrival", work.session.get(Arrival, item.posting_id))
    mark_card(work, arrival)
