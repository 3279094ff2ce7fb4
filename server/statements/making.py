"""Turning derived days into statements: when a week is over, and again whenever its days come out differently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from contract.day_parts import stores_of
from contract.hours import DayRow
from contract.ids import derived_id
from contract.moments import business_date
from contract.statement_seal import canonical, code_of, digest_of
from contract.statements import MakeWeek, StatementText
from server.inbox.service import close_items, put_item
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.events import reacts_to
from server.kernel.feed import mark
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.people.model import Person
from server.statements import rules
from server.statements.model import (
    Statement,
    StatementConfirmation,
    StatementDispute,
    StatementRevision,
    StatementWeek,
    scopes_of,
)
from server.stores.model import Partner, Store
from server.timesheets.events import DaysChanged
from server.timesheets.queries import days_of

CONFIRM, CHANGED = "week_confirm", "week_changed"
_EAST = timedelta(hours=14)  # before any place on earth has that date
_read = msgspec.json.Decoder(StatementText).decode


class Place(NamedTuple):
    """What a statement says of its store."""

    id: str
    number: str
    name: str
    partner: str
    zone: str
    day_turns_at_min: int


def statement_id_of(person_id: str, store_id: str, week: str) -> str:
    """The one statement there can be for these."""
    return derived_id("statement", person_id, store_id, week)


def revision_id_of(statement_id: str, revision: int) -> str:
    """The id of a statement's revision."""
    return derived_id("statement revision", statement_id, str(revision))


def person_of(session: ScopedSession, statement_ids: Collection[str]) -> set[str]:
    """Whose weeks these are."""
    found: set[str] = set()
    ids = sorted(statement_ids)
    for start in range(0, len(ids), 500):
        found.update(session.scalars(sa.select(Statement.person_id).where(Statement.id.in_(ids[start : start + 500]))))
    return found


def text_of(revision: Any) -> StatementText | None:
    """What a revision says; None once it was erased."""
    return _read(revision.text) if revision.text is not None else None


def week_marker(zone: str, day_turns_at_min: int, week: str) -> str:
    """The id of the row that says a week was made for the stores of a zone."""
    return derived_id("statement week", zone, str(day_turns_at_min), week)


@handles(MakeWeek, needs=Permission.SETTLE_DISPUTE)
def make_week(work: Work, op: MakeWeek) -> None:
    """Statements of a week for these people. What is there already and still true stays as it is."""
    if not work.actor.is_system:
        raise Problem("access.not_allowed", needs="system")
    places = {
        place.id: place
        for place in _places(work.session, None)
        if (place.zone, place.day_turns_at_min) == (op.zone, op.day_turns_at_min)
    }
    bring_up_to_date(work, op.people, op.week, places)
    marker = week_marker(op.zone, op.day_turns_at_min, op.week)
    if op.last and work.session.get(StatementWeek, marker) is None:
        work.add(StatementWeek(id=marker, zone=op.zone, day_turns_at_min=op.day_turns_at_min, week=op.week, made_at=work.now))


@reacts_to(DaysChanged)
def follow_changed_days(work: Work, event: DaysChanged) -> None:
    """Days of a week that is over and was made came out differently: the statements that say otherwise get a new revision."""
    running = rules.week_of((work.now + _EAST).date())
    by_week = sorted({week for day in event.days if (week := rules.week_of(day)) < running})
    if not by_week:
        return  # their week is over nowhere on earth: what a punch of today costs ends here
    made, any_stated = _weeks_made(work, by_week)
    if not made and not any_stated:
        return  # older than statements, or made within the hour
    asked = sa.select(Statement.week, Statement.store_id).where(
        Statement.person_id == event.person_id, Statement.week.in_(by_week)
    )
    known = {(week, store) for week, store in work.session.execute(asked)}
    if not known and not made:
        return
    places = {place.id: place for place in _places(work.session, _stores_of_days(work.session, event, known))}
    for week in by_week:
        here = {
            place.id: place
            for place in places.values()
            if (week, place.id) in known or (place.zone, place.day_turns_at_min, week) in made
        }
        if here:
            bring_up_to_date(work, [event.person_id], week, here)


def _weeks_made(work: Work, by_week: list[str]) -> tuple[set[Any], bool]:
    """Which of these weeks were made, and whether anybody has a statement of one: asked once for all people of a transaction."""
    key = ("weeks made", *by_week)
    if key not in work.cache:
        weeks = sa.select(StatementWeek.zone, StatementWeek.day_turns_at_min, StatementWeek.week)
        made = set(work.session.execute(weeks.where(StatementWeek.week.in_(by_week))))
        stated = sa.select(Statement.id).where(Statement.week.in_(by_week)).limit(1)
        work.cache[key] = made, work.session.execute(stated).first() is not None
    found: tuple[set[Any], bool] = work.cache[key]
    return found


def _stores_of_days(session: ScopedSession, event: DaysChanged, known: Iterable[tuple[str, str]]) -> set[str]:
    found = {store for _, store in known}
    for row in days_of(session, [event.person_id], min(event.days), max(event.days)):
        found.update(stores_of(row))
    return found


def _places(session: ScopedSession, store_ids: Collection[str] | None) -> list[Place]:
    asked = sa.select(Store.id, Store.number, Store.name, Partner.name, Store.zone, Store.day_turns_at_min).join(
        Partner, Partner.id == Store.partner_id
    )
    if store_ids is not None:
        asked = asked.where(Store.id.in_(sorted(store_ids)))
    return [Place(*row) for row in session.execute(asked)]


def bring_up_to_date(work: Work, people: Sequence[str], week: str, places: dict[str, Place]) -> None:
    """Make what is missing of these people's week at these stores, and a new revision of what says otherwise now."""
    session = work.session
    first, last = rules.days_of_week(week)
    rows: dict[str, list[DayRow]] = defaultdict(list)
    for row in days_of(session, people, first, last):
        rows[row.person_id].append(row)
    known = _known(session, people, week)
    cards = {card.id: card for card in session.scalars(sa.select(Person).where(Person.id.in_(list(people))))}
    born: list[StatementRevision] = []
    for person_id in sorted(people):
        now = rules.weeks_by_store(rows[person_id])
        theirs = {store for person, store in known if person == person_id}
        for store_id in sorted((now.keys() | theirs) & places.keys()):
            said = now.get(store_id, rules.Week((), ()))
            there = known.get((person_id, store_id))
            if there is None:
                if not _is_over(work, places[store_id], last):
                    continue
                born.append(_make(work, cards[person_id], places[store_id], week, said))
            elif (text := text_of(there[1])) is not None and not rules.says_the_same(text, said):
                _revise(work, there[0], there[1], cards[person_id], places[store_id], said)
    if born:
        session.flush()  # a revision points at its statement
        for revision in born:
            work.add(revision)
        session.flush()


def _is_over(work: Work, place: Place, last: date) -> bool:
    return business_date(work.now, place.zone, day_turns_at_min=place.day_turns_at_min) > last


def _known(
    session: ScopedSession, people: Sequence[str], week: str
) -> dict[tuple[str, str], tuple[Statement, StatementRevision]]:
    asked = (
        sa.select(Statement, StatementRevision)
        .join(
            StatementRevision,
            sa.and_(StatementRevision.statement_id == Statement.id, StatementRevision.revision == Statement.revision),
        )
        .where(Statement.person_id.in_(list(people)), Statement.week == week)
    )
    return {(found.person_id, found.store_id): (found, newest) for found, newest in session.execute(asked)}


def _make(work: Work, person: Person, place: Place, week: str, said: rules.Week) -> StatementRevision:
    first, last = rules.days_of_week(week)
    statement_id = statement_id_of(person.id, place.id, week)
    revision = _revision(work, _text(statement_id, 1, None, person, place, week, said), person.id, place.id)
    work.add(
        Statement(
            id=statement_id, person_id=person.id, store_id=place.id, week=week, from_day=first, to_day=last, revision=1,
            digest=revision.digest, state="open", changed_at=work.now, held=True,
        )
    )  # fmt: skip
    return revision


def _revise(work: Work, statement: Statement, before: StatementRevision, person: Person, place: Place, said: rules.Week) -> None:
    """Revision n+1: the same week said anew. Who confirmed n hears of it; n stays as it is and says that it was superseded."""
    session = work.session
    _hold(session, statement)
    number = statement.revision + 1
    revision = _revision(
        work, _text(statement.id, number, before.digest, person, place, statement.week, said), person.id, place.id
    )
    work.add(revision)
    is_open = sa.select(sa.func.count()).where(StatementDispute.statement_id == statement.id, StatementDispute.outcome.is_(None))
    statement.revision, statement.digest, statement.changed_at, statement.held = number, revision.digest, work.now, True
    statement.state = rules.state_after([], session.scalar(is_open) or 0)
    session.flush()
    mark_rows(session, statement)
    close_items(work, statement.id, triggers=[CONFIRM])
    signed = sa.select(StatementConfirmation.confirmed_by).where(
        StatementConfirmation.statement_id == statement.id, StatementConfirmation.revision == before.revision
    )
    for receiver in sorted({*session.scalars(signed), person.id}):
        put_item(
            work, trigger=CHANGED, receiver_id=receiver, kind="notice", about="statement", about_id=statement.id,
            facts=facts_of(statement, person, place.name) | {"revision": number}, key=str(number),
        )  # fmt: skip


def _hold(session: ScopedSession, statement: Statement) -> None:
    """Nobody confirms while it is said anew: who was faster is read now, who comes later finds another revision. Without this a
    third signature between reading and writing would leave revision n + 1 as if all three had signed it."""
    session.refresh(statement, with_for_update=True)


def facts_of(statement: Statement, person: Person, store: str) -> dict[str, Any]:
    """What an item of an inbox says of a week."""
    return {
        "person": person.name, "store": store, "week": statement.week, "from_day": statement.from_day.isoformat(),
        "to_day": statement.to_day.isoformat(),
    }  # fmt: skip


def mark_rows(session: ScopedSession, statement: Statement) -> None:
    """Something about a week changed that stands beside its text: who confirmed, a dispute, a newer revision. Devices read all
    revisions they hold anew."""
    for revision in range(1, statement.revision + 1):
        for scope in scopes_of(statement):
            mark(session, scope, "statement", revision_id_of(statement.id, revision), gone=not statement.held)


def _revision(work: Work, text: StatementText, person_id: str, store_id: str) -> StatementRevision:
    raw = canonical(text)
    digest = digest_of(raw)
    return StatementRevision(
        id=revision_id_of(text.statement_id, text.revision), statement_id=text.statement_id, person_id=person_id,
        store_id=store_id, revision=text.revision, previous=text.previous, digest=digest, code=code_of(digest),
        text=raw.decode(), made_at=work.now,
    )  # fmt: skip


def _text(
    statement_id: str, number: int, previous: str | None, person: Person, place: Place, week: str, said: rules.Week
) -> StatementText:
    first, last = rules.days_of_week(week)
    amounts: dict[str, Any] = rules.sums(said.days)
    return StatementText(
        statement_id=statement_id, revision=number, previous=previous, person_number=person.number, person_name=person.name,
        home=person.home_org, store_number=place.number, store_name=place.name, partner=place.partner, zone=place.zone,
        week=week, from_day=first.isoformat(), to_day=last.isoformat(), rules=list(said.rules), days=list(said.days),
        **amounts,
    )  # fmt: skip
