"""The server died between taking in and performing: what it has in its log counts all the same, once.

The phone whose answer was lost asks again, which brings it to mind. But a phone that never comes back does not; nor does
one that believes the server has it already, because another life of the server said so, or because it said hello first.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from contract.ids import derived_id
from mobile.core.ports import NoSignal
from server.kernel.actors import Actor
from server.kernel.jobs import CHORES, Job, plan_timed_work, run_due
from server.kernel.perform import reading
from server.people.model import Person
from server.wiring import every_handler
from tests.support.company import Company
from tests.support.handset import Handset, new_handset
from tests.sync import model_checks as checks
from tests.sync.model_machine import poisonable
from tests.sync.planted_bugs import PLANTED


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


def restored_from_a_backup_of_that_moment(company: Company, phone: Handset, backup: Path) -> None:
    """The server of that time had taken in and not performed; the phone has been told since that all is well."""
    company.backup(backup)
    assert phone.sync() and phone.core.sync_state().waiting == 0
    company.restore(backup)


def all_is_answered(company: Company, phone: Handset) -> None:
    checks.check_once(company)
    checks.check_all_kept(company, phone)
    checks.check_answered(company, phone)
    checks.check_converged(company, phone)


def test_a_backup_made_between_taking_in_and_performing_costs_no_punch(
    company: Company, broken_phone: Handset, quick_folder: Path
) -> None:
    restored_from_a_backup_of_that_moment(company, broken_phone, quick_folder / "backup.db")
    assert company.punches() == [], "it stands in the log, as it did when the backup was made"
    assert broken_phone.punch(note="after the restore")
    assert broken_phone.sync()
    assert [punch.note for punch in company.punches()] == [None, "after the restore"]
    all_is_answered(company, broken_phone)


def test_a_phone_with_nothing_new_to_say_to_the_restored_server_is_enough(
    company: Company, broken_phone: Handset, quick_folder: Path
) -> None:
    restored_from_a_backup_of_that_moment(company, broken_phone, quick_folder / "backup.db")
    assert broken_phone.sync() and len(company.punches()) == 1
    all_is_answered(company, broken_phone)


def test_a_phone_that_says_hello_first_is_told_of_its_punch(company: Company, broken_phone: Handset) -> None:
    """It started anew before it asked again. The answer to its hello says that HQ has the punch, so it is not sent again."""
    broken_phone.reboot()
    out = broken_phone.begin()
    assert out is not None and out.ops == 0
    answer = broken_phone.core.carry(out)
    assert not isinstance(answer, NoSignal)
    broken_phone.core.finish_exchange(out, answer)
    assert broken_phone.core.sync_state().waiting == 0 and len(company.punches()) == 1
    all_is_answered(company, broken_phone)


def test_what_was_left_is_performed_before_what_came_after_it(
    company: Company, broken_phone: Handset, quick_folder: Path
) -> None:
    """In the order of the chain, or a proof would come before its punch, and an older PIN would put out a newer one."""
    punch_id = broken_phone.made[broken_phone.device_id, 1].punch_id
    assert punch_id is not None and broken_phone.choose_pin(1)
    broken_phone.exchange("server_dies_after_intake")
    restored_from_a_backup_of_that_moment(company, broken_phone, quick_folder / "backup.db")
    assert broken_phone.choose_pin(2) and broken_phone.add_proof(punch_id)
    assert broken_phone.sync()
    with reading(company.db, Actor.system()) as session:
        verifier = session.get_one(Person, company.people["p1"]).pin_verifier
    assert verifier is not None and verifier.endswith("2")
    all_is_answered(company, broken_phone)


def test_a_revoked_phone_hands_over_what_was_left(company: Company, broken_phone: Handset, quick_folder: Path) -> None:
    restored_from_a_backup_of_that_moment(company, broken_phone, quick_folder / "backup.db")
    company.revoke(broken_phone.device_id)
    broken_phone.sync()
    assert len(company.punches()) == 1


def test_an_operation_that_was_left_and_fails_again_is_parked_and_stops_nothing(
    company: Company, broken_phone: Handset, quick_folder: Path
) -> None:
    restored_from_a_backup_of_that_moment(company, broken_phone, quick_folder / "backup.db")
    with poisonable():
        broken_phone.punch(note="poison")
        broken_phone.exchange("server_dies_after_intake")
        restored_from_a_backup_of_that_moment(company, broken_phone, quick_folder / "again.db")
        assert broken_phone.punch(note="fine")
        assert broken_phone.sync()
        all_is_answered(company, broken_phone)
    assert [punch.note for punch in company.punches()] == [None, "fine"]


@pytest.mark.parametrize("fault", ["what_was_left_is_not_looked_for", "what_was_left_is_performed_last"])
def test_a_server_that_waits_to_be_asked_again_would_be_found(
    company: Company, broken_phone: Handset, quick_folder: Path, fault: str
) -> None:
    """The control: as it was, and as it would be if only the answer looked for what was left."""
    with PLANTED[fault](), pytest.raises(AssertionError):
        test_what_was_left_is_performed_before_what_came_after_it(company, broken_phone, quick_folder)
