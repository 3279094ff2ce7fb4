"""Erasing a person and reducing positions are things the log knows of: it verifies afterwards, and says what was erased."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from server.attendance import keeping
from server.audit import queries
from server.audit.model import AuditErasure
from server.audit.sequencer import catch_up
from server.audit.verify import Report, verify
from server.kernel.actors import Actor
from server.kernel.db import table_of
from server.kernel.perform import reading
from server.kernel.tree import AuditLeaf, Tree
from tests.server.test_privacy import NAME, Field

_leaf = table_of(AuditLeaf)


def _compared(field: Field) -> Report:
    catch_up(field.server)
    with field.company.db.snapshot() as connection:
        return verify(connection, field.server.signer.public)


def _erased_and_compared(folder: Path, url: str | None) -> tuple[Report, Report]:
    field = Field(folder, url)
    before = _compared(field)
    with field.company.db.snapshot() as connection:
        root = Tree(connection).root(before.size)
    field.erase()
    keeping.reduce_positions(field.server)
    after = _compared(field)
    with field.company.db.snapshot() as connection:
        assert Tree(connection).root(before.size) == root
        bare = connection.scalar(sa.select(sa.func.count()).select_from(_leaf).where(_leaf.c.salt.is_(None)))
    with reading(field.company.db, Actor.system()) as session:
        recorded = session.scalar(sa.select(sa.func.count()).select_from(AuditErasure))
        told = queries.history_of(session, "person", field.person)
    assert bare == recorded == after.erased and all(NAME not in str(row) for row in told)
    field.phone.core.close()
    field.company.close()
    return before, after


def test_the_log_verifies_before_and_after_a_person_was_erased_on_either_database(tmp_path: Path, upgraded_postgres: str) -> None:
    for url in (None, upgraded_postgres):
        before, after = _erased_and_compared(tmp_path / ("postgres" if url else "sqlite"), url)
        assert before.found == [] and before.erased == 0
        assert after.found == [] and after.erased > 3 and after.size > before.size
