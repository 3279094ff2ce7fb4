"""Values that fit a wire shape, and values that nearly do, drawn from what msgspec itself knows of the shape."""

from __future__ import annotations

import functools
import json
import random
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

PLAIN = st.characters(codec="utf-8", exclude_characters="\x00")
_OF_ONE_CLASS = re.compile(r"\^(?P<before>[\\$a-z0-9]*)(?P<kind>\[(?:[^\]\\]|\\.)*\])[*+]\$")
_WHOLE = re.compile(r"\$\(\?!\\n\)\Z")


@functools.cache  # a strategy is dear to make and draws as often as it is asked to
def fitting(shape: type) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects that are this shape. Fields that need not be there sometimes are not."""
    return _object(inspect.type_info(shape))


def _object(info: Any) -> st.SearchStrategy[dict[str, Any]]:
    required = {field.encode_name: _value(field.type) for field in info.fields if field.required}
    optional = {field.encode_name: _value(field.type) for field in info.fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional)


def _value(info: Any) -> st.SearchStrategy[Any]:
    match info:
        case inspect.Metadata():
            return _value(info.type)
        case inspect.UnionType():
            return st.one_of([_value(kind) for kind in info.types])
        case inspect.NoneType():
            return st.none()
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            low = info.ge if info.ge is not None else -(2**62)
            high = info.le if info.le is not None else 2**62
            return st.integers(low, high) | st.sampled_from([low, high])
        case inspect.FloatType():  # what is computed and never signed: a gap, seconds
            return st.floats(-1e9, 1e9, allow_nan=False)
        case inspect.StrType():
            return _text(info)
        case inspect.LiteralType():
            return st.sampled_from(list(info.values))
        case inspect.ListType():
            least = info.min_length or 0
            return st.lists(_value(info.item_type), min_size=least, max_size=max(least, min(3, info.max_length or 3)))
        case inspect.TupleType():
            return st.tuples(*[_value(kind) for kind in info.item_types]).map(list)
        case inspect.NamedTupleType():
            return st.tuples(*[_value(field.type) for field in info.fields]).map(list)
        case inspect.DictType():
            return st.dictionaries(_value(info.key_type), _value(info.value_type), max_size=2)
        case inspect.StructType():
            return _object(info)
        case inspect.AnyType() | inspect.RawType() | inspect.CustomType():
            return st.integers(-5, 5) | st.text(PLAIN, max_size=3)
        case _:
            raise TypeError(f"nothing is known of {info}")


def _text(info: Any) -> st.SearchStrategy[str]:
    return _text_like(info.pattern, info.min_length or 0, info.max_length)


@functools.cache
def _text_like(pattern: str | None, least: int, longest: int | None) -> st.SearchStrategy[str]:
    most = min(longest or 40, least + 40)
    if pattern is None:
        return st.text(PLAIN, min_size=least, max_size=most)
    if found := _OF_ONE_CLASS.match(pattern):
        letter = PLAIN if "\\x00" in found["kind"] else st.from_regex(found["kind"], fullmatch=True)
        before = found["before"].replace("\\", "")
        rest = st.text(letter, min_size=max(0, least - len(before)), max_size=most - len(before))
        return rest.map(lambda after: before + after)
    return st.from_regex(_WHOLE.sub("", pattern).removeprefix("^"), fullmatch=True).filter(
        lambda text: least <= len(text) <= (longest or len(text))
    )


def places(body: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in a body."""
    yield at
    if isinstance(body, dict):
        for key, value in body.items():
            yield from places(value, (*at, key))
    elif isinstance(body, list):
        for nth, value in enumerate(body):
            yield from places(value, (*at, nth))


_OTHER_THINGS: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 19, 20, 5_000, 5_001, 1_439, 1_440, 10_001, 2**31, 2**53, 2**53 + 1, -(2**53) - 1, 2**62 + 1,
    2**63, 2**64, -(2**63) - 1, 10**30, 0.5, 1.5, -0.5, "", " ", "1", "true", "in", "wgs84",
    "\x00", "店" * 120, "店" * 121, [], {}, [None], {"": ""},
)  # fmt: skip


@st.composite
def nearly_fitting(draw: st.DrawFn, shape: type) -> Any:
    """A body that fits, with one to two things changed in it. It may still fit.

    What is changed is chosen evenly: Hypothesis by itself would replace the whole body by nothing in half of all cases.
    """
    body: Any = json.loads(json.dumps(draw(fitting(shape))))
    dice = random.Random(draw(st.binary(min_size=8, max_size=8)))
    for _ in range(dice.choice((1, 1, 2))):
        body = changed(dice, body)
    return body


def changed(dice: random.Random, body: Any) -> Any:
    inner = [at for at in places(body) if at]
    at = dice.choice(inner) if inner and dice.random() > 0.05 else ()
    how = dice.choice(("other", "without", "unknown", "near", "near", "near"))
    if how == "without" and at:
        return _replaced(body, at, _GONE)
    if how == "unknown":
        at = dice.choice([where for where in places(body) if isinstance(_at(body, where), dict)] or [at])
    here = _at(body, at)
    if how == "unknown" and isinstance(here, dict):
        return _replaced(body, at, {**here, dice.choice(("verdict", "x", "ID")): 1})
    if how == "near":
        return _replaced(body, at, dice.choice(_near(here)))
    return _replaced(body, at, dice.choice(_OTHER_THINGS))


def every_single_change(body: Any) -> Iterator[Any]:
    """The body with each thing in it changed in each known way, one at a time."""
    for at in places(body):
        here = _at(body, at)
        if at:
            yield _replaced(body, at, _GONE)
        if isinstance(here, dict):
            yield _replaced(body, at, {**here, "verdict": 1})
        for value in (*_near(here), *_OTHER_THINGS):
            yield _replaced(body, at, value)


def _at(body: Any, at: tuple[Any, ...]) -> Any:
    for step in at:
        body = body[step]
    return body


def _near(value: Any) -> list[Any]:
    match value:
        case bool() | None:
            return [0, 1, "false", None]
        case int():
            return [value + 1, value - 1, -value, value * 1000, str(value), value + 0.5, 10_000_000_000, -10_000_000_000]
        case str():
            longer = [value + "x" * 121, value + "x" * 1_001]
            return [value + "\n", value + "x", value[:-1], value.upper(), " " + value, value + "\x00", *longer]
        case list():
            return [value * 101 if len(value) < 10 else [], value[:-1], [*value, None]]
        case _:
            return [[value], {}, None]


_GONE = object()


def _replaced(body: Any, at: tuple[Any, ...], value: Any) -> Any:
    if not at:
        return value
    if isinstance(body, dict):
        rest = {key: kept for key, kept in body.items() if key != at[0]}
        inner = _replaced(body[at[0]], at[1:], value)
        return rest if inner is _GONE else {**rest, at[0]: inner}
    inner = _replaced(body[at[0]], at[1:], value)
    return [*body[: at[0]], *([] if inner is _GONE else [inner]), *body[at[0] + 1 :]]


def shapes_within(shape: type) -> set[type]:
    """The shape and every shape in it."""
    found: set[type] = set()

    def walk(info: Any) -> None:
        if isinstance(info, inspect.StructType):
            if info.cls not in found:
                found.add(info.cls)
                for field in info.fields:
                    walk(field.type)
            return
        for name in ("type", "item_type", "key_type", "value_type"):
            if inner := getattr(info, name, None):
                walk(inner)
        for inner in getattr(info, "types", ()):
            walk(inner)

    walk(msgspec.inspect.type_info(shape))
    return found
