"""How complete each record is: gathered from the archive and from postings, judged by rules, kept for lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import sqlalchemy as sa

from contract.ids import new_id
from server.archive import rules
from server.archive.model import ArchiveState, Basics, Contract, Document, Insurance
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession
from server.kernel.http import Outpost
from server.kernel.perform import Work, writing
from server.org.queries import company_day
from server.people.model import Person
from server.postings.model import Posting

BATCH = 500


def current_contract(contracts: Iterable[Contract], today: date) -> Contract | None:
    """The contract in force, else the next one, else the last."""
    ordered = sorted(contracts, key=lambda one: one.from_day)
    in_force = [one for one in ordered if one.from_day <= today and (one.until is None or one.until > today)]
    if in_force:
        return in_force[-1]
    coming = [one for one in ordered if one.from_day > today]
    return coming[0] if coming else (ordered[-1] if ordered else None)


def known_of(session: ScopedSession, person_ids: Sequence[str], now: datetime) -> dict[str, tuple[rules.Known, date | None]]:
    """(what is known, when the contract that counts ends) of each person; one statement for each group."""
    today = company_day(now)
    fields: dict[str, set[str]] = {person_id: set() for person_id in person_ids}
    for basics in session.scalars(sa.select(Basics).where(Basics.person_id.in_(person_ids))):
        fields[basics.person_id] |= {f"basics.{name}" for name in basics.sealed}
    contracts: dict[str, list[Contract]] = {}
    for contract in session.scalars(sa.select(Contract).where(Contract.person_id.in_(person_ids))):
        contracts.setdefault(contract.person_id, []).append(contract)
    for insurance in session.scalars(
        sa.select(Insurance).where(Insurance.person_id.in_(person_ids)).order_by(Insurance.from_day, Insurance.recorded_at)
    ):
        fields[insurance.person_id] = {name for name in fields[insurance.person_id] if not name.startswith("insurance.")}
        fields[insurance.person_id] |= {"insurance.city"} | {f"insurance.{name}" for name in insurance.sealed}
    for kind, expires_on, person_id in session.execute(
        sa.select(Document.kind, Document.expires_on, Document.person_id).where(
            Document.person_id.in_(person_ids), Document.withdrawn_at.is_(None)
        )
    ):
        if expires_on is None or expires_on > today:
            fields[person_id].add(f"documents.{kind}")
    posted = set(
        session.scalars(
            sa.select(Posting.person_id).where(
                Posting.person_id.in_(person_ids), sa.or_(Posting.ends_at.is_(None), Posting.ends_at > now)
            )
        )
    )
    found = {}
    for person_id in person_ids:
        contract_now = current_contract(contracts.get(person_id, ()), today)
        if contract_now is not None:
            fields[person_id] |= {"contract.kind", "contract.from_day"} | {f"contract.{name}" for name in contract_now.sealed}
            fields[person_id] |= {"contract.until"} if contract_now.until is not None else set()
        contract_kind = contract_now.kind if contract_now is not None else None
        known = rules.Known(frozenset(fields[person_id]), contract_kind, person_id in posted)
        found[person_id] = (known, contract_now.until if contract_now is not None else None)
    return found


def state_of(session: ScopedSession, person_id: str, now: datetime) -> ArchiveState:
    """A person's state as it is now, not yet stored."""
    known, until = known_of(session, [person_id], now)[person_id]
    percent, missing, _ = rules.judge_completeness(known)
    return ArchiveState(person_id=person_id, percent=percent, missing=missing, contract_until=until, looked_at=now)


def note(work: Work, person_id: str) -> None:
    """Keep how complete the record is after what was just written."""
    # completeness counts postings and documents that the writer may not read
    with work.with_system_reach() as everything:
        _keep(everything, state_of(everything, person_id, work.now))


def _keep(session: ScopedSession, fresh: ArchiveState) -> None:
    kept = session.get(ArchiveState, fresh.person_id)
    if kept is None:
        session.add(fresh)
        return
    kept.looked_at = fresh.looked_at
    for name in ("percent", "missing", "contract_until"):
        if getattr(kept, name) != getattr(fresh, name):
            setattr(kept, name, getattr(fresh, name))


def look_through(found: Outpost) -> int:
    """Judge every active record anew: a document expires, a posting begins, without anybody writing. Answers how many changed."""
    now = found.clock()
    changed, last = 0, ""
    while True:
        with writing(found.db, Actor.system(), op_id=new_id(), now=now) as session:
            asked = sa.select(Person.id).where(Person.active).order_by(Person.id).limit(BATCH)
            ids = list(session.scalars(asked.where(Person.id > last) if last else asked))
            kept = {row.person_id: row for row in session.scalars(sa.select(ArchiveState).where(ArchiveState.person_id.in_(ids)))}
            for person_id, (known, until) in known_of(session, ids, now).items():
                percent, missing, _ = rules.judge_completeness(known)
                row = kept.get(person_id)
                fresh = (percent, missing, until)
                if row is None:
                    session.add(ArchiveState(
                        person_id=person_id, percent=percent, missing=missing, contract_until=until, looked_at=now,
                    ))  # fmt: skip
                    changed += 1
                elif (row.percent, row.missing, row.contract_until) != fresh:
                    row.percent, row.missing, row.contract_until = fresh
                    changed += 1
        if len(ids) < BATCH:
            return changed
        last = ids[-1]
