"""What happens to postings that later areas may have to follow. Each is told once, in the transaction that makes it so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal


@dataclass(frozen=True)
class PostingMade:
    """It is there, whenever it begins."""

    posting_id: str
    person_id: str
    store_id: str
    starts_on: date


@dataclass(frozen=True)
class PostingStarted:
    """The first business day has begun. `entered_late`: it had begun long before anybody entered it."""

    posting_id: str
    person_id: str
    store_id: str
    starts_on: date
    entered_late: bool = False


@dataclass(frozen=True)
class PostingMoved:
    """Its end is another: it was extended, shortened or recalled."""

    posting_id: str
    person_id: str
    store_id: str
    ends_at: datetime | None


@dataclass(frozen=True)
class PostingEnded:
    """It is over. `goes_on`: the person works at another store without a day at home in between."""

    posting_id: str
    person_id: str
    store_id: str
    goes_on: bool = False


@dataclass(frozen=True)
class PostingCancelled:
    """It will not happen: called off before it began."""

    posting_id: str
    person_id: str
    store_id: str


@dataclass(frozen=True)
class CoursePackDue:
    """Somebody is to be given courses: those of the store they come to, or the refresher of the home they come back to."""

    person_id: str
    posting_id: str
    pack: Literal["store", "refresher"]
    store_id: str
    home_unit_id: str | None
    day: date
