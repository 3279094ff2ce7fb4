"""Midnight: so many postings begin at once. How long until everybody was told and every duty has changed hands."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from contract.ids import new_id
from contract.org import ChangeUnit
from contract.people import GrantRole, Hire, OpenAccount
from contract.postings import PostEmployee
from contract.stores import AddPartner, FenceShape, OpenStore, Point
from contract.wire import Wire
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.perform import perform_many, reading
from server.org.model import HomeStay
from server.postings.model import Arrival
from server.postings.turning import turn_what_is_due
from server.wiring import every_handler

SECRET = b"a secret of benches, thirty-two bytes long"
DAY = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
TOLD = 4  # the employee, both managers, HR


def _do(db: Database, operations: list[Wire]) -> None:
    for start in range(0, len(operations), 500):
        some: list[tuple[str, Wire]] = [(new_id(), operation) for operation in operations[start : start + 500]]
        for outcome in perform_many(db, Actor.system(), some, now=DAY, secret=SECRET):
            if outcome.status != "applied":
                raise RuntimeError(outcome)


def prepare(db: Database, *, postings: int, stores: int = 50) -> None:
    """People of ten departments with heads, stores with managers, HR over those; a posting for each that begins tomorrow."""
    every_handler()
    partner, hr, account, tag = new_id(), new_id(), new_id(), new_id()[-8:]
    heads = [new_id() for _ in range(10)]
    _do(db, [
        AddPartner(partner_id=partner, name=f"Partner {tag}"),
        Hire(person_id=hr, number=f"HR{tag}", name="赵敏", home_org=f"人事部{tag}"),
        OpenAccount(account_id=account, person_id=hr, login=f"z{tag}", password="bamboo-Lantern-47-river"),  # noqa: S106 - a bench's
        *(Hire(person_id=head, number=f"H{n}{tag}", name=f"主管{n}", home_org=f"部门{n}{tag}") for n, head in enumerate(heads)),
    ])  # fmt: skip
    managers = [new_id() for _ in range(stores)]
    opened = [new_id() for _ in range(stores)]
    fence = FenceShape(datum="wgs84", center=Point(lat_e7=312_304_000, lng_e7=1_214_737_000), radius_m=100)
    guests = f"合作门店{tag}"
    _do(db, [Hire(person_id=found, number=f"M{n}{tag}", name=f"店长{n}", home_org=guests) for n, found in enumerate(managers)])
    _do(db, [
        OpenStore(
            store_id=store, number=f"S{n}{tag}", name=f"门店{n}", partner_id=partner, zone="Asia/Shanghai", fence=fence,
            manager_id=managers[n],
        )
        for n, store in enumerate(opened)
    ])  # fmt: skip
    units = _manage(db, heads)
    _do(db, [GrantRole(grant_id=new_id(), account_id=account, role="hr", unit_id=unit) for unit in units])
    people = [new_id() for _ in range(postings)]
    _do(db, [
        Hire(person_id=found, number=f"P{n}{tag}", name=f"员工{n}", home_org=f"部门{n % 10}{tag}")
        for n, found in enumerate(people)
    ])  # fmt: skip
    begins = (DAY + timedelta(days=1)).date().isoformat()
    _do(db, [
        PostEmployee(
            posting_id=new_id(), person_id=person, store_id=opened[n % stores], starts_on=begins, ends_on="2027-06-01"
        )
        for n, person in enumerate(people)
    ])  # fmt: skip


def _manage(db: Database, heads: list[str]) -> list[str]:
    with reading(db, Actor.system()) as session:
        asked = sa.select(HomeStay.person_id, HomeStay.unit_id).where(HomeStay.person_id.in_(heads))
        homes = {row.person_id: row.unit_id for row in session.execute(asked)}
    _do(db, [ChangeUnit(unit_id=homes[head], from_day=DAY.date().isoformat(), manager_id=head) for head in heads])
    return sorted(homes.values())


def midnight(db: Database, *, postings: int = 1000) -> float:
    """Seconds from the turn of the day until every one of them has begun and everybody was told."""
    prepare(db, postings=postings)
    begun, told = _counted(db)
    started = time.perf_counter()
    looked_at = turn_what_is_due(db, DAY + timedelta(days=1), SECRET)
    spent = time.perf_counter() - started
    after = _counted(db)
    if (looked_at, after[0] - begun, after[1] - told) != (postings, postings, TOLD * postings):
        raise RuntimeError(f"{looked_at} looked at, {after[0] - begun} begun, {after[1] - told} told")
    return spent


def _counted(db: Database) -> tuple[int, int]:
    """(postings that have begun, people who were told that one did)."""
    with reading(db, Actor.system()) as session:
        begun = session.scalar(sa.select(sa.func.count()).select_from(Arrival).where(Arrival.begun_at.is_not(None)))
        told = session.scalar(sa.select(sa.func.count()).select_from(InboxItem).where(InboxItem.trigger == "N-05"))
    return begun or 0, told or 0
