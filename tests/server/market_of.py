"""Two stores with published shifts, their people and managers: the world of most tests of the shift market."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contract.ids import new_id
from contract.org import ChangeUnit
from contract.rosters import Publish, SetShift
from contract.shift_market import SetApproval
from contract.shifts import Window
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.perform import Outcome, reading
from server.rosters.model import RosterCell, RosterShift
from server.shifts import presets
from tests.server.world import NOON, SECRET, World

MONDAY = date(2026, 11, 23)  # of the week after the world's Friday


class Shop:
    """Store A (吴经理) with 李伟, 张敏 and 王芳; store B, 2 km away, (孙店长) with 周强; 赵敏 is HR. Everybody is posted for good."""

    def __init__(self, world: World) -> None:
        self.world = world
        presets.ensure(world.db, NOON, SECRET)
        self.a, self.b = world.open_store("门店A"), world.open_store("门店B", lat=31.2484)
        self.wu, self.sun, self.hr = (world.hire(name) for name in ("吴经理", "孙店长", "赵敏"))
        for store, manager in ((self.a, self.wu), (self.b, self.sun)):
            world.must(ChangeUnit(unit_id=store, from_day=NOON.date().isoformat(), manager_id=manager))
        self.li, self.min, self.fang, self.qiang = (world.hire(name) for name in ("李伟", "张敏", "王芳", "周强"))
        for person, store in ((self.li, self.a), (self.min, self.a), (self.fang, self.a), (self.qiang, self.b)):
            world.post(person, store)
        self.as_wu = world.account(self.wu, "wu", "store_manager", self.a)
        self.as_sun = world.account(self.sun, "sun", "store_manager", self.b)
        self.as_hr = world.account(self.hr, "zhaomin", "hr")
        self.accounts = {
            person: world.account(person, login, "employee")
            for person, login in ((self.li, "li"), (self.min, "min"), (self.fang, "fang"), (self.qiang, "qiang"))
        }

    def as_(self, person: str) -> Actor:
        known = {self.wu: self.as_wu, self.sun: self.as_sun, self.hr: self.as_hr}
        return known.get(person) or self.accounts[person]

    def do(self, who: str, operation: Any) -> Outcome:
        return self.world.do(operation, self.as_(who))

    def must(self, who: str, operation: Any) -> Any:
        outcome = self.do(who, operation)
        assert outcome.status == "applied", f"{type(operation).__name__}: {outcome.code} {outcome.facts}"
        return outcome.answer

    def refused(self, who: str, operation: Any) -> str | None:
        return self.do(who, operation).code

    def cell(
        self, person: str | None, day: date, template: str = "early", *, store: str | None = None, starts: int | None = None,
        ends: int | None = None, **more: Any,
    ) -> str:  # fmt: skip
        """A draft shift; with `starts` and `ends` (minutes) at other times than the template's."""
        shift_id = new_id()
        windows = [Window(starts_min=starts, ends_min=ends)] if starts is not None and ends is not None else []
        self.world.must(
            SetShift(
                shift_id=shift_id, store_id=store or self.a, day=day.isoformat(), person_id=person, template=template,
                windows=windows, **more,
            )
        )  # fmt: skip
        return shift_id

    def publish(self, store: str | None = None, first: date = MONDAY, days: int = 7, **more: Any) -> None:
        last = first + timedelta(days=days - 1)
        self.world.must(
            Publish(publish_id=new_id(), store_id=store or self.a, from_day=first.isoformat(), to_day=last.isoformat(), **more)
        )

    def shift(self, person: str | None, day: date = MONDAY, template: str = "early", **more: Any) -> str:
        """A published shift."""
        shift_id = self.cell(person, day, template, **more)
        self.publish(more.get("store"), day, 1)
        return shift_id

    def approval(self, claims: str = "never", swaps: str = "never", loans: str = "always", unit: str | None = None) -> None:
        for each in [unit] if unit is not None else [self.a, self.b]:
            self.world.must(SetApproval(unit_id=each, claims=claims, swaps=swaps, loans=loans))  # type: ignore[arg-type]

    # looking

    def of(self, shift_id: str) -> RosterShift:
        return self.world.row(RosterShift, shift_id)  # type: ignore[no-any-return]

    def cell_of(self, shift_id: str) -> RosterCell:
        return self.world.row(RosterCell, shift_id)  # type: ignore[no-any-return]

    def holder(self, shift_id: str) -> str | None:
        return self.of(shift_id).person_id

    def version(self, shift_id: str) -> int:
        return self.of(shift_id).version

    def told(self, person: str, trigger: str | None = None, kind: str | None = None) -> list[InboxItem]:
        found = sa.select(InboxItem).where(InboxItem.receiver_id == person)
        if trigger is not None:
            found = found.where(InboxItem.trigger == trigger)
        if kind is not None:
            found = found.where(InboxItem.kind == kind)
        return self.world.rows(found.order_by(InboxItem.born_at, InboxItem.id))

    def to_dos(self, person: str) -> list[str]:
        """The triggers of somebody's open to-dos."""
        return sorted(item.trigger for item in self.told(person, kind="to_do") if item.done_at is None)

    def due(self, person: str, day: date = MONDAY) -> str | None:
        """The stores and hours somebody is due on a day, as duties have them; "" off, None nothing said."""
        from server.shifts.queries import duties_of

        with reading(self.world.db, Actor.system()) as session:
            duty = duties_of(session, [person], day, day).get((person, day))
        if duty is None:
            return None
        names = {store: name for name, store in self.world.stores.items()}
        return ", ".join(f"{names.get(window.store_id or '', '-')} {_hour(window.starts_ms)}" for window in duty.windows)


def _hour(ms: int) -> str:
    return (datetime.fromtimestamp(ms / 1000, NOON.tzinfo) + timedelta(hours=8)).strftime("%H:%M")


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@contextmanager
def shop_on_sqlite(folder: Path) -> Iterator[Shop]:
    world = World.on_sqlite(folder)
    try:
        yield Shop(world)
    finally:
        world.close()
