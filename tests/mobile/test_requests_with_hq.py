"""Phones and the store's tablet against the real server: a transfer from the first tap to the hand-over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.moments import to_ms
from contract.org import ChangeUnit
from contract.people import ClearPin
from contract.wire import Wire
from mobile.core.views import Refused
from mobile.core.views_hq import Both
from server.approvals.model import Request
from server.inbox.model import InboxItem
from server.kernel.ledger import OpLog
from server.leave import presets as leave_presets
from server.postings.model import HandOverItem, Posting
from tests.mobile.field import Field, Gadget
from tests.server.office import TODAY, Office
from tests.server.world import SECRET

PIN = "482913"
NEXT_DAY = "2026-11-21"


@dataclass
class Hq:
    """An office with devices: everybody carries a phone, the store has a tablet."""

    field: Field
    office: Office

    def phone(self, who: str) -> Gadget:
        device = self.field.phone_of(self.office.people[who])
        device.core.sync_once()
        return device

    def tablet(self) -> Gadget:
        device = self.field.tablet_of(self.office.store)
        device.core.sync_once()
        return device

    def wait(self, minutes: int = 10) -> None:
        self.field.time.true_ms += minutes * 60_000
        self.field.office.clock.now = self.field.time()


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    field = Field(tmp_path)
    office = Office(field.office)
    office.furnish()
    leave_presets.ensure(field.office.db, field.office.clock(), SECRET)
    yield Hq(field, office)
    field.close()


def synced(*devices: Gadget) -> None:
    for device in devices:
        assert device.core.sync_once().reached


def transfer(device: Gadget, **more: str) -> str:
    return device.core.office.submit(
        "transfer", {"store": "A001", "from": TODAY, "until": "2027-03-01", "reason": "门店开业", **more}
    )


def lent(hq: Hq, chen: Gadget) -> str:
    """Chen is lent to the store from today on."""
    request_id = transfer(chen)
    synced(chen)
    hq.office.approve(request_id, ("department", "zhou"), ("hr", "zhao"), ("leader", "sun"))
    hq.wait()
    return request_id


def test_a_transfer_asked_and_approved_on_phones_with_no_signal_is_hqs_word_in_the_end(hq: Hq) -> None:
    chen, zhou = hq.phone("chen"), hq.phone("zhou")
    assert {"transfer", "leave", "return", "missed_punch"} <= {flow.kind for flow in chen.core.office.flows()}
    assert "recall" not in {flow.kind for flow in chen.core.office.flows()}
    chen.world.link.up = False
    request_id = transfer(chen)
    hq.wait(30)
    chen.restart()
    assert hq.field.office.rows(sa.select(Request)) == []
    chen.world.link.up = True
    synced(chen)
    assert hq.office.state(request_id) == "running"
    synced(zhou)
    [to_do] = zhou.core.office.inbox().to_dos
    assert to_do.said.code == "inbox.N-01.to_do" and to_do.about_id == request_id
    [waiting] = zhou.core.office.requests().for_me
    zhou.world.link.up = False
    page = zhou.core.office.request(waiting.request_id)
    assert page is not None and page.to_decide is not None and page.answers[0].text == Both("合作门店A", "合作门店A")
    zhou.core.office.decide(request_id, page.to_decide.step_id, "approve", "接任者已安排")
    assert zhou.core.office.inbox().open == 0
    hq.wait()
    zhou.world.link.up = True
    synced(zhou, zhou)
    assert zhou.core.sync_state().needs_you == ()
    hq.wait(130)
    synced(chen)
    [card] = chen.core.office.requests().mine
    assert (
        card.step == Both("人事部审批", "HR approval")
        and card.waiting_ms is not None
        and card.waiting_ms // 60_000 in range(120, 145)
    )
    trail = chen.core.office.request(request_id)
    assert trail is not None
    assert [(step.state, step.decided_by) for step in trail.steps][:2] == [("approved", "陈伟"), ("approved", "周强")]
    assert trail.steps[1].comment == "接任者已安排" and trail.steps[2].who == ("赵敏", "钱进")
    [notice] = chen.core.office.inbox().notices
    chen.core.office.see(notice.item_id)
    synced(chen)
    assert [
        item.done_at is not None for item in hq.field.office.rows(sa.select(InboxItem).where(InboxItem.id == notice.item_id))
    ] == [True]


def test_a_refusal_by_hr_is_read_with_its_reason_on_the_phone(hq: Hq) -> None:
    chen = hq.phone("chen")
    request_id = transfer(chen)
    synced(chen)
    hq.office.approve(request_id, ("department", "zhou"))
    hq.office.decide(request_id, "hr", "zhao", "refuse", "合同20天后到期")
    synced(chen)
    page = chen.core.office.request(request_id)
    assert page is not None and page.card.state == "refused" and page.reason == "合同20天后到期"
    assert [
        card.said.facts.get("reason") for card in chen.core.office.inbox().notices if card.said.code == "inbox.N-03.notice"
    ] == ["合同20天后到期"]


def test_what_hq_will_not_take_comes_back_with_the_reason_and_goes_out_again_corrected(hq: Hq) -> None:
    chen = hq.phone("chen")
    first = transfer(chen, store="NOWHERE")
    synced(chen, chen)
    [need] = chen.core.sync_state().needs_you
    assert need.about == first and need.said.code == "stores.unknown"
    draft = chen.core.office.draft_again(first)
    assert draft is not None
    second = chen.core.office.submit("transfer", {**dict(draft.answers), "store": "A001"}, instead_of=draft.instead_of)
    synced(chen, chen)
    assert chen.core.sync_state().needs_you == () and hq.office.state(second) == "running"


def test_somebody_else_is_refused_by_hq_whatever_their_phone_says(hq: Hq) -> None:
    chen, li = hq.phone("chen"), hq.phone("li")
    request_id = transfer(chen)
    synced(chen, li)
    assert li.core.office.request(request_id) is None, "her phone does not even hold it"
    step_id = hq.office.steps(request_id)["department"].id
    forged: Wire = _decide(step_id)
    li.core._keep(forged, hq.office.people["li"], li.world.clock.read())
    synced(li, li)
    [need] = li.core.sync_state().needs_you
    assert need.said.code.startswith("approvals.") and hq.office.steps(request_id)["department"].state == "open"


def _decide(step_id: str) -> Wire:
    from contract.approvals import DecideStep

    return DecideStep(step_id=step_id, decision="approve")


def test_both_organisations_and_both_managers_stand_in_the_profile(hq: Hq) -> None:
    chen = hq.phone("chen")
    lent(hq, chen)
    synced(chen)
    profile = chen.core.office.profile()
    assert (profile.home_unit, profile.home_manager) == ("中央厨房", "周强")
    assert profile.now is not None and (profile.now.store_name, profile.now.host_manager) == ("合作门店A", "吴芳")
    assert profile.now.last_day == "2027-02-28"


def test_the_manager_opens_the_desk_with_the_pin_of_her_phone_and_ticks_the_arrival(hq: Hq) -> None:
    wu, tablet = hq.phone("wu"), hq.tablet()
    assert [(one.name, one.has_pin) for one in tablet.core.desk.managers()] == [("吴芳", False)]
    wu.core.set_pin(PIN)
    synced(wu, tablet)
    lent(hq, hq.phone("chen"))
    synced(tablet)
    tablet.world.link.up = False
    assert tablet.core.desk.open(hq.office.people["wu"], PIN).ok
    [arrival] = tablet.core.desk.page().arrivals
    assert arrival.person_name == "陈伟" and arrival.home_manager == "周强" and arrival.courses == ()
    line = next(line for line in arrival.hand_over if line.side_is_ours)
    tablet.core.desk.tick(line.item_id)
    tablet.world.link.up = True
    hq.wait()
    synced(tablet, tablet)
    assert tablet.core.sync_state().needs_you == ()
    row = hq.field.office.row(HandOverItem, line.item_id)
    assert row.done_by == hq.office.people["wu"]
    [said] = hq.field.office.rows(sa.select(OpLog).where(OpLog.type == "postings.tick_item/1"))
    assert said.actor_id == hq.office.people["wu"] and said.device_id == tablet.core.enrolment.device_id  # type: ignore[union-attr]


def test_the_home_side_ticks_on_the_heads_phone_and_each_sees_the_other(hq: Hq) -> None:
    zhou, tablet, wu = hq.phone("zhou"), hq.tablet(), hq.phone("wu")
    wu.core.set_pin(PIN)
    synced(wu)
    lent(hq, hq.phone("chen"))
    synced(zhou, tablet)
    [lending] = zhou.core.office.hand_overs()
    line = next(line for line in lending.hand_over if line.side_is_ours)
    zhou.core.office.tick(line.item_id)
    synced(zhou, zhou, tablet)
    assert tablet.core.desk.open(hq.office.people["wu"], PIN).ok
    [arrival] = tablet.core.desk.page().arrivals
    assert {one.item_id: one.done_by for one in arrival.hand_over}[line.item_id] == "周强"


def test_the_stores_manager_decides_a_return_on_the_tablet_with_no_signal(hq: Hq) -> None:
    chen, wu, tablet = hq.phone("chen"), hq.phone("wu"), hq.tablet()
    wu.core.set_pin(PIN)
    synced(wu)
    lent(hq, chen)
    synced(chen)
    request_id = chen.core.office.submit("return", {"on": "2026-12-15", "reason": "家里有事"})
    synced(chen, tablet)
    tablet.world.link.up = False
    assert tablet.core.desk.open(hq.office.people["wu"], PIN).ok
    [card] = tablet.core.desk.page().to_decide
    page = tablet.core.desk.request(card.request_id)
    assert page is not None and page.to_decide is not None
    with pytest.raises(Refused, match=r"client\.reason_needed"):
        tablet.core.desk.decide(request_id, page.to_decide.step_id, "refuse")
    tablet.core.desk.decide(request_id, page.to_decide.step_id, "approve")
    tablet.core.desk.close()
    hq.wait()
    tablet.world.link.up = True
    synced(tablet, tablet)
    step = hq.office.steps(request_id)["store"]
    assert (step.state, step.decided_by) == ("approved", hq.office.people["wu"])
    synced(chen)
    trail = chen.core.office.request(request_id)
    assert trail is not None and {one.decided_by for one in trail.steps} >= {"吴芳"}


def test_a_desk_in_other_hands_knows_the_new_manager_and_forgets_a_cleared_pin(hq: Hq) -> None:
    wu, tablet = hq.phone("wu"), hq.tablet()
    wu.core.set_pin(PIN)
    synced(wu, tablet)
    hq.field.office.must(ClearPin(person_id=hq.office.people["wu"], reason="told somebody"))
    synced(tablet)
    assert [one.has_pin for one in tablet.core.desk.managers()] == [False]
    hq.field.office.must(ChangeUnit(unit_id=hq.office.store, from_day=NEXT_DAY, manager_id=hq.office.people["li"]))
    synced(tablet)
    assert [one.name for one in tablet.core.desk.managers()] == ["吴芳"]
    tablet.world.link.up = False
    hq.wait(24 * 60)
    assert [one.name for one in tablet.core.desk.managers()] == ["李娜"]


def test_leave_asked_on_the_phone_is_taken_from_the_balance_when_granted(hq: Hq) -> None:
    chen = hq.phone("chen")
    form = {"leave_kind": "personal", "from_day": "2026-11-23", "to_day": "2026-11-24"}
    cost = chen.core.office.leave_cost(form)
    assert cost is not None and cost.minutes == 960
    request_id = chen.core.office.submit("leave", form)
    synced(chen)
    assert [card.request_id for card in chen.core.office.leave().asked] == [request_id]
    hq.office.approve(request_id, ("manager", "zhou"), ("hr", "zhao"))
    synced(chen)
    [granted] = chen.core.office.leave().granted
    assert (granted.from_day, granted.to_day, granted.minutes, granted.stage) == ("2026-11-23", "2026-11-24", 960, "coming")
    assert "inbox.N-08.notice" in {card.said.code for card in chen.core.office.inbox().notices}


def test_a_recalled_person_loses_the_store_and_the_tablet_the_person(hq: Hq) -> None:
    chen, tablet = hq.phone("chen"), hq.tablet()
    lent(hq, chen)
    synced(chen, tablet)
    assert [person.name for person in tablet.core.floor().people] == ["陈伟"]
    [posting] = hq.field.office.rows(sa.select(Posting))
    from contract.postings import RecallEmployee

    hq.wait()
    hq.field.office.must(RecallEmployee(posting_id=posting.id, reason="needed at home"))
    synced(chen, tablet)
    assert tablet.core.floor().people == () and chen.core.office.profile().now is None
    assert to_ms(hq.field.time()) > 0 and new_id()


def test_a_stand_in_decides_meanwhile_and_both_phones_say_so(hq: Hq) -> None:
    chen, zhou, li = hq.phone("chen"), hq.phone("zhou"), hq.phone("li")
    first = transfer(chen)
    synced(chen, zhou)
    asked = li.core.office.submit("transfer_store", {"store": "A001", "from": TODAY, "reason": "near my home"})
    assert asked != first
    zhou.core.office.delegate(hq.office.people["li"], TODAY, NEXT_DAY)
    [kept] = zhou.core.office.delegations()
    assert kept.on_its_way is not None and kept.on_its_way.state == "kept"
    synced(zhou, zhou, li)
    [given], [taken] = zhou.core.office.delegations(), li.core.office.delegations()
    assert (given.who, given.is_mine, given.on_its_way) == ("李娜", True, None) and (taken.who, taken.is_mine) == ("周强", False)
    [waiting] = li.core.office.requests().for_me
    page = li.core.office.request(waiting.request_id)
    assert page is not None and page.to_decide is not None
    li.core.office.decide(first, page.to_decide.step_id, "approve")
    synced(li, li, chen)
    trail = chen.core.office.request(first)
    assert trail is not None and (trail.steps[1].decided_by, trail.steps[1].for_whom) == ("李娜", "周强")
    hq.wait()
    zhou.core.office.end_delegation(given.delegation_id)
    synced(zhou, zhou)
    assert [card.stage for card in zhou.core.office.delegations()] == ["over"]
