"""Shops with month reports: figures of HQ and of shops, one that came late, the log of runs."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa

from contract.growth import IndicatorValue, RecordValues
from contract.ids import derived_id, new_id
from contract.metrics import ActivateMetric, DefineScheme, SetWeights, Weighed
from contract.moments import TimeTaken, to_ms
from contract.score_reports import NoteScoreRun
from contract.scoring import AppealScore
from contract.wire import Wire, convert
from server.kernel.actors import Actor
from server.kernel.perform import Act, Work, perform, reading, writing
from server.postings.model import Posting
from server.scoring import presets
from server.scoring.model_library import Metric
from server.scoring.report_model import ScoreReport
from server.scoring.reports import bring_up_to_date
from tests.web.company_of_shops import SHOPS, Shops

LINES = (("complaint_rate", "store", "20"), ("sales", "hq", "40"), ("new_dishes", "hq", "30"), ("punctuality", "hq", "10"))


def reported(shops: Shops) -> dict[str, str]:
    """The pages of month reports; made when first wanted."""
    company = shops.company
    with reading(company.db, Actor.system()) as session:
        made = session.scalars(sa.select(ScoreReport.id)).first() is not None
    if not made:
        _made(shops)
    with reading(company.db, Actor.system()) as session:
        asked = sa.select(ScoreReport.id).where(ScoreReport.revision > 1).order_by(ScoreReport.id)
        report = session.scalars(asked).first()
    return {
        "score-reports": "/console/scores/reports", "score-report": f"/console/scores/reports/{report}",
        "score-data": "/console/scores/data", "score-appeals": "/console/scores/appeals",
        "score-months": "/console/scores/months",
    }  # fmt: skip


def _do(shops: Shops, operation: Wire) -> None:
    company = shops.company
    secret = company.settings.secret
    done = perform(company.db, Actor.system(), operation, op_id=new_id(), now=company.now(), secret=secret)
    assert done.status == "applied", (operation, done.code, done.facts)


def _made(shops: Shops) -> None:
    company, today = shops.company, shops.company.today()
    presets.ensure(company.db, company.now(), company.settings.secret)
    with reading(company.db, Actor.system()) as session:
        states = {row.code: (row.id, row.state) for row in session.scalars(sa.select(Metric))}
    for code in ("complaints", "dishes", *(code for code, *_ in LINES), "satisfaction"):
        if states[code][1] == "draft":
            _do(shops, ActivateMetric(metric_id=states[code][0]))
    shop = company.stores[SHOPS[0][0]]
    scheme = derived_id("shops", "scheme of reports")
    _do(shops, DefineScheme(scheme_id=scheme, code="shop-reports", name_zh="门店月度", name_en="Monthly", store_id=shop))
    core = [Weighed(metric=code, owner=owner, weight=weight) for code, owner, weight in LINES]  # type: ignore[arg-type]
    cut = [Weighed(metric=one.metric, owner=one.owner, weight=str(Decimal(one.weight) * 9 / 10)) for one in core]
    lines = [*cut, Weighed(metric="satisfaction", owner="store", weight="10")]
    begins = today.replace(day=1)
    _do(shops, SetWeights(version_id=new_id(), scheme_id=scheme, from_day=begins.isoformat(), lines=lines, reason="r"))
    people = _posted(shops, shop)
    for number, person in enumerate(people):
        for code, value in (("complaints", 4 + number), ("dishes", 200), ("new_dishes", 3), ("punctuality", 96 - number)):
            _value(shops, code, person, str(value), begins)
        _value(shops, "sales", person, str(45_500 - 3_800 * number), begins)
    _look(shops, people)
    _value(shops, "new_dishes", people[0], "4", begins)
    _look(shops, people)
    ran = (("attendance", len(people), 0), ("training", 3, 0), ("tickets", 2, 1), ("reports", len(people), 0))
    _appeal(shops, people[0], derived_id("score report", people[0], shop, today.isoformat()[:7]))
    for kind, new, changed in ran:
        said = {"run_id": new_id(), "month": today.isoformat()[:7], "kind": kind, "new": new, "changed": changed, "same": 0}
        _do(shops, convert(said, NoteScoreRun))


def _appeal(shops: Shops, person: str, report: str) -> None:
    """Somebody does not agree with the report: five new dishes, not four."""
    company, employee = shops.company, Actor.person(person, new_id(), [("employee", None)])
    said = AppealScore(appeal_id=new_id(), report_id=report, reason="上月上新五道菜，报告只算了四道，请核对出品记录。")
    done = perform(company.db, employee, said, op_id=new_id(), now=company.now(), secret=company.settings.secret)
    assert done.status == "applied", (done.code, done.facts)


def _posted(shops: Shops, shop: str) -> list[str]:
    with reading(shops.company.db, Actor.system()) as session:
        asked = sa.select(Posting.person_id).where(Posting.store_id == shop).order_by(Posting.person_id)
        return sorted(set(session.scalars(asked)))


def _value(shops: Shops, code: str, person: str, value: str, begins: date) -> None:
    last = (begins.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    one = IndicatorValue(indicator=code, person_id=person, from_day=begins.isoformat(), to_day=last.isoformat(), value=value)
    _do(shops, RecordValues(batch_id=new_id(), values=[one], source="ERP import"))


def _look(shops: Shops, people: list[str]) -> None:
    """What the month's end does, in the middle of one."""
    company, now, actor = shops.company, shops.company.now(), Actor.system()
    with writing(company.db, actor, op_id=new_id(), now=now) as session:
        act = Act(new_id(), None, None, TimeTaken(to_ms(now), to_ms(now), to_ms(now), "exact"), now)
        work = Work(session, actor, now, act, company.settings.secret)
        bring_up_to_date(work, company.today().isoformat()[:7], people, "late")
