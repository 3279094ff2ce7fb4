"""Two phones of one store that go together, ten days long, for pages about cases to show."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import sqlalchemy as sa

from contract.ids import new_id
from server.attendance.case_model import CaseFile
from server.attendance.cases import find_cases
from server.attendance.model import Punch
from server.kernel.actors import Actor
from server.kernel.http import Outpost
from server.kernel.perform import reading, writing
from server.stores.model import Store

DAYS = 10


def found_pair(company: Any, people: tuple[str, str], store_id: str, device_id: str) -> str:
    """The id of the case about these two. Planted and looked for when first wanted."""
    with reading(company.db, Actor.system()) as session:
        known = session.scalars(sa.select(CaseFile.id)).first()
        store = session.get_one(Store, store_id)
    if known is not None:
        return str(known)
    first = company.now().replace(hour=1, minute=0, second=0, microsecond=0)
    # within one month, whichever day it is
    days = [first.replace(day=1) + timedelta(days=day) for day in range(DAYS)]
    with writing(company.db, Actor.system(), op_id=new_id(), now=company.now()) as session:
        for number, day in enumerate(days):
            for kind, hours in (("in", 0), ("out", 9)):
                for order, person in enumerate(people):
                    at = day + timedelta(hours=hours, minutes=number * 173 % 25, seconds=7 * order)
                    session.add(_punch(person, store, device_id, kind, at, number + order))
    find_cases(cast(Outpost, SimpleNamespace(db=company.db, clock=company.now)), days[0].strftime("%Y-%m"))
    return found_pair(company, people, store_id, device_id)


def _punch(person_id: str, store: Store, device_id: str, kind: str, at: Any, off: int) -> Punch:
    return Punch(
        id=new_id(), person_id=person_id, store_id=store.id, device_id=device_id, op_id=new_id(), hardware=person_id, kind=kind,
        taken_at=at, taken_low=at, taken_high=at, grade="exact", received_at=at, business_date=at.date(), by_kiosk=False,
        lat_e7=store.lat_e7 + 300 * off, lng_e7=store.lng_e7 + 200 * off, accuracy_dm=120, place="inside", distance_m=5,
        p_inside_pm=990, score_db=35, verdict="green", reasons=[], state="counted",
    )  # fmt: skip
