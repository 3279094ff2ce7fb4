"""Questions about the organisation as of a day. Their answers decide; they are the same whoever asks (`whole`).

The tree is small and asked all the time (whose rights count where): its rows are kept in memory for as long as they are true.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from contract.moments import business_date
from server.kernel import sets
from server.kernel.db import ScopedSession, table_of
from server.kernel.feed import reference_of
from server.kernel.scope import whole
from server.org import rules
from server.org.calendar import is_statutory, public_day
from server.org.model import CalendarDay, Headcount, HomeStay, OrgUnit, Post, UnitVersion

DayKind = Literal["working", "weekend", "holiday"]


class Home(NamedTuple):
    """Where somebody belongs: the unit, and the post they hold there, if any."""

    unit_id: str
    post_id: str | None


class Room(NamedTuple):
    """How many may hold a post in a unit (None: nobody approved a number) and how many have it as their home."""

    approved: int | None
    filled: int


class UnitOnDay(NamedTuple):
    """A unit as it is on a day."""

    unit_id: str
    kind: str
    name: str
    parent_id: str | None
    manager_id: str | None
    from_day: date
    until: date | None


@dataclass
class Tree:
    """The units of one day."""

    units: dict[str, UnitOnDay]
    children: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for unit in self.units.values():
            if unit.parent_id is not None:
                self.children.setdefault(unit.parent_id, []).append(unit.unit_id)

    def below(self, unit_id: str) -> set[str]:
        """The unit and all below it."""
        found, open_ends = {unit_id}, [unit_id]
        while open_ends:
            for child in self.children.get(open_ends.pop(), ()):
                if child not in found:
                    found.add(child)
                    open_ends.append(child)
        return found

    def above(self, unit_id: str) -> list[str]:
        """The units above it, its parent first, the company last."""
        found: list[str] = []
        unit = self.units.get(unit_id)
        while unit is not None and unit.parent_id is not None and unit.parent_id not in found:
            found.append(unit.parent_id)
            unit = self.units.get(unit.parent_id)
        return found


def company_day(moment: datetime) -> date:
    """The company's calendar day at a moment."""
    return business_date(moment, rules.COMPANY_ZONE, day_turns_at_min=0)


def tree_on(session: ScopedSession, day: date) -> Tree:
    """The units as of a day. Do not change what you get: others hold it too."""
    units = _units(session)
    if not _may_remember(session):
        trees: dict[date, Tree] = _memo(session).setdefault("org trees", {})
        if day not in trees:
            trees[day] = _tree(units, day)
        return trees[day]
    tree: Tree = reference_of(session).one("org tree", day, lambda: _tree(units, day))
    return tree


def closings(session: ScopedSession) -> dict[str, date]:
    """The day each unit closes or closed, of those somebody has closed."""
    last: dict[str, UnitOnDay] = {}
    for unit in _units(session):
        if unit.unit_id not in last or unit.from_day > last[unit.unit_id].from_day:
            last[unit.unit_id] = unit
    return {unit_id: unit.until for unit_id, unit in last.items() if unit.until is not None}


def _may_remember(session: ScopedSession) -> bool:
    """Whether what is in memory is what this transaction sees: it must not have changed such rows itself."""
    if "op_id" in session.info:
        session.flush()
    return session.info.get("cache") is not None and not session.info.get("reference_moved")


def _memo(session: ScopedSession) -> dict[str, Any]:
    """What this transaction has read of itself, shared with its siblings; forgotten when it changes a unit (model)."""
    found: dict[str, Any] = session.info.setdefault("memo", {})
    return found


def _units(session: ScopedSession) -> Sequence[UnitOnDay]:
    if not _may_remember(session):
        memo = _memo(session)
        if "org units" not in memo:
            memo["org units"] = _all_units(session)
        mine: Sequence[UnitOnDay] = memo["org units"]
        return mine
    found: Sequence[UnitOnDay] = reference_of(session).one("org units", None, lambda: _all_units(session))
    return found


def _every_row() -> sa.Select[Any]:
    return sa.select(
        UnitVersion.unit_id, OrgUnit.kind, UnitVersion.name, UnitVersion.parent_id, UnitVersion.manager_id,
        UnitVersion.from_day, UnitVersion.until,
    ).join(OrgUnit, OrgUnit.id == UnitVersion.unit_id).order_by(UnitVersion.name, UnitVersion.unit_id)  # fmt: skip


def _all_units(session: ScopedSession) -> Sequence[UnitOnDay]:
    with whole(session) as everything:
        return [UnitOnDay(*row) for row in everything.execute(_every_row())]


def _tree(units: Sequence[UnitOnDay], day: date) -> Tree:
    return Tree({unit.unit_id: unit for unit in units if unit.from_day <= day and (unit.until is None or day < unit.until)})


def units_below(session: ScopedSession, unit_id: str, day: date) -> set[str]:
    """The unit and all below it, as of a day. A unit that is not there on that day has nothing below it."""
    return tree_on(session, day).below(unit_id)


def units_above(session: ScopedSession, unit_id: str, day: date) -> list[str]:
    """The units above a unit as of a day: its parent first, the company last. The unit itself is not among them."""
    return tree_on(session, day).above(unit_id)


def unit_on(session: ScopedSession, unit_id: str, day: date) -> UnitOnDay | None:
    """The unit as it is on a day; None before it began and after it closed."""
    return tree_on(session, day).units.get(unit_id)


def days_of_change(session: ScopedSession, after: date) -> list[date]:
    """The days after `after` on which some unit becomes another than it was."""
    with whole(session) as everything:
        asked = sa.select(UnitVersion.from_day).where(UnitVersion.from_day > after).distinct()
        return sorted(everything.scalars(asked))


def units_inside(session: ScopedSession, unit_id: str, from_day: date) -> list[str]:
    """The names of units that stand directly below a unit on that day or later."""
    with whole(session) as everything:
        later = sa.or_(UnitVersion.until.is_(None), UnitVersion.until > from_day)
        asked = sa.select(UnitVersion.name).where(UnitVersion.parent_id == unit_id, later).distinct()
        return sorted(everything.scalars(asked))


def people_inside(session: ScopedSession, unit_id: str, from_day: date) -> list[str]:
    """Those whose home a unit is on that day or later, by id."""
    with whole(session) as everything:
        later = sa.or_(HomeStay.until.is_(None), HomeStay.until > from_day)
        return sorted(set(everything.scalars(sa.select(HomeStay.person_id).where(HomeStay.unit_id == unit_id, later))))


def stays_of(session: ScopedSession, person_id: str) -> Sequence[HomeStay]:
    """The homes of a person, the earliest first, as far as the reader sees them."""
    return session.scalars(sa.select(HomeStay).where(HomeStay.person_id == person_id).order_by(HomeStay.from_day)).all()


def closes_on(session: ScopedSession, unit_id: str) -> date | None:
    """The day a unit closes or closed; None while nobody has closed it."""
    with whole(session) as everything:
        asked = sa.select(UnitVersion.until).where(UnitVersion.unit_id == unit_id).order_by(UnitVersion.from_day.desc())
        return everything.execute(asked.limit(1)).scalar_one_or_none()


def over_facts(session: ScopedSession, unit_id: str, post_id: str, day: date, room: Room) -> dict[str, Any]:
    """What a warning or refusal about a headcount says."""
    unit, post = unit_on(session, unit_id, day), session.get(Post, post_id)
    return {
        "unit": unit.name if unit is not None else "",
        "post": post.name_zh if post is not None else "",
        "post_en": post.name_en if post is not None else "",
        "approved": room.approved,
        "filled": room.filled,
        "unit_id": unit_id,
        "post_id": post_id,
    }


def reader_day(session: ScopedSession) -> date:
    """The company's day for whoever reads: of the moment they ask, or after the last of all days when they have none."""
    asked_at = session.info["actor"].now
    return company_day(asked_at) if asked_at is not None else date.max


def is_below(session: ScopedSession, column: Any, unit_id: str) -> sa.ColumnElement[bool]:
    """The condition for rows of this unit and all below it, today. `column` holds a unit's or a store's id."""
    return sets.within(column, units_below(session, unit_id, reader_day(session)))


def at_home_below(session: ScopedSession, unit_id: str) -> sa.Select[tuple[str]]:
    """Whose home is this unit or one below it today, by id, as far as the reader sees homes."""
    day = reader_day(session)
    return sa.select(HomeStay.person_id).where(is_below(session, HomeStay.unit_id, unit_id), at_home_on(day))


def begins_on(session: ScopedSession, unit_id: str) -> date:
    """The first day of a unit. Raises LookupError for one that never was."""
    with whole(session) as everything:
        found: date | None = everything.execute(
            sa.select(sa.func.min(UnitVersion.from_day)).where(UnitVersion.unit_id == unit_id)
        ).scalar_one()
    if found is None:
        raise LookupError(unit_id)
    return found


def manager_of(session: ScopedSession, unit_id: str, day: date) -> str | None:
    """Who manages this very unit on a day; None while the place is vacant. Who stands in is for the flow to say."""
    unit = unit_on(session, unit_id, day)
    return unit.manager_id if unit is not None else None


def unit_called(session: ScopedSession, name: str, day: date) -> UnitOnDay | None:
    """A department, region or the company of that name on a day; stores are known by number, not by name."""
    asked = _every_row().where(UnitVersion.name == name, OrgUnit.kind.in_(rules.HOLDS_UNITS), _covering(UnitVersion, day))
    with whole(session) as everything:
        found = everything.execute(asked.order_by(None).order_by(UnitVersion.from_day, UnitVersion.unit_id).limit(1)).first()
    return UnitOnDay(*found) if found is not None else None


def _covering(model: Any, day: Any) -> sa.ColumnElement[bool]:
    return sa.and_(model.from_day <= day, sa.or_(model.until.is_(None), model.until > day))


def at_home_on(day: date) -> sa.ColumnElement[bool]:
    """The condition for home stays that count on a day."""
    return _covering(HomeStay, day)


def at_home_in(units: Collection[str], day: date | None = None) -> sa.Select[tuple[str]]:
    """Who is at home in one of these units on a day, by id; without one: who ever is, was or will be. For conditions of scopes:
    it asks the table itself, which no scope narrows."""
    stays = table_of(HomeStay).c
    found = sa.select(stays.person_id).where(sets.within(stays.unit_id, units))
    return found if day is None else found.where(_covering(stays, day))


def home_of(session: ScopedSession, person_id: str, day: date) -> Home | None:
    """Where the person belongs on a day; None before they came and after they left."""
    with whole(session) as everything:
        asked = sa.select(HomeStay.unit_id, HomeStay.post_id).where(HomeStay.person_id == person_id, at_home_on(day))
        found = everything.execute(asked.limit(1)).first()
    return Home(*found) if found is not None else None


def approved_on(day: date) -> sa.Select[Any]:
    """(unit, post, approved) of every headcount in force on a day."""
    latest = (
        sa.select(Headcount.unit_id, Headcount.post_id, sa.func.max(Headcount.from_day).label("from_day"))
        .where(Headcount.from_day <= day)
        .group_by(Headcount.unit_id, Headcount.post_id)
        .subquery()
    )
    return sa.select(Headcount.unit_id, Headcount.post_id, Headcount.approved).join(
        latest,
        sa.and_(
            Headcount.unit_id == latest.c.unit_id,
            Headcount.post_id == latest.c.post_id,
            Headcount.from_day == latest.c.from_day,
        ),
    )


def room_in(session: ScopedSession, unit_id: str, post_id: str, day: date) -> Room:
    """Approved and filled heads of a post in a unit on a day, by home. Who is posted there: server/postings/room.py."""
    with whole(session) as everything:
        approved = everything.execute(
            sa.select(Headcount.approved)
            .where(Headcount.unit_id == unit_id, Headcount.post_id == post_id, Headcount.from_day <= day)
            .order_by(Headcount.from_day.desc())
            .limit(1)
        ).scalar_one_or_none()
        filled = everything.execute(
            sa.select(sa.func.count())
            .select_from(HomeStay)
            .where(HomeStay.unit_id == unit_id, HomeStay.post_id == post_id, at_home_on(day))
        ).scalar_one()
    return Room(approved, filled)


def kind_of_day(session: ScopedSession, day: date) -> DayKind:
    """What kind of day it is: the company's word, else the public calendar, else (no calendar for that year) the weekday."""
    said = company_days(session).get(day)
    kind: DayKind = said if said is not None else public_day(day).kind
    return kind


def pay_class_of_day(session: ScopedSession, day: date) -> DayKind:
    """What work on a day counts as: `holiday` on statutory holidays and those the company names, `weekend` on all other days
    off, those around a holiday too (劳动法 article 44)."""
    kind = kind_of_day(session, day)
    is_around = kind == "holiday" and day not in company_days(session) and not is_statutory(day)
    return "weekend" if is_around else kind


def working_days_between(session: ScopedSession, from_day: date, to_day: date) -> list[date]:
    """The working days from `from_day` to `to_day`, both included."""
    days = ((from_day + timedelta(days=n)) for n in range((to_day - from_day).days + 1))
    return [day for day in days if kind_of_day(session, day) == "working"]


def company_days(session: ScopedSession) -> dict[date, DayKind]:
    """The days of which the company says itself what they are."""

    def load() -> dict[date, Any]:
        return {row.day: row.kind for row in session.execute(sa.select(CalendarDay.day, CalendarDay.kind))}

    if not _may_remember(session):
        return load()
    days: dict[date, DayKind] = reference_of(session).one("company days", None, load)
    return days
