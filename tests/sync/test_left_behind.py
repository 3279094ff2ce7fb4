"""The server died between taking in and performing, and the phone never came back: its punches count all the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from contract.ids import derived_id
from server.kernel.actors import Actor
from server.kernel.jobs import CHORES, Job, plan_timed_work, run_due
from server.kernel.perform import reading
from server.wiring import every_handler
from tests.support.company import Company
from tests.support.handset import Handset, new_handset


@pytest.fixture
def company(quick_folder: Path) -> Iterator[Company]:
    made = Company(quick_folder / "server").prepare().found(people=1, stores=1)
    made.post("p1", "A", made.today())
    yield made
    made.close()


@pytest.fixture
def broken_phone(company: Company) -> Iterator[Handset]:
    """It handed in a punch; the server took it in and died before it had looked at it."""
    phone = new_handset(company, "phone", person="p1")
    phone.sync()
    assert phone.punch()
    phone.exchange("server_dies_after_intake")
    yield phone
    phone.core.close()


def test_a_punch_that_was_only_taken_in_is_performed_by_the_next_chore(company: Company, broken_phone: Handset) -> None:
    every_handler()
    assert company.punches() == []
    company.pass_ms(60_000)
    plan_timed_work(company.outpost)
    run_due(company.outpost)
    assert company.punches() == [], "a request of a minute ago may still be under way"
    company.pass_ms(6 * 60_000)
    run_due(company.outpost)
    [punch] = company.punches()
    assert punch.received_at < company.now() - timedelta(minutes=5), "it counts from when it came in"


def test_the_phone_that_does_come_back_finds_it_done_once(company: Company, broken_phone: Handset) -> None:
    every_handler()
    company.pass_ms(6 * 60_000)
    plan_timed_work(company.outpost)
    run_due(company.outpost)
    assert broken_phone.sync() and len(company.punches()) == 1
    assert broken_phone.core.sync_state().waiting == 0


def test_the_chore_is_planned_when_a_worker_starts(company: Company) -> None:
    every_handler()
    plan_timed_work(company.outpost)
    with reading(company.db, Actor.system()) as session:
        assert session.get(Job, derived_id("job", "perform_left_behind", "timed")) is not None
    assert CHORES["perform_left_behind"].every is not None
