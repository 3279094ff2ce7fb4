"""What is left of a punch when its time is over: whether it was the store, what it counts; no place, no photo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.attendance import ReviewPunch
from contract.ids import new_id
from server.attendance import keeping
from server.attendance.model import Punch
from server.devices.verify import verify_all
from server.kernel.actors import Actor
from server.kernel.ledger import History, OpLog
from server.kernel.perform import reading, writing
from tests.server.planted_person import Field
from tests.support.planted import instead


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path)
    yield made
    made.phone.core.close()
    made.company.close()


def test_after_ninety_days_a_punch_says_whether_it_was_the_store_and_no_more(field: Field) -> None:
    made = field.punch()
    assert made.lat_e7 is not None and keeping.reduce_positions(field.server) == 0
    field.pass_days(89)
    assert keeping.reduce_positions(field.server) == 0
    field.pass_days(2)
    assert keeping.reduce_positions(field.server) == 1 and keeping.reduce_positions(field.server) == 0
    left = field.punch()
    assert (left.lat_e7, left.lng_e7, left.accuracy_dm) == (None, None, None) and left.distance_m in keeping.BANDS_M
    kept = ("taken_at", "verdict", "score_db", "place", "business_date", "kind", "note")
    assert [getattr(left, name) for name in kept] == [getattr(made, name) for name in kept]
    assert [(reason["code"], reason["points_db"]) for reason in left.reasons] == [
        (reason["code"], reason["points_db"]) for reason in made.reasons
    ]
    exact = (str(made.lat_e7), str(made.lng_e7))
    assert not any(text.encode() in bytes(field.row(OpLog, made.op_id).raw) for text in exact)
    with reading(field.company.db, Actor.system()) as session:
        past = [f"{row.before}{row.after}" for row in session.scalars(sa.select(History))]
    assert not any(text in said for text in exact for said in past)
    assert verify_all(field.company.db, field.server.signer.public)[2] == {}


def test_positions_are_reduced_in_batches_that_each_end(field: Field) -> None:
    for _ in range(4):
        field.company.pass_ms(3_600_000)
        assert field.phone.punch(store="A")
    field.phone.sync()
    field.pass_days(91)
    with instead(keeping, "BATCH", 2):
        assert keeping.reduce_positions(field.server) == 5
    assert all(punch.lat_e7 is None for punch in field.company.punches())


def test_an_old_punch_may_still_be_decided_on_and_proven(field: Field) -> None:
    made = field.punch()
    field.pass_days(91)
    keeping.reduce_positions(field.server)
    assert field.do("hr", ReviewPunch(punch_id=made.id, decision="accept", reason="checked")).status == "applied"
    assert field.phone.add_proof(made.id)
    field.phone.sync()
    with reading(field.company.db, Actor.system()) as session:
        ended = session.execute(sa.select(OpLog.status, OpLog.code).where(OpLog.type == "attendance.add_proof/1")).all()
    assert [tuple(row) for row in ended] == [("applied", None)]
    assert field.punch().verdict == made.verdict and field.punch().score_db >= made.score_db


def test_a_photo_goes_when_its_time_is_over_and_not_before(field: Field) -> None:
    photo = "ab" * 32
    file = field.company.folder / "blobs" / "ab" / photo
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\xff\xd8\xff a photo")
    made = field.punch()
    with writing(field.company.db, Actor.system(), op_id=new_id(), now=field.company.now()) as session:
        row = session.get_one(Punch, made.id)
        row.photo, row.verdict = photo, "green"
    field.pass_days(29)
    assert keeping.remove_old_photos(field.server) == 0 and file.exists()
    field.pass_days(2)
    assert keeping.remove_old_photos(field.server) == 1 and not file.exists() and field.punch().photo is None
    assert keeping.remove_old_photos(field.server) == 0


def test_distances_become_bands_and_reasons_keep_their_sentences() -> None:
    assert [keeping.band_of(m) for m in (None, 0, 50, 51, 4_999, 900_000)] == [None, 50, 50, 100, 5_000, 50_000]
    reason = {"code": "evidence.place_sure", "points_db": 9, "facts": {"percent": 99, "distance_m": 17, "accuracy_m": 18}}
    assert keeping.reduced_reasons([reason]) == [{**reason, "facts": {"percent": 99, "distance_m": 50, "accuracy_m": 50}}]
