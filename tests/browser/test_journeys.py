"""HQ's day in a real browser: a code is issued, a phone enrols with it, its punch shows within five seconds, somebody
corrects it, both facts stay; a fence is drawn by mouse and by typing; the keyboard; a server that goes away."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from mobile.core.http_link import HttpLink
from mobile.devices.fake import FakeClock, FakeWorld
from tests.browser.axe import violations
from tests.browser.serving import context_for, served, sign_in
from tests.support.handset import Handset
from tests.web.company_of_shops import SHOPS, Shops, empty_company, hire, open_shops, post, stand, true_place

SHOP = SHOPS[2][0]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[Shops, str]]:
    """A server on the machine's own clock, over HTTP, with one posted person who has no device yet."""
    found = empty_company(tmp_path, at_ms=int(time.time() * 1000), live=True)
    open_shops(found, 3)
    hire(found, "李敏", "E001")
    post(found, "李敏", SHOP, found.company.today())
    with served(found.app) as address:
        yield found, address
    found.company.close()


def _phone(shops: Shops, address: str, code: str) -> Handset:
    """A phone out of its box that was given the code; it speaks HTTP to the server like any other."""
    now = int(time.time() * 1000)
    world = FakeWorld(clock=FakeClock(true_ms=now, booted_ms=now - 3_600_000), hardware="browser-phone")
    handset = Handset("phone", "phone", shops.company, shops.company.folder / "phone", "李敏", None, world)
    handset.small_pages = False
    http = HttpLink(address)
    world.link.through = lambda method, path, body, headers: http.send(method, path, body, headers, 10.0)
    stand(handset, *true_place(shops, SHOP))
    handset.core.enrol(address, code)
    return handset


def test_from_a_code_to_a_punch_on_the_board_to_a_correction_that_keeps_both_facts(
    chromium: Browser, live: tuple[Shops, str]
) -> None:
    shops, address = live
    context = context_for(chromium, address, "en")
    page, board = context.new_page(), context.new_page()
    sign_in(page, address)
    page.goto(f"{address}/console/people")
    page.get_by_role("link", name="李敏").click()
    page.get_by_role("link", name="Add a phone").click()
    page.get_by_role("button", name="Make the code").click()
    code = page.locator("#code").inner_text()
    expect(page.locator("[data-expires]")).to_contain_text("valid for")

    board.goto(f"{address}/console/today")
    expect(board.locator("[data-count=present]")).to_have_text("0")
    phone = _phone(shops, address, code)
    phone.sync()
    stand(phone, *true_place(shops, SHOP), mock=True)
    phone.core.punch(kind="in")
    before = time.monotonic()
    phone.sync()
    expect(board.locator("[data-count=present]")).to_have_text("1", timeout=5_000)
    assert time.monotonic() - before < 5.0

    board.get_by_role("link", name="1 punches to review").click()
    expect(board.locator("[data-fact=decided]")).to_have_text("Undecided")
    made = board.locator("[data-fact=made]").inner_text()
    board.keyboard.press("c")
    expect(board.locator("[name=corrected_time]")).to_be_focused()
    board.locator("[name=corrected_time]").fill("00:07")
    board.locator("[name=corrected_day]").fill(time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600)))
    board.get_by_role("button", name="Forgot to punch").click()
    board.keyboard.press("Control+Enter")
    expect(board.locator("#toast")).to_contain_text("Corrected")
    expect(board.get_by_text("Nothing to review")).to_be_visible()
    board.get_by_role("link", name="Decide again").click()
    expect(board.locator("[data-fact=made]")).to_have_text(made)
    expect(board.locator("[data-fact=decided]")).to_have_text("00:07 in")
    context.close()


def test_a_live_board_keeps_focus_selection_and_scroll(chromium: Browser, address: str, noon: int) -> None:
    context = context_for(chromium, address, "en", at_ms=noon)
    page = context.new_page()
    sign_in(page, address)
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.locator("#q").press_sequentially("店")
    expect(page.locator("tbody tr")).to_have_count(9)
    assert "q=" in page.url
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.textContent")
    page.evaluate("window.scrollTo(0, 120); document.querySelector('tbody tr').dataset.mine = 'kept'")
    with page.expect_response(re.compile("/console/today")):
        pass
    with page.expect_response(re.compile("/console/today")):
        pass
    assert page.evaluate("document.activeElement.textContent") == focused
    assert page.evaluate("window.scrollY") == 120
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent") != focused
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/console/today/[0-9a-f-]{36}"))
    context.close()


def test_a_server_that_goes_away_is_said_and_its_return_too(chromium: Browser, address: str, noon: int) -> None:
    context = context_for(chromium, address, "zh", at_ms=noon)
    page = context.new_page()
    sign_in(page, address)
    expect(page.locator("#lost")).to_be_hidden()
    page.route("**/console/today*", lambda route: route.abort())
    expect(page.locator("#lost")).to_be_visible(timeout=8_000)
    expect(page.locator("#lost")).to_contain_text("连接中断")
    expect(page.locator("tbody tr")).to_have_count(10)
    assert not violations(page)
    page.unroute("**/console/today*")
    expect(page.locator("#lost")).to_be_hidden(timeout=8_000)
    context.close()


def test_a_fence_is_drawn_by_mouse_and_by_typing_and_both_show_the_same(chromium: Browser, live: tuple[Shops, str]) -> None:
    shops, address = live
    context = context_for(chromium, address, "en")
    page = context.new_page()
    sign_in(page, address)
    store = shops.company.stores[SHOPS[0][0]]
    page.goto(f"{address}/console/stores/{store}/fence")
    expect(page.locator("#wgs")).to_contain_text("31.232")
    page.get_by_label("WGS-84").check()
    expect(page.locator("#wgs")).to_contain_text("31.230400, 121.453700")
    expect(page.locator("#true-place")).to_contain_text("Nothing to convert")

    _drag(page, ".handle.middle", 60, 0)
    wider = int(page.locator("[name=radius_m]").input_value())
    assert wider > 120
    _drag(page, ".handle:not(.middle)", 0, -80)
    assert float(page.locator("[name=lat]").input_value()) > 31.2304
    page.locator("[name=lat]").fill("31.230400")
    page.locator("[name=radius_m]").fill("200")
    expect(page.locator("#wgs")).to_contain_text("31.230400")

    page.locator("label:has([value=polygon])").click()
    assert len(page.locator("[name=points]").input_value().splitlines()) == 4
    expect(page.locator("#true-place")).to_contain_text("160,")
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 20, box["y"] + box["height"] / 2)
    assert len(page.locator("[name=points]").input_value().splitlines()) == 5
    page.locator("[name=points]").fill("31.2300, 121.4530\n31.2300, 121.4550\n31.2315, 121.4550")
    expect(page.locator(".handle")).to_have_count(3)
    page.get_by_role("button", name="Use this area from now on").click()
    expect(page.locator("#toast")).to_contain_text("The new area counts")
    expect(page.get_by_text("3 corners").first).to_be_visible()
    context.close()


def _drag(page: Page, handle: str, right: int, down: int) -> None:
    box = page.locator(handle).first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right / 2, y + down / 2, steps=4)
    page.mouse.move(x + right, y + down, steps=4)
    page.mouse.up()


def test_several_punches_are_chosen_and_accepted(chromium: Browser, live: tuple[Shops, str]) -> None:
    shops, address = live
    context = context_for(chromium, address, "en")
    page = context.new_page()
    sign_in(page, address)
    page.goto(f"{address}/console/devices/new?person={shops.company.people['李敏']}")
    page.get_by_role("button", name="Make the code").click()
    phone = _phone(shops, address, page.locator("#code").inner_text())
    phone.sync()
    stand(phone, *true_place(shops, SHOP), mock=True)
    for kind in ("in", "out", "in"):
        phone.core.punch(kind=kind)  # type: ignore[arg-type]
    phone.sync()
    page.goto(f"{address}/console/review")
    expect(page.locator("[data-pick]")).to_have_count(3)
    expect(page.locator("[data-picked]")).to_be_hidden()
    page.locator("[data-pick-all]").check()
    expect(page.locator("[data-picked-count]").first).to_have_text("3")
    page.locator("#bulk").get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Nothing to review")).to_be_visible()
    assert {punch.state for punch in shops.company.punches()} == {"accepted"}
    context.close()
