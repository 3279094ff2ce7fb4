"""How scopes reach statements: by the rules of what a statement speaks of, and with all units in one parameter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import aliased, with_loader_criteria

from contract.ids import new_id
from server.approvals.model import RequestStep
from server.archive.model import Basics
from server.kernel import scope
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.kernel.sets import found_by, just, within
from server.org.model import HomeStay
from server.people.model import Person, PersonStore
from server.postings.model import HandOverTick
from server.stores.model import Store
from tests.server.world import World
from tests.support.planted import instead

UNITS = frozenset(new_id() for _ in range(3))


def _ways(model: Any) -> Iterator[Any]:
    """Ways to ask for a table's rows: plainly, and from every place inside a statement about something else."""
    key = sa.inspect(model).primary_key[0]
    column = getattr(model, sa.inspect(model).get_property_by_column(key).key)
    other, inner, as_text = aliased(model), sa.select(column).subquery(), sa.cast(column, sa.Text)
    yield sa.select(model)
    yield sa.select(sa.func.count()).select_from(model)
    yield sa.select(other)
    yield sa.select(inner.c[0])
    yield sa.select(sa.select(column).cte().c[0])
    yield sa.union_all(sa.select(column), sa.select(column))
    yield sa.select(Store.id).where(Store.name.in_(sa.select(as_text)))
    yield sa.select(Store.id).where(sa.select(column).where(column == Store.id).exists())
    yield sa.select(Store.id).order_by(sa.case((found_by(Store.id, sa.select(column)), 1), else_=2))
    yield sa.select(Store.id, sa.select(sa.func.max(as_text)).scalar_subquery())
    yield sa.select(Store.id).outerjoin(other, sa.cast(Store.id, sa.Text) == as_text)
    yield sa.select(Store.id).join(inner, sa.true()).group_by(Store.id).having(sa.func.count(inner.c[0]) > 1)


def _differences(world: World, asked: Iterable[Any]) -> list[str]:
    """Those of the statements that a session narrows otherwise than if it handed them the rules of every table."""
    actor = Actor.person(new_id(), new_id(), [("region_manager", UNITS), ("auditor", UNITS)])
    dialect, found = world.db.engine.dialect, []
    rules = ((model, rule.visible(actor)) for model, rule in scope.RULES.items())
    every = [with_loader_criteria(model, said, include_aliases=True) for model, said in rules if said is not None]
    with reading(world.db, actor) as session:
        for one in asked:
            few = scope._criteria(session, one)
            if str(one.options(*few).compile(dialect=dialect)) != str(one.options(*every).compile(dialect=dialect)):
                found.append(str(one))
    return found


def test_a_statement_is_narrowed_as_if_it_were_handed_the_rules_of_every_table(world: World):
    assert _differences(world, map(sa.select, scope.RULES)) == []
    # of those whose rules ask other tables, from every place in a statement
    assert _differences(world, chain.from_iterable(_ways(model) for model in (Person, HandOverTick, RequestStep, Basics))) == []


def _top_only(statement: Any) -> set[str]:
    froms = statement.get_final_froms() if isinstance(statement, sa.Select) else []
    return {each.name for each in froms if isinstance(each, sa.Table)}


def _nearby(statement: Any) -> set[str]:
    return {each.name for each in statement.get_children() if isinstance(each, sa.Table)}


@pytest.mark.parametrize("broken", [_top_only, _nearby, lambda statement: set()])
def test_a_look_that_does_not_reach_into_a_statement_is_found(world: World, broken: Callable[[Any], set[str]]):
    with instead(scope, "tables_in", broken):
        assert _differences(world, _ways(HomeStay))


def _crowd(world: World) -> None:
    stores = [world.open_store(f"{n}号店") for n in range(3)]
    for n in range(6):
        world.post(world.hire(f"员工{n}"), stores[n % 3], "2026-10-01")


def test_ids_as_one_parameter_say_what_a_list_of_parameters_says(any_world: World):
    _crowd(any_world)
    with reading(any_world.db, Actor.system()) as session:
        for column in (Person.id, Person.home_manager_id, PersonStore.store_id, HomeStay.post_id):
            values = [value for value in session.scalars(sa.select(column)) if value is not None]
            for some in ([], values[:1], values, [*values[:2], new_id()]):
                for one, other in ((within(column, some), column.in_(some)), (~within(column, some), column.not_in(some))):
                    counted = sa.select(sa.func.count()).select_from(column.class_)
                    assert session.scalar(counted.where(one)) == session.scalar(counted.where(other)), (column, some)


def test_what_questions_find_together_is_what_each_finds(any_world: World):
    _crowd(any_world)
    with reading(any_world.db, Actor.system()) as session:
        everybody, stores = list(session.scalars(sa.select(Person.id))), list(session.scalars(sa.select(Store.id)))
        guests = sa.select(PersonStore.person_id).where(PersonStore.store_id == stores[0])
        expected = {*session.scalars(guests), everybody[0]}
        assert set(session.scalars(sa.select(Person.id).where(found_by(Person.id, just(everybody[0]), guests)))) == expected
        assert set(session.scalars(sa.select(Person.id).where(~found_by(Person.id, guests)))) == {*everybody} - {
            *session.scalars(guests)
        }


def test_an_id_that_would_count_as_two_is_refused_by_postgresql_too(postgres_world: World):
    both = ",".join(postgres_world.open_store(f"{n}号店") for n in range(2))
    with reading(postgres_world.db, Actor.system()) as session, pytest.raises(sa.exc.StatementError) as refused:
        session.scalars(sa.select(Store.id).where(within(Store.id, [both]))).all()
    assert "a comma" in str(refused.value)


def test_a_scope_of_many_units_makes_no_statement_longer(world: World):
    lengths, dialect = set(), sa.dialects.postgresql.dialect()
    for count in (2, 50):
        units = frozenset(new_id() for _ in range(count))
        with reading(world.db, Actor.person(new_id(), new_id(), [("region_manager", units)])) as session:
            asked = sa.select(Person.id).options(*scope._criteria(session, sa.select(Person.id)))
            lengths.add(len(str(asked.compile(dialect=dialect, compile_kwargs={"render_postcompile": True}))))
    assert len(lengths) == 1
