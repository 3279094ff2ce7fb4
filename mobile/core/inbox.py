"""The inbox as this phone knows it: what HQ put there, less what was read or done here and is on its way."""

from __future__ import annotations

from typing import Final

from contract.announcements import ReadNotice
from contract.inbox import ItemRow, SeeItem, sentence_key
from mobile.core.feedback_rows import ACT, TicketAct
from mobile.core.local_db import LocalDb
from mobile.core.overlay import Overlay
from mobile.core.replica import Replica
from mobile.core.requests import Reader, RequestBook, at
from mobile.core.views import Said
from mobile.core.views_hq import Inbox, ItemCard

EARLIER_MOST: Final = 30
READING: Final = "notice_read"  # what notices are laid under


class InboxBook:
    def __init__(self, db: LocalDb, replica: Replica, overlay: Overlay, requests: RequestBook) -> None:
        self._db, self._replica, self._overlay, self._requests = db, replica, overlay, requests

    def page(self, reader: Reader) -> Inbox:
        """The newest first; of what is over the last thirty."""
        with self._db.read():
            rows = sorted(self._replica.all("item", ItemRow, scope=reader.scope), key=lambda row: (-row.born_ms, row.id))
            seen = {pk for pk, laid in self._overlay.latest("seen", SeeItem).items() if laid.counts}
            cards = [self._card(row, reader, seen) for row in rows]
        over = [card for card in cards if not card.is_open or card.settled_here]
        live = [card for card in cards if card.is_open and not card.settled_here]
        return Inbox(
            to_dos=tuple(card for card in live if card.kind == "to_do"),
            notices=tuple(card for card in live if card.kind == "notice"),
            earlier=tuple(over[:EARLIER_MOST]),
        )

    def row(self, item_id: str, scope: str) -> ItemRow | None:
        return next((row for row in self._replica.all("item", ItemRow, scope=scope) if row.id == item_id), None)

    def is_seen_here(self, item_id: str) -> bool:
        laid = self._overlay.latest("seen", SeeItem).get(item_id)
        return laid is not None and laid.counts

    def _is_done_here(self, row: ItemRow) -> bool:
        """Whether what it asks for was done on this device, and HQ has not heard of it."""
        if row.about == "request":
            return self._requests.is_settled_here(row.about_id)
        if row.about == "announcement":
            laid = self._overlay.all(READING, ReadNotice)
            return any(one.counts and one.row.confirmed and one.row.notice_id == row.about_id for one in laid)
        if row.about == "ticket":
            return any(one.counts and one.pk == row.about_id for one in self._overlay.all(ACT, TicketAct))
        return False

    def _card(self, row: ItemRow, reader: Reader, seen: set[str]) -> ItemCard:
        is_open = row.done_ms is None
        if row.kind == "notice":
            settled = row.id in seen
        else:
            settled = is_open and self._is_done_here(row)
        return ItemCard(
            item_id=row.id,
            kind=row.kind,
            said=Said(sentence_key(row.trigger, row.kind), dict(row.facts)),
            about=row.about,
            about_id=row.about_id,
            born=at(row.born_ms, reader.when),
            due=reader.at(row.due_ms),
            overdue=is_open and row.due_ms is not None and row.due_ms < reader.now_ms,
            is_open=is_open,
            settled_here=settled and is_open,
            day=str(row.facts["day"]) if row.about == "day" and row.facts.get("person_id") == reader.person_id else "",
        )
