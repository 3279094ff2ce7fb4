"""What this device knows of the true time: for each boot, the best exchange with the server.

An anchor is a pair: the server's statement of its clock, and our boot clock just before asking and just after hearing. The
boot clock cannot be set by hand and runs through sleep; the wall clock proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contract.moments import DRIFT_PER_MILLION, EXACT_WITHIN_MS, Anchor, BootLine, BootSeen, line_of
from mobile.core.local_db import LocalDb
from mobile.core.ports import Clocks

REFRESH_MS: Final = 6 * 3600 * 1000
MOST_SENT: Final = 8
BOOTS_KEPT: Final = 9  # this one, and those that a request may name
SEEN_EVERY_MS: Final = 60_000


@dataclass(frozen=True)
class Known:
    """The best exchange of one boot."""

    bid: str
    id: str
    server_ms: int
    sent: int
    got: int

    @property
    def line(self) -> BootLine | None:
        return line_of(Anchor(id=self.id, bid=self.bid, sent=self.sent, got=self.got), self.server_ms)


class Anchors:
    def __init__(self, db: LocalDb) -> None:
        self._db = db

    def of(self, bid: str) -> Known | None:
        found = self._db.row("SELECT bid, id, server_ms, sent, got FROM anchor WHERE bid = ?", (bid,))
        return None if found is None else Known(*found)

    def learn(self, heard: Known) -> None:
        """Inside a write: keep the tightest exchange of a boot, or the newer one when the kept one is old: clocks drift."""
        if heard.line is None:
            return
        known = self.of(heard.bid)
        if known is None or heard.got - heard.sent <= known.got - known.sent or heard.got - known.got > REFRESH_MS:
            self._db.run(
                "INSERT OR REPLACE INTO anchor (bid, id, server_ms, sent, got) VALUES (?, ?, ?, ?, ?)",
                (heard.bid, heard.id, heard.server_ms, heard.sent, heard.got),
            )

    def to_send(self, boots: set[str], current: str) -> list[Anchor]:
        """Anchors of the boots in which a request's operations were made, and of boots it tells of; the current boot first."""
        told = [boot.bid for boot in reversed(self.boots_to_tell(boots, current)) if boot.bid not in boots]
        ordered = [current, *sorted(boots - {current}, reverse=True), *told]
        known = [self.of(bid) for bid in ordered]
        found = [Anchor(id=one.id, bid=one.bid, sent=one.sent, got=one.got) for one in known if one is not None]
        return found[:MOST_SENT]

    def seen(self, clocks: Clocks) -> None:
        """Inside a write: this boot has lasted until now. It bounds the boots beside it: whoever restarts a phone twice with no
        signal in between could otherwise not say when it was used."""
        self._db.run(
            "INSERT INTO boot_seen (bid, nr, until) VALUES (?, (SELECT coalesce(max(nr), 0) + 1 FROM boot_seen), ?)"
            " ON CONFLICT (bid) DO UPDATE SET until = max(until, excluded.until)",
            (clocks.boot_id, clocks.boot_ms),
        )
        self._db.run("DELETE FROM boot_seen WHERE nr <= (SELECT max(nr) FROM boot_seen) - ?", (BOOTS_KEPT,))

    def is_news(self, clocks: Clocks) -> bool:
        """Whether what is known of this boot is a minute old."""
        known = self._db.value("SELECT max(until) FROM boot_seen WHERE bid = ?", (clocks.boot_id,))
        return known is None or clocks.boot_ms - int(known) >= SEEN_EVERY_MS

    def boots_to_tell(self, boots: set[str], current: str) -> list[BootSeen]:
        """The boots before this one, oldest first, where one of `boots` never met the server; else none need be told."""
        if all(bid == current or self.of(bid) is not None for bid in boots):
            return []
        kept = self._db.rows("SELECT bid, until FROM boot_seen WHERE bid != ? ORDER BY nr", (current,))
        return [BootSeen(bid=bid, until=until) for bid, until in kept][1 - BOOTS_KEPT :]

    def forget_all_but(self, boots: set[str]) -> None:
        """Inside a write: boots of which no entry is left, and of which nobody will be told, need no anchor."""
        boots = boots | ({bid for (bid,) in self._db.rows("SELECT bid FROM boot_seen")} if boots else set())
        for (bid,) in self._db.rows("SELECT bid FROM anchor"):
            if bid not in boots:
                self._db.run("DELETE FROM anchor WHERE bid = ?", (bid,))

    def server_ms(self, clocks: Clocks) -> int | None:
        """The server's time now, by this boot's anchor; None where this boot has met no server, or so long ago that the
        quartz may have drifted out of what counts as exact."""
        known = self.of(clocks.boot_id)
        if known is None:
            return None
        since = clocks.boot_ms - (known.sent + known.got) // 2
        doubt = (known.got - known.sent) // 2 + abs(since) * DRIFT_PER_MILLION // 1_000_000
        return None if doubt > EXACT_WITHIN_MS else known.server_ms + since

    def now_ms(self, clocks: Clocks) -> int:
        """The best guess at the true time: the anchor's word, else the wall clock's."""
        known = self.server_ms(clocks)
        return clocks.wall_ms if known is None else known


def stated_in(anchor: str, receipt_ms: int) -> int:
    """The moment an anchor states, `<ms>.<mac>`; the signed receipt's where that is not credible beside it."""
    stated, _, _ = anchor.partition(".")
    if stated.isascii() and stated.isdigit() and 0 <= int(stated) - receipt_ms <= EXACT_WITHIN_MS:
        return int(stated)
    return receipt_ms
