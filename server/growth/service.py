"""What can be done about growth: this registers indicators, paths and what follows, and sets the rules that recommend."""

from __future__ import annotations

import sqlalchemy as sa

from contract.growth import SetRecommendation
from contract.wire import plain
from server.growth import indicators, paths, reactions, recommending, reported, who
from server.growth.model import Indicator, RecommendationRule
from server.growth.rules.recommending import judge_when
from server.kernel.actors import Permission
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.learning.queries import titles
from server.org.model import Post

assert indicators and paths and reactions  # importing them registers the handlers


@handles(SetRecommendation, needs=Permission.MANAGE_TRAINING)
def set_recommendation(work: Work, op: SetRecommendation) -> dict[str, int]:
    """A rule counts at once, for everybody. Answers to how many it recommends now. Its code stays."""
    fault = judge_when(op.when)
    if fault is not None:
        raise Problem(fault.code, field=fault.field)
    known = work.session.get(RecommendationRule, op.rule_id, with_for_update=True)
    other = work.session.scalars(sa.select(RecommendationRule).where(RecommendationRule.code == op.code)).one_or_none()
    if (other is not None and other.id != op.rule_id) or (known is not None and known.code != op.code):
        raise Problem("growth.code_taken", field="code", taken=op.code)
    wanted = {op.course_id: "course_id"} | ({op.when.quiz_course_id: "when.quiz_course_id"} if op.when.quiz_course_id else {})
    there = titles(work.session, sorted(wanted))
    for course_id, name in wanted.items():
        if course_id not in there:
            raise Problem("learning.course_unknown", field=name, id=course_id)
    if op.when.post_id is not None:
        work.find(Post, op.when.post_id, "org.post_unknown", field="when.post_id", id=op.when.post_id)
    if op.when.indicator is not None:
        asked = sa.select(Indicator.id).where(Indicator.code == op.when.indicator)
        if work.session.scalar(asked) is None and op.when.indicator not in reported.metrics(work.session):
            raise Problem("growth.indicator_unknown", field="when.indicator", indicator=op.when.indicator)
    if op.when.kind in who.ADDED:
        missing = who.ADDED[op.when.kind].check(work.session, op.when)
        if missing is not None:
            raise Problem(missing.code, field=missing.field, **missing.facts)
    values = {
        "kind": op.when.kind, "when": plain(op.when), "course_id": op.course_id, "why_zh": op.why_zh, "why_en": op.why_en,
        "active": op.active,
    }  # fmt: skip
    if known is None:
        work.add(RecommendationRule(id=op.rule_id, code=op.code, **values))
    else:
        for name, value in values.items():
            setattr(known, name, value)
    work.session.flush()
    recommending.turn(work, None, [op.rule_id])
    return {"people": recommending.counted(work.session, [op.rule_id]).get(op.rule_id, 0)}
