"""Who decides a step, as of now: computed from the step's rule, never sent, never kept longer than it is true."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from server.approvals import rules
from server.approvals.model import Delegation, Request, RequestStep, Signature
from server.kernel.db import ScopedSession
from server.org import queries as org
from server.org.model import COMPANY_ID
from server.people import queries as people
from server.people.model import Person

Workplace = Callable[[ScopedSession, str, datetime], str | None]
WORKPLACES: list[Workplace] = []
_STORES = ("own_store", "partner_store")


def knows_workplaces(ask: Workplace) -> Workplace:
    """A later area says where somebody works at a moment: fn(session, person_id, moment) -> store or None. For `host_manager`."""
    if ask not in WORKPLACES:
        WORKPLACES.append(ask)
    return ask


@dataclass(frozen=True)
class Found:
    """Who may decide a step now, who stands in for them as [delegate, for whom], and at which store's tablet."""

    people: list[str]
    stand_ins: list[list[str]]
    from_above: bool
    desk_id: str | None


def who_decides(session: ScopedSession, request: Request, step: RequestStep, now: datetime) -> Found:
    """The people whom the step's rule names now, without whoever may not: the person, the applicant, who has left."""
    day = org.company_day(now)
    barred = barred_from(session, request, step)
    base = _base_unit(session, request, step, now, day)
    chain = [base, *org.units_above(session, base, day)]
    managers = [org.manager_of(session, unit_id, day) for unit_id in chain]
    above: list[str | None] = managers[1:]
    if step.by == "role":
        named: list[str | None] = list(people.holders_of(session, step.who, base, day))
        above = managers
    elif step.who == "applicant":
        named, above = [request.person_id], managers
    else:
        named = [managers[0]]
    known = _active(session, [*named, *above, *step.named])
    gone = {person for person in [*named, *above] if person is not None and person not in known}
    found = rules.deciders(named, barred | gone, above, must_go_up=step.by == "relation")
    helpers = [person for person in step.named if person in known and person not in barred and person not in found.people]
    chosen = [*found.people, *helpers]
    at_desk = step.by == "relation" and not found.from_above and found.people and _kind(session, base, day) in _STORES
    return Found(chosen, stand_ins_of(session, chosen, barred, now), found.from_above, base if at_desk else None)


def barred_from(session: ScopedSession, request: Request, step: RequestStep) -> set[str]:
    """Who may not decide this step in any case. The step `applicant` is the person's own word, so they may.

    An extra step, that only a warning brings about, is for somebody who has not signed the request yet.
    """
    if step.by == "relation" and step.who == "applicant":
        return set()
    barred = {request.person_id, request.applicant_id}
    if step.only_if is not None:
        asked = sa.select(Signature.signer_id).where(Signature.request_id == request.id, Signature.step_id != step.id)
        barred |= set(session.scalars(asked))
    return barred


def stand_ins_of(session: ScopedSession, owners: Collection[str], barred: Collection[str], now: datetime) -> list[list[str]]:
    """[delegate, for whom] of everybody who stands in for one of these now."""
    if not owners:
        return []
    asked = (
        sa.select(Delegation.delegate_id, Delegation.person_id)
        .join(Person, Person.id == Delegation.delegate_id)
        .where(
            Delegation.person_id.in_(list(owners)), Delegation.starts_at <= now, Delegation.ends_at > now, Person.active
        )
        .order_by(Delegation.starts_at, Delegation.id)
    )  # fmt: skip
    found = [[delegate, owner] for delegate, owner in session.execute(asked) if delegate not in barred]
    return [pair for n, pair in enumerate(found) if pair not in found[:n]]


def manager_above(session: ScopedSession, person_id: str, barred: Collection[str], now: datetime) -> str | None:
    """The nearest manager of somebody who is not among `barred` and still here."""
    day = org.company_day(now)
    home = org.home_of(session, person_id, day)
    unit = home.unit_id if home is not None else COMPANY_ID
    managers = [org.manager_of(session, unit_id, day) for unit_id in (unit, *org.units_above(session, unit, day))]
    known = _active(session, managers)
    return next((one for one in managers if one in known and one != person_id and one not in barred), None)


def home_unit(session: ScopedSession, person_id: str, now: datetime) -> str:
    """The unit somebody belongs to; the company where none is known."""
    home = org.home_of(session, person_id, org.company_day(now))
    return home.unit_id if home is not None else COMPANY_ID


def manages(session: ScopedSession, who: str, person_id: str, now: datetime) -> bool:
    """Whether somebody manages the unit a person belongs to or works in, or one above."""
    day = org.company_day(now)
    bases = {home_unit(session, person_id, now), workplace(session, person_id, now) or COMPANY_ID}
    units = {unit for base in bases for unit in (base, *org.units_above(session, base, day))}
    return any(org.manager_of(session, unit_id, day) == who for unit_id in units)


def workplace(session: ScopedSession, person_id: str, now: datetime) -> str | None:
    """The store where somebody works at that moment; None at home."""
    return next((found for ask in WORKPLACES if (found := ask(session, person_id, now)) is not None), None)


def _base_unit(session: ScopedSession, request: Request, step: RequestStep, now: datetime, day: date) -> str:
    home = home_unit(session, request.person_id, now)
    if step.by == "role":
        return home
    if step.who == "receiving_manager":
        return request.store_id or home
    if step.who == "host_manager":
        return workplace(session, request.person_id, now) or home
    if step.who == "department_head":
        return _nearest(session, home, "department", day)
    if step.who == "region_manager":
        return _nearest(session, request.store_id or home, "region", day)
    return home


def _nearest(session: ScopedSession, unit_id: str, kind: str, day: date) -> str:
    """The unit itself or the nearest above of that kind; the company where there is none."""
    chain = (unit_id, *org.units_above(session, unit_id, day))
    return next((unit for unit in chain if _kind(session, unit, day) == kind), COMPANY_ID)


def _kind(session: ScopedSession, unit_id: str, day: date) -> str | None:
    unit = org.unit_on(session, unit_id, day)
    return unit.kind if unit is not None else None


def _active(session: ScopedSession, ids: Iterable[str | None]) -> set[str]:
    wanted = {person for person in ids if person is not None}
    return set(session.scalars(sa.select(Person.id).where(Person.id.in_(wanted), Person.active))) if wanted else set()
