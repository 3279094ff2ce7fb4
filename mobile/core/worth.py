"""What a punch would be worth now: local facts through the same function the server uses. Never a promise, never sent."""

from __future__ import annotations

from typing import Literal

from contract.attendance import ClockIn
from contract.evidence import CodeSeen, KioskStep, PunchFacts, Travel, judge_punch, travel_between
from contract.geo import Fence, Fix, fence_kept, place_of
from contract.moments import Stamp
from contract.store_code import read_code
from contract.stores import StoreRow
from contract.sync import SignedOperation
from contract.wire import Malformed, decode, name_of
from mobile.core.anchors import Anchors
from mobile.core.ports import Clocks
from mobile.core.views import Preview, Said


def fence_of(store: StoreRow | None) -> Fence | None:
    """The store's fence; None where there is no row, or one that draws no fence."""
    if store is None:
        return None
    try:
        return fence_kept(store.lat_e7, store.lng_e7, store.radius_m, store.points)
    except ValueError:
        return None


def preview_of(
    *,
    store: StoreRow | None,
    fix: Fix | None,
    clocks: Clocks,
    server_ms: int | None,
    by_phone: bool,
    posted_here: bool,
    code: str | None = None,
    kiosk: KioskStep = "none",
    travel: Travel | None = None,
) -> Preview:
    """`server_ms`: the true time by this boot's anchor, None where there is none: the grade is then settled later."""
    place = place_of(fix, fence_of(store))
    seen: CodeSeen = "none" if code is None else "invalid" if read_code(code) is None else "fresh"
    verdict = judge_punch(
        PunchFacts(
            place=place,
            code=seen,
            mock=None if fix is None else fix.mock,
            travel=travel,
            wall_off_anchor_s=None if server_ms is None else (clocks.wall_ms - server_ms) / 1000,
            kiosk=kiosk,
            tablet_alive_that_hour=by_phone and store is not None and store.has_kiosk,
            time_grade="bounded" if server_ms is None else "exact",
            posted_here=posted_here,
        )
    )
    return Preview(
        place=place.verdict,
        accuracy_m=place.accuracy_m,
        distance_m=place.distance_m,
        p_inside_pm=place.p_inside_pm,
        verdict=verdict.verdict,
        reasons=tuple(Said(reason.code, dict(reason.facts)) for reason in verdict.reasons),
    )


def travel_since(last_raw: bytes | None, fix: Fix | None, clocks: Clocks, anchors: Anchors) -> Travel | None:
    """The way from the last punch made on this phone; `last_raw` is that operation as it was written."""
    if last_raw is None or fix is None:
        return None
    try:
        last = decode(last_raw, SignedOperation)
        stamp, act = decode(bytes(last.at), Stamp), decode(bytes(last.data), ClockIn)
    except Malformed:
        return None
    if stamp.bid == clocks.boot_id:
        elapsed_ms = clocks.boot_ms - stamp.boot
    else:
        then = anchors.server_ms(Clocks(stamp.wall, stamp.boot, stamp.bid, stamp.tz))
        elapsed_ms = anchors.now_ms(clocks) - (stamp.wall if then is None else then)
    return travel_between(act.fix, fix, max(0, elapsed_ms) / 1000)


CLOCK_IN = name_of(ClockIn)
Kind = Literal["in", "out"]
