"""Timed work of a running server: backups, pruning the feed, forgetting sessions that are over."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from contract.alarms import WatchSystem
from contract.growth import TurnRecommendations
from contract.ids import new_id
from contract.org import KeepNames
from server.backup import make_backup
from server.growth.recommending import AT_ONCE, to_turn
from server.growth.standing import keep_careers
from server.kernel.actors import Actor
from server.kernel.db import table_of
from server.kernel.http import Outpost
from server.kernel.jobs import does
from server.kernel.perform import perform, reading, writing
from server.kernel.prune import prune
from server.learning.tidying import forget_unused
from server.leave.balances import accrue
from server.org.queries import company_day
from server.people.homes import anybody_wrongly_named
from server.people.model import SignInTry, WebSession
from server.rosters.handed import keep_handed
from server.shifts.duty import BACK, keep_duties
from server.shifts.follow import REFRESH as REFRESH_DUTIES
from server.sync.attention import perform_left_behind

SESSIONS_KEPT = timedelta(days=30)
NAMES_EVERY = timedelta(minutes=10)


@does("backup", every=lambda server: timedelta(minutes=server.settings.backup_every_min))
def back_up(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that the third tick on the phones moves by itself."""
    make_backup(server.db, server.settings.data_dir / "backups", server.clock())


@does("perform_left_behind", every=lambda server: timedelta(minutes=5))
def perform_what_was_left(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that a phone that breaks in the minute the server dies costs nobody a punch."""
    perform_left_behind(server)


@does("watch_system", every=lambda server: timedelta(minutes=10))
def watch_the_system(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that a backup that stopped, a silent tablet and a parked operation are somebody's business within minutes."""
    watched = WatchSystem(backup_late_min=max(60, 3 * server.settings.backup_every_min))
    perform(server.db, Actor.system(), watched, op_id=new_id(), now=server.clock(), secret=server.settings.secret)


@does("keep_home_names", every=lambda server: NAMES_EVERY)
def keep_home_names(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that a home that moves, or is called otherwise, from today on stands on the card by itself."""
    now = server.clock()
    today = company_day(now)
    with reading(server.db, Actor.system()) as session:
        if not anybody_wrongly_named(session, today):
            return
    names = KeepNames(as_of=today.isoformat())
    perform(server.db, Actor.system(), names, op_id=new_id(), now=now, secret=server.settings.secret)


@does("prune_feed", every=lambda server: timedelta(days=1))
def prune_feed(server: Outpost, _facts: dict[str, Any]) -> None:
    """Forget who left long ago; a device that was away longer takes those scopes anew."""
    prune(server.db, server.clock())


@does("forget_sessions", every=lambda server: timedelta(hours=6))
def forget_sessions(server: Outpost, _facts: dict[str, Any]) -> None:
    """Sessions long over and tries long ago are nobody's business; who signed in when stays in the operation log."""
    now = server.clock()
    sessions, tries = table_of(WebSession), table_of(SignInTry)
    with writing(server.db, Actor.system(), op_id=new_id(), now=now) as session:
        session.connection().execute(sa.delete(sessions).where(sessions.c.expires_at < now - SESSIONS_KEPT))
        session.connection().execute(sa.delete(tries).where(tries.c.last_at < now - timedelta(days=2)))


@does("keep_duties", every=lambda server: timedelta(hours=12))
def keep_the_duties(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that everybody knows two weeks ahead when they are due; on a day it has seen it changes nothing."""
    now = server.clock()
    keep_duties(server.db, now, server.settings.secret, None, company_day(now) - BACK)


@does("keep_rosters_handed", every=lambda server: timedelta(hours=6))
def keep_what_devices_judge_by(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that a tablet without signal judges by the weeks to come; on a day it has seen it changes nothing."""
    keep_handed(server.db, server.clock())


@does(REFRESH_DUTIES)
def refresh_what_changed(server: Outpost, facts: dict[str, Any]) -> None:
    """What changed for too many at once to wait for."""
    from_day = date.fromisoformat(facts["from_day"])
    keep_duties(server.db, server.clock(), server.settings.secret, facts["people"], from_day)


@does("accrue_leave", every=lambda server: timedelta(hours=6))
def accrue_leave(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that the balance on the phone is today's; on a day it has seen it changes nothing."""
    accrue(server.db, server.clock())


@does("forget_pictures", every=lambda server: timedelta(days=1))
def forget_pictures_of_no_course(server: Outpost, _facts: dict[str, Any]) -> None:
    """Pictures that were put into a draft and taken out again do not stay for ever."""
    forget_unused(server.db, server.settings.data_dir, server.clock(), server.settings.secret)


@does("keep_growth", every=lambda server: timedelta(hours=6))
def keep_growth(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that months on a path turn, and what a day makes true is recommended; on a day it has seen it changes nothing."""
    now = server.clock()
    keep_careers(server.db, now)
    with reading(server.db, Actor.system()) as session:
        people = to_turn(session, now)
    for start in range(0, len(people), AT_ONCE):
        turned = TurnRecommendations(people=people[start : start + AT_ONCE])
        perform(server.db, Actor.system(), turned, op_id=new_id(), now=now, secret=server.settings.secret)
