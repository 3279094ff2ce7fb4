"""The vectors of what a device may compute for its own preview: places, evidence, datums; and PIN verifiers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from argon2.low_level import Type, hash_secret

from contract.datums import Wgs84, gcj02_from_wgs84, wgs84_from_gcj02
from contract.evidence import PunchFacts, Travel, judge_punch
from contract.geo import Circle, Fence, Fix, Place, Polygon, place_of
from contract.wire import plain

Vectors = dict[str, Any]
NOON_MS = 1_780_290_000_000  # 2026-06-01 13:00 in Shanghai


def seed_of(name: str) -> bytes:
    """A seed anybody can make: SHA-256 of a name. For vectors only."""
    return hashlib.sha256(f"outpost vectors: {name}".encode()).digest()


def _fence(fence: Fence | None) -> Any:
    if fence is None:
        return None
    if isinstance(fence, Circle):
        return {"lat_e7": fence.center.lat_e7, "lng_e7": fence.center.lng_e7, "radius_m": fence.radius_m}
    return {"points": [[point.lat_e7, point.lng_e7] for point in fence.points]}


def places() -> Vectors:
    circle = Circle(Wgs84.from_e7(311_774_276, 1_215_272_106), 100)
    corners = ((0, 0), (0, 15_000), (6_000, 15_000), (6_000, 5_000), (12_000, 5_000), (12_000, 0))
    bend = Polygon(tuple(Wgs84.from_e7(311_770_000 + lat, 1_215_270_000 + lng) for lat, lng in corners))
    line = Circle(Wgs84.from_e7(-170_000_000, 1_799_995_000), 200)

    def fix(
        lat_e7: int = 311_774_276, lng_e7: int = 1_215_272_106, accuracy_dm: int | None = 200, age_ms: int | None = 900
    ) -> Fix:
        return Fix(lat_e7=lat_e7, lng_e7=lng_e7, accuracy_dm=accuracy_dm, age_ms=age_ms)

    cases: list[tuple[Fix | None, Fence | None]] = [
        *(
            (fix(311_774_276 + north * 90, accuracy_dm=blur), circle)
            for north in (0, 50, 100, 150, 400, 3_000)
            for blur in (80, 600, 20_000)
        ),
        *((fix(311_770_000 + lat, 1_215_270_000 + lng, blur), bend)
          for lat, lng in ((3_000, 3_000), (9_000, 10_000), (6_500, 5_500), (-2_000, 7_000)) for blur in (50, 400)),
        (fix(-170_000_000, -1_799_996_000, 100), line),
        (None, circle),
        (fix(910_000_000), circle),
        (fix(2**31 - 1, 2**31 - 1), circle),
        (fix(900, -900), circle),
        (fix(accuracy_dm=None), circle),
        (fix(accuracy_dm=0), circle),
        (fix(accuracy_dm=100_001), circle),
        (fix(age_ms=None), circle),
        (fix(age_ms=-5_001), circle),
        (fix(age_ms=120_001), circle),
        (fix(age_ms=120_000), circle),
        (fix(), None),
    ]  # fmt: skip
    return {
        "about": "Where a fix lies (section 15). p_inside_pm may differ by 1, distances by 1 m",
        "places": [
            {"fix": None if seen is None else plain(seen), "fence": _fence(fence), "place": plain(place_of(seen, fence))}
            for seen, fence in cases
        ],
    }


def evidence() -> Vectors:
    def at(p_pm: int, accuracy_m: int = 20, *, far: bool = False) -> Place:
        return Place(verdict="uncertain", p_inside_pm=p_pm, distance_m=50, edge_m=0, accuracy_m=accuracy_m, far_outside=far)

    nowhere = Place(verdict="no_fix", problem="stale")
    cases: Iterable[PunchFacts] = (
        PunchFacts(place=at(950)),
        PunchFacts(place=at(600), tablet_alive_that_hour=True),
        PunchFacts(place=at(600), tablet_alive_that_hour=True, code="fresh"),
        PunchFacts(place=nowhere),
        PunchFacts(place=nowhere, tablet_alive_that_hour=True, kiosk="pin"),
        PunchFacts(place=at(10, 20, far=True)),
        PunchFacts(place=at(10, 20)),
        PunchFacts(place=at(10, 900, far=True)),
        PunchFacts(place=at(10, 900)),
        PunchFacts(place=at(950), mock=True, code="fresh"),
        PunchFacts(place=at(950), mock=False, store_wifi_seen=True),
        PunchFacts(place=at(300), code="invalid"),
        PunchFacts(place=at(300), code="late"),
        PunchFacts(place=at(950), device="of_another_person", code="fresh"),
        PunchFacts(place=at(950), same_device_other_person_today=True, code="fresh"),
        PunchFacts(place=at(950), same_device_other_person_today=True, kiosk="pin_and_photo"),
        PunchFacts(place=at(950), travel=Travel(1_070_000.0, (20.0, 20.0), 600.0)),
        PunchFacts(place=at(950), travel=Travel(50_000.0, (20.0, 20.0), 400.0)),
        PunchFacts(place=at(950), travel=Travel(500.0, (200.0, 100.0), 1.0)),
        PunchFacts(place=at(950), wall_off_anchor_s=-7_200.0),
        PunchFacts(place=at(950), wall_off_anchor_s=-7_200.0, wall_off_before=True),
        PunchFacts(place=at(950), wall_off_anchor_s=300.0),
        PunchFacts(place=at(950), wall_off_anchor_s=7_200.0, kiosk="pin"),
        PunchFacts(place=at(950), posted_here=False),
        PunchFacts(place=at(950), time_grade="unverified", low_ms=NOON_MS, high_ms=NOON_MS + 7_200_000),
        PunchFacts(place=at(950), time_grade="unverified", low_ms=NOON_MS, high_ms=NOON_MS + 3_600_000),
        PunchFacts(place=at(950), time_grade="unverified", low_ms=NOON_MS, high_ms=NOON_MS + 3_600_001),
        PunchFacts(place=at(950), time_grade="unverified", low_ms=NOON_MS, high_ms=NOON_MS + 900_000),
        PunchFacts(place=at(950), garbled=("fix",)),
    )
    out = []
    for facts in cases:
        judged = judge_punch(facts)
        reasons = [[reason.code, reason.points_db] for reason in judged.reasons]
        said: Vectors = {
            name: getattr(facts, name) for name in PunchFacts.__dataclass_fields__ if name not in ("place", "travel")
        }
        said["garbled"] = list(facts.garbled)
        said["place"] = plain(facts.place)
        said["travel"] = None if facts.travel is None else asdict(facts.travel)
        out.append(
            {"facts": said, "score_db": judged.score_db, "green_from_db": judged.green_from_db, "verdict": judged.verdict,
             "reasons": reasons}
        )  # fmt: skip
    return {"about": "From facts to score and verdict (section 15)", "cases": out}


def datums() -> Vectors:
    where = ((31.2304, 121.4737), (39.9087, 116.3975), (22.5431, 114.0579), (45.8038, 126.5350), (29.6500, 91.1000))
    pairs = []
    for lat, lng in where:
        there = gcj02_from_wgs84(Wgs84(lat, lng))
        back = wgs84_from_gcj02(there)
        pairs.append(
            {
                "wgs84": [lat, lng],
                "gcj02": [round(there.lat, 9), round(there.lng, 9)],
                "back": [round(back.lat, 7), round(back.lng, 7)],
            }
        )
    return {"about": "WGS-84 and GCJ-02 in degrees (section 15); equal to 1e-7 degrees", "pairs": pairs}


def pins() -> Vectors:
    out = []
    for pin in ("135790", "204060"):
        salt = seed_of(f"salt of {pin}")[:16]
        made = hash_secret(pin.encode(), salt, 2, 19 * 1024, 1, 32, Type.ID, 0x13)
        out.append({"pin": pin, "salt_hex": salt.hex(), "verifier": made.decode()})
    refused = ["111111", "000000", "123456", "789012", "654321", "109876", "12345", "1234567", "12a456", "１２３４５６"]
    return {"about": "PIN verifiers, argon2id (section 9), and PINs a device refuses", "verifiers": out, "refused": refused}
