"""The weekly statement: made when the week is over, signed by three, disputed and settled, said anew when facts come late."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from contract import day_parts
from contract.day_parts import shared, stores_of
from contract.hours import DayRow, DaySpan, StoreMinutes
from contract.ids import new_id
from contract.statement_seal import ALPHABET, NotGenuine, canonical, code_of, digest_of, open_sealed, read_code, seal
from contract.statements import SettleDispute, StatementsQuery
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.perform import writing
from server.people.model import Person
from server.statements import queries, rules
from server.statements.model import Statement, StatementConfirmation, StatementRevision
from server.statements.watching import make_what_is_over, watch_statements
from tests.server.statements_of import WEEK, WORKED, Signing, signing_in
from tests.support.planted import instead


@pytest.fixture
def signing(tmp_path: Path) -> Iterator[Signing]:
    """Five days of nine to six, and the week is over."""
    found = signing_in(tmp_path, worked=True)
    yield found
    found.world.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Signing]:
    """The same people before anybody worked."""
    found = signing_in(tmp_path, worked=False)
    yield found
    found.world.close()


# -- made ------------------------------------------------------------------------------------------------------------------


def test_a_week_becomes_a_statement_when_it_is_over_and_not_before(fresh: Signing):
    signing, world = fresh, fresh.world
    signing.work(*WORKED)
    signing.over("2026-11-15 23:00")
    assert world.rows(sa.select(Statement)) == []
    signing.over("2026-11-16 04:59")  # the business day of Sunday ends at five
    assert world.rows(sa.select(Statement)) == []
    signing.over("2026-11-16 05:01")
    row = signing.row()
    assert (row.week, row.from_day, row.to_day, row.revision, row.state) == (WEEK, "2026-11-09", "2026-11-15", 1, "open")
    assert row.text is not None and row.text.worked_min == 5 * 9 * 60 and [day.day for day in row.text.days] == list(WORKED)


def test_its_text_says_who_where_and_every_day_with_its_times(signing: Signing):
    text = signing.row().text
    assert text is not None
    assert (text.person_name, text.store_name, text.partner) == ("李伟", "豫园店", "Blue Mountain Coffee")
    monday = text.days[0]
    assert monday.worked_min == 540 and len(monday.spans) == 1
    begins, ends = monday.spans[0]
    assert (ends - begins) // 60_000 == 540
    assert sum(day.worked_min for day in text.days) == text.worked_min == 2700


def test_asking_again_makes_nothing_twice_and_who_was_not_there_gets_none(signing: Signing):
    assert make_what_is_over(signing.hours.out) == 0
    assert len(signing.world.rows(sa.select(Statement))) == 1
    assert {row.person_id for row in signing.world.rows(sa.select(Statement))} == {signing.people["li"]}


def test_the_digest_is_that_of_the_canonical_bytes_and_the_code_that_of_the_digest(signing: Signing):
    row = signing.row()
    assert row.text is not None
    assert digest_of(canonical(row.text)) == row.digest and code_of(row.digest) == row.code


# -- signed ----------------------------------------------------------------------------------------------------------------


def test_three_sides_confirm_and_the_week_is_complete(signing: Signing):
    signing.all_three()
    row = signing.row()
    assert row.state == "complete"
    assert [(one.side, one.name) for one in row.confirmed] == [("employee", "李伟"), ("hq", "赵敏"), ("store", "吴芳")]


def test_two_of_three_are_not_enough_and_twice_is_once(signing: Signing):
    assert signing.confirm("li", "employee").status == "applied"
    assert signing.confirm("li", "employee").status in ("applied", "merged")
    assert signing.confirm("wu", "store").status == "applied"
    assert signing.row().state == "open" and len(signing.row().confirmed) == 2


@pytest.mark.parametrize(
    ("login", "side"),
    [("li", "store"), ("li", "hq"), ("wu", "employee"), ("wu", "hq"), ("zhao", "employee"), ("zhao", "store"), ("sun", "hq")],
)
def test_nobody_speaks_for_a_side_that_is_not_theirs(signing: Signing, login: str, side: str):
    assert signing.confirm(login, side).code == "statements.not_your_side"
    assert signing.row().confirmed == []


def test_nobody_confirms_for_two_sides_even_where_they_could(signing: Signing):
    """Somebody of HR who also manages the store is both, and has to choose."""
    from contract.org import ChangeUnit

    signing.world.must(ChangeUnit(unit_id=signing.store, from_day="2026-11-16", manager_id=signing.people["zhao"]))
    assert signing.confirm("zhao", "store").status == "applied"
    assert signing.confirm("zhao", "hq").code == "statements.one_side_each"
    assert signing.confirm("qian", "hq").status == "applied"


def test_the_database_refuses_one_person_for_two_sides(signing: Signing):
    signing.confirm("wu", "store")
    world, now = signing.world, signing.statement()
    forged = StatementConfirmation(
        id=new_id(), statement_id=now.id, revision=1, digest=now.digest, person_id=now.person_id, store_id=now.store_id,
        side="hq", confirmed_by=signing.people["wu"], confirmed_at=world.clock(), op_id=new_id(),
    )  # fmt: skip
    with pytest.raises(sa.exc.IntegrityError):
        with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
            session.add(forged)
    assert len(signing.row().confirmed) == 1


def test_a_managers_own_week_is_signed_for_the_store_by_somebody_else(fresh: Signing):
    signing = fresh
    signing.world.post(signing.people["wu"], signing.store)
    signing.work(*WORKED, name="吴芳")
    signing.over()
    assert signing.confirm("wu", "store", of="wu").code == "statements.not_your_side"
    assert signing.confirm("wu", "employee", of="wu").status == "applied"


def test_only_the_newest_revision_with_exactly_its_digest_is_confirmed(signing: Signing):
    assert signing.confirm("li", "employee", digest="0" * 64).code == "statements.not_the_newest"
    assert signing.confirm("li", "employee", revision=2).code == "statements.not_the_newest"
    assert signing.row().confirmed == []


def test_others_do_not_even_see_the_week(signing: Signing):
    signing.world.hire("陌生人")
    stranger = signing.world.account(signing.world.people["陌生人"], "other.x", "employee")
    assert signing.world.refusal(signing.confirming("employee"), stranger) == "statements.unknown"
    with signing.world.looking(stranger) as session:
        assert queries.statements_page(session, StatementsQuery()).items == []
    with signing.world.looking(signing.as_("li")) as session:
        assert len(queries.statements_page(session, StatementsQuery()).items) == 1


# -- disputed --------------------------------------------------------------------------------------------------------------


def test_a_dispute_stops_the_signing_and_reaches_hq_and_the_other_side(signing: Signing):
    told = signing.world.do(signing.disputing(day="2026-11-11"), signing.as_("li"))
    assert told.status == "applied" and signing.row().state == "disputed"
    assert signing.confirm("wu", "store").code == "statements.is_disputed"
    items = signing.world.rows(sa.select(InboxItem).where(InboxItem.trigger == "week_disputed"))
    assert {(item.receiver_id, item.kind) for item in items} == {
        (signing.people["zhao"], "to_do"), (signing.people["qian"], "to_do"), (signing.people["wu"], "notice"),
    }  # fmt: skip


def test_hq_settles_with_a_reason_and_the_week_goes_on(signing: Signing):
    signing.confirm("wu", "store")
    dispute = signing.disputing()
    signing.world.do(dispute, signing.as_("li"))
    settled = SettleDispute(dispute_id=dispute.dispute_id, outcome="stands", reason="平板记录清楚")
    assert signing.world.refusal(settled, signing.as_("wu")) == "access.not_allowed"
    assert signing.world.do(settled, signing.as_("zhao")).status == "applied"
    assert signing.world.refusal(settled, signing.as_("qian")) == "statements.dispute_settled"
    row = signing.row()
    assert row.state == "open" and row.disputes[0].outcome == "stands" and [one.side for one in row.confirmed] == ["store"]
    told = signing.world.rows(sa.select(InboxItem.receiver_id).where(InboxItem.trigger == "week_settled"))
    assert told and len(told) == len(set(told)), "each once"
    assert signing.confirm("li", "employee").status == "applied"


def test_whoever_raised_it_does_not_settle_it(signing: Signing):
    dispute = signing.disputing()
    signing.world.do(dispute, signing.as_("zhao"))
    settled = SettleDispute(dispute_id=dispute.dispute_id, outcome="stands", reason="x")
    assert signing.world.refusal(settled, signing.as_("zhao")) == "statements.second_person"
    assert signing.world.do(settled, signing.as_("qian")).status == "applied"


def test_a_day_outside_of_the_week_and_a_second_dispute_of_one_side_are_refused(signing: Signing):
    assert signing.world.refusal(signing.disputing(day="2026-11-16"), signing.as_("li")) == "statements.day_outside"
    assert signing.world.refusal(signing.disputing(day="2026-02-30"), signing.as_("li")) == "statements.day_outside"
    signing.world.do(signing.disputing(), signing.as_("li"))
    assert signing.world.refusal(signing.disputing(), signing.as_("li")) == "statements.dispute_open"


# -- said anew -------------------------------------------------------------------------------------------------------------


def test_a_late_punch_makes_the_next_revision_with_the_difference_and_asks_for_new_signatures(signing: Signing):
    signing.all_three()
    first = signing.row()
    signing.hours.punch("李伟", "in", "2026-11-14 10:00", received="2026-11-17 09:00")
    signing.hours.punch("李伟", "out", "2026-11-14 12:00", received="2026-11-17 09:00")
    signing.hours.at("2026-11-17 09:00")
    signing.hours.round()
    second = signing.row()
    assert (second.revision, second.state, second.confirmed) == (2, "open", [])
    assert second.text is not None and second.text.previous == first.digest and second.text.worked_min == 2700 + 120
    old = signing.row(1)
    assert old.state == "superseded" and old.digest == first.digest and len(old.confirmed) == 3
    with signing.world.looking(signing.as_("zhao")) as session:
        detail = queries.detail(session, signing.statement().id)
    assert detail is not None
    changed = {(one.day, one.field): (one.before, one.after) for one in detail.differences[0]}
    assert changed["2026-11-14", "worked_min"] == (0, 120) and {day for day, _ in changed} == {"2026-11-14"}
    told = signing.world.rows(sa.select(InboxItem.receiver_id).where(InboxItem.trigger == "week_changed"))
    assert set(told) == {signing.people[login] for login in ("li", "wu", "zhao")}


def test_what_changes_no_amount_asks_nobody_to_sign_again(signing: Signing):
    signing.all_three()
    signing.hours.round()
    with writing(signing.world.db, Actor.system(), op_id=new_id(), now=signing.world.clock()) as session:
        session.get_one(Person, signing.people["li"]).name = "李伟 (二)"
    make_what_is_over(signing.hours.out)
    assert signing.row().revision == 1 and signing.row().state == "complete"


def test_what_was_signed_is_never_rewritten_by_anybody(signing: Signing):
    signing.all_three()
    world = signing.world
    for statement in (
        sa.update(StatementRevision).values(text="{}"),
        sa.update(StatementRevision).values(digest="0" * 64),
        sa.delete(StatementRevision),
        sa.update(StatementConfirmation).values(side="hq"),
        sa.delete(StatementConfirmation),
    ):
        with pytest.raises(sa.exc.IntegrityError):
            with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
                session.execute(statement, execution_options={"unledgered": True})
    assert len(signing.row().confirmed) == 3
    with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:  # an erasure may empty the text
        session.execute(sa.update(StatementRevision).values(text=None), execution_options={"unledgered": True})
    assert signing.row().text is None and signing.row().digest == signing.statement().digest


# -- reminded --------------------------------------------------------------------------------------------------------------


def test_who_has_not_confirmed_is_reminded_once_and_nothing_is_assumed(signing: Signing):
    signing.confirm("li", "employee")
    signing.hours.at("2026-11-18 09:00")  # three days after the week
    for _ in range(2):
        watch_statements(signing.hours.out, {})
        signing.world.clock.pass_(days=1)
    items = signing.world.rows(sa.select(InboxItem).where(InboxItem.trigger.in_(["week_confirm", "weeks_confirm"])))
    assert {item.receiver_id for item in items} == {signing.people[login] for login in ("wu", "zhao", "qian")}
    assert len(items) == 3
    signing.hours.at("2026-12-20 09:00")
    watch_statements(signing.hours.out, {})
    with signing.world.looking(signing.as_("zhao")) as session:
        (row,) = queries.statements_page(session, StatementsQuery()).items
    assert row.state == "open" and row.overdue and len(row.confirmed) == 1


# -- what the rules say ----------------------------------------------------------------------------------------------------

_A, _B = "a" * 36, "b" * 36


def _day(**more: object) -> DayRow:
    given = {"person_id": "p", "day": "2026-11-09", "state": "present", **more}
    return msgspec.convert(given, DayRow)


def test_a_day_at_two_stores_is_split_without_losing_a_minute():
    day = _day(
        store_id=_A, worked_min=600, regular_min=480, overtime_normal_min=120, night_min=31,
        stores=[{"store_id": _A, "minutes": 360}, {"store_id": _B, "minutes": 240}],
    )  # fmt: skip
    parts = rules.split(day)
    assert (parts[_A].worked_min, parts[_A].regular_min, parts[_A].overtime_normal_min) == (360, 360, 0)
    assert (parts[_B].worked_min, parts[_B].regular_min, parts[_B].overtime_normal_min) == (240, 120, 120)
    assert parts[_A].night_min + parts[_B].night_min == 31


def test_rounding_of_the_whole_day_is_shared_out_and_not_lost():
    day = _day(
        store_id=_A, worked_min=585, regular_min=585,
        stores=[{"store_id": _A, "minutes": 300}, {"store_id": _B, "minutes": 290}],
    )  # fmt: skip
    parts = rules.split(day)
    assert (parts[_A].worked_min, parts[_B].worked_min) == (297, 288)
    assert shared(7, [1, 1, 1]) == [3, 2, 2]


def test_a_split_that_forgets_the_remainder_is_found():
    day = _day(store_id=_A, worked_min=585, stores=[{"store_id": _A, "minutes": 300}, {"store_id": _B, "minutes": 290}])
    with instead(day_parts, "shared", lambda total, weights: [total * one // sum(weights) for one in weights]):
        assert sum(part.worked_min for part in rules.split(day).values()) != 585


def test_leave_and_absence_belong_to_the_store_where_somebody_was_due():
    assert rules.split(_day(store_id=_A, state="leave", leave_min=480))[_A].leave_min == 480
    assert set(rules.split(_day(store_id=_A, state="absent", due_min=480))) == {_A}
    assert rules.split(_day(store_id=_A, state="off")) == {}


def test_weeks_are_iso_weeks_also_around_new_year():
    from datetime import date

    assert rules.week_of(date(2027, 1, 3)) == "2026-W53"
    assert rules.days_of_week("2026-W53") == (date(2026, 12, 28), date(2027, 1, 3))
    assert rules.weeks_to_make(date(2027, 1, 5), "2026-W51") == ["2026-W52", "2026-W53"]
    assert rules.weeks_to_make(date(2027, 1, 5), None) == ["2026-W53"]


def test_a_code_can_be_spoken_and_every_slip_is_noticed():
    code = code_of(digest_of(b"a week"))
    assert read_code(code.lower().replace("-", " ")) == code and len(code) == 14
    plain = code.replace("-", "")
    slips = [plain[:n] + other + plain[n + 1 :] for n in range(12) for other in ALPHABET if other != plain[n]]
    turned = [plain[:n] + plain[n + 1] + plain[n] + plain[n + 2 :] for n in range(11) if plain[n] != plain[n + 1]]
    assert all(read_code(slip) is None for slip in slips + turned)
    assert read_code("") is None and read_code("O0I1") is None


def test_a_file_is_checked_with_the_public_key_alone_and_a_changed_letter_is_found(signing: Signing):
    signing.all_three()
    row, signer = signing.row(), signing.hours.out.signer
    assert row.text is not None
    file = seal(canonical(row.text).decode(), row.confirmed, signer)
    opened = open_sealed(file, signer.public)
    assert opened.digest == row.digest and {side for side, *_ in opened.confirmed} == {"employee", "store", "hq"}
    with pytest.raises(NotGenuine, match="text"):
        open_sealed(file.replace(b"2700", b"2760"), signer.public)
    with pytest.raises(NotGenuine, match="signature"):
        open_sealed(file, bytes(range(32)))
    with pytest.raises(NotGenuine, match="form"):
        open_sealed(b"%PDF", signer.public)


def test_the_public_answer_shows_what_a_paper_shows_and_no_name(signing: Signing):
    with signing.world.looking(Actor()) as session:
        said = queries.verify(session, signing.row().code)
        nothing = queries.verify(session, "AAAA-AAAA-AAAA")
    assert (said.state, said.person, said.store, said.worked_min) == ("genuine", "李*", "豫园店", 2700)
    assert nothing.state == "unknown" and nothing.store == ""


def test_spans_and_stores_of_a_day_name_the_same_places():
    day = _day(store_id=_B, worked_min=60, stores=[], spans=[{"in_ms": 0, "out_ms": 3_600_000, "store_id": _A}])
    assert stores_of(day) == [_A, _B]
    assert isinstance(day.spans[0], DaySpan) and StoreMinutes(store_id=_A, minutes=1).minutes == 1
