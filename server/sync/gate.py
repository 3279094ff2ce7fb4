"""Where devices that call at the same moment go through together: one intake, one apply, one commit, one look for all of them.

A request that finds the gate busy waits for its turn; whoever goes in takes along everybody who is waiting. At nine
o'clock, when everybody punches, the cost of a commit is shared; alone at night nobody waits for company.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from server.kernel.apply import Batch, Done, perform_fresh, perform_open
from server.kernel.db import Database
from server.kernel.intake import ChainBook, Parcel, Taken, take_in
from server.kernel.problems import Problem
from server.sync.together import Asking, Seen, look_together

MOST_TOGETHER = 48
MOST_OPERATIONS = 400


@dataclass
class _Ticket:
    parcel: Parcel
    asking: Asking
    turn: threading.Event = field(default_factory=threading.Event)
    is_done: bool = False
    taken: Taken | None = None
    done: Done | None = None
    seen: Seen | None = None
    failed: BaseException | None = None


class Gate:
    """One process's gate into one database. `clock` gives the server's time, `secret` its secret."""

    def __init__(self, db: Database, book: ChainBook, clock: Callable[[], datetime], secret: bytes) -> None:
        self._db, self._book, self._clock, self._secret = db, book, clock, secret
        self._lock = threading.Lock()
        self._waiting: list[_Ticket] = []
        self._is_busy = False

    def pass_through(self, parcel: Parcel, asking: Asking) -> tuple[Taken, Done, Seen | None]:
        """Take in and perform what a device sent, and look for it once that is done; None where it is to look for itself.

        Raises Problem("sync.bad_signature") and whatever went wrong.
        """
        ticket = _Ticket(parcel, asking)
        with self._lock:
            self._waiting.append(ticket)
            leads, self._is_busy = not self._is_busy, True
        if not leads:
            ticket.turn.wait()
        if not ticket.is_done:
            self._lead()
        if ticket.failed is not None:
            raise ticket.failed
        assert ticket.taken is not None and ticket.done is not None
        return ticket.taken, ticket.done, ticket.seen

    def _lead(self) -> None:
        group = self._next_group()
        try:
            self._perform(group)
        except BaseException as failed:
            for ticket in group:
                if ticket.taken is None or ticket.done is None:
                    ticket.failed = ticket.failed or failed
        finally:
            for ticket in group:
                ticket.is_done = True
            with self._lock:
                heir = self._waiting[0] if self._waiting else None
                self._is_busy = heir is not None
            for ticket in group:
                ticket.turn.set()
            if heir is not None:
                heir.turn.set()

    def _next_group(self) -> list[_Ticket]:
        """Everybody who waits, as far as they fit; a device's second request waits for its first."""
        group: list[_Ticket] = []
        left: list[_Ticket] = []
        seen: set[str] = set()
        operations = 0
        with self._lock:
            for ticket in self._waiting:
                fits = not group or (len(group) < MOST_TOGETHER and operations + len(ticket.parcel.ops) <= MOST_OPERATIONS)
                if fits and ticket.parcel.device_id not in seen:
                    group.append(ticket)
                    seen.add(ticket.parcel.device_id)
                    operations += len(ticket.parcel.ops)
                else:
                    left.append(ticket)
            self._waiting = left
        return group

    def _perform(self, group: list[_Ticket]) -> None:
        now = self._clock()
        taken = take_in(self._db, self._book, [ticket.parcel for ticket in group], now=now)
        batches = []
        for ticket in group:
            one = taken[ticket.parcel.device_id]
            if isinstance(one, Problem):
                ticket.failed = one
                continue
            ticket.taken = one
            if one.fresh and not one.owed:
                batches.append(Batch(one.state.facts, one.fresh))
        done = perform_fresh(self._db, batches, now=now, secret=self._secret)
        for ticket in group:
            if ticket.taken is None:
                continue
            ticket.done = done
            if ticket.taken.owed:
                # it was not answered last time, or by a server that is no more: what was left behind comes first, in the
                # order of the chain, and each by itself, for one of them may have killed the process
                device = ticket.taken.state.facts
                ticket.done = perform_open(self._db, device, now=now, secret=self._secret)
        served = [ticket for ticket in group if ticket.taken is not None]
        seen = look_together(self._db, [ticket.asking for ticket in served], now)
        for ticket in served:
            ticket.seen = seen.get(ticket.parcel.device_id)
