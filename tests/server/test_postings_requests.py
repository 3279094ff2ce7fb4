"""Requests about postings: what is refused before it begins, what happens when it is approved, and what undoes it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.org import ChangeUnit, CloseUnit
from contract.postings import CancelPosting, PostEmployee
from server.inbox.model import InboxItem
from server.postings import requests
from server.postings.model import Arrival, HandOverItem, Posting
from server.postings.turning import turn_what_is_due
from tests.server.office import TODAY, Office, transfer_form
from tests.server.world import SECRET
from tests.support.planted import instead

FOUR = (("department", "zhou"), ("hr", "zhao"), ("leader", "sun"))
BOTH = (("store", "wu"), ("department", "zhou"), ("hr", "zhao"))
URGENT = (("department", "zhou"), ("hr", "zhao"))


def lent(office: Office, starts_on: str = TODAY, ends_on: str | None = "2027-01-01") -> str:
    posting_id = new_id()
    office.world.must(
        PostEmployee(
            posting_id=posting_id, person_id=office.people["chen"], store_id=office.store, starts_on=starts_on, ends_on=ends_on
        )
    )
    return posting_id


def refusal(office: Office, kind: str, form: dict[str, Any]) -> tuple[str | None, str | None]:
    """(code, field) with which a request is refused before it begins."""
    outcome = office.world.do(office.asking(kind, "chen", {"reason": "门店开业", **form}), office.as_("chen"))
    assert outcome.status == "rejected", kind
    return outcome.code, outcome.field


def postings(office: Office) -> list[Posting]:
    return office.world.rows(sa.select(Posting).order_by(Posting.starts_on))


def turn(office: Office) -> None:
    turn_what_is_due(office.world.db, office.world.clock(), SECRET)


@pytest.mark.parametrize(
    ("form", "code", "field"),
    [
        ({"from": "2026-11-19"}, "postings.in_the_past", "form.from"),
        ({"until": "2026-12-01"}, "postings.ends_before_start", "form.until"),
        ({"until": "2026-11-30"}, "postings.ends_before_start", "form.until"),
        ({"from": "2026-12-15", "until": None}, "postings.overlaps", "form.from"),
    ],
)
def test_a_transfer_that_cannot_be_is_refused_at_its_field(
    office: Office, form: dict[str, Any], code: str, field: str
) -> None:
    if code == "postings.overlaps":
        lent(office, "2027-02-01", None)
    assert refusal(office, "transfer", transfer_form(office, **form)) == (code, field)


def test_a_transfer_to_a_store_that_will_be_closed_is_refused(office: Office) -> None:
    office.world.must(CloseUnit(unit_id=office.store, from_day="2026-11-28", reason="rent"))
    assert refusal(office, "transfer", transfer_form(office)) == ("postings.store_closed", "form.store")


@pytest.mark.parametrize("kind", ["return", "extension", "recall"])
def test_who_is_not_posted_can_neither_return_nor_stay_longer_nor_be_called_back(office: Office, kind: str) -> None:
    form = {"until": "2026-12-30"} if kind == "extension" else {"on": "2026-12-30"}
    assert refusal(office, kind, form)[0] == "postings.not_posted"


def test_an_extension_must_be_longer_and_free(office: Office) -> None:
    lent(office)
    assert refusal(office, "extension", {"until": "2027-01-01"}) == ("postings.not_longer", "form.until")
    office.world.must(
        PostEmployee(posting_id=new_id(), person_id=office.people["chen"], store_id=office.store, starts_on="2027-02-01")
    )
    assert refusal(office, "extension", {"until": "2027-02-02"}) == ("postings.overlaps", "form.until")


def test_a_return_is_not_yesterday_and_not_later_than_the_end(office: Office) -> None:
    lent(office)
    assert refusal(office, "return", {"on": TODAY}) == ("postings.in_the_past", "form.on")
    assert refusal(office, "return", {"on": "2027-01-01"}) == ("postings.already_ended", "form.on")


def test_an_approved_transfer_makes_the_posting_with_its_request_and_its_post(any_office: Office) -> None:
    office = any_office
    post = office.post()
    request_id = office.ask("transfer", form=transfer_form(office, post=post))
    office.approve(request_id, *FOUR[:2])
    assert postings(office) == []
    office.approve(request_id, FOUR[2])
    [made] = postings(office)
    assert (made.request_id, made.post_id, made.store_id) == (request_id, post, office.store)
    assert (made.starts_on, made.ends_on) == (date(2026, 12, 1), date(2027, 3, 1))
    assert made.home_unit_id == office.kitchen
    arrival = office.world.row(Arrival, made.id)
    assert (arrival.home_manager_id, arrival.host_manager_id) == (office.people["zhou"], office.people["wu"])


def test_a_transfer_approved_with_todays_date_begins_at_once(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office, **{"from": TODAY}))
    office.approve(request_id, *FOUR)
    [made] = postings(office)
    assert office.world.row(Arrival, made.id).begun_at == office.world.clock()
    told = office.world.rows(sa.select(InboxItem.receiver_id).where(InboxItem.trigger == "N-05"))
    assert sorted(told) == sorted(office.people[who] for who in ("chen", "zhou", "wu", "zhao", "qian"))


def test_a_transfer_approved_after_its_first_day_begins_on_the_day_of_approval(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office, **{"from": TODAY}))
    office.approve(request_id, *FOUR[:2])
    office.world.clock.pass_(days=3)
    office.approve(request_id, FOUR[2])
    assert [made.starts_on for made in postings(office)] == [date(2026, 11, 23)]


def test_days_that_were_taken_meanwhile_fail_the_last_approval_and_nothing_else(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    office.approve(request_id, *FOUR[:2])
    taken = lent(office, "2026-12-20", "2026-12-24")
    assert office.decide(request_id, "leader", "sun").code == "postings.overlaps"
    assert office.state(request_id) == "running"
    office.world.must(CancelPosting(posting_id=taken, reason="the request has precedence"))
    office.approve(request_id, FOUR[2])
    assert len(postings(office)) == 1


def test_a_store_that_closed_between_request_and_approval_fails_the_last_approval(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    office.approve(request_id, *FOUR[:2])
    office.world.must(ChangeUnit(unit_id=office.store, from_day=TODAY, manager_id=""))
    office.world.must(CloseUnit(unit_id=office.store, from_day="2026-11-28", reason="rent"))
    assert office.decide(request_id, "leader", "sun").code == "postings.store_closed"
    assert postings(office) == []


def test_the_short_preset_makes_a_posting_too(office: Office) -> None:
    request_id = office.ask("transfer_store", form=transfer_form(office))
    office.approve(request_id, ("store", "wu"), ("hr", "zhao"))
    assert [made.request_id for made in postings(office)] == [request_id]


def test_an_approved_extension_moves_the_end(office: Office) -> None:
    lent(office)
    office.approve(office.ask("extension", form={"until": "2027-02-01", "reason": "旺季"}), *BOTH)
    assert [made.ends_on for made in postings(office)] == [date(2027, 2, 1)]


def test_an_approved_return_ends_it_and_one_approved_late_ends_it_the_next_morning(office: Office) -> None:
    lent(office)
    request_id = office.ask("return", form={"on": "2026-11-22", "reason": "总部需要"})
    office.world.clock.pass_(days=4)
    office.approve(request_id, *BOTH)
    [made] = postings(office)
    assert made.ends_on == date(2026, 11, 25) and made.ended_because == "总部需要"


def test_an_approved_recall_ends_it_that_minute(any_office: Office) -> None:
    office = any_office
    lent(office)
    request_id = office.ask("recall", "zhao", about="chen", form={"reason": "家中有急事"})
    office.world.clock.pass_(minutes=30)
    office.approve(request_id, ("department", "zhou"))
    assert postings(office)[0].ends_at > office.world.clock()
    office.approve(request_id, ("hr", "qian"))
    [made] = postings(office)
    assert made.ends_at == office.world.clock() and made.ended_because == "家中有急事"


def test_an_approved_transfer_is_undone_before_its_day_by_a_recall(any_office: Office) -> None:
    office = any_office
    before = office.world.rows(sa.select(InboxItem.id).where(InboxItem.about == "posting"))
    office.approve(office.ask("transfer", form=transfer_form(office)), *FOUR)
    assert len(postings(office)) == 1
    recall = office.ask("recall", "zhao", about="chen", form={"reason": "计划有变"})
    office.approve(recall, ("department", "zhou"), ("hr", "qian"))
    assert postings(office) == [] and office.world.rows(sa.select(HandOverItem)) == []
    office.world.clock.now = datetime(2026, 12, 2, tzinfo=UTC)
    turn(office)
    assert office.world.rows(sa.select(InboxItem.id).where(InboxItem.about == "posting")) == before
    office.approve(office.ask("transfer", form=transfer_form(office, **{"from": "2026-12-05"})), *FOUR)
    assert len(postings(office)) == 1, "the days are free again"


def test_every_kind_that_moves_people_is_judged_before_it_begins(office: Office) -> None:
    """The control: without the judgment a request runs through all hands and fails at the last one."""
    with instead(requests, "KINDS", frozenset()):
        request_id = office.ask("transfer", form=transfer_form(office, **{"from": "2026-11-01"}))
    assert office.state(request_id) == "running"
    assert refusal(office, "transfer", transfer_form(office, **{"from": "2026-11-01"}))[0] == "postings.in_the_past"


def test_the_return_is_announced_a_week_before_an_end_that_was_asked_for(office: Office) -> None:
    lent(office)
    office.world.clock.pass_(days=2)
    office.approve(office.ask("return", form={"on": "2026-12-10", "reason": "总部需要"}), *BOTH)
    office.world.clock.now = datetime(2026, 12, 9, 21, 0, tzinfo=UTC) - timedelta(days=7)
    turn(office)
    near = office.world.rows(sa.select(InboxItem.facts).where(InboxItem.trigger == "N-06"))
    assert {facts["ends_on"] for facts in near} == {"2026-12-10"} and len(near) == 5
