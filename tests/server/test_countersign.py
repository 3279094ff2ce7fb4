"""The reversed QR over real client cores, both without a network: it counts once, for its own punch, whichever arrives first; and
each way to forge it comes to nothing, without costing anybody their punch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract import phone_code
from contract.phone_code import PhoneQr, minute_of, phone_qr, read_phone_code
from contract.proofs import CountersignPhone
from mobile.core.views import Refused
from server.attendance import proofs, rules_proofs
from server.attendance.case_model import Countersign
from server.attendance.model import PunchProof
from server.kernel.actors import Actor
from server.kernel.perform import reading
from tests.support.company import Company
from tests.support.handset import Handset, new_handset
from tests.support.planted import instead

MINUTE_MS = 60_000
COUNTERSIGNED = "evidence.code_countersigned"


@dataclass
class Shop:
    company: Company
    phone: Handset
    tablet: Handset

    def rows(self) -> list[Countersign]:
        with reading(self.company.db, Actor.system()) as session:
            return list(session.scalars(sa.select(Countersign).order_by(Countersign.seen_low, Countersign.id)))

    def worth(self, punch_id: str) -> dict[str, int]:
        punch = next(punch for punch in self.company.punches() if punch.id == punch_id)
        return {reason["code"]: reason["points_db"] for reason in punch.reasons}

    def sync(self, *devices: Handset) -> None:
        for device in devices or (self.phone, self.tablet):
            assert device.sync()

    def punch(self) -> str:
        return self.phone.core.punch(kind="in", store_id=self.company.stores["A"]).punch_id

    def chore(self) -> None:
        proofs.join_what_waits(self.company.outpost, {})


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return Company(tmp_path_factory.mktemp("hq")).prepare().found()


@pytest.fixture
def shop(tmp_path: Path, founded: Company) -> Iterator[Shop]:
    founded.keep_copy(tmp_path / "copy", None)
    company, _ = Company.from_copy(tmp_path / "copy", tmp_path / "hq")
    for person in ("p1", "p2"):
        company.post(person, "A", company.today())
    made = Shop(company, new_handset(company, "phone", person="p1"), new_handset(company, "tablet", store="A"))
    made.sync()
    yield made
    company.close()


@pytest.mark.parametrize("first", ["phone", "tablet"])
@pytest.mark.parametrize("how", ["scanned", "typed"])
def test_a_phone_the_tablet_saw_counts_whichever_of_the_two_arrives_first(shop: Shop, first: str, how: str) -> None:
    punch_id = shop.punch()
    shown = shop.phone.core.proofs.phone_code(punch_id)
    shop.company.pass_ms(40_000)
    seen = shop.tablet.core.proofs.countersign(shown.qr if how == "scanned" else f"{shown.digits[:4]} {shown.digits[4:]}")
    assert seen.name == ("李0" if how == "scanned" else None)
    order = (shop.phone, shop.tablet) if first == "phone" else (shop.tablet, shop.phone)
    shop.sync(order[0])
    assert [row.state for row in shop.rows()] == (["waiting"] if first == "tablet" else [])
    shop.sync(order[1])
    [row] = shop.rows()
    assert (row.state, row.counted_for) == ("counted", punch_id)
    assert shop.worth(punch_id)[COUNTERSIGNED] == 18
    assert shop.company.punches()[0].verdict == "green"


def test_the_same_punch_without_the_tablet_s_word_is_asked_for_more(shop: Shop) -> None:
    shop.tablet.core.set_pin("482913", shop.company.people["p2"])  # the tablet is heard in this hour
    shop.sync()
    punch_id = shop.punch()
    shop.sync()
    assert shop.company.punches()[0].verdict == "ask" and COUNTERSIGNED not in shop.worth(punch_id)
    shop.tablet.core.proofs.countersign(shop.phone.core.proofs.phone_code(punch_id).qr)
    shop.sync()
    assert shop.company.punches()[0].verdict == "green"
    with reading(shop.company.db, Actor.system()) as session:
        [proof] = session.scalars(sa.select(PunchProof))
    assert (proof.kind, proof.verdict_before, proof.verdict_after) == ("countersign", "ask", "green")


def test_the_same_code_a_second_time_is_written_down_once_here_and_counts_once_there(shop: Shop) -> None:
    punch_id = shop.punch()
    shown = shop.phone.core.proofs.phone_code(punch_id)
    assert not shop.tablet.core.proofs.countersign(shown.qr).again
    assert shop.tablet.core.proofs.countersign(shown.qr).again
    shop.company.pass_ms(MINUTE_MS)
    shop.tablet.core.proofs.countersign(shop.phone.core.proofs.phone_code(punch_id).qr)
    shop.sync()
    assert [(row.state, row.why) for row in shop.rows()] == [("counted", None), ("refused", "used")]


def test_the_phone_shows_its_code_for_some_minutes_and_the_tablet_takes_nothing_else(shop: Shop) -> None:
    punch_id = shop.punch()
    assert 240 <= shop.phone.core.proofs.phone_code(punch_id).left_s <= 360
    shop.company.pass_ms(7 * MINUTE_MS)
    with pytest.raises(Refused) as over:
        shop.phone.core.proofs.phone_code(punch_id)
    assert over.value.said.code == "client.phone_code_over"
    for text in ("482913", "OP1:" + "0" * 32 + ":1:" + "0" * 16, ""):
        with pytest.raises(Refused) as refused:
            shop.tablet.core.proofs.countersign(text)
        assert refused.value.said.code == "client.not_a_phone_code"


# what is refused as proof, and never as a punch


def test_a_photo_that_comes_late_counts_nothing(shop: Shop) -> None:
    punch_id = shop.punch()
    shown = shop.phone.core.proofs.phone_code(punch_id)
    shop.company.pass_ms(20 * MINUTE_MS)
    shop.tablet.core.proofs.countersign(shown.qr)
    shop.sync()
    assert [(row.state, row.why) for row in shop.rows()] == [("refused", "too_late")]
    assert COUNTERSIGNED not in shop.worth(punch_id) and shop.company.punches()[0].state == "counted"


def test_a_code_shown_in_another_store_counts_nothing(shop: Shop) -> None:
    elsewhere = new_handset(shop.company, "tablet-B", store="B")
    shop.sync(elsewhere)
    punch_id = shop.punch()
    elsewhere.core.proofs.countersign(shop.phone.core.proofs.phone_code(punch_id).qr)
    shop.sync(elsewhere, shop.phone)
    shop.chore()
    assert [(row.state, row.why) for row in shop.rows()] == [("refused", "other_store")]
    assert COUNTERSIGNED not in shop.worth(punch_id)


def _forge(shop: Shop, punch_id: str, **other: Any) -> str:
    """A code for the punch, signed by whoever `other` says."""
    phone = other.get("by", shop.phone)
    who = {
        "device_id": phone.core._parts.identity.device_id, "person_id": shop.company.people["p1"], "punch_id": punch_id,
        "minute": minute_of(shop.phone.world.clock.read().wall_ms),
    }  # fmt: skip
    return phone_qr(phone.core._parts.identity.signer.sign, **{**who, **other.get("claims", {})})


@pytest.mark.parametrize("forgery", ["other_phone", "other_person", "forged", "changed_minute"])
def test_what_another_phone_or_hand_has_made_counts_nothing(shop: Shop, forgery: str) -> None:
    other = new_handset(shop.company, "phone-2", person="p2")
    shop.sync(other)
    punch_id = shop.punch()
    own = shop.phone.core._parts.identity.device_id
    text = {
        "other_phone": lambda: _forge(shop, punch_id, by=other),
        "other_person": lambda: _forge(shop, punch_id, claims={"person_id": shop.company.people["p2"]}),
        "forged": lambda: _forge(shop, punch_id, by=other, claims={"device_id": own}),
        "changed_minute": lambda: _with_minute(_forge(shop, punch_id), 1),
    }[forgery]()
    shop.tablet.core.proofs.countersign(text)
    shop.sync()
    [row] = shop.rows()
    assert (row.state, row.why) == ("refused", "forged" if forgery == "changed_minute" else forgery)
    assert COUNTERSIGNED not in shop.worth(punch_id)


def _with_minute(text: str, more: int) -> str:
    head, minute, signature = text.rsplit(":", 2)
    return f"{head}:{int(minute) + more}:{signature}"


def test_a_code_of_one_punch_is_worth_nothing_to_the_next_one(shop: Shop) -> None:
    shown = shop.phone.core.proofs.phone_code(shop.punch())
    shop.company.pass_ms(2 * MINUTE_MS)
    second = shop.phone.core.punch(kind="out", store_id=shop.company.stores["A"]).punch_id
    shop.tablet.core.proofs.countersign(shown.qr)
    shop.sync()
    assert COUNTERSIGNED not in shop.worth(second)


def test_digits_that_were_guessed_wait_in_vain_and_are_given_up(shop: Shop) -> None:
    shop.punch()
    shop.tablet.core.proofs.countersign("12345678")
    shop.sync()
    assert [row.state for row in shop.rows()] == ["waiting"]
    shop.company.true_ms += 46 * 86_400_000
    shop.chore()
    assert [(row.state, row.why) for row in shop.rows()] == [("refused", "no_punch")]


def test_only_a_tablet_countersigns(shop: Shop) -> None:
    punch_id = shop.punch()
    shown = shop.phone.core.proofs.phone_code(punch_id)
    shop.phone.core._acts.keep(CountersignPhone(text=shown.qr), shop.company.people["p1"])
    shop.sync()
    assert shop.rows() == [] and shop.worth(punch_id)


def test_those_that_missed_each_other_are_joined_by_the_chore(shop: Shop) -> None:
    punch_id = shop.punch()
    shop.tablet.core.proofs.countersign(shop.phone.core.proofs.phone_code(punch_id).qr)
    with instead(proofs, "join", lambda *_: None):
        shop.sync()  # the phone first: the tablet's word is performed as if the punch were not there yet
    assert [row.state for row in shop.rows()] == ["waiting"]
    shop.chore()
    assert [row.state for row in shop.rows()] == ["counted"] and shop.worth(punch_id)[COUNTERSIGNED] == 18


# the guards are what refuses: without each of them its forgery goes through


@pytest.mark.parametrize(
    ("where", "name", "careless", "forgery"),
    [
        (PhoneQr, "is_signed_by", lambda *_: True, "changed_minute"),
        (rules_proofs, "is_in_time", lambda **_: True, "late"),
    ],
)
def test_a_careless_judge_would_count_a_forgery(shop: Shop, where: Any, name: str, careless: Any, forgery: str) -> None:
    punch_id = shop.punch()
    text = _forge(shop, punch_id)
    text = _with_minute(text, 1) if forgery == "changed_minute" else text
    if forgery == "late":
        shop.company.pass_ms(20 * MINUTE_MS)
    shop.tablet.core.proofs.countersign(text)
    with instead(where, name, careless):
        shop.sync()
    assert [row.state for row in shop.rows()] == ["counted"]


# the words themselves


def test_a_phone_s_code_reads_back_as_it_was_said_and_nothing_near_it_does(shop: Shop) -> None:
    text = _forge(shop, shop.punch())
    read = read_phone_code(f" {text}\n")
    assert isinstance(read, PhoneQr) and read.person_id == shop.company.people["p1"]
    assert read_phone_code("１２３４ ５６７８") == phone_code.ShortForm("12345678")
    for broken in (text[:-1], text + "x", text.upper(), text.replace("OP2", "OP1"), "1234567", "123456789", "x" * 400):
        assert read_phone_code(broken) is None
