"""The archive of a person on the wire: groups of the record, documents, who looked. Erasure is in contract/privacy.py.

What is sensitive (an ID number, pay, an insurance account, birth day, address, who to call) is **sealed** before it becomes part
of an operation: an operation carries ciphertext under the person's own key and never the value (docs/decisions/0015). What people
send and read are the plain shapes (`BasicsGiven`, `ArchiveCard`); what is performed and kept are sealed (`RecordBasics`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from contract.limits import Address, BornId, Day, Id, Label, Reason, Sha256Hex, Short
from contract.wire import Wire, operation

IdKind = Literal["resident_id", "passport", "hk_macao_permit", "taiwan_permit", "foreign_residence"]
Gender = Literal["female", "male", "other"]
ContractKind = Literal["fixed_term", "open_ended", "probation", "project", "internship", "part_time"]
DocumentKind = Literal["id_copy", "contract", "diploma", "health_certificate", "work_permit", "certificate", "other"]
LookKind = Literal["archive", "value", "position", "photo", "document", "export", "own_data"]
Sealed = Annotated[
    str,
    Meta(min_length=30, max_length=3000, pattern=r"^s1\.[A-Za-z0-9_-]+$(?!\n)", description="ciphertext under the person's key"),
]
SealedFields = dict[Literal[
    "born_on", "gender", "id_number", "address", "emergency_name", "emergency_phone", "pay_fen", "account", "base_fen",
], Sealed]  # fmt: skip
Phone = Annotated[str, Meta(max_length=30, pattern=r"^[0-9 +()-]*$(?!\n)")]
Fen = Annotated[int, Meta(ge=0, le=10_000_000_000, description="hundredths of a yuan")]
IdNumber = Annotated[str, Meta(min_length=5, max_length=20, pattern=r"^[A-Za-z0-9()]+$(?!\n)")]
AccountNumber = Annotated[str, Meta(min_length=4, max_length=40, pattern=r"^[A-Za-z0-9-]+$(?!\n)")]
ChangeReason = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$(?!\n)")]


# -- what is performed and kept -------------------------------------------------------------------------------------------


@operation("archive.make_key/1")
class MakeKey(Wire, frozen=True, kw_only=True):
    """A person gets the key under which their sensitive values are sealed. The key itself is in no operation."""

    person_id: Id


@operation("archive.record_basics/1")
class RecordBasics(Wire, frozen=True, kw_only=True):
    """Who somebody is. A field that is absent stays as it was; `cleared` names those that are taken away. A change says why."""

    person_id: Id
    id_kind: IdKind | None = None
    sealed: SealedFields = {}
    cleared: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(max_length=10)] = []
    reason: ChangeReason = ""


@operation("archive.record_contract/1")
class RecordContract(Wire, frozen=True, kw_only=True):
    """A labour contract, or the correction of one (the same `contract_id`). `until` is the first day it no longer counts;
    none for an open-ended one, and where it is not known yet."""

    contract_id: BornId
    person_id: Id
    kind: ContractKind
    from_day: Day
    until: Day | None = None
    sealed: SealedFields = {}
    reason: ChangeReason = ""


@operation("archive.record_insurance/1")
class RecordInsurance(Wire, frozen=True, kw_only=True):
    """Where and with which account and base somebody is socially insured, or the correction of it (the same id)."""

    insurance_id: BornId
    person_id: Id
    city: Label
    from_day: Day
    sealed: SealedFields = {}
    reason: ChangeReason = ""


@operation("archive.add_document/1")
class AddDocument(Wire, frozen=True, kw_only=True):
    """A document of a person. The file is kept sealed under the person's key; `sha256` is that of the sealed file."""

    document_id: BornId
    person_id: Id
    kind: DocumentKind
    title: Label
    media: Annotated[str, Meta(max_length=80, pattern=r"^[a-z]+/[a-z0-9.+-]+$(?!\n)")]
    sha256: Sha256Hex
    size: Annotated[int, Meta(ge=1, le=16 * 1024 * 1024)]
    issued_on: Day | None = None
    expires_on: Day | None = None


@operation("archive.withdraw_document/1")
class WithdrawDocument(Wire, frozen=True, kw_only=True):
    """A document no longer counts. It stays to be seen with the reason, until the person is erased."""

    document_id: Id
    reason: Reason


@operation("archive.remind_contract/1")
class RemindContract(Wire, frozen=True, kw_only=True):
    """A contract ends within `step` days: HR is told, once for each step. Performed by the server itself."""

    contract_id: Id
    step: Annotated[int, Meta(ge=0, le=366)]
    until: Day


# -- what people send -----------------------------------------------------------------------------------------------------


class BasicsGiven(Wire, frozen=True, kw_only=True):
    """What HR writes down of who somebody is; sealed before it is performed. Absent: stays. Empty text: taken away."""

    person_id: Id
    born_on: Annotated[str, Meta(max_length=10)] | None = None
    gender: Gender | None = None
    id_kind: IdKind | None = None
    id_number: Annotated[str, Meta(max_length=20, pattern=r"^[A-Za-z0-9()]*$(?!\n)")] | None = None
    address: Address | None = None
    emergency_name: Short | None = None
    emergency_phone: Phone | None = None
    reason: ChangeReason = ""


class ContractGiven(Wire, frozen=True, kw_only=True):
    """A contract as HR writes it down. `pay_fen` a month, before tax."""

    contract_id: BornId
    person_id: Id
    kind: ContractKind
    from_day: Day
    until: Day | None = None
    pay_fen: Fen | None = None
    reason: ChangeReason = ""


class InsuranceGiven(Wire, frozen=True, kw_only=True):
    """Social insurance as HR writes it down. `base_fen` a month."""

    insurance_id: BornId
    person_id: Id
    city: Label
    from_day: Day
    account: AccountNumber | None = None
    base_fen: Fen | None = None
    reason: ChangeReason = ""


# -- what people read -----------------------------------------------------------------------------------------------------


class Value(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One field of the archive as this reader may see it: read (`text`), masked (`text` with stars), covered (the same, and the
    reader may ask to be shown it, saying why), hidden, or missing (not known yet)."""

    state: Literal["read", "masked", "covered", "hidden", "missing"]
    text: str = ""


class ContractCard(Wire, frozen=True, kw_only=True):
    """A contract; `until` null: open."""

    id: str
    kind: str
    from_day: str
    until: str | None
    pay: Value
    days_left: int | None


class InsuranceCard(Wire, frozen=True, kw_only=True):
    """Where somebody is insured from a day on."""

    id: str
    city: str
    from_day: str
    account: Value
    base: Value


class DocumentCard(Wire, frozen=True, kw_only=True):
    """A document in the list; its file is asked for by itself."""

    id: str
    kind: str
    title: str
    media: str
    size: int
    issued_on: str | None
    expires_on: str | None
    withdrawn_because: str | None
    added_ms: int


class StayCard(Wire, frozen=True, kw_only=True):
    """A posting as the archive shows it; fed from postings."""

    id: str
    store_id: str
    store_name: str
    starts_on: str
    ends_on: str | None


class Fed(Wire, frozen=True, kw_only=True):
    """A group that another area fills. `fed` false: nobody feeds it yet, which is not the same as nothing done."""

    fed: bool
    items: list[dict[str, Any]]


class Completeness(Wire, frozen=True, kw_only=True):
    """How much of what should be known is known, in whole percent rounded down, and which fields are missing (`group.field`)."""

    percent: int
    missing: list[str]
    counted: int


class ArchiveCard(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One person's record, each group fed by its area, every field as this reader may see it; what is hidden is absent.

    Completeness is told to those who read how things stand now, not to a host before or after a posting.
    """

    person_id: str
    number: str | None = None
    name: str | None = None
    home_org: str | None = None
    active: bool | None = None
    hired_ms: int | None = None
    mobile: Value
    id_kind: str | None
    basics: dict[str, Value]
    contracts: list[ContractCard]
    insurances: list[InsuranceCard]
    documents: list[DocumentCard]
    postings: list[StayCard]
    training: Fed
    performance: Fed
    completeness: Completeness | None = None
    erased: bool


class ArchiveAsk(Wire, frozen=True, kw_only=True):
    """Which values to show whole (`show`, by comma: `id_number,pay`), and why: without a reason nothing sensitive is."""

    show: Short = ""
    why: ChangeReason = ""


class ArchiveQuery(Wire, frozen=True, kw_only=True):
    """Which records: `q` finds names, pinyin and its initials, numbers, and phones for those who may read them. `ends_by`:
    the contract that counts ends by that day."""

    q: Short = ""
    active: bool | None = True
    below: Annotated[int, Meta(ge=1, le=101)] | None = None
    missing: Annotated[str, Meta(max_length=60, pattern=r"^[a-z_.]*$(?!\n)")] | None = None
    ends_by: Day | None = None
    unit_id: Id | None = None
    store_id: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class ArchiveLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A record in a list; what is hidden from the reader is absent."""

    person_id: str
    number: str | None = None
    name: str | None = None
    home_org: str | None = None
    active: bool | None = None
    mobile: Value
    percent: int | None = None
    missing: list[str] = []
    contract_until: str | None = None


class ArchivePage(Wire, frozen=True, kw_only=True):
    """Some records, and where the next page begins (null: this was the last)."""

    items: list[ArchiveLine]
    next_cursor: str | None


class ContractsEndingQuery(Wire, frozen=True, kw_only=True):
    """Contracts that end within so many days from today; those that have ended without a following one are among them."""

    days: Annotated[int, Meta(ge=1, le=366)] = 60


class EndingContract(Wire, frozen=True, kw_only=True):
    """A contract that ends soon. `days_left` is negative where it has ended."""

    contract_id: str
    person_id: str
    number: str
    name: str
    home_org: str
    kind: str
    until: str
    days_left: int


class EndingContracts(Wire, frozen=True, kw_only=True):
    """Contracts by the day they end."""

    items: list[EndingContract]


# -- who looked ------------------------------------------------------------------------------------------------------------


class LookRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Who looked at what of mine, and why: the sync entity `look` in scope `private:<person>`, and an item of `GET /me/looks`.

    `reader` is a name, `role` the roles that let them (`hr`, `store_manager`, by comma), `what` the kind of thing shown:
    archive (the record, sensitive values masked), value (`fields`: which were shown whole), position (the map of a punch), photo,
    document, export (a list with me in it), own_data (my data, handed out on my behalf). `about_id` is the punch or document.
    Looks of one reader at one thing less than a minute apart are one row: `times` counts them, from `first_ms` to `last_ms`.
    `why` is what the reader said, empty where nothing is asked.
    """

    id: str
    reader: str
    role: str
    what: LookKind
    about_id: str | None = None
    first_ms: int
    last_ms: int
    times: int = 1
    why: str = ""
    fields: list[str] = []


class LooksQuery(Wire, frozen=True, kw_only=True):
    """Looks at what is mine, the newest first."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class LooksPage(Wire, frozen=True, kw_only=True):
    """Some looks, and where the next page begins (null: this was the last)."""

    items: list[LookRow]
    next_cursor: str | None
