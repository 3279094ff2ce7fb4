"""Opening and revoking one's calendar address. Whoever asks makes the token and keeps it; only its hash ever comes here."""

from __future__ import annotations

import sqlalchemy as sa

from contract.shift_market import OpenFeed, RevokeFeed
from server.approvals.service import acting
from server.kernel.actors import Permission
from server.kernel.events import reacts_to
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.people.events import PersonLeft
from server.postings.life import with_reach
from server.rosters.market.calendar import keep_events
from server.rosters.market.loan_model import CalendarFeed
from server.shifts.events import DutiesChanged


@handles(OpenFeed, needs=Permission.OWN_SHIFTS)
def open_feed(work: Work, op: OpenFeed) -> None:
    """From now on my shifts stand at this address, and at no earlier one."""
    who = acting(work)
    if work.device is not None and work.device.kind == "kiosk":
        raise Problem("market.own_device_only", field="feed_id")
    with with_reach(work) as wide:
        session = wide.session
        if session.get(CalendarFeed, op.feed_id) is not None:
            raise Problem("operation.already_exists", field="feed_id", id=op.feed_id)
        _end(wide, who)
        wide.add(
            CalendarFeed(
                id=op.feed_id, person_id=who, token_hash=op.token_hash, language=op.language, opened_at=work.now, revoked_at=None
            )
        )
        session.flush()
        keep_events(session, [who], work.now)


@handles(RevokeFeed, needs=Permission.OWN_SHIFTS)
def revoke_feed(work: Work, op: RevokeFeed) -> str:
    """The address answers no more. Asked twice, it changes nothing."""
    who = acting(work)
    with with_reach(work) as wide:
        feed = wide.session.get(CalendarFeed, op.feed_id, with_for_update=True)
        if feed is None or feed.person_id != who:
            raise Problem("market.feed_unknown", id=op.feed_id)
        if feed.revoked_at is not None:
            return "merged"
        feed.revoked_at = work.now
    return "applied"


def _end(wide: Work, person_id: str) -> None:
    asked = sa.select(CalendarFeed).where(CalendarFeed.person_id == person_id, CalendarFeed.revoked_at.is_(None))
    for feed in wide.session.scalars(asked.with_for_update()).all():
        feed.revoked_at = wide.now
    wide.session.flush()


@reacts_to(PersonLeft)
def close_with_them(work: Work, event: PersonLeft) -> None:
    """Who has left has no shifts here: the address answers no more."""
    with with_reach(work) as wide:
        _end(wide, event.person_id)


@reacts_to(DutiesChanged)
def follow_duties(work: Work, event: DutiesChanged) -> None:
    """Calendars that are open hear of it: new events, changed ones, cancelled ones."""
    with with_reach(work) as wide:
        asked = sa.select(CalendarFeed.person_id).where(CalendarFeed.revoked_at.is_(None))
        readers = set(wide.session.scalars(asked))
        people = sorted(readers if event.person_ids is None else readers & event.person_ids)
        if people:
            keep_events(wide.session, people, work.now)
