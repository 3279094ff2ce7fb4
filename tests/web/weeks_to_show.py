"""Weekly statements and closed months as rows, for the pages that show them: one signed by two, one disputed, one complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from contract.hours import DayRow
from contract.ids import derived_id, new_id
from contract.statement_seal import canonical, code_of, digest_of
from contract.statements import StatementDay, StatementText
from server.kernel.actors import Actor
from server.kernel.perform import writing
from server.people.model import Person
from server.statements.making import revision_id_of, statement_id_of
from server.statements.model import Statement, StatementConfirmation, StatementDispute, StatementRevision
from server.statements.rules import days_of_week, sums
from server.stores.model import Partner, Store
from server.timesheets.closing_model import ClosedStretch, MonthClosing
from server.timesheets.model import LateChange
from tests.support.company import Company

WEEK, MONTH = "2026-W22", "2026-04"


@dataclass
class Shown:
    """What the pages are about."""

    statement_id: str
    closing_id: str
    code: str
    month: str = "2026-05"


def signed_week(company: Company, person: str, shop: str, others: Sequence[str] = ("陈静", "杨帆", "赵磊")) -> Shown:
    """The week of `person` in its second revision, weeks of others, and a month that somebody wants open again. Asking twice
    plants once."""
    store_id, manager = company.stores[shop], company.people[others[-1]]
    statement_id = statement_id_of(company.people[person], store_id, WEEK)
    closing_id = derived_id("shown closing", shop)
    with writing(company.db, Actor.system(), op_id=new_id(), now=company.now()) as session:
        if session.get(Statement, statement_id) is None:
            first = _revision(session, person_id=company.people[person], store_id=store_id, number=1, previous=None, extra=0)
            second = _revision(
                session, person_id=company.people[person], store_id=store_id, number=2, previous=first.digest, extra=120
            )
            _sign(session, first, {"employee": company.people[person], "store": manager})
            _sign(session, second, {"store": manager})
            for n, name in enumerate(others):
                one = _revision(session, person_id=company.people[name], store_id=store_id, number=1, previous=None, extra=n * 15)
                if n == 0:
                    _sign(session, one, {"employee": company.people[name], "store": manager, "hq": company.people["周总管"]})
                if n == 1:
                    _dispute(session, one, company.people[name])
            _close(session, closing_id, store_id, [company.people[person], company.people[others[0]]], company.people["周总管"])
        code = session.scalars(
            sa.select(StatementRevision.code).where(StatementRevision.id == revision_id_of(statement_id, 2))
        ).one()
    return Shown(statement_id, closing_id, code)


def _revision(
    session: Session, *, person_id: str, store_id: str, number: int, previous: str | None, extra: int
) -> StatementRevision:
    first, last = days_of_week(WEEK)
    statement_id = statement_id_of(person_id, store_id, WEEK)
    person, store = session.get_one(Person, person_id), session.get_one(Store, store_id)
    days = [_day(first + timedelta(days=n), n) for n in range(5)]
    if extra:
        begins = _ms(first + timedelta(days=5), 2)
        days.append(
            StatementDay(
                day=str(first + timedelta(days=5)), state="present", worked_min=extra, overtime_weekend_min=extra,
                spans=[(begins, begins + extra * 60_000)], flags=["corrected"],
            )
        )  # fmt: skip
    text = StatementText(
        statement_id=statement_id, revision=number, previous=previous, person_number=person.number, person_name=person.name,
        home=person.home_org, store_number=store.number, store_name=store.name,
        partner=session.get_one(Partner, store.partner_id).name, zone=store.zone, week=WEEK, from_day=str(first),
        to_day=str(last), rules=["standard 2000-01-01"], days=days, **sums(days),  # type: ignore[arg-type]
    )  # fmt: skip
    raw = canonical(text)
    digest = digest_of(raw)
    made = datetime(2026, 6, 1, 1, number, tzinfo=UTC)
    statement = session.get(Statement, statement_id)
    if statement is None:
        statement = Statement(
            id=statement_id, person_id=person_id, store_id=store_id, week=WEEK, from_day=first, to_day=last, revision=number,
            digest=digest, state="open", changed_at=made, held=True,
        )  # fmt: skip
        session.add(statement)
    statement.revision, statement.digest = number, digest
    session.flush()
    revision = StatementRevision(
        id=revision_id_of(statement_id, number), statement_id=statement_id, person_id=person_id, store_id=store_id,
        revision=number, previous=previous, digest=digest, code=code_of(digest), text=raw.decode(), made_at=made,
    )  # fmt: skip
    session.add(revision)
    session.flush()
    return revision


def _day(day: date, n: int) -> StatementDay:
    if n == 3:
        return StatementDay(day=str(day), state="leave", leave_min=480)
    late = 12 if n == 1 else 0
    begins = _ms(day, 1) + late * 60_000
    flags = ["late"] if late else []
    state = "late" if late else "present"
    return StatementDay(
        day=str(day), state=state, worked_min=480 - late, regular_min=480 - late, spans=[(begins, _ms(day, 10))], flags=flags
    )


def _ms(day: date, hour: int) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp() * 1000)


def _sign(session: Session, revision: StatementRevision, sides: dict[str, str]) -> None:
    for n, (side, who) in enumerate(sides.items()):
        session.add(
            StatementConfirmation(
                id=new_id(), statement_id=revision.statement_id, revision=revision.revision, digest=revision.digest,
                person_id=revision.person_id, store_id=revision.store_id, side=side, confirmed_by=who,
                confirmed_at=datetime(2026, 6, 1, 2, n, tzinfo=UTC), op_id=new_id(),
                way={"employee": "phone", "store": "tablet", "hq": "console"}[side],
            )
        )  # fmt: skip
    if len(sides) == 3:
        session.get_one(Statement, revision.statement_id).state = "complete"
    session.flush()


def _dispute(session: Session, revision: StatementRevision, who: str) -> None:
    session.add(
        StatementDispute(
            id=new_id(), statement_id=revision.statement_id, revision=revision.revision, person_id=revision.person_id,
            store_id=revision.store_id, side="employee", made_by=who, day=date(2026, 5, 27),
            reason="周三我工作到 20:00，平板没电了", made_at=datetime(2026, 6, 1, 3, tzinfo=UTC),
        )
    )  # fmt: skip
    session.get_one(Statement, revision.statement_id).state = "disputed"


def _close(session: Session, closing_id: str, store_id: str, people: Sequence[str], by: str) -> None:
    """April of the store: closed, opened by two, closed again with a difference, and somebody asks once more."""
    first, last = date(2026, 4, 1), date(2026, 4, 30)
    for revision, one_id, state, asked in ((1, new_id(), "reopened", by), (2, closing_id, "reopen_asked", by)):
        session.add(
            MonthClosing(
                id=one_id, month=MONTH, unit_id=store_id, covers_all=False, from_day=first, to_day=last, revision=revision,
                state=state, people=len(people), found={"unconfirmed": 3} if revision == 1 else {}, closed_by=by,
                closed_at=datetime(2026, 5, 2 + revision, 4, tzinfo=UTC), reason="四月工资", asked_by=asked,
                asked_at=datetime(2026, 5, 20, tzinfo=UTC), asked_reason="离线手机补传了两次打卡",
                decided_by=people[0] if state == "reopened" else None,
                decided_reason="同意" if state == "reopened" else None,
            )
        )  # fmt: skip
        session.flush()
        for n, person in enumerate(people):
            worked = 9_600 + 120 * revision * (n == 0)
            session.add(
                ClosedStretch(
                    id=new_id(), closing_id=one_id, unit_id=store_id, person_id=person, from_day=first, to_day=last, days=22,
                    worked_min=worked, regular_min=9_600, overtime_normal_min=worked - 9_600, overtime_weekend_min=0,
                    overtime_holiday_min=0, leave_min=480, night_min=0, missing_min=0,
                )
            )  # fmt: skip
    leave = DayRow(person_id=people[0], day="2026-04-22", state="leave", leave_min=480)
    session.add(
        LateChange(
            id=new_id(), person_id=people[0], day=date(2026, 4, 22), store_id=store_id, worked_before=0, worked_after=0,
            found_at=datetime(2026, 5, 19, tzinfo=UTC), body=msgspec.json.encode(leave).decode(),
        )
    )  # fmt: skip
    session.flush()
