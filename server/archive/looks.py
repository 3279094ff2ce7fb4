"""Who looked: written after the answer was made and before it leaves. What cannot be written down is not shown."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from contract.ids import derived_id, new_id
from contract.privacy import NoteLook
from server.archive import rules
from server.archive.model import Look
from server.inbox.service import put_item
from server.kernel.actors import Actor, Permission
from server.kernel.feed import mark
from server.kernel.http import Outpost
from server.kernel.perform import Work, handles, perform, writing
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.people.model import Person
from server.people.queries import holders_of

AT_ONCE = 500


def note_look(
    found: Outpost, reader: Actor, what: str, person_ids: Sequence[str], *, about_id: str | None = None, why: str = "",
    fields: Sequence[str] = (),
) -> None:  # fmt: skip
    """Write down that `reader` is about to be shown something of these people. Looking at oneself is nobody's business.

    Raises Problem when it cannot be written: the caller then answers nothing.
    """
    others = sorted({person_id for person_id in person_ids if person_id != reader.person_id})
    if reader.is_system or reader.person_id is None or not others:
        return
    roles = ",".join(sorted({held.role for held in reader.held}))[:40]
    told = False
    for start in range(0, len(others), AT_ONCE):
        operation = NoteLook(
            reader_id=reader.person_id, role=roles, what=what, person_ids=others[start : start + AT_ONCE],  # type: ignore[arg-type]
            about_id=about_id, fields=list(fields), why=why, total=0 if told else len(others),
        )  # fmt: skip
        again = _count_again(found, operation)
        fresh = [person_id for person_id in operation.person_ids if person_id not in again]
        if not fresh:
            continue
        told = True
        noted = perform(
            found.db, Actor.system(), msgspec.structs.replace(operation, person_ids=fresh), op_id=new_id(), now=found.clock(),
            secret=found.settings.secret,
        )  # fmt: skip
        if noted.status != "applied":
            raise Problem(noted.code or "operation.failed_here", **noted.facts)


def _count_again(found: Outpost, op: NoteLook) -> set[str]:
    """Looks at the same thing less than a minute after the last one are counted on its row: a page that renews itself all day
    is one look with a count, and one operation. Answers of whom."""
    now = found.clock()
    with writing(found.db, Actor.system(), op_id=new_id(), now=now) as session:
        same = [
            row
            for row in session.execute(
                sa.select(Look.id, Look.person_id, Look.last_at, Look.fields).where(
                    Look.reader_id == op.reader_id,
                    Look.last_at > now - rules.MERGE_LOOKS,
                    Look.person_id.in_(op.person_ids),
                    Look.what == op.what,
                    Look.why == op.why,
                    Look.about_id == op.about_id if op.about_id is not None else Look.about_id.is_(None),
                )
            )
            if list(row.fields) == op.fields and rules.is_same_look(row.last_at, now)
        ]
        if same:
            counted = sa.update(Look).where(Look.id.in_([row.id for row in same])).values(times=Look.times + 1, last_at=now)
            session.execute(counted, execution_options={"unledgered": True, "synchronize_session": False})
            for row in same:
                mark(session, f"private:{row.person_id}", "look", row.id)
    return {row.person_id for row in same}


@handles(NoteLook, needs=Permission.REPLAY_OPERATIONS)
def write_look(work: Work, op: NoteLook) -> None:
    """One row for each person."""
    if not work.actor.is_system:
        raise Problem("access.not_allowed", needs="system")
    for person_id in op.person_ids:
        work.insert(
            Look,
            {
                "id": derived_id("look", work.act.op_id, person_id), "reader_id": op.reader_id, "role": op.role, "what": op.what,
                "person_id": person_id, "about_id": op.about_id, "fields": op.fields, "why": op.why, "first_at": work.now,
                "last_at": work.now, "times": 1,
            },
        )  # fmt: skip
    if op.what == "export" and op.total > rules.BIG_EXPORT:
        _tell_of_big_export(work, op)


def _tell_of_big_export(work: Work, op: NoteLook) -> None:
    """HR and the administrators hear at once that somebody took a large list away."""
    reader = work.find(Person, op.reader_id, "people.unknown")
    today = company_day(work.now)
    receivers = {holder for role in ("hr", "admin") for holder in holders_of(work.session, role, None, today)}
    for receiver_id in sorted(receivers - {op.reader_id}):
        put_item(
            work, trigger="big_export", receiver_id=receiver_id, kind="notice", about="person", about_id=op.reader_id,
            facts={"who": reader.name, "count": op.total}, key=work.act.op_id,
        )  # fmt: skip
