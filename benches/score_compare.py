"""The comparison of 500 stores with 20 people each over three months, asked of the whole server by HR: how long it takes."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from benches import org_lists
from benches.org_lists import NOW, SECRET, Asked
from contract.ids import new_id
from server import migrate
from server.app import create_app
from server.growth.model import Indicator, IndicatorValue
from server.kernel.actors import Actor
from server.kernel.bulk import insert_many
from server.kernel.db import Database, table_of
from server.kernel.perform import reading
from server.people.model import Person
from server.scoring.model_library import ScoreChannel
from server.settings import Settings
from server.stores.model import Store

DAYS = tuple((date(2026, month, 1), date(2026, month, last)) for month, last in ((8, 31), (9, 30), (10, 31)))
QUESTIONS = {
    "by store": "by=store", "by channel": "by=channel", "by post": "by=post",
    "by store, three months": "by=store&from_month=2026-08&to_month=2026-10",
}  # fmt: skip


def build(db: Database, *, people: int = 10_000, stores: int = 500) -> None:
    """The company of org_lists with a composite of everybody for three months; each tenth store is online."""
    org_lists.build(db, people=people, stores=stores)
    chance, indicator = random.Random(20261120), new_id()
    with reading(db, Actor.system()) as session:
        everybody = sorted(session.scalars(sa.select(Person.id)))[:people]
        opened = sorted(session.scalars(sa.select(Store.id)))
    values = [
        {"id": new_id(), "indicator_id": indicator, "person_id": person, "store_id": opened[at % stores], "from_day": first,
         "to_day": last, "value": f"{min(100.0, chance.gauss(80, 7)):.2f}", "n": None, "source": "scores", "batch_id": indicator,
         "said_at": NOW}
        for first, last in DAYS
        for at, person in enumerate(everybody)
    ]  # fmt: skip
    names = {"name_zh": "综合得分", "name_en": "Composite", "unit": "", "better": "higher"}
    with db.writing_engine.begin() as connection:
        insert_many(connection, table_of(Indicator), [{"id": indicator, "code": "composite", **names}])
        for start in range(0, len(values), 5_000):
            insert_many(connection, table_of(IndicatorValue), values[start : start + 5_000])
        online = [{"id": store, "store_id": store, "channel": "online"} for store in opened[::10]]
        insert_many(connection, table_of(ScoreChannel), online)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def measure(db: Database, folder: Path, *, times: int = 40) -> Iterator[Asked]:
    """Each question over the API, and the console's page of all stores."""
    settings = Settings(database_url=db.url.render_as_string(hide_password=False), data_dir=folder, secret=SECRET)
    app = create_app(settings, db=db, clock=lambda: NOW)
    client = app.test_client()
    signed = client.post("/api/v1/session", json={"login": "hr", "password": org_lists.PASSWORD})
    headers = {"Authorization": f"Bearer {signed.get_json()['token']}"}
    for what, query in QUESTIONS.items():
        took: list[float] = []
        busy = time.process_time()
        for _ in range(times + 3):
            begun = time.perf_counter()
            answer = client.get(f"/api/v1/scoring/comparison?{query}", headers=headers)
            took.append((time.perf_counter() - begun) * 1000)
            if answer.status_code != 200 or not answer.get_json()["items"]:
                raise RuntimeError(answer.get_data(as_text=True)[:300])
        spent = (time.process_time() - busy) * 1000 / len(took)
        yield Asked(what, "hr", took[3:], spent, 0.0)  # SQLite works in this process


def main() -> None:
    """On a database of its own beside nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{folder}/server.db")
        migrate.upgrade(db)
        build(db)
        for asked in measure(db, Path(folder)):
            print(f"{asked.what:26} median {asked.median_ms:6.1f} ms   p95 {asked.p95_ms:6.1f} ms   CPU {asked.app_ms:6.1f} ms")


if __name__ == "__main__":
    main()
