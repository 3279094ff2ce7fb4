"""What screens may know of requests, inbox, leave, profile and the manager's desk: frozen values, never colours.

What HQ wrote in both languages stays in both (`Both`): a switch of language needs no new question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contract.approvals import FieldKind, RequestState, StepState
from contract.inbox import About, ItemKind
from mobile.core.views import Said
from mobile.core.views_photos import PhotoCard

Answer = str | int | bool | None
Act = Literal[
    "submit", "approve", "refuse", "withdraw", "give_up", "tick", "delegate", "appeal", "confirm", "dispute", "vouch",
    "claim", "swap", "agree", "decline", "absent", "tell", "plan", "publish",
]  # fmt: skip


@dataclass(frozen=True)
class Both:
    """Words in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class At:
    """A moment, and how the clock on the wall here showed it."""

    ms: int
    day: str
    hhmm: str


@dataclass(frozen=True)
class OnItsWay:
    """What was done here and HQ has not answered yet. `refused`: it has, and `problem` tells why."""

    op_id: str
    act: Act
    state: Literal["kept", "with_hq", "refused"]
    problem: Said | None = None


@dataclass(frozen=True)
class FieldChoice:
    """One of a field's choices; `sub` tells it from others of that name (a store's number and city)."""

    value: str
    words: Both
    sub: str = ""


@dataclass(frozen=True)
class StoresFound:
    """Stores that fit what was typed, the best first, and how many more would."""

    stores: tuple[FieldChoice, ...]
    more: int = 0


@dataclass(frozen=True)
class FieldCard:
    """A line of a request's form. `is_open`: what is not among the choices may be typed (a store's number)."""

    key: str
    label: Both
    kind: FieldKind
    required: bool
    choices: tuple[FieldChoice, ...] = ()
    least: int | None = None
    most: int | None = None
    is_open: bool = False


@dataclass(frozen=True)
class FlowCard:
    """A kind of request that can be made here: its form, and the way it will go."""

    kind: str
    name: Both
    fields: tuple[FieldCard, ...]
    way: tuple[Both, ...]
    urgent: bool = False


@dataclass(frozen=True)
class Misfit:
    """What is wrong with the answer to one field."""

    key: str
    said: Said


@dataclass(frozen=True)
class AnswerLine:
    """One answer of a form, as people read it. Of photos `text` is how many there are."""

    key: str
    label: Both
    kind: FieldKind
    text: Both
    photos: tuple[PhotoCard, ...] = ()


@dataclass(frozen=True)
class StepCard:
    """A step of a request. `who`: names of those who may decide it while it is open; `decided_by` the one who did."""

    step_id: str
    title: Both
    state: StepState
    order: int
    who: tuple[str, ...] = ()
    opened: At | None = None
    waiting_ms: int | None = None
    overdue: bool = False
    decided: At | None = None
    decided_by: str = ""
    for_whom: str = ""
    comment: str = ""
    signatures: int = 1
    signed: tuple[str, ...] = ()
    on_its_way: OnItsWay | None = None


@dataclass(frozen=True)
class RequestCard:
    """A request in a list: where it stands, and since when. `step` is the (first) step that is open."""

    request_id: str
    kind: str
    name: Both
    person_name: str
    state: RequestState
    submitted: At
    step: Both | None = None
    waiting_ms: int | None = None
    on_its_way: OnItsWay | None = None
    is_mine: bool = True
    waits_for_me: bool = False


@dataclass(frozen=True)
class RequestPage:
    """A request with its whole trail. `may_give_up`: it was granted to the reader, who may do without it."""

    card: RequestCard
    number: str
    applicant_name: str
    answers: tuple[AnswerLine, ...]
    warnings: tuple[str, ...]
    steps: tuple[StepCard, ...]
    ended: At | None
    reason: str
    notes: tuple[tuple[At, Said], ...]
    may_withdraw: bool
    to_decide: StepCard | None
    may_give_up: bool = False


@dataclass(frozen=True)
class Requests:
    """The page of requests: those that wait for me, mine, and those I have to do with otherwise."""

    for_me: tuple[RequestCard, ...]
    mine: tuple[RequestCard, ...]
    others: tuple[RequestCard, ...]


@dataclass(frozen=True)
class Draft:
    """A form to begin with: empty, or what HQ refused, with why."""

    flow: FlowCard
    answers: tuple[tuple[str, Answer], ...] = ()
    instead_of: str | None = None
    problem: Said | None = None
    warnings: tuple[Said, ...] = ()
    photos: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class ItemCard:
    """One item of the inbox. `said` is its sentence; `settled_here`: done on this phone, on its way to HQ. `day`: the day of the
    reader's own that it is about, `YYYY-MM-DD`; empty for anything else."""

    item_id: str
    kind: ItemKind
    said: Said
    about: About
    about_id: str
    born: At
    due: At | None = None
    overdue: bool = False
    is_open: bool = True
    settled_here: bool = False
    day: str = ""


@dataclass(frozen=True)
class Inbox:
    """To-dos first, then what is new, then what was read."""

    to_dos: tuple[ItemCard, ...] = ()
    notices: tuple[ItemCard, ...] = ()
    earlier: tuple[ItemCard, ...] = ()

    @property
    def open(self) -> int:
        return len(self.to_dos) + len(self.notices)


@dataclass(frozen=True)
class BalanceCard:
    """What somebody may still take of a kind of leave, in minutes of working time; a day is `day_min` of them."""

    kind: str
    name: Both
    unlimited: bool
    whole: int
    taken: int
    asked: int
    left: int
    day_min: int
    as_of: str


@dataclass(frozen=True)
class LeaveCard:
    """Granted leave. `from_min`/`to_min`: minutes after midnight on the first and the last day."""

    leave_id: str
    name: Both | None
    from_day: str
    to_day: str
    from_min: int | None
    to_min: int | None
    minutes: int | None
    stage: Literal["coming", "running", "over", "called_off"]
    called_off_from: str | None = None
    day_min: int = 480


@dataclass(frozen=True)
class LeavePage:
    """My leave: what is left, what was asked for and is not decided, what was granted."""

    balances: tuple[BalanceCard, ...]
    asked: tuple[RequestCard, ...]
    granted: tuple[LeaveCard, ...]
    may_ask: bool


@dataclass(frozen=True)
class LeaveCost:
    """What a leave would take, as this phone reckons: weekends are free, of holidays only HQ knows."""

    minutes: int
    day_min: int
    left_before: int | None
    left_after: int | None


@dataclass(frozen=True)
class Stay:
    """A time at a host store. `last_day` is the last day worked there."""

    store_name: str
    partner: str
    home_unit: str
    starts_on: str
    last_day: str | None
    stage: Literal["coming", "running", "over"]
    home_manager: str = ""
    host_manager: str = ""
    post: Both | None = None


@dataclass(frozen=True)
class Profile:
    """Where I belong: the home unit, and while posted the host store, each with its manager."""

    name: str
    number: str
    company: str
    home_unit: str
    home_manager: str
    now: Stay | None
    others: tuple[Stay, ...]


@dataclass(frozen=True)
class LookCard:
    """Somebody looked at something of mine."""

    look_id: str
    reader: str
    roles: tuple[str, ...]
    what: str
    first: At
    last: At
    times: int
    why: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Colleague:
    """Somebody this phone knows of: they decide or have asked for something in a request it holds."""

    person_id: str
    name: str


@dataclass(frozen=True)
class DelegationCard:
    """Somebody decides in somebody's place for some days: for me, or (`is_mine` false) I for them."""

    delegation_id: str
    who: str
    starts: At
    ends: At
    stage: Literal["coming", "running", "over"]
    is_mine: bool = True
    on_its_way: OnItsWay | None = None


@dataclass(frozen=True)
class HandOver:
    """A line of a hand-over list. `side_is_ours`: this desk ticks it; the other side ticks the rest."""

    item_id: str
    direction: Literal["arrival", "return"]
    title: Both
    side_is_ours: bool
    done: bool
    done_by: str
    done_at: At | None
    on_its_way: OnItsWay | None = None


@dataclass(frozen=True)
class Mark:
    """A past course or the last score of somebody who comes. `tenths` of a point: 835 is 83.5 of 100."""

    title: Both
    day: str
    tenths: int | None


@dataclass(frozen=True)
class Arrival:
    """Somebody who comes to this store, is there, or leaves it. The ID number is as HQ masked it; pay is never here."""

    posting_id: str
    person_name: str
    number: str
    home_unit: str
    home_manager: str
    post: Both | None
    starts_on: str
    last_day: str | None
    stage: Literal["coming", "running", "over"]
    masked_id: str
    courses: tuple[Mark, ...]
    last_score: Mark | None
    hand_over: tuple[HandOver, ...]
    person_id: str = ""

    @property
    def to_tick(self) -> int:
        """How many lines wait for this side."""
        return sum(line.side_is_ours and not line.done for line in self.hand_over)


@dataclass(frozen=True)
class DeskManager:
    """Whose desk this tablet is, before the PIN: a name, and whether there is a PIN to check."""

    person_id: str
    name: str
    has_pin: bool


@dataclass(frozen=True)
class Desk:
    """What the store's manager has to do, after the PIN."""

    manager: DeskManager
    arrivals: tuple[Arrival, ...]
    to_decide: tuple[RequestCard, ...]
    decided: tuple[RequestCard, ...]
