"""Every page of the console, in both languages, light and dark, on a desk and in a pocket: nothing for axe to find."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from server.kernel.http import ENDPOINTS
from tests.browser.axe import violations
from tests.browser.serving import context_for, sign_in
from tests.web.company_of_shops import Shops
from tools.shots_console import pages_of, settle

# (language, small, dark): every page in both languages; in a pocket and in the dark those that differ most
VARIANTS = [("zh", False, False), ("en", False, False), ("zh", True, False), ("en", False, True)]
TELLING = {"today", "store-silent", "review", "fence", "devices", "import"}
# Reached only through an action or by a script of a page; each is looked at elsewhere in this folder.
NOT_BY_ADDRESS = {
    "/console/static/<path:filename>", "/console/fence-check", "/console/find/stores", "/console/find/people",
    "/console/import/<run_id>", "/console/operations/<matter_id>", "/console/find/units", "/console/audit/runs/<run_id>",
    "/console/roles/changes/<change_id>", "/console/punches/<punch_id>/photo", "/console/me/data",
    "/console/timesheets/export", "/console/statements/bill",
    "/console/appeals/<appeal_id>/photo", "/console/statements/<statement_id>/signed",
    "/console/statements/<statement_id>/paper", "/console/requests/<request_id>/photos/<photo_id>",
}  # fmt: skip


@pytest.mark.parametrize(("language", "small", "dark"), VARIANTS)
def test_no_page_has_anything_for_axe_to_find(
    chromium: Browser, address: str, shops: Shops, noon: int, language: str, small: bool, dark: bool
) -> None:
    context = context_for(chromium, address, language, small=small, dark=dark, at_ms=noon)
    page = context.new_page()
    faults = [f"{where}: {line}" for where, line in _look(page, address, shops, TELLING if small or dark else None)]
    context.close()
    assert not faults, "\n".join(faults)


def _look(page: Page, address: str, shops: Shops, only: set[str] | None) -> list[tuple[str, str]]:
    page.goto(f"{address}/console/sign-in")
    found = [("sign-in", line) for line in violations(page)]
    sign_in(page, address)
    for name, path in pages_of(shops).items():
        if only is not None and name not in only:
            continue
        page.goto(address + path)
        settle(page)
        # Swagger UI is somebody else's page: what is ours around it is looked at
        found += [(name, line) for line in violations(page, ".api-top" if name == "api" else None)]
    page.goto(f"{address}/console/devices/new?person={shops.company.people['孙丽']}")
    page.click("button.main-act:visible")
    page.wait_for_selector("#code")
    return found + [("code", line) for line in violations(page)]


def test_every_page_there_is_is_looked_at(shops: Shops) -> None:
    adapter = shops.app.url_map.bind("localhost")
    rules = {rule.endpoint: rule.rule for rule in shops.app.url_map.iter_rules()}
    looked_at = {rules[adapter.match(path.split("?")[0], method="GET")[0]] for path in pages_of(shops).values()}
    there_are = {rule for method, rule in ENDPOINTS if method == "GET" and rule.startswith("/console")}
    assert there_are - looked_at - NOT_BY_ADDRESS == {"/console/", "/console/sign-in"}


@pytest.mark.parametrize("broken", ["<img src=x>", '<button class="button"></button>', '<p class="pale">grey on grey</p>'])
def test_a_page_with_a_planted_fault_is_found_out(chromium: Browser, address: str, tmp_path: Path, broken: str) -> None:
    context = context_for(chromium, address, "en")
    page = context.new_page()
    page.goto(f"{address}/console/sign-in")
    before = violations(page)
    page.evaluate(
        "html => { document.querySelector('.form').insertAdjacentHTML('beforeend', html);"
        " const pale = document.querySelector('.pale'); if (pale) pale.style.color = '#d5d5d5'; }",
        broken,
    )
    after = violations(page)
    context.close()
    assert not before
    assert after
