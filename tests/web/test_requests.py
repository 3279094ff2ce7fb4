"""Requests in the console: asked, decided, taken back; a flow made without code; the inbox; somebody who stands in."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from server.approvals.model import Delegation, FlowVersion, Request
from server.archive.model import Look
from server.people.model import Person
from tests.server.office import Office, office_on_sqlite, step, transfer_form
from tests.server.world import PASSWORD
from tests.web.visitor import Visitor


@pytest.fixture
def office(quick_folder: Path) -> Iterator[Office]:
    quick_folder.mkdir(parents=True, exist_ok=True)
    made = office_on_sqlite(quick_folder)
    yield made
    made.world.close()


def visit(office: Office, who: str) -> Visitor:
    visitor = Visitor(office.world.app).speak("zh")
    visitor.sign_in(f"{who}.x", PASSWORD)
    return visitor


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def test_a_request_is_asked_for_and_decided_in_the_console(office: Office) -> None:
    chen = visit(office, "chen")
    form = text_of(chen.get("/console/requests/new?kind=transfer"))
    request_id = re.search(r'name="request_id" value="([^"]+)"', form)
    assert request_id is not None
    asked = {
        "kind": "transfer", "request_id": request_id[1], "form.store": "合作门店A · A001", "form.from": "2026-12-01",
        "form.until": "2027-03-01", "form.reason": "门店开业",
    }  # fmt: skip
    answered = chen.post("/console/requests", **asked)
    assert answered.status_code == 303 and request_id[1] in answered.headers["Location"]
    zhou = visit(office, "zhou")
    listed = text_of(zhou.get("/console/requests"))
    assert "陈伟" in listed and "tab=decide" in listed and request_id[1] in listed
    page = text_of(zhou.get(f"/console/requests/{request_id[1]}"))
    assert "合作门店A" in page and "门店开业" in page and "decision" in page
    refused = zhou.post(
        f"/console/requests/{request_id[1]}/decision",
        step_id=office.steps(request_id[1])["department"].id, decision="refuse", comment="",
    )
    assert refused.status_code == 422 and "aria-invalid" in text_of(refused)
    approved = zhou.post(
        f"/console/requests/{request_id[1]}/decision",
        step_id=office.steps(request_id[1])["department"].id, decision="approve", comment="好",
    )
    assert approved.status_code == 303 and office.steps(request_id[1])["hr"].state == "open"


def test_what_is_wrong_with_the_form_stands_at_its_field(office: Office) -> None:
    chen = visit(office, "chen")
    answered = chen.post("/console/requests", **{"kind": "transfer", "request_id": new_id(), "form.reason": "x"})
    page = text_of(answered)
    assert answered.status_code == 422 and 'id="h-form.store"' in page and "nowhere" not in page
    assert office.world.rows(sa.select(Request)) == []


def test_a_flow_for_a_new_kind_is_made_without_code_and_used(office: Office) -> None:
    hr = visit(office, "zhao")
    flow = {
        "kind": "uniform", "name_zh": "工服申请", "name_en": "Uniform", "from_phone": "1",
        "field0.key": "size", "field0.label_zh": "尺码", "field0.label_en": "Size", "field0.kind": "choice",
        "field0.choices": "s|小|Small\nl|大|Large", "field0.required": "1",
        "field1.key": "why", "field1.label_zh": "原因", "field1.label_en": "Reason", "field1.kind": "text",
        "step0.key": "manager", "step0.title_zh": "部门", "step0.title_en": "Manager", "step0.order": "1",
        "step0.who": "relation:own_manager", "step0.signatures": "1", "step0.mandatory": "1",
        "step1.key": "hr", "step1.title_zh": "人事", "step1.title_en": "HR", "step1.order": "2", "step1.who": "role:hr",
        "step1.signatures": "2", "step1.mandatory": "1", "step1.deadline_h": "24",
        "step2.key": "leader", "step2.title_zh": "领导", "step2.title_en": "Leader", "step2.order": "3",
        "step2.who": "role:leader", "step2.mandatory": "1",
    }  # fmt: skip
    looked = hr.post("/console/flows/draft", **{**flow, "what": "preview"})
    assert looked.status_code == 200 and "尺码" in text_of(looked)
    assert office.world.rows(sa.select(FlowVersion).where(FlowVersion.kind == "uniform")) == [], "looking publishes nothing"
    wrong = hr.post("/console/flows/draft", **{**flow, "what": "publish", "step1.key": "manager"})
    assert wrong.status_code == 422 and office.world.rows(sa.select(FlowVersion).where(FlowVersion.kind == "uniform")) == []
    assert hr.post("/console/flows/draft", **{**flow, "what": "publish"}).status_code == 303
    assert "工服申请" in text_of(visit(office, "chen").get("/console/requests/new?kind=uniform"))
    request_id = office.ask("uniform", form={"size": "l"})
    office.approve(request_id, ("manager", "zhou"), ("hr", "zhao"), ("hr", "qian"), ("leader", "sun"))
    assert office.state(request_id) == "approved"
    edited = text_of(hr.get("/console/flows/uniform/edit"))
    assert 'value="size"' in edited and "s|小|Small" in edited
    assert hr.post("/console/flows/draft", **{**flow, "what": "publish", "name_zh": "工服"}).status_code == 303
    assert "v2" in text_of(hr.get("/console/flows/uniform"))


def test_the_menu_counts_what_is_open_and_the_inbox_tells_it(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    zhou = visit(office, "zhou")
    page = text_of(zhou.get("/console/inbox"))
    assert "陈伟" in page and f"/console/requests/{request_id}" in page and 'data-badge="console.inbox">1<' in page
    office.approve(request_id, ("department", "zhou"))
    assert 'data-badge="console.inbox" hidden' in text_of(zhou.get("/console/inbox"))
    chen = visit(office, "chen")
    page = text_of(chen.get("/console/inbox"))
    seen = re.search(r"/console/inbox/([0-9a-f-]+)/seen", page)
    assert seen is not None and chen.post(seen[0]).status_code == 303
    assert seen[1] not in text_of(chen.get("/console/inbox"))


def test_hr_names_who_decides_where_nobody_can(office: Office) -> None:
    office.define("qa", step("qa", 1, "role:qa"))
    request_id = office.ask("qa")
    hr = visit(office, "zhao")
    assert "decider" in text_of(hr.get(f"/console/requests/{request_id}"))
    number = office.world.rows(sa.select(Person.number).where(Person.name == "李娜"))[0]
    values = {"step_id": office.steps(request_id)["qa"].id, "person_id": f"李娜 · {number}", "reason": "代管"}
    assert hr.post(f"/console/requests/{request_id}/decider", **values).status_code == 303
    assert office.steps(request_id)["qa"].deciders == [office.people["li"]]


def test_an_applicant_takes_a_request_back_in_the_console(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    assert "withdrawal" in text_of(visit(office, "chen").get(f"/console/requests/{request_id}"))
    assert "withdrawal" not in text_of(visit(office, "zhou").get(f"/console/requests/{request_id}"))
    assert visit(office, "chen").post(f"/console/requests/{request_id}/withdrawal", reason="").status_code == 303
    assert office.state(request_id) == "withdrawn"


def test_somebody_stands_in_from_the_page_about_oneself(office: Office) -> None:
    zhou = visit(office, "zhou")
    number = office.world.rows(sa.select(Person.number).where(Person.name == "李娜"))[0]
    bad = zhou.post("/console/me/stand-ins", delegate_id="nobody", starts="2026-11-20", ends="2026-11-25")
    assert bad.status_code == 422
    given = zhou.post("/console/me/stand-ins", delegate_id=number, starts="2026-11-20", ends="2026-11-25")
    assert given.status_code == 303 and "李娜" in text_of(zhou.get("/console/me"))
    (row,) = office.world.rows(sa.select(Delegation))
    assert row.delegate_id == office.people["li"] and (row.ends_at - row.starts_at).days == 6
    assert zhou.post(f"/console/me/stand-ins/{row.id}/end").status_code == 303


def test_whoever_is_not_concerned_finds_no_such_request(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    li = visit(office, "li")
    assert li.get(f"/console/requests/{request_id}").status_code == 404
    assert request_id not in text_of(li.get("/console/requests?tab=running"))
    decided = li.post(
        f"/console/requests/{request_id}/decision",
        step_id=office.steps(request_id)["department"].id, decision="approve",
    )
    assert decided.status_code == 404 and office.steps(request_id)["department"].state == "open"


def test_a_photo_is_handed_in_with_a_form_and_opened_by_who_may_see_the_request(office: Office) -> None:
    hr = visit(office, "zhao")
    flow = {
        "kind": "damage", "name_zh": "损坏", "name_en": "Damage", "field0.key": "picture", "field0.label_zh": "照片",
        "field0.label_en": "Photo", "field0.kind": "photo", "field0.most": "2", "field0.required": "1", "step0.key": "hr",
        "step0.title_zh": "人事", "step0.title_en": "HR", "step0.order": "1", "step0.who": "role:hr", "step0.signatures": "1",
        "step0.mandatory": "1", "what": "publish",
    }  # fmt: skip
    hr.get("/console/flows/new")
    assert hr.post("/console/flows/draft", **flow).status_code == 303
    chen = visit(office, "chen")
    shown = text_of(chen.get("/console/requests/new?kind=damage"))
    request_id = new_id()
    assert 'type="file"' in shown and 'enctype="multipart/form-data"' in shown and " multiple" in shown
    wrong = {"form.picture": (io.BytesIO(b"GIF89a"), "a.gif")}
    refused = chen.post("/console/requests", kind="damage", request_id=request_id, **wrong)
    assert refused.status_code == 422 and 'id="h-form.picture"' in text_of(refused)
    picture = b"\x89PNG\r\n\x1a\n of the shelf"
    taken = {"form.picture": (io.BytesIO(picture), "a.png")}
    assert chen.post("/console/requests", kind="damage", request_id=request_id, **taken).status_code == 303
    page = text_of(hr.get(f"/console/requests/{request_id}"))
    address = re.search(r'href="(/console/requests/[^"]+/photos/[^"]+)"', page)
    assert address is not None and "<img" not in page.split("<main", 1)[1]
    assert hr.get(address[1]).data == picture and visit(office, "li").get(address[1]).status_code == 404
    [look] = office.world.rows(sa.select(Look).where(Look.about_id == request_id))
    assert (look.what, look.person_id) == ("photo", office.people["chen"])
