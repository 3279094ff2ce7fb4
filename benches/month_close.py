"""The hours of a month, from cold: everybody's days computed and written, against a loop that looks at one day at a time.

The company is put in by sets: people posted to stores with a tablet each, a duty a day, two punches a day, some late, some
forgotten.
"""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from benches.machine import cpu_s
from contract.ids import new_id
from contract.moments import business_date, day_starts_at, to_ms
from contract.shifts import DutyRow, DutyWindow
from server.attendance.model import Punch
from server.devices.model import Device, DeviceChain
from server.kernel.actors import Actor
from server.kernel.bulk import insert_many
from server.kernel.db import Base, Database, table_of
from server.kernel.perform import reading, writing
from server.org.model import COMPANY_ID, OrgUnit, UnitVersion
from server.people.model import Person
from server.postings.model import Posting
from server.shifts.model import Duty
from server.stores.model import Partner, Store
from server.timesheets.gathering import gather
from server.timesheets.model import WorkDay
from server.timesheets.month import recompute_month
from server.timesheets.recompute import system_work, write_rows
from server.wiring import every_handler

SECRET = b"a secret of benches, thirty-two bytes long"
MONTH, FIRST, DAYS = "2026-11", date(2026, 11, 1), 30
NOW = datetime(2026, 12, 2, 4, 0, tzinfo=UTC)
ZONE, TURNS_AT = "Asia/Shanghai", 300
_DAY = timedelta(days=1)
_PLACE: dict[str, Any] = {
    "lat_e7": 311774276, "lng_e7": 1215272106, "radius_m": 100, "points": None, "datum_entered": "wgs84", "entered": {},
}  # fmt: skip


@dataclass(frozen=True)
class Spent:
    """What a month cost: seconds on the wall, CPU of ours and of the database, and days written."""

    wall_s: float
    app_s: float
    db_s: float
    days: int


def company(db: Database, *, people: int, stores: int, seed: int, days: int = DAYS) -> list[str]:
    """A company with a month of punches. Answers the people's ids."""
    every_handler()
    chance = random.Random(seed)
    partner = new_id()
    _insert(db, Partner, [{"id": partner, "name": f"Partner {seed} {partner[-6:]}"}])
    places = [new_id() for _ in range(stores)]
    tablets = [new_id() for _ in range(stores)]
    _insert(db, Store, [
        {"id": store, "number": f"S{seed}-{n}-{partner[-6:]}", "name": f"门店{n}", "partner_id": partner, "zone": ZONE,
         "day_turns_at_min": TURNS_AT, "city": "上海", "address": "", "opened_at": NOW - 400 * _DAY, "has_kiosk": True, **_PLACE}
        for n, store in enumerate(places)
    ])  # fmt: skip
    _units(db, places)
    _insert(db, Device, [
        {"id": tablet, "kind": "kiosk", "label": "t", "person_id": None, "store_id": store, "alg": "ed25519", "public": b"k",
         "code_key": None, "hardware": tablet, "enrolled_at": NOW - 400 * _DAY, "enrolled_with": new_id(), "app": "1"}
        for tablet, store in zip(tablets, places, strict=True)
    ])  # fmt: skip
    _insert(db, DeviceChain, [
        {"device_id": tablet, "head_seq": 0, "head_hash": b"", "reported_head": 0, "backed_seq": 0, "last_seen_at": NOW}
        for tablet in tablets
    ])  # fmt: skip
    ids = [new_id() for _ in range(people)]
    for start in range(0, people, 250):
        _people(db, ids[start : start + 250], start, places, tablets, chance, days, tag=partner[-6:])
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return ids


def _units(db: Database, places: list[str]) -> None:
    opened = NOW - 400 * _DAY
    _insert(db, OrgUnit, [{"id": place, "kind": "partner_store"} for place in places])
    _insert(db, UnitVersion, [
        {"id": new_id(), "unit_id": place, "name": f"门店{n}", "parent_id": COMPANY_ID, "from_day": opened.date(), "until": None,
         "manager_id": None}
        for n, place in enumerate(places)
    ])  # fmt: skip


def _people(
    db: Database, ids: list[str], first: int, places: list[str], tablets: list[str], chance: random.Random, days: int, tag: str
) -> None:
    """Some people with their postings, duties and punches."""
    people, postings, duties, punches = [], [], [], []
    begun = datetime(2026, 1, 1, 21, tzinfo=UTC)
    for n, person in enumerate(ids, first):
        store, tablet = places[n % len(places)], tablets[n % len(places)]
        people.append({"id": person, "number": f"B{tag}-{n}", "name": f"员工{n}", "name_key": f"员工{n}", "home_org": "总部",
                       "active": True, "hired_at": begun})  # fmt: skip
        postings.append({"id": new_id(), "person_id": person, "store_id": store, "starts_on": date(2026, 1, 2),
                         "starts_at": begun})  # fmt: skip
        for offset in range(days):
            day = FIRST + offset * _DAY
            nine = day_starts_at(day, ZONE, day_turns_at_min=540)
            duties.append(_duty(person, store, day, nine))
            came = nine + timedelta(minutes=chance.randrange(-15, 6), seconds=chance.randrange(60))
            went = nine + timedelta(hours=9, minutes=chance.randrange(-4, 70))
            punches.append(_punch(person, store, tablet, "in", came, chance))
            punches.append(_punch(person, store, tablet, "out", went, chance))
    for model, rows in ((Person, people), (Posting, postings), (Duty, duties), (Punch, punches)):
        _insert(db, model, rows)


def _duty(person: str, store: str, day: date, nine: datetime) -> dict[str, Any]:
    window = DutyWindow(starts_ms=to_ms(nine), ends_ms=to_ms(nine + timedelta(hours=9)), store_id=store, template="D")
    starts, ends = (to_ms(day_starts_at(one, ZONE, day_turns_at_min=TURNS_AT)) for one in (day, day + _DAY))
    row = DutyRow(person_id="", day=day.isoformat(), zone=ZONE, starts_ms=starts, ends_ms=ends, windows=[window])
    return {"id": new_id(), "person_id": person, "day": day, "unit_id": store, "store_id": store, "starts_at": nine,
            "ends_at": nine + timedelta(hours=9), "is_off": False, "body": msgspec.json.encode(row).decode()}  # fmt: skip


def _punch(person: str, store: str, tablet: str, kind: str, at: datetime, chance: random.Random) -> dict[str, Any]:
    received = at + timedelta(seconds=3)
    return {
        "id": new_id(), "person_id": person, "store_id": store, "device_id": tablet, "op_id": new_id(), "hardware": tablet,
        "kind": kind, "taken_at": at, "taken_low": at, "taken_high": at, "grade": "exact", "received_at": received,
        "business_date": business_date(at, ZONE, day_turns_at_min=TURNS_AT), "by_kiosk": True, "place": "inside",
        "score_db": chance.randrange(20, 40), "verdict": "green", "reasons": [], "state": "counted",
    }  # fmt: skip


def _insert(db: Database, model: type[Base], rows: list[dict[str, Any]]) -> None:
    with db.writing_engine.begin() as connection:
        for start in range(0, len(rows), 5_000):
            insert_many(connection, table_of(model), rows[start : start + 5_000])


def put_punch(db: Database, person: str, day: date, chance: random.Random) -> None:
    """Somebody came back in the evening and left again after two hours, which is known only now: the "in" alone."""
    with reading(db, Actor.system()) as session:
        store, tablet = session.execute(
            sa.select(Posting.store_id, Device.id)
            .join(Device, Device.store_id == Posting.store_id)
            .where(Posting.person_id == person)
        ).one()
    at = day_starts_at(day, ZONE, day_turns_at_min=1_230)
    _insert(db, Punch, [_punch(person, store, tablet, "in", at, chance)])


def close(db: Database, postgres_pid: int, *, processes: int = 2) -> Spent:
    """The month from cold: no day is there yet."""
    with db.writing_engine.begin() as connection:
        connection.execute(sa.delete(table_of(WorkDay)))
    app, database, began = cpu_s(os.getpid()), cpu_s(postgres_pid), time.perf_counter()
    done = recompute_month(db, MONTH, None, NOW, SECRET, processes=processes)
    wall = time.perf_counter() - began
    return Spent(wall, cpu_s(os.getpid()) - app, cpu_s(postgres_pid) - database, done.changed)


def one_by_one(db: Database, people: list[str]) -> Spent:
    """The plain way, for a sample: every day of every person for itself, read, computed and committed."""
    with db.writing_engine.begin() as connection:
        table = table_of(WorkDay)
        connection.execute(sa.delete(table).where(table.c.person_id.in_(people)))
    app, began, days = cpu_s(os.getpid()), time.perf_counter(), 0
    for person in people:
        for offset in range(DAYS):
            day = FIRST + offset * _DAY
            with writing(db, Actor.system(), op_id=new_id(), now=NOW) as session:
                found = gather(session, [person], day, day).rows(person, [day], NOW)
                days += write_rows(
                    system_work(session, NOW, SECRET), {(person, day)}, {(person, row.day): row for row in found}
                )
    return Spent(time.perf_counter() - began, cpu_s(os.getpid()) - app, 0.0, days)


def sums(db: Database) -> tuple[int, int]:
    """(days, minutes worked) in the table: what a run has to come to again."""
    with reading(db, Actor.system()) as session:
        asked = sa.select(sa.func.count(), sa.func.sum(WorkDay.worked_min))
        days, worked = session.execute(asked).one()
        return int(days), int(worked or 0)
