"""The page of roles and fields: what is there, a proposal, a second person who sees the difference in words, the record."""

from __future__ import annotations

import pytest

from tests.web.company_of_shops import PASSWORD, Shops, hire, open_account
from tests.web.visitor import Visitor


@pytest.fixture
def second(own_shops: Shops) -> Visitor:
    """Another administrator of the same company, reading English."""
    hire(own_shops, "钱二", "A002", "总部")
    open_account(own_shops, "second", "钱二", "admin")
    found = Visitor(own_shops.app).speak("en")
    assert found.sign_in("second").status_code == 303
    return found


def form_of(visitor: Visitor, role: str, **changed: str) -> dict[str, object]:
    """The form of a role as a browser would send it, some of it changed."""
    row = next(row for row in _roles(visitor) if row["key"] == role)
    fields = {f"{rule['relation']}.{rule['field']}": rule["mode"] for rule in row["fields"]}
    return {"name_zh": row["name_zh"], "name_en": row["name_en"], "right": row["permissions"], **fields, "reason": "r", **changed}


def _roles(visitor: Visitor) -> list[dict[str, object]]:
    answer = visitor.client.post("/api/v1/session", json={"login": "admin", "password": PASSWORD})
    token = answer.get_json()["token"]
    roles: list[dict[str, object]] = visitor.client.get(
        "/api/v1/roles", headers={"Authorization": f"Bearer {token}"}
    ).get_json()["items"]
    return roles


def test_a_change_is_proposed_by_one_and_confirmed_by_another_who_reads_what_it_does(admin: Visitor, second: Visitor):
    form = form_of(admin, "leader", **{"home.mobile": "masked", "name_en": "Director"})
    proposed = admin.send("/console/roles/leader", "/console/roles/leader/propose", **form)
    assert proposed.status_code == 303
    page = proposed.headers["Location"].split("?")[0]
    mine = admin.get(page).text
    assert "You proposed this" in mine and "/confirm" not in mine
    theirs = second.get(page).text
    for said in ("Mobile (At home there)", "shown", "masked", "English name", "Director"):
        assert said in theirs, said
    assert admin.post(f"{page}/confirm").status_code == 403
    assert second.send(page, f"{page}/confirm").status_code == 303
    after = second.get("/console/roles").text
    assert "Director" in after and "Confirmed" in after
    kept = next(row for row in _roles(second) if row["key"] == "leader")
    assert {"relation": "home", "field": "mobile", "mode": "masked"} in kept["fields"]  # type: ignore[operator]


def test_a_rejection_says_why_and_stays_in_the_record(admin: Visitor, second: Visitor):
    proposed = admin.send("/console/roles/qa", "/console/roles/qa/propose", **form_of(admin, "qa", name_en="Quality"))
    page = proposed.headers["Location"].split("?")[0]
    assert second.send(page, f"{page}/reject", reason="").status_code == 422
    assert second.send(page, f"{page}/reject", reason="The name is known to all").status_code == 303
    assert "The name is known to all" in admin.get(page).text
    assert "Rejected" in admin.get("/console/roles").text


def test_a_new_role_is_proposed_and_what_is_wrong_with_it_is_said_at_the_form(admin: Visitor):
    form = {"key": "visitor", "name_zh": "巡店", "name_en": "Visitor", "reason": "r", "right": ["people.read"]}
    form["home.name"] = "read"
    assert "Lower-case letters" in admin.get("/console/roles/new").text
    taken = admin.send("/console/roles/new", "/console/roles/new/propose", **{**form, "key": "hr"})
    assert taken.status_code in (409, 422) and 'value="Visitor"' in taken.text
    assert admin.send("/console/roles/new", "/console/roles/new/propose", **form).status_code == 303
    assert "Waiting for a second person" in admin.get("/console/roles").text


def test_the_matrices_say_in_words_what_they_show_in_colour(admin: Visitor):
    page = admin.get("/console/roles?relation=host_during").text
    assert "over the host store, while the posting runs" in page
    assert page.count('<span class="said">masked</span>') >= 3 and page.count('<span class="said">shown</span>') > 30
    assert admin.get("/console/roles/nowhere").status_code == 404
