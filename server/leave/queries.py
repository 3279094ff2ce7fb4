"""Questions about leave: kinds in force, what was granted on which days, balances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract import leave_days
from contract.leave import BalanceRow, Balances, LeaveKindRow, LeaveKinds, LeavePage, LeaveQuery, LeaveRow
from contract.leave_days import Stretch
from contract.moments import business_date
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.paging import page_of
from server.leave import rules
from server.leave.model import Leave, LeaveAdjustment, LeaveBalance, LeaveKind, LieuCredit
from server.leave.rules import KindRule
from server.org.queries import kind_of_day
from server.people.model import Person
from server.people.queries import belongs_below
from server.postings.model import Posting
from server.postings.queries import posting_at
from server.stores.model import Store

LIEU = "lieu"  # the kind of leave that overtime earns


def today_of(session: ScopedSession, person_id: str, now: datetime) -> date:
    """The calendar day it is for somebody: at the store they are posted to, else where most of the stores are."""
    posting = posting_at(session, person_id, now)
    if posting is not None:
        zone = session.scalars(sa.select(Store.zone).where(Store.id == posting.store_id)).one_or_none()
        if zone is not None:
            return business_date(now, zone, day_turns_at_min=0)
    return company_day(session, now)


def company_day(session: ScopedSession, now: datetime) -> date:
    """The calendar day it is where most of the company's stores are; in UTC while there is none."""
    most = sa.select(Store.zone).group_by(Store.zone).order_by(sa.func.count().desc(), Store.zone).limit(1)
    return business_date(now, session.scalars(most).first() or "UTC", day_turns_at_min=0)


def working_days(session: ScopedSession) -> Callable[[date], bool]:
    """Whether a day is a working day of the company calendar; each day is asked for once."""
    known: dict[date, bool] = {}

    def is_working(day: date) -> bool:
        if day not in known:
            known[day] = kind_of_day(session, day) == "working"
        return known[day]

    return is_working


def rule_of(kind: LeaveKind) -> KindRule:
    """The rule a version states."""
    steps = tuple((step["years"], step["days"]) for step in kind.steps)
    return KindRule(
        kind.code, kind.accrual, kind.days_a_year, steps, kind.carry_over_days, kind.smallest_min, kind.day_min
    )  # fmt: skip


def kinds_on(session: ScopedSession, day: date) -> dict[str, LeaveKind]:
    """The version in force of every kind, by code."""
    found: dict[str, LeaveKind] = {}
    for kind in session.scalars(sa.select(LeaveKind).where(LeaveKind.from_day <= day).order_by(LeaveKind.from_day)):
        found[kind.code] = kind
    return found


def kinds_page(session: ScopedSession, day: date) -> LeaveKinds:
    """The kinds of leave there are on a day."""
    rows = [
        LeaveKindRow(
            id=kind.id, code=kind.code, name_zh=kind.name_zh, name_en=kind.name_en, from_day=kind.from_day.isoformat(),
            paid=kind.paid, accrual=kind.accrual, days_a_year=kind.days_a_year,
            steps=[(step["years"], step["days"]) for step in kind.steps], carry_over_days=kind.carry_over_days,
            smallest_min=kind.smallest_min, day_min=kind.day_min, needs_document=kind.needs_document,
            is_sensitive=kind.is_sensitive,
        )
        for kind in sorted(kinds_on(session, day).values(), key=lambda kind: (not kind.paid, kind.code))
    ]  # fmt: skip
    return LeaveKinds(items=rows)


def version_from(session: ScopedSession, code: str, day: date) -> LeaveKind | None:
    """The version of a kind that begins on exactly this day."""
    return session.scalars(sa.select(LeaveKind).where(LeaveKind.code == code, LeaveKind.from_day == day)).one_or_none()


def day_after(day: date) -> date:
    """The next calendar day."""
    return day + timedelta(days=1)


def stretch_of(leave: Leave) -> Stretch | None:
    """What of a leave takes place; None: it was called off."""
    stretch = Stretch(leave.from_day, leave.to_day, leave.from_min, leave.to_min)
    return leave_days.without_what_was_called_off(stretch, leave.called_off_from)


def leaves_of(session: ScopedSession, person_id: str) -> Sequence[Leave]:
    """All leave ever granted to somebody, the earliest first."""
    return session.scalars(sa.select(Leave).where(Leave.person_id == person_id).order_by(Leave.from_day)).all()


def overlapping(session: ScopedSession, person_id: str, stretch: Stretch) -> Leave | None:
    """Leave of the person that shares a minute with this stretch."""
    found = sa.select(Leave).where(
        Leave.person_id == person_id,
        Leave.starts_min < stretch.ends,
        Leave.ends_min > stretch.starts,
        Leave.ends_min > Leave.starts_min,
    )
    return session.scalars(found.limit(1)).first()


class Facts(NamedTuple):
    """What a balance is computed from."""

    hired_on: date
    taken: dict[str, dict[int, int]]
    adjusted: dict[str, dict[int, int]]
    earned: dict[str, dict[int, int]]


def facts_of(session: ScopedSession, person: Person, day: date, is_working: Callable[[date], bool]) -> Facts:
    """Minutes taken, adjusted and earned by overtime, by kind and calendar year."""
    kinds = kinds_on(session, day)
    taken: dict[str, dict[int, int]] = defaultdict(dict)
    for leave in leaves_of(session, person.id):
        stretch = stretch_of(leave)
        if stretch is None or leave.kind not in kinds:
            continue
        days = leave_days.minutes_by_day(stretch, kinds[leave.kind].day_min, is_working)
        for year, minutes in rules.by_year(days).items():
            taken[leave.kind][year] = taken[leave.kind].get(year, 0) + minutes
    adjusted: dict[str, dict[int, int]] = defaultdict(dict)
    by_hand: dict[date, int] = defaultdict(int)
    for fact in session.scalars(sa.select(LeaveAdjustment).where(LeaveAdjustment.person_id == person.id)):
        adjusted[fact.kind][fact.on.year] = adjusted[fact.kind].get(fact.on.year, 0) + fact.minutes
        if fact.kind == LIEU:
            by_hand[fact.on] += fact.minutes
    found = session.execute(sa.select(LieuCredit.day, LieuCredit.minutes).where(LieuCredit.person_id == person.id))
    credits = {row.day: row.minutes for row in found}
    earned = {LIEU: rules.by_year(rules.beside_what_was_given(credits, by_hand))}
    return Facts(company_day(session, person.hired_at), taken, adjusted, earned)


def balance_of(facts: Facts, kind: LeaveKind, day: date, asked: int) -> rules.Balance:
    """What somebody has of a kind as of a day."""
    return rules.balance_on(
        rule_of(kind), facts.hired_on, day, taken=facts.taken.get(kind.code, {}), adjusted=facts.adjusted.get(kind.code, {}),
        earned=facts.earned.get(kind.code, {}), asked=asked,
    )  # fmt: skip


def balances(session: ScopedSession, person_id: str, day: date) -> Balances:
    """The balances of one person as they were last computed. Of kinds without a limit only what was taken counts."""
    kept = {row.kind: row for row in session.scalars(sa.select(LeaveBalance).where(LeaveBalance.person_id == person_id))}
    kinds = kinds_on(session, day)
    return Balances(items=[balance_row(kept[code], kind) for code, kind in sorted(kinds.items()) if code in kept])


def balance_row(row: Any, kind: LeaveKind) -> BalanceRow:
    """A balance as its owner reads it."""
    return BalanceRow(
        id=row.id, person_id=row.person_id, kind=row.kind, name_zh=kind.name_zh, name_en=kind.name_en,
        unlimited=kind.accrual == "none", accrued=row.accrued, carried=row.carried, adjusted=row.adjusted, taken=row.taken,
        asked=row.asked,
        left=row.accrued + row.carried + row.adjusted - row.taken - row.asked, day_min=kind.day_min,
        as_of=row.as_of.isoformat(),
    )  # fmt: skip


def leave_page(session: ScopedSession, asked: LeaveQuery) -> LeavePage:
    """Granted leave, the latest first. Why somebody is away is shown to themselves and to HQ only."""
    found = sa.select(Leave, Person.name).join(Person, Person.id == Leave.person_id)
    if asked.person_id is not None:
        found = found.where(Leave.person_id == asked.person_id)
    if asked.store_id is not None:
        here = sa.select(Posting.person_id).where(
            Posting.store_id == asked.store_id,
            Posting.starts_on <= Leave.to_day,
            sa.or_(Posting.ends_on.is_(None), Posting.ends_on > Leave.from_day),
        )
        found = found.where(Leave.person_id.in_(here))
    if asked.unit_id is not None:
        found = found.where(belongs_below(session, asked.unit_id, Leave.person_id))
    if asked.from_day is not None:
        found = found.where(Leave.to_day >= date.fromisoformat(asked.from_day))
    if asked.to_day is not None:
        found = found.where(Leave.from_day <= date.fromisoformat(asked.to_day))
    rows, following = page_of(
        session, found, [Leave.from_day, Leave.id], limit=asked.limit, cursor=asked.cursor, descending=True
    )  # fmt: skip
    return LeavePage(items=[leave_row(row[0], row[1], session.info["actor"]) for row in rows], next_cursor=following)


def leave_row(leave: Any, name: str | None, reader: Actor | None) -> LeaveRow:
    """Leave as this reader may see it."""
    whole = reader is None or reader.has_everywhere(Permission.READ_LEAVE) or reader.person_id == leave.person_id
    return LeaveRow(
        id=leave.id, person_id=leave.person_id, name=name, kind=leave.kind if whole else None,
        from_day=leave.from_day.isoformat(), to_day=leave.to_day.isoformat(), from_min=leave.from_min, to_min=leave.to_min,
        minutes=leave.minutes if whole else None,
        called_off_from=leave.called_off_from.isoformat() if leave.called_off_from else None,
    )  # fmt: skip


def on_leave_at(session: ScopedSession, person_ids: Sequence[str] | None, day: date, minute: int) -> set[str]:
    """Who is on leave at a minute of a calendar day; `person_ids` None asks for everybody within reach."""
    at = leave_days.minute_of(day) + minute
    found = sa.select(Leave.person_id).where(
        Leave.from_day <= day, Leave.to_day >= day, Leave.starts_min <= at, Leave.ends_min > at
    )
    if person_ids is not None and len(person_ids) <= 1_000:
        found = found.where(Leave.person_id.in_(person_ids))
    return set(session.scalars(found))
