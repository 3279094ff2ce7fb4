"""One score card with all that is known of it: its metrics, whether it says what was signed, where it is in the log."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from contract.composite import exact
from contract.ids import is_id
from contract.scoring import MarkRow, ScoreCardRow
from contract.scoring_cards import differing, digests
from server.kernel.db import ScopedSession, table_of
from server.kernel.problems import Problem
from server.kernel.tree import AuditLeaf
from server.people.model import Person
from server.scoring.card_model import ScoreCard
from server.scoring.card_rows import cards_by_id
from server.scoring.model_library import Metric
from server.stores.model import Store

_leaf, _person, _store = table_of(AuditLeaf), table_of(Person), table_of(Store)


class CardCase(NamedTuple):
    """A card that the reader sees. `counted`: what counts of it, of one that was withdrawn what did until then. `entry`: the
    place of its operation in the log, from 0; None until it is entered. `digest`: of the card as it was given, by
    contract.scoring_cards; `differs`: the facts of it that do not say what the log holds."""

    card: ScoreCardRow
    name: str
    store: str
    metrics: dict[str, Metric]
    counted: list[MarkRow]
    entry: int | None
    digest: str
    differs: list[str]

    def level(self, mark: MarkRow) -> dict[str, str] | None:
        """The rubric's level that a mark names, with its text in zh and en; None of other kinds."""
        metric = self.metrics.get(mark.metric)
        if metric is None or metric.kind != "rubric":
            return None
        return next((one for one in metric.levels if exact(one["points"]) == exact(mark.value)), None)


def counted(row: ScoreCardRow) -> list[MarkRow]:
    """What counts of a card; of one that was withdrawn what did until then."""
    return row.marks or (row.changes[-1].before if row.changes else [])


def card_case(session: ScopedSession, card_id: str) -> CardCase:
    """A card by its id. Raises Problem where there is none the reader sees."""
    if not is_id(card_id) or session.get(ScoreCard, card_id) is None:
        raise Problem("scoring.card_unknown", field="card_id", id=card_id[:60])
    connection = session.connection()
    [row] = cards_by_id(connection, [card_id])
    codes = {mark.metric for marks in (row.marks, *(one.before for one in row.changes)) for mark in marks}
    metrics = {one.code: one for one in session.scalars(sa.select(Metric).where(Metric.code.in_(sorted(codes))))}
    name = connection.execute(sa.select(_person.c.name).where(_person.c.id == row.person_id)).scalar_one()
    store = connection.execute(sa.select(_store.c.name).where(_store.c.id == row.store_id)).scalar_one()
    entry = connection.execute(sa.select(sa.func.min(_leaf.c.idx)).where(_leaf.c.op_id == row.op_id)).scalar_one()
    return CardCase(row, name, store, metrics, counted(row), entry, digests(row)[row.id], differing(row, {}))
