"""Corrections and appeals in tests: one of each for a store's things, written as the areas that make them would."""

from __future__ import annotations

from datetime import timedelta

from contract.ids import new_id
from contract.moments import business_date
from server.attendance.correction_model import Appeal, PunchCorrection
from server.kernel.actors import Actor
from server.kernel.perform import writing
from tests.support.company import Company


def plant(company: Company, person: str, things: dict[str, str]) -> None:
    """A correction of yesterday and an open appeal about that day, of this person at this store."""
    at = company.now() - timedelta(days=1)
    day = business_date(at, "Asia/Shanghai", day_turns_at_min=300)
    with writing(company.db, Actor.system(), op_id=new_id(), now=company.now()) as session:
        session.add(
            PunchCorrection(
                id=new_id(), person_id=company.people[person], store_id=things["store_id"], kind="out", at=at,
                business_date=day, source="hq", made_by=new_id(), made_at=company.now(), reason="r",
            )
        )  # fmt: skip
        session.add(
            Appeal(
                id=new_id(), person_id=company.people[person], day=day, store_id=things["store_id"], text="t",
                made_at=company.now(), state="open",
            )
        )  # fmt: skip
