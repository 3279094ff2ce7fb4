"""What tickets say about training: a rule may recommend a course to all who work at a store where many of a kind came in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from contract.growth import RuleWhen
from server.feedback.events import TicketFiled
from server.feedback.model import Category, Ticket
from server.growth import recommending, who
from server.growth.model import RecommendationRule
from server.growth.rules.recommending import RuleFault
from server.kernel.db import ScopedSession, table_of
from server.kernel.events import reacts_to
from server.kernel.perform import Work
from server.kernel.scope import whole
from server.stores.model import Store

KIND = "tickets"
_ticket, _category, _store, _rule = table_of(Ticket), table_of(Category), table_of(Store), table_of(RecommendationRule)


def find(session: ScopedSession, when: RuleWhen, people: Collection[str] | None, now: datetime) -> who.Facts:
    """Everybody (None) or these people who work at a store with at least so many tickets of the kind filed within the days
    before a moment; of several stores the one with most, then the first by name. What a store does not see of its tickets is
    not counted: the reason would tell it."""
    connection = session.connection()
    named = connection.execute(sa.select(_category).where(_category.c.code == when.category)).first()
    if named is None or when.at_least is None or when.days is None:
        return {}
    since = now - timedelta(days=when.days)
    mine = (_ticket.c.category == when.category, _ticket.c.store_sees, _ticket.c.filed_at > since, _ticket.c.filed_at <= now)
    counted = (
        sa.select(_ticket.c.store_id, _store.c.name, sa.func.count().label("n"))
        .join(_store, _store.c.id == _ticket.c.store_id)
        .where(*mine)
        .group_by(_ticket.c.store_id, _store.c.name)
        .having(sa.func.count() >= when.at_least)
    )
    many = {row.store_id: (-row.n, row.name) for row in connection.execute(counted)}
    if not many:
        return {}
    worst: dict[str, tuple[int, str]] = {}
    for person_id, store_id in who.at_stores(session, sorted(many), people, now):
        worst[person_id] = min(worst.get(person_id, many[store_id]), many[store_id])
    words = {"category_zh": named.name_zh, "category_en": named.name_en, "days": str(when.days)}
    return {person_id: {**words, "n": str(-n), "store": store} for person_id, (n, store) in worst.items()}


def check(session: ScopedSession, when: RuleWhen) -> RuleFault | None:
    """Whether there is such a kind of ticket, and stores see theirs of it."""
    asked = sa.select(_category.c.store_sees).where(_category.c.code == when.category)
    found = session.connection().execute(asked).first()
    if found is None:
        return RuleFault("feedback.category_unknown", "when.category", {"category": when.category or ""})
    return None if found.store_sees else RuleFault("growth.tickets_hidden", "when.category")


who.add_kind(KIND, find, check)


@reacts_to(TicketFiled)
def follow_a_ticket(work: Work, event: TicketFiled) -> None:
    """One more of its kind: the rules that count it look at who works there."""
    with whole(work.session) as everything:
        ticket = everything.get_one(Ticket, event.ticket_id)
        if ticket.store_id is None:
            return
        asked = sa.select(RecommendationRule).where(RecommendationRule.kind == KIND, RecommendationRule.active.is_(sa.true()))
        rules = [row.id for row in everything.scalars(asked) if row.when.get("category") == ticket.category]
        people = who.working_at(everything, [ticket.store_id], work.now) if rules else set()
    if people:
        recommending.turn(work, people, rules)
