"""What partners are billed: signed weeks only, each once, revisions as differences; sums by hand, by the API and in the files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.attendance import ReviewPunch
from contract.ids import new_id
from contract.invoices import Invoice
from contract.stores import AddPartner
from contract.wire import decode
from server.archive.model import Look
from server.attendance.model import Punch
from server.statements import invoices, service
from tests.server.statements_of import WORKED, Signing, signing_in
from tests.server.test_exports import EVIL, read_xlsx
from tests.support.planted import instead

NOVEMBER = {"from_day": "2026-11-01", "to_day": "2026-11-30"}
DECEMBER = {"from_day": "2026-12-01", "to_day": "2026-12-31"}
AMOUNTS = ("regular_min", "overtime_normal_min", "overtime_weekend_min", "overtime_holiday_min", "worked_min", "night_min")


@pytest.fixture
def billing(tmp_path: Path) -> Iterator[Signing]:
    """Li worked five days at one partner's store; somebody whose name is a formula two there, and one at another partner's."""
    signing = signing_in(tmp_path, worked=False)
    hours, world = signing.hours, signing.world
    hours.people(EVIL)
    signing.people["evil"] = world.people[EVIL]
    first, world.partner_id = world.partner_id, new_id()
    world.must(AddPartner(partner_id=world.partner_id, name="另一家"))
    world.open_store("徐汇店")
    world.partner_id = first
    signing.work(*WORKED)
    signing.work("2026-11-10", "2026-11-11", name=EVIL)
    hours.punch(EVIL, "in", "2026-11-12 10:00", store="徐汇店")
    hours.punch(EVIL, "out", "2026-11-12 12:30", store="徐汇店")
    signing.over()
    yield signing
    world.close()


def billed(signing: Signing, days: dict[str, str] = NOVEMBER, login: str = "zhao", **more: str) -> Invoice:
    answer = signing.world.client(f"{login}.x").get("/api/v1/invoices", **days, **more)
    assert answer.status_code == 200, answer.json
    return decode(answer.get_data(), Invoice)


def file_rows(signing: Signing, days: dict[str, str] = NOVEMBER, **more: str) -> list[list[str]]:
    answer = signing.world.client("zhao.x").get("/api/v1/invoices/files", **days, language="en", **more)
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def sheets(signing: Signing, days: dict[str, str] = NOVEMBER) -> dict[str, list[list[str]]]:
    answer = signing.world.client("zhao.x").get("/api/v1/invoices/files", **days, language="en", format="xlsx")
    return read_xlsx(answer.get_data())


def late_pair(signing: Signing) -> None:
    """A punch pair of two hours on the Saturday comes in December."""
    signing.hours.punch("李伟", "in", "2026-11-14 10:00", received="2026-12-02 09:00")
    signing.hours.punch("李伟", "out", "2026-11-14 12:00", received="2026-12-02 09:00")
    signing.hours.at("2026-12-02 09:00")
    signing.hours.round()


def test_what_three_have_signed_is_billed_and_everything_else_stands_apart_with_its_state(billing: Signing) -> None:
    nothing = billed(billing)
    assert nothing.lines == [] and len(nothing.waiting) == 3 and nothing.total.worked_min == 0
    billing.all_three()
    made = billed(billing)
    [line] = made.lines
    assert (line.name, line.revision, line.against, line.signed_day) == ("李伟", 1, 0, "2026-11-16")
    assert (line.code, line.amounts.worked_min) == (billing.row().code, 5 * 540)  # by hand: five days of nine to six
    assert {(one.name, one.store, one.amounts.worked_min, one.state) for one in made.waiting} == {
        (EVIL, "徐汇店", 150, "open"), (EVIL, "豫园店", 2 * 540, "open"),
    }  # fmt: skip
    assert {tuple(one.missing) for one in made.waiting} == {("employee", "store", "hq")}


def test_the_sums_of_the_files_are_the_apis_and_those_of_the_hand(billing: Signing) -> None:
    billing.all_three()
    for login, side in (("wu", "store"), ("zhao", "hq")):
        assert billing.world.do(billing.confirming(side, of="evil"), billing.as_(login)).status == "applied"
    billing.world.account(billing.people["evil"], "evil.x", "employee")
    assert billing.world.do(billing.confirming("employee", of="evil"), billing.as_("evil")).status == "applied"
    made = billed(billing)
    heads, *rows, last = file_rows(billing)
    assert made.total.worked_min == 5 * 540 + 2 * 540 == sum(one.amounts.worked_min for one in made.sums)
    start = len(heads) - len(AMOUNTS)
    for n, name in enumerate(AMOUNTS, start):
        assert int(last[n]) == sum(int(row[n]) for row in rows) == getattr(made.total, name)
    found = sheets(billing)
    assert list(found)[-1] == "Not billed" and [row[0] for row in found["Not billed"][1:]] == ["另一家"]
    theirs = {name: int(page[-1][-2]) for name, page in found.items() if name != "Not billed"}
    assert theirs == {one.partner: one.amounts.worked_min for one in made.sums}
    with instead(invoices, "added", lambda amounts: next(iter(amounts))):  # a sum that takes the first line alone
        assert billed(billing).total.worked_min != made.total.worked_min


def test_a_revision_is_billed_as_the_difference_against_what_was_billed_and_the_month_before_stays(billing: Signing) -> None:
    billing.all_three()
    before = billed(billing)
    late_pair(billing)
    waits = [one for one in billed(billing, DECEMBER).waiting if one.name == "李伟"]
    assert [(one.revision, one.billed, one.amounts.worked_min) for one in waits] == [(2, 1, 2700 + 120)]
    assert billed(billing, DECEMBER).lines == [] and billed(billing).lines == before.lines
    billing.all_three()
    made = billed(billing, DECEMBER)
    [line] = made.lines
    assert (line.revision, line.against, line.amounts.worked_min, line.signed_day) == (2, 1, 120, "2026-12-02")
    assert billed(billing).lines == before.lines, "what November was billed is never another"
    whole = before.total.worked_min + made.total.worked_min
    assert whole == billing.row().text.worked_min == 2820  # type: ignore[union-attr]
    both = billed(billing, {"from_day": "2026-11-10", "to_day": "2026-12-10"})
    assert [one.amounts.worked_min for one in both.lines] == [2700, 120] and both.total.worked_min == whole
    with instead(invoices, "_before", lambda signings, number: 0):  # a bill that forgets what was billed
        assert billed(billing, DECEMBER).total.worked_min == 2820


def test_less_than_before_is_billed_below_zero(billing: Signing) -> None:
    billing.all_three()
    late_pair(billing)
    billing.all_three()
    punches = sa.select(Punch.id).where(Punch.business_date == date(2026, 11, 14))
    for punch_id in billing.world.rows(punches):
        billing.world.must(ReviewPunch(punch_id=punch_id, decision="reject", reason="重复"), billing.as_("zhao"))
    billing.hours.round()
    assert billing.row().revision == 3
    billing.all_three()
    assert [one.amounts.worked_min for one in billed(billing, DECEMBER).lines] == [120, -120]


def test_a_disputed_week_is_not_billed_and_one_disputed_after_signing_says_so(billing: Signing) -> None:
    assert billing.world.do(billing.disputing(), billing.as_("li")).status == "applied"
    made = billed(billing)
    assert made.lines == [] and {one.state for one in made.waiting if one.name == "李伟"} == {"disputed"}
    other = billing.statement("evil")
    assert other.state == "open"


def test_signed_and_disputed_afterwards_stays_billed_with_a_note_and_is_listed_too(billing: Signing) -> None:
    billing.all_three()
    assert billing.world.do(billing.disputing(), billing.as_("li")).status == "applied"
    made = billed(billing)
    assert [(one.disputed, one.amounts.worked_min) for one in made.lines] == [(True, 2700)]
    assert [(one.state, one.billed) for one in made.waiting if one.name == "李伟"] == [("disputed", 1)]
    assert "disputed after signing" in file_rows(billing)[1]


def test_a_name_that_is_a_formula_is_text_in_the_files(billing: Signing) -> None:
    rows = file_rows(billing, part="waiting")
    cells = [cell for row in rows for cell in row]
    assert "'" + EVIL in cells and EVIL not in cells
    assert any(EVIL in row for page in sheets(billing).values() for row in page)  # a stored text: read_xlsx found no formula


def test_a_stores_manager_bills_her_store_only_and_who_took_it_along_is_written_down(billing: Signing) -> None:
    billing.all_three()
    other = billing.world.stores["徐汇店"]
    billing.world.account(billing.world.hire("外人"), "wai.x", "store_manager", other)
    made = billed(billing, login="wai")
    assert made.lines == [] and [one.store for one in made.waiting] == ["徐汇店"]
    billing.world.account(billing.world.hire("内人"), "nei.x", "store_manager", billing.store)
    assert [one.name for one in billed(billing, login="nei").lines] == ["李伟"]
    assert [one.name for one in billed(billing, store_id=other).lines] == []
    file_rows(billing)
    looked = {look.person_id for look in billing.world.rows(sa.select(Look)) if look.what == "export"}
    assert {billing.people["li"], billing.people["evil"]} <= looked
    assert billing.world.client("li.x").get("/api/v1/invoices", **NOVEMBER).status_code == 403


def test_a_word_that_a_silent_phone_brings_later_counts_when_the_server_hears_it(billing: Signing) -> None:
    said_on = billing.world.clock()
    for login, side in (("wu", "store"), ("zhao", "hq")):
        billing.confirm(login, side)
    billing.hours.at("2026-12-03 09:00")
    with instead(service, "instant", lambda ms: said_on):  # said in November, heard in December
        billing.confirm("li", "employee")
    assert billed(billing).lines == [] and [one.signed_day for one in billed(billing, DECEMBER).lines] == ["2026-12-03"]
