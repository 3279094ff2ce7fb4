"""What follows for postings when somebody leaves, when a store's clock changes, when a tablet brings a PIN."""

from __future__ import annotations

from contract.moments import business_date, day_starts_at, instant
from server.kernel.events import reacts_to
from server.kernel.feed import mark
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.people.events import PersonLeft, PinOfferedAtKiosk
from server.postings import queries, rules
from server.stores.events import StoreClockChanged, StoreRenamed
from server.stores.model import Store


@reacts_to(PersonLeft)
def end_postings_of_leaver(work: Work, event: PersonLeft) -> None:
    """The running posting ends with the running business day; those that have not begun will not."""
    for posting in queries.postings_of(work.session, event.person_id):
        store: Store = work.find(Store, posting.store_id, "stores.unknown")
        turns = store.day_turns_at_min
        today = business_date(work.now, store.zone, day_turns_at_min=turns)
        if posting.starts_on > today:
            work.session.delete(posting)
            continue
        ends_on = rules.end_of_leaver(posting.starts_on, posting.ends_on, today)
        if ends_on is not None:
            posting.ends_on, posting.ends_at = ends_on, day_starts_at(ends_on, store.zone, day_turns_at_min=turns)
            posting.ended_because = event.reason


@reacts_to(StoreClockChanged)
def move_instants(work: Work, event: StoreClockChanged) -> None:
    """Days stay what was agreed; the instants they begin follow the store's clock. What has begun stays begun."""
    for posting in queries.not_over(work.session, event.store_id, work.now):
        if posting.starts_at > work.now:
            posting.starts_at = day_starts_at(posting.starts_on, event.zone, day_turns_at_min=event.day_turns_at_min)
        if posting.ends_on is not None:
            posting.ends_at = day_starts_at(posting.ends_on, event.zone, day_turns_at_min=event.day_turns_at_min)


@reacts_to(StoreRenamed)
def show_new_name(work: Work, event: StoreRenamed) -> None:
    """A posting's card on a device carries the store's name: each of them has changed for its readers, though no column did."""
    for posting_id, person_id in queries.cards_of_store(work.session, event.store_id):
        mark(work.session, f"person:{person_id}", "posting", posting_id)


@reacts_to(PinOfferedAtKiosk)
def refuse_pin_of_a_stranger(work: Work, event: PinOfferedAtKiosk) -> None:
    """A tablet may set the PIN of those who worked in its store when they typed it, or work there now; of nobody else."""
    moments = (instant(event.offered_at_ms), work.now)
    if not any(queries.is_posted(work.session, event.person_id, event.store_id, moment) for moment in moments):
        raise Problem("people.pin_of_another", id=event.person_id)
