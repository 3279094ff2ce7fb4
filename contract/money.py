"""Amounts of money: whole minor units beside a currency, and how they are written. No floats, no rounding."""

from __future__ import annotations

from typing import Final, Literal, get_args

Currency = Literal["CNY", "EUR", "USD", "HKD", "GBP", "CHF", "JPY"]
CURRENCIES: Final[tuple[Currency, ...]] = get_args(Currency)
# Digits of the minor unit (ISO 4217).
_DIGITS: Final[dict[str, int]] = {"JPY": 0}


def minor_digits(currency: str) -> int:
    """How many digits stand behind the point: 2 for CNY (分), none for JPY."""
    return _DIGITS.get(currency, 2)


def money_text(amount: int, currency: str) -> str:
    """An amount in minor units as people write it, without the currency: 2050 CNY is `20.50`."""
    digits = minor_digits(currency)
    sign, whole = "-" if amount < 0 else "", abs(amount)
    return f"{sign}{whole}" if not digits else f"{sign}{whole // 10**digits}.{whole % 10**digits:0{digits}}"


def money_typed(text: str, currency: str) -> int | None:
    """`20.5` as minor units; None for what is no amount of that currency."""
    whole, point, part = text.strip().partition(".")
    digits = minor_digits(currency)
    if not (whole.isascii() and whole.isdigit()) or len(whole) > 9 or len(part) > digits or (point and not part):
        return None
    if part and not (part.isascii() and part.isdigit()):
        return None
    return int(whole + part.ljust(digits, "0"))
