"""Photos as evidence of a request: named by it, sent by its applicant only, seen by who sees the request, gone in time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from contract.approvals import PublishFlow
from contract.forms import photos_of
from contract.ids import new_id
from server.approvals import presets, rules
from server.approvals.model import Flow, FlowVersion, RequestPhoto
from server.attendance import keeping
from server.kernel.actors import Actor
from server.kernel.perform import DeviceFacts
from server.kernel.personal import WITH_PHOTOS, rows_of
from server.kernel.problems import Problem
from server.sync import api
from server.sync.blobs import BlobFolder
from tests.server.corrections_of import Counter, counter_on_sqlite, form
from tests.server.requests_of import ask, decide_all
from tests.server.world import NOON, SECRET
from tests.support.planted import instead

PHOTO = b"\xff\xd8\xff the gate at nine"
SHA = hashlib.sha256(PHOTO).hexdigest()


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = counter_on_sqlite(tmp_path)
    yield made
    made.world.close()


def _asked(counter: Counter, **more: Any) -> str:
    asked: str = ask(counter.world, "missed_punch", "李伟", form(store=counter.store, **{"evidence": SHA, **more}))
    return asked


def _kept(counter: Counter) -> Path:
    folder = counter.world.settings.data_dir / "blobs"
    assert BlobFolder(folder).keep(PHOTO) == SHA
    return folder / SHA[:2] / SHA


def test_a_missed_punch_is_asked_for_with_up_to_three_photos(counter: Counter) -> None:
    two = f"{SHA},{'cd' * 32}"
    request_id = _asked(counter, evidence=two)
    kept = counter.world.rows(sa.select(RequestPhoto).where(RequestPhoto.request_id == request_id))
    assert {row.photo for row in kept} == set(photos_of(two)) and {row.key for row in kept} == {"evidence"}
    for wrong, code in (("me.jpg", "form.not_a_photo"), (",".join(f"{n:064x}" for n in range(4)), "form.too_many_photos")):
        refused = ask(counter.world, "missed_punch", "李伟", form("09:30", store=counter.store, evidence=wrong), must=False)
        assert (refused.code, refused.field) == (code, "form.evidence")


def test_a_missed_punch_needs_no_photo_and_a_request_that_runs_finishes_on_its_own_version(counter: Counter) -> None:
    [(number, newest)] = [pair for pair in presets.with_numbers() if pair[1].kind == "missed_punch"]
    before = msgspec.structs.replace(
        newest, version_id=new_id(), fields=[one for one in newest.fields if one.key != "evidence"]
    )
    counter.world.must(before)
    request_id = ask(counter.world, "missed_punch", "李伟", form(store=counter.store))
    counter.world.must(msgspec.structs.replace(newest, version_id=new_id()))
    decide_all(counter.world, request_id)
    assert number == 3 and counter.counted() == [("19 09:00", "in", "request")]
    plain = ask(counter.world, "missed_punch", "李伟", form("18:00", store=counter.store, kind="out"))
    assert counter.world.rows(sa.select(RequestPhoto).where(RequestPhoto.request_id == plain)) == []


def test_the_new_version_of_the_form_reaches_a_company_that_left_it_as_it_came(counter: Counter) -> None:
    presets.ensure_presets(counter.world.db, now=NOON, secret=SECRET)
    [flow] = counter.world.rows(sa.select(Flow).where(Flow.kind == "missed_punch"))
    assert "photo" in [field["kind"] for field in counter.world.row(FlowVersion, flow.version_id).fields]


def test_only_the_applicants_own_device_may_send_it(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "outpost", lambda: counter.out)

    def taken_from(person_id: str) -> bool:
        try:
            api._named_by_device(DeviceFacts(new_id(), "phone", person_id, None, "h", None), SHA)
        except Problem as refused:
            assert refused.code == "blob.unexpected"
            return False
        return True

    assert not taken_from(counter.li)
    _asked(counter)
    assert taken_from(counter.li) and not taken_from(counter.wang) and not taken_from(counter.wu)


def test_who_sees_the_request_sees_that_there_is_a_photo_and_nobody_else_does(counter: Counter) -> None:
    _asked(counter)

    def seen_by(who: Actor) -> int:
        with counter.world.looking(who) as session:
            return len(session.scalars(sa.select(RequestPhoto)).all())

    assert [seen_by(who) for who in (counter.as_li, counter.as_wu, counter.as_zhao, counter.as_sun)] == [1, 1, 1, 0]


def test_it_goes_half_a_year_after_the_request_ended_and_is_part_of_ones_own_data(counter: Counter) -> None:
    file, request_id = _kept(counter), _asked(counter)
    decide_all(counter.world, request_id)
    with counter.world.db.snapshot() as connection:
        assert [row.photo for row in rows_of(connection, counter.li)["request_photo"]] == [SHA]
    counter.world.clock.pass_(days=179)
    assert keeping.remove_old_photos(counter.out) == 0 and file.exists()
    counter.world.clock.pass_(days=2)
    assert keeping.remove_old_photos(counter.out) == 1 and not file.exists()
    [kept] = counter.world.rows(sa.select(RequestPhoto))
    assert kept.photo is None and keeping.remove_old_photos(counter.out) == 0


def test_a_photo_that_an_appeal_names_too_stays_as_long_as_the_appeals(counter: Counter) -> None:
    def removed_too_early() -> bool:
        file, request_id = _kept(counter), _asked(counter)
        decide_all(counter.world, request_id)
        counter.world.clock.pass_(days=100)
        counter.world.must(counter.appeal(day="2026-11-19", photo=SHA), counter.as_li)
        counter.world.clock.pass_(days=81)
        keeping.remove_old_photos(counter.out)
        return not file.exists()

    assert not removed_too_early()


@pytest.mark.parametrize("area", WITH_PHOTOS)
def test_a_photo_is_looked_for_in_every_area_that_names_photos(area: str) -> None:
    """One file serves all who handed in the same bytes."""
    known = sa.MetaData()
    tables = {name: sa.Table(name, known, sa.Column("photo", sa.String(64))) for name in WITH_PHOTOS}
    with sa.create_engine("sqlite://").begin() as connection:
        known.create_all(connection)
        connection.execute(tables[area].insert().values(photo=SHA))
        assert keeping._named(SimpleNamespace(connection=lambda: connection), {SHA, "0" * 64}) == {SHA}  # type: ignore[arg-type]


def test_forgetting_what_else_names_a_photo_is_found(counter: Counter) -> None:
    with instead(keeping, "_named", lambda _session, _hashes: set()), pytest.raises(AssertionError):
        test_a_photo_that_an_appeal_names_too_stays_as_long_as_the_appeals(counter)
    assert "request_photo" in WITH_PHOTOS


def test_a_flow_cannot_ask_for_more_photos_than_are_ever_taken(counter: Counter) -> None:
    [flow] = [one for one in presets.presets() if one.kind == "missed_punch"]

    def fault(most: int) -> str | None:
        fields = [msgspec.structs.replace(one, most=most) if one.kind == "photo" else one for one in flow.fields]
        changed: PublishFlow = msgspec.structs.replace(flow, fields=fields)
        found = rules.judge_flow(changed.fields, changed.steps, ())
        return found.code if found is not None else None

    assert [fault(most) for most in (0, 1, 3, 4)] == [
        "approvals.photos_out_of_range", None, None, "approvals.photos_out_of_range",
    ]  # fmt: skip
