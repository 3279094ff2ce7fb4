"""A notice to everybody: how long until it is in all inboxes, with a mail for each, and what an operation that comes in between
waits for. People and wishes go in by sets; the notice goes the product's own way, in transactions of 200."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from contract.channels import SetChannel, WishNotices
from contract.ids import derived_id, new_id
from contract.moments import TimeTaken, to_ms
from contract.people import Hire
from server.inbox.channels_model import Delivery, Wish
from server.inbox.model import InboxItem
from server.inbox.service import NewItem, put_items
from server.kernel.actors import Actor
from server.kernel.bulk import insert_many
from server.kernel.db import Database, table_of
from server.kernel.perform import Act, Work, perform, writing
from server.people.model import Person
from server.wiring import every_handler

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SECRET = b"a secret of benches, thirty-two bytes or more"
AT_ONCE = 200


@dataclass(frozen=True)
class Told:
    """How long a notice took, and a small operation (a wish, which takes a place in the feed as a punch does): alone, and between
    the notice's transactions; both in milliseconds of the wall and of this process."""

    seconds: float
    cpu_s: float
    alone_ms: float
    between_ms: float


def build(db: Database, *, people: int = 10_000) -> tuple[str, list[str]]:
    """People who all want mail, and a channel for it; answers one who is not told, and their ids."""
    every_handler()
    first, system = new_id(), Actor.system()
    perform(db, system, Hire(person_id=first, number="N0", name="周敏", home_org="总部"), op_id=new_id(), now=NOW, secret=SECRET)
    url = "smtp://mail.example:587/?from=a@b.example"
    mail = SetChannel(channel_id=new_id(), name="mail", kind="email", url=url, groups=["notices"])
    perform(db, system, mail, op_id=new_id(), now=NOW, secret=SECRET)
    person, wish = table_of(Person), table_of(Wish)
    with db.writing_engine.begin() as connection:
        pattern = dict(connection.execute(sa.select(person).where(person.c.id == first)).one()._mapping)
        ids = [derived_id("bench told", str(n)) for n in range(people)]
        insert_many(connection, person, [{**pattern, "id": one, "number": f"N{n + 1}"} for n, one in enumerate(ids)])
        insert_many(connection, wish, [_wish(one) for one in ids])
    return first, ids


def _wish(person_id: str) -> dict[str, Any]:
    return {
        "id": derived_id("wish", person_id), "person_id": person_id, "language": "zh", "zone": "Asia/Shanghai",
        "quiet_from_min": None, "quiet_until_min": None, "email": "a@b.example", "email_groups": ["notices"],
        "push_groups": [], "said_at": NOW,
    }  # fmt: skip


def tell(db: Database, people: list[str]) -> None:
    """One notice to all of them."""
    about, ms = new_id(), to_ms(NOW)
    for start in range(0, len(people), AT_ONCE):
        op_id = new_id()
        with writing(db, Actor.system(), op_id=op_id, now=NOW) as session:
            work = Work(session, Actor.system(), NOW, Act(op_id, None, None, TimeTaken(ms, ms, ms, "exact"), NOW), SECRET)
            facts = {"title_zh": "盘点", "title_en": "Stock-taking"}
            some = people[start : start + AT_ONCE]
            put_items(work, [NewItem("N-18", one, "notice", "announcement", about, facts) for one in some])


def _small(db: Database, person_id: str) -> float:
    began = time.perf_counter()
    who = Actor.person(person_id, new_id(), [("employee", None)])
    done = perform(db, who, WishNotices(language="zh"), op_id=new_id(), now=NOW, secret=SECRET)
    assert done.status == "applied", done.code
    return (time.perf_counter() - began) * 1000


@contextmanager
def _asking(db: Database, person_id: str, took: list[float]) -> Iterator[None]:
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.03):
            took.append(_small(db, person_id))

    thread = threading.Thread(target=ask)
    thread.start()
    yield
    over.set()
    thread.join()


def measure(db: Database, asker: str, people: list[str]) -> Told:
    """A notice while nobody asks, and one while somebody does."""
    began, spent = time.perf_counter(), time.process_time()
    tell(db, people)
    seconds, spent = time.perf_counter() - began, time.process_time() - spent
    for _ in range(10):
        _small(db, asker)
    alone = statistics.median(_small(db, asker) for _ in range(60))
    took: list[float] = []
    with _asking(db, asker, took):
        tell(db, people)
    with db.glance() as connection:
        items = connection.scalar(sa.select(sa.func.count()).select_from(table_of(InboxItem)))
        mails = connection.scalar(sa.select(sa.func.count()).select_from(table_of(Delivery)))
    assert items == mails == 2 * len(people)
    return Told(seconds, spent, alone, statistics.median(took))


if __name__ == "__main__":
    from benches.stage import running

    with running() as stage:
        found = measure(stage.db, *build(stage.db))
    print(f"10,000 people with a mail each: {found.seconds:.1f} s, CPU {found.cpu_s:.1f} s of the app")
    print(f"a small operation: {found.alone_ms:.1f} ms alone, {found.between_ms:.1f} ms between its transactions (same process)")
