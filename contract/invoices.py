"""What each partner company is billed: the weeks that all three sides signed, and what is not signed yet, apart."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import Day, Id
from contract.statements import Side, StatementState
from contract.wire import Wire


class InvoiceQuery(Wire, frozen=True, kw_only=True):
    """What was signed by the third side from a day to a day, both included, in the days of the company: of a partner, a store,
    a unit and all below it, or everything within reach. At most 62 days.

    A revision is billed once: on the day the server had its third confirmation. So what periods that follow each other bill
    comes to what the newest signed revisions say.
    """

    from_day: Day
    to_day: Day
    partner_id: Id | None = None
    store_id: Id | None = None
    unit_id: Id | None = None


class InvoiceFileQuery(InvoiceQuery, frozen=True, kw_only=True):
    """The same as a file, amounts in whole minutes. An XLSX has a sheet per partner and one of what is not billed; a CSV has one
    table: `billed`, or what is `waiting`."""

    format: Literal["csv", "xlsx"] = "csv"
    part: Literal["billed", "waiting"] = "billed"
    language: Literal["zh", "en"] = "zh"


class InvoiceAmounts(Wire, frozen=True, kw_only=True):
    """Minutes by class. In a line that replaces one already billed: the difference, also below zero."""

    regular_min: int = 0
    overtime_normal_min: int = 0
    overtime_weekend_min: int = 0
    overtime_holiday_min: int = 0
    worked_min: int = 0
    night_min: int = 0


class InvoiceLine(Wire, frozen=True, kw_only=True):
    """A signed revision of one person's week at one store. `against`: the revision that was billed before (0: none was).
    `disputed`: signed by all three, and somebody said afterwards that it is wrong; what follows from that is a revision."""

    statement_id: str
    partner: str
    store: str
    number: str
    name: str
    week: str
    revision: int
    against: int
    code: str
    signed_day: Day
    disputed: bool
    amounts: InvoiceAmounts


class WaitingLine(Wire, frozen=True, kw_only=True):
    """A week that ends by the last day and is not billed as it stands now: who has not signed, or that it is disputed.
    `billed`: the revision of it that was billed (0: none); `amounts`: what the newest revision says."""

    statement_id: str
    partner: str
    store: str
    number: str
    name: str
    week: str
    revision: int
    state: StatementState
    missing: list[Side]
    billed: int
    amounts: InvoiceAmounts


class PartnerSum(Wire, frozen=True, kw_only=True):
    """What a partner is billed."""

    partner: str
    lines: int
    amounts: InvoiceAmounts


class Invoice(Wire, frozen=True, kw_only=True):
    """Lines by partner, store, number and week, what each partner comes to and all of them, and what waits. `erased`: signed
    revisions whose text was erased; their amounts are known to nobody any more."""

    from_day: str
    to_day: str
    lines: Annotated[list[InvoiceLine], Meta(max_length=1_000_000)]
    sums: list[PartnerSum]
    total: InvoiceAmounts
    waiting: list[WaitingLine]
    erased: int = 0
