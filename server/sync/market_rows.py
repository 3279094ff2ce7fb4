"""The shift market as phones and tablets read it. On a shared tablet nobody reads why somebody will not come, nor notes."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from contract import wire
from contract.moments import to_ms
from contract.postings import PostingRow
from contract.shift_market import LoanRow, OfferRow, SwapRow
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.people.model import Person, PersonStore
from server.rosters.market import rows
from server.rosters.market.loan_model import ShiftLoan
from server.stores.model import Store
from server.sync.registry import Bodies, projects

_IDS: sa.BindParameter[str] = sa.bindparam("ids", expanding=True)
_loan, _stay, _person, _store = table_of(ShiftLoan), table_of(PersonStore), table_of(Person), table_of(Store)


@projects("availability")
def availabilities(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    return {row.id: wire.encode(row) for row in rows.availabilities(connection, ids)}


@projects("shift_wish")
def wishes(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    return {row.id: wire.encode(row) for row in rows.wishes(connection, ids)}


@projects("shift_claim")
def claims(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    return {row.id: wire.encode(row) for row in rows.claims(connection, ids)}


@projects("shift_offer")
def offers(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    return {row.id: wire.encode(_no_note(row, device)) for row in rows.offers(connection, ids)}


@projects("shift_swap")
def swaps(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    return {row.id: wire.encode(_no_note(_own_costs(row, device), device)) for row in rows.swaps(connection, ids)}


@projects("shift_absence")
def absences(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    found = rows.absences(connection, ids)
    if device.kind == "kiosk":
        found = [msgspec.structs.replace(row, kind=None, note="", request_id=None) for row in found]
    return {row.id: wire.encode(row) for row in found}


@projects("shift_loan")
def loans(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    return {row.id: wire.encode(_no_note(row, device)) for row in rows.loans(connection, ids)}


@projects("shift_approval")
def approvals(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    return {row.id: wire.encode(row) for row in rows.approvals(connection, ids)}


@projects("calendar_feed")
def feeds(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    return {row.id: wire.encode(row) for row in rows.feeds(connection, ids)}


def _own_costs(row: SwapRow, device: DeviceFacts) -> SwapRow:
    """To each of the two what it costs themselves: a colleague's wishes are a colleague's."""
    if device.person_id not in (row.asker_id, row.colleague_id):
        return row
    return msgspec.structs.replace(row, costs=[one for one in row.costs if one.person_id == device.person_id])


def _no_note(row: OfferRow | SwapRow | LoanRow, device: DeviceFacts) -> OfferRow | SwapRow | LoanRow:
    return msgspec.structs.replace(row, note="") if device.kind == "kiosk" else row


def lent_days(connection: sa.Connection, ids: Sequence[str]) -> Bodies:
    """Loans that stand, as devices read postings: of one business day, with the loan's id. Other ids are left out."""
    found = connection.execute(
        sa.select(
            _loan.c.id, _loan.c.person_id, _loan.c.store_id, _loan.c.day, _stay.c.from_at, _stay.c.until_at,
            _store.c.name.label("store_name"), _person.c.home_org,
        )
        .join(_stay, _stay.c.id == _loan.c.id)
        .join(_store, _store.c.id == _loan.c.store_id)
        .join(_person, _person.c.id == _loan.c.person_id)
        .where(_loan.c.id.in_(_IDS)),
        {"ids": list(ids)},
    )  # fmt: skip
    return {
        row.id: wire.encode(
            PostingRow(
                id=row.id, person_id=row.person_id, store_id=row.store_id, store_name=row.store_name, home_org=row.home_org,
                starts_on=row.day.isoformat(), ends_on=rows.day_after(row.day).isoformat(), starts_ms=to_ms(row.from_at),
                ends_ms=to_ms(row.until_at),
            )
        )
        for row in found
    }  # fmt: skip
