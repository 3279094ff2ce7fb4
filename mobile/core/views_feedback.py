"""What screens may know of tickets, notices and voices: frozen values, the same for the phone and both sides of the tablet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from contract.feedback import Icon, Priority, TicketEventKind, TicketState
from contract.tickets import Verb
from contract.voice import VoiceAbout
from mobile.core.views import Said
from mobile.core.views_hq import Answer, AnswerLine, At, Both, FieldCard, OnItsWay
from mobile.core.views_photos import PhotoCard as PhotoCard


@dataclass(frozen=True)
class CategoryCard:
    """A kind of ticket that can be filed here."""

    code: str
    name: Both
    hint: Both
    icon: Icon
    fields: tuple[FieldCard, ...] = ()
    priority: Priority = "normal"
    answered: bool = True


@dataclass(frozen=True)
class TicketCard:
    """A ticket in a list. `due`: the one thing its reader is to do now, where there is one; `unread`: it moved since its page was
    last open here; `left_min`: by the clock on the wall until the target `by`: devices do not know when departments work."""

    ticket_id: str
    number: str
    name: Both
    icon: Icon
    text: str
    state: TicketState
    priority: Priority
    author: str
    is_mine: bool
    moved: At
    where: Both
    store_name: str = ""
    holder: str = ""
    unread: bool = False
    late: bool = False
    left_min: int | None = None
    by: At | None = None
    due: Verb | None = None
    rating: int | None = None
    on_its_way: OnItsWay | None = None

    @property
    def is_open(self) -> bool:
        return self.state != "closed"


@dataclass(frozen=True)
class HopCard:
    """A station of a ticket. `worked_min`: minutes of working time it lay there; None while it does."""

    kind: Literal["author", "store", "desk"]
    name: Both
    since: At
    worked_min: int | None = None
    is_here: bool = False


@dataclass(frozen=True)
class EventCard:
    """A line of a ticket's story. `replaced`: its words were replaced by somebody who had not seen them; both stay readable."""

    event_id: str
    kind: TicketEventKind
    by: str
    at: At
    text: str = ""
    changes: tuple[AnswerLine, ...] = ()
    photos: tuple[PhotoCard, ...] = ()
    internal: bool = False
    desk: Both = field(default_factory=lambda: Both("", ""))
    person: str = ""
    priority: Priority | None = None
    rating: int | None = None
    replaced: bool = False
    on_its_way: OnItsWay | None = None


@dataclass(frozen=True)
class TicketPage:
    """A ticket with its way and its story. `may`: what its reader can do with it now. Minutes are of working time."""

    card: TicketCard
    text: str
    answers: tuple[AnswerLine, ...]
    photos: tuple[PhotoCard, ...]
    spot: str
    filed: At
    hops: tuple[HopCard, ...]
    story: tuple[EventCard, ...]
    may: frozenset[Verb]
    desks: tuple[tuple[str, Both], ...] = ()
    first_reply_min: int | None = None
    first_late: bool = False
    first_due: At | None = None
    resolve_due: At | None = None
    pause_reason: str = ""
    events: int = 0
    fields: tuple[FieldCard, ...] = ()
    form: tuple[tuple[str, Answer], ...] = ()


@dataclass(frozen=True)
class WordsDraft:
    """Words to a ticket that are being written: what they will do (`verb`), and photos by name."""

    verb: str
    text: str = ""
    stars: int = 0
    desk_id: str = ""
    priority: str = ""
    instead_of: str = ""
    photos: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class TicketDraft:
    """A ticket that is being written. `instead_of`: the refused operation that it corrects; `problem` says why it was."""

    category: CategoryCard
    text: str = ""
    answers: tuple[tuple[str, Answer], ...] = ()
    photos: tuple[bytes, ...] = ()
    field_photos: tuple[bytes, ...] = ()
    spot: str = ""
    priority: Priority = "normal"
    instead_of: str = ""
    problem: Said | None = None


@dataclass(frozen=True)
class FeedbackHome:
    """What can be filed, what is being written, what was filed or is to be answered. To do first, then what moved last."""

    categories: tuple[CategoryCard, ...] = ()
    draft: TicketDraft | None = None
    open: tuple[TicketCard, ...] = ()
    closed: tuple[TicketCard, ...] = ()

    @property
    def unread(self) -> int:
        return sum(card.unread for card in (*self.open, *self.closed))

    @property
    def to_do(self) -> int:
        return sum(card.due is not None for card in self.open)


# -- notices ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NoticeCard:
    """A notice in a list. `to_confirm`: it must be confirmed and is not yet."""

    notice_id: str
    title: Both
    by: str
    published: At
    urgent: bool = False
    confirm: bool = False
    is_read: bool = False
    confirmed: At | None = None
    withdrawn: bool = False
    on_its_way: OnItsWay | None = None

    @property
    def to_confirm(self) -> bool:
        return self.confirm and self.confirmed is None and not self.withdrawn

    @property
    def is_done(self) -> bool:
        return self.withdrawn or (self.confirmed is not None if self.confirm else self.is_read)


@dataclass(frozen=True)
class NoticePage:
    """A notice opened. `text` is Markdown."""

    card: NoticeCard
    text: Both
    until: At | None = None
    withdrawn_because: str = ""
    attachments: tuple[PhotoCard, ...] = ()


@dataclass(frozen=True)
class ReadersCard:
    """How far a notice is at this store: `done` of `of`, and who has not. `reminded`: when these were last told from here."""

    notice: NoticeCard
    of: int
    done: int
    rest: tuple[str, ...] = ()
    reminded: At | None = None
    on_its_way: OnItsWay | None = None


@dataclass(frozen=True)
class BannerCard:
    """A notice on the tablet's start page, which everybody who passes sees: its title and how many here have read it (`confirm`:
    confirmed it), no names and no text."""

    notice_id: str
    title: Both
    by: str
    confirm: bool
    urgent: bool
    of: int
    done: int


# -- voice -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class VoiceCard:
    """Something one said oneself, with what HQ answered."""

    voice_id: str
    about: VoiceAbout
    text: str
    said: At
    anonymous: bool
    answers: tuple[str, ...] = ()
    on_its_way: OnItsWay | None = None


@dataclass(frozen=True)
class VoiceDraft:
    """Words that are not sent yet."""

    about: VoiceAbout = "other"
    text: str = ""
    anonymous: bool = False


@dataclass(frozen=True)
class VoiceHome:
    """What is being written, and what was said, the newest first."""

    draft: VoiceDraft = field(default_factory=VoiceDraft)
    voices: tuple[VoiceCard, ...] = ()
