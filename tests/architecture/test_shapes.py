"""Signed bytes hold no floats, and every table says who may see its rows."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from contract.wire import OPERATIONS
from server.kernel.db import Base
from server.kernel.scope import OPEN_TO_ALL, RULES
from server.migrate import every_model
from tests.architecture.check_shapes import floats_in, import_all_models, import_all_of, undeclared_tables


def test_no_operation_carries_a_float() -> None:
    import_all_of("contract")
    assert OPERATIONS
    assert {name: found for name, op in OPERATIONS.items() if (found := floats_in(op.shape))} == {}


def test_every_table_says_who_may_see_it() -> None:
    import_all_models()
    every_model()  # those beside an area's model.py too
    classes = [mapper.class_ for mapper in Base.registry.mappers]
    assert undeclared_tables(classes, RULES, OPEN_TO_ALL) == []


class _Fix(msgspec.Struct):
    lat: float | None


class _Punch(msgspec.Struct):
    at: int
    fixes: list[_Fix]


class _Free(msgspec.Struct):
    extra: dict[str, object]


@pytest.mark.parametrize(("shape", "field"), [(_Fix, "_Fix.lat"), (_Punch, "_Punch.fixes.lat"), (_Free, "_Free.extra")])
def test_a_planted_float_is_found(shape: type, field: str) -> None:
    assert floats_in(shape) == [field]


class _Planted(DeclarativeBase):
    pass


class _Secret(_Planted):
    __tablename__ = "secret"
    secret_id: Mapped[int] = mapped_column(primary_key=True)


def test_a_planted_undeclared_table_is_found() -> None:
    assert len(undeclared_tables([_Secret], {}, {})) == 1
    assert len(undeclared_tables([_Secret], {}, {_Secret: "why not"})) == 1
    assert len(undeclared_tables([_Secret], {_Secret: object()}, {_Secret: "names of cities, nothing more"})) == 1
    assert undeclared_tables([_Secret], {_Secret: object()}, {}) == []
    assert undeclared_tables([_Secret], {}, {_Secret: "names of cities, nothing more"}) == []
