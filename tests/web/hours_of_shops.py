"""A month of hours in the shops: a month of days for a dozen people, as the rules make them of a plan and punches."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from contract.hours import DayRow
from contract.ids import derived_id, new_id
from contract.moments import day_starts_at, to_ms
from contract.shifts import DutyBreak, DutyRow, DutyWindow, WorkRules
from contract.wire import encode
from server.kernel.actors import Actor
from server.kernel.perform import reading, writing
from server.timesheets.model import AMOUNTS, WorkDay
from server.timesheets.rules.day import Away, Fact, PlannedDay, reckon
from tests.web.company_of_shops import NAMES, SHOPS, Shops

ZONE = "Asia/Shanghai"
PEOPLE, DAYS = 12, 31


def worked(shops: Shops) -> tuple[str, str]:
    """Somebody and a day that has a lot to tell; the days are made when first wanted."""
    company = shops.company
    today = company.today()
    chosen = company.people[NAMES[2]], (today - dt.timedelta(days=3)).isoformat()
    with reading(company.db, Actor.system()) as session:
        if session.scalars(sa.select(WorkDay.id).limit(1)).first() is not None:
            return chosen
    with writing(company.db, Actor.system(), op_id=new_id(), now=company.now()) as session:
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
        plan.append(PlannedDay(duty, True, WorkRules(grace_in_min=5), "standard", "2026-01-01", silent))
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


def _stored(row: DayRow, now: dt.datetime) -> WorkDay:
    amounts: dict[str, Any] = {name: getattr(row, name) for name in AMOUNTS}
    return WorkDay(
        id=derived_id("work day", row.person_id, row.day), person_id=row.person_id, day=dt.date.fromisoformat(row.day),
        store_id=row.store_id, state=row.state, revision=1, computed_at=now, body=encode(row).decode(), **amounts,
    )  # fmt: skip
