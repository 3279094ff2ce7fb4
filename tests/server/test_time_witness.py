"""A phone that was restarted twice with no network in between: the store's tablet is the witness of its time, by the code it
shows or by the code it sees; who has set the clock gains nothing by either."""

from __future__ import annotations

import pytest

from contract.moments import Stamp, TimeTaken, to_ms
from server.attendance import proofs, service
from server.attendance.model import Punch
from server.attendance.rules_proofs import made_before_code, made_before_seen, witnessed
from tests.server.test_countersign import Shop, founded, shop
from tests.support.planted import instead

assert founded and shop  # fixtures
HOUR_MS, MINUTE_MS = 3_600_000, 60_000
UNPROVEN = "evidence.time_unverified"


def lived(shop: Shop, witness: str, *, wall_off_ms: int = 0, apart_ms: int = 40_000) -> tuple[Punch, int]:
    """Restarted, an hour later a punch, the tablet's witness, restarted again, and only in the evening a network. Answers the
    punch as HQ has it, and when it truly was made."""
    shop.phone.world.link.up = False
    shop.phone.reboot()
    shop.company.pass_ms(HOUR_MS)
    shop.sync(shop.tablet)
    clock = shop.phone.world.clock
    clock.wall_off_ms = wall_off_ms
    made_ms, punch_id = clock.true_ms, shop.punch()
    shop.company.pass_ms(apart_ms)
    if witness == "code":
        shop.phone.core.add_proof(punch_id, shop.tablet.core.store_code().qr)
    elif witness == "seen":
        shop.tablet.core.proofs.countersign(shop.phone.core.proofs.phone_code(punch_id).qr)
    shop.phone.reboot()
    clock.wall_off_ms = 0
    shop.company.pass_ms(5 * HOUR_MS)
    shop.phone.world.link.up = True
    shop.sync(shop.phone, shop.tablet)
    shop.chore()
    return next(punch for punch in shop.company.punches() if punch.id == punch_id), made_ms


def said(punch: Punch) -> set[str]:
    return {str(reason["code"]) for reason in punch.reasons}


def test_with_no_witness_an_honest_phone_is_looked_at(shop: Shop) -> None:
    punch, made_ms = lived(shop, "none")
    assert (punch.grade, punch.verdict) == ("unverified", "review") and UNPROVEN in said(punch)
    assert to_ms(punch.taken_low) <= made_ms <= to_ms(punch.taken_high)


@pytest.mark.parametrize("witness", ["code", "seen"])
def test_the_tablets_code_or_its_word_proves_the_time_the_phone_shows(shop: Shop, witness: str) -> None:
    punch, made_ms = lived(shop, witness)
    assert (punch.grade, punch.verdict) == ("bounded", "green") and UNPROVEN not in said(punch)
    assert to_ms(punch.taken_low) <= made_ms <= to_ms(punch.taken_high)
    assert to_ms(punch.taken_high) - to_ms(punch.taken_low) <= 15 * MINUTE_MS and abs(to_ms(punch.taken_at) - made_ms) < 1_000


@pytest.mark.parametrize("witness", ["code", "seen"])
@pytest.mark.parametrize("wall_off_ms", [-50 * MINUTE_MS, 50 * MINUTE_MS])
def test_a_clock_that_was_set_gains_nothing_by_a_witness(shop: Shop, witness: str, wall_off_ms: int) -> None:
    """The planted cheat: late, the clock set back, restarted before and after; and the one who leaves early and sets it on."""
    punch, made_ms = lived(shop, witness, wall_off_ms=wall_off_ms)
    if punch.grade == "unverified":
        assert punch.verdict == "review" and UNPROVEN in said(punch)
    else:  # the boot before leaves nothing earlier than the truth: the clock is seen to be wrong, and the true time counts
        assert abs(to_ms(punch.taken_at) - made_ms) < MINUTE_MS and "evidence.clock_off" in said(punch)


def test_a_code_read_long_after_the_punch_says_nothing_of_it(shop: Shop) -> None:
    punch, _ = lived(shop, "code", apart_ms=16 * MINUTE_MS)
    assert (punch.grade, punch.verdict) == ("unverified", "review")


@pytest.mark.parametrize("witness", ["code", "seen"])
def test_a_judge_that_believes_the_witness_whatever_the_phone_shows_is_found(shop: Shop, witness: str) -> None:
    def careless(taken: TimeTaken, witness_ms: tuple[int, int] | None) -> TimeTaken:
        return taken if witness_ms is None else TimeTaken(taken.at_ms, taken.low_ms, taken.high_ms, "bounded")

    with instead(service, "witnessed", careless), instead(proofs, "witnessed", careless):
        punch, made_ms = lived(shop, witness, wall_off_ms=50 * MINUTE_MS)
    wrong_ms = abs(to_ms(punch.taken_at) - made_ms)
    assert punch.grade == "bounded" and wrong_ms > MINUTE_MS, "which the tests above would not accept"


def test_a_witness_only_ever_confirms() -> None:
    wide = TimeTaken(1_000_000, 0, 10_000_000, "unverified")
    assert witnessed(wide, (900_000, 1_100_000)) == TimeTaken(1_000_000, 900_000, 1_100_000, "bounded")
    for witness in ((1_100_000, 1_200_000), (0, 999_999), (0, 5_000_000), None):
        assert witnessed(wide, witness) == wide, "elsewhere, too wide, or nobody"
    exact = TimeTaken(5, 0, 10, "exact")
    assert witnessed(exact, (6, 7)) == exact
    assert made_before_seen((600_000, 660_000))[1] == 660_000
    punch, proof = (Stamp(wall=0, boot=boot, bid="b", tz=480) for boot in (1_000, 61_000))
    assert made_before_code(punch, proof, (90_000, 120_000)) == (30_000, 60_000)
    other = Stamp(wall=0, boot=61_000, bid="c", tz=480)
    assert made_before_code(punch, other, (0, 1)) is None and made_before_code(proof, punch, (0, 1)) is None
    assert made_before_code(punch, proof, None) is None and made_before_code(None, proof, (0, 1)) is None
