"""The random extra proof on the tablet: off until HQ says so, drawn by nobody's choice, never in the way of the punch, with a way
that needs no photo; and a photo that is taken stays on the tablet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.org import ChangeUnit
from contract.proofs import ExtraProof, SetExtraRule, is_drawn
from mobile.core import proofs as tablet_proofs
from mobile.core.views import Kept, Refused
from server.attendance.model import PunchProof
from server.kernel.actors import Actor
from server.kernel.ledger import OpLog
from server.kernel.perform import reading
from tests.support.company import Company
from tests.support.handset import Handset, new_handset
from tests.support.planted import instead

DAY_MS = 86_400_000
PHOTO = b"\x89PNG not really, but the bytes of a picture"
PINS = {"p1": "482913", "p2": "591847", "p3": "736482"}


@dataclass
class Shop:
    company: Company
    tablet: Handset

    def rule(self, one_in: int, photo_days: int = 14) -> None:
        store = self.company.stores["A"]
        self.company.must(SetExtraRule(store_id=store, one_in=one_in, photo_days=photo_days, reason="a trial month"))
        assert self.tablet.sync()

    def punch(self, *, by_pin: bool = False) -> Kept:
        core, who = self.tablet.core, self.company.people["p1"]
        assert not by_pin or core.check_pin(who, PINS["p1"]).ok
        return core.punch(kind="in", person_id=who, by_pin=by_pin)

    def worth(self, punch_id: str) -> tuple[str, dict[str, int]]:
        punch = next(punch for punch in self.company.punches() if punch.id == punch_id)
        return punch.verdict, {reason["code"]: reason["points_db"] for reason in punch.reasons}


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return Company(tmp_path_factory.mktemp("hq")).prepare().found()


@pytest.fixture
def shop(tmp_path: Path, founded: Company) -> Iterator[Shop]:
    founded.keep_copy(tmp_path / "copy", None)
    company, _ = Company.from_copy(tmp_path / "copy", tmp_path / "hq")
    for person in PINS:
        company.post(person, "A", company.today())
    made = Shop(company, new_handset(company, "tablet", store="A"))
    assert made.tablet.sync()
    for person, pin in PINS.items():
        made.tablet.core.set_pin(pin, company.people[person])
    assert made.tablet.sync()
    yield made
    company.close()


def drawn_punch(shop: Shop) -> Kept:
    """A punch that the draw asks, as tablet and HQ both find."""
    shop.rule(2)
    for _ in range(20):
        kept = shop.punch(by_pin=True)
        if kept.extra:
            return kept
    raise AssertionError("twenty punches and none was drawn at one in two")


def test_nothing_is_asked_until_hq_says_so(shop: Shop) -> None:
    assert not any(shop.punch().extra for _ in range(6))
    assert shop.tablet.sync()
    assert not any(code.startswith("evidence.extra") for p in shop.company.punches() for code in shop.worth(p.id)[1])


def test_tablet_and_hq_draw_the_same_punches_with_no_network_between_them(shop: Shop) -> None:
    shop.rule(2)
    asked = {kept.punch_id for kept in (shop.punch() for _ in range(12)) if kept.extra}
    assert shop.tablet.sync()
    open_at_hq = {p.id for p in shop.company.punches() if "evidence.extra_open" in shop.worth(p.id)[1]}
    assert asked == open_at_hq and 0 < len(asked) < 12
    assert {shop.worth(punch_id)[0] for punch_id in asked} == {"ask"}


def test_a_draw_by_the_punch_s_own_id_would_be_found_here(shop: Shop) -> None:
    """The control: two sides that draw by different things disagree."""
    shop.rule(2)
    with instead(tablet_proofs, "is_drawn", lambda key, device, seq, one_in: is_drawn(key, device, seq + 1, one_in)):
        asked = {kept.punch_id for kept in (shop.punch() for _ in range(12)) if kept.extra}
    assert shop.tablet.sync()
    assert asked != {p.id for p in shop.company.punches() if "evidence.extra_open" in shop.worth(p.id)[1]}


def test_one_in_twenty_is_one_in_twenty() -> None:
    key, device = bytes(range(32)), new_id()
    drawn = [seq for seq in range(1, 20_001) if is_drawn(key, device, seq, 20)]
    assert 900 <= len(drawn) <= 1_100
    assert not any(is_drawn(key, device, seq, rate) for seq in range(1, 500) for rate in (0, 1))
    assert drawn != [seq for seq in range(1, 20_001) if is_drawn(bytes(32), device, seq, 20)]


def test_a_photo_answers_it_and_only_its_hash_leaves_the_tablet(shop: Shop) -> None:
    kept = drawn_punch(shop)
    shop.tablet.core.proofs.give_photo(kept.punch_id, PHOTO)
    assert shop.tablet.sync()
    verdict, reasons = shop.worth(kept.punch_id)
    assert (verdict, reasons["evidence.extra_photo"]) == ("green", 10) and "evidence.extra_open" not in reasons
    with reading(shop.company.db, Actor.system()) as session:
        assert [proof.kind for proof in session.scalars(sa.select(PunchProof))] == ["photo"]
        said = b"".join(session.scalars(sa.select(OpLog.raw)))
    assert hashlib.sha256(PHOTO).hexdigest().encode() in said and PHOTO not in said
    assert not any(PHOTO[8:] in body for _, _, body in shop.tablet.world.link.sent)
    sealed = shop.tablet.parts.db.rows("SELECT sealed FROM kept_photo")
    assert len(sealed) == 1 and PHOTO not in sealed[0][0]


def test_the_photo_is_gone_from_the_tablet_when_its_days_are_over(shop: Shop) -> None:
    kept = drawn_punch(shop)
    shop.rule(2, photo_days=3)
    shop.tablet.core.proofs.give_photo(kept.punch_id, PHOTO)
    shop.company.pass_ms(3 * DAY_MS - 60_000)
    assert shop.tablet.core.proofs.forget_old() == 0
    shop.company.pass_ms(120_000)
    shop.tablet.sync()
    assert shop.tablet.parts.db.value("SELECT count(*) FROM kept_photo") == 0


def test_a_tablet_that_is_wiped_keeps_no_photo(shop: Shop) -> None:
    kept = drawn_punch(shop)
    shop.tablet.core.proofs.give_photo(kept.punch_id, PHOTO)
    assert shop.tablet.sync()
    shop.company.revoke(shop.tablet.device_id)
    shop.tablet.sync()
    assert shop.tablet.parts.db.value("SELECT count(*) FROM kept_photo") == 0


def test_a_manager_s_pin_answers_it_without_any_photo(shop: Shop) -> None:
    kept = drawn_punch(shop)
    _make_manager(shop, "p2")
    answer = shop.tablet.core.proofs.give_word(kept.punch_id, shop.company.people["p2"], PINS["p2"])
    assert answer.ok and shop.tablet.sync()
    verdict, reasons = shop.worth(kept.punch_id)
    assert (verdict, reasons["evidence.extra_manager"]) == ("green", 10)


def _make_manager(shop: Shop, person: str) -> None:
    """They manage store A from today on, as the tablet will hear."""
    change = ChangeUnit(
        unit_id=shop.company.stores["A"], from_day=shop.company.today().isoformat(), manager_id=shop.company.people[person]
    )
    shop.company.must(change)
    assert shop.tablet.sync()


def test_a_colleague_who_manages_nothing_cannot_say_the_word(shop: Shop) -> None:
    kept = drawn_punch(shop)
    with pytest.raises(Refused):
        shop.tablet.core.proofs.give_word(kept.punch_id, shop.company.people["p3"], PINS["p3"])
    proof = ExtraProof(punch_id=kept.punch_id, way="manager", kiosk=tablet_proofs.KioskProof(pin=True))
    shop.tablet.core._acts.keep(proof, shop.company.people["p3"])  # a tablet that was tampered with
    assert shop.tablet.sync()
    assert shop.worth(kept.punch_id)[0] == "ask"
    with reading(shop.company.db, Actor.system()) as session:
        assert "attendance.not_your_store" in list(session.scalars(sa.select(OpLog.code)))


def test_nobody_says_the_word_for_themselves(shop: Shop) -> None:
    _make_manager(shop, "p1")
    kept = drawn_punch(shop)
    with pytest.raises(Refused) as refused:
        shop.tablet.core.proofs.give_word(kept.punch_id, shop.company.people["p1"], PINS["p1"])
    assert refused.value.said.code == "client.not_for_yourself"
    proof = ExtraProof(punch_id=kept.punch_id, way="manager", kiosk=tablet_proofs.KioskProof(pin=True))
    shop.tablet.core._acts.keep(proof, shop.company.people["p1"])
    assert shop.tablet.sync()
    assert shop.worth(kept.punch_id)[0] == "ask"


def test_what_was_not_drawn_or_is_answered_takes_no_more(shop: Shop) -> None:
    kept = drawn_punch(shop)
    shop.tablet.core.proofs.give_photo(kept.punch_id, PHOTO)
    with pytest.raises(Refused) as refused:
        shop.tablet.core.proofs.give_photo(kept.punch_id, PHOTO)
    assert refused.value.said.code == "client.extra_over"
    again = ExtraProof(punch_id=kept.punch_id, way="photo", photo=hashlib.sha256(b"x").hexdigest())
    shop.tablet.core._acts.keep(again, shop.company.people["p1"])
    assert shop.tablet.sync()
    with reading(shop.company.db, Actor.system()) as session:
        assert "attendance.extra_given" in list(session.scalars(sa.select(OpLog.code)))


def test_an_answer_minutes_later_is_over_and_the_punch_still_counts(shop: Shop) -> None:
    kept = drawn_punch(shop)
    shop.company.pass_ms(6 * 60_000)
    with pytest.raises(Refused) as refused:
        shop.tablet.core.proofs.give_photo(kept.punch_id, PHOTO)
    assert refused.value.said.code == "client.extra_over"
    assert shop.tablet.sync()
    punch = next(punch for punch in shop.company.punches() if punch.id == kept.punch_id)
    assert (punch.verdict, punch.state) == ("ask", "counted")


def test_one_in_one_is_no_draw(shop: Shop) -> None:
    outcome = shop.company.hq(SetExtraRule(store_id=shop.company.stores["A"], one_in=1, reason="always"))
    assert outcome.code == "wire.out_of_range"
