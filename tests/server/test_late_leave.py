"""Leave for days of a month that is closed: granted, warned of, listed with its reason, settled by two people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.leave import CallOffLeave
from contract.statements import AskReopen, ClosingDetail, DecideReopen
from server.approvals.model import Request
from server.approvals.presets import ensure_presets
from server.inbox.model import InboxItem
from server.leave import presets
from server.leave.model import Leave
from server.statements import month_queries
from server.timesheets import closing_service
from server.timesheets.model import LateChange, WorkDay
from tests.server.requests_of import ask, decide_all
from tests.server.statements_of import Signing, signing_in
from tests.server.test_months import close
from tests.server.world import PASSWORD, SECRET
from tests.support.planted import instead
from tests.web.visitor import Visitor

DAY = date(2026, 11, 20)
FORM = {"leave_kind": "personal", "from_day": "2026-11-20", "to_day": "2026-11-20", "reason": "家事"}


@pytest.fixture
def december(tmp_path: Path) -> Iterator[Signing]:
    """November was worked, signed and closed; Li was due on the twentieth. It is the second of December."""
    signing = signing_in(tmp_path, worked=True)
    world, now = signing.world, signing.world.clock()
    world.clock.now = datetime(2020, 1, 2, 4, tzinfo=UTC)
    presets.ensure(world.db, world.clock(), SECRET)
    ensure_presets(world.db, now=world.clock(), secret=SECRET)
    world.clock.now = now
    signing.all_three()
    signing.hours.shift("李伟", DAY.isoformat(), ("09:00", "18:00"))
    signing.hours.at("2026-12-02 10:00")
    signing.hours.round()
    yield signing
    world.close()


def closed(signing: Signing) -> str:
    return close(signing, override=True, reason="十一月工资")


def told(signing: Signing) -> list[InboxItem]:
    return signing.world.rows(sa.select(InboxItem).where(InboxItem.trigger == "late_leave"))


def detail(signing: Signing, closing_id: str) -> ClosingDetail:
    with signing.world.looking(signing.as_("zhao")) as session:
        found = month_queries.closing_detail(session, closing_id)
    assert found is not None
    return found


def test_whoever_asks_is_warned_first_and_whoever_grants_sees_the_warning(december: Signing) -> None:
    closing = closed(december)
    with pytest.raises(AssertionError, match=r"approvals\.warning"):
        ask(december.world, "leave", "李伟", FORM)
    request = ask(december.world, "leave", "李伟", FORM, warned=["month_closed"])
    kept = december.world.row(Request, request)
    assert kept.warnings == [["month_closed", {"from_day": "2026-11-20", "to_day": "2026-11-20"}]]
    decide_all(december.world, request)
    items = told(december)
    assert {december.people["zhao"], december.people["qian"]} <= {item.receiver_id for item in items}
    assert {(item.about, item.about_id, item.kind) for item in items} == {("closing", closing, "notice")}
    assert december.people["li"] not in {item.receiver_id for item in items}


def test_a_month_that_is_open_warns_of_nothing(december: Signing) -> None:
    request = ask(december.world, "leave", "李伟", FORM)
    assert december.world.row(Request, request).warnings == []
    decide_all(december.world, request)
    assert told(december) == []


def test_the_closed_day_stays_and_the_month_lists_what_it_would_be_and_why(december: Signing) -> None:
    closing = closed(december)
    before = [(day.day, day.state, day.leave_min) for day in december.world.rows(sa.select(WorkDay))]
    decide_all(december.world, ask(december.world, "leave", "李伟", FORM, warned=["month_closed"]))
    december.hours.round()
    assert [(day.day, day.state, day.leave_min) for day in december.world.rows(sa.select(WorkDay))] == before
    [late] = detail(december, closing).late
    assert (late.day, late.because, late.worked_before, late.worked_after) == ("2026-11-20", ["leave"], 0, 0)
    assert late.leave_before == 0 < late.leave_after
    page = Visitor(december.world.app).speak("zh")
    page.sign_in("zhao.x", PASSWORD)
    text = page.get(f"/console/months/{closing}").get_data(as_text=True)
    assert "请假" in text and "差额" in text


def test_two_people_open_it_and_then_the_leave_counts(december: Signing) -> None:
    closing = closed(december)
    decide_all(december.world, ask(december.world, "leave", "李伟", FORM, warned=["month_closed"]))
    december.hours.round()
    december.world.must(AskReopen(closing_id=closing, reason="补假"), december.as_("zhao"))
    december.world.must(DecideReopen(closing_id=closing, agreed=True, reason="同意"), december.as_("qian"))
    december.hours.round()
    [day] = december.world.rows(sa.select(WorkDay).where(WorkDay.day == DAY))
    assert day.state == "leave" and december.world.rows(sa.select(LateChange)) == []


def test_leave_called_off_in_a_closed_month_is_told_of_too(december: Signing) -> None:
    decide_all(december.world, ask(december.world, "leave", "李伟", FORM))
    december.hours.round()
    closing = closed(december)
    [leave] = december.world.rows(sa.select(Leave))
    december.world.must(CallOffLeave(leave_id=leave.id, from_day=FORM["from_day"], reason="上班了"))
    december.hours.round()
    assert {item.about_id for item in told(december)} == {closing}
    [late] = detail(december, closing).late
    assert late.because == ["leave"] and late.leave_before > late.leave_after == 0


def test_a_check_that_looks_at_no_closed_day_lets_it_pass_unwarned(december: Signing) -> None:
    closed(december)
    with instead(closing_service, "closed_of", lambda *given: set()):
        request = ask(december.world, "leave", "李伟", FORM)
    assert december.world.row(Request, request).warnings == []
