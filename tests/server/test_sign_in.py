"""Signing in and out over HTTP: tokens, throttling, rights that change at once, the console's cookie."""

from __future__ import annotations

import hashlib
import statistics
import time
from threading import Thread

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.people import ChangePassword, CloseAccount, GrantRole, LetGo, WithdrawRole
from server.kernel.ledger import OpLog
from server.people import rules
from server.people.model import Grant, SignInTry, WebSession
from server.people.sign_in import SESSION_COOKIE
from tests.server.world import PASSWORD, World


def _try(world: World, login: str, password: str):
    return world.client().post("/api/v1/session", {"login": login, "password": password})


def test_who_signs_in_is_told_who_they_are_and_what_they_may(any_world: World):
    store = any_world.open_store("静安店")
    any_world.account(any_world.hire("林娜"), "lin", "store_manager", store)
    me = any_world.client("lin").get("/api/v1/session").json
    assert me["name"] == "林娜" and me["roles"][0]["unit_id"] == store
    assert me["in_stores"]["attendance.review"] == [store] and "attendance.review" not in me["everywhere"]


def test_only_the_hash_of_a_token_is_stored_and_no_token_in_the_log(world: World):
    client = world.client("chen")
    [stored] = world.rows(sa.select(WebSession))
    assert stored.token_hash == hashlib.sha256(client.token.encode()).hexdigest()
    logged = b"".join(world.rows(sa.select(OpLog.raw)))
    assert client.token.encode() not in logged and stored.token_hash.encode() not in logged and PASSWORD.encode() not in logged


def test_full_width_typing_of_the_same_password_is_the_same_password(world: World):
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in PASSWORD)
    assert _try(world, " CHEN ", wide).status_code == 201


@pytest.mark.parametrize("token", ["", "x", "Bearer", "é" * 40, "a" * 5000])
def test_a_token_nobody_was_given_opens_nothing(world: World, token: str):
    answered = world.client().get("/api/v1/session", headers={"Authorization": f"Bearer {token}".encode().decode("latin-1")})
    assert answered.status_code == 401 and answered.json["code"] == "access.sign_in"
    assert answered.headers["WWW-Authenticate"] == "Bearer"


def test_signing_out_ends_the_session_at_once(any_world: World):
    client = any_world.client("chen")
    assert client.delete("/api/v1/session").status_code == 204
    assert client.get("/api/v1/session").status_code == 401


def test_a_session_ends_after_twelve_hours(world: World):
    client = world.client("chen")
    world.clock.pass_(hours=11, minutes=59)
    assert client.get("/api/v1/session").status_code == 200
    world.clock.pass_(minutes=2)
    assert client.get("/api/v1/session").status_code == 401


def test_a_role_that_is_taken_back_stops_counting_with_the_next_request(any_world: World):
    any_world.account(any_world.hire("周敏"), "zhou", "hr")
    client = any_world.client("zhou")
    assert client.get("/api/v1/people").status_code == 200
    [grant] = any_world.rows(sa.select(Grant).where(Grant.account_id == any_world.accounts["zhou"]))
    any_world.must(WithdrawRole(grant_id=grant.id, reason="moved"))
    assert client.get("/api/v1/people").status_code == 403
    any_world.must(GrantRole(grant_id=new_id(), account_id=any_world.accounts["zhou"], role="auditor"))
    assert client.get("/api/v1/people").status_code == 200


def test_closing_an_account_leaving_and_a_new_password_sign_everybody_out(any_world: World):
    zhou = any_world.hire("周敏")
    any_world.account(zhou, "zhou", "hr")
    gao = any_world.hire("高丽")
    any_world.account(gao, "gao", "auditor")
    any_world.account(any_world.hire("赵强"), "zhao", "auditor")
    clients = {login: any_world.client(login) for login in ("zhou", "gao", "zhao")}
    any_world.must(CloseAccount(account_id=any_world.accounts["zhou"], reason="x"))
    any_world.must(LetGo(person_id=gao, reason="x"))
    any_world.must(ChangePassword(account_id=any_world.accounts["zhao"], password="quiet-Orchid-88-window"))
    for login, client in clients.items():
        assert client.get("/api/v1/session").status_code == 401, login
    assert _try(any_world, "zhou", PASSWORD).status_code == 401
    assert _try(any_world, "gao", PASSWORD).status_code == 401
    assert _try(any_world, "zhao", "quiet-Orchid-88-window").status_code == 201


@pytest.mark.parametrize("login", ["chen", "nobody"])
def test_after_five_wrong_passwords_a_login_waits_a_minute_then_two(any_world: World, login: str):
    for _ in range(5):
        assert _try(any_world, login, "wrong-wrong-wrong").json["code"] == "access.wrong_password"
    blocked = _try(any_world, login, PASSWORD)
    assert blocked.status_code == 429 and 55 <= int(blocked.headers["Retry-After"]) <= 61
    any_world.clock.pass_(seconds=61)
    assert _try(any_world, login, "wrong-wrong-wrong").json["code"] == "access.wrong_password"
    assert 115 <= int(_try(any_world, login, PASSWORD).headers["Retry-After"]) <= 121


def test_hammering_on_a_blocked_login_writes_nothing(any_world: World):
    for _ in range(5):
        _try(any_world, "chen", "wrong-wrong-wrong")
    logged = len(any_world.rows(sa.select(OpLog.op_id)))
    for _ in range(10):
        assert _try(any_world, "chen", "wrong-wrong-wrong").status_code == 429
    assert len(any_world.rows(sa.select(OpLog.op_id))) == logged


def test_the_right_password_forgets_the_wrong_ones(any_world: World):
    for _ in range(3):
        for _ in range(4):
            assert _try(any_world, "chen", "wrong-wrong-wrong").status_code == 401
        assert _try(any_world, "chen", PASSWORD).status_code == 201
    assert any_world.rows(sa.select(SignInTry)) == []


def test_thirty_tries_at_once_are_thirty_tries(any_world: World):
    answers: list[int] = []

    def knock() -> None:
        answers.append(_try(any_world, "chen", "wrong-wrong-wrong").status_code)

    app = any_world.app
    threads = [Thread(target=knock) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert app is any_world.app
    assert answers.count(401) == rules.FREE_TRIES and answers.count(429) == 30 - rules.FREE_TRIES


def test_a_login_that_does_not_exist_takes_as_long_to_refuse(as_shipped: None, world: World):
    def seconds(login: str) -> float:
        began = time.perf_counter()
        assert _try(world, login, "wrong-wrong-wrong").status_code == 401
        return time.perf_counter() - began

    seconds("warm-up")
    known, unknown = [], []
    for n in range(8):
        any_login = f"stranger{n}"
        world.account(world.hire(f"员工{n}"), f"known{n}", "auditor")
        known.append(seconds(f"known{n}"))
        unknown.append(seconds(any_login))
    assert 0.5 < statistics.median(known) / statistics.median(unknown) < 2.0


def test_the_cookie_counts_on_the_console_s_pages_and_nowhere_else(world: World):
    client = world.client("chen")
    browser = world.app.test_client()
    assert "sign-in" in browser.get("/console/today").headers["Location"]
    browser.set_cookie(SESSION_COOKIE, client.token)
    page = browser.get("/console/today")
    assert page.status_code == 200 and "陈思远" in page.get_data(as_text=True)
    assert browser.get("/api/v1/session").status_code == 401
    assert browser.get("/api/v1/people").status_code == 401


def test_bodies_that_are_no_credentials_are_refused_with_a_reason(world: World):
    client = world.client()
    for body in (None, [], {"login": "x"}, {"login": 5, "password": "x"}, {"login": "x", "password": "y", "role": "admin"}):
        answered = client.post("/api/v1/session", body)
        assert answered.status_code in (400, 415, 422) and answered.json["code"].startswith("wire."), body


def test_an_account_without_a_role_cannot_sign_in(world: World):
    from contract.people import OpenAccount

    person = world.hire("空岗")
    world.must(OpenAccount(account_id=new_id(), person_id=person, login="empty", password=PASSWORD))
    assert _try(world, "empty", PASSWORD).json["code"] == "access.not_allowed"
