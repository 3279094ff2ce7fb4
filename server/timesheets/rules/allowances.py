"""What a day counts for besides its hours: nights, meals, ways between stores, time on call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from contract.hours import DayAllowance
from contract.shifts import AllowanceKind, WorkRules


def allowances_of(rules: WorkRules, *, worked: int, night: int, on_call: int, stores: int) -> list[DayAllowance]:
    """The allowances of a day by its minutes (worked, of them at night, on call) and at how many stores it was worked.

    A kind counts once a day, ways between stores once for each store after the first. The amount is what the rules of the day
    say, in minor units: whole numbers, so that sums are exact.
    """
    found = []
    for rule in rules.allowances:
        reached = {"night_shift": night, "meal": worked, "travel": worked, "on_call": on_call}[rule.kind]
        count = 0 if reached < rule.after_min else max(0, stores - 1) if rule.kind == "travel" else 1
        if not count:
            continue
        if rule.amount is None:
            found.append(DayAllowance(kind=rule.kind, count=count))
        else:
            found.append(
                DayAllowance(
                    kind=rule.kind, count=count, amount=count * rule.amount, currency=rules.allowance_currency
                )
            )  # fmt: skip
    return found


def added_up(days: Iterable[Sequence[DayAllowance]]) -> list[DayAllowance]:
    """The allowances of many days by kind and currency; what was only counted stays apart from what has an amount."""
    counts: dict[tuple[AllowanceKind, str], int] = {}
    amounts: dict[tuple[AllowanceKind, str], int] = {}
    for some in days:
        for one in some:
            key = one.kind, one.currency
            counts[key] = counts.get(key, 0) + one.count
            if one.amount is not None:
                amounts[key] = amounts.get(key, 0) + one.amount
    return [
        DayAllowance(kind=kind, count=count, amount=amounts.get((kind, currency)), currency=currency)
        for (kind, currency), count in sorted(counts.items())
    ]
