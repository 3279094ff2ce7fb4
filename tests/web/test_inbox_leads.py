"""What an item of the inbox is about is one click away at the console, where the reader has a page for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.org import ChangeUnit
from contract.statements import AskReopen
from server.inbox.model import InboxItem
from server.statements.watching import watch_statements
from server.web import inbox
from tests.server.statements_of import Signing, signing_in
from tests.server.test_months import close
from tests.server.world import PASSWORD
from tests.support.planted import instead
from tests.web.visitor import Visitor


@pytest.fixture
def signing(tmp_path: Path) -> Iterator[Signing]:
    """A week is over; `nei` manages the store, in the organisation and by her account."""
    made = signing_in(tmp_path, worked=True)
    made.people["nei"] = made.world.hire("内人")
    made.world.account(made.people["nei"], "nei.x", "store_manager", made.store)
    made.world.must(ChangeUnit(unit_id=made.store, from_day="2026-11-16", manager_id=made.people["nei"]))
    yield made
    made.world.close()


def page(signing: Signing, login: str) -> str:
    visitor = Visitor(signing.world.app)
    visitor.sign_in(f"{login}.x", PASSWORD)
    return visitor.get("/console/inbox?show=all").get_data(as_text=True)


def test_an_item_about_a_day_leads_to_that_day_and_not_for_who_has_no_page_of_it(signing: Signing) -> None:
    signing.hours.shift("李伟", "2026-11-18", ("09:00", "18:00"))
    signing.hours.punch("李伟", "in", "2026-11-18 09:40")
    signing.hours.punch("李伟", "out", "2026-11-18 18:00")
    signing.hours.at("2026-11-18 20:00")
    signing.hours.round()
    told = signing.world.rows(sa.select(InboxItem).where(InboxItem.trigger == "N-09"))
    assert {item.receiver_id for item in told} == {signing.people["li"], signing.people["nei"]}
    there = f"/console/timesheets/{signing.people['li']}/2026-11-18"
    assert f'href="{there}"' in page(signing, "nei") and there not in page(signing, "li")
    with instead(inbox, "address_of", lambda look, item: None):  # a list that leads nowhere
        assert there not in page(signing, "nei")


def test_items_about_weeks_lead_to_the_week_or_to_all_that_wait(signing: Signing) -> None:
    signing.world.must(signing.disputing(), signing.as_("li"))
    assert f'href="/console/statements/{signing.statement().id}"' in page(signing, "zhao")
    signing.hours.punch("李伟", "in", "2026-11-17 09:00")
    signing.hours.punch("李伟", "out", "2026-11-17 18:00")
    signing.over("2026-11-23 08:00")
    signing.hours.at("2026-11-27 09:00")
    watch_statements(signing.hours.out, {})
    assert 'href="/console/statements?week=2026-W47&amp;state=open"' in page(signing, "nei")


def test_an_item_about_a_closed_month_leads_to_its_closing(signing: Signing) -> None:
    signing.hours.at("2026-12-02 10:00")
    signing.hours.round()
    closing = close(signing, override=True)
    signing.world.must(AskReopen(closing_id=closing, reason="r"), signing.as_("zhao"))
    assert f'href="/console/months/{closing}"' in page(signing, "qian")
