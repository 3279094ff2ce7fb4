""" "Kept" means kept, even if the battery is pulled now: the real client database on a disk that forgets."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mobile.core.app_core import AppCore
from mobile.core.views import Refused
from tests.power.pulled import Bench, Tally, connect_carelessly, connect_deaf
from tests.support.company import Company
from tests.support.fault_fs import battery
from tests.support.handset import Handset

CUTS = 20


@pytest.fixture
def bench(quick_folder: Path) -> Bench:
    return Bench(quick_folder)


def test_twenty_power_cuts_lose_nothing_that_was_kept(bench: Bench) -> None:
    rng, tally = random.Random(7), Tally()
    for n in range(CUTS):
        bench.pull(n, tally, torn=n % 2 == 1, after=rng.randrange(3, 40))
    assert tally.said == []
    assert (tally.lost, tally.corrupt) == (0, 0)
    assert tally.kept > 100 and tally.not_fsynced > 0, "the cuts came when nothing was on its way: they prove nothing"


def test_the_same_cuts_do_lose_punches_where_commits_are_not_fsynced(bench: Bench) -> None:
    tally = Tally()
    for n in range(3):
        bench.pull(100 + n, tally, torn=False, connect=connect_carelessly, after=30)
    assert tally.lost > 0, "this harness cannot see a loss"


def test_a_store_that_would_not_fsync_is_refused_at_the_start(bench: Bench, tmp_path: Path) -> None:
    company, _ = Company.from_copy(bench.folder / "copy", tmp_path / "server")
    phone = Handset.from_copy(company, bench.folder / "copy" / "phone", tmp_path / "phone", bench.about)
    phone.core.close()
    with pytest.raises(Refused, match=r"client\.store_unsafe"):
        AppCore(tmp_path / "phone", phone.world.ports(), "phone", connect=connect_deaf).start()
    company.close()


def test_a_full_disk_refuses_a_punch_before_anything_says_kept(bench: Bench, tmp_path: Path) -> None:
    """Both ways: the disk says that it is nearly full, and the disk says nothing and then fails in the middle."""
    company, _ = Company.from_copy(bench.folder / "copy", tmp_path / "server")
    behind = tmp_path / "phone"
    phone = Handset.from_copy(company, bench.folder / "copy" / "phone", behind, bench.about)
    phone.core.close()
    signals, space = phone.world.signals, phone.world.space
    with battery(behind, tmp_path / "seen", seed=1) as power:
        phone.folder = power.here
        phone.open()
        assert phone.punch() and signals.heard == ["kept"]
        space.free = 3 * 1024 * 1024
        with pytest.raises(Refused, match=r"client\.disk_full"):
            phone.core.punch()
        space.free = 2 * 1024**3
        power.tell("full")
        with pytest.raises(Refused, match=r"client\.disk_full"):
            phone.core.punch()
        assert signals.heard == ["kept"], "nothing was kept, so nothing may sound as if it was"
        power.tell("ok")
        assert phone.punch() and signals.heard == ["kept", "kept"]
        assert phone.sync()
        phone.core.close()
    assert len(company.punches()) == 2
    company.close()
