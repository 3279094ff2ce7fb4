"""Reading a formula: tokens, then the tree by descent. It ends on every text, with a tree or with where and why it is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple, cast

from server.scoring.expressions.tree import (
    COMPARISONS,
    FUNCTIONS,
    MOST_CHARACTERS,
    MOST_DEPTH,
    MOST_DIGITS,
    MOST_PARTS,
    Call,
    Figure,
    Minus,
    Number,
    Operator,
    Tree,
    Two,
    WrongFormula,
)

_TOKEN: Final = re.compile(
    r"(?P<blank>[ \t\r\n]+)|(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<word>[A-Za-z_][A-Za-z0-9_.]*)"
    r"|\[(?P<code>[A-Za-z0-9._-]{1,40})\]|(?P<sign><=|>=|!=|[-+*/<>=(),])"
)
# what keyboards for Chinese give is read as what was meant
_MEANT: Final = str.maketrans("（），＋－×÷＊／＜＞＝−【】＿", "(),+-*/*/<>=-[]_")
_END: Final = "end"


class Token(NamedTuple):
    """A piece of the text. `kind`: number, word, code, sign or end."""

    kind: str
    text: str
    at: int


def read(text: str) -> Tree:
    """The tree of a formula. Raises WrongFormula: where, and why."""
    return Reader(text).formula()


def tokens(text: str) -> Iterator[Token]:
    """The pieces of a text, then the end. Raises WrongFormula at what belongs to none."""
    if len(text) > MOST_CHARACTERS:
        raise WrongFormula("scoring.formula_too_long", MOST_CHARACTERS + 1, most=MOST_CHARACTERS)
    meant, place, count = text.translate(_MEANT), 0, 0
    while place < len(meant):
        found = _TOKEN.match(meant, place)
        if found is None:
            raise WrongFormula("scoring.formula_unexpected", place + 1, found=text[place])
        kind = str(found.lastgroup)
        if kind != "blank":
            count += 1
            if count > MOST_PARTS * 2:  # brackets and commas count here too
                raise WrongFormula("scoring.formula_too_long", place + 1, most=MOST_PARTS)
            yield Token(kind, found[kind], place + 1)
        place = found.end()
    yield Token(_END, "", len(text) + 1)


class Reader:
    """One reading of one text. `deepest`: how far brackets, functions and signs may nest."""

    deepest: int = MOST_DEPTH

    def __init__(self, text: str) -> None:
        self._left = tokens(text)
        self._now = next(self._left)
        self._parts = 0

    def formula(self) -> Tree:
        """All of the text. Raises WrongFormula."""
        tree = self._compared(0)
        if self._now.kind != _END:
            raise self._unexpected()
        return tree

    def _compared(self, depth: int) -> Tree:
        left = self._summed(depth)
        if self._now.kind == "sign" and self._now.text in COMPARISONS:
            sign = self._take()
            left = self._made(Two(cast(Operator, sign.text), left, self._summed(depth), sign.at))
            if self._now.kind == "sign" and self._now.text in COMPARISONS:
                raise self._unexpected()
        return left

    def _summed(self, depth: int) -> Tree:
        left = self._multiplied(depth)
        while self._now.kind == "sign" and self._now.text in ("+", "-"):
            sign = self._take()
            left = self._made(Two(cast(Operator, sign.text), left, self._multiplied(depth), sign.at))
        return left

    def _multiplied(self, depth: int) -> Tree:
        left = self._signed(depth)
        while self._now.kind == "sign" and self._now.text in ("*", "/"):
            sign = self._take()
            left = self._made(Two(cast(Operator, sign.text), left, self._signed(depth), sign.at))
        return left

    def _signed(self, depth: int) -> Tree:
        if depth > self.deepest:
            raise WrongFormula("scoring.formula_too_deep", self._now.at, most=self.deepest)
        if self._now.kind == "sign" and self._now.text == "-":
            sign = self._take()
            return self._made(Minus(self._signed(depth + 1), sign.at))
        return self._atom(depth)

    def _atom(self, depth: int) -> Tree:
        token = self._now
        if token.kind == "number":
            self._take()
            if len(token.text.replace(".", "")) > MOST_DIGITS:
                raise WrongFormula("scoring.formula_number", token.at, found=token.text[:40], most=MOST_DIGITS)
            return self._made(Number(Fraction(token.text), token.at))
        if token.kind == "code":
            self._take()
            return self._made(Figure(token.text, token.at))
        if token.kind == "word":
            self._take()
            if self._now.text == "(":
                return self._called(token, depth)
            if len(token.text) > 40:
                raise WrongFormula("scoring.formula_code_unknown", token.at, found=token.text[:60])
            return self._made(Figure(token.text, token.at))
        if token.text == "(":
            self._take()
            inner = self._compared(depth + 1)
            self._take(")")
            return inner
        raise self._unexpected()

    def _called(self, word: Token, depth: int) -> Tree:
        name = word.text.lower()
        if name not in FUNCTIONS:
            raise WrongFormula("scoring.formula_function", word.at, found=word.text[:60], known=", ".join(FUNCTIONS))
        self._take("(")
        of = [self._compared(depth + 1)]
        while self._now.text == ",":
            self._take()
            of.append(self._compared(depth + 1))
        self._take(")")
        least, most = FUNCTIONS[name]
        if not least <= len(of) <= most:
            wants = str(least) if least == most else f"{least}–{most}"
            raise WrongFormula("scoring.formula_arguments", word.at, function=name, wants=wants, given=len(of))
        return self._made(Call(name, tuple(of), word.at))

    def _made(self, tree: Tree) -> Tree:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise WrongFormula("scoring.formula_too_long", tree.at, most=MOST_PARTS)
        return tree

    def _take(self, wanted: str | None = None) -> Token:
        token = self._now
        if wanted is not None and token.text != wanted:
            raise self._unexpected()
        if token.kind != _END:
            self._now = next(self._left)
        return token

    def _unexpected(self) -> WrongFormula:
        if self._now.kind == _END:
            return WrongFormula("scoring.formula_ends", self._now.at)
        return WrongFormula("scoring.formula_unexpected", self._now.at, found=self._now.text[:60])
