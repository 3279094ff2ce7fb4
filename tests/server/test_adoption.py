"""What stood in quarantine can be made to count by HQ, once, and only as something to be reviewed."""

from __future__ import annotations

import shutil
from pathlib import Path

import sqlalchemy as sa

from contract.devices import AdoptOperation
from contract.people import LetGo
from server.devices.model import Device
from server.kernel.ledger import OpQuarantine
from server.wiring import every_handler
from tests.support.company import Company
from tests.support.handset import Handset

every_handler()


def _with_a_second_branch(tmp_path: Path) -> tuple[Company, str]:
    """A phone's folder is copied; the original and the copy both go on: the copy's punch ends in quarantine."""
    company = Company(tmp_path / "hq").prepare().found()
    company.post("p1", "A", company.today())
    phone = Handset("p1", "phone", company, tmp_path / "p1", person="p1").enrol()
    phone.sync()
    phone.stand_at("A")
    phone.die()
    shutil.copytree(tmp_path / "p1", tmp_path / "copy")
    phone.open()
    assert phone.punch(store="A")
    phone.sync()
    phone.die()
    shutil.rmtree(tmp_path / "p1")
    shutil.copytree(tmp_path / "copy", tmp_path / "p1")
    phone.open()
    company.pass_ms(3_600_000)
    assert phone.punch(store="A", note="made on the copy")
    phone.sync()
    with company.db.snapshot() as connection:
        [aside] = connection.scalars(sa.select(OpQuarantine.id)).all()
    return company, aside


def _adopt(company: Company, aside: str) -> str | None:
    return company.hq(AdoptOperation(quarantine_id=aside, reason="the old tablet's last day")).code


def test_an_adopted_punch_counts_once_and_waits_for_review(tmp_path: Path) -> None:
    company, aside = _with_a_second_branch(tmp_path)
    assert len(company.punches()) == 1
    assert _adopt(company, aside) is None
    adopted = next(punch for punch in company.punches() if punch.note == "made on the copy")
    assert adopted.verdict == "review" and adopted.grade == "unverified"
    assert _adopt(company, aside) == "operation.already_exists"
    assert len(company.punches()) == 2


def test_the_phone_of_somebody_who_left_is_revoked_with_them(tmp_path: Path) -> None:
    company = Company(tmp_path / "hq").prepare().found()
    company.post("p1", "A", company.today())
    phone = Handset("p1", "phone", company, tmp_path / "p1", person="p1").enrol()
    phone.sync()
    assert phone.parts.replica.rows()
    assert company.hq(LetGo(person_id=company.people["p1"], reason="moved away")).code is None
    with company.db.snapshot() as connection:
        revoked_at, because = connection.execute(sa.select(Device.revoked_at, Device.revoked_because)).one()
    assert revoked_at is not None and because == "moved away"
    phone.sync()
    assert not phone.parts.replica.rows()  # wiped
