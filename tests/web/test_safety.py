"""The policy and the headers on every answer, forms that only our own pages can send, cookies that stay where they belong."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

import pytest

from server.app import create_app
from server.kernel.http import ENDPOINTS
from server.web import pages as _pages
from tests.web.company_of_shops import PASSWORD, Shops
from tests.web.visitor import Visitor, seen
from tools.shots_console import pages_of

assert _pages  # importing it declares the console's endpoints
POSTS = sorted(rule for method, rule in ENDPOINTS if method == "POST" and rule.startswith("/console"))
NOBODY = "00000000-0000-4000-8000-000000000000"


def address(rule: str) -> str:
    return re.sub(r"<(?:path:)?\w+>", NOBODY, rule)


def test_every_answer_carries_the_policy_and_the_headers(dressed: Shops, looker: Callable[[str], Visitor]) -> None:
    admin, stranger = looker("admin"), Visitor(dressed.app)
    paths = [*pages_of(dressed).values(), "/console/static/console/app.css", "/api/openapi.json", "/api/v1/nothing", "/"]
    for who in (admin, stranger):
        for path in paths:
            headers = who.get(path).headers
            assert "default-src 'self'" in headers["Content-Security-Policy"], path
            assert "unsafe" not in headers["Content-Security-Policy"], path
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
            assert headers["X-Content-Type-Options"] == "nosniff", path
            assert headers["Referrer-Policy"] == "same-origin", path
            assert "geolocation=()" in headers["Permissions-Policy"], path
            assert "Strict-Transport-Security" not in headers, path


def test_pages_are_not_kept_and_assets_are(dressed: Shops, looker: Callable[[str], Visitor]) -> None:
    admin = looker("admin")
    for name, path in pages_of(dressed).items():
        answer = admin.get(path)
        assert answer.headers["Cache-Control"] == "no-store", name
        style = re.search(r'href="(/console/static/console/ap[a-z]+\.css\?v=\w+)"', answer.text)
        assert style is not None
    assert "immutable" in admin.get(style[1]).headers["Cache-Control"]


def test_no_page_holds_what_the_policy_would_have_to_forbid(dressed: Shops, looker: Callable[[str], Visitor]) -> None:
    admin = looker("admin")
    for name, path in pages_of(dressed).items():
        text = admin.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), name
        assert not re.search(r"<style|\sstyle=", text), name
        assert not re.search(r"<[^>]*\son\w+=", text), name
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text), name


def test_every_form_is_refused_without_its_token(visitor: Callable[[str], Visitor]) -> None:
    admin, other = visitor("admin"), visitor("hr")
    assert len(POSTS) >= 20
    for rule in POSTS:
        for token in ("", "0" * 64, other.token):
            answer = admin.post(address(rule), token=token)
            assert answer.status_code == 403, (rule, token)
            assert "out of date" in answer.text, rule


@pytest.mark.parametrize("headers", [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_form_from_another_site_is_refused_even_with_the_token(
    visitor: Callable[[str], Visitor], headers: dict[str, str]
) -> None:
    admin = visitor("admin")
    for rule in POSTS:
        assert admin.post(address(rule), headers=headers).status_code == 403, rule


def test_the_same_form_from_our_own_page_is_taken(visitor: Callable[[str], Visitor]) -> None:
    answer = visitor("admin").post("/console/language", language="zh", headers={"Origin": "http://localhost"})
    assert answer.status_code == 303


def test_nobody_can_sign_somebody_in_from_elsewhere(shops: Shops) -> None:
    victim, attacker = Visitor(shops.app), Visitor(shops.app)
    attacker.get("/console/sign-in")
    answer = victim.post("/console/sign-in", token=attacker.token, login="admin", password=PASSWORD)
    assert answer.status_code == 403
    assert victim.client.get_cookie("outpost_session") is None


def test_the_session_cookie_is_for_our_pages_only(shops: Shops) -> None:
    who = Visitor(shops.app)
    answer = who.sign_in("admin")
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("outpost_session="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie


def test_behind_tls_the_cookie_is_bound_to_the_host_and_plain_http_is_over(own_shops: Shops) -> None:
    company = own_shops.company
    behind = dataclasses.replace(company.settings, behind_tls=True)
    who = Visitor(create_app(behind, db=company.db, clock=company.now))
    page = who.client.get("/console/sign-in", base_url="https://localhost")
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', page.text)
    assert token is not None
    form = {"form_token": token[1], "login": "admin", "password": PASSWORD}
    answer = who.client.post("/console/sign-in", data=form, base_url="https://localhost")
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if "outpost_session=" in value)
    assert cookie.startswith("__Host-outpost_session=") and "Secure" in cookie and "Domain" not in cookie
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert who.client.get("/console/today", base_url="https://localhost").status_code == 200


def test_signing_out_ends_the_session_on_the_server_too(visitor: Callable[[str], Visitor]) -> None:
    who = visitor("auditor")
    cookie = who.client.get_cookie("outpost_session")
    assert cookie is not None
    assert who.post("/console/sign-out").status_code == 303
    who.client.set_cookie("outpost_session", cookie.value)
    answer = who.get("/console/today")
    assert answer.status_code == 303 and "/console/sign-in" in answer.headers["Location"]


ELSEWHERE = [
    "https://elsewhere.example/", "//elsewhere.example", "/console\\..\\x", "/other", "/console/x\r\nSet-Cookie: a=b",
    "javascript:alert(1)",
]  # fmt: skip


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_signing_in_leads_nowhere_but_into_the_console(shops: Shops, elsewhere: str) -> None:
    who = Visitor(shops.app)
    who.get("/console/sign-in")
    answer = who.post("/console/sign-in", login="hr", password=PASSWORD, next=elsewhere)
    assert answer.headers["Location"] == "/console/"


def test_signing_in_leads_back_to_the_page_that_was_wanted(shops: Shops) -> None:
    who = Visitor(shops.app)
    wanted = "/console/punches?verdict=review&q=%E6%9D%8E"
    asked = who.get(wanted)
    assert asked.status_code == 303
    page = who.get(asked.headers["Location"])
    following = re.search(r'name="next" value="([^"]*punches[^"]*)"', page.text)
    assert following is not None
    answer = who.post("/console/sign-in", login="hr", password=PASSWORD, next=following[1].replace("&amp;", "&"))
    assert answer.headers["Location"] == wanted


def test_a_wrong_password_and_an_unknown_login_say_the_same(shops: Shops) -> None:
    said = []
    for login in ("manager", "nobody-here"):
        who = Visitor(shops.app).speak("en")
        answer = who.sign_in(login, "a wrong password")
        assert answer.status_code == 401
        said.append(seen(answer))
    assert said[0] == said[1] and "password" in said[0]


def test_a_session_that_is_over_sends_a_live_list_to_the_sign_in_page(shops: Shops) -> None:
    answer = Visitor(shops.app).get("/console/today", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/console/sign-in")
