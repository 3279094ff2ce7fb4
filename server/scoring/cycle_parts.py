"""Who takes part in a cycle, at which store, and which of its months have marks: made anew of postings, homes and cards."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from contract.cycles import months_between
from contract.ids import derived_id
from server.growth.who import posts_on
from server.kernel.db import ScopedSession, table_of
from server.kernel.perform import Work
from server.kernel.sets import within
from server.org.queries import company_day
from server.scoring.card_model import ScoreCard
from server.scoring.cycle_model import Cycle, CyclePart
from server.training.places import at_work, stores_among

_card = table_of(ScoreCard)
_LISTS: dict[str, str] = {"manager": "scored", "second": "scored", "hq": "by_hq", "self": "assessed"}


def part_id_of(cycle_id: str, person_id: str) -> str:
    """The id of somebody's one part in a cycle."""
    return derived_id("score_cycle_part", cycle_id, person_id)


def refresh(wide: Work, cycle: Cycle) -> int:
    """Bring a cycle in line with who works where now, and with the cards there are. Answers how many parts are others now; again
    it is none. The work reaches every row."""
    session = wide.session
    stores = who_takes_part(session, cycle, wide)
    months = _months(session, cycle)
    known = {row.person_id: row for row in session.scalars(sa.select(CyclePart).where(CyclePart.cycle_id == cycle.id))}
    changed = 0
    for person_id in sorted({*stores, *known}):
        row = known.get(person_id)
        if row is None:
            wide.add(_new(cycle.id, person_id, stores[person_id], wide, months.get(person_id, {})))
            changed += 1
            continue
        values: dict[str, Any] = {"takes_part": person_id in stores, "store_id": stores.get(person_id, row.store_id)}
        values |= {name: months.get(person_id, {}).get(name, []) for name in ("scored", "by_hq", "assessed")}
        moved = {name: value for name, value in values.items() if getattr(row, name) != value}
        for name, value in moved.items():
            setattr(row, name, value)
        changed += bool(moved)
    if changed:
        wide.wrote = True
        session.flush()
    return changed


def who_takes_part(session: ScopedSession, cycle: Cycle, work: Work) -> dict[str, str]:
    """person -> the store they work at now, of those the cycle is for. The session reaches every row."""
    there = at_work(session, work.now)
    shops = stores_among(session, sorted({one.unit_id for one in there.values()}))
    wanted = shops & set(cycle.stores) if cycle.stores else shops
    found = {person_id: one for person_id, one in there.items() if one.unit_id in wanted}
    if cycle.posts:
        posts = _posts_today(session, found, work)
        found = {
            person_id: one for person_id, one in found.items() if (one.post_id or posts.get(person_id)) in set(cycle.posts)
        }
    return {person_id: one.unit_id for person_id, one in found.items()}


def _posts_today(session: ScopedSession, people: Collection[str], work: Work) -> dict[str, str]:
    """The post of each by posting, else by home: a posting that names none leaves the one of their home."""
    today = company_day(work.now)
    held = posts_on(session, sorted(people)) if people else {}
    return {
        person_id: post
        for person_id, spans in held.items()
        for first, until, post in reversed(spans)
        if first <= today and (until is None or today < until)
    }


def _months(session: ScopedSession, cycle: Cycle, person_id: str | None = None) -> dict[str, dict[str, list[str]]]:
    """person -> which months of the cycle have a manager's, HQ's, their own marks; a withdrawn card has none."""
    asked = (
        sa.select(_card.c.person_id, _card.c.rater, _card.c.month)
        .where(_card.c.month.in_(months_between(cycle.from_month, cycle.to_month)), _card.c.withdrawn.is_(False))
        .distinct()
    )
    if person_id is not None:
        asked = asked.where(_card.c.person_id == person_id)
    found: dict[str, dict[str, set[str]]] = {}
    for person_id, rater, month in session.connection().execute(asked):
        found.setdefault(person_id, {}).setdefault(_LISTS[rater], set()).add(month)
    return {person: {name: sorted(months) for name, months in lists.items()} for person, lists in found.items()}


def _new(cycle_id: str, person_id: str, store_id: str, work: Work, months: dict[str, list[str]]) -> CyclePart:
    return CyclePart(
        id=part_id_of(cycle_id, person_id), cycle_id=cycle_id, person_id=person_id, store_id=store_id, since=work.now,
        takes_part=True, goals_revision=0, goals=[], goals_at=None, goals_by=None, goals_agreed_person=None,
        goals_agreed_manager=None, goals_manager=None, tracks=[], talk_revision=0, talk_on="", talk_note="", talk_at=None,
        talk_by=None, talk_confirmed_person=None, talk_confirmed_manager=None, talk_manager=None, plan=[],
        scored=months.get("scored", []), by_hq=months.get("by_hq", []), assessed=months.get("assessed", []),
    )  # fmt: skip


def running(session: ScopedSession, ids: Collection[str] | None = None) -> list[Cycle]:
    """Cycles that are open, the oldest first."""
    asked = sa.select(Cycle).where(Cycle.closed_at.is_(None)).order_by(Cycle.opened_at, Cycle.id)
    return list(session.scalars(asked if ids is None else asked.where(within(Cycle.id, list(ids)))))


def refresh_marks(wide: Work, person_id: str, month: str) -> None:
    """A card of somebody's month moved: their parts in cycles over it say so at once. The work reaches every row."""
    asked = sa.select(CyclePart, Cycle).join(Cycle, Cycle.id == CyclePart.cycle_id)
    asked = asked.where(CyclePart.person_id == person_id, Cycle.from_month <= month, Cycle.to_month >= month)
    for row, cycle in wide.session.execute(asked).all():
        lists = _months(wide.session, cycle, person_id).get(person_id, {})
        for name in ("scored", "by_hq", "assessed"):
            if getattr(row, name) != lists.get(name, []):
                setattr(row, name, lists.get(name, []))
                wide.wrote = True
    wide.session.flush()
