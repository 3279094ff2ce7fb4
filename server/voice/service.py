"""What can be done about voices: said, answered, sorted; themes."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from contract.moments import instant
from contract.voice import AnswerVoice, RetireTheme, SayVoice, SetTheme, SortVoice
from server.approvals.service import acting
from server.inbox.service import put_item
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.postings.life import with_reach
from server.training.places import at_work
from server.voice.model import MANAGE, SPEAK, Theme, Voice, VoiceAnswer
from server.voice.themes import themes_of

ENOUGH = 5  # at a store of fewer people the store itself would name the author
LATER = timedelta(days=1)  # so that nobody sees an anonymous voice come
ANSWERED = "voice_answer"


@handles(SayVoice, needs=SPEAK)
def say_voice(work: Work, op: SayVoice) -> str:
    """Kept once. Without a name nothing of who, when and, where few work, from where is kept with it."""
    if work.device is not None and work.device.kind == "kiosk" and (op.kiosk is None or not op.kiosk.pin):
        raise Problem("voice.pin_needed", field="kiosk")
    who, at = acting(work), min(instant(work.act.taken.at_ms), work.now)
    seal = hmac.new(work.secret, b"outpost voice\\n" + op.voice_id.encode(), hashlib.sha256).digest()
    with with_reach(work) as wide:
        session = wide.session
        voice_id = _unlinked(seal) if op.anonymous else op.voice_id
        known = session.scalars(
            sa.select(Voice).where(sa.or_(Voice.id == voice_id, Voice.answer_key == op.answer_key))
        ).first()
        if known is not None:
            if known.id == voice_id:
                return "merged"
            raise Problem("operation.already_exists", field="voice_id", id=op.voice_id)
        day = company_day(at)
        there = at_work(session, work.now, people=[who]).get(who)
        unit = there.unit_id if there is not None else None
        if op.anonymous and unit is not None and len(at_work(session, work.now, units=[unit])) < ENOUGH:
            unit = None
        wide.add(Voice(
            id=voice_id, answer_key=op.answer_key, about=op.about, text=op.text, anonymous=op.anonymous,
            person_id=None if op.anonymous else who, unit_id=unit, month=day.isoformat()[:7],
            said_at=None if op.anonymous else at, shown_from=company_day(work.now) + LATER if op.anonymous else day,
            drawn=int.from_bytes(seal[16:23], "big"), themes=themes_of(op.text, _words(session)), answers=[],
        ))  # fmt: skip
    return "applied"


def _unlinked(seal: bytes) -> str:
    """An id that says nothing: neither when nor whose. The same voice sent twice has the same."""
    raw = bytearray(seal[:16])
    raw[6], raw[8] = (raw[6] & 0x0F) | 0x40, (raw[8] & 0x3F) | 0x80
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _words(session: Any) -> dict[str, list[str]]:
    asked = sa.select(Theme).where(Theme.retired_because.is_(None)).order_by(Theme.code)
    return {row.code: list(row.words) for row in session.scalars(asked)}


def _at_console(work: Work) -> str:
    person = work.actor.person_id
    if work.device is not None or person is None or not work.actor.has_everywhere(MANAGE):
        raise Problem("access.not_allowed", needs=MANAGE.value)
    return person


@handles(AnswerVoice, needs=MANAGE)
def answer_voice(work: Work, op: AnswerVoice) -> None:
    """The author is told, where there is a name; else their device finds the answer."""
    who = _at_console(work)
    work.find(Voice, op.voice_id, "voice.unknown", field="voice_id", id=op.voice_id)
    with with_reach(work) as wide:
        row = wide.session.get(Voice, op.voice_id, with_for_update=True, populate_existing=True)
        assert row is not None
        if wide.session.get(VoiceAnswer, op.answer_id) is not None:
            raise Problem("operation.already_exists", field="answer_id", id=op.answer_id)
        wide.add(VoiceAnswer(id=op.answer_id, voice_id=row.id, text=op.text, by_id=who, at=work.now))
        row.answers = [*row.answers, op.text]
        wide.session.flush()
        if row.person_id is not None:
            put_item(
                wide, trigger=ANSWERED, receiver_id=row.person_id, kind="notice", about="voice", about_id=row.id,
                facts={"text": row.text[:60]}, key=op.answer_id,
            )  # fmt: skip


@handles(SortVoice, needs=MANAGE)
def sort_voice(work: Work, op: SortVoice) -> None:
    """By a person from now on: new words of themes change it no more."""
    who = _at_console(work)
    row: Voice = work.find(Voice, op.voice_id, "voice.unknown", field="voice_id", id=op.voice_id)
    known = set(work.session.scalars(sa.select(Theme.code)))
    unknown = [code for code in op.themes if code not in known]
    if unknown:
        raise Problem("voice.theme_unknown", field="themes", theme=unknown[0])
    with with_reach(work) as wide:
        mine = wide.session.get(Voice, row.id, with_for_update=True, populate_existing=True)
        assert mine is not None
        mine.themes, mine.sorted_by = list(dict.fromkeys(op.themes)), who


@handles(SetTheme, needs=MANAGE)
def set_theme(work: Work, op: SetTheme) -> dict[str, Any]:
    """A theme, new or otherwise. Texts of this month and the one before are sorted anew; answers how many moved."""
    _at_console(work)
    with with_reach(work) as wide:
        session = wide.session
        row = session.get(Theme, op.theme_id, with_for_update=True)
        other = session.scalars(sa.select(Theme).where(Theme.code == op.code, Theme.id != op.theme_id)).first()
        if other is not None:
            raise Problem("voice.theme_there", field="code", theme=op.code)
        if row is None:
            row = wide.add(Theme(id=op.theme_id, code=op.code))
        elif row.code != op.code:
            raise Problem("voice.theme_code_fixed", field="code")
        row.name_zh, row.name_en, row.retired_because = op.name_zh, op.name_en, None
        row.words = [word.strip() for word in op.words if word.strip()]
        session.flush()
        return {"moved": _sort_anew(wide)}


@handles(RetireTheme, needs=MANAGE)
def retire_theme(work: Work, op: RetireTheme) -> None:
    """What was counted as it stays counted."""
    _at_console(work)
    with with_reach(work) as wide:
        row: Theme = wide.find(Theme, op.theme_id, "voice.theme_unknown", field="theme_id", theme=op.theme_id)
        row.retired_because = op.reason


def _sort_anew(wide: Work) -> int:
    """The texts of months that are still looked at, by the words of now; those a person has sorted stay."""
    today = company_day(wide.now)
    months = {today.isoformat()[:7], (today.replace(day=1) - timedelta(days=1)).isoformat()[:7]}
    words, moved = _words(wide.session), 0
    asked = sa.select(Voice).where(Voice.month.in_(sorted(months)), Voice.sorted_by.is_(None)).with_for_update()
    for row in wide.session.scalars(asked):
        found = themes_of(row.text, words)
        if found != row.themes:
            row.themes, moved = found, moved + 1
    wide.session.flush()
    return moved
