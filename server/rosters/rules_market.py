"""What the shift market decides by facts alone: whose weeks and wishes count when, who comes into question for a shift, whether a
manager is asked first. No database, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from contract.rostering.local_time import at_minute, day_of, ordinal, weekday
from contract.rostering.shapes import Away, AwayKind, Verdict
from contract.shift_market import Approval, WeekStretch

# Between stores nobody has said how long it takes: 25 km/h in a straight line, as buses and bicycles do in a city, and ten
# minutes for both ends.
_METRES_A_MINUTE: Final = 25_000 // 60
_ENDS_MIN: Final = 10


@dataclass(frozen=True)
class Weeks:
    """One word of somebody about their weeks. `until` is exclusive; `said_ms` decides between two that begin together."""

    from_day: str
    until: str | None
    said_ms: int
    stretches: Sequence[WeekStretch]


@dataclass(frozen=True)
class Wish:
    """One day, or a part of it."""

    day: str
    kind: AwayKind
    from_min: int
    to_min: int


def counting(weeks: Iterable[Weeks], day: str) -> Weeks | None:
    """The word that counts on a day: of those that cover it the one that begins last, of these the one said last."""
    covering = [one for one in weeks if one.from_day <= day and (one.until is None or day < one.until)]
    return max(covering, key=lambda one: (one.from_day, one.said_ms), default=None)


def stretches(
    weeks: Sequence[Weeks], wishes: Iterable[Wish], from_day: str, to_day: str, zone_on: Callable[[str], str]
) -> list[Away]:
    """When somebody cannot, would rather not or would like to work, as instants, from a day to a day, both included.

    `zone_on`: by which clock they live on a day. A stretch past midnight reaches into the next day. A wish stands beside the
    week, it does not replace it.
    """
    found: list[Away] = []
    for number in range(ordinal(from_day), ordinal(to_day) + 1):
        day = day_of(number)
        said = counting(weeks, day)
        for one in said.stretches if said is not None else ():
            if one.weekday == weekday(number) and one.to_min > one.from_min:
                found.append(_away(one.kind, day, one.from_min, one.to_min, zone_on(day), "week"))
    for wish in wishes:
        if from_day <= wish.day <= to_day:
            found.append(_away(wish.kind, wish.day, wish.from_min, wish.to_min, zone_on(wish.day), "wish"))
    return sorted(found, key=lambda away: (away.starts_ms, away.ends_ms, away.kind))


def _away(kind: AwayKind, day: str, from_min: int, to_min: int, zone: str, label: str) -> Away:
    return Away(kind=kind, starts_ms=at_minute(day, from_min, zone), ends_ms=at_minute(day, to_min, zone), label=label)


@dataclass(frozen=True)
class Hand:
    """Somebody who might take a shift: what the rules newly say if they do, and how far away they are."""

    person_id: str
    name: str
    verdicts: Sequence[Verdict]
    distance_m: int | None = None

    @property
    def points(self) -> int:
        """What it costs in points of the profile's soft rules."""
        return sum(verdict.points for verdict in self.verdicts)


@dataclass(frozen=True)
class Ranked:
    """Within all caps; only beyond some that may be set aside; and whom a rule that nobody sets aside keeps from it."""

    free: list[Hand] = field(default_factory=list)
    beyond: list[Hand] = field(default_factory=list)
    cannot: list[Hand] = field(default_factory=list)


def rank(hands: Iterable[Hand]) -> Ranked:
    """Who comes into question for one shift: each list nearest first, then by what it costs, then by name."""
    ranked = Ranked()
    for hand in sorted(hands, key=_order):
        hard = [verdict for verdict in hand.verdicts if verdict.level == "hard"]
        if not hard:
            ranked.free.append(hand)
        elif all(verdict.overridable for verdict in hard):
            ranked.beyond.append(hand)
        else:
            ranked.cannot.append(hand)
    return ranked


def _order(hand: Hand) -> tuple[bool, int, int, str, str]:
    return hand.distance_m is None, hand.distance_m or 0, hand.points, hand.name, hand.person_id


def forbids(verdicts: Iterable[Verdict], *, override: bool = False) -> Verdict | None:
    """The first hard rule that stands in the way; with `override` those that may be set aside do not."""
    return next((one for one in verdicts if one.level == "hard" and not (override and one.overridable)), None)


def is_costly(verdicts: Iterable[Verdict]) -> bool:
    """Whether it costs overtime or breaks a soft rule. What is less than nothing (a wish that comes true) costs nothing."""
    return any(one.level == "hard" or one.points > 0 for one in verdicts)


def asks_manager(approval: Approval, verdicts: Iterable[Verdict]) -> bool:
    """Whether a manager decides before it happens."""
    return approval == "always" or (approval == "when_costly" and is_costly(verdicts))


def travel_min(distance_m: int | None) -> int | None:
    """How many minutes to count for a way nobody has measured, rounded up to five; None where the distance is not known."""
    if distance_m is None:
        return None
    minutes = -(-distance_m // _METRES_A_MINUTE) + _ENDS_MIN if distance_m > 0 else 0
    return -(-minutes // 5) * 5
