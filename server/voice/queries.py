"""What is read of voices: texts as their readers get them, and the month in counts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from contract.voice import AnswersAsk, AnswersFound, ThemeCount, VoiceLine, VoicePage, VoiceQuery, VoiceReport, VoiceReportAsk
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession, table_of
from server.kernel.paging import containing, page_of
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.kernel.sets import within
from server.org.queries import company_day, tree_on, units_below
from server.people.model import Person
from server.voice.keys import key_of
from server.voice.model import READ, Theme, Voice
from server.voice.themes import fresh_words

_person = table_of(Person)
SPAN_MONTHS = 3  # words are new that the months before these did not have


def _reader(session: ScopedSession) -> Actor:
    found: Actor = session.info["actor"]
    if not found.may(READ):
        raise Problem("access.not_allowed", needs=READ.value)
    return found


def _below(session: ScopedSession, unit_id: str | None) -> set[str] | None:
    if unit_id is None:
        return None
    reader = _reader(session)
    assert reader.now is not None
    with whole(session) as everything:
        return set(units_below(everything, unit_id, company_day(reader.now)))


def voices(session: ScopedSession, asked: VoiceQuery) -> VoicePage:
    """Texts of a month, in an order that was drawn and says nothing."""
    _reader(session)
    found = _of_month(session, asked.month, asked.unit_id)
    if asked.words.strip():
        found = found.where(containing(Voice.text, asked.words.strip()))
    if asked.theme is not None:  # a list of codes: few voices are read in a month, and they are looked at here
        ids = [row.id for row in session.scalars(found) if asked.theme in row.themes]
        found = found.where(within(Voice.id, ids))
    rows, following = page_of(session, found, [Voice.drawn, Voice.id], limit=asked.limit, cursor=asked.cursor)
    return VoicePage(items=_lines(session, [row[0] for row in rows]), next_cursor=following)


def _of_month(session: ScopedSession, month: str, unit_id: str | None) -> sa.Select[Any]:
    """Of a month: those the reader gets as somebody who reads voices, not as their author."""
    reader = _reader(session)
    found = sa.select(Voice).where(Voice.month == month)
    if reader.now is not None:
        found = found.where(Voice.shown_from <= company_day(reader.now))
    if not reader.has_everywhere(READ):
        found = found.where(within(Voice.unit_id, reader.stores_for(READ)))
    units = _below(session, unit_id)
    return found if units is None else found.where(within(Voice.unit_id, units))


def voice(session: ScopedSession, voice_id: str) -> VoiceLine:
    """One of them. Raises Problem when it is not there for the reader."""
    _reader(session)
    row = session.get(Voice, voice_id)
    if row is None:
        raise Problem("voice.unknown", field="voice_id", id=voice_id)
    return _lines(session, [row])[0]


def _lines(session: ScopedSession, rows: list[Voice]) -> list[VoiceLine]:
    reader = _reader(session)
    assert reader.now is not None
    with whole(session) as everything:
        units = tree_on(everything, company_day(reader.now)).units
        people = [row.person_id for row in rows if row.person_id is not None]
        asked = sa.select(_person.c.id, _person.c.name).where(within(_person.c.id, people))
        names = {one.id: one.name for one in everything.connection().execute(asked)}
    return [
        VoiceLine(
            id=row.id, about=row.about, text=row.text, month=row.month,  # type: ignore[arg-type]
            day=company_day(row.said_at).isoformat() if row.said_at is not None else None,
            name=names.get(row.person_id or ""), where=units[row.unit_id].name if row.unit_id in units else None,
            themes=list(row.themes), answers=list(row.answers),
        )
        for row in rows
    ]  # fmt: skip


def report(session: ScopedSession, asked: VoiceReportAsk) -> VoiceReport:
    """The month in counts, beside the one before."""
    _reader(session)
    rows = session.scalars(_of_month(session, asked.month, asked.unit_id)).all()
    earlier = [_before(asked.month, back) for back in range(1, SPAN_MONTHS + 1)]
    past = {month: session.scalars(_of_month(session, month, asked.unit_id)).all() for month in earlier}
    themes = session.scalars(sa.select(Theme).order_by(Theme.code)).all()
    counts = []
    for theme in themes:
        mine = [row for row in rows if theme.code in row.themes]
        before = sum(theme.code in row.themes for row in past[earlier[0]])
        if mine or before or theme.retired_because is None:
            counts.append(ThemeCount(
                code=theme.code, name_zh=theme.name_zh, name_en=theme.name_en, count=len(mine), before=before,
                stores=len({row.unit_id for row in mine if row.unit_id is not None}),
            ))  # fmt: skip
    return VoiceReport(
        month=asked.month, texts=len(rows), anonymous=sum(row.anonymous for row in rows),
        unsorted=sum(not row.themes for row in rows), themes=sorted(counts, key=lambda one: (-one.count, one.code)),
        fresh_words=fresh_words([row.text for row in rows], [row.text for month in earlier for row in past[month]]),
    )  # fmt: skip


def _before(month: str, back: int) -> str:
    """The month so many before; of the year 0, which no calendar has, the year before it is none either."""
    count = int(month[:4]) * 12 + int(month[5:]) - 1 - back
    return f"{max(0, count // 12):04}-{count % 12 + 1:02}"


def answers_for(session: ScopedSession, asked: AnswersAsk) -> AnswersFound:
    """Answers by the SHA-256 of the secrets. The session reaches all; who has the secret is who said it."""
    keys = {key_of(secret) for secret in asked.secrets}
    rows = session.scalars(sa.select(Voice).where(Voice.answer_key.in_(sorted(keys))))
    return AnswersFound(answers={row.answer_key: list(row.answers) for row in rows if row.answers})
