"""Notices on a device: read and confirmed with no signal, each once over all devices; and at the store's desk who has not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from contract.announcements import Attachment, NoticeRow, ReadersRow, ReadNotice, ReceiptRow, RemindReaders
from contract.attendance import KioskProof
from contract.ids import new_id
from contract.people import PersonRow
from mobile.core.acts import Acts
from mobile.core.desk import ManagerDesk
from mobile.core.feedback_rows import Writer
from mobile.core.inbox import READING
from mobile.core.overlay import Laid
from mobile.core.parts import Parts
from mobile.core.requests import Reader, at
from mobile.core.views import Refused
from mobile.core.views_feedback import BannerCard, NoticeCard, NoticePage, ReadersCard
from mobile.core.views_hq import Both
from mobile.core.views_photos import PhotoCard, PhotoState

NOTICE, RECEIPT, READERS = "announcement", "announcement_receipt", "announcement_readers"
REMINDER = "notice_reminder"  # only laid here
REMIND_AGAIN_MS: Final = 3_600_000
BANNERS_MOST: Final = 2


class Notices:
    """What one person is to read. `who` raises Refused where nobody is there."""

    def __init__(self, acts: Acts, who: Callable[[], Writer]) -> None:
        self._acts, self._who = acts, who

    @property
    def _parts(self) -> Parts:
        return self._acts.parts

    def home(self) -> tuple[NoticeCard, ...]:
        """To be confirmed first, then unread, then the newest."""
        who = self._who()
        with self._parts.db.read():
            found = [self._card(row, receipt, who, self._laid(who)) for row, receipt in self._rows(who)]
        return tuple(sorted(found, key=lambda card: (not card.to_confirm, card.is_done, -card.published.ms, card.notice_id)))

    def notice(self, notice_id: str) -> NoticePage | None:
        """A notice opened: from now on it counts as read. None where it is not here, or is over."""
        who, page = self._who(), self._page(notice_id)
        if page is not None and not page.card.is_read and not page.card.withdrawn and self._parts.identity.standing != "revoked":
            self._say(ReadNotice(notice_id=notice_id, kiosk=_proof(who)), who)
            page = self._page(notice_id)
        return page

    def confirm(self, notice_id: str) -> None:
        """I have read and understood it. Once, whatever the device."""
        self._acts.may_act()
        who, page = self._who(), self._page(notice_id)
        if page is None or not page.card.to_confirm:
            raise Refused("client.nothing_to_confirm")
        self._say(ReadNotice(notice_id=notice_id, confirmed=True, kiosk=_proof(who)), who)
        self._acts.ports.signals.kept()

    def ask_for(self, notice_id: str, sha: str) -> None:
        """Fetch an attachment, of a PDF its pages, as soon as there is a signal."""
        self._acts.may_act()
        who, page = self._who(), self._page(notice_id)
        found = next((one for one in page.attachments if one.sha == sha), None) if page is not None else None
        if found is None:
            raise Refused("client.photo_unknown")
        with self._parts.db.write():
            for one in found.pages or (found,):
                self._parts.media.ask(one.sha, one.size, who.reader.now_ms)
        self._acts.tell()
        who.stay_open()

    def attachment(self, sha: str) -> bytes | None:
        """An attachment that is here."""
        self._who()
        return self._parts.media.read(sha)

    def _page(self, notice_id: str) -> NoticePage | None:
        who = self._who()
        with self._parts.db.read():
            found = next((one for one in self._rows(who) if one[0].id == notice_id), None)
            if found is None:
                return None
            row, receipt = found
            media = self._parts.media.states()
            card = self._card(row, receipt, who, self._laid(who))
        return NoticePage(
            card=card,
            text=_both(row.text_zh, row.text_en),
            until=who.reader.at(row.until_ms),
            withdrawn_because=row.withdrawn_because,
            attachments=tuple(_attached(one, media) for one in row.attachments),
        )

    def _rows(self, who: Writer) -> list[tuple[NoticeRow, ReceiptRow]]:
        """What reached this person and is not over. Withdrawn ones only where they were read."""
        me, now_ms = who.reader.person_id, who.reader.now_ms
        receipts = self._parts.replica.all(RECEIPT, ReceiptRow, scope=f"person:{me}")
        laid, found = self._laid(who), []
        for receipt in receipts:
            row = self._parts.replica.get(NOTICE, receipt.notice_id, NoticeRow)
            if row is None or (row.until_ms is not None and row.until_ms <= now_ms):
                continue
            if row.withdrawn_ms is None or receipt.read_ms is not None or row.id in laid:
                found.append((row, receipt))
        return found

    def _laid(self, who: Writer) -> dict[str, Laid[ReadNotice]]:
        """The last word of this person on each, confirming over reading."""
        mine = f"{who.reader.person_id}|"
        found: dict[str, Laid[ReadNotice]] = {}
        for laid in self._parts.overlay.all(READING, ReadNotice):
            if laid.pk.startswith(mine) and laid.counts and (laid.row.confirmed or laid.row.notice_id not in found):
                found[laid.row.notice_id] = laid
        return found

    def _card(self, row: NoticeRow, receipt: ReceiptRow, who: Writer, laid: dict[str, Laid[ReadNotice]]) -> NoticeCard:
        ours = laid.get(row.id)
        confirmed_ms = receipt.confirmed_ms
        if confirmed_ms is None and ours is not None and ours.row.confirmed:
            confirmed_ms = ours.entry.made_ms
        return NoticeCard(
            notice_id=row.id,
            title=_both(row.title_zh, row.title_en),
            by=row.by_name,
            published=at(row.published_ms, who.reader.when),
            urgent=row.urgent,
            confirm=row.confirm,
            is_read=receipt.read_ms is not None or confirmed_ms is not None or ours is not None,
            confirmed=who.reader.at(confirmed_ms),
            withdrawn=row.withdrawn_ms is not None,
            on_its_way=None if ours is None else self._parts.overlay.on_its_way(ours.entry, "confirm"),
        )

    def _say(self, act: ReadNotice, who: Writer) -> None:
        me = who.reader.person_id
        overlay = self._parts.overlay
        self._acts.keep(act, me, also=lambda op, _: overlay.keep(op, READING, f"{me}|{act.notice_id}", who.owner, act))
        who.stay_open()


class DeskNotices:
    """How far each notice is at this store, behind the manager's PIN."""

    def __init__(self, acts: Acts, desk: ManagerDesk) -> None:
        self._acts, self._desk = acts, desk

    def board(self) -> tuple[ReadersCard, ...]:
        """Those with somebody missing first, then the newest."""
        reader, _ = self._desk.reader()
        parts = self._acts.parts
        with parts.db.read():
            laid = {one.row.notice_id: one for one in parts.overlay.all(REMINDER, RemindReaders)}
            rows = parts.replica.all(READERS, ReadersRow, scope=reader.scope)
            found = [self._card(row, reader, laid) for row in rows]
        known = [card for card in found if card is not None]
        return tuple(sorted(known, key=lambda card: (card.done == card.of, -card.notice.published.ms, card.notice.notice_id)))

    def remind(self, notice_id: str) -> tuple[str, ...]:
        """Tell exactly those who have not read (or confirmed) it. Answers their names. At most once an hour."""
        self._acts.may_act()
        reader, manager = self._desk.reader()
        card = next((one for one in self.board() if one.notice.notice_id == notice_id), None)
        if card is None or card.of == card.done:
            raise Refused("client.nobody_to_remind")
        if card.reminded is not None and reader.now_ms - card.reminded.ms < REMIND_AGAIN_MS:
            raise Refused("client.reminded_lately", hhmm=card.reminded.hhmm)
        act = RemindReaders(reminder_id=new_id(), notice_id=notice_id, kiosk=KioskProof(pin=True))
        overlay = self._acts.parts.overlay

        def also(op: str, _: int) -> None:
            overlay.keep(op, REMINDER, act.reminder_id, reader.scope, act)

        self._acts.keep(act, manager.person_id, ent=act.reminder_id, also=also)
        self._acts.ports.signals.kept()
        self._desk.stay_open()
        return card.rest

    def _card(self, row: ReadersRow, reader: Reader, laid: dict[str, Laid[RemindReaders]]) -> ReadersCard | None:
        parts = self._acts.parts
        notice = parts.replica.get(NOTICE, row.notice_id, NoticeRow)
        if notice is None or notice.withdrawn_ms is not None:
            return None
        if notice.until_ms is not None and notice.until_ms <= reader.now_ms:
            return None
        receipts = [parts.replica.all(RECEIPT, ReceiptRow, scope=f"person:{person}") for person in row.rest_ids]
        told = [one.reminded_ms for rows in receipts for one in rows if one.notice_id == row.notice_id and one.reminded_ms]
        ours = laid.get(row.notice_id)
        told += [ours.entry.made_ms] if ours is not None and ours.counts else []
        return ReadersCard(
            notice=NoticeCard(
                notice_id=notice.id, title=_both(notice.title_zh, notice.title_en), by=notice.by_name,
                published=at(notice.published_ms, reader.when), urgent=notice.urgent, confirm=notice.confirm,
            ),
            of=row.of, done=row.done, rest=tuple(row.rest), reminded=reader.at(max(told, default=None)),
            on_its_way=None if ours is None else parts.overlay.on_its_way(ours.entry, "tell"),
        )  # fmt: skip


class FloorNotices:
    """What a store's start page says of notices, to everybody who stands there: those that most people here are to read, until
    all of them have. What goes to a few is theirs alone."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts

    def banners(self) -> tuple[BannerCard, ...]:
        """Urgent ones first, then those to confirm, then the newest; at most two. None past the lease."""
        parts, clocks = self._acts.parts, self._acts.ports.clock.read()
        store = parts.identity.need().store_id
        if store is None or parts.run.lease.is_over(clocks):
            return ()
        now_ms = parts.run.anchors.now_ms(clocks)
        with parts.db.read():
            people = sum(row.active for row in parts.replica.all("person", PersonRow))
            rows = parts.replica.all(READERS, ReadersRow, scope=f"desk:{store}")
            found = [(row, parts.replica.get(NOTICE, row.notice_id, NoticeRow)) for row in rows if 2 * row.of > people]
        live = [
            (row, notice) for row, notice in found
            if notice is not None and row.done < row.of and notice.withdrawn_ms is None
            and (notice.until_ms is None or notice.until_ms > now_ms)
        ]  # fmt: skip
        live.sort(key=lambda one: (not one[1].urgent, not one[1].confirm, -one[1].published_ms, one[1].id))
        return tuple(
            BannerCard(
                notice_id=notice.id, title=_both(notice.title_zh, notice.title_en), by=notice.by_name, confirm=notice.confirm,
                urgent=notice.urgent, of=row.of, done=row.done,
            )
            for row, notice in live[:BANNERS_MOST]
        )  # fmt: skip


def _attached(file: Attachment, media: Mapping[str, bool]) -> PhotoCard:
    """A file of a notice as far as it is here. `media`: what was asked for, and whether it has come."""
    if not file.pages:
        return PhotoCard(file.sha256, _state(media.get(file.sha256)), file.name, file.media, file.size)
    pages = tuple(PhotoCard(one.sha256, _state(media.get(one.sha256)), file.name, one.media, one.size) for one in file.pages)
    states = {one.state for one in pages}
    state: PhotoState = "here" if states == {"here"} else "unasked" if "unasked" in states else "coming"
    size = sum(one.size for one in pages)
    return PhotoCard(file.sha256, state, file.name, file.media, size, pages, max(file.page_count, len(pages)))


def _state(came: bool | None) -> PhotoState:
    return "unasked" if came is None else "here" if came else "coming"


def _proof(who: Writer) -> KioskProof | None:
    return KioskProof(pin=True) if who.at_tablet else None


def _both(zh: str, en: str) -> Both:
    return Both(zh or en, en or zh)
