"""The organisation as of a day with everybody in it: homes and postings together. Each person counts once in every sum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import cast

import sqlalchemy as sa

from contract.org import HeadcountRow, Headcounts, StayRow, Stays, UnitKind, UnitRow, UnitTree, WhereRow
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.scope import whole
from server.org import queries as org
from server.org.model import HomeStay, Post
from server.people.model import Person
from server.postings import sides
from server.postings.headcount import posted_on
from server.postings.model import Posting

_STORES = ("own_store", "partner_store")
_FIRST = {"company": 0, "department": 1, "region": 2, "own_store": 3, "partner_store": 4}


def shown_units(session: ScopedSession, day: date, below: str | None = None) -> list[org.UnitOnDay]:
    """The units of a day that the reader may look at, parents before children. Empty where `below` is not among them."""
    tree = org.tree_on(session, day)
    reader: Actor = session.info["actor"]
    everywhere = reader.has_everywhere(Permission.READ_ORG)
    mine = tree.units.keys() if everywhere else reader.stores_for(Permission.READ_ORG) & tree.units.keys()
    if below is not None:
        mine = mine & tree.below(below) if below in mine else frozenset()
    ordered: list[org.UnitOnDay] = []
    waiting = _sorted(tree.units[unit_id] for unit_id in mine if tree.units[unit_id].parent_id not in mine)
    while waiting:
        unit = waiting.pop(0)
        ordered.append(unit)
        waiting = _sorted(tree.units[child] for child in tree.children.get(unit.unit_id, ()) if child in mine) + waiting
    return ordered


def _sorted(units: Iterable[org.UnitOnDay]) -> list[org.UnitOnDay]:
    return sorted(units, key=lambda unit: (_FIRST[unit.kind], unit.name, unit.unit_id))


def unit_tree(session: ScopedSession, day: date, below: str | None = None) -> UnitTree | None:
    """The tree as of a day, with heads and approved heads of each unit and all below it. None where `below` is not shown."""
    units = shown_units(session, day, below)
    if below is not None and not units:
        return None
    heads, approved = _heads(session, units, day), _approved(session, units, day)
    closings, managers = org.closings(session), _names(session, {unit.manager_id for unit in units if unit.manager_id})
    known = {unit.unit_id for unit in units}
    return UnitTree(
        as_of=day.isoformat(),
        items=[
            UnitRow(
                id=unit.unit_id,
                kind=cast(UnitKind, unit.kind),
                name=unit.name,
                parent_id=unit.parent_id if unit.parent_id in known else None,
                manager_id=unit.manager_id,
                manager_name=managers.get(unit.manager_id or ""),
                heads=heads[unit.unit_id],
                approved=approved.get(unit.unit_id),
                closes_on=closings[unit.unit_id].isoformat() if unit.unit_id in closings else None,
            )
            for unit in units
        ],
    )


def _upwards(units: list[org.UnitOnDay]) -> dict[str, list[str]]:
    """Each unit with those above it, itself first, as far as they are shown. Parents stand before children."""
    known: dict[str, list[str]] = {}
    for unit in units:
        known[unit.unit_id] = [unit.unit_id, *known.get(unit.parent_id or "", [])]
    return known


def _heads(session: ScopedSession, units: list[org.UnitOnDay], day: date) -> dict[str, int]:
    """Who is at home or posted in a unit or below it; somebody who is both within one branch counts there once.

    Homes are counted where they are and postings where their store is, upwards. Whoever was then counted twice is taken away
    where both ways meet. Most meet at the top only (departments here, stores there), so that needs a count for each home
    unit, not for each pair of home and store.
    """
    above = _upwards(units)
    heads: dict[str, int] = defaultdict(int)
    for unit_id, count in session.execute(
        sa.select(HomeStay.unit_id, sa.func.count()).where(org.at_home_on(day)).group_by(HomeStay.unit_id)
    ):
        for each in above.get(unit_id, ()):
            heads[each] += count
    for store_id, count in session.execute(
        sa.select(Posting.store_id, sa.func.count()).where(posted_on(day)).group_by(Posting.store_id)
    ):
        for each in above.get(store_id, ()):
            heads[each] += count
    tops = {chain[-1] for chain in above.values()}
    branches = {above[unit.unit_id][-2] for unit in units if unit.kind in _STORES and len(above[unit.unit_id]) > 1}
    near = [unit_id for unit_id, chain in above.items() if len(tops) > 1 or len(chain) < 2 or chain[-2] in branches]
    both = sa.and_(HomeStay.person_id == Posting.person_id, org.at_home_on(day))
    pairs = (
        sa.select(HomeStay.unit_id, Posting.store_id, sa.func.count())
        .join(HomeStay, both)
        .where(posted_on(day), HomeStay.unit_id.in_(near))
        .group_by(HomeStay.unit_id, Posting.store_id)
    )
    met_below_the_top = 0
    for home_id, store_id, count in session.execute(pairs):
        home_chain = set(above.get(home_id, ()))
        met_below_the_top += count
        for each in above.get(store_id, ()):
            heads[each] -= count if each in home_chain else 0
    far = above.keys() - set(near)
    if far:
        [top] = tops
        met = sa.select(sa.func.count()).select_from(Posting).join(HomeStay, both).where(posted_on(day))
        if len(units) == len(org.tree_on(session, day).units):  # every home and every store is in it: nothing to pick out
            heads[top] -= (session.scalar(met) or 0) - met_below_the_top
        else:
            stores = [unit.unit_id for unit in units if unit.kind in _STORES]
            heads[top] -= session.scalar(met.where(HomeStay.unit_id.in_(far), Posting.store_id.in_(stores))) or 0
    return heads


def _approved(session: ScopedSession, units: list[org.UnitOnDay], day: date) -> dict[str, int]:
    above = _upwards(units)
    approved: dict[str, int] = defaultdict(int)
    for unit_id, _post_id, count in session.execute(org.approved_on(day)):
        for each in above.get(unit_id, ()):
            approved[each] += count
    return dict(approved)


def _names(session: ScopedSession, person_ids: set[str]) -> dict[str, str]:
    """Who manages a unit stands on its door: their name is shown with it, whoever may read their card."""
    if not person_ids:
        return {}
    with whole(session) as everything:
        found = everything.execute(sa.select(Person.id, Person.name).where(Person.id.in_(person_ids)))
        return {row.id: row.name for row in found}


def headcounts(session: ScopedSession, unit_id: str, day: date) -> Headcounts | None:
    """Approved and filled heads per post, of a unit and all below it. None where the unit is not shown."""
    units = {unit.unit_id: unit for unit in shown_units(session, day, unit_id)}
    if not units:
        return None
    filled: dict[tuple[str, str], int] = defaultdict(int)
    at_home = (
        sa.select(HomeStay.unit_id, HomeStay.post_id, sa.func.count())
        .where(org.at_home_on(day), HomeStay.post_id.is_not(None))
        .group_by(HomeStay.unit_id, HomeStay.post_id)
    )
    posted = (
        sa.select(Posting.store_id, Posting.post_id, sa.func.count())
        .where(posted_on(day), Posting.post_id.is_not(None))
        .group_by(Posting.store_id, Posting.post_id)
    )
    same_place = sa.and_(
        HomeStay.person_id == Posting.person_id, HomeStay.unit_id == Posting.store_id, HomeStay.post_id == Posting.post_id
    )
    twice = posted.join(HomeStay, sa.and_(same_place, org.at_home_on(day)))
    for asked, sign in ((at_home, 1), (posted, 1), (twice, -1)):
        for at, post_id, count in session.execute(asked):
            if at in units:
                filled[at, post_id] += sign * count
    approved = {(at, post_id): count for at, post_id, count in session.execute(org.approved_on(day)) if at in units}
    posts = {post.id: post for post in session.scalars(sa.select(Post))}
    order = {unit: n for n, unit in enumerate(units)}
    keys = sorted(filled.keys() | approved.keys(), key=lambda key: (order[key[0]], posts[key[1]].code))
    return Headcounts(
        items=[
            HeadcountRow(
                unit_id=at,
                unit_name=units[at].name,
                post_id=post_id,
                post_zh=posts[post_id].name_zh,
                post_en=posts[post_id].name_en,
                approved=approved.get((at, post_id)),
                filled=filled[at, post_id],
            )
            for at, post_id in keys
        ]
    )


def _manager_over(tree: org.Tree, unit: org.UnitOnDay | None, person_id: str) -> str | None:
    """Whoever manages the home unit; where that place is vacant, or the person's own, whoever manages the next unit above."""
    while unit is not None:
        if unit.manager_id is not None and unit.manager_id != person_id:
            return unit.manager_id
        unit = tree.units.get(unit.parent_id or "")
    return None


def where(session: ScopedSession, person_id: str, day: date) -> WhereRow | None:
    """Where somebody belongs on a day, with the managers of both sides. None for somebody the reader may not know of.

    A host is told only to readers of that posting: where else somebody once worked is not a store manager's business.
    """
    if session.get(Person, person_id) is None:
        return None
    home = org.home_of(session, person_id, day)
    unit = org.unit_on(session, home.unit_id, day) if home is not None else None
    post = session.get(Post, home.post_id) if home is not None and home.post_id is not None else None
    found = sa.select(Posting).where(Posting.person_id == person_id, posted_on(day)).order_by(Posting.starts_at.desc())
    posting = session.scalars(found.limit(1)).first()
    host = org.unit_on(session, posting.store_id, day) if posting is not None else None
    held = session.get(Post, posting.post_id) if posting is not None and posting.post_id is not None else None
    home_manager = _manager_over(org.tree_on(session, day), unit, person_id)
    host_manager = sides.sides_of(session, person_id, posting.store_id, day).host_manager_id if posting is not None else None
    names = _names(session, {found for found in (home_manager, host_manager) if found is not None})
    shown = held or post
    return WhereRow(
        person_id=person_id,
        as_of=day.isoformat(),
        home_id=unit.unit_id if unit is not None else None,
        home_name=unit.name if unit is not None else None,
        home_manager=names.get(home_manager or ""),
        post_zh=shown.name_zh if shown is not None else None,
        post_en=shown.name_en if shown is not None else None,
        host_id=posting.store_id if posting is not None else None,
        host_name=host.name if host is not None else None,
        host_manager=names.get(host_manager or ""),
        posting_id=posting.id if posting is not None else None,
    )


def stays(session: ScopedSession, person_id: str) -> Stays | None:
    """The homes of a person, the latest first, each with the name it had on its first day. None as in `where`."""
    if session.get(Person, person_id) is None:
        return None
    rows = []
    for stay in reversed(org.stays_of(session, person_id)):
        unit = org.unit_on(session, stay.unit_id, stay.from_day)
        rows.append(
            StayRow(
                unit_id=stay.unit_id,
                unit_name=unit.name if unit is not None else "",
                post_id=stay.post_id,
                from_day=stay.from_day.isoformat(),
                until=stay.until.isoformat() if stay.until else None,
                reason=stay.reason,
            )
        )
    return Stays(items=rows)
