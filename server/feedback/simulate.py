"""What another rule would have made of the tickets of the last weeks: which desk they would have gone to, which targets missed.

Both sides are reckoned the same way, so that the difference is the rule's: the ticket lies at the first desk until it is answered
and solved, at the moments at which it really was; what is open still counts up to now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.desks import Moved, RuleBody, TriedRule, TryRule
from contract.moments import to_ms
from contract.worktime import MINUTE_MS, Pause
from server.feedback.clocks import Hours, Stay, hours_now, passed_ms
from server.feedback.desks_model import Desk
from server.feedback.model import Ticket
from server.feedback.routing import Routed, Rule, first_fit, rules_in_force
from server.kernel.db import ScopedSession
from server.kernel.problems import Problem
from server.org.queries import company_day, tree_on

MOST = 5_000  # tickets that are looked at, the newest
SHOWN = 8  # of those that would have gone elsewhere, by number


class Past(NamedTuple):
    """What of a ticket the rules are tried on."""

    number: str
    category: str
    unit_id: str | None
    priority: str
    arrived_at: datetime
    first_reply_at: datetime | None
    resolved_at: datetime | None
    resolve_from: datetime | None
    closed_at: datetime | None
    pauses: list[Any]


def try_rule(session: ScopedSession, asked: TryRule, now: datetime) -> TriedRule:
    """The same tickets by the rules of now and by those with the change.

    Raises Problem: a desk of the rule that is not there or retired.
    """
    rules = rules_in_force(session)
    changed = [rule for rule in rules if rule.rule_id != asked.rule_id]
    if asked.body is not None:
        _must_answer(session, asked.body)
        changed.append(Rule(asked.rule_id, asked.position, asked.body))
    tickets, is_cut = _last(session, now - timedelta(days=asked.days))
    hours, tree = hours_now(session), tree_on(session, company_day(now))
    moved: Counter[tuple[str, str]] = Counter()
    breaches_now = breaches_then = decided = 0
    examples: list[str] = []
    for one in tickets:
        units = {one.unit_id, *tree.above(one.unit_id)} if one.unit_id is not None else set()
        was, would = (first_fit(some, one.category, units, one.priority) for some in (rules, changed))
        decided += would.rule_id == asked.rule_id
        breaches_now += missed(one, was, hours, now)
        breaches_then += missed(one, would, hours, now)
        if was.desk_id != would.desk_id:
            moved[was.desk_id, would.desk_id] += 1
            examples += [one.number] if len(examples) < SHOWN else []
    most = sorted(moved.items(), key=lambda one: (-one[1], one[0]))
    lines = [Moved(from_desk_id=a, to_desk_id=b, tickets=n) for (a, b), n in most]
    return TriedRule(
        tickets=len(tickets), decided=decided, moved=lines, breaches_now=breaches_now, breaches_then=breaches_then,
        examples=examples, cut=is_cut,
    )  # fmt: skip


def missed(ticket: Past, routed: Routed, hours: Hours, now: datetime) -> int:
    """How many of the two targets (0 to 2) the ticket missed, or has missed by now, at this desk."""
    if routed.desk_id not in hours.by_desk:
        return 0
    arrived = to_ms(ticket.arrived_at)
    stays = [Stay(hours.by_desk[routed.desk_id], arrived, None)]
    pauses = [(since, until) for since, until in ticket.pauses]
    first_end = ticket.first_reply_at or ticket.resolved_at or ticket.closed_at or now
    end = ticket.resolved_at or ticket.closed_at or now
    began = to_ms(ticket.resolve_from or ticket.arrived_at)
    return _over(stays, hours, arrived, first_end, routed.first_reply_min, ()) + _over(
        stays, hours, began, end, routed.resolve_min, pauses
    )


def _over(
    stays: Sequence[Stay], hours: Hours, since: int, until: datetime, target: int | None, pauses: Sequence[Pause]
) -> int:  # fmt: skip
    if target is None:
        return 0
    return int(passed_ms(stays, hours.calendar, since, to_ms(until), pauses) > target * MINUTE_MS)


def _last(session: ScopedSession, since: datetime) -> tuple[list[Past], bool]:
    asked = (
        sa.select(*(getattr(Ticket, name) for name in Past._fields))
        .where(Ticket.filed_at >= since, Ticket.rule_id.is_not(None) | Ticket.desk_id.is_not(None))
        .order_by(Ticket.filed_at.desc(), Ticket.id)
        .limit(MOST + 1)
    )
    found = [Past(*row) for row in session.execute(asked)]
    return found[:MOST], len(found) > MOST


def _must_answer(session: ScopedSession, body: RuleBody) -> None:
    desk = session.get(Desk, body.desk_id)
    if desk is None:
        raise Problem("feedback.desk_unknown", field="body.desk_id", id=body.desk_id)
    if desk.retired_at is not None:
        raise Problem("feedback.desk_retired", field="body.desk_id", desk=desk.code)
