"""A roster problem as the solver reads it: facts the rules can judge, or everything that is wrong with it, never a failure."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from contract.messages import LANGUAGES, catalogue
from contract.refusals import REFUSALS
from contract.rostering import from_problem
from contract.rostering.from_problem import MOST_ERRORS, Facts, profile_of, read_problem
from contract.rostering.problem import RosterProblem
from contract.rostering.rules import judge_cover, judge_line
from contract.wire import decode
from tests.support.planted import instead
from tests.support.wire_shapes import fitting

pytestmark = pytest.mark.fast
SHIFT = {"id": "a1", "employee": "e7", "store": "st12", "start": "2026-07-27T09:00", "end": "2026-07-27T17:30"}
WANG = {
    "id": "e7", "name": "王芳", "home": "hq", "dispatch": [{"store": "st12", "from": "2026-07-01", "to": "2026-09-30"}],
    "skills": {"cashier": 3, "food_safety": {"level": 1, "valid_to": "2026-08-10"}},
    "contract": {"system": "standard", "week_min": 2160, "week_max": 2400, "overtime_month_left": 1320},
    "history": {"last_end": "2026-07-26T22:15", "days_in_row": 3, "weekends_8w": 5, "closings_8w": 9},
    "availability": [{"kind": "unavailable", "from": "2026-07-29T08:00", "to": "2026-07-29T14:00"}], "wage_cents_hour": 2600,
}  # fmt: skip
DESIGN: dict[str, Any] = {
    "version": 1, "problem_id": "st12-2026w31", "horizon": {"start": "2026-07-27", "days": 14, "tz": "Asia/Shanghai"},
    "profile": "cn-2025",
    "rules": {"rest_between": {"hard": True, "min": 660}, "under_target": {"weight": 90}, "clopen": {"enabled": False}},
    "stores": [{"id": "st12", "open": [["mon", "09:00", "22:00"]], "travel_min": {"st14": 25}}, {"id": "st14"}],
    "employees": [WANG], "assignments": [{**SHIFT, "break_min": 30, "role": "cashier", "state": "published"}],
    "demand": [{"store": "st12", "role": "cashier", "from": "2026-07-27T09:00", "to": "2026-07-27T11:00", "min": 1, "target": 2}],
    "templates": [{"role": "*", "start": ["08:00", "15:00"], "length": [240, 600], "break": {"after": 360, "min": 30}}],
    "replan": {"employee": "e7", "from": "2026-07-27", "to": "2026-07-28", "freeze_until": "2026-07-27T12:00"},
}  # fmt: skip


def problem(**changed: Any) -> RosterProblem:
    return decode(json.dumps({**DESIGN, **changed}), RosterProblem)


def codes(**changed: Any) -> list[str]:
    return [error.code for error in read_problem(problem(**changed)).errors]


def test_the_problem_of_the_design_is_read_whole() -> None:
    facts = read_problem(problem())
    assert facts.errors == []
    worker = facts.workers["e7"]
    assert [(stay.store_id, stay.from_day, stay.until) for stay in worker.stays] == [("st12", "2026-07-01", "2026-10-01")]
    assert {skill.code: skill.to_day for skill in worker.skills} == {"cashier": None, "food_safety": "2026-08-10"}
    assert worker.past.month_overtime_min == 36 * 60 - 1320
    assert (facts.calendar.first_day, facts.calendar.last_day) == ("2026-07-27", "2026-08-09")
    assert facts.calendar.travel_min == {("st12", "st14"): 25, ("st14", "st12"): 25}
    broken = {(one.rule, one.about): one.over for one in judge_line(worker, facts.placed["e7"], facts.profile, facts.calendar)}
    assert broken["rest_between", "2026-07-27"] == 15  # 22:15 to 09:00 is 645
    assert [(cover.have, cover.target) for cover in judge_cover(facts.needs, facts.placed["e7"])] == [(1, 2)]


def test_changes_of_single_rules_are_made_to_the_profile() -> None:
    rules = {setting.rule: setting for setting in profile_of(problem()).rules}  # type: ignore[union-attr]
    assert rules["under_target"].weight == 90
    assert not rules["clopen"].enabled
    assert rules["rest_between"].params["min"] == 660
    assert rules["daily_max"].params["overtime"] == 180


def test_who_is_at_home_nowhere_and_posted_nowhere_may_work_anywhere() -> None:
    nobody_said, home = ({**WANG, "dispatch": [], "home": where} for where in ("hq", "st14"))
    anywhere = read_problem(problem(employees=[nobody_said])).workers["e7"]
    at_home = read_problem(problem(employees=[home])).workers["e7"]
    assert {stay.store_id for stay in anywhere.stays} == {"st12", "st14"}
    assert [stay.store_id for stay in at_home.stays] == ["st14"] and at_home.home_store == "st14"


@pytest.mark.parametrize(
    ("start", "end", "elapsed", "minutes"),
    [
        ("2026-03-28T22:00", "2026-03-29T06:00", 420, (1_320, 1_800)),  # the clock goes forward
        ("2026-10-24T22:00", "2026-10-25T06:00", 540, (1_320, 1_800)),  # and back
        ("2026-03-29T02:30", "2026-03-29T04:00", 60, (150, 240)),  # 02:30 does not exist: 03:00
        ("2026-10-25T02:30", "2026-10-25T04:00", 150, (150, 240)),  # 02:30 comes twice: the first
        ("2026-07-27T00:00", "2026-07-27T24:00", 1_440, (0, 1_440)),
    ],
)
def test_local_times_are_instants_also_in_the_nights_when_clocks_change(
    start: str, end: str, elapsed: int, minutes: tuple[int, int]
) -> None:
    berlin = [{"id": "st12", "tz": "Europe/Berlin"}, {"id": "st14"}]
    facts = read_problem(problem(stores=berlin, assignments=[{**SHIFT, "start": start, "end": end}]))
    (shift,) = facts.placed["e7"]
    assert (shift.ends_ms - shift.starts_ms) // 60_000 == shift.work_min == elapsed
    assert (shift.starts_min, shift.ends_min) == minutes


def with_shift(**changed: Any) -> dict[str, Any]:
    return {"assignments": [{**SHIFT, **changed}]}


def with_person(**changed: Any) -> dict[str, Any]:
    return {"employees": [{**WANG, **changed}]}


def with_store(**changed: Any) -> dict[str, Any]:
    return {"stores": [{"id": "st12", **changed}, {"id": "st14"}]}


def with_template(start: list[str], length: list[int]) -> dict[str, Any]:
    return {"templates": [{"start": start, "length": length}]}


def with_replan(**changed: Any) -> dict[str, Any]:
    return {"replan": {"from": "2026-07-27", "to": "2026-07-27", **changed}}


HOSTILE: dict[str, tuple[str, dict[str, Any]]] = {
    "a shift of no length": ("rostering.ends_before_start", with_shift(end="2026-07-27T09:00")),
    "a shift that ends before it begins": ("rostering.ends_before_start", with_shift(end="2026-07-27T08:00")),
    "a shift wholly in the missing hour": (
        "rostering.ends_before_start",
        {"stores": [{"id": "st12", "tz": "Europe/Berlin"}], **with_shift(start="2026-03-29T02:10", end="2026-03-29T02:50")},
    ),
    "a shift of two days": ("rostering.longer_than_a_day", with_shift(end="2026-07-28T09:01")),
    "a pause as long as the shift": ("rostering.break_too_long", with_shift(break_min=510)),
    "a day no calendar has": ("rostering.no_such_time", with_shift(start="2026-02-30T09:00")),
    "a time no clock shows": ("rostering.no_such_time", with_shift(end="2026-07-27T24:10")),
    "a store nobody knows": ("rostering.store_unknown", with_shift(store="nowhere")),
    "a person nobody knows": ("rostering.employee_unknown", with_shift(employee="ghost")),
    "two shifts with one id": ("rostering.id_twice", {"assignments": [SHIFT, {**SHIFT, "end": "2026-07-27T18:00"}]}),
    "two people with one id": ("rostering.id_twice", {"employees": [WANG, WANG]}),
    "a person in every store at once": (
        "rostering.two_places",
        {"assignments": [{**SHIFT, "id": f"in {store}", "store": store, "state": "published"} for store in ("st12", "st14")]},
    ),
    "a hundred shifts of one person on a day": (
        "rostering.too_many_a_day",
        {"assignments": [{**SHIFT, "id": f"a{n}", "start": "2026-07-27T09:00", "end": "2026-07-27T09:01"} for n in range(100)]},
    ),
    "more leave than there are days": (
        "rostering.too_many",
        with_person(availability=[{"kind": "leave", "from": "2026-07-29T08:00", "to": "2026-07-29T09:00"}] * 3_001),
    ),
    "a zone nobody knows": ("rostering.zone_unknown", {"stores": [{"id": "st12", "tz": "Mars/Olympus"}, {"id": "st14"}]}),
    "a zone that is a path": ("rostering.zone_unknown", {"stores": [{"id": "st12", "tz": "../../etc/passwd"}, {"id": "st14"}]}),
    "a profile nobody knows": ("rostering.profile_unknown", {"profile": "mars"}),
    "a rule nobody knows": ("rostering.rule_unknown", {"rules": {"gravity": {"hard": True}}}),
    "a setting nobody knows": ("rostering.param_unknown", {"rules": {"clopen": {"mass": 3}}}),
    "a number written as a word": ("rostering.param_type", {"rules": {"rest_between": {"min": "eleven"}}}),
    "a yes that is a number": ("rostering.param_type", {"rules": {"rest_between": {"hard": 1}}}),
    "a rest of minus an hour": ("rostering.param_out_of_range", {"rules": {"rest_between": {"min": -60}}}),
    "a length of at least more than at most": (
        "rostering.rules_contradict", {"rules": {"shift_length": {"min": 600, "max": 240}}},
    ),
    "a goal as a hard rule": ("rostering.rule_never_hard", {"rules": {"fair_hours": {"hard": True}}}),
    "overlap switched off": ("rostering.rule_fixed", {"rules": {"overlap": {"enabled": False}}}),
    "a contract of at least more than at most": (
        "rostering.min_above_max", with_person(contract={"week_min": 2_400, "week_max": 1_200}),
    ),
    "a week no day's limit allows": ("rostering.min_above_max", with_person(contract={"week_min": 2_400, "day_max": 60})),
    "demand of at least more than at most": (
        "rostering.min_above_max",
        {"demand": [{"store": "st12", "role": "x", "from": "2026-07-27T09:00", "to": "2026-07-27T10:00", "min": 3, "max": 1}]},
    ),
    "demand that ends before it begins": (
        "rostering.ends_before_start",
        {"demand": [{"store": "st12", "role": "x", "from": "2026-07-27T09:00", "to": "2026-07-27T08:00"}]},
    ),
    "leave that ends before it begins": (
        "rostering.ends_before_start",
        with_person(availability=[{"kind": "leave", "from": "2026-07-29T08:00", "to": "2026-07-29T08:00"}]),
    ),
    "a posting that ends before it begins": (
        "rostering.ends_before_start", with_person(dispatch=[{"store": "st12", "from": "2026-07-02", "to": "2026-07-01"}]),
    ),
    "a posting to nowhere": ("rostering.store_unknown", with_person(dispatch=[{"store": "x", "from": "2026-07-02"}])),
    "a birthday no calendar has": ("rostering.no_such_time", with_person(born_on="2007-02-29")),
    "a last shift no calendar has": ("rostering.no_such_time", with_person(history={"last_end": "2026-13-01T10:00"})),
    "a template of no length": ("rostering.param_out_of_range", with_template(["08:00", "09:00"], [0, 60])),
    "a template that begins late and early": ("rostering.min_above_max", with_template(["15:00", "08:00"], [60, 60])),
    "a template longer at least than at most": ("rostering.min_above_max", with_template(["08:00", "08:00"], [90, 60])),
    "opening at a time no clock shows": ("rostering.no_such_time", with_store(open=[["mon", "25:00", "26:00"]])),
    "a way of minus a minute": ("rostering.param_out_of_range", with_store(travel_min={"st14": -1})),
    "a way to nowhere": ("rostering.store_unknown", with_store(travel_min={"x": 1})),
    "re-planning that ends before it begins": ("rostering.ends_before_start", with_replan(**{"from": "2026-07-28"})),
    "re-planning of nobody": ("rostering.employee_unknown", with_replan(employee="x")),
    "a last shift in the year one": ("rostering.no_such_time", with_person(history={"last_end": "0001-01-01T00:00"})),
    "a shift in the year one": ("rostering.no_such_time", with_shift(start="0001-01-01T00:00")),
    "a horizon at the end of days": ("rostering.no_such_time", {"horizon": {"start": "9999-12-31", "days": 366}}),
    "a first day no calendar has": ("rostering.no_such_time", {"horizon": {"start": "2026-02-30", "days": 7}}),
    "a holiday no calendar has": ("rostering.no_such_time", {"holidays": ["2026-02-30"]}),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(HOSTILE))
def test_a_hostile_problem_is_refused_with_the_code_the_field_and_a_sentence(what: str) -> None:
    code, changed = HOSTILE[what]
    errors = read_problem(problem(**changed)).errors
    assert code in {error.code for error in errors}, [error.code for error in errors]
    for error in errors:
        assert error.code in REFUSALS and error.field
        for language in LANGUAGES:
            sentence = catalogue(language)[error.code]
            assert "…" not in sentence.format_map(error.facts)


def test_a_problem_whose_checks_are_left_out_is_found() -> None:
    assert codes(**HOSTILE["demand of at least more than at most"][1]) == ["rostering.min_above_max"]
    with instead(from_problem, "wrong_terms", lambda problem: iter(())):
        assert codes(**HOSTILE["demand of at least more than at most"][1]) == []
    with instead(from_problem, "_twice", lambda person, shifts: iter(())):
        assert codes(**HOSTILE["a person in every store at once"][1]) == []


def test_drafts_at_the_same_time_may_be_given_for_one_of_them_can_go() -> None:
    drafts = [{**SHIFT, "id": f"a{n}", "store": store} for n, store in enumerate(("st12", "st14"))]
    assert codes(assignments=drafts) == []


def test_errors_end_after_fifty() -> None:
    backwards = [{**SHIFT, "id": f"a{n}", "end": "2026-07-27T08:00"} for n in range(200)]
    assert len(codes(assignments=backwards)) == MOST_ERRORS


@pytest.mark.slow
def test_a_hundred_thousand_shifts_are_read_in_seconds() -> None:
    people = [{"id": f"e{n}"} for n in range(5_000)]
    shifts = []
    for number in range(100_000):
        day, hour = 27 + number // 25_000, number // 5_000 % 5 * 3
        times = {"start": f"2026-07-{day}T{hour:02d}:00", "end": f"2026-07-{day}T{hour + 2:02d}:00"}
        shifts.append({"id": f"a{number}", "employee": f"e{number % 5_000}", "store": "st12", **times})
    given_problem = problem(employees=people, assignments=shifts, replan=None)
    begun = time.process_time()
    facts = read_problem(given_problem)
    assert time.process_time() - begun < 10
    assert facts.errors == []
    assert sum(map(len, facts.placed.values())) == 100_000


@pytest.mark.slow
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)  # fmt: skip
@given(fitting(RosterProblem))
def test_whatever_fits_the_shape_is_read_or_refused_and_never_fails(body: Any) -> None:
    facts = read_problem(decode(json.dumps(body), RosterProblem))
    assert isinstance(facts, Facts)
    assert all(error.code in REFUSALS for error in facts.errors)
    if not facts.errors:
        for person, worker in facts.workers.items():
            assert judge_line(worker, facts.placed[person], facts.profile, facts.calendar) is not None
