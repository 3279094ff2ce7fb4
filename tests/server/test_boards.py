"""One board, counted in two ways: out of rows that were written ahead of time, and person by person. Both say the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from benches.board import NOW, crowd
from contract.boards import STATES, TodayBoard
from contract.ids import new_id
from contract.moments import to_ms
from server.audit.sequencer import catch_up
from server.boards import counting, paging, queries, rows
from server.boards.floors import Wanted
from server.boards.model import BoardChange, BoardCount, BoardMark, BoardRow, BoardSum
from server.devices.model import Device, DeviceChain
from server.kernel.actors import Actor
from server.kernel.db import Database, table_of
from server.kernel.perform import reading, writing
from server.org.model import HomeStay
from server.postings.model import Posting
from server.stores.model import Store
from tests.server.world import World
from tests.support.planted import instead

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
LATER = [timedelta(minutes=m) for m in (0, 7, 58, 180, 333, 600, 830, 1_000)]


@pytest.fixture
def drawn(tmp_path: Path) -> Iterator[World]:
    world = World.on_sqlite(tmp_path)
    crowd(world.db, people=90, stores=8, seed=7, zones=ZONES)
    yield world
    world.close()


def boards(
    db: Database, now: datetime, actor: Actor | None = None, *, unit_id: str | None = None, **asked: object
) -> tuple[TodayBoard, TodayBoard]:  # fmt: skip
    """The same board, counted and looked at."""
    found = []
    for limit in (0, 10**9):
        with instead(queries, "LOOKED_AT_UP_TO", limit), reading(db, (actor or Actor.system()).at(now)) as session:
            if limit == 0:
                assert counting.kept_at(session, now) is not None, "the rows have run out"
            wanted = Wanted(limit=1_000, **asked)  # type: ignore[arg-type]
            found.append(queries.today_board(session, now, wanted, unit_id=unit_id))
    return found[0], found[1]


def first_difference(db: Database, *, now: datetime = NOW) -> str | None:
    """The first moment and store where the two ways differ, as the day goes on and devices speak."""
    rows.keep(db, now)
    for n, later in enumerate(LATER):
        moment = now + later
        rows.keep(db, moment)
        counted, looked_at = boards(db, moment)
        for one, other in zip(counted.stores, looked_at.stores, strict=True):
            if one != other:
                return f"{later}: {one} {other}"
        if counted != looked_at:
            return f"{later}: totals"
        with db.writing_engine.begin() as connection:  # every third device speaks
            chain = table_of(DeviceChain)
            some = sorted(connection.execute(sa.select(chain.c.device_id)).scalars())[n % 3 :: 3]
            connection.execute(sa.update(chain).where(chain.c.device_id.in_(some)).values(last_seen_at=moment))
    return None


@pytest.mark.parametrize("seed", [1, 2])
def test_a_board_that_is_counted_says_what_one_that_is_looked_at_says(tmp_path: Path, seed: int) -> None:
    world = World.on_sqlite(tmp_path)
    crowd(world.db, people=70, stores=8, seed=seed, zones=ZONES)
    assert first_difference(world.db) is None
    world.close()


def test_both_ways_agree_on_postgresql_too(postgres_world: World) -> None:
    crowd(postgres_world.db, people=150, stores=12, seed=3, zones=ZONES)
    assert first_difference(postgres_world.db) is None
    with instead(counting, "_needs_at", lambda now: sa.literal(NOW - timedelta(days=9), BoardRow.until.type)):
        assert first_difference(postgres_world.db, now=NOW + timedelta(hours=5)) is not None, "the control: nobody is asked"


def test_a_row_that_forgets_what_comes_later_is_found(drawn: World) -> None:
    """The control: of each person's day only the first stretch is written down."""
    whole_course = rows.course
    with instead(rows, "course", lambda known, from_ms, until_ms: whole_course(known, from_ms, until_ms)[:1]):
        assert first_difference(drawn.db) is not None


def test_a_sum_of_all_stores_that_is_not_made_with_their_lines_is_found(drawn: World) -> None:
    """The control: what was added up at the first round is what every later board says."""
    rows.keep(drawn.db, NOW)
    with drawn.db.writing_engine.connect() as connection:
        first = connection.execute(sa.select(BoardSum.__table__)).one()
    one, other = boards(drawn.db, NOW, state="staffed")
    assert one.totals == other.totals
    stale = sa.select(*(sa.literal(value) for value in (1, *first[1:])))
    with instead(counting, "_all_lines", lambda: stale):
        assert first_difference(drawn.db) is not None


def test_the_counts_of_every_level_sum_to_the_headcount(drawn: World) -> None:
    rows.keep(drawn.db, NOW)
    seen: set[str] = set()
    for later in LATER:
        rows.keep(drawn.db, NOW + later)
        for board in boards(drawn.db, NOW + later):
            for row in (*board.stores, board.totals):
                assert row.posted == sum(getattr(row, state) for state in STATES)
                seen |= {state for state in STATES if getattr(row, state)}
            for name in ("posted", "visitors", "to_review", *STATES):
                assert getattr(board.totals, name) == sum(getattr(row, name) for row in board.stores), name
    assert seen == set(STATES), "a state that nobody of the drawn company was ever in"
    with drawn.looking() as session:
        for store in session.scalars(sa.select(Store.id)).all():
            there = queries.store_board(session, store, NOW)
            assert there is not None and there.store.posted == sum(person.posted for person in there.people)
            for state in STATES:
                assert getattr(there.store, state) == sum(p.state == state for p in there.people if p.posted), state


def test_a_filter_leaves_both_ways_the_same_stores_in_the_same_order(drawn: World) -> None:
    rows.keep(drawn.db, NOW)
    for asked in ({"city": "上海"}, {"state": "absent"}, {"search": "门店1"}, {"sort": "unknown", "descending": True}):
        counted, looked_at = boards(drawn.db, NOW, **asked)
        assert counted == looked_at and 0 < counted.totals.stores <= 8


def _leafed(drawn: World, sort: str, *, descending: bool) -> list[str]:
    """The stores of all pages of three, one after the other."""
    found: list[str] = []
    with instead(queries, "LOOKED_AT_UP_TO", 0):
        for after in range(0, 9, 3):
            with reading(drawn.db, Actor.system().at(NOW)) as session:
                wanted = Wanted(sort=sort, descending=descending, after=after, limit=3)
                found += [row.store_id for row in queries.today_board(session, NOW, wanted).stores]
    return found


def test_leafing_through_a_board_ordered_by_a_number_shows_every_store_once_in_that_order(drawn: World) -> None:
    rows.keep(drawn.db, NOW)
    for sort in ("absent", "posted", "to_review", "present"):
        for descending in (True, False):
            whole, _ = boards(drawn.db, NOW, sort=sort, descending=descending)
            assert _leafed(drawn, sort, descending=descending) == [row.store_id for row in whole.stores], (sort, descending)


def test_a_page_that_looks_up_too_few_stores_is_found(drawn: World) -> None:
    rows.keep(drawn.db, NOW)
    whole, _ = boards(drawn.db, NOW, sort="present", descending=True)
    with instead(paging, "_on_this_page", lambda session, number, plain, shown, wanted: number > 10**6):
        assert _leafed(drawn, "present", descending=True) != [row.store_id for row in whole.stores]


def test_a_manager_counts_the_people_of_their_store_and_no_others(drawn: World) -> None:
    rows.keep(drawn.db, NOW)
    store = drawn.rows(sa.select(Store.id).order_by(Store.number))[2]
    manager = Actor.person(new_id(), new_id(), [("store_manager", store)])
    counted, looked_at = boards(drawn.db, NOW, manager)
    everything, _ = boards(drawn.db, NOW)
    assert counted == looked_at and [row.store_id for row in counted.stores] == [store]
    assert counted.stores == [row for row in everything.stores if row.store_id == store] and counted.totals.posted > 5


def lend_to_the_first(drawn: World) -> str:
    """Every fourth person is at home at the first store, and lent by it to where they are; answers that store."""
    first = drawn.rows(sa.select(Store.id).order_by(Store.number))[0]
    posting, home = table_of(Posting), table_of(HomeStay)
    people = sorted(drawn.rows(sa.select(Posting.person_id)))[::4]
    with drawn.db.writing_engine.begin() as connection:
        connection.execute(sa.update(posting).where(posting.c.person_id.in_(people)).values(home_unit_id=first))
        since = {"unit_id": first, "from_day": date(2026, 1, 1), "until": None}
        connection.execute(sa.insert(home), [{"id": new_id(), "person_id": person, **since} for person in people])
    return first


def test_who_is_lent_is_counted_for_those_who_lent_them_and_for_nobody_else(drawn: World) -> None:
    first = lend_to_the_first(drawn)
    rows.keep(drawn.db, NOW)
    of_unit = boards(drawn.db, NOW, unit_id=first)
    manager = Actor.person(new_id(), new_id(), [("store_manager", first)])
    for counted, looked_at in (of_unit, boards(drawn.db, NOW, manager), boards(drawn.db, NOW, manager, unit_id=first)):
        assert counted == looked_at and counted.totals.posted > 5
    whole_company, _ = boards(drawn.db, NOW)
    assert 10 < of_unit[0].totals.posted < whole_company.totals.posted, "people of other stores, and not all of them"
    with instead(paging, "tallies", lambda now, condition: counting.tallies(now, sa.false())):
        counted, looked_at = boards(drawn.db, NOW, unit_id=first)
        assert counted != looked_at, "the control: who is at another store is forgotten"


def test_a_device_that_speaks_or_falls_silent_is_on_the_board_with_the_next_round(drawn: World) -> None:
    assert first_difference(drawn.db) is None
    with instead(rows, "moved", lambda session, now, *, asks: set()):
        assert first_difference(drawn.db, now=NOW + timedelta(days=1)) is not None, "the control: nobody is asked again"


def test_while_the_worker_is_behind_devices_are_asked_at_the_look_and_the_board_says_as_of_when(drawn: World) -> None:
    rows.keep(drawn.db, NOW)
    soon = NOW + timedelta(minutes=4)
    chain = table_of(DeviceChain)
    with drawn.db.writing_engine.begin() as connection:
        connection.execute(sa.update(chain).values(last_seen_at=soon))
    counted, looked_at = boards(drawn.db, soon)
    assert (counted.stores, counted.totals) == (looked_at.stores, looked_at.totals) and counted.as_of_ms == to_ms(NOW)
    with instead(counting, "BEHIND", timedelta(days=1)), instead(paging, "BEHIND", timedelta(days=1)):
        counted, looked_at = boards(drawn.db, soon)
        assert counted.totals != looked_at.totals, "the control: old lines are believed"
    rows.keep(drawn.db, soon)
    counted, looked_at = boards(drawn.db, soon)
    assert counted == looked_at and counted.as_of_ms == to_ms(soon)


def test_rows_that_have_run_out_are_not_counted_and_the_board_is_right_all_the_same(drawn: World) -> None:
    rows.keep(drawn.db, NOW)
    late = NOW + timedelta(days=3)
    with instead(queries, "LOOKED_AT_UP_TO", 0), drawn.looking() as session:
        assert counting.kept_at(session, late) is None
        found = queries.today_board(session, late)
    with instead(queries, "LOOKED_AT_UP_TO", 10**9), drawn.looking() as session:
        assert queries.today_board(session, late) == found


def test_after_an_upgrade_or_a_restore_the_rows_make_themselves(drawn: World) -> None:
    rows.keep(drawn.db, NOW)
    made = len(drawn.rows(sa.select(BoardRow.id)))
    with drawn.db.writing_engine.begin() as connection:
        connection.execute(sa.delete(table_of(BoardRow)))
        connection.execute(sa.update(table_of(BoardMark)).values(version=counting.VERSION - 1))
    with reading(drawn.db, Actor.system()) as session:
        assert counting.kept_at(session, NOW) is None
    assert rows.keep(drawn.db, NOW) >= made - 8 and len(drawn.rows(sa.select(BoardRow.id))) == made
    assert rows.keep(drawn.db, NOW) == 0, "nothing is to be done twice"


def test_what_enters_the_log_is_on_the_counted_board_with_the_next_round(world: World) -> None:
    store, empty = world.open_store("豫园店"), world.open_store("空店")
    rows.keep(world.db, world.clock())
    for name in ("李伟", "王芳"):
        world.post(world.hire(name), store)
    out = world.app.extensions["outpost"]
    catch_up(out)
    assert len(world.rows(sa.select(BoardChange.id))) >= 2
    assert rows.keep(world.db, world.clock()) >= 2
    counted, looked_at = boards(world.db, world.clock())
    assert counted == looked_at and counted.totals.posted == 2
    assert world.rows(sa.select(BoardChange.id)) == []
    [line] = world.rows(sa.select(BoardCount).where(BoardCount.store_id == store))
    assert line.not_in_yet == 2 == counted.totals.not_in_yet and line.present == 0
    assert set(world.rows(sa.select(BoardCount.store_id))) == {store, empty}, "every store has its line"
    now, tablet = world.clock(), new_id()
    with writing(world.db, Actor.system(), op_id=new_id(), now=now) as session:
        session.add(
            Device(id=tablet, kind="kiosk", label="", alg="ed25519", public=b"k", hardware="h", store_id=empty, enrolled_at=now,
                   enrolled_with=new_id(), app="1")
        )  # fmt: skip
        session.flush()
        session.add(DeviceChain(device_id=tablet, head_seq=0, head_hash=b"", reported_head=0))
    catch_up(out)
    rows.keep(world.db, now)
    [line] = world.rows(sa.select(BoardCount).where(BoardCount.store_id == empty))
    assert line.seen_at == now, "a new tablet is on its store's line"
