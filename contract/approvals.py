"""Requests and their approval on the wire: flow definitions, the form, the steps, decisions, delegation.

Who decides is computed by the server from a step's rule when the step opens, and never sent.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from contract.attendance import KioskProof
from contract.limits import BornId, Code, Id, Label, Millis, Note, Reason, Short
from contract.wire import Wire, operation

FieldKind = Literal[
    "text", "long_text", "number", "date", "choice", "yes_no", "person", "store", "post", "leave_kind", "half_day", "photo"
]  # fmt: skip
DeciderRule = Literal["role", "relation"]
Relation = Literal[
    "applicant", "own_manager", "host_manager", "receiving_manager", "department_head", "region_manager"
]  # fmt: skip
RequestState = Literal["running", "approved", "refused", "withdrawn"]
StepState = Literal["waiting", "open", "approved", "refused", "skipped"]
FieldKey = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$(?!\n)")]


class FormField(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A typed field of a request's form. `least`/`most` bound a number, or a text's length; `most` how many photos (of itself 1).

    The answer to a `photo` is the SHA-256 of each photo, by comma; the photos follow like those of punches.
    """

    key: FieldKey
    label_zh: Label
    label_en: Label
    kind: FieldKind
    required: bool = True
    choices: Annotated[list[Label], Meta(max_length=50)] = []
    least: int | None = None
    most: int | None = None


class StepRule(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A step of a flow. Steps with the same `order` run side by side; the next order opens when all of one are approved.

    `by` role: anybody who holds `who` over the person's unit (or everywhere); relation: whoever stands so to the person:
    `applicant` the person themselves (signed by asking, where they asked), `own_manager` of their home unit, `host_manager` of
    the store where they work that day (at home: of the home unit), `receiving_manager` of the store the form names,
    `department_head` and `region_manager` of the nearest such unit above. Nobody decides about themselves or what they applied
    for, and where a manager's place is vacant the next one above decides.
    `signatures`: how many different people must approve. An optional step (`mandatory` false) is passed over when nobody
    can decide it; a mandatory one then waits for an HR person to name somebody. `only_if` names a warning of the request
    (`over_headcount`) without which the step does not take place; whoever signed another step does not sign such a one.
    """

    key: FieldKey
    order: Annotated[int, Meta(ge=1, le=20)]
    title_zh: Label
    title_en: Label
    by: DeciderRule
    who: Annotated[str, Meta(min_length=1, max_length=40)]
    mandatory: bool = True
    signatures: Annotated[int, Meta(ge=1, le=5)] = 1
    deadline_h: Annotated[int, Meta(ge=1, le=2_000)] | None = None
    only_if: Annotated[str, Meta(max_length=40)] | None = None


@operation("approvals.publish_flow/1")
class PublishFlow(Wire, frozen=True, kw_only=True):
    """A new version of a flow, for requests from now on; those that run finish on the version they began with."""

    version_id: Id
    kind: Code
    name_zh: Label
    name_en: Label
    fields: Annotated[list[FormField], Meta(max_length=40)]
    steps: Annotated[list[StepRule], Meta(min_length=1, max_length=20)]
    from_phone: bool = True
    urgent: bool = False


@operation("approvals.retire_flow/1")
class RetireFlow(Wire, frozen=True, kw_only=True):
    """No more requests of this kind; those that run finish."""

    kind: Code
    reason: Reason


@operation("approvals.submit_request/1")
class SubmitRequest(Wire, frozen=True, kw_only=True):
    """Somebody asks for something, for themselves or (HR) for another. `form` answers the fields of the flow by key.

    `warned` lists the warnings the applicant has seen and goes on with; without it a request that meets one is refused with
    `approvals.warning` and its facts.
    """

    request_id: BornId
    kind: Code
    person_id: Id
    form: dict[FieldKey, str | int | bool | None]
    warned: Annotated[list[Code], Meta(max_length=10)] = []


@operation("approvals.decide_step/1")
class DecideStep(Wire, frozen=True, kw_only=True):
    """A decision on an open step by somebody whom the step's rule names. A refusal says why.

    `kiosk`: how a shared tablet knew who decided; absent on a phone and in the console.
    """

    step_id: Id
    decision: Literal["approve", "refuse"]
    comment: Note = ""
    kiosk: KioskProof | None = None


@operation("approvals.withdraw_request/1")
class WithdrawRequest(Wire, frozen=True, kw_only=True):
    """The applicant takes the request back while it runs."""

    request_id: Id
    reason: Note = ""


@operation("approvals.name_decider/1")
class NameDecider(Wire, frozen=True, kw_only=True):
    """HR names who decides a step for which the rule finds nobody (or only the person the request is about)."""

    step_id: Id
    person_id: Id
    reason: Reason


@operation("approvals.delegate/1")
class Delegate(Wire, frozen=True, kw_only=True):
    """While somebody is away another decides what is theirs to decide. Never a request about the delegate themselves."""

    delegation_id: Id
    person_id: Id
    delegate_id: Id
    starts_ms: Millis
    ends_ms: Millis


@operation("approvals.end_delegation/1")
class EndDelegation(Wire, frozen=True, kw_only=True):
    """A delegation ends before its time."""

    delegation_id: Id


@operation("approvals.watch_requests/1")
class WatchRequests(Wire, frozen=True, kw_only=True):
    """The system looks after running requests: who may decide is computed anew, reminders go out, managers hear of delay."""

    requests: Annotated[list[Id], Meta(min_length=1, max_length=200)]


class FlowRow(Wire, frozen=True, kw_only=True):
    """The version in force of a kind of request, as phones (scope `company`) and the API read it."""

    id: str
    kind: str
    version: int
    name_zh: str
    name_en: str
    fields: list[FormField]
    steps: list[StepRule]
    from_phone: bool
    urgent: bool
    retired: bool


class StepRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A step of one request: who may decide it, since when it is open, what was decided by whom and why."""

    id: str
    key: str
    order: int
    title_zh: str
    title_en: str
    state: StepState
    deciders: list[tuple[str, str]] = []  # (person, name), while open
    opened_ms: int | None = None
    due_ms: int | None = None
    decided_ms: int | None = None
    decided_by: str | None = None  # a name
    for_whom: str | None = None  # the name of the person whose delegate decided
    comment: str = ""
    signatures: int = 1
    signed: list[tuple[str, int]] = []  # (name, when), while more than one signature is needed
    desk_id: str | None = None  # the store whose tablet may decide it


class TrailNote(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What happened beside decisions: the sentence is `approvals.note.<code>` with `facts`."""

    at_ms: int
    code: str
    step: str | None = None  # a step's key
    facts: dict[str, Any] = {}


class RequestRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A request with its whole trail, as those concerned read it (scope `private:<person>`), and tablets of a host store that
    must decide it (scope `desk:<store>`, without the answers to the form that are only the applicant's business)."""

    id: str
    kind: str
    flow_id: str
    number: str
    person_id: str
    person_name: str
    applicant_id: str
    applicant_name: str
    kind_zh: str = ""
    kind_en: str = ""
    state: RequestState
    form: dict[str, Any]
    shown: dict[str, str] = {}  # the same, as people read it: names instead of ids; `zh|en` where the languages differ
    labels: dict[str, tuple[str, str]] = {}  # the form's questions (zh, en), by key
    warnings: list[str] = []
    steps: list[StepRow]
    notes: list[TrailNote] = []
    urgent: bool = False
    submitted_ms: int
    ended_ms: int | None = None
    reason: str = ""  # of a refusal or withdrawal


class RequestsQuery(Wire, frozen=True, kw_only=True):
    """Which requests: `mine_to_decide` those that wait for the reader; `ended` those that ended, however, or those that run."""

    q: Short = ""
    kind: Code | None = None
    state: RequestState | None = None
    person_id: Id | None = None
    unit_id: Id | None = None
    mine_to_decide: bool = False
    ended: bool | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class RequestsPage(Wire, frozen=True, kw_only=True):
    """Some requests, the newest first, and where the next page begins."""

    items: list[RequestRow]
    next_cursor: str | None


class Flows(Wire, frozen=True, kw_only=True):
    """The kinds of requests, each with the version in force."""

    items: list[FlowRow]


class DelegationRow(Wire, frozen=True, kw_only=True):
    """Who stands in for whom, from when to when."""

    id: str
    person_id: str
    person_name: str
    delegate_id: str
    delegate_name: str
    starts_ms: int
    ends_ms: int


class Delegations(Wire, frozen=True, kw_only=True):
    """The delegations one gave or was given, the latest first; those that ended are left out after 90 days."""

    items: list[DelegationRow]
