"""The month that is closed: what stops it, what it refuses from then on, and how two people open it again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from contract.corrections import Vouch
from contract.ids import new_id
from contract.statements import AskReopen, CloseMonth, DecideReopen, SetDeadline
from server.attendance.model import Punch
from server.inbox.model import InboxItem
from server.kernel import jobs
from server.kernel.actors import Actor
from server.kernel.feed import SyncChange
from server.kernel.perform import DeviceFacts, writing
from server.org.model import COMPANY_ID
from server.statements import month_queries, months, rules
from server.sync import day_rows
from server.sync.projections import bodies
from server.timesheets.closing_model import ClosedStretch, MonthClosing
from server.timesheets.closings import closed_of, is_any_closed, is_closed
from server.timesheets.model import LateChange, WorkDay
from tests.server.statements_of import Signing, signing_in
from tests.support.planted import instead

MONTH = "2026-11"


@pytest.fixture
def december(tmp_path: Path) -> Iterator[Signing]:
    """A week of November was worked and signed by three; it is the second of December."""
    signing = signing_in(tmp_path, worked=True)
    signing.all_three()
    signing.hours.at("2026-12-02 10:00")
    signing.hours.round()
    yield signing
    signing.world.close()


def close(signing: Signing, login: str = "zhao", **more: object) -> str:
    """Close the month; answers the closing's id."""
    closing_id = new_id()
    given = {"closing_id": closing_id, "month": MONTH, "reason": "十一月工资", **more}
    told = signing.world.do(CloseMonth(**given), signing.as_(login))  # type: ignore[arg-type]
    assert told.status == "applied", (told.code, told.facts)
    return closing_id


def refused(signing: Signing, login: str = "zhao", **more: object) -> str | None:
    given = {"closing_id": new_id(), "month": MONTH, "reason": "r", **more}
    return signing.world.refusal(CloseMonth(**given), signing.as_(login))  # type: ignore[arg-type]


def hours_of(signing: Signing) -> int:
    days = signing.world.rows(sa.select(WorkDay).where(WorkDay.person_id == signing.people["li"]))
    return sum(day.worked_min for day in days)


def late_pair(signing: Signing) -> None:
    """A phone that was off all month brings two punches of the fourteenth."""
    signing.hours.punch("李伟", "in", "2026-11-14 10:00", received="2026-12-03 09:00")
    signing.hours.punch("李伟", "out", "2026-11-14 12:00", received="2026-12-03 09:00")
    signing.hours.at("2026-12-03 09:00")
    signing.hours.round()


# -- what stops it ---------------------------------------------------------------------------------------------------------


def test_a_month_that_is_not_over_is_not_closed(december: Signing):
    assert refused(december, month="2026-12") == "statements.month_not_over"
    assert refused(december, month=MONTH) is None


def test_what_is_open_stops_it_and_is_listed_with_counts_and_an_override_needs_to_be_said(tmp_path: Path):
    signing = signing_in(tmp_path, worked=True)
    punch_id = signing.hours.punch("李伟", "in", "2026-11-20 09:00")
    with writing(signing.world.db, Actor.system(), op_id=new_id(), now=signing.world.clock()) as session:
        session.get_one(Punch, punch_id).verdict = "review"
    signing.world.do(signing.disputing(), signing.as_("li"))
    signing.hours.at("2026-12-02 10:00")
    signing.hours.round()
    with signing.world.looking(signing.as_("zhao")) as session:
        check = month_queries.check(session, MONTH, COMPANY_ID, signing.world.clock())
    found = {one.kind: one for one in check.found}
    assert (found["reviews"].count, found["disputes"].count) == (1, 1) and found["disputes"].names == ["李伟"]
    assert found["disputes"].ids == [signing.statement().id]
    assert refused(signing) == "statements.month_not_ready"
    closing = close(signing, override=True, reason="客户等发票")
    kept = signing.world.row(MonthClosing, closing)
    assert kept.found["disputes"] == 1 and kept.reason == "客户等发票"
    signing.world.close()


def test_a_week_nobody_confirmed_stops_it(tmp_path: Path):
    signing = signing_in(tmp_path, worked=True)
    signing.hours.at("2026-12-02 10:00")
    signing.hours.round()
    assert refused(signing) == "statements.month_not_ready"
    with instead(month_queries, "_weeks", lambda *given, disputed: []):  # a check that looks at no weeks
        assert refused(signing) is None
    signing.world.close()


def test_who_may_not_close_does_not(december: Signing):
    assert refused(december, "li") == "access.not_allowed"
    assert refused(december, "wu") == "access.not_allowed"
    assert refused(december, "sun") == "access.not_allowed"


def test_a_month_is_closed_once(december: Signing):
    close(december)
    assert refused(december, "qian") == "statements.month_already_closed"


# -- what is locked --------------------------------------------------------------------------------------------------------


def test_a_closed_month_keeps_its_hours_and_late_punches_wait_as_changes(december: Signing):
    before = hours_of(december)
    closing = close(december)
    late_pair(december)
    assert hours_of(december) == before
    (waiting,) = december.world.rows(sa.select(LateChange))
    assert (waiting.day, waiting.worked_before, waiting.worked_after) == (date(2026, 11, 14), 0, 120)
    with december.world.looking(december.as_("zhao")) as session:
        detail = month_queries.closing_detail(session, closing)
    assert detail is not None and detail.closing.late_changes == 1 and detail.late[0].worked_after == 120
    assert december.row().revision == 1 and december.row().state == "complete"


def test_a_correction_in_a_closed_month_is_refused_with_its_reason(december: Signing):
    at = 1_794_362_400_000  # 2026-11-11 10:00 in Shanghai
    december.hours.at("2026-12-02 10:00")
    vouched = {"person_id": december.people["li"], "store_id": december.store, "kind": "in", "at_ms": at, "reason": "r"}
    close(december)
    said = december.world.do(Vouch(correction_id=new_id(), **vouched), december.as_("wu"))
    assert said.code == "statements.month_closed" and said.facts["day"].startswith("2026-11-")


@pytest.mark.parametrize(
    "statement",
    [
        sa.update(WorkDay).values(worked_min=WorkDay.worked_min + 1, regular_min=WorkDay.regular_min + 1,
                                  presence_min=WorkDay.presence_min + 1),
        sa.delete(WorkDay),
        sa.delete(MonthClosing),
        sa.update(MonthClosing).values(state="reopened", asked_by="0" * 32, asked_reason="x", decided_by="1" * 32),
        sa.update(ClosedStretch).values(worked_min=0),
        sa.delete(ClosedStretch),
    ],
    ids=["rewrite a day", "remove a day", "delete the closing", "open it alone", "rewrite what was closed", "remove it"],
)  # fmt: skip
def test_the_database_itself_refuses_to_change_a_closed_month(december: Signing, statement: sa.UpdateBase):
    close(december)
    with pytest.raises(sa.exc.IntegrityError):
        with writing(december.world.db, Actor.system(), op_id=new_id(), now=december.world.clock()) as session:
            session.execute(statement, execution_options={"unledgered": True})
    assert hours_of(december) == 2700


def test_the_same_statement_passes_while_the_month_is_open(december: Signing):
    change = sa.update(WorkDay).values(
        worked_min=WorkDay.worked_min + 1, regular_min=WorkDay.regular_min + 1, presence_min=WorkDay.presence_min + 1
    )
    with writing(december.world.db, Actor.system(), op_id=new_id(), now=december.world.clock()) as session:
        session.execute(change, execution_options={"unledgered": True})
    assert hours_of(december) == 2705


# -- two people open it ----------------------------------------------------------------------------------------------------


def test_two_people_open_it_the_late_facts_count_and_the_next_closing_lists_the_difference(december: Signing):
    world = december.world
    first = close(december)
    late_pair(december)
    asking = AskReopen(closing_id=first, reason="离线手机补传")
    assert world.do(asking, december.as_("zhao")).status == "applied"
    assert world.refusal(asking, december.as_("qian")) == "statements.reopen_asked"
    deciding = DecideReopen(closing_id=first, agreed=True, reason="同意")
    assert world.refusal(deciding, december.as_("zhao")) == "statements.second_person"
    told = world.rows(sa.select(InboxItem).where(InboxItem.trigger == "reopen_asked"))
    assert [item.receiver_id for item in told] == [december.people["qian"]]
    with world.looking(Actor.system()) as session:
        assert is_closed(session, december.people["li"], date(2026, 11, 14))
    assert world.do(deciding, december.as_("qian")).status == "applied"
    december.hours.round()
    assert hours_of(december) == 2820 and world.rows(sa.select(LateChange)) == []
    assert december.row().revision == 2 and december.row(1).state == "superseded" and december.row().confirmed == []
    december.all_three()
    second = close(december, "qian")
    with world.looking(december.as_("zhao")) as session:
        detail = month_queries.closing_detail(session, second)
    assert detail is not None and detail.closing.revision == 2
    changed = {one.field: (one.before, one.after) for one in detail.differences}
    assert changed["worked_min"] == (2700, 2820) and {one.name for one in detail.differences} == {"李伟"}


def test_the_second_person_may_say_no_and_it_stays_closed(december: Signing):
    world = december.world
    closing = close(december)
    deciding = DecideReopen(closing_id=closing, agreed=False, reason="不必")
    assert world.refusal(deciding, december.as_("qian")) == "statements.reopen_not_asked"
    world.do(AskReopen(closing_id=closing, reason="r"), december.as_("zhao"))
    assert world.do(deciding, december.as_("qian")).status == "applied"
    kept = world.row(MonthClosing, closing)
    assert (kept.state, kept.asked_by) == ("closed", None)
    with world.looking(Actor.system()) as session:
        assert is_closed(session, december.people["li"], date(2026, 11, 11))


def test_one_person_alone_cannot_open_it_even_past_the_operations(december: Signing):
    closing = close(december)
    december.world.do(AskReopen(closing_id=closing, reason="r"), december.as_("zhao"))
    alone = sa.update(MonthClosing).values(
        state="reopened", decided_by=december.people["zhao"], decided_at=december.world.clock(), decided_reason="r"
    )
    with pytest.raises(sa.exc.IntegrityError):
        with writing(december.world.db, Actor.system(), op_id=new_id(), now=december.world.clock()) as session:
            session.execute(alone, execution_options={"unledgered": True})
    assert december.world.row(MonthClosing, closing).state == "reopen_asked"


# -- whose days ------------------------------------------------------------------------------------------------------------


def test_a_store_closes_the_days_of_who_is_posted_there_and_nobody_elses(december: Signing):
    world = december.world
    close(december, unit_id=december.store)
    with world.looking(Actor.system()) as session:
        li, wu, day = december.people["li"], december.people["wu"], date(2026, 11, 11)
        assert is_closed(session, li, day) and not is_closed(session, wu, day)
        assert closed_of(session, [li, wu], day, day) == {(li, day)}
        assert is_any_closed(session, {(li, day), (wu, day), (li, date(2026, 12, 1))}) == {(li, day)}
        assert not is_closed(session, li, date(2026, 12, 1))


def test_a_closing_of_the_company_covers_whoever_turns_up_later(december: Signing):
    close(december)
    late = december.world.hire("后来的人")
    with december.world.looking(Actor.system()) as session:
        assert is_closed(session, late, date(2026, 11, 30)) and not is_closed(session, late, date(2026, 12, 1))


def test_days_away_are_taken_out_of_days_at_home():
    first, last = rules.days_of_month("2026-02")
    assert (first, last) == (date(2026, 2, 1), date(2026, 2, 28))
    away = [(date(2026, 2, 5), date(2026, 2, 10)), (date(2026, 2, 8), date(2026, 2, 12))]
    assert rules.without((first, last), away) == [(first, date(2026, 2, 4)), (date(2026, 2, 13), last)]
    assert rules.without((first, last), [(first, last)]) == [] and rules.without((first, last), []) == [(first, last)]


def test_the_deadline_is_data_for_the_whole_company(december: Signing):
    world = december.world
    said = SetDeadline(deadline_id=new_id(), from_day="2026-12-01", remind_days=1, due_days=2)
    assert world.refusal(said, december.as_("li")) == "access.not_allowed"
    assert world.do(said, december.as_("zhao")).status == "applied"
    wrong = SetDeadline(deadline_id=new_id(), from_day="2026-12-08", remind_days=5, due_days=2)
    assert world.refusal(wrong, december.as_("zhao")) == "statements.deadline_order"
    assert december.row().due_day == "2026-11-22"  # a week before that day keeps what held then


# -- on phones --------------------------------------------------------------------------------------------------------------


def _on_the_phone(december: Signing) -> dict[str, bool]:
    """Each day of Li's as their phone would be sent it now: whether it is final."""
    phone = DeviceFacts("d", "phone", december.people["li"], None, "h", None)
    days = december.world.rows(sa.select(WorkDay).where(WorkDay.person_id == december.people["li"]))
    with december.world.db.snapshot() as connection:
        sent = bodies(connection, {"day": {day.id for day in days}}, phone)
    return {day.day.isoformat(): "locked" in msgspec.json.decode(sent["day", day.id]).get("flags", []) for day in days}


def _told_anew(december: Signing) -> set[str]:
    """The days the feed has something about since it was looked at last."""
    with december.world.db.glance() as connection:
        before = connection.execute(sa.select(sa.func.max(SyncChange.pos))).scalar_one()
    jobs.run_due(december.hours.out)
    later = sa.select(SyncChange).where(SyncChange.entity == "day", SyncChange.pos > before)
    return {change.scope for change in december.world.rows(later)}


def test_a_phone_is_told_which_of_its_days_are_final_and_that_they_are_not_any_more(december: Signing):
    assert set(_on_the_phone(december).values()) == {False}
    first = close(december)
    assert set(_on_the_phone(december).values()) == {True}
    mine = f"private:{december.people['li']}"
    assert mine in _told_anew(december), "the rows are the same: the phone has to hear that it should read them again"
    assert mine not in _told_anew(december), "once"
    december.world.do(AskReopen(closing_id=first, reason="r"), december.as_("zhao"))
    december.world.do(DecideReopen(closing_id=first, agreed=True, reason="r"), december.as_("qian"))
    assert mine in _told_anew(december) and set(_on_the_phone(december).values()) == {False}


def test_a_closing_that_tells_no_phone_is_found(december: Signing):
    with instead(months, "_tell_phones", lambda *_: None):
        close(december)
        assert _told_anew(december) == set()
    with instead(day_rows, "closed_among", lambda *_: set()):
        assert set(_on_the_phone(december).values()) == {False}
