"""A customer's own file of figures in a real browser: a column is corrected, the lines tried, the good ones taken."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from contract.moments import to_ms
from server.growth.model import IndicatorValue
from server.people.model import Person
from tests.browser.axe import violations
from tests.browser.serving import context_for, served, sign_in
from tests.server.growth_of import Growing
from tests.server.world import PASSWORD, World

SAID = {
    "zh": ("导入 1 行，跳过 1 行", "没有工号为 X-1 的人", "跳过了 1 行"),
    "en": ("Import 1 lines, leave out 1", "Nobody has the number X-1", "1 lines were left out"),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Growing, str]]:
    made = Growing(World.on_sqlite(Path(tmp_path_factory.mktemp("figures"))))
    made.indicator()
    with served(made.world.app) as address:
        yield made, address
    made.world.close()


@pytest.mark.parametrize(("language", "small"), [("zh", False), ("en", True)])
def test_columns_are_said_lines_tried_and_the_good_ones_taken(
    chromium: Browser, shop: tuple[Growing, str], language: str, small: bool
) -> None:
    made, address = shop
    number, month = made.world.row(Person, made.li).number, "2026-09" if small else "2026-10"
    raw = f"编号A,姓名,满意度,期间\n{number},李伟,71.5,{month}\nX-1,,60,{month}\n".encode("gb18030")
    page = context_for(chromium, address, language, small=small, at_ms=to_ms(made.world.clock())).new_page()
    sign_in(page, address, "qian", PASSWORD)
    page.goto(f"{address}/console/growth/indicators")
    page.locator("#f-file").set_input_files({"name": "九月.csv", "mimeType": "text/csv", "buffer": raw})
    page.locator("#import button").click()
    page.wait_for_url("**/console/growth/import/*")
    expect(page.locator("[name=c2]")).to_have_value("value:satisfaction")
    page.locator("[name=c0]").select_option("person")
    page.locator("[name=c3]").select_option("month")
    page.locator("[name=source]").fill("ERP")
    page.locator("main form button").first.click()
    expect(page.locator("#report form button")).to_have_text(SAID[language][0])
    expect(page.locator("#report")).to_contain_text(SAID[language][1])
    values = functools.partial(made.world.rows, sa.select(IndicatorValue.value).where(IndicatorValue.source == "ERP"))
    before = len(values())
    assert not violations(page)
    page.locator("#report form button").click()
    page.wait_for_url("**/console/growth/imports*")
    expect(page.locator("main")).to_contain_text(SAID[language][2])
    expect(page.locator("main table")).to_contain_text("编号A")
    assert not violations(page)
    assert len(values()) == before + 1
    page.context.close()
