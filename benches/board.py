"""The today board of large companies: how long the board and a store's page take, against looking at everybody one by one.

People are put in by sets: postings, duties of a running day, punches as a day brings them (late ones, early leavers, forgotten
ones, night shifts of yesterday), leave, corrections, tablets and phones some of which are silent. Tests draw small ones too.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from benches.machine import cpu_s
from contract.ids import new_id
from contract.leave_days import minute_of
from contract.moments import business_date, day_starts_at, to_ms
from contract.shifts import DutyRow, DutyWindow
from server.attendance.correction_model import PunchCorrection
from server.attendance.model import Punch
from server.boards import counting, queries, rows
from server.boards.floors import Wanted
from server.boards.model import BoardCount, BoardRow
from server.devices.model import Device, DeviceChain
from server.kernel.actors import Actor
from server.kernel.bulk import insert_many
from server.kernel.db import Base, Database, table_of
from server.kernel.perform import reading
from server.leave.model import Leave
from server.org.model import OrgUnit
from server.people.model import Person
from server.people.names import name_key
from server.postings.model import Posting
from server.shifts.model import Duty
from server.stores.model import Partner, Store
from server.wiring import every_handler

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # noon in Shanghai
_PART = 5_000
_PLACE: dict[str, Any] = {
    "lat_e7": 311774276, "lng_e7": 1215272106, "radius_m": 100, "points": None, "datum_entered": "wgs84", "entered": {},
}  # fmt: skip
_SURNAMES, _GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
Rows = dict[type[Base], list[dict[str, Any]]]


@dataclass(frozen=True)
class Place:
    """A store of the drawn company."""

    id: str
    zone: str
    day: date
    kiosk: str | None


def crowd(
    db: Database, *, people: int, stores: int, seed: int, now: datetime = NOW, zones: tuple[str, ...] = ("Asia/Shanghai",),
    past_days: int = 0,
) -> None:  # fmt: skip
    """A company in the middle of its day. `past_days`: so many days of punches before it."""
    every_handler()
    chance = random.Random(seed)
    found: Rows = defaultdict(list)
    partner = new_id()
    found[Partner].append({"id": partner, "name": f"Partner {seed}"})
    places = [_store(found, chance, n, partner, now, zones) for n in range(stores)]
    _flush(db, found)
    for n in range(people):
        _somebody(found, chance, n, places, now, past_days)
        if len(found[Person]) >= _PART // (1 + past_days):
            _flush(db, found)
    _flush(db, found)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _flush(db: Database, found: Rows) -> None:
    order = (OrgUnit, Partner, Store, Person, Posting, Device, DeviceChain, Duty, Punch, PunchCorrection, Leave)
    with db.writing_engine.begin() as connection:
        for model in order:
            insert_many(connection, table_of(model), found[model])
            found[model].clear()


def _store(found: Rows, chance: random.Random, n: int, partner: str, now: datetime, zones: tuple[str, ...]) -> Place:
    store, zone = new_id(), zones[n % len(zones)]
    found[OrgUnit].append({"id": store, "kind": "partner_store"})
    found[Store].append(
        {"id": store, "number": f"S{n:05d}", "name": f"门店{n}", "partner_id": partner, "zone": zone, "day_turns_at_min": 300,
         "city": chance.choice(("上海", "北京", "")), "address": "", "has_kiosk": True, "opened_at": now, **_PLACE}
    )  # fmt: skip
    kiosks = chance.choices((0, 1, 2), (5, 90, 5))[0]
    made = [_device(found, chance, now, "kiosk", None, store) for _ in range(kiosks)]
    return Place(store, zone, business_date(now, zone, day_turns_at_min=300), made[0] if made else None)


def _device(found: Rows, chance: random.Random, now: datetime, kind: str, person: str | None, store: str | None) -> str:
    device = new_id()
    seen = now - timedelta(seconds=chance.choices((40, 1_500, 20_000, 200_000), (88, 4, 6, 2))[0] * chance.uniform(0.1, 1))
    enrolled = now - timedelta(hours=chance.choice((2, 9, 900)))
    spoke = chance.random() < 0.97
    found[Device].append(
        {"id": device, "kind": kind, "label": "", "person_id": person, "store_id": store, "alg": "ed25519", "public": b"k",
         "code_key": None, "hardware": device, "enrolled_at": min(enrolled, seen), "enrolled_with": new_id(),
         "revoked_at": None if chance.random() < 0.97 else now - timedelta(days=1), "app": ""}
    )  # fmt: skip
    found[DeviceChain].append(
        {"device_id": device, "head_seq": 5, "head_hash": b"h", "head_at": seen - timedelta(hours=1) if spoke else None,
         "reported_head": 5 if chance.random() < 0.95 else 7, "reported_at": None, "backed_seq": 0,
         "last_seen_at": seen if spoke else None}
    )  # fmt: skip
    return device


def _somebody(found: Rows, chance: random.Random, n: int, places: list[Place], now: datetime, past_days: int) -> None:
    person, place = new_id(), places[n % len(places)]
    name = chance.choice(_SURNAMES) + "".join(chance.sample(_GIVEN, 2))
    begun = now - timedelta(days=400)
    found[Person].append(
        {"id": person, "number": f"E{n:06d}", "name": name, "name_key": name_key(name), "home_org": "", "mobile": None,
         "active": True, "hired_at": begun}
    )  # fmt: skip
    ends = None if chance.random() < 0.97 else now + timedelta(minutes=chance.randrange(1, 2_000))
    found[Posting].append(
        {"id": new_id(), "person_id": person, "store_id": place.id, "starts_on": begun.date(),
         "ends_on": None if ends is None else ends.date() + timedelta(days=1), "starts_at": begun, "ends_at": ends,
         "home_unit_id": None}
    )  # fmt: skip
    phone = _device(found, chance, now, "phone", person, None) if chance.random() < 0.9 or place.kiosk is None else place.kiosk
    night = chance.random() < 0.1
    starts = (chance.choice((20, 22)) if night else chance.choice((7, 8, 9, 9, 10, 13, 17))) * 60
    planned = chance.random() < 0.9
    for offset in (-1, 0, 1):
        if planned:
            _duty(found, chance, person, place, place.day + timedelta(days=offset), starts)
    for back in range(past_days + 1, -1, -1):
        _punches(found, chance, person, place, place.day - timedelta(days=back), starts, phone, now, is_today=back <= night)
    if chance.random() < 0.05:
        day = place.day + timedelta(days=chance.choice((-1, 0, 0, 0)))
        from_min, to_min = chance.choice(((None, None), (None, None), (None, 720), (720, None), (600, 660)))
        begin, end = minute_of(day) + (from_min or 0), minute_of(day) + (1_440 if to_min is None else to_min)
        found[Leave].append(
            {"id": new_id(), "person_id": person, "kind": "annual", "from_day": day, "to_day": day, "from_min": from_min,
             "to_min": to_min, "minutes": 480, "starts_min": begin, "ends_min": end, "granted_at": begun}
        )  # fmt: skip


def _at(place: Place, day: date, minute: float) -> datetime:
    return day_starts_at(day, place.zone, day_turns_at_min=0) + timedelta(minutes=round(minute))


def _duty(found: Rows, chance: random.Random, person: str, place: Place, day: date, starts: int) -> None:
    begins, over = (day_starts_at(day + timedelta(days=n), place.zone, day_turns_at_min=300) for n in (0, 1))
    kind = chance.choices(("fixed", "windows", "flexible", "on_call", "off"), (70, 8, 8, 4, 10))[0]
    spans = {"windows": [(starts, starts + 240), (starts + 400, starts + 600)], "off": []}.get(kind, [(starts, starts + 540)])
    windows = [
        DutyWindow(
            starts_ms=to_ms(_at(place, day, a)), ends_ms=to_ms(_at(place, day, b)), store_id=place.id, kind=kind,  # type: ignore[arg-type]
            required_min=480 if kind == "flexible" else None, grace_min=chance.choice((None, 5)),
        )
        for a, b in spans
    ]  # fmt: skip
    row = DutyRow(
        person_id=person, day=day.isoformat(), zone=place.zone, starts_ms=to_ms(begins), ends_ms=to_ms(over), windows=windows
    )  # fmt: skip
    whole = (_at(place, day, spans[0][0]), _at(place, day, spans[-1][1])) if spans else (None, None)
    found[Duty].append(
        {"id": new_id(), "person_id": person, "day": day, "unit_id": place.id, "store_id": place.id,
         "starts_at": whole[0], "ends_at": whole[1], "is_off": not spans, "body": msgspec.json.encode(row).decode()}
    )  # fmt: skip


def _punches(
    found: Rows, chance: random.Random, person: str, place: Place, day: date, starts: int, device: str, now: datetime, *,
    is_today: bool,
) -> None:  # fmt: skip
    came = chance.random() < (0.93 if is_today else 0.97)
    moments = [("in", starts + chance.gauss(-5, 6))] if came else []
    if came and chance.random() < 0.97:
        moments.append(("out", starts + 540 + chance.gauss(0, 15)))
    for kind, minute in moments:
        taken = _at(place, day, minute)
        if taken >= now:
            continue
        if chance.random() < 0.005:
            found[PunchCorrection].append(
                {"id": new_id(), "person_id": person, "store_id": place.id, "kind": kind, "at": taken, "business_date": day,
                 "source": "vouch", "replaces": None, "request_id": None, "made_by": new_id(), "made_at": taken, "reason": "r"}
            )  # fmt: skip
            continue
        green = chance.random() < 0.97
        found[Punch].append(
            {"id": new_id(), "person_id": person, "store_id": place.id, "device_id": device, "op_id": new_id(),
             "hardware": device, "kind": kind, "taken_at": taken, "taken_low": taken, "taken_high": taken, "grade": "exact",
             "wall_ms": None, "received_at": taken + timedelta(seconds=chance.uniform(1, 300)), "business_date": day,
             "by_kiosk": True, "lat_e7": None, "lng_e7": None, "accuracy_dm": None, "place": "inside", "distance_m": None,
             "p_inside_pm": None, "score_db": 30, "verdict": "green" if green else "review", "reasons": [], "photo": None,
             "note": None, "state": chance.choice(("counted", "rejected")) if not green and is_today else "accepted",
             "decided_taken_at": None, "decided_kind": None}
        )  # fmt: skip


# measuring


_CLONED: tuple[tuple[type[Base], tuple[str, ...], str], ...] = (
    (OrgUnit, ("id",), ""), (Store, ("id",), "number"), (Person, ("id",), "number"),
    (Posting, ("id", "person_id", "store_id"), ""), (Device, ("id", "person_id", "store_id", "hardware"), ""),
    (DeviceChain, ("device_id",), ""), (Duty, ("id", "person_id", "unit_id", "store_id"), ""),
    (Punch, ("id", "person_id", "store_id", "device_id", "op_id"), ""), (BoardRow, ("id", "person_id", "store_id"), ""),
    (BoardCount, ("store_id",), ""),
)  # fmt: skip


def clone(db: Database, times: int) -> None:
    """The same company so many times over, under ids of its own: by the database alone, so that a large one is there soon."""
    with db.writing_engine.begin() as connection:
        for model, ids, name in _CLONED:
            table = table_of(model)
            cells = [
                f"md5({c.name}::text || '-{times}-' || k){'' if c.name == 'hardware' else '::uuid'}" if c.name in ids
                else f"{c.name} || '-{times}-' || k" if c.name == name else f'"{c.name}"'
                for c in table.c
            ]  # fmt: skip
            names = ", ".join(f'"{column.name}"' for column in table.c)
            copied = f"INSERT INTO {table.name} ({names}) SELECT {', '.join(cells)} FROM {table.name}"  # noqa: S608 - our own names
            only = {OrgUnit: "kind = 'partner_store'", Punch: f"business_date = date '{NOW.date()}'"}.get(model, "true")
            connection.exec_driver_sql(f"{copied}, generate_series(1, {times - 1}) AS k WHERE {only}")
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def older_punches(db: Database, times: int) -> None:
    """So many times the punches there are: those of the day before, on the days before that."""
    table = table_of(Punch)
    earlier = {"taken_at", "taken_low", "taken_high", "received_at", "business_date"}
    cells = ", ".join(
        f"md5({c.name}::text || k)::uuid" if c.name in ("id", "op_id")
        else f"({c.name} - k * interval '1 day')::{'date' if c.name == 'business_date' else 'timestamptz'}" if c.name in earlier
        else f'"{c.name}"'
        for c in table.c
    )  # fmt: skip
    names = ", ".join(f'"{column.name}"' for column in table.c)
    with db.writing_engine.begin() as connection:
        connection.exec_driver_sql(
            f"INSERT INTO punch ({names}) SELECT {cells} FROM punch, generate_series(1, {2 * times - 1}) AS k "  # noqa: S608 - ours
            f"WHERE business_date = date '{NOW.date() - timedelta(days=1)}'"
        )
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE punch")


@dataclass(frozen=True)
class Looked:
    """What was looked at, each look's milliseconds on the clock, and the CPU milliseconds of app and database of one."""

    what: str
    took_ms: list[float]
    app_ms: float
    db_ms: float

    @property
    def cpu_ms(self) -> float:
        return self.app_ms + self.db_ms

    def percentile(self, share: float) -> float:
        return sorted(self.took_ms)[min(len(self.took_ms) - 1, int(len(self.took_ms) * share))]


def make_rows(db: Database, now: datetime = NOW) -> float:
    """Write everybody's day down ahead of time; seconds."""
    started = time.perf_counter()
    rows.keep(db, now)
    return time.perf_counter() - started


def round_ms(db: Database, db_pid: int, *, times: int = 3) -> float:
    """CPU milliseconds of app and database for one round of the worker in which nothing has changed, the devices asked."""
    app, base = time.process_time(), cpu_s(db_pid)
    for _ in range(times):
        with reading(db, Actor.system()) as session:
            counting.moved(session, NOW, asks=True)
    return (time.process_time() - app + cpu_s(db_pid) - base) * 1_000 / times


def look(db: Database, db_pid: int, what: str, *, times: int, naive: bool = False) -> Looked:
    """The board's first page, or (`store`) one store's page, as HQ asks for it."""
    with reading(db, Actor.system()) as session:
        store = session.scalars(sa.select(Store.id).limit(1)).one()
    held = queries.LOOKED_AT_UP_TO
    queries.LOOKED_AT_UP_TO = 10**9 if naive else 0
    took: list[float] = []
    try:
        for n in range(times + 1):
            if n == 1:
                took, app, base = [], time.process_time(), cpu_s(db_pid)
            started = time.perf_counter()
            with reading(db, Actor.system()) as session:
                if what == "store":
                    queries.store_board(session, store, NOW)
                else:
                    queries.today_board(session, NOW, Wanted(sort="absent", descending=True))
            took.append((time.perf_counter() - started) * 1_000)
    finally:
        queries.LOOKED_AT_UP_TO = held
    return Looked(what, took, (time.process_time() - app) * 1_000 / times, (cpu_s(db_pid) - base) * 1_000 / times)
