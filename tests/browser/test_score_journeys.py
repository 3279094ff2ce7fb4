"""Story 2 in a real browser: 50/20/20 is refused on the page with 10 missing; March's report shows its working cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from contract.moments import to_ms
from tests.browser.axe import violations
from tests.browser.serving import context_for, served, sign_in
from tests.server.test_score_reports import Month
from tests.server.world import PASSWORD

LANGUAGES = ("zh", "en")
MISSING = {"zh": "权重合计须为 100，还差 10", "en": "Weights must sum to 100: 10 missing"}
# owner, weight, actual, target, points, what it adds
CELLS = {
    "zh": [
        ["门店", "50", "90 分", "–", "90", "45"], ["门店", "20", "2.5%", "2%", "80", "16"],
        ["总部", "30", "3 道", "4 道", "75", "22.5"],
    ],
    "en": [
        ["Store", "50", "90 points", "–", "90", "45"], ["Store", "20", "2.5%", "2%", "80", "16"],
        ["HQ", "30", "3 道", "4 道", "75", "22.5"],
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def march(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Month, str]]:
    """The first morning of April: the chef's March is reckoned."""
    month = Month(Path(tmp_path_factory.mktemp("march")))
    month.march()
    month.night()
    month.at("2027-04-01T09:00+08:00")
    with served(month.world.app) as address:
        yield month, address
    month.world.close()


def _page(chromium: Browser, march: tuple[Month, str], language: str) -> Page:
    month, address = march
    page = context_for(chromium, address, language, at_ms=to_ms(month.world.clock())).new_page()
    sign_in(page, address, "he", PASSWORD)
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_weights_of_50_20_20_are_refused_on_the_page_with_10_missing(
    chromium: Browser, march: tuple[Month, str], language: str
) -> None:
    month, address = march
    page = _page(chromium, march, language)
    page.goto(f"{address}/console/scores/schemes/{month.scheme['chef']}")
    for n, weight in enumerate(("50", "20", "20")):
        page.locator(f"[name=m{n}_weight]").fill(weight)
    expect(page.locator("[data-total]")).to_have_text("90")
    page.locator("[name=from_day]").fill("2027-04-01")
    page.locator("form[data-weights] [name=reason]").fill("年度方案")
    page.locator("form[data-weights] button.main-act").click()
    expect(page.locator("main")).to_contain_text(MISSING[language])
    assert [page.locator(f"[name=m{n}_weight]").input_value() for n in range(3)] == ["50", "20", "20"], "what was typed stays"
    assert not violations(page)
    page.locator("[name=m2_weight]").fill("30")
    expect(page.locator("[data-total]")).to_have_text("100")
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_shows_45_and_16_and_22_5_which_are_83_5(chromium: Browser, march: tuple[Month, str], language: str) -> None:
    _, address = march
    page = _page(chromium, march, language)
    page.goto(f"{address}/console/scores/reports?q=安宁")
    page.locator("tbody a.row-link").first.click()
    expect(page.locator("[data-composite]")).to_have_text("83.5")
    table = page.locator("table.cards")
    assert _cells(page) == CELLS[language]
    expect(table.locator("tfoot strong")).to_have_text("83.5")
    page.evaluate("document.querySelector('table.cards tbody tr:nth-child(2) strong').textContent = '17'")
    assert _cells(page) != CELLS[language], "the control: one wrong number on the page is found"
    page.context.close()


def _cells(page: Page) -> list[list[str]]:
    rows = page.locator("table.cards tbody tr").all()
    return [[text.strip() for text in row.locator("td").all_inner_texts()] for row in rows]
