"""A store's own roster in a real browser: what it would change is read, a reason is asked for where one is needed; and the rows
of many people come behind the first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from contract.moments import to_ms
from server.web import rosters
from tests.browser.axe import violations
from tests.browser.serving import context_for, served, sign_in
from tests.server.rosters_of import MONDAY, Desk, day, desk_on_sqlite
from tests.server.world import PASSWORD

FILE = {"name": "本周.csv", "mimeType": "text/csv"}
SAID = {
    "zh": ("只休息", "按此理由排入", "已导入为草稿"),
    "en": ("of rest between", "Plan with this reason", "Imported as drafts"),
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[Desk, str]]:
    made = desk_on_sqlite(tmp_path)
    with served(made.world.app) as address:
        yield made, address
    made.world.close()


@pytest.mark.parametrize(("language", "small"), [("zh", False), ("en", True)])
def test_a_roster_is_read_looked_at_and_becomes_drafts_with_a_reason(
    chromium: Browser, desk: tuple[Desk, str], language: str, small: bool
) -> None:
    made, address = desk
    made.put(made.li, 0, "night")
    raw = f"姓名,{day(0)},{day(1)},{day(2)}\n李伟,夜班,早班,\n王芳,,14:00-22:00,休\n".encode()
    page = context_for(chromium, address, language, small=small, at_ms=to_ms(made.world.clock())).new_page()
    sign_in(page, address, "wu", PASSWORD)
    page.goto(f"{address}/console/rosters/{made.store}?from={MONDAY}")
    page.locator("details.drop", has=page.locator("a[href*='/import?']")).locator("summary").click()
    page.locator("a[href*='/import?']").click()
    page.wait_for_url("**/import?*")
    assert not violations(page)
    page.locator("#f-file").set_input_files({**FILE, "buffer": raw})  # type: ignore[typeddict-item]
    page.locator("main form button.main-act").click()
    page.wait_for_url("**/import/*")
    expect(page.locator("main")).to_contain_text(SAID[language][0])
    expect(page.locator("[data-count=new]")).to_have_text("1")
    expect(page.locator("[data-count=bad]")).to_have_text("1")
    assert not violations(page)
    page.get_by_text(SAID[language][1]).click()
    assert page.locator("[name=override]:invalid").count() == 1 and len(made.cells()) == 1, "the browser asks for a reason"
    page.locator("[name=override]").fill("盘点，本人同意")
    page.get_by_text(SAID[language][1]).click()
    page.wait_for_url(f"**/rosters/{made.store}?*")
    expect(page.locator("body")).to_contain_text(SAID[language][2])
    assert sorted(cell.template for cell in made.cells()) == ["early", "late", "night"]
    assert not violations(page)
    page.context.close()


def test_the_rows_of_many_people_come_behind_the_first_and_are_walked_alike(
    chromium: Browser, desk: tuple[Desk, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rosters, "FIRST_ROWS", 1)
    monkeypatch.setattr(rosters, "MOST_AT_ONCE", 2)
    made, address = desk
    page = context_for(chromium, address, "en", at_ms=to_ms(made.world.clock())).new_page()
    sign_in(page, address, "wu", PASSWORD)
    page.goto(f"{address}/console/rosters/{made.store}?from={MONDAY}")
    expect(page.locator("table[role=grid] tr[data-row]")).to_have_count(1 + 3)  # open shifts, and everybody
    expect(page.locator("table[role=grid] tr.waiting")).to_have_count(0)
    assert page.locator("table[role=grid] td a:not([tabindex])").count() == 0, "one stop for Tab, also among the later ones"
    page.locator("table[role=grid] td[tabindex='0']").focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    stands = page.evaluate("document.activeElement.parentNode.dataset.row")
    assert stands == page.locator("table[role=grid] tr[data-row]").last.get_attribute("data-row")
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel form")
    page.context.close()
