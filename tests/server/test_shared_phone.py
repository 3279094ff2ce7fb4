"""Two people on one phone in one day: both punches are doubted, whichever reached HQ first."""

from __future__ import annotations

from pathlib import Path

import pytest

from mobile.devices.fake import FakeWorld
from tests.support.company import Company
from tests.support.handset import Handset

HOUR_MS = 3_600_000


def _two_on_one_phone(tmp_path: Path) -> tuple[Company, Handset, Handset]:
    company = Company(tmp_path / "hq").prepare().found()
    handsets = []
    for name in ("p1", "p2"):
        company.post(name, "A", company.today())
        world = FakeWorld(hardware="one-and-the-same")
        handset = Handset(name, "phone", company, tmp_path / name, person=name, world=world).enrol()
        handset.sync()
        handset.stand_at("A")
        handsets.append(handset)
    return company, handsets[0], handsets[1]


@pytest.mark.parametrize("first", [0, 1])
def test_both_are_reviewed_whoever_arrives_first(tmp_path: Path, first: int) -> None:
    company, *handsets = _two_on_one_phone(tmp_path)
    for handset in handsets:
        assert handset.punch(store="A")
        company.pass_ms(20_000)
    handsets[first].sync()
    handsets[1 - first].sync()
    assert [punch.verdict for punch in company.punches()] == ["review", "review"]
    for punch in company.punches():
        assert [reason["code"] for reason in punch.reasons].count("evidence.device_shared") == 1
    handsets[first].sync()
    line = handsets[first].core.punches()[0]
    assert line.verdict == "review"  # the phone that was told "green" learns it


def test_the_day_after_and_what_a_person_has_decided_stay_as_they_are(tmp_path: Path) -> None:
    company, one, other = _two_on_one_phone(tmp_path)
    assert one.punch(store="A")
    one.sync()
    company.decide(company.punches()[0].id, "accept")
    company.pass_ms(26 * HOUR_MS)
    assert one.punch(store="A")
    one.sync()
    assert other.punch(store="A")
    other.sync()
    assert [(punch.state, punch.verdict) for punch in company.punches()] == [
        ("accepted", "green"), ("counted", "review"), ("counted", "review"),
    ]  # fmt: skip


def test_a_tablet_is_there_to_be_shared(tmp_path: Path) -> None:
    company = Company(tmp_path / "hq").prepare().found()
    for name in ("p1", "p2"):
        company.post(name, "A", company.today())
    tablet = Handset("t", "kiosk", company, tmp_path / "t", store="A", world=FakeWorld(hardware="tablet")).enrol()
    tablet.sync()
    tablet.stand_at("A")
    for name in ("p1", "p2"):
        assert tablet.punch(store="A", person=name)
    tablet.sync()
    codes = [reason["code"] for punch in company.punches() for reason in punch.reasons]
    assert "evidence.device_shared" not in codes
    assert len(company.punches()) == 2


def test_one_batch_for_two_people_is_shown_on_the_phone_as_hq_has_it(tmp_path: Path) -> None:
    company = Company(tmp_path / "hq").prepare().found()
    for name in ("p1", "p2"):
        company.post(name, "A", company.today())
    phone = Handset("p1", "phone", company, tmp_path / "p1", person="p1", world=FakeWorld(hardware="one")).enrol()
    phone.sync()
    phone.stand_at("A")
    for person in ("p1", "p2", "p1"):
        assert phone.punch(store="A", person=person)
        company.pass_ms(60_000)
    phone.small_pages = False
    phone.sync()
    at_hq = {punch.id: (punch.verdict, [r["code"] for r in punch.reasons]) for punch in company.punches()}
    assert {verdict for verdict, _ in at_hq.values()} == {"review"}
    for line in phone.core.punches():
        assert (line.verdict, [said.code for said in line.reasons]) == at_hq[line.punch_id]
    assert len(phone.core.punches()) == 2
