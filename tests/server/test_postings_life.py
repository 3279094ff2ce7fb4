"""The life of a posting: it begins and ends by its dates, tells everybody once, and can be called off, extended, called back."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.ids import new_id
from contract.people import LetGo
from contract.postings import (
    CancelPosting,
    EndPosting,
    ExtendPosting,
    PostEmployee,
    RecallEmployee,
    TickItem,
)
from server.kernel.actors import Actor
from server.kernel.events import REACTIONS
from server.postings import events, queries, rules
from server.postings.model import Arrival, HandOverItem, HandOverTick, Posting
from tests.server.lent import MIDNIGHT, Cast, listening
from tests.server.world import NOON
from tests.support.planted import instead

# beginning


def test_the_first_day_tells_the_employee_both_managers_and_hr_once_each(any_cast: Cast) -> None:
    posting = any_cast.post()
    any_cast.world.clock.now = MIDNIGHT - timedelta(seconds=1)
    assert any_cast.turn() == 0 and any_cast.told("N-05", posting) == []
    any_cast.world.clock.now = MIDNIGHT
    with listening(events.PostingStarted, events.CoursePackDue) as heard:
        assert any_cast.turn() == 1 and any_cast.turn() == 0
    assert sorted(any_cast.told("N-05", posting)) == sorted(any_cast.everybody)
    assert any_cast.told("N-13", posting) == [any_cast.chen]
    assert [type(event).__name__ for event in heard] == ["PostingStarted", "CoursePackDue"]
    assert heard[1].pack == "store" and heard[1].store_id == any_cast.store
    assert any_cast.world.row(Arrival, posting).begun_at == MIDNIGHT


def test_a_posting_that_begins_today_begins_at_once(cast: Cast) -> None:
    posting = cast.post("2026-11-20")
    assert sorted(cast.told("N-05", posting)) == sorted(cast.everybody)
    assert cast.turn() == 0


def test_a_posting_entered_days_late_tells_nobody_anew(cast: Cast) -> None:
    with listening(events.PostingStarted) as heard:
        posting = cast.post("2026-11-01", None)
    assert cast.told("N-05", posting) == [] and cast.turn() == 0
    assert [event.entered_late for event in heard] == [True]
    assert cast.world.rows(sa.select(HandOverItem)) == []


def test_two_workers_at_midnight_tell_everybody_once(any_cast: Cast) -> None:
    posting = any_cast.post()
    any_cast.world.clock.now = MIDNIGHT
    with listening(events.PostingStarted) as heard:
        workers = [threading.Thread(target=any_cast.turn) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert len(heard) >= 1  # told within a transaction: one that loses the race is rolled back with all it told
    assert sorted(any_cast.told("N-05", posting)) == sorted(any_cast.everybody)
    assert any_cast.world.row(Arrival, posting).begun_at == MIDNIGHT


def test_whoever_is_hr_and_manager_at_once_is_told_once(cast: Cast) -> None:
    cast.manage(cast.kitchen, cast.zhao)
    posting = cast.post("2026-11-20")
    assert sorted(cast.told("N-05", posting)) == sorted({cast.chen, cast.wu, cast.zhao})


def test_somebody_who_has_left_is_told_nothing(cast: Cast) -> None:
    posting = cast.post()
    cast.world.must(LetGo(person_id=cast.wu, reason="moves away"))
    cast.world.clock.now = MIDNIGHT
    cast.turn()
    assert cast.wu not in cast.told("N-05", posting) and cast.chen in cast.told("N-05", posting)


# the end


def test_a_week_before_the_end_it_is_announced_and_the_lists_of_the_return_are_laid_out(any_cast: Cast) -> None:
    posting = any_cast.post(ends_on="2026-12-31")
    any_cast.world.clock.now = MIDNIGHT
    any_cast.turn()
    any_cast.world.clock.now = datetime(2026, 12, 23, 20, 59, tzinfo=UTC)
    assert any_cast.turn() == 0
    any_cast.world.clock.pass_(minutes=1)
    assert any_cast.turn() == 1 and any_cast.turn() == 0
    near = any_cast.open_to_dos(posting)
    assert sorted(item.receiver_id for item in near) == sorted(any_cast.everybody)
    assert {item.due_at for item in near} == {datetime(2026, 12, 30, 21, 0, tzinfo=UTC)}
    assert {item.facts["ends_on"] for item in near} == {"2026-12-31"}
    sides = any_cast.world.rows(sa.select(HandOverItem.side).where(HandOverItem.direction == "return"))
    assert set(sides) == {"home", "host"}


def test_the_last_day_ends_it_once_and_gives_the_refresher_of_the_home(any_cast: Cast) -> None:
    posting = any_cast.post("2026-11-20", "2026-12-31")
    any_cast.world.clock.now = datetime(2026, 12, 24, tzinfo=UTC)
    any_cast.turn()
    any_cast.world.clock.now = datetime(2026, 12, 30, 21, 0, tzinfo=UTC)
    with listening(events.PostingEnded, events.CoursePackDue) as heard:
        assert any_cast.turn() == 1 and any_cast.turn() == 0
    assert [type(event).__name__ for event in heard] == ["PostingEnded", "CoursePackDue"]
    assert heard[1].pack == "refresher" and heard[1].home_unit_id == any_cast.kitchen
    assert sorted(any_cast.told("N-06", posting)) == sorted([*any_cast.everybody, *any_cast.everybody])  # near, and reached
    assert any_cast.open_to_dos(posting) == []


def test_somebody_who_goes_on_to_another_store_is_given_no_refresher(cast: Cast) -> None:
    cast.post("2026-11-20", "2026-12-01")
    other = cast.world.open_store("门店B")
    following = new_id()
    cast.world.must(PostEmployee(posting_id=following, person_id=cast.chen, store_id=other, starts_on="2026-12-01"))
    cast.world.clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    with listening(events.PostingEnded, events.CoursePackDue) as heard:
        cast.turn()
    assert [(type(event).__name__, getattr(event, "pack", event.__dict__.get("goes_on"))) for event in heard] in (
        [("PostingEnded", True), ("CoursePackDue", "store")],
        [("CoursePackDue", "store"), ("PostingEnded", True)],
    )


def test_a_server_that_slept_over_the_whole_posting_tells_both_ends_in_order(cast: Cast) -> None:
    posting = cast.post("2026-11-30", "2026-12-05")
    cast.world.clock.now = datetime(2027, 2, 1, tzinfo=UTC)
    with listening(events.PostingStarted, events.PostingEnded) as heard:
        cast.turn()
    assert [type(event).__name__ for event in heard] == ["PostingStarted", "PostingEnded"]
    assert len(cast.told("N-05", posting)) == len(cast.told("N-06", posting)) == 4


# changes of the end


def test_an_extension_moves_the_announcement_with_the_end(cast: Cast) -> None:
    posting = cast.post("2026-11-20", "2026-11-25")
    assert {item.facts["ends_on"] for item in cast.open_to_dos(posting)} == {"2026-11-25"}
    cast.world.must(ExtendPosting(posting_id=posting, ends_on="2026-12-25", reason="season"))
    assert cast.open_to_dos(posting) == []
    cast.world.clock.now = datetime(2026, 12, 20, tzinfo=UTC)
    cast.turn()
    assert {item.facts["ends_on"] for item in cast.open_to_dos(posting)} == {"2026-12-25"}
    row = cast.world.row(Posting, posting)
    assert row.ends_on == date(2026, 12, 25) and row.ended_because is None


def test_an_extension_that_cannot_be_says_why(cast: Cast) -> None:
    posting = cast.post("2026-11-20", "2026-12-01")
    cast.post("2026-12-10", "2026-12-20")

    def refused(ends_on: str) -> str | None:
        return cast.world.refusal(ExtendPosting(posting_id=posting, ends_on=ends_on, reason="r"))

    assert refused("2026-12-01") == "postings.not_longer"
    assert refused("2026-12-11") == "postings.overlaps"
    assert refused("2026-02-30") == "postings.no_such_day"
    cast.world.clock.now = datetime(2026, 12, 2, tzinfo=UTC)
    assert refused("2026-12-05") == "postings.is_over"
    open_end = cast.post("2027-01-01", None)
    assert cast.world.refusal(ExtendPosting(posting_id=open_end, ends_on="2027-05-01", reason="r")) == "postings.has_no_end"


def test_a_recall_ends_it_this_minute_and_the_rest_of_the_day_is_at_home(any_cast: Cast) -> None:
    world = any_cast.world
    posting = any_cast.post("2026-11-20", "2026-12-31")
    world.clock.pass_(hours=2)
    world.must(RecallEmployee(posting_id=posting, reason="illness at home"))
    row = world.row(Posting, posting)
    assert (row.ends_on, row.ends_at) == (date(2026, 11, 21), world.clock())
    with world.looking() as session:
        assert queries.posting_at(session, any_cast.chen, world.clock() - timedelta(seconds=1)) is not None
        assert queries.posting_at(session, any_cast.chen, world.clock()) is None
    assert world.row(Arrival, posting).over_at == world.clock()
    assert any_cast.told("N-06", posting).count(any_cast.wu) == 1
    assert world.refusal(RecallEmployee(posting_id=posting, reason="again")) == "postings.is_over"


def test_a_recall_for_a_later_day_ends_it_then(cast: Cast) -> None:
    posting = cast.post("2026-11-20", "2026-12-31")
    assert cast.world.refusal(RecallEmployee(posting_id=posting, ends_on="2026-11-20", reason="r")) == "postings.in_the_past"
    cast.world.must(RecallEmployee(posting_id=posting, ends_on="2026-11-22", reason="r"))
    assert cast.world.row(Posting, posting).ends_at == datetime(2026, 11, 21, 21, 0, tzinfo=UTC)


def test_what_is_recalled_or_cancelled_before_its_day_leaves_nothing_behind(any_cast: Cast) -> None:
    world = any_cast.world
    for undo in (RecallEmployee, CancelPosting):
        posting = any_cast.post()
        item = world.rows(sa.select(HandOverItem).where(HandOverItem.posting_id == posting, HandOverItem.side == "host"))[0]
        world.must(TickItem(item_id=item.id), Actor.person(any_cast.zhao, new_id(), [("hr", None)]))
        with listening(events.PostingCancelled) as heard:
            world.must(undo(posting_id=posting, reason="plan changed"))
        assert [event.posting_id for event in heard] == [posting]
        for model in (Posting, Arrival, HandOverItem, HandOverTick):
            assert world.rows(sa.select(model)) == [], model
        assert any_cast.open_to_dos(posting) == []
        world.clock.now = MIDNIGHT
        assert any_cast.turn() == 0 and any_cast.told("N-05", posting) == []
        world.clock.now = NOON


def test_the_days_of_a_cancelled_posting_are_free_again(cast: Cast) -> None:
    posting = cast.post()
    cast.world.must(CancelPosting(posting_id=posting, reason="plan changed"))
    assert cast.world.row(Posting, cast.post()) is not None


# controls


def test_a_turn_that_forgets_that_it_happened_would_be_found(cast: Cast) -> None:
    """The control: without the note that it was told, the job that runs twice tells the next areas twice."""
    cast.post()
    cast.world.clock.now = MIDNIGHT
    real = rules.turns_due
    forgetful = instead(rules, "turns_due", lambda *a, **k: real(*a, **{**k, "begun": False}))
    with forgetful, listening(events.PostingStarted) as heard:
        cast.turn()
        cast.world.clock.pass_(hours=2)
        cast.world.must(EndPosting(posting_id=cast.world.rows(sa.select(Posting.id))[0], ends_on="2026-12-20", reason="r"))
    assert len(heard) == 2




def test_one_posting_that_cannot_be_turned_stands_in_nobodys_way(cast: Cast) -> None:
    bad, good = cast.post(ends_on="2026-12-05"), new_id()
    other = cast.world.hire("李娜", home_org="厨房")
    cast.world.must(PostEmployee(posting_id=good, person_id=other, store_id=cast.store, starts_on="2026-11-30"))

    def fail(_work: Any, event: Any) -> None:
        if event.posting_id == bad:
            raise RuntimeError("a later area has a bug")

    REACTIONS.setdefault(events.PostingStarted, []).append(fail)
    try:
        cast.world.clock.now = MIDNIGHT
        cast.turn()
    finally:
        REACTIONS[events.PostingStarted].remove(fail)
    assert cast.world.row(Arrival, good).begun_at == MIDNIGHT and cast.world.row(Arrival, bad).begun_at is None
    cast.world.clock.pass_(hours=1)
    cast.turn()
    assert cast.world.row(Arrival, bad).begun_at == cast.world.clock(), "and it is tried again"
