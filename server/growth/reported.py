"""Month reports as effects read them. Who makes reports is an area above this one, and says here how they are asked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol

from server.kernel.db import ScopedSession

COMPOSITE = "composite"  # the code of the indicator that holds the composite of reports


class Reported(NamedTuple):
    """What the newest revision of somebody's month at a store came to, over which days there (both included). `points`: of the
    metric that was asked for, 0 to 100; None where the report has none of it, as `composite` where there was too little."""

    person_id: str
    from_day: date
    to_day: date
    composite: Decimal | None
    points: Decimal | None


class Measured(NamedTuple):
    """A metric that month reports reckon, and what it came to in somebody's newest one, where that has it: person -> value, in
    the metric's unit."""

    name_zh: str
    name_en: str
    unit: str
    values: dict[str, Decimal]


class MonthReports(Protocol):
    """How month reports are asked, each question as far as the reader may see them."""

    def metrics(self, session: ScopedSession) -> dict[str, tuple[str, str]]:
        """What metrics are called in zh and en that some scheme weighs, by code."""

    def people(self, session: ScopedSession) -> set[str]:
        """Whoever has a report."""

    def of(self, session: ScopedSession, people: Collection[str], metric: str) -> list[Reported]:
        """The reports of these people."""

    def newest(self, session: ScopedSession, metric: str, people: Collection[str] | None) -> Measured | None:
        """What a metric came to for everybody (None) or these people, past any scope; None where none is reckoned."""


_made_by: list[MonthReports] = []


def are_asked_of(made: MonthReports) -> None:
    """Month reports are asked of this from now on."""
    if made not in _made_by:
        _made_by.append(made)


def metrics(session: ScopedSession) -> dict[str, tuple[str, str]]:
    """What metrics of reports are called in zh and en, by code."""
    return {code: names for made in _made_by for code, names in made.metrics(session).items()}


def people(session: ScopedSession) -> set[str]:
    """Whoever has a report that the reader may see."""
    return {one for made in _made_by for one in made.people(session)}


def of(session: ScopedSession, whom: Collection[str], metric: str) -> list[Reported]:
    """The reports of these people that the reader may see."""
    return [one for made in _made_by for one in made.of(session, whom, metric)]


def newest(session: ScopedSession, metric: str, whom: Collection[str] | None) -> Measured | None:
    """What a metric came to in the newest reports, past any scope; None where no report reckons it."""
    return next((found for made in _made_by if (found := made.newest(session, metric, whom)) is not None), None)
