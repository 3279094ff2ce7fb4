"""Named punches, honest and not, with what becomes of each: the golden file `golden/evidence.json`.

A changed weight changes the file, so that a change of judgment is read in review as what it does to people. After a change
that is meant: `python -m tests.contract.evidence_cases`, and read the difference.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from contract.datums import Wgs84
from contract.evidence import DEFAULT, PunchFacts, Travel, Weights, judge_punch
from contract.geo import Circle, Place, fix_from_reading, place_of
from contract.wire import plain

GOLDEN = Path(__file__).parent / "golden" / "evidence.json"
SHOP = Wgs84(31.230416, 121.473701)
STORE = Circle(SHOP, 150)


def place_at(metres_north: float, accuracy_m: float = 12.0) -> Place:
    """The judged place of a fix so far north of the shop."""
    return place_of(fix_from_reading(SHOP.lat + metres_north / 110_860, SHOP.lng, accuracy_m, age_ms=500), STORE)


AT_THE_STORE = place_at(10)
NO_FIX = place_of(None, STORE)
AWAY_2_KM = place_at(2_000)
SHANGHAI_TO_BEIJING = 1_067_000.0

HONEST = PunchFacts(place=AT_THE_STORE, code="fresh", mock=False, wall_off_anchor_s=2, tablet_alive_that_hour=True)
WITHOUT_CODE = replace(HONEST, code="none")
KIOSK = PunchFacts(place=NO_FIX, kiosk="pin", tablet_alive_that_hour=True)

CASES: dict[str, tuple[str, PunchFacts]] = {
    # honest
    "at the store, code read": ("green", HONEST),
    "at the store, code and Wi-Fi": ("green", replace(HONEST, store_wifi_seen=True)),
    "basement, no fix, code read": ("green", replace(HONEST, place=NO_FIX)),
    "basement, cell fix of 1 km, code read": ("green", replace(HONEST, place=place_at(700, 1_000))),
    "store without a tablet": ("green", replace(WITHOUT_CODE, tablet_alive_that_hour=False)),
    "store without a tablet, no fix": ("ask", replace(WITHOUT_CODE, place=NO_FIX, tablet_alive_that_hour=False)),
    "tablet there, code forgotten": ("ask", WITHOUT_CODE),
    "new phone, code read": ("green", replace(HONEST, device="unknown")),
    "countersigned by the tablet": ("green", replace(HONEST, code="countersigned")),
    "kiosk with PIN": ("green", KIOSK),
    "kiosk with PIN, many people a day": ("green", replace(KIOSK, same_device_other_person_today=True)),
    "kiosk with PIN and photo": ("green", replace(KIOSK, kiosk="pin_and_photo")),
    "drawn for an extra proof, not answered": ("ask", replace(KIOSK, extra="open")),
    "drawn, photo taken": ("green", replace(KIOSK, place=NO_FIX, extra="photo")),
    "drawn, the manager's word": ("green", replace(KIOSK, place=NO_FIX, extra="manager")),
    "kiosk whose clock is wrong": ("green", replace(KIOSK, wall_off_anchor_s=7_200)),
    "by high-speed rail": ("green", replace(HONEST, travel=Travel(400_000, (10, 10), 3_600 * 4))),
    "by plane, 900 km/h": ("green", replace(HONEST, travel=Travel(900_000, (10, 10), 3_600))),
    # cheats the page names
    "mock app, flag shown": ("review", replace(WITHOUT_CODE, mock=True)),
    "mock app, flag shown, code relayed": ("ask", replace(HONEST, mock=True, store_wifi_seen=True)),
    "rooted, flag hidden, exact centre": ("ask", WITHOUT_CODE),
    "rooted and impossible travel": ("ask", replace(WITHOUT_CODE, travel=Travel(SHANGHAI_TO_BEIJING, (10, 10), 1_800))),
    "honest phone 2 km away": ("review", replace(WITHOUT_CODE, place=AWAY_2_KM)),
    "GPS off at home": ("ask", replace(WITHOUT_CODE, place=NO_FIX)),
    "late photo of the code": ("ask", replace(HONEST, code="late")),
    "buddy's own phone in the store": (
        "review",
        replace(HONEST, store_wifi_seen=True, device="of_another_person", same_device_other_person_today=True),
    ),
    "code used twice": ("ask", replace(HONEST, code="reused")),
    "code guessed": ("ask", replace(HONEST, code="invalid")),
    # stated openly as still green
    "code relayed live, mock hidden": ("green", HONEST),
    "buddy holds my phone": ("green", replace(HONEST, store_wifi_seen=True)),
    "clock set back two hours": ("green", replace(HONEST, wall_off_anchor_s=-7_200)),
    "rooted exact-centre mock, no tablet": ("green", replace(WITHOUT_CODE, tablet_alive_that_hour=False)),
    # what no score outweighs
    "not posted to this store": ("review", replace(HONEST, posted_here=False)),
    "time unverified": ("review", replace(HONEST, time_grade="unverified", low_ms=0, high_ms=4 * 3_600_000)),
    "revoked device": ("review", replace(HONEST, device="revoked")),
    "same phone, two people": ("review", replace(HONEST, same_device_other_person_today=True)),
    "part of it unreadable": ("ask", replace(HONEST, place=NO_FIX, garbled=("fix",))),
    "tablet carried away": ("ask", replace(KIOSK, place=AWAY_2_KM)),
    "everything wrong at once": (
        "review",
        PunchFacts(
            place=AWAY_2_KM,
            code="reused",
            device="revoked",
            same_device_other_person_today=True,
            mock=True,
            travel=Travel(SHANGHAI_TO_BEIJING, (10, 10), 60),
            wall_off_anchor_s=7_200,
            tablet_alive_that_hour=True,
            time_grade="unverified",
            posted_here=False,
            garbled=("code", "fix"),
        ),
    ),
}


def golden(weights: Weights = DEFAULT) -> str:
    """The text of the golden file under these weights."""
    rows = {}
    for name, (_, facts) in CASES.items():
        judged = judge_punch(facts, weights)
        reasons = " ".join(f"{reason.code}({reason.points_db:+d})" for reason in judged.reasons)
        rows[name] = f"{judged.verdict} {judged.score_db} of {judged.green_from_db}: {reasons}"
    return json.dumps({"weights": plain(weights), "cases": rows}, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    GOLDEN.write_text(golden(), encoding="utf-8")
