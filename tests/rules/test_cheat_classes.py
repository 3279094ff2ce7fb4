"""Each way to cheat of docs/concepts/evidence.md, planted: it ends as ask or review with its reason, or, where no one punch can
show it, as a case. What stays green is said here as openly as in the docs."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from contract.evidence import DEFAULT, PunchFacts, Travel, judge_punch
from contract.geo import Place
from contract.phone_code import is_in_time
from server.attendance import rules_cases as cases
from simulation.crowd import DAY, SECOND
from tests.contract.evidence_cases import AT_THE_STORE, AWAY_2_KM, HONEST, KIOSK, NO_FIX, WITHOUT_CODE
from tests.rules.test_case_rules import MONDAY, days, punch

MINUTE_MS = 60_000


@pytest.mark.parametrize(
    ("cheat", "verdict", "reason", "facts"),
    [
        ("mock location app", "ask", "evidence.mock_location", replace(HONEST, mock=True)),
        ("mock location app, no code", "review", "evidence.mock_location", replace(WITHOUT_CODE, mock=True)),
        ("root hides the flag, store with a tablet", "ask", "evidence.code_missing", WITHOUT_CODE),
        ("at home, two kilometres away", "review", "evidence.place_outside", replace(WITHOUT_CODE, place=AWAY_2_KM)),
        ("position switched off at home", "ask", "place.no_fix", replace(WITHOUT_CODE, place=NO_FIX)),
        (
            "clock set back, rebooted twice", "review", "evidence.time_unverified",
            replace(HONEST, time_grade="unverified", low_ms=0, high_ms=4 * 3_600_000),
        ),
        ("shared phone, app clone", "review", "evidence.device_shared", replace(HONEST, same_device_other_person_today=True)),
        ("on a colleague's phone in my name", "review", "evidence.device_of_another_person",
         replace(HONEST, device="of_another_person")),
        ("stolen phone", "review", "evidence.device_revoked", replace(HONEST, device="revoked")),
        ("late photo of the code", "ask", "evidence.code_late", replace(HONEST, code="late")),
        ("code used twice", "ask", "evidence.code_reused", replace(HONEST, code="reused")),
        ("code that never was", "ask", "evidence.code_invalid", replace(HONEST, code="invalid")),
        ("cloned access point at home", "ask", "evidence.place_outside",
         replace(WITHOUT_CODE, place=AWAY_2_KM, store_wifi_seen=True)),
        ("two cities in half an hour", "ask", "evidence.travel_impossible",
         replace(WITHOUT_CODE, travel=Travel(1_067_000, (10, 10), 1_800))),
        ("somebody else at the tablet, drawn", "ask", "evidence.extra_open", replace(KIOSK, extra="open")),
    ],
)  # fmt: skip
def test_the_cheat_ends_as_ask_or_review_with_its_reason(cheat: str, verdict: str, reason: str, facts: PunchFacts) -> None:
    judged = judge_punch(facts)
    assert (judged.verdict, reason in {one.code for one in judged.reasons}) == (verdict, True), (cheat, judged)


def test_the_measure_above_finds_weights_that_believe_a_mock() -> None:
    """The control: with weights that lose their sting the same cheats pass."""
    blunt = msgspec.structs.replace(DEFAULT, code_late=0, device_not_bound=0, travel_impossible=0, travel_fast=0, ask_span=1)
    assert judge_punch(replace(HONEST, code="late"), msgspec.structs.replace(blunt, green_from_with_tablet=24)).verdict == "green"


def test_vpn_and_ip_address_are_no_evidence_at_all() -> None:
    """Mobile networks share addresses: what is not judged cannot be faked."""
    assert not [name for name in PunchFacts.__dataclass_fields__ if "ip" in name.split("_") or "vpn" in name]


def test_a_photo_of_the_phone_s_own_code_is_late_after_minutes() -> None:
    wall = 1_780_290_000_000
    taken, soon = (wall, wall), (wall + 60_000, wall + 60_000)
    late = (wall + 20 * MINUTE_MS, wall + 20 * MINUTE_MS)
    assert is_in_time(minute=wall // MINUTE_MS + 1, wall_ms=wall, taken_ms=taken, seen_ms=soon)
    assert not is_in_time(minute=wall // MINUTE_MS + 1, wall_ms=wall, taken_ms=taken, seen_ms=late)
    assert not is_in_time(minute=wall // MINUTE_MS + 9, wall_ms=wall, taken_ms=taken, seen_ms=soon)
    assert not is_in_time(minute=wall // MINUTE_MS, wall_ms=None, taken_ms=taken, seen_ms=soon)


# what no single punch can show


def test_stated_openly_a_buddy_who_holds_my_phone_is_green_each_time_and_a_case_after_days() -> None:
    assert judge_punch(HONEST).verdict == "green"
    assert [found.kind for found in cases.pairs(days(8, lambda day: 9 * SECOND))] == ["pairs"]


def test_stated_openly_a_hidden_mock_without_a_tablet_is_green_and_its_repeated_point_is_a_case() -> None:
    assert judge_punch(replace(WITHOUT_CODE, tablet_alive_that_hour=False)).verdict == "green"
    traces = [punch("a", MONDAY + day * DAY, position=(312_304_000, 1_214_737_000), accuracy_m=10.0) for day in range(5)]
    assert [found.kind for found in cases.same_coordinates(traces)] == ["same_coordinates"]


def test_stated_openly_a_code_relayed_live_is_green_and_the_same_follower_each_day_is_a_case() -> None:
    assert judge_punch(replace(HONEST, place=AT_THE_STORE)).verdict == "green"
    relayed = [
        replace(trace, code=("tablet", (trace.at_ms - (40 * SECOND if trace.person_id == "b" else 0)) // 30_000))
        for trace in days(8, lambda day: 40 * SECOND)
    ]
    assert [found.people for found in cases.followers(relayed)] == [("a", "b")]


def test_stated_openly_a_clock_set_back_is_green_because_the_anchored_time_counts() -> None:
    judged = judge_punch(replace(HONEST, wall_off_anchor_s=-7_200))
    assert judged.verdict == "green" and "evidence.clock_off" in {one.code for one in judged.reasons}


def test_an_impossible_way_shows_on_a_tablet_too_where_no_position_is_sent() -> None:
    """A PIN that two people know: no fix at all on a tablet, so only the two stores tell."""
    assert isinstance(KIOSK.place, Place) and judge_punch(KIOSK).verdict == "green"
    there = punch("a", MONDAY + 20 * MINUTE_MS, by_kiosk=True, position=(399_087_000, 1_163_975_000), accuracy_m=200.0)
    here = punch("a", MONDAY, by_kiosk=True, position=(312_304_000, 1_214_737_000), accuracy_m=200.0)
    assert [found.kind for found in cases.travel([here, there])] == ["travel"]
