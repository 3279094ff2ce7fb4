"""The change feed under concurrent writers on a real PostgreSQL: no reader's cursor ever passes a row it has not seen, and
nobody waits for somebody else's slow transaction. Each promise has a control on the same machine that breaks it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from contract.ids import new_id
from contract.moments import day_starts_at
from server.kernel.actors import Actor
from server.kernel.perform import reading, writing
from server.people.model import Person
from server.postings.model import Posting
from tests.server.world import migrate_url
from tests.support.company import Company
from tests.support.handset import Handset, new_handset
from tests.support.postgres import PostgresServer

pytestmark = [pytest.mark.slow, pytest.mark.alone]
WRITERS = 8
RACE_S = 8.0
DAWDLES_S = 4.0
NOBODY_WAITS_S = 0.5


@pytest.fixture
def url(postgres_server: PostgresServer) -> Iterator[str]:
    made = postgres_server.copy_of("migrated", migrate_url)
    yield made
    postgres_server.drop(made)


@pytest.fixture
def company(url: str, quick_folder: Path) -> Iterator[Company]:
    """Everybody works at store A, so its tablet reads what all writers write."""
    made = Company(quick_folder / "server", url).found(people=WRITERS + 1, stores=1)
    for person in made.people:
        made.post(person, "A", made.today())
    yield made
    made.close()


def write_a_past_posting(company: Company, person: str, n: int, *, think_s: float = 0.0) -> None:
    """One more row in the person's scope, through the kernel's own door. A row is born once: a reader that passes it over
    has lost it for good."""
    ends_on = company.today() - timedelta(days=2 * n + 10)
    starts_on = ends_on - timedelta(days=1)
    with writing(company.db, Actor.system(), op_id=new_id(), now=company.now()) as session:
        session.add(
            Posting(
                id=new_id(), person_id=company.people[person], store_id=company.stores["A"], starts_on=starts_on,
                ends_on=ends_on, starts_at=day_starts_at(starts_on, "Asia/Shanghai", day_turns_at_min=300),
                ends_at=day_starts_at(ends_on, "Asia/Shanghai", day_turns_at_min=300),
            )
        )  # fmt: skip
        session.flush()
        time.sleep(think_s)


def in_threads(*work: Callable[[], None]) -> list[threading.Thread]:
    failed: list[BaseException] = []

    def guarded(run: Callable[[], None]) -> None:
        try:
            run()
        except BaseException as bad:
            failed.append(bad)
            raise

    threads = [threading.Thread(target=guarded, args=(run,)) for run in work]
    for thread in threads:
        thread.start()
    return threads


def tablet_of(company: Company) -> Handset:
    tablet = new_handset(company, "tablet", store="A")
    tablet.small_pages = False
    tablet.sync()
    return tablet


def test_no_committed_row_is_ever_missed_by_a_device_that_polls(company: Company) -> None:
    tablet = tablet_of(company)
    ends = time.monotonic() + RACE_S
    people = list(company.people)[:WRITERS]

    def writer(n: int) -> Callable[[], None]:
        def run() -> None:
            rng, made = random.Random(n), 0
            while time.monotonic() < ends:
                made += 1
                write_a_past_posting(company, people[n], made, think_s=rng.choice([0.0, 0.0, 0.01, 0.03]))

        return run

    writers = in_threads(*[writer(n) for n in range(WRITERS)])
    polls = 0
    while any(thread.is_alive() for thread in writers):
        tablet.sync(most=1)
        polls += 1
    tablet.sync()
    with reading(company.db, Actor.system()) as session:
        committed = {row.id for row in session.query(Posting)}
    seen = {pk for (_, entity, pk) in tablet.parts.replica.rows() if entity == "posting"}
    assert committed - seen == set(), f"{len(committed - seen)} of {len(committed)} rows missed in {polls} polls"
    assert tablet.core.sync_state().healed == 0
    assert len(committed) > 100 and polls > 10, "the race was not run"
    tablet.core.close()


def test_a_cursor_over_a_sequence_does_miss_rows_on_this_machine(url: str) -> None:
    """The control: the same writers and the same thinking, with the cursor most systems have."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("CREATE TABLE naive (id bigserial PRIMARY KEY, tag text)")
    ends = time.monotonic() + RACE_S / 2

    def writer(n: int) -> Callable[[], None]:
        def run() -> None:
            rng = random.Random(n)
            with psycopg.connect(url) as connection:
                while time.monotonic() < ends:
                    with connection.transaction():
                        connection.execute("INSERT INTO naive (tag) VALUES (%s)", [str(n)])
                        time.sleep(rng.choice([0.0, 0.0, 0.01, 0.03]))

        return run

    writers = in_threads(*[writer(n) for n in range(WRITERS)])
    seen: set[int] = set()
    cursor = 0
    with psycopg.connect(url, autocommit=True) as reader:
        while any(thread.is_alive() for thread in writers):
            for (found,) in reader.execute("SELECT id FROM naive WHERE id > %s ORDER BY id", [cursor]).fetchall():
                seen.add(found)
                cursor = found
            time.sleep(0.01)
        for (found,) in reader.execute("SELECT id FROM naive WHERE id > %s ORDER BY id", [cursor]).fetchall():
            seen.add(found)
        everything = {row[0] for row in reader.execute("SELECT id FROM naive").fetchall()}
    assert len(everything - seen) > 0, "this machine cannot show the race, so it proves nothing above"


def lags(reader: Callable[[], set[str]], committed: dict[str, float], ends: float) -> dict[str, float]:
    """How long after its commit each row was seen."""
    seen: dict[str, float] = {}
    while time.monotonic() < ends:
        found, now = reader(), time.monotonic()
        for key in found - seen.keys():
            seen[key] = now
        time.sleep(0.02)
    return {key: at - committed[key] for key, at in seen.items() if key in committed}


def test_a_transaction_that_dawdles_for_four_seconds_delays_nobody(company: Company) -> None:
    tablet = tablet_of(company)
    ends = time.monotonic() + DAWDLES_S + 1.0
    committed: dict[str, float] = {}
    took: list[float] = []

    def dawdler() -> None:
        with writing(company.db, Actor.system(), op_id=new_id(), now=company.now()) as session:
            session.get_one(Person, company.people[f"p{WRITERS + 1}"]).name = "the slow one"
            session.flush()
            time.sleep(DAWDLES_S)

    def writer() -> None:
        n = 0
        while time.monotonic() < ends - 1.0:
            n += 1
            begun = time.monotonic()
            company.edit_person("p1", f"edit {n}")
            committed[f"edit {n}"] = time.monotonic()
            took.append(committed[f"edit {n}"] - begun)
            time.sleep(0.1)

    def read() -> set[str]:
        tablet.sync(most=1)
        found = tablet.parts.pages.person(company.people["p1"])
        return {found.name} if found is not None else set()

    threads = in_threads(dawdler, writer)
    seen = lags(read, committed, ends)
    for thread in threads:
        thread.join()
    assert len(seen) > 10, "too few edits were seen to say anything"
    assert max(seen.values()) < NOBODY_WAITS_S, f"an edit was seen {max(seen.values()):.2f} s late"
    assert max(took) < NOBODY_WAITS_S, f"a writer waited {max(took):.2f} s"
    tablet.sync()
    slow: Any = tablet.parts.pages.person(company.people[f"p{WRITERS + 1}"])
    assert slow.name == "the slow one"
    tablet.core.close()


def test_a_feed_bounded_by_the_oldest_transaction_does_stand_still_on_this_machine(url: str) -> None:
    """The control: reading up to pg_snapshot_xmin misses nothing either, and waits for the slowest."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("CREATE TABLE bounded (tag text, xid xid8 DEFAULT pg_current_xact_id())")
    ends = time.monotonic() + DAWDLES_S + 1.0
    committed: dict[str, float] = {}

    def dawdler() -> None:
        with psycopg.connect(url) as connection, connection.transaction():
            connection.execute("INSERT INTO bounded (tag) VALUES ('slow')")
            time.sleep(DAWDLES_S)

    def writer() -> None:
        time.sleep(0.3)
        n = 0
        with psycopg.connect(url) as connection:
            while time.monotonic() < ends - 1.0:
                n += 1
                with connection.transaction():
                    connection.execute("INSERT INTO bounded (tag) VALUES (%s)", [str(n)])
                committed[str(n)] = time.monotonic()
                time.sleep(0.1)

    with psycopg.connect(url, autocommit=True) as connection:

        def read() -> set[str]:
            found = connection.execute("SELECT tag FROM bounded WHERE xid < pg_snapshot_xmin(pg_current_snapshot())")
            return {row[0] for row in found.fetchall()}

        threads = in_threads(dawdler, writer)
        seen = lags(read, committed, ends)
        for thread in threads:
            thread.join()
    assert max(seen.values()) > 2 * NOBODY_WAITS_S, "this machine cannot show a feed that stands still"
