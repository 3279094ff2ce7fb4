"""Voices, their answers, and themes.

A voice without a name has none anywhere in these tables: no person, no moment, an id that is made anew here, a place in lists
that is drawn. It is shown from a later day on, so that nobody can see it come. What links it to its author is their device's
operation alone, which only who may read the log of all operations can see (docs/concepts/voice.md).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, Uuid, id_column, ref, table_of
from server.kernel.feed import synced
from server.kernel.scope import only_with, open_to_all, scoped
from server.kernel.sets import found_by, within
from server.org.queries import company_day

READ, MANAGE, SPEAK = Permission.READ_VOICE, Permission.MANAGE_VOICE, Permission.SPEAK


class Voice(Base):
    """One text. `themes`: codes, by the words of themes or, where `sorted_by` is set, by a person. `drawn`: its place in lists.
    `said_at` and `person_id` only of one with a name; `shown_from`: the company's day from which readers get it."""

    __tablename__ = "voice"
    __table_args__ = (
        sa.CheckConstraint("anonymous = (person_id is null)", name="no_name_without_leave"),
        sa.CheckConstraint("anonymous = (said_at is null)", name="no_moment_without_leave"),
        sa.Index("ix_voice_month", "month", "drawn"),
        sa.Index("ix_voice_person", "person_id"),
        sa.Index("ix_voice_unit", "unit_id", "month"),
    )
    id: Mapped[str] = id_column()
    answer_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    about: Mapped[str] = mapped_column(sa.String(20))
    text: Mapped[str] = mapped_column(sa.Text)
    anonymous: Mapped[bool]
    person_id: Mapped[str | None] = ref("person.id")
    unit_id: Mapped[str | None] = mapped_column(Uuid)
    month: Mapped[str] = mapped_column(sa.String(7))
    said_at: Mapped[datetime | None]
    shown_from: Mapped[date]
    drawn: Mapped[int] = mapped_column(sa.BigInteger)
    themes: Mapped[list[Any]]
    sorted_by: Mapped[str | None] = ref("person.id")
    answers: Mapped[list[Any]]  # the texts, the first first: what a device shows


class VoiceAnswer(Base):
    """What HQ answered, by whom."""

    __tablename__ = "voice_answer"
    __table_args__ = (sa.Index("ix_voice_answer_voice", "voice_id"),)
    id: Mapped[str] = id_column()
    voice_id: Mapped[str] = ref("voice.id")
    text: Mapped[str] = mapped_column(sa.Text)
    by_id: Mapped[str] = ref("person.id")
    at: Mapped[datetime]


class Theme(Base):
    """A theme and the words that make a text one of it."""

    __tablename__ = "voice_theme"
    id: Mapped[str] = id_column()
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    words: Mapped[list[Any]]
    retired_because: Mapped[str | None] = mapped_column(sa.String(500))


_voice = table_of(Voice)


def _visible(actor: Actor) -> sa.ColumnElement[bool] | None:
    """One's own by name; of the units where the actor reads voices, what is shown by today. Without a unit: HQ's alone."""
    if actor.is_system or actor.device_id is not None:
        return None
    own = sa.select(_voice.c.id).where(_voice.c.person_id == actor.person_id)
    mine = [own] if actor.person_id is not None and actor.may(SPEAK) else []
    shown = sa.select(_voice.c.id)
    if actor.now is not None:
        shown = shown.where(_voice.c.shown_from <= company_day(actor.now))
    if not actor.has_everywhere(READ):
        shown = shown.where(within(_voice.c.unit_id, actor.stores_for(READ)))
    return found_by(Voice.id, shown, *mine)


def _covers(actor: Actor, row: Voice) -> bool:
    if actor.is_system or actor.device_id is not None:
        return True
    if actor.person_id is not None and row.person_id == actor.person_id and actor.may(SPEAK):
        return True
    if actor.now is not None and row.shown_from > company_day(actor.now):
        return False
    return actor.has_everywhere(READ) or (row.unit_id is not None and row.unit_id in actor.stores_for(READ))


def _nobody(actor: Actor, row: Any) -> bool:
    return False  # written with the system's reach: who may was judged by the operation


scoped(Voice, visible=_visible, covers=_covers, writes=_nobody)
only_with(VoiceAnswer, READ, MANAGE)
open_to_all(Theme, "names of themes and their words say nothing of anybody")
synced(Voice, "voice", lambda row: [f"private:{row.person_id}"] if row.person_id is not None else [])
