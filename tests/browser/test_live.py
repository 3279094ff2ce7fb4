"""The console moves by itself: what comes to a person is on their page and beside the menu without a reload, and an idle page
asks for nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from contract.ids import new_id
from contract.moments import TimeTaken, to_ms
from server.hints import tickets
from server.hints.giving import PORT_SWITCH
from server.inbox.service import put_item
from server.kernel.actors import Actor
from server.kernel.perform import Act, Work, writing
from tests.browser.serving import at_rest, context_for, sign_in
from tests.server.test_hints import Running
from tests.web.company_of_shops import Shops


def tell(shops: Shops, text: str) -> None:
    """The person at the console is told something."""
    company, op_id = shops.company, new_id()
    now, ms = company.now(), to_ms(company.now())
    with writing(company.db, Actor.system(), op_id=op_id, now=now) as session:
        act = Act(op_id, None, None, TimeTaken(ms, ms, ms, "exact"), now)
        work = Work(session, Actor.system(), now, act, company.settings.secret)
        put_item(
            work, trigger="N-18", receiver_id=company.people["周总管"], kind="notice", about="announcement", about_id=new_id(),
            facts={"title_zh": text, "title_en": text, "by": "周总管"},
        )  # fmt: skip


def test_an_item_that_comes_is_on_the_open_page_and_in_the_menu_without_a_reload(
    chromium: Browser, address: str, shops: Shops, noon: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Running(shops.company, shops.company.settings.secret)
    monkeypatch.setattr(tickets, "GOOD_FOR", timedelta(days=4_000))  # the company of these tests lives in another month
    monkeypatch.setenv(PORT_SWITCH, str(running.port))
    context = context_for(chromium, address, "en")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    sign_in(page, address)
    page.goto(f"{address}/console/inbox")
    at_rest(page)
    badge = page.locator("[data-badge='console.inbox']").first
    expect(page.locator("#list")).to_be_visible()
    before = badge.text_content() or "0"
    page.wait_for_timeout(1_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(4_000)
    assert asked == [], "an idle page asks for nothing"
    tell(shops, "Fire drill at ten")
    expect(page.locator("#list")).to_contain_text("Fire drill at ten", timeout=5_000)
    expect(badge).to_have_text(str(int(before or "0") + 1), timeout=5_000)
    assert not [line for line in said if "Content Security Policy" in line], said
    context.close()
    running.close()
