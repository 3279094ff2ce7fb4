"""The identity number on an arrival card: masked for the host and on her tablet, never whole; sent anew when it is known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from server.kernel.feed import SyncChange
from server.kernel.perform import DeviceFacts
from server.postings import known_past
from server.postings.model import Arrival
from server.sync.arrival_rows import arrivals
from tests.server.archive_world import ID_NUMBER, PAY_FEN, Archive
from tests.server.world import World
from tests.support.planted import instead

MASKED = "310***********8811"


@pytest.fixture
def archive(world: World) -> Iterator[Archive]:
    yield Archive(world)


def card(archive: Archive) -> str:
    [arrival] = archive.world.rows(sa.select(Arrival.id).where(Arrival.person_id == archive.wei))
    return str(arrival)


def on_the_tablet(archive: Archive) -> str:
    tablet = DeviceFacts(card(archive), "kiosk", None, archive.store, "till", None)
    with archive.world.app.app_context(), archive.world.db.snapshot() as connection:
        return arrivals(connection, [card(archive)], tablet)[card(archive)].decode()


def all_read_it_masked(archive: Archive) -> None:
    asked = (archive.boss.get(f"/api/v1/arrivals/{card(archive)}"), archive.hr.get("/api/v1/arrivals"))
    for said in (*(answer.get_data(as_text=True) for answer in asked), on_the_tablet(archive)):
        assert ID_NUMBER not in said and str(PAY_FEN) not in said
        assert MASKED in said


def test_the_host_and_her_tablet_read_the_number_masked_and_no_pay(archive: Archive) -> None:
    assert "id_number" not in archive.boss.get(f"/api/v1/arrivals/{card(archive)}").json, "nothing is known yet"
    archive.record()
    all_read_it_masked(archive)
    assert archive.stranger.get("/api/v1/arrivals").json["items"] == []


def test_the_card_is_sent_anew_when_the_number_becomes_known(archive: Archive) -> None:
    def position() -> int:
        with archive.world.looking() as session:
            change = session.get(SyncChange, (f"desk:{archive.store}", "arrival", card(archive)))
            return change.pos if change is not None else 0

    before = position()
    archive.record()
    assert position() > before > 0


def test_a_card_with_the_whole_number_would_be_found(archive: Archive) -> None:
    """The control: an archive that forgets to mask."""
    archive.record()
    whole = known_past.KnownPast(id_numbers=lambda _connection, people: dict.fromkeys(people, ID_NUMBER))
    with instead(known_past, "ASKED", whole), pytest.raises(AssertionError):
        all_read_it_masked(archive)


def test_where_no_key_can_be_opened_the_card_has_no_number(archive: Archive) -> None:
    archive.record()
    with archive.world.db.snapshot() as connection:
        past = known_past.past_of(connection, [archive.wei])
    assert past[archive.wei].id_number is None and past[archive.wei].courses == []
