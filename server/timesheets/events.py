"""What happens to days that later areas follow: statements and boards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class DaysChanged:
    """These days of a person came out differently just now. Told in the transaction that writes them, as the system."""

    person_id: str
    days: tuple[date, ...]
