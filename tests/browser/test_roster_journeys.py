"""Rosters in a real browser: the grid is walked by keys; who has no weekend is named, and the proposal gives everybody one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from contract.wire import Wire
from server import demo_rosters, demo_shifts
from server.kernel.actors import Actor
from server.kernel.perform import Outcome, perform, reading
from server.rosters import profiles
from server.rosters.model import RosterCell
from server.rosters.proposal_jobs import start_waiting
from server.shifts import presets
from server.stores.model import Store
from tests.browser.axe import violations
from tests.browser.serving import at_rest, context_for, served, sign_in
from tests.web.company_of_shops import SHOPS, Shops, empty_company, hire, open_shops, post
from tests.web.rosters_of_shops import monday, planned_week

CREW, STORES, A_MONTH = 5, 3, dt.timedelta(days=30)


@pytest.fixture
def third_store(tmp_path: Path) -> Iterator[tuple[Shops, str]]:
    """The first three stores of the demo as the demo makes them: the third works four weeks without a free weekend."""
    shops = empty_company(tmp_path)
    company = shops.company
    presets.ensure(company.db, company.now(), company.settings.secret)
    profiles.ensure(company.db, company.now(), company.settings.secret)
    open_shops(shops, STORES)
    for n in range(CREW * STORES):
        hire(shops, f"员工{n:02d}", f"E{n:03d}")
        post(shops, f"员工{n:02d}", SHOPS[n % STORES][0], company.today() - A_MONTH)
    with reading(company.db, Actor.system()) as session:
        stores = list(session.scalars(sa.select(Store).order_by(Store.number)))

    def do(operation: Wire, op_id: str) -> Outcome:
        secret = company.settings.secret
        outcome = perform(company.db, Actor.system(), operation, op_id=op_id, now=company.now(), secret=secret)
        assert outcome.status == "applied", (operation, outcome.code, outcome.facts)
        return outcome

    demo_shifts.plan(company.db, do, stores)
    demo_rosters.plan(company.db, do, stores, company.today())
    with served(shops.app) as address:
        yield shops, address
    company.close()


def test_a_store_without_a_weekends_rest_is_named_and_the_proposed_roster_cures_it(
    chromium: Browser, third_store: tuple[Shops, str]
) -> None:
    shops, address = third_store
    store = shops.company.stores[SHOPS[2][0]]
    first = monday(shops)
    fairness = f"{address}/console/rosters/fairness?to={(first + dt.timedelta(days=27)).isoformat()}"
    page = context_for(chromium, address, "en").new_page()
    sign_in(page, address)
    page.goto(fairness)
    tired = page.locator("#no-rest")
    crew = [f"员工{n:02d}" for n in range(CREW * STORES) if n % STORES == 2]
    expect(tired.locator("strong")).to_have_text(crew)
    expect(tired.get_by_role("heading", level=3)).to_have_text(SHOPS[2][0])
    for week in (0, 2, 3):  # the page of all stores says it of each of these weeks
        page.goto(f"{address}/console/rosters?from={(first + dt.timedelta(weeks=week)).isoformat()}")
        expect(tired.locator("strong")).to_have_text(crew)

    tired.get_by_role("link", name="Propose a roster").click()
    page.get_by_label("Patience").select_option("10")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/console/rosters/proposals/*")
    start_waiting(shops.app.extensions["outpost"])
    expect(page.locator("#state dd").first).not_to_have_text("–", timeout=60_000)
    page.get_by_role("button", name="Stop").click()
    take = page.get_by_role("button", name="Take")
    expect(take).to_be_visible(timeout=60_000)
    at_rest(page)
    assert page.get_by_role("heading", name="Side by side").is_visible()
    take.click()
    page.get_by_role("link", name="See the roster").click()
    page.wait_for_url(f"**/console/rosters/{store}*")

    page.goto(fairness)
    expect(page.get_by_role("heading", name="Fairness")).to_be_visible()
    expect(tired).to_have_count(0)
    with reading(shops.company.db, Actor.system()) as session:
        days = session.scalars(sa.select(RosterCell.day).where(RosterCell.store_id == store, RosterCell.person_id.is_not(None)))
        planned = {day for day in days if first <= day < first + dt.timedelta(weeks=4)}
    assert len(planned) == 28  # nobody rests because the store is shut


def test_a_rosters_grid_is_walked_by_keys_and_its_editor_opened_and_left(chromium: Browser, shops: Shops, address: str) -> None:
    store, first = planned_week(shops), monday(shops)
    page = context_for(chromium, address, "en", at_ms=shops.company.true_ms).new_page()
    sign_in(page, address)
    page.goto(f"{address}/console/rosters/{store}?from={first.isoformat()}")
    here = page.locator("table[role=grid] td:focus")

    def at() -> tuple[str, int]:
        row, column = here.evaluate("cell => [cell.parentNode.dataset.row, cell.cellIndex]")
        return str(row), int(column)

    def press(*keys: str) -> tuple[str, int]:
        for key in keys:
            page.keyboard.press(key)
        return at()

    assert page.locator("table[role=grid] [tabindex='0']").count() == 1
    page.locator("table[role=grid] td[tabindex='0']").focus()
    assert at() == ("open", 1) and press("ArrowLeft", "ArrowUp") == ("open", 1)
    assert press("ArrowRight", "ArrowRight") == ("open", 3) and press("End") == ("open", 7) and press("Home") == ("open", 1)
    row, column = press("ArrowDown", "ArrowDown", "ArrowRight")
    assert row != "open" and column == 2
    page.keyboard.press("Tab")
    assert here.count() == 0
    page.keyboard.press("Shift+Tab")
    assert at() == (row, column)

    page.keyboard.press("Enter")
    expect(page.locator("#panel #f-person")).to_be_focused()
    expect(page.locator("#say")).not_to_be_empty()
    page.keyboard.press("Escape")
    assert at() == (row, column) and page.locator("#panel > *").count() == 0

    page.keyboard.press("F2")
    expect(page.locator("table[role=grid] td a:focus")).to_have_count(1)
    assert press("Escape") == (row, column) and press("Control+Home") == ("open", 1)
    assert page.locator("table[role=grid] [tabindex='0']").count() == 1
    at_rest(page)
    assert violations(page) == []


def test_a_square_with_a_shift_offers_another_where_one_points_or_stands(chromium: Browser, shops: Shops, address: str) -> None:
    store, first = planned_week(shops), monday(shops)
    page = context_for(chromium, address, "en", at_ms=shops.company.true_ms).new_page()
    sign_in(page, address)
    page.goto(f"{address}/console/rosters/{store}?from={first.isoformat()}&span=month")
    full = page.locator("table[role=grid] tr:not(.open-row) td:has(a.shift):not([data-shut])")
    assert full.locator("a.add").count() == 0, "one for all, and it stands nowhere yet"
    full.nth(2).hover()
    another = full.nth(2).get_by_role("link", name="Add another shift on this day")
    expect(another).to_be_visible()
    full.nth(3).hover()
    expect(full.nth(2).locator("a.add")).to_have_count(0)

    row, day = full.nth(3).evaluate(
        "cell => [cell.parentNode.dataset.row, cell.closest('table').tHead.rows[0].cells[cell.cellIndex].dataset.day]"
    )
    full.nth(3).locator("a.add").click()
    expect(page.locator("#panel #f-person")).to_have_value(row)
    expect(page.locator("#panel [name=day]")).to_have_value(day)
    expect(page.locator("#panel [name=shift]")).to_have_value("")
    page.keyboard.press("Escape")

    full.nth(3).locator("a.shift").click()
    expect(page.locator("#panel [name=shift]").first).not_to_have_value("")
    with page.context.expect_page() as opened:  # with a key held the link is the browser's
        full.nth(3).locator("a.shift").click(modifiers=["Control"])
    expect(opened.value.locator("#f-person")).to_have_value(row)
    assert "span=month" in opened.value.url, "its form comes back to the month"
    at_rest(page)
    assert violations(page) == []
