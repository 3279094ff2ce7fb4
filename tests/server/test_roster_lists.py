"""Lists around rosters: skills and who has them, terms without wages for managers, profiles with their versions, files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contract.ids import new_id
from contract.roster_people import DefineProfile, DefineSkill, GrantSkill, SetTerms, SkillGrantQuery, WithdrawSkill
from contract.roster_views import PersonLineQuery, RosterExportQuery
from contract.rostering.presets import PRESETS
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.kernel.problems import Problem
from server.rosters import fairness, listings
from server.rosters.exports import file_of
from server.rosters.profile_queries import profiles_of
from server.rosters.profiles import ensure
from tests.server.rosters_of import MONDAY, SUNDAY, Desk, day, desk_on_sqlite
from tests.server.world import NOON, SECRET
from tests.support.planted import instead


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = desk_on_sqlite(tmp_path)
    yield made
    made.world.close()


def look(desk: Desk, who: Actor, fn: Any, *asked: Any) -> Any:
    with reading(desk.world.db, who.at(desk.world.clock())) as session:
        return fn(session, *asked)


def test_who_has_which_skill_is_seen_by_themselves_and_where_one_reads_shifts(desk: Desk) -> None:
    desk.world.must(DefineSkill(skill_id=new_id(), code="till", name_zh="收银", name_en="Till"))
    ids = {}
    for person in (desk.li, desk.wang, desk.lei):
        ids[person] = new_id()
        grant = GrantSkill(grant_id=ids[person], person_id=person, skill="till", from_day="2026-01-01", to_day="2026-12-31")
        desk.world.must(grant, desk.as_qian)
    asked = SkillGrantQuery()
    assert [one.name for one in look(desk, desk.as_wu, listings.grants, asked).items] == ["李伟", "王芳"]
    assert len(look(desk, desk.as_qian, listings.grants, asked).items) == 3
    assert [one.name for one in look(desk, desk.own(desk.lei), listings.grants, asked).items] == ["赵磊"]
    assert look(desk, desk.as_qian, listings.skills).items[0].people == 3
    desk.world.must(WithdrawSkill(grant_id=ids[desk.li], from_day="2026-11-01", reason="r"), desk.as_qian)
    again = WithdrawSkill(grant_id=ids[desk.li], from_day="2026-11-02", reason="r")
    assert desk.world.refusal(again, desk.as_qian) == "rosters.already_withdrawn"
    assert look(desk, desk.as_qian, listings.skills).items[0].people == 2
    soon = SkillGrantQuery(ends_by="2026-12-31", store_id=desk.store, skill="till")
    assert [one.name for one in look(desk, desk.as_wu, listings.grants, soon).items] == ["王芳"]


def test_a_wage_is_not_for_the_stores_manager(desk: Desk) -> None:
    values = {"person_id": desk.li, "from_day": "2026-01-01", "wage_cents_hour": 2_600, "born_on": "2010-05-01"}
    desk.world.must(SetTerms(terms_id=new_id(), **values), desk.as_qian)
    desk.world.must(SetTerms(terms_id=new_id(), **{**values, "week_max_min": 1_200}), desk.as_qian)
    (hers,), (hrs,) = (look(desk, who, listings.terms, desk.li).items for who in (desk.as_wu, desk.as_qian))
    assert (hers.wage_cents_hour, hers.born_on, hers.week_max_min) == (None, None, 1_200)
    assert (hrs.wage_cents_hour, hrs.born_on) == (2_600, "2010-05-01")
    assert look(desk, desk.as_sun, listings.terms, desk.li).items == []


def test_a_list_that_forgets_the_rules_of_fields_is_found(desk: Desk) -> None:
    """The control."""
    desk.world.must(SetTerms(terms_id=new_id(), person_id=desk.li, from_day="2026-01-01", wage_cents_hour=2_600), desk.as_qian)
    everything = type("View", (), {"reads": lambda self, key: True})()
    with instead(listings, "views_of", lambda *_: {desk.li: everything}):
        (hers,) = look(desk, desk.as_wu, listings.terms, desk.li).items
    assert hers.wage_cents_hour == 2_600


def test_a_company_begins_with_ready_rules_and_keeps_its_own_versions(desk: Desk) -> None:
    known = look(desk, desk.as_wu, listings.profiles)
    assert {one.code for one in known.items} == set(PRESETS) and [use.profile for use in known.uses] == ["cn-2025"]
    values = {"profile_id": new_id(), "code": "cn-2025", "name_zh": "我们的", "name_en": "Ours", "reason": "r", "rules": []}
    desk.world.must(DefineProfile(**values, from_day=day(7).isoformat()), desk.as_qian)
    ensure(desk.world.db, NOON, SECRET)
    with reading(desk.world.db, Actor.system()) as session:
        of = {on: profiles_of(session, [desk.store], on)[desk.store].name_en for on in (MONDAY, day(6), day(7))}
    assert of == {MONDAY: "China, standard hours", day(6): "China, standard hours", day(7): "Ours"}
    assert len(look(desk, desk.as_wu, listings.profiles).items) == len(PRESETS) + 1


def test_somebodys_line_is_theirs_and_their_managers(desk: Desk) -> None:
    shift = desk.put(desk.li, 0)
    asked = PersonLineQuery(person_id=desk.li, from_day=MONDAY.isoformat(), to_day=SUNDAY.isoformat())
    assert look(desk, desk.own(desk.li), fairness.person_line, asked).shifts == [], "a draft is no news"
    desk.published()
    for who in (desk.own(desk.li), desk.as_wu):
        assert [one.id for one in look(desk, who, fairness.person_line, asked).shifts] == [shift]
    with pytest.raises(Problem, match=r"people\.unknown"):
        look(desk, desk.as_sun, fairness.person_line, asked)


def exported(desk: Desk, who: Actor, **more: Any) -> tuple[bytes, str, list[str]]:
    values = {"store_id": desk.store, "from_day": MONDAY.isoformat(), "to_day": SUNDAY.isoformat(), "language": "en"}
    found: tuple[bytes, str, list[str]] = look(desk, who, file_of, RosterExportQuery(**{**values, **more}))
    return found


def test_a_roster_leaves_as_a_file_that_no_spreadsheet_reckons_with(desk: Desk) -> None:
    desk.put(desk.li, 0, comment="=1+1")
    desk.put(None, 1, "late")
    body, media, people = exported(desk, desk.as_wu)
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert rows[0][:3] == ["Day", "From", "To"] and rows[0][8] == "State"
    assert rows[1][:4] == [MONDAY.isoformat(), "08:00", "16:00", "李伟"] and rows[1][7:9] == ["7:30", "Draft"]
    assert rows[1][10] == "'=1+1" and rows[2][3] == "Open shift"
    assert media.startswith("text/csv") and people == [desk.li]
    assert exported(desk, desk.as_wu, format="xlsx")[0][:2] == b"PK"
    with pytest.raises(Problem, match=r"out_of_scope"):
        exported(desk, desk.as_sun)
    assert date.fromisoformat(rows[1][0]) == MONDAY
