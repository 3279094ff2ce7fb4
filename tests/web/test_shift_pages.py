"""Shifts and rules at the console: pictures, versions, who follows which, single days, and what a rule would do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from contract.messages import LANGUAGES, say
from contract.shifts import WorkRules
from server.shifts.model import PatternAssignment, PlannedDay, RuleAssignment, RuleSet, ShiftPattern, ShiftTemplate
from server.web import rule_fields, shift_forms
from tests.server.shifts_of import follow, ready, worked
from tests.server.world import PASSWORD, World
from tests.support.planted import instead
from tests.web.visitor import Visitor

MONDAY = "2026-11-23"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = ready(World.on_sqlite(Path(tmp_path_factory.mktemp("shifts"))))
    made.open_store("豫园店", "S9")
    for name, number in (("=李伟", "P7"), ("王芳", "P8")):
        made.post(made.hire(name, number), made.stores["豫园店"])
    made.account(made.hire("林娜"), "lin", "store_manager", made.stores["豫园店"])
    follow(made, "counter", unit=made.stores["豫园店"], from_day="2026-11-02")
    follow(made, "three-shift", person=made.people["=李伟"])
    yield made
    made.close()


@pytest.fixture
def hq(world: World) -> Visitor:
    visitor = Visitor(world.app)
    visitor.sign_in("chen", PASSWORD)
    return visitor


def text(visitor: Visitor, path: str) -> str:
    return str(visitor.get(path).get_data(as_text=True))


def test_the_page_draws_each_shift_and_cycle_and_says_who_follows_which(hq: Visitor) -> None:
    page = text(hq, "/console/shifts")
    assert page.count('class="day-bar') == 7 and page.count('class="cycle"') == 4
    assert 'x="1320"' in page and 'width="480"' in page, "the night shift goes over midnight"
    assert "=李伟" in page and "豫园店" in page and "Office week" in page
    assert "=李伟" not in text(hq, "/console/shifts?q=豫园").split('id="list"')[1]
    csv = text(hq, "/console/shifts?format=csv")
    assert "=李伟" in csv and "\n=李伟" not in csv


def test_a_store_manager_sees_hers_and_defines_nothing(world: World) -> None:
    lin = Visitor(world.app)
    lin.sign_in("lin", PASSWORD)
    assert "豫园店" in text(lin, "/console/shifts") and "/console/shifts/templates" not in text(lin, "/console/shifts")
    assert lin.get("/console/shifts/templates").status_code == lin.get("/console/rules/edit").status_code == 403
    answer = lin.post("/console/shifts/day", person_id="王芳 · P8", day=MONDAY, how="shifts", template="late")
    assert answer.status_code == 303 and worked(world, world.people["王芳"], date(2026, 11, 23)) == "late"
    elsewhere = lin.post("/console/shifts/day", person_id=world.people["陈思远"], day=MONDAY, how="off")
    assert elsewhere.status_code == 422 and 'role="alert"' in elsewhere.get_data(as_text=True)
    assert lin.post("/console/shifts/day", person_id="王芳 · P8", day=MONDAY, how="pattern").status_code == 303
    assert world.rows(sa.select(PlannedDay)) == []


def test_a_template_gets_its_next_version_from_a_form_and_can_go_back(hq: Visitor, world: World) -> None:
    given = {"code": "noon", "name_zh": "午班", "name_en": "Noon", "from_day": "2026-12-01", "kind": "windows",
             "windows": "11:00-14:00，20:00-01:00", "break_0_minutes": "15", "break_0_at": "12:00", "break_0_paid": "on",
             "grace_min": "5"}  # fmt: skip
    assert hq.post("/console/shifts/templates", **given).status_code == 303
    [noon] = world.rows(sa.select(ShiftTemplate).where(ShiftTemplate.code == "noon"))
    assert [(w["starts_min"], w["ends_min"]) for w in noon.windows] == [(660, 840), (1200, 1500)]
    assert (noon.breaks[0]["starts_min"], noon.breaks[0]["paid"], noon.grace_min) == (720, True, 5)
    later = {**given, "from_day": "2027-01-01", "kind": "flexible", "windows": "08:00-20:00", "required_min": "480",
             "core": "12:00-15:00"}  # fmt: skip
    assert hq.post("/console/shifts/templates", **later).status_code == 303
    form = text(hq, f"/console/shifts/templates?template=noon&like={noon.id}")
    assert "11:00-14:00, 20:00-01:00" in form, "an earlier version is the next one's beginning"
    for wrong in ({"windows": "nine to five"}, {"windows": "08:00-20:00", "core": "07:00-09:00"}, {"required_min": "many"},
                  {"break_0_at": "noon"}, {"from_day": "2026-02-31"}):  # fmt: skip
        answer = hq.post("/console/shifts/templates", **{**later, "from_day": "2027-02-01", **wrong})
        assert answer.status_code in (409, 422) and 'role="alert"' in answer.get_data(as_text=True), wrong


def test_a_pattern_is_a_strip_that_is_filled_in(hq: Visitor, world: World) -> None:
    assert text(hq, "/console/shifts/patterns?days=8").count('name="cycle"') == 8
    given = {"code": "two", "name_zh": "两天", "name_en": "Two", "from_day": "2026-12-01", "starts_on": "2026-12-01",
             "calendar": "none"}  # fmt: skip
    assert hq.post("/console/shifts/patterns", cycle=["day", ""], **given).status_code == 303
    [two] = world.rows(sa.select(ShiftPattern).where(ShiftPattern.code == "two"))
    assert (two.cycle, two.calendar) == (["day", ""], "none")
    refused = hq.post("/console/shifts/patterns", cycle=["", ""], **{**given, "code": "none"})
    assert refused.status_code == 422 and 'role="alert"' in refused.get_data(as_text=True)


def test_a_pattern_is_assigned_to_a_person_or_a_unit_by_name(hq: Visitor, world: World) -> None:
    before = len(world.rows(sa.select(PatternAssignment)))
    given = {"pattern": "office", "from_day": "2026-12-01", "until": "2026-12-15"}
    assert hq.post("/console/shifts/assign", person_id="王芳 · P8", **given).status_code == 303
    assert hq.post("/console/shifts/assign", unit_id="豫园店 · S9", **given).status_code == 303
    assert len(world.rows(sa.select(PatternAssignment))) == before + 2
    for wrong in (
        {},
        {"person_id": "nobody"},
        {"person_id": "王芳 · P8", "unit_id": "S9"},
        {"person_id": "王芳 · P8", "until": MONDAY},
    ):
        assert hq.post("/console/shifts/assign", **{**given, **wrong}).status_code == 422, wrong


def test_the_rules_page_shows_what_each_version_changed(hq: Visitor, world: World) -> None:
    form = {"code": "standard", "name_zh": "标准工时", "name_en": "Standard hours", "from_day": "2026-12-01", "reason": "agreed"}
    values = rule_fields.shown(WorkRules(grace_in_min=3))
    assert hq.post("/console/rules/edit", **{**form, **values}).status_code == 303
    page = text(hq, "/console/rules")
    assert "agreed" in page and "<del>0</del>" in page and page.count("<ins>") == 1
    first = world.rows(sa.select(RuleSet.id).where(RuleSet.code == "standard").order_by(RuleSet.from_day))[0]
    assert 'name="grace_in_min" type="number" value="0"' in text(hq, f"/console/rules/edit?rules=standard&like={first}")
    for wrong in ({"legal_breaks": "a while"}, {"night_starts_min": "late"}, {"grace_in_min": "9999"}, {"reason": ""},
                  {"rounding": "down"}):  # fmt: skip
        answer = hq.post("/console/rules/edit", **{**form, **values, "from_day": "2026-12-05", **wrong})
        assert answer.status_code == 422 and 'role="alert"' in answer.get_data(as_text=True), wrong


def test_rules_are_simulated_before_they_are_applied(hq: Visitor, world: World) -> None:
    kept = len(world.rows(sa.select(RuleSet)))
    form = {"code": "standard", "sim_from": "2026-11-02", "sim_to": "2026-11-19", **rule_fields.shown(WorkRules(grace_in_min=9))}
    page = hq.post("/console/rules/simulate", **form)
    assert page.status_code == 200 and 'id="answer"' in page.get_data(as_text=True)
    assert 'value="9"' in page.get_data(as_text=True), "the form is as it was typed, ready to be applied"
    assert len(world.rows(sa.select(RuleSet))) == kept, "nothing is kept"
    assert hq.post("/console/rules/simulate", **{**form, "sim_to": "never"}).status_code == 422


def test_whose_rules_are_whose_is_said_of_a_person_a_unit_or_the_company(hq: Visitor, world: World) -> None:
    given = {"rules": "eu", "from_day": "2026-12-01"}
    for who in ({"person_id": "王芳 · P8"}, {"unit_id": "S9"}, {}):
        assert hq.post("/console/rules/assign", **given, **who).status_code == 303
    assert len(world.rows(sa.select(RuleAssignment).where(RuleAssignment.rules == "eu"))) == 3
    assert hq.post("/console/rules/assign", **{**given, "rules": "moon"}).status_code == 422


def test_every_rule_has_its_place_and_its_words_in_the_editor() -> None:
    several = {name for name, field in rule_fields.FIELDS.items() if field.kind in ("count", "money")}  # of each allowance
    plain = {field.name for field in msgspec.structs.fields(WorkRules)} - {"allowances"}
    assert set(rule_fields.FIELDS) - several == plain and len(several) == 2 * len(rule_fields.ALLOWANCES)
    for language in LANGUAGES:
        keys = [f"console.rules.{kind}.{name}" for name in rule_fields.FIELDS for kind in ("f", "h")]
        keys += [f"console.rules.{f.name}.{one}" for f in rule_fields.FIELDS.values() for one in f.choices]
        assert [key for key in keys if say(language, key) == key] == []


def test_what_the_form_shows_is_what_it_reads_again() -> None:
    odd = WorkRules(
        grace_in_min=3, weekend_in_lieu=True, corrections_a_month=2, night_starts_min=1380, rounding="up", rounding_step_min=15
    )
    assert msgspec.convert(rule_fields.typed(rule_fields.shown(odd)), WorkRules) == odd
    with instead(rule_fields, "clock_of", lambda _minute: "00:00"):
        assert msgspec.convert(rule_fields.typed(rule_fields.shown(odd)), WorkRules) != odd, "the control: a clock that forgets"


def test_times_are_read_as_people_type_them() -> None:
    assert shift_forms.windows_typed("9:00 - 12:00；22:00至06:00") == [
        {"starts_min": 540, "ends_min": 720}, {"starts_min": 1320, "ends_min": 1800},
    ]  # fmt: skip
    assert shift_forms.windows_typed("") == []


def test_who_follows_which_tells_who_said_so(hq: Visitor, world: World) -> None:
    given = {"person_id": "王芳 · P8", "pattern": "office", "from_day": "2027-01-04"}
    assert hq.send("/console/shifts/assign", "/console/shifts/assign", **given).status_code == 303
    said = sa.select(PatternAssignment).where(PatternAssignment.person_id == world.people["王芳"])
    made = max(world.rows(said), key=lambda row: row.from_day)
    address = f"/console/shifts/assignments/{made.id}"
    assert address in text(hq, "/console/shifts")
    page = text(hq, address)
    assert 'id="history"' in page and "shifts.assign_pattern/1" in page and "陈思远" in page
