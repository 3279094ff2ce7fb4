"""What this device knows of the true time: for each boot, the best exchange with the server.

An anchor is a pair: the server's statement of its clock, and our boot clock just before asking and just after hearing. The
boot clock cannot be set by hand and runs through sleep; the wall clock proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contract.moments import DRIFT_PER_MILLION, EXACT_WITHIN_MS, Anchor, BootLine, line_of
from mobile.core.local_db import LocalDb
from mobile.core.ports import Clocks

REFRESH_MS: Final = 6 * 3600 * 1000
MOST_SENT: Final = 8


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
        """Anchors of the boots in which the operations of a request were made; the current boot first."""
        ordered = [current, *sorted(boots - {current}, reverse=True)]
        known = [self.of(bid) for bid in ordered]
        found = [Anchor(id=one.id, bid=one.bid, sent=one.sent, got=one.got) for one in known if one is not None]
        return found[:MOST_SENT]

    def forget_all_but(self, boots: set[str]) -> None:
        """Inside a write: boots of which no entry is left need no anchor."""
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
