"""A notice to everybody: how long until it is in all inboxes, with a mail for each, and what a punch meanwhile waits.

`python -m benches.notices`: people, stores and wishes go in by sets; the notice goes the product's own way, published by HR and
spread by the job in a process of its own, as the worker is one. Punches go through the gate in this process, one a request.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from benches import org_lists
from benches.audit_log import punches
from contract.announcements import NoticeBody, PublishNotice, SaveNotice
from contract.channels import SetChannel
from contract.ids import derived_id, new_id
from server.announcements.model import Receipt
from server.announcements.reaching import reach_all
from server.inbox.channels_model import Delivery, Wish
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.bulk import insert_many
from server.kernel.db import Database, table_of
from server.kernel.perform import perform, reading
from server.people.model import Account, Person
from server.people.queries import actor_of_account
from server.wiring import every_handler

SECRET = b"a secret of benches, thirty-two bytes or more"
PUNCHES = 200


@dataclass(frozen=True)
class Told:
    """How long a notice took with nothing else at work, and a punch: alone, while a notice is spread, while another process is
    busy with nothing (so that what two processors share is not taken for waiting). Punches in milliseconds, (median, p95)."""

    seconds: float
    alone: tuple[float, float]
    meanwhile: tuple[float, float]
    beside_a_busy_one: tuple[float, float]


def build(db: Database, *, people: int = 10_000) -> int:
    """The company of org_lists; everybody wants mail, and there is a channel for it. Answers how many people that are."""
    org_lists.build(db, people=people)
    url = "smtp://mail.example:587/?from=a@b.example"
    mail = SetChannel(channel_id=new_id(), name="mail", kind="email", url=url, groups=["notices"])
    done = perform(db, Actor.system(), mail, op_id=new_id(), now=datetime.now(UTC), secret=SECRET)
    assert done.status == "applied", done
    with db.writing_engine.begin() as connection:
        ids = list(connection.scalars(sa.select(table_of(Person).c.id)))
        insert_many(connection, table_of(Wish), [_wish(one) for one in ids])
    return len(ids)


def _wish(person_id: str) -> dict[str, Any]:
    return {
        "id": derived_id("wish", person_id), "person_id": person_id, "language": "zh", "zone": "Asia/Shanghai",
        "quiet_from_min": None, "quiet_until_min": None, "email": "a@b.example", "email_groups": ["notices"],
        "push_groups": [], "said_at": datetime.now(UTC),
    }  # fmt: skip


def publish(db: Database) -> str:
    """HR writes to everybody; answers the notice, which the job has yet to spread."""
    with reading(db, Actor.system()) as session:
        account = session.scalars(sa.select(Account).where(Account.login == "hr")).one()
        hr = actor_of_account(session, account, datetime.now(UTC))
    notice_id = new_id()
    body = NoticeBody(title_zh="盘点", title_en="Stock-taking", text_zh="今晚盘点。")
    for op in (SaveNotice(notice_id=notice_id, body=body), PublishNotice(notice_id=notice_id)):
        done = perform(db, hr, op, op_id=new_id(), now=datetime.now(UTC), secret=SECRET)
        assert done.status == "applied", done
    return notice_id


def measure(db: Database, url: str, people: int) -> Told:
    """A notice while nobody punches; punches with nothing told, while a notice is, and beside a process that only computes."""
    one = punches(db, 1, requests=1)
    for _ in range(40):
        one()
    notice_id = publish(db)
    began = time.perf_counter()
    reach_all(db, notice_id, datetime.now(UTC), SECRET)
    seconds = time.perf_counter() - began
    alone = _spread(_timed(one, lambda n: n < PUNCHES))
    told: list[float] = []
    notices = 1
    while len(told) < PUNCHES:
        notice_id, notices = publish(db), notices + 1
        with subprocess.Popen([sys.executable, "-m", "benches.notices", url, notice_id], stdout=subprocess.PIPE) as teller:
            assert teller.stdout is not None and teller.stdout.read(1) == b"."
            told += _timed(one, lambda _n, teller=teller: teller.poll() is None)  # type: ignore[misc]
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        beside = _spread(_timed(one, lambda n: n < PUNCHES))
        busy.kill()
    with db.glance() as connection:
        got, mails = (connection.scalar(sa.select(sa.func.count()).select_from(table_of(each))) for each in (Receipt, Delivery))
        items = connection.scalar(sa.select(sa.func.count()).where(table_of(InboxItem).c.trigger == "N-18"))
    # who punches here is somebody besides, who gets it too and wants no mail
    assert got == items and mails == notices * people < items, (got, mails, items, notices, people)
    return Told(seconds, alone, _spread(told), beside)


def _timed(one: Callable[[], int], goes_on: Callable[[int], bool]) -> list[float]:
    """Milliseconds of each punch, one after the other with a breath between, as long as it goes on."""
    took: list[float] = []
    while goes_on(len(took)):
        began = time.perf_counter()
        one()
        took.append((time.perf_counter() - began) * 1000)
        time.sleep(0.02)
    return took


def _spread(took: list[float]) -> tuple[float, float]:
    return statistics.median(took), sorted(took)[round(len(took) * 0.95) - 1]


def _tell(url: str, notice_id: str) -> None:
    """The worker's part, in a process of its own, which says when it begins."""
    every_handler()
    db = Database(url)
    with db.glance() as connection:
        connection.execute(sa.select(1))
    sys.stdout.write(".")
    sys.stdout.flush()
    reach_all(db, notice_id, datetime.now(UTC), SECRET)


def _main() -> None:
    from benches.stage import running

    with running() as stage:
        found = measure(stage.db, stage.db.url.render_as_string(hide_password=False), build(stage.db))
    print(f"10,000 people with a mail each: {found.seconds:.1f} s")
    for what, (median, p95) in (("alone", found.alone), ("while a notice is spread", found.meanwhile),
                                ("beside a process that only computes", found.beside_a_busy_one)):  # fmt: skip
        print(f"a punch {what}: median {median:.1f} ms, p95 {p95:.1f} ms")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _tell(sys.argv[1], sys.argv[2])
    else:
        _main()
