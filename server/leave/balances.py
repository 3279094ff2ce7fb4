"""Balances of limited leave, kept as rows for phones and lists. They are computed from facts and never decide anything."""

from __future__ import annotations

from datetime import date

from contract.ids import derived_id
from server.kernel.db import ScopedSession
from server.leave import queries, requests, rules
from server.leave.model import LeaveBalance
from server.people.model import Person


def refresh_balances(session: ScopedSession, person: Person, day: date, *, also_asked: dict[str, int] | None = None) -> int:
    """Compute the balances of one person anew and write those that changed. Answers how many did.

    `also_asked`: minutes by kind of a request that is being accepted just now.
    """
    is_working = queries.working_days(session)
    facts = queries.facts_of(session, person, day, is_working)
    kinds = queries.kinds_on(session, day)
    asked = requests.asked_min(session, person.id, kinds, is_working)
    for kind, minutes in (also_asked or {}).items():
        asked[kind] = asked.get(kind, 0) + minutes
    changed = 0
    for code, kind in kinds.items():
        if kind.accrual == "none":
            continue
        now = queries.balance_of(facts, kind, day, asked.get(code, 0))
        changed += _write_balance(session, person.id, code, day, now)
    return changed


def _write_balance(session: ScopedSession, person_id: str, code: str, day: date, now: rules.Balance) -> bool:
    row_id = derived_id("leave_balance", person_id, code)
    values = {
        "year": day.year, "accrued": now.accrued, "carried": now.carried, "adjusted": now.adjusted, "taken": now.taken,
        "asked": now.asked,
    }  # fmt: skip
    row = session.get(LeaveBalance, row_id)
    if row is None:
        session.add(LeaveBalance(id=row_id, person_id=person_id, kind=code, as_of=day, **values))
        return True
    if all(getattr(row, name) == value for name, value in values.items()):
        return False
    row.as_of = day
    for name, value in values.items():
        setattr(row, name, value)
    return True
