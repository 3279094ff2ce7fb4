"""What of a day belongs to each store it concerns: hours where they were worked, and the parts come to the whole.

Hours go to where they were worked; when the rules take some of them away again (rounding, unpaid pauses) the largest remainder
keeps the sum; classes are handed out in the order of the day, so that the store where the day began has the regular hours and
the one where it ended the overtime. Leave belongs to the store where the person was due. Night minutes follow the hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from contract.hours import DayRow

CLASSES: Final = ("regular_min", "overtime_normal_min", "overtime_weekend_min", "overtime_holiday_min")
# states that say "was due here", also without a minute worked
_DUE: Final = frozenset({"present", "late", "early", "absent", "leave", "unknown"})


class Share(NamedTuple):
    """One store's share of a day, in minutes."""

    worked_min: int
    regular_min: int
    overtime_normal_min: int
    overtime_weekend_min: int
    overtime_holiday_min: int
    leave_min: int
    night_min: int


def stores_of(row: DayRow) -> list[str]:
    """The stores a day concerns, in the order of the day: where somebody was, and where they were due."""
    found: dict[str, None] = {}
    for span in row.spans:
        found.setdefault(span.store_id)
    for one in row.stores:
        if one.minutes:
            found.setdefault(one.store_id)
    if row.store_id is not None and (row.due_min or row.leave_min or row.worked_min or row.state in _DUE):
        found.setdefault(row.store_id)
    return list(found)


def shared(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in parts as these weights are, exactly: the largest remainders get what is left over, earlier ones first."""
    whole = sum(weights)
    if not whole:
        return [total, *([0] * (len(weights) - 1))] if weights else []
    parts = [total * weight // whole for weight in weights]
    rest = sorted(range(len(weights)), key=lambda n: (-(total * weights[n] % whole), n))
    for n in rest[: total - sum(parts)]:
        parts[n] += 1
    return parts


def shares_of(row: DayRow) -> dict[str, Share]:
    """What of a day belongs to each store it concerns. Over all stores every amount comes to that of the day."""
    stores = stores_of(row)
    at_store = {one.store_id: one.minutes for one in row.stores}
    weights = [at_store.get(store, 0) for store in stores]
    if not any(weights):  # worked and no minute placed: where most was worked, else where the day began
        weights = [int(store == (row.store_id or stores[0])) for store in stores]
    worked = weights if sum(weights) == row.worked_min else shared(row.worked_min, weights)
    night = shared(row.night_min, worked if any(worked) else weights)
    left = [getattr(row, name) for name in CLASSES]
    away = row.store_id if row.store_id in stores else (stores[0] if stores else None)
    found: dict[str, Share] = {}
    for store, minutes, dark in zip(stores, worked, night, strict=True):
        classes, to_go = [0] * len(CLASSES), minutes
        for n, there in enumerate(left):
            classes[n] = min(there, to_go)
            left[n] -= classes[n]
            to_go -= classes[n]
        regular, normal, weekend, holiday = classes
        leave = row.leave_min if store == away else 0
        found[store] = Share(minutes, regular, normal, weekend, holiday, leave, dark)
    return found
