"""Deadlines and absence: who is reminded, who hears of delay, who stands in. However often a job runs, each hears once."""

from __future__ import annotations

import sqlalchemy as sa

from contract.approvals import Delegate, EndDelegation
from contract.ids import new_id
from contract.moments import to_ms
from contract.people import LetGo
from server.approvals import rules
from server.approvals.chores import look_after_all
from server.approvals.model import Delegation, RequestNote
from server.approvals.reactions import REFRESH
from server.kernel.jobs import Job, plan_timed_work, run_due
from server.kernel.ledger import OpLog
from tests.server.office import Office, step, transfer_form
from tests.support.planted import instead


def look(office: Office) -> None:
    look_after_all(office.world.app.extensions["outpost"])


def lend(office: Office, person: str, delegate: str, *, from_h: int = 0, to_h: int = 48) -> str:
    """Somebody stands in for a while, counted from now."""
    delegation_id, now_ms = new_id(), to_ms(office.world.clock())
    given = Delegate(
        delegation_id=delegation_id, person_id=office.people[person], delegate_id=office.people[delegate],
        starts_ms=now_ms + from_h * 3_600_000, ends_ms=now_ms + to_h * 3_600_000,
    )  # fmt: skip
    office.world.must(given, office.as_(person))
    return delegation_id


def test_who_is_late_is_reminded_once_and_their_manager_hears_once(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    office.world.clock.pass_(hours=47)
    look(office)
    assert office.items("zhou") == [("N-01", "to_do")], "nobody is late yet"
    office.world.clock.pass_(hours=2)
    for _ in range(3):
        look(office)
    assert office.items("zhou") == [("N-01", "to_do"), ("N-04", "notice")] and office.items("boss") == []
    office.world.clock.pass_(hours=24)
    for _ in range(3):
        look(office)
    assert office.items("boss") == [("N-04", "to_do")]
    assert office.items("zhou", open_only=False).count(("N-04", "notice")) == 1
    office.approve(request_id, ("department", "zhou"))
    assert office.items("boss") == [], "seen to: it is decided"
    told = office.world.rows(sa.select(RequestNote.code).where(RequestNote.request_id == request_id))
    assert told == ["reminded"]


def test_the_round_is_timed_work_and_leaves_no_trace_when_there_is_nothing_to_do(office: Office) -> None:
    office.ask("transfer", form=transfer_form(office))
    server = office.world.app.extensions["outpost"]
    watched = sa.select(sa.func.count()).select_from(OpLog).where(OpLog.type == "approvals.watch_requests/1")
    look(office)
    assert office.world.rows(watched) == [0]
    office.world.clock.pass_(hours=49)
    plan_timed_work(server)
    run_due(server)
    assert office.items("zhou")[-1] == ("N-04", "notice") and office.world.rows(watched) == [1]


def test_another_manager_is_found_by_the_job_that_the_change_asks_for(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    server = office.world.app.extensions["outpost"]
    run_due(server)
    office.manage(office.kitchen, "li")
    office.manage(office.kitchen, "wu")
    waiting = office.world.rows(sa.select(sa.func.count()).select_from(Job).where(Job.kind == REFRESH))
    assert waiting == [1], "asked for twice, done once"
    run_due(server)
    assert office.steps(request_id)["department"].deciders == [office.people["wu"]]
    assert office.items("li", open_only=False) == [] and office.items("wu") == [("N-02", "to_do")]


def test_a_reminder_that_forgets_it_was_sent_is_found(office: Office) -> None:
    """The control: with a fresh id each time, three rounds are three reminders."""
    from server.approvals import engine
    from server.inbox import service

    office.ask("transfer", form=transfer_form(office))
    office.world.clock.pass_(hours=49)
    with (
        instead(service, "item_id_of", lambda *_: new_id()),
        instead(engine, "needs_a_look", lambda *_: True),
    ):
        look(office)
        look(office)
    assert office.items("zhou").count(("N-04", "notice")) == 2


def test_a_delegate_decides_for_somebody_and_the_trail_says_for_whom(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    lend(office, "zhou", "li")
    assert ("N-02", "to_do") in office.items("li") and ("delegated", "notice") in office.items("li")
    assert office.seen("li", mine_to_decide=True) == [request_id]
    office.approve(request_id, ("department", "li"))
    row = office.row(request_id, "chen")
    assert row is not None and (row.steps[1].decided_by, row.steps[1].for_whom) == ("李娜", "周强")
    assert office.items("zhou") == [] and ("N-02", "to_do") not in office.items("li")


def test_a_delegate_never_decides_about_themselves_and_chains_are_not_followed(office: Office) -> None:
    lend(office, "zhou", "li")
    lend(office, "li", "chen")
    about_li = office.ask("transfer", "li", form=transfer_form(office))
    assert office.decide(about_li, "department", "li").code == "approvals.own_request"
    about_chen = office.ask("transfer", "chen", form=transfer_form(office))
    assert office.steps(about_chen)["department"].stand_ins == [[office.people["li"], office.people["zhou"]]]
    assert office.decide(about_li, "department", "chen").code == "approvals.step_unknown"


def test_a_delegation_counts_from_its_beginning_to_its_end(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    lend(office, "zhou", "li", from_h=1, to_h=3)
    assert office.decide(request_id, "department", "li").code == "approvals.step_unknown"
    office.world.clock.pass_(hours=2)
    look(office)
    assert ("N-02", "to_do") in office.items("li")
    office.world.clock.pass_(hours=2)
    look(office)
    assert ("N-02", "to_do") not in office.items("li")
    assert office.decide(request_id, "department", "li").code == "approvals.not_yours", "they were concerned once"


def test_a_delegation_ends_by_whoever_gave_it(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    given = lend(office, "zhou", "li")
    assert office.world.refusal(EndDelegation(delegation_id=given), office.as_("chen")) == "approvals.delegation_unknown"
    assert office.world.refusal(EndDelegation(delegation_id=given), office.as_("li")) == "approvals.not_for_them"
    office.world.clock.pass_(minutes=5)
    office.world.must(EndDelegation(delegation_id=given), office.as_("zhou"))
    assert office.decide(request_id, "department", "li").code == "approvals.not_yours"
    assert office.world.refusal(EndDelegation(delegation_id=given), office.as_("zhou")) == "approvals.delegation_over"


def test_one_that_has_not_begun_never_was(office: Office) -> None:
    given = lend(office, "zhou", "li", from_h=5, to_h=9)
    office.world.must(EndDelegation(delegation_id=given), office.as_("zhou"))
    assert office.world.rows(sa.select(Delegation)) == []


def test_a_delegate_who_leaves_stands_in_no_more(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    lend(office, "zhou", "li")
    office.world.must(LetGo(person_id=office.people["li"], reason="离职"))
    assert office.steps(request_id)["department"].stand_ins == []
    assert office.steps(request_id)["department"].deciders == [office.people["zhou"]]


def test_two_signatures_are_not_one_person_and_their_delegate(office: Office) -> None:
    """Zhao signs for herself; whoever stands in for her cannot be her second signature."""
    office.define("double", step("hr", 1, "role:hr", signatures=2))
    lend(office, "zhao", "li")
    request_id = office.ask("double")
    office.approve(request_id, ("hr", "zhao"))
    assert office.decide(request_id, "hr", "li").code == "approvals.not_yours"
    office.approve(request_id, ("hr", "qian"))
    assert office.state(request_id) == "approved"


def test_a_rule_that_follows_chains_is_found(office: Office) -> None:
    """The control of the pure rule: a right taken from anybody's stand-in would let the stand-in's stand-in sign."""
    people = office.people
    chain = [(people["li"], people["zhou"]), (people["chen"], people["li"])]
    assert rules.right_of(people["li"], [people["zhou"]], chain, set(), set()) == rules.Right(people["zhou"])
    assert rules.right_of(people["chen"], [people["zhou"]], chain, set(), set()) is None
