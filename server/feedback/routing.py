"""Which desk gets a ticket: the first rule by position that fits; where none does, the company's general desk (HR)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple, Protocol

import msgspec
import sqlalchemy as sa

from contract.desks import RuleBody
from contract.ids import derived_id
from server.feedback.desks_model import Desk, RoutingRule
from server.kernel.db import ScopedSession
from server.kernel.perform import Work
from server.org.queries import company_day, units_above

GENERAL_DESK = derived_id("desk", "HR")  # made when a company begins; it is never retired
NO_RULE_ESCALATES_MIN = 60


class Routable(Protocol):
    """What rules look at: the category's code, the store (a unit of the same id), the priority."""

    @property
    def category(self) -> str: ...
    @property
    def store_id(self) -> str | None: ...
    @property
    def priority(self) -> str: ...


class Routed(NamedTuple):
    """Where a ticket goes. `also`: desks that hear of it. Targets in minutes of the desk's working time; None: no target."""

    desk_id: str
    also: tuple[str, ...] = ()
    first_reply_min: int | None = None
    resolve_min: int | None = None
    escalate_min: int = NO_RULE_ESCALATES_MIN
    rule_id: str | None = None


class Rule(NamedTuple):
    """A rule that is in force, and its place."""

    rule_id: str
    position: int
    body: RuleBody


def fits(body: RuleBody, category: str, units: Collection[str], priority: str) -> bool:
    """Whether a rule speaks of such a ticket. `units`: its store and all units above it."""
    return (
        (not body.categories or category in body.categories)
        and (body.unit_id is None or body.unit_id in units)
        and (not body.priorities or priority in body.priorities)
    )


def first_fit(rules: Iterable[Rule], category: str, units: Collection[str], priority: str) -> Routed:
    """What the first rule that fits says (they come in any order: position, then id, decides); else the general desk."""
    for rule_id, _position, body in sorted(rules, key=lambda rule: (rule.position, rule.rule_id)):
        if fits(body, category, units, priority):
            also = tuple(one for one in dict.fromkeys(body.also) if one != body.desk_id)
            return Routed(body.desk_id, also, body.first_reply_min, body.resolve_min, body.escalate_min, rule_id)
    return Routed(GENERAL_DESK)


def rules_in_force(session: ScopedSession) -> list[Rule]:
    """Every rule that decides now, the first first."""
    asked = sa.select(RoutingRule.id, RoutingRule.position, RoutingRule.body).where(RoutingRule.retired_at.is_(None))
    found = session.execute(asked.order_by(RoutingRule.position, RoutingRule.id))
    return [Rule(row.id, row.position, msgspec.convert(row.body, RuleBody)) for row in found]


def route(work: Work, ticket: Routable) -> Routed:
    """Where the rules of now send a ticket. A rule whose `also` names a desk that has retired tells the others."""
    above = units_above(work.session, ticket.store_id, company_day(work.now)) if ticket.store_id is not None else []
    units = {ticket.store_id, *above} if ticket.store_id is not None else set()
    found = first_fit(rules_in_force(work.session), ticket.category, units, ticket.priority)
    if not found.also:
        return found
    open_desks = set(work.session.scalars(sa.select(Desk.id).where(Desk.id.in_(found.also), Desk.retired_at.is_(None))))
    return found._replace(also=tuple(one for one in found.also if one in open_desks))
