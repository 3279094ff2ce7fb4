"""What follows for postings when somebody leaves, when a store closes or changes its clock, when a home or a manager is another,
when a tablet brings a PIN."""

from __future__ import annotations

from contract.moments import business_date, day_starts_at, instant
from server.kernel.events import reacts_to
from server.kernel.feed import mark
from server.kernel.jobs import ask_for
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.org.events import HomeMoves, ManagerNamed, NamesChanged, UnitCloses
from server.people.events import PersonLeft, PinOfferedAtKiosk
from server.postings import faces, guests, handover, life, queries, rules, sides
from server.postings.model import Arrival, Posting
from server.stores.events import StoreClockChanged, StoreRenamed
from server.stores.model import Store

SIDES, SIDES_SOON = "refresh_sides", "refresh_sides_soon"
assert guests and faces  # importing them registers what follows from any flush of a posting, a person, a post


@reacts_to(PersonLeft)
def end_postings_of_leaver(work: Work, event: PersonLeft) -> None:
    """The running posting ends with the running business day; those that have not begun will not."""
    with life.with_reach(work) as wide:
        for posting in queries.postings_of(wide.session, event.person_id):
            store: Store = wide.find(Store, posting.store_id, "stores.unknown")
            today = business_date(wide.now, store.zone, day_turns_at_min=store.day_turns_at_min)
            if posting.starts_on > today:
                life.call_off(wide, posting)
                continue
            ends_on = rules.end_of_leaver(posting.starts_on, posting.ends_on, today)
            if ends_on is not None:
                life.end_on(wide, posting, ends_on, event.reason)


@reacts_to(StoreClockChanged)
def move_instants(work: Work, event: StoreClockChanged) -> None:
    """Days stay what was agreed; the instants they begin follow the store's clock. What has begun stays begun."""
    with life.with_reach(work) as wide:
        for posting in queries.not_over(wide.session, event.store_id, wide.now):
            if posting.starts_at > wide.now:
                posting.starts_at = day_starts_at(posting.starts_on, event.zone, day_turns_at_min=event.day_turns_at_min)
            if posting.ends_on is not None:
                posting.ends_at = day_starts_at(posting.ends_on, event.zone, day_turns_at_min=event.day_turns_at_min)
            arrival = wide.session.get(Arrival, posting.id)
            if arrival is not None:
                handover.mark_card(wide, arrival)


@reacts_to(StoreRenamed)
def show_new_name(work: Work, event: StoreRenamed) -> None:
    """A posting's card on a device carries the store's name: each of them has changed for its readers, though no column did."""
    for posting_id, person_id in queries.cards_of_store(work.session, event.store_id):
        mark(work.session, f"person:{person_id}", "posting", posting_id)
    with life.with_reach(work) as wide:
        for arrival in queries.arrivals_at(wide.session, event.store_id):
            handover.mark_card(wide, arrival)


@reacts_to(UnitCloses)
def name_who_is_posted(work: Work, event: UnitCloses) -> None:
    """A store does not close under somebody who is to work there: whoever closes it is told who that is."""
    with life.with_reach(work) as wide:
        event.inside.extend(queries.posted_from(wide.session, event.unit_id, event.from_day))


@reacts_to(ManagerNamed)
@reacts_to(NamesChanged)
@reacts_to(HomeMoves)
def name_managers_soon(work: Work, _event: ManagerNamed | NamesChanged | HomeMoves) -> None:
    """Whoever belongs to such a unit has another manager on their card as soon as this is committed."""
    with life.with_reach(work) as wide:
        ask_for(wide, SIDES_SOON, key="now")


@reacts_to(NamesChanged)
def show_new_sides(work: Work, event: NamesChanged) -> None:
    """Cards and postings carry the names of both sides: where somebody's home or manager is another now, they read so."""
    with life.with_reach(work) as wide:
        for arrival, known in sides.moved_sides(wide.session, event.today):
            posting = wide.session.get(Posting, arrival.id)
            if posting is not None:
                life.name_sides(wide, posting, arrival, known)


@reacts_to(PinOfferedAtKiosk)
def refuse_pin_of_a_stranger(work: Work, event: PinOfferedAtKiosk) -> None:
    """A tablet may set the PIN of those who worked in its store when they typed it, or work there now; of nobody else."""
    moments = (instant(event.offered_at_ms), work.now)
    if not any(queries.is_posted(work.session, event.person_id, event.store_id, moment) for moment in moments):
        raise Problem("people.pin_of_another", id=event.person_id)
