"""Every page of the console, in both languages, light and dark, on a desk and in a pocket: nothing for axe to find."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from server.kernel.http import ENDPOINTS
from tests.browser.axe import violations
from tests.browser.serving import at_rest, context_for, sign_in
from tests.web.company_of_shops import Shops
from tools.shots_console import pages_of

# (language, small, dark): every page in both languages; in a pocket and in the dark those that differ most
VARIANTS = [("zh", False, False), ("en", False, False), ("zh", True, False), ("en", False, True)]
TELLING = {"today", "store-silent", "review", "fence", "devices", "import"}
# Reached only through an action or by a script of a page; each is looked at elsewhere in this folder.
NOT_BY_ADDRESS = {
    "/console/static/<path:filename>", "/console/fence-check", "/console/find/stores", "/console/find/people",
    "/console/import/<run_id>", "/console/operations/<matter_id>", "/console/find/units", "/console/audit/runs/<run_id>",
    "/console/roles/changes/<change_id>", "/console/punches/<punch_id>/photo", "/console/me/data",
    "/console/timesheets/export", "/console/statements/bill", "/console/rosters/<store_id>/file",
    "/console/appeals/<appeal_id>/photo", "/console/statements/<statement_id>/signed",
    "/console/courses/media/<sha256>", "/console/courses/versions/<version_id>/export", "/console/courses/import/<run_id>",
    "/console/growth/import/<run_id>", "/console/rosters/<store_id>/import/<run_id>",
    "/console/statements/<statement_id>/paper", "/console/requests/<request_id>/photos/<photo_id>",
    "/console/news", "/console/news/badges", "/console/announcements/audience",
    "/console/announcements/<notice_id>/files/<sha256>", "/console/tickets/counts",
    "/console/tickets/<ticket_id>/photos/<sha256>", "/console/scores/reports/<report_id>/paper",
    "/console/scores/cards/<card_id>/photos/<sha256>",
}  # fmt: skip


@dataclass
class Walk:
    """A look at every page: what axe found, and what the browser complained of (its console, scripts that threw)."""

    faults: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def walk(chromium: Browser, address: str, shops: Shops, noon: int) -> Callable[[str, bool, bool], Walk]:
    """`walk(language, small, dark)`; each is walked once."""

    @functools.cache
    def walked(language: str, small: bool, dark: bool) -> Walk:
        context = context_for(chromium, address, language, small=small, dark=dark, at_ms=noon)
        page, seen = context.new_page(), Walk()
        listen(page, seen.complaints)
        colours = language == "zh" or dark  # by day a page has the same ones in either language
        found = _look(page, address, shops, TELLING if small or dark else None, functools.partial(violations, colours=colours))
        seen.faults += [f"{where}: {line}" for where, line in found]
        context.close()
        return seen

    return walked


def listen(page: Page, complaints: list[str]) -> None:
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))


def _look(
    page: Page, address: str, shops: Shops, only: set[str] | None, wrong: Callable[..., list[str]]
) -> list[tuple[str, str]]:
    page.goto(f"{address}/console/sign-in")
    found = [("sign-in", line) for line in wrong(page)]
    sign_in(page, address)
    for name, path in pages_of(shops).items():
        if only is not None and name not in only:
            continue
        page.goto(address + path)
        at_rest(page)
        if name == "api":
            expect(page.locator(".opblock").first).to_be_visible()
        # Swagger UI is somebody else's page: what is ours around it is looked at
        found += [(name, line) for line in wrong(page, ".api-top" if name == "api" else None)]
    page.goto(f"{address}/console/devices/new?person={shops.company.people['孙丽']}")
    page.click("button.main-act:visible")
    page.wait_for_selector("#code")
    return found + [("code", line) for line in wrong(page)]


@pytest.mark.parametrize(("language", "small", "dark"), VARIANTS)
def test_no_page_has_anything_for_axe_to_find(
    walk: Callable[[str, bool, bool], Walk], language: str, small: bool, dark: bool
) -> None:
    faults = walk(language, small, dark).faults
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(("language", "small", "dark"), VARIANTS)
def test_no_page_breaks_the_policy_or_throws(
    walk: Callable[[str, bool, bool], Walk], language: str, small: bool, dark: bool
) -> None:
    complaints = walk(language, small, dark).complaints
    assert not [line for line in complaints if "404 (NOT FOUND)" not in line], complaints


@pytest.mark.parametrize(
    "broken", ["document.body.append(Object.assign(new Image(), {src: 'https://elsewhere.invalid/x.png'}))",
               "setTimeout(() => { throw new Error('planted') })"],
)  # fmt: skip
def test_a_page_that_loads_from_elsewhere_or_throws_is_found_out(chromium: Browser, address: str, broken: str) -> None:
    context = context_for(chromium, address, "en")
    page, complaints = context.new_page(), []
    page.goto(f"{address}/console/sign-in")
    at_rest(page)
    listen(page, complaints)
    page.evaluate(f"() => {{ {broken} }}")
    page.wait_for_timeout(100)
    context.close()
    assert len(complaints) == 1 and ("elsewhere" in complaints[0] or "planted" in complaints[0])


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


def test_a_month_of_hours_is_turned_to_where_today_is(chromium: Browser, address: str, shops: Shops, noon: int) -> None:
    """In a pocket a month is wider than the screen; its first week is not what anybody looks for on the 28th."""
    context = context_for(chromium, address, "en", small=True, at_ms=noon)
    page = context.new_page()
    sign_in(page, address)
    page.goto(address + pages_of(shops)["timesheets"])
    at_rest(page)
    late_in_the_month = (
        "() => { const days = document.querySelectorAll('.month-grid thead th:not(.number)');"
        " document.querySelector('.month-grid th.now')?.classList.remove('now'); days[28].classList.add('now'); }"
    )
    in_sight = (
        "() => { const grid = document.querySelector('.month-grid'), box = grid.getBoundingClientRect();"
        " const now = grid.querySelector('th.now').getBoundingClientRect();"
        " return now.left >= box.left && now.right <= box.right; }"
    )
    page.evaluate(late_in_the_month)
    before = page.evaluate(in_sight)
    page.evaluate("() => { document.dispatchEvent(new CustomEvent('htmx:after:swap', {detail: {}})); }")
    after = page.evaluate(in_sight)
    context.close()
    assert after and not before
