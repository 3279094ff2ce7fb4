"""What about a rater's cards asks for a second look: always the same, mostly the last week, late, too few. Standard library only.

Each flag has a rule that can be said in a sentence, and a false positive rate that was measured (docs/figures.md). A flag says
that somebody should look; it is no verdict about a person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from math import comb, exp, log
from statistics import median
from typing import Literal, NamedTuple

FlagKind = Literal["lenient", "strict", "same", "recent", "late", "few"]

SAME_MARKS, SAME_PEOPLE, SAME_SHARE = 10, 3, 0.9
RECENT_CARDS, RECENT_DAYS, RECENT_SHARE, RECENT_CHANCE = 10, 7, 0.5, 0.001
LATE_CARDS, LATE_DAYS, LATE_SHARE = 5, 3, 0.5
FEW_CARDS = 2
SEVERE_POINTS = 4.0


class Card(NamedTuple):
    """A card that counts: whose, of which day's work, how many whole days later it was said, and what its marks are worth."""

    rater: str
    person: str
    store: str
    day: date
    days_late: int
    points: Sequence[float]


class Flag(NamedTuple):
    """`figure`: what was seen; `line`: from where on it is flagged; `n`: of how many marks, cards or people."""

    rater: str
    kind: FlagKind
    figure: float
    line: float
    n: int


def flags(cards: Iterable[Card]) -> list[Flag]:
    """All flags that follow from the cards alone, by rater. Severity is judged elsewhere (`severe`)."""
    by_rater: dict[str, list[Card]] = defaultdict(list)
    for card in cards:
        by_rater[card.rater].append(card)
    found: list[Flag] = []
    for rater in sorted(by_rater):
        own = by_rater[rater]
        found += [flag for flag in (_same(rater, own), _recent(rater, own), _late(rater, own), _few(rater, own)) if flag]
    return found


def severe(rater: str, severity: float | None, low: float | None, high: float | None, n: int) -> Flag | None:
    """Lenient or strict: the whole 90 % interval lies more than four points from those one is linked with."""
    if severity is None or low is None or high is None:
        return None
    if high < -SEVERE_POINTS:
        return Flag(rater, "lenient", severity, -SEVERE_POINTS, n)
    if low > SEVERE_POINTS:
        return Flag(rater, "strict", severity, SEVERE_POINTS, n)
    return None


def _same(rater: str, cards: Sequence[Card]) -> Flag | None:
    """Nine of ten marks worth the same, from ten marks of three people on."""
    marks = [point for card in cards for point in card.points]
    if len(marks) < SAME_MARKS or len({card.person for card in cards}) < SAME_PEOPLE:
        return None
    share = Counter(marks).most_common(1)[0][1] / len(marks)
    return Flag(rater, "same", share, SAME_SHARE, len(marks)) if share >= SAME_SHARE else None


def _recent(rater: str, cards: Sequence[Card]) -> Flag | None:
    """Half of the cards or more are of the last seven days of their month, and so many would come about by chance in fewer than
    one of a thousand raters (binomial with the share that seven days have)."""
    if len(cards) < RECENT_CARDS:
        return None
    of_last = sum(card.day.day > _days_in(card.day) - RECENT_DAYS for card in cards)
    share = of_last / len(cards)
    usual = sum(RECENT_DAYS / _days_in(card.day) for card in cards) / len(cards)
    if share >= RECENT_SHARE and chance_of(of_last, len(cards), usual) < RECENT_CHANCE:
        return Flag(rater, "recent", share, RECENT_SHARE, len(cards))
    return None


def _late(rater: str, cards: Sequence[Card]) -> Flag | None:
    """Half of the cards or more were said more than three days after the work."""
    if len(cards) < LATE_CARDS:
        return None
    share = sum(card.days_late > LATE_DAYS for card in cards) / len(cards)
    return Flag(rater, "late", share, LATE_SHARE, len(cards)) if share >= LATE_SHARE else None


def _few(rater: str, cards: Sequence[Card]) -> Flag | None:
    """Half of the people who were scored in a month have fewer than two cards of it."""
    counted = Counter((card.person, card.day.year, card.day.month) for card in cards)
    middle = median(counted.values())
    return Flag(rater, "few", float(middle), float(FEW_CARDS), len(counted)) if middle < FEW_CARDS else None


def chance_of(seen: int, n: int, usual: float) -> float:
    """How likely so many or more of `n` are where each is with the chance `usual`. 0 <= seen <= n, 0 < usual < 1."""
    return min(1.0, sum(_term(many, n, usual) for many in range(seen, n + 1)))


def _term(many: int, n: int, usual: float) -> float:
    """Through logarithms of whole numbers: a float holds no binomial coefficient of a thousand."""
    return exp(log(comb(n, many)) + many * log(usual) + (n - many) * log(1 - usual))


def _days_in(day: date) -> int:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return (following - date(day.year, day.month, 1)).days
