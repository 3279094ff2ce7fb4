"""A transfer above the approved headcount: the request warns, one more approver signs, and nobody gets round it."""

from __future__ import annotations

import sqlalchemy as sa

from contract.ids import new_id
from contract.org import ApproveHeadcount
from contract.postings import PostEmployee
from server.approvals.model import Request
from server.postings import headcount
from server.postings.model import Posting
from tests.server.office import LONG_AGO, Office, transfer_form
from tests.support.planted import instead

FOUR = (("department", "zhou"), ("hr", "zhao"), ("leader", "sun"))


def full_store(office: Office) -> str:
    """The store's one place for a chef is taken by Li; answers the post."""
    post_id = one_place(office)
    taken = PostEmployee(
        posting_id=new_id(), person_id=office.people["li"], store_id=office.store, starts_on="2026-11-25", post_id=post_id
    )
    office.world.must(taken)
    return post_id


def one_place(office: Office) -> str:
    post_id = office.post()
    approved = ApproveHeadcount(
        headcount_id=new_id(), unit_id=office.store, post_id=post_id, from_day=LONG_AGO, approved=1
    )
    office.world.must(approved)
    return post_id


def posted(office: Office) -> list[str]:
    return office.world.rows(sa.select(Posting.person_id).where(Posting.store_id == office.store))


def test_a_transfer_above_the_headcount_needs_the_extra_signature_and_gets_through_with_it(office: Office) -> None:
    form = transfer_form(office, post=full_store(office))
    silent = office.world.do(office.asking("transfer", "chen", form), office.as_("chen"))
    assert silent.code == "approvals.warning", "the applicant must have seen it"
    request_id = office.ask("transfer", form=form, warned=["over_headcount"])
    assert [code for code, _ in office.world.row(Request, request_id).warnings] == ["over_headcount"]
    office.approve(request_id, *FOUR)
    assert office.state(request_id) == "running" and office.steps(request_id)["over"].state == "open"
    assert office.people["chen"] not in posted(office)
    office.approve(request_id, ("over", "qian"))
    assert office.state(request_id) == "approved" and office.people["chen"] in posted(office)


def test_who_was_warned_and_got_the_extra_signature_is_not_refused_at_the_end(office: Office) -> None:
    form = transfer_form(office, post=full_store(office))
    request_id = office.ask("transfer", form=form, warned=["over_headcount"])
    office.approve(request_id, *FOUR, ("over", "qian"))
    assert len(posted(office)) == 2


def test_a_transfer_with_room_has_no_extra_step(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office, post=one_place(office)))
    office.approve(request_id, *FOUR)
    assert office.state(request_id) == "approved" and office.people["chen"] in posted(office)
    assert office.steps(request_id).get("over") is None or office.steps(request_id)["over"].state == "skipped"


def test_a_place_taken_while_the_request_ran_fails_the_last_approval(office: Office) -> None:
    """And the control: without that look the store would have one chef more than approved."""
    post_id = one_place(office)
    running = [office.ask("transfer", who, form=transfer_form(office, post=post_id)) for who in ("chen", "li")]
    office.approve(running[0], *FOUR)
    office.approve(running[1], *FOUR[:2])
    refused = office.decide(running[1], "leader", "sun")
    assert refused.code == "org.over_headcount" and refused.facts["approved"] == refused.facts["filled"] == 1
    assert office.state(running[1]) == "running" and posted(office) == [office.people["chen"]]
    with instead(headcount, "would_exceed", lambda *_args, **_more: None):
        office.approve(running[1], ("leader", "sun"))
    assert len(posted(office)) == 2


def test_hr_cannot_post_somebody_directly_above_the_headcount(office: Office) -> None:
    post_id = full_store(office)
    directly = PostEmployee(
        posting_id=new_id(), person_id=office.people["chen"], store_id=office.store, starts_on="2026-12-01", post_id=post_id
    )
    assert office.world.do(directly, office.as_("zhao")).code == "org.over_headcount"
    assert office.people["chen"] not in posted(office)
