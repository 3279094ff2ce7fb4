"""The open store and everything that works on it, put together once."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Literal

from contract.learning import ProgressRow, RecordCard
from contract.scoring import ScoreCardRow
from contract.sync import Enrolled
from contract.training import TaskRow
from mobile.core.anchors import Known
from mobile.core.appeals import AppealBook
from mobile.core.attempts import Drafts
from mobile.core.board import Board
from mobile.core.days import DayBook
from mobile.core.directory import Directory
from mobile.core.duties import DutyBook
from mobile.core.hand_overs import HandOverBook
from mobile.core.identity import Identity
from mobile.core.inbox import InboxBook
from mobile.core.journal import Journal, Unsent
from mobile.core.learning_pages import due_courses
from mobile.core.learning_rows import CARD, PROGRESS, TASK, LearnBook
from mobile.core.leave import LeaveBook
from mobile.core.local_db import Connect, LocalDb, Settings
from mobile.core.media import Media
from mobile.core.now import NowBook
from mobile.core.overlay import Overlay
from mobile.core.pages import Pages
from mobile.core.photos import Photos
from mobile.core.pins import Pins
from mobile.core.ports import Clocks, Ports
from mobile.core.profile import ProfileBook
from mobile.core.punches import Punches
from mobile.core.replica import Replica
from mobile.core.requests import RequestBook
from mobile.core.roster_market import MarketBook
from mobile.core.rosters import RosterBook
from mobile.core.score_rows import CARD as SCORE
from mobile.core.seals import ScopeKeys
from mobile.core.statements import StatementBook
from mobile.core.sync_run import Files, SyncRun

Kind = Literal["phone", "kiosk"]


class Parts:
    """What AppCore holds while it is started."""

    def __init__(self, path: Path, ports: Ports, kind: Kind, connect: Connect, rng: random.Random) -> None:
        self.db = LocalDb(path, ports.space, connect)
        try:
            self.settings = Settings(self.db)
            self.keys = ScopeKeys(self.db, ports.vault)
            self.identity = Identity(self.db, self.keys, ports, kind)
            self.journal = Journal(self.db, self.keys, self.identity, ports.app_version)
            self.replica = Replica(self.db, self.keys)
            self.overlay = Overlay(self.db, self.keys, self.journal, self.replica)
            self.punches = Punches(self.db, self.keys, self.identity, self.journal, self.replica, self.overlay)
            self.photos = Photos(self.db, self.keys)
            self.drafts, self.media = Drafts(self.db, self.keys), Media(self.db, self.keys)
            self.requests = RequestBook(self.db, self.replica, self.overlay, self.photos, self.media)
            self.inbox = InboxBook(self.db, self.replica, self.overlay, self.requests)
            self.directory = Directory(self.db, self.settings, self.replica)
            self.leave = LeaveBook(self.db, self.replica, self.requests)
            self.profile = ProfileBook(self.db, self.replica)
            self.hand_overs = HandOverBook(self.db, self.replica, self.overlay)
            self.pins = Pins(self.db, self.keys)
            self.duties = DutyBook(self.replica)
            self.now = NowBook(self.replica, self.overlay, self.punches, self.duties)
            self.appeals = AppealBook(self.replica, self.overlay)
            self.days = DayBook(self.db, self.replica, self.punches, self.duties, self.requests, self.appeals)
            self.statements = StatementBook(self.db, self.replica, self.overlay)
            self.rosters = RosterBook(self.db, self.replica, self.overlay, self.settings)
            self.market = MarketBook(self.rosters)
            self.board = Board(self.db, self.replica, self.overlay, self.duties, self.now)
            self.pages = Pages(self.db, self.replica, self.punches, self.pins, self.now)
            self.learn = LearnBook(self.replica, self.overlay)
            files = Files(self.photos, self.media, self.drafts, self.plan_media)
            self.run = SyncRun(self.db, ports, self.identity, self.journal, self.replica, files, kind, rng)
            with self.db.write():
                clocks = ports.clock.read()
                self.run.lease.spend(clocks)
                self.run.anchors.seen(clocks)
            if self.identity.is_retired:
                self.identity.burn_keys()
        except BaseException:
            self.db.close()
            raise

    def begin_anew(self, who: Enrolled, server_url: str, asked: Clocks, heard: Clocks) -> None:
        """The server has accepted us. What an earlier identity left is put away; its words are kept, its view is not."""
        former = self.identity.enrolled
        is_other = former is not None and former.device_id != who.device_id
        with self.db.write():
            unsent = self.journal.unsent() if is_other else []
            if former is not None and is_other:
                self.journal.put_away(former.device_id)
                self.replica.erase()
                self.drafts.erase()
                self.media.erase()
                self.run.anchors.forget_all_but(set())  # stated to the old identity: worth nothing to the new one
            self.identity.become(who, server_url)
            self._say_again(unsent, who)
            if asked.boot_id == heard.boot_id:
                self.run.anchors.learn(Known(heard.boot_id, who.anchor, who.server_ms, asked.boot_ms, heard.boot_ms))
            self.run.lease.spend(heard)
        self.run.start_over()
        if former is not None:
            self.db.empty_log()
            if is_other:
                self.identity.forget_key_of(former.device_id)

    def plan_media(self) -> None:
        """Inside a write: which pictures of courses this device should hold. Due is what anybody here is to take; begun is what
        anybody here has begun."""
        courses = self.learn.courses()
        due = due_courses(self.replica.all(TASK, TaskRow))
        begun = {row.course_id for row in self.replica.all(PROGRESS, ProgressRow) if row.finished_ms is None}
        begun |= {laid.row.course_id for laid in self.overlay.all(CARD, RecordCard)}
        named = set[str]()
        if self.media.at_desk():
            named |= self.requests.photos_named()
            named |= {sha for row in self.replica.all(SCORE, ScoreCardRow) for sha in row.photos}
        self.media.plan(courses.values(), due, begun, named)

    def _say_again(self, unsent: list[Unsent], who: Enrolled) -> None:
        """Inside a write: what an earlier identity could not hand in goes out under the new one. Not where the phone has
        gone to another person: nobody speaks for somebody else."""
        kept_ops, kept_photos = set(), {}
        for entry in unsent:
            if who.person_id is None or who.person_id == entry.signed.actor:
                op, seq = self.journal.say_again(entry)
                self.overlay.moved(entry.signed.op, op)
                kept_ops.add(op)
                kept_photos[entry.seq] = seq
        self.overlay.keep_only(kept_ops)
        self.photos.moved(kept_photos)
