"""What a punch is worth: from facts to a score, a verdict and the reasons, in decibans.

Ten points mean ten times likelier honest; everybody starts at +20, ninety-nine honest in a hundred. `green` counts by
itself, `ask` wants one more proof that takes ten seconds, `review` goes to a named manager. All three are kept, signed
and paid until a person decides: nothing here refuses. The phone runs this for its preview with the facts it knows, the
server for the verdict; no shape on the wire has a field in which a device could send one. Why these weights:
`docs/concepts/evidence.md`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from msgspec import Meta

from contract.datums import Wgs84
from contract.geo import DEFAULT_LIMITS, Fix, FixLimits, Place, distance_m, fix_problem, geodesic_m
from contract.moments import NARROW_MS, Grade
from contract.store_code import CodeGrade
from contract.wire import Malformed, Wire, decode

VerdictName = Literal["green", "ask", "review"]
CodeSeen = CodeGrade | Literal["none", "countersigned"]
DeviceStanding = Literal["bound", "unknown", "of_another_person", "revoked"]
KioskStep = Literal["none", "pin", "pin_and_photo"]
ExtraStep = Literal["none", "open", "photo", "manager"]

_Gain = Annotated[int, Meta(ge=0, le=60)]
_Loss = Annotated[int, Meta(ge=-60, le=0)]
_PerMille = Annotated[int, Meta(ge=0, le=1000)]
_Line = Annotated[int, Meta(ge=-100, le=100)]
_Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class Weights(Wire, frozen=True, kw_only=True):
    """The weights and lines of one version, as data: a punch keeps the version it was judged by."""

    version: _Count = 1
    prior: _Gain = 20

    place_sure: _Gain = 6
    place_likely: _Gain = 3
    place_possible: _Line = 0
    place_outside: _Loss = -12
    place_unlikely: _Loss = -6
    place_blurred_outside: _Loss = -4
    place_blurred: _Loss = -1
    no_fix: _Loss = -1
    sure_from_pm: _PerMille = 900
    likely_from_pm: _PerMille = 500
    possible_from_pm: _PerMille = 200
    precise_to_m: _Count = 60

    code_fresh: _Gain = 15
    code_countersigned: _Gain = 18
    code_late: _Loss = -10
    code_reused: _Loss = -10
    code_invalid: _Loss = -10
    wifi_seen: _Gain = 8

    device_bound: _Gain = 4
    device_not_bound: _Loss = -6
    device_shared: _Loss = -12
    mock_location: _Loss = -20

    travel_impossible: _Loss = -12
    travel_fast: _Loss = -4
    impossible_from_kmh: _Count = 1000
    fast_from_kmh: _Count = 350

    clock_off: _Loss = -8
    clock_off_from_s: _Count = 300
    kiosk_pin: _Gain = 2
    kiosk_pin_and_photo: _Gain = 10
    extra_given: _Gain = 10

    green_from: _Line = 24
    green_from_with_tablet: _Line = 32
    ask_span: _Gain = 14
    ask_within_min: _Count = 60


DEFAULT: Final = Weights()


@dataclass(frozen=True, slots=True)
class Travel:
    """From this person's last punch with a fix to this one. `elapsed_s` is the longest it can have taken."""

    distance_m: float
    accuracies_m: tuple[float, float]
    elapsed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PunchFacts:
    """All that is looked at. Each field is established by the server, or by the phone for its preview."""

    place: Place
    code: CodeSeen = "none"
    store_wifi_seen: bool = False
    device: DeviceStanding = "bound"
    same_device_other_person_today: bool = False
    mock: bool | None = None  # None: the platform does not say, which is no evidence either way
    travel: Travel | None = None
    wall_off_anchor_s: float | None = None  # how far outside the interval of its time; None: nothing to compare with
    wall_off_before: bool = False  # by just that in an exchange before the punch, and its time is exact
    kiosk: KioskStep = "none"
    extra: ExtraStep = "none"  # whether the store's draw asked this punch for more, and what came of it
    tablet_alive_that_hour: bool = False
    time_grade: Grade = "exact"
    low_ms: int = 0
    high_ms: int = 0
    posted_here: bool = True
    garbled: tuple[str, ...] = ()  # fields that did not fit their shape and were left out


class Reason(Wire, frozen=True, kw_only=True):
    """One piece of evidence: the key of its sentence, what it moved, and the facts the sentence names."""

    code: str
    points_db: int = 0
    facts: dict[str, int | str] = {}

    @property
    def next_step(self) -> str:
        """The key of the sentence that tells the person what to do about it."""
        return self.code + "_next"


class Verdict(Wire, frozen=True, kw_only=True):
    """The judgment, with the line it had to reach. Reasons: what forces or lowers it first, what speaks for it last."""

    verdict: VerdictName
    score_db: int
    green_from_db: int
    reasons: tuple[Reason, ...]
    weights_version: int


_LEAST: Final[dict[str, VerdictName]] = {
    "evidence.device_shared": "review",
    "evidence.device_of_another_person": "review",
    "evidence.device_revoked": "review",
    "evidence.extra_open": "ask",
    "evidence.mock_location": "ask",  # a made-up position beside a true code is still to be explained
}
_FARTHEST_M: Final = 20_100_000.0  # no two places on earth are farther apart
_SEVERITY: Final[dict[str, int]] = {"green": 0, "ask": 1, "review": 2}


def judge_punch(facts: PunchFacts, weights: Weights = DEFAULT) -> Verdict:
    """Score, verdict and reasons of one punch. Pure: the same facts and weights always give the same answer."""
    reasons = [
        *_judge_place(facts.place, weights),
        *_judge_code(facts, weights),
        *_judge_device(facts, weights),
        *_judge_travel(facts.travel, weights),
        *_judge_clock(facts, weights),
    ]
    score = weights.prior + sum(reason.points_db for reason in reasons)
    # The tablet raises the line because a phone beside it could have read its code. A punch made on it could not.
    with_tablet = facts.tablet_alive_that_hour and facts.kiosk == "none"
    green_from = weights.green_from_with_tablet if with_tablet else weights.green_from
    earned: VerdictName = "green" if score >= green_from else "ask" if score >= green_from - weights.ask_span else "review"
    forced = _judge_what_no_score_outweighs(facts, reasons, weights)
    reasons += (reason for reason, _ in forced if reason not in reasons)
    verdict = max([earned, *(least for _, least in forced)], key=_SEVERITY.__getitem__)
    weighed_down = any(reason.points_db < 0 for reason in reasons) or bool(forced)
    if verdict != "green" and with_tablet and facts.code == "none":
        reasons.append(Reason(code="evidence.code_missing"))
    elif verdict != "green" and not weighed_down:
        reasons.append(Reason(code="evidence.too_little"))
    forcing = {reason.code for reason, _ in forced}
    reasons.sort(key=lambda reason: (reason.code not in forcing, reason.points_db))
    return Verdict(
        verdict=verdict,
        score_db=score,
        green_from_db=green_from,
        reasons=tuple(reasons),
        weights_version=weights.version,
    )


_UNHURRIED_M_PER_S = 20.0  # 72 km/h: far below the thresholds; with weights lower than this a way is up to 6 % too long


def travel_between(
    earlier: Fix | None, later: Fix | None, elapsed_s: float, *, limits: FixLimits = DEFAULT_LIMITS
) -> Travel | None:
    """The way between two fixes of one person; None where either says nothing about a place.

    `elapsed_s` runs from punch to punch. The earlier fix may be old: it says where somebody was when it was taken, so its age
    is time they had for the way. An old later fix says nothing: who has just come in cannot be where the receiver last saw them.
    """
    if earlier is None or later is None or fix_problem(earlier, limits) not in (None, "stale") or fix_problem(later, limits):
        return None
    elapsed_s += max(0, earlier.age_ms or 0) / 1000
    one, other = (Wgs84.from_e7(fix.lat_e7, fix.lng_e7) for fix in (earlier, later))
    accuracies_m = ((earlier.accuracy_dm or 0) / 10.0, (later.accuracy_dm or 0) / 10.0)
    # the cheap distance is at most 5 % short: where even so nobody hurried, the true one (100 times dearer) adds nothing
    at_most_m = 1.06 * distance_m(one, other)
    if at_most_m < _UNHURRIED_M_PER_S * elapsed_s:
        return Travel(distance_m=at_most_m, accuracies_m=accuracies_m, elapsed_s=elapsed_s)
    return Travel(distance_m=geodesic_m(one, other), accuracies_m=accuracies_m, elapsed_s=elapsed_s)


def read_weights(raw: bytes | str) -> Weights:
    """Weights out of their JSON. Raises Malformed where one is out of range or two contradict each other."""
    weights = decode(raw, Weights)
    ordered = {
        "place_sure": (weights.place_likely, weights.place_sure),
        "place_likely": (weights.place_possible, weights.place_likely),
        "place_possible": (weights.place_blurred, weights.place_possible),
        "place_outside": (weights.place_outside, weights.place_unlikely),
        "sure_from_pm": (weights.likely_from_pm, weights.sure_from_pm),
        "likely_from_pm": (weights.possible_from_pm, weights.likely_from_pm),
        "code_countersigned": (weights.code_fresh, weights.code_countersigned),
        "kiosk_pin_and_photo": (weights.kiosk_pin, weights.kiosk_pin_and_photo),
        "impossible_from_kmh": (weights.fast_from_kmh, weights.impossible_from_kmh),
        "travel_impossible": (weights.travel_impossible, weights.travel_fast),
        "green_from_with_tablet": (weights.green_from, weights.green_from_with_tablet),
    }
    for field, (less, more) in ordered.items():
        if less > more:
            raise Malformed(field, "wire.out_of_range", want=f"{less} <= {more}")
    return weights


def _judge_place(place: Place, w: Weights) -> list[Reason]:
    if place.verdict == "no_fix" or place.p_inside_pm is None:
        return [Reason(code=f"place.{place.problem or 'no_fix'}", points_db=w.no_fix)]
    p_pm, accuracy_m = place.p_inside_pm, place.accuracy_m or 0
    if p_pm >= w.sure_from_pm:
        code, points = "place_sure", w.place_sure
    elif p_pm >= w.likely_from_pm:
        code, points = "place_likely", w.place_likely
    elif p_pm >= w.possible_from_pm:
        code, points = "place_possible", w.place_possible
    elif accuracy_m <= w.precise_to_m:
        code, points = ("place_outside", w.place_outside) if place.far_outside else ("place_unlikely", w.place_unlikely)
    elif place.far_outside:
        code, points = "place_blurred_outside", w.place_blurred_outside
    else:
        code, points = "place_blurred", w.place_blurred
    facts: dict[str, int | str] = {
        "distance_m": place.distance_m or 0,
        "accuracy_m": accuracy_m,
        "percent": round(p_pm / 10),
    }
    return [Reason(code=f"evidence.{code}", points_db=points, facts=facts)]


def _judge_code(facts: PunchFacts, w: Weights) -> list[Reason]:
    points = {
        "fresh": w.code_fresh,
        "countersigned": w.code_countersigned,
        "late": w.code_late,
        "reused": w.code_reused,
        "invalid": w.code_invalid,
    }
    reasons = []
    if facts.code != "none":
        reasons.append(Reason(code=f"evidence.code_{facts.code}", points_db=points[facts.code]))
    if facts.store_wifi_seen:
        reasons.append(Reason(code="evidence.wifi_seen", points_db=w.wifi_seen))
    if facts.kiosk != "none":
        gained = w.kiosk_pin_and_photo if facts.kiosk == "pin_and_photo" else w.kiosk_pin
        reasons.append(Reason(code=f"evidence.kiosk_{facts.kiosk}", points_db=gained))
    if facts.extra != "none":
        reasons.append(Reason(code=f"evidence.extra_{facts.extra}", points_db=0 if facts.extra == "open" else w.extra_given))
    return reasons


def _judge_device(facts: PunchFacts, w: Weights) -> list[Reason]:
    points = w.device_bound if facts.device == "bound" else w.device_not_bound
    reasons = [Reason(code=f"evidence.device_{facts.device}", points_db=points)]
    if _is_shared(facts):
        reasons.append(Reason(code="evidence.device_shared", points_db=w.device_shared))
    if facts.mock:
        reasons.append(Reason(code="evidence.mock_location", points_db=w.mock_location))
    return reasons


def _judge_travel(travel: Travel | None, w: Weights) -> list[Reason]:
    if travel is None:
        return []
    surely_m = travel.distance_m - 2.0 * sum(travel.accuracies_m)
    if not 0.0 < surely_m <= _FARTHEST_M:  # nothing left once both blurs are taken off; NaN lands here as well
        return []
    kmh = round(surely_m * 3.6 / max(1.0, travel.elapsed_s))
    if kmh <= w.fast_from_kmh:
        return []
    name, points = ("impossible", w.travel_impossible) if kmh > w.impossible_from_kmh else ("fast", w.travel_fast)
    facts: dict[str, int | str] = {
        "distance_km": _sendable(round(travel.distance_m / 1000)),
        "speed_kmh": _sendable(kmh),
    }
    return [Reason(code=f"evidence.travel_{name}", points_db=points, facts=facts)]


def _judge_clock(facts: PunchFacts, w: Weights) -> list[Reason]:
    off_s = facts.wall_off_anchor_s
    if off_s is None or not w.clock_off_from_s < abs(off_s) < math.inf:
        return []
    # nobody who punches on the store's tablet has set its clock, and a phone's that was wrong all along was not set for this
    # punch; it is told, and costs them nothing
    points = w.clock_off if facts.kiosk == "none" and not facts.wall_off_before else 0
    return [Reason(code="evidence.clock_off", points_db=points, facts={"off_min": _sendable(int(abs(off_s)) // 60)})]


def _judge_what_no_score_outweighs(facts: PunchFacts, reasons: list[Reason], w: Weights) -> list[tuple[Reason, VerdictName]]:
    """Reasons that set the least a verdict can be, however good the rest looks."""
    forced: list[tuple[Reason, VerdictName]] = []
    for reason in reasons:
        if least := _LEAST.get(reason.code):
            forced.append((reason, least))
    if not facts.posted_here:
        forced.append((Reason(code="evidence.not_posted_here"), "review"))
    if facts.time_grade == "unverified":
        wide_min = max(0, facts.high_ms - facts.low_ms) // 60_000
        interval: dict[str, int | str] = {
            "low_ms": _sendable(facts.low_ms),
            "high_ms": _sendable(facts.high_ms),
            "wide_min": _sendable(wide_min),
        }
        # what is open is the most that anybody can have gained; an interval narrower than a provable one is of a punch that was
        # said again by another identity: its width proves nothing
        is_small = NARROW_MS < facts.high_ms - facts.low_ms <= w.ask_within_min * 60_000
        forced.append((Reason(code="evidence.time_unverified", facts=interval), "ask" if is_small else "review"))
    if facts.garbled:
        named: dict[str, int | str] = {"fields": ", ".join(facts.garbled)[:200]}
        forced.append((Reason(code="evidence.garbled", facts=named), "ask"))
    return forced


def _sendable(number: int) -> int:
    """A fact the wire can carry: a device may claim any number, and JSON of more than 64 bits cannot be written."""
    return max(-(2**53), min(2**53, number))


def _is_shared(facts: PunchFacts) -> bool:
    """A store's tablet is there to be shared; a phone is not."""
    return facts.same_device_other_person_today and facts.kiosk == "none"
