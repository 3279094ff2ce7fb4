"""Notices for tests: two stores with their people; what is sent to whom, read and told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contract.announcements import (
    NoticeBody,
    NoticeLine,
    PublishNotice,
    ReaderQuery,
    ReadNotice,
    RemindReaders,
    SaveNotice,
)
from contract.ids import new_id
from server.announcements import queries, reaching
from server.announcements.model import Receipt
from server.inbox.model import InboxItem
from server.kernel.perform import Outcome
from tests.server.training_of import School, school_on_sqlite
from tests.server.world import SECRET


class Gazette(School):
    """Ma manages A, Mb manages B; He is HR. An works at A, Bo at B."""

    def write(self, who: str = "he", **more: Any) -> str:
        """A draft; answers its id."""
        said = NoticeBody(**{"title_zh": "总部新政策", "title_en": "New HQ policy", "text_zh": "请**细读**", **more})
        notice_id = new_id()
        self.world.must(SaveNotice(notice_id=notice_id, body=said), self.actors[who])
        return notice_id

    def send(self, who: str = "he", **more: Any) -> str:
        """A notice that goes out at once, to everybody it is for."""
        notice_id = self.write(who, **more)
        self.world.must(PublishNotice(notice_id=notice_id), self.actors[who])
        self.everybody(notice_id)
        return notice_id

    def everybody(self, notice_id: str) -> int:
        """What the job after a large notice does."""
        return reaching.reach_all(self.world.db, notice_id, self.world.clock(), SECRET)

    def read(self, who: str, notice_id: str, **more: Any) -> Outcome:
        return self.world.do(ReadNotice(notice_id=notice_id, **more), self.actors[who])

    def remind(self, who: str, notice_id: str) -> Outcome:
        return self.world.do(RemindReaders(reminder_id=new_id(), notice_id=notice_id), self.actors[who])

    def line(self, notice_id: str, who: str = "he", *, own: bool = False) -> NoticeLine:
        with self.world.looking(self.actors[who].at(self.world.clock())) as session:
            return queries.notice(session, notice_id, own=own)

    def missing(self, notice_id: str, who: str = "he") -> list[str]:
        with self.world.looking(self.actors[who].at(self.world.clock())) as session:
            return [one.name for one in queries.readers(session, ReaderQuery(notice_id=notice_id, missing=True)).items]

    def got(self, notice_id: str) -> set[str]:
        return set(self.world.rows(sa.select(Receipt.person_id).where(Receipt.notice_id == notice_id)))

    def open_items(self, person_id: str) -> list[tuple[str, str]]:
        """What the person's inbox holds of notices: (trigger, kind)."""
        asked = sa.select(InboxItem).where(InboxItem.receiver_id == person_id, InboxItem.done_at.is_(None))
        return sorted((row.trigger, row.kind) for row in self.world.rows(asked) if row.about == "announcement")

    def later(self, **time: int) -> None:
        """Time passes, and the system looks at what it brings."""
        self.world.clock.pass_(**time)
        reaching.turn_what_is_due(self.world.db, self.world.clock(), SECRET)


def gazette_on_sqlite(folder: Path) -> Gazette:
    """The stores of these tests, fresh."""
    found = Gazette.__new__(Gazette)
    found.__dict__.update(school_on_sqlite(folder).__dict__)
    return found
