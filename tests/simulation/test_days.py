"""Small runs of the whole: the real client core, the real server in its own process, and faults that must be found."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from mobile.core.app_core import AppCore
from mobile.core.views import Refused, SyncOutcome
from simulation import schemes
from simulation.clocks import MIDNIGHT_MS
from simulation.hq import Hq
from simulation.reckoning import Reckoning
from simulation.run import Plan, Result, simulate
from simulation.schemes import Scheme
from simulation.table import table_of
from simulation.weather import Traffic
from tests.support.planted import instead

pytestmark = pytest.mark.slow


class Deaf(Hq):
    """HQ's desk without a server: whatever is asked is done."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def do(self, path: str, operation: object) -> dict[str, object]:
        self.asked.append(path)
        return {}


def lived(people: int = 10, days: int = 1, fault: str | None = None, **more: object) -> Result:
    plan = Plan(people=people, days=days, seed=11, say=lambda _: None, **more)  # type: ignore[arg-type]
    if fault is not None:
        plan.serve = [sys.executable, "-m", "tests.simulation.faulty_server", fault, "{port}"]
    return simulate(plan)


def test_days_with_everything_that_goes_wrong_lose_double_and_refuse_nothing() -> None:
    """Two days, a kill -9 and a restored backup among them; every cheat of every class is asked about or reviewed."""
    result = lived(people=24, days=2)
    found = result.reckoning
    assert found.complaints == []
    assert found.made == found.with_hq > 80
    assert sum(sum(counts.values()) for counts in found.cheats.values()) >= 12
    assert all(counts["green"] == 0 for counts in found.cheats.values())
    assert "server restored from a backup" in result.table
    assert "lost 0, doubled 0, refused honest people 0" in result.table


def test_cheats_of_many_days_become_cases() -> None:
    """A working week of a handful of people, four schemes among them and nothing else."""
    good = lived(people=8, days=5, classes=(), kills=0, restore=False)
    assert good.reckoning.complaints == []
    planted = ["code_relay", "one_phone", "pairs", "same_coordinates"]
    assert sorted(good.reckoning.schemes) == [(kind, True) for kind in planted]
    assert "Cheats of many days" in good.table


def test_a_look_that_misses_a_scheme_or_sees_the_wrong_people_is_found_out() -> None:
    planted = [Scheme("pairs", frozenset("ab")), Scheme("same_coordinates", frozenset("c"))]
    row = {"kind": "pairs", "people": ["b", "a"]}
    for cases, missed in (([row], ["same_coordinates"]), ([{**row, "people": ["a", "x"]}], ["pairs", "same_coordinates"])):
        with instead(schemes, "_FOUND_WITHIN_S", 0.0), instead(schemes, "paged", lambda *_, cases=cases, **more: cases):
            found = Reckoning(schemes=[(s.kind, seen) for s, seen in schemes.look_up(Deaf(), planted, MIDNIGHT_MS)])
        assert found.complaints == [f"a scheme of many days is no case: {kind}" for kind in missed]
        assert "pairs" in table_of(found, Counter(), Traffic(), wall_s=0, title="t")


def test_a_server_that_drops_punches_is_found_out() -> None:
    found = lived(fault="drops", kills=0).reckoning
    assert len(found.lost) >= found.made // 4
    assert found.doubled == []


def test_a_server_that_believes_everybody_is_found_out() -> None:
    found = lived(fault="believes", kills=0).reckoning
    assert found.green_cheats
    assert found.lost == []


def test_a_server_that_trusts_wall_clocks_is_found_out() -> None:
    found = lived(people=16, fault="trusts", kills=0).reckoning
    assert found.wrong_times


def test_a_client_that_tries_again_under_a_new_name_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a client without operation ids does when it hears no answer: the same act once more."""
    honest = AppCore.sync_once

    def forgetful(core: AppCore) -> SyncOutcome:
        outcome = honest(core)
        if (
            not outcome.reached
            and core.enrolment is not None
            and core.enrolment.kind == "phone"
            and core.sync_state().waiting == 1
        ):
            try:
                core.punch(kind="in")
            except Refused as refused:
                assert refused.said.code == "client.no_store"
        return outcome

    monkeypatch.setattr(AppCore, "sync_once", forgetful)
    found = lived(people=12, kills=0).reckoning
    assert found.doubled
