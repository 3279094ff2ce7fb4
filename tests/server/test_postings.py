"""Postings: days, instants, no overlap whoever tries, and what follows for them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from contract.ids import new_id
from contract.postings import CancelPosting, EndPosting, PostEmployee, PostingsQuery
from contract.stores import ChangeStore
from server.kernel.actors import Actor
from server.kernel.feed import SyncChange
from server.kernel.perform import writing
from server.people.model import PersonStore
from server.postings import queries, rules
from server.postings.model import Posting
from tests.server.world import World

days = st.dates(date(2026, 1, 1), date(2026, 3, 1))


def _posting(person: str, store: str, starts_on: str, ends_on: str | None = None) -> PostEmployee:
    return PostEmployee(posting_id=new_id(), person_id=person, store_id=store, starts_on=starts_on, ends_on=ends_on)


@given(days, days | st.none(), days, days | st.none())
def test_two_stretches_overlap_exactly_when_they_share_a_day(a: date, b: date | None, c: date, d: date | None):
    horizon = date(2026, 6, 1)
    ours = {a.toordinal() + n for n in range(max(0, ((b or horizon) - a).days))}
    theirs = {c.toordinal() + n for n in range(max(0, ((d or horizon) - c).days))}
    if ours and theirs:
        assert rules.overlap(a, b, c, d) == bool(ours & theirs)


def test_a_posting_begins_when_the_store_turns_its_day(any_world: World):
    wei = any_world.hire("李伟")
    store = any_world.open_store("静安店", day_turns_at_min=300)
    row = any_world.row(Posting, any_world.post(wei, store, "2026-11-20", "2026-11-22"))
    assert row.starts_at == datetime(2026, 11, 19, 21, 0, tzinfo=UTC)  # 05:00 in Shanghai
    assert row.ends_at == datetime(2026, 11, 21, 21, 0, tzinfo=UTC)


def test_who_works_where_changes_at_that_hour_and_not_at_midnight(any_world: World):
    wei = any_world.hire("李伟")
    a, b = any_world.open_store("甲店"), any_world.open_store("乙店")
    any_world.post(wei, a, "2026-11-01", "2026-11-20")
    any_world.post(wei, b, "2026-11-20")
    before, after = datetime(2026, 11, 19, 20, 59, tzinfo=UTC), datetime(2026, 11, 19, 21, 0, tzinfo=UTC)
    with any_world.looking() as session:
        assert queries.stores_of(session, wei, before) == [a]
        assert queries.stores_of(session, wei, after) == [b]
        assert queries.people_posted(session, a, before) == [wei]
        assert queries.people_posted(session, a, after) == []
        posting = queries.posting_at(session, wei, after)
        assert posting is not None and posting.store_id == b


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [("2026-11-10", "2026-11-20"), ("2026-11-05", "2026-11-11"), ("2026-11-19", None), ("2026-11-12", "2026-11-13")],
)
def test_nobody_is_posted_twice_on_one_day(any_world: World, starts_on: str, ends_on: str | None):
    wei, store = any_world.hire("李伟"), any_world.open_store("静安店")
    any_world.post(wei, store, "2026-11-10", "2026-11-20")
    refused = any_world.do(_posting(wei, any_world.open_store("徐汇店"), starts_on, ends_on))
    assert refused.code == "postings.overlaps"
    assert refused.facts["store_id"] == store and refused.facts["starts_on"] == "2026-11-10"


def test_one_posting_may_begin_the_day_the_other_no_longer_counts(any_world: World):
    wei, store = any_world.hire("李伟"), any_world.open_store("静安店")
    any_world.post(wei, store, "2026-11-10", "2026-11-20")
    assert any_world.refusal(_posting(wei, store, "2026-11-20")) is None
    assert any_world.refusal(_posting(wei, store, "2026-11-01", "2026-11-10")) is None


def test_the_database_itself_refuses_an_overlap_that_slipped_past_the_check(any_world: World):
    wei, store = any_world.hire("李伟"), any_world.open_store("静安店")
    any_world.post(wei, store, "2026-11-10", "2026-11-20")
    moment = any_world.clock()
    with pytest.raises(sa.exc.IntegrityError):
        with writing(any_world.db, Actor.system(), op_id=new_id(), now=moment) as session:
            session.add(
                Posting(
                    id=new_id(),
                    person_id=wei,
                    store_id=store,
                    starts_on=date(2026, 11, 19),
                    ends_on=None,
                    starts_at=moment,
                    ends_at=None,
                )
            )


def test_two_overlapping_postings_at_the_same_instant_leave_one(any_world: World):
    wei = any_world.hire("李伟")
    stores = [any_world.open_store(f"{n}号店") for n in range(6)]
    gate, codes = Barrier(6), []

    def post(store: str) -> None:
        gate.wait()
        codes.append(any_world.do(_posting(wei, store, "2026-11-10")).code)

    threads = [Thread(target=post, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes.count(None) == 1
    assert set(codes) - {None} <= {"postings.overlaps", "operation.breaks_a_rule"}
    assert len(any_world.rows(sa.select(Posting))) == 1


def test_days_no_calendar_has_are_refused(world: World):
    wei, store = world.hire("李伟"), world.open_store("静安店")
    assert world.refusal(_posting(wei, store, "2026-02-30")) == "postings.no_such_day"
    assert world.refusal(_posting(wei, store, "9999-12-31")) == "postings.no_such_day"
    assert world.refusal(_posting(wei, store, "2026-11-20", "2026-11-20")) == "postings.ends_before_start"


def test_an_end_moves_forward_and_never_back(any_world: World):
    wei, store = any_world.hire("李伟"), any_world.open_store("静安店")
    posting = any_world.post(wei, store, "2026-11-10", "2026-12-31")

    def end(day: str) -> str | None:
        return any_world.refusal(EndPosting(posting_id=posting, ends_on=day, reason="season over"))

    assert end("2026-11-10") == "postings.ends_before_start"
    assert end("2027-01-05") == "postings.already_ended"
    assert end("2026-11-25") is None
    assert end("2026-11-25") == "postings.already_ended"
    assert any_world.row(Posting, posting).ends_at == datetime(2026, 11, 24, 21, 0, tzinfo=UTC)


def test_only_what_has_not_begun_can_be_cancelled(any_world: World):
    wei, store = any_world.hire("李伟"), any_world.open_store("静安店")
    begun = any_world.post(wei, store, "2026-11-01", "2026-12-01")
    coming = any_world.post(wei, store, "2026-12-01")
    assert any_world.refusal(CancelPosting(posting_id=begun, reason="x")) == "postings.already_begun"
    assert any_world.refusal(CancelPosting(posting_id=coming, reason="plan changed")) is None
    with any_world.looking(Actor.system()) as session:
        change = session.get(SyncChange, (f"person:{wei}", "posting", coming))
        assert change is not None and change.gone


def test_a_store_that_changes_its_clock_moves_the_instants_and_keeps_the_days(any_world: World):
    wei, store = any_world.hire("李伟"), any_world.open_store("乌鲁木齐店")
    running = any_world.post(wei, store, "2026-11-01", "2026-12-01")
    coming = any_world.post(wei, store, "2026-12-01")
    any_world.must(ChangeStore(store_id=store, zone="Asia/Urumqi", day_turns_at_min=240))
    running_row, coming_row = any_world.row(Posting, running), any_world.row(Posting, coming)
    turned = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)  # 04:00 at UTC+6
    assert running_row.ends_at == turned and coming_row.starts_at == turned
    assert running_row.starts_at == datetime(2026, 10, 31, 21, 0, tzinfo=UTC)  # begun is begun
    assert coming_row.starts_on == date(2026, 12, 1)


def test_a_person_is_known_in_every_store_they_were_posted_to(any_world: World):
    wei = any_world.hire("李伟")
    a, b = any_world.open_store("甲店"), any_world.open_store("乙店")
    any_world.post(wei, a, "2026-11-01", "2026-11-05")
    any_world.post(wei, b, "2026-11-05", "2026-11-10")
    any_world.post(wei, a, "2026-11-10")
    known = any_world.rows(sa.select(PersonStore.store_id).where(PersonStore.person_id == wei))
    assert sorted(known) == sorted([a, b, a])


def test_the_list_shows_postings_as_they_stood_at_a_moment(any_world: World):
    wei, lin = any_world.hire("李伟"), any_world.hire("林娜")
    store = any_world.open_store("静安店")
    old = any_world.post(wei, store, "2026-10-01", "2026-10-15")
    any_world.post(lin, store, "2026-11-01")
    as_of = int(datetime(2026, 10, 10, tzinfo=UTC).timestamp() * 1000)
    with any_world.looking() as session:
        then = queries.postings_page(session, PostingsQuery(as_of_ms=as_of)).items
        everything = queries.postings_page(session, PostingsQuery(limit=1))
        rest = queries.postings_page(session, PostingsQuery(limit=1, cursor=everything.next_cursor))
    assert [card.id for card in then] == [old]
    assert [everything.items[0].person_name, rest.items[0].person_name] == ["林娜", "李伟"] and rest.next_cursor is None


def test_a_manager_sees_the_postings_of_her_store_only(any_world: World):
    a, b = any_world.open_store("甲店"), any_world.open_store("乙店")
    lin = any_world.account(any_world.hire("林娜"), "lin", "store_manager", a)
    any_world.post(any_world.hire("李伟"), a)
    any_world.post(any_world.hire("赵强"), b)
    with any_world.looking(lin) as session:
        assert [card.person_name for card in queries.postings_page(session, PostingsQuery()).items] == ["李伟"]
    refused = _posting(any_world.people["李伟"], a, "2027-01-01")
    assert any_world.refusal(refused, lin) == "access.not_allowed"
