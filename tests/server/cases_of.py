"""Cases for the matrix of rights: an open one about somebody's punch, each time a new one."""

from __future__ import annotations

from contract.ids import new_id
from server.attendance.case_model import CaseFile, CasePerson
from server.kernel.actors import Actor
from server.kernel.perform import writing
from tests.support.company import Company


def plant(company: Company, thing: dict[str, str]) -> str:
    """The id of a new case about a person of the store."""
    case_id = new_id()
    with writing(company.db, Actor.system(), op_id=new_id(), now=company.now()) as session:
        session.add(
            CaseFile(
                id=case_id, kind="travel", subject=case_id, period="2026-01", store_id=thing["store_id"],
                person_id=thing["person_id"], punch_ids=[thing["punch_id"]], found_at=company.now(),
                facts={"times": 1, "speed_kmh": 2_000, "distance_km": 900, "order": [thing["person_id"]]},
            )
        )  # fmt: skip
        session.flush()
        row = {"case_id": case_id, "store_id": thing["store_id"], "person_id": thing["person_id"]}
        session.add(CasePerson(id=new_id(), **row))
    return case_id
