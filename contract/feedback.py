"""On-site feedback on the wire: tickets as events that only add up, offline everywhere, each exactly once.

What a ticket is now (state, desk, clocks, rating) follows from its events in the order of the server's record; the device shows
the same fold over what it holds and what it has not sent yet (`contract.tickets`). Nothing is overwritten: two people who
change the same field without signal are both kept, the later one is shown, the other stands beside it in the story.
At a store's tablet the operation's `actor` acts, whose PIN it checked.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.approvals import FieldKey, FormField
from contract.attendance import KioskProof
from contract.geo import Fix
from contract.limits import BornId, Code, Id, Millis, Note, Reason, Sha256Hex, Short
from contract.wire import Wire, operation

Priority = Literal["low", "normal", "high", "urgent"]
TicketState = Literal["open", "waiting", "resolved", "closed"]
TicketEventKind = Literal[
    "filed", "routed", "replied", "noted", "amended", "passed", "taken", "paused", "resumed", "resolved", "closed", "reopened",
    "watched", "unwatched", "first_reply_late", "late", "escalated",
]  # fmt: skip
Icon = Literal["equipment", "customer", "complaint", "suggestion", "report", "stock", "safety", "other"]
Photos = Annotated[list[Sha256Hex], Meta(max_length=5)]
Form = dict[FieldKey, str | int | bool | None]
Stars = Annotated[int, Meta(ge=1, le=5)]
Words = Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"^[^\x00]*$(?!\n)")]

# -- what people at stores do ---------------------------------------------------------------------------------------------


@operation("feedback.file_ticket/1", evidence_fields=("fix",))
class FileTicket(Wire, frozen=True, kw_only=True):
    """Something is wanted, broken, wrong, better, or done (daily report). `store_id` absent: where the person works now.
    Photos are named by the SHA-256 of the shrunk picture without its EXIF position; they follow in pieces. `spot`: where in
    the store.
    `ticket_id` was born where the ticket was made; the same again changes nothing.
    """

    ticket_id: BornId
    category: Code
    store_id: Id | None = None
    text: Words
    form: Form = {}
    photos: Photos = []
    priority: Priority | None = None
    spot: Short = ""
    fix: Fix | None = None
    kiosk: KioskProof | None = None


@operation("feedback.reply/1")
class ReplyToTicket(Wire, frozen=True, kw_only=True):
    """A word of the author, a watcher, the store or the desk that has it. `internal`: for those who answer only. A reply of the
    author ends waiting for the customer."""

    event_id: BornId
    ticket_id: Id
    text: Words
    photos: Photos = []
    internal: bool = False
    kiosk: KioskProof | None = None


@operation("feedback.amend/1")
class AmendTicket(Wire, frozen=True, kw_only=True):
    """What it says, otherwise: text, single answers of the form, or the priority. `base`: how many events of the ticket the
    person had seen; who changed the same since then is told, and both stay in the story."""

    event_id: BornId
    ticket_id: Id
    text: Words | None = None
    form: Form = {}
    priority: Priority | None = None
    base: Annotated[int, Meta(ge=0, le=100_000)]
    kiosk: KioskProof | None = None


@operation("feedback.pass_on/1")
class PassOn(Wire, frozen=True, kw_only=True):
    """To another desk (department): a hop, timed. Who passes on keeps watching."""

    event_id: BornId
    ticket_id: Id
    desk_id: Id
    note: Note = ""
    kiosk: KioskProof | None = None


@operation("feedback.take/1")
class TakeTicket(Wire, frozen=True, kw_only=True):
    """I look after it, or (`person_id`) somebody of the desk does; null gives it back to the desk."""

    event_id: BornId
    ticket_id: Id
    person_id: Id | None
    kiosk: KioskProof | None = None


@operation("feedback.pause/1")
class PauseTicket(Wire, frozen=True, kw_only=True):
    """Waiting for the customer or the author: the clock of the solution stands still until somebody goes on."""

    event_id: BornId
    ticket_id: Id
    reason: Reason
    kiosk: KioskProof | None = None


@operation("feedback.resume/1")
class ResumeTicket(Wire, frozen=True, kw_only=True):
    """The waiting is over."""

    event_id: BornId
    ticket_id: Id
    kiosk: KioskProof | None = None


@operation("feedback.resolve/1")
class ResolveTicket(Wire, frozen=True, kw_only=True):
    """It is done, with what was done. The author closes it with stars, reopens it, or it closes by itself after some days."""

    event_id: BornId
    ticket_id: Id
    text: Words
    photos: Photos = []
    kiosk: KioskProof | None = None


@operation("feedback.close/1")
class CloseTicket(Wire, frozen=True, kw_only=True):
    """Done and over. Only the author gives stars."""

    event_id: BornId
    ticket_id: Id
    rating: Stars | None = None
    text: Note = ""
    kiosk: KioskProof | None = None


@operation("feedback.reopen/1")
class ReopenTicket(Wire, frozen=True, kw_only=True):
    """It is not done after all. Goes back to the desk that had it; the clock of the solution begins anew."""

    event_id: BornId
    ticket_id: Id
    reason: Reason
    kiosk: KioskProof | None = None


@operation("feedback.judge_photo/1")
class JudgePhoto(Wire, frozen=True, kw_only=True):
    """The server's own: a photo has come and was decoded once, within limits. `refused`: why it is shown to nobody (a code)."""

    sha256: Sha256Hex
    refused: Code | None = None
    shown: Sha256Hex | None = None  # the hash of what is shown of it


@operation("feedback.refold/1")
class RefoldTickets(Wire, frozen=True, kw_only=True):
    """The server's own: these tickets are made anew, for their desks have other people or hours."""

    tickets: Annotated[list[Id], Meta(min_length=1, max_length=500)]


@operation("feedback.watch/1")
class WatchTicket(Wire, frozen=True, kw_only=True):
    """Somebody shall hear of each reply, or no longer. Oneself; or others, by who answers it."""

    event_id: BornId
    ticket_id: Id
    person_id: Id
    watch: bool = True
    kiosk: KioskProof | None = None


# -- rows on devices -------------------------------------------------------------------------------------------------------


class CategoryRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A kind of ticket that may be filed: entity `ticket_category`, in `company`, or the `store:`/`post:` scopes it is for."""

    id: str
    code: str
    name_zh: str
    name_en: str
    hint_zh: str = ""
    hint_en: str = ""
    icon: Icon = "other"
    fields: list[FormField] = []
    priority: Priority = "normal"
    answered: bool = True
    position: int = 100


class Hop(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A station of a ticket: who had it from when to when. `kind` author, store or desk. `worked_min`: minutes of the desk's
    working time it lay there; null while it does."""

    kind: Literal["author", "store", "desk"]
    name_zh: str
    name_en: str
    from_ms: int
    until_ms: int | None = None
    worked_min: int | None = None


class TicketRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A ticket as it stands: entity `ticket`, in `private:<person>` of author, watchers, and the people of desks it is or was at;
    in `desk:<store>` where the category lets the store see it. Clocks are minutes of the desk's working time; `*_due_ms` is the
    moment they run out as of now (null: no target, met, or standing still)."""

    id: str
    number: str
    category: str
    category_zh: str
    category_en: str
    icon: Icon = "other"
    store_id: str | None = None
    store_name: str = ""
    author_id: str
    author_name: str
    state: TicketState
    priority: Priority
    text: str
    form: Form = {}
    labels: list[FormField] = []
    photos: list[str] = []
    spot: str = ""
    desk_id: str | None = None
    desk_zh: str = ""
    desk_en: str = ""
    holder_id: str | None = None
    holder_name: str = ""
    hops: list[Hop] = []
    filed_ms: Millis
    arrived_ms: Millis
    first_reply_ms: int | None = None
    first_reply_min: int | None = None
    first_due_ms: int | None = None
    first_late: bool = False
    resolved_ms: int | None = None
    resolve_due_ms: int | None = None
    late: bool = False
    paused_ms: int | None = None
    pause_reason: str = ""
    rating: int | None = None
    closed_ms: int | None = None
    events: int = 0
    moved_ms: Millis = 0
    watchers: list[str] = []
    may_answer: list[str] = []  # people (ids) who may pass on, take, pause, resolve besides the store's manager
    store_sees: bool = True  # whether its store's manager may
    resolve_min: int | None = None
    marks: list[str] = []  # what was not as it should be when it came: late, retired, form, store
    photos_missing: list[str] = []  # of its own, those that have not come yet
    photos_shown: dict[str, str] = {}  # photo to the hash of what the server shows of it (GET /sync/media/<hash>)
    photo_faults: dict[str, str] = {}  # photos that could not be read, with the code of the sentence that says why


class TicketEventRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One event of a ticket: entity `ticket_event`, in the scopes of its ticket; internal ones never in the author's or a mere
    watcher's. `over`: ids of events whose words it replaced without their author having seen them (both stay readable)."""

    id: str
    ticket_id: str
    number: int
    kind: TicketEventKind
    by_id: str | None = None
    by_name: str = ""
    at_ms: Millis
    arrived_ms: Millis
    text: str = ""
    form: Form = {}
    photos: list[str] = []
    internal: bool = False
    desk_zh: str = ""
    desk_en: str = ""
    person_name: str = ""
    priority: Priority | None = None
    rating: int | None = None
    over: list[str] = []
    photos_missing: list[str] = []
    photos_shown: dict[str, str] = {}
    photo_faults: dict[str, str] = {}


class DeskRow(Wire, frozen=True, kw_only=True):
    """A department one can pass on to: entity `ticket_desk`, in `company`."""

    id: str
    code: str
    name_zh: str
    name_en: str


# -- what is read over the API ---------------------------------------------------------------------------------------------


class TicketQuery(Wire, frozen=True, kw_only=True):
    """Which tickets: mine (filed or watched), to answer (at my desks or my store), late ones, by words; the newest movement
    first, or `due` first."""

    view: Literal["all", "mine", "to_answer", "unassigned", "late", "waiting", "unrated"] = "all"
    state: TicketState | None = None
    open: bool = False
    category: Code | None = None
    priority: Priority | None = None
    store_id: Id | None = None
    unit_id: Id | None = None
    desk_id: Id | None = None
    holder_id: Id | None = None
    author_id: Id | None = None
    words: Short = ""
    from_ms: Millis | None = None
    until_ms: Millis | None = None
    sort: Literal["moved", "filed", "due"] = "moved"
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class TicketPage(Wire, frozen=True, kw_only=True):
    """Tickets, how many (counted up to 1,000), and where the next page begins."""

    items: list[TicketRow]
    count: int
    next_cursor: str | None = None


class TicketAsk(Wire, frozen=True, kw_only=True):
    """Which ticket."""

    ticket_id: Id


class TicketStory(Wire, frozen=True, kw_only=True):
    """A ticket with all its events, the first first."""

    ticket: TicketRow
    events: list[TicketEventRow]
