"""Each page and each action for each role: what is declared is what happens; another store's things do not exist."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from server.kernel.actors import ROLE_PERMISSIONS, Permission
from server.kernel.http import ENDPOINTS
from tests.web.company_of_shops import SHOPS, Shops
from tests.web.test_safety import NOBODY, POSTS, address
from tests.web.visitor import Visitor
from tools.shots_console import pages_of

ROLES = {"admin": "admin", "hr": "hr", "auditor": "auditor", "manager": "store_manager", "employee": "employee"}
GETS = sorted(rule for method, rule in ENDPOINTS if method == "GET" and rule.startswith("/console/"))
OWN, OTHER = SHOPS[2][0], SHOPS[0][0]


def may(login: str, needs: Permission | str) -> bool:
    return not isinstance(needs, Permission) or needs in ROLE_PERMISSIONS[ROLES[login]]  # type: ignore[index]


@pytest.mark.parametrize("login", ROLES)
def test_a_page_opens_for_those_whose_role_has_its_right(dressed: Shops, looker: Callable[[str], Visitor], login: str) -> None:
    who = looker(login)
    rules = {rule.endpoint: rule.rule for rule in dressed.app.url_map.iter_rules()}
    adapter = dressed.app.url_map.bind("localhost")
    looked_at = 0
    for name, path in pages_of(dressed).items():
        rule = rules[adapter.match(path.split("?")[0], method="GET")[0]]
        needs = ENDPOINTS["GET", rule].needs
        answer = who.get(path)
        if may(login, needs):
            assert answer.status_code in (200, 404), (name, answer.status_code)
            looked_at += answer.status_code == 200
        else:
            assert answer.status_code == 403, (name, answer.status_code)
            assert "This page needs the right to" in answer.text, name
    assert looked_at >= 2


@pytest.mark.parametrize("login", ROLES)
def test_an_action_is_refused_for_those_whose_role_lacks_its_right(visitor: Callable[[str], Visitor], login: str) -> None:
    who = visitor(login)
    for rule in POSTS:
        needs = ENDPOINTS["POST", rule].needs
        if not may(login, needs):
            assert who.post(address(rule)).status_code == 403, rule


@pytest.mark.parametrize("rule", GETS)
def test_nobody_sees_a_page_without_signing_in(shops: Shops, rule: str) -> None:
    answer = Visitor(shops.app).get(address(rule))
    if ENDPOINTS["GET", rule].needs == "public":
        assert answer.status_code in (200, 404)
    else:
        assert answer.status_code == 303 and "/console/sign-in" in answer.headers["Location"]


def test_the_menu_offers_only_what_opens(visitor: Callable[[str], Visitor]) -> None:
    assert "/console/accounts" not in visitor("manager").get("/console/today").text
    assert "/console/accounts" in visitor("admin").get("/console/today").text
    assert "/console/review" not in visitor("auditor").get("/console/today").text


def test_a_store_manager_sees_her_store_and_nothing_of_another(shops: Shops, visitor: Callable[[str], Visitor]) -> None:
    manager, stores, people = visitor("manager"), shops.company.stores, shops.company.people
    board = manager.get("/console/today?state=all").text
    assert OWN in board and OTHER not in board
    assert manager.get(f"/console/today/{stores[OWN]}").status_code == 200
    there = [p for p in shops.company.punches() if p.store_id == stores[OTHER]]
    here = [p for p in shops.company.punches() if p.store_id == stores[OWN]]
    kiosks = shops.kiosks
    for path in (
        f"/console/today/{stores[OTHER]}", f"/console/stores/{stores[OTHER]}", f"/console/punches/{there[0].id}",
        f"/console/people/{people['王伟']}", f"/console/devices/{kiosks[OTHER].device_id}", f"/console/stores/{NOBODY}",
    ):  # fmt: skip
        assert manager.get(path).status_code == 404, path
    assert manager.get(f"/console/punches/{here[0].id}").status_code == 200
    for listing in ("/console/punches", "/console/review", "/console/stores", "/console/people", "/console/devices"):
        text = manager.get(listing).text
        assert OTHER not in text and "王伟" not in text, listing


def test_a_manager_cannot_decide_on_another_stores_punch(own_shops: Shops) -> None:
    manager = Visitor(own_shops.app).speak("en")
    manager.sign_in("manager")
    before = {p.id: p.state for p in own_shops.company.punches()}
    foreign = next(p for p in own_shops.company.punches() if p.store_id == own_shops.company.stores[OTHER])
    answer = manager.post(f"/console/punches/{foreign.id}/decision", decision="reject", reason="because")
    assert answer.status_code == 404
    manager.post("/console/review/decisions", punch=foreign.id, decision="accept", reason="because")
    assert {p.id: p.state for p in own_shops.company.punches()} == before
