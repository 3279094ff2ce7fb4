"""What happens to plans and rules that later areas follow: hours, boards, statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class DutiesChanged:
    """What these people are due changed somewhere from a day to a day (both included). None: of everybody."""

    person_ids: frozenset[str] | None
    from_day: date
    to_day: date


@dataclass(frozen=True)
class VersionReplaced:
    """A version of a template, a pattern or a set of rules is about to become another one from its own first day on. Who keeps
    hours refuses it where one of these days is final."""

    from_day: date


@dataclass(frozen=True)
class RulesChanged:
    """From a day on the hours of these people are made by other rules. None: of everybody."""

    person_ids: frozenset[str] | None
    from_day: date


@dataclass(frozen=True)
class TemplatesChanged:
    """A kind of shift is new, or another from a day on."""
