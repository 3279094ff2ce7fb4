"""Cases: found each night and when somebody asks, closed by a person with a finding and a reason. No punch changes by either."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from contract.corrections import CloseCase, FindCases
from contract.ids import derived_id, new_id
from server.attendance import case_queries as queries
from server.attendance import rules_cases as rules
from server.attendance.case_model import CaseFile, CasePerson
from server.attendance.rules_cases import DEFAULT, Found, Limits
from server.kernel.actors import Actor, Permission
from server.kernel.http import Outpost
from server.kernel.jobs import ask_for, does
from server.kernel.perform import Work, handles, reading, writing
from server.kernel.problems import Problem

log = structlog.get_logger()
LATE_DAYS = 7  # so long into a month the one before is looked at again: devices come back late
WRITTEN_AT_ONCE = 200


@handles(CloseCase, needs=Permission.REVIEW_PUNCHES)
def close_case(work: Work, op: CloseCase) -> None:
    """What it was, and why one thinks so. Never by somebody it is about; once."""
    case: CaseFile = work.find(CaseFile, op.case_id, "attendance.case_unknown")
    if work.actor.person_id in queries.people_of(work.session, case.id):
        raise Problem("attendance.own_case", id=case.id)
    if case.closed_at is not None:
        raise Problem("attendance.case_closed", id=case.id)
    case.finding, case.reason, case.closed_by, case.closed_at = op.finding, op.reason, work.actor.person_id, work.now


@handles(FindCases, needs=Permission.REVIEW_PUNCHES)
def ask_to_find(work: Work, op: FindCases) -> None:
    """The month is looked through soon. Jobs are the system's own; that this one exists follows from being asked."""
    with work.with_system_reach() as everything:
        wide = Work(everything, Actor.system(), work.now, work.act, work.secret)
        ask_for(wide, "find_cases_of", key=f"{op.month}@{work.act.op_id}", facts={"month": op.month})


@does("find_cases", every=lambda server: timedelta(days=1))
def find_nightly(server: Outpost, _facts: dict[str, Any]) -> None:
    """This month, and the one before while its late punches still come in."""
    today = server.clock().date()
    for month in sorted({(today - timedelta(days=LATE_DAYS)).strftime("%Y-%m"), today.strftime("%Y-%m")}):
        find_cases(server, month)


@does("find_cases_of")
def find_of_month(server: Outpost, facts: dict[str, Any]) -> None:
    find_cases(server, str(facts["month"]))


def find_cases(server: Outpost, month: str, limits: Limits = DEFAULT) -> int:
    """Look through a month's punches; answers how many cases are new. Done twice it finds nothing new."""
    first = date.fromisoformat(f"{month}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    with reading(server.db, Actor.system()) as session:
        found = list(_look(session, first, last, limits))
    new = 0
    for at in range(0, len(found), WRITTEN_AT_ONCE):
        with writing(server.db, Actor.system(), op_id=new_id(), now=server.clock()) as session:
            new += sum(_keep(session, one, month, server) for one in found[at : at + WRITTEN_AT_ONCE])
    log.info("looked for cases", month=month, found=len(found), new=new)
    return new


def _look(session: Session, first: date, last: date, limits: Limits) -> Iterator[Found]:
    for store_id in queries.stores_with_punches(session, first, last):
        traces = queries.traces_of_store(session, store_id, first, last)
        yield from rules.pairs(traces, limits)
        yield from rules.followers(traces, limits)
    for of_phone in queries.traces_of_shared_phones(session, first, last):
        yield from rules.one_phone(of_phone, limits)
    for at_point in queries.traces_at_one_point(session, first, last, limits):
        yield from rules.same_coordinates(at_point, limits)
    for from_afar in queries.traces_with_codes_from_afar(session, first, last, limits):
        yield from rules.codes_from_afar(from_afar, limits)
    for of_person in queries.traces_of_people(session, first, last):
        yield from rules.travel(of_person, limits)


def _keep(session: Session, found: Found, month: str, server: Outpost) -> bool:
    """Whether it is new. What is known and open learns of later punches; what is closed stays as it was decided on."""
    subject = hashlib.sha256("\n".join(sorted(found.people)).encode()).hexdigest()[:40]
    case_id = derived_id("case", found.kind, subject, month)
    facts = {**found.facts, "order": list(found.people)}
    known = session.get(CaseFile, case_id)
    if known is not None:
        if known.closed_at is None and (known.facts, known.punch_ids) != (facts, list(found.punch_ids)):
            known.facts, known.punch_ids = facts, list(found.punch_ids)
        return False
    session.add(
        CaseFile(
            id=case_id, kind=found.kind, subject=subject, period=month, store_id=found.store_id, person_id=found.people[0],
            facts=facts, punch_ids=list(found.punch_ids), found_at=server.clock(),
        )
    )  # fmt: skip
    session.flush()
    for person_id in found.people:
        session.add(
            CasePerson(
                id=derived_id("case person", case_id, person_id), case_id=case_id, store_id=found.store_id, person_id=person_id
            )
        )
    return True
