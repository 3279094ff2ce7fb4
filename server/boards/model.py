"""The board's own rows: what each person's state will be as the clock goes on, so that a board is counted, not computed.

All of it is made of postings, plans, punches, corrections, leave and devices (rows.py) and can be made anew at any time: see
docs/concepts/today.md.
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
from server.kernel.sets import within

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
        sa.Index(
            "ix_board_row_home_unit_id", "home_unit_id",
            postgresql_where=sa.text("home_unit_id IS NOT NULL"), sqlite_where=sa.text("home_unit_id IS NOT NULL"),
        ),
    )  # fmt: skip
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
    """One store today, counted: how many of its people are in which state, the devices asked; who visits; how many punches of
    the last month wait for a decision; when its tablets were last heard of. Every store has one.

    True until `until`, when the clock moves the first of its people; what a device says moves it with the worker's next round.
    `seen_at` (None: no tablet) is never too late, and so much too early at most that no tablet is called silent that is not.
    What HQ looks for first has an index, so that its first page does not grow with the company.
    """

    __tablename__ = "board_count"
    store_id: Mapped[str] = ref("store.id", primary_key=True)
    until: Mapped[datetime] = mapped_column(index=True)
    present: Mapped[int]
    late: Mapped[int] = mapped_column(index=True)
    early: Mapped[int]
    left: Mapped[int]
    not_due: Mapped[int]
    not_in_yet: Mapped[int]
    absent: Mapped[int] = mapped_column(index=True)
    on_leave: Mapped[int]
    off: Mapped[int]
    unknown: Mapped[int] = mapped_column(index=True)
    visitors: Mapped[int]
    to_review: Mapped[int] = mapped_column(index=True)
    seen_at: Mapped[datetime | None] = mapped_column(index=True)


class BoardSum(Base):
    """All lines added up, in one row: what HQ's board says above the table need not read ten thousand of them at each look.

    `stores` have a line, `staffed` of them anything to show. Written together with the lines, by whom they are counted.
    """

    __tablename__ = "board_sum"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stores: Mapped[int]
    staffed: Mapped[int]
    present: Mapped[int]
    late: Mapped[int]
    early: Mapped[int]
    left: Mapped[int]
    not_due: Mapped[int]
    not_in_yet: Mapped[int]
    absent: Mapped[int]
    on_leave: Mapped[int]
    off: Mapped[int]
    unknown: Mapped[int]
    visitors: Mapped[int]
    to_review: Mapped[int]


class BoardChange(Base):
    """Something was learned about a person or a store: the rows of the one, the counts of the other are to be made anew. With
    neither: everybody's are."""

    __tablename__ = "board_change"
    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    person_id: Mapped[str | None] = mapped_column(Uuid)
    store_id: Mapped[str | None] = mapped_column(Uuid)


class BoardMark(Base):
    """Which `version` of the rules the rows were made by, and when the worker last saw to it that they are true. One row, once
    everybody's have been made."""

    __tablename__ = "board_mark"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    kept_at: Mapped[datetime]


def reach(actor: Actor, store_column: sa.ColumnElement[str], home_column: sa.ColumnElement[str]) -> sa.ColumnElement[bool] | None:
    """Whom a board shows to somebody: who is at their stores, and who is lent by their units. None: everybody."""
    if actor.has_everywhere(Permission.READ_BOARD):
        return None
    places = actor.stores_for(Permission.READ_BOARD)
    return sa.or_(within(store_column, places), within(home_column, places))


def _places(actor: Actor) -> frozenset[str]:
    return actor.stores_for(Permission.READ_BOARD)


def _visible(actor: Actor) -> sa.ColumnElement[bool] | None:
    return reach(actor, BoardRow.store_id, BoardRow.home_unit_id)  # type: ignore[arg-type]


def _covers(actor: Actor, row: BoardRow) -> bool:
    places = actor.stores_for(Permission.READ_BOARD)
    return actor.has_everywhere(Permission.READ_BOARD) or row.store_id in places or row.home_unit_id in places


scoped(
    BoardCount,
    visible=lambda a: None if a.has_everywhere(Permission.READ_BOARD) else within(BoardCount.store_id, _places(a)),
    covers=lambda a, row: a.has_everywhere(Permission.READ_BOARD) or row.store_id in _places(a),
    writes=lambda actor, row: False,
)
scoped(
    BoardSum,
    visible=lambda a: None if a.has_everywhere(Permission.READ_BOARD) else sa.false(),
    covers=lambda a, row: a.has_everywhere(Permission.READ_BOARD),
    writes=lambda actor, row: False,
)
scoped(BoardRow, visible=_visible, covers=_covers, writes=lambda actor, row: False)
for _model in (BoardChange, BoardMark):
    only_with(_model, Permission.READ_OPERATIONS, Permission.REPLAY_OPERATIONS)
