"""What happens to the organisation that later areas judge or follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class UnitCloses:
    """A unit is about to end. Areas that know of somebody or something still in it from that day on put their names `inside`."""

    unit_id: str
    from_day: date
    inside: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ManagerNamed:
    """Somebody is to manage a unit: they must be there to do it."""

    unit_id: str
    person_id: str


@dataclass(frozen=True)
class HomeMoves:
    """Somebody's home is to be another from a day on. Told before it is written, so that it may be refused."""

    person_id: str
    unit_id: str
    post_id: str | None
    from_day: date


@dataclass(frozen=True)
class HomeSettled:
    """From a day on somebody's home is another, or they have one for the first time. Told when it is written."""

    person_id: str
    from_day: date


@dataclass(frozen=True)
class UnitMoved:
    """From a day on a unit stands below another."""

    unit_id: str
    from_day: date


@dataclass(frozen=True)
class CalendarChanged:
    """The company says something else of a day."""

    day: date


@dataclass(frozen=True)
class NamesChanged:
    """What homes are called today may differ from what stands on people's cards: a unit was renamed, or a home moved."""

    today: date
