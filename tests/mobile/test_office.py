"""Requests, inbox, leave and profile on the phone: kept with no signal, told as they are, and HQ's word when it comes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract.approvals import DecideStep, DelegationRow, SubmitRequest, WithdrawRequest
from contract.archive import LookRow
from contract.leave import LeaveRow
from contract.wire import decode
from mobile.core.office import warnings_in
from mobile.core.views import Refused, Said
from mobile.core.views_hq import Both, Misfit
from mobile.devices.fake import START_MS
from tests.mobile.devices_here import DAY_MS, LIN, STORE, WEI, Device, posting_row
from tests.mobile.hq_rows import (
    COMPANY,
    ITEM_HOME,
    ITEM_HOST,
    MIN_MS,
    PRIVATE,
    REQUEST,
    STEP_1,
    STEP_2,
    ZHOU,
    a_step,
    arrival_row,
    balance_row,
    hq_says,
    item_row,
    leave_flow,
    open_for,
    request_row,
    transfer_flow,
)
from tests.mobile.scripted_server import ScriptedServer
from tests.mobile.test_journal import result

FORM = {"store_id": STORE, "starts_on": "2026-07-01", "reason": "want to learn"}


@pytest.fixture
def wei(phone: Device) -> Device:
    """His phone knows the kinds of requests."""
    phone.set_up()
    hq_says(phone, (COMPANY, "flow", "f1", transfer_flow()), (COMPANY, "flow", "f2", leave_flow()))
    return phone


def sent(device: Device) -> list[dict[str, Any]]:
    return [json.loads(op) for op in device.server.ops]


def test_a_request_made_offline_survives_a_kill_and_goes_out_once(wei: Device) -> None:
    wei.world.link.up = False
    request_id = wei.core.office.submit("transfer", FORM)
    core = wei.restart()
    [card] = core.office.requests().mine
    assert card.request_id == request_id and card.name == Both("调岗申请", "Transfer") and card.state == "running"
    assert card.on_its_way is not None and (card.on_its_way.act, card.on_its_way.state) == ("submit", "kept")
    page = core.office.request(request_id)
    assert page is not None and [step.state for step in page.steps] == ["approved", "waiting", "waiting"]
    assert [line.text for line in page.answers] == [
        Both("豫园店", "豫园店"),
        Both("2026-07-01", "2026-07-01"),
        Both("want to learn", "want to learn"),
    ]
    assert not page.may_withdraw, "not before HQ has it"
    wei.world.link.up = True
    core.sync_once()
    core.sync_once()
    [op] = sent(wei)
    assert op["type"] == "approvals.submit_request/1" and op["actor"] == WEI and op["ent"] == request_id
    assert decode(json.dumps(op["data"]), SubmitRequest) == SubmitRequest(
        request_id=request_id, kind="transfer", person_id=WEI, form=FORM
    )
    [card] = core.office.requests().mine
    assert card.on_its_way is not None and card.on_its_way.state == "with_hq"


def test_hqs_row_takes_the_place_of_what_was_kept_here(wei: Device) -> None:
    request_id = wei.core.office.submit("transfer", FORM)
    wei.core.sync_once()
    wei.server.pages.append({"rows": [result(wei, 1), (PRIVATE, "request", request_id, 900, request_row(id=request_id))]})
    wei.server.scopes.add(PRIVATE)
    wei.core.sync_once()
    [card] = wei.core.office.requests().mine
    assert card.on_its_way is None and card.step == Both("部门审批", "Department")
    page = wei.core.office.request(request_id)
    assert page is not None and page.number == "R-2026-0001" and page.may_withdraw
    assert wei.core._parts.db.value("SELECT count(*) FROM overlay") == 0


def test_the_waiting_time_of_a_step_is_told_by_true_time(wei: Device) -> None:
    hq_says(wei, (PRIVATE, "request", REQUEST, request_row()))
    [card] = wei.core.office.requests().mine
    assert card.waiting_ms == wei.core.now_ms() - (START_MS - 130 * MIN_MS)
    wei.world.clock.pass_s(600)
    wei.world.clock.wall_off_ms = 5 * DAY_MS
    [later] = wei.core.office.requests().mine
    assert later.waiting_ms is not None and later.waiting_ms - (card.waiting_ms or 0) == 600_000


def test_a_form_that_does_not_fit_is_told_before_it_is_kept(wei: Device) -> None:
    office = wei.core.office
    assert office.judge("transfer", {"reason": "no", "starts_on": "soon"}) == (
        Misfit("store_id", Said("form.missing", {})),
        Misfit("starts_on", Said("form.not_a_day", {})),
        Misfit("reason", Said("form.too_short", {"least": 4})),
    )
    with pytest.raises(Refused, match=r"form\.missing"):
        office.submit("transfer", {})
    with pytest.raises(Refused, match=r"client\.kind_unknown"):
        office.submit("promotion", {})
    assert wei.core.sync_state().journal_head == 0


def test_only_kinds_that_phones_may_ask_for_and_that_are_not_retired_are_offered(wei: Device) -> None:
    hidden = transfer_flow(kind="recall", from_phone=False, id="01900000-0000-7000-8000-00000000f003")
    retired = transfer_flow(kind="old", retired=True, id="01900000-0000-7000-8000-00000000f004")
    urgent = transfer_flow(kind="zero", urgent=True, id="01900000-0000-7000-8000-00000000f005")
    hq_says(wei, (COMPANY, "flow", "f3", hidden), (COMPANY, "flow", "f4", retired), (COMPANY, "flow", "f5", urgent))
    assert [flow.kind for flow in wei.core.office.flows()] == ["zero", "leave", "transfer"]


def test_a_request_hq_refuses_needs_me_and_can_be_corrected_and_sent_again(wei: Device) -> None:
    office = wei.core.office
    first = office.submit("transfer", FORM)
    wei.core.sync_once()
    wei.server.pages.append({"rows": [result(wei, 1, "rejected", code="postings.overlaps", facts={"starts_on": "2026-07-01"})]})
    wei.core.sync_once()
    [need] = wei.core.sync_state().needs_you
    assert need.about == first and need.said.code == "postings.overlaps"
    [card] = office.requests().mine
    assert card.on_its_way is not None and card.on_its_way.problem == Said("postings.overlaps", {"starts_on": "2026-07-01"})
    draft = office.draft_again(first)
    assert draft is not None and dict(draft.answers) == FORM and draft.problem is not None
    second = office.submit("transfer", {**FORM, "starts_on": "2026-08-01"}, instead_of=draft.instead_of)
    assert [card.request_id for card in office.requests().mine] == [second]
    assert wei.core.sync_state().needs_you == ()
    assert office.draft_again(second) is None, "it is on its way"


def test_a_warning_of_hq_is_shown_and_what_was_seen_goes_along(wei: Device) -> None:
    office = wei.core.office
    first = office.submit("transfer", FORM)
    wei.core.sync_once()
    facts = {"warning": "over_headcount", "warnings": [["over_headcount", {"approved": 3, "filled": 3}]]}
    wei.server.pages.append({"rows": [result(wei, 1, "rejected", code="approvals.warning", facts=facts)]})
    wei.core.sync_once()
    draft = office.draft_again(first)
    assert draft is not None and draft.warnings == (Said("over_headcount", {"approved": 3, "filled": 3}),)
    second = office.submit("transfer", FORM, warned=[said.code for said in draft.warnings], instead_of=draft.instead_of)
    page = office.request(second)
    assert page is not None and len(page.steps) == 4, "one more approver is needed"
    wei.core.sync_once()
    assert sent(wei)[-1]["data"]["warned"] == ["over_headcount"]
    assert warnings_in(Said("approvals.warning", {"warning": "over_headcount"})) == (Said("over_headcount", {}),)


def test_an_approver_decides_on_the_phone_with_no_signal(wei: Device) -> None:
    theirs = request_row(
        person_id=LIN, person_name="林静", applicant_id=LIN, applicant_name="林静", steps=[open_for(WEI, "李伟")]
    )
    hq_says(wei, (PRIVATE, "request", REQUEST, theirs))
    office = wei.core.office
    [card] = office.requests().for_me
    assert card.waits_for_me and not card.is_mine
    wei.world.link.up = False
    with pytest.raises(Refused, match=r"client\.reason_needed"):
        office.decide(REQUEST, STEP_1, "refuse", "  ")
    office.decide(REQUEST, STEP_1, "refuse", "contract ends soon")
    assert office.requests().for_me == () and len(office.requests().others) == 1
    page = wei.restart().office.request(REQUEST)
    assert page is not None and page.to_decide is None
    assert page.steps[0].on_its_way is not None and page.steps[0].on_its_way.act == "refuse"
    with pytest.raises(Refused, match=r"client\.not_yours_to_decide"):
        wei.core.office.decide(REQUEST, STEP_1, "approve")
    wei.world.link.up = True
    wei.core.sync_once()
    said = decode(json.dumps(sent(wei)[0]["data"]), DecideStep)
    assert said == DecideStep(step_id=STEP_1, decision="refuse", comment="contract ends soon") and said.kiosk is None


def test_a_decision_that_hq_refuses_waits_for_me_again_with_the_reason(wei: Device) -> None:
    hq_says(wei, (PRIVATE, "request", REQUEST, request_row(person_id=LIN, applicant_id=LIN, steps=[open_for(WEI, "李伟")])))
    wei.core.office.decide(REQUEST, STEP_1, "approve")
    wei.core.sync_once()
    wei.server.pages.append({"rows": [result(wei, 1, "rejected", code="operation.stale")]})
    wei.core.sync_once()
    [card] = wei.core.office.requests().for_me
    assert card.on_its_way is not None and card.on_its_way.problem == Said("operation.stale", {})


def test_nobody_is_offered_a_step_that_is_not_theirs(wei: Device) -> None:
    hq_says(wei, (PRIVATE, "request", REQUEST, request_row()))
    assert wei.core.office.requests().for_me == ()
    for step in (STEP_1, STEP_2):
        with pytest.raises(Refused, match=r"client\.not_yours_to_decide"):
            wei.core.office.decide(REQUEST, step, "approve")
    with pytest.raises(Refused, match=r"client\.not_yours_to_decide"):
        wei.core.office.decide("01900000-0000-7000-8000-00000000dead", STEP_1, "approve")


def test_my_request_can_be_taken_back_once(wei: Device) -> None:
    hq_says(wei, (PRIVATE, "request", REQUEST, request_row()))
    wei.core.office.withdraw(REQUEST, "changed my mind")
    page = wei.core.office.request(REQUEST)
    assert page is not None and not page.may_withdraw
    assert page.card.on_its_way is not None and page.card.on_its_way.act == "withdraw"
    with pytest.raises(Refused, match=r"client\.not_yours_to_withdraw"):
        wei.core.office.withdraw(REQUEST)
    wei.core.sync_once()
    assert decode(json.dumps(sent(wei)[0]["data"]), WithdrawRequest).reason == "changed my mind"


def test_a_refusal_shows_who_when_and_why(wei: Device) -> None:
    steps = [
        a_step(STEP_1, "approved", opened_ms=START_MS - 9 * MIN_MS, decided_ms=START_MS - 8 * MIN_MS, decided_by="周"),
        a_step(STEP_2, "refused", opened_ms=START_MS - 8 * MIN_MS, decided_ms=START_MS, decided_by="赵", comment="合同将到期"),
    ]
    row = request_row(state="refused", steps=steps, reason="合同将到期", ended_ms=START_MS)
    hq_says(wei, (PRIVATE, "request", REQUEST, row))
    page = wei.core.office.request(REQUEST)
    assert page is not None and page.reason == "合同将到期" and not page.may_withdraw
    assert [(step.state, step.decided_by, step.comment) for step in page.steps] == [
        ("approved", "周", ""),
        ("refused", "赵", "合同将到期"),
    ]
    assert page.ended is not None and page.steps[1].decided == page.ended and page.card.step is None


def test_the_inbox_has_to_dos_first_and_a_notice_is_read_once(wei: Device) -> None:
    to_do = item_row(9, "to_do", due_ms=START_MS - 1)
    hq_says(
        wei,
        (PRIVATE, "item", "i1", item_row(1)),
        (PRIVATE, "item", "i9", to_do),
        (PRIVATE, "item", "i3", item_row(3, done_ms=START_MS)),
    )
    inbox = wei.core.office.inbox()
    assert [card.item_id for card in inbox.to_dos] == [to_do.id] and inbox.to_dos[0].overdue
    assert [card.item_id for card in inbox.notices] == [item_row(1).id] and len(inbox.earlier) == 1 and inbox.open == 2
    assert inbox.notices[0].said == Said("inbox.N-02.notice", item_row(1).facts)
    for _ in range(2):
        wei.core.office.see(item_row(1).id)
        wei.core.office.see(to_do.id)
    inbox = wei.core.office.inbox()
    assert inbox.open == 1 and inbox.earlier[0].settled_here
    wei.core.sync_once()
    assert [op["type"] for op in sent(wei)] == ["inbox.see_item/1"]


def test_a_to_do_that_was_decided_here_is_no_longer_open_here(wei: Device) -> None:
    theirs = request_row(person_id=LIN, applicant_id=LIN, steps=[open_for(WEI, "李伟")])
    hq_says(wei, (PRIVATE, "request", REQUEST, theirs), (PRIVATE, "item", "i1", item_row(1, "to_do")))
    assert wei.core.office.inbox().open == 1
    wei.core.office.decide(REQUEST, STEP_1, "approve")
    inbox = wei.core.office.inbox()
    assert inbox.open == 0 and [card.settled_here for card in inbox.earlier] == [True]


def test_leave_shows_what_is_left_and_what_one_more_would_take(wei: Device) -> None:
    granted = LeaveRow(id="l1", person_id=WEI, kind="annual", from_day="2026-08-03", to_day="2026-08-04", minutes=960)
    hq_says(wei, (PRIVATE, "balance", "b1", balance_row()), (PRIVATE, "leave", "l1", granted))
    page = wei.core.office.leave()
    [balance] = page.balances
    assert (balance.whole, balance.taken, balance.left, balance.day_min) == (4_800, 960, 3_840, 480) and page.may_ask
    [card] = page.granted
    assert card.stage == "coming" and card.name == Both("年休假", "Annual leave")
    form: dict[str, Any] = {"leave_kind": "annual", "from_day": "2026-06-05", "to_day": "2026-06-08"}  # Friday to Monday
    cost = wei.core.office.leave_cost(form)
    assert cost is not None and (cost.minutes, cost.left_before, cost.left_after) == (960, 3_840, 2_880)
    assert wei.core.office.leave_cost({"leave_kind": "annual"}) is None
    unknown = wei.core.office.leave_cost({**form, "leave_kind": "sick"})
    assert unknown is not None and unknown.left_after is None


def test_the_profile_names_both_organisations_and_both_managers(wei: Device) -> None:
    posted = posting_row(
        id="01900000-0000-7000-8000-0000000000f0", home_manager="周", host_manager="吴", post_zh="厨师", post_en="Chef"
    )
    hq_says(wei, (f"person:{WEI}", "posting", posted.id, posted))
    profile = wei.core.office.profile()
    assert (profile.name, profile.number, profile.home_unit, profile.home_manager) == ("李伟", "1001", "HQ Kitchen", "周")
    assert profile.now is not None and profile.now.store_name == "豫园店" and profile.now.host_manager == "吴"
    assert profile.now.last_day == "2026-06-30" and profile.now.post == Both("厨师", "Chef")


def test_who_looked_at_what_is_mine_is_told_with_the_reason(wei: Device) -> None:
    assert wei.core.office.looks() == ()
    look = LookRow(
        id="k1", reader="赵", role="hr,leader", what="position", first_ms=START_MS - 1, last_ms=START_MS, times=2, why="核对打卡"
    )
    hq_says(wei, (PRIVATE, "look", "k1", look))
    [card] = wei.core.office.looks()
    assert (card.reader, card.roles, card.what, card.times, card.why) == ("赵", ("hr", "leader"), "position", 2, "核对打卡")


def test_somebody_who_is_away_names_who_decides_meanwhile(wei: Device) -> None:
    hq_says(wei, (PRIVATE, "request", REQUEST, request_row()))
    office = wei.core.office
    assert [one.name for one in office.colleagues()] == ["周"]
    delegation_id = office.delegate(ZHOU, "2030-06-01", "2030-06-03")
    [card] = office.delegations()
    assert (card.who, card.starts.day, card.ends.day, card.stage) == ("周", "2030-06-01", "2030-06-03", "coming")
    with pytest.raises(Refused, match=r"client\.ends_before_start"):
        office.delegate(ZHOU, "2030-06-03", "2030-06-01")
    wei.core.sync_once()
    act = sent(wei)[0]["data"]
    assert act["ends_ms"] - act["starts_ms"] == 3 * DAY_MS and act["delegate_id"] == ZHOU
    row = DelegationRow(
        id=delegation_id, person_id=WEI, person_name="李伟", delegate_id=ZHOU, delegate_name="周主管",
        starts_ms=act["starts_ms"], ends_ms=act["ends_ms"],
    )  # fmt: skip
    wei.server.pages.append({"rows": [result(wei, 1), (PRIVATE, "delegation", row.id, 950, row)]})
    wei.core.sync_once()
    assert [(card.who, card.on_its_way) for card in office.delegations()] == [("周主管", None)]
    office.end_delegation(delegation_id)
    assert [card.on_its_way is not None for card in office.delegations()] == [True]


def test_the_head_at_home_ticks_the_lines_of_home_and_no_others(wei: Device) -> None:
    hq_says(wei, (PRIVATE, "arrival", "e1", arrival_row(home_manager_id=WEI)))
    [arrival] = wei.core.office.hand_overs()
    assert [(line.side_is_ours, line.done) for line in arrival.hand_over] == [
        (False, False),
        (True, False),
    ] and arrival.to_tick == 1
    wei.core.office.tick(ITEM_HOME)
    [arrival] = wei.core.office.hand_overs()
    assert arrival.to_tick == 0 and arrival.hand_over[1].on_its_way is not None
    with pytest.raises(Refused, match=r"client\.not_ours_to_tick"):
        wei.core.office.tick(ITEM_HOST)


def test_past_the_lease_nothing_of_hq_is_shown(wei: Device) -> None:
    hq_says(wei, (PRIVATE, "request", REQUEST, request_row()))
    wei.world.link.up = False
    wei.world.clock.pass_ms(15 * DAY_MS)
    office = wei.core.office
    for look in (office.requests, office.inbox, office.leave, office.profile, office.looks, office.flows, office.hand_overs):
        with pytest.raises(Refused, match=r"client\.locked"):
            look()


def test_what_was_asked_here_goes_with_the_scope_it_belongs_to(wei: Device) -> None:
    """A phone that changes hands: the next one finds nothing, and what was said is still handed in."""
    hq_says(wei, (PRIVATE, "request", REQUEST, request_row()))
    wei.core.office.withdraw(REQUEST)
    wei.server.scopes.discard(PRIVATE)
    wei.server.pages.append({"drop": [PRIVATE]})
    wei.core.sync_once()
    assert wei.core.office.requests().mine == () and wei.core._parts.db.value("SELECT count(*) FROM overlay") == 0
    assert len(wei.server.ops) == 1


def test_a_request_nobody_has_yet_goes_on_under_the_phones_new_name(wei: Device) -> None:
    """HQ was restored from a backup older than the phone: it is set up again, and what was asked is said again."""
    wei.world.link.up = False
    request_id = wei.core.office.submit("transfer", FORM)
    wei.world.link.up = True
    wei.server.pages.append({"status": 401, "code": "device.unknown"})
    wei.core.sync_once()
    assert wei.core.sync_state().standing == "unknown"
    wei.server = ScriptedServer(wei.world.clock)
    wei.world.link.through = wei.server
    wei.core.enrol("http://server", "ABCD-EFGH-JKLM")
    wei.server.pages.append(wei.first_page())
    hq_says(wei, (COMPANY, "flow", "f1", transfer_flow()))
    [card] = wei.core.office.requests().mine
    assert card.request_id == request_id and card.on_its_way is not None and card.on_its_way.state == "with_hq"
    [op] = [op for op in sent(wei) if op["type"] == "approvals.submit_request/1"]
    assert op["data"]["request_id"] == request_id and op["supersedes"]
