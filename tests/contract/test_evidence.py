"""What a punch is worth: the table, the cheats, what no score outweighs, and that nothing ever goes unexplained."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from dataclasses import fields, replace

import msgspec
import pytest

import contract.attendance  # registers the operations of a punch
from contract.evidence import (
    DEFAULT,
    PunchFacts,
    Reason,
    Travel,
    judge_punch,
    travel_between,
)
from contract.geo import Place, fix_from_reading
from contract.wire import OPERATIONS, Malformed, decode
from tests.contract.evidence_cases import CASES, HONEST, KIOSK, NO_FIX, place_at
from tests.support.shared_data import ROOT

PLAIN = PunchFacts(place=NO_FIX, device="unknown")  # 20 - 1 - 6: nothing speaks for or against
PLAIN_DB = 13


def points(facts: PunchFacts) -> dict[str, int]:
    return {reason.code: reason.points_db for reason in judge_punch(facts).reasons}


# the table


@pytest.mark.parametrize(
    ("changed", "code", "points_db"),
    [
        ({"place": place_at(0)}, "evidence.place_sure", 6),
        ({"place": place_at(140, 60)}, "evidence.place_likely", 3),
        ({"place": place_at(165, 60)}, "evidence.place_possible", 0),
        ({"place": place_at(500, 60)}, "evidence.place_outside", -12),
        ({"place": place_at(220, 60)}, "evidence.place_unlikely", -6),
        ({"place": place_at(500, 61)}, "evidence.place_blurred_outside", -4),
        ({"place": place_at(400, 2_000)}, "evidence.place_blurred", -1),
        ({"place": NO_FIX}, "place.no_fix", -1),
        ({"place": Place(verdict="no_fix", problem="stale")}, "place.stale", -1),
        ({"code": "fresh"}, "evidence.code_fresh", 15),
        ({"code": "countersigned"}, "evidence.code_countersigned", 18),
        ({"code": "late"}, "evidence.code_late", -10),
        ({"code": "reused"}, "evidence.code_reused", -10),
        ({"store_wifi_seen": True}, "evidence.wifi_seen", 8),
        ({"device": "bound"}, "evidence.device_bound", 4),
        ({"device": "unknown"}, "evidence.device_unknown", -6),
        ({"same_device_other_person_today": True}, "evidence.device_shared", -12),
        ({"mock": True}, "evidence.mock_location", -20),
        ({"wall_off_anchor_s": 301}, "evidence.clock_off", -8),
        ({"wall_off_anchor_s": -301.0}, "evidence.clock_off", -8),
        ({"wall_off_anchor_s": -301.0, "wall_off_before": True}, "evidence.clock_off", 0),
        ({"kiosk": "pin"}, "evidence.kiosk_pin", 2),
        ({"kiosk": "pin_and_photo"}, "evidence.kiosk_pin_and_photo", 10),
    ],
)
def test_each_row_of_the_table_moves_the_score_by_its_points(changed: dict[str, object], code: str, points_db: int) -> None:
    facts = replace(PLAIN, **changed)  # type: ignore[arg-type]
    judged = judge_punch(facts)
    assert points(facts)[code] == points_db
    assert judged.score_db == 20 + sum(reason.points_db for reason in judged.reasons)


@pytest.mark.parametrize(
    ("p_pm", "accuracy_m", "points_db"),
    [
        (1000, 60, 6),
        (900, 60, 6),
        (899, 60, 3),
        (500, 60, 3),
        (499, 60, 0),
        (200, 60, 0),
        (199, 60, -12),
        (199, 61, -4),
        (0, 1, -12),
    ],
)
def test_each_line_between_likely_and_unlikely_is_exactly_where_the_table_says(
    p_pm: int, accuracy_m: int, points_db: int
) -> None:
    place = Place(verdict="uncertain", p_inside_pm=p_pm, distance_m=1, accuracy_m=accuracy_m, far_outside=True)
    assert judge_punch(replace(PLAIN, place=place)).score_db == 20 + points_db - 6


@pytest.mark.parametrize(
    "changed", [{"mock": None}, {"mock": False}, {"wall_off_anchor_s": 300}, {"wall_off_anchor_s": None}, {"travel": None}]
)
def test_what_is_not_known_or_not_wrong_moves_nothing(changed: dict[str, object]) -> None:
    assert judge_punch(replace(PLAIN, **changed)).score_db == PLAIN_DB  # type: ignore[arg-type]


@pytest.mark.parametrize(("kmh", "points_db"), [(0, 0), (350, 0), (351, -4), (999, -4), (1_000, -4), (1_001, -12), (40_000, -12)])
def test_travel_is_weighed_by_the_speed_that_is_certain(kmh: int, points_db: int) -> None:
    """Twice both blurs are taken off before anybody is called impossible."""
    accuracies_m = (100.0, 400.0)
    travel = Travel(distance_m=kmh * 1000 / 2 + 2 * 500, accuracies_m=accuracies_m, elapsed_s=1_800)
    assert judge_punch(replace(PLAIN, travel=travel)).score_db == PLAIN_DB + points_db


@pytest.mark.parametrize(
    ("distance_m", "elapsed_s", "impossible"),
    [
        (1_000.0, 0.0, False),
        (1_500.0, 0.0, True),
        (5_000.0, -30.0, True),
        (math.nan, 5.0, False),
        (math.inf, 5.0, False),
        (1e308, 5.0, False),
    ],
)
def test_travel_in_no_time_or_with_nonsense_does_not_break_the_judge(
    distance_m: float, elapsed_s: float, impossible: bool
) -> None:
    travel = Travel(distance_m=distance_m, accuracies_m=(250, 250), elapsed_s=elapsed_s)
    assert ("evidence.travel_impossible" in points(replace(PLAIN, travel=travel))) is impossible


def test_travel_between_two_fixes_uses_the_true_distance() -> None:
    shanghai = fix_from_reading(31.230416, 121.473701, 20.0, age_ms=0)
    beijing = fix_from_reading(39.904202, 116.407394, 35.5, age_ms=0)
    travel = travel_between(shanghai, beijing, 3_600)
    assert travel is not None
    assert travel.distance_m == pytest.approx(1_065_853, abs=2_000)
    assert travel.accuracies_m == (20.0, 35.5)
    useless = fix_from_reading(0.0, 0.0, 20.0, age_ms=0)
    for one, other in ((None, beijing), (shanghai, None), (useless, beijing), (shanghai, useless)):
        assert travel_between(one, other, 3_600) is None


def test_an_old_fix_says_where_somebody_was_and_its_age_is_time_for_the_way() -> None:
    shanghai = fix_from_reading(31.230416, 121.473701, 20.0, age_ms=600_000)
    beijing = fix_from_reading(39.904202, 116.407394, 35.5, age_ms=0)
    travel = travel_between(shanghai, beijing, 3_600)
    assert travel is not None and travel.elapsed_s == 4_200
    assert travel_between(beijing, shanghai, 3_600) is None  # where the receiver saw them last is not where they are now


# the lines


@pytest.mark.parametrize(
    ("tablet", "score_db", "verdict"),
    [
        (False, 24, "green"),
        (False, 23, "ask"),
        (False, 10, "ask"),
        (False, 9, "review"),
        (True, 32, "green"),
        (True, 31, "ask"),
        (True, 18, "ask"),
        (True, 17, "review"),
    ],
)
def test_green_needs_24_or_32_where_the_tablet_was_alive_and_ask_reaches_14_below(
    tablet: bool, score_db: int, verdict: str
) -> None:
    weights = msgspec.structs.replace(DEFAULT, prior=score_db - PLAIN_DB + 20)
    judged = judge_punch(replace(PLAIN, tablet_alive_that_hour=tablet), weights)
    assert (judged.score_db, judged.verdict) == (score_db, verdict)
    assert judged.green_from_db == (32 if tablet else 24)


def test_a_punch_made_on_the_tablet_is_not_asked_for_the_tablets_code() -> None:
    assert judge_punch(KIOSK).green_from_db == 24
    assert judge_punch(replace(KIOSK, kiosk="none")).green_from_db == 32


@pytest.mark.parametrize("name", list(CASES))
def test_honest_people_and_cheats_get_the_verdict_the_design_promises(name: str) -> None:
    verdict, facts = CASES[name]
    assert judge_punch(facts).verdict == verdict


def test_the_scores_of_the_designs_cheats_are_its_own() -> None:
    """score.py of the design, by hand: what each cheat collects."""
    scores = {name: judge_punch(facts).score_db for name, (_, facts) in CASES.items()}
    assert scores["mock app, flag shown"] == 20 + 6 - 20 + 4
    assert scores["rooted, flag hidden, exact centre"] == 20 + 6 + 4
    assert scores["rooted and impossible travel"] == 20 + 6 + 4 - 12
    assert scores["GPS off at home"] == 20 - 1 + 4
    assert scores["late photo of the code"] == 20 + 6 + 4 - 10
    assert scores["buddy's own phone in the store"] == 20 + 6 + 15 + 8 - 12 - 6
    assert scores["code relayed live, mock hidden"] == 20 + 6 + 4 + 15
    assert scores["buddy holds my phone"] == 20 + 6 + 15 + 8 + 4
    assert scores["clock set back two hours"] == 20 + 6 + 15 + 4 - 8


# what no score outweighs

BEST = replace(HONEST, code="countersigned", store_wifi_seen=True)


@pytest.mark.parametrize(
    ("changed", "code", "verdict"),
    [
        ({"same_device_other_person_today": True}, "evidence.device_shared", "review"),
        ({"device": "of_another_person"}, "evidence.device_of_another_person", "review"),
        ({"device": "revoked"}, "evidence.device_revoked", "review"),
        ({"posted_here": False}, "evidence.not_posted_here", "review"),
        ({"time_grade": "unverified"}, "evidence.time_unverified", "review"),
        ({"mock": True}, "evidence.mock_location", "ask"),
        ({"garbled": ("fix",)}, "evidence.garbled", "ask"),
    ],
)
def test_some_things_are_looked_at_however_good_the_rest_is(changed: dict[str, object], code: str, verdict: str) -> None:
    assert judge_punch(BEST).verdict == "green"
    weights = msgspec.structs.replace(DEFAULT, prior=60)
    judged = judge_punch(replace(BEST, **changed), weights)  # type: ignore[arg-type]
    assert judged.score_db >= judged.green_from_db
    assert judged.verdict == verdict
    assert judged.reasons[0].code == code


def test_unverified_time_shows_its_interval() -> None:
    low_ms = 1_767_240_000_000
    judged = judge_punch(replace(BEST, time_grade="unverified", low_ms=low_ms, high_ms=low_ms + 95 * 60_000))
    assert judged.reasons[0].facts == {"low_ms": low_ms, "high_ms": low_ms + 95 * 60_000, "wide_min": 95}


NOON_MS = 1_767_240_000_000


@pytest.mark.parametrize(("open_ms", "verdict"), [(900_001, "ask"), (3_600_000, "ask"), (3_600_001, "review"), (9, "review")])
def test_an_hour_or_less_that_nobody_can_prove_is_asked_about_and_more_goes_to_a_manager(open_ms: int, verdict: str) -> None:
    """What is open is what can have been gained. Narrower than a provable one is what was said again: it proves nothing."""
    judged = judge_punch(replace(BEST, time_grade="unverified", low_ms=NOON_MS, high_ms=NOON_MS + open_ms))
    assert (judged.verdict, judged.reasons[0].code) == (verdict, "evidence.time_unverified")
    hard = msgspec.structs.replace(DEFAULT, ask_within_min=0)
    assert judge_punch(replace(BEST, time_grade="unverified", low_ms=0, high_ms=open_ms), hard).verdict == "review"


def test_bounded_time_costs_nothing() -> None:
    assert judge_punch(replace(HONEST, time_grade="bounded")) == judge_punch(HONEST)


def test_a_tablet_is_there_to_be_shared_and_a_phone_is_not() -> None:
    assert judge_punch(replace(KIOSK, same_device_other_person_today=True)) == judge_punch(KIOSK)
    assert judge_punch(replace(BEST, same_device_other_person_today=True)).verdict == "review"


def test_a_wrong_clock_of_the_tablet_is_told_and_costs_the_person_nothing() -> None:
    judged = judge_punch(replace(KIOSK, wall_off_anchor_s=7_200))
    assert judged.verdict == "green"
    assert Reason(code="evidence.clock_off", points_db=0, facts={"off_min": 120}) in judged.reasons


# what can never be


def test_no_operation_has_a_field_in_which_a_device_could_send_a_verdict() -> None:
    verdict_words = {"verdict", "score", "score_db", "points", "points_db", "reasons", "place", "p_inside_pm", "green"}
    verdict_words |= {field.name for field in fields(PunchFacts)} - {"code", "kiosk", "mock"}
    assert {"attendance.clock_in/1", "attendance.add_proof/1"} <= OPERATIONS.keys()
    for name in ("attendance.clock_in/1", "attendance.add_proof/1"):
        shape = OPERATIONS[name].shape
        assert not verdict_words & set(shape.__struct_fields__)
        with pytest.raises(Malformed):
            decode('{"store_id": "x", "verdict": "green"}', shape)
    assert contract.attendance.ClockIn.__struct_config__.forbid_unknown_fields


def test_the_judge_reads_no_clock_no_file_and_no_dice() -> None:
    """It is run on two sides years apart and must say the same. Loaded alone, it pulls in neither side."""
    program = (
        "import sys, contract.evidence\n"
        "assert not [m for m in sys.modules if m.split('.')[0] in ('server', 'mobile', 'flask', 'sqlalchemy', 'kivy')]\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
    for module in ("evidence", "geo", "geodesy", "likelihood", "fences", "datums", "store_code"):
        source = (ROOT / "contract" / f"{module}.py").read_text(encoding="utf-8")
        assert not re.search(r"^\s*(import|from) (time|datetime|random|secrets|os|pathlib|socket)\b", source, re.MULTILINE)
        assert "open(" not in source


def test_one_punch_is_judged_in_well_under_a_millisecond() -> None:
    import time

    facts, best_us = CASES["everything wrong at once"][1], math.inf
    for _ in range(10):
        start = time.perf_counter()
        for _ in range(50):
            judge_punch(facts)
        best_us = min(best_us, (time.perf_counter() - start) / 50 * 1e6)
    assert best_us < 150
