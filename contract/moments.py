"""Moments: aware instants, a store's business date, and what may be believed about the time of an offline act.

A device never proves its wall clock. It proves a distance on its boot clock (CLOCK_BOOTTIME, which runs through sleep and
cannot be set by hand) from a moment the server named: an anchor. design: `docs/concepts/time.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from contract.limits import Short
from contract.wire import Wire

Grade = Literal["exact", "bounded", "unverified"]

COMPANY_ZONE = "Asia/Shanghai"  # where the company's own days turn, at midnight; a store's turn by its own clock
EXACT_WITHIN_MS = 30_000
NARROW_MS = 15 * 60_000
DRIFT_PER_MILLION = 50  # quartz in phones keeps within 20-50 ppm
EARLIEST_MS = 1_577_836_800_000  # 2020-01-01: before there was an Outpost
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
LATEST_MS = 4_102_444_800_000  # 2100-01-01
SAME_WALL_MS = 60_000  # off by the same as before: what a request takes on its way is no more


class Stamp(Wire, frozen=True, kw_only=True):
    """What the device's clocks showed: wall clock, milliseconds since boot, which boot, minutes east of UTC."""

    wall: int
    boot: int
    bid: Short
    tz: int


class Anchor(Wire, frozen=True, kw_only=True):
    """The device's account of one exchange: the anchor the server sent, and its boot clock when it asked and when it heard."""

    id: Short
    bid: Short
    sent: int
    got: int


class BootSeen(Wire, frozen=True, kw_only=True):
    """One boot of a device: the latest reading of its boot clock that the device has kept."""

    bid: Short
    until: int


class ClockReading(Wire, frozen=True, kw_only=True):
    """The device's clocks as the request leaves, the best anchor of each boot its waiting operations were made in, and, where one
    of those boots has no anchor, the boots before this one, oldest first."""

    wall: int
    boot: int
    bid: Short
    anchors: list[Anchor] = []
    boots: list[BootSeen] = []


@dataclass(frozen=True)
class BootLine:
    """Server time minus boot clock, for one boot of one device: between `low_ms` and `high_ms`, as seen at `at_boot_ms`.

    `low_ms` is None where only one direction of the exchange is known.
    """

    bid: str
    low_ms: int | None
    high_ms: int
    at_boot_ms: int


@dataclass(frozen=True)
class TimeTaken:
    """When something was done: a best estimate inside an interval, and how it is known."""

    at_ms: int
    low_ms: int
    high_ms: int
    grade: Grade


def line_of(anchor: Anchor, server_ms: int) -> BootLine | None:
    """The boot line an exchange proves, or None when the device's account of it contradicts itself."""
    if anchor.got < anchor.sent or anchor.sent < 0 or anchor.got - anchor.sent > 10 * 60_000:
        return None
    return BootLine(anchor.bid, server_ms - anchor.got, server_ms - anchor.sent, anchor.got)


def judge_time(
    stamp: Stamp | None,
    lines: Iterable[BootLine],
    *,
    not_before_ms: int,
    received_ms: int,
    proven: tuple[int, int] | None = None,
) -> TimeTaken:
    """The interval in which an operation was made, and its grade.

    exact: it lies within 30 s either way; bounded: anchors, chain order, receipt or a store code leave at most 15 minutes;
    unverified: the interval is wider and is shown as it is. The wall clock only picks the moment shown inside the interval,
    never its ends. `not_before_ms` is the last time the server saw this chain end before this operation;
    `proven` an interval shown by a store code. Rule: design/sync.md section 3, design/evidence.md 2.5.
    """
    low, high = min(not_before_ms, received_ms), received_ms
    if proven is not None and proven[0] <= high and proven[1] >= low:
        low, high = max(low, proven[0]), min(high, proven[1])
    if stamp is None:
        return TimeTaken(high if high - low > NARROW_MS else (low + high) // 2, low, high, _grade(low, high))
    for line in sorted(
        lines, key=lambda known: known.high_ms - (known.low_ms if known.low_ms is not None else -LATEST_MS)
    ):
        if line.bid != stamp.bid:
            continue
        line_low = None if line.low_ms is None else line.low_ms + stamp.boot - _drift(stamp.boot - line.at_boot_ms)
        line_high = line.high_ms + stamp.boot + _drift(stamp.boot - _asked_at(line))
        if line_high < low - EXACT_WITHIN_MS or (line_low is not None and line_low > high + EXACT_WITHIN_MS):
            continue  # contradicts what the chain proves: the boot clock lied, so it proves nothing
        high = max(low, min(high, line_high))
        if line_low is not None:
            low = min(high, max(low, line_low))
    width = high - low
    if width <= 2 * EXACT_WITHIN_MS:
        return TimeTaken((low + high) // 2, low, high, "exact" if proven is None or width <= 5_000 else "bounded")
    inside = low <= stamp.wall <= high
    return TimeTaken(stamp.wall if inside else max(low, min(high, stamp.wall)), low, high, _grade(low, high))


def lines_across(lines: Sequence[BootLine], boots: Sequence[BootSeen], received_ms: int) -> list[BootLine]:
    """What boots prove of each other: one begins after the one before has shown its latest reading, and has ended when the next
    begins. `boots`: oldest first, the last is the one the request was sent in. Answers further lines of these boots; none where
    the device contradicts itself. A boot that is left out only makes them wider. Rule: `docs/protocol.md` section 7.
    """
    if len({boot.bid for boot in boots}) != len(boots) or any(not 0 <= boot.until <= LATEST_MS for boot in boots):
        return []
    begun, latest = _begun(lines, boots), _begun_at_latest(lines, boots)
    if any(low > high + EXACT_WITHIN_MS for low, high in zip(begun, latest, strict=True)):
        return []
    found = []
    for n, boot in enumerate(boots[:-1]):
        # from its beginning on; and backwards from its latest reading, which was before the next one began
        found.append(BootLine(boot.bid, begun[n], received_ms, 0))
        found.append(BootLine(boot.bid, None, latest[n + 1] - boot.until, boot.until))
    return found


def _begun(lines: Sequence[BootLine], boots: Sequence[BootSeen]) -> list[int]:
    """When each boot began at the earliest: by its own lines, or after the latest reading of the one before."""
    found: list[int] = []
    for n, boot in enumerate(boots):
        own = [line.low_ms - _drift(line.at_boot_ms) for line in lines if line.bid == boot.bid and line.low_ms is not None]
        if n:
            own.append(_ended(lines, boots[n - 1], found[-1]))
        found.append(max(own, default=EARLIEST_MS))
    return found


def _ended(lines: Sequence[BootLine], boot: BootSeen, begun_ms: int) -> int:
    """When a boot showed its latest reading, at the earliest."""
    ends = [begun_ms + max(0, boot.until - _drift(boot.until))]
    for line in lines:
        if line.bid == boot.bid and line.low_ms is not None:
            ends.append(line.low_ms + boot.until - _drift(boot.until - line.at_boot_ms))
    return max(ends)


def _begun_at_latest(lines: Sequence[BootLine], boots: Sequence[BootSeen]) -> list[int]:
    """When each boot began at the latest: by its own lines, or as long before the next one as it is known to have lasted."""
    found: list[int] = []
    for n in range(len(boots) - 1, -1, -1):
        boot = boots[n]
        own = [line.high_ms + _drift(_asked_at(line)) for line in lines if line.bid == boot.bid]
        if found:
            own.append(found[-1] - max(0, boot.until - _drift(boot.until)))
        found.append(min(own, default=LATEST_MS))
    return found[::-1]


def _asked_at(line: BootLine) -> int:
    """The boot clock when the exchange of a line began."""
    return line.at_boot_ms if line.low_ms is None else line.at_boot_ms - (line.high_ms - line.low_ms)


def _drift(since_ms: int) -> int:
    """How far a quartz may have gone astray meanwhile."""
    return abs(since_ms) * DRIFT_PER_MILLION // 1_000_000 + 1


def _grade(low: int, high: int) -> Grade:
    return "bounded" if high - low <= NARROW_MS else "unverified"


def instant(ms: int) -> datetime:
    """The aware UTC instant of epoch milliseconds, held inside 2020..2100 so that a garbled clock stays storable."""
    return datetime.fromtimestamp(max(EARLIEST_MS, min(LATEST_MS, ms)) / 1000, UTC)


def to_ms(moment: datetime) -> int:
    """Epoch milliseconds of an aware instant. Raises ValueError for a naive one: it says no moment."""
    if moment.tzinfo is None:
        raise ValueError("a wall time without a zone is not a moment")
    return (moment - _EPOCH) // _MILLISECOND


def business_date(moment: datetime, zone: str, *, day_turns_at_min: int) -> date:
    """The store's business date: a punch at 02:10 belongs to the day before where the day turns at 05:00."""
    local = moment.astimezone(ZoneInfo(zone))
    turned = local.hour * 60 + local.minute >= day_turns_at_min
    return local.date() if turned else local.date() - timedelta(days=1)


def day_starts_at(day: date, zone: str, *, day_turns_at_min: int) -> datetime:
    """The aware UTC instant at which a store's business day begins. In a gap of daylight saving: the moment after it."""
    hour, minute = divmod(day_turns_at_min, 60)
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)
