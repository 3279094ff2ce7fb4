"""Requests and devices against the real server: a kind made in the console, decisions that come too late, whose rows are where,
and that following the feed ends where fetching everything begins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.approvals import DecideStep
from contract.attendance import KioskProof
from contract.ids import new_id
from contract.org import ChangeUnit
from contract.people import GrantRole, Hire
from server.kernel.ledger import OpLog
from tests.mobile.field import Field, Gadget
from tests.server.office import TODAY, Office, transfer_form
from tests.server.world import PASSWORD
from tests.web.visitor import Visitor


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    field = Field(tmp_path)
    made = Office(field.office)
    made.furnish()
    made.field = field  # type: ignore[attr-defined]
    yield made
    field.close()


def phone(office: Office, who: str) -> Gadget:
    device: Gadget = office.field.phone_of(office.people[who])  # type: ignore[attr-defined]
    assert device.core.sync_once().reached
    return device


def tablet(office: Office, store_id: str) -> Gadget:
    device: Gadget = office.field.tablet_of(store_id)  # type: ignore[attr-defined]
    assert device.core.sync_once().reached
    return device


def synced(*devices: Gadget) -> None:
    for device in devices:
        assert device.core.sync_once().reached


def rows(device: Gadget, entity: str) -> dict[str, dict[str, object]]:
    held = device.core._parts.replica.rows()
    return {f"{scope} {pk}": json.loads(body) for (scope, kind, pk), (_, body) in held.items() if kind == entity}


NEW_KIND = {
    "kind": "uniform", "name_zh": "工服申请", "name_en": "Uniform", "from_phone": "1", "what": "publish",
    "field0.key": "size", "field0.label_zh": "尺码", "field0.label_en": "Size", "field0.kind": "choice",
    "field0.choices": "s|小|Small\nl|大|Large", "field0.required": "1",
    "step0.key": "manager", "step0.title_zh": "部门", "step0.title_en": "Manager", "step0.order": "1",
    "step0.who": "relation:own_manager", "step0.mandatory": "1",
    "step1.key": "hr", "step1.title_zh": "人事", "step1.title_en": "HR", "step1.order": "2", "step1.who": "role:hr",
    "step1.mandatory": "1", "step2.key": "leader", "step2.title_zh": "领导", "step2.title_en": "Leader", "step2.order": "3",
    "step2.who": "role:leader", "step2.mandatory": "1",
}  # fmt: skip


def test_a_flow_of_three_steps_made_in_the_console_is_used_from_the_phone(office: Office) -> None:
    hr = Visitor(office.world.app)
    hr.sign_in("zhao.x", PASSWORD)
    assert hr.post("/console/flows/draft", **NEW_KIND).status_code == 303
    chen, zhou, zhao, sun = (phone(office, who) for who in ("chen", "zhou", "zhao", "sun"))
    request_id = chen.core.office.submit("uniform", {"size": "l"})
    synced(chen)
    for device in (zhou, zhao, sun):
        synced(device)
        page = device.core.office.request(request_id)
        assert page is not None and page.to_decide is not None
        device.core.office.decide(request_id, page.to_decide.step_id, "approve")
        synced(device)
    assert office.state(request_id) == "approved"
    synced(chen)
    page = chen.core.office.request(request_id)
    assert page is not None and page.card.state == "approved"


def test_a_decision_that_comes_too_late_learns_who_decided_and_when_and_is_not_lost(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    office.approve(request_id, ("department", "zhou"))
    zhao, qian = phone(office, "zhao"), phone(office, "qian")
    for device, decision in ((zhao, "approve"), (qian, "refuse")):
        device.world.link.up = False
        page = device.core.office.request(request_id)
        assert page is not None and page.to_decide is not None
        device.core.office.decide(request_id, page.to_decide.step_id, decision, "太晚了")
        device.world.link.up = True
    synced(zhao, zhao)
    synced(qian, qian)
    assert office.steps(request_id)["hr"].state == "approved"
    [need] = qian.core.sync_state().needs_you
    assert need.said.code == "approvals.already_decided" and need.said.facts["by"] == "赵敏" and need.said.facts["at_ms"]
    kept = office.world.rows(sa.select(OpLog).where(OpLog.type == "approvals.decide_step/1", OpLog.status == "rejected"))
    assert len(kept) == 1 and "太晚了".encode() in bytes(kept[0].raw), "what was said stays said"


def test_a_tablet_decides_only_what_is_its_stores_and_by_a_pin(office: Office) -> None:
    world = office.world
    other = world.open_store("合作门店B", "B001", lat=31.3)
    request_id = office.ask("transfer_store", form=transfer_form(office))
    step_id, wu = office.steps(request_id)["store"].id, office.people["wu"]
    pin = KioskProof(pin=True)
    elsewhere, here = tablet(office, other), tablet(office, office.store)
    refusals = []
    for device, act in (
        (elsewhere, DecideStep(step_id=step_id, decision="approve", kiosk=pin)),
        (here, DecideStep(step_id=step_id, decision="approve")),
    ):
        device.core._keep(act, wu, device.world.clock.read())
        synced(device, device)
        refusals += [need.said.code for need in device.core.sync_state().needs_you]
    assert refusals == ["approvals.not_at_this_desk", "approvals.pin_needed"]
    here.core._keep(DecideStep(step_id=step_id, decision="approve", kiosk=pin), office.people["sun"], here.world.clock.read())
    synced(here, here)
    assert office.steps(request_id)["store"].state == "open", "another person's PIN is not the manager's"
    here.core._keep(DecideStep(step_id=step_id, decision="approve", kiosk=pin), wu, here.world.clock.read())
    synced(here, here)
    assert office.steps(request_id)["store"].state == "approved"


def test_requests_are_held_by_those_they_concern_and_a_tablet_holds_no_reasons(office: Office) -> None:
    chen, zhou, li, wu = (phone(office, who) for who in ("chen", "zhou", "li", "wu"))
    desk = tablet(office, office.store)
    request_id = office.ask("transfer_store", form=transfer_form(office, reason="家里有事"))
    synced(chen, zhou, li, wu, desk)
    assert [len(rows(device, "request")) for device in (chen, zhou, li, wu, desk)] == [1, 0, 0, 2, 1], (
        "the manager's phone holds it for her, and once more for her desk"
    )
    (at_desk,) = rows(desk, "request").values()
    assert "家里有事" not in json.dumps(at_desk, ensure_ascii=False) and at_desk["shown"]["store"] == "合作门店A"  # type: ignore[index]
    assert rows(desk, "item") == {} and len(rows(wu, "item")) == 1
    office.approve(request_id, ("store", "wu"), ("hr", "zhao"))
    synced(desk, wu)
    assert rows(desk, "request") == {}, "what has ended is no desk's business"
    assert len(rows(wu, "request")) == 1


def test_following_the_feed_ends_where_fetching_begins(office: Office) -> None:
    followers = {who: phone(office, who) for who in ("chen", "zhou", "zhao", "wu")}
    desk = tablet(office, office.store)
    ended = office.ask("transfer_store", form=transfer_form(office))
    synced(*followers.values(), desk)
    office.approve(ended, ("store", "wu"))
    office.ask("transfer", "li", form=transfer_form(office))
    synced(followers["zhou"])
    office.world.must(ChangeUnit(unit_id=office.kitchen, from_day=TODAY, manager_id=office.people["wu"]))
    office.decide(ended, "hr", "qian", "refuse", "不行")
    third = office.ask("transfer_store", form=transfer_form(office))
    synced(*followers.values(), desk)
    for who, device in followers.items():
        late = phone(office, who)
        for entity in ("request", "item", "flow"):
            assert rows(device, entity) == rows(late, entity), (who, entity)
    fresh = tablet(office, office.store)
    assert rows(desk, "request") == rows(fresh, "request") and any(third in key for key in rows(fresh, "request"))


def test_a_new_hr_person_finds_what_waits_for_hr(office: Office) -> None:
    from server.approvals.chores import look_after_all

    request_id = office.ask("transfer", form=transfer_form(office))
    office.approve(request_id, ("department", "zhou"))
    person = new_id()
    office.world.must(Hire(person_id=person, number="P9001", name="新人事", home_org="总部"))
    office.people["new"] = person
    office.world.account(person, "new.x", "employee")
    office.world.must(GrantRole(grant_id=new_id(), account_id=office.world.accounts["new.x"], role="hr"))
    look_after_all(office.world.app.extensions["outpost"])
    assert ("N-02", "to_do") in office.items("new")
    office.approve(request_id, ("hr", "new"))
