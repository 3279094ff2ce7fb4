"""Units as products of powers: CNY/h is CNY to the first and h to the minus first. A number without one fits everywhere."""

from __future__ import annotations

import re
from typing import Final

Unit = tuple[tuple[str, int], ...]  # sorted by name, no power 0
ANY: Final = None  # of a bare number: it takes the unit of what it stands beside
PURE: Unit = ()
PERCENT: Unit = (("%", 1),)
# words for things that are merely counted
_COUNTED: Final = frozenset({"", "count", "个", "次", "件", "单", "人", "道", "份", "条", "家"})
_SAME: Final = {"％": "%", "秒": "s", "分钟": "min", "小时": "h", "天": "d", "元": "CNY", "分": "points", "￥": "CNY", "¥": "CNY"}


def unit_of(text: str) -> Unit:
    """The unit that a text says: "CNY/h", "元/人", "%"; counted things have none. Raises nothing."""
    powers: dict[str, int] = {}
    sign = 1
    for piece in re.split(r"([*/·])", text.replace(" ", "")[:20]):
        if piece in ("*", "·"):
            sign = 1
        elif piece == "/":
            sign = -1
        elif piece not in _COUNTED:
            name = _SAME.get(piece, piece)
            powers[name] = powers.get(name, 0) + sign
    return _tidy(powers)


def times(left: Unit | None, right: Unit | None, power: int = 1) -> Unit | None:
    """The unit of a product (power 1) or a quotient (power -1). Bare numbers only scale."""
    if left is None and right is None:
        return None
    powers = dict(left or ())
    for name, one in right or ():
        powers[name] = powers.get(name, 0) + power * one
    return _tidy(powers)


def agreed(left: Unit | None, right: Unit | None) -> tuple[bool, Unit | None]:
    """Whether two can be added or compared, and the unit they have then."""
    if left is None or right is None:
        return True, left if right is None else right
    return left == right, left


def unit_text(unit: Unit | None) -> str:
    """A unit as it is shown: CNY/h; "" for what is merely counted, and for a bare number."""
    above = [name if power == 1 else f"{name}^{power}" for name, power in unit or () if power > 0]
    below = [name if power == -1 else f"{name}^{-power}" for name, power in unit or () if power < 0]
    return "/".join(["·".join(above) or "1", *below]) if above or below else ""


def _tidy(powers: dict[str, int]) -> Unit:
    return tuple(sorted((name, power) for name, power in powers.items() if power))
