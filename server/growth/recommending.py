"""What is recommended to whom is made what it should be: a function of values, standings, posts and rules as they are now,
whatever the order in which they came. Who is newly recommended something is told once (N-15)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from contract.growth import RuleWhen, TurnRecommendations
from contract.ids import derived_id
from contract.moments import to_ms
from contract.wire import convert
from server.growth import who
from server.growth.model import Recommendation, RecommendationRule
from server.growth.rules import recommending
from server.inbox.service import NewItem, close_items, put_items
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.kernel.sets import within
from server.learning.queries import titles
from server.postings.life import with_reach

TRIGGER = "N-15"
AT_ONCE = 500


def when_of(rule: RecommendationRule) -> RuleWhen:
    """The rule's condition as it is on the wire."""
    found: RuleWhen = convert(rule.when, RuleWhen)
    return found


def sentences(rule: RecommendationRule, facts: dict[str, str]) -> tuple[str, str]:
    """The reason in Chinese and in English."""
    when = when_of(rule)
    return (
        recommending.sentence(when, rule.why_zh, facts, "zh"),
        recommending.sentence(when, rule.why_en, facts, "en"),
    )


def turn(work: Work, people: Collection[str] | None, rules: Sequence[str] | None = None) -> int:
    """Make recommendations what they should be now: of everybody (None) or these people, by all rules or these. Answers how many
    are others than before; asked again it changes nothing.

    Reaches beyond the actor: what follows of a value or an attempt is not for them to see.
    """
    if people is not None and not people:
        return 0
    with with_reach(work) as wide:
        asked = sa.select(RecommendationRule).order_by(RecommendationRule.code)
        if rules is not None:
            asked = asked.where(within(RecommendationRule.id, rules))
        return sum(_turn_rule(wide, rule, people) for rule in wide.session.scalars(asked))


def _turn_rule(wide: Work, rule: RecommendationRule, people: Collection[str] | None) -> int:
    session = wide.session
    wanted = _wanted(session, rule, people, wide.now)
    held = _held(session, rule.id, people)
    changed = 0
    fresh: list[Recommendation] = []
    gone: list[str] = []
    for person_id, row in held.items():
        if person_id not in wanted or row.course_id != rule.course_id:
            gone.append(row.id)
            session.delete(row)
            changed += 1
        elif (row.why_zh, row.why_en) != wanted[person_id]:
            row.why_zh, row.why_en = wanted[person_id]
            changed += 1
    if gone:
        close_items(wide, gone, triggers=[TRIGGER], kind="notice")  # what they say is so no longer
    session.flush()
    for person_id, (why_zh, why_en) in wanted.items():
        if person_id in held and held[person_id].course_id == rule.course_id:
            continue
        row = Recommendation(
            id=derived_id("recommendation", rule.id, rule.course_id, person_id), rule_id=rule.id, person_id=person_id,
            course_id=rule.course_id, why_zh=why_zh, why_en=why_en, since=wide.now,
        )  # fmt: skip
        fresh.append(wide.add(row))
    session.flush()
    _tell(wide, fresh)
    return changed + len(fresh)


def _wanted(
    session: ScopedSession, rule: RecommendationRule, people: Collection[str] | None, now: datetime
) -> dict[str, tuple[str, str]]:
    if not rule.active:
        return {}
    found = who.found_by_rule(session, when_of(rule), rule.course_id, people, now)
    return {person_id: sentences(rule, facts) for person_id, facts in found.items()}


def _held(session: ScopedSession, rule_id: str, people: Collection[str] | None) -> dict[str, Recommendation]:
    asked = sa.select(Recommendation).where(Recommendation.rule_id == rule_id)
    if people is not None:
        asked = asked.where(within(Recommendation.person_id, people))
    return {row.person_id: row for row in session.scalars(asked)}


def _tell(wide: Work, fresh: Sequence[Recommendation]) -> None:
    """Once for each time it is there: one that was gone and is back is told again, one that only stays is not."""
    named = titles(wide.session, sorted({row.course_id for row in fresh}))
    put_items(
        wide,
        [
            NewItem(
                trigger=TRIGGER, receiver_id=row.person_id, kind="notice", about="recommendation", about_id=row.id,
                facts={
                    "course_zh": named[row.course_id].zh or named[row.course_id].en,
                    "course_en": named[row.course_id].en or named[row.course_id].zh,
                    "why_zh": row.why_zh, "why_en": row.why_en,
                },
                key=str(to_ms(row.since)),
            )
            for row in fresh
        ],
    )  # fmt: skip


@handles(TurnRecommendations, needs=Permission.MANAGE_TRAINING)
def turn_recommendations(work: Work, op: TurnRecommendations) -> int:
    """What the worker found to be another for these people, because a day has passed. Only the server itself performs this."""
    if not work.actor.is_system:
        raise Problem("access.not_allowed", needs="system")
    return turn(work, op.people)


def to_turn(session: ScopedSession, now: datetime) -> list[str]:
    """Whose recommendations are not what they should be at a moment, by id. `session` reaches every row."""
    found: set[str] = set()
    for rule in session.scalars(sa.select(RecommendationRule)):
        wanted = _wanted(session, rule, None, now)
        held = _held(session, rule.id, None)
        found |= set(wanted) ^ set(held)
        found |= {
            one
            for one in set(wanted) & set(held)
            if (held[one].why_zh, held[one].why_en) != wanted[one] or held[one].course_id != rule.course_id
        }
    return sorted(found)


def counted(session: ScopedSession, rules: Collection[str]) -> dict[str, int]:
    """rule -> to how many people it recommends something now. Of the rows the session's actor sees."""
    asked = sa.select(Recommendation.rule_id, sa.func.count()).where(within(Recommendation.rule_id, rules))
    return {row[0]: row[1] for row in session.execute(asked.group_by(Recommendation.rule_id))}
