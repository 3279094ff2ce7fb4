"""The rule in SQL and the rule in Python, on a company in which every table has rows: devices, chains, punches, decisions."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.ids import new_id
from contract.people import ROLES, Role
from server.attendance.model import Punch
from server.devices.model import Device, DeviceChain
from server.kernel import scope
from server.kernel.actors import Actor
from server.kernel.db import Base
from server.kernel.perform import reading
from tests.server.two_stores import TwoStores
from tests.support.planted import instead

_grants = st.lists(st.tuples(st.sampled_from(ROLES), st.sampled_from([None, "A", "B"])), max_size=3)


class Looked(TwoStores):
    """The two stores, and every row of every table that has a rule: read once, for nothing changes them here."""

    rows: dict[type[Base], list[Any]]


@pytest.fixture(scope="module")
def shops() -> Iterator[Looked]:
    folder = Path(tempfile.mkdtemp(prefix="outpost-scope-", dir="/dev/shm" if Path("/dev/shm").exists() else None))
    made = Looked(folder)
    for punch in made.company.punches():
        made.company.decide(punch.id, "accept")
    with reading(made.company.db, Actor.system()) as session:
        tables = [model for model in scope.RULES if issubclass(model, Base)]
        made.rows = {model: list(session.scalars(sa.select(model))) for model in tables}
        yield made
    made.company.close()
    shutil.rmtree(folder, ignore_errors=True)


def drawn_actor(shops: Looked, held: list[tuple[Role, str | None]], who: str | None) -> Actor:
    grants = [(role, None if store is None else shops.company.stores[store]) for role, store in held]
    return Actor.person(shops.company.people[who] if who else new_id(), new_id(), grants)


def disagreements(shops: Looked, actor: Actor) -> list[str]:
    """Tables in which SQL shows other rows than Python covers."""
    found = []
    with reading(shops.company.db, actor) as session:
        for model, rows in shops.rows.items():
            mapper = sa.inspect(model)
            keys = [getattr(model, mapper.get_property_by_column(column).key) for column in mapper.primary_key]
            seen = {tuple(row) for row in session.execute(sa.select(*keys))}
            if seen != {sa.inspect(row).identity for row in rows if scope.RULES[model].covers(actor, row)}:
                found.append(model.__name__)
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(held=_grants, who=st.sampled_from([None, "p1", "p2"]))
def test_sql_shows_what_python_covers(shops: Looked, held: list[tuple[Role, str | None]], who: str | None) -> None:
    assert disagreements(shops, drawn_actor(shops, held, who)) == []


def test_devices_of_every_kind_agree_too(shops: Looked) -> None:
    device = shops.of("A")["device_id"]
    for actor in (Actor.device(device, None), Actor.device(new_id(), shops.company.people["p1"]), Actor.system()):
        assert disagreements(shops, actor) == []


def test_there_is_something_to_see(shops: Looked) -> None:
    with reading(shops.company.db, Actor.system()) as session:
        for model in (Punch, Device, DeviceChain):
            assert session.scalar(sa.select(sa.func.count()).select_from(model)), model.__name__


@pytest.mark.parametrize("model", [Punch, Device, DeviceChain])
def test_a_rule_that_forgets_its_condition_in_sql_is_found(shops: Looked, model: type) -> None:
    """The control, for a manager of store A."""
    actor = drawn_actor(shops, [("store_manager", "A")], None)
    forgetful = {**scope.RULES, model: scope.RULES[model]._replace(visible=lambda _actor: None)}
    with instead(scope, "RULES", forgetful):
        assert model.__name__ in disagreements(shops, actor)
