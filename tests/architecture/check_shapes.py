"""Wire shapes and tables: no floats in signed bytes, and every table says who may see its rows."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from tests.architecture.check_imports import AREAS
from tests.architecture.tree import ROOT


def import_all_of(package: str) -> None:
    """Import every module of a package, so that its registries are full."""
    found = importlib.import_module(package)
    for module in pkgutil.iter_modules(found.__path__):
        importlib.import_module(f"{package}.{module.name}")


def import_all_models(root: Path = ROOT) -> list[str]:
    """Import every area's tables; the names of the modules that hold some."""
    names = [f"server.{area}.{layer}" for area in AREAS for layer in ("model",)]
    present = [name for name in names if (root / f"{name.replace('.', '/')}.py").exists()]
    for name in present:
        importlib.import_module(name)
    return present


# a float, or a place where one could hide
_LOOSE = (
    msgspec.inspect.FloatType,
    msgspec.inspect.DecimalType,
    msgspec.inspect.AnyType,
    msgspec.inspect.CustomType,
)


def floats_in(shape: type) -> list[str]:
    """The fields of a shape, and of what it holds, that may be a float: two devices need not write one the same way."""
    return sorted(set(_floats(msgspec.inspect.type_info(shape), shape.__name__, set())))


def _floats(told: msgspec.inspect.Type, at: str, seen: set[type]) -> Iterator[str]:
    if isinstance(told, _LOOSE):
        yield at
    elif isinstance(told, msgspec.inspect.StructType):
        if told.cls in seen:
            return
        for field in told.fields:
            yield from _floats(field.type, f"{at}.{field.name}", seen | {told.cls})
    elif isinstance(told, msgspec.inspect.UnionType):
        for one in told.types:
            yield from _floats(one, at, seen)
    elif isinstance(told, msgspec.inspect.DictType):
        yield from _floats(told.value_type, at, seen)
    elif isinstance(told, msgspec.inspect.TupleType):
        for one in told.item_types:
            yield from _floats(one, at, seen)
    elif isinstance(told, msgspec.inspect.CollectionType):
        yield from _floats(told.item_type, at, seen)


def undeclared_tables(classes: Iterable[type], rules: Mapping[type, Any], open_to_all: Mapping[type, str]) -> list[str]:
    """Mapped classes with neither a scope rule nor a reason why everybody may see them; and those with both."""
    complaints = []
    for cls in classes:
        if cls not in rules and cls not in open_to_all:
            complaints.append(f"{cls.__module__}.{cls.__name__} does not say who may see its rows")
        elif cls in rules and cls in open_to_all:
            complaints.append(f"{cls.__module__}.{cls.__name__} is both narrowed and open to all")
        elif cls in open_to_all and len(open_to_all[cls].split()) < 3:
            complaints.append(f"{cls.__module__}.{cls.__name__} is open to all without a reason")
    return sorted(complaints)
