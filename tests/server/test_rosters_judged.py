"""The rules of rosters over the server: the same refusal and the same words at the console, the API, a tablet and a phone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from contract.attendance import KioskProof
from contract.ids import new_id
from contract.leave_days import minute_of
from contract.messages import say
from contract.postings import PostEmployee
from contract.roster_people import AssignProfile, DefineProfile, DefineSkill, GrantSkill, SetTerms, WithdrawSkill
from contract.rostering.shapes import RuleSetting, Stay
from contract.rosters import CheckAnswer, CheckChange
from contract.shifts import Window
from server.kernel.actors import Actor
from server.kernel.perform import reading, writing
from server.leave.model import Leave
from server.rosters import cells, gathering, verdicts
from server.rosters.cells import check_change
from server.rosters.gathering import Extra
from server.rosters.model import Publication
from tests.server.rosters_of import Desk, day, desk_on_sqlite
from tests.support.planted import instead


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = desk_on_sqlite(tmp_path)
    yield made
    made.world.close()


def lend(desk: Desk, person: str, store: str) -> Any:
    """As if somebody might work at a further store: what the market's loans tell."""

    def read(_connection: Any, stores: Any, people: Any, _first: date, _last: date) -> Extra:
        wanted = person in people if people is not None else store in stores
        return Extra({person: [Stay(store_id=store, from_day="2026-01-01")]} if wanted else {}, {})

    return instead(gathering, "READERS", [*gathering.READERS, read])


# -- two stores -----------------------------------------------------------------------------------------------------------


def test_an_overlap_in_two_stores_is_refused_everywhere_with_the_same_words(desk: Desk) -> None:
    with lend(desk, desk.li, desk.other):
        desk.put(desk.li, 0)
        desk.published()
        op = desk.shift(desk.li, 0, "day", store_id=desk.other)
        outcome = desk.world.do(op, desk.as_sun)
        assert outcome.code == "rosters.breaks_overlap"
        kiosk = desk.shift(desk.li, 0, "day", store_id=desk.other, kiosk=KioskProof(pin=True))
        assert desk.by_device(kiosk, kind="kiosk", actor=desk.sun, home=desk.other) == "rosters.breaks_overlap"
        assert desk.by_device(op, kind="phone", actor=desk.sun, home=desk.sun) == "rosters.breaks_overlap"
        checked = check(desk, op, desk.as_sun)
        assert checked.refused
        said = say("en", outcome.code, **outcome.facts)
        assert said in [one.en for one in checked.said] and "overlap by 7 h" in said
        assert say("zh", outcome.code, **outcome.facts) in [one.zh for one in checked.said]


def test_a_manager_who_may_not_see_the_other_store_hears_the_times_and_no_name(desk: Desk) -> None:
    with lend(desk, desk.li, desk.other):
        desk.put(desk.li, 0)
        op = desk.shift(desk.li, 0, "day", store_id=desk.other)
        hers = desk.world.do(op, desk.as_sun)
        hrs = desk.world.do(desk.shift(desk.li, 0, "day", store_id=desk.other), desk.as_qian)
        assert "another store" in hers.facts["said_en"] and "静安店" not in hers.facts["said_en"]
        assert "其他门店" in hers.facts["said_zh"] and "08:00" in hers.facts["said_en"]
        assert "静安店" in hrs.facts["said_en"]


def test_a_verdict_that_tells_everybody_everything_would_be_found(desk: Desk) -> None:
    """The control."""
    with lend(desk, desk.li, desk.other), instead(verdicts, "hidden_stores", lambda *_: set()):
        desk.put(desk.li, 0)
        outcome = desk.world.do(desk.shift(desk.li, 0, "day", store_id=desk.other), desk.as_sun)
        assert "静安店" in outcome.facts["said_en"]


def test_two_stores_that_publish_the_same_person_for_a_day_make_one_planned_day(desk: Desk) -> None:
    with lend(desk, desk.li, desk.other):
        desk.put(desk.li, 0, windows=[Window(starts_min=480, ends_min=720)])
        desk.put(desk.li, 0, "day", store_id=desk.other, windows=[Window(starts_min=840, ends_min=1_080)])
        desk.published()
        desk.published(store=desk.other)
        duty = desk.due(desk.li)
        assert duty is not None and [window.store_id for window in duty.windows] == [desk.store, desk.other]
        assert desk.worked(desk.li, 1) == ""


def test_a_check_tells_nothing_to_who_does_not_plan_the_store(desk: Desk) -> None:
    op = desk.shift(desk.li)
    with pytest.raises(Exception, match=r"access\.out_of_scope"):
        check(desk, op, desk.as_sun)
    assert check(desk, op, desk.as_wu).verdicts == [] and desk.cells() == []


def check(desk: Desk, op: Any, who: Actor) -> CheckAnswer:
    asked = CheckChange(
        store_id=op.store_id, shift_id=new_id(), day=op.day, person_id=op.person_id, template=op.template, windows=op.windows
    )
    who = who.at(desk.world.clock())
    with reading(desk.world.db, who) as session:
        return check_change(session, who, asked)


# -- rules ------------------------------------------------------------------------------------------------------------------


def test_a_night_and_the_next_days_early_shift_are_refused_and_may_be_set_aside_with_a_reason(desk: Desk) -> None:
    desk.put(desk.li, 0, "night")
    outcome = desk.world.do(desk.shift(desk.li, 1, windows=[Window(starts_min=780, ends_min=1_260)]), desk.as_wu)
    assert outcome.code == "rosters.breaks_rest_between" and outcome.facts["overridable"]
    assert "7 h of rest" in outcome.facts["said_en"]
    desk.put(desk.li, 1, windows=[Window(starts_min=780, ends_min=1_260)], override="she asked for it")
    assert desk.publish().status == "applied", "the reason was given with the shift"


def test_leave_posting_dates_and_certificates_are_looked_at(desk: Desk) -> None:
    on = day(2)
    with writing(desk.world.db, Actor.system(), op_id=new_id(), now=desk.world.clock()) as session:
        session.add(
            Leave(
                id=new_id(), person_id=desk.li, kind="annual", from_day=on, to_day=on, minutes=480, starts_min=minute_of(on),
                ends_min=minute_of(on) + 1_440, granted_at=desk.world.clock(),
            )
        )  # fmt: skip
    assert desk.refused(desk.li, 2) == "rosters.breaks_approved_leave"
    assert desk.refused(desk.li, 1, "night") == "rosters.breaks_approved_leave", "the night goes on into the day of leave"
    assert desk.refused(desk.lei, 0) == "rosters.breaks_dispatch_window"
    names = {"name_zh": "药师", "name_en": "Pharmacist"}
    desk.world.must(DefineSkill(skill_id=new_id(), code="pharmacist", needs_certificate=True, **names))
    grant = GrantSkill(grant_id=new_id(), person_id=desk.li, skill="pharmacist", from_day="2026-01-01", to_day=day(3).isoformat())
    assert desk.world.refusal(grant, desk.as_qian) == "rosters.certificate_needed"
    assert desk.world.refusal(grant, desk.as_wu) == "access.not_allowed"
    certified = GrantSkill(**{**grant_of(grant), "certificate": "SH-4711"})
    desk.world.must(certified, desk.as_qian)
    desk.put(desk.li, 3, role="pharmacist")
    outcome = desk.world.do(desk.shift(desk.li, 4, role="pharmacist"), desk.as_wu)
    assert outcome.code == "rosters.breaks_skill_required" and "Pharmacist" in outcome.facts["said_en"]
    withdraw = WithdrawSkill(grant_id=grant.grant_id, from_day=day(1).isoformat(), reason="expired early")
    desk.world.must(withdraw, desk.as_qian)
    assert [one.rule for one in desk.grid().verdicts if one.level == "hard"] == ["skill_required"]
    assert desk.publish(override="go").code == "rosters.breaks_skill_required", "the law is not set aside"


def grant_of(op: GrantSkill) -> dict[str, Any]:
    return {name: getattr(op, name) for name in op.__struct_fields__}


def test_a_publish_names_each_rule_that_is_broken_and_publishes_nothing(desk: Desk) -> None:
    desk.put(desk.wang, 0)
    desk.put(desk.li, 1, "night")
    desk.put(desk.li, 2, "late", override="swapped")
    strict = [RuleSetting(rule="rest_between", hard=True, params={"min": 1_200}), RuleSetting(rule="shift_length", hard=True)]
    values = {"profile_id": new_id(), "code": "strict", "name_zh": "严", "name_en": "Strict", "from_day": "2026-01-01"}
    desk.world.must(DefineProfile(**values, rules=strict, reason="r"), desk.as_qian)
    use = AssignProfile(assignment_id=new_id(), unit_id=desk.store, profile="strict", from_day="2026-11-01")
    desk.world.must(use, desk.as_qian)
    desk.put(desk.chen, 0, windows=[Window(starts_min=600, ends_min=900)])
    outcome = desk.publish()
    assert outcome.code == "rosters.breaks_rest_between" and outcome.facts["count"] == 1
    assert desk.worked(desk.wang) is None and desk.notices(desk.wang) == []
    assert desk.world.rows(sa.select(Publication)) == []


def test_terms_of_a_contract_count_from_their_day(desk: Desk) -> None:
    values = {"terms_id": new_id(), "person_id": desk.li, "from_day": "2026-11-01"}
    desk.world.must(SetTerms(**values, day_max_min=240, protect=["no_night"]), desk.as_qian)
    assert desk.refused(desk.li) == "rosters.breaks_daily_max"
    short = [Window(starts_min=600, ends_min=840)]
    desk.put(desk.li, windows=short)
    late = desk.refused(desk.li, 1, windows=[Window(starts_min=1_260, ends_min=1_500)])
    assert late == "rosters.breaks_protected_no_night"
    backwards = SetTerms(**{**values, "terms_id": new_id(), "week_min_min": 2_400, "week_max_min": 1_200})
    assert desk.world.refusal(backwards, desk.as_qian) == "rosters.terms_backwards"


def test_a_rule_that_cannot_be_meant_is_no_profile(desk: Desk) -> None:
    values = {"profile_id": new_id(), "code": "odd", "name_zh": "怪", "name_en": "Odd", "from_day": "2026-01-01", "reason": "r"}
    unknown = DefineProfile(**values, rules=[RuleSetting(rule="no_such_rule")])
    assert desk.world.refusal(unknown, desk.as_qian) == "rostering.rule_unknown"
    assert desk.world.refusal(DefineProfile(**values, rules=[]), desk.as_wu) == "access.not_allowed"
    use = AssignProfile(assignment_id=new_id(), profile="odd", from_day="2026-01-01")
    assert desk.world.refusal(use, desk.as_qian) == "rosters.profile_unknown"


@pytest.mark.parametrize(("night", "hours"), [("2027-03-27", 7), ("2026-12-24", 8)])
def test_a_night_of_a_clock_change_has_the_hours_that_elapse(desk: Desk, night: str, hours: int) -> None:
    berlin = desk.world.open_store("柏林店", zone="Europe/Berlin")
    person = desk.world.hire("Anna")
    desk.world.post(person, berlin)
    shift = desk.shift(person, date.fromisoformat(night), "night", store_id=berlin)
    desk.world.must(shift)
    desk.world.must(desk.publishing(date.fromisoformat(night), date.fromisoformat(night), store_id=berlin))
    placed = desk.shown(shift.shift_id).placed[0]
    assert (placed["ends_ms"] - placed["starts_ms"]) // 3_600_000 == hours
    assert placed["work_min"] == hours * 60 - 30


def test_somebody_in_every_store_is_judged_in_one_look(desk: Desk) -> None:
    """A hostile roster: a draft at each of many stores at the same time, put there past the judge; it ends in a refusal."""
    stores = [desk.world.open_store(f"店{n}") for n in range(12)]
    with instead(cells, "judge_wanted", lambda *_: []):
        for store in stores:
            desk.world.must(desk.shift(desk.li, 0, store_id=store))
    began = time.process_time()
    outcome = desk.world.do(desk.publishing(store_id=stores[0]))
    assert outcome.code == "rosters.breaks_overlap" and len(outcome.facts["verdicts"]) <= 30
    assert time.process_time() - began < 2


# -- how much it costs --------------------------------------------------------------------------------------------------------


class Month:
    """40 people with a shift on five days of each week, December 2026 of one store."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        people = [desk.world.hire(f"员工{n}") for n in range(37)]
        operations: list[tuple[str, Any]] = [
            (new_id(), PostEmployee(posting_id=new_id(), person_id=person, store_id=desk.store, starts_on="2026-11-01"))
            for person in people
        ]
        desk.world.do_many(operations)
        desk.rotate(["early"] * 5 + ["", ""], [*people, desk.li, desk.wang, desk.chen])
        self.first, self.last = date(2026, 12, 1), date(2026, 12, 31)
        desk.fill(self.first, self.last)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    made = Month(desk_on_sqlite(tmp_path_factory.mktemp("month")))
    yield made
    made.desk.world.close()


def statements_of(month: Month) -> tuple[int, float]:
    """How many statements a look at the month takes, and how many seconds of CPU."""
    desk, said = month.desk, []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(desk.world.db.engine, "before_cursor_execute", note)
    try:
        began = time.process_time()
        found = desk.grid(month.first, month.last)
        spent = time.process_time() - began
    finally:
        event.remove(desk.world.db.engine, "before_cursor_execute", note)
    assert len(found.people) == 40 and len(found.cells) == 40 * 23
    return len(said), spent


def test_a_month_of_40_people_is_read_in_few_statements(month: Month) -> None:
    count, spent = statements_of(month)
    assert count <= 34, f"{count} statements"
    assert spent < 0.6, f"{spent:.3f} s of CPU"  # 0.10 s on a quiet machine


def test_a_look_that_asks_for_each_person_alone_is_found(month: Month) -> None:
    """The control."""
    at_once = gathering._terms_of

    def one_by_one(connection: Any, people: Any, on: date) -> dict[str, Any]:
        return {key: row for person in people for key, row in at_once(connection, [person], on).items()}

    with instead(gathering, "_terms_of", one_by_one):
        assert statements_of(month)[0] > 34
