"""Taking the values of a file, with the run's line in the log; and reading that log."""

from __future__ import annotations

import sqlalchemy as sa

from contract import wire
from contract.growth import RecordValues
from contract.imports import ColumnMeant, TakeValues, ValueImportRun, ValueImportRuns
from contract.moments import to_ms
from server.growth.indicators import record_values
from server.imports.model import ValueImport
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.perform import Work, handles
from server.people.model import Person

MOST_RUNS = 200


@handles(TakeValues, needs=Permission.MANAGE_TRAINING)
def take_values(work: Work, op: TakeValues) -> dict[str, int]:
    """All of them or none, as if they had been recorded by hand. Answers how many are new, changed, the same."""
    counted: dict[str, int] = record_values(work, RecordValues(batch_id=op.batch_id, values=op.values, source=op.source))
    work.add(ValueImport(
        id=op.batch_id, taken_at=work.now, by_id=work.actor.person_id, file=op.file, sha256=op.sha256, source=op.source,
        headings=op.headings, columns=wire.plain(op.columns), lines=op.lines, left_out=op.left_out, fresh=counted["new"],
        changed=counted["changed"], same=counted["same"],
    ))  # fmt: skip
    return counted


def runs(session: ScopedSession) -> ValueImportRuns:
    """The newest runs, the latest first."""
    asked = sa.select(ValueImport, Person.name).outerjoin(Person, Person.id == ValueImport.by_id)
    newest = asked.order_by(ValueImport.taken_at.desc(), ValueImport.id.desc()).limit(MOST_RUNS)
    return ValueImportRuns(items=[
        ValueImportRun(
            id=run.id, taken_at_ms=to_ms(run.taken_at), by=name, file=run.file, source=run.source,
            columns=[ColumnMeant(**one) for one in run.columns], lines=run.lines, left_out=run.left_out, new=run.fresh,
            changed=run.changed, same=run.same,
        )
        for run, name in session.execute(newest)
    ])  # fmt: skip


def last_with(session: ScopedSession, headings: str) -> ValueImport | None:
    """The newest run of a file with these headings (their digest)."""
    return _newest(session, ValueImport.headings == headings)


def taken_before(session: ScopedSession, sha256: str) -> ValueImport | None:
    """The newest run of the very same file."""
    return _newest(session, ValueImport.sha256 == sha256)


def _newest(session: ScopedSession, condition: sa.ColumnElement[bool]) -> ValueImport | None:
    asked = sa.select(ValueImport).where(condition).order_by(ValueImport.taken_at.desc(), ValueImport.id.desc()).limit(1)
    return session.scalars(asked).first()
