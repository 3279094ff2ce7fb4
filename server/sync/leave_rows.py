"""Leave and its balances as devices read them. On a shared tablet only that somebody is away: why is theirs to know."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from contract.leave import BalanceRow, LeaveRow
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.leave.model import Leave, LeaveBalance, LeaveKind
from server.sync.registry import Bodies, projects

_IDS = sa.bindparam("ids", expanding=True)
_leave, _balance, _kind = table_of(Leave), table_of(LeaveBalance), table_of(LeaveKind)


@projects("leave")
def leaves(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Granted leave of a person."""
    rows = connection.execute(sa.select(_leave).where(_leave.c.id.in_(_IDS)), {"ids": ids})
    return {r.id: wire.encode(_leave_row(r, is_own=device.person_id == r.person_id)) for r in rows}


def _leave_row(row: sa.Row[tuple[object, ...]], *, is_own: bool) -> LeaveRow:
    return LeaveRow(
        id=row.id, person_id=row.person_id, kind=row.kind if is_own else None,
        from_day=row.from_day.isoformat(), to_day=row.to_day.isoformat(), from_min=row.from_min, to_min=row.to_min,
        minutes=row.minutes if is_own else None,
        called_off_from=row.called_off_from.isoformat() if row.called_off_from is not None else None,
    )  # fmt: skip


@projects("balance")
def balances(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """What somebody may still take, with the names of the kind's newest version that counts on the balance's day."""
    newest = (
        sa.select(sa.func.max(_kind.c.from_day))
        .where(_kind.c.code == _balance.c.kind, _kind.c.from_day <= _balance.c.as_of)
        .correlate(_balance)
        .scalar_subquery()
    )
    rows = connection.execute(
        sa.select(_balance, _kind.c.name_zh, _kind.c.name_en, _kind.c.day_min, _kind.c.accrual)
        .join(_kind, sa.and_(_kind.c.code == _balance.c.kind, _kind.c.from_day == newest))
        .where(_balance.c.id.in_(_IDS)),
        {"ids": ids},
    )
    return {
        r.id: wire.encode(
            BalanceRow(
                id=r.id, person_id=r.person_id, kind=r.kind, name_zh=r.name_zh, name_en=r.name_en, unlimited=r.accrual == "none",
                accrued=r.accrued,
                carried=r.carried, adjusted=r.adjusted, taken=r.taken, asked=r.asked,
                left=r.accrued + r.carried + r.adjusted - r.taken - r.asked, day_min=r.day_min, as_of=r.as_of.isoformat(),
            )
        )
        for r in rows
    }  # fmt: skip
