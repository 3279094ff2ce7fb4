"""A recall counts at once, on every worker: what devices hold, what the host reads; and what was captured before still lands.

Two workers are two servers with memories of their own over one database.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from contract.ids import new_id
from contract.people import GrantRole, OpenAccount
from contract.postings import RecallEmployee
from contract.wire import plain
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.sync import exchange
from server.wiring import every_handler
from tests.server.world import PASSWORD, Client
from tests.support.company import Company
from tests.support.handset import Handset, new_handset
from tests.support.lent_app import lent_app
from tests.support.planted import instead
from tests.sync.model_checks import holds

DAY = timedelta(days=1)


class TwoWorkers:
    """p1 is posted to store A, which `manager` manages. HQ speaks to the first worker, devices and the manager to the second."""

    def __init__(self, folder: Path, url: str | None) -> None:
        every_handler()
        self.first = Company(folder, url=url).prepare().found(people=3)
        self.posting = self.first.post("p1", "A", self.first.today() - 3 * DAY, self.first.today() + 30 * DAY)
        account = new_id()
        self.first.must(OpenAccount(account_id=account, person_id=self.first.people["p2"], login="wu", password=PASSWORD))
        self.first.must(
            GrantRole(grant_id=new_id(), account_id=account, role="store_manager", unit_id=self.first.stores["A"])
        )
        self.second = Company(folder, url=url, true_ms=self.first.true_ms)
        self.phone = new_handset(self.first, "phone-p1", person="p1")
        self.tablet = new_handset(self.first, "tablet-A", store="A")
        for device in (self.phone, self.tablet):
            device.world.link.through = self.second.answer
            assert device.sync() and device.sync()
        self.app: Flask = lent_app(self.second.settings, db=self.second.db, clock=self.second.now)
        self.manager = Client(self.app.test_client())
        self.manager.sign_in("wu")

    def pass_ms(self, ms: int) -> None:
        self.first.pass_ms(ms)
        self.second.true_ms = self.first.true_ms

    def recall(self) -> None:
        self.first.must(RecallEmployee(posting_id=self.posting, reason="illness at home"))

    def scopes(self, device: Handset) -> set[str]:
        return {scope for scope, _, _ in holds(device)}

    def host_reads(self) -> tuple[int, list[str], dict[str, Any]]:
        """(status of the card, the arrivals, the person as the host reads them) at the second worker."""
        card = self.manager.get(f"/api/v1/arrivals/{self.posting}").status_code
        arrivals = [row["id"] for row in self.manager.get("/api/v1/arrivals").json["items"]]
        return card, arrivals, self.manager.get(f"/api/v1/people/{self.first.people['p1']}").json

    def close(self) -> None:
        for device in (self.phone, self.tablet):
            device.core.close()
        self.first.close()
        self.second.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def workers(request: pytest.FixtureRequest, quick_folder: Path) -> Iterator[TwoWorkers]:
    url = None if request.param == "sqlite" else request.getfixturevalue("upgraded_postgres")
    made = TwoWorkers(quick_folder / "server", url)
    yield made
    made.close()


def test_a_recall_ends_scopes_and_host_rights_within_a_second_on_the_other_worker(workers: TwoWorkers) -> None:
    person, store = f"person:{workers.first.people['p1']}", f"store:{workers.first.stores['A']}"
    assert store in workers.scopes(workers.phone) and person in workers.scopes(workers.tablet)
    assert workers.host_reads()[:2] == (200, [workers.posting])
    during = workers.host_reads()[2]
    workers.pass_ms(3_600_000)
    workers.recall()
    recalled = time.perf_counter()
    card, arrivals, after = workers.host_reads()
    asked = time.perf_counter() - recalled
    assert (card, arrivals) == (404, []) and asked < 1.0, f"{asked:.2f} s"
    assert set(after) < set(during) and "home_org" not in after and after["name"] == during["name"]
    assert workers.phone.sync() and workers.tablet.sync()
    assert store not in workers.scopes(workers.phone) and person not in workers.scopes(workers.tablet)
    assert f"desk:{workers.first.stores['A']}" not in workers.scopes(workers.tablet), "the card has left the desk"


def test_a_recall_at_noon_is_told_with_todays_date(workers: TwoWorkers) -> None:
    workers.recall()
    with reading(workers.first.db, Actor.system()) as session:
        told = list(session.scalars(sa.select(InboxItem).where(InboxItem.trigger == "N-06", InboxItem.kind == "notice")))
    assert told and {item.facts["ends_on"] for item in told} == {workers.first.today().isoformat()}


def test_what_was_captured_before_the_recall_lands_after_it_and_counts_for_the_store(workers: TwoWorkers) -> None:
    assert workers.phone.punch(store="A") and workers.tablet.punch(person="p1")
    workers.pass_ms(60_000)
    workers.recall()
    workers.pass_ms(3_600_000)
    assert workers.tablet.sync() and workers.phone.sync()
    landed = workers.first.punches()
    assert [(punch.store_id, punch.state) for punch in landed] == [(workers.first.stores["A"], "counted")] * 2
    assert all("not_posted" not in str(punch.reasons) for punch in landed)


def test_what_is_captured_after_the_recall_is_not_the_stores(workers: TwoWorkers) -> None:
    workers.recall()
    workers.pass_ms(3_600_000)
    assert workers.phone.punch(store="A"), "it has not heard of the recall"
    workers.phone.sync()
    [landed] = workers.first.punches()
    assert "evidence.not_posted_here" in str(landed.reasons)


def test_a_worker_that_trusts_its_memory_would_be_found(workers: TwoWorkers) -> None:
    """The control: scopes out of a memory that nobody told of the recall."""
    kept = exchange.scopes_of
    memory: dict[str, set[str]] = {}

    def remembered(connection: Any, device: Any, now: Any, reference: Any = None) -> set[str]:
        return memory.setdefault(device.device_id, kept(connection, device, now, reference))

    with instead(exchange, "scopes_of", remembered):
        workers.tablet.sync()
        with pytest.raises(AssertionError):
            test_a_recall_ends_scopes_and_host_rights_within_a_second_on_the_other_worker(workers)


def test_the_recall_over_http_says_when_it_ended(workers: TwoWorkers) -> None:
    body = plain(RecallEmployee(posting_id=workers.posting, reason="r"))
    refused = workers.manager.post("/api/v1/postings/recalled", body)
    assert refused.status_code == 403, "a host does not call people back"
