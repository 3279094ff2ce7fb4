"""Reading the log over the API and in the console: who did what to which record, and what was compared."""

from __future__ import annotations

import re
from typing import Any

import pytest

from contract.audit import Changed, TrailRow, VerifyLog
from contract.ids import new_id
from contract.people import Hire
from contract.stores import ChangeStore
from server.audit.queries import HIDDEN, shown
from server.audit.sequencer import catch_up
from server.kernel.jobs import run_due
from server.org.model import COMPANY_ID
from server.web import history
from tests.server.world import PASSWORD, World


@pytest.fixture
def told(any_world: World) -> dict[str, str]:
    """A store that was renamed, a person, and an employee with an account; all of it entered."""
    world = any_world
    person, store = world.hire("李伟"), world.open_store("静安店")
    world.must(ChangeStore(store_id=store, name="静安寺店"))
    world.account(person, "li", "employee")
    world.clock.pass_(minutes=1)
    catch_up(world.app.extensions["outpost"])
    return {"person": person, "store": store}


def test_the_history_of_a_record_begins_with_what_made_it(any_world: World, told: dict[str, str]):
    admin = any_world.client("chen")
    rows = admin.get("/api/v1/audit/operations", record=told["store"]).json["operations"]
    assert [row["type"] for row in rows][0] == "stores.change_store/1" and rows[-1]["type"] == "stores.open_store/1"
    [change] = [one for one in rows[0]["changes"] if one["table"] == "store"]
    assert (change["before"]["name"], change["after"]["name"]) == ("静安店", "静安寺店")
    assert rows[0]["person_name"] == "陈思远" and rows[0]["login"] == "chen" and rows[0]["leaf"] is not None


def test_operations_are_found_by_person_kind_and_day_page_by_page(any_world: World, told: dict[str, str]):
    admin = any_world.client("chen")
    every = admin.get("/api/v1/audit/operations", limit=200).json["operations"]
    paged, cursor = [], None
    while True:
        page = admin.get("/api/v1/audit/operations", limit=3, **({"cursor": cursor} if cursor else {})).json
        paged += page["operations"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [row["op_id"] for row in paged] == [row["op_id"] for row in every]
    hired = admin.get("/api/v1/audit/operations", kind="people.hire").json["operations"]
    assert {row["type"] for row in hired} == {"people.hire/1"}
    mine = admin.get("/api/v1/audit/operations", person_id=any_world.people["陈思远"]).json["operations"]
    assert mine and {row["person_id"] for row in mine} == {any_world.people["陈思远"]}
    assert admin.get("/api/v1/audit/operations", person_id=told["person"]).json["operations"] == []
    before = admin.get("/api/v1/audit/operations", until_ms=1_000).json["operations"]
    assert before == []


def test_heads_runs_and_reports_are_read_over_the_api(any_world: World, told: dict[str, str]):
    admin = any_world.client("chen")
    heads = admin.get("/api/v1/audit/heads").json
    assert heads["size"] > 10 and heads["waiting"] >= 0 and heads["heads"][0]["note"].startswith(heads["origin"])
    run_id = new_id()
    assert admin.post("/api/v1/audit/runs", VerifyLog(run_id=run_id)).status_code == 201
    assert admin.get(f"/api/v1/audit/runs/{run_id}").json["state"] == "waiting"
    run_due(any_world.app.extensions["outpost"])
    done = admin.get(f"/api/v1/audit/runs/{run_id}").json
    assert (done["state"], done["found"], done["more"]) == ("clean", [], 0)
    assert admin.post("/api/v1/audit/runs", VerifyLog(run_id=run_id)).status_code == 409
    assert admin.get(f"/api/v1/audit/runs/{new_id()}").status_code == 404
    assert admin.get("/api/v1/audit/alarms").json == {"alarms": []}


def test_who_may_not_read_the_log_sees_neither_it_nor_a_history(any_world: World, told: dict[str, str]):
    employee = any_world.client("li")
    for path in ("heads", "operations", "alarms"):
        assert employee.get(f"/api/v1/audit/{path}").status_code == 403
    assert employee.post("/api/v1/audit/runs", VerifyLog(run_id=new_id())).status_code == 403


def test_secrets_sealed_values_and_contacts_are_never_shown():
    said = shown(
        {
            "name": "李伟", "mobile": "13812345678", "verifier": "$argon2id$...", "pay_fen": "s1.abc", "active": True,
            "inner": {"password": "x", "list": [{"id_number": "310101199001011234"}]}, "phone": None,
        }
    )
    assert said["name"] == "李伟" and said["active"] is True and said["phone"] is None
    assert said["mobile"] == "138****5678" and said["verifier"] == said["pay_fen"] == HIDDEN
    assert said["inner"]["password"] == HIDDEN and said["inner"]["list"][0]["id_number"] == "310***********1234"


def test_no_password_or_number_is_in_the_trail(any_world: World, told: dict[str, str]):
    any_world.must(Hire(person_id=new_id(), number="M1", name="王芳", home_org="总部", mobile="13812345678"))
    admin = any_world.client("chen")
    text = admin.get("/api/v1/audit/operations", limit=200).get_data(as_text=True)
    assert "M1" in text and "13812345678" not in text and PASSWORD not in text and "argon2" not in text


def _console(world: World) -> Any:
    client = world.app.test_client()
    token = re.search(r'name="form_token" value="([^"]+)"', client.get("/console/sign-in").text)
    assert token is not None
    client.post("/console/sign-in", data={"form_token": token.group(1), "login": "chen", "password": PASSWORD})
    return client


def test_the_console_shows_the_log_compares_it_and_says_what_it_found(any_world: World, told: dict[str, str]):
    client: Any = _console(any_world)
    page = client.get("/console/audit", headers={"Accept-Language": "en"})
    assert page.status_code == 200 and "outpost-log-" in page.text and "<svg" in page.text
    token = re.search(r'name="form_token" value="([^"]+)"', page.text)
    begun = client.post("/console/audit/runs", data={"form_token": token.group(1), "op_id": new_id()})
    assert begun.status_code == 303
    waiting = client.get(begun.location)
    assert "<progress" in waiting.text
    run_due(any_world.app.extensions["outpost"])
    assert "Log and records agree" in client.get(begun.location, headers={"Accept-Language": "en"}).text
    assert "日志与记录一致" in client.get(begun.location, headers={"Accept-Language": "zh"}).text


def test_the_console_finds_operations_and_refuses_what_is_no_id(any_world: World, told: dict[str, str]):
    client: Any = _console(any_world)
    found = client.get("/console/audit/operations", query_string={"record": told["store"]})
    assert "静安店" in found.text and "静安寺店" in found.text
    by_number = client.get("/console/audit/operations", query_string={"person_id": "0001"})
    assert "静安寺店" in by_number.text
    for wrong in ({"person_id": "x"}, {"from": "soon"}, {"cursor": "!"}):
        answered = client.get("/console/audit/operations", query_string=wrong)
        assert answered.status_code == 200 and 'role="alert"' in answered.text


def test_a_records_page_carries_its_history(any_world: World, told: dict[str, str]):
    client: Any = _console(any_world)
    for path in (f"/console/stores/{told['store']}", f"/console/people/{told['person']}"):
        assert 'id="history"' in client.get(path).text
    assert "静安寺店</ins>" in client.get(f"/console/stores/{told['store']}").text


def test_a_history_tells_what_people_changed_and_not_what_the_server_keeps_for_itself():
    changed = Changed(
        table="request", row_id="r", changed_ms=1, before={"state": "running", "rev": 3, "scopes": ["private:x"]},
        after={"state": "approved", "rev": 4, "scopes": ["private:y"]},
    )  # fmt: skip
    row = TrailRow(
        op_id="o", type="approvals.decide_step/1", received_ms=1, person_id=None, person_name=None, account_id=None, login=None,
        device_id=None, device_label=None, status="applied", code=None, said={"reason": "fits"}, leaf=None, changes=[changed],
    )  # fmt: skip
    line = history._line(row)
    assert (line["fields"], line["why"]) == ([("state", ("running", "approved"))], "fits")


def test_operations_are_narrowed_to_a_unit_by_who_is_at_home_there(any_world: World, told: dict[str, str]):
    admin, other = any_world.client("chen"), any_world.open_store("豫园店")
    any_world.must(VerifyLog(run_id=new_id()))
    chen = any_world.admin.person_id
    of_company = admin.get("/api/v1/audit/operations", unit_id=COMPANY_ID, limit=200).json["operations"]
    nobody = admin.get("/api/v1/audit/operations", unit_id=other).json["operations"]
    assert chen in {row["person_id"] for row in of_company} and nobody == []
