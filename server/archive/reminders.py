"""The archive's daily work: records judged anew, and HR told of contracts that end soon, once for each contract and threshold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from contract.archive import RemindContract
from contract.ids import derived_id
from server.archive import completeness, queries, rules
from server.archive.model import Contract
from server.inbox.service import close_items, put_item
from server.kernel.actors import Actor, Permission
from server.kernel.http import Outpost
from server.kernel.jobs import does
from server.kernel.perform import Work, handles, perform, reading
from server.kernel.problems import Problem
from server.org.queries import company_day, home_of
from server.people.model import Person
from server.people.queries import holders_of

TRIGGER = "N-07"


@does("archive_daily", every=lambda server: timedelta(days=1))
def archive_daily(server: Outpost, _facts: dict[str, Any]) -> None:
    """Documents expire and contracts come to their end without anybody writing."""
    completeness.look_through(server)
    remind_of_contracts(server)


def remind_of_contracts(found: Outpost) -> int:
    """Tell HR of every contract that came below a threshold. Answers how many reminders were due; twice makes no second item."""
    today = company_day(found.clock())
    with reading(found.db, Actor.system()) as session:
        ending = queries.contracts_ending(session, today, max(rules.REMIND_DAYS)).items
    due = 0
    for one in ending:
        until = today + timedelta(days=one.days_left)
        step = rules.reminder_due(until, today)
        if step is None:
            continue
        due += 1
        operation = RemindContract(contract_id=one.contract_id, step=step, until=one.until)
        op_id = derived_id(TRIGGER, one.contract_id, str(step), one.until)
        told = perform(found.db, Actor.system(), operation, op_id=op_id, now=found.clock(), secret=found.settings.secret)
        if told.status != "applied":
            raise Problem(told.code or "operation.failed_here", **told.facts)
    return due


@handles(RemindContract, needs=Permission.MANAGE_ARCHIVE)
def remind(work: Work, op: RemindContract) -> None:
    """One item for each HR person responsible where somebody is at home; the reminder of the step before goes with it."""
    if not work.actor.is_system:
        raise Problem("access.not_allowed", needs="system")
    contract: Contract = work.find(Contract, op.contract_id, "archive.contract_unknown")
    person: Person = work.find(Person, contract.person_id, "people.unknown")
    today = company_day(work.now)
    home = home_of(work.session, person.id, today)
    close_items(work, person.id, triggers=[TRIGGER])
    for receiver_id in holders_of(work.session, "hr", home.unit_id if home is not None else None, today):
        put_item(
            work, trigger=TRIGGER, receiver_id=receiver_id, kind="to_do", about="person", about_id=person.id,
            facts={"name": person.name, "number": person.number, "until": op.until, "days": op.step},
            key=f"{contract.id} {op.step} {op.until}",
        )  # fmt: skip


def settle(work: Work, person_id: str) -> None:
    """What was written may have settled it: a new contract, or another end. Then the reminder goes."""
    today = company_day(work.now)
    with work.with_system_reach() as everything:
        ending = queries.contracts_ending(everything, today, max(rules.REMIND_DAYS)).items
        still = any(one.person_id == person_id for one in ending)
    if not still:
        close_items(work, person_id, triggers=[TRIGGER])
