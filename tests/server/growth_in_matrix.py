"""Growth for the rights matrix: each store's person has finished a course, with values before and after, a recommendation, a path
and a wish."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from contract.courses import Card, CourseBody, PublishVersion, SaveDraft
from contract.growth import (
    DefineIndicator,
    DefinePath,
    IndicatorValue,
    JoinPath,
    PathStage,
    RecordValues,
    SayWish,
)
from contract.ids import derived_id, new_id
from contract.learning import RecordCard
from contract.wire import Wire
from server.growth.model import CareerPath
from server.kernel.actors import Actor
from server.kernel.perform import perform, reading
from tests.support.company import Company

_COURSE, _VERSION, _PATH = (derived_id("matrix", name) for name in ("growth course", "growth version", "growth path"))
_INDICATOR = derived_id("matrix", "indicator")


def _by(company: Company, person_id: str, operation: Wire, role: str = "employee") -> None:
    who = Actor.person(person_id, new_id(), [(role, None)])
    done = perform(company.db, who, operation, op_id=new_id(), now=company.now(), secret=company.settings.secret)
    assert done.status == "applied", done


def plant(company: Company, things: dict[str, str]) -> None:
    """What is measured and learnt of this store's person; the first time also what all stores share."""
    person_id, today = things["person_id"], company.today()
    things.update(growth_course_id=_COURSE, path_id=_PATH)
    company.must(DefineIndicator(indicator_id=_INDICATOR, code="service", name_zh="服务", name_en="Service"))
    with reading(company.db, Actor.system()) as session:
        is_first = session.get(CareerPath, _PATH) is None
    if is_first:
        body = CourseBody(title_zh="成长", title_en="Growth", cards=[Card(key="one", kind="text", zh="字")])
        _by(company, person_id, SaveDraft(course_id=_COURSE, version_id=_VERSION, code="growth", body=body), "hr")
        _by(company, person_id, PublishVersion(version_id=_VERSION, reason="r"), "hr")
        stage = PathStage(key="one", title_zh="一", title_en="One", from_month=1, to_month=3)
        company.must(DefinePath(path_id=_PATH, code="p", name_zh="n", name_en="n", stages=[stage], reason="r"))
    _by(company, person_id, RecordCard(event_id=new_id(), course_id=_COURSE, version_id=_VERSION, card="one", event="finished"))
    for days, value in ((-1, "50"), (1, "70")):
        on = (today + timedelta(days=days)).isoformat()
        said = IndicatorValue(indicator="service", person_id=person_id, from_day=on, to_day=on, value=value)
        company.must(RecordValues(batch_id=new_id(), values=[said]))
    company.must(JoinPath(member_id=new_id(), person_id=person_id, path_id=_PATH, from_day=today.isoformat()))
    _by(company, person_id, SayWish(wish_id=new_id(), wish="promotion"))


def bodies(mine: dict[str, str], today: date) -> dict[str, Any]:
    """By path, a body that asks for something that can be done, of this store's person."""
    fresh, day = new_id(), today.isoformat()
    return {
        "growth/indicators": {"indicator_id": fresh, "code": fresh[-12:], "name_zh": "n", "name_en": "n"},
        "growth/values": {"batch_id": fresh, "values": [{"indicator": "service", "person_id": mine["person_id"], "value": "1",
                                                         "from_day": day, "to_day": day}]},
        "growth/rules": {"rule_id": fresh, "code": fresh[-12:], "course_id": mine["growth_course_id"],
                         "when": {"kind": "indicator", "indicator": "service", "below": "1"}},
        "growth/paths": {"path_id": fresh, "code": fresh[-12:], "name_zh": "n", "name_en": "n", "reason": "r",
                         "stages": [{"key": "a", "title_zh": "t", "title_en": "t", "from_month": 1, "to_month": 3}]},
        "growth/members": {"member_id": fresh, "person_id": mine["person_id"], "path_id": mine["path_id"], "from_day": day},
        "growth/members/left": {"member_id": fresh, "until": day, "reason": "r"},
        "growth/promotions": {"promotion_id": fresh, "person_id": mine["person_id"], "path_id": mine["path_id"],
                              "from_day": day, "reason": "r"},
        "growth/wishes": {"wish_id": fresh, "wish": "stay"},
    }  # fmt: skip


def query(rule: str, mine: dict[str, str]) -> str:
    """What is asked of a path that reads growth."""
    found = {
        "effect": f"course_id={mine['growth_course_id']}&indicator=service", "career": f"person_id={mine['person_id']}",
    }.get(rule.rpartition("/")[2])  # fmt: skip
    return f"?{found}" if found is not None else ""
