"""Bodies that fit a wire shape, and bodies that nearly do, thrown with dice alone.

Hypothesis notes every choice so that it can make a failing case smaller: on a body of thirty texts that costs five hundred
times what judging it does. Bodies are read by people as they are, so hundreds of shapes are drawn for here, many bodies each,
and whoever finds a fault shows the shortest body that has it (`shortest`). Bounds come up far more often than by chance.
"""

from __future__ import annotations

import functools
import os
import random
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import inspect

from tests.support.wire_shapes import changed

Dice = random.Random
Throw = Callable[[Dice], Any]

# Beside what everybody types: other scripts, what is not seen, what ends a line or a quotation, the ends of what UTF-8 can say.
_LETTERS = (
    *map(chr, range(0x20, 0x7F)), *"李伟店上海门ー가जд́ß", "\u00a0", "\u202e", "\u200d", "\ufeff", "\u2028", "\t", "\n", "\r",
    "\x01", "\x1f", "\x7f", "\x85", "\ud7ff", "\ue000", "\ufffd", "\uffff", "\U0001f43c", "\U0010ffff", "２", "٣", "İ",
)  # fmt: skip
_MOST_LETTERS = 300
_ALL = (*map(chr, range(0x80)), *_LETTERS)
_CLASSES = {"category_digit": str.isdecimal, "category_space": str.isspace}


def dice_for(what: str) -> Dice:
    """Dice that fall as these words say where a commit is judged (CI), and anew each time at a desk."""
    return Dice(what if "CI" in os.environ else f"{what} {random.random()}")


def fitting_bodies(shape: type, many: int) -> Iterator[Any]:
    """JSON objects that are this shape. Fields that need not be there sometimes are not."""
    dice, throw = dice_for(shape.__qualname__), _object(shape)
    for _ in range(many):
        yield throw(dice)


def near_bodies(shape: type, many: int) -> Iterator[Any]:
    """Bodies that fit, with one to two things changed in them. They may still fit."""
    dice = dice_for(f"near {shape.__qualname__}")
    for body in fitting_bodies(shape, many):
        for _ in range(dice.choice((1, 1, 2))):
            body = changed(dice, body)
        yield body


def shortest(bodies: Iterable[Any]) -> Any:
    """Of bodies with a fault the one that is read soonest; None when there is none."""
    return min(bodies, key=lambda body: len(repr(body)), default=None)


def is_same_fault(one: tuple[str, str] | None, other: tuple[str, str] | None) -> bool:
    """The same field and code, or none. Of a list that is too long and holds something wrong either may be named first."""
    if one is None or other is None or one == other:
        return one == other
    longer, shorter = sorted((one[0], other[0]), key=len, reverse=True)
    return longer.startswith(f"{shorter}[")


@functools.cache
def _object(shape: type) -> Throw:
    info: Any = inspect.type_info(shape)
    fields = [(field.encode_name, field.required, _throw(field.type)) for field in info.fields]

    def body(dice: Dice) -> dict[str, Any]:
        likely = dice.choice((0.0, 0.5, 0.5, 1.0))
        return {name: throw(dice) for name, required, throw in fields if required or dice.random() < likely}

    return body


def _throw(info: Any) -> Throw:
    match info:
        case inspect.Metadata():
            return _throw(info.type)
        case inspect.UnionType():
            kinds = [_throw(kind) for kind in info.types]
            return lambda dice: dice.choice(kinds)(dice)
        case inspect.NoneType():
            return lambda _: None
        case inspect.BoolType():
            return lambda dice: dice.random() < 0.5
        case inspect.IntType():
            return _whole(info.ge if info.ge is not None else -(2**62), info.le if info.le is not None else 2**62)
        case inspect.FloatType():  # what is computed and never signed: a gap, seconds
            return lambda dice: dice.choice((0.0, 1e9, -1e9, dice.uniform(-1e9, 1e9), dice.uniform(-1, 1)))
        case inspect.StrType():
            return _text(info.pattern, info.min_length or 0, info.max_length)
        case inspect.LiteralType():
            return lambda dice: dice.choice(info.values)
        case inspect.ListType():
            least, item = info.min_length or 0, _throw(info.item_type)
            most = max(least, min(3, 3 if info.max_length is None else info.max_length))
            return lambda dice: [item(dice) for _ in range(dice.randint(least, most))]
        case inspect.TupleType():
            parts = [_throw(kind) for kind in info.item_types]
            return lambda dice: [part(dice) for part in parts]
        case inspect.NamedTupleType():
            named = [_throw(field.type) for field in info.fields]
            return lambda dice: [part(dice) for part in named]
        case inspect.DictType():
            key, value = _throw(info.key_type), _throw(info.value_type)
            return lambda dice: {key(dice): value(dice) for _ in range(dice.randint(0, 2))}
        case inspect.StructType():
            return _object(info.cls)
        case inspect.AnyType() | inspect.RawType() | inspect.CustomType():
            return lambda dice: dice.choice((dice.randint(-5, 5), "", "a", "店", "\n"))
        case _:
            raise TypeError(f"nothing is known of {info}")


def _whole(low: int, high: int) -> Throw:
    near = [number for number in (low, high, low + 1, high - 1, 0, 1, -1) if low <= number <= high]

    def number(dice: Dice) -> int:
        match dice.randrange(3):
            case 0:
                return dice.choice(near)
            case 1:
                return max(low, min(high, dice.randint(-1000, 1000)))
            case _:
                return dice.randint(low, high)

    return number


# texts


@functools.cache
def _text(pattern: str | None, least: int, longest: int | None) -> Throw:
    most = least + _MOST_LETTERS if longest is None else longest
    if pattern is None:
        return lambda dice: "".join(dice.choices(_LETTERS, k=_length(dice, least, most)))
    # msgspec searches: the pattern has its own ends, and refuses a last line feed after them
    fits, parts = re.compile(pattern), re._parser.parse(pattern)  # type: ignore[attr-defined]

    def text(dice: Dice) -> str:
        for _ in range(1_000):
            said = "".join(_letters(dice, parts, least, most))
            if least <= len(said) <= most and fits.search(said):
                return said
        raise ValueError(f"no text was found for {pattern} of {least} to {most} letters")

    return text


def _length(dice: Dice, least: int, most: int) -> int:
    """Mostly a few more than there must be; the bounds themselves often, as far as they are not pages."""
    furthest = min(most, least + _MOST_LETTERS)
    return dice.choice((least, furthest, *(min(most, least + dice.randint(0, 8)) for _ in range(4))))


def _letters(dice: Dice, parts: Any, least: int, most: int) -> Iterator[str]:
    """What the parts of a pattern say, as the standard library has read them."""
    said = [(str(kind).lower(), of) for kind, of in parts if str(kind).lower() not in ("at", "assert_not")]  # not its ends
    for kind, of in said:
        match kind:
            case "literal":
                yield chr(of)
            case "in" | "not_literal":
                yield dice.choice(_class(kind, _kept(of)))
            case "branch":
                yield from _letters(dice, dice.choice(of[1]), least, most)
            case "subpattern":
                yield from _letters(dice, of[-1], least, most)
            case "max_repeat":
                low, high, inner = of
                bounded = high is not re._parser.MAXREPEAT  # type: ignore[attr-defined]
                times = dice.randint(low, min(high, most)) if bounded else _length(dice, max(low, least), max(low, most))
                if not bounded and len(said) > 1:  # there is more to the text than this
                    times = max(low, times - dice.randint(0, times))
                if len(inner) == 1 and (what := str(inner[0][0]).lower()) in ("in", "not_literal"):
                    yield from dice.choices(_class(what, _kept(inner[0][1])), k=times)
                    continue
                for _ in range(times):
                    yield from _letters(dice, inner, least, most)
            case other:
                raise TypeError(f"nothing is known of {other} in a pattern")


def _kept(of: Any) -> tuple[Any, ...]:
    """What a class holds, as a cache can keep it."""
    return tuple(of) if isinstance(of, list) else (of,)


@functools.cache
def _class(kind: str, items: tuple[Any, ...]) -> tuple[str, ...]:
    """The letters that a class in brackets has, of those that are thrown."""
    if kind == "not_literal":
        return tuple(letter for letter in dict.fromkeys(_ALL) if ord(letter) != items[0])
    without = str(items[0][0]).lower() == "negate"

    def within(letter: str) -> bool:
        for part, of in items[1:] if without else items:
            match str(part).lower():
                case "literal":
                    found = ord(letter) == of
                case "range":
                    found = of[0] <= ord(letter) <= of[1]
                case _:
                    found = _CLASSES[str(of).lower()](letter)
            if found:
                return True
        return False

    return tuple(letter for letter in dict.fromkeys(_ALL) if within(letter) != without)
