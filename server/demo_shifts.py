"""The demo's shifts: what its stores and its headquarters follow, and a few single days. Made by operations, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import sqlalchemy as sa

from contract.ids import derived_id
from contract.shifts import AssignPattern, PlanDay, PlannedShift
from contract.wire import Wire
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.perform import Outcome, reading
from server.org.model import COMPANY_ID
from server.postings.model import Posting
from server.shifts.model import PatternAssignment
from server.stores.model import Store

Do = Callable[[Wire, str], Outcome]
# Every so many stores work in three shifts; the others six days on and one off.
EVERY = 6
A_MONTH = timedelta(days=30)  # since when people are posted, on the day the demo is made


def plan(db: Database, do: Do, stores: Sequence[Store]) -> None:
    """Who is posted to these stores follows a pattern from yesterday on: the first of the days that the demo's people live.

    Earlier shifts would say of everybody that they missed a month. Days are counted from the postings' first: a start that
    was cut short is gone on with on another day.
    """
    with reading(db, Actor.system()) as session:
        if session.get(PatternAssignment, derived_id("demo", "follows", COMPANY_ID)) is not None:
            return
        asked = sa.select(Posting.store_id, Posting.person_id, Posting.starts_on).order_by(Posting.starts_on, Posting.id)
        postings = session.execute(asked.where(Posting.store_id.in_([store.id for store in stores]))).all()
    first = postings[0].starts_on
    since = (first + A_MONTH - timedelta(days=1)).isoformat()
    crews: dict[str, list[str]] = {}
    for row in postings:
        crews.setdefault(row.store_id, []).append(row.person_id)
    for n, store in enumerate(stores):
        in_shifts = n % EVERY == EVERY - 1
        _follow(do, "three-shift" if in_shifts else "shop", since, unit_id=store.id)
        if in_shifts:  # a crew of five is spread over the eight days of the cycle
            for k, person_id in enumerate(crews.get(store.id, ())):
                _follow(do, "three-shift", since, person_id=person_id, shifted_by=2 * k % 8)
    crew = crews.get(stores[0].id, [])
    for k, template in enumerate(("split", "flex")[: len(crew)]):
        day = (first + A_MONTH + timedelta(days=k + 1)).isoformat()
        op = PlanDay(person_id=crew[k], day=day, shifts=[PlannedShift(template=template)], note="盘点")
        do(op, derived_id("demo", "plans", template))
    # last, so that it stands: nothing is done twice when a start was cut short before it
    _follow(do, "office", since, unit_id=COMPANY_ID)


def _follow(
    do: Do, pattern: str, since: str, *, person_id: str | None = None, unit_id: str | None = None, shifted_by: int = 0
) -> None:
    key = person_id or unit_id or ""
    op = AssignPattern(
        assignment_id=derived_id("demo", "follows", key), person_id=person_id, unit_id=unit_id, pattern=pattern,
        from_day=since, shifted_by=shifted_by,
    )  # fmt: skip
    do(op, derived_id("demo", "assign", key))
