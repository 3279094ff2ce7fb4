"""This device as a witness: it keeps the last head of HQ's log and takes a new one only with proof that it continues it.

Whoever rewrites the log must then show this device one past and an auditor another, both signed: the two notes are kept, a
person is told, and HQ gets them as an operation. A server that came back from a backup says so in a signed announcement;
then the head may be older than the one that is held, and HQ hears which one that was (docs/concepts/audit.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from contract.audit import Judged, ReportSplitView, judge, origin_of
from contract.merkle import MAX_NOTE, Head, NotANote, open_head
from contract.sealing import b64
from contract.sync import TreeHeld, TreeSaid
from mobile.core.identity import Identity
from mobile.core.journal import Journal
from mobile.core.local_db import LocalDb
from mobile.core.ports import Clocks

_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{0,198}={0,2}")
_NONE_YET: Final = TreeHeld(size=0)
RESTARTED: Final = "audit.restarted"


@dataclass(frozen=True)
class Alarm:
    """A head that this device did not take, or a restart that cost entries it had seen."""

    op: str
    code: str
    lost: int
    at_ms: int


class Witness:
    def __init__(self, db: LocalDb, identity: Identity, journal: Journal) -> None:
        self._db, self._identity, self._journal = db, identity, journal

    def head(self) -> tuple[Head, str] | None:
        """The head that is held, and its note; None before the first, and after this device went to another server."""
        found = self._db.row("SELECT note FROM log_head WHERE server_key = ?", (self._identity.server_key,))
        if found is None:
            return None
        try:
            return open_head(found[0], origin_of(self._identity.server_key), self._identity.server_key), found[0]
        except NotANote:
            return None

    def held(self) -> TreeHeld:
        """What the next request says of it."""
        held = self.head()
        return _NONE_YET if held is None else TreeHeld(size=held[0].size, root=b64(held[0].root), epoch=held[0].epoch)

    def take(self, said: TreeSaid, epoch: str, clocks: Clocks, now_ms: int) -> None:
        """Inside the write of an answer: keep the new head, or the alarm."""
        known = self.head()
        held, note = known if known is not None else (None, "")
        judged = judge(held, said, self._identity.server_key, epoch)
        if judged.code is not None and note:
            self._tell(judged, note, said, clocks, now_ms)
        if judged.head is not None:
            self._keep(judged.head, said.note)
            if judged.code is None:
                self._db.run("UPDATE log_alarm SET healed_ms = ? WHERE healed_ms IS NULL AND code <> ?", (now_ms, RESTARTED))

    def alarms(self) -> list[Alarm]:
        """What a person must know, the newest first: until a later head continues the one that is held; of a restart, until
        somebody has seen it."""
        found = self._db.rows(
            "SELECT op, code, lost, at_ms FROM log_alarm WHERE healed_ms IS NULL"
            " AND (code <> ? OR op NOT IN (SELECT op FROM journal WHERE seen = 1)) ORDER BY id DESC",
            (RESTARTED,),
        )
        return [Alarm(*row) for row in found]

    def _keep(self, head: Head, note: str) -> None:
        self._db.run(
            "INSERT OR REPLACE INTO log_head (one, server_key, size, root, epoch, at_ms, note) VALUES (1, ?, ?, ?, ?, ?, ?)",
            (self._identity.server_key, head.size, b64(head.root), head.epoch, head.at_ms, note),
        )

    def _tell(self, judged: Judged, held: str, said: TreeSaid, clocks: Clocks, now_ms: int) -> None:
        """Once for each head and reason: the same wrong answer comes again with every sync."""
        assert judged.code is not None
        if self._db.value("SELECT 1 FROM log_alarm WHERE held = ? AND code = ?", (held, judged.code)):
            return
        who = self._identity.need()
        report = ReportSplitView(
            code=judged.code,  # type: ignore[arg-type]
            held=held,
            offered=said.note.replace("\x00", "")[:MAX_NOTE],
            proof=[one for one in said.proof[:64] if _BASE64.fullmatch(one)],
            restarts=[note for note in said.restarts[:8] if 0 < len(note) <= MAX_NOTE and "\x00" not in note],
        )
        op = self._journal.say(report, actor=who.person_id or who.device_id, clocks=clocks)
        self._db.run(
            "INSERT INTO log_alarm (code, held, offered, lost, at_ms, op) VALUES (?, ?, ?, ?, ?, ?)",
            (judged.code, held, report.offered, judged.lost, now_ms, op),
        )
