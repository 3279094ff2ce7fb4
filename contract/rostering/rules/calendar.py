"""The days looked at: which are holidays, when stores are open, how far they lie apart. Facts, ready for the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from contract.moments import COMPANY_ZONE
from contract.opening import Opening
from contract.rostering.local_time import at_minute, day_of, ordinal, weekday
from contract.shifts import DayKind

Hours = Sequence[tuple[int, int]]
_SATURDAY = 5


@dataclass(frozen=True)
class Calendar:
    """The days judged, both included, and what is known of them.

    Verdicts that show on an earlier day are left out; earlier shifts may be given all the same and count (the week's hours, the
    rest before the first day). `Worker.past` is what lies before the first day there is a fact of: `first_day`, or an earlier
    shift that was given. What comes after the last shift is free: a rule is broken by what is planned, never by what may follow.

    day_kinds: of days that are not simply working (Monday to Friday) or weekend. open_week: of a store, seven days from Monday,
    from and to in minutes of the day (more than 1,440: into the next); a store that is absent is always open. open_days: of a
    store on one day, instead. open_weeks: of a store, weeks that count from a day on, the earliest first; an empty one, and the
    time before the first, is always open. travel_min: from store to store. zone: by whose midnight leave belongs to a week.
    """

    first_day: str
    last_day: str
    zone: str = COMPANY_ZONE
    day_kinds: Mapping[str, DayKind] = field(default_factory=dict)
    open_week: Mapping[str, Sequence[Hours]] = field(default_factory=dict)
    open_days: Mapping[tuple[str, str], Hours] = field(default_factory=dict)
    open_weeks: Mapping[str, Sequence[tuple[str, Sequence[Hours]]]] = field(default_factory=dict)
    travel_min: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def kind_of(self, day: str) -> DayKind:
        """working, weekend or holiday."""
        said = self.day_kinds.get(day)
        if said is not None:
            return said
        return "weekend" if weekday(ordinal(day)) >= _SATURDAY else "working"

    def hours_of(self, store_id: str, day: str) -> Hours | None:
        """When a store is open on a day, in minutes of it; None: always, or nobody said."""
        said = self.open_days.get((store_id, day))
        if said is not None:
            return said
        week = self.open_week.get(store_id)
        for from_day, later in self.open_weeks.get(store_id, ()):
            week = (later or None) if from_day <= day else week
        return None if week is None else week[weekday(ordinal(day))]

    def opened(self, openings: Iterable[Opening]) -> Calendar:
        """The same days with what is known of when stores are open."""
        weeks: dict[str, list[tuple[str, Sequence[Hours]]]] = {}
        days: dict[tuple[str, str], Hours] = {}
        for one in openings:
            weeks[one.store_id] = [(each.from_day, each.week) for each in one.weeks]
            days.update(((one.store_id, each.day), each.hours) for each in one.days)
        return replace(self, open_weeks=weeks, open_days=days)

    def week_ms(self, monday: int) -> tuple[int, int]:
        """The instants at which a week begins and ends by `zone`."""
        return at_minute(day_of(monday), 0, self.zone), at_minute(day_of(monday + 7), 0, self.zone)
