"""Rosters in tests: two stores with their managers and people, and what is planned, published and refused there."""

from __future__ import annotations

import copy
import functools
import shutil
import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contract.ids import new_id
from contract.moments import TimeTaken, to_ms
from contract.org import ChangeUnit
from contract.roster_people import DefineSkill, GrantSkill, SetTerms
from contract.roster_views import Grid, GridQuery
from contract.rosters import CopyDays, DiscardDraft, FillByPattern, Publish, RemoveShift, SetShift
from contract.shifts import DefinePattern, DutyRow
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.perform import HANDLERS, Act, DeviceFacts, Outcome, Work, reading, write_inserts, writing
from server.kernel.problems import Problem
from server.rosters import profiles
from server.rosters.grid import grid
from server.rosters.model import RosterCell, RosterShift
from server.shifts import presets
from tests.server.shifts_of import due, follow
from tests.server.world import NOON, SECRET, World
from tests.support.company import Company

MONDAY = date(2026, 11, 23)  # the world's clock stands on the Friday before
SUNDAY = date(2026, 11, 29)


def day(number: int) -> date:
    """A day of the week that is planned: 0 is its Monday."""
    return MONDAY + timedelta(days=number)


class Desk:
    """静安店 with Li Wei, Wang Fang and Chen Jie, managed by Wu; 豫园店 with Zhao Lei, managed by Sun; Qian is HR."""

    def __init__(self, world: World) -> None:
        self.world = world
        presets.ensure(world.db, NOON, SECRET)
        profiles.ensure(world.db, NOON, SECRET)
        self.store, self.other = world.open_store("静安店"), world.open_store("豫园店")
        self.li, self.wang, self.chen, self.lei = (world.hire(name) for name in ("李伟", "王芳", "陈洁", "赵磊"))
        self.wu, self.sun, self.qian = (world.hire(name) for name in ("吴经理", "孙经理", "钱进"))
        self.postings = {person: world.post(person, self.store) for person in (self.li, self.wang, self.chen)}
        self.postings[self.lei] = world.post(self.lei, self.other)
        self.as_wu = world.account(self.wu, "wu", "store_manager", self.store)
        self.as_sun = world.account(self.sun, "sun", "store_manager", self.other)
        self.as_qian = world.account(self.qian, "qian", "hr")
        for store, manager in ((self.store, self.wu), (self.other, self.sun)):
            world.must(ChangeUnit(unit_id=store, from_day="2026-11-01", manager_id=manager))

    # what is done

    def shift(self, person: str | None = None, at: int | date = 0, template: str = "early", **more: Any) -> SetShift:
        """A shift of the store on a day of the week, new unless it is said which."""
        on = at if isinstance(at, date) else day(at)
        values = {"shift_id": new_id(), "store_id": self.store, "day": on.isoformat(), "person_id": person}
        return SetShift(**{**values, "template": template, **more})

    def put(self, person: str | None = None, at: int | date = 0, template: str = "early", **more: Any) -> str:
        """The same, done by the manager; answers its id."""
        op = self.shift(person, at, template, **more)
        self.world.must(op, self.as_sun if op.store_id == self.other else self.as_wu)
        return op.shift_id

    def refused(self, person: str | None = None, at: int | date = 0, template: str = "early", **more: Any) -> str | None:
        """The code with which the manager's shift is refused; None when it was not."""
        op = self.shift(person, at, **{"template": template, **more})
        return self.world.refusal(op, self.as_sun if op.store_id == self.other else self.as_wu)

    def own(self, person: str) -> Actor:
        """Somebody at their own account."""
        return Actor.person(person, new_id(), [("employee", None)], now=self.world.clock())

    def rotate(self, cycle: list[str], people: Sequence[str] | None = None) -> None:
        """These people (all three) follow a pattern that begins on the Monday."""
        code = f"rotation-{new_id()[-6:]}"
        self.world.must(
            DefinePattern(
                pattern_id=new_id(), code=code, name_zh="轮班", name_en="Rotation", from_day="2026-01-01",
                starts_on=MONDAY.isoformat(), cycle=cycle, calendar="none",
            )
        )  # fmt: skip
        for person in people or (self.li, self.wang, self.chen):
            follow(self.world, code, person=person)

    def publishing(self, first: date = MONDAY, last: date = SUNDAY, **more: Any) -> Publish:
        """A publish of the store's week."""
        values = {"publish_id": new_id(), "store_id": self.store, "from_day": first.isoformat(), "to_day": last.isoformat()}
        return Publish(**{**values, **more})

    def publish(self, first: date = MONDAY, last: date = SUNDAY, *, store: str | None = None, **more: Any) -> Outcome:
        op = self.publishing(first, last, **{"store_id": store or self.store, **more})
        return self.world.do(op, self.as_sun if op.store_id == self.other else self.as_wu)

    def published(self, first: date = MONDAY, last: date = SUNDAY, **more: Any) -> dict[str, Any]:
        """Publish what has to be publishable."""
        outcome = self.publish(first, last, **more)
        assert outcome.status == "applied", f"{outcome.code} {outcome.facts}"
        return dict(outcome.answer)

    def days(self, kind: type, first: date = MONDAY, last: date = SUNDAY, **more: Any) -> Any:
        """A CopyDays, DiscardDraft or FillByPattern of the store's week."""
        return kind(store_id=self.store, from_day=first.isoformat(), to_day=last.isoformat(), **more)

    def copy(self, onto: date, first: date = MONDAY, last: date = SUNDAY, **more: Any) -> dict[str, Any]:
        return dict(self.world.must(self.days(CopyDays, first, last, onto_day=onto.isoformat(), **more), self.as_wu).answer)

    def fill(self, first: date = MONDAY, last: date = SUNDAY) -> dict[str, Any]:
        return dict(self.world.must(self.days(FillByPattern, first, last), self.as_wu).answer)

    def discard(self) -> dict[str, Any]:
        return dict(self.world.must(self.days(DiscardDraft), self.as_wu).answer)

    def remove(self, cell_id: str, based_on: int = 1) -> dict[str, Any]:
        return dict(self.world.must(RemoveShift(shift_id=cell_id, based_on=based_on), self.as_wu).answer)

    def by_device(self, op: Any, *, kind: str, actor: str | None, home: str | None) -> str | None:
        """The code with which an operation of a device is refused; None when it was not. `home`: a tablet's store, a phone's
        person."""
        now = self.world.clock()
        device = DeviceFacts(new_id(), kind, home if kind == "phone" else None, home if kind == "kiosk" else None, "h", None)
        act = Act(new_id(), None, actor, TimeTaken(to_ms(now), to_ms(now), to_ms(now), "exact"), now)
        who = Actor.device(device.device_id, device.person_id)
        try:
            with writing(self.world.db, who, op_id=act.op_id, now=now) as session:
                work = Work(session, who, now, act, SECRET, device)
                HANDLERS[type(op)].run(work, op)
                session.flush()
                write_inserts(session, work.cache)
        except Problem as refused:
            return refused.code
        return None

    # what there is

    def cell(self, cell_id: str) -> Any:
        return self.world.row(RosterCell, cell_id)

    def shown(self, shift_id: str) -> Any:
        return self.world.row(RosterShift, shift_id)

    def cells(self) -> list[RosterCell]:
        return self.world.rows(sa.select(RosterCell).order_by(RosterCell.day, RosterCell.person_id, RosterCell.id))

    def notices(self, person: str) -> list[InboxItem]:
        asked = sa.select(InboxItem).where(InboxItem.trigger == "N-11", InboxItem.receiver_id == person)
        return self.world.rows(asked.order_by(InboxItem.born_at, InboxItem.id))

    def due(self, person: str, at: int | date = 0) -> DutyRow | None:
        return due(self.world, person, at if isinstance(at, date) else day(at))

    def worked(self, person: str, at: int | date = 0) -> str | None:
        """Templates of somebody's duty by comma, "" off, None where nobody planned anything."""
        duty = self.due(person, at)
        return ",".join(window.template for window in duty.windows) if duty is not None else None

    def grid(self, first: date = MONDAY, last: date = SUNDAY, who: Actor | None = None, store: str | None = None) -> Grid:
        asked = GridQuery(store_id=store or self.store, from_day=first.isoformat(), to_day=last.isoformat())
        with reading(self.world.db, (who or self.as_wu).at(self.world.clock())) as session:
            return grid(session, asked)


@functools.cache
def _furnished() -> Desk:
    """One such pair of stores in a SQLite file for this process; every test gets a copy."""
    world = World.on_sqlite(Path(tempfile.mkdtemp(prefix="outpost-desk-")))
    found = Desk(world)
    world.close()
    return found


def desk_on_sqlite(folder: Path) -> Desk:
    """The stores of these tests, fresh."""
    known = _furnished()
    file = folder / f"{new_id()}.db"
    shutil.copy(str(known.world.db.url.database), file)
    found = copy.copy(known)
    found.world = World.on(f"sqlite:///{file}", folder)
    found.world.people.update(known.world.people)
    found.world.stores.update(known.world.stores)
    return found


def plant(company: Company, things: dict[str, str]) -> None:
    """A draft in a week, a skill and terms of this store's person in a company."""
    presets.ensure(company.db, company.now(), company.settings.secret)
    profiles.ensure(company.db, company.now(), company.settings.secret)
    today, person_id = company.today(), things["person_id"]
    company.must(DefineSkill(skill_id=new_id(), code="till", name_zh="收银", name_en="Till"))
    company.must(GrantSkill(grant_id=new_id(), person_id=person_id, skill="till", from_day="2020-01-01"))
    company.must(SetTerms(terms_id=new_id(), person_id=person_id, from_day="2020-01-01", wage_cents_hour=2_600))
    things["cell_id"] = new_id()
    company.must(
        SetShift(
            shift_id=things["cell_id"], store_id=things["store_id"], day=(today + timedelta(days=8)).isoformat(), template="early"
        )
    )


def bodies(mine: dict[str, str], today: date) -> dict[str, Any]:
    """By path, a body that asks for something of this store that its desk may do."""
    fresh, ahead = new_id(), today + timedelta(days=9)
    monday = (ahead - timedelta(days=ahead.weekday())).isoformat()
    shift = {"shift_id": fresh, "store_id": mine["store_id"], "day": ahead.isoformat(), "template": "early"}
    days = {"store_id": mine["store_id"], "from_day": ahead.isoformat(), "to_day": ahead.isoformat()}
    return {
        "rosters/shifts": shift, "rosters/check": shift,
        "rosters/shifts/removed": {"shift_id": mine["cell_id"], "based_on": 99},
        "rosters/copies": {**days, "onto_day": (ahead + timedelta(days=7)).isoformat()}, "rosters/fills": days,
        "rosters/discards": days, "rosters/publications": {**days, "publish_id": fresh},
        "rosters/confirmations": {"shifts": [{"shift_id": mine["cell_id"], "version": 1}]},
        "rosters/demand": {"demand_id": fresh, "store_id": mine["store_id"], "day": monday,
                           "slots": [{"from_min": 540, "to_min": 1_080, "at_least": 1}]},
        "rosters/demand/copies": {"demand_id": fresh, "store_id": mine["store_id"], "from_store_id": mine["store_id"],
                                  "from_week": monday, "onto_week": monday},
        "rosters/demand/rules": {"rule_id": fresh, "store_id": mine["store_id"], "measure": "footfall", "per_head": 20,
                                 "from_day": monday},
        "rosters/demand/figures": {"store_id": mine["store_id"], "day": monday, "measure": "footfall",
                                   "figures": [{"from_min": 600, "to_min": 660, "amount": 40}]},
        "rosters/skills": {"skill_id": fresh, "code": fresh[-12:], "name_zh": "n", "name_en": "n"},
        "rosters/skills/grants": {"grant_id": fresh, "person_id": mine["person_id"], "skill": "till", "from_day": monday},
        "rosters/skills/grants/withdrawn": {"grant_id": fresh, "from_day": monday, "reason": "r"},
        "rosters/terms": {"terms_id": fresh, "person_id": mine["person_id"], "from_day": monday},
        "rosters/profiles": {"profile_id": fresh, "code": fresh[-12:], "name_zh": "n", "name_en": "n", "from_day": monday,
                             "rules": [], "reason": "r"},
        "rosters/profiles/uses": {"assignment_id": fresh, "unit_id": mine["store_id"], "profile": "cn-2025",
                                  "from_day": monday},
    }  # fmt: skip


def query(rule: str, mine: dict[str, str], today: date) -> str:
    """What is asked of a path that reads rosters, about this store or its person."""
    first = today + timedelta(days=7)
    monday = first - timedelta(days=first.weekday())
    days = f"from_day={first}&to_day={first + timedelta(days=2)}"
    store = f"store_id={mine['store_id']}"
    asked = {
        "grid": f"{store}&{days}", "exports": f"{store}&{days}", "coverage": f"{store}&{days}", "demand": f"{store}&{days}",
        "across": days,
        "fairness": f"{store}&to_day={first}", "weekend-rest": f"{store}&from_day={monday}",
        "person": f"person_id={mine['person_id']}&{days}", "terms": f"person_id={mine['person_id']}",
    }  # fmt: skip
    found = asked.get(rule.rpartition("/")[2])
    return f"?{found}" if found is not None else ""
