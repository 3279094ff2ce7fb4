"""What later areas hear of attendance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class FactChanges:
    """Something that counts on this business date is about to be said, decided anew or withdrawn by people.

    Told before it is written, in the transaction of the operation. A reaction raises Problem where it may not: the month is
    closed. Punches themselves are never refused, so they tell nothing.
    """

    person_id: str
    day: date
