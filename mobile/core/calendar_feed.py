"""My shifts as a calendar at a secret address: this phone draws the token and keeps it sealed; HQ learns its SHA-256 only.

What HQ holds is whether an address is open. The address itself is known here alone: another phone of the same person, or this one
set up anew, can only make a new one, and with that the old one ends.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from contract.ids import new_id
from contract.messages import Language
from contract.shift_market import OpenFeed, RevokeFeed
from contract.shift_market_rows import FeedRow
from contract.wire import Wire
from mobile.core.acts import Acts, born_with
from mobile.core.journal import Entry
from mobile.core.parts import Parts
from mobile.core.requests import at
from mobile.core.seals import OWN
from mobile.core.sync_status import wall_time
from mobile.core.views import Refused
from mobile.core.views_hq import Act, At, OnItsWay

FEED: Final = "calendar_feed"
BACK: Final = "calendar_feed_back"
KEPT: Final = "calendar_address"  # in the settings: {"feed": id, "sealed": base64 of the token}

Way = tuple[Entry, Act]
Also = Callable[[str, int], None]


@dataclass(frozen=True)
class CalendarPage:
    """none: no address answers; open: this phone knows it; elsewhere: it was made on another device. `address` where it is known.

    `ready`: HQ has said that it answers; until then no calendar reads it.
    """

    state: Literal["none", "open", "elsewhere"] = "none"
    address: str = ""
    ready: bool = False
    since: At | None = None
    on_its_way: OnItsWay | None = None


class CalendarFeed:
    """Questions and acts of its person."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts

    @property
    def _parts(self) -> Parts:
        return self._acts.parts

    def page(self) -> CalendarPage:
        """What answers now, with what was done here laid over it. Refused past the lease."""
        self._acts.may_look()
        with self._parts.db.read():
            row, made, back = self._current()
            way = made or back
            on_its_way = self._parts.overlay.on_its_way(*way) if way is not None else None
            if row is None:
                return CalendarPage(on_its_way=on_its_way)
            token = self._token(row.id)
            return CalendarPage(
                state="open" if token else "elsewhere", address=self._address(token) if token else "", ready=made is None,
                since=at(row.opened_ms, wall_time(self._parts)), on_its_way=on_its_way,
            )  # fmt: skip

    def open(self, language: Language) -> str:
        """A new address; an earlier one ends with it. Answers the address, which is on the disk when this returns."""
        who = self._acts.may_act()
        if who.kind != "phone":
            raise Refused("market.own_device_only")
        token, feed_id = secrets.token_urlsafe(32), new_id()
        act = OpenFeed(feed_id=feed_id, token_hash=hashlib.sha256(token.encode()).hexdigest(), language=language)
        laid = FeedRow(id=feed_id, language=language, opened_ms=self._acts.now_ms())

        def also(op: str, _: int) -> None:
            self._parts.overlay.keep(op, FEED, feed_id, self._scope(), laid)
            sealed = self._parts.keys.seal(OWN, _about(feed_id), token.encode())
            kept = {"feed": feed_id, "sealed": base64.b64encode(sealed).decode()}
            self._parts.settings.put(KEPT, json.dumps(kept, sort_keys=True))

        self._keep(act, feed_id, also)
        return self._address(token)

    def revoke(self) -> None:
        """The address answers no more, as soon as HQ hears it."""
        self._acts.may_act()
        with self._parts.db.read():
            row, _, _ = self._current()
        if row is None:
            raise Refused("market.feed_unknown")
        act = RevokeFeed(feed_id=row.id)

        def also(op: str, _: int) -> None:
            self._parts.overlay.keep(op, BACK, row.id, self._scope(), act)
            self._parts.settings.put(KEPT, None)

        self._keep(act, born_with(row.id), also)

    def _keep(self, act: Wire, ent: str | None, also: Also) -> None:
        self._acts.keep(act, self._acts.person(), ent=ent, also=also)
        self._acts.ports.signals.kept()

    def _current(self) -> tuple[FeedRow | None, Way | None, Way | None]:
        """The address that answers or is about to; by which entry it was made, or taken away, where HQ has not answered that."""
        overlay = self._parts.overlay
        rows = {row.id: row for row in self._parts.replica.all(FEED, FeedRow, scope=self._scope())}
        made = [one for one in overlay.latest(FEED, FeedRow).values() if one.pk not in rows]
        back = overlay.latest(BACK, RevokeFeed)
        newest = max(made, key=lambda one: one.entry.seq, default=None)
        gone = {pk for pk, one in back.items() if one.counts}
        last = max(back.values(), key=lambda one: one.entry.seq, default=None)
        ended: Way | None = (last.entry, "tell") if last is not None else None
        if newest is not None and newest.counts and newest.pk not in gone:
            return newest.row, (newest.entry, "tell"), None
        refused: Way | None = (newest.entry, "tell") if newest is not None and not newest.counts else None
        live = [row for row in rows.values() if row.revoked_ms is None and row.id not in gone]
        return max(live, key=lambda row: row.opened_ms, default=None), refused, ended

    def _token(self, feed_id: str) -> str:
        kept = json.loads(self._parts.settings.get(KEPT) or "{}")
        if kept.get("feed") != feed_id:
            return ""
        return self._parts.keys.unseal(OWN, _about(feed_id), base64.b64decode(kept["sealed"])).decode()

    def _address(self, token: str) -> str:
        return f"{(self._parts.settings.get('server_url') or '').rstrip('/')}/calendar/{token}.ics"

    def _scope(self) -> str:
        return f"private:{self._acts.person()}"


def _about(feed_id: str) -> str:
    return f"calendar|{feed_id}"
