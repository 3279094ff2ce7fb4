"""The evidence around a week, in the order of time: what was punched, corrected, said and signed."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.moments import to_ms
from contract.statements import StatementDetail
from server.attendance.correction_model import PunchCorrection
from server.attendance.model import Punch
from server.kernel.db import ScopedSession


class Moment(NamedTuple):
    """One line. `what`: punch, correction, revision, confirmed, disputed or settled; `facts` say it in words; `punch_id`: where
    the whole story of a punch is."""

    at_ms: int
    what: str
    facts: dict[str, Any]
    punch_id: str | None = None


def time_line(session: ScopedSession, detail: StatementDetail) -> list[Moment]:
    """Everything around the week that the reader may see, the earliest first."""
    week = detail.revisions[0]
    first, last = date.fromisoformat(week.from_day), date.fromisoformat(week.to_day)
    found: list[Moment] = []
    punches = sa.select(Punch).where(Punch.person_id == week.person_id, Punch.business_date >= first, Punch.business_date <= last)
    for punch in session.scalars(punches):
        counts = punch.decided_taken_at or punch.taken_at
        facts = {"kind": punch.decided_kind or punch.kind, "verdict": punch.verdict, "state": punch.state}
        found.append(Moment(to_ms(counts), "punch", facts | {"late_ms": to_ms(punch.received_at)}, punch.id))
    corrections = sa.select(PunchCorrection).where(
        PunchCorrection.person_id == week.person_id, PunchCorrection.business_date >= first, PunchCorrection.business_date <= last
    )
    for correction in session.scalars(corrections):
        said = {"kind": correction.kind, "reason": correction.reason, "withdrawn": correction.withdrawn_at is not None}
        found.append(Moment(to_ms(correction.at), "correction", said))
    for row in detail.revisions:
        found.append(Moment(row.made_ms, "revision", {"revision": row.revision}))
        found += [
            Moment(
                one.confirmed_ms, "confirmed", {"side": one.side, "name": one.name, "revision": row.revision, "way": one.way}
            )
            for one in row.confirmed
        ]
        for dispute in row.disputes:
            found.append(Moment(dispute.made_ms, "disputed", {"side": dispute.side, "reason": dispute.reason}))
            if dispute.settled_ms is not None:
                said = {"outcome": dispute.outcome, "reason": dispute.settled_reason}
                found.append(Moment(dispute.settled_ms, "settled", said))
    return sorted(found, key=lambda one: (one.at_ms, one.what))
