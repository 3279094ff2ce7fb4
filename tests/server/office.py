"""A small headquarters with everybody a request needs: an employee, the kitchen's head, HR, the leader, a store's manager."""

from __future__ import annotations

import functools
import shutil
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contract.approvals import (
    DecideStep,
    FormField,
    PublishFlow,
    RequestRow,
    RequestsQuery,
    StepRule,
    SubmitRequest,
)
from contract.ids import new_id
from contract.org import AddUnit, ChangeUnit, DefinePost, MoveHome
from server.approvals.model import Request, RequestStep
from server.approvals.presets import ensure_presets
from server.approvals.queries import one_request, requests_page
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.perform import Outcome
from server.org.model import COMPANY_ID, UnitVersion
from server.people.model import Account
from server.people.queries import actor_of_account
from server.stores.model import Store
from tests.server.world import SECRET, World, migrate_url

TODAY, LONG_AGO = "2026-11-20", "2026-01-01"


LOGINS = ("chen", "zhou", "zhao", "qian", "sun", "wu", "li", "boss")


@functools.cache
def _furnished_sqlite() -> Path:
    """One office in a SQLite file for this process; every test gets a copy."""
    folder = Path(tempfile.mkdtemp(prefix="outpost-office-"))
    world = World.on_sqlite(folder)
    Office(world).furnish()
    world.close()
    return Path(str(world.db.url.database))


def office_on_sqlite(folder: Path) -> Office:
    file = folder / f"{new_id()}.db"
    shutil.copy(_furnished_sqlite(), file)
    return Office(World.on(f"sqlite:///{file}", folder)).known()


def furnish_url(url: str) -> None:
    """Make an office in an empty database, and leave no connection open."""
    migrate_url(url)
    world = World.on(url, Path(tempfile.gettempdir()))
    Office(world).furnish()
    world.close()


class Office:
    """`chen` works in the kitchen that `zhou` heads; `zhao` and `qian` are HR, `sun` the leader, `wu` manages the store."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people: dict[str, str] = {}
        self.kitchen = self.store = ""

    def known(self) -> Office:
        """An office that is there already."""
        accounts = self.world.rows(sa.select(Account))
        by_login = {account.login.removesuffix(".x"): account.person_id for account in accounts}
        self.people = {login: by_login[login] for login in LOGINS}
        (self.store,) = self.world.rows(sa.select(Store.id))
        (self.kitchen,) = self.world.rows(sa.select(UnitVersion.unit_id).distinct().where(UnitVersion.name == "中央厨房"))
        return self

    def furnish(self) -> None:
        world = self.world
        ensure_presets(world.db, now=world.clock(), secret=SECRET)
        self.kitchen = new_id()
        world.must(
            AddUnit(unit_id=self.kitchen, kind="department", name="中央厨房", parent_id=COMPANY_ID, from_day=LONG_AGO)
        )
        roles: tuple[tuple[str, str, Any], ...] = (
            ("chen", "陈伟", "employee"), ("zhou", "周强", "employee"), ("zhao", "赵敏", "hr"), ("qian", "钱进", "hr"),
            ("sun", "孙立", "leader"), ("wu", "吴芳", "employee"), ("li", "李娜", "employee"), ("boss", "高原", "employee"),
        )  # fmt: skip
        for login, name, role in roles:
            home = "中央厨房" if login in ("chen", "zhou", "li") else "总部"
            self.people[login] = world.hire(name, home_org=home)
            world.account(self.people[login], f"{login}.x", role)
        self.store = world.open_store("合作门店A", "A001")
        self.manage(self.kitchen, "zhou")
        self.manage(self.store, "wu")
        self.manage(COMPANY_ID, "boss")

    def manage(self, unit_id: str, login: str) -> None:
        person = self.people[login] if login else ""
        self.world.must(ChangeUnit(unit_id=unit_id, from_day=TODAY, manager_id=person))

    def as_(self, login: str) -> Actor:
        """Somebody signed in, with the rights they have now: granted ones, and those that managing a unit brings."""
        with self.world.looking(Actor.system()) as session:
            account = session.scalars(sa.select(Account).where(Account.login == f"{login}.x")).one()
            return actor_of_account(session, account, self.world.clock())

    def define(self, kind: str, *steps: StepRule, fields: tuple[FormField, ...] = ()) -> Outcome:
        """Publish a flow."""
        return self.world.must(
            PublishFlow(version_id=new_id(), kind=kind, name_zh=kind, name_en=kind, fields=list(fields), steps=list(steps))
        )

    def ask(self, kind: str, who: str = "chen", *, about: str | None = None, form: Any = None, **more: Any) -> str:
        """Submit a request; answers its id."""
        request_id = new_id()
        self.world.must(self.asking(kind, about or who, form, request_id=request_id, **more), self.as_(who))
        return request_id

    def asking(self, kind: str, about: str, form: Any = None, *, request_id: str | None = None, **more: Any) -> SubmitRequest:
        return SubmitRequest(
            request_id=request_id or new_id(), kind=kind, person_id=self.people[about], form=form or {}, **more
        )

    def steps(self, request_id: str) -> dict[str, RequestStep]:
        asked = sa.select(RequestStep).where(RequestStep.request_id == request_id)
        return {step.key: step for step in self.world.rows(asked)}

    def state(self, request_id: str) -> str:
        return str(self.world.row(Request, request_id).state)

    def decide(self, request_id: str, key: str, who: str, decision: Any = "approve", comment: str = "") -> Outcome:
        step = self.steps(request_id)[key]
        return self.world.do(DecideStep(step_id=step.id, decision=decision, comment=comment), self.as_(who))

    def approve(self, request_id: str, *way: tuple[str, str]) -> None:
        for key, who in way:
            outcome = self.decide(request_id, key, who)
            assert outcome.status == "applied", f"{key} by {who}: {outcome.code}"

    def row(self, request_id: str, who: str) -> RequestRow | None:
        with self.world.looking(self.as_(who)) as session:
            return one_request(session, request_id)

    def seen(self, who: str, **asked: Any) -> list[str]:
        with self.world.looking(self.as_(who)) as session:
            return [row.id for row in requests_page(session, RequestsQuery(**asked)).items]

    def items(self, who: str, *, open_only: bool = True) -> list[tuple[str, str]]:
        """(trigger, kind) of somebody's items, the oldest first."""
        mine = sa.select(InboxItem).where(InboxItem.receiver_id == self.people[who])
        asked = mine.order_by(InboxItem.born_at, InboxItem.trigger, InboxItem.id)
        return [(item.trigger, item.kind) for item in self.world.rows(asked) if not open_only or item.done_at is None]

    def post(self) -> str:
        post_id = new_id()
        self.world.must(DefinePost(post_id=post_id, code="chef", name_zh="门店厨师", name_en="Store chef"))
        return post_id

    def move_home(self, login: str, unit_id: str) -> None:
        self.world.must(
            MoveHome(move_id=new_id(), person_id=self.people[login], unit_id=unit_id, from_day=TODAY, reason="moves")
        )


def step(key: str, order: int, who: str, **more: Any) -> StepRule:
    """A step: `who` is a relation, or `role:hr`."""
    by, _, name = who.rpartition(":")
    return StepRule(key=key, order=order, title_zh=key, title_en=key, by=by or "relation", who=name, **more)  # type: ignore[arg-type]


def transfer_form(office: Office, **more: Any) -> dict[str, Any]:
    return {"store": office.store, "from": "2026-12-01", "until": "2027-03-01", "reason": "门店开业", **more}
