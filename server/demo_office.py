"""What happens at the demo's headquarters: who leads whom, who asked for what, who decided how far. Made by operations, each of
the person who would have done it, so that every trail reads as it would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from contract.approvals import DecideStep, SubmitRequest
from contract.ids import derived_id
from contract.org import AddUnit, ApproveHeadcount, ChangeUnit, DefinePost
from contract.people import Hire
from contract.wire import Wire
from server.approvals.model import Request, RequestStep
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.perform import Outcome, perform, reading
from server.org.model import OrgUnit
from server.stores.model import Store

KITCHEN = "厨房部"
CHEFS = (("chen-wei", "H101", "陈伟"), ("li-na", "H102", "李娜"), ("wang-lei", "H103", "王磊"))
REGIONS = {"华东区": ("上海", "江苏", "浙江", "安徽"), "华北区": ("北京", "天津", "河北", "山东"),
           "华南区": ("广东", "福建", "广西", "海南"), "西南区": ("四川", "重庆", "贵州", "云南")}  # fmt: skip
Do = Callable[[Wire, str], Outcome]


class Office:
    """The demo's headquarters on a day. Ids are derived from what they name: cut short, it is gone on with."""

    def __init__(self, db: Database, secret: bytes, now: datetime, today: date, do: Do) -> None:
        self.db, self.secret, self.now, self.today, self._do = db, secret, now, today, do
        self._since = (today - timedelta(days=400)).isoformat()

    def found(self, stores: list[Store], staff: dict[str, str], posted: list[str]) -> None:
        """`staff`: people at HQ by login; `posted`: people who work at the first stores, by id."""
        self._lead(staff, stores)
        self._ask(stores, posted)

    def divide(self) -> None:
        """The regions and departments, before anybody is hired into them."""
        root = self._root()
        self._unit(KITCHEN, "department", root)
        for name in REGIONS:
            self._unit(name, "region", root)

    def _root(self) -> str:
        with reading(self.db, Actor.system()) as session:
            return session.scalars(sa.select(OrgUnit.id).where(OrgUnit.kind == "company")).one()

    def _lead(self, staff: dict[str, str], stores: list[Store]) -> None:
        day, root, kitchen = self._since, self._root(), derived_id("demo", "unit", KITCHEN)
        for key, number, name in CHEFS:
            person_id = derived_id("demo", "chef", key)
            self._do(Hire(person_id=person_id, number=number, name=name, home_org=KITCHEN), derived_id("demo", "hire", key))
        self._do(ChangeUnit(unit_id=kitchen, from_day=day, manager_id=staff["qian"]), derived_id("demo", "leads", "qian"))
        self._do(ChangeUnit(unit_id=root, from_day=day, manager_id=staff["sun"]), derived_id("demo", "leads", "sun"))
        for store in stores:
            region = next((name for name, parts in REGIONS.items() if store.city.startswith(parts)), None)
            if region is not None:
                below = derived_id("demo", "unit", region)
                self._do(
                    ChangeUnit(unit_id=store.id, from_day=self.today.isoformat(), parent_id=below),
                    derived_id("demo", "below", store.id),
                )
        self._do(
            ChangeUnit(unit_id=stores[0].id, from_day=self.today.isoformat(), manager_id=staff["lin"]),
            derived_id("demo", "leads", "lin"),
        )
        chef = derived_id("demo", "post", "chef")
        self._do(DefinePost(post_id=chef, code="chef", name_zh="驻店厨师", name_en="Store chef"), derived_id("demo", "post", "c"))
        self._do(
            ApproveHeadcount(
                headcount_id=derived_id("demo", "headcount", "chef"), unit_id=stores[0].id, post_id=chef, from_day=day, approved=2
            ),
            derived_id("demo", "headcounts", "chef"),
        )

    def _unit(self, name: str, kind: str, parent_id: str) -> None:
        unit_id = derived_id("demo", "unit", name)
        self._do(
            AddUnit(unit_id=unit_id, kind=kind, name=name, parent_id=parent_id, from_day=self._since),  # type: ignore[arg-type]
            derived_id("demo", "add unit", name),
        )

    def _ask(self, stores: list[Store], posted: list[str]) -> None:
        first, chef = self.today + timedelta(days=5), derived_id("demo", "post", "chef")
        until = first + timedelta(days=92)
        form = {"store": stores[0].id, "post": chef, "from": first.isoformat(), "until": until.isoformat()}
        chefs = [derived_id("demo", "chef", key) for key, _, _ in CHEFS]
        self._walk("transfer", chefs[0], {**form, "reason": "新店开业，支援后厨"}, approvals=1)
        self._walk("transfer", chefs[1], {**form, "reason": "想到门店锻炼"}, approvals=1, refused="合同 20 天后到期，请先续签")
        self._walk("transfer", chefs[2], {**form, "reason": "接替回总部的同事"}, approvals=9)
        away = {"leave_kind": "sick", "from_day": self.today.isoformat(), "to_day": self.today.isoformat(), "reason": "发烧"}
        self._walk("leave", posted[0], away, approvals=9)
        later = (self.today + timedelta(days=7 - self.today.weekday())).isoformat()  # next Monday
        one = {"leave_kind": "personal", "from_day": later, "to_day": later, "reason": "家事"}
        self._walk("leave", posted[1], one, approvals=0)

    def _walk(self, kind: str, person_id: str, form: dict[str, str], *, approvals: int, refused: str = "") -> None:
        """Ask, and let those whose turn it is decide: so many approvals, then the refusal if there is one."""
        request_id = derived_id("demo", "request", kind, person_id)
        with reading(self.db, Actor.system()) as session:
            if session.get(Request, request_id) is not None:
                return
        ask = SubmitRequest(request_id=request_id, kind=kind, person_id=person_id, form=dict(form))
        if self._as(person_id, ask, derived_id("demo", "ask", request_id)).status != "applied":
            return  # a day on which nobody works: there is nothing to be absent from
        done = 0
        while step := self._open_step(request_id):
            if done >= approvals and not refused:
                return
            step_id, decider = step
            decision = "approve" if done < approvals else "refuse"
            act = DecideStep(step_id=step_id, decision=decision, comment="" if decision == "approve" else refused)
            if self._as(decider, act, derived_id("demo", "decide", step_id)).status != "applied":
                return
            done += 1

    def _open_step(self, request_id: str) -> tuple[str, str] | None:
        with reading(self.db, Actor.system()) as session:
            steps = session.scalars(
                sa.select(RequestStep).where(RequestStep.request_id == request_id, RequestStep.state == "open")
            ).all()
            return next(((step.id, step.deciders[0]) for step in steps if step.deciders), None)

    def _as(self, person_id: str, operation: Wire, op_id: str) -> Outcome:
        who = Actor.person(person_id, derived_id("demo", "account of", person_id), [("employee", None)], now=self.now)
        return perform(self.db, who, operation, op_id=op_id, now=self.now, secret=self.secret)
