"""Nothing goes unexplained: every verdict has reasons, every reason a sentence and a next step, whatever the facts."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.evidence import (
    DEFAULT,
    DeviceStanding,
    ExtraStep,
    KioskStep,
    PunchFacts,
    Reason,
    Travel,
    Verdict,
    Weights,
    judge_punch,
)
from contract.geo import Place, PlaceProblem
from contract.messages import LANGUAGES, catalogue
from contract.moments import Grade
from contract.wire import decode, encode
from tests.contract.evidence_cases import AT_THE_STORE, HONEST, place_at

CODES = ("fresh", "late", "reused", "invalid", "none", "countersigned")
PLACES = [
    place_at(0),
    place_at(140, 60),
    place_at(165, 60),
    place_at(500, 60),
    place_at(220, 60),
    place_at(500, 61),
    place_at(400, 2_000),
    *(Place(verdict="no_fix", problem=problem) for problem in get_args(PlaceProblem)),
]


def codes_there_are() -> dict[str, Reason]:
    """One reason of every code the judge can give."""
    found: dict[str, Reason] = {}
    fast, impossible = Travel(500_000, (10, 10), 3_600), Travel(5_000_000, (10, 10), 3_600)
    for place, code, device, kiosk in product(
        PLACES,
        CODES,
        get_args(DeviceStanding),
        get_args(KioskStep),
    ):
        for travel, odd in ((None, False), (fast, True), (impossible, True)):
            facts = PunchFacts(
                place=place,
                code=code,
                device=device,
                kiosk=kiosk,
                travel=travel,
                store_wifi_seen=odd,
                same_device_other_person_today=odd,
                mock=odd,
                wall_off_anchor_s=900 if odd else None,
                tablet_alive_that_hour=True,
                time_grade="unverified" if odd else "exact",
                posted_here=not odd,
                garbled=("fix",) if odd else (),
            )
            found.update({reason.code: reason for reason in judge_punch(facts).reasons})
    for extra in get_args(ExtraStep):
        found.update({reason.code: reason for reason in judge_punch(replace(HONEST, extra=extra)).reasons})
    unsure = msgspec.structs.replace(DEFAULT, prior=0)
    lonely = judge_punch(replace(HONEST, tablet_alive_that_hour=False, code="none"), unsure)
    found.update({reason.code: reason for reason in lonely.reasons})
    return found


def test_every_reason_has_a_sentence_and_a_next_step_in_both_languages() -> None:
    reasons = codes_there_are()
    written = {
        f"evidence.{key}"
        for key in (name.removeprefix("evidence.") for name in catalogue("en") if name.startswith("evidence."))
        if not key.endswith("_next")
    }
    verdicts = {"evidence.green", "evidence.ask", "evidence.review"}
    assert {code for code in reasons if code.startswith("evidence.")} == written - verdicts  # none missing, none idle
    assert {f"place.{problem}" for problem in get_args(PlaceProblem)} <= set(reasons)
    for language in LANGUAGES:
        sentences = catalogue(language)
        for reason in reasons.values():
            said = sentences[reason.code].format(**reason.facts)
            assert said and not re.search(r"[{}]", said)
            assert sentences[reason.next_step]
        assert verdicts <= sentences.keys()


def test_both_languages_name_the_same_facts() -> None:
    zh, en = catalogue("zh"), catalogue("en")
    for key in [key for key in en if key.split(".")[0] in ("evidence", "place", "fence")]:
        assert sorted(re.findall(r"{(\w+)}", zh[key])) == sorted(re.findall(r"{(\w+)}", en[key])), key
        assert re.search(r"[\u4e00-\u9fff]", zh[key]), key


def test_where_nothing_speaks_against_a_punch_and_too_little_for_it_that_is_said() -> None:
    """Points of nought are not a reason against: a possible place still leaves the question open."""
    unsure = msgspec.structs.replace(DEFAULT, prior=0)
    for place in (AT_THE_STORE, place_at(165, 60)):
        judged = judge_punch(replace(HONEST, place=place, code="none", tablet_alive_that_hour=False), unsure)
        assert judged.verdict != "green"
        assert judged.reasons[0].points_db == 0
        assert "evidence.too_little" in [reason.code for reason in judged.reasons]


NUMBERS = st.one_of(st.integers(), st.floats(), st.sampled_from([0, 2**63, -(10**30)]))
ANY_PLACE = st.one_of(
    st.sampled_from(PLACES),
    st.builds(
        Place,
        verdict=st.sampled_from(["inside", "uncertain", "outside", "no_fix"]),
        p_inside_pm=st.none() | st.integers(0, 1000),
        distance_m=st.none() | st.integers(0, 20_000_000),
        accuracy_m=st.none() | st.integers(0, 10_000),
        far_outside=st.booleans(),
        problem=st.none() | st.sampled_from(get_args(PlaceProblem)),
    ),
)
ANY_FACTS = st.builds(
    PunchFacts,
    place=ANY_PLACE,
    code=st.sampled_from(CODES),
    store_wifi_seen=st.booleans(),
    device=st.sampled_from(get_args(DeviceStanding)),
    same_device_other_person_today=st.booleans(),
    mock=st.none() | st.booleans(),
    travel=st.none() | st.builds(Travel, st.floats(), st.tuples(st.floats(), st.floats()), st.floats()),
    wall_off_anchor_s=st.none() | NUMBERS,
    kiosk=st.sampled_from(get_args(KioskStep)),
    tablet_alive_that_hour=st.booleans(),
    time_grade=st.sampled_from(get_args(Grade)),
    low_ms=st.integers(),
    high_ms=st.integers(),
    posted_here=st.booleans(),
    garbled=st.lists(st.text(), max_size=3).map(tuple),
)
ANY_WEIGHTS = st.builds(
    lambda prior, line, span, bound: msgspec.structs.replace(
        DEFAULT, prior=prior, green_from=line, green_from_with_tablet=line + 8, ask_span=span, device_bound=bound
    ),
    st.integers(0, 60),
    st.integers(-90, 90),
    st.integers(0, 60),
    st.integers(0, 60),
)


@pytest.mark.slow
@given(ANY_FACTS, ANY_WEIGHTS)
def test_any_facts_get_a_verdict_that_can_be_sent_and_explained(facts: PunchFacts, weights: Weights) -> None:
    judged = judge_punch(facts, weights)
    assert judged.verdict in ("green", "ask", "review")
    assert judged == judge_punch(facts, weights)
    assert decode(encode(judged), Verdict) == judged
    for reason in judged.reasons:
        assert reason.code in catalogue("zh") and reason.next_step in catalogue("en")
    if judged.verdict != "green":
        first = judged.reasons[0]
        assert first.points_db <= 0, "the first reason must say what is missing or wrong"
        assert "Nothing to do" not in catalogue("en")[first.next_step]


@given(ANY_FACTS)
def test_one_more_good_proof_never_makes_it_worse(facts: PunchFacts) -> None:
    severity = ("green", "ask", "review")
    before = severity.index(judge_punch(facts).verdict)
    proofs: list[dict[str, object]] = [{"store_wifi_seen": True}, {"place": AT_THE_STORE}, {"code": "countersigned"}]
    if facts.code != "countersigned":
        proofs.append({"code": "fresh"})
    for proof in proofs:
        assert severity.index(judge_punch(replace(facts, **proof)).verdict) <= before  # type: ignore[arg-type]
