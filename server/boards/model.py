"""The board's own rows: what each person's state will be as the clock goes on, so that a board is counted, not computed.

Both tables are made of postings, plans, punches, corrections and leave (rows.py) and can be made anew at any time.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from contract.boards import STATES
from server.boards.rules import ABSENT_OVER, NOT_HERE, VISITOR_IN, VISITOR_OUT
from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, Uuid, id_column, ref
from server.kernel.scope import only_with, scoped

# What a word is in the table: its place here.
WORDS = (*STATES, VISITOR_IN, VISITOR_OUT, NOT_HERE, ABSENT_OVER)
CODE = {word: code for code, word in enumerate(WORDS)}
STRETCHES = 4


class BoardRow(Base):
    """One person at one store: `word0` now, from `from1` on `word1`, and so on; true until `until`, if nothing is heard.

    Nobody may be called absent before every device has been heard of since `needs0`, or since the stretch began.
    From `asks_from` on there is a word that devices have a say in.
    The store's business day runs from `day_starts_at` to `day_ends_at`, the next one after it. `home_unit_id`: who lends them.
    """

    __tablename__ = "board_row"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "store_id"),
        sa.Index("ix_board_row_until", "until"),
        sa.Index("ix_board_row_asks_from", "asks_from"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    store_id: Mapped[str] = ref("store.id", index=True)
    home_unit_id: Mapped[str | None] = mapped_column(Uuid)
    day_starts_at: Mapped[datetime]
    day_ends_at: Mapped[datetime]
    needs0: Mapped[datetime | None]
    word0: Mapped[int] = mapped_column(sa.SmallInteger)
    from1: Mapped[datetime | None]
    word1: Mapped[int | None] = mapped_column(sa.SmallInteger)
    from2: Mapped[datetime | None]
    word2: Mapped[int | None] = mapped_column(sa.SmallInteger)
    from3: Mapped[datetime | None]
    word3: Mapped[int | None] = mapped_column(sa.SmallInteger)
    until: Mapped[datetime]
    asks_from: Mapped[datetime | None]


class BoardCount(Base):
    """How many of a store's people are in which state, of those whom no device can change: `counts` holds until `until`, when
    the first of their rows moves on. A JSON object of words; who was not seen (`asks_from` has come) is not in it."""

    __tablename__ = "board_count"
    store_id: Mapped[str] = ref("store.id", primary_key=True)
    until: Mapped[datetime]
    counts: Mapped[str] = mapped_column(sa.Text)


class BoardChange(Base):
    """Something was learned about a person, or (without one) about everybody: their rows are to be made anew."""

    __tablename__ = "board_change"
    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    person_id: Mapped[str | None] = mapped_column(Uuid)


class BoardMark(Base):
    """How far the rows have been made: by which `version` of the rules, and for everybody. One row, once they are."""

    __tablename__ = "board_mark"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    made_at: Mapped[datetime]


def reach(actor: Actor, store_column: sa.ColumnElement[str], home_column: sa.ColumnElement[str]) -> sa.ColumnElement[bool] | None:
    """Whom a board shows to somebody: who is at their stores, and who is lent by their units. None: everybody."""
    if actor.has_everywhere(Permission.READ_BOARD):
        return None
    places = actor.stores_for(Permission.READ_BOARD)
    return sa.or_(store_column.in_(places), home_column.in_(places))


def _places(actor: Actor) -> frozenset[str]:
    return actor.stores_for(Permission.READ_BOARD)


def _visible(actor: Actor) -> sa.ColumnElement[bool] | None:
    return reach(actor, BoardRow.store_id, BoardRow.home_unit_id)  # type: ignore[arg-type]


def _covers(actor: Actor, row: BoardRow) -> bool:
    places = actor.stores_for(Permission.READ_BOARD)
    return actor.has_everywhere(Permission.READ_BOARD) or row.store_id in places or row.home_unit_id in places


scoped(
    BoardCount,
    visible=lambda a: None if a.has_everywhere(Permission.READ_BOARD) else BoardCount.store_id.in_(_places(a)),
    covers=lambda a, row: a.has_everywhere(Permission.READ_BOARD) or row.store_id in _places(a),
    writes=lambda actor, row: False,
)
scoped(BoardRow, visible=_visible, covers=_covers, writes=lambda actor, row: False)
for _model in (BoardChange, BoardMark):
    only_with(_model, Permission.READ_OPERATIONS, Permission.REPLAY_OPERATIONS)
