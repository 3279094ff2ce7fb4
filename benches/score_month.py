"""A month's reports: 10,000 people with eight indicators each, three scored by hand and five recorded, the product's own way;
against looking at one person after the other, which asks every question once for each.

People, stores, cards and values go in by sets. The reports are made by the month's end itself, in transactions of 250 people.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from contract.growth import DefineIndicator
from contract.ids import derived_id, new_id
from contract.metrics import ActivateMetric, DefineMetric, DefineScheme, SetWeights, Weighed
from contract.schemes import DEFAULT_CHANNEL, last_day, nearest
from contract.wire import Wire
from server import migrate
from server.growth.model import IndicatorValue
from server.kernel.actors import Actor
from server.kernel.bulk import insert_many
from server.kernel.db import Base, Database, table_of
from server.kernel.perform import perform, reading, writing
from server.people.model import Person
from server.postings.model import Posting
from server.scoring.card_model import ScoreCard
from server.scoring.figures import gather, stays_in
from server.scoring.measuring import measure
from server.scoring.month_end import run_month
from server.scoring.report_model import ScoreReport
from server.scoring.schemes import channels, schemes_held
from server.stores.model import Partner, Store
from server.wiring import every_handler

SECRET = b"a secret of benches, thirty-two bytes or more"
MONTH, FIRST, LAST = "2026-10", date(2026, 10, 1), date(2026, 10, 31)
SET_UP, NIGHT = datetime(2026, 10, 1, 4, tzinfo=UTC), datetime(2026, 10, 31, 16, 20, tzinfo=UTC)
BY_HAND, RECORDED = 3, 5
CARDS = 4  # of each person in the month
WEIGHTS = ("20", "15", "15", "10", "10", "10", "10", "10")
_PLACE: dict[str, Any] = {
    "lat_e7": 311774276, "lng_e7": 1215272106, "radius_m": 100, "points": None, "datum_entered": "wgs84", "entered": {},
    "zone": "Asia/Shanghai", "day_turns_at_min": 300, "city": "上海", "address": "", "has_kiosk": True,
}  # fmt: skip


@dataclass(frozen=True)
class Reckoned:
    """Seconds on the wall and of the processor: of the first run, of the second, which makes nothing, and of the naive way, which
    only reckons and writes nothing, as it would be for all people."""

    people: int
    reports: int
    first_s: float
    first_cpu_s: float
    again_s: float
    naive_s: float


def build(db: Database, *, people: int, stores: int) -> None:
    """A company with a scheme of eight metrics and a month of figures."""
    every_handler()
    for number in range(BY_HAND + RECORDED):
        code = f"b{number}"
        source: Any = "manager" if number < BY_HAND else "import"
        kind: Any = "points" if number < BY_HAND else "number"
        _do(db, DefineIndicator(indicator_id=derived_id("indicator", code), code=code, name_zh=code, name_en=code))
        target = None if number < BY_HAND else "80"
        _do(db, DefineMetric(
            metric_id=derived_id("metric", code), code=code, name_zh=code, name_en=code, kind=kind, source=source, rhythm="day",
            target=target,
        ))  # fmt: skip
        _do(db, ActivateMetric(metric_id=derived_id("metric", code)))
    scheme = new_id()
    _do(db, DefineScheme(scheme_id=scheme, code="bench", name_zh="基准", name_en="Bench"))
    lines = [Weighed(metric=f"b{number}", owner="hq", weight=weight) for number, weight in enumerate(WEIGHTS)]
    _do(db, SetWeights(version_id=new_id(), scheme_id=scheme, from_day=FIRST.isoformat(), lines=lines, reason="r"))
    _figures(db, people, stores)


def _do(db: Database, operation: Wire) -> None:
    done = perform(db, Actor.system(), operation, op_id=new_id(), now=SET_UP, secret=SECRET)
    assert done.status == "applied", (operation, done.code, done.facts)


def _figures(db: Database, people: int, stores: int) -> None:
    chance = random.Random(7)
    partner, begun = new_id(), SET_UP - timedelta(days=100)
    _insert(db, Partner, [{"id": partner, "name": "Partner of the bench"}])
    places = [new_id() for _ in range(stores)]
    _insert(db, Store, [
        {"id": one, "number": f"S{n}", "name": f"门店{n}", "partner_id": partner, "opened_at": begun, **_PLACE}
        for n, one in enumerate(places)
    ])  # fmt: skip
    ids, rater = [new_id() for _ in range(people)], new_id()
    person = {"home_org": "总部", "active": True, "hired_at": begun}
    _insert(db, Person, [{"id": rater, "number": "R", "name": "店长", "name_key": "店长", **person}])
    _insert(db, Person, [
        {"id": one, "number": f"P{n}", "name": f"员工{n}", "name_key": f"员工{n}", **person} for n, one in enumerate(ids)
    ])  # fmt: skip
    _insert(db, Posting, [
        {"id": new_id(), "person_id": one, "store_id": places[n % stores], "starts_on": begun.date(), "starts_at": begun}
        for n, one in enumerate(ids)
    ])  # fmt: skip
    for start in range(0, people, 500):
        cards, values = [], []
        for n, one in enumerate(ids[start : start + 500], start):
            for number in range(CARDS):
                given = [str(chance.randint(50, 100)) for _ in range(BY_HAND)]
                marks = [{"metric": f"b{m}", "value": said, "points": "0", "comment": ""} for m, said in enumerate(given)]
                cards.append({
                    "id": new_id(), "person_id": one, "store_id": places[n % stores], "day": FIRST + timedelta(days=7 * number),
                    "month": MONTH, "rater": "manager", "rater_id": rater, "given": marks, "comment": "", "photos": [],
                    "at": SET_UP + timedelta(days=7 * number), "arrived_at": SET_UP + timedelta(days=7 * number),
                    "op_id": new_id(), "marks": marks, "withdrawn": False, "facts": 0,
                })  # fmt: skip
            values += [
                {"id": new_id(), "indicator_id": derived_id("indicator", f"b{m}"), "person_id": one, "store_id": None,
                 "from_day": FIRST, "to_day": LAST, "value": str(chance.randint(40, 100)), "n": None, "source": "ERP",
                 "batch_id": rater, "said_at": SET_UP} for m in range(BY_HAND, BY_HAND + RECORDED)
            ]  # fmt: skip
        _insert(db, ScoreCard, cards)
        _insert(db, IndicatorValue, values)


def _insert(db: Database, model: type[Base], rows: list[dict[str, Any]]) -> None:
    with writing(db, Actor.system(), op_id=new_id(), now=SET_UP) as session:
        insert_many(session.connection(), table_of(model), rows)


def run(db: Database, *, naive_people: int = 200) -> Reckoned:
    """The month's end, twice; and the naive way for some people, reckoned for all."""
    server: Any = SimpleNamespace(db=db, clock=lambda: NIGHT, settings=SimpleNamespace(secret=SECRET))
    with reading(db, Actor.system()) as session:
        people = sorted({stay.person_id for stay in stays_in(session, MONTH)})
    begun = time.perf_counter()
    for one in people[:naive_people]:
        _alone(db, one)
    naive = (time.perf_counter() - begun) * len(people) / min(naive_people, len(people))
    begun, cpu = time.perf_counter(), time.process_time()
    made = run_month(server, MONTH)["reports"]
    first, first_cpu = time.perf_counter() - begun, time.process_time() - cpu
    assert made["new"] == len(people), made
    begun = time.perf_counter()
    again = run_month(server, MONTH)["reports"]
    again_s = time.perf_counter() - begun
    assert again == {"new": 0, "changed": 0, "same": len(people)}, again
    with reading(db, Actor.system()) as session:
        whole = session.execute(sa.select(sa.func.count()).where(ScoreReport.hundredths.is_not(None))).scalar_one()
    return Reckoned(len(people), whole, first, first_cpu, again_s, naive)


def _alone(db: Database, person_id: str) -> None:
    """One person's month, every question asked for them alone."""
    with reading(db, Actor.system()) as session:
        stays = stays_in(session, MONTH, [person_id])
        schemes, sold = schemes_held(session), channels(session)
        for stay in stays:
            figures = gather(session, MONTH, [stay])
            channel = sold.get(stay.store_id, DEFAULT_CHANNEL)
            measured = nearest(schemes, post_id=stay.post_id, store_id=stay.store_id, channel=channel, day=last_day(MONTH))
            assert measure(stay, figures, measured).total is not None


def main(people: int = 10_000, stores: int = 500) -> Reckoned:
    """Build, measure, say."""
    with tempfile.TemporaryDirectory(prefix="outpost-bench-") as folder:
        db = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
        migrate.upgrade(db)
        build(db, people=people, stores=stores)
        found = run(db)
        db.dispose()
    print(json.dumps(found.__dict__, default=str))
    return found


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:]))
