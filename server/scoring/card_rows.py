"""Cards with their stories, and months, as devices and the API read them.

`said` is computed from the bytes in the log of operations, each time anew: what a card says and what was signed come from two
tables, and who edits one of them is found by whoever holds both.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from contract.ids import derived_id
from contract.moments import to_ms
from contract.scoring import (
    AnswerScoreAppeal,
    AssessSelf,
    CorrectScore,
    MarkRow,
    PeriodRow,
    ReplyToScore,
    ScoreAppeal,
    ScoreCardList,
    ScoreCardRow,
    ScoreCardsQuery,
    ScoreChange,
    ScoreReply,
    ScoreWork,
    WithdrawScore,
)
from contract.scoring_cards import digest, digest_of_words
from contract.sync import read_signed
from contract.wire import Malformed, convert, decode_operation
from server.kernel.db import ScopedSession, table_of
from server.kernel.ledger import OpLog
from server.kernel.paging import page_of
from server.kernel.sets import within
from server.people.model import Person
from server.scoring.card_model import ScoreCard, ScoreFact, ScorePeriod

_card, _fact, _period = table_of(ScoreCard), table_of(ScoreFact), table_of(ScorePeriod)
_person, _log = table_of(Person), table_of(OpLog)
BY_APPEAL = "correction by an appeal"  # its id is derived of it


def cards_by_id(connection: sa.Connection, ids: Collection[str]) -> list[ScoreCardRow]:
    """Cards with all that was said over them, in the order of their ids as given."""
    cards = {row.id: row for row in connection.execute(sa.select(_card).where(within(_card.c.id, list(ids))))}
    told: dict[str, list[Any]] = {one: [] for one in cards}
    asked = sa.select(_fact).where(within(_fact.c.card_id, list(cards))).order_by(_fact.c.card_id, _fact.c.number)
    for fact in connection.execute(asked):
        told[fact.card_id].append(fact)
    people = {row.rater_id for row in cards.values()} | {fact.by_id for facts in told.values() for fact in facts}
    named = connection.execute(sa.select(_person.c.id, _person.c.name).where(within(_person.c.id, sorted(people))))
    names = {row.id: row.name for row in named}
    said = _said(connection, {*(row.op_id for row in cards.values()), *(f.op_id for facts in told.values() for f in facts)})
    return [_row(cards[one], told[one], names, said) for one in ids if one in cards]


def cards_page(session: ScopedSession, asked: ScoreCardsQuery) -> ScoreCardList:
    """The reader's cards, the newest said first."""
    found = sa.select(ScoreCard.id)
    for column, wanted in (
        (ScoreCard.store_id, asked.store_id), (ScoreCard.person_id, asked.person_id), (ScoreCard.month, asked.month),
    ):  # fmt: skip
        if wanted is not None:
            found = found.where(column == wanted)
    rows, cursor = page_of(
        session, found, (ScoreCard.at, ScoreCard.id), limit=asked.limit, cursor=asked.cursor, descending=True
    )
    return ScoreCardList(items=cards_by_id(session.connection(), [row.id for row in rows]), next_cursor=cursor)


def _said(connection: sa.Connection, ops: Collection[str]) -> dict[str, tuple[str, str]]:
    """(fact, digest) by operation, of what the log still holds."""
    asked = sa.select(_log.c.op_id, _log.c.type, _log.c.raw, _log.c.device_id).where(
        within(_log.c.op_id, sorted(ops)), _log.c.erased_at.is_(None)
    )
    found = {}
    for row in connection.execute(asked):
        signed = _signed(row.type, bytes(row.raw), is_signed=row.device_id is not None)
        if signed is not None:
            found[row.op_id] = signed
    return found


def _signed(name: str, raw: bytes, *, is_signed: bool) -> tuple[str, str] | None:
    """What the bytes of an operation say, as (fact, digest). None where they are of something else. `is_signed`: a device's, with
    who, when and its place in the chain around it."""
    try:
        op = decode_operation(name, bytes(read_signed(raw).data) if is_signed else raw)[0]
    except (Malformed, KeyError):
        return None
    if isinstance(op, ScoreWork):
        return op.card_id, digest(op.card_id, op.marks, op.comment, op.photos)
    if isinstance(op, AssessSelf):
        return op.card_id, digest(op.card_id, op.marks, op.comment, [])
    if isinstance(op, CorrectScore):
        return op.correction_id, digest(op.correction_id, op.marks, op.comment, [])
    if isinstance(op, WithdrawScore):
        return op.correction_id, digest_of_words(op.correction_id, op.reason)
    if isinstance(op, AnswerScoreAppeal):
        fact_id = derived_id(BY_APPEAL, op.appeal_id)
        return fact_id, digest(fact_id, op.marks, "", [])
    return (op.reply_id, digest_of_words(op.reply_id, op.text)) if isinstance(op, ReplyToScore) else None


def _row(card: Any, facts: Sequence[Any], names: dict[str, str], said: dict[str, tuple[str, str]]) -> ScoreCardRow:
    corrected = [one for one in facts if one.kind == "corrected"]
    return ScoreCardRow(
        id=card.id, person_id=card.person_id, store_id=card.store_id, day=card.day.isoformat(), month=card.month,
        rater=card.rater, rater_id=card.rater_id, rater_name=names.get(card.rater_id, ""),
        marks=convert(card.marks, list[MarkRow]), comment=corrected[-1].comment if corrected else card.comment,
        photos=list(card.photos), at_ms=to_ms(card.at), arrived_ms=to_ms(card.arrived_at), op_id=card.op_id,
        withdrawn=card.withdrawn,
        replies=[
            ScoreReply(id=one.id, by_id=one.by_id, by=names.get(one.by_id, ""), text=one.text, at_ms=to_ms(one.at))
            for one in facts if one.kind == "replied"
        ],
        changes=[
            ScoreChange(
                id=one.id, by_id=one.by_id, by=names.get(one.by_id, ""), reason=one.text, at_ms=to_ms(one.at),
                withdrawn=one.kind == "withdrawn", before=convert(one.before_marks, list[MarkRow]),
                comment_before=one.comment_before,
            )
            for one in facts if one.kind in ("corrected", "withdrawn")
        ],
        appeals=appeals_of(facts, names),
        said=dict(said[one.op_id] for one in (card, *corrected, *_words(facts)) if one.op_id in said),
    )  # fmt: skip


def _words(facts: Sequence[Any]) -> list[Any]:
    return [one for one in facts if one.kind in ("replied", "withdrawn")]


def appeals_of(facts: Sequence[Any], names: dict[str, str]) -> list[ScoreAppeal]:
    """The appeals among later words, each with its answer."""
    answers = {one.answers: one for one in facts if one.kind == "answered"}
    found = []
    for one in facts:
        if one.kind != "appealed":
            continue
        answer = answers.get(one.id)
        if answer is None:
            found.append(ScoreAppeal(id=one.id, reason=one.text, at_ms=to_ms(one.at), state="open"))
        else:
            found.append(ScoreAppeal(
                id=one.id, reason=one.text, at_ms=to_ms(one.at), state="upheld" if answer.upheld else "dismissed",
                answer=answer.text, answered_by=names.get(answer.by_id, ""), answered_ms=to_ms(answer.at),
            ))  # fmt: skip
    return found


def periods_by_id(connection: sa.Connection, ids: Collection[str]) -> list[PeriodRow]:
    """Months, and until when they are scored."""
    asked = sa.select(_period).where(within(_period.c.id, list(ids))).order_by(_period.c.month)
    return [
        PeriodRow(id=row.id, month=row.month, closes_ms=to_ms(row.closes_at), state=row.state)
        for row in connection.execute(asked)
    ]
