"""Tickets at the console: what a desk does with them, and how desks, hours and rules are set."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from contract.ids import derived_id, new_id
from server.feedback.desks_model import Desk, DeskHours, RoutingRule
from server.feedback.model import Ticket, TicketEvent
from server.kernel.actors import Actor
from server.kernel.perform import reading
from tests.web.company_of_shops import Shops
from tests.web.conftest import copied
from tests.web.tickets_of_shops import DESIGN, REPAIR, ticketed
from tests.web.visitor import Visitor


@pytest.fixture(scope="module")
def told(shops: Shops, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shops]:
    """The company with tickets in every state, in a database of these tests' own."""
    made = copied(shops, tmp_path_factory.mktemp("tickets"))
    ticketed(made)
    yield made
    made.company.close()


@pytest.fixture
def desk(told: Shops) -> Visitor:
    """HR at the console, in English."""
    found = Visitor(told.app).speak("en")
    found.sign_in("hr")
    return found


def _one(shops: Shops, model: type, **where: object) -> object:
    with reading(shops.company.db, Actor.system()) as session:
        return session.scalars(sa.select(model).filter_by(**where)).one()


def _events(shops: Shops, ticket_id: str) -> list[str]:
    with reading(shops.company.db, Actor.system()) as session:
        asked = sa.select(TicketEvent.kind).where(TicketEvent.ticket_id == ticket_id).order_by(TicketEvent.number)
        return list(session.scalars(asked))


def test_a_queue_narrows_by_view_desk_and_words_and_goes_out_as_csv(desk: Visitor) -> None:
    everything = desk.get("/console/tickets?view=all").text
    assert "蒸汽熨斗" in everything and "镜子" in everything and "Urgent" in everything
    repair = desk.get(f"/console/tickets?view=all&desk={REPAIR}").text
    assert "蒸汽熨斗" in repair and "镜子" not in repair
    words = desk.get("/console/tickets?view=all&q=灯管").text
    assert "试衣间" in words and "蒸汽熨斗" not in words
    waiting = desk.get("/console/tickets?view=waiting").text
    assert "试衣间" in waiting and "蒸汽熨斗" not in waiting
    lines = desk.get("/console/tickets?view=all&format=csv").text.splitlines()
    assert len(lines) >= 5 and any("镜子" in line for line in lines)
    assert "Nothing is waiting in this view" in desk.get("/console/tickets?view=late").text
    counts = desk.get("/console/tickets/counts?view=all").text
    numbers = {name: int(n) for name, n in re.findall(r">([A-Za-z ]+)<span class=\"count\">([0-9]+)</span>", counts)}
    assert numbers["All"] == len(lines) - 1 and numbers["Waiting"] == waiting.count("row-link")


def test_a_story_shows_the_way_what_is_internal_and_both_of_two_amendments(desk: Visitor, told: Shops) -> None:
    page = desk.get(f"/console/tickets/{ticketed(told)}").text
    assert page.count('<li class="event') == 10 and "passed it on to Design" in page and '<ol class="hops"' in page
    assert "event noted internal" in page or "event replied internal" in page, "a note stands out"
    assert "side-by-side" in page and "52 加长" in page and "尺寸 54" in page


def test_a_desk_answers_passes_on_waits_goes_on_solves_and_reopens(desk: Visitor, told: Shops) -> None:
    iron = derived_id("shops", "ticket", "iron")
    here = f"/console/tickets/{iron}"
    for path, form in (
        ("reply", {"text": "马上派人"}), ("reply", {"text": "保修期内", "internal": "1"}), ("take", {"person_id": ""}),
        ("pass", {"desk_id": DESIGN, "note": "看一下"}), ("pause", {"reason": "等配件"}), ("resume", {}),
        ("amend", {"text": "熨斗坏了，插头松", "base": "3", "priority": "high"}), ("watch", {}), ("watch", {"stop": "1"}),
        ("resolve", {"text": "换了新的"}), ("reopen", {"reason": "又坏了"}), ("close", {"text": "好了"}),
    ):  # fmt: skip
        answer = desk.send(here, f"{here}/{path}", **form)
        assert answer.status_code == 303, (path, answer.text[:2000])
    assert _events(told, iron)[2:] == [
        "replied", "noted", "taken", "passed", "paused", "resumed", "amended", "watched", "unwatched", "resolved",
        "reopened", "closed",
    ]  # fmt: skip
    assert "closed already" in desk.send(here, f"{here}/pause", reason="x").text or desk.get(here).text.count("Pause") == 0
    refused = desk.send(here, f"{here}/reply", text="")
    assert refused.status_code == 422 and 'role="alert"' in refused.text


def test_a_ticket_is_filed_at_a_desk_once_with_its_form_and_photo(desk: Visitor, told: Shops) -> None:
    desk.get("/console/tickets/new?category=suggestion")
    op_id = desk.op_id
    for _ in range(2):
        answer = desk.post("/console/tickets/new", op_id=op_id, category="suggestion", text="加一张椅子", priority="low")
        assert answer.status_code == 303, answer.text[answer.text.index('role="alert"') :][:300]
    with reading(told.company.db, Actor.system()) as session:
        found = session.scalars(sa.select(Ticket).where(Ticket.text == "加一张椅子")).all()
    assert [one.priority for one in found] == ["low"]
    assert desk.post("/console/tickets/new", op_id=new_id(), category="nowhere", text="x").status_code == 422


def test_hours_desks_and_turns_are_set_in_the_words_of_a_door(desk: Visitor, told: Shops) -> None:
    week = {f"day{n}": "22:00-06:00" if n < 5 else "" for n in range(7)}
    here, eve = "/console/tickets/desks?form=hours", "2026-12-24: 20:00-24:00\n2026-12-25: -"
    done = desk.send(
        here,
        "/console/tickets/hours",
        name="夜班",
        zone="Asia/Shanghai",
        special=eve,
        **week,
    )
    assert done.status_code == 303
    kept = _one(told, DeskHours, name="夜班").body  # type: ignore[attr-defined]
    assert kept["week"][0] == [{"from_min": 1320, "until_min": 1800}] and kept["week"][6] == []
    assert kept["special"] == {"2026-12-24": [{"from_min": 1200, "until_min": 1440}], "2026-12-25": []}
    wrong = desk.send(here, "/console/tickets/hours", name="坏", zone="Asia/Shanghai", day0="nine to five")
    assert wrong.status_code == 422 and "nine to five" in wrong.text
    person = told.company.people["徐浩"]
    values = {
        "desk_id": REPAIR, "code": "REPAIR", "name_zh": "维修", "name_en": "Repairs", "person": person,
        "hours_id": kept and _one(told, DeskHours, name="夜班").id, "turn0.person": person,  # type: ignore[attr-defined]
        "turn0.from": "2026-11-01", "turn0.to": "2026-12-31", "turn0.weekday": ["0", "1"],
    }  # fmt: skip
    assert desk.send(f"/console/tickets/desks?desk={REPAIR}", "/console/tickets/desks", **values).status_code == 303
    assert "Repairs" in desk.get("/console/tickets/desks").text
    gone = desk.send("/console/tickets/desks", f"/console/tickets/desks/{REPAIR}/retire", to_desk_id=DESIGN, reason="merged")
    assert gone.status_code == 303 and _one(told, Desk, code="REPAIR").retired_at is not None  # type: ignore[attr-defined]


def test_a_rule_is_tried_on_the_last_tickets_and_changes_nothing_until_it_is_set(desk: Visitor, told: Shops) -> None:
    form = {
        "name": "客户到设计", "position": "5", "category": "customer", "desk_id": DESIGN, "first_reply_min": "10",
        "resolve_min": "60", "escalate_min": "30", "reason": "faster",
    }  # fmt: skip
    tried = desk.send("/console/tickets/rules", "/console/tickets/rules", what="try", **form)
    assert tried.status_code == 200 and "1 would have gone to Design instead of HR" in tried.text
    with reading(told.company.db, Actor.system()) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(RoutingRule)) == 2
    assert desk.send("/console/tickets/rules", "/console/tickets/rules", what="set", **form).status_code == 303
    rule = _one(told, RoutingRule, name="客户到设计")
    assert rule.desk_id == DESIGN and rule.body["first_reply_min"] == 10  # type: ignore[attr-defined]
    left = desk.send("/console/tickets/rules", f"/console/tickets/rules/{rule.id}/retire", reason="no")  # type: ignore[attr-defined]
    assert left.status_code == 303


def test_a_kind_gets_typed_fields_without_code(desk: Visitor) -> None:
    form = {
        "code": "window", "name_zh": "橱窗", "name_en": "Window", "icon": "store", "priority": "high", "position": "70",
        "store_sees": "1", "answered": "1", "field0.key": "when", "field0.label_zh": "何时", "field0.label_en": "When",
        "field0.kind": "date", "field0.required": "1",
    }  # fmt: skip
    wrong = desk.send("/console/tickets/kinds", "/console/tickets/kinds", **form)
    assert wrong.status_code == 422 and "Window" in wrong.text, "there is no such icon; what was typed is still there"
    few = desk.send("/console/tickets/kinds", "/console/tickets/kinds", **{**form, "icon": "other", "field0.most": "few"})
    assert few.status_code == 422 and "At most, row 1: expected a whole number, got text" in few.text
    assert desk.send("/console/tickets/kinds", "/console/tickets/kinds", **{**form, "icon": "other"}).status_code == 303
    page = desk.get("/console/tickets/new?category=window").text
    assert "When" in page and 'type="date"' in page


def test_an_employee_sees_their_own_tickets_and_no_board(told: Shops) -> None:
    manager = Visitor(told.app).speak("en")
    manager.sign_in("manager")
    assert manager.get("/console/tickets").status_code == 200
    assert manager.get("/console/tickets/kinds").status_code == 403
    assert manager.get(f"/console/tickets/{new_id()}").status_code == 404


def test_the_breach_board_goes_out_as_it_is_shown(desk: Visitor, told: Shops) -> None:
    page = desk.get("/console/tickets/breaches").text
    assert "/console/tickets/breaches?format=csv" in page
    heading, *lines = desk.get("/console/tickets/breaches?format=csv").text.lstrip("\ufeff").splitlines()
    assert heading == 'Desk,Open,Late,Due within 4 h,Unassigned,"Median first reply (30 days), minutes"'
    for line in lines:
        name, still_open = line.split(",")[:2]
        row = re.search(rf">{re.escape(name)}</a></th><td[^>]*>(\d+)</td>", page)
        assert row is not None and row[1] == still_open
    assert "Design" in {line.split(",")[0] for line in lines}
    manager = Visitor(told.app)
    manager.sign_in("employee")
    assert manager.get("/console/tickets/breaches?format=csv").status_code == 403
