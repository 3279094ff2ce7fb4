"""Leave from the request to the board: granted by its flow, counted once, shown to whom it concerns."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.inbox import ItemRow
from contract.leave import AdjustBalance, CallOffLeave, DefineLeaveKind
from contract.people import LetGo
from server.approvals.presets import ensure_presets
from server.boards.queries import store_board
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.perform import writing
from server.leave import presets, queries
from server.leave.model import Leave, LeaveBalance
from server.leave.queries import leave_row
from tests.server.requests_of import ask, decide_all
from tests.server.world import NOON, SECRET, World

DAY = 480


@functools.cache
def _with_presets() -> World:
    """Made once for this process; every test gets a copy."""
    made = World.on_sqlite(Path(tempfile.mkdtemp(prefix="outpost-leave-")))
    made.clock.now = datetime(2020, 1, 2, 4, tzinfo=UTC)
    presets.ensure(made.db, made.clock(), SECRET)
    ensure_presets(made.db, now=made.clock(), secret=SECRET)
    made.open_store("豫园店")
    made.hire("李伟")
    made.clock.now = NOON  # Friday 2026-11-20, noon: six years later
    made.post(made.people["李伟"], made.stores["豫园店"])
    made.close()
    return made


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = _with_presets().again(tmp_path)
    yield made
    made.close()


def _balance(world: World, kind: str = "annual") -> LeaveBalance:
    [row] = world.rows(sa.select(LeaveBalance).where(LeaveBalance.kind == kind))
    return row


def _form(kind: str = "annual", day: str = "2026-11-23", to: str | None = None, **more: object) -> dict[str, object]:
    return {"leave_kind": kind, "from_day": day, "to_day": to or day, "reason": "family", **more}


def test_leave_that_was_approved_is_a_fact_and_is_taken_from_the_balance(world: World) -> None:
    request = ask(world, "leave", "李伟", _form(to="2026-11-24"))
    assert (_balance(world).accrued, _balance(world).asked, _balance(world).taken) == (5 * DAY, 2 * DAY, 0)
    decide_all(world, request)
    [leave] = world.rows(sa.select(Leave))
    assert (leave.from_day, leave.to_day, leave.minutes) == (date(2026, 11, 23), date(2026, 11, 24), 2 * DAY)
    assert (_balance(world).asked, _balance(world).taken) == (0, 2 * DAY)


def test_a_request_that_was_refused_gives_its_days_back(world: World) -> None:
    request = ask(world, "leave", "李伟", _form())
    decide_all(world, request, "refuse", "two are away already")
    assert world.rows(sa.select(Leave)) == [] and _balance(world).asked == 0


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (_form(day="2026-11-23", to="2026-11-20"), "leave.ends_before_start"),
        (_form(day="2026-11-21", to="2026-11-22"), "leave.no_working_day"),  # a weekend
        (_form(day="2026-11-23", to="2026-12-07"), "leave.not_enough"),  # eleven working days; five earned, five carried over
        (_form(kind="annual", from_time="10:00", to_time="11:00"), "leave.too_little"),
        (_form(kind="annual", from_time="25:00", to_time="26:00"), "leave.no_such_time"),
        (_form(kind="moon"), "leave.kind_unknown"),
        (_form(day="2026-11-23", to="2026-11-24", part="first_half"), "leave.part_of_several_days"),
    ],
)
def test_leave_that_cannot_be_granted_is_refused_when_it_is_asked_for(world: World, form: dict[str, object], code: str) -> None:
    outcome = ask(world, "leave", "李伟", form, must=False)
    assert outcome.code == code and (outcome.field or "").startswith("form.")


def test_two_leaves_never_share_a_minute_by_rule_and_by_the_database(world: World) -> None:
    decide_all(world, ask(world, "leave", "李伟", _form(part="first_half")))
    assert ask(world, "leave", "李伟", _form(), must=False).code == "leave.overlaps"
    decide_all(world, ask(world, "leave", "李伟", _form(part="second_half")))  # the other half is free
    [first, _] = world.rows(sa.select(Leave).order_by(Leave.starts_min))
    with pytest.raises(sa.exc.IntegrityError), writing(world.db, Actor.system(), op_id=new_id(), now=NOON) as session:
        session.add(
            Leave(
                id=new_id(), person_id=first.person_id, kind="sick", from_day=first.from_day, to_day=first.to_day, minutes=1,
                starts_min=first.starts_min + 5, ends_min=first.starts_min + 6, granted_at=NOON,
            )
        )  # fmt: skip
        session.flush()
    assert len(world.rows(sa.select(Leave))) == 2


def test_who_is_on_leave_is_on_the_boards_leave_list_and_counts_sum(world: World) -> None:
    world.post(world.hire("王芳"), world.stores["豫园店"])
    decide_all(world, ask(world, "leave", "李伟", _form(day="2026-11-20")))
    with world.looking() as session:
        board = store_board(session, world.stores["豫园店"], world.clock())
    assert board is not None
    states = {person.name: person.state for person in board.people}
    assert states == {"李伟": "on_leave", "王芳": "not_in_yet"}
    row = board.store
    assert row.posted == row.present + row.left + row.not_in_yet + row.on_leave + row.unknown == 2


def test_after_a_morning_off_somebody_is_expected_again(world: World) -> None:
    decide_all(world, ask(world, "leave", "李伟", _form(day="2026-11-20", part="first_half")))
    states = []
    for hour in (2, 5):  # 10:00 and 13:00 in Shanghai
        world.clock.now = NOON.replace(hour=hour)
        with world.looking() as session:
            board = store_board(session, world.stores["豫园店"], world.clock())
        assert board is not None
        states += [person.state for person in board.people]
    assert states == ["on_leave", "not_in_yet"]


def test_the_person_and_the_stores_manager_are_told_once(world: World) -> None:
    request = ask(world, "leave", "李伟", _form())
    decide_all(world, request)
    items: list[ItemRow] = world.rows(sa.select(InboxItem).where(InboxItem.trigger == "N-08"))
    assert [item.receiver_id for item in items] == [world.people["李伟"]]  # the store has no manager yet
    assert items[0].facts["own"] is True and items[0].facts["from_day"] == "2026-11-23"


def test_called_off_leave_gives_the_time_back_and_frees_the_days(world: World) -> None:
    decide_all(world, ask(world, "leave", "李伟", _form(day="2026-11-23", to="2026-11-25")))
    [leave] = world.rows(sa.select(Leave))
    world.must(CallOffLeave(leave_id=leave.id, from_day="2026-11-24", reason="the audit came"))
    assert _balance(world).taken == DAY
    assert ask(world, "leave", "李伟", _form(day="2026-11-24"), must=False).status == "applied"
    assert world.refusal(CallOffLeave(leave_id=leave.id, from_day="2026-11-26", reason="r")) == "leave.over_by_then"


def test_a_new_version_counts_from_its_day_and_a_correction_stays_beside_the_rule(world: World) -> None:
    world.must(DefineLeaveKind(kind_id=new_id(), code="study", name_zh="学习假", name_en="Study leave", from_day="2026-01-01",
                               accrual="yearly", days_a_year=4))  # fmt: skip
    person = world.people["李伟"]
    world.must(AdjustBalance(adjustment_id=new_id(), person_id=person, kind="study", minutes=-DAY, on="2026-06-01", reason="r"))
    row = _balance(world, "study")
    assert (row.accrued, row.adjusted) == (4 * DAY, -DAY)
    again = DefineLeaveKind(kind_id=new_id(), code="study", name_zh="学习假", name_en="Study leave", from_day="2026-01-01")
    assert world.refusal(again) == "operation.already_exists"


def test_leave_after_the_last_day_does_not_take_place(world: World) -> None:
    decide_all(world, ask(world, "leave", "李伟", _form(day="2026-11-23")))
    world.must(LetGo(person_id=world.people["李伟"], reason="goes home"))
    [leave] = world.rows(sa.select(Leave))
    assert queries.stretch_of(leave) is None and leave.ends_min == leave.starts_min


def test_why_somebody_is_away_is_not_shown_to_the_host_store(world: World) -> None:
    decide_all(world, ask(world, "leave", "李伟", _form(kind="sick")))
    [leave] = world.rows(sa.select(Leave))
    manager = world.account(world.hire("林娜"), "lin", "store_manager", world.stores["豫园店"])
    assert leave_row(leave, "李伟", manager).kind is None and leave_row(leave, "李伟", manager).minutes is None
    assert leave_row(leave, "李伟", world.admin).kind == "sick"


def test_what_a_new_company_has_is_defined_once(world: World) -> None:
    presets.ensure(world.db, world.clock(), SECRET)
    with world.looking() as session:
        kinds = queries.kinds_page(session, date(2026, 1, 1)).items
    assert [kind.code for kind in kinds].count("annual") == 1 and len(kinds) == len(presets.PRESETS)
