"""Who sees and changes which rows: the rule in SQL and the rule in Python are the same rule, for any actor and any rows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import make_transient

from contract.ids import derived_id, new_id
from contract.org import MoveHome
from contract.people import ROLES, Role
from server.kernel import scope
from server.kernel.actors import Actor
from server.kernel.db import Base
from server.kernel.perform import reading, writing
from server.kernel.problems import Problem
from server.org.model import HomeStay
from server.org.queries import company_day, unit_called
from server.people.model import Person, PersonStore
from server.postings.model import Posting
from server.stores.model import FenceVersion, Store
from tests.server.world import NOON, World

STORES, DEPARTMENTS = 4, 3


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Four stores, twelve people of three departments posted here and there, some of whom move; an account for each role."""
    world = World.on_sqlite(tmp_path_factory.mktemp("scope"))
    rng = random.Random(3)
    stores = [world.open_store(f"{n}号店") for n in range(STORES)]
    for n in range(12):
        person = world.hire(f"员工{n}", home_org=f"{n % DEPARTMENTS}部")
        first, second = rng.sample(stores, 2)
        world.post(person, first, "2026-10-01", "2026-11-01")
        if n % 2:
            world.post(person, second, "2026-11-01")
    with world.looking(Actor.system()) as session:
        day = company_day(NOON)
        world.units = [*stores, *(unit_called(session, f"{n}部", day).unit_id for n in range(DEPARTMENTS))]
    for n in range(0, 12, 4):
        person, there = world.people[f"员工{n}"], world.units[-1]
        world.must(MoveHome(move_id=new_id(), person_id=person, unit_id=there, from_day="2026-12-01", reason="r"))
    for n, role in enumerate(ROLES):
        world.account(world.people[f"员工{n}"], f"login{n}", role, stores[n % STORES])
    yield world
    world.close()


grants = st.lists(st.tuples(st.sampled_from(ROLES), st.none() | st.integers(0, STORES + DEPARTMENTS - 1)), max_size=4)
moments = st.sampled_from([None, NOON, NOON + timedelta(days=30)])  # without a moment: after all days


def _actor(world: World, held: list[tuple[Role, int | None]], who: int | None, now: datetime | None = NOON) -> Actor:
    person = world.people[f"员工{who}"] if who is not None else new_id()
    login = f"login{who}" if who is not None and who < len(ROLES) else None
    account = world.accounts[login] if login else new_id()
    return Actor.person(person, account, [(role, None if n is None else world.units[n]) for role, n in held], now=now)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(held=grants, who=st.none() | st.integers(0, 11), now=moments)
def test_sql_shows_exactly_the_rows_that_python_covers(
    crowd: World, held: list[tuple[Role, int | None]], who: int | None, now: datetime | None
):
    actor = _actor(crowd, held, who, now)
    for model, rule in scope.RULES.items():
        mapper = sa.inspect(model)
        key = getattr(model, mapper.get_property_by_column(mapper.primary_key[0]).key)  # the ORM's, not the table's column
        with reading(crowd.db, actor) as session:
            seen = set(session.scalars(sa.select(key)))
        with reading(crowd.db, Actor.system()) as session:
            covered = {sa.inspect(row).identity[0] for row in session.scalars(sa.select(model)) if rule.covers(actor, row)}
        assert seen == covered, (model.__name__, held, who)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(held=grants)
def test_no_way_of_asking_shows_more_than_the_plain_one(crowd: World, held: list[tuple[Role, int | None]]):
    actor = _actor(crowd, held, None)
    for model in (Person, Store, Posting, FenceVersion, PersonStore, HomeStay):
        with reading(crowd.db, Actor.system()) as session:
            everything = list(session.scalars(sa.select(model.id)))
        with reading(crowd.db, actor) as session:
            seen = set(session.scalars(sa.select(model.id)))
            assert session.scalar(sa.select(sa.func.count()).select_from(model)) == len(seen)
            alias = sa.orm.aliased(model)
            assert set(session.scalars(sa.select(alias.id))) == seen
            assert set(session.scalars(sa.select(sa.select(model.id).subquery().c.id))) == seen
        with reading(crowd.db, actor) as session:
            assert {row_id for row_id in everything if session.get(model, row_id) is not None} == seen


def test_every_table_says_who_sees_it(crowd: World):
    for mapper in Base.registry.mappers:
        assert mapper.class_ in scope.RULES or mapper.class_ in scope.OPEN_TO_ALL, mapper.class_.__name__


def test_nobody_writes_where_they_may_not_even_with_the_row_in_hand(crowd: World):
    store = crowd.stores["0号店"]
    manager = Actor.person(new_id(), new_id(), [("store_manager", store)])
    with reading(crowd.db, Actor.system()) as session:
        row = session.get_one(Store, store)
        session.expunge(row)
    make_transient(row)
    for change in ("new", "dirty"):
        with pytest.raises(Problem) as refused:
            with writing(crowd.db, manager, op_id=new_id(), now=crowd.clock()) as session:
                if change == "new":
                    row.id, row.number = derived_id("x"), "NEW-1"
                    session.add(row)
                else:
                    session.get_one(Store, store).name = "我的店"
        assert refused.value.code == "access.out_of_scope"
