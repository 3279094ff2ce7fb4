"""Rosters in tests: two stores with their managers and people, and what is planned, published and refused there."""

from __future__ import annotations

import copy
import functools
import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contract.ids import new_id
from contract.moments import TimeTaken, to_ms
from contract.org import ChangeUnit
from contract.roster_views import Grid, GridQuery
from contract.rosters import CopyDays, DiscardDraft, FillByPattern, Publish, RemoveShift, SetShift
from contract.shifts import DutyRow
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.perform import HANDLERS, Act, DeviceFacts, Outcome, Work, reading, write_inserts, writing
from server.kernel.problems import Problem
from server.rosters import profiles
from server.rosters.grid import grid
from server.rosters.model import RosterCell, RosterShift
from server.shifts import presets
from tests.server.shifts_of import due
from tests.server.world import NOON, SECRET, World

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

    def publish(self, first: date = MONDAY, last: date = SUNDAY, *, store: str | None = None, **more: Any) -> Outcome:
        values = {"publish_id": new_id(), "store_id": store or self.store, "from_day": first.isoformat()}
        op = Publish(**{**values, "to_day": last.isoformat(), **more})
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
