"""What a new company finds when it starts: its flows, kinds of leave, shifts, rules of hours and of rosters, a desk for feedback
and kinds of it, metrics to measure by. They are made by operations and are its own from then on."""

from __future__ import annotations

from datetime import datetime

from server.approvals.presets import ensure_presets
from server.feedback import desks
from server.feedback import service as feedback
from server.kernel.db import Database
from server.leave import presets as leave_presets
from server.rosters import profiles as roster_profiles
from server.scoring import presets as scoring_presets
from server.shifts import presets as shift_presets
from server.sync import directory_rows


def ensure(db: Database, *, now: datetime, secret: bytes) -> None:
    """Make what is not there yet. For every start of a server: it looks, and on all but the first start makes nothing."""
    leave_presets.ensure(db, now, secret)
    shift_presets.ensure(db, now, secret)
    roster_profiles.ensure(db, now, secret)
    desks.ensure(db, now, secret)
    feedback.ensure(db, now, secret)
    scoring_presets.ensure(db, now, secret)
    ensure_presets(db, now=now, secret=secret)
    directory_rows.ensure(db, now=now)
