"""Pictures that no version of any course names, uploaded into a draft and taken out again: forgotten after a while."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from contract.courses import ForgetPictures
from contract.ids import new_id
from server.kernel.actors import Actor, Permission
from server.kernel.db import Database, ScopedSession
from server.kernel.perform import Work, handles, perform, reading
from server.kernel.problems import Problem
from server.learning import pictures
from server.learning.model import CourseVersion, Media
from server.learning.publishing import pictures_of
from server.learning.standing import body_of

GRACE: Final = timedelta(days=30)  # since it was wanted last: a draft may lie in an open window for some time
AT_ONCE: Final = 200


def unused(session: ScopedSession, data_dir: Path, now: datetime) -> list[str]:
    """SHA-256 of pictures that were wanted last more than GRACE ago and that no version names, draft or replaced."""
    old = session.scalars(sa.select(Media.sha256).where(Media.added_at < now - GRACE).order_by(Media.sha256)).all()
    quiet = [sha256 for sha256 in old if _wanted_at(data_dir, sha256) < (now - GRACE).timestamp()]
    named = _named(session) if quiet else set()
    return [sha256 for sha256 in quiet if sha256 not in named]


def forget_unused(db: Database, data_dir: Path, now: datetime, secret: bytes) -> int:
    """Forget them, rows and bytes. Answers how many; what is left over is the next day's."""
    with reading(db, Actor.system()) as session:
        found = unused(session, data_dir, now)[:AT_ONCE]
    if not found:
        return 0
    outcome = perform(db, Actor.system(), ForgetPictures(pictures=found), op_id=new_id(), now=now, secret=secret)
    forgotten: list[str] = outcome.answer["forgotten"]
    for sha256 in forgotten:
        pictures.path_of(data_dir, sha256).unlink(missing_ok=True)
    return len(forgotten)


@handles(ForgetPictures, needs=Permission.PUBLISH_COURSES)
def forget_pictures(work: Work, op: ForgetPictures) -> dict[str, list[str]]:
    """Answers those that are forgotten: one that a draft names by now stays. Only the server itself performs this."""
    if not work.actor.is_system:
        raise Problem("access.not_allowed", needs="system")
    with work.with_system_reach() as session:
        named = _named(session)
        rows = session.scalars(sa.select(Media).where(Media.sha256.in_([one for one in op.pictures if one not in named]))).all()
        forgotten = sorted(row.sha256 for row in rows)
        for row in rows:
            session.delete(row)
        session.flush()
    return {"forgotten": forgotten}


def _named(session: ScopedSession) -> Collection[str]:
    """Every picture that some version names."""
    return {sha256 for body in session.scalars(sa.select(CourseVersion.body)) for sha256 in pictures_of(body_of(body))}


def _wanted_at(data_dir: Path, sha256: str) -> float:
    file = pictures.path_of(data_dir, sha256)
    return file.stat().st_mtime if file.exists() else 0.0
