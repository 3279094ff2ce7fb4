"""Two stores with published shifts, their people and managers: the world of most tests of the shift market."""

from __future__ import annotations

import copy
import functools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contract.ids import new_id
from contract.org import ChangeUnit
from contract.rosters import Publish, SetShift
from contract.shift_market import ClaimShift, OfferShift, SetApproval
from contract.shifts import Window
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.perform import Outcome, perform, reading
from server.rosters.model import RosterCell, RosterShift
from server.shifts import presets
from server.shifts.queries import duties_of
from tests.server.world import NOON, SECRET, World
from tests.support.company import Company

MONDAY = date(2026, 11, 23)  # of the week after the world's Friday


class Shop:
    """Store A (吴经理) with 李伟, 张敏 and 王芳; store B, 2 km away, (孙店长) with 周强; 赵敏 is HR. All are posted for good."""

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


@functools.cache
def _furnished() -> Shop:
    """One such pair of stores in a SQLite file for this process; every test gets a copy."""
    found = Shop(World.on_sqlite(Path(tempfile.mkdtemp(prefix="outpost-market-"))))
    found.world.close()
    return found


@contextmanager
def shop_on_sqlite(folder: Path) -> Iterator[Shop]:
    known = _furnished()
    found = copy.copy(known)
    found.world, found.accounts = known.world.again(folder), dict(known.accounts)
    try:
        yield found
    finally:
        found.world.close()


def plant(company: Company, things: dict[str, str]) -> None:
    """An open shift of this store in forty days, offered to its person, who has asked for it too."""
    presets.ensure(company.db, company.now(), company.settings.secret)
    day = (company.today() + timedelta(days=40)).isoformat()
    things |= {"open_shift_id": new_id(), "claim_id": new_id(), "offer_id": new_id(), "day": day}
    shift_id = things["open_shift_id"]
    company.must(SetShift(shift_id=shift_id, store_id=things["store_id"], day=day, template="early"))
    company.must(Publish(publish_id=new_id(), store_id=things["store_id"], from_day=day, to_day=day))
    until_ms = ms(company.now() + timedelta(days=5))
    offer = OfferShift(offer_id=things["offer_id"], shift_id=shift_id, people=[things["person_id"]], until_ms=until_ms)
    claim = ClaimShift(claim_id=things["claim_id"], shift_id=shift_id, version=1)
    for role, operation in (("admin", offer), ("employee", claim)):
        who = Actor.person(things["person_id"], new_id(), [(role, None)])
        done = perform(company.db, who, operation, op_id=new_id(), now=company.now(), secret=company.settings.secret)
        assert done.status == "applied", done


def bodies(mine: dict[str, str], day: date, spare: str) -> dict[str, Any]:
    """What a column of the rights matrix asks of the market, about its store's things."""
    fresh, shift_id = new_id(), mine["open_shift_id"]
    until_ms = ms(datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=5))
    away = (day + timedelta(days=300)).isoformat()
    return {
        "market/claims": {"claim_id": fresh, "shift_id": shift_id, "version": 1},
        "market/claims/withdraw": {"claim_id": fresh},
        "market/claims/decide": {"claim_id": mine["claim_id"], "approve": False},
        "market/offers": {"offer_id": fresh, "shift_id": shift_id, "people": [mine["person_id"]], "until_ms": until_ms},
        "market/offers/withdraw": {"offer_id": mine["offer_id"]},
        "market/offers/answer": {"offer_id": fresh, "accept": True},
        "market/swaps": {"swap_id": fresh, "shift_id": shift_id, "version": 1, "colleague_id": mine["person_id"],
                         "until_ms": until_ms},
        "market/swaps/answer": {"swap_id": fresh, "accept": True},
        "market/swaps/decide": {"swap_id": fresh, "approve": True},
        "market/swaps/withdraw": {"swap_id": fresh},
        "market/availability": {"availability_id": fresh, "from_day": away},
        "market/wishes": {"wish_id": fresh, "day": away, "kind": "undesired"},
        "market/wishes/withdraw": {"wish_id": fresh},
        "market/absences": {"absence_id": fresh, "person_id": mine["person_id"], "from_day": mine["day"], "to_day": mine["day"]},
        "market/absences/withdraw": {"absence_id": fresh},
        "market/loans": {"loan_id": fresh, "shift_id": shift_id, "person_id": spare, "until_ms": until_ms},
        "market/loans/answer": {"loan_id": fresh, "lend": True},
        "market/loans/accept": {"loan_id": fresh, "accept": True},
        "market/loans/cancel": {"loan_id": fresh, "reason": "r"},
        "market/approval": {"unit_id": mine["store_id"], "claims": "always", "swaps": "always", "loans": "always"},
        "market/feeds": {"feed_id": fresh, "token_hash": fresh.replace("-", "") * 2},
        "market/feeds/revoke": {"feed_id": fresh},
    }  # fmt: skip
