"""Bugs that sync engines have had, each planted in one real function of ours. The model must find every one of them.

Where a name says another project's, its thread is in the notes of the sync design: none of these is invented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

import msgspec

from contract.moments import to_ms
from contract.sync import SCHEMA, ScopeCursor
from mobile.core.journal import Journal
from mobile.core.replica import Replica, Switched
from mobile.core.sync_run import SyncRun
from server.attendance.facts import Gathered
from server.devices import chain
from server.kernel import apply, feed, intake
from server.sync import exchange, gate, pull
from tests.support.planted import instead

Plant = Callable[[], AbstractContextManager[None]]
PLANTED: dict[str, Plant] = {}


def plant(fault: Plant) -> Plant:
    PLANTED[fault.__name__] = fault
    return fault


@plant
def rows_leave_without_a_mark() -> AbstractContextManager[None]:
    honest = feed.mark

    def mark(session: Any, scope: str, entity: str, pk: str, *, gone: bool = False) -> None:
        if not gone:
            honest(session, scope, entity, pk)

    return instead(feed, "mark", mark)


@plant
def a_poisoned_operation_blocks_the_rest() -> AbstractContextManager[None]:
    return instead(apply, "_perform_alone", lambda *_, **__: [])


@plant
def results_are_not_in_the_feed() -> AbstractContextManager[None]:
    return instead(apply, "mark", lambda *_, **__: None)


@plant
def the_tag_is_not_looked_at() -> AbstractContextManager[None]:
    """A server restored from a backup is then taken for the one the device knew."""
    honest = pull._declared

    def declared(connection: Any, seen: Any, want: Any, asked: Any, out: Any) -> Any:
        known = {cursor.pos: cursor.tag for cursor in (asked.have or {}).values()}
        if asked.at is not None:
            known[asked.at.pos] = asked.at.tag
        with instead(pull, "tag_at", lambda _c, _f, pos: known.get(pos)):
            at_cursor = seen.cursor_tag if asked.at is None else asked.at.tag
            return honest(connection, replace(seen, cursor_tag=at_cursor), want, asked, out)

    return instead(pull, "_declared", declared)


@plant
def nothing_is_ever_dropped() -> AbstractContextManager[None]:
    honest = pull.pull

    def keeps(*given: Any, **more: Any) -> Any:
        out = honest(*given, **more)
        out.drop = []
        return out

    return instead(exchange, "pull", keeps)


@plant
def the_floor_is_not_looked_at() -> AbstractContextManager[None]:
    return instead(pull, "_is_steady", lambda cursor, _feed: cursor.snap is None and cursor.proj == SCHEMA)


@plant
def a_snapshot_counts_from_its_end() -> AbstractContextManager[None]:
    """What changed on a page already sent is then never sent again."""
    honest = pull._snapshot_page

    def page(connection: Any, the_feed: Any, scope: str, cursor: Any, budget: Any, plan: Any, touched: Any, out: Any) -> None:
        honest(connection, the_feed, scope, cursor, budget, plan, touched, out)
        if scope in out.cur and out.cur[scope].snap is None:
            out.cur[scope] = ScopeCursor(pos=the_feed.pos, tag=the_feed.tag, proj=SCHEMA)

    return instead(pull, "_snapshot_page", page)


@plant
def sent_counts_as_acknowledged() -> AbstractContextManager[None]:
    honest = SyncRun.begin

    def begin(self: SyncRun) -> Any:
        out = honest(self)
        if out is not None and out.ops:
            with self._db.write():
                self._journal.set_reach(self._journal.with_hq + out.ops, 0)
        return out

    return instead(SyncRun, "begin", begin)


@plant
def a_resend_is_taken_for_new() -> AbstractContextManager[None]:
    return instead(intake, "_first_seq", lambda _ops, head_seq, _journal: head_seq + 1)


@plant
def the_cursor_moves_before_the_data() -> AbstractContextManager[None]:
    """PouchDB 1240, RxDB 6684."""
    honest = SyncRun._take_page

    def take(self: SyncRun, out: Any, page: Any, said: Any) -> bool:
        with self._db.write():
            for scope, cur in page.cur.items():
                self._db.run(
                    "INSERT OR REPLACE INTO cursor (scope, pos, tag, snap, proj) VALUES (?, ?, ?, ?, ?)",
                    (scope, cur.pos, cur.tag, cur.snap, cur.proj),
                )
            if page.at is not None:
                self._db.run("UPDATE cursor SET pos = ?, tag = ?, snap = NULL", (page.at.pos, page.at.tag))
        return honest(self, out, page, said)

    return instead(SyncRun, "_take_page", take)


@plant
def rights_are_those_of_the_time_of_the_sync() -> AbstractContextManager[None]:
    """A punch made at the old store before the transfer was entered is then somebody else's business."""

    def posted(self: Gathered, act: Any, store_id: str) -> bool:
        now_ms = to_ms(act.received_at)
        return any(
            at == store_id and now_ms >= starts and (ends is None or now_ms < ends)
            for at, starts, ends in self.postings.get(act.actor_id or "", ())
        )

    return instead(Gathered, "_posted", posted)


@plant
@contextmanager
def what_was_applied_is_applied_again() -> Iterator[None]:
    honest = apply.perform_open

    def again(*given: Any, **more: Any) -> Any:
        return honest(*given, **{**more, "statuses": ("received", "applied")})

    with instead(gate, "perform_open", again), instead(apply, "_NOT_FINAL", ("received", "held", "parked", "applied")):
        yield


@plant
def a_boot_clock_outlives_its_boot() -> AbstractContextManager[None]:
    honest = intake.judge_time

    def judge(stamp: Any, lines: Any, **more: Any) -> Any:
        lines = [replace(line, bid=stamp.bid) for line in lines] if stamp is not None else lines
        return honest(stamp, lines, **more)

    return instead(intake, "judge_time", judge)


@plant
def half_a_view_is_shown() -> AbstractContextManager[None]:
    honest = SyncRun._take_page

    def take(self: SyncRun, out: Any, page: Any, said: Any) -> bool:
        return honest(self, out, msgspec.structs.replace(page, complete=True), said)

    return instead(SyncRun, "_take_page", take)


@plant
def the_reach_never_falls_back() -> AbstractContextManager[None]:
    """Punches that a restored server no longer has are then never offered again."""
    honest = Journal.set_reach

    def reach(self: Journal, head: int, backed: int) -> None:
        honest(self, max(head, self.with_hq), backed)

    return instead(Journal, "set_reach", reach)


@plant
@contextmanager
def what_was_left_is_not_looked_for() -> Iterator[None]:
    """A device that believes the server has it, because another life of the server said so, never asks for it again."""
    honest = chain.state_of
    with instead(chain, "state_of", lambda row: replace(honest(row), left_behind=False)), what_was_left_waits_for_a_run():
        yield


@plant
def what_was_left_waits_for_a_run() -> AbstractContextManager[None]:
    """Nobody looks for it but the next operation. A device that has none never brings it up."""
    honest = pull.look

    def look(*given: Any) -> Any:
        found = honest(*given)
        return None if found is None else replace(found, state=replace(found.state, left_behind=False))

    return instead(exchange, "look", look)


@plant
def what_was_left_is_performed_last() -> AbstractContextManager[None]:
    """What the device did after it is then judged without it."""
    honest = chain.state_of
    return instead(chain, "state_of", lambda row: replace(honest(row), left_behind=False))


@plant
def a_wipe_is_not_obeyed() -> AbstractContextManager[None]:
    return instead(SyncRun, "_is_wiped_by", lambda *_: False)


@plant
def a_scope_that_went_leaves_its_rows() -> AbstractContextManager[None]:
    """PouchDB 4047: what a filter no longer lets through stays on the phone."""
    honest = Replica.switch

    def keeps(self: Replica, sums: Any) -> Switched:
        rows = self._db.rows("SELECT scope, entity, pk, rv, sealed FROM base")
        switched = honest(self, sums)
        self._db.run_many("INSERT OR IGNORE INTO base (scope, entity, pk, rv, sealed) VALUES (?, ?, ?, ?, ?)",
                          [row for row in rows if row[0] in switched.dropped])  # fmt: skip
        return switched

    return instead(Replica, "switch", keeps)
