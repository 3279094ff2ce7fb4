"""Corrections and appeals in tests: a store with people, punches and what follows from them; and rows put there directly."""

from __future__ import annotations

import copy
import functools
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contract.corrections import Appeal as AppealOp
from contract.corrections import Vouch
from contract.ids import new_id
from contract.moments import TimeTaken, business_date, to_ms
from contract.org import ChangeUnit
from contract.sealing import Signer
from server.approvals.presets import ensure_presets
from server.attendance.correction_model import Appeal, PunchCorrection
from server.attendance.facts_of_days import CountedFact, counted_facts
from server.attendance.model import Punch
from server.devices.model import Device
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.http import Outpost
from server.kernel.perform import HANDLERS, Act, DeviceFacts, Work, writing
from server.kernel.problems import Problem
from tests.server.requests_of import as_employee
from tests.server.world import NOON, SECRET, World
from tests.support.company import Company

STORE, OTHER = "静安店", "豫园店"


def plant(company: Company, person: str, things: dict[str, str]) -> None:
    """A correction of yesterday and an open appeal about that day, of this person at this store."""
    at = company.now() - timedelta(days=1)
    day = business_date(at, "Asia/Shanghai", day_turns_at_min=300)
    with writing(company.db, Actor.system(), op_id=new_id(), now=company.now()) as session:
        session.add(
            PunchCorrection(
                id=new_id(), person_id=company.people[person], store_id=things["store_id"], kind="out", at=at,
                business_date=day, source="hq", made_by=new_id(), made_at=company.now(), reason="r",
            )
        )  # fmt: skip
        session.add(
            Appeal(
                id=new_id(), person_id=company.people[person], day=day, store_id=things["store_id"], text="t",
                made_at=company.now(), state="open",
            )
        )  # fmt: skip


@functools.cache
def _furnished() -> Counter:
    """One such store in a SQLite file for this process; every test gets a copy."""
    world = World.on_sqlite(Path(tempfile.mkdtemp(prefix="outpost-counter-")))
    found = Counter(world)
    world.close()
    return found


def counter_on_sqlite(folder: Path) -> Counter:
    """The store of these tests, fresh."""
    known = _furnished()
    file = folder / f"{new_id()}.db"
    shutil.copy(str(known.world.db.url.database), file)
    found = copy.copy(known)
    found.world = World.on(f"sqlite:///{file}", folder)
    found.world.people.update(known.world.people)
    found.world.stores.update(known.world.stores)
    return found


SUSPECT = "evidence.mock_location"  # why a punch of the counter is not green


class Counter:
    """Li Wei works at one store that Wu manages, Wang Fang at another; Zhao is HR, and so is Qian."""

    def __init__(self, world: World) -> None:
        self.world = world
        ensure_presets(world.db, now=NOON, secret=SECRET)
        self.store, self.other = world.open_store(STORE), world.open_store(OTHER)
        self.li, self.wang = world.hire("李伟"), world.hire("王芳")
        self.wu, self.sun, self.zhao, self.qian = (world.hire(name) for name in ("吴经理", "孙经理", "赵敏", "钱进"))
        self.posting = world.post(self.li, self.store)
        world.post(self.wang, self.other)
        self.as_wu = world.account(self.wu, "wu", "store_manager", self.store)
        self.as_sun = world.account(self.sun, "sun", "store_manager", self.other)
        self.as_zhao, self.as_qian = world.account(self.zhao, "zhao", "hr"), world.account(self.qian, "qian", "hr")
        for store, manager in ((self.store, self.wu), (self.other, self.sun)):
            world.must(ChangeUnit(unit_id=store, from_day="2026-11-01", manager_id=manager))
        self.as_li = as_employee(world, self.li)
        self._device: str | None = None

    @property
    def out(self) -> Outpost:
        return Outpost(self.world.settings, self.world.db, Signer(bytes(32)), lambda: None, self.world.clock)

    def _phone(self, session: Any) -> str:
        if self._device is None:
            self._device = new_id()
            session.add(
                Device(
                    id=self._device, kind="phone", label="d", person_id=self.li, store_id=None, alg="ed25519", public=b"k",
                    code_key=None, hardware="h", enrolled_at=NOON, enrolled_with=new_id(), revoked_at=None,
                    revoked_because=None, wiped_at=None, forked_at=None, app="1",
                )
            )  # fmt: skip
            session.flush()
        return self._device

    def punch(self, clock: str, kind: str = "in", *, person: str | None = None, verdict: str = "green", day: int = 20) -> str:
        """A punch of a day in November at a time of day at the store, received at once."""
        at = shanghai(clock, day)
        punch_id = new_id()
        reasons = [] if verdict == "green" else [{"code": SUSPECT, "points_db": -20, "facts": {}}]
        with writing(self.world.db, Actor.system(), op_id=new_id(), now=self.world.clock()) as session:
            session.add(
                Punch(
                    id=punch_id, person_id=person or self.li, store_id=self.other if person == self.wang else self.store,
                    device_id=self._phone(session), op_id=new_id(), hardware="h", kind=kind, taken_at=at, taken_low=at,
                    taken_high=at, grade="exact", wall_ms=None, received_at=at,
                    business_date=business_date(at, "Asia/Shanghai", day_turns_at_min=300), by_kiosk=False, lat_e7=None,
                    lng_e7=None, accuracy_dm=None, place="inside", distance_m=0, p_inside_pm=1000, score_db=30,
                    verdict=verdict, reasons=reasons, photo=None, note=None, state="counted", decided_at=None,
                    decided_taken_at=None, decided_kind=None, decision_reason=None,
                )
            )  # fmt: skip
        return punch_id

    def vouch(self, clock: str = "11:00", **more: Any) -> Vouch:
        """Wu's word that Li Wei left at that time today, unless it is said otherwise."""
        day = more.pop("day", 20)
        values = {"correction_id": new_id(), "person_id": self.li, "store_id": self.store, "kind": "out", "reason": "I saw it"}
        return Vouch(**{**values, "at_ms": to_ms(shanghai(clock, day)), **more})

    def by_device(self, op: Any, *, kind: str, actor: str, home: str | None, at: datetime | None = None) -> str | None:
        """The code with which an operation of a device is refused; None when it was not. `home`: a tablet's store, a phone's
        person."""
        now, owner, store = self.world.clock(), home if kind == "phone" else None, home if kind == "kiosk" else None
        device = DeviceFacts(new_id(), kind, owner, store, "h", None)
        said_ms = to_ms(at or now)
        act = Act(new_id(), None, actor, TimeTaken(said_ms, said_ms, said_ms, "exact"), now)
        try:
            who = Actor.device(device.device_id, device.person_id)
            with writing(self.world.db, who, op_id=act.op_id, now=now) as session:
                HANDLERS[type(op)].run(Work(session, who, now, act, SECRET, device), op)
        except Problem as refused:
            return refused.code
        return None

    def appeal(self, punch_id: str | None = None, **more: Any) -> AppealOp:
        return AppealOp(**{"appeal_id": new_id(), "punch_id": punch_id, "text": "I was there", **more})

    def counted(self, person: str | None = None) -> list[tuple[str, str, str]]:
        """What counts of somebody in November, in order: time at the store, kind, source."""
        first, last = shanghai("00:00", 1), shanghai("00:00", 30)
        with self.world.looking(Actor.system()) as session:
            facts: list[CountedFact] = counted_facts(session, [person or self.li], first, last)
        ordered = sorted(facts, key=lambda fact: (fact.at, fact.id))
        return [((fact.at + timedelta(hours=8)).strftime("%d %H:%M"), fact.kind, fact.source) for fact in ordered]

    def row(self, model: type, row_id: str) -> Any:
        return self.world.row(model, row_id)

    def corrections(self) -> list[PunchCorrection]:
        return self.world.rows(sa.select(PunchCorrection).order_by(PunchCorrection.made_at, PunchCorrection.id))

    def items(self, trigger: str) -> list[InboxItem]:
        return self.world.rows(sa.select(InboxItem).where(InboxItem.trigger == trigger).order_by(InboxItem.id))

    def open_items(self, trigger: str) -> list[str]:
        """Whose inbox still holds one."""
        return sorted(item.receiver_id for item in self.items(trigger) if item.done_at is None)


def shanghai(clock: str, day: int = 20) -> datetime:
    """A time of day in Shanghai in November 2026; 24:00 and later belong to the next days."""
    hours, minutes = (int(part) for part in clock.split(":"))
    return datetime(2026, 11, day, tzinfo=UTC) + timedelta(hours=hours - 8, minutes=minutes)


def form(clock: str = "09:00", day: int = 19, kind: str = "in", store: str = "", **more: Any) -> dict[str, Any]:
    """The answers of a request for a missed punch."""
    return {"store": store, "day": f"2026-11-{day:02d}", "time": clock, "kind": kind, "reason": "the tablet was down", **more}
