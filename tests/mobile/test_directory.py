"""The list of stores on phones: found with no signal by what people type, sent to who may ask, and never in a punch's way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.approvals import RetireFlow
from contract.directory import SCOPE, part_of
from contract.stores import ChangeStore
from contract.sync import SyncResponse
from mobile.core.replica import Replica
from server.approvals.presets import ensure_presets, presets
from server.kernel.feed import SyncChange
from server.sync import directory_rows, pull
from tests.mobile.field import Field, Gadget
from tests.server.world import SECRET
from tests.support.planted import instead

STORES = {"S-1": "豫园店", "S-2": "来福士店", "S-3": "人民广场店", "S-20": "Airport Gate 16", "S-21": "豫园二店"}


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path)
    for number, name in STORES.items():
        made.office.open_store(name, number, city="上海市")
    made.office.post(made.office.hire("李伟"), made.office.stores["豫园店"])
    ensure_presets(made.office.db, now=made.time(), secret=SECRET)
    yield made
    made.close()


def phone_of(field: Field) -> Gadget:
    phone = field.phone_of(field.office.people["李伟"])
    assert phone.core.sync_once().complete
    return phone


def found(phone: Gadget, sought: str = "") -> list[str]:
    return [store.words.zh for store in phone.core.office.find_stores(sought).stores]


def listed(phone: Gadget) -> dict[str, int]:
    """The version of each part that the phone holds."""
    rows = phone.core._parts.replica.rows()
    return {pk: rv for (scope, _, pk), (rv, _) in rows.items() if scope == SCOPE}


def test_a_store_is_found_with_no_signal_by_what_people_type_and_what_was_named_lately_stands_in_front(field: Field) -> None:
    phone = phone_of(field)
    phone.world.link.up = False
    assert found(phone, "S-2")[:1] == ["来福士店"], "the number itself comes before those that begin with it"
    assert set(found(phone, "S-2")) == {"来福士店", "Airport Gate 16", "豫园二店"}
    assert found(phone, "rmgc") == ["人民广场店"] and found(phone, "gate") == ["Airport Gate 16"]
    assert found(phone, "上海 豫园") == ["豫园二店", "豫园店"] and found(phone, "北京") == []
    [one] = phone.core.office.find_stores("人民").stores
    assert (one.value, one.sub) == ("S-3", "S-3 · 上海市")
    assert found(phone)[0] == "豫园店" and len(found(phone)) == len(STORES)
    phone.core.office.submit("transfer", {"store": "S-3", "from": "2026-12-01", "until": "2026-12-31", "reason": "门店开业"})
    assert found(phone)[:2] == ["人民广场店", "豫园店"]
    phone.world.link.up = True
    [card] = phone.core.office.requests().mine
    page = phone.core.office.request(card.request_id)
    assert page is not None and "人民广场店" in {line.text.zh for line in page.answers}, "told by its name, before HQ has it"
    assert phone.core.sync_once().reached
    [need] = phone.core.sync_state().needs_you
    assert need.said.code == "postings.overlaps", "HQ knows the store by its number; only where he works now stands in the way"
    again = phone.core.office.draft_again(card.request_id)
    assert again is not None and "人民广场店" in {one.words.zh for field in again.flow.fields for one in field.choices}


def test_a_store_that_changes_its_name_sends_its_part_again_and_no_other(field: Field) -> None:
    phone = phone_of(field)
    before = listed(phone)
    with instead(directory_rows, "mark", lambda *_: None):  # the control: a feed that is not told leaves the old name
        field.office.must(ChangeStore(store_id=field.office.stores["来福士店"], name="来福士分店"))
    assert phone.core.sync_once().complete and found(phone, "lfs") == ["来福士店"]
    field.office.must(ChangeStore(store_id=field.office.stores["来福士店"], name="来福士新店"))
    assert phone.core.sync_once().complete
    assert found(phone, "lfs") == ["来福士新店"]
    assert {part for part, rv in listed(phone).items() if rv != before[part]} == {part_of("S-2")}
    field.office.must(ChangeStore(store_id=field.office.stores["来福士店"], address="西藏中路 268 号"))
    after = listed(phone)
    assert phone.core.sync_once().complete and listed(phone) == after, "the list says nothing of addresses"


def test_stores_that_are_older_than_the_list_are_on_it_after_the_next_start(field: Field) -> None:
    with field.office.db.writing_engine.begin() as connection:
        connection.execute(sa.delete(SyncChange.__table__).where(SyncChange.__table__.c.scope == SCOPE))
    phone = phone_of(field)
    assert found(phone) == ["豫园店"], "as before the upgrade: only where one works"
    for _ in range(2):
        directory_rows.ensure(field.office.db, now=field.time())
    assert phone.core.sync_once().complete
    assert len(found(phone)) == len(STORES)


def test_only_phones_hold_it_and_only_while_a_form_asks_for_a_store(field: Field) -> None:
    phone = phone_of(field)
    tablet = field.tablet_of(field.office.stores["豫园店"])
    assert tablet.core.sync_once().complete
    assert listed(phone) and not listed(tablet)
    for flow in presets():
        if any(one.kind == "store" for one in flow.fields):
            field.office.must(RetireFlow(kind=flow.kind, reason="停用"))
    assert phone.core.sync_once().complete
    assert not listed(phone) and found(phone) == ["豫园店"]


def test_on_a_thin_line_the_list_comes_last_and_part_by_part(field: Field) -> None:
    pages: list[list[str]] = []
    stage = Replica.stage

    def look(replica: Replica, page: SyncResponse) -> bool:
        pages.append([row[0].partition(":")[0] for row in page.rows])
        return stage(replica, page)

    with instead(Replica, "stage", look), instead(pull, "rows_for", lambda budget: 8):  # as for a budget of 2,400 bytes
        phone = phone_of(field)
    told = [sum(scope == SCOPE for scope in page) for page in pages]
    assert max(told) == 1 and sum(told) == len(listed(phone)) > 2
    assert told[0] == 0 and "store" in pages[0], "what a punch needs is there first"
