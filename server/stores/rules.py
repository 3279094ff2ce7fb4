"""Judgments about stores: which zone somebody meant, how exact a printed position is, how wide a fence must then be."""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from zoneinfo import available_timezones

METRES_PER_DEGREE = 111_320.0
DATUM_DOUBT_M = 700  # WGS-84 and GCJ-02 are up to 672 m apart
COARSE_FROM_M = 50
USUAL_RADIUS_M = 100
ROOM_M = 200  # around where the store may lie: people stand in front of it, too

# Names that lists of stores really use and IANA does not know.
_ALIASES = {
    "asia/beijing": "Asia/Shanghai",
    "beijing": "Asia/Shanghai",
    "asia/macao": "Asia/Macau",
    "asia/hongkong": "Asia/Hong_Kong",
    "china standard time": "Asia/Shanghai",
    "北京时间": "Asia/Shanghai",
    "prc": "Asia/Shanghai",
}
_OFFSET = re.compile(r"^\(?(?:GMT|UTC)\s*[+-]?\d{0,2}:?\d{0,2}\)?\s+", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(\d+)(?:\.(\d*))?")


def tidy(text: str) -> str:
    """One spelling of what was typed: composed characters, single spaces for tabs and unbreakable ones, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


@functools.cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones() - {"Factory", "localtime"}}


def zone_meant(said: str) -> str | None:
    """The IANA zone that was meant: `GMT+08:00 Asia/Beijing` is Asia/Shanghai. None when nobody can tell.

    An offset alone is not a zone: it does not know when the clocks change.
    """
    name = tidy(_OFFSET.sub("", said.strip())).lower()
    return _ALIASES.get(name) or _zones().get(name)


def decimals_of(number: str) -> int | None:
    """How many decimals a number was printed with; None when it is no plain decimal number."""
    read = _NUMBER.fullmatch(number.strip())
    return None if read is None else len(read[2] or "")


def exact_to_m(decimals: int, lat: float) -> int:
    """How far off a position may be that was rounded to this many decimals: half a step north and half a step east."""
    half_step_deg = 0.5 * 10.0**-decimals
    north_m = half_step_deg * METRES_PER_DEGREE
    east_m = north_m * math.cos(math.radians(lat))
    return math.ceil(math.hypot(north_m, east_m))


def honest_radius_m(exact_to: int, *, datum_stated: bool) -> int:
    """A radius that holds the store in spite of all that is not known about its position, in hundreds of metres."""
    doubt_m = exact_to + (0 if datum_stated else DATUM_DOUBT_M)
    if doubt_m < COARSE_FROM_M:
        return USUAL_RADIUS_M
    return min(5_000, math.ceil((doubt_m + ROOM_M) / 100.0) * 100)


def is_coarse(*, exact_to: int | None, datum_stated: bool) -> bool:
    """Whether somebody should draw this fence on a map: what was entered cannot say where the store is."""
    return not datum_stated or (exact_to is not None and exact_to >= COARSE_FROM_M)
