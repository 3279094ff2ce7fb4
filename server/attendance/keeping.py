"""How long what is exact about a punch is kept, as data; and what is left of it afterwards. Verdict, score and hours stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.ids import new_id
from server.approvals.model import Request, RequestPhoto
from server.archive.erasure import remove_photos
from server.archive.forget import forget
from server.attendance.correction_model import Appeal
from server.attendance.model import Punch, PunchProof
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession, table_of
from server.kernel.feed import mark
from server.kernel.http import Outpost
from server.kernel.jobs import does
from server.kernel.ledger import OpLog
from server.kernel.perform import reading, writing
from server.kernel.personal import WITH_PHOTOS

POSITION_KEPT = timedelta(days=90)
PHOTO_KEPT = {"counted": timedelta(days=30), "decided": timedelta(days=180), "open": timedelta(days=365)}
# Upper ends of the bands a distance is reduced to, in metres; the last one says "farther than the one before".
BANDS_M = (50, 100, 200, 500, 1_000, 5_000, 50_000)
APPEAL_PHOTO_KEPT = timedelta(days=180)
REQUEST_PHOTO_KEPT = {"ended": timedelta(days=180), "running": timedelta(days=365)}  # since it ended, since it was asked
BATCH = 500
_EXACT = frozenset({"distance_m", "accuracy_m"})


def band_of(distance_m: int | None) -> int | None:
    """The upper end of a distance's band, in metres."""
    if distance_m is None:
        return None
    return next((upper for upper in BANDS_M if distance_m <= upper), BANDS_M[-1])


def reduced_reasons(reasons: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same reasons with the same points; distances in them are bands."""
    return [{**reason, "facts": _reduced_facts(reason.get("facts") or {})} for reason in reasons]


def _reduced_facts(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: band_of(value) if name in _EXACT and isinstance(value, int) else value for name, value in facts.items()}


@does("reduce_positions", every=lambda server: timedelta(days=1))
def reduce_daily(server: Outpost, _facts: dict[str, Any]) -> None:
    """What is exact about a punch is gone when its time is over."""
    reduce_positions(server)
    remove_old_photos(server)


def reduce_positions(found: Outpost) -> int:
    """Reduce every punch whose time is over. Answers how many; asked again at once it is 0."""
    now = found.clock()
    reduced = 0
    while True:
        with reading(found.db, Actor.system()) as session:
            rows = session.execute(
                sa.select(Punch.id, Punch.op_id, Punch.person_id, Punch.distance_m, Punch.reasons)
                .where(Punch.received_at < now - POSITION_KEPT, Punch.taken_at < now - POSITION_KEPT, Punch.lat_e7.is_not(None))
                .order_by(Punch.taken_at)
                .limit(BATCH)
            ).all()
            proofs = list(session.scalars(sa.select(PunchProof.id).where(PunchProof.punch_id.in_([row.id for row in rows]))))
        if not rows:
            return reduced
        # the signed bytes first: a crash in between is made good by the next run, which finds the rows still exact
        forget(found, _settled(found, [*(row.op_id for row in rows), *proofs]), because="retention")
        with writing(found.db, Actor.system(), op_id=new_id(), now=now) as session:
            table = table_of(Punch)
            for row in rows:
                values = {
                    "lat_e7": None, "lng_e7": None, "accuracy_dm": None, "fix_age_ms": None,
                    "distance_m": band_of(row.distance_m), "reasons": reduced_reasons(row.reasons),
                }  # fmt: skip
                session.connection().execute(sa.update(table).where(table.c.id == row.id).values(values))
                mark(session, f"person:{row.person_id}", "punch", row.id)
        reduced += len(rows)


def _settled(found: Outpost, op_ids: list[str]) -> list[str]:
    """Those of these operations that have ended: one that waits is still needed."""
    with reading(found.db, Actor.system()) as session:
        ended = sa.select(OpLog.op_id).where(
            OpLog.op_id.in_(op_ids), OpLog.status.in_(("applied", "merged", "rejected")), OpLog.erased_at.is_(None)
        )
        return sorted(session.scalars(ended))


def remove_old_photos(found: Outpost) -> int:
    """Remove photos whose time is over. A photo that is named twice stays as long as the longer of both."""
    now = found.clock()
    removed = 0
    while True:
        with reading(found.db, Actor.system()) as session:
            rows = session.execute(
                sa.select(Punch.id, Punch.photo, Punch.person_id)
                .where(Punch.photo.is_not(None), _photo_is_over(now))
                .order_by(Punch.taken_at)
                .limit(BATCH)
            ).all()
        if not rows:
            return removed + _remove_evidence(found)
        with writing(found.db, Actor.system(), op_id=new_id(), now=now) as session:
            table = table_of(Punch)
            gone = sa.update(table).where(table.c.id.in_([row.id for row in rows])).values(photo=None)
            session.connection().execute(gone)
            hashes = {row.photo for row in rows} - _named(session, {row.photo for row in rows})
        remove_photos(found.settings.data_dir, hashes)
        removed += len(rows)


def _remove_evidence(found: Outpost) -> int:
    """Photos that were handed in with an appeal, half a year after it; with a request, half a year after it ended."""
    now = found.clock()
    is_over = sa.or_(
        Request.ended_at < now - REQUEST_PHOTO_KEPT["ended"], Request.submitted_at < now - REQUEST_PHOTO_KEPT["running"]
    )
    of_requests = sa.select(RequestPhoto).join(Request, Request.id == RequestPhoto.request_id)
    with writing(found.db, Actor.system(), op_id=new_id(), now=now) as session:
        over: list[Appeal | RequestPhoto] = [
            *session.scalars(sa.select(Appeal).where(Appeal.photo.is_not(None), Appeal.made_at < now - APPEAL_PHOTO_KEPT)),
            *session.scalars(of_requests.where(RequestPhoto.photo.is_not(None), is_over)),
        ]
        hashes = {row.photo for row in over if row.photo is not None}
        for row in over:
            row.photo = None
        session.flush()
        hashes -= _named(session, hashes)
    remove_photos(found.settings.data_dir, hashes)
    return len(over)


def _named(session: ScopedSession, hashes: set[str]) -> set[str]:
    """Those of these photos that something still names, in whichever area: one file serves all who handed in the same bytes."""
    columns = [Punch.metadata.tables[name].c["photo"] for name in WITH_PHOTOS]
    connection = session.connection()
    return {str(photo) for column in columns for photo in connection.scalars(sa.select(column).where(column.in_(hashes)))}


def _photo_is_over(now: datetime) -> sa.ColumnElement[bool]:
    decided = Punch.state != "counted"
    green = sa.and_(Punch.state == "counted", Punch.verdict == "green")
    return sa.or_(
        sa.and_(green, Punch.taken_at < now - PHOTO_KEPT["counted"]),
        sa.and_(decided, Punch.taken_at < now - PHOTO_KEPT["decided"]),
        Punch.taken_at < now - PHOTO_KEPT["open"],
    )
