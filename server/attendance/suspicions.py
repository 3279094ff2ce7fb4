"""Punches that must be decided on: the store's manager and HR hear of each once, with its reason and a time limit (N-10).

Told is what ends as `review`; and what ends as `ask` because of a made-up position or a code that was used before: no more
proof explains these away, and in a store without a tablet they weigh too little for `review`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from contract.corrections import FlagPunches
from contract.ids import new_id
from contract.messages import say
from server.attendance import corrections_queries as queries
from server.attendance.correction_model import PunchCorrection
from server.attendance.decisions import SUSPICIOUS
from server.attendance.model import Punch
from server.inbox.model import InboxItem
from server.inbox.service import NewItem, close_items, put_items
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.http import Outpost
from server.kernel.jobs import does
from server.kernel.perform import Work, handles, perform, reading
from server.org.queries import company_day
from server.people.model import Person
from server.people.queries import holders_of
from server.stores.model import Store

TO_DECIDE = timedelta(hours=24)
LOOKED_BACK = timedelta(days=31)  # what lay undecided longer when this began is in the review queue, not in the inbox
AT_ONCE = 100
# What N-10 names and a verdict of `ask` may rest on.
NAMED = ("evidence.mock_location", "evidence.code_reused")


def _waits() -> sa.ColumnElement[bool]:
    told = sa.cast(Punch.reasons, sa.Text)
    named = sa.and_(Punch.verdict == "ask", sa.or_(*(told.contains(f'"{code}"', autoescape=True) for code in NAMED)))
    replaced = sa.select(PunchCorrection.id).where(
        PunchCorrection.replaces == Punch.id, PunchCorrection.withdrawn_at.is_(None)
    )
    undecided = sa.and_(Punch.state == "counted", Punch.verdict != "green")  # as the index of what waits has it
    return sa.and_(undecided, sa.or_(Punch.verdict == "review", named), ~replaced.exists())


@does("flag_suspicious", every=lambda _server: timedelta(minutes=1))
def flag_suspicious(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that nobody waits longer than a day to hear whether their punch counts."""
    now = server.clock()
    flagged = sa.select(InboxItem.id).where(InboxItem.about_id == Punch.id, InboxItem.trigger == SUSPICIOUS)
    fresh = sa.select(Punch.id).where(_waits(), Punch.received_at > now - LOOKED_BACK, ~flagged.exists())
    settled = (
        sa.select(InboxItem.about_id)
        .join(Punch, Punch.id == InboxItem.about_id)
        .where(InboxItem.trigger == SUSPICIOUS, InboxItem.done_at.is_(None), ~_waits())
    )
    with reading(server.db, Actor.system()) as session:
        found = [*session.scalars(fresh.order_by(Punch.received_at.desc()).limit(AT_ONCE * 5)), *session.scalars(settled)]
    wanted = sorted(set(found))
    for start in range(0, len(wanted), AT_ONCE):
        operation = FlagPunches(punches=wanted[start : start + AT_ONCE])
        outcome = perform(server.db, Actor.system(), operation, op_id=new_id(), now=now, secret=server.settings.secret)
        if outcome.status == "rejected":
            raise RuntimeError(f"nobody could be told of suspicious punches: {outcome.code}")


@handles(FlagPunches, needs=Permission.REPLAY_OPERATIONS)
def flag_punches(work: Work, op: FlagPunches) -> None:
    """Each once, however often this runs: the item's id is that of the punch and its receiver."""
    session = work.session
    waiting = sa.select(Punch, Person.name, Store).join(Person, Person.id == Punch.person_id)
    waiting = waiting.join(Store, Store.id == Punch.store_id).where(Punch.id.in_(op.punches), _waits())
    items: list[NewItem] = []
    still: set[str] = set()
    for punch, name, store in session.execute(waiting).all():
        still.add(punch.id)
        facts = _told(punch, name, store)
        items += [
            NewItem(SUSPICIOUS, receiver, "to_do", "punch", punch.id, facts, due_at=punch.received_at + TO_DECIDE)
            for receiver in _receivers(session, work, punch)
        ]
    put_items(work, items)
    for punch_id in sorted(set(op.punches) - still):
        close_items(work, punch_id, triggers=[SUSPICIOUS])


def _receivers(session: ScopedSession, work: Work, punch: Punch) -> list[str]:
    """The store's manager and HR; never the person whose punch it is."""
    manager = queries.manager_over(session, punch.store_id, work.now, [punch.person_id])
    hr = holders_of(session, "hr", punch.store_id, company_day(work.now))
    return [one for one in dict.fromkeys([manager, *hr]) if one is not None and one != punch.person_id]


def _told(punch: Punch, name: str, store: Store) -> dict[str, Any]:
    """Who, where, when, and the weightiest reason in both languages, without its figures: positions have their own time limit."""
    shown = punch.taken_at.astimezone(ZoneInfo(store.zone)).strftime("%m-%d %H:%M")
    against = [reason for reason in punch.reasons if int(reason.get("points_db") or 0) <= 0] or punch.reasons
    facts: dict[str, Any] = {"who": name, "store": store.name, "at": shown}
    for lang in ("zh", "en"):
        facts[f"kind_{lang}"] = say(lang, f"console.kind.{punch.kind}")
        facts[f"reason_{lang}"] = say(lang, _short(against[0]["code"])) if against else ""
    return facts


def _short(code: str) -> str:
    return "console.short." + code.replace("evidence.", "").replace("place.", "fix_")
