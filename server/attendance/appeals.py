"""Appeals: the employee does not agree with a decision or a day, and somebody else than before looks again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from contract.corrections import AnswerAppeal, Appeal
from contract.messages import say
from server.approvals.service import acting
from server.attendance import correction_rules as rules
from server.attendance import corrections_queries as queries
from server.attendance.correction_model import Appeal as AppealMade
from server.attendance.decisions import decide_on, decision_of
from server.attendance.model import Punch
from server.inbox.service import close_items, put_item
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.people.model import Person
from server.people.queries import holders_of
from server.postings.model import Posting
from server.stores.model import Store

APPEALED = "appeal"
ANSWERED = "appeal_answered"
TO_ANSWER = timedelta(hours=48)


@handles(Appeal, needs=Permission.APPEAL)
def appeal(work: Work, op: Appeal) -> None:
    """Against a decision on one's own punch, or what a day of one's own came to. One open appeal about each."""
    who = acting(work)
    if (op.punch_id is None) == (op.day is None):
        raise Problem("attendance.appeal_about_one_thing", field="punch_id")
    with work.with_system_reach() as session:
        if session.get(AppealMade, op.appeal_id) is not None:
            raise Problem("operation.already_exists", field="appeal_id", id=op.appeal_id)
        made = _against_punch(session, work, who, op) if op.punch_id is not None else _against_day(session, work, who, op)
        open_one = sa.select(AppealMade.id).where(
            AppealMade.person_id == who, AppealMade.state == "open", AppealMade.punch_id.is_not_distinct_from(made.punch_id),
            AppealMade.day.is_not_distinct_from(made.day),
        )  # fmt: skip
        if session.execute(open_one.limit(1)).first() is not None:
            raise Problem("attendance.appeal_open")
        session.add(made)
        session.flush()
        facts = _told(session, made)
        receivers = _who_looks_again(session, work, made)
    for receiver in receivers:
        put_item(
            work, trigger=APPEALED, receiver_id=receiver, kind="to_do", about="appeal", about_id=op.appeal_id, facts=facts,
            due_at=work.now + TO_ANSWER,
        )  # fmt: skip


def _against_punch(session: ScopedSession, work: Work, who: str, op: Appeal) -> AppealMade:
    punch = session.get(Punch, op.punch_id)
    if punch is None or punch.person_id != who:
        raise Problem("attendance.punch_unknown", field="punch_id", id=op.punch_id)
    deciders = queries.deciders_of(session, punch.id)
    if punch.state == "counted" and not deciders:
        raise Problem("attendance.not_decided", field="punch_id", id=op.punch_id)
    return _made(work, who, op, None, punch.store_id, deciders[-1] if deciders else None)


def _against_day(session: ScopedSession, work: Work, who: str, op: Appeal) -> AppealMade:
    try:
        day = date.fromisoformat(str(op.day))
    except ValueError:
        raise Problem("wire.invalid", field="day") from None
    if day > company_day(work.now):
        raise Problem("attendance.time_in_future", field="day")
    worked = sa.select(Posting.store_id).where(
        Posting.person_id == who, Posting.starts_on <= day, sa.or_(Posting.ends_on.is_(None), Posting.ends_on > day)
    )
    store_id = session.scalars(worked.order_by(Posting.starts_at.desc()).limit(1)).first()
    return _made(work, who, op, day, store_id, None)


def _made(
    work: Work, who: str, op: Appeal, day: date | None, store_id: str | None, decided_by: str | None
) -> AppealMade:
    return AppealMade(
        id=op.appeal_id, person_id=who, punch_id=op.punch_id, day=day, store_id=store_id, decided_by=decided_by, text=op.text,
        photo=op.photo, made_at=work.now, state="open",
    )  # fmt: skip


def _who_looks_again(session: ScopedSession, work: Work, made: AppealMade) -> list[str]:
    """The store's manager and HR, without the employee and without who decided."""
    barred = {made.person_id, made.decided_by}
    manager = queries.manager_over(session, made.store_id, work.now, barred) if made.store_id is not None else None
    hr = holders_of(session, "hr", made.store_id, company_day(work.now))
    return [one for one in dict.fromkeys([manager, *hr]) if one is not None and one not in barred]


def _told(session: ScopedSession, made: AppealMade) -> dict[str, Any]:
    person = session.get_one(Person, made.person_id)
    return {"who": person.name, **_about(session, made)}


def _about(session: ScopedSession, made: AppealMade) -> dict[str, Any]:
    """What an appeal is about, in both languages: the day, and of a punch its time on the store's wall."""
    if made.day is not None:
        return {"what_zh": made.day.isoformat(), "what_en": made.day.isoformat()}
    punch = session.get_one(Punch, made.punch_id)
    zone = session.get_one(Store, punch.store_id).zone
    shown = punch.taken_at.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M")
    return {f"what_{lang}": f"{shown} {say(lang, 'console.kind.' + punch.kind)}" for lang in ("zh", "en")}


@handles(AnswerAppeal, needs=Permission.REVIEW_PUNCHES)
def answer_appeal(work: Work, op: AnswerAppeal) -> None:
    """By somebody who neither made it nor decided before. Upheld against a punch: it is decided anew, as one more fact."""
    found: AppealMade = work.find(AppealMade, op.appeal_id, "attendance.appeal_unknown")
    who = work.actor.person_id
    before = [found.decided_by, *(queries.deciders_of(work.session, found.punch_id) if found.punch_id is not None else ())]
    if found.state != "open":
        raise Problem("attendance.appeal_answered", field="appeal_id", state=found.state)
    if refused := rules.may_answer(who, found.person_id, before):
        raise Problem(refused, field="appeal_id")
    if found.punch_id is not None and op.upheld:
        if op.decision is None:
            raise Problem("attendance.decision_needed", field="decision")
        punch: Punch = work.find(Punch, found.punch_id, "attendance.punch_unknown")
        made = decision_of(op.decision, op.reason, op.corrected_ms, op.corrected_kind, work.now)
        decide_on(work, punch, made, review_id=work.act.op_id, by=who)
    found.state = "upheld" if op.upheld else "refused"
    found.answer, found.answered_by, found.answered_at = op.reason, who, work.now
    work.session.flush()
    close_items(work, found.id, triggers=[APPEALED])
    with work.with_system_reach() as session:
        facts = _about(session, found)
    put_item(
        work, trigger=ANSWERED, receiver_id=found.person_id, kind="notice", about="appeal", about_id=found.id,
        facts={
            **facts, **{f"answer_{lang}": say(lang, f"console.appeals.state.{found.state}") for lang in ("zh", "en")},
            "reason": op.reason,
        },
    )  # fmt: skip
