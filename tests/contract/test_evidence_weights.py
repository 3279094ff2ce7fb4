"""Weights are data: versioned, refused when they contradict themselves, and never changed without seeing whom it hurts."""

from __future__ import annotations

import json

import msgspec
import pytest

from contract.evidence import DEFAULT, Weights, judge_punch, read_weights
from contract.wire import Malformed, encode
from tests.contract.evidence_cases import GOLDEN, HONEST, golden


def test_the_golden_file_shows_what_every_weight_does_to_people() -> None:
    """A change that is meant: `python -m tests.contract.evidence_cases`, and read the difference."""
    assert golden() == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [field for field in Weights.__struct_fields__ if field != "version"])
def test_no_weight_changes_unseen(name: str) -> None:
    """Each weight and line, moved by one, changes the golden file beyond its own line: a case depends on it, or the
    line itself is printed. Weights that move no case are only thresholds between two measured values."""
    moved = msgspec.structs.replace(DEFAULT, **{name: getattr(DEFAULT, name) + 1})
    assert golden(moved) != golden()
    thresholds = {"sure_from_pm", "likely_from_pm", "possible_from_pm", "precise_to_m", "impossible_from_kmh"}
    thresholds |= {"fast_from_kmh", "clock_off_from_s", "ask_span", "ask_within_min"}
    unmoved = {"place_likely", "place_possible", "place_unlikely", "place_blurred_outside"}
    if name not in thresholds | unmoved:
        assert json.loads(golden(moved))["cases"] != json.loads(golden())["cases"]


def test_weights_travel_as_json_and_keep_their_version() -> None:
    raw = encode(msgspec.structs.replace(DEFAULT, version=2, code_fresh=12))
    weights = read_weights(raw)
    assert weights.code_fresh == 12
    assert judge_punch(HONEST, weights).weights_version == 2
    assert judge_punch(HONEST).weights_version == 1
    assert read_weights(b"{}") == DEFAULT


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ('{"mock_location": 20}', "mock_location"),
        ('{"code_fresh": -1}', "code_fresh"),
        ('{"code_fresh": 1e9}', "code_fresh"),
        ('{"code_fresh": "15"}', "code_fresh"),
        ('{"code_fresh": 19}', "code_countersigned"),
        ('{"place_likely": 7}', "place_sure"),
        ('{"place_possible": 4}', "place_likely"),
        ('{"place_possible": -2}', "place_possible"),
        ('{"place_outside": -2}', "place_outside"),
        ('{"possible_from_pm": 501}', "likely_from_pm"),
        ('{"likely_from_pm": 901}', "sure_from_pm"),
        ('{"kiosk_pin": 11}', "kiosk_pin_and_photo"),
        ('{"fast_from_kmh": 1001}', "impossible_from_kmh"),
        ('{"travel_fast": -13}', "travel_impossible"),
        ('{"green_from": 33}', "green_from_with_tablet"),
        ('{"always_green": 1}', "always_green"),
    ],
)
def test_weights_that_contradict_themselves_are_refused_by_name(raw: str, field: str) -> None:
    with pytest.raises(Malformed) as refused:
        read_weights(raw)
    assert refused.value.field == field
