"""Whose hours are made by which rules, and what devices hold of the plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from contract.ids import new_id
from contract.shifts import AssignRules, Break, DefineRules, PlanDay, WorkRules
from server.kernel import events
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.org.model import COMPANY_ID
from server.shifts import queries
from server.shifts.duty import keep_duties
from server.shifts.events import RulesChanged
from server.shifts.places import Places
from server.shifts.queries import RulesInForce, rules_book
from tests.server import shifts_of
from tests.server.shifts_of import DAY, TODAY, ready
from tests.server.world import NOON, SECRET, World
from tests.support.company import Company
from tests.support.handset import new_handset
from tests.support.planted import instead
from tests.sync.model_checks import check_converged, holds


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = ready(World.on_sqlite(tmp_path))
    made.post(made.hire("李伟"), made.open_store("豫园店"))
    yield made
    made.close()


def book_of(world: World, day: date = TODAY, name: str = "李伟") -> RulesInForce:
    with reading(world.db, Actor.system()) as session:
        return rules_book(session).of(world.people[name], day)


def _assign(**more: Any) -> AssignRules:
    return AssignRules(assignment_id=new_id(), **{"from_day": TODAY.isoformat(), **more})


def _define(**more: Any) -> DefineRules:
    values = {"code": "standard", "from_day": TODAY.isoformat(), "body": WorkRules(grace_in_min=5), **more}
    return DefineRules(rules_id=new_id(), name_zh="标准", name_en="Standard", reason="r", **values)


def test_the_standard_rules_are_the_companys_from_the_beginning(world: World) -> None:
    found = book_of(world)
    assert (found.code, found.from_day, found.body) == ("standard", date(2000, 1, 1), WorkRules())


def test_the_rules_of_person_store_and_company_count_in_this_order(world: World) -> None:
    world.must(_assign(rules="unscheduled", unit_id=COMPANY_ID))
    assert book_of(world).code == "unscheduled"
    world.must(_assign(rules="comprehensive", unit_id=world.stores["豫园店"]))
    assert book_of(world).code == "comprehensive" and book_of(world, name="陈思远").code == "unscheduled"
    world.must(_assign(rules="eu", person_id=world.people["李伟"], from_day=(TODAY + DAY).isoformat()))
    assert book_of(world).code == "comprehensive", "from tomorrow on, not today"
    assert book_of(world, TODAY + DAY).code == "eu" and book_of(world, TODAY - DAY).code == "standard"


def test_a_book_that_forgets_where_people_are_posted_is_found(world: World) -> None:
    """The control: places that nobody reads."""
    world.must(_assign(rules="comprehensive", unit_id=world.stores["豫园店"]))
    with instead(queries, "load_places", lambda *_given: Places()):
        assert book_of(world).code == "standard"
    assert book_of(world).code == "comprehensive"


def test_a_version_counts_from_its_day_and_whoever_keeps_hours_is_told(world: World) -> None:
    heard: list[RulesChanged] = []
    with instead(events, "REACTIONS", {**events.REACTIONS, RulesChanged: [lambda _work, event: heard.append(event)]}):
        world.must(_define())
        world.must(_assign(rules="eu", person_id=world.people["李伟"]))
    assert heard == [RulesChanged(None, TODAY), RulesChanged(frozenset({world.people["李伟"]}), TODAY)]
    assert book_of(world, TODAY, "陈思远").body.grace_in_min == 5
    assert book_of(world, TODAY - DAY, "陈思远").body.grace_in_min == 0, "old days keep the old version"


def test_rules_that_cannot_be_are_refused(world: World) -> None:
    assert world.refusal(_define(from_day="2000-01-01")) == "operation.already_exists"
    assert world.refusal(_define(body=WorkRules(legal_breaks=[Break(minutes=0)]))) == "shifts.legal_break"
    assert world.refusal(_define(from_day="2026-02-30")) == "shifts.no_such_day"
    assert world.refusal(_assign(rules="moon")) == "shifts.rules_unknown"
    both = _assign(rules="eu", person_id=world.people["李伟"], unit_id=COMPANY_ID)
    assert world.refusal(both) == "shifts.person_or_unit"
    assert world.refusal(_assign(rules="eu", unit_id=new_id())) == "org.unit_unknown"
    assert world.refusal(_assign(rules="eu", person_id=new_id())) == "people.unknown"


def test_phone_and_tablet_hold_the_plan_of_two_weeks_and_hear_of_a_changed_day(tmp_path: Path) -> None:
    company = Company(tmp_path / "server").prepare().found(people=2)
    company.post("p1", "A", company.today() - timedelta(days=3))
    shifts_of.plant(company, "p1")
    devices = [new_handset(company, "phone", person="p1"), new_handset(company, "tablet", store="A")]
    tomorrow = (company.today() + timedelta(days=1)).isoformat()
    for round_ in range(2):
        for device in devices:
            device.sync()
            check_converged(company, device)
            days = {body["day"]: body for (_, entity, _), body in holds(device).items() if entity == "duty"}
            assert len(days) == 15 and ("windows" in days[tomorrow]) == (round_ == 0)
        company.must(PlanDay(person_id=company.people["p1"], day=tomorrow))
    for device in devices:
        device.core.close()
    company.close()


def test_duties_are_computed_and_compared_on_postgresql_too(postgres_world: World) -> None:
    world = ready(postgres_world)
    person, store = world.hire("李伟"), world.open_store("豫园店")
    world.post(person, store)
    shifts_of.follow(world, "counter", unit=store)
    assert shifts_of.worked(world, person) == "early"
    world.must(PlanDay(person_id=person, day=(TODAY + DAY).isoformat()))
    assert shifts_of.worked(world, person, TODAY + DAY) == ""
    assert keep_duties(world.db, NOON, SECRET, None, TODAY) == 0, "what is there is what comes out"
    shifts_of.follow(world, "office", unit=store)
    assert shifts_of.worked(world, person) == "day"
    assert keep_duties(world.db, NOON + DAY, SECRET, None, TODAY) == 1
