"""A store whose last week is over: who worked there, its manager, two people of HR, and what they say of a week."""

from __future__ import annotations

import functools
import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contract.ids import new_id
from contract.org import ChangeUnit
from contract.people import Role
from contract.statement_seal import canonical, code_of, digest_of
from contract.statements import ConfirmWeek, DisputeWeek, StatementRow, StatementText
from server.kernel.actors import Actor
from server.kernel.perform import Outcome, writing
from server.people.model import Account
from server.people.queries import actor_of_account
from server.statements.making import revision_id_of, statement_id_of
from server.statements.model import Statement, StatementRevision
from server.statements.queries import rows_of
from server.statements.rules import days_of_week
from server.statements.watching import make_what_is_over
from server.timesheets.closing_model import MonthClosing
from tests.server.hours_world import HoursWorld
from tests.server.world import World
from tests.support.company import Company

WEEK = "2026-W46"  # Monday 9 to Sunday 15 November
WORKED = ("2026-11-09", "2026-11-10", "2026-11-11", "2026-11-12", "2026-11-13")
OVER = "2026-11-16 08:00"


def plant(company: Company, person: str, things: dict[str, str]) -> None:
    """A week of this person at this store that waits to be confirmed, and a month of the store that was closed long ago."""
    first, last = days_of_week("2025-W02")
    person_id, store_id = company.people[person], things["store_id"]
    statement_id = statement_id_of(person_id, store_id, "2025-W02")
    text = StatementText(
        statement_id=statement_id, revision=1, previous=None, person_number="1", person_name="n", home="h", store_number="s",
        store_name=store_id, partner="p", zone="Asia/Shanghai", week="2025-W02", from_day=str(first), to_day=str(last),
        rules=[], days=[], worked_min=0, regular_min=0, overtime_normal_min=0, overtime_weekend_min=0,
        overtime_holiday_min=0, leave_min=0, night_min=0,
    )  # fmt: skip
    raw = canonical(text)
    digest = digest_of(raw)
    things |= {"statement_id": statement_id, "digest": digest, "closing_id": new_id()}
    with writing(company.db, Actor.system(), op_id=new_id(), now=company.now()) as session:
        session.add(
            Statement(
                id=statement_id, person_id=person_id, store_id=store_id, week="2025-W02", from_day=first, to_day=last,
                revision=1, digest=digest, state="open", changed_at=company.now(), held=False,
            )
        )  # fmt: skip
        session.add(
            MonthClosing(
                id=things["closing_id"], month="2024-01", unit_id=store_id, covers_all=False, from_day=date(2024, 1, 1),
                to_day=date(2024, 1, 31), revision=1, state="closed", people=0, found={}, closed_by=person_id,
                closed_at=company.now(), reason="r",
            )
        )  # fmt: skip
        session.flush()
        session.add(
            StatementRevision(
                id=revision_id_of(statement_id, 1), statement_id=statement_id, person_id=person_id, store_id=store_id,
                revision=1, previous=None, digest=digest, code=code_of(digest), text=raw.decode(), made_at=company.now(),
            )
        )  # fmt: skip


def bodies(things: dict[str, str], login: str) -> dict[str, Any]:
    """What a column of the rights matrix says of its store's week and month."""
    side = {"employee": "employee", "manager": "store", "manager_elsewhere": "store"}.get(login, "hq")
    week = {"statement_id": things["statement_id"], "revision": 1}
    return {
        "statements/confirmations": {**week, "digest": things["digest"], "side": side},
        "statements/disputes": {**week, "dispute_id": new_id(), "reason": "r"},
        "statements/disputes/settled": {"dispute_id": new_id(), "outcome": "stands", "reason": "r"},
        "statements/deadlines": {"deadline_id": new_id(), "from_day": "2027-01-01", "remind_days": 2, "due_days": 5},
        "months": {"closing_id": new_id(), "month": "2024-02", "unit_id": things["store_id"], "reason": "r"},
        "months/reopenings": {"closing_id": things["closing_id"], "reason": "r"},
        "months/reopenings/decided": {"closing_id": new_id(), "agreed": False, "reason": "r"},
    }


@functools.cache
def _made(worked: bool) -> tuple[Path, dict[str, Any]]:
    """One such store in a SQLite file for this process, with what is known of it; `worked`: with a week that is over."""
    signing = Signing(World.on_sqlite(Path(tempfile.mkdtemp(prefix="outpost-signing-")))).furnish()
    if worked:
        signing.work(*WORKED)
        signing.over()
    known = {
        "people": signing.people, "store": signing.store, "named": signing.world.people, "stores": signing.world.stores,
        "devices": signing.hours.devices, "now": signing.world.clock(),
    }  # fmt: skip
    signing.world.close()
    return Path(str(signing.world.db.url.database)), known


def signing_in(folder: Path, *, worked: bool) -> Signing:
    """A copy of it."""
    made, known = _made(worked)
    file = folder / f"{new_id()}.db"
    shutil.copy(made, file)
    signing = Signing(World.on(f"sqlite:///{file}", folder))
    signing.people, signing.store = dict(known["people"]), known["store"]
    signing.world.people.update(known["named"])
    signing.world.stores.update(known["stores"])
    signing.hours.devices.update(known["devices"])
    signing.world.clock.now = known["now"]
    return signing


class Signing:
    """`li` worked at the store in week 46; `wu` manages the store, `zhao` and `qian` are HR, `sun` audits."""

    def __init__(self, world: World) -> None:
        self.world, self.hours = world, HoursWorld(world)
        self.store, self.people = "", dict[str, str]()

    def furnish(self) -> Signing:
        world = self.world
        self.hours.at("2026-11-02 08:00")
        self.hours.people("李伟")
        self.store = world.stores["豫园店"]
        self.people = {"li": world.people["李伟"]}
        roles: tuple[tuple[str, str, Role], ...] = (
            ("wu", "吴芳", "employee"), ("zhao", "赵敏", "hr"), ("qian", "钱进", "hr"), ("sun", "孙立", "auditor"),
        )  # fmt: skip
        for login, name, role in roles:
            self.people[login] = world.hire(name)
            world.account(self.people[login], f"{login}.x", role)
        world.account(self.people["li"], "li.x", "employee")
        world.must(ChangeUnit(unit_id=self.store, from_day="2026-11-02", manager_id=self.people["wu"]))
        return self

    def work(self, *days: str, name: str = "李伟", begins: str = "09:00", ends: str = "18:00") -> None:
        """These days were worked, each from morning to evening."""
        for day in days:
            self.hours.punch(name, "in", f"{day} {begins}")
            self.hours.punch(name, "out", f"{day} {ends}")

    def over(self, at: str = OVER) -> Signing:
        """The week is over: days are computed and statements made."""
        self.hours.at(at)
        self.hours.round()
        make_what_is_over(self.hours.out)
        return self

    def as_(self, login: str) -> Actor:
        with self.world.looking(Actor.system()) as session:
            account = session.scalars(sa.select(Account).where(Account.login == f"{login}.x")).one()
            return actor_of_account(session, account, self.world.clock())

    def statement(self, login: str = "li", week: str = WEEK, store: str | None = None) -> Statement:
        asked = sa.select(Statement).where(Statement.person_id == self.people[login], Statement.week == week)
        found = self.world.rows(asked.where(Statement.store_id == (store or self.store)))
        assert len(found) == 1, found
        statement: Statement = found[0]
        return statement

    def row(self, revision: int | None = None, login: str = "li") -> StatementRow:
        """A revision as it is read, the newest without a number."""
        statement = self.statement(login)
        asked = sa.select(StatementRevision.id).where(
            StatementRevision.statement_id == statement.id, StatementRevision.revision == (revision or statement.revision)
        )
        (found,) = self.world.rows(asked)
        with self.world.looking(Actor.system()) as session:
            return rows_of(session.connection(), [found])[found]

    def confirming(self, side: Any, *, of: str = "li", **changed: Any) -> ConfirmWeek:
        now = self.statement(of)
        given = {"statement_id": now.id, "revision": now.revision, "digest": now.digest, "side": side, **changed}
        return ConfirmWeek(**given)

    def confirm(self, login: str, side: Any, **changed: Any) -> Outcome:
        return self.world.do(self.confirming(side, **changed), self.as_(login))

    def all_three(self) -> None:
        for login, side in (("li", "employee"), ("wu", "store"), ("zhao", "hq")):
            told = self.confirm(login, side)
            assert told.status == "applied", told

    def disputing(self, reason: str = "周三我工作到 20 点", **more: Any) -> DisputeWeek:
        now = self.statement()
        given = {"dispute_id": new_id(), "statement_id": now.id, "revision": now.revision, "reason": reason, **more}
        return DisputeWeek(**given)
