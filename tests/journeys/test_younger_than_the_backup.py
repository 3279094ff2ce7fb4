"""A phone was set up this morning; the server burns down and comes back from last night's backup: it has never heard of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.devices import IssueCode
from contract.ids import new_id
from contract.moments import to_ms
from mobile.core.ports import Answer
from server.attendance.model import Punch
from server.devices.service import code_of
from tests.mobile.field import Field


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path)
    yield made
    made.close()


def test_what_a_device_did_that_is_younger_than_the_backup_is_not_lost(field: Field) -> None:
    store, person = field.office.open_store("豫园店"), field.office.hire("李伟")
    field.office.post(person, store)
    backup = field.backup()
    phone = field.phone_of(person)
    phone.core.sync_once()
    made: dict[str, int] = {}
    for kind in ("in", "out"):
        field.time.true_ms += 3_600_000
        made[phone.core.punch(kind=kind).punch_id] = field.time.true_ms  # type: ignore[arg-type]
        phone.core.sync_once()
    assert {line.state for line in phone.core.punches()} == {"with_hq"}

    field.restore(backup)
    field.time.true_ms += 3_600_000
    phone.core.sync_once()
    state = phone.core.sync_state()
    assert (state.standing, state.badge, state.waiting) == ("unknown", "needs_you", 2)
    assert {line.state for line in phone.core.punches()} == {"kept"}, "a tick that is no longer true is taken back"
    made[phone.core.punch(kind="in").punch_id] = field.time.true_ms  # and one can go on punching

    code_id = new_id()
    field.office.must(IssueCode(code_id=code_id, kind="phone", person_id=person))
    phone.core.enrol("http://server", code_of(field.office.settings.secret, code_id))
    for _ in range(3):
        phone.core.sync_once()
    found = {row.id: row for row in field.office.rows(sa.select(Punch))}
    assert set(found) == set(made), "0 lost, 0 doubled"
    for punch_id, row in found.items():
        assert to_ms(row.taken_low) <= made[punch_id] <= to_ms(row.taken_high)
    assert phone.core.sync_state().standing == "ok" and phone.core.sync_state().waiting == 0


def test_somebody_who_only_claims_not_to_know_it_does_no_harm(field: Field) -> None:
    """Error answers are not signed: whoever runs the Wi-Fi can forge one. The next true answer puts everything right."""
    store, person = field.office.open_store("豫园店"), field.office.hire("李伟")
    field.office.post(person, store)
    phone = field.phone_of(person)
    phone.core.sync_once()
    phone.core.punch(kind="in")
    phone.core.sync_once()
    phone.world.link.weather = lambda _through, *_request: Answer(401, b'{"code":"device.unknown"}')
    field.time.true_ms += 3_600_000
    phone.core.sync_once()
    assert phone.core.sync_state().standing == "unknown" and phone.core.enrolment is not None
    phone.world.link.weather = None
    field.time.true_ms += 3_600_000
    for _ in range(2):
        phone.core.sync_once()
    state = phone.core.sync_state()
    assert (state.standing, state.badge, state.waiting) == ("ok", "synced", 0)
    assert len(field.office.rows(sa.select(Punch))) == 1
