"""A tablet breaks and is replaced. What people read from it while it hung on the wall is still worth what it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.devices import Revoke
from server.attendance.model import Punch
from tests.mobile.field import Field


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("how", ["typed", "scanned"])
@pytest.mark.parametrize("has_another", [False, True])
def test_a_code_read_before_the_tablet_was_retired_is_a_proof_and_one_made_up_after_it_is_none(
    field: Field, how: str, has_another: bool
) -> None:
    store = field.office.open_store("豫园店")
    phones = {}
    for name in ("李伟", "林静"):
        person = field.office.hire(name)
        field.office.post(person, store)
        phones[name] = field.phone_of(person)
    tablet = field.tablet_of(store)
    if has_another:
        field.tablet_of(store)
    for device in field.devices:
        device.core.sync_once()
        device.world.link.up = False
    field.time.true_ms += 600_000

    def read() -> str:
        shown = tablet.core.store_code()
        return shown.qr if how == "scanned" else shown.digits

    phones["李伟"].core.punch(kind="in", code=read())
    field.time.true_ms += 3_600_000
    device_id = tablet.core._parts.identity.device_id
    field.office.must(Revoke(device_id=device_id, reason="its screen broke, there is a new one"))
    field.time.true_ms += 600_000
    phones["林静"].core.punch(kind="in", code=read())  # somebody took it home, and it still counts steps
    field.time.true_ms += 600_000
    for phone in phones.values():
        phone.world.link.up = True
        phone.core.sync_once()
    honest, late = field.office.rows(sa.select(Punch).order_by(Punch.taken_at))
    assert ("evidence.code_fresh", 15) in [(reason["code"], reason["points_db"]) for reason in honest.reasons]
    assert not [reason for reason in late.reasons if reason["code"] == "evidence.code_fresh"]
