"""Sending what waits: claimed for a while, handed over, written down how it went. At least once, under an id that stays the same
(docs/decisions/0029); each lane by itself, so that a receiver that is dead holds up nobody else."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from contract.channels import quiet_until
from contract.ids import new_id
from server.inbox.channels_model import Delivery, PushSubscription, Wish
from server.inbox.composing import Letter
from server.inbox.handing import hand_over, line_for
from server.inbox.model import InboxItem
from server.inbox.targets import allowed_networks, guarded
from server.inbox.transports import WAIT_S, NotTaken
from server.kernel.actors import Actor
from server.kernel.db import Database, table_of
from server.kernel.http import Outpost
from server.kernel.perform import writing

log = structlog.get_logger()

CLAIM_FOR = timedelta(minutes=3)
ENOUGH_LEFT = timedelta(seconds=3 * WAIT_S)  # with less of a claim left nothing new is begun
AT_ONCE = 20
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
MAX_TRIES = 10
MOST_LANES = 16

_delivery, _item, _wish = (table_of(model) for model in (Delivery, InboxItem, Wish))
_PERSONAL = ("email", "push")  # what a person's quiet hours hold back


def pause_after(tries: int) -> timedelta:
    """How long to wait after so many tries: one minute, two, four and so on, at most six hours."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(tries - 1, 12)))


def _free(now: datetime) -> sa.ColumnElement[bool]:
    unclaimed = sa.or_(_delivery.c.claimed_until.is_(None), _delivery.c.claimed_until <= now)
    return sa.and_(_delivery.c.state == "waiting", _delivery.c.due_at <= now, unclaimed)


def due_lanes(connection: sa.Connection, now: datetime) -> list[str]:
    """The lanes in which something waits that may go out now."""
    return list(connection.scalars(sa.select(_delivery.c.lane).where(_free(now)).distinct().order_by(_delivery.c.lane)))


def claim(db: Database, now: datetime, lane: str) -> tuple[list[Letter], bool]:
    """Take some of a lane's messages, for CLAIM_FOR; what is done or read is moot, what would wake somebody waits. Answers them,
    and whether there was anything at all."""
    found = (
        sa.select(_delivery, _item.c.kind, _item.c.facts, _item.c.seen_at, _item.c.done_at, _wish.c.language, _wish.c.zone,
                  _wish.c.quiet_from_min, _wish.c.quiet_until_min)
        .outerjoin(_item, _item.c.id == _delivery.c.item_id)
        .outerjoin(_wish, _wish.c.person_id == _delivery.c.person_id)
        .where(_delivery.c.lane == lane, _free(now))
        .order_by(_delivery.c.due_at, _delivery.c.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=_delivery)
    )  # fmt: skip
    letters = []
    with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
        connection = session.connection()
        rows = connection.execute(found).all()
        for row in rows:
            changed = _instead_of_sending(row, now)
            if changed is None:
                # counted before the attempt: a message that kills its worker is still counted
                changed = {"claimed_until": now + CLAIM_FOR, "tries": row.tries + 1}
                letters.append(_letter(row, now + CLAIM_FOR))
            connection.execute(sa.update(_delivery).where(_delivery.c.id == row.id).values(**changed))
    return letters, bool(rows)


def _instead_of_sending(row: Any, now: datetime) -> dict[str, Any] | None:
    over = row.item_id is not None and row.via != "chat" and (row.kind is None or row.seen_at or row.done_at)
    if over:
        return {"state": "moot", "ended_at": now}
    if row.via in _PERSONAL and not row.urgent and row.zone is not None:
        later = quiet_until(row, now)
        return {"due_at": later} if later is not None else None
    return None


def _letter(row: Any, until: datetime) -> Letter:
    return Letter(
        row.id, row.via, row.channel_id, row.subscription_id, row.person_id, row.address, row.item_id, row.trigger,
        row.kind or "notice", row.facts or {}, row.language or "zh", row.tries + 1, row.born_at, until,
    )  # fmt: skip


def _write_down(server: Outpost, letter: Letter, **changed: Any) -> None:
    now = server.clock()
    mine = sa.and_(_delivery.c.id == letter.id, _delivery.c.state == "waiting", _delivery.c.claimed_until == letter.until)
    with writing(server.db, Actor.system(), op_id=new_id(), now=now) as session:
        session.connection().execute(sa.update(_delivery).where(mine).values(claimed_until=None, **changed))


def _put_off(server: Outpost, letter: Letter, why: NotTaken) -> None:
    now = server.clock()
    if why.gone and letter.subscription_id is not None:
        with writing(server.db, Actor.system(), op_id=new_id(), now=now) as session:
            browser = session.get(PushSubscription, letter.subscription_id)
            if browser is not None:
                session.delete(browser)
        _write_down(server, letter, state="dropped", said=why.said, ended_at=now)
    elif why.for_good or letter.tries >= MAX_TRIES or letter.trigger == "":
        _write_down(server, letter, state="dead", said=why.said, ended_at=now)
    else:
        _write_down(server, letter, said=why.said, due_at=now + pause_after(letter.tries))


def send_lane(server: Outpost, lane: str) -> NotTaken | None:
    """Send what waits in one lane until nothing is left, or the other side is not there: that is answered then."""
    allowed = allowed_networks(server.settings.private_targets)
    while True:
        letters, any_found = claim(server.db, server.clock(), lane)
        if not any_found:
            return None
        if not letters:
            continue
        with guarded(allowed), line_for(server, letters[0]) as line:
            broken = _send_all(server, letters, line)
        if broken is not None:
            return broken


def _send_all(server: Outpost, letters: Sequence[Letter], line: Any) -> NotTaken | None:
    for place, letter in enumerate(letters):
        if server.clock() > letter.until - ENOUGH_LEFT:
            _let_go(server, letters[place:])
            return None
        try:
            hand_over(server, letter, line)
        except NotTaken as why:
            _put_off(server, letter, why)
            if why.everybody:
                _let_go(server, letters[place + 1 :])
                return why
        except Exception as bug:
            log.error("a message could not be made", delivery=letter.id, via=letter.via, error=traceback.format_exc())
            _put_off(server, letter, NotTaken(f"{type(bug).__name__}"))
        else:
            _write_down(server, letter, state="sent", said="", ended_at=server.clock())
    return None


def _let_go(server: Outpost, letters: Sequence[Letter]) -> None:
    for letter in letters:
        _write_down(server, letter, tries=letter.tries - 1)


class Lanes:
    """One thread for each lane in which something is due; a lane whose other side is not there rests for a while."""

    def __init__(self, server: Outpost) -> None:
        self._server = server
        self._busy: dict[str, threading.Thread] = {}
        self._rests: dict[str, tuple[datetime, int]] = {}

    def start(self) -> int:
        """Begin with every lane that is due and neither busy nor resting; answers how many were begun."""
        now = self._server.clock()
        self._busy = {lane: thread for lane, thread in self._busy.items() if thread.is_alive()}
        with self._server.db.glance() as connection:
            due = due_lanes(connection, now)
        begun = 0
        for lane in due:
            resting = lane in self._rests and self._rests[lane][0] > now
            if lane in self._busy or resting or len(self._busy) >= MOST_LANES:
                continue
            self._busy[lane] = threading.Thread(target=self._run, args=(lane,), name="sending", daemon=True)
            self._busy[lane].start()
            begun += 1
        return begun

    def _run(self, lane: str) -> None:
        try:
            broken = send_lane(self._server, lane)
        except Exception:
            log.error("a lane goes on after a failure", lane=lane, error=traceback.format_exc())
            return
        if broken is None:
            self._rests.pop(lane, None)
            return
        times = self._rests[lane][1] + 1 if lane in self._rests else 1
        self._rests[lane] = (self._server.clock() + min(pause_after(times), timedelta(minutes=15)), times)

    def wait(self, timeout_s: float = 60.0) -> None:
        """Until all that were begun have ended."""
        for thread in list(self._busy.values()):
            thread.join(timeout_s)


class Sender(threading.Thread):
    """Looks every second. Any number of processes may have one: a claim is one's own. A killed server loses no message."""

    def __init__(self, server: Outpost, *, pause_s: float = 1.0) -> None:
        super().__init__(name="sender", daemon=True)
        self._lanes, self._pause_s = Lanes(server), pause_s
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._lanes.start()
            except Exception:
                log.error("the sender goes on after a failure", error=traceback.format_exc())
            self._stopped.wait(self._pause_s)

    def stop(self, timeout_s: float = 10.0) -> None:
        self._stopped.set()
        self.join(timeout_s)
        self._lanes.wait(timeout_s)
