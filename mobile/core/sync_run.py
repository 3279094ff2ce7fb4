"""Carries the sync plan out: builds a request, lets the link send it, and takes the answer into the database.

`begin` and `finish` are apart so that the worker can keep taking taps while a request is on its way; `begin` gives nothing
while one is (single flight), and an answer that is not to the request on its way is thrown away.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from contract.sync import OpResult, SyncResponse
from mobile.core import sync_plan
from mobile.core.anchors import Anchors, Known, stated_in
from mobile.core.attempts import Drafts
from mobile.core.exchange import Notarised, Outgoing, Words, is_wipe, read_answer
from mobile.core.identity import Identity, problem_of
from mobile.core.journal import Journal
from mobile.core.lease import Lease
from mobile.core.local_db import RESERVE_BYTES, LocalDb, Settings
from mobile.core.media import Media
from mobile.core.photos import Photos
from mobile.core.ports import Answer, Clocks, NoSignal, Ports, TooSlow
from mobile.core.replica import Replica, read_row
from mobile.core.sync_plan import PlanState
from mobile.core.views import Refused, Said
from mobile.core.witness import Witness

CHECK_EVERY_MS: Final = 24 * 3600 * 1000
HEAL_AGAIN_MS: Final = 3600 * 1000  # what is sent anew and still does not fit is the server's fault: no asking in a circle
_FRUITLESS_MOST: Final = 3
_SMALL_BYTES: Final = 4096


@dataclass(frozen=True)
class Ended:
    """How one exchange ended."""

    reached: bool
    complete: bool = False
    sent: int = 0
    rows: int = 0
    problem: Said | None = None


@dataclass(frozen=True)
class Files:
    """What travels beside operations and rows: photos up, pictures of courses down; and what is kept of people who may go.

    `plan_media` decides, inside a write, which pictures are worth having."""

    photos: Photos
    media: Media
    drafts: Drafts
    plan_media: Callable[[], None]


class SyncRun:
    def __init__(
        self,
        db: LocalDb,
        ports: Ports,
        identity: Identity,
        journal: Journal,
        replica: Replica,
        files: Files,
        kind: Literal["phone", "kiosk"],
        rng: random.Random,
    ) -> None:
        self._db, self._ports, self._identity, self._journal = db, ports, identity, journal
        self._replica, self._photos, self._files, self._rng = replica, files.photos, files, rng
        self._settings = Settings(db)
        self.anchors, self.lease, self.witness = Anchors(db), Lease(db), Witness(db, identity, journal)
        self._words = Words(db, identity, journal, replica, self.anchors, self.witness, ports.app_version)
        self._plan = PlanState(kind=kind)
        self._on_its_way: Outgoing | None = None
        self._taking = {"sync": self._take_sync, "piece": self._take_piece, "media": self._take_media}
        self._checked_at: tuple[str, int] | None = None
        self._healed: dict[str, int] = {}
        self._long_form = False
        self._fruitless = 0
        self._before: tuple[Any, ...] | None = None
        self.problem: Said | None = None

    # what the plan sees

    def state(self) -> PlanState:
        """The plan's state, with everything that can be read from the database read anew."""
        clocks = self._ports.clock.read()
        standing = self._identity.standing
        return replace(
            self._plan,
            enrolled=self._identity.enrolled is not None,
            sends=standing in ("ok", "unknown") or (standing == "revoked" and not self._identity.is_retired),
            stays=standing != "revoked",
            waiting=self._journal.waiting,
            photos=self._photos.waiting(self._journal.with_hq) if standing == "ok" else 0,
            media=self._media_waiting() if standing == "ok" else 0,
            last_seq=self._journal.last_seq,
            anchored=self.anchors.of(clocks.boot_id) is not None,
            check_due=self._check_due(clocks.boot_id, clocks.boot_ms),
        )

    def next_in_ms(self) -> int:
        return sync_plan.next_step(self.state(), self._ports.clock.read().boot_ms).wait_ms

    def set_awake(self, awake: bool) -> None:
        self._plan = replace(self._plan, awake=awake)

    def listens(self) -> tuple[str, dict[str, str]] | None:
        """The server, and the headers of a request for leave to listen to it; None while nothing is to be listened to."""
        server = self._settings.get("server_url")
        wants = self._plan.awake and self._identity.standing == "ok" and server and self.problem is None
        return (server or "", self._words.to_listen()) if wants else None

    def heard(self) -> None:
        """The server said that something moved: the next exchange is due now."""
        self._plan = replace(self._plan, follow_up=True)

    def start_over(self) -> None:
        """A new identity: nothing learnt about the last exchange holds for the next."""
        self._plan = PlanState(kind=self._plan.kind, awake=self._plan.awake)
        self._on_its_way = self._before = self._checked_at = None
        self._fruitless, self._long_form, self.problem = 0, False, None

    @property
    def has_more(self) -> bool:
        """The server has more to say, or we have: another exchange at once is worth while."""
        state = self.state()
        busy = bool(state.waiting or state.photos or state.media or state.follow_up or not state.stays) and not state.failures
        return busy and sync_plan.next_step(state, self._ports.clock.read().boot_ms).want != "rest"

    @property
    def is_under_way(self) -> bool:
        return self._on_its_way is not None

    # one exchange

    def begin(self) -> Outgoing | None:
        """The next request, due or not; None while one is on its way or where this device may not send."""
        state = self.state()
        if self._on_its_way is not None or not state.enrolled or not state.sends:
            return None
        clocks = self._ports.clock.read()
        self._plan = replace(self._plan, tried_seq=state.last_seq)
        calm = state.anchored and not state.waiting and not state.follow_up and not state.check_due
        piece = self._photos.next_piece(self._journal.with_hq) if state.photos and calm else None
        want = self._files.media.next_piece() if state.media and calm and self._is_heard_lately(clocks) else None
        if piece is not None:
            self._on_its_way = self._words.piece(piece, clocks)
        elif want is not None:
            self._on_its_way = self._words.media(want, clocks)
        else:
            hello = state.waiting > 0 and not state.anchored
            self._on_its_way = self._words.sync(
                clocks,
                most_ops=0 if hello else state.most_ops,
                budget=state.budget,
                check=state.check_due,
                long_form=self._long_form,
            )
        return self._on_its_way

    def finish(self, out: Outgoing, answer: Answer | NoSignal) -> Ended:
        """Take what came back. Answers to anything but the request on its way are thrown away."""
        if out is not self._on_its_way:
            return Ended(False, problem=Said("client.late_answer", {}))
        self._on_its_way = None
        try:
            if isinstance(answer, NoSignal):
                raise answer
            ended = self._taking[out.what](out, answer)
        except NoSignal as silence:
            self._silent(too_much=isinstance(silence, TooSlow))
            return Ended(False)
        except Refused as refused:  # our own disk is full, or our store is damaged: say it, and try again later
            self._put_off(None, refused.said, refused=True)
            return Ended(True, problem=refused.said)
        except BaseException:  # our own fault: not to be tried again in a circle
            self._silent(too_much=False)
            raise
        return ended

    def _take_sync(self, out: Outgoing, answer: Answer) -> Ended:
        if answer.status != 200:
            return self._refused(answer)
        page, said = read_answer(answer.body, out, self._identity.device_id, self._identity.server_key)
        if len(answer.body) > _SMALL_BYTES:  # receipts always go through; rows never eat the room for punches
            self._db.need_space(2 * len(answer.body), reserve=2 * RESERVE_BYTES)
        erased = self._take_page(out, page, said)
        if erased:
            self._db.empty_log()
        if self._identity.is_retired:
            self._identity.burn_keys()
        complete = page.complete and not self._long_form
        if complete and out.checks:
            clocks = out.sent_at
            self._checked_at = (clocks.boot_id, clocks.boot_ms)
        follow_up = self._worth_following(page, complete)
        now = self._ports.clock.read().boot_ms
        self._plan = sync_plan.after_answer(self._plan, now, follow_up=follow_up, retry_after_ms=page.retry_after_ms)
        if self._fruitless >= _FRUITLESS_MOST:
            self._silent(too_much=False)
        self.problem = None
        return Ended(True, complete=complete, sent=out.ops, rows=len(page.rows) + len(page.gone))

    def _take_page(self, out: Outgoing, page: SyncResponse, said: Notarised) -> bool:
        """One transaction: receipt, clock, rows, cursors, and at the end of a pass the switch. True where keys were erased."""
        clocks = self._ports.clock.read()
        with self._db.write():
            if clocks.boot_id == out.sent_at.boot_id:
                stated_ms = stated_in(page.anchor, said.server_ms)
                heard = Known(clocks.boot_id, page.anchor, stated_ms, out.sent_at.boot_ms, clocks.boot_ms)
                self.anchors.learn(heard)
            self._settings.put("epoch", page.epoch)
            forked = page.forked or self._contradicts(said)
            if not forked:
                if self._identity.standing == "unknown":
                    self._identity.set_standing("ok")
                head = said.head if page.need_from is None else max(0, min(said.head, page.need_from - 1))
                self._journal.set_reach(head, said.backed)
            if self._identity.standing == "revoked" or self._is_wiped_by(page, said, out):
                self._wipe(may_retire=forked or not self._journal.waiting)
                return True
            if forked:
                self._identity.set_standing("forked")
                return False
            if page.tree is not None:
                self.witness.take(page.tree, page.epoch, clocks, said.server_ms)
            if page.reset:
                self._replica.forget_standing()
                self._photos.offer_again()
            in_step = self._replica.stage(page)
            self._long_form = page.need_have or not in_step
            dropped: frozenset[str] = frozenset()
            if page.complete and in_step:
                dropped = self._switch(page, said)
            if page.lease_ms:
                self.lease.grant(page.lease_ms, clocks)
            if self._journal.forget_old(said.server_ms):
                self.anchors.forget_all_but(self._journal.boots() | {clocks.boot_id})
            self._photos.forget_backed(said.backed)
        return bool(dropped)

    def _switch(self, page: SyncResponse, said: Notarised) -> frozenset[str]:
        now = self._ports.clock.read().boot_ms
        due = {scope: said for scope, said in page.sums.items() if now - self._healed.get(scope, -HEAL_AGAIN_MS) >= HEAL_AGAIN_MS}
        switched = self._replica.switch(due)
        for raw in switched.results:
            result = read_row(raw, OpResult)
            if result is not None:
                self._journal.settle(result, said.server_ms)
        for scope in switched.dropped:
            self._db.run("DELETE FROM overlay WHERE owner = ?", (scope,))
            self._files.drafts.forget(scope)
            person = scope.removeprefix("person:")
            self._db.run("DELETE FROM pin_made WHERE person = ?", (person,))
            self._db.run("DELETE FROM pin_try WHERE person = ?", (person,))
        if switched.unsound:
            self._settings.put("unsound", self._settings.number("unsound") + len(switched.unsound))
            self._healed.update(dict.fromkeys(switched.unsound, now))
            self._long_form = True
        self._settings.put("last_synced_ms", said.server_ms)
        self._files.plan_media()
        return switched.dropped

    def _contradicts(self, said: Notarised) -> bool:
        """The server notarised another history than ours: this device, or the one it was copied from, is a clone."""
        if said.head > self._journal.last_seq:
            return True
        ours = self._journal.hash_at(said.head)
        return ours is not None and ours.hex() != said.head_hash

    def _is_wiped_by(self, page: SyncResponse, said: Notarised, out: Outgoing) -> bool:
        order = page.wipe
        return order is not None and is_wipe(order, said, out, self._identity.device_id, self._identity.server_key)

    def _wipe(self, *, may_retire: bool) -> None:
        """Forget all that came from the server. What was done here and HQ does not have yet is kept until it is taken; one
        more request then tells the server that nothing is held here any more."""
        told = self._identity.standing == "revoked"
        self._replica.erase()
        self._files.drafts.erase()
        self._files.media.erase()
        self._db.run("DELETE FROM overlay")
        self._identity.set_standing("revoked")
        self._identity.forget_names()
        self._settings.put("lease_ms", None)
        if told and may_retire:
            self._identity.retire()
            if not self._journal.waiting:
                self._journal.erase()
                self._db.run("DELETE FROM photo")
                self._db.run("DELETE FROM kept_photo")

    def _worth_following(self, page: SyncResponse, complete: bool) -> bool:
        """Whether to ask again at once. A server that keeps saying "more" without giving any is not asked in a circle."""
        wanted = not complete or self._long_form or page.need_from is not None
        state = self._replica.cursors(), self._journal.with_hq, self._journal.last_seq, self._long_form, page.need_from
        moved = bool(page.rows or page.gone) or state != self._before
        self._before = state
        self._fruitless = 0 if moved or not wanted else self._fruitless + 1
        return wanted

    def _refused(self, answer: Answer) -> Ended:
        """The whole request was refused. It never costs an operation anything: they all stay as they are."""
        problem = problem_of(answer).said
        after_s = answer.retry_after_s
        if problem.code == "device.unknown" and self._identity.standing == "ok":
            # restored from a backup that is older than we are: it has nothing of ours, whatever it said before
            with self._db.write():
                self._identity.set_standing("unknown")
                self._journal.set_reach(0, 0)
        if answer.status == 413:
            self._silent(too_much=True)
        elif answer.status in (408, 429) or answer.status >= 500:
            self._put_off(after_s, problem, refused=False)
        else:
            self._put_off(after_s, problem, refused=True)
        return Ended(True, problem=problem)

    def _take_piece(self, out: Outgoing, answer: Answer) -> Ended:
        assert out.piece is not None
        sha, total = out.piece.sha, out.piece.total
        if answer.status in (200, 204):
            holds = answer.upload_offset
            if holds is None or answer.body:  # a captive portal says 200 and 204 too, but not how much it holds
                raise NoSignal("not the server's words")
            with self._db.write():
                if holds == total:
                    self._photos.delivered(sha)
                else:
                    self._photos.arrived(sha, holds)
        elif answer.status == 409:
            with self._db.write():
                self._photos.arrived(sha, _offset_of(answer))
        elif answer.status in (404, 413, 422):
            problem = problem_of(answer).said
            if not problem.code.startswith("blob."):
                return self._refused(answer)
            with self._db.write():
                self._photos.given_up(sha)
        else:
            return self._refused(answer)
        now = self._ports.clock.read().boot_ms
        self._plan = sync_plan.after_answer(self._plan, now, follow_up=self._plan.follow_up)
        return Ended(True)

    def _take_media(self, out: Outgoing, answer: Answer) -> Ended:
        """A piece of a picture. What is not one is found out by the whole's name."""
        assert out.want is not None
        if answer.status not in (200, 206, 404, 416, 422):
            return self._refused(answer)
        with self._db.write():
            if answer.status in (200, 206):
                self._files.media.take(out.want, answer.body)
            else:
                self._files.media.failed(out.want.sha)
        now = self._ports.clock.read().boot_ms
        self._plan = sync_plan.after_answer(self._plan, now, follow_up=self._plan.follow_up)
        return Ended(True)

    def _media_waiting(self) -> int:
        media = self._files.media
        return media.waiting() if media.has_room(self._ports.space.free_bytes()) else 0

    def _is_heard_lately(self, clocks: Clocks) -> bool:
        """Pictures never keep rows waiting: between their pieces HQ is asked as often as without them."""
        last = self._settings.number("last_synced_ms")
        return self.anchors.now_ms(clocks) - last < sync_plan.POLL_MS[self._plan.kind]

    def _silent(self, *, too_much: bool) -> None:
        now = self._ports.clock.read().boot_ms
        state = replace(self._plan, last_seq=self._plan.tried_seq)
        self._plan = sync_plan.after_silence(state, now, self._rng, too_much=too_much)

    def _put_off(self, after_s: float | None, problem: Said, *, refused: bool) -> None:
        now = self._ports.clock.read().boot_ms
        wait = None if after_s is None else int(after_s * 1000)
        state = replace(self._plan, last_seq=self._plan.tried_seq)
        self._plan = sync_plan.after_put_off(state, now, self._rng, retry_after_ms=wait, refused=refused)
        self.problem = problem

    def _check_due(self, bid: str, now_ms: int) -> bool:
        """Once after each start, then daily: ask for checksums of everything."""
        if self._checked_at is None or self._checked_at[0] != bid:
            return True
        return now_ms - self._checked_at[1] >= CHECK_EVERY_MS


def _offset_of(answer: Answer) -> int:
    """How much of a photo the server says it holds; 0, so from the start, where it does not say."""
    offset = problem_of(answer).said.facts.get("offset")
    return offset if isinstance(offset, int) and not isinstance(offset, bool) else 0
