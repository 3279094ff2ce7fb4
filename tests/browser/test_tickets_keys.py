"""A desk works through its queue with keys, keeps a view of its own, and sees a note apart from a reply."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.serving import at_rest, context_for, sign_in
from tests.web.company_of_shops import Shops
from tools.shots_console import tickets_of


def test_keys_lead_from_the_queue_to_passing_on_and_a_view_is_kept_in_this_browser(
    chromium: Browser, address: str, shops: Shops, noon: int
) -> None:
    queue = address + tickets_of(shops)["tickets"]
    context = context_for(chromium, address, "en", at_ms=noon)
    page = context.new_page()
    sign_in(page, address)
    page.goto(queue)
    at_rest(page)
    expect(page.locator("#views .count").first).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("[data-keys] dl")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("p")
    page.wait_for_url("**#key-p")
    expect(page.locator("details.act[open] select[name=desk_id]")).to_be_focused()
    page.goto(f"{queue}&state=waiting")
    page.click("[data-saved] summary")
    page.fill("#f-saved", "waiting ones")
    page.click("[data-saved-form] button")
    kept = page.locator("[data-saved-list] a")
    expect(kept).to_have_text("waiting ones")
    assert "state=waiting" in str(kept.get_attribute("href"))
    page.goto(queue)
    page.click("[data-saved] summary")
    expect(page.locator("[data-saved-list] a")).to_have_count(1)
    context.close()
