"""Devices that go through the gate together look together: one statement, and each sees what it would have seen alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.devices.chain import find_device
from server.devices.model import Device
from server.sync import together
from server.sync.pull import look
from server.sync.scopes import scopes_of
from server.sync.together import Asking, Seen, look_together
from tests.server.world import migrate_url
from tests.support.company import Company
from tests.support.handset import Handset, new_handset
from tests.support.planted import instead
from tests.support.postgres import PostgresServer


@pytest.fixture
def company(postgres_server: PostgresServer, quick_folder: Path) -> Iterator[Company]:
    url = postgres_server.copy_of("migrated", migrate_url)
    made = Company(quick_folder / "server", url).found(people=2, stores=2)
    made.post("p1", "A", made.today())
    made.post("p2", "B", made.today())
    phones: list[Handset] = []
    for person in ("p1", "p2"):
        phone = new_handset(made, f"phone-{person}", person=person)
        assert phone.sync() and phone.punch() and phone.sync()
        phones.append(phone)
    yield made
    for phone in phones:
        phone.core.close()
    made.close()
    postgres_server.drop(url)


def askers(company: Company) -> list[Asking]:
    """Both phones; the first one fell far behind, the second one says scope by scope what it holds."""
    with company.db.snapshot() as connection:
        ids = sorted(connection.scalars(sa.select(Device.id)))
    found = [find_device(company.db, device_id) for device_id in ids]
    facts = [state.facts for state in found if state is not None]
    return [Asking(facts[0], 1, 2_000_000), Asking(facts[1], None, 2_000_000)]


def alone(company: Company, one: Asking) -> Seen:
    with company.db.snapshot() as connection:
        want = scopes_of(connection, one.device, company.now())
        found = look(connection, one.device, want if one.pos is not None else set(), one.pos or 0, one.budget)
    assert found is not None
    return want, found


def everybody_sees_the_same(company: Company) -> bool:
    company.db.reference.at(alone(company, askers(company)[0])[1].reference)
    seen = look_together(company.db, askers(company), company.now())
    return dict(seen) == {one.device.device_id: alone(company, one) for one in askers(company)}


def test_each_sees_in_the_one_look_what_it_would_have_seen_alone(company: Company) -> None:
    assert len(alone(company, askers(company)[0])[1].moved) > 2 and not alone(company, askers(company)[1])[1].moved
    assert everybody_sees_the_same(company)
    with instead(together, "rows_for", lambda budget: 1):
        assert not everybody_sees_the_same(company), "a look that is cut short is another one"


def test_a_cache_older_than_the_feed_answers_nobody(company: Company) -> None:
    assert everybody_sees_the_same(company)
    with company.db.writing_engine.begin() as connection:
        connection.execute(sa.text("UPDATE sync_feed SET reference = reference + 1"))
    assert look_together(company.db, askers(company), company.now()) == {}
    assert look_together(company.db, askers(company)[:1], company.now()) == {}, "one alone looks for itself"
