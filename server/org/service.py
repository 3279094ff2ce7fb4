"""What can be done to the organisation and the calendar. What follows when people join or stores open is in joining.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import sqlalchemy as sa

from contract.ids import derived_id
from contract.org import (
    AddUnit,
    ApproveHeadcount,
    ChangeUnit,
    CloseUnit,
    DefinePost,
    KeepNames,
    MoveHome,
    SetCalendarDay,
)
from server.kernel.actors import Permission
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.org import queries, rules
from server.org.events import CalendarChanged, HomeMoves, HomeSettled, ManagerNamed, NamesChanged, UnitCloses, UnitMoved
from server.org.model import COMPANY_ID, CalendarDay, Headcount, HomeStay, OrgUnit, Post
from server.org.versions import rewrite, versions_of

MOST_NAMES = 12


@handles(AddUnit, needs=Permission.MANAGE_ORG)
def add_unit(work: Work, op: AddUnit) -> None:
    if work.session.get(OrgUnit, op.unit_id) is not None:
        raise Problem("operation.already_exists", field="unit_id", id=op.unit_id)
    from_day = _day(op.from_day)
    _must_hold(work, op.parent_id, op.kind, from_day)
    work.add(OrgUnit(id=op.unit_id, kind=op.kind))
    work.session.flush()
    rewrite(work.session, op.unit_id, [rules.Version(from_day, None, _said(op.name), op.parent_id, None)])


@handles(ChangeUnit, needs=Permission.MANAGE_ORG)
def change_unit(work: Work, op: ChangeUnit) -> None:
    unit: OrgUnit = work.find(OrgUnit, op.unit_id, "org.unit_unknown")
    from_day = _day(op.from_day)
    rows = versions_of(work.session, op.unit_id)
    _must_be_there(rows, from_day)
    what: dict[str, str | None] = {}
    if op.name is not None:
        what["name"] = _said(op.name)
    if op.parent_id is not None:
        if unit.id == COMPANY_ID:
            raise Problem("org.the_company_stays", field="parent_id")
        _must_hold(work, op.parent_id, unit.kind, from_day)
        what["parent_id"] = op.parent_id
    if op.manager_id is not None:
        if op.manager_id:
            tell(work, ManagerNamed(unit.id, op.manager_id))
        what["manager_id"] = op.manager_id or None
    ahead = rules.changed(rows, from_day, **what)
    days = {row.from_day for row in ahead if row.from_day >= from_day} | set(queries.days_of_change(work.session, from_day))
    if "parent_id" in what and rules.circle(unit.id, ahead, _parent_on(work), sorted(days)):
        above = queries.unit_on(work.session, op.parent_id or "", from_day)
        raise Problem("org.below_itself", field="parent_id", id=op.parent_id, name=above.name if above else "")
    rewrite(work.session, unit.id, ahead)
    if "parent_id" in what:
        tell(work, UnitMoved(unit.id, from_day))
    if "name" in what:
        tell(work, NamesChanged(queries.company_day(work.now)))


@handles(CloseUnit, needs=Permission.MANAGE_ORG)
def close_unit(work: Work, op: CloseUnit) -> None:
    unit: OrgUnit = work.find(OrgUnit, op.unit_id, "org.unit_unknown")
    if unit.id == COMPANY_ID:
        raise Problem("org.the_company_stays", field="unit_id")
    from_day = _day(op.from_day)
    rows = versions_of(work.session, unit.id)
    if not rows or rows[0].from_day >= from_day:
        raise Problem("org.not_there_then", field="from_day", name=rows[0].name if rows else "", day=op.from_day)
    last = rows[-1]
    if last.until is not None and last.until <= from_day:
        raise Problem("org.has_closed", field="from_day", name=last.name, day=last.until.isoformat())
    told = UnitCloses(unit.id, from_day, queries.units_inside(work.session, unit.id, from_day))
    tell(work, told)
    if told.inside:
        named = told.inside[:MOST_NAMES] + (["…"] if len(told.inside) > MOST_NAMES else [])
        raise Problem("org.not_empty", name=last.name, inside=", ".join(named), count=len(told.inside))
    rewrite(work.session, unit.id, rules.closed(rows, from_day))


@handles(DefinePost, needs=Permission.MANAGE_ORG)
def define_post(work: Work, op: DefinePost) -> None:
    """A new post, or other words for one there is."""
    taken = work.session.scalars(sa.select(Post).where(Post.code == op.code)).one_or_none()
    if taken is not None and taken.id != op.post_id:
        raise Problem("org.code_taken", field="code", said=op.code)
    post = work.session.get(Post, op.post_id)
    if post is None:
        work.add(Post(id=op.post_id, code=op.code, name_zh=_said(op.name_zh), name_en=_said(op.name_en)))
    else:
        post.code, post.name_zh, post.name_en = op.code, _said(op.name_zh), _said(op.name_en)


@handles(ApproveHeadcount, needs=Permission.MANAGE_ORG)
def approve_headcount(work: Work, op: ApproveHeadcount) -> None:
    """A number below those who are there is recorded like any other: it is shown as over, and nobody more may come."""
    work.find(OrgUnit, op.unit_id, "org.unit_unknown")
    work.find(Post, op.post_id, "org.post_unknown")
    from_day = _day(op.from_day)
    _must_be_there(versions_of(work.session, op.unit_id), from_day)
    same = work.session.scalars(
        sa.select(Headcount).where(
            Headcount.unit_id == op.unit_id, Headcount.post_id == op.post_id, Headcount.from_day == from_day
        )
    ).one_or_none()
    if same is not None:
        same.approved = op.approved
        return
    if work.session.get(Headcount, op.headcount_id) is not None:
        raise Problem("operation.already_exists", field="headcount_id", id=op.headcount_id)
    work.add(
        Headcount(id=op.headcount_id, unit_id=op.unit_id, post_id=op.post_id, from_day=from_day, approved=op.approved)
    )  # fmt: skip


@handles(MoveHome, needs=Permission.MANAGE_ORG)
def move_home(work: Work, op: MoveHome) -> None:
    if work.session.get(HomeStay, op.move_id) is not None:
        raise Problem("operation.already_exists", field="move_id", id=op.move_id)
    from_day = _day(op.from_day)
    if op.post_id is not None:
        work.find(Post, op.post_id, "org.post_unknown")
    before = queries.home_of(work.session, op.person_id, from_day)
    if op.post_id is not None and before != (op.unit_id, op.post_id):
        must_have_room(work, op.unit_id, op.post_id, from_day, queries.room_in(work.session, op.unit_id, op.post_id, from_day))
    change_home(work, op.move_id, op.person_id, op.unit_id, op.post_id, from_day, op.reason)


def change_home(work: Work, move_id: str, person_id: str, unit_id: str, post_id: str | None, from_day: date, reason: str) -> None:
    """From a day on somebody's home is another unit and post, whatever its headcount: for moves that were asked for and
    approved. Direct moves go through `MoveHome`, which must find room."""
    with work.with_system_reach() as everything:
        unit = queries.unit_on(everything, unit_id, from_day)
        if unit is None:
            raise Problem("org.unit_unknown", field="unit_id", id=unit_id)
        closes = queries.closes_on(everything, unit_id)
        if closes is not None:
            raise Problem("org.has_closed", field="unit_id", name=unit.name, day=closes.isoformat())
        tell(work, HomeMoves(person_id, unit_id, post_id, from_day))
        stays = queries.stays_of(everything, person_id)
        later = next((stay for stay in stays if stay.from_day > from_day), None)
        if later is not None:
            name = queries.unit_on(everything, later.unit_id, later.from_day)
            raise Problem(
                "org.home_moves_later", field="from_day", day=later.from_day.isoformat(), name=name.name if name else ""
            )  # fmt: skip
        here = next((stay for stay in stays if stay.from_day <= from_day and (stay.until is None or stay.until > from_day)), None)
        if here is None:
            raise Problem("org.no_home_then", field="from_day", day=from_day.isoformat())
        if here.from_day == from_day:
            here.unit_id, here.post_id, here.reason = unit_id, post_id, reason
        else:
            until, here.until = here.until, from_day
            everything.flush()
            everything.add(
                HomeStay(
                    id=move_id, person_id=person_id, unit_id=unit_id, post_id=post_id, from_day=from_day, until=until,
                    reason=reason,
                )
            )  # fmt: skip
    tell(work, HomeSettled(person_id, from_day))
    tell(work, NamesChanged(queries.company_day(work.now)))


def must_have_room(work: Work, unit_id: str, post_id: str, day: date, room: queries.Room) -> None:
    """Refuse one more where the approved heads are there already: that takes a request with the extra approver."""
    if rules.exceeds(room.approved, room.filled):
        raise Problem("org.over_headcount", field="post_id", **queries.over_facts(work.session, unit_id, post_id, day, room))


@handles(SetCalendarDay, needs=Permission.MANAGE_ORG)
def set_calendar_day(work: Work, op: SetCalendarDay) -> None:
    day = _day(op.day, "day")
    known = work.session.scalars(sa.select(CalendarDay).where(CalendarDay.day == day)).one_or_none()
    if op.kind is None:
        if known is not None:
            work.session.delete(known)
    elif known is not None:
        known.kind, known.name = op.kind, _said(op.name)
    else:
        work.add(CalendarDay(id=derived_id("calendar", op.day), day=day, kind=op.kind, name=_said(op.name)))
    tell(work, CalendarChanged(day))


@handles(KeepNames, needs=Permission.MANAGE_PEOPLE)
def keep_names(work: Work, op: KeepNames) -> None:
    tell(work, NamesChanged(_day(op.as_of, "as_of")))


def _must_hold(work: Work, parent_id: str, kind: str, from_day: date) -> None:
    """The unit must be able to stand below this one, from that day on and for as long as it likes."""
    parent: OrgUnit = work.find(OrgUnit, parent_id, "org.unit_unknown", field="parent_id", id=parent_id)
    rows = versions_of(work.session, parent_id)
    _must_be_there(rows, from_day, "parent_id")
    closes = rows[-1].until
    if closes is not None:
        raise Problem("org.has_closed", field="parent_id", name=rows[-1].name, day=closes.isoformat())
    if not rules.may_hold(parent.kind, kind):
        raise Problem("org.cannot_hold", field="parent_id", id=parent_id, name=rows[-1].name)


def _must_be_there(rows: list[rules.Version], day: date, field: str = "from_day") -> None:
    if rules.on_day(rows, day) is None:
        raise Problem("org.not_there_then", field=field, name=rows[0].name if rows else "", day=day.isoformat())


def _parent_on(work: Work) -> Callable[[str, date], str | None]:
    def parent(unit_id: str, day: date) -> str | None:
        unit = queries.unit_on(work.session, unit_id, day)
        return unit.parent_id if unit is not None else None

    return parent


def _said(text: str, field: str = "name") -> str:
    tidied = rules.tidy(text)
    if not tidied:
        raise Problem("wire.missing", field=field)
    return tidied


def _day(text: str, field: str = "from_day") -> date:
    day = rules.day_of(text)
    if day is None:
        raise Problem("org.no_such_day", field=field, day=text)
    return day
