"""What can be done about notices: written, sent out, withdrawn, read, confirmed, reminded of."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from contract.announcements import (
    Attachment,
    DiscardNotice,
    FilePage,
    NoticeBody,
    PublishNotice,
    ReadNotice,
    RemindReaders,
    SaveNotice,
    WithdrawNotice,
)
from contract.attendance import KioskProof
from contract.moments import instant
from contract.wire import convert, plain
from server.announcements import reaching
from server.announcements.audience import audience, may_reach
from server.announcements.model import PUBLISH, READ, Announcement, NoticeFile, NoticeReminder, Readers, Receipt
from server.announcements.telling import close_for, tell_again
from server.approvals.service import acting
from server.kernel.jobs import ask_for
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.org.queries import company_day, manager_of, tree_on
from server.people.model import Account
from server.people.queries import actor_of_account
from server.postings.life import with_reach

AGAIN_AFTER = timedelta(hours=1)


def body_of(row: Announcement) -> NoticeBody:
    """What a notice says."""
    return convert(row.body, NoticeBody)


def _not_by_device(work: Work) -> str:
    person = work.actor.person_id
    if work.device is not None or person is None:
        raise Problem("access.not_allowed", needs=PUBLISH.value)
    return person


@handles(SaveNotice, needs=PUBLISH)
def save_notice(work: Work, op: SaveNotice) -> None:
    """A draft, as far as it is. It need not be complete yet; whom it names must be there."""
    who = _not_by_device(work)
    body = op.body
    begins, ends = _moment(body.from_ms), _moment(body.until_ms)
    if ends is not None and ends <= (begins or work.now):
        raise Problem("announcements.ends_before", field="body.until_ms")
    with with_reach(work) as wide:
        known = tree_on(wide.session, company_day(work.now)).units
        unknown = [unit for unit in body.to.units if unit not in known]
        if unknown:
            raise Problem("announcements.unit_unknown", field="body.to.units", id=unknown[0])
        body = replace(body, attachments=[_known(wide, file, number) for number, file in enumerate(body.attachments)])
        row = wide.session.get(Announcement, op.notice_id, with_for_update=True)
        if row is None:
            row = wide.add(Announcement(id=op.notice_id, state="draft", author_id=who, made_at=work.now))
        else:
            _must_be_theirs(work, row)
            if row.state != "draft":
                raise Problem("announcements.is_out", field="notice_id")
        row.body, row.from_at, row.until_at = plain(body), begins, ends
        row.words = "\n".join((body.title_zh, body.title_en, body.text_zh, body.text_en)).lower()


def _known(wide: Work, file: Attachment, number: int) -> Attachment:
    """A file that is kept, with the pages that were drawn of it: who writes a notice cannot say what those are."""
    kept = wide.session.scalars(sa.select(NoticeFile).where(NoticeFile.sha256 == file.sha256)).one_or_none()
    if kept is None or (kept.media, kept.size) != (file.media, file.size):
        raise Problem("announcements.file_unknown", field=f"body.attachments.{number}")
    return replace(file, pages=convert(kept.pages, list[FilePage]), page_count=kept.page_count)


@handles(DiscardNotice, needs=PUBLISH)
def discard_notice(work: Work, op: DiscardNotice) -> None:
    """A draft, or one whose time has not come, is thrown away."""
    _not_by_device(work)
    with with_reach(work) as wide:
        row = _find(wide, work, op.notice_id)
        if row.state not in ("draft", "planned"):
            raise Problem("announcements.is_out", field="notice_id")
        wide.session.delete(row)


@handles(PublishNotice, needs=PUBLISH)
def publish_notice(work: Work, op: PublishNotice) -> dict[str, Any]:
    """It goes out now, or when its time comes. Answers how many it reaches as things are now."""
    _not_by_device(work)
    with with_reach(work) as wide:
        row = _find(wide, work, op.notice_id)
        if row.state != "draft":
            raise Problem("announcements.is_out", field="notice_id")
        body = body_of(row)
        if not (body.title_zh.strip() or body.title_en.strip()):
            raise Problem("announcements.empty", field="body.title_zh")
        if not (body.text_zh.strip() or body.text_en.strip() or body.attachments):
            raise Problem("announcements.empty", field="body.text_zh")
        if not may_reach(work.actor, wide.session, body.to, work.now):
            raise Problem("access.out_of_scope", kind="announcement")
        if row.until_at is not None and row.until_at <= max(work.now, row.from_at or work.now):
            raise Problem("announcements.ends_before", field="body.until_ms")
        people = audience(wide.session, body.to, work.now)
        if not people:
            raise Problem("announcements.nobody", field="body.to")
        if row.from_at is not None and row.from_at > work.now:
            row.state = "planned"
            return {"people": len(people), "state": "planned"}
        reaching.goes_out(wide, row)
        if len(people) <= reaching.AT_ONCE:
            reaching.reach(wide, row, people)
        else:
            ask_for(wide, reaching.REACH, key=row.id, facts={"notice_id": row.id})
    return {"people": len(people), "state": "published"}


@handles(WithdrawNotice, needs=PUBLISH)
def withdraw_notice(work: Work, op: WithdrawNotice) -> None:
    """It counts no more. One that has not gone out yet becomes a draft by being discarded, not by this."""
    _not_by_device(work)
    with with_reach(work) as wide:
        row = _find(wide, work, op.notice_id)
        if row.state != "published":
            raise Problem("announcements.not_out", field="notice_id")
        row.state, row.withdrawn_at, row.withdrawn_because = "withdrawn", work.now, op.reason
        wide.session.flush()
        close_for(wide, row.id)


@handles(ReadNotice, needs=READ)
def read_notice(work: Work, op: ReadNotice) -> str:
    """Opened, or confirmed, by who it is for; the first time counts. At the time of the device, where it was read."""
    if work.device is not None and work.device.kind == "kiosk" and (op.kiosk is None or not op.kiosk.pin):
        raise Problem("announcements.pin_needed", field="kiosk")
    who, at = acting(work), min(instant(work.act.taken.at_ms), work.now)
    with with_reach(work) as wide:
        asked = sa.select(Receipt).where(Receipt.notice_id == op.notice_id, Receipt.person_id == who).with_for_update()
        receipt = wide.session.scalars(asked.execution_options(populate_existing=True)).one_or_none()
        if receipt is None:
            raise Problem("announcements.not_yours", field="notice_id", id=op.notice_id)
        row: Announcement = wide.find(Announcement, op.notice_id, "announcements.unknown")
        reads = receipt.read_at is None
        confirms = op.confirmed and receipt.confirmed_at is None and body_of(row).confirm
        if not reads and not confirms:
            return "merged"
        if reads:
            receipt.read_at = at
        if confirms:
            receipt.confirmed_at = max(at, receipt.read_at or at)
        wide.session.flush()
        reaching.count(wide, row.id, [receipt.unit_id])
        close_for(wide, row.id, receiver=who, confirmed=receipt.confirmed_at is not None or not body_of(row).confirm)
    return "applied"


@handles(RemindReaders, needs=PUBLISH)
def remind_readers(work: Work, op: RemindReaders) -> dict[str, Any]:
    """Exactly those who have not read (with must-confirm: not confirmed) are told again: at a store its people, else all one may
    reach. Answers how many."""
    store = _store_of(work, op.kiosk)
    if work.device is None:
        work.find(Announcement, op.notice_id, "announcements.unknown", field="notice_id", id=op.notice_id)
    with with_reach(work) as wide:
        session = wide.session
        row: Announcement = wide.find(Announcement, op.notice_id, "announcements.unknown")
        if row.state != "published" or (row.until_at is not None and row.until_at <= work.now):
            raise Problem("announcements.over", field="notice_id")
        if session.get(NoticeReminder, op.reminder_id) is not None:
            raise Problem("operation.already_exists", field="reminder_id", id=op.reminder_id)
        missing = Receipt.confirmed_at if body_of(row).confirm else Receipt.read_at
        asked = sa.select(Receipt).where(Receipt.notice_id == row.id, missing.is_(None), Receipt.over.is_(False))
        units = _units_to_remind(work, store)
        waiting = [one for one in session.scalars(asked.order_by(Receipt.id)) if units is None or one.unit_id in units]
        if not waiting:
            raise Problem("announcements.nobody_left", field="notice_id")
        due = [one for one in waiting if one.reminded_at is None or one.reminded_at <= work.now - AGAIN_AFTER]
        if not due:
            raise Problem("announcements.just_reminded", field="notice_id")
        for one in due:
            one.reminded_at = work.now
        by = acting(work)
        wide.add(NoticeReminder(
            id=op.reminder_id, notice_id=row.id, unit_id=store, by_id=by, at=work.now, people=len(due),
        ))  # fmt: skip
        session.flush()
        tell_again(wide, row, body_of(row), [one.person_id for one in due], op.reminder_id, by)
    return {"reminded": len(due)}


def _units_to_remind(work: Work, store: str | None) -> frozenset[str] | None:
    if store is not None:
        return frozenset([store])
    if work.device is None:
        if work.actor.has_everywhere(PUBLISH):
            return None
        return work.actor.stores_for(PUBLISH)
    return _managed(work)


def _store_of(work: Work, kiosk: KioskProof | None) -> str | None:
    """The store of the tablet at which its manager taps; None at the console and on a phone."""
    device = work.device
    if device is None or device.kind == "phone":
        return None
    if kiosk is None or not kiosk.pin:
        raise Problem("announcements.pin_needed", field="kiosk")
    who, store = acting(work), device.store_id
    with work.with_system_reach() as session:
        if store is None or not _steers(session, who, store, instant(work.act.taken.at_ms)):
            raise Problem("announcements.not_your_store", field="kiosk")
    return store


def _steers(session: Any, person: str, store: str, moment: datetime) -> bool:
    if manager_of(session, store, company_day(moment)) == person:
        return True
    return any(actor.has_everywhere(PUBLISH) or store in actor.stores_for(PUBLISH) for actor in _actors(session, person, moment))


def _actors(session: Any, person: str, moment: datetime) -> list[Any]:
    accounts = sa.select(Account).where(Account.person_id == person, Account.disabled_at.is_(None))
    return [actor_of_account(session, account, moment) for account in session.scalars(accounts).all()]


def _managed(work: Work) -> frozenset[str] | None:
    """The stores whose people somebody with a phone may remind: those they manage or steer. None: everywhere."""
    who, moment = acting(work), instant(work.act.taken.at_ms)
    with work.with_system_reach() as session:
        actors = _actors(session, who, moment)
        if any(actor.has_everywhere(PUBLISH) for actor in actors):
            return None
        steered = {unit for actor in actors for unit in actor.stores_for(PUBLISH)}
        stores = session.scalars(sa.select(Readers.unit_id).distinct()).all()
        managed = {unit for unit in stores if manager_of(session, unit, company_day(moment)) == who}
    if not steered | managed:
        raise Problem("announcements.not_your_store", field="notice_id")
    return frozenset(steered | managed)


def _find(wide: Work, work: Work, notice_id: str) -> Announcement:
    row = wide.session.get(Announcement, notice_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise Problem("announcements.unknown", field="notice_id", id=notice_id)
    _must_be_theirs(work, row)
    return row


def _must_be_theirs(work: Work, row: Announcement) -> None:
    """Refuse whoever neither wrote it nor steers notices everywhere; for who cannot see it, it is not there."""
    if row.author_id == work.actor.person_id or work.actor.has_everywhere(PUBLISH):
        return
    if work.session.get(Announcement, row.id) is None:
        raise Problem("announcements.unknown", field="notice_id", id=row.id)
    raise Problem("access.out_of_scope", kind="announcement")


def _moment(ms: int | None) -> datetime | None:
    return instant(ms) if ms is not None else None
