"""Month reports for the rights matrix: each store's person has one of the running month."""

from __future__ import annotations

from contract.ids import new_id
from contract.moments import TimeTaken, to_ms
from server.kernel.actors import Actor
from server.kernel.bulk import insert_many
from server.kernel.db import table_of
from server.kernel.perform import Act, Work, writing
from server.scoring.card_model import ScoreFact
from server.scoring.reports import bring_up_to_date, report_id_of
from tests.support.company import Company


def plant(company: Company, things: dict[str, str]) -> None:
    """A report of this store's person, made as the month's end makes it."""
    month, now, actor = company.today().isoformat()[:7], company.now(), Actor.system()
    with writing(company.db, actor, op_id=new_id(), now=now) as session:
        act = Act(new_id(), None, None, TimeTaken(to_ms(now), to_ms(now), to_ms(now), "exact"), now)
        work = Work(session, actor, now, act, company.settings.secret)
        bring_up_to_date(work, month, [things["person_id"]], "late", only_store=things["store_id"])
    things["report_id"] = report_id_of(things["person_id"], things["store_id"], month)
    appeal = {
        "id": new_id(), "card_id": None, "report_id": things["report_id"], "number": 1, "kind": "appealed",
        "person_id": things["person_id"], "store_id": things["store_id"], "by_id": things["person_id"], "at": now,
        "arrived_at": now, "text": "r", "marks": [], "comment": "", "before_marks": [], "comment_before": "", "answers": None,
        "upheld": None, "op_id": new_id(),
    }  # fmt: skip
    with writing(company.db, actor, op_id=new_id(), now=now) as session:
        insert_many(session.connection(), table_of(ScoreFact), [appeal])


def bodies(mine: dict[str, str]) -> dict[str, object]:
    """By path, a body: of a scheme that is not there."""
    lines = [{"metric": "dish_quality", "owner": "store", "weight": "100"}]
    return {
        "scoring/simulations": {"scheme_id": mine["punch_id"], "month": "2026-11", "lines": lines},
        "scoring/runs": {"month": "2031-01"},
    }


def query(rule: str, mine: dict[str, str]) -> str:
    """What an address is asked with."""
    return f"?report_id={mine['report_id']}" if rule.endswith("/scoring/reports/one") else ""
