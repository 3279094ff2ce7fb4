"""Appeals against a card or a month report: the value stays until somebody else than before has decided."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from contract.ids import derived_id
from contract.scoring import AnswerScoreAppeal, AppealScore
from server.inbox.service import close_items, put_item
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.people.model import Person
from server.people.queries import holders_of
from server.postings.life import with_reach
from server.scoring.card_model import MANAGE, OWN, ScoreCard, ScoreFact
from server.scoring.card_rows import BY_APPEAL
from server.scoring.cards import SHOWN, add_fact, correct, locked
from server.scoring.events import ReportAppealMoved, ReportAsked
from server.scoring.who import person_here, said_at

APPEALED, ANSWERED = "score_appeal", "score_appeal_done"


@handles(AppealScore, needs=OWN)
def appeal_score(work: Work, op: AppealScore) -> None:
    """Whom it concerns does not agree. One open appeal about each; HR has it to do."""
    who, at = person_here(work, op.kiosk), said_at(work)
    if (op.card_id is None) == (op.report_id is None):
        raise Problem("scoring.appeal_about_one_thing", field="card_id")
    with with_reach(work) as wide:
        session = wide.session
        if session.get(ScoreFact, op.appeal_id) is not None:
            raise Problem("operation.already_exists", field="appeal_id", id=op.appeal_id)
        _none_open(session, op)
        if op.card_id is not None:
            card = locked(wide, op.card_id)
            if card.person_id != who or card.rater == "self":
                raise Problem("scoring.card_unknown", field="card_id", id=op.card_id)
            if card.withdrawn:
                raise Problem("scoring.withdrawn", field="card_id")
            add_fact(wide, card, op.appeal_id, "appealed", who, at, op.reason)
            barred, store_id = spoke(session, card), card.store_id
        else:
            asked = ReportAsked(op.report_id or "")
            tell(wide, asked)
            if asked.person_id != who or asked.store_id is None:
                raise Problem("scoring.report_unknown", field="report_id", id=op.report_id)
            fact = _over_report(op.appeal_id, asked, "appealed", who, op.reason, at=at, arrived_at=wide.now, op_id=wide.act.op_id)
            wide.add(fact)
            session.flush()
            tell(wide, ReportAppealMoved(asked.report_id, op.appeal_id, None))
            barred, store_id = {who}, asked.store_id
        for receiver in holders_of(session, "hr", store_id, company_day(wide.now)):
            if receiver not in barred:
                put_item(
                    wide, trigger=APPEALED, receiver_id=receiver, kind="to_do", about="score_appeal", about_id=op.appeal_id,
                    facts={"who": session.get_one(Person, who).name, "text": op.reason[:SHOWN]},
                )  # fmt: skip


def _over_report(fact_id: str, report: ReportAsked, kind: str, by: str, text: str, **more: Any) -> ScoreFact:
    return ScoreFact(**{
        "id": fact_id, "card_id": None, "report_id": report.report_id, "number": 1 if kind == "appealed" else 2, "kind": kind,
        "person_id": report.person_id, "store_id": report.store_id, "by_id": by, "text": text, "marks": [], "comment": "",
        "before": [], "comment_before": "", "answers": None, "upheld": None, **more,
    })  # fmt: skip


def _none_open(session: ScopedSession, op: AppealScore) -> None:
    answered = sa.select(ScoreFact.answers).where(ScoreFact.kind == "answered", ScoreFact.answers.is_not(None))
    open_one = sa.select(ScoreFact.id).where(
        ScoreFact.kind == "appealed", ScoreFact.id.not_in(answered), ScoreFact.card_id.is_not_distinct_from(op.card_id),
        ScoreFact.report_id.is_not_distinct_from(op.report_id),
    )  # fmt: skip
    if session.execute(open_one.limit(1)).first() is not None:
        raise Problem("scoring.appeal_open")


def spoke(session: ScopedSession, card: ScoreCard) -> set[str]:
    """Who must not decide on a card: whom it concerns, who gave it, who corrected it."""
    asked = sa.select(ScoreFact.by_id).where(ScoreFact.card_id == card.id, ScoreFact.kind == "corrected")
    return {card.person_id, card.rater_id, *session.scalars(asked)}


@handles(AnswerScoreAppeal, needs=MANAGE)
def answer_score_appeal(work: Work, op: AnswerScoreAppeal) -> None:
    """At the console, by somebody who neither gave the score nor is scored. Upheld: other marks count, as a correction."""
    who = work.actor.person_id
    if work.device is not None or who is None or not work.actor.has_everywhere(MANAGE):
        raise Problem("access.not_allowed", needs=Permission.MANAGE_SCORING.value)
    with with_reach(work) as wide:
        session = wide.session
        appeal = session.get(ScoreFact, op.appeal_id)
        if appeal is None or appeal.kind != "appealed":
            raise Problem("scoring.appeal_unknown", field="appeal_id", id=op.appeal_id)
        card = locked(wide, appeal.card_id) if appeal.card_id is not None else None
        if session.execute(sa.select(ScoreFact.id).where(ScoreFact.answers == appeal.id)).first() is not None:
            raise Problem("scoring.appeal_over", field="appeal_id")
        if who in (spoke(session, card) if card is not None else {appeal.person_id}):
            raise Problem("scoring.own_score", field="appeal_id")
        answer_id = derived_id("answer to a score appeal", appeal.id)
        if card is not None:
            if op.upheld and op.marks and not card.withdrawn:
                fact_id = derived_id(BY_APPEAL, appeal.id)
                correct(wide, card, fact_id, op.marks, "", op.text, who, wide.now)
            add_fact(wide, card, answer_id, "answered", who, wide.now, op.text, answers=appeal.id, upheld=op.upheld)
        else:
            report = ReportAsked(appeal.report_id or "", appeal.person_id, appeal.store_id)
            wide.add(_over_report(
                answer_id, report, "answered", who, op.text, answers=appeal.id, upheld=op.upheld, at=wide.now,
                arrived_at=wide.now, op_id=wide.act.op_id,
            ))  # fmt: skip
            session.flush()
            tell(wide, ReportAppealMoved(report.report_id, appeal.id, op.upheld))
        close_items(wide, appeal.id, triggers=[APPEALED])
        put_item(
            wide, trigger=ANSWERED, receiver_id=appeal.person_id, kind="notice", about="score", key=appeal.id,
            about_id=appeal.card_id or appeal.report_id or appeal.id,
            facts={
                "outcome_zh": "成立" if op.upheld else "不成立", "outcome_en": "upheld" if op.upheld else "not upheld",
                "text": op.text[:SHOWN],
            },
        )  # fmt: skip
