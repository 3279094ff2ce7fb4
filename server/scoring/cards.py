"""Score cards: given, corrected, withdrawn, answered. Each word is a fact of its own; what counts follows from them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from contract.scoring import AssessSelf, CorrectScore, Mark, Rater, ReplyToScore, ScoreWork, WithdrawScore
from server.inbox.service import close_items, put_item
from server.kernel.db import ScopedSession
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.people.model import Person
from server.postings.life import today_at, with_reach
from server.scoring import card_rules as rules
from server.scoring.card_model import GIVE, MANAGE, OWN, ScoreCard, ScoreFact
from server.scoring.card_photos import name_photos
from server.scoring.events import CardMoved
from server.scoring.model_library import Metric
from server.scoring.periods import must_be_open
from server.scoring.who import holds, person_here, rater_of, said_at, was_posted
from server.stores.model import Store

GIVEN, REPLIED = "N-19", "N-20"
SHOWN = 60  # characters of a comment in the inbox


@handles(ScoreWork, needs=GIVE)
def score_work(work: Work, op: ScoreWork) -> None:
    """Somebody's work of a day. The employee hears of it at once."""
    who, at = person_here(work, op.kiosk), said_at(work)
    with with_reach(work) as wide:
        session, day = wide.session, _day(op.day)
        _is_new(session, op.card_id)
        store: Store = wide.find(Store, op.store_id, "stores.unknown", field="store_id", id=op.store_id)
        rater = rater_of(work, session, who, store.id, day)
        person: Person = wide.find(Person, op.person_id, "people.unknown", field="person_id", id=op.person_id)
        if person.id == who:
            raise Problem("scoring.not_yourself", field="person_id")
        if day > today_at(store, at):
            raise Problem("scoring.day_ahead", field="day", day=op.day)
        if not was_posted(session, person.id, store, day):
            raise Problem("scoring.not_posted", field="person_id", day=op.day)
        card = _make(wide, op, person.id, store.id, day, rules.month_of(day), rater, who, at)
        _tell(wide, card, session.get_one(Person, who).name)


@handles(AssessSelf, needs=OWN)
def assess_self(work: Work, op: AssessSelf) -> None:
    """One's own month, at a store where one works in it. The newest of a month is the one that stands beside the others."""
    who, at = person_here(work, op.kiosk), said_at(work)
    with with_reach(work) as wide:
        session = wide.session
        _is_new(session, op.card_id)
        store: Store = wide.find(Store, op.store_id, "stores.unknown", field="store_id", id=op.store_id)
        today = today_at(store, at)
        if op.month > rules.month_of(today):
            raise Problem("scoring.day_ahead", field="month", day=op.month)
        first = date.fromisoformat(f"{op.month}-01")
        days = (date.fromordinal(first.toordinal() + n) for n in range(31))
        if not any(was_posted(session, who, store, day) for day in days if rules.month_of(day) == op.month):
            raise Problem("scoring.not_posted", field="store_id", day=op.month)
        _make(wide, op, who, store.id, today, op.month, "self", who, at)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Problem("wire.invalid", field="day") from None


def _is_new(session: ScopedSession, card_id: str) -> None:
    if session.get(ScoreCard, card_id) is not None:
        raise Problem("operation.already_exists", field="card_id", id=card_id)


def marks_of(work: Work, marks: list[Mark]) -> list[dict[str, str]]:
    """What is kept of marks. Metrics of managers and HQ; from a device also one that was retired since it was asked. Raises."""
    states = ("active",) if work.device is None else ("active", "retired")
    asked = sa.select(Metric).where(
        Metric.code.in_(sorted({one.metric for one in marks})), Metric.state.in_(states), Metric.source.in_(("manager", "hq"))
    )
    metrics = {one.code: one for one in work.session.scalars(asked)}
    wrong = rules.judge_marks(marks, metrics)
    if wrong is not None:
        raise Problem(wrong.code, field="marks", metric=wrong.metric)
    return rules.kept(marks, metrics)


def _make(
    wide: Work, op: ScoreWork | AssessSelf, person_id: str, store_id: str, day: date, month: str, rater: Rater, who: str,
    at: datetime,
) -> ScoreCard:  # fmt: skip
    must_be_open(wide.session, month, at)
    marks = marks_of(wide, op.marks)
    card: ScoreCard = wide.add(ScoreCard(
        id=op.card_id, person_id=person_id, store_id=store_id, day=day, month=month, rater=rater, rater_id=who, given=marks,
        comment=op.comment, photos=list(op.photos) if isinstance(op, ScoreWork) else [], at=at, arrived_at=wide.now,
        op_id=wide.act.op_id, marks=marks, withdrawn=False, facts=0,
    ))  # fmt: skip
    wide.session.flush()
    name_photos(wide, card, card.photos)
    tell(wide, CardMoved(card.id, person_id, store_id, month))
    return card


def _tell(wide: Work, card: ScoreCard, by: str) -> None:
    names = {row.code: row for row in wide.session.scalars(sa.select(Metric).where(Metric.code == card.given[0]["metric"]))}
    first, worth = names[card.given[0]["metric"]], card.given[0]["points"]
    facts: dict[str, Any] = {"by": by, "what_zh": f"{first.name_zh} {worth}", "what_en": f"{first.name_en} {worth}"}
    put_item(
        wide, trigger=GIVEN, receiver_id=card.person_id, kind="notice", about="score", about_id=card.id,
        facts={**facts, "text": card.comment[:SHOWN]},
    )  # fmt: skip


# -- later words ---------------------------------------------------------------------------------------------------------


def locked(wide: Work, card_id: str | None) -> ScoreCard:
    """A card, held until the end of the transaction. Raises Problem."""
    card = wide.session.get(ScoreCard, card_id, with_for_update=True, populate_existing=True) if card_id else None
    if card is None:
        raise Problem("scoring.card_unknown", field="card_id", id=card_id)
    return card


def add_fact(wide: Work, card: ScoreCard, fact_id: str, kind: str, by: str, at: datetime, text: str, **more: Any) -> ScoreFact:
    """The next word over a card. Raises Problem where its id is there already."""
    if wide.session.get(ScoreFact, fact_id) is not None:
        raise Problem("operation.already_exists", id=fact_id)
    card.facts += 1
    blank: dict[str, Any] = {"marks": [], "comment": "", "before": [], "comment_before": "", "answers": None, "upheld": None}
    fact: ScoreFact = wide.add(ScoreFact(
        id=fact_id, card_id=card.id, report_id=None, number=card.facts, kind=kind, person_id=card.person_id,
        store_id=card.store_id, by_id=by, at=at, arrived_at=wide.now, text=text, op_id=wide.act.op_id, **{**blank, **more},
    ))  # fmt: skip
    wide.session.flush()
    return fact


def comment_now(wide: Work, card: ScoreCard) -> str:
    """The comment that counts: of the newest correction, else the card's own."""
    asked = sa.select(ScoreFact.comment).where(ScoreFact.card_id == card.id, ScoreFact.kind == "corrected")
    newest = wide.session.execute(asked.order_by(ScoreFact.number.desc()).limit(1)).first()
    return card.comment if newest is None else str(newest[0])


def correct(
    wide: Work, card: ScoreCard, fact_id: str, marks: list[Mark], comment: str, reason: str, by: str, at: datetime
) -> None:
    """Other marks count from now on; those before stay in the story."""
    kept, before, said = marks_of(wide, marks), card.marks, comment_now(wide, card)
    add_fact(wide, card, fact_id, "corrected", by, at, reason, marks=kept, comment=comment, before=before, comment_before=said)
    card.marks = kept
    wide.session.flush()
    tell(wide, CardMoved(card.id, card.person_id, card.store_id, card.month))


def _by_its_rater(work: Work, wide: Work, card: ScoreCard, who: str, at: datetime) -> None:
    """Its rater changes a card, or who manages scoring; never whom it concerns, but for their own word on themselves."""
    if card.person_id == who and card.rater != "self":
        raise Problem("scoring.not_yourself", field="card_id")
    if card.rater_id != who:
        if card.rater == "self" or not holds(work, wide.session, who, MANAGE, None):
            raise Problem("scoring.not_rater", field="card_id")
    elif card.rater != "self":
        rater_of(work, wide.session, who, card.store_id, card.day)  # the place may be another's by now
    if card.withdrawn:
        raise Problem("scoring.withdrawn", field="card_id")
    must_be_open(wide.session, card.month, at)


@handles(CorrectScore, needs=OWN)
def correct_score(work: Work, op: CorrectScore) -> None:
    """Said otherwise, by who said it or HQ; the employee hears of it like of a card."""
    who, at = person_here(work, op.kiosk), said_at(work)
    with with_reach(work) as wide:
        card = locked(wide, op.card_id)
        _by_its_rater(work, wide, card, who, at)
        correct(wide, card, op.correction_id, op.marks, op.comment, op.reason, who, at)
        if card.rater != "self":
            told(wide, card, "score_changed", op.correction_id, who, op.reason)


@handles(WithdrawScore, needs=OWN)
def withdraw_score(work: Work, op: WithdrawScore) -> None:
    """It no longer counts, and stays to be read as withdrawn."""
    who, at = person_here(work, op.kiosk), said_at(work)
    with with_reach(work) as wide:
        card = locked(wide, op.card_id)
        _by_its_rater(work, wide, card, who, at)
        before, said = card.marks, comment_now(wide, card)
        add_fact(wide, card, op.correction_id, "withdrawn", who, at, op.reason, before=before, comment_before=said)
        card.marks, card.withdrawn = [], True
        wide.session.flush()
        close_items(wide, card.id, triggers=[GIVEN], kind="notice")
        tell(wide, CardMoved(card.id, card.person_id, card.store_id, card.month))
        if card.rater != "self":
            told(wide, card, "score_changed", op.correction_id, who, op.reason)


@handles(ReplyToScore, needs=OWN)
def reply_to_score(work: Work, op: ReplyToScore) -> None:
    """A word under a card: the employee's reaches the rater, anybody else's the employee."""
    who, at = person_here(work, op.kiosk), said_at(work)
    with with_reach(work) as wide:
        card = locked(wide, op.card_id)
        if who not in (card.person_id, card.rater_id) and not holds(work, wide.session, who, GIVE, card.store_id):
            raise Problem("scoring.card_unknown", field="card_id", id=op.card_id)
        add_fact(wide, card, op.reply_id, "replied", who, at, op.text)
        to = card.rater_id if who == card.person_id else card.person_id
        if to != who:
            told(wide, card, REPLIED, op.reply_id, who, op.text, to=to)


def told(wide: Work, card: ScoreCard, trigger: str, key: str, by: str, text: str, *, to: str | None = None) -> None:
    """A notice about a card, to whom it concerns unless somebody else is named."""
    put_item(
        wide, trigger=trigger, receiver_id=to or card.person_id, kind="notice", about="score", about_id=card.id,
        facts={"by": wide.session.get_one(Person, by).name, "day": card.day.isoformat(), "text": text[:SHOWN]}, key=key,
    )  # fmt: skip
