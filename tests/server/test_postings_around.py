"""What happens around a posting: people leave, stores close, clocks change, fifty ask at once; and what the database says."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.org import ChangeUnit, CloseUnit
from contract.people import LetGo
from contract.postings import (
    CancelPosting,
    PostEmployee,
)
from contract.stores import ChangeStore
from server.kernel.actors import Actor
from server.kernel.feed import SyncChange
from server.kernel.jobs import Job
from server.kernel.perform import Outcome
from server.people.model import Person
from server.postings.model import Arrival, Posting
from server.postings.reactions import SIDES_SOON
from server.postings.turning import name_who_manages
from tests.server.lent import MIDNIGHT, Cast
from tests.server.world import SECRET

# what happens around it


def test_a_leaver_in_the_middle_is_at_home_the_next_day_and_gets_no_courses(any_cast: Cast) -> None:
    world = any_cast.world
    posting = any_cast.post("2026-11-20", "2026-12-31")
    world.must(LetGo(person_id=any_cast.chen, reason="goes home to the village"))
    assert world.row(Posting, posting).ends_on == date(2026, 11, 21)
    world.clock.now = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
    any_cast.turn()
    assert world.row(Arrival, posting).over_at == world.clock()
    assert any_cast.chen not in any_cast.told("N-06", posting)
    assert any_cast.told("N-13", posting) == [any_cast.chen], "the store's, of the day they came"


def test_a_leaver_never_begins_what_was_to_come(cast: Cast) -> None:
    posting = cast.post()
    cast.world.must(LetGo(person_id=cast.chen, reason="r"))
    cast.world.clock.now = MIDNIGHT
    assert cast.turn() == 0 and cast.world.row(Posting, posting) is None


def test_a_store_does_not_close_under_somebody_who_is_to_work_there(cast: Cast) -> None:
    posting = cast.post()
    closing = CloseUnit(unit_id=cast.store, from_day="2026-12-10", reason="rent")
    refused = cast.world.do(closing)
    assert refused.code == "org.not_empty" and "陈伟" in str(refused.facts)
    cast.world.must(CancelPosting(posting_id=posting, reason="closes"))
    assert cast.world.refusal(closing) is None


def test_a_store_that_changes_its_clock_before_the_day_begins_it_by_the_new_one(cast: Cast) -> None:
    posting = cast.post()
    cast.world.must(ChangeStore(store_id=cast.store, zone="Asia/Urumqi"))
    cast.world.clock.now = MIDNIGHT
    assert cast.turn() == 0, "in Urumqi it is three in the morning"
    cast.world.clock.pass_(hours=2)
    assert cast.turn() == 1
    assert cast.world.row(Arrival, posting).begun_at == MIDNIGHT + timedelta(hours=2)


def test_a_new_manager_is_on_the_card_and_is_told_when_it_begins(cast: Cast) -> None:
    posting = cast.post()
    he = cast.world.hire("何经理")
    cast.world.must(ChangeUnit(unit_id=cast.store, from_day="2026-11-25", manager_id=he))
    assert cast.world.row(Arrival, posting).host_manager_id == cast.wu
    cast.world.clock.now = MIDNIGHT
    cast.turn()
    assert cast.world.row(Arrival, posting).host_manager_id == he
    assert he in cast.told("N-05", posting) and cast.wu not in cast.told("N-05", posting)


# what the database says, whoever asks


OVERLAPPING = (
    ("2026-12-01", "2026-12-31"),
    ("2026-11-01", "2026-12-01"),
    ("2026-12-31", None),
    ("2026-11-30", "2027-01-01"),
)


@pytest.mark.parametrize(("starts_on", "ends_on"), OVERLAPPING)
def test_the_database_refuses_overlapping_postings_past_the_service(any_cast: Cast, starts_on: str, ends_on: str | None) -> None:
    any_cast.post()
    with pytest.raises(sa.exc.IntegrityError):
        _insert(any_cast, starts_on, ends_on)
    assert len(any_cast.world.rows(sa.select(Posting))) == 1


@pytest.mark.parametrize("ends_on", ["2027-02-01", "2027-01-31"])
def test_the_database_refuses_a_posting_that_ends_before_it_begins(any_cast: Cast, ends_on: str) -> None:
    any_cast.post()
    with pytest.raises(sa.exc.IntegrityError):
        _insert(any_cast, "2027-02-01", ends_on)
    assert len(any_cast.world.rows(sa.select(Posting))) == 1


def test_the_database_refuses_an_end_without_its_instant(any_cast: Cast) -> None:
    posting = any_cast.post()
    for wrong in ({"ends_at": None}, {"ends_at": datetime(2026, 11, 1, tzinfo=UTC)}):
        with any_cast.world.db.writing_engine.connect() as connection, pytest.raises(sa.exc.IntegrityError):
            connection.execute(sa.update(Posting).where(Posting.id == posting).values(**wrong))


def _insert(cast: Cast, starts_on: str, ends_on: str | None) -> None:
    first, last = date.fromisoformat(starts_on), date.fromisoformat(ends_on) if ends_on else None
    starts_at = datetime(first.year, first.month, first.day, tzinfo=UTC)
    with cast.world.db.writing_engine.connect() as connection:
        connection.execute(
            sa.insert(Posting).values(
                id=new_id(), person_id=cast.chen, store_id=cast.store, starts_on=first, ends_on=last, starts_at=starts_at,
                ends_at=starts_at + timedelta(days=9999) if last else None,
            )
        )  # fmt: skip
        connection.rollback()


def test_fifty_who_want_one_person_on_overlapping_days_get_one_posting(any_cast: Cast) -> None:
    outcomes: list[Outcome] = []
    gate = threading.Barrier(10)

    def ask(n: int) -> None:
        gate.wait()
        for k in range(5):
            starts_on = date(2026, 12, 1) + timedelta(days=(n * 5 + k) % 20)
            wish = PostEmployee(
                posting_id=new_id(), person_id=any_cast.chen, store_id=any_cast.store, starts_on=starts_on.isoformat(),
                ends_on=(starts_on + timedelta(days=30)).isoformat(),
            )  # fmt: skip
            outcomes.append(any_cast.world.do(wish))

    askers = [threading.Thread(target=ask, args=(n,)) for n in range(10)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(outcomes) == 50 and len(any_cast.world.rows(sa.select(Posting))) == 1
    assert {outcome.code for outcome in outcomes} == {None, "postings.overlaps"}
    assert [outcome.code for outcome in outcomes].count(None) == 1




def test_who_manages_a_home_stands_on_everybodys_card_as_soon_as_a_worker_looks(any_cast: Cast) -> None:
    world = any_cast.world

    def manager_of_chen() -> str | None:
        return world.row(Person, any_cast.chen).home_manager_id

    def position() -> int:
        with world.looking(Actor.system()) as session:
            change = session.get(SyncChange, (f"person:{any_cast.chen}", "person", any_cast.chen))
            return change.pos if change is not None else 0

    before = position()
    assert [job.kind for job in world.rows(sa.select(Job).where(Job.kind == SIDES_SOON))] == [SIDES_SOON], "asked for once"
    name_who_manages(world.db, world.clock(), SECRET)
    assert manager_of_chen() == any_cast.zhou and position() > before
    name_who_manages(world.db, world.clock(), SECRET)
    any_cast.manage(any_cast.kitchen, any_cast.wu)
    name_who_manages(world.db, world.clock(), SECRET)
    assert manager_of_chen() == any_cast.wu
    world.must(ChangeUnit(unit_id=any_cast.kitchen, from_day="2026-11-25", manager_id=any_cast.zhou))
    name_who_manages(world.db, world.clock(), SECRET)
    assert manager_of_chen() == any_cast.wu, "not before its day"
    world.clock.pass_(days=6)
    name_who_manages(world.db, world.clock(), SECRET)
    assert manager_of_chen() == any_cast.zhou
