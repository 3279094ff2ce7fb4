"""What follows in the organisation when somebody is hired or leaves, when a store opens or gets another name.

Called by the areas that know why; they come after this one. None of it is an operation of its own.
"""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import sqlalchemy as sa

from contract.ids import derived_id, new_id
from server.kernel.bulk import insert_missing
from server.kernel.db import ScopedSession, table_of
from server.kernel.events import tell
from server.kernel.feed import mark_new
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.org import queries, rules
from server.org.events import HomeSettled
from server.org.model import BEGINNING, COMPANY_ID, HomeStay, OrgUnit, UnitVersion, forget_tree
from server.org.versions import rewrite, versions_of


def open_home(work: Work, person_id: str, org_name: str) -> str:
    """A person who joins today is at home in the unit of that name; it is made below the company where there is none.

    Answers the unit's id. That somebody joins is reason enough for it, whatever else the actor may do to the organisation.
    """
    today = queries.company_day(work.now)
    with work.with_system_reach() as everything:
        unit_id = _unit_called(everything, org_name, today)
        everything.add(HomeStay(id=new_id(), person_id=person_id, unit_id=unit_id, from_day=today, until=None))
    tell(work, HomeSettled(person_id, today))
    return unit_id


def _unit_called(session: ScopedSession, name: str, day: date) -> str:
    """The department, region or company of that name on a day, made as a department below the company where there is none."""
    found = queries.unit_called(session, name, day)
    if found is not None:
        return found.unit_id
    unit_id = derived_id("org", "department", name)
    if session.get(OrgUnit, unit_id) is not None:
        unit_id = new_id()  # that name was another's once
    # two who hire into a new department at the same moment make one: the second waits for the first and finds it there
    version = {
        "id": derived_id("org", "version", unit_id), "unit_id": unit_id, "from_day": BEGINNING, "until": None,
        "name": name, "parent_id": COMPANY_ID, "manager_id": None,
    }  # fmt: skip
    insert_missing(session.connection(), table_of(OrgUnit), [{"id": unit_id, "kind": "department"}])
    insert_missing(session.connection(), table_of(UnitVersion), [version])
    mark_new(session, UnitVersion, SimpleNamespace(**version))
    forget_tree(session)
    return unit_id


def end_home(work: Work, person_id: str) -> None:
    """Somebody leaves today: their home ends with this day, what was planned for later will not be, and where they managed
    a unit the place is vacant from tomorrow on."""
    tomorrow = queries.company_day(work.now) + timedelta(days=1)
    with work.with_system_reach() as everything:
        still = sa.or_(HomeStay.until.is_(None), HomeStay.until > tomorrow)
        for stay in everything.scalars(sa.select(HomeStay).where(HomeStay.person_id == person_id, still)):
            if stay.from_day >= tomorrow:
                everything.delete(stay)
            else:
                stay.until = tomorrow
        vacate(everything, person_id, tomorrow)


def vacate(session: ScopedSession, person_id: str, from_day: date) -> list[str]:
    """From a day on the person manages nothing any more. Answers the units whose place is vacant then."""
    asked = sa.select(UnitVersion.unit_id).where(
        UnitVersion.manager_id == person_id, sa.or_(UnitVersion.until.is_(None), UnitVersion.until > from_day)
    )
    vacant = sorted(set(session.scalars(asked)))
    for unit_id in vacant:
        rewrite(session, unit_id, rules.vacated(versions_of(session, unit_id), person_id, from_day))
    return vacant


def open_store_unit(
    work: Work, store_id: str, name: str, *, own: bool = False, parent_id: str | None = None, manager_id: str | None = None
) -> None:
    """A store's unit, with the store's id: below `parent_id` as long as that is there, else below the company."""
    today = queries.company_day(work.now)
    kind = "own_store" if own else "partner_store"
    rows = [rules.Version(BEGINNING, None, name, COMPANY_ID, None)]
    with work.with_system_reach() as everything:
        if parent_id is not None and parent_id != COMPANY_ID:
            holder = queries.unit_on(everything, parent_id, today)
            if holder is None:
                raise Problem("org.unit_unknown", field="parent_id", id=parent_id)
            if not rules.may_hold(holder.kind, kind):
                raise Problem("org.cannot_hold", field="parent_id", id=parent_id, name=holder.name)
            rows = rules.changed(rows, max(BEGINNING, queries.begins_on(everything, parent_id)), parent_id=parent_id)
        if manager_id is not None:
            rows = rules.changed(rows, today, manager_id=manager_id)
        everything.add(OrgUnit(id=store_id, kind=kind))
        everything.flush()
        rewrite(everything, store_id, rows)


def rename_unit(work: Work, unit_id: str, name: str) -> None:
    """A store is called something else from today on. What it was called before stays readable as of then."""
    with work.with_system_reach() as everything:
        rows = versions_of(everything, unit_id)
        if rules.on_day(rows, queries.company_day(work.now)) is not None:
            rewrite(everything, unit_id, rules.changed(rows, queries.company_day(work.now), name=name))
