"""A phone that was updated before the server was: what it says is kept until the server has learned the word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract import wire
from contract.moments import to_ms
from server.attendance.model import Punch
from server.sync.attention import perform_left_behind
from tests.mobile.field import Field


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path)
    yield made
    made.close()


def test_what_a_newer_app_said_is_performed_once_the_server_has_caught_up(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    store, person = field.office.open_store("豫园店"), field.office.hire("李伟")
    field.office.post(person, store)
    phone = field.phone_of(person)
    phone.core.sync_once()
    made_ms = field.time.true_ms
    kept = phone.core.punch(kind="in")
    with monkeypatch.context() as older:
        older.delitem(wire.OPERATIONS, "attendance.clock_in/1")
        assert phone.core.sync_once().complete
        [need] = phone.core.sync_state().needs_you
        assert (need.status, need.said.code) == ("held", "operation.newer_than_server")
        assert perform_left_behind(field.office.app.extensions["outpost"]) == 0, "it does not know the word yet"
    field.time.true_ms += 3 * 86_400_000  # the server is updated
    assert perform_left_behind(field.office.app.extensions["outpost"]) == 1
    [punch] = field.office.rows(sa.select(Punch))
    assert punch.id == kept.punch_id and abs(to_ms(punch.taken_at) - made_ms) < 1_000
    phone.core.sync_once()
    assert phone.core.sync_state().needs_you == ()
    line = phone.core.punch_line(kept.punch_id)
    assert line is not None and line.status == "applied"
    assert perform_left_behind(field.office.app.extensions["outpost"]) == 0
