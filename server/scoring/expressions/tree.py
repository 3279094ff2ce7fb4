"""The tree of a formula: what was written, without the blanks. `at`: its place in the text, 1 the first; not compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Literal

MOST_CHARACTERS: Final = 500
MOST_PARTS: Final = 200  # numbers, codes, operators and functions
MOST_DEPTH: Final = 24
MOST_DIGITS: Final = 15  # of a number, before and after the point together

Operator = Literal["+", "-", "*", "/"]
Comparison = Literal["<", "<=", ">", ">=", "=", "!="]
FUNCTIONS: Final[dict[str, tuple[int, int]]] = {
    "if": (3, 3),
    "min": (1, 20),
    "max": (1, 20),
    "sum": (1, 20),
    "mean": (1, 20),
    "round": (1, 2),
    "abs": (1, 1),
    "share": (2, 2),
}  # how many arguments at least and at most


class WrongFormula(Exception):
    """A formula that cannot be. `code`: of contract.refusals; `at`: the place in the text; `facts`: for the sentence."""

    def __init__(self, code: str, at: int, **facts: Any) -> None:
        super().__init__(f"{code} at {at}")
        self.code, self.at, self.facts = code, at, facts


@dataclass(frozen=True)
class Number:
    """A decimal number as written: exact, never negative."""

    value: Fraction
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Figure:
    """A figure by its code."""

    code: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Minus:
    """The other sign."""

    of: Tree
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Two:
    """Two of them, reckoned or compared."""

    sign: Operator | Comparison
    left: Tree
    right: Tree
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Call:
    """A function of what stands in its brackets."""

    name: str
    of: tuple[Tree, ...]
    at: int = field(default=0, compare=False)


Tree = Number | Figure | Minus | Two | Call
COMPARISONS: Final = ("<", "<=", ">", ">=", "=", "!=")
_BINDS: Final = {**dict.fromkeys(COMPARISONS, 1), "+": 2, "-": 2, "*": 3, "/": 3}
_SIGN, _ATOM = 4, 5


def codes_of(tree: Tree) -> list[str]:
    """The codes a formula names, each once, in the order they are read."""
    found: dict[str, None] = {}
    waiting: list[Tree] = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Figure):
            found[one.code] = None
        elif isinstance(one, Minus):
            waiting.append(one.of)
        elif isinstance(one, Two):
            waiting += [one.right, one.left]
        elif isinstance(one, Call):
            waiting += reversed(one.of)
    return list(found)


def written(tree: Tree) -> str:
    """The formula as text, with no bracket more than it needs. Read again it is the same tree."""
    return _written(tree)[0]


def _written(tree: Tree) -> tuple[str, int]:
    if isinstance(tree, Number):
        return decimal_text(tree.value), _ATOM
    if isinstance(tree, Figure):
        return (tree.code if is_bare(tree.code) else f"[{tree.code}]"), _ATOM
    if isinstance(tree, Call):
        return f"{tree.name}({', '.join(written(one) for one in tree.of)})", _ATOM
    if isinstance(tree, Minus):
        text, binds = _written(tree.of)
        return f"-{text if binds >= _SIGN else f'({text})'}", _SIGN
    strength = _BINDS[tree.sign]
    left, left_binds = _written(tree.left)
    right, right_binds = _written(tree.right)
    # comparisons do not chain, so both sides of one need to bind more strongly
    left = left if left_binds >= strength + (tree.sign in COMPARISONS) else f"({left})"
    right = right if right_binds > strength else f"({right})"
    return f"{left} {tree.sign} {right}", strength


def is_bare(code: str) -> bool:
    """Whether a code can stand without brackets: letters, digits, dots and underscores, no digit or dot first."""
    return code.isascii() and (code[:1].isalpha() or code[:1] == "_") and all(one.isalnum() or one in "._" for one in code)


def decimal_text(value: Fraction) -> str:
    """A number whose denominator is a power of ten, as it is written: 0.5, 12."""
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    digits = str(abs((value * 10**places).numerator)).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if value < 0 else text
