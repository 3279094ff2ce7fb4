"""Notices from HQ and stores on the wire: to chosen stores, posts, people; must-confirm, attachments, begin and end."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.attendance import KioskProof
from contract.limits import BornId, Id, Millis, Reason, Sha256Hex, Short
from contract.wire import Wire, operation

NoticeState = Literal["draft", "planned", "published", "ended", "withdrawn"]
FileKind = Literal["image/jpeg", "image/png", "application/pdf"]
PageKind = Literal["image/jpeg", "image/png"]
FileBytes = Annotated[int, Meta(ge=1, le=5 * 1024 * 1024)]
PAGES_MOST, PAGE_SIDE = 30, 2_000  # pages drawn of a PDF; pixels of the longer side of one
Body = Annotated[str, Meta(max_length=8_000, pattern=r"^[^\x00]*$(?!\n)")]


class To(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Whom it is for: everybody who fits all that is not empty. `units`: home or posting in or below one of them (stores are
    units); `posts`: has one of these posts; `posted`: only people posted away from home, or only people at home. `people`: these
    besides, whatever else. All empty: the whole company."""

    units: Annotated[list[Id], Meta(max_length=2_000)] = []
    posts: Annotated[list[Id], Meta(max_length=200)] = []
    posted: bool | None = None
    people: Annotated[list[Id], Meta(max_length=2_000)] = []


class FilePage(Wire, frozen=True, kw_only=True):
    """A page of a PDF as a picture, by its SHA-256, with its size in pixels, so that room is known before it is fetched."""

    sha256: Sha256Hex
    media: PageKind
    size: FileBytes
    width: Annotated[int, Meta(ge=1, le=PAGE_SIDE)]
    height: Annotated[int, Meta(ge=1, le=PAGE_SIDE)]


class Attachment(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A picture or a PDF, by its SHA-256. A PDF of `page_count` pages brings its first ones along as pictures, for devices that
    open no PDF; what a notice that is kept names as its pages is what the server drew, whatever was sent."""

    sha256: Sha256Hex
    name: Short
    media: FileKind
    size: FileBytes
    pages: Annotated[list[FilePage], Meta(max_length=PAGES_MOST)] = []
    page_count: Annotated[int, Meta(ge=0)] = 0


class NoticeBody(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What it says, in Markdown; a language that is not written is shown in the other. `confirm`: each reader has to say that
    they have read and understood it. `from_ms` absent: at once; `until_ms`: from then on it is not shown any more."""

    title_zh: Short = ""
    title_en: Short = ""
    text_zh: Body = ""
    text_en: Body = ""
    to: To = To()
    confirm: bool = False
    urgent: bool = False
    from_ms: Millis | None = None
    until_ms: Millis | None = None
    attachments: Annotated[list[Attachment], Meta(max_length=5)] = []


@operation("announcements.save_draft/1")
class SaveNotice(Wire, frozen=True, kw_only=True):
    """A draft, or what it says now. What was published is changed no more: a correction is a new notice; withdraw this one."""

    notice_id: BornId
    body: NoticeBody


@operation("announcements.add_file/1")
class AddNoticeFile(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A file whose bytes (and those of its pages) are kept already, as notices may name it. The same again changes nothing."""

    sha256: Sha256Hex
    name: Short
    media: FileKind
    size: FileBytes
    pages: Annotated[list[FilePage], Meta(max_length=PAGES_MOST)] = []
    page_count: Annotated[int, Meta(ge=0)] = 0


@operation("announcements.publish/1")
class PublishNotice(Wire, frozen=True, kw_only=True):
    """It goes out: at once, or when `from_ms` comes. Who fits then gets it, each once (N-18); who fits later (posted there before
    it ends) gets it then."""

    notice_id: BornId


@operation("announcements.withdraw/1")
class WithdrawNotice(Wire, frozen=True, kw_only=True):
    """It counts no more: readers see that it was withdrawn, and why; who has not read it does not get to see it."""

    notice_id: Id
    reason: Reason


@operation("announcements.discard/1")
class DiscardNotice(Wire, frozen=True, kw_only=True):
    """A draft that nobody needs."""

    notice_id: Id


@operation("announcements.read/1")
class ReadNotice(Wire, frozen=True, kw_only=True):
    """I have opened it; `confirmed`: and say that I have understood it. On a tablet the actor whose PIN it checked. The first
    time counts, on whatever device; again changes nothing, and confirming is never undone."""

    notice_id: Id
    confirmed: bool = False
    kiosk: KioskProof | None = None


@operation("announcements.remind/1")
class RemindReaders(Wire, frozen=True, kw_only=True):
    """The one tap: exactly those who have not read it (with must-confirm: not confirmed) are told again. At most once an hour."""

    reminder_id: BornId
    notice_id: Id
    kiosk: KioskProof | None = None


@operation("announcements.turn/1")
class TurnNotices(Wire, frozen=True, kw_only=True):
    """The system's minute: what begins goes out, what ends ends, who has come to belong to it gets it."""

    begin: Annotated[list[Id], Meta(max_length=200)] = []
    end: Annotated[list[Id], Meta(max_length=200)] = []
    reach: Annotated[list[Id], Meta(max_length=200)] = []


# -- rows on devices -------------------------------------------------------------------------------------------------------


class NoticeRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A notice as devices hold it: entity `announcement`, in `notice:<id>`, a scope that the phones of its receivers and the
    tablets of stores where one of them works hold while it lasts."""

    id: str
    title_zh: str = ""
    title_en: str = ""
    text_zh: str = ""
    text_en: str = ""
    by_name: str
    confirm: bool = False
    urgent: bool = False
    published_ms: Millis
    until_ms: int | None = None
    withdrawn_ms: int | None = None
    withdrawn_because: str = ""
    attachments: list[Attachment] = []


class ReceiptRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """That somebody is to read a notice, and whether they have: entity `announcement_receipt`, in `person:<person>`."""

    id: str
    notice_id: str
    person_id: str
    reached_ms: Millis
    read_ms: int | None = None
    confirmed_ms: int | None = None
    reminded_ms: int | None = None


class ReadersRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """How far a notice is at a store: entity `announcement_readers`, in `desk:<store>`: "5 of 8, these 3 not". `done` counts
    readers, with must-confirm those who confirmed. `rest`: names (at most 50), `rest_ids` theirs."""

    id: str
    notice_id: str
    store_id: str
    of: int
    done: int
    rest: list[str] = []
    rest_ids: list[str] = []


# -- what is read over the API ---------------------------------------------------------------------------------------------


class NoticeQuery(Wire, frozen=True, kw_only=True):
    """Which notices: `own` (to me), or those I may steer; by state and words."""

    own: bool = False
    state: NoticeState | None = None
    words: Short = ""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class NoticeLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A notice with how far it is. With `own`: `of` and `done` are 1 and 0 or 1."""

    id: str
    state: NoticeState
    body: NoticeBody
    by_id: str
    by_name: str
    published_ms: int | None = None
    withdrawn_because: str = ""
    of: int = 0
    read: int = 0
    confirmed: int = 0
    done: int = 0


class NoticePage(Wire, frozen=True, kw_only=True):
    """Notices, the newest first."""

    items: list[NoticeLine]
    next_cursor: str | None = None


class NoticeAsk(Wire, frozen=True, kw_only=True):
    """Which notice."""

    notice_id: Id


class ReaderQuery(Wire, frozen=True, kw_only=True):
    """Its readers: all, or only those who have not (read, or with must-confirm confirmed)."""

    notice_id: Id
    missing: bool = False
    words: Short = ""
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class Reader(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One receiver."""

    person_id: str
    name: str
    staff_no: str
    where: str = ""
    reached_ms: int
    read_ms: int | None = None
    confirmed_ms: int | None = None
    reminded_ms: int | None = None


class ReaderPage(Wire, frozen=True, kw_only=True):
    """Receivers by name; `of`, `read`, `confirmed` of all, whatever the page shows."""

    items: list[Reader]
    of: int
    read: int
    confirmed: int
    next_cursor: str | None = None


class AudiencePreview(Wire, frozen=True, kw_only=True):
    """Whom a notice would reach now: how many, by store or department, and the first names."""

    count: int
    by_unit: list[tuple[str, int]]
    names: list[str]
