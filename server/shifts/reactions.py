"""Duties follow where people are posted and at home, what the calendar says, and the clocks of stores."""

from __future__ import annotations

from datetime import timedelta

from server.kernel.events import reacts_to
from server.kernel.perform import Work
from server.org.events import CalendarChanged, HomeSettled, UnitMoved
from server.org.queries import company_day
from server.people.events import PersonLeft
from server.postings.events import PostingCancelled, PostingMade, PostingMoved
from server.shifts.follow import everybody_below, follow
from server.stores.events import StoreClockChanged

A_DAY = timedelta(days=1)


@reacts_to(PostingMade)
def follow_a_posting(work: Work, event: PostingMade) -> None:
    """From its first day somebody works by the store's plan and clock."""
    follow(work, [event.person_id], event.starts_on)


@reacts_to(PostingMoved)
def follow_its_end(work: Work, event: PostingMoved) -> None:
    """Between the old end and the new one somebody works by another plan. The old end was not over, or is the same."""
    today = company_day(work.now)
    ends_on = company_day(event.ends_at) if event.ends_at is not None else today
    follow(work, [event.person_id], min(today, ends_on) - A_DAY)


@reacts_to(PostingCancelled)
def follow_a_cancelled_one(work: Work, event: PostingCancelled) -> None:
    """It had not begun: what was planned for the store is not theirs."""
    follow(work, [event.person_id], company_day(work.now) - A_DAY)


@reacts_to(HomeSettled)
def follow_home(work: Work, event: HomeSettled) -> None:
    """Somebody was hired, or has moved."""
    follow(work, [event.person_id], event.from_day)


@reacts_to(PersonLeft)
def follow_a_leaving(work: Work, event: PersonLeft) -> None:
    """After the last day nothing is due."""
    follow(work, [event.person_id], company_day(work.now) - A_DAY)


@reacts_to(CalendarChanged)
def follow_the_calendar(work: Work, event: CalendarChanged) -> None:
    """A day is off, or is not, for everybody who follows the company's calendar."""
    follow(work, None, event.day, event.day)


@reacts_to(UnitMoved)
def follow_a_unit(work: Work, event: UnitMoved) -> None:
    """Another unit's plan counts for those inside."""
    follow(work, everybody_below(work, event.unit_id, event.from_day), event.from_day)


@reacts_to(StoreClockChanged)
def follow_a_clock(work: Work, event: StoreClockChanged) -> None:
    """The same minutes are other instants from today on; the past stays as it was worked."""
    from_day = company_day(work.now)
    follow(work, everybody_below(work, event.store_id, from_day), from_day)
