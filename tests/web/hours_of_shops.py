"""A month of hours in the shops: a month of days for a dozen people, as the rules make them of a plan and punches."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from contract.approvals import SubmitRequest
from contract.hours import DayRow
from contract.ids import derived_id, new_id
from contract.leave_days import minute_of
from contract.moments import day_starts_at, to_ms
from contract.shifts import Allowance, DutyBreak, DutyRow, DutyWindow, WorkRules
from contract.wire import encode
from server.approvals.presets import ensure_presets
from server.kernel.actors import Actor
from server.kernel.perform import perform, reading, writing
from server.timesheets.model import AMOUNTS, WorkDay
from server.timesheets.overtime_model import OvertimeGrant
from server.timesheets.rules.day import Away, Fact, Granted, PlannedDay, reckon
from tests.web.company_of_shops import NAMES, SHOPS, Shops

ZONE = "Asia/Shanghai"
PEOPLE, DAYS = 12, 31
BY_REQUEST = (2, 6)  # those whose overtime counts only as far as it was granted
MEALS = [Allowance(kind="meal", after_min=480, amount=1_500)]


def worked(shops: Shops) -> tuple[str, str]:
    """Somebody and a day that has a lot to tell; the days are made when first wanted."""
    company = shops.company
    today = company.today()
    chosen = company.people[NAMES[2]], (today - dt.timedelta(days=3)).isoformat()
    with reading(company.db, Actor.system()) as session:
        if session.scalars(sa.select(WorkDay.id).limit(1)).first() is not None:
            return chosen
    grants = [_granted(shops, number, today) for number in BY_REQUEST]
    with writing(company.db, Actor.system(), op_id=new_id(), now=company.now()) as session:
        session.add_all(grants)
        for number in range(PEOPLE):
            store = company.stores[SHOPS[number % len(SHOPS)][0]]
            person = company.people[NAMES[number]]
            for row in _month(person, store, number, today, to_ms(company.now())):
                session.add(_stored(row, company.now()))
    return chosen


def _month(person: str, store: str, number: int, today: dt.date, now_ms: int) -> list[DayRow]:
    plan, facts, away = [], [], []
    for back in range(DAYS + 1, -2, -1):
        on = today - dt.timedelta(days=back)
        begins = to_ms(day_starts_at(on, ZONE, day_turns_at_min=0)) // 60_000
        is_off = on.weekday() == (number + 6) % 7
        window = DutyWindow(
            starts_ms=(begins + 540) * 60_000, ends_ms=(begins + 1_080) * 60_000, store_id=store, template="shop-early",
            breaks=[DutyBreak(minutes=60, starts_ms=(begins + 720) * 60_000)],
        )  # fmt: skip
        duty = DutyRow(
            person_id=person, day=on.isoformat(), zone=ZONE, starts_ms=(begins + 300) * 60_000,
            ends_ms=(begins + 1_740) * 60_000, windows=[] if is_off else [window],
            day_kind="weekend" if on.weekday() > 4 else "working",
        )  # fmt: skip
        silent = (begins + 660) * 60_000 if (number, back) == (4, 2) else None
        rules, granted = WorkRules(grace_in_min=5, overtime_needs_request=number in BY_REQUEST, allowances=MEALS), ()
        if number in BY_REQUEST and back == 3:
            granted = (Granted(60, number == BY_REQUEST[0], request_of(person), "R260521-7K2QF"),)
        plan.append(PlannedDay(duty, True, rules, "standard", "2026-01-01", silent, granted))
        kind = (number * 7 + back * 5) % 23
        if (number, back) == (2, 3):
            kind = 1
        if is_off or kind == 3 or silent is not None or back < 1:
            continue
        if kind == 4:
            away.append(Away(begins + 540, begins + 1_080))
            continue
        came, went = begins + (563 if kind in (1, 9) else 535), begins + (1_060 if kind == 7 else 1_150 if kind < 3 else 1_082)
        facts.append(Fact(derived_id("came", person, duty.day), came, "in", store, came))
        if kind != 12:
            facts.append(Fact(derived_id("went", person, duty.day), went, "out", store, went))
    wanted = {(today - dt.timedelta(days=back)).isoformat() for back in range(1, DAYS + 1)}
    return reckon(person, plan, facts, away, wanted=wanted, now_ms=now_ms)


def request_of(person: str) -> str:
    """The request through which somebody's overtime was granted."""
    return derived_id("request for overtime", person)


def _granted(shops: Shops, number: int, today: dt.date) -> OvertimeGrant:
    """An hour that was asked for and granted: the first in lieu, the others paid."""
    company = shops.company
    ensure_presets(company.db, now=company.now(), secret=company.settings.secret)
    person, day = company.people[NAMES[number]], today - dt.timedelta(days=3)
    compensation = "lieu" if number == BY_REQUEST[0] else "pay"
    form: dict[str, str | int | bool | None] = {
        "day": day.isoformat(), "from_time": "18:00", "to_time": "19:00", "compensation": compensation, "reason": "月末盘点",
    }  # fmt: skip
    asked = SubmitRequest(request_id=request_of(person), kind="overtime", person_id=person, form=form)
    who = Actor.person(person, new_id(), [("employee", None)])
    done = perform(company.db, who, asked, op_id=new_id(), now=company.now(), secret=company.settings.secret)
    assert done.status == "applied", done
    begins = minute_of(day) + 1_080
    return OvertimeGrant(
        id=derived_id("overtime_grant", asked.request_id), person_id=person, store_id=None, request_id=asked.request_id, day=day,
        minutes=60, compensation=compensation, starts_min=begins, ends_min=begins + 60, granted_at=company.now(),
    )  # fmt: skip


def _stored(row: DayRow, now: dt.datetime) -> WorkDay:
    amounts: dict[str, Any] = {name: getattr(row, name) for name in AMOUNTS}
    return WorkDay(
        id=derived_id("work day", row.person_id, row.day), person_id=row.person_id, day=dt.date.fromisoformat(row.day),
        store_id=row.store_id, state=row.state, revision=1, computed_at=now, body=encode(row).decode(), **amounts,
    )  # fmt: skip
