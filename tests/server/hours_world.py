"""A store with people whose punches, duties and leave are rows put there directly, so that a test is about the days alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from contract.hours import DayRow
from contract.ids import derived_id, new_id
from contract.leave_days import Stretch
from contract.moments import business_date, day_starts_at, to_ms
from contract.sealing import Signer
from contract.shifts import DutyRow, DutyWindow
from server.attendance.model import Punch
from server.audit.sequencer import catch_up as enter_all
from server.devices.model import Device, DeviceChain
from server.kernel.actors import Actor
from server.kernel.events import tell
from server.kernel.http import Outpost
from server.kernel.perform import writing
from server.leave.model import Leave
from server.shifts.events import DutiesChanged
from server.shifts.model import Duty
from server.timesheets import recompute
from server.timesheets.queries import days_of
from server.timesheets.turning import begin_days, listen_again
from tests.server.world import SECRET, World

ZONE = "Asia/Shanghai"
TURNS_AT = 300


@dataclass
class HoursWorld:
    """`world` with one store; times of day are the store's. `at` moves the clock."""

    world: World
    store: str = "豫园店"
    devices: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.out = Outpost(self.world.settings, self.world.db, Signer(bytes(32)), lambda: None, self.world.clock)

    def people(self, *names: str) -> HoursWorld:
        if self.store not in self.world.stores:
            self.world.open_store(self.store)
        for name in names:
            self.world.hire(name)
            self.world.post(self.world.people[name], self.world.stores[self.store])
        return self

    def id(self, name: str) -> str:
        return self.world.people[name]

    def at(self, text: str) -> datetime:
        """It is that time at the store: `2026-11-20 09:00`."""
        self.world.clock.now = moment(text)
        return self.world.clock.now

    def device(self, name: str, *, heard: str, kind: str = "phone") -> str:
        """Somebody's phone, or the store's tablet, that was last heard of then."""
        device_id = self.devices.setdefault(name, new_id())
        with self._writing() as session:
            if session.get(Device, device_id) is None:
                phone = kind == "phone"
                session.add(
                    Device(
                        id=device_id, kind=kind, label=name, person_id=self.id(name) if phone else None,
                        store_id=None if phone else self.world.stores[name], alg="ed25519", public=b"k", code_key=None,
                        hardware=name, enrolled_at=moment("2026-11-01 08:00"), enrolled_with=new_id(), revoked_at=None,
                        revoked_because=None, wiped_at=None, forked_at=None, app="1",
                    )
                )  # fmt: skip
                session.flush()
                session.add(DeviceChain(device_id=device_id, head_seq=0, head_hash=b"", head_at=None, reported_head=0,
                                        reported_at=None, backed_seq=0, last_seen_at=moment(heard)))  # fmt: skip
            else:
                session.get_one(DeviceChain, device_id).last_seen_at = moment(heard)
        return device_id

    def punch(
        self, name: str, kind: str, text: str, *, received: str | None = None, store: str | None = None, **more: Any
    ) -> str:
        """A punch of that time, received at once unless it is said when."""
        device = self.devices.get(name) or self.device(name, heard=text)
        taken = moment(text)
        day = business_date(taken, ZONE, day_turns_at_min=TURNS_AT)
        punch_id = derived_id("test punch", self.id(name), kind, text)
        with self._writing() as session:
            session.add(
                Punch(
                    id=punch_id, person_id=self.id(name), store_id=self.world.stores[store or self.store], device_id=device,
                    op_id=new_id(), hardware=name, kind=kind, taken_at=taken, taken_low=taken, taken_high=taken, grade="exact",
                    wall_ms=None, received_at=moment(received or text), business_date=day, by_kiosk=False, lat_e7=None,
                    lng_e7=None, accuracy_dm=None, place="inside", distance_m=0, p_inside_pm=1000, score_db=30,
                    verdict="green", reasons=[], photo=None, note=None,
                    **{"state": "counted", "decided_at": None, "decided_taken_at": None, "decided_kind": None,
                       "decision_reason": None, **more},
                )
            )  # fmt: skip
        return punch_id

    def shift(
        self, name: str, day: str, *windows: tuple[str, str], day_kind: str = "working", stores: Sequence[str] = (), **more: Any
    ) -> None:
        """What somebody is due on a day: `("09:00", "18:00")`, or `("22:00", "+06:00")` into the next day. None: off. `stores`:
        where each window is, by name."""
        on = date.fromisoformat(day)
        starts, ends = (to_ms(day_starts_at(one, ZONE, day_turns_at_min=TURNS_AT)) for one in (on, on + timedelta(days=1)))
        store_id = self.world.stores[self.store]
        spans = [(_clock(on, a), _clock(on, b)) for a, b in windows]
        at = [self.world.stores[one] for one in stores] or [store_id] * len(spans)
        made = [
            DutyWindow(starts_ms=to_ms(a), ends_ms=to_ms(b), store_id=there, **more)
            for (a, b), there in zip(spans, at, strict=True)
        ]
        person_id = self.id(name)
        row = DutyRow(person_id=person_id, day=day, zone=ZONE, starts_ms=starts, ends_ms=ends, day_kind=day_kind, windows=made)
        with self._writing() as session:
            session.execute(
                sa.delete(Duty).where(Duty.person_id == person_id, Duty.day == on), execution_options={"unledgered": True}
            )
            session.add(
                Duty(
                    id=derived_id("duty", person_id, day), person_id=person_id, day=on, unit_id=store_id, store_id=store_id,
                    starts_at=spans[0][0] if spans else None, ends_at=spans[-1][1] if spans else None,
                    is_off=not windows, body=msgspec.json.encode(row).decode(),
                )
            )  # fmt: skip
            session.flush()
            tell(recompute.system_work(session, self.world.clock(), SECRET), DutiesChanged(frozenset({person_id}), on, on))

    def full_day(self, name: str, day: str = "2026-11-20", *, came: str = "08:55", left: str = "18:05") -> None:
        """A shift from nine to six, and who came and left then."""
        self.shift(name, day, ("09:00", "18:00"))
        self.punch(name, "in", f"{day} {came}")
        self.punch(name, "out", f"{day} {left}")

    def leave(
        self, name: str, first: str, last: str | None = None, *, from_min: int | None = None, to_min: int | None = None
    ) -> str:
        """Granted leave, by the day or (one day) by minutes of it."""
        leave_id = new_id()
        from_day, to_day = date.fromisoformat(first), date.fromisoformat(last or first)
        stretch = Stretch(from_day, to_day, from_min, to_min)
        with self._writing() as session:
            session.add(
                Leave(
                    id=leave_id, person_id=self.id(name), kind="annual", request_id=None, from_day=from_day, to_day=to_day,
                    from_min=from_min, to_min=to_min, minutes=480, starts_min=stretch.starts, ends_min=stretch.ends,
                    granted_at=self.world.clock(), called_off_from=None, called_off_because=None,
                )
            )  # fmt: skip
        return leave_id

    def round(self) -> recompute.Done:
        """What the server's threads do by themselves: enter what was committed, then compute what is marked."""
        enter_all(self.out)
        begin_days(self.world.db, self.world.clock())
        listen_again(self.world.db, self.world.clock())
        return recompute.catch_up(self.out)

    def day(self, name: str, day: str) -> DayRow | None:
        """The derived day as it is stored."""
        on = date.fromisoformat(day)
        with self.world.looking(Actor.system()) as session:
            rows = days_of(session, [self.id(name)], on, on)
        return rows[0] if rows else None

    def days(self, names: Sequence[str] = ()) -> list[DayRow]:
        """All derived days, or those of some people."""
        with self.world.looking(Actor.system()) as session:
            return days_of(session, [self.id(name) for name in names] if names else None, date(2026, 1, 1), date(2027, 1, 1))

    def _writing(self) -> Any:
        return writing(self.world.db, Actor.system(), op_id=new_id(), now=self.world.clock())


def moment(text: str) -> datetime:
    """An instant by the store's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def _clock(day: date, text: str) -> datetime:
    later = text.startswith("+")
    local = datetime.combine(day + timedelta(days=later), time.fromisoformat(text.removeprefix("+")), tzinfo=ZoneInfo(ZONE))
    return local.astimezone(UTC)


def at_work(world: World) -> HoursWorld:
    """Li Wei and Wang Fang at a store, the day before the tests' Friday."""
    made = HoursWorld(world)
    made.at("2026-11-19 08:00")
    return made.people("李伟", "王芳")
