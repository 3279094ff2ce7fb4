"""The life of a posting: it is made, begins, is extended, nears its end, ends, or is called off.

Everything here is done with the system's reach: what follows from an approval or from a date is the company's doing, whoever
brought it about. Organisation, rights and duties need no doing: they are computed from the dates. What must happen once is
telling people and later areas, and `Arrival` remembers that it did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

import sqlalchemy as sa

from contract.inbox import ItemKind
from contract.moments import business_date, day_starts_at
from server.inbox.service import NewItem, close_items, put_items
from server.kernel.actors import Actor
from server.kernel.events import tell
from server.kernel.feed import mark
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.people.model import Person
from server.postings import handover, queries, rules, sides
from server.postings.events import CoursePackDue, PostingCancelled, PostingEnded, PostingMade, PostingMoved, PostingStarted
from server.postings.model import Arrival, HandOverItem, HandOverTick, Posting
from server.stores.model import Store

BEGUN, BACK, COURSES = "N-05", "N-06", "N-13"


@dataclass(frozen=True)
class Wish:
    """A posting that is to be: who, where, from which business day to which, holding which post, on which request."""

    posting_id: str
    person_id: str
    store_id: str
    starts_on: date
    ends_on: date | None
    post_id: str | None = None
    request_id: str | None = None


@contextmanager
def with_reach(work: Work) -> Iterator[Work]:
    """The same work with the system's reach, in the same transaction."""
    if work.actor.is_system:
        yield work
        return
    with work.with_system_reach() as everything:
        yield replace(work, session=everything, actor=Actor.system())


def day_begins(store: Store, day: date) -> datetime:
    """The instant a business day of this store begins."""
    return day_starts_at(day, store.zone, day_turns_at_min=store.day_turns_at_min)


def today_at(store: Store, moment: datetime) -> date:
    """The store's business day at a moment."""
    return business_date(moment, store.zone, day_turns_at_min=store.day_turns_at_min)


def make(work: Work, wish: Wish) -> Posting:
    """The posting is there, with its card for the host; when its first day has begun, it begins at once.

    Raises Problem: somebody who left, days that are taken. Whoever asks for the same person at the same time waits here.
    """
    person: Person = work.find(Person, wish.person_id, "people.unknown")
    store: Store = work.find(Store, wish.store_id, "stores.unknown")
    work.session.refresh(person, with_for_update=True)
    if not person.active:
        raise Problem("people.has_left", field="person_id", id=wish.person_id)
    must_be_free(work, wish.person_id, wish.starts_on, wish.ends_on)
    known = sides.sides_of(work.session, wish.person_id, wish.store_id, max(wish.starts_on, company_day(work.now)))
    posting = Posting(
        id=wish.posting_id,
        person_id=wish.person_id,
        store_id=wish.store_id,
        starts_on=wish.starts_on,
        ends_on=wish.ends_on,
        starts_at=day_begins(store, wish.starts_on),
        ends_at=day_begins(store, wish.ends_on) if wish.ends_on else None,
        post_id=wish.post_id,
        request_id=wish.request_id,
        home_unit_id=known.home_unit_id,
    )
    work.add(posting)
    work.session.flush()  # its card names it
    tell(work, PostingMade(posting.id, posting.person_id, posting.store_id, posting.starts_on))
    arrival = Arrival(
        id=posting.id,
        person_id=posting.person_id,
        store_id=posting.store_id,
        home_unit_id=known.home_unit_id,
        home_manager_id=known.home_manager_id,
        host_manager_id=known.host_manager_id,
    )
    if posting.starts_at <= work.now and posting.starts_on < today_at(store, work.now):
        entered_late(work, posting, arrival)
        return posting
    work.add(arrival)
    work.session.flush()  # what is handed over names it
    handover.lay_out(work, posting.id, "arrival")
    turn(work, posting, arrival)
    return posting


def entered_late(work: Work, posting: Posting, arrival: Arrival) -> None:
    """A posting somebody entered days after it began: everybody was there, nobody is told and nothing is handed over."""
    arrival.begun_at = work.now
    is_over = posting.ends_at is not None and posting.ends_at <= work.now
    arrival.over_at = work.now if is_over else None
    work.add(arrival)
    tell(work, PostingStarted(posting.id, posting.person_id, posting.store_id, posting.starts_on, entered_late=True))


def must_be_free(
    work: Work, person_id: str, starts_on: date, ends_on: date | None, *, apart_from: str | None = None, field: str = "starts_on"
) -> None:
    """Refuse days on which the person is posted already, naming that posting."""
    other = queries.overlapping(work.session, person_id, starts_on, ends_on, apart_from=apart_from)
    if other is None:
        return
    raise Problem(
        "postings.overlaps",
        field=field,
        id=other.id,
        store_id=other.store_id,
        starts_on=other.starts_on.isoformat(),
        ends_on=other.ends_on.isoformat() if other.ends_on else "...",
    )


def end_on(work: Work, posting: Posting, ends_on: date, reason: str | None, *, at: datetime | None = None) -> None:
    """The posting ends with another day than before, or (`at`) at a moment within its last day. `reason`: why earlier."""
    store: Store = work.find(Store, posting.store_id, "stores.unknown")
    posting.ends_on, posting.ends_at = ends_on, at if at is not None else day_begins(store, ends_on)
    posting.ended_because = reason
    arrival: Arrival = work.find(Arrival, posting.id, "postings.unknown")
    close_items(work, posting.id, triggers=[BACK])  # what was announced is another day now
    _show(work, arrival)
    tell(work, PostingMoved(posting.id, posting.person_id, posting.store_id, posting.ends_at))
    turn(work, posting, arrival)


def call_off(work: Work, posting: Posting) -> None:
    """A posting that has not begun will not happen; its card, its list and what was to be done about it go with it."""
    session = work.session
    arrival = session.get(Arrival, posting.id)
    items = list(session.scalars(sa.select(HandOverItem).where(HandOverItem.posting_id == posting.id)))
    said = sa.select(HandOverTick).where(HandOverTick.item_id.in_([item.id for item in items]))
    # no relation tells the session what points at what: each flush takes away what points at the next
    for rows in (list(session.scalars(said)), items, [arrival] if arrival is not None else [], [posting]):
        for row in rows:
            session.delete(row)
        session.flush()
    close_items(work, posting.id)
    tell(work, PostingCancelled(posting.id, posting.person_id, posting.store_id))


def turn(work: Work, posting: Posting, arrival: Arrival) -> None:
    """Let happen what the posting's dates have brought about and nobody was told yet."""
    turn_all(work, [(posting, arrival)])


def turn_all(work: Work, several: Sequence[tuple[Posting, Arrival]]) -> None:
    """The same for several: whoever is told of many at once is written to in two statements."""
    items: list[NewItem] = []
    for posting, arrival in several:
        due = rules.turns_due(
            posting.starts_at,
            posting.ends_at,
            posting.ends_on,
            begun=arrival.begun_at is not None,
            near_for=arrival.near_for,
            over=arrival.over_at is not None,
            now=work.now,
        )
        for what in due:
            items += {"begun": _begin, "near": _near, "over": _finish}[what](work, posting, arrival)
    put_items(work, items)


def _begin(work: Work, posting: Posting, arrival: Arrival) -> list[NewItem]:
    arrival.begun_at = work.now
    tell(work, PostingStarted(posting.id, posting.person_id, posting.store_id, posting.starts_on))
    return [*_to_everybody(work, posting, arrival, BEGUN, key="begun"), *_courses(work, posting, arrival, "store")]


def _near(work: Work, posting: Posting, arrival: Arrival) -> list[NewItem]:
    arrival.near_for = posting.ends_on
    handover.lay_out(work, posting.id, "return")
    return _to_everybody(work, posting, arrival, BACK, key=f"near {posting.ends_on}", to_do=True)


def _finish(work: Work, posting: Posting, arrival: Arrival) -> list[NewItem]:
    arrival.over_at = work.now
    handover.lay_out(work, posting.id, "return")
    close_items(work, posting.id, triggers=[BACK])
    assert posting.ends_at is not None
    goes_on = queries.posting_at(work.session, posting.person_id, posting.ends_at) is not None
    tell(work, PostingEnded(posting.id, posting.person_id, posting.store_id, goes_on))
    told = _to_everybody(work, posting, arrival, BACK, key="reached")
    return told if goes_on else [*told, *_courses(work, posting, arrival, "refresher")]


def _courses(work: Work, posting: Posting, arrival: Arrival, pack: Literal["store", "refresher"]) -> list[NewItem]:
    """The courses of the place somebody comes to. Which those are is another area's to say; here they are due."""
    person: Person = work.find(Person, posting.person_id, "people.unknown")
    if not person.active:
        return []
    store: Store = work.find(Store, posting.store_id, "stores.unknown")
    day = company_day(work.now)
    tell(work, CoursePackDue(person.id, posting.id, pack, store.id, arrival.home_unit_id, day))
    facts = {"where": store.name if pack == "store" else person.home_org}
    return [NewItem(COURSES, person.id, "notice", "posting", posting.id, facts, pack)]


def _to_everybody(
    work: Work, posting: Posting, arrival: Arrival, trigger: str, *, key: str, to_do: bool = False
) -> list[NewItem]:
    """The employee, both managers and HR, each once, whatever they are besides. Who has left is told nothing."""
    hr = _hr(work, posting.store_id, arrival.home_unit_id)
    concerned = (posting.person_id, arrival.home_manager_id, arrival.host_manager_id, *hr)
    person: Person = work.find(Person, posting.person_id, "people.unknown")
    store: Store = work.find(Store, posting.store_id, "stores.unknown")
    facts = {
        "who": person.name,
        "store": store.name,
        "home": person.home_org,
        "starts_on": posting.starts_on.isoformat(),
        "ends_on": _first_day_back(posting, store),
    }
    kind: ItemKind = "to_do" if to_do else "notice"
    due_at = posting.ends_at if to_do else None
    return [
        NewItem(trigger, receiver_id, kind, "posting", posting.id, facts, key, due_at)
        for receiver_id in dict.fromkeys(concerned)
        if receiver_id is not None and _is_with_us(work, receiver_id)
    ]


def _first_day_back(posting: Posting, store: Store) -> str:
    """The date people say; of somebody called back at noon it is today, though the day still belongs to the store."""
    if posting.ends_on is None or posting.ends_at is None:
        return ""
    turned = business_date(posting.ends_at, store.zone, day_turns_at_min=store.day_turns_at_min)
    return min(posting.ends_on, turned).isoformat()


def _hr(work: Work, *units: str | None) -> list[str]:
    """HR over these units, asked once for each in an operation."""
    known: dict[str, list[str]] = work.cache.setdefault("hr of postings", {})
    found: set[str] = set()
    for unit_id in units:
        if unit_id is not None:
            if unit_id not in known:
                known[unit_id] = sides.hr_of(work.session, unit_id, company_day(work.now))
            found.update(known[unit_id])
    return sorted(found)


def _is_with_us(work: Work, person_id: str) -> bool:
    kept: dict[str, Person] = work.cache.setdefault("people of postings", {})
    if person_id not in kept:
        kept[person_id] = work.find(Person, person_id, "people.unknown")
    return kept[person_id].active


def name_sides(work: Work, posting: Posting, arrival: Arrival, known: sides.Sides) -> None:
    """Both sides are these now. Devices that show their names read them anew."""
    if known == (arrival.home_unit_id, arrival.home_manager_id, arrival.host_manager_id):
        return
    arrival.home_unit_id, arrival.home_manager_id, arrival.host_manager_id = known
    if posting.home_unit_id != known.home_unit_id:
        posting.home_unit_id = known.home_unit_id
    mark(work.session, f"person:{posting.person_id}", "posting", posting.id)
    mark(work.session, f"person:{posting.person_id}", "person", posting.person_id)


def _show(work: Work, arrival: Arrival) -> None:
    """The card reads differently now, though none of its own columns changed."""
    handover.mark_card(work, arrival)
