"""What scoring tells, in the transaction of the operation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CardMoved:
    """What counts of somebody's month at a store is another than before: a card was given, corrected or withdrawn."""

    card_id: str
    person_id: str
    store_id: str
    month: str


@dataclass(frozen=True)
class ReportsWritten:
    """Month reports of these people were made or revised."""

    people: tuple[str, ...]


@dataclass
class ReportAsked:
    """Somebody appeals against a month report. Whoever keeps reports fills in whose it is, and at which store."""

    report_id: str
    person_id: str | None = None
    store_id: str | None = None


@dataclass(frozen=True)
class ReportAppealMoved:
    """An appeal against a month report was made, or answered."""

    report_id: str
    appeal_id: str
    upheld: bool | None
